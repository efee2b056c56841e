//! Figures of the best names of a ranking, for every number of them: what narrowing an index looks at after each round.

use crate::sum::running_sums;

/// Figures of the first k names, weighted in proportion to `raw`, for every k. Names come best first, so that dropping the
/// weakest shortens the list, and each figure is a quotient of running sums.
#[derive(Debug, Clone)]
pub struct Heads {
    raw: Vec<f64>,
    squares: Vec<f64>,
    over_parent: Vec<f64>,
}

impl Heads {
    /// `raw` above zero, best first, and the weights of the same names in the parent.
    pub fn new(raw: &[f64], parent: &[f64]) -> Self {
        let over_parent = raw.iter().zip(parent).map(|(raw, parent)| raw * raw / parent);
        Self {
            squares: running_sums(raw.iter().map(|raw| raw * raw)),
            over_parent: running_sums(over_parent),
            raw: running_sums(raw.iter().copied()),
        }
    }

    /// The sum of raw weights of the first `k`.
    pub fn total(&self, k: usize) -> f64 {
        self.raw[k - 1]
    }

    /// The effective number of names of the first `k`: 1 ÷ Σ w².
    pub fn effective_names(&self, k: usize) -> f64 {
        self.total(k) * self.total(k) / self.squares[k - 1]
    }

    /// The weighted capacity ratio of the first `k`: Σ w·(w ÷ weight in the parent).
    pub fn capacity(&self, k: usize) -> f64 {
        self.over_parent[k - 1] / (self.total(k) * self.total(k))
    }

    /// The weighted means of a number over the first k, for every k from 1. The number is counted as zero where it is NaN.
    pub fn means(&self, raw: &[f64], values: &[f64]) -> Vec<f64> {
        let product = |(raw, value): (&f64, &f64)| if value.is_nan() { 0.0 } else { raw * value };
        let sums = running_sums(raw.iter().zip(values).map(product));
        sums.iter().zip(&self.raw).map(|(sum, total)| sum / total).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn the_published_tilt() {
        // Market weights .4 .3 .2 .1 times the normal distribution function of -1 0 1 2, from the best down.
        let parent = [0.1, 0.2, 0.3, 0.4];
        let z = [2.0, 1.0, 0.0, -1.0];
        let raw: Vec<f64> = parent
            .iter()
            .zip(z)
            .map(|(weight, z)| weight * crate::normal_cdf(z))
            .collect();
        let heads = Heads::new(&raw, &parent);
        near(heads.effective_names(4), 3.569_976_257_268);
        near(heads.capacity(4), 1.401_362_434_625);
        near(heads.means(&raw, &z)[3], 0.626_244_739_267);
    }

    #[test]
    fn few_names_by_hand() {
        let heads = Heads::new(&[3.0, 1.0, 4.0], &[0.5, 0.25, 0.25]);
        // Of the first two the weights are 3/4 and 1/4.
        near(heads.total(2), 4.0);
        near(heads.effective_names(2), 1.0 / (9.0 / 16.0 + 1.0 / 16.0));
        near(heads.capacity(2), 9.0 / 16.0 / 0.5 + 1.0 / 16.0 / 0.25);
        near(heads.effective_names(1), 1.0);
        assert_eq!(heads.means(&[3.0, 1.0, 4.0], &[2.0, f64::NAN, 1.0]), [2.0, 1.5, 1.25]);
    }
}
