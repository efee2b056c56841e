//! Sets of days, as the few ranges they are made of.

use crate::Day;

/// A set of days: ascending ranges, both ends included, that neither touch nor overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayRanges(Vec<(Day, Day)>);

impl DayRanges {
    /// The union of ranges in any order; empty where the first day is after the last.
    pub fn new(ranges: impl IntoIterator<Item = (Day, Day)>) -> Self {
        let mut sorted: Vec<(Day, Day)> = ranges.into_iter().filter(|(first, last)| first <= last).collect();
        sorted.sort_unstable();
        let mut union: Vec<(Day, Day)> = Vec::new();
        for (first, last) in sorted {
            match union.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => union.push((first, last)),
            }
        }
        Self(union)
    }

    /// Every day there is, the missing one excepted.
    pub fn all() -> Self {
        Self(vec![(Day::MIN + 1, Day::MAX)])
    }

    /// Whether it has no day.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it has a day.
    pub fn contains(&self, day: Day) -> bool {
        self.overlaps(day, day)
    }

    /// Whether it has any of the days from one to another, both included.
    pub fn overlaps(&self, first: Day, last: Day) -> bool {
        let at = self.0.partition_point(|range| range.1 < first);
        self.0.get(at).is_some_and(|range| range.0 <= last)
    }

    /// Its ranges, ascending.
    pub fn ranges(&self) -> impl Iterator<Item = (Day, Day)> + '_ {
        self.0.iter().copied()
    }

    /// Its first and its last day.
    pub fn bounds(&self) -> Option<(Day, Day)> {
        Some((self.0.first()?.0, self.0.last()?.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let days = DayRanges::new([(20, 25), (1, 4), (5, 7), (24, 30), (9, 8), (40, 40)]);
        assert_eq!(days.ranges().collect::<Vec<_>>(), [(1, 7), (20, 30), (40, 40)]);
        assert_eq!(days.bounds(), Some((1, 40)));
        for (day, is_in) in [
            (0, false),
            (1, true),
            (7, true),
            (8, false),
            (30, true),
            (40, true),
            (41, false),
        ] {
            assert_eq!(days.contains(day), is_in, "{day}");
        }
        assert!(days.overlaps(8, 20) && days.overlaps(31, 40) && !days.overlaps(8, 19) && !days.overlaps(41, 99));
        assert!(DayRanges::new([]).is_empty() && !DayRanges::all().is_empty());
        assert!(DayRanges::all().contains(Day::MAX) && !DayRanges::all().contains(crate::DAY_MISSING));
    }
}
