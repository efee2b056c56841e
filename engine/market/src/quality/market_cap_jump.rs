//! Q0105 `market-cap-jump`.

use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0105",
    name: "market-cap-jump",
    definition: "Between two snapshots (in a run: those of this review and the one before) a name's market_cap moved by \
                 more than `cap_factor` either way while price × fx moved by less than `price_factor`: as many new \
                 shares are rare. A split moves the price and not the market cap, and is no finding; neither are caps \
                 and prices that move together.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) cap_factor: f64,
    pub(crate) price_factor: f64,
}

/// Where a cap may have moved beyond its limit; most stay within it, which two products tell.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without a branch several caps are compared at once"
)]
pub(crate) fn moved(before: &[f64], now: &[f64], limits: &Limits) -> Vec<usize> {
    let is_within =
        |(before, now): (&f64, &f64)| (*now <= *before * limits.cap_factor) & (*now * limits.cap_factor >= *before);
    let within = before.iter().zip(now).filter(|pair| is_within(*pair)).count();
    if within == now.len() {
        return Vec::new();
    }
    let all = before.iter().zip(now).enumerate();
    all.filter(|(_, pair)| !is_within(*pair)).map(|(at, _)| at).collect()
}

/// The ratio of the caps, where it is beyond its limit and that of the prices within its own.
pub(crate) fn jump(caps: (f64, f64), prices: (f64, f64), limits: &Limits) -> Option<f64> {
    let (cap, price) = (caps.1 / caps.0, prices.1 / prices.0);
    let is_jump =
        cap > 0.0 && price > 0.0 && distance(cap) > limits.cap_factor && distance(price) < limits.price_factor;
    is_jump.then_some(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_that_move_alone_are_found() {
        let limits = Limits {
            cap_factor: 3.0,
            price_factor: 1.5,
        };
        assert_eq!(jump((100.0, 400.0), (10.0, 11.0), &limits), Some(4.0));
        assert_eq!(jump((400.0, 100.0), (10.0, 9.0), &limits), Some(0.25));
        assert_eq!(jump((100.0, 400.0), (10.0, 39.0), &limits), None, "moved together");
        assert_eq!(jump((100.0, 105.0), (10.0, 2.0), &limits), None, "a split");
        assert_eq!(jump((100.0, f64::NAN), (10.0, 11.0), &limits), None);
        let (before, now) = ([100.0, 400.0, 100.0, 100.0], [300.0, 100.0, f64::NAN, 301.0]);
        assert_eq!(moved(&before, &now, &limits), [1, 2, 3]);
        assert!(moved(&before[..1], &now[..1], &limits).is_empty());
    }
}
