//! Tranches: parts of an index that are reset in turn, one a review, while the others drift.

use std::collections::BTreeMap;

use divisor_methodology::{Methodology, TrancheSize};
use divisor_model::SecurityIndex;
use divisor_numeric::sum_iter;

use crate::drift::{Drifted, Holdings};

/// What a review resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// All tranches: the first review, one with another number of tranches than the one before, and any of an index
    /// without tranches, which has one.
    All {
        /// How many there are.
        count: usize,
    },
    /// One of several.
    One {
        /// Which, from 0.
        at: usize,
    },
}

impl Turn {
    /// The turns of an index, review by review. They depend on the rulebooks alone.
    pub(crate) fn of<'a>(reviews: impl Iterator<Item = &'a Methodology>) -> Vec<Self> {
        let mut before = 0;
        let mut since = 0;
        let turn = |methodology: &Methodology| {
            let count = methodology.tranches.as_ref().map_or(1, |tranches| tranches.count);
            if count == before && count > 1 {
                let at = since % count;
                since += 1;
                return Self::One { at };
            }
            (before, since) = (count, 0);
            Self::All { count }
        };
        reviews.map(turn).collect()
    }
}

/// The names of each tranche, as the reviews are walked in date order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rosters(Vec<Vec<SecurityIndex>>);

impl Rosters {
    /// The same names in so many tranches.
    pub(crate) fn alike(names: &[SecurityIndex], tranches: usize) -> Self {
        Self(vec![names.to_vec(); tranches])
    }

    /// These names, by tranche.
    pub(crate) fn of(tranches: Vec<Vec<SecurityIndex>>) -> Self {
        Self(tranches)
    }

