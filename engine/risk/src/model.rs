//! The one form that every risk model takes.

use divisor_numeric::linear::Spectrum;
use divisor_numeric::{dot, sum};

/// Names summed one after another in products of the loadings, before partial sums are added.
const BLOCK: usize = 128;

/// `Σ = F Ω Fᵀ + D` in annual variance, of names in the order of the caller. Everything in it is finite, `Ω` is symmetric to
/// the bit and positive semidefinite, `D ≥ 0`: no other model can be made.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorModel {
    factors: Vec<String>,
    /// n × k, a row a name.
    loadings: Vec<f64>,
    /// k × k.
    omega: Vec<f64>,
    /// n.
    specific: Vec<f64>,
}

/// A variance in its two parts, annual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variance {
    /// `wᵀ F Ω Fᵀ w`.
    pub factor: f64,
    /// `wᵀ D w`.
    pub specific: f64,
}

impl Variance {
    /// Both parts.
    pub fn total(self) -> f64 {
        self.factor + self.specific
    }

    /// The standard deviation.
    pub fn volatility(self) -> f64 {
        self.total().sqrt()
    }
}

/// Why numbers are no risk model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// A table has the wrong number of values.
    #[error("{part} has {found} values, {expected} are needed")]
    Shape {
        /// Loadings or factor covariance.
        part: &'static str,
        /// How many it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A loading is NaN or infinite.
    #[error("the loading of name {name} on factor `{factor}` is {value}")]
    Loading {
        /// Row of the name.
        name: usize,
        /// The factor.
        factor: String,
        /// Its value.
        value: f64,
    },
    /// A covariance is NaN or infinite, or not the same both ways round.
    #[error("the covariance of factors `{a}` and `{b}` is {value}, and {mirrored} the other way round")]
    Covariance {
        /// The first factor.
        a: String,
        /// The second factor.
        b: String,
        /// Its value.
        value: f64,
        /// That of (b, a).
        mirrored: f64,
    },
    /// Some mix of factors would have a negative variance.
    #[error(
        "the factor covariance is not positive semidefinite: its smallest eigenvalue is {smallest:e}, its largest \
         {largest:e}"
    )]
    Indefinite {
        /// The smallest eigenvalue.
        smallest: f64,
        /// The largest.
        largest: f64,
    },
    /// A specific variance is negative, NaN or infinite.
    #[error("the specific variance of name {name} is {value}")]
    Specific {
        /// Row of the name.
        name: usize,
        /// Its value.
        value: f64,
    },
}

impl FactorModel {
    /// Checks and keeps a model: `loadings` n × k with a row a name, `omega` k × k, `specific` n; k is the number of
    /// `factors`, which may be none.
    pub fn new(
        factors: Vec<String>,
        loadings: Vec<f64>,
        omega: Vec<f64>,
        specific: Vec<f64>,
    ) -> Result<Self, ModelError> {
        let model = Self {
            factors,
            loadings,
            omega,
            specific,
        };
        model.check_shape()?;
        model.check_values()?;
        model.check_covariance()?;
        Ok(model)
    }

    /// Number of names, n.
    pub fn names(&self) -> usize {
        self.specific.len()
    }

    /// Names of the factors, k of them.
    pub fn factors(&self) -> &[String] {
        &self.factors
    }

    /// `F`, n × k row by row.
    pub fn loadings(&self) -> &[f64] {
        &self.loadings
    }

    /// Loadings of one name, k of them.
    pub fn loadings_of(&self, name: usize) -> &[f64] {
        let k = self.factors.len();
        &self.loadings[name * k..(name + 1) * k]
    }

    /// `Ω`, k × k row by row.
    pub fn omega(&self) -> &[f64] {
        &self.omega
    }

    /// The diagonal of `D`, n.
    pub fn specific(&self) -> &[f64] {
        &self.specific
    }

