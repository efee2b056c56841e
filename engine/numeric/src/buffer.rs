//! Selection of a fixed number of names with a buffer for current members.

use std::collections::BTreeMap;

/// What became of a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// In: ranked within the inner zone.
    InnerIn,
    /// In: a current member ranked within the outer zone.
    BufferKept,
    /// In: the best name left once the members in the buffer had their places.
    FilledIn,
    /// Out: ranked within the count, but members in the buffer filled the places. Never a member, if inner ≤ count ≤ outer.
    BufferCut,
    /// Out: a current member ranked beyond the outer zone.
    BeyondOuter,
    /// Out: the places were filled before its turn.
    NotReached,
    /// Out: names ranked before it, or members in the buffer, filled the quota of its group.
    GroupFull,
}

impl Verdict {
    /// Whether the name is selected.
    pub fn is_in(self) -> bool {
        matches!(self, Self::InnerIn | Self::BufferKept | Self::FilledIn)
    }
}

/// A verdict for each rank of `order` (rows, best first). Ranks 1 to `inner` are in; then current members to rank `outer`, in
/// rank order, until there are `count`; then the best names left until there are `count`. Where there are fewer
/// candidates than `count`, all are in. Without a buffer `inner` and `outer` are `count`.
///
/// `is_member` is indexed by row; rows past its end are no members.
pub fn select_top(order: &[u32], is_member: &[bool], count: usize, inner: usize, outer: usize) -> Vec<Verdict> {
    let member = |row: &u32| is_member.get(*row as usize).copied().unwrap_or(false);
    let names = order.len();
    let inner = inner.min(count).min(names);
    let outer = outer.max(inner);
    let out = |(index, row): (usize, &u32)| match index < count {
        _ if index >= outer && member(row) => Verdict::BeyondOuter,
        true => Verdict::BufferCut,
        false => Verdict::NotReached,
    };
    let mut verdicts = Vec::with_capacity(names);
    verdicts.resize(inner, Verdict::InnerIn);
    verdicts.extend(order.iter().enumerate().skip(inner).map(out));
    let mut places = count - inner;
    for (verdict, row) in verdicts.iter_mut().zip(order).take(outer).skip(inner) {
        if places > 0 && member(row) {
            *verdict = Verdict::BufferKept;
            places -= 1;
        }
    }
    let free = verdicts.iter_mut().skip(inner).filter(|verdict| !verdict.is_in());
    free.take(places).for_each(|verdict| *verdict = Verdict::FilledIn);
    verdicts
}

/// As [`select_top`], with at most `most` names of one group: in rank order, names whose group is full are passed over.
/// `group` is indexed by row. Where groups are full, fewer than `count` may be in.
pub fn select_top_by_quota(
    order: &[u32],
    is_member: &[bool],
    (count, inner, outer): (usize, usize, usize),
    group: &[u32],
    most: usize,
) -> Vec<Verdict> {
    let member = |index: usize| is_member.get(order[index] as usize).copied().unwrap_or(false);
    let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
    let mut verdicts: Vec<Option<Verdict>> = vec![None; order.len()];
    let mut places = count;
    let mut pass = |from: usize, to: usize, word: Verdict, wanted: &dyn Fn(usize) -> bool| {
        for index in from..to.min(order.len()) {
            let held = taken.entry(group[order[index] as usize]).or_default();
            if places == 0 || verdicts[index].is_some_and(Verdict::is_in) || !wanted(index) {
                continue;
            }
            if *held >= most {
                verdicts[index] = Some(Verdict::GroupFull);
                continue;
            }
            verdicts[index] = Some(word);
            *held += 1;
            places -= 1;
        }
    };
    pass(0, inner.min(count), Verdict::InnerIn, &|_| true);
    pass(inner.min(count), outer, Verdict::BufferKept, &member);
    pass(inner.min(count), order.len(), Verdict::FilledIn, &|_| true);
    let out = |(index, verdict): (usize, Option<Verdict>)| {
        verdict.unwrap_or(match index {
            _ if index >= outer && member(index) => Verdict::BeyondOuter,
            _ if index < count => Verdict::BufferCut,
            _ => Verdict::NotReached,
        })
    };
    verdicts.into_iter().enumerate().map(out).collect()
}