    /// The names of each.
    pub(crate) fn tranches(&self) -> impl Iterator<Item = &[SecurityIndex]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// Resets what has its turn to the `chosen`; the others keep the names that `stay`. Answers all names, ascending.
    pub(crate) fn reset(
        &mut self,
        turn: Turn,
        chosen: &[SecurityIndex],
        stays: impl Fn(SecurityIndex) -> bool,
    ) -> Vec<SecurityIndex> {
        match turn {
            Turn::All { count } => self.0 = vec![chosen.to_vec(); count],
            Turn::One { at } => {
                for (tranche, names) in self.0.iter_mut().enumerate() {
                    names.retain(|name| stays(*name));
                    if tranche == at || names.is_empty() {
                        *names = chosen.to_vec();
                    }
                }
            }
        }
        let mut all: Vec<SecurityIndex> = self.0.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What each tranche holds as parts of the index, as the reviews are walked in date order. All of it sums to 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Parts(Vec<Vec<(SecurityIndex, f64)>>);

/// The index after one of its tranches was reset.
#[derive(Debug, PartialEq)]
pub(crate) struct Whole {
    /// The part of the index that was reset.
    pub(crate) share: f64,
    /// What the tranches that wait hold of each name.
    pub(crate) carried: BTreeMap<SecurityIndex, f64>,
}

impl Parts {
    /// These names with their parts, by tranche.
    pub(crate) fn of(tranches: Vec<Vec<(SecurityIndex, f64)>>) -> Self {
        Self(tranches)
    }

    /// What each holds.
    pub(crate) fn tranches(&self) -> &[Vec<(SecurityIndex, f64)>] {
        &self.0
    }

    /// Sets all tranches to the target, each the same part of the index.
    pub(crate) fn start(&mut self, count: usize, target: &[(SecurityIndex, f64)]) {
        let part = |(security, weight): &(SecurityIndex, f64)| (*security, weight / count as f64);
        self.0 = vec![target.iter().map(part).collect(); count];
    }

    /// Lets all tranches drift as the index did, sells what does not stay, and resets the tranche `at` to the target.
    pub(crate) fn reset(
        &mut self,
        at: usize,
        size: TrancheSize,
        ratio: impl Fn(SecurityIndex) -> f64,
        stays: impl Fn(SecurityIndex) -> bool,
        target: &[(SecurityIndex, f64)],
    ) -> Whole {
        let equal = 1.0 / self.0.len() as f64;
        let mut whole = Whole {
            share: 0.0,
            carried: BTreeMap::new(),
        };
        for (tranche, names) in self.0.iter_mut().enumerate() {
            for (security, part) in names.iter_mut() {
                *part *= ratio(*security);
            }
            let value = match size {
                TrancheSize::Drifted => sum_iter(names.iter().map(|(_, part)| *part)),
                TrancheSize::Equal => equal,
            };
            names.retain(|(security, _)| stays(*security));
            let left = sum_iter(names.iter().map(|(_, part)| *part));
            if tranche == at || left <= 0.0 {
                whole.share += value;
                *names = target
                    .iter()
                    .map(|(security, weight)| (*security, weight * value))
                    .collect();
                continue;
            }
            for (security, part) in names.iter_mut() {
                *part *= value / left;
                *whole.carried.entry(*security).or_default() += *part;
            }
        }
        whole
    }
}

/// By how much each name of an index moved; `drifted` is `before`, drifted.
pub(crate) fn ratio<'a>(before: &'a Holdings, drifted: &'a [Drifted]) -> impl Fn(SecurityIndex) -> f64 + 'a {
    |security| {
        let held = before.members.binary_search_by_key(&security, |held| held.security);
        held.map_or(1.0, |at| drifted[at].weight / before.members[at].weight)
    }
}

/// What became of the members of an index with tranches.
#[derive(Debug, Clone)]
pub struct Tranched {
    /// The tranche that was reset, from 1.
    pub reset: usize,
    /// Of how many.
    pub count: usize,
    /// The part of the index that was reset: that tranche, and any that had nobody left.
    pub share: f64,
    /// By member: its place among the names the tranche was reset to, which columns of limits follow.
    pub target: Vec<Option<u32>>,
    /// By member: what it weighs in the tranches that wait, a part of the index.
    pub carried: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: &[(SecurityIndex, f64)], wanted: &[(SecurityIndex, f64)]) {
        assert_eq!(found.len(), wanted.len(), "{found:?}");
        for ((security, found), (wanted_security, wanted)) in found.iter().zip(wanted) {
            assert_eq!(security, wanted_security);
            assert!((found - wanted).abs() < 1e-15, "{security}: {found} is not {wanted}");
        }
    }

    fn weights(whole: &Whole, target: &[(SecurityIndex, f64)]) -> Vec<(SecurityIndex, f64)> {
        let mut all = whole.carried.clone();
        for (security, weight) in target {
            *all.entry(*security).or_default() += whole.share * weight;
        }
        all.into_iter().collect()
    }

    /// Two names, two tranches, half and half. A doubles: 2/3 and 1/3 of the index in both tranches. The first is reset to
    /// all of B: A 1/3, B 1/6 + 1/2. Then B doubles: the second tranche is A 1/5, B 1/5, the first B 3/5; the second is
    /// reset to all of A.
    #[test]
    fn tranches_drift_and_are_reset_in_turn() {
        let mut parts = Parts::default();
        parts.start(2, &[(0, 0.5), (1, 0.5)]);
        let ratio = |security| if security == 0 { 4.0 / 3.0 } else { 2.0 / 3.0 };
        let first = parts.reset(0, TrancheSize::Drifted, ratio, |_| true, &[(1, 1.0)]);
        assert_close(&weights(&first, &[(1, 1.0)]), &[(0, 1.0 / 3.0), (1, 2.0 / 3.0)]);
        // 1/3 + 2 × 2/3 is 5/3.
        let ratio = |security| if security == 0 { 0.6 } else { 1.2 };
        let second = parts.reset(1, TrancheSize::Drifted, ratio, |_| true, &[(0, 1.0)]);
        assert!((second.share - 0.4).abs() < 1e-15);
        assert_close(&weights(&second, &[(0, 1.0)]), &[(0, 0.4), (1, 0.6)]);
        // Brought back to half each, the other reading.
        let same = parts.reset(0, TrancheSize::Equal, |_| 1.0, |_| true, &[(0, 0.5), (1, 0.5)]);
        assert_close(&weights(&same, &[(0, 0.5), (1, 0.5)]), &[(0, 0.75), (1, 0.25)]);
    }

    /// What left is sold within its tranche; a tranche that has nobody left is reset too.
    #[test]
    fn what_left_is_sold_within_its_tranche() {
        let mut parts = Parts::default();
        parts.start(2, &[(0, 0.2), (1, 0.3), (2, 0.5)]);
        let found = parts.reset(0, TrancheSize::Drifted, |_| 1.0, |name| name != 2, &[(0, 1.0)]);
        assert_close(&weights(&found, &[(0, 1.0)]), &[(0, 0.5 + 0.2), (1, 0.3)]);
        let found = parts.reset(0, TrancheSize::Drifted, |_| 1.0, |name| name > 1, &[(3, 1.0)]);
        assert_close(&weights(&found, &[(3, 1.0)]), &[(3, 1.0)]);
    }

    /// With prices that stand still, an index of n tranches trades a part of what it would trade without: over a whole
    /// round of reviews with the same new target the n-th each, which sums to the turnover of one tranche.
    #[test]
    fn staggered_turnover_is_the_average_over_tranches() {
        for count in [2, 4] {
            let (old, new) = ([(0, 0.7), (1, 0.2), (2, 0.1)], [(0, 0.1), (1, 0.4), (2, 0.5)]);
            let mut parts = Parts::default();
            parts.start(count, &old);
            let mut before = old.to_vec();
            for at in 0..count {
                let whole = parts.reset(at, TrancheSize::Drifted, |_| 1.0, |_| true, &new);
                let after = weights(&whole, &new);
                let trades = before.iter().zip(&after).map(|(old, new)| (new.1 - old.1).abs());
                assert!((trades.sum::<f64>() / 2.0 - 0.6 / count as f64).abs() < 1e-15);
                before = after;
            }
            assert_close(&before, &new);
        }
    }

    #[test]
    fn rosters_follow_the_same_rules() {
        let mut rosters = Rosters::default();
        assert_eq!(rosters.reset(Turn::All { count: 2 }, &[3, 1], |_| true), [1, 3]);
        assert_eq!(rosters.reset(Turn::One { at: 0 }, &[2], |_| true), [1, 2, 3]);
        assert_eq!(rosters.reset(Turn::One { at: 1 }, &[4], |name| name != 3), [2, 4]);
        assert_eq!(rosters.reset(Turn::One { at: 0 }, &[5], |name| name != 4), [5]);
    }
}
