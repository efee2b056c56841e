//! Q0301 `price-jump`.

use divisor_model::Day;
use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0301",
    name: "price-jump",
    definition: "A close is more than `factor` times the close before, or less than one `factor`-th of it, and the two \
                 are neither in the ratio of a split (`unadjusted-split`) nor far apart (`reused-ticker`). Both \
                 columns of `prices` are judged. News does that; so do wrong prices.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) factor: f64,
}

/// Two consecutive closes of one column, missing ones passed over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) from: Day,
    pub(crate) day: Day,
    /// New close ÷ old one.
    pub(crate) ratio: f64,
}

/// The steps that move by more than `factor` either way. Closes that are not above zero break the contract and are
/// passed over.
pub(crate) fn large_steps(days: &[Day], closes: &[f64], factor: f64) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut last: Option<usize> = None;
    for (at, close) in closes.iter().enumerate() {
        if close.is_nan() || *close <= 0.0 {
            continue;
        }
        if let Some(before) = last {
            let old = closes[before];
            if *close > old * factor || *close * factor < old {
                steps.push(Step {
                    from: days[before],
                    day: days[at],
                    ratio: *close / old,
                });
            }
        }
        last = Some(at);
    }
    steps
}

/// Whether a step is beyond the limit.
pub(crate) fn is_jump(ratio: f64, limits: &Limits) -> bool {
    distance(ratio) > limits.factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_pass_over_missing_closes() {
        let days = [1, 2, 3, 4, 5, 6];
        let closes = [10.0, 15.0, f64::NAN, 30.0, 31.0, 10.0];
        let found = large_steps(&days, &closes, 1.6);
        let expected = [
            Step {
                from: 2,
                day: 4,
                ratio: 2.0,
            },
            Step {
                from: 5,
                day: 6,
                ratio: 10.0 / 31.0,
            },
        ];
        assert_eq!(found, expected);
        assert!(is_jump(1.51, &Limits { factor: 1.5 }) && !is_jump(0.68, &Limits { factor: 1.5 }));
    }
}
