//! At most so much in all groups above a weight, together with plain limits.
//!
//! If k groups may lie above, they hold at most `max` together and every other group at most `above`: plain limits, which
//! [`redistribute`] solves. No more than `max / above` groups can lie above, so trying every k from 0 on is short. For one
//! k the groups that may lie above are the k largest before limits: exchanging one of them for a smaller group moves
//! more weight. Of the answers the one with the least Σ (w − u)²/u is taken, of equals the one with fewer above.

use super::{descending, is_above, weight_above};
use crate::limits::{Axis, LimitError, NO_GROUP, Shortfall, Solution, TOLERANCE, redistribute};
use crate::sum::{sum, sum_iter};

/// At most `max` in all groups of more than `above` each.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// The group of each name: disjoint groups, numbered from zero.
    pub group_of: Vec<u32>,
    /// Weight from which on a group counts, itself not included.
    pub above: f64,
    /// Greatest weight of the groups that count.
    pub max: f64,
}

/// Weights that hold a concentration and the other limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentrated {
    /// Weights, and the binding bounds of the other limits.
    pub solution: Solution,
    /// Which groups may lie above, `None` where the other limits alone keep the concentration.
    pub may_exceed: Option<Vec<bool>>,
    /// Groups held at `above`, ascending.
    pub held_below: Vec<usize>,
    /// Whether the groups above are held at `max` together.
    pub is_full: bool,
}

/// The weights nearest to `uncapped` that hold the limits of all axes and the concentration.
///
/// # Errors
/// Those of [`redistribute`]; where no number of groups above leaves enough room, the conflict of the one that comes
/// nearest, in which an axis beyond the given ones is the concentration.
pub fn concentrate(uncapped: &[f64], axes: &[Axis], rule: &Concentration) -> Result<Concentrated, LimitError> {
    let plain = redistribute(uncapped, axes)?;
    let members = members(rule);
    let groups = |weights: &[f64]| -> Vec<f64> {
        let weight = |group: &Vec<usize>| sum_iter(group.iter().map(|at| weights[*at]));
        members.iter().map(weight).collect()
    };
    if !is_above(weight_above(&groups(&plain.weights), rule.above), rule.max) {
        return Ok(Concentrated {
            solution: plain,
            may_exceed: None,
            held_below: Vec::new(),
            is_full: false,
        });
    }
    let before = groups(uncapped);
    let order = descending(&before, &before);
    let most = ((rule.max + TOLERANCE) / rule.above) as usize;
    let total = sum(uncapped);
    let mut best: Option<(f64, Vec<bool>, Solution)> = None;
    let mut nearest: Option<(f64, LimitError)> = None;
    let mut all = axes.to_vec();
    all.push(Axis::default());
    for count in 0..=most.min(order.len()) {
        let mut big = vec![false; order.len()];
        order[..count].iter().for_each(|group| big[*group] = true);
        all[axes.len()] = axis(rule, &big);
        match redistribute(uncapped, &all) {
            Ok(solution) => {
                let distance = distance(uncapped, total, &solution.weights);
                if best.as_ref().is_none_or(|(least, ..)| distance < *least) {
                    best = Some((distance, big, solution));
                }
            }
            Err(error) => {
                let missing = missing(&error);
                if nearest.as_ref().is_none_or(|(least, _)| missing < *least) {
                    nearest = Some((missing, error));
                }
            }
        }
    }
    match (best, nearest) {
        (Some((_, big, solution)), _) => Ok(concentrated(solution, axes.len(), big)),
        (None, Some((_, error))) => Err(error),
        (None, None) => Err(LimitError::NoWeight),
    }
}

/// The names of each group.
fn members(rule: &Concentration) -> Vec<Vec<usize>> {
    let groups = rule.group_of.iter().filter(|group| **group != NO_GROUP);
    let count = groups.max().map_or(0, |last| *last as usize + 1);
    let mut members = vec![Vec::new(); count];
    for (name, group) in rule.group_of.iter().enumerate() {
        if let Some(members) = members.get_mut(*group as usize) {
            members.push(name);
        }
    }
    members
}

/// The concentration as plain limits: first the groups that may lie above together, then each other group.
fn axis(rule: &Concentration, big: &[bool]) -> Axis {
    let mut bounds = vec![(0.0, rule.max)];
    let mut number = Vec::with_capacity(big.len());
    for is_big in big {
        number.push(if *is_big { 0 } else { bounds.len() as u32 });
        if !is_big {
            bounds.push((0.0, rule.above));
        }
    }
    let group_of = rule.group_of.iter();
    Axis {
        group_of: group_of
            .map(|group| number.get(*group as usize).copied().unwrap_or(NO_GROUP))
            .collect(),
        bounds,
    }
}

fn concentrated(mut solution: Solution, own: usize, big: Vec<bool>) -> Concentrated {
    let small: Vec<usize> = (0..big.len()).filter(|group| !big[*group]).collect();
    let mine = solution.binding.iter().filter(|(axis, ..)| *axis == own);
    let bound: Vec<usize> = mine.map(|(_, group, _)| *group).collect();
    solution.binding.retain(|(axis, ..)| *axis < own);
    Concentrated {
        held_below: bound
            .iter()
            .filter(|group| **group > 0)
            .map(|group| small[group - 1])
            .collect(),
        is_full: bound.contains(&0),
        may_exceed: Some(big),
        solution,
    }
}

fn distance(uncapped: &[f64], total: f64, weights: &[f64]) -> f64 {
    let each = uncapped.iter().zip(weights).filter(|(before, _)| **before > 0.0);
    sum_iter(each.map(|(before, after)| {
        let before = before / total;
        (after - before) * (after - before) / before
    }))
}

/// By how much the limits miss, for choosing which miss to tell.
fn missing(error: &LimitError) -> f64 {
    match error {
        LimitError::Infeasible(conflict) if conflict.shortfall == Shortfall::TooLittleRoom => {
            conflict.needed - conflict.available
        }
        LimitError::Infeasible(_) => 1.0,
        _ => 2.0,
    }
}
