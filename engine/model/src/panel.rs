//! The panel: every snapshot of a run in one dense table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Column, Date, Day, MembershipColumn, Securities, SecurityIndex, TextColumn};

/// All snapshots a run reads: for each the dense columns it has, one contiguous `Vec` a field, rows sorted by security.
#[derive(Debug, Default)]
pub struct Panel {
    securities: Arc<Securities>,
    snapshots: Vec<SnapshotData>,
}

/// The columns of one snapshot.
#[derive(Debug)]
pub struct SnapshotData {
    /// The date the snapshot was taken, which is the date it was known.
    pub date: Date,
    /// The securities of its rows, ascending.
    pub security: Arc<Vec<SecurityIndex>>,
    /// Its fields by name; text fields of all snapshots share one dictionary each.
    pub columns: BTreeMap<String, Column>,
}

impl Panel {
    /// Joins snapshots, ascending by date, into a panel.
    ///
    /// # Panics
    /// If a column has another length than its snapshot has rows: a fault of the reader, not of the data.
    pub fn new(securities: Arc<Securities>, snapshots: Vec<SnapshotData>) -> Self {
        for snapshot in &snapshots {
            for (name, column) in &snapshot.columns {
                let rows = match column {
                    Column::Number(values) => values.len(),
                    Column::Text(text) => text.codes.len(),
                    Column::Day(days) => days.len(),
                    Column::Flag(flags) => flags.len(),
                    Column::Membership(membership) => membership.bits.len(),
                };
                assert_eq!(
                    rows,
                    snapshot.security.len(),
                    "column {name} has another length than its snapshot"
                );
            }
        }
        Self { securities, snapshots }
    }

    /// The securities its indexes refer to.
    pub fn securities(&self) -> &Securities {
        &self.securities
    }

    /// The dates of its snapshots, ascending.
    pub fn dates(&self) -> impl Iterator<Item = Date> {
        self.snapshots.iter().map(|snapshot| snapshot.date)
    }

    /// The snapshot taken on a date.
    pub fn snapshot(&self, date: Date) -> Option<Snapshot<'_>> {
        let at = self
            .snapshots
            .binary_search_by_key(&date, |snapshot| snapshot.date)
            .ok()?;
        Some(Snapshot {
            panel: self,
            data: &self.snapshots[at],
        })
    }
}

/// One snapshot of a [`Panel`].
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    panel: &'a Panel,
    data: &'a SnapshotData,
}

impl<'a> Snapshot<'a> {
    /// The date it was taken.
    pub fn date(&self) -> Date {
        self.data.date
    }

    /// How many securities it has.
    pub fn len(&self) -> usize {
        self.data.security.len()
    }

    /// Whether it has no security.
    pub fn is_empty(&self) -> bool {
        self.data.security.is_empty()
    }

    /// The securities of its rows, ascending.
    pub fn security(&self) -> &'a [SecurityIndex] {
        &self.data.security
    }

    /// The row of a security.
    pub fn row(&self, security: SecurityIndex) -> Option<usize> {
        self.security().binary_search(&security).ok()
    }

    /// The rows of ascending securities: one merge of two ascending lists.
    pub fn rows_of(&self, securities: impl IntoIterator<Item = SecurityIndex>) -> Vec<Option<usize>> {
        let own = self.security();
        let mut at = 0;
        let row = |security: SecurityIndex| {
            at += own[at..].iter().take_while(|known| **known < security).count();
            (own.get(at) == Some(&security)).then_some(at)
        };
        securities.into_iter().map(row).collect()
    }

    /// A field, whatever it holds.
    pub fn column(&self, field: &str) -> Option<&'a Column> {
        self.data.columns.get(field)
    }

    /// A numeric field.
    pub fn number(&self, field: &str) -> Option<&'a [f64]> {
        match self.column(field)? {
            Column::Number(values) => Some(values),
            _ => None,
        }
    }

    /// A text field: its codes, and the column for its dictionary.
    pub fn text(&self, field: &str) -> Option<(&'a [u32], &'a TextColumn)> {
        match self.column(field)? {
            Column::Text(text) => Some((&text.codes, text)),
            _ => None,
        }
    }

    /// A text of one row.
    pub fn text_at(&self, field: &str, row: usize) -> Option<&'a str> {
        let (codes, column) = self.text(field)?;
        column.text(codes[row])
    }

    /// A date field.
    pub fn days(&self, field: &str) -> Option<&'a [Day]> {
        match self.column(field)? {
            Column::Day(days) => Some(days),
            _ => None,
        }
    }

    /// A yes-or-no field.
    pub fn flags(&self, field: &str) -> Option<&'a [Option<bool>]> {
        match self.column(field)? {
            Column::Flag(flags) => Some(flags),
            _ => None,
        }
    }

    /// Membership of named universes.
    pub fn membership(&self, field: &str) -> Option<(&'a [u64], &'a MembershipColumn)> {
        match self.column(field)? {
            Column::Membership(members) => Some((&members.bits, members)),
            _ => None,
        }
    }

    /// The panel it belongs to.
    pub fn panel(&self) -> &'a Panel {
        self.panel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_merging() {
        let snapshot = SnapshotData {
            date: Date::default(),
            security: Arc::new(vec![2, 3, 5, 9]),
            columns: BTreeMap::new(),
        };
        let panel = Panel::new(Arc::default(), vec![snapshot]);
        let snapshot = panel.snapshot(Date::default()).expect("there");
        let wanted = [1, 2, 3, 4, 9, 10];
        assert_eq!(snapshot.rows_of(wanted), wanted.map(|security| snapshot.row(security)));
    }
}
