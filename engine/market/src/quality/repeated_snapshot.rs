//! Q0507 `repeated-snapshot`.

use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0507",
    name: "repeated-snapshot",
    definition: "More than `fraction` of the names in both snapshots have exactly the price they had in the snapshot \
                 before, at least `names` of them: a copy under another date. In a run the snapshot of the review \
                 before counts, if it is another one.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fraction: f64,
    pub(crate) names: usize,
}

/// How many prices are the same, and of how many, where that is beyond the limits.
pub(crate) fn same(before: &[f64], now: &[f64], limits: &Limits) -> Option<(usize, usize)> {
    let pairs = || before.iter().zip(now);
    let all = pairs()
        .filter(|(before, now)| !(before.is_nan() | now.is_nan()))
        .count();
    let same = pairs()
        .filter(|(before, now)| (before.to_bits() == now.to_bits()) & !now.is_nan())
        .count();
    (same >= limits.names.max(1) && same as f64 > limits.fraction * all as f64).then_some((same, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_equal_prices_are_chance() {
        let limits = Limits {
            fraction: 0.5,
            names: 3,
        };
        let now = |equal: usize| -> Vec<f64> { (0..10).map(|at| if at < equal { 1.0 } else { 2.0 }).collect() };
        assert_eq!(same(&[1.0; 10], &now(6), &limits), Some((6, 10)));
        assert_eq!(same(&[1.0; 10], &now(5), &limits), None);
        assert_eq!(same(&[1.0, 2.0], &[1.0, f64::NAN], &limits), None);
    }
}