#[cfg(test)]
mod tests {
    use super::Verdict::{BeyondOuter, BufferCut, BufferKept, FilledIn, GroupFull, InnerIn, NotReached};
    use super::*;

    fn count_in(verdicts: &[Verdict]) -> usize {
        verdicts.iter().filter(|verdict| verdict.is_in()).count()
    }

    #[test]
    fn members_in_the_buffer_stay_before_newcomers() {
        // Rows are not ranks: row 9 ranks first, row 0 last.
        let order: Vec<u32> = (0..10).rev().collect();
        let mut is_member = vec![false; 10];
        for rank in [1, 4, 6, 7, 9] {
            is_member[order[rank - 1] as usize] = true;
        }
        let found = select_top(&order, &is_member, 5, 3, 7);
        let kept = [
            InnerIn,
            InnerIn,
            InnerIn,
            BufferKept,
            BufferCut,
            BufferKept,
            NotReached,
            NotReached,
            BeyondOuter,
            NotReached,
        ];
        assert_eq!(found, kept);
    }

    #[test]
    fn places_left_go_to_the_best_names() {
        let order: Vec<u32> = (0..8).collect();
        let mut is_member = vec![false; 8];
        is_member[4] = true;
        is_member[7] = true;
        let found = select_top(&order, &is_member, 4, 2, 6);
        assert_eq!(
            found,
            [
                InnerIn,
                InnerIn,
                FilledIn,
                BufferCut,
                BufferKept,
                NotReached,
                NotReached,
                BeyondOuter
            ]
        );
    }

    #[test]
    fn without_a_buffer_the_top_is_taken() {
        let order: Vec<u32> = (0..6).collect();
        let found = select_top(&order, &[false, false, false, true, true, false], 3, 3, 3);
        assert_eq!(found, [InnerIn, InnerIn, InnerIn, BeyondOuter, BeyondOuter, NotReached]);
    }

    #[test]
    fn few_candidates_are_all_taken() {
        let order: Vec<u32> = (0..3).collect();
        assert_eq!(select_top(&order, &[true; 3], 5, 4, 6), [InnerIn; 3]);
        assert_eq!(select_top(&order, &[], 5, 1, 6), [InnerIn, FilledIn, FilledIn]);
        assert!(select_top(&[], &[], 5, 4, 6).is_empty());
    }

    #[test]
    fn a_quota_passes_names_over() {
        let order: Vec<u32> = (0..6).collect();
        // Rows 0, 1, 2 and 4 are of one group.
        let group = [7, 7, 7, 8, 7, 9];
        let found = select_top_by_quota(&order, &[], (4, 4, 4), &group, 2);
        assert_eq!(found, [InnerIn, InnerIn, GroupFull, InnerIn, GroupFull, FilledIn]);
        // Two groups with one place each cannot fill three.
        let found = select_top_by_quota(&order[..3], &[], (3, 3, 3), &group, 1);
        assert_eq!(found, [InnerIn, GroupFull, GroupFull]);
    }

    #[test]
    fn a_slack_quota_changes_nothing_and_a_tight_one_holds() {
        let order: Vec<u32> = (0..12).collect();
        let group: Vec<u32> = (0..12).map(|row| row * 5 % 3).collect();
        for mask in 0..1_u32 << 12 {
            let is_member: Vec<bool> = (0..12).map(|bit| mask >> bit & 1 == 1).collect();
            let free = select_top(&order, &is_member, 6, 4, 9);
            assert_eq!(select_top_by_quota(&order, &is_member, (6, 4, 9), &group, 12), free);
            let found = select_top_by_quota(&order, &is_member, (6, 4, 9), &group, 2);
            assert_eq!(count_in(&found), 6);
            for wanted in 0..3 {
                let held = (0..12).filter(|row| group[*row] == wanted && found[*row].is_in());
                assert_eq!(held.count(), 2);
            }
        }
    }

    #[test]
    fn the_count_is_met_for_every_membership() {
        let order: Vec<u32> = (0..12).collect();
        for mask in 0..1_u32 << 12 {
            let is_member: Vec<bool> = (0..12).map(|bit| mask >> bit & 1 == 1).collect();
            let found = select_top(&order, &is_member, 6, 4, 9);
            assert_eq!(count_in(&found), 6);
            assert!((0..12).all(|k| !(is_member[k] && found[k] == BufferCut)));
        }
    }
}
