//! Scores.

use divisor_model::Fraction;

use super::score_steps::{afterwards, centre, columns, enters, groups, truncated};
use super::words::{count, good, mark, quantity};
use super::{ProseSection, Section};
use crate::methodology::{Combine, Deviation, Missing, Over, Part, Quantile, Score, Winsorize};
use crate::numbers::percent;

pub(super) fn score(score: &Score) -> ProseSection {
    let mut section = Section::new(format!("Score `{}`", score.name));
    let is_weighted = score.parts.iter().any(|part| part.weight.is_some());
    let how = match score.combine {
        Combine::Mean if is_weighted => "weighted mean",
        Combine::Mean => "plain mean",
        Combine::Product => "product",
    };
    let what = match score.parts.len() {
        1 => "The z-score of one number".to_owned(),
        many => format!("The {how} of the z-scores of {} numbers", count(many)),
    };
    section.rule(format!("{what}, standardised in this order:"), score.line);
    over(score, &mut section);
    if let Some(winsorize) = &score.winsorize {
        section.rule(winsorised(winsorize), winsorize.line);
        section.rule(
            winsorised_within(winsorize),
            winsorize.within.as_ref().and_then(|within| within.line),
        );
    }
    let by = match score.deviation.value {
        Deviation::Population => "population deviation, over n",
        Deviation::Sample => "sample deviation, over n − 1",
    };
    let z = format!(
        "z is the distance from {} in standard deviations: {by} {}.",
        centre(&score.mean),
        mark(&score.deviation)
    );
    section.rule(z, score.deviation.line.or(score.mean.line));
    if let Some(clip) = &score.clip {
        let text = format!(
            "Each z is clipped: above {0} it is set to {0}, below −{0} to −{0} {1}.",
            clip.value,
            mark(clip)
        );
        section.rule(text, clip.line);
    }
    if let Some(rule) = &score.truncate {
        truncated(rule, &mut section);
    }
    for (at, written) in score.parts.iter().enumerate() {
        section.item(at + 1, part(written, score), written.line);
    }
    afterwards(score, &mut section);
    section.because(score.because.as_ref(), score.line);
    section.0
}

fn over(score: &Score, section: &mut Section) {
    let who = match &score.over.value {
        Over::Eligible => "the eligible securities, those that pass every screen that uses no score".to_owned(),
        Over::Parent => "the whole parent".to_owned(),
        Over::After(id) => format!("the securities that pass the screens up to `{id}`"),
    };
    let text = format!(
        "Statistics are taken over {who} {}; each number's over all of these that have it.",
        mark(&score.over)
    );
    section.rule(text, score.over.line);
    groups(score, section);
}

fn winsorised(winsorize: &Winsorize) -> String {
    let read = match winsorize.method.value {
        Quantile::Linear => "a percentile p of n sorted values lies at (n − 1)·p, between neighbours",
        Quantile::OrderStatistic => "a percentile p of n values is the one ranked ⌈p·n⌉ in ascending order",
        Quantile::Hazen => "of n sorted values the i-th is the percentile (i − ½)/n, between neighbours",
        Quantile::Weibull => "of n sorted values the i-th is the percentile i/(n + 1), between neighbours",
    };
    format!(
        "Each number is winsorised (stated): values below the {} percentile are set to it, values above the {} to that; \
         {read} {}.",
        ordinal(winsorize.low),
        ordinal(winsorize.high),
        mark(&winsorize.method)
    )
}

fn winsorised_within(winsorize: &Winsorize) -> String {
    let who = match &winsorize.within {
        None => return "Percentiles are of the securities that are standardised together (default).".to_owned(),
        Some(within) if within.value.is_empty() => "of all these securities, whatever their group".to_owned(),
        Some(within) => format!("taken within each {} separately", columns(&within.value)),
    };
    format!("Percentiles are {who} (stated).")
}

/// `5th`, or `2.5%` where it is no whole percentile.
fn ordinal(percentile: Fraction) -> String {
    let text = percent(percentile);
    let Ok(number) = text.trim_end_matches('%').parse::<u32>() else {
        return text;
    };
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn part(part: &Part, score: &Score) -> String {
    let id = if part.id == part.of.name() {
        String::new()
    } else {
        format!(" (`{}`)", part.id)
    };
    let missing = match &part.missing.value {
        Missing::ExcludeSecurity => "has no score".to_owned(),
        Missing::AverageOthers => "is scored on the others it has".to_owned(),
        Missing::Zero => "counts with z = 0".to_owned(),
        Missing::Worst if score.clip.is_some() || score.truncate.is_some() => {
            "counts with the bad end of the clip".to_owned()
        }
        Missing::Worst => "counts with the worst z present".to_owned(),
        Missing::NeutralRank => "counts with the median z present".to_owned(),
        Missing::Substitute(other) => format!("takes {} before winsorising", quantity(other)),
    };
    format!(
        "{}{id}: {} {}; a security without it {missing} {}{}.",
        super::words::sentence(&quantity(&part.of)),
        good(part.prefer.value),
        mark(&part.prefer),
        mark(&part.missing),
        enters(part)
    )
}
