//! What to know of a risk model before it is believed.

use divisor_numeric::{Deviation, dot, stdev};

use crate::model::FactorModel;

/// Steps towards the largest eigenvalue, and the relative change at which they end.
const STEPS: usize = 200;
const SETTLED: f64 = 1e-9;

/// Of one estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Periods in the window; none for a vendor's model.
    pub periods: usize,
    /// As how many equally weighted ones they count.
    pub effective_periods: f64,
    /// Fewest returns of a name in the model.
    pub least_observations: usize,
    /// Weight of the target of a shrinkage, between 0 and 1.
    pub shrinkage: Option<f64>,
    /// Part of the names' total variance that the factors carry.
    pub explained: f64,
    /// Periods × dependent factors that a regression had to leave out; zero elsewhere.
    pub dependent: usize,
    /// Eigenvalues of the covariance.
    pub definiteness: Definiteness,
}

/// How far a covariance is from singular.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Definiteness {
    /// The largest eigenvalue of Σ, annual variance.
    pub largest: f64,
    /// All eigenvalues are at least this: the smallest specific variance. It is the smallest one itself where all specific
    /// variances are the same and there are more names than factors.
    pub smallest_at_least: f64,
}

impl Definiteness {
    /// Of a model. The largest eigenvalue is found by the power method, from a start that no symmetry hides.
    pub fn of(model: &FactorModel) -> Self {
        let smallest = model.specific().iter().copied().reduce(f64::min).unwrap_or(0.0);
        let mut vector: Vec<f64> = (0..model.names()).map(|name| 1.0 + 1.0 / (name + 2) as f64).collect();
        let mut largest = 0.0_f64;
        for _ in 0..STEPS {
            let length = dot(&vector, &vector).sqrt();
            if length <= 0.0 {
                break;
            }
            for value in &mut vector {
                *value /= length;
            }
            let product = model.times(&vector);
            let value = dot(&vector, &product);
            let settled = (value - largest).abs() <= SETTLED * value;
            (largest, vector) = (value, product);
            if settled {
                break;
            }
        }
        Self {
            largest,
            smallest_at_least: smallest,
        }
    }

    /// Whether every portfolio has risk, as the specific variances prove it.
    pub fn positive_definite(self) -> bool {
        self.smallest_at_least > 0.0
    }

    /// The condition number of Σ is at most this; infinite if a name has no specific variance.
    pub fn condition_at_most(self) -> f64 {
        if self.positive_definite() {
            self.largest / self.smallest_at_least
        } else {
            f64::INFINITY
        }
    }
}

/// Part of the summed variances of the names that factors carry.
pub(crate) fn explained(model: &FactorModel) -> f64 {
    let total = divisor_numeric::sum(&model.variances());
    if total > 0.0 {
        1.0 - divisor_numeric::sum(model.specific()) / total
    } else {
        0.0
    }
}

/// Predicted against realised risk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bias {
    /// The sample standard deviation of returns over their predicted volatilities: above one, risk was predicted too low.
    pub statistic: f64,
    /// Returns that had a prediction.
    pub observations: usize,
}

impl Bias {
    /// Of returns and the volatilities predicted for their periods, of the same length of time both. Pairs without a
    /// return or without risk are left out; NaN for fewer than two.
    ///
    /// # Panics
    /// If there is not a prediction a return.
    pub fn of(predicted: &[f64], realised: &[f64]) -> Self {
        assert_eq!(predicted.len(), realised.len(), "a prediction a return");
        let pairs = predicted.iter().zip(realised);
        let standardised: Vec<f64> = pairs
            .filter(|(volatility, value)| **volatility > 0.0 && value.is_finite())
            .map(|(volatility, value)| value / volatility)
            .collect();
        Self {
            statistic: stdev(&standardised, Deviation::Sample),
            observations: standardised.len(),
        }
    }

    /// Between which values 95% of unbiased forecasts of normal returns lie: 1 ± √(2 ÷ T).
    pub fn range(self) -> (f64, f64) {
        let width = (2.0 / self.observations as f64).sqrt();
        (1.0 - width, 1.0 + width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_one_factor() {
        // 0.04 · 1 1ᵀ + 0.01 over four names: 0.17 and three times 0.01.
        let model = FactorModel::new(vec!["market".to_owned()], vec![0.2; 4], vec![1.0], vec![0.01; 4]).expect("valid");
        let definiteness = Definiteness::of(&model);
        assert!((definiteness.largest - 0.17).abs() < 1e-12);
        assert!((definiteness.condition_at_most() - 17.0).abs() < 1e-10);
        assert!((explained(&model) - 0.8).abs() < 1e-15);
        let singular = FactorModel::new(vec![], vec![], vec![], vec![0.01, 0.0]).expect("valid");
        let definiteness = Definiteness::of(&singular);
        assert!(!definiteness.positive_definite() && definiteness.condition_at_most().is_infinite());
    }

    #[test]
    fn bias_by_hand() {
        // Returns over 10%: 1, −1, 2, −2 and one without a return; mean 0, squares 10 over three.
        let bias = Bias::of(&[0.1; 5], &[0.1, -0.1, 0.2, -0.2, f64::NAN]);
        assert!((bias.statistic - (10.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(bias.observations, 4);
        assert!((bias.range().1 - (1.0 + 0.5_f64.sqrt())).abs() < 1e-15);
        assert!(Bias::of(&[0.0, 0.1], &[0.1, 0.1]).statistic.is_nan());
    }
}
