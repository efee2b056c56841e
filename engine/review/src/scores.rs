//! Scores: each variable winsorised and standardised over the names of `over`, mapped, and combined.

mod combine;
mod groups;

use divisor_methodology::{
    Centre, Deviation, Missing, Part, Prefer, Quantile, Quantity, Score, Spread, TiltMap, Unfinished, Winsorize,
};
use divisor_model::{Diagnostic, Fraction};
use divisor_numeric as numeric;

use crate::elementwise::Scope;
use crate::error::ReviewError;
use combine::combine;
use groups::{Group, groups};

pub(crate) use groups::group_codes;

/// One score over the universe.
#[derive(Debug, Clone)]
pub struct ScoreColumn {
    /// Names its statistics were taken over; only they can have a score.
    pub over: Vec<bool>,
    /// The score, NaN where a name has none.
    pub values: Vec<f64>,
    /// What the parts combined to, where the score is standardised again or clipped after that.
    pub combined: Option<Vec<f64>>,
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
    /// What went into the score, where a map or a power made it of the z.
    pub mapped: Option<Vec<f64>>,
    /// Most passes that truncating a group took, where the score truncates.
    pub passes: Option<u32>,
    /// Whether some group was still beyond the bound after the last pass.
    pub unfinished: bool,
    /// Names of `over` whose own value was missing, so that the missing policy decided.
    pub missing_names: usize,
}

/// Computes one score.
pub(crate) fn score(score: &Score, over: Vec<bool>, scope: &Scope<'_>) -> Result<ScoreColumn, ReviewError> {
    let columns = score.within.as_ref().map_or(&[][..], |within| &within.value);
    let groups = groups(columns, score.smallest_group.as_ref(), &over, scope);
    let parts = score
        .parts
        .iter()
        .map(|part| part_column(score, part, &over, &groups, scope));
    let parts: Vec<PartColumn> = parts.collect::<Result<_, _>>()?;
    let (values, combined) = combine(score, &parts, &over, scope);
    Ok(ScoreColumn {
        over,
        values,
        combined,
        parts,
    })
}

fn part_column(
    score: &Score,
    part: &Part,
    over: &[bool],
    groups: &[Group],
    scope: &Scope<'_>,
) -> Result<PartColumn, ReviewError> {
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
    let mut buffers = Buffers::default();
    // Percentiles of other groups than those standardised together come first, of all names.
    let is_score = matches!(part.of, Quantity::Score(_));
    let apart = winsorised_apart(score, input, over, scope, &mut buffers).filter(|_| !is_score);
    let (input, rule) = match &apart {
        Some(winsorised) => (winsorised.as_slice(), None),
        None => (input, score.winsorize.as_ref()),
    };
    let sign = if part.prefer.value == Prefer::High { 1.0 } else { -1.0 };
    let mut column = PartColumn {
        winsorised: Vec::new(),
        z: Vec::new(),
        missing_names: missing,
        substituted: None,
        mapped: None,
        passes: None,
        unfinished: false,
    };
    if !matches!(groups, [Group::Everyone]) {
        column.winsorised = vec![f64::NAN; over.len()];
        column.z = vec![f64::NAN; over.len()];
    }
    let common = common_deviation((score, rule), groups, input, over, &mut buffers);
    for group in groups {
        let mut own = group.of(input);
        let mut z = if is_score {
            // A score is standardised already; it goes in as it is.
            own.iter().map(|value| sign * value).collect()
        } else {
            gather(&own, &mut buffers.present);
            winsorise(rule, &mut own, &mut buffers);
            let statistics = statistics(score, group, &own, &mut buffers, common, scope);
            let mut z = vec![f64::NAN; own.len()];
            numeric::zscores_into(&own, statistics.0, statistics.1, sign, &mut z);
            bound(score, part, &mut z, &mut column, &mut buffers.present)?;
            z
        };
        fill_missing(score, part, &mut z, &mut buffers.present);
        group.put(own, &mut column.winsorised);
        group.put(z, &mut column.z);
    }
    column.mapped = mapped(part, &column.z, over);
    column.substituted = substituted;
    Ok(column)
}

