//! Mean and standard deviation of a cross-section. Pass present values only: NaN is contagious here.

use crate::sum::{dot, sum, sum_of};

/// What the sum of squared deviations is divided by. Providers rarely say; a rulebook must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deviation {
    /// By n.
    Population,
    /// By n − 1.
    Sample,
}

/// The arithmetic mean; NaN for none.
pub fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// Σ weight × value ÷ Σ weight; NaN for none and where the weights add up to nothing.
pub fn weighted_mean(values: &[f64], weights: &[f64]) -> f64 {
    let total = sum(weights);
    if total > 0.0 {
        dot(values, weights) / total
    } else {
        f64::NAN
    }
}

/// The standard deviation, in two passes: the mean, then the squares around it. NaN for none, and for a sample of one;
/// exactly zero where all values are the same (whose rounded mean may be another number).
pub fn stdev(values: &[f64], deviation: Deviation) -> f64 {
    let degrees = match deviation {
        Deviation::Population => values.len(),
        Deviation::Sample => values.len().saturating_sub(1),
    };
    if degrees == 0 {
        return f64::NAN;
    }
    if is_constant(values) {
        return 0.0;
    }
    let centre = mean(values);
    let squares = sum_of(values, |value| (value - centre) * (value - centre));
    (squares / degrees as f64).sqrt()
}

/// Whether all values are the same finite number, whose rounded mean may be another.
pub(crate) fn is_constant(values: &[f64]) -> bool {
    let first = values.first().filter(|first| first.is_finite());
    first.is_some_and(|first| values.iter().all(|value| value.to_bits() == first.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_example_of_earnings_variability() {
        // EPS 1.0, 1.2, 0.9, −0.3, 0.6, 0.8 as growths over |prior|.
        let growths = [0.2, -0.25, -4.0 / 3.0, 3.0, 1.0 / 3.0];
        assert!((stdev(&growths, Deviation::Sample) - 1.599_288_036_040).abs() < 1e-12);
        assert!((stdev(&growths, Deviation::Population) - 1.430_446_705_675).abs() < 1e-12);
    }

    #[test]
    fn weights_pull_the_mean() {
        assert!((weighted_mean(&[1.0, 5.0], &[3.0, 1.0]) - 2.0).abs() < 1e-15);
        assert!(weighted_mean(&[], &[]).is_nan() && weighted_mean(&[1.0], &[0.0]).is_nan());
    }

    #[test]
    fn too_few_values_have_none() {
        assert!(mean(&[]).is_nan());
        assert!(stdev(&[], Deviation::Population).is_nan());
        assert!(stdev(&[3.0], Deviation::Sample).is_nan());
        assert_eq!(stdev(&[3.0], Deviation::Population).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_constant_has_exactly_none() {
        // The mean of these is not 0.1: without the rule the deviation would be about 1e-17.
        for length in [3, 7, 10, 999] {
            let values = vec![0.1; length];
            assert_eq!(stdev(&values, Deviation::Sample).to_bits(), 0.0_f64.to_bits());
        }
        assert!(stdev(&[f64::NAN, f64::NAN], Deviation::Population).is_nan());
    }
}
