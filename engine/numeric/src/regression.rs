//! Least squares on one regressor.

use crate::moments::{is_constant, mean};
use crate::sum::{dot, sum_of};

/// The slope of y on x: Σ (x − x̄)(y − ȳ) ÷ Σ (x − x̄)², in two passes with the sums of [`crate::sum`]. NaN for fewer than
/// two pairs and where x does not vary; exactly zero where y does not. Pass present values only: NaN is contagious here.
///
/// # Panics
/// If x and y differ in length.
pub fn slope(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "a regression needs pairs");
    if x.len() < 2 || is_constant(x) {
        return f64::NAN;
    }
    if is_constant(y) {
        return 0.0;
    }
    let (x_mean, y_mean) = (mean(x), mean(y));
    let deviations: Vec<f64> = x.iter().map(|value| value - x_mean).collect();
    let others: Vec<f64> = y.iter().map(|value| value - y_mean).collect();
    dot(&deviations, &others) / sum_of(&deviations, |value| value * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worked_line() {
        // x̄ = 2, ȳ = 3: (−2·−2 + −1·0 + 0·−1 + 1·1 + 2·2) / 10.
        let slope = slope(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0, 5.0]);
        assert_eq!(slope.to_bits(), 0.9_f64.to_bits());
    }

    #[test]
    fn a_gap_keeps_its_place() {
        // On 0, 1, 4: x̄ = 5/3; a line y = 2x + 1 has slope 2 wherever it is read.
        assert!((slope(&[0.0, 1.0, 4.0], &[1.0, 3.0, 9.0]) - 2.0).abs() < 1e-15);
    }

    #[test]
    fn another_formulation_agrees() {
        // (n Σxy − Σx Σy) / (n Σx² − (Σx)²) over whole numbers, which is exact.
        let x: Vec<i64> = (0..300).collect();
        let y: Vec<i64> = x.iter().map(|k| (k * 7919) % 1009 - 3 * k).collect();
        let total = |values: &[i64]| values.iter().sum::<i64>();
        let product: i64 = x.iter().zip(&y).map(|(a, b)| a * b).sum();
        let squares: i64 = x.iter().map(|a| a * a).sum();
        let n = x.len() as i64;
        let expected = (n * product - total(&x) * total(&y)) as f64 / (n * squares - total(&x) * total(&x)) as f64;
        let as_numbers = |values: &[i64]| values.iter().map(|value| *value as f64).collect::<Vec<_>>();
        let found = slope(&as_numbers(&x), &as_numbers(&y));
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn what_does_not_vary() {
        assert!(slope(&[1.0], &[2.0]).is_nan());
        assert!(slope(&[], &[]).is_nan());
        assert!(slope(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]).is_nan());
        assert_eq!(slope(&[1.0, 2.0, 3.0], &[0.1, 0.1, 0.1]).to_bits(), 0.0_f64.to_bits());
        assert!(slope(&[1.0, 2.0], &[f64::NAN, f64::NAN]).is_nan());
    }
}
