//! Location and scale that a few wild values do not move. Pass present values only.

use divisor_model::Fraction;

use crate::quantile::{QuantileMethod, quantile};

/// Makes the median absolute deviation of a normal distribution its standard deviation: 1 ÷ Φ⁻¹(3/4).
const NORMAL: f64 = 1.482_602_218_505_602;

/// The median: the middle value, or halfway between the two middle ones. Reorders `scratch`; NaN for none.
pub fn median(scratch: &mut [f64]) -> f64 {
    quantile(scratch, Fraction::new(1, 2), QuantileMethod::Linear)
}

/// The median, and 1.4826 times the median absolute deviation from it. Uses up `scratch`; NaN for none.
pub fn median_and_deviation(scratch: &mut [f64]) -> (f64, f64) {
    let centre = median(scratch);
    for value in &mut *scratch {
        *value = (*value - centre).abs();
    }
    (centre, NORMAL * median(scratch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_value_moves_neither() {
        // Deviations from 3: 2, 1, 0, 1, 997; their median is 1.
        let (centre, deviation) = median_and_deviation(&mut [1.0, 2.0, 3.0, 4.0, 1000.0]);
        assert_eq!(centre.to_bits(), 3.0_f64.to_bits());
        assert_eq!(deviation.to_bits(), NORMAL.to_bits());
        assert_eq!(median(&mut [4.0, 1.0]).to_bits(), 2.5_f64.to_bits());
        assert!(median_and_deviation(&mut []).0.is_nan());
    }
}
