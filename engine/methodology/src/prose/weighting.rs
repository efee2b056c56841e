//! Weighting.

use super::words::{list, mark, mark_line, quantity};
use super::{ProseSection, Section};
use crate::methodology::{Measure, MeasureMissing, Measures, SignMeans, Tilt, TiltBase, TiltMap, Weight, WeightScheme};

pub(super) fn weight(weight: &Weight) -> ProseSection {
    let mut section = Section::new("Weighting");
    match &weight.scheme {
        WeightScheme::Parent => {
            section.rule(
                "Members are weighted in proportion to their weights in the parent.",
                weight.line,
            );
        }
        WeightScheme::Equal => {
            section.rule(
                "All members have the same weight at each review; weights drift in between.",
                weight.line,
            );
        }
        WeightScheme::Inverse(of) => {
            section.rule(
                format!("Members are weighted in proportion to one over {}.", quantity(of)),
                weight.line,
            );
        }
        WeightScheme::Tilted { base, by } => tilted(*base, by, weight.line, &mut section),
        WeightScheme::Measures(all) => measures(all, weight.line, &mut section),
    }
    section.0
}

fn tilted(base: TiltBase, by: &[Tilt], line: usize, section: &mut Section) {
    let base = match base {
        TiltBase::Parent => "its weight in the parent",
        TiltBase::Equal => "an equal weight",
    };
    let factors = if by.len() == 1 {
        "a factor"
    } else {
        "the product of these factors"
    };
    let text = format!("Each member's weight is in proportion to {base} times {factors}:");
    section.rule(text, line);
    for (at, tilt) in by.iter().enumerate() {
        let of = super::words::sentence(&quantity(&tilt.of));
        let power = tilt
            .power
            .as_ref()
            .map(|power| format!(", to the power {}", power.value));
        let power = power.unwrap_or_default();
        section.item(at + 1, format!("{of} {}{power}.", mapped(tilt.map)), line);
    }
}

/// What a number becomes, behind its name.
pub(super) fn mapped(map: TiltMap) -> &'static str {
    match map {
        TiltMap::OnePlusZ => "as z: 1 + z above zero, 1/(1 − z) below zero, 1 at zero",
        TiltMap::NormalCdf => "as z: the standard normal distribution function Φ(z)",
        TiltMap::Exponential => "as z: e to the power z",
        TiltMap::Rank => "by its rank, the worst 1, equals sharing the mean of their ranks",
        TiltMap::Percentile => "by its percentile, (rank − ½) ÷ n with the worst ranked 1",
        TiltMap::Value => "as it is",
    }
}

fn measures(measures: &Measures, line: usize, section: &mut Section) {
    let names = names(measures.of.iter());
    let text = format!(
        "Members are weighted by size: each of {names} as a share of its total over the whole parent, and of these \
         shares the average."
    );
    section.rule(text, line);
    let missing = match measures.missing.value {
        MeasureMissing::AverageOthers => "is averaged over the shares it has",
        MeasureMissing::Zero => "counts with zero in it",
        MeasureMissing::ExcludeSecurity => "has no weight",
    };
    let text = format!("A security without one of them {missing} {}.", mark(&measures.missing));
    section.rule(text, measures.missing.line);
    signs("Zero", measures, |measure| (measure.zero, measure.zero_line), section);
    signs(
        "A negative value",
        measures,
        |measure| (measure.negative, measure.negative_line),
        section,
    );
    let not = if measures.float.value { "" } else { "not " };
    section.rule(
        format!(
            "The average is {not}multiplied by free float {}.",
            mark(&measures.float)
        ),
        measures.float.line,
    );
}

fn names<'m>(measures: impl Iterator<Item = &'m Measure>) -> String {
    let names = measures.map(|measure| format!("`{}`", measure.of.name()));
    list(&names.collect::<Vec<_>>())
}

/// What zero or a negative value counts as, measures of one reading together.
fn signs(what: &str, measures: &Measures, reading: fn(&Measure) -> (SignMeans, Option<usize>), section: &mut Section) {
    let mut readings: Vec<(SignMeans, Option<usize>)> = Vec::new();
    for measure in &measures.of {
        let found = reading(measure);
        if !readings.contains(&found) {
            readings.push(found);
        }
    }
    for (means, line) in readings {
        let of = names(measures.of.iter().filter(|measure| reading(measure) == (means, line)));
        let counts = match means {
            SignMeans::Zero => "counts as zero",
            SignMeans::Missing => "counts as missing",
            SignMeans::Error => "stops the run as an error",
        };
        section.rule(format!("{what} in {of} {counts} {}.", mark_line(line)), line);
    }
}
