//! Weighting.

use super::words::{list, mark, mark_line, quantity};
use super::{ProseSection, Section};
use crate::Line;
use crate::methodology::{
    EmptyGroup, Groups, Measure, MeasureMissing, Measures, Methodology, Setting, SignMeans, Tilt, TiltBase, TiltMap,
    TrancheSize, TurnoverMeasure, Unreachable, WeightScheme,
};
use crate::numbers::{percent, points};

pub(super) fn weight(methodology: &Methodology) -> ProseSection {
    let mut section = Section::new("Weighting");
    let weight = &methodology.weight;
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
        WeightScheme::Inverse { of, power } => {
            let of = quantity(of);
            section.rule(
                format!("Members are weighted in proportion to one over {of}."),
                weight.line,
            );
            powered(*power, &mut section);
        }
        WeightScheme::Proportional { of, power } => {
            let of = quantity(of);
            section.rule(format!("Members are weighted in proportion to {of}."), weight.line);
            powered(*power, &mut section);
        }
        WeightScheme::EqualExcess(groups) => {
            let whose = match groups {
                Some(groups) => format!("of its `{}`", groups.within),
                None => "of the index".to_owned(),
            };
            let text = format!(
                "Each member has its weight in the parent and, on top, the same as every other member {whose}: in equal parts \
                 what the members together lack of {}.",
                if groups.is_some() {
                    "their group's weight in the parent"
                } else {
                    "100%"
                }
            );
            section.rule(text, weight.line);
            if let Some(groups) = groups {
                empty(groups, &mut section);
            }
        }
        WeightScheme::Tilted { base, by } => tilted(*base, by, weight.line, &mut section),
        WeightScheme::Measures(all) => measures(all, weight.line, &mut section),
        WeightScheme::Optimised => {
            if let Some(optimised) = &methodology.optimised {
                super::optimised::objective(optimised, weight.line, &mut section);
            }
        }
    }
    if let Some(groups) = &weight.neutral {
        section.rule(neutral(groups), groups.line);
        empty(groups, &mut section);
    }
    if let Some(drop) = &weight.drop {
        let text = format!(
            "Members that weigh less than {} after all limits are dropped, all of them at once; the others are weighted and \
             limited anew, which gives them what is free in proportion, until nobody weighs less. Where nobody would \
             be left the rules cannot hold and the review fails. Reviews that only reset weights drop nobody.",
            percent(drop.below)
        );
        section.rule(text, drop.line);
        section.because(drop.because.as_ref(), drop.line);
    }
    section.0
}

/// The power a variable is raised to.
fn powered(power: Setting<f64>, section: &mut Section) {
    let text = format!(
        "It is raised to the power {} first {}; a security without it, or with zero or less, has no weight.",
        power.value,
        mark(&power)
    );
    section.rule(text, power.line);
}

fn neutral(groups: &Groups) -> String {
    let column = &groups.within;
    match &groups.band {
        None => format!(
            "Then the members of each `{column}` are scaled to its weight in the parent, before any limit, with no band \
             around it (default)."
        ),
        Some(band) => format!(
            "Then, before any limit, the members of each `{column}` that is further than {} from its weight in the parent \
             are scaled to that distance, once (stated): what that frees or needs goes to the others in proportion, \
             which may end further away.",
            points(band.value)
        ),
    }
}

/// What happens to the weight of a group without members.
fn empty(groups: &Groups, section: &mut Section) {
    let what = match groups.empty.value {
        EmptyGroup::Error => "the review fails",
        EmptyGroup::Spread => "its weight goes to the others in proportion",
    };
    let text = format!(
        "Where a `{}` of the parent has no member, {what} {}.",
        groups.within,
        mark(&groups.empty)
    );
    section.rule(text, groups.empty.line);
}

/// What a review may trade.
pub(super) fn turnover(methodology: &Methodology) -> ProseSection {
    let mut section = Section::new("Turnover");
    let Some(limit) = &methodology.turnover else {
        return section.0;
    };
    let text = format!(
        "A review trades at most {} of the index, counted {} {}.",
        percent(limit.max),
        match limit.measure.value {
            TurnoverMeasure::OneWay => "one-way, half the sum of all trades",
            TurnoverMeasure::TwoWay => "two-way, the sum of all trades",
        },
        mark(&limit.measure)
    );
    section.rule(text, limit.line);
    if methodology.optimised.is_some() {
        let text = "That is a constraint of the optimisation, counted from the drifted weights before; members that left the \
                    parent are sold and count. The first review has no such limit.";
        section.rule(text, None);
        section.because(limit.because.as_ref(), limit.line);
        return section.0;
    }
    let text = "Where it would be more, weights are a·w₁ + (1 − a)·w₀ with the greatest a that keeps it: w₁ the weights after all \
                limits, w₀ the drifted weights of the members before that stay, scaled to 100%. The blend comes after \
                the limits, so drift may carry weights beyond them. The first review has nothing to blend with.";
    section.rule(text, None);
    let what = match limit.unreachable.value {
        Unreachable::Least => "a is 0 and nothing else is traded",
        Unreachable::Error => "the rules cannot hold and the review fails",
    };
    let text = format!(
        "Where members that leave weigh more than that already, {what} {}.",
        mark(&limit.unreachable)
    );
    section.rule(text, limit.unreachable.line);
    section.because(limit.because.as_ref(), limit.line);
    section.0
}

/// Parts that are reset in turn.
pub(super) fn tranches(methodology: &Methodology) -> ProseSection {
    let mut section = Section::new("Tranches");
    let Some(tranches) = &methodology.tranches else {
        return section.0;
    };
    let text = format!(
        "The index is the sum of {}. The first review sets all of them, the same; each review after it resets one, \
         the first, the second and so on round, to the members and weights of that review, all limits held. The others \
         drift with prices.",
        super::words::counted(tranches.count, "tranche")
    );
    section.rule(text, tranches.line);
    let size = match tranches.size.value {
        TrancheSize::Drifted => "is reset at what it drifted to: nothing moves between tranches",
        TrancheSize::Equal => "weighs the same part of the index again at every review, its names scaled to it",
    };
    section.rule(
        format!("A tranche {size} {}.", mark(&tranches.size)),
        tranches.size.line,
    );
    let text = "Members are the names of all tranches; whoever any of them holds is a member to buffers and screens. What left \
                the parent, or is excluded by a decision, is sold in all tranches, for the other names of each in \
                proportion; a tranche without another is reset. Limits hold in the tranche that is reset: drift may \
                carry weights beyond them. A change of the number of tranches between editions sets all of them.";
    section.rule(text, None);
    section.because(tranches.because.as_ref(), tranches.line);
    section.0
}

fn tilted(base: TiltBase, by: &[Tilt], line: Line, section: &mut Section) {
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
    self::factors(by, line, section);
}

/// What multiplies a weight.
pub(super) fn factors(by: &[Tilt], line: Line, section: &mut Section) {
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

fn measures(measures: &Measures, line: Line, section: &mut Section) {
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
fn signs(what: &str, measures: &Measures, reading: fn(&Measure) -> (SignMeans, Option<Line>), section: &mut Section) {
    let mut readings: Vec<(SignMeans, Option<Line>)> = Vec::new();
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
