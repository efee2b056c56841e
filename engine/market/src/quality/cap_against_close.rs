//! Q0308 `cap-against-close`.

use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0308",
    name: "cap-against-close",
    definition: "Between two snapshots market_cap ÷ fx and the close (close_total_return, else close) moved apart by more \
                 than `factor` either way. Splits move neither and dividends little, so that one of the two is wrong, \
                 or belongs to another company: spin-offs, share classes counted once and then together, reused \
                 tickers, prices not adjusted for a split. The closes are those of the two valuation days, at most ten \
                 calendar days older; a run compares the snapshots of this review and the one before, where both \
                 closes lie inside the window of the rulebook's price functions.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) factor: f64,
}

/// Growth of the cap ÷ growth of the close, where it is beyond the limit.
pub(crate) fn apart(caps: (f64, f64), closes: (f64, f64), limits: &Limits) -> Option<f64> {
    let ratio = (caps.1 / caps.0) / (closes.1 / closes.0);
    (ratio > 0.0 && distance(ratio) > limits.factor).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_and_closes_move_together() {
        let limits = Limits { factor: 1.5 };
        assert_eq!(apart((100.0, 200.0), (10.0, 20.0), &limits), None);
        assert_eq!(
            apart((100.0, 105.0), (10.0, 2.5), &limits),
            Some(4.2),
            "a split in the close"
        );
        assert_eq!(apart((100.0, 50.0), (10.0, 10.0), &limits), Some(0.5), "a spin-off");
        assert_eq!(apart((100.0, f64::NAN), (10.0, 2.5), &limits), None);
    }
}
