//! The rows of a file that are known by a cut-off.

use std::path::Path;

use divisor_model::{DAY_MISSING, Day, Span};
use polars::prelude::{DataFrame, IdxCa, NewChunkedArray};

use crate::MarketError;
use crate::dataset::Dataset;
use crate::frame::{ColumnKind, days, kind_of, read_groups};
use crate::fundamentals::KeyColumns;
use crate::write::write_frames;

/// A file and which of its rows are known; a value of a known row may be known later than the row.
pub(super) struct KnownRows {
    frame: DataFrame,
    /// Rows of each row group of the file.
    groups: Vec<usize>,
    kept: Vec<u32>,
    /// By column: the rows whose value is not known yet.
    hidden: Vec<(String, Vec<u32>)>,
}

impl KnownRows {
    /// Whether all of the file is known.
    pub(super) fn is_whole(&self) -> bool {
        self.kept.len() == self.frame.height() && self.hidden.is_empty()
    }

    pub(super) fn rows(&self) -> usize {
        self.frame.height()
    }

    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }
}

/// Reads a file of a table and tells which rows are known by `cutoff`, dated as its reader dates them. A row that
/// nothing dates is kept: its reader reports it.
pub(super) fn known_rows(dataset: &Dataset, table: &str, path: &Path, cutoff: Day) -> Result<KnownRows, MarketError> {
    let (frame, groups) = read_groups(path).map_err(|reason| MarketError::io("read", path, reason))?;
    let column = |name: &str| day_column(dataset, path, &frame, name);
    let keys = KeyColumns::of(&frame);
    let known: Vec<Day> = match table {
        "prices" => column("date")?.ok_or_else(|| missing(dataset, path, "date"))?,
        "fundamentals" => {
            // Whatever is there must hold days.
            column("known_on")?;
            column("period_end")?;
            let lags: Vec<Span> = dataset.info.lags().collect();
            (0..frame.height()).map(|row| keys.known_from(row, &lags)).collect()
        }
        _ => {
            let own = if table == "actions" { "ex_date" } else { "from" };
            let fallback = column(own)?.ok_or_else(|| missing(dataset, path, own))?;
            let known = column("known_on")?.unwrap_or_else(|| vec![DAY_MISSING; fallback.len()]);
            let dated = known.into_iter().zip(fallback);
            dated
                .map(|(known, own)| if known == DAY_MISSING { own } else { known })
                .collect()
        }
    };
    let kept: Vec<u32> = (0..known.len() as u32)
        .filter(|row| known[*row as usize] <= cutoff)
        .collect();
    let hidden = match table {
        "fundamentals" => lagged_fields(dataset, &frame, &keys, &kept, cutoff),
        "identifiers" => column("to")?.map_or_else(Vec::new, |to| later_ends(&to, &kept, cutoff)),
        _ => Vec::new(),
    };
    Ok(KnownRows {
        frame,
        groups,
        kept,
        hidden,
    })
}

/// Writes the known rows in their order and row groups, what is not known of them null.
pub(super) fn write_known(known: &KnownRows, target: &Path) -> Result<(), MarketError> {
    let fail = |error: &dyn std::fmt::Display| MarketError::io("write", target, error);
    let mut columns = Vec::with_capacity(known.frame.width());
    for column in known.frame.columns() {
        let hidden = known.hidden.iter().find(|(name, _)| name == column.name().as_str());
        let shown = |row: &u32| hidden.is_none_or(|(_, rows)| rows.binary_search(row).is_err());
        let rows = known.kept.iter().map(|row| Some(*row).filter(shown));
        let index = IdxCa::from_iter_options("row".into(), rows);
        columns.push(column.take(&index).map_err(|error| fail(&error))?);
    }
    let frame = DataFrame::new(known.kept.len(), columns).map_err(|error| fail(&error))?;
    let (mut frames, mut written, mut end) = (Vec::new(), 0, 0);
    for rows in &known.groups {
        end += rows;
        let kept = known.kept.partition_point(|row| (*row as usize) < end);
        if kept > written {
            frames.push(frame.slice(written as i64, kept - written));
            written = kept;
        }
    }
    if frames.is_empty() {
        frames.push(frame);
    }
    write_frames(frames.into_iter().map(Ok), target)
}

/// A date column; `None` where the file has none of that name.
fn day_column(dataset: &Dataset, path: &Path, frame: &DataFrame, name: &str) -> Result<Option<Vec<Day>>, MarketError> {
    let Ok(column) = frame.column(name) else {
        return Ok(None);
    };
    let found = Some(column)
        .filter(|column| kind_of(column) == ColumnKind::Day)
        .and_then(days);
    match found {
        Some(days) => Ok(Some(days)),
        None => Err(missing(dataset, path, name)),
    }
}

fn missing(dataset: &Dataset, path: &Path, column: &str) -> MarketError {
    MarketError::Dataset {
        path: dataset.root.clone(),
        message: format!(
            "{}: column `{column}` must be there and hold dates: without it nobody can tell what was known",
            dataset.label(path)
        ),
    }
}

/// Fields whose lag is longer than that of others of their row, where it is not over yet.
fn lagged_fields(
    dataset: &Dataset,
    frame: &DataFrame,
    keys: &KeyColumns,
    kept: &[u32],
    cutoff: Day,
) -> Vec<(String, Vec<u32>)> {
    let is_dated =
        |row: u32| keys.known_on[row as usize] != DAY_MISSING || keys.period_end[row as usize] == DAY_MISSING;
    let fields = frame
        .columns()
        .iter()
        .filter(|column| kind_of(column) == ColumnKind::Number);
    let hidden = fields.filter_map(|column| {
        let lag = dataset.info.lag(column.name())?;
        let later = |row: &&u32| !is_dated(**row) && lag.after(keys.period_end[**row as usize]) > cutoff;
        let rows: Vec<u32> = kept.iter().filter(later).copied().collect();
        (!rows.is_empty()).then(|| (column.name().to_string(), rows))
    });
    hidden.collect()
}

/// The day after the last that an identifier was carried says, before it comes, what only comes to be known.
fn later_ends(to: &[Day], kept: &[u32], cutoff: Day) -> Vec<(String, Vec<u32>)> {
    let rows: Vec<u32> = kept.iter().filter(|row| to[**row as usize] > cutoff).copied().collect();
    if rows.is_empty() {
        Vec::new()
    } else {
        vec![("to".to_owned(), rows)]
    }
}
