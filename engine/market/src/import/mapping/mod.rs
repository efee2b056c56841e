//! Any CSV or Parquet extract → a table of a dataset, by a mapping file in TOML: which source column becomes which
//! column, its scale, date format and missing codes, which rows are kept. `data/mappings/` has commented examples.
//!
//! A mapping is read strictly and all its mistakes are told at once ([`Mapping::from_toml`]). Rows are read one at a time
//! ([`convert`]), kept as fixed-width records that go to disk when they are many ([`rows`]), and written sorted by their
//! key, so that the order of the source never shows. A cell that cannot be read is an error, never a missing value,
//! unless the mapping lists its text under `missing`; all cells that cannot be read are told at once.

mod column;
mod convert;
mod faults;
mod head;
mod literal;
mod read;
mod rows;
mod section;
mod table;
mod target;
#[cfg(test)]
mod tests;

use divisor_model::{Day, FieldInfo};

use super::csv::CsvFormat;
use crate::frame::ColumnKind;
use literal::DateFormat;
use target::Target;

pub use head::HeadOutcome;
pub use table::TableImporter;

/// A checked mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Its text, which is part of what decides the rows.
    text: String,
    /// Source files as written, relative to the mapping's folder.
    pub files: Vec<String>,
    source: SourceFormat,
    target: Target,
    columns: Vec<ColumnRule>,
    /// A row stays if each of these source columns has one of its texts.
    keep: Vec<(String, Vec<String>)>,
    dataset: Option<HeadRule>,
}

/// How the source is written.
#[derive(Debug, Clone, PartialEq)]
enum SourceFormat {
    Csv(CsvFormat),
    Parquet,
}

/// How one column of the table is made.
#[derive(Debug, Clone, PartialEq)]
struct ColumnRule {
    name: String,
    kind: ColumnKind,
    from: From,
    /// A number is the source's × 10^power.
    power: i32,
    /// Whether the source may write `12%`.
    is_percent: bool,
    date: DateFormat,
    /// Texts that mean a missing value.
    missing: Vec<String>,
    /// What source texts mean; any other text is then an error.
    map: Option<Vec<(String, Constant)>>,
    /// Whether every row must have a value.
    required: bool,
    /// Unit and kind for the head of the dataset.
    field: Option<FieldInfo>,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq)]
enum From {
    /// A column of the source.
    Column(String),
    /// The same value in every row.
    Constant(Constant),
}

/// A value written in the mapping.
#[derive(Debug, Clone, PartialEq)]
enum Constant {
    Number(f64),
    Text(String),
    Day(Day),
    Flag(bool),
}

/// What `[dataset]` says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct HeadRule {
    name: String,
    title: String,
    currency: String,
    calendar: String,
    universe: String,
    provenance: Option<String>,
    known_defects: Vec<String>,
    max_age: Option<String>,
}
