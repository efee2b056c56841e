//! Winsorising, z-scores and the map from scores to weight multipliers. Missing (NaN) stays missing.

/// `value` no lower than `low` and no higher than `high`; NaN stays NaN, a NaN bound does not bind.
#[inline]
pub fn clip(value: f64, low: f64, high: f64) -> f64 {
    // Two steps that each become one instruction: no branch has to be guessed.
    let raised = if value < low { low } else { value };
    if raised > high { high } else { raised }
}

/// Each value clipped to `[low, high]`, usually two quantiles of the same cross-section.
pub fn winsorise(values: &[f64], low: f64, high: f64) -> Vec<f64> {
    values.iter().map(|&value| clip(value, low, high)).collect()
}

/// z = sign × (value − mean) ÷ sd into `out`, over the shorter length. `sign` is −1 where low values are preferred, so
/// that a higher z is always better.
///
/// A missing value has a missing z. A constant cross-section (`sd` zero) tells nobody apart: every present value has
/// z = 0. With a NaN `mean` or `sd` (too few values) every z is missing. No z is −0.
pub fn zscores_into(values: &[f64], mean: f64, sd: f64, sign: f64, out: &mut [f64]) {
    let constant = sd.abs() <= 0.0;
    for (z, &value) in out.iter_mut().zip(values) {
        *z = match constant {
            true if value.is_nan() => f64::NAN,
            true => 0.0,
            // Adding zero turns −0 into 0.
            false => sign * ((value - mean) / sd) + 0.0,
        };
    }
}

/// The multiplier of a score: 1 + z above zero, 1 ÷ (1 − z) below, 1 at zero (the limit from both sides). Always positive
/// and rising in z; NaN stays NaN.
#[inline]
pub fn one_plus_z(z: f64) -> f64 {
    // Both sides, so that no branch has to be guessed.
    let (below, above) = (1.0 / (1.0 - z), 1.0 + z);
    if z < 0.0 { below } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Deviation, mean, stdev};

    fn zscores(values: &[f64], deviation: Deviation, sign: f64) -> Vec<f64> {
        let mut out = vec![f64::NAN; values.len()];
        zscores_into(values, mean(values), stdev(values, deviation), sign, &mut out);
        out
    }

    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{found} {expected}");
        }
    }

    #[test]
    fn price_earnings_example() {
        let ratios = [10.0, 15.0, 20.0, 50.0];
        let population = [-0.883_541_26, -0.562_253_53, -0.240_965_80, 1.686_760_59];
        let sample = [-0.765_169_18, -0.486_925_84, -0.208_682_50, 1.460_777_52];
        close(&zscores(&ratios, Deviation::Population, 1.0), &population, 5.1e-9);
        close(&zscores(&ratios, Deviation::Sample, 1.0), &sample, 5.1e-9);
        close(
            &zscores(&ratios, Deviation::Population, -1.0),
            &population.map(|z| -z),
            5.1e-9,
        );
    }

    #[test]
    fn a_constant_cross_section_scores_zero_where_present() {
        let mut out = [9.0; 3];
        zscores_into(&[0.1, f64::NAN, 0.1], 0.1, 0.0, -1.0, &mut out);
        assert_eq!(
            (out[0].to_bits(), out[2].to_bits()),
            (0.0_f64.to_bits(), 0.0_f64.to_bits())
        );
        assert!(out[1].is_nan());
        zscores_into(&[0.1, 0.2, f64::NAN], 0.1, f64::NAN, 1.0, &mut out);
        assert!(out.iter().all(|z| z.is_nan()));
        zscores_into(&[1.0, 2.0, f64::NAN], 1.0, 1.0, -1.0, &mut out);
        assert_eq!(
            (out[0].to_bits(), out[1].to_bits()),
            (0.0_f64.to_bits(), (-1.0_f64).to_bits())
        );
        assert!(out[2].is_nan());
    }

    #[test]
    fn winsorising_keeps_missing_and_ignores_missing_bounds() {
        let found = winsorise(&[1.0, f64::NAN, 20.0, 7.0], 1.95, 19.05);
        close(&[found[0], found[2], found[3]], &[1.95, 19.05, 7.0], 0.0);
        assert!(found[1].is_nan());
        close(&winsorise(&[1.0, 2.0], f64::NAN, f64::NAN), &[1.0, 2.0], 0.0);
    }

    #[test]
    fn one_plus_z_example() {
        let z = [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 3.0];
        let expected = [0.25, 1.0 / 3.0, 0.5, 2.0 / 3.0, 1.0, 1.5, 2.0, 2.5, 4.0];
        close(&z.map(one_plus_z), &expected, 0.0);
        assert_eq!(one_plus_z(-0.0).to_bits(), 1.0_f64.to_bits());
        assert!(one_plus_z(f64::NAN).is_nan());
    }
}
