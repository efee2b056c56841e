//! Where history functions read publications: one door, so that what a function reads can be listed by letting it read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use divisor_methodology::Catalogue;
use divisor_model::{Day, FieldUnit, Fundamentals, History, Observation, Period, SecurityIndex};

/// Publications of one security, as a function sees them.
pub(super) trait Publications {
    /// The newest known values of a field, newest period first, at most `count` of them. How often and for what this is
    /// called must not depend on what it answers.
    fn newest(&self, field: &str, period: Period, count: usize) -> Vec<Observation>;
}

/// Whose history, as of when, on which share basis.
#[derive(Clone, Copy)]
pub(super) struct Asof<'a> {
    pub(super) history: &'a History,
    pub(super) table: &'a Fundamentals,
    pub(super) catalogue: &'a Catalogue,
    pub(super) security: SecurityIndex,
    pub(super) cutoff: Day,
    /// The cut-off of share changes.
    pub(super) splits: Day,
    /// The day whose share basis per-share values are stated on.
    pub(super) basis: Day,
}

impl Publications for Asof<'_> {
    /// Per-share values are restated from the share basis of their publication to that of the snapshot, by the splits
    /// and stock dividends known at the cut-off.
    fn newest(&self, field: &str, period: Period, count: usize) -> Vec<Observation> {
        let mut found = self.table.series(self.security, field, period, self.cutoff, count);
        let info = self.catalogue.field(field);
        if let (Some(actions), Some(FieldUnit::PerShare)) = (&self.history.actions, info.map(|info| info.unit)) {
            for seen in &mut found {
                seen.value /= actions.share_factor(self.security, seen.known_on, self.basis, self.splits);
            }
        }
        found
    }
}

/// Observations whose content hash a review records: the newest so many of a field and kind of period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) field: String,
    pub(crate) period: Period,
    pub(crate) count: usize,
}

/// A table with nothing in it that remembers what it was asked for.
#[derive(Default)]
pub(super) struct Asked(RefCell<BTreeMap<(String, Period), usize>>);

impl Publications for Asked {
    fn newest(&self, field: &str, period: Period, count: usize) -> Vec<Observation> {
        let mut asked = self.0.borrow_mut();
        let most = asked.entry((field.to_owned(), period)).or_default();
        *most = (*most).max(count);
        Vec::new()
    }
}

impl Asked {
    pub(super) fn windows(self) -> Vec<Window> {
        let asked = self.0.into_inner().into_iter();
        let window = |((field, period), count)| Window { field, period, count };
        asked.map(window).collect()
    }
}
