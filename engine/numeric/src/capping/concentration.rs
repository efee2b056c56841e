//! At most so much in all groups above a weight, together with plain limits.
//!
//! If k groups may lie above, they hold at most `max` together and every other group at most `above`: plain limits, which
//! [`redistribute`] solves. No more than `max / above` groups can lie above, so trying every k from 0 on is short. For one
//! k the groups that may lie above are the k largest before limits: exchanging one of them for a smaller group moves
//! more weight. Of the answers the one with the least Σ (w − u)²/u is taken, of equals the one with fewer above.

use super::{descending, is_above, weight_above};
use crate::limits::{Axis, Group, LimitError, Members, Shortfall, Solution, TOLERANCE, redistribute};
use crate::sum::{sum, sum_iter};

/// At most `max` in all groups of more than `above` each.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// Disjoint groups; each name is in one.
    pub groups: Vec<Members>,
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
    let group_weight = |weights: &[f64], group: &Members| sum_iter(group.iter().map(|at| weights[*at as usize]));
    let groups =
        |weights: &[f64]| -> Vec<f64> { rule.groups.iter().map(|group| group_weight(weights, group)).collect() };
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
        (Some((_, big, solution)), _) => Ok(concentrated(solution, axes.len(), rule, big)),
        (None, Some((_, error))) => Err(error),
        (None, None) => Err(LimitError::NoWeight),
    }
}

/// The concentration as plain limits: first the groups that may lie above together, then each other group.
fn axis(rule: &Concentration, big: &[bool]) -> Axis {
    let mut together = Group {
        members: Members::new(),
        lower: 0.0,
        upper: rule.max,
    };
    let mut groups = Vec::with_capacity(rule.groups.len() + 1);
    for (group, is_big) in rule.groups.iter().zip(big) {
        if *is_big {
            together.members.extend(group.iter().copied());
        } else {
            groups.push(Group {
                members: group.clone(),
                lower: 0.0,
                upper: rule.above,
            });
        }
    }
    groups.insert(0, together);
    Axis { groups }
}

fn concentrated(mut solution: Solution, own: usize, rule: &Concentration, big: Vec<bool>) -> Concentrated {
    let small: Vec<usize> = (0..rule.groups.len()).filter(|group| !big[*group]).collect();
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
