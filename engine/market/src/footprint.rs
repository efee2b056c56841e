//! What a run's columns occupy on disk, from the footers alone: the measure of what reading them costs.

use std::path::PathBuf;

use divisor_model::{Day, day_of};

use crate::dataset::Dataset;
use crate::frame::open_file;
use crate::prices::partition;
use crate::read::{Needs, STANDARD_COLUMNS};
use crate::risk::{LAYOUTS, Layout, RiskFiles};
use crate::{actions, fundamentals, prices};

/// Bytes of column chunks as they lie in the files, compressed, by table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// The needed snapshots.
    pub snapshots: u64,
    /// All publications.
    pub fundamentals: u64,
    /// The years from the first to the last needed price.
    pub prices: u64,
    /// All corporate actions.
    pub actions: u64,
    /// The needed risk models.
    pub risk: u64,
}

impl Footprint {
    /// Of all tables.
    pub fn total(&self) -> u64 {
        self.snapshots + self.fundamentals + self.prices + self.actions + self.risk
    }
}

impl Dataset {
    /// What the columns of a plan occupy. Files that cannot be read count nothing.
    pub fn footprint(&self, needs: &Needs) -> Footprint {
        let mut footprint = Footprint::default();
        let snapshots = needs.snapshots.iter().filter_map(|date| self.snapshots.get(date));
        let columns = needs.columns.iter().map(String::as_str).chain(STANDARD_COLUMNS);
        footprint.snapshots = bytes(snapshots.flatten(), columns);
        if !needs.fundamentals.is_empty() {
            footprint.fundamentals = bytes(
                &self.fundamentals,
                fundamentals::columns(self.info.key_column("fundamentals"), &needs.fundamentals),
            );
        }
        if !needs.prices.is_empty() {
            let (first, last) = needs.price_bounds();
            let in_years = self.prices.iter().filter(|path| {
                let (from, until) = partition(path);
                from <= last && until >= first
            });
            footprint.prices = bytes(in_years, prices::columns(self.info.key_column("prices"), &needs.prices));
        }
        if needs.actions {
            footprint.actions = bytes(&self.actions, actions::columns(self.info.key_column("actions")));
        }
        let models = needs.risk.iter().filter_map(|date| self.risk.get(date));
        footprint.risk = bytes(
            models.flat_map(RiskFiles::all),
            LAYOUTS.iter().flat_map(Layout::columns),
        );
        footprint
    }
}

impl Needs {
    /// The days between which prices are needed, those around valuations at a snapshot's own date included.
    fn price_bounds(&self) -> (Day, Day) {
        let windows = self.price_days.bounds().map(|(first, _)| first);
        let first = self.snapshots.first().zip(self.close_age_days_max);
        let closes = first.map(|(date, age)| day_of(*date) - age);
        let first = windows.into_iter().chain(closes).min();
        (first.unwrap_or(self.cutoff), self.cutoff)
    }
}

fn bytes<'a, 'b>(files: impl IntoIterator<Item = &'a PathBuf>, columns: impl IntoIterator<Item = &'b str>) -> u64 {
    // A column may be both a standard one and one that a rule names.
    let columns: std::collections::BTreeSet<&str> = columns.into_iter().collect();
    let columns: Vec<&str> = columns.into_iter().collect();
    let files = files.into_iter().filter_map(|path| open_file(path).ok());
    files.map(|file| file.column_bytes(&columns, &file.groups())).sum()
}
