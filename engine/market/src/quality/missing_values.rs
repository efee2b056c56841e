//! Q0201 `missing-values`.

use divisor_numeric::sum_iter;
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0201",
    name: "missing-values",
    definition: "In a snapshot a column lacks values for names of more than `weight` of the parent weight, or for more \
                 than `names` of the names, both fractions. A run judges the columns and history functions its \
                 rulebook names, `data check` every column that any snapshot has.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) weight: f64,
    pub(crate) names: f64,
}

/// How much of something is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    pub(crate) names: usize,
    pub(crate) of: usize,
    /// Weight of the names without a value, as a fraction of the weight of all names asked about.
    pub(crate) weight: f64,
}

impl Share {
    /// Of the names at `positions`; NaN weight where they weigh nothing.
    pub(crate) fn of(missing: &[bool], weight: &[f64], positions: impl Iterator<Item = usize> + Clone) -> Self {
        let without = positions.clone().filter(|at| missing[*at]);
        let total = sum_iter(positions.clone().map(|at| weight[at]));
        Self {
            names: without.clone().count(),
            of: positions.count(),
            weight: sum_iter(without.map(|at| weight[at])) / total,
        }
    }

    pub(crate) fn of_names(&self) -> f64 {
        self.names as f64 / self.of as f64
    }

    /// Whether more is missing than the limits allow.
    pub(crate) fn breaks(&self, limits: &Limits) -> bool {
        self.weight > limits.weight || self.of_names() > limits.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_count_names_and_weigh_them() {
        let missing = [true, false, true, false];
        let weight = [0.4, 0.3, 0.2, 0.1];
        let share = Share::of(&missing, &weight, 0..4);
        assert!((share.names, share.of) == (2, 4) && (share.weight - 0.6).abs() < 1e-15);
        let part = Share::of(&missing, &weight, [1, 2].into_iter());
        assert!((part.weight - 0.4).abs() < 1e-15);
        assert!(share.breaks(&Limits {
            weight: 0.5,
            names: 0.9
        }));
        assert!(share.breaks(&Limits {
            weight: 0.7,
            names: 0.4
        }));
        assert!(!share.breaks(&Limits {
            weight: 0.7,
            names: 0.5
        }));
    }
}
