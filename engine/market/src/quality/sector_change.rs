//! Q0504 `sector-change`.

use divisor_model::TEXT_MISSING;
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0504",
    name: "sector-change",
    definition: "More than `fraction` of the names in both snapshots have another `sector` than in the snapshot before \
                 (in a run: of the review before), at least `names` of them: another classification, or other spelling. \
                 One finding a snapshot, with the sectors that are new.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fraction: f64,
    pub(crate) names: usize,
}

/// How many of the names in both have another sector, and how many there are, where that is beyond the limits.
pub(crate) fn moved(pairs: impl Iterator<Item = (u32, u32)>, limits: &Limits) -> Option<(usize, usize)> {
    let (mut changed, mut all) = (0, 0);
    for (before, now) in pairs.filter(|(before, now)| *before != TEXT_MISSING && *now != TEXT_MISSING) {
        all += 1;
        changed += usize::from(before != now);
    }
    (changed >= limits.names.max(1) && changed as f64 > limits.fraction * all as f64).then_some((changed, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_moves_are_ordinary() {
        let limits = Limits {
            fraction: 0.2,
            names: 2,
        };
        let pairs = |changed: usize| (0..10).map(move |at| (1, if at < changed { 2 } else { 1 }));
        assert_eq!(moved(pairs(3), &limits), Some((3, 10)));
        assert_eq!(moved(pairs(2), &limits), None);
        assert_eq!(moved([(1, 2), (TEXT_MISSING, 2)].into_iter(), &limits), None);
    }
}