    /// The model of some of the names, in the order given.
    ///
    /// # Panics
    /// If there is no such name.
    #[must_use]
    pub fn of_names(&self, names: &[usize]) -> Self {
        Self {
            factors: self.factors.clone(),
            loadings: names.iter().flat_map(|&name| self.loadings_of(name)).copied().collect(),
            omega: self.omega.clone(),
            specific: names.iter().map(|&name| self.specific[name]).collect(),
        }
    }

    /// The exposures of weights to the factors, `Fᵀ w`. Names are added in blocks of 128, one after another; names of zero
    /// weight add nothing.
    ///
    /// # Panics
    /// If there is not a weight a name.
    pub fn exposures(&self, weights: &[f64]) -> Vec<f64> {
        assert_eq!(weights.len(), self.names(), "a weight a name");
        self.exposures_from(0, weights)
    }

    /// `Σ w`, the covariance of each name with the weights.
    ///
    /// # Panics
    /// If there is not a weight a name.
    pub fn times(&self, weights: &[f64]) -> Vec<f64> {
        let pushed = self.omega_times(&self.exposures(weights));
        (0..self.names())
            .map(|name| dot(self.loadings_of(name), &pushed) + self.specific[name] * weights[name])
            .collect()
    }

    /// The covariance of two names; of a name with itself its variance.
    ///
    /// # Panics
    /// If there is no such name.
    pub fn covariance(&self, a: usize, b: usize) -> f64 {
        // Both ways round the same to the bit.
        let (a, b) = (a.min(b), a.max(b));
        let factor = dot(self.loadings_of(a), &self.omega_times(self.loadings_of(b)));
        factor + if a == b { self.specific[a] } else { 0.0 }
    }

    /// The covariances of all names with one, its column of `Σ`.
    ///
    /// # Panics
    /// If there is no such name.
    pub fn column(&self, name: usize) -> Vec<f64> {
        let pushed = self.omega_times(self.loadings_of(name));
        let mut column: Vec<f64> = (0..self.names())
            .map(|row| dot(self.loadings_of(row), &pushed))
            .collect();
        column[name] += self.specific[name];
        column
    }

    /// The variance of each name, the diagonal of `Σ`.
    pub fn variances(&self) -> Vec<f64> {
        (0..self.names()).map(|name| self.covariance(name, name)).collect()
    }

    /// The variance of weights, `wᵀ Σ w`. Differences of two portfolios are weights too: their volatility is the tracking error.
    ///
    /// # Panics
    /// If there is not a weight a name.
    pub fn variance(&self, weights: &[f64]) -> Variance {
        let exposures = self.exposures(weights);
        let squares: Vec<f64> = weights
            .iter()
            .zip(&self.specific)
            .map(|(weight, specific)| weight * weight * specific)
            .collect();
        Variance {
            // Rounding must not make a variance of zero negative.
            factor: dot(&exposures, &self.omega_times(&exposures)).max(0.0),
            specific: sum(&squares),
        }
    }

    /// The marginal risk of each name, `Σ w ÷ √(wᵀ Σ w)`: by how much volatility rises per unit of weight. The weights times
    /// these add up to the volatility. Zero everywhere for weights without risk.
    ///
    /// # Panics
    /// If there is not a weight a name.
    pub fn marginal_risk(&self, weights: &[f64]) -> Vec<f64> {
        let volatility = self.variance(weights).volatility();
        let mut marginal = self.times(weights);
        for value in &mut marginal {
            *value = if volatility > 0.0 { *value / volatility } else { 0.0 };
        }
        marginal
    }

    pub(crate) fn omega_times(&self, vector: &[f64]) -> Vec<f64> {
        self.omega
            .chunks_exact(self.factors.len().max(1))
            .map(|row| dot(row, vector))
            .collect()
    }

