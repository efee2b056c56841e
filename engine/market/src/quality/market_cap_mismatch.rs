//! Q0104 `market-cap-mismatch`.

use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0104",
    name: "market-cap-mismatch",
    definition: "price × shares × fx and market_cap of one row of a snapshot differ by more than `fraction` of the \
                 smaller one. One of the four is of another day, another share class or another unit.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fraction: f64,
}

/// price × shares × fx ÷ market cap, where it is beyond the limit.
pub(crate) fn mismatch(price: f64, shares: f64, rate: f64, cap: f64, limits: &Limits) -> Option<f64> {
    let ratio = price * shares * rate / cap;
    (ratio > 0.0 && distance(ratio) > 1.0 + limits.fraction).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_follow_from_price_shares_and_rate() {
        let limits = Limits { fraction: 0.05 };
        assert_eq!(mismatch(10.0, 30.0, 1.5, 450.0, &limits), None);
        assert_eq!(mismatch(10.0, 30.0, 1.5, 430.0, &limits), None);
        assert_eq!(mismatch(10.0, 30.0, 1.5, 225.0, &limits), Some(2.0));
        assert_eq!(mismatch(10.0, 30.0, 1.5, 900.0, &limits), Some(0.5));
        assert_eq!(mismatch(10.0, f64::NAN, 1.5, 900.0, &limits), None);
    }
}