/// Memory that groups and statistics use in turn.
#[derive(Default)]
struct Buffers {
    /// The present values of a group, in order of security.
    present: Vec<f64>,
    /// What a quantile makes of them.
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
fn winsorise(rule: Option<&Winsorize>, values: &mut [f64], buffers: &mut Buffers) {
    let Some(rule) = rule else { return };
    let method = match rule.method.value {
        Quantile::Linear => numeric::QuantileMethod::Linear,
        Quantile::OrderStatistic => numeric::QuantileMethod::OrderStatistic,
        Quantile::Hazen => numeric::QuantileMethod::Hazen,
        Quantile::Weibull => numeric::QuantileMethod::Weibull,
    };
    let (low, high) = numeric::quantiles(&buffers.present, (rule.low, rule.high), method, &mut buffers.shuffled);
    for values in [values, &mut buffers.present] {
        for value in values {
            *value = numeric::clip(*value, low, high);
        }
    }
}

/// All values clipped to the percentiles of groups of their own, where the rules say so; NaN for names without one, and
/// outside `over`.
fn winsorised_apart(
    score: &Score,
    input: &[f64],
    over: &[bool],
    scope: &Scope<'_>,
    buffers: &mut Buffers,
) -> Option<Vec<f64>> {
    let rule = score.winsorize.as_ref()?;
    let columns = &rule.within.as_ref()?.value;
    let mut winsorised = vec![f64::NAN; over.len()];
    for group in groups(columns, score.smallest_group.as_ref(), over, scope) {
        let mut own = group.of(input);
        gather(&own, &mut buffers.present);
        winsorise(Some(rule), &mut own, buffers);
        group.put(own, &mut winsorised);
    }
    Some(winsorised)
}

fn deviation(score: &Score) -> numeric::Deviation {
    match score.deviation.value {
        Deviation::Population => numeric::Deviation::Population,
        Deviation::Sample => numeric::Deviation::Sample,
    }
}

/// The deviation of all names of `over` after winsorising, where groups share it.
fn common_deviation(
    (score, rule): (&Score, Option<&Winsorize>),
    groups: &[Group],
    input: &[f64],
    over: &[bool],
    buffers: &mut Buffers,
) -> Option<f64> {
    if score.spread.value == Spread::Group {
        return None;
    }
    let mut all = vec![f64::NAN; over.len()];
    for group in groups {
        let mut own = group.of(input);
        gather(&own, &mut buffers.present);
        winsorise(rule, &mut own, buffers);
        group.put(own, &mut all);
    }
    gather(&all, &mut buffers.present);
    Some(numeric::stdev(&buffers.present, deviation(score)))
}

/// Centre and deviation of a group.
fn statistics(
    score: &Score,
    group: &Group,
    values: &[f64],
    buffers: &mut Buffers,
    common: Option<f64>,
    scope: &Scope<'_>,
) -> (f64, f64) {
    let Buffers { present, shuffled } = buffers;
    let centre = match score.mean.value {
        Centre::Median => {
            shuffled.clear();
            shuffled.extend_from_slice(present);
            numeric::median(shuffled)
        }
        Centre::Plain => numeric::mean(present),
        Centre::ParentWeighted => {
            let weights = group.of(&scope.universe.parent_weight);
            let own = weights.iter().zip(values).filter(|(_, value)| !value.is_nan());
            let own: Vec<f64> = own.map(|(weight, _)| *weight).collect();
            numeric::weighted_mean(present, &own)
        }
    };
    let spread = common.unwrap_or_else(|| numeric::stdev(present, deviation(score)));
    (centre, spread)
}

/// Clips z-scores, or truncates them in a loop whose end goes on record.
fn bound(
    score: &Score,
    part: &Part,
    z: &mut [f64],
    column: &mut PartColumn,
    scratch: &mut Vec<f64>,
) -> Result<(), ReviewError> {
    let clip = |z: &mut [f64], bound: f64| {
        for value in z {
            *value = numeric::clip(*value, -bound, bound);
        }
    };
    if let Some(bound) = score.clip {
        clip(z, bound.value);
    }
    let Some(rule) = &score.truncate else { return Ok(()) };
    let loop_rule = numeric::Truncation {
        bound: rule.beyond,
        tolerance: rule.tolerance.value,
        passes_max: rule.passes.value,
    };
    let ended = numeric::truncate(z, loop_rule, deviation(score), scratch);
    column.passes = Some(column.passes.unwrap_or(0).max(ended.passes));
    column.unfinished |= !ended.inside;
    if ended.inside {
        return Ok(());
    }
    match rule.unfinished.value {
        Unfinished::Keep => Ok(()),
        Unfinished::Clip => {
            clip(z, rule.beyond);
            Ok(())
        }
        Unfinished::Error => {
            let largest = z
                .iter()
                .filter(|z| !z.is_nan())
                .fold(0.0_f64, |most, z| most.max(z.abs()));
            let message = format!(
                "truncating `{}` in the score `{}` has not ended after {} passes: a z of {largest:.4} is still beyond {}",
                part.id, score.name, ended.passes, rule.beyond
            );
            let help = format!(
                "line {}: allow more `passes`, or say what happens then: unfinished = \"clip\" or \"keep\"",
                rule.line
            );
            Err(ReviewError::unsatisfiable(
                Diagnostic::error("R0202", message).help(help),
            ))
        }
    }
}

/// What a z-score goes in as, where that is not the z itself.
fn mapped(part: &Part, z: &[f64], over: &[bool]) -> Option<Vec<f64>> {
    if part.map.is_none() && part.power.is_none() {
        return None;
    }
    let own = z.iter().zip(over).map(|(z, over)| if *over { *z } else { f64::NAN });
    let mut values: Vec<f64> = own.collect();
    if let Some(map) = &part.map {
        apply(map.value, &mut values);
    }
    if let Some(power) = &part.power {
        raise(power.value, &mut values);
    }
    Some(values)
}

/// Maps numbers to factors; ranks are among those present.
pub(crate) fn apply(map: TiltMap, values: &mut Vec<f64>) {
    match map {
        TiltMap::OnePlusZ => values.iter_mut().for_each(|value| *value = numeric::one_plus_z(*value)),
        TiltMap::NormalCdf => values.iter_mut().for_each(|value| *value = numeric::normal_cdf(*value)),
        TiltMap::Exponential => values
            .iter_mut()
            .for_each(|value| *value = numeric::exponential(*value)),
        TiltMap::Rank => *values = numeric::ascending_ranks(values),
        TiltMap::Percentile => *values = numeric::percentile_ranks(values),
        TiltMap::Value => {}
    }
}

/// Raises factors to a power.
pub(crate) fn raise(power: f64, values: &mut [f64]) {
    for value in values {
        *value = numeric::raised(*value, power);
    }
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
    let bound = score.clip.map(|clip| clip.value);
    let bound = bound.or(score.truncate.as_ref().map(|rule| rule.beyond));
    let fill = match (&part.missing.value, bound) {
        (Missing::Worst, Some(bound)) => -bound,
        (Missing::Worst, None) => scratch.iter().copied().reduce(f64::min).unwrap_or(f64::NAN),
        (Missing::NeutralRank, _) => numeric::quantile(scratch, HALF, numeric::QuantileMethod::Linear),
        _ => 0.0,
    };
    for value in z.iter_mut().filter(|value| value.is_nan()) {
        *value = fill;
    }
}