    /// `Fᵀ w` of the names from `first` on: cut in halves at multiples of a block, as sums are.
    fn exposures_from(&self, first: usize, weights: &[f64]) -> Vec<f64> {
        if weights.len() > BLOCK {
            let cut = (weights.len() / 2 / BLOCK * BLOCK).max(BLOCK);
            let mut total = self.exposures_from(first, &weights[..cut]);
            let rest = self.exposures_from(first + cut, &weights[cut..]);
            total.iter_mut().zip(rest).for_each(|(total, rest)| *total += rest);
            return total;
        }
        let mut total = vec![0.0; self.factors.len()];
        for (name, &weight) in weights.iter().enumerate().filter(|(_, weight)| weight.abs() > 0.0) {
            let loadings = self.loadings_of(first + name);
            total
                .iter_mut()
                .zip(loadings)
                .for_each(|(total, loading)| *total += weight * loading);
        }
        total
    }

    fn check_shape(&self) -> Result<(), ModelError> {
        let (n, k) = (self.specific.len(), self.factors.len());
        for (part, expected, found) in [
            ("the table of loadings", n * k, self.loadings.len()),
            ("the factor covariance", k * k, self.omega.len()),
        ] {
            if found != expected {
                return Err(ModelError::Shape { part, expected, found });
            }
        }
        Ok(())
    }

    fn check_values(&self) -> Result<(), ModelError> {
        let k = self.factors.len();
        if let Some(place) = self.loadings.iter().position(|value| !value.is_finite()) {
            return Err(ModelError::Loading {
                name: place / k,
                factor: self.factors[place % k].clone(),
                value: self.loadings[place],
            });
        }
        let possible = |value: &f64| value.is_finite() && *value >= 0.0;
        match self.specific.iter().position(|value| !possible(value)) {
            Some(name) => Err(ModelError::Specific {
                name,
                value: self.specific[name],
            }),
            None => Ok(()),
        }
    }

