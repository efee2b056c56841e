//! The power method (S&P DJI, Index Mathematics, method 2): weights are raised to 1 − 0.01 n, and the first n counts with
//! which they hold.

use crate::sum::sum;

/// Powers tried: n = 0 … 99. Power zero would forget the weights.
pub const STEPS: u32 = 100;

/// The least n, and the weights in proportion to `uncapped` to the power 1 − n/100, for which `holds` is true of the
/// weights; `None` where there is no such n. Towards n = 100 all weights become equal, so where equal weights do
/// not hold there may be none.
pub fn flatten(uncapped: &[f64], holds: impl Fn(&[f64]) -> bool) -> Option<(u32, Vec<f64>)> {
    (0..STEPS).find_map(|n| {
        let power = f64::from(STEPS - n) / f64::from(STEPS);
        let raised: Vec<f64> = uncapped.iter().map(|weight| libm::pow(*weight, power)).collect();
        let total = sum(&raised);
        let weights: Vec<f64> = raised.iter().map(|weight| weight / total).collect();
        holds(&weights).then_some((n, weights))
    })
}
