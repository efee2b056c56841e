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
    /// The variable with its substitutes filled in, where the missing policy is one; else the variable itself is read.
    pub substituted: Option<Vec<f64>>,
    /// After winsorising; NaN outside `over` where groups are standardised apart.
    pub winsorised: Vec<f64>,
    /// Standardised, higher is better; what the missing policy put in included.
    pub z: Vec<f64>,
    /// Names of `over` whose own value was missing, so that the missing policy decided.
    pub missing_names: usize,
}

/// Computes one score.
pub(crate) fn score(score: &Score, over: Vec<bool>, scope: &Scope<'_>) -> ScoreColumn {
    let groups = groups(score, &over, scope);
    let parts: Vec<PartColumn> = score
        .parts
        .iter()
        .map(|part| part_column(score, part, &over, &groups, scope))
        .collect();
    let values = combine(score, &parts, &over);
    ScoreColumn { over, values, parts }
}

/// The plain mean of the z-scores each name has; none where a part excludes it or nothing is there.
fn combine(score: &Score, parts: &[PartColumn], over: &[bool]) -> Vec<f64> {
    let mut totals = vec![0.0; over.len()];
    let mut counts = vec![0.0; over.len()];
    for (rule, part) in score.parts.iter().zip(parts) {
        // A missing z adds nothing, or takes the name's mean away.
        let instead = if matches!(rule.missing.value, Missing::AverageOthers) {
            0.0
        } else {
            f64::NAN
        };
        for ((total, count), z) in totals.iter_mut().zip(&mut counts).zip(&part.z) {
            let present = !z.is_nan();
            *total += if present { *z } else { instead };
            *count += f64::from(u8::from(present));
        }
    }
    let means = totals.iter().zip(counts).zip(over);
    // Nothing there is 0 ÷ 0, which is missing.
    means
        .map(|((total, count), over)| if *over { total / count } else { f64::NAN })
        .collect()
}

/// Names standardised together.
enum Group {
    /// The whole parent.
    Everyone,
    /// These positions, ascending.
    Some(Vec<u32>),
}

impl Group {
    /// The values of its names, ascending.
    fn of(&self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::Everyone => values.to_vec(),
            Self::Some(group) => group.iter().map(|at| values[*at as usize]).collect(),
        }
    }

    /// How many of its names have no value.
    fn missing(&self, values: &[f64]) -> usize {
        match self {
            Self::Everyone => values.iter().filter(|value| value.is_nan()).count(),
            Self::Some(group) => group.iter().filter(|at| values[**at as usize].is_nan()).count(),
        }
    }

    /// Puts values of its names where they belong.
    fn put(&self, own: Vec<f64>, into: &mut Vec<f64>) {
        match self {
            Self::Everyone => *into = own,
            Self::Some(group) => {
                for (at, value) in group.iter().zip(own) {
                    into[*at as usize] = value;
                }
            }
        }
    }
}

/// The groups of a score; one without `within`. Names without a group text are a group too.
fn groups(score: &Score, over: &[bool], scope: &Scope<'_>) -> Vec<Group> {
    let codes = score
        .within
        .as_ref()
        .and_then(|within| scope.universe.codes(&within.value));
    let Some(codes) = codes else {
        if over.iter().all(|over| *over) {
            return vec![Group::Everyone];
        }
        return vec![Group::Some(
            (0..over.len() as u32).filter(|at| over[*at as usize]).collect(),
        )];
    };
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (at, code) in codes.iter().enumerate().filter(|(at, _)| over[*at]) {
        groups.entry(*code).or_default().push(at as u32);
    }
    groups.into_values().map(Group::Some).collect()
}

