//! Q0203 `coverage-drop`.

use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0203",
    name: "coverage-drop",
    definition: "The share of parent weight that has a value of a column fell by more than `points` (a fraction: 0.2 is \
                 20 percentage points) against the snapshot before (in a run: that of the review before). A column \
                 that is gone altogether has a coverage of zero.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) points: f64,
}

/// By how much coverage fell, where it is beyond the limit; both are fractions of parent weight.
pub(crate) fn drop(before: f64, now: f64, limits: &Limits) -> Option<f64> {
    let fallen = before - now;
    (fallen > limits.points).then_some(fallen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_falls_beyond_the_limit_count() {
        let limits = Limits { points: 0.2 };
        assert_eq!(drop(1.0, 0.0, &limits), Some(1.0));
        assert_eq!(drop(0.75, 0.5, &limits), Some(0.25));
        assert_eq!(drop(0.6, 0.5, &limits), None);
        assert_eq!(drop(0.0, 1.0, &limits), None);
    }
}
