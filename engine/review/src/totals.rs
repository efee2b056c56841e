//! Figures of one review.

use std::collections::BTreeMap;

use divisor_calendar::ReviewKind;
use divisor_methodology::Missing;
use divisor_model::Day;
use divisor_numeric::sum;

use crate::bind::Pipeline;
use crate::drift::{DriftSource, Drifted};
use crate::fold::Review;
use crate::select::Fate;

/// Figures of one review.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Members.
    pub names: usize,
    /// Members that were none before; all of them at the first review.
    pub additions: usize,
    /// Members before that are none now.
    pub deletions: usize,
    /// Largest weight.
    pub largest_weight: f64,
    /// 1 ÷ Σ weight².
    pub effective_names: f64,
    /// Latest day of the parent's prices.
    pub valuation_day: Day,
    /// How many old weights were drifted by what.
    pub drift_sources: BTreeMap<DriftSource, usize>,
    /// Names out of the parent by the rule that put them out.
    pub screened: BTreeMap<String, usize>,
    /// Scores in which a variable was missing, by score and variable: how many names, and what happened to them.
    pub missing: Vec<MissingCount>,
}

/// How often a missing policy decided.
#[derive(Debug, Clone)]
pub struct MissingCount {
    /// The score.
    pub score: String,
    /// The variable.
    pub variable: String,
    /// What happened.
    pub policy: &'static str,
    /// Names it happened to.
    pub names: usize,
    /// Names the score was computed over.
    pub of: usize,
}

/// Adds up a review. `kept` of its members were such before, when there were `held`.
pub(crate) fn totals(
    pipeline: &Pipeline,
    review: &Review,
    drifted: Option<&[Drifted]>,
    (kept, held): (usize, usize),
) -> Totals {
    let scored = &review.scored;
    let squares: Vec<f64> = review.weights.iter().map(|weight| weight * weight).collect();
    let mut totals = Totals {
        names: review.members.len(),
        additions: review.members.len() - kept,
        deletions: held - kept,
        largest_weight: review.weights.iter().copied().fold(0.0, f64::max),
        effective_names: 1.0 / sum(&squares),
        valuation_day: scored.valuation_day.iter().copied().max().unwrap_or_default(),
        ..Totals::default()
    };
    let drifted = drifted.unwrap_or_default();
    for source in DriftSource::ALL {
        let names = drifted.iter().filter(|held| held.source == source).count();
        if names > 0 {
            totals.drift_sources.insert(source, names);
        }
    }
    let mut out = |rule: &str, count: usize| {
        if count > 0 {
            totals.screened.insert(rule.to_owned(), count);
        }
    };
    let judges = review.dates.kind == ReviewKind::Reconstitution;
    let screens = pipeline.methodology.screens.iter().enumerate();
    for (screen, rule) in screens.filter(|_| judges) {
        out(
            &rule.id,
            scored
                .first_failed
                .iter()
                .filter(|failed| **failed == Some(screen as u16))
                .count(),
        );
    }
    out("decisions", scored.discretion.excluded().count());
    let ended = |fate| review.selection.fate.iter().filter(|found| **found == fate).count();
    out("select", ended(Fate::Unranked));
    out("weight", ended(Fate::Unweightable) + review.selection.light.len());
    for (rule, count) in review.unweighted() {
        *totals.screened.entry(rule.to_owned()).or_default() += count;
    }
    for (score, column) in pipeline.methodology.scores.iter().zip(&scored.scores) {
        let of = column.over.iter().filter(|over| **over).count();
        for (part, values) in score.parts.iter().zip(&column.parts) {
            totals.missing.push(MissingCount {
                score: score.name.clone(),
                variable: part.id.clone(),
                policy: policy_words(&part.missing.value),
                names: values.missing_names,
                of,
            });
        }
    }
    totals
}

fn policy_words(policy: &Missing) -> &'static str {
    match policy {
        Missing::ExcludeSecurity => "no score",
        Missing::AverageOthers => "scored on the others",
        Missing::Zero => "counted as z = 0",
        Missing::Worst => "counted as the worst",
        Missing::NeutralRank => "counted as the median",
        Missing::Substitute(_) => "given its substitute",
    }
}

/// How many members were such before, and how many were there before.
pub(crate) fn kept_and_held(review: &Review) -> (usize, usize) {
    let Some(previous) = &review.previous else {
        return (0, 0);
    };
    let securities = review.members.iter().map(|at| review.scored.security[*at as usize]);
    (
        securities.filter(|security| previous.has(*security)).count(),
        previous.members.len(),
    )
}