    fn check_covariance(&self) -> Result<(), ModelError> {
        let k = self.factors.len();
        for a in 0..k {
            for b in a..k {
                let (value, mirrored) = (self.omega[a * k + b], self.omega[b * k + a]);
                // Written so that NaN is caught.
                if !value.is_finite() || (value - mirrored).abs().partial_cmp(&0.0) != Some(std::cmp::Ordering::Equal) {
                    return Err(ModelError::Covariance {
                        a: self.factors[a].clone(),
                        b: self.factors[b].clone(),
                        value,
                        mirrored,
                    });
                }
            }
        }
        let spectrum = Spectrum::of(&self.omega, k);
        if spectrum.is_semidefinite() {
            return Ok(());
        }
        Err(ModelError::Indefinite {
            smallest: spectrum.smallest,
            largest: spectrum.largest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|k| format!("f{k}")).collect()
    }

    /// Volatilities 20% and 10%, correlation 0.3, as one factor and specific variance.
    fn two() -> FactorModel {
        // Loadings √(0.006 ÷ 1) each: covariance 0.3 · 0.2 · 0.1 = 0.006.
        let loading = 0.006_f64.sqrt();
        FactorModel::new(
            names(1),
            vec![loading, loading],
            vec![1.0],
            vec![0.04 - 0.006, 0.01 - 0.006],
        )
        .expect("valid")
    }

    #[test]
    fn two_names_by_hand() {
        let model = two();
        // The minimum-variance weights 2/19 and 17/19: volatility 0.097872096986.
        let weights = [2.0 / 19.0, 17.0 / 19.0];
        assert!((model.variance(&weights).volatility() - 0.097_872_096_986).abs() < 1e-12);
        // At the minimum both names have the same marginal risk, the volatility itself.
        for marginal in model.marginal_risk(&weights) {
            assert!((marginal - 0.097_872_096_986).abs() < 1e-12);
        }
        assert!((model.covariance(0, 1) - 0.006).abs() < 1e-17);
        assert!((model.column(0)[0] - 0.04).abs() < 1e-17 && (model.column(0)[1] - 0.006).abs() < 1e-17);
        assert!((model.variances()[1] - 0.01).abs() < 1e-17);
        let parts = model.variance(&[1.0, 0.0]);
        assert!((parts.factor - 0.006).abs() < 1e-17 && (parts.specific - 0.034).abs() < 1e-17);
    }

    #[test]
    fn products_agree_with_the_dense_matrix() {
        let (n, k) = (400, 3);
        let loadings: Vec<f64> = (0..n * k)
            .map(|place| ((place * 37) % 101) as f64 / 101.0 - 0.4)
            .collect();
        let omega = vec![0.04, 0.01, -0.005, 0.01, 0.09, 0.0, -0.005, 0.0, 0.02];
        let specific: Vec<f64> = (0..n).map(|name| 0.01 + (name % 7) as f64 / 100.0).collect();
        let model = FactorModel::new(names(k), loadings, omega, specific).expect("valid");
        let weights: Vec<f64> = (0..n).map(|name| ((name * 13) % 17) as f64 / 3000.0).collect();
        let product = model.times(&weights);
        let mut variance = 0.0;
        for row in 0..n {
            let dense: f64 = model.column(row).iter().zip(&weights).map(|(a, b)| a * b).sum();
            assert!((product[row] - dense).abs() < 1e-15);
            variance += weights[row] * dense;
        }
        assert!((model.variance(&weights).total() - variance).abs() < 1e-15);
        let some = model.of_names(&[399, 0]);
        assert_eq!(some.covariance(1, 0).to_bits(), model.covariance(0, 399).to_bits());
        assert_eq!(model.covariance(5, 300).to_bits(), model.covariance(300, 5).to_bits());
    }

    #[test]
    fn without_factors_or_names() {
        let model = FactorModel::new(vec![], vec![], vec![], vec![0.04, 0.0]).expect("valid");
        assert_eq!(model.times(&[0.5, 0.5]), vec![0.02, 0.0]);
        assert_eq!(model.marginal_risk(&[0.0, 1.0]), vec![0.0, 0.0]);
        let empty = FactorModel::new(names(1), vec![], vec![1.0], vec![]).expect("valid");
        assert_eq!(empty.exposures(&[]), vec![0.0]);
    }

    #[test]
    fn what_is_no_model() {
        let make = |loadings: Vec<f64>, omega: Vec<f64>, specific: Vec<f64>| {
            FactorModel::new(names(2), loadings, omega, specific)
                .expect_err("refused")
                .to_string()
        };
        let unit = vec![1.0, 0.0, 0.0, 1.0];
        assert!(make(vec![1.0], unit.clone(), vec![0.1]).contains("loadings has 1 values, 2 are needed"));
        assert!(make(vec![1.0, f64::NAN], unit.clone(), vec![0.1]).contains("name 0 on factor `f1` is NaN"));
        assert!(make(vec![1.0, 1.0], unit.clone(), vec![-0.1]).contains("specific variance of name 0 is -0.1"));
        assert!(make(vec![1.0, 1.0], vec![1.0, 0.5, 0.4, 1.0], vec![0.1]).contains("0.5, and 0.4"));
        assert!(make(vec![1.0, 1.0], vec![1.0, f64::NAN, f64::NAN, 1.0], vec![0.1]).contains("NaN"));
        // Correlation above one: eigenvalues 3 and −1.
        assert!(make(vec![1.0, 1.0], vec![1.0, 2.0, 2.0, 1.0], vec![0.1]).contains("not positive semidefinite"));
        assert!(make(vec![1.0, 1.0], vec![-1.0, 0.0, 0.0, 1.0], vec![0.1]).contains("not positive semidefinite"));
        // Singular is fine.
        let singular = FactorModel::new(names(2), vec![1.0, 1.0], vec![1.0; 4], vec![0.0]).expect("valid");
        assert!((singular.variances()[0] - 4.0).abs() < 1e-15);
    }
}
