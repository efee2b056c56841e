//! The published step-by-step concentration of capped sector indexes (S&P DJI, Index Mathematics, capped market-cap
//! indexes, method 1), with the two readings of the name that "causes the breach".
//!
//! 1. No group above `cap`, the excess in proportion to the others.
//! 2. While the groups above `above` hold more than `max` together: one of them is cut by what is too much, but not below
//!    `above`; what it loses goes to the groups below `above` in proportion, none of them beyond `above`.
//! 3. What found no room goes to the groups above `above` in proportion, within `cap` and `max`.
//!
//! The name "with the lowest weight that causes the breach" may be the one with which the sum, from the largest down,
//! becomes too much, or the smallest of those above. The first can push a group below a smaller one. Each round takes a group out of those above or ends the breach, so there are no more rounds than groups. The
//! result is not continuous in the weights: that is the procedure.

use super::{descending, is_above, weight_above};
use crate::limits::TOLERANCE;
use crate::sum::sum_iter;

/// Which group is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// From the largest down, the first with which the sum is too much.
    First,
    /// The smallest of those that count.
    Smallest,
}

/// Weights of groups after the procedure; `uncapped` sum to one. Where not everything found room, what is left over.
///
/// # Errors
/// The weight no group could take.
pub fn cut(uncapped: &[f64], cap: f64, above: f64, max: f64, breach: Breach) -> Result<Vec<f64>, f64> {
    let mut weights = uncapped.to_vec();
    let mut homeless = 0.0;
    for weight in &mut weights {
        homeless += (*weight - cap).max(0.0);
        *weight = weight.min(cap);
    }
    let everyone: Vec<usize> = (0..weights.len()).collect();
    homeless = fill(&mut weights, &everyone, homeless, cap);
    loop {
        let excess = weight_above(&weights, above) - max;
        if excess <= TOLERANCE {
            break;
        }
        let mut order = descending(&weights, uncapped);
        order.retain(|at| is_above(weights[*at], above));
        let Some(at) = breaching(&weights, &order, max, breach) else {
            break;
        };
        let after = (weights[at] - excess).max(above);
        homeless += weights[at] - after;
        weights[at] = after;
        let small: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] < above).collect();
        homeless = fill(&mut weights, &small, homeless, above);
    }
    let big: Vec<usize> = (0..weights.len()).filter(|at| is_above(weights[*at], above)).collect();
    let room = (max - weight_above(&weights, above)).clamp(0.0, homeless);
    homeless = homeless - room + fill(&mut weights, &big, room, cap);
    if homeless > TOLERANCE {
        Err(homeless)
    } else {
        Ok(weights)
    }
}

/// The group to cut among those above, which come in descending order.
fn breaching(weights: &[f64], order: &[usize], max: f64, breach: Breach) -> Option<usize> {
    let mut held = 0.0;
    let mut is_breach = |at: &&usize| {
        held += weights[**at];
        is_above(held, max)
    };
    match breach {
        Breach::First => order.iter().find(&mut is_breach).copied(),
        Breach::Smallest => order.last().copied(),
    }
}

/// Gives `amount` to members in proportion to their weights, none beyond `ceiling`; what is left over.
fn fill(weights: &mut [f64], members: &[usize], mut amount: f64, ceiling: f64) -> f64 {
    let mut open: Vec<usize> = members.iter().copied().filter(|at| weights[*at] > 0.0).collect();
    while amount > 0.0 {
        open.retain(|at| weights[*at] < ceiling);
        let base = sum_iter(open.iter().map(|at| weights[*at]));
        if open.is_empty() {
            return amount;
        }
        let factor = (base + amount) / base;
        let full: Vec<usize> = open
            .iter()
            .copied()
            .filter(|at| weights[*at] * factor > ceiling)
            .collect();
        if full.is_empty() {
            for at in open {
                weights[at] *= factor;
            }
            return 0.0;
        }
        for at in full {
            amount -= ceiling - weights[at];
            weights[at] = ceiling;
        }
    }
    0.0
}
