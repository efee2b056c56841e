//! The one limit of a rulebook that is a published procedure: equal shares, powers, cutting step by step.

use divisor_methodology::{Cut, Limit, Redistribute};
use divisor_numeric::capping::{Breach, Excess, cut, flatten, is_above, share_equally, weight_above};
use divisor_numeric::limits::Side;

use crate::limit::LimitColumn;

/// The weights after the procedure. What it did is kept in the column; where it has no answer, in words why.
pub(crate) fn run(limit: &Limit, column: &mut LimitColumn, uncapped: &[f64]) -> Result<Vec<f64>, String> {
    match limit.redistribute.value {
        Redistribute::Equal => equal(column, uncapped),
        Redistribute::Power => power(limit, column, uncapped),
        Redistribute::Proportional => stepwise(limit, column, uncapped),
    }
}

fn equal(column: &mut LimitColumn, uncapped: &[f64]) -> Result<Vec<f64>, String> {
    let upper: Vec<f64> = column.groups.iter().map(|group| group.upper).collect();
    let excess = Excess {
        uncapped,
        group_of: &column.group_of,
        upper: &upper,
    };
    let (weights, capped) =
        share_equally(excess).map_err(|room| format!("its maxima leave room for only {:.4}%", room * 100.0))?;
    for (group, is_capped) in column.groups.iter_mut().zip(capped) {
        group.binding = is_capped.then_some(Side::Upper);
    }
    Ok(weights)
}

fn power(limit: &Limit, column: &mut LimitColumn, uncapped: &[f64]) -> Result<Vec<f64>, String> {
    let upper: Vec<f64> = column.groups.iter().map(|group| group.upper).collect();
    let all = limit.concentration.as_ref();
    let holds = |weights: &[f64]| {
        let within = weights
            .iter()
            .zip(&upper)
            .all(|(weight, upper)| !is_above(*weight, *upper));
        within && all.is_none_or(|all| !is_above(weight_above(weights, all.above.value()), all.max.value()))
    };
    let before = column.weights_of(uncapped);
    let (n, after) =
        flatten(&before, holds).ok_or_else(|| "no power from 1 down to 0.01 of the weights holds it".to_owned())?;
    column.power = Some(f64::from(100 - n) / 100.0);
    Ok(spread(column, uncapped, &before, &after))
}

fn stepwise(limit: &Limit, column: &mut LimitColumn, uncapped: &[f64]) -> Result<Vec<f64>, String> {
    let Some(all) = &limit.concentration else {
        return Ok(uncapped.to_vec());
    };
    let breach = match all.cut.value {
        Cut::Smallest => Breach::Smallest,
        Cut::Breach | Cut::Nearest => Breach::First,
    };
    let cap = limit.max.as_ref().map_or(f64::INFINITY, |max| max.value(0.0, 0.0));
    let above = all.above.value();
    let before = column.weights_of(uncapped);
    let after = cut(&before, cap, above, all.max.value(), breach)
        .map_err(|left| format!("{:.4}% of the index finds no room", left * 100.0))?;
    for ((group, before), after) in column.groups.iter_mut().zip(&before).zip(&after) {
        let is_held = |at: f64| *before > at && !is_above(*after, at);
        if is_held(above) {
            group.upper = group.upper.min(above);
        }
        group.binding = (is_held(above) || is_held(cap)).then_some(Side::Upper);
    }
    Ok(spread(column, uncapped, &before, &after))
}

/// Weights of names from those of their groups: each keeps its share of the group.
fn spread(column: &LimitColumn, uncapped: &[f64], before: &[f64], after: &[f64]) -> Vec<f64> {
    let weight = |(weight, group): (&f64, &u32)| weight / before[*group as usize] * after[*group as usize];
    uncapped.iter().zip(&column.group_of).map(weight).collect()
}
