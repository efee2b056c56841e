//! How a score becomes a factor: maps that keep its order. Missing stays missing.

use crate::rank::{Preference, RankKey, order_rows_by};

/// The standard normal distribution function, `erfc(−z/√2)/2` by `libm`.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// e to the z, by `libm`.
pub fn exponential(z: f64) -> f64 {
    libm::exp(z)
}

/// A factor raised to a power, by `libm`; missing where no number expresses it: a root of a negative number, zero to a
/// negative power.
pub fn raised(value: f64, power: f64) -> f64 {
    let result = libm::pow(value, power);
    if result.is_finite() { result } else { f64::NAN }
}

/// The rank of each value ascending, the worst 1 and the best n, over the present values; equals share the mean of
/// their ranks.
pub fn ascending_ranks(values: &[f64]) -> Vec<f64> {
    let present = (0..values.len() as u32).filter(|at| !values[*at as usize].is_nan());
    let key = RankKey {
        values,
        prefer: Preference::Low,
    };
    let order = order_rows_by(present.collect(), &[key]);
    let value = |place: usize| values[order[place] as usize];
    let mut ranks = vec![f64::NAN; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && value(end) <= value(start) {
            end += 1;
        }
        // The mean of start + 1 to end.
        let shared = (start + 1 + end) as f64 / 2.0;
        for at in &order[start..end] {
            ranks[*at as usize] = shared;
        }
        start = end;
    }
    ranks
}

/// The percentile of each value among the present ones, (rank − ½) ÷ n: above 0, below 1, ½ in the middle.
pub fn percentile_ranks(values: &[f64]) -> Vec<f64> {
    let count = values.iter().filter(|value| !value.is_nan()).count() as f64;
    let ranks = ascending_ranks(values);
    ranks.into_iter().map(|rank| (rank - 0.5) / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_distribution_as_published() {
        let expected = [
            0.001_349_898_032,
            0.022_750_131_948,
            0.158_655_253_931,
            0.5,
            0.841_344_746_069,
            0.977_249_868_052,
            0.998_650_101_968,
        ];
        for (z, expected) in (-3..=3).zip(expected) {
            assert!((normal_cdf(f64::from(z)) - expected).abs() < 1e-12, "{z}");
        }
        assert!(normal_cdf(f64::NAN).is_nan());
        // Far out the tail is small, not zero.
        assert!(normal_cdf(-30.0) > 0.0);
    }

    #[test]
    fn a_published_tilt() {
        let (market, z) = ([0.4, 0.3, 0.2, 0.1], [-1.0, 0.0, 1.0, 2.0]);
        let raw: Vec<f64> = market.iter().zip(z).map(|(w, z)| w * normal_cdf(z)).collect();
        let total: f64 = crate::sum(&raw);
        let expected = [
            0.132_362_712_317,
            0.312_854_543_982,
            0.350_958_035_817,
            0.203_824_707_884,
        ];
        for (raw, expected) in raw.iter().zip(expected) {
            assert!((raw / total - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn powers_that_no_number_expresses_are_missing() {
        assert!((raised(4.0, 0.5) - 2.0).abs() < 1e-15);
        assert!(raised(-4.0, 0.5).is_nan() && raised(0.0, -1.0).is_nan() && raised(f64::NAN, 1.0).is_nan());
    }

    #[test]
    fn equals_share_their_ranks() {
        let found = ascending_ranks(&[5.0, 1.0, f64::NAN, 5.0, -0.0, 0.0]);
        assert_eq!(found[..2], [4.5, 3.0]);
        assert!(found[2].is_nan());
        assert_eq!(found[3..], [4.5, 1.5, 1.5]);
        let percentiles = percentile_ranks(&[3.0, 1.0, 2.0]);
        for (found, expected) in percentiles.iter().zip([5.0 / 6.0, 1.0 / 6.0, 0.5]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert!(percentile_ranks(&[]).is_empty());
    }

    #[test]
    fn maps_keep_the_order_whatever_the_order_of_rows() {
        let z: Vec<f64> = (0..200).map(|k| f64::from(k * 37 % 101) / 10.0 - 5.0).collect();
        let ranks = ascending_ranks(&z);
        let turned: Vec<f64> = z.iter().rev().copied().collect();
        let turned = ascending_ranks(&turned);
        assert!(ranks.iter().eq(turned.iter().rev()));
        for a in 0..z.len() {
            for b in 0..z.len() {
                if z[a] < z[b] {
                    assert!(ranks[a] < ranks[b]);
                    assert!(normal_cdf(z[a]) < normal_cdf(z[b]) && exponential(z[a]) < exponential(z[b]));
                }
            }
        }
        assert!((crate::sum(&ranks) - 200.0 * 201.0 / 2.0).abs() < 1e-9);
    }
}
