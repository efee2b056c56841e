//! Looking at a whole dataset: what it holds, and everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use divisor_model::{Day, DayRanges, day_of};
use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::frame::{ColumnKind, FileFrame, read_frame, texts_in_lists};
use crate::read::{Landed, Needs};
use crate::risk::{LAYOUTS, Layout};

/// One column of a table, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSurvey {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Share of rows with a value, over all rows.
    pub present: f64,
    /// Share of rows with a value in the first and the last snapshot; only for `snapshots`.
    pub first_and_last: Option<(f64, f64)>,
}

/// One table, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSurvey {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: usize,
    /// First and last day of its date column.
    pub days: Option<(Day, Day)>,
}

impl Dataset {
    /// The universes a rulebook can name: all rows, then those of the `universes` column, sorted.
    pub fn universes(&self) -> Vec<String> {
        let files: Vec<&PathBuf> = self.snapshots.values().flatten().collect();
        let named = files.into_par_iter().map(|file| {
            let FileFrame { frame, .. } = read_frame(file, &["universes"], false).ok()?;
            texts_in_lists(frame.column("universes").ok()?)
        });
        let named: Vec<Option<BTreeSet<String>>> = named.collect();
        let mut names: BTreeSet<String> = named.into_iter().flatten().flatten().collect();
        names.remove(&self.info.universe);
        let mut universes = vec![self.info.universe.clone()];
        universes.extend(names);
        universes
    }

    /// Reads every table and every column a rule could use.
    pub(crate) fn read_all(&self) -> Landed {
        let columns = self.columns();
        let names = |columns: &BTreeMap<String, ColumnKind>, kinds: &[ColumnKind]| {
            let usable = columns.iter().filter(|(_, kind)| kinds.contains(kind));
            usable.map(|(name, _)| name.clone()).collect::<BTreeSet<String>>()
        };
        let keys = ["security_id", "period_start", "withdrawn"];
        let mut fundamentals = names(&columns.fundamentals, &[ColumnKind::Number]);
        fundamentals.retain(|name| !keys.contains(&name.as_str()));
        self.read(&Needs {
            snapshots: self.snapshot_dates().collect(),
            columns: columns.snapshots.keys().cloned().collect(),
            fundamentals,
            prices: names(&columns.prices, &[ColumnKind::Number]),
            price_days: DayRanges::all(),
            close_age_days_max: None,
            actions: true,
            risk: self.risk_dates().collect(),
            cutoff: Day::MAX / 2,
        })
    }

    /// Every column of every table: type and coverage.
    pub fn survey(&self) -> Vec<ColumnSurvey> {
        let columns = self.columns();
        let tables = [
            (
                "snapshots",
                &columns.snapshots,
                self.snapshots.values().flatten().collect::<Vec<_>>(),
            ),
            (
                "fundamentals",
                &columns.fundamentals,
                self.fundamentals.iter().collect(),
            ),
            ("prices", &columns.prices, self.prices.iter().collect()),
            ("actions", &columns.actions, self.actions.iter().collect()),
        ];
        let risk: Vec<BTreeMap<String, ColumnKind>> = LAYOUTS.iter().map(risk_columns).collect();
        let risk = LAYOUTS
            .iter()
            .zip(&risk)
            .map(|(layout, columns)| (layout.table, columns, self.risk_files(layout)));
        let mut survey = Vec::new();
        for (table, columns, files) in tables.into_iter().chain(risk.filter(|(.., files)| !files.is_empty())) {
            let names: Vec<&str> = columns.keys().map(String::as_str).collect();
            let mut present = vec![0usize; names.len()];
            let mut ends: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
            let mut rows = 0;
            for file in files {
                let Ok(FileFrame { frame, .. }) = read_frame(file, &names, true) else {
                    continue;
                };
                rows += frame.height();
                for (at, name) in names.iter().enumerate() {
                    let there = frame
                        .column(name)
                        .map_or(0, |column| column.len() - column.null_count());
                    present[at] += there;
                    ends[at].push(there as f64 / frame.height().max(1) as f64);
                }
            }
            for (at, (name, kind)) in columns.iter().enumerate() {
                let first_and_last = || Some((*ends[at].first()?, *ends[at].last()?));
                survey.push(ColumnSurvey {
                    table,
                    name: name.clone(),
                    kind: *kind,
                    present: present[at] as f64 / rows.max(1) as f64,
                    first_and_last: if table == "snapshots" { first_and_last() } else { None },
                });
            }
        }
        survey
    }

    /// Rows and date range of each table it has.
    pub fn tables(&self) -> Vec<TableSurvey> {
        let date_column = [
            ("snapshots", ""),
            ("fundamentals", "known_on"),
            ("prices", "date"),
            ("actions", "ex_date"),
            ("identifiers", "from"),
            ("classifications", "from"),
        ];
        let mut tables = Vec::new();
        for (table, column) in date_column {
            let files: Vec<_> = match table {
                "snapshots" => self.snapshots.values().flatten().collect(),
                table => self.files(table).iter().collect(),
            };
            let mut rows = 0;
            let mut range: Option<(Day, Day)> = None;
            for file in &files {
                // The key is there wherever rows can be read.
                let wanted = [self.info.key_column(table), column];
                let Ok(FileFrame { frame, .. }) = read_frame(file, &wanted, true) else {
                    continue;
                };
                rows += frame.height();
                let days = frame
                    .column(column)
                    .ok()
                    .and_then(crate::frame::days)
                    .unwrap_or_default();
                for day in days.into_iter().filter(|day| *day != divisor_model::DAY_MISSING) {
                    range = Some(range.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
                }
            }
            if table == "snapshots" {
                let mut dates = self.snapshot_dates();
                range = dates
                    .next()
                    .map(|first| (day_of(first), day_of(dates.last().unwrap_or(first))));
            }
            if !files.is_empty() {
                tables.push(TableSurvey {
                    table,
                    rows,
                    days: range,
                });
            }
        }
        let mut dates = self.risk_dates();
        let days = dates
            .next()
            .map(|first| (day_of(first), day_of(dates.last().unwrap_or(first))));
        for layout in &LAYOUTS {
            let files = self.risk_files(layout);
            let heights = files
                .iter()
                .filter_map(|file| read_frame(file, &layout.columns(), true).ok());
            let rows = heights.map(|file| file.frame.height()).sum();
            if !files.is_empty() {
                tables.push(TableSurvey {
                    table: layout.table,
                    rows,
                    days,
                });
            }
        }
        tables
    }

    fn risk_files(&self, layout: &Layout) -> Vec<&PathBuf> {
        self.risk.values().flat_map(|model| layout.files(model)).collect()
    }
}

/// The columns of a table of risk models.
fn risk_columns(layout: &Layout) -> BTreeMap<String, ColumnKind> {
    let keys = layout.keys.iter().map(|key| ((*key).to_owned(), ColumnKind::Text));
    keys.chain([(layout.value.to_owned(), ColumnKind::Number)]).collect()
}
