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
pub(crate) fn same(pairs: impl Iterator<Item = (f64, f64)>, limits: &Limits) -> Option<(usize, usize)> {
    let (mut same, mut all) = (0, 0);
    for (before, now) in pairs.filter(|(before, now)| !before.is_nan() && !now.is_nan()) {
        all += 1;
        same += usize::from(before.to_bits() == now.to_bits());
    }
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
        let pairs = |equal: usize| (0..10).map(move |at| (1.0, if at < equal { 1.0 } else { 2.0 }));
        assert_eq!(same(pairs(6), &limits), Some((6, 10)));
        assert_eq!(same(pairs(5), &limits), None);
        assert_eq!(same([(1.0, 1.0), (2.0, f64::NAN)].into_iter(), &limits), None);
    }
}
