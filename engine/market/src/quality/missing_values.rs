//! Q0201 `missing-values`.

use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0201",
    name: "missing-values",
    definition: "In a snapshot a column lacks values for names of more than `weight` of the parent weight, or for more \
                 than `names` of the names, both fractions. Names of a universe in which nobody has the column do \
                 not count. A run judges the columns and history functions its rulebook names, `data check` every \
                 column that any snapshot has.",
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
    fn either_limit_is_enough() {
        let share = Share {
            names: 2,
            of: 4,
            weight: 0.6,
        };
        assert!((share.of_names() - 0.5).abs() < 1e-15);
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
