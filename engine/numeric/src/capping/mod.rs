//! Limits that are no bound on one group: at most so much in all groups above a weight (5/10/40, 25/50, 22.5/4.5/45), and
//! published procedures that are not the nearest weights: equal shares of the excess, powers, cutting in order.
//!
//! [`concentrate`] joins a concentration with plain limits and answers the nearest weights of [`crate::limits`]. The
//! others work on the weights of groups (or on names in groups) by themselves. All are finite and total: each ends in
//! weights that hold, or says what is left over.

mod bands;
mod concentration;
mod cut;
mod equal;
mod power;

#[cfg(test)]
mod tests;

pub use bands::{InBands, into_bands};
pub use concentration::{Concentrated, Concentration, concentrate};
pub use cut::{Breach, cut};
pub use equal::{Excess, share_equally};
pub use power::{STEPS, flatten};

use crate::limits::TOLERANCE;
use crate::sum::sum_iter;

/// The weight in all groups above `above`, by more than rounding.
pub fn weight_above(weights: &[f64], above: f64) -> f64 {
    sum_iter(weights.iter().copied().filter(|weight| is_above(*weight, above)))
}

/// Whether a weight lies above a threshold by more than rounding.
pub fn is_above(weight: f64, above: f64) -> bool {
    weight > above + TOLERANCE
}

/// Positions from the largest weight down, equals by their weight before; those equal in both stay in their order.
fn descending(weights: &[f64], before: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| {
        let by_weight = weights[*b].total_cmp(&weights[*a]);
        by_weight.then(before[*b].total_cmp(&before[*a])).then(a.cmp(b))
    });
    order
}
