//! Parts to one score: a mean or a product, then standardised again and clipped where the rules say so.

use divisor_methodology::{Combine, Missing, Score};
use divisor_numeric as numeric;

use super::groups::groups;
use super::{PartColumn, deviation, gather};
use crate::elementwise::Scope;

/// The score of each name, and what the parts combined to where later steps changed it.
pub(super) fn combine(
    score: &Score,
    parts: &[PartColumn],
    over: &[bool],
    scope: &Scope<'_>,
) -> (Vec<f64>, Option<Vec<f64>>) {
    let mut values = match score.combine {
        Combine::Product => product(score, parts, over),
        Combine::Mean => mean(score, parts, over),
    };
    if let Some(least) = &score.least_present {
        for (value, present) in values.iter_mut().zip(present(score, parts, scope)) {
            if present < least.value {
                *value = f64::NAN;
            }
        }
    }
    if score.restandardize.is_none() && score.clip_score.is_none() {
        return (values, None);
    }
    let combined = values.clone();
    if let Some(again) = &score.restandardize {
        let columns = again.within.as_ref().map_or(&[][..], |within| &within.value);
        let mut standardised = vec![f64::NAN; over.len()];
        let mut present = Vec::new();
        for group in groups(columns, score.smallest_group.as_ref(), over, scope) {
            let own = group.of(&values);
            gather(&own, &mut present);
            let (mean, sd) = (numeric::mean(&present), numeric::stdev(&present, deviation(score)));
            let mut z = vec![f64::NAN; own.len()];
            numeric::zscores_into(&own, mean, sd, 1.0, &mut z);
            group.put(z, &mut standardised);
        }
        values = standardised;
    }
    if let Some(clip) = &score.clip_score {
        for value in &mut values {
            *value = numeric::clip(*value, -clip.value, clip.value);
        }
    }
    (values, Some(combined))
}

/// What a missing part does to a mean or product: nothing, or it takes it away.
fn instead(missing: &Missing, nothing: f64) -> f64 {
    if matches!(missing, Missing::AverageOthers) {
        nothing
    } else {
        f64::NAN
    }
}

/// The mean of the parts each name has, by weight where weights are stated; none where a part excludes it or nothing is
/// there.
fn mean(score: &Score, parts: &[PartColumn], over: &[bool]) -> Vec<f64> {
    let mut totals = vec![0.0; over.len()];
    let mut weights = vec![0.0; over.len()];
    for (rule, part) in score.parts.iter().zip(parts) {
        let instead = instead(&rule.missing.value, 0.0);
        let entered = part.mapped.as_deref().unwrap_or(&part.z);
        let each = totals.iter_mut().zip(&mut weights).zip(entered);
        match &rule.weight {
            None => {
                for ((total, weight), z) in each {
                    let present = !z.is_nan();
                    *total += if present { *z } else { instead };
                    *weight += f64::from(u8::from(present));
                }
            }
            Some(share) => {
                let share = share.value.value();
                for ((total, weight), z) in each {
                    let present = !z.is_nan();
                    *total += if present { share * *z } else { instead };
                    *weight += if present { share } else { 0.0 };
                }
            }
        }
    }
    let means = totals.iter().zip(weights).zip(over);
    // Nothing there is 0 ÷ 0, which is missing.
    means
        .map(|((total, weight), over)| if *over { total / weight } else { f64::NAN })
        .collect()
}

/// The product of the parts each name has; none where a part excludes it or nothing is there.
fn product(score: &Score, parts: &[PartColumn], over: &[bool]) -> Vec<f64> {
    let mut values = vec![1.0; over.len()];
    let mut any = vec![false; over.len()];
    for (rule, part) in score.parts.iter().zip(parts) {
        let instead = instead(&rule.missing.value, 1.0);
        let entered = part.mapped.as_deref().unwrap_or(&part.z);
        for ((value, any), factor) in values.iter_mut().zip(&mut any).zip(entered) {
            *value *= if factor.is_nan() { instead } else { *factor };
            *any |= !factor.is_nan();
        }
    }
    let each = values.into_iter().zip(any).zip(over);
    each.map(|((value, any), over)| if *over && any { value } else { f64::NAN })
        .collect()
}

/// How many parts each name has itself, substitutes included.
fn present(score: &Score, parts: &[PartColumn], scope: &Scope<'_>) -> Vec<usize> {
    let mut counts = vec![0; scope.universe.len()];
    for (rule, part) in score.parts.iter().zip(parts) {
        let own = scope.values(rule.of.name());
        let values = part.substituted.as_deref().unwrap_or(&own);
        for (count, value) in counts.iter_mut().zip(values) {
            *count += usize::from(!value.is_nan());
        }
    }
    counts
}
