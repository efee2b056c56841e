//! Q0505 `fx-jump`.

use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0505",
    name: "fx-jump",
    definition: "The exchange rate of a currency (the median `fx` of its names) moved by more than `fraction` against \
                 the snapshot before (in a run: of the review before): devaluations do that, and so do inverted rates \
                 and hundredths of a currency.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fraction: f64,
}

/// New rate ÷ old one, where it is beyond the limit.
pub(crate) fn jump(before: f64, now: f64, limits: &Limits) -> Option<f64> {
    let ratio = now / before;
    (ratio > 0.0 && distance(ratio) > 1.0 + limits.fraction).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverted_rates_are_found() {
        let limits = Limits { fraction: 0.3 };
        assert_eq!(jump(1.6, 1.5, &limits), None);
        assert_eq!(jump(2.0, 0.5, &limits), Some(0.25));
        assert_eq!(jump(2.0, 200.0, &limits), Some(100.0));
        assert_eq!(jump(f64::NAN, 1.0, &limits), None);
    }
}
