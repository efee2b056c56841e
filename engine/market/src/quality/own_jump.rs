//! Q0103 `own-jump`.

use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0103",
    name: "own-jump",
    definition: "An amount of money or a count is more than `factor` times a name's own value before, or less than one \
                 `factor`-th of it, both above zero: figures in other units, or of another company. In snapshots the \
                 value before is that of the snapshot before (in a run: of the review before); in `fundamentals`, \
                 which `data check` alone looks at, that of the fiscal year before as first published. Prices, market \
                 caps and shares have checks of their own; per-share fields move with splits and are not judged.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) factor: f64,
}

/// New value ÷ old one, where both are above zero and it is beyond the limit.
pub(crate) fn jump(before: f64, now: f64, limits: &Limits) -> Option<f64> {
    let ratio = now / before;
    (before > 0.0 && now > 0.0 && distance(ratio) > limits.factor).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_for_units_are_found_both_ways() {
        let limits = Limits { factor: 50.0 };
        assert_eq!(jump(2.0, 2000.0, &limits), Some(1000.0));
        assert_eq!(jump(2000.0, 2.0, &limits), Some(0.001));
        assert_eq!(jump(2.0, 100.0, &limits), None);
        assert_eq!(jump(-2.0, 2000.0, &limits), None);
        assert_eq!(jump(f64::NAN, 2000.0, &limits), None);
    }
}
