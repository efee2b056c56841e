//! Q0101 `value-bounds`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0101",
    name: "value-bounds",
    definition: "A value of a field lies below the `min` or above the `max` that [value-bounds.fields] gives the field, \
                 in the field's own unit. Every column of `snapshots` and every field of `fundamentals` can have \
                 bounds; those of `fundamentals` are checked by `data check` alone, since a review reads the newest \
                 publications only. What no field can be, such as a price of zero, breaks the contract instead.",
    in_runs: true,
};

/// Bounds by field.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fields: BTreeMap<String, Bound>,
}

/// The ends of what a field may be, both allowed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Bound {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

impl Bound {
    /// Whether any value breaks an end; missing ones break none.
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "without a branch several values are compared at once"
    )]
    pub(crate) fn is_broken_in(&self, values: &[f64]) -> bool {
        let (min, max) = (self.min.unwrap_or(f64::NEG_INFINITY), self.max.unwrap_or(f64::INFINITY));
        values.iter().filter(|value| (**value < min) | (**value > max)).count() > 0
    }

    /// The end that a value breaks; missing values break none.
    pub(crate) fn broken_by(&self, value: f64) -> Option<f64> {
        self.min
            .filter(|min| value < *min)
            .or_else(|| self.max.filter(|max| value > *max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_allowed() {
        let bound = Bound {
            min: Some(-1.0),
            max: Some(3.0),
        };
        let broken = [-1.5, -1.0, 3.0, 3.5, f64::NAN].map(|value| bound.broken_by(value));
        assert_eq!(broken, [Some(-1.0), None, None, Some(3.0), None]);
        assert!(!bound.is_broken_in(&[-1.0, f64::NAN, 3.0]) && bound.is_broken_in(&[0.0, 3.5]));
        assert!(bound.is_broken_in(&[-1.5]));
        assert_eq!(Bound { min: None, max: None }.broken_by(1e300), None);
    }
}
