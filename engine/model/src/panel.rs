//! The panel: every snapshot of a run in one dense table.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::{Column, Date, Day, MembershipColumn, Securities, SecurityIndex, TextColumn};

/// All snapshots a run reads: one contiguous column a field, rows sorted by snapshot date and security.
#[derive(Debug, Default)]
pub struct Panel {
    securities: Arc<Securities>,
    snapshots: Vec<SnapshotRange>,
    security: Vec<SecurityIndex>,
    columns: BTreeMap<String, Column>,
}

/// Where one snapshot lies in the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRange {
    /// The date the snapshot was taken, which is the date it was known.
    pub date: Date,
    /// Its rows.
    pub rows: Range<usize>,
}

impl Panel {
    /// Joins landed columns into a panel. Rows must be sorted by snapshot and security; every column must have one
    /// value a row.
    ///
    /// # Panics
    /// If a column has another length than the rows: a fault of the reader, not of the data.
    pub fn new(
        securities: Arc<Securities>,
        snapshots: Vec<SnapshotRange>,
        security: Vec<SecurityIndex>,
        columns: BTreeMap<String, Column>,
    ) -> Self {
        for (name, column) in &columns {
            let rows = match column {
                Column::Number(values) => values.len(),
                Column::Text(text) => text.codes.len(),
                Column::Day(days) => days.len(),
                Column::Flag(flags) => flags.len(),
                Column::Membership(membership) => membership.bits.len(),
            };
            assert_eq!(rows, security.len(), "column {name} has another length than the panel");
        }
        Self {
            securities,
            snapshots,
            security,
            columns,
        }
    }

    /// The securities its indexes refer to.
    pub fn securities(&self) -> &Securities {
        &self.securities
    }

    /// The snapshots in it, by date.
    pub fn snapshots(&self) -> &[SnapshotRange] {
        &self.snapshots
    }

    /// Whether a field was landed.
    pub fn has(&self, field: &str) -> bool {
        self.columns.contains_key(field)
    }

    /// The fields landed, sorted.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// The snapshot taken on a date.
    pub fn snapshot(&self, date: Date) -> Option<Snapshot<'_>> {
        let at = self.snapshots.binary_search_by_key(&date, |range| range.date).ok()?;
        Some(Snapshot {
            panel: self,
            range: &self.snapshots[at],
        })
    }
}

/// One snapshot of a [`Panel`].
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    panel: &'a Panel,
    range: &'a SnapshotRange,
}

impl<'a> Snapshot<'a> {
    /// The date it was taken.
    pub fn date(&self) -> Date {
        self.range.date
    }

    /// How many securities it has.
    pub fn len(&self) -> usize {
        self.range.rows.len()
    }

    /// Whether it has no security.
    pub fn is_empty(&self) -> bool {
        self.range.rows.is_empty()
    }

    /// The securities of its rows, ascending.
    pub fn security(&self) -> &'a [SecurityIndex] {
        &self.panel.security[self.range.rows.clone()]
    }

    /// The row of a security.
    pub fn row(&self, security: SecurityIndex) -> Option<usize> {
        self.security().binary_search(&security).ok()
    }

    /// A numeric field.
    pub fn number(&self, field: &str) -> Option<&'a [f64]> {
        match self.panel.columns.get(field)? {
            Column::Number(values) => Some(&values[self.range.rows.clone()]),
            _ => None,
        }
    }

    /// A text field: codes of this snapshot's rows and the whole panel's column for its dictionary.
    pub fn text(&self, field: &str) -> Option<(&'a [u32], &'a TextColumn)> {
        match self.panel.columns.get(field)? {
            Column::Text(text) => Some((&text.codes[self.range.rows.clone()], text)),
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
        match self.panel.columns.get(field)? {
            Column::Day(days) => Some(&days[self.range.rows.clone()]),
            _ => None,
        }
    }

    /// A yes-or-no field.
    pub fn flags(&self, field: &str) -> Option<&'a [Option<bool>]> {
        match self.panel.columns.get(field)? {
            Column::Flag(flags) => Some(&flags[self.range.rows.clone()]),
            _ => None,
        }
    }

    /// Membership of named universes.
    pub fn membership(&self, field: &str) -> Option<(&'a [u64], &'a MembershipColumn)> {
        match self.panel.columns.get(field)? {
            Column::Membership(members) => Some((&members.bits[self.range.rows.clone()], members)),
            _ => None,
        }
    }

    /// The column behind a field, over all snapshots; [`Snapshot::rows`] says which rows are this one's.
    pub fn column(&self, field: &str) -> Option<&'a Column> {
        self.panel.columns.get(field)
    }

    /// This snapshot's rows in the panel.
    pub fn rows(&self) -> Range<usize> {
        self.range.rows.clone()
    }

    /// The panel it belongs to.
    pub fn panel(&self) -> &'a Panel {
        self.panel
    }
}
