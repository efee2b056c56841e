//! The names of a parent in one snapshot: what the checks of a snapshot look at.

use std::borrow::Cow;

use divisor_model::{Column, DAY_MISSING, Date, Day, SecurityIndex, Snapshot, TEXT_MISSING};
use divisor_numeric::sum_iter;

use crate::rows::rows_where;

/// Some rows of a snapshot with their weights.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// The snapshot.
    pub snapshot: Snapshot<'a>,
    /// The parent's rows, ascending.
    pub rows: Cow<'a, [u32]>,
    /// Their parent weights, fractions summing to 1.
    pub weight: Cow<'a, [f64]>,
    /// Values of the rulebook's history functions by their texts, one a row of the snapshot.
    pub functions: Vec<(&'a str, &'a [f64])>,
}

impl<'a> View<'a> {
    /// All rows of a snapshot, weighted by market cap × free float.
    pub(crate) fn whole(snapshot: Snapshot<'a>) -> Self {
        let rows: Vec<u32> = (0..snapshot.len() as u32).collect();
        let number = |name: &str, row: usize| snapshot.number(name).map(|values| values[row]);
        let size = |row: usize| {
            let size = number("market_cap", row).unwrap_or(f64::NAN) * number("free_float", row).unwrap_or(1.0);
            if size > 0.0 { size } else { 0.0 }
        };
        let sizes: Vec<f64> = (0..rows.len()).map(size).collect();
        let total = sum_iter(sizes.iter().copied());
        let share = |size: &f64| if total > 0.0 { size / total } else { 0.0 };
        Self {
            snapshot,
            weight: sizes.iter().map(share).collect(),
            rows: Cow::Owned(rows),
            functions: Vec::new(),
        }
    }

    pub(crate) fn date(&self) -> Date {
        self.snapshot.date()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn security(&self, at: usize) -> SecurityIndex {
        self.snapshot.security()[self.rows[at] as usize]
    }

    pub(crate) fn securities(&self) -> impl Iterator<Item = SecurityIndex> {
        (0..self.len()).map(|at| self.security(at))
    }

    pub(crate) fn number(&self, name: &str) -> Option<Cow<'a, [f64]>> {
        Some(self.own(self.snapshot.number(name)?))
    }

    pub(crate) fn codes(&self, name: &str) -> Option<Cow<'a, [u32]>> {
        Some(self.own(self.snapshot.text(name)?.0))
    }

    pub(crate) fn days(&self, name: &str) -> Option<Cow<'a, [Day]>> {
        Some(self.own(self.snapshot.days(name)?))
    }

    /// A column over the parent, borrowed where the parent is the whole snapshot.
    fn own<T: Copy>(&self, values: &'a [T]) -> Cow<'a, [T]> {
        if self.rows.len() == values.len() {
            return Cow::Borrowed(values);
        }
        self.rows.iter().map(|row| values[*row as usize]).collect()
    }

    /// The text behind a code of a column.
    pub(crate) fn text(&self, name: &str, code: u32) -> &'a str {
        let found = self.snapshot.text(name).and_then(|(_, column)| column.text(code));
        found.unwrap_or_default()
    }

    /// Positions of the names that lack a value of a column or history function; `None` where the snapshot has no such
    /// column.
    pub(crate) fn missing(&self, name: &str) -> Option<Vec<usize>> {
        if let Some((_, values)) = self.functions.iter().find(|(text, _)| *text == name) {
            return Some(self.positions(values, |value| value.is_nan()));
        }
        Some(match self.snapshot.column(name)? {
            Column::Number(values) => self.positions(values, |value| value.is_nan()),
            Column::Text(text) => self.positions(&text.codes, |code| *code == TEXT_MISSING),
            Column::Day(days) => self.positions(days, |day| *day == DAY_MISSING),
            Column::Flag(flags) => self.positions(flags, Option::is_none),
            Column::Membership(_) => return None,
        })
    }

    /// Who lacks a column or history function, of those who may have it: names of a universe in which nobody has a column
    /// are no gap in it, as companies are none in what only funds have. Nobody may have what no name has: then all lack it.
    pub(crate) fn lacking(&self, name: &str) -> Option<Lacking> {
        let mut positions = self.missing(name)?;
        let all = Lacking {
            of: self.len(),
            weight: self.weight_at(&positions),
            positions: Vec::new(),
        };
        let Some((bits, _)) = self.snapshot.membership("universes").filter(|_| !positions.is_empty()) else {
            return Some(Lacking { positions, ..all });
        };
        let own = |at: usize| bits[self.rows[at] as usize];
        let mut gaps = positions.iter().peekable();
        let having = (0..self.len()).filter(|at| gaps.next_if_eq(&at).is_none());
        let universes = having.fold(0, |universes, at| universes | own(at));
        let may = |at: usize| universes == 0 || own(at) == 0 || own(at) & universes != 0;
        let asked: Vec<usize> = (0..self.len()).filter(|at| may(*at)).collect();
        if asked.len() == self.len() {
            return Some(Lacking { positions, ..all });
        }
        positions.retain(|at| may(*at));
        let weight = self.weight_at(&asked);
        Some(Lacking {
            of: asked.len(),
            weight: if weight > 0.0 {
                self.weight_at(&positions) / weight
            } else {
                0.0
            },
            positions,
        })
    }

    /// Positions of the names whose value passes a test.
    fn positions<T>(&self, values: &[T], test: impl Fn(&T) -> bool) -> Vec<usize> {
        let found = rows_where(values, test);
        if found.is_empty() || self.rows.len() == values.len() {
            return found;
        }
        let mut is_such = vec![false; values.len()];
        for row in found {
            is_such[row] = true;
        }
        let own = (0..self.rows.len()).filter(|at| is_such[self.rows[*at] as usize]);
        own.collect()
    }

    /// Weight of the names at some positions.
    pub(crate) fn weight_at(&self, positions: &[usize]) -> f64 {
        sum_iter(positions.iter().map(|at| self.weight[*at]))
    }

    /// Weight of the names for which `is_in` holds.
    pub(crate) fn weight_of(&self, is_in: impl Fn(usize) -> bool) -> f64 {
        sum_iter((0..self.len()).filter(|at| is_in(*at)).map(|at| self.weight[at]))
    }

    /// Where the names stand in an earlier view: one merge of two ascending lists.
    pub(crate) fn places_in(&self, before: &View<'_>) -> Places {
        let (own, old) = (self.snapshot.security(), before.snapshot.security());
        // Most snapshots share their names with the one before.
        if std::ptr::eq(own, old) && self.rows == before.rows {
            return Places::Same(self.len());
        }
        let mut at = 0;
        let mut place = |security: SecurityIndex| {
            let there = |at: usize| before.rows.get(at).map(|row| old[*row as usize]);
            while there(at).is_some_and(|there| there < security) {
                at += 1;
            }
            (there(at) == Some(security)).then_some(at)
        };
        Places::Listed(self.rows.iter().map(|row| place(own[*row as usize])).collect())
    }
}

