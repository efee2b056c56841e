//! Scores: each variable winsorised and standardised over the names of `over`, then averaged.

use std::collections::BTreeMap;

use divisor_methodology::{Deviation, Missing, Part, Prefer, Quantile, Quantity, Score};
use divisor_model::Fraction;
use divisor_numeric as numeric;

use crate::elementwise::Scope;

/// One score over the universe.
#[derive(Debug, Clone)]
pub struct ScoreColumn {
    /// Names its statistics were taken over; only they can have a score.
    pub over: Vec<bool>,
    /// The score, NaN where a name has none.
    pub values: Vec<f64>,
    /// What went in.
    pub parts: Vec<PartColumn>,
}

/// One variable of a score over the universe.
#[derive(Debug, Clone)]
pub struct PartColumn {
    /// The variable as it stood, substitutes filled in.
    pub raw: Vec<f64>,
    /// After winsorising.
    pub winsorised: Vec<f64>,
    /// Standardised, higher is better; what the missing policy put in included.
    pub z: Vec<f64>,
    /// Names whose own value was missing, so that the missing policy decided.
    pub missing: Vec<bool>,
}

/// Computes one score.
pub(crate) fn score(score: &Score, over: Vec<bool>, scope: &Scope<'_>) -> ScoreColumn {
    let groups = groups(score, &over, scope);
    let parts: Vec<PartColumn> = score
        .parts
        .iter()
        .map(|part| part_column(score, part, &groups, scope))
        .collect();
    let values = (0..over.len())
        .map(|at| if over[at] { combine(score, &parts, at) } else { f64::NAN })
        .collect();
    ScoreColumn { over, values, parts }
}

/// The plain mean of the z-scores a name has; none where a part excludes it or nothing is there.
fn combine(score: &Score, parts: &[PartColumn], at: usize) -> f64 {
    let excluded = score
        .parts
        .iter()
        .zip(parts)
        .any(|(rule, part)| part.z[at].is_nan() && !matches!(rule.missing.value, Missing::AverageOthers));
    if excluded {
        return f64::NAN;
    }
    let (mut total, mut count) = (0.0, 0u32);
    for part in parts {
        if !part.z[at].is_nan() {
            total += part.z[at];
            count += 1;
        }
    }
    if count == 0 { f64::NAN } else { total / f64::from(count) }
}

/// Positions by group, all in ascending order; one group without `within`. Names without a group text are one more.
fn groups(score: &Score, over: &[bool], scope: &Scope<'_>) -> Vec<Vec<u32>> {
    let names = (0..over.len() as u32).filter(|at| over[*at as usize]);
    let codes = score
        .within
        .as_ref()
        .and_then(|within| scope.universe.codes(&within.value));
    let Some(codes) = codes else {
        return vec![names.collect()];
    };
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for at in names {
        groups.entry(codes[at as usize]).or_default().push(at);
    }
    groups.into_values().collect()
}

fn part_column(score: &Score, part: &Part, groups: &[Vec<u32>], scope: &Scope<'_>) -> PartColumn {
    let mut raw = scope.name(part.of.name()).values;
    let missing: Vec<bool> = raw.iter().map(|value| value.is_nan()).collect();
    if let Missing::Substitute(substitute) = &part.missing.value {
        let other = scope.name(substitute.name()).values;
        for (value, other) in raw.iter_mut().zip(other) {
            if value.is_nan() {
                *value = other;
            }
        }
    }
    let sign = if part.prefer.value == Prefer::High { 1.0 } else { -1.0 };
    let mut winsorised = raw.clone();
    let mut z = vec![f64::NAN; raw.len()];
    let mut scratch = Vec::new();
    for group in groups {
        if matches!(part.of, Quantity::Score(_)) {
            // A score is standardised already; it goes in as it is.
            for at in group {
                z[*at as usize] = sign * raw[*at as usize];
            }
        } else {
            winsorise(score, group, &mut winsorised, &mut scratch);
            standardise(score, group, &winsorised, sign, &mut z, &mut scratch);
        }
        fill_missing(score, part, group, &mut z, &mut scratch);
    }
    PartColumn {
        raw,
        winsorised,
        z,
        missing,
    }
}

/// The present values of a group, in order of security.
fn gather(group: &[u32], values: &[f64], scratch: &mut Vec<f64>) {
    scratch.clear();
    scratch.extend(
        group
            .iter()
            .map(|at| values[*at as usize])
            .filter(|value| !value.is_nan()),
    );
}

fn winsorise(score: &Score, group: &[u32], values: &mut [f64], scratch: &mut Vec<f64>) {
    let Some(rule) = &score.winsorize else { return };
    gather(group, values, scratch);
    let method = match rule.method.value {
        Quantile::Linear => numeric::QuantileMethod::Linear,
        Quantile::OrderStatistic => numeric::QuantileMethod::OrderStatistic,
    };
    let (low, high) = numeric::quantiles(scratch, rule.low, rule.high, method);
    for at in group {
        let value = &mut values[*at as usize];
        *value = numeric::clip(*value, low, high);
    }
}

fn standardise(score: &Score, group: &[u32], values: &[f64], sign: f64, z: &mut [f64], scratch: &mut Vec<f64>) {
    gather(group, values, scratch);
    let deviation = match score.deviation.value {
        Deviation::Population => numeric::Deviation::Population,
        Deviation::Sample => numeric::Deviation::Sample,
    };
    let mean = numeric::mean(scratch);
    let sd = numeric::stdev(scratch, deviation);
    let own: Vec<f64> = group.iter().map(|at| values[*at as usize]).collect();
    let mut standardised = vec![f64::NAN; own.len()];
    numeric::zscores_into(&own, mean, sd, sign, &mut standardised);
    for (at, value) in group.iter().zip(standardised) {
        z[*at as usize] = match score.clip {
            Some(clip) => numeric::clip(value, -clip.value, clip.value),
            None => value,
        };
    }
}

/// What the missing policy puts in for names of the group without a z-score.
fn fill_missing(score: &Score, part: &Part, group: &[u32], z: &mut [f64], scratch: &mut Vec<f64>) {
    const HALF: Fraction = Fraction::new(1, 2);
    gather(group, z, scratch);
    let fill = match (&part.missing.value, score.clip) {
        (Missing::Zero, _) => 0.0,
        (Missing::Worst, Some(clip)) => -clip.value,
        (Missing::Worst, None) => scratch.iter().copied().reduce(f64::min).unwrap_or(f64::NAN),
        (Missing::NeutralRank, _) => numeric::quantile(scratch, HALF, numeric::QuantileMethod::Linear),
        _ => return,
    };
    for at in group {
        let value = &mut z[*at as usize];
        if value.is_nan() {
            *value = fill;
        }
    }
}