fn part_column(score: &Score, part: &Part, over: &[bool], groups: &[Group], scope: &Scope<'_>) -> PartColumn {
    let raw = scope.values(part.of.name());
    let missing = groups.iter().map(|group| group.missing(&raw)).sum();
    let substituted = match &part.missing.value {
        Missing::Substitute(other) => {
            let other = scope.values(other.name());
            let filled = raw.iter().zip(other.iter());
            Some(
                filled
                    .map(|(value, other)| if value.is_nan() { *other } else { *value })
                    .collect::<Vec<f64>>(),
            )
        }
        _ => None,
    };
    let input: &[f64] = substituted.as_deref().unwrap_or(&raw);
    let sign = if part.prefer.value == Prefer::High { 1.0 } else { -1.0 };
    let mut column = PartColumn {
        winsorised: Vec::new(),
        z: Vec::new(),
        missing_names: missing,
        substituted: None,
    };
    if !matches!(groups, [Group::Everyone]) {
        column.winsorised = vec![f64::NAN; over.len()];
        column.z = vec![f64::NAN; over.len()];
    }
    let mut buffers = Buffers::default();
    for group in groups {
        let mut own = group.of(input);
        let mut z = if matches!(part.of, Quantity::Score(_)) {
            // A score is standardised already; it goes in as it is.
            own.iter().map(|value| sign * value).collect()
        } else {
            gather(&own, &mut buffers.present);
            winsorise(score, &mut own, &mut buffers);
            standardise(score, &own, sign, &buffers.present)
        };
        fill_missing(score, part, &mut z, &mut buffers.present);
        group.put(own, &mut column.winsorised);
        group.put(z, &mut column.z);
    }
    column.substituted = substituted;
    column
}

/// Memory that groups and statistics use in turn.
#[derive(Default)]
struct Buffers {
    /// The present values of a group, in order of security.
    present: Vec<f64>,
    /// The same in the order a quantile left them in.
    shuffled: Vec<f64>,
}

/// The present values, in order of security.
fn gather(values: &[f64], present: &mut Vec<f64>) {
    present.clear();
    present.resize(values.len(), 0.0);
    let mut count = 0;
    for value in values {
        // Without a branch: whether a value is there is anybody's guess.
        present[count] = *value;
        count += usize::from(!value.is_nan());
    }
    present.truncate(count);
}

/// Clips the values of a group, and its present ones likewise.
fn winsorise(score: &Score, values: &mut [f64], buffers: &mut Buffers) {
    let Some(rule) = &score.winsorize else { return };
    let method = match rule.method.value {
        Quantile::Linear => numeric::QuantileMethod::Linear,
        Quantile::OrderStatistic => numeric::QuantileMethod::OrderStatistic,
    };
    buffers.shuffled.clear();
    buffers.shuffled.extend_from_slice(&buffers.present);
    let (low, high) = numeric::quantiles(&mut buffers.shuffled, rule.low, rule.high, method);
    for values in [values, &mut buffers.present] {
        for value in values {
            *value = numeric::clip(*value, low, high);
        }
    }
}

fn standardise(score: &Score, values: &[f64], sign: f64, present: &[f64]) -> Vec<f64> {
    let deviation = match score.deviation.value {
        Deviation::Population => numeric::Deviation::Population,
        Deviation::Sample => numeric::Deviation::Sample,
    };
    let mean = numeric::mean(present);
    let sd = numeric::stdev(present, deviation);
    let mut z = vec![f64::NAN; values.len()];
    numeric::zscores_into(values, mean, sd, sign, &mut z);
    if let Some(clip) = score.clip {
        for value in &mut z {
            *value = numeric::clip(*value, -clip.value, clip.value);
        }
    }
    z
}

/// What the missing policy puts in for names of the group without a z-score.
fn fill_missing(score: &Score, part: &Part, z: &mut [f64], scratch: &mut Vec<f64>) {
    const HALF: Fraction = Fraction::new(1, 2);
    if matches!(
        part.missing.value,
        Missing::ExcludeSecurity | Missing::AverageOthers | Missing::Substitute(_)
    ) {
        return;
    }
    gather(z, scratch);
    let fill = match (&part.missing.value, score.clip) {
        (Missing::Worst, Some(clip)) => -clip.value,
        (Missing::Worst, None) => scratch.iter().copied().reduce(f64::min).unwrap_or(f64::NAN),
        (Missing::NeutralRank, _) => numeric::quantile(scratch, HALF, numeric::QuantileMethod::Linear),
        _ => 0.0,
    };
    for value in z.iter_mut().filter(|value| value.is_nan()) {
        *value = fill;
    }
}