/// Names without a value.
#[derive(Debug)]
pub(crate) struct Lacking {
    /// Where they stand.
    pub(crate) positions: Vec<usize>,
    /// How many names may have it.
    pub(crate) of: usize,
    /// What they weigh, as a fraction of those who may have it.
    pub(crate) weight: f64,
}

/// Where the names of one view stand in an earlier one.
#[derive(Debug)]
pub(crate) enum Places {
    /// Where they stand now; so many names.
    Same(usize),
    /// For each name, if it is there.
    Listed(Vec<Option<usize>>),
}

impl Places {
    /// Where a name stood.
    pub(crate) fn of(&self, at: usize) -> Option<usize> {
        match self {
            Self::Same(_) => Some(at),
            Self::Listed(places) => places[at],
        }
    }

    /// A column of the earlier view, name for name as now; NaN for names that were not there.
    pub(crate) fn align<'a>(&self, before: Cow<'a, [f64]>) -> Cow<'a, [f64]> {
        match self {
            Self::Same(_) => before,
            Self::Listed(places) => places
                .iter()
                .map(|place| place.map_or(f64::NAN, |place| before[place]))
                .collect(),
        }
    }

    /// How many names are in both.
    pub(crate) fn kept(&self) -> usize {
        match self {
            Self::Same(names) => *names,
            Self::Listed(places) => places.iter().flatten().count(),
        }
    }

    /// Places now and before of the names in both.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let names = match self {
            Self::Same(names) => *names,
            Self::Listed(places) => places.len(),
        };
        (0..names).filter_map(move |at| Some((at, self.of(at)?)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use divisor_model::{MembershipColumn, Panel, Securities, SnapshotData};

    use super::*;

    /// Three companies and two funds: half of the sales, one net asset value, a note that nobody has.
    fn panel() -> Panel {
        let securities = ["A", "B", "C", "F", "G"].map(str::to_owned).to_vec();
        let columns = [
            ("market_cap", [50.0, 30.0, 10.0, 6.0, 4.0]),
            ("sales", [7.0, f64::NAN, 3.0, f64::NAN, f64::NAN]),
            ("nav", [f64::NAN, f64::NAN, f64::NAN, 9.0, f64::NAN]),
            ("note", [f64::NAN; 5]),
        ];
        let numbers = columns.map(|(name, values)| (name.to_owned(), Column::Number(values.to_vec())));
        let universes = MembershipColumn {
            names: ["funds", "world"].map(str::to_owned).to_vec(),
            bits: vec![2, 2, 2, 1, 1],
        };
        let universes = ("universes".to_owned(), Column::Membership(universes));
        let snapshot = SnapshotData {
            date: "2020-01-31".parse().expect("a date"),
            security: Arc::new((0..5).collect()),
            columns: numbers.into_iter().chain([universes]).collect(),
        };
        Panel::new(Arc::new(Securities::new(securities)), vec![snapshot])
    }

    #[test]
    fn a_universe_in_which_nobody_has_a_column_lacks_nothing() {
        let panel = panel();
        let date = panel.dates().next().expect("a snapshot");
        let view = View::whole(panel.snapshot(date).expect("a snapshot"));
        let lacking = |name: &str| {
            let lacking = view.lacking(name).expect("a column");
            (lacking.positions, lacking.of, (lacking.weight * 1e6).round() / 1e6)
        };
        assert_eq!(lacking("sales"), (vec![1], 3, 0.333_333), "30 of the companies' 90");
        assert_eq!(lacking("nav"), (vec![4], 2, 0.4), "4 of the funds' 10");
        assert_eq!(lacking("note"), (vec![0, 1, 2, 3, 4], 5, 1.0));
        assert_eq!(lacking("market_cap"), (vec![], 5, 0.0));
        assert!(view.lacking("elsewhere").is_none());
    }
}
