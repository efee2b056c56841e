//! Q0403 `large-restatement`.

use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0403",
    name: "large-restatement",
    definition: "A later publication of a period changes a figure by more than `fraction` of the larger of the two \
                 values, in absolute terms; it may change sign. `data check` only: a review reads the newest \
                 publication of a period and not those before it.",
    in_runs: false,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fraction: f64,
}

/// |new − old| ÷ max(|new|, |old|), where it is beyond the limit; between 0 and 2.
pub(crate) fn change(old: f64, new: f64, limits: &Limits) -> Option<f64> {
    let change = (new - old).abs() / new.abs().max(old.abs());
    (change > limits.fraction).then_some(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_measured_against_the_larger_figure() {
        let limits = Limits { fraction: 0.5 };
        assert_eq!(change(100.0, 25.0, &limits), Some(0.75));
        assert_eq!(change(25.0, 100.0, &limits), Some(0.75));
        assert_eq!(change(100.0, -100.0, &limits), Some(2.0));
        assert_eq!(change(100.0, 60.0, &limits), None);
        assert_eq!(change(0.0, 0.0, &limits), None);
        assert_eq!(change(f64::NAN, 60.0, &limits), None);
    }
}
