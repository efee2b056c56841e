//! Results leave here: one writer a format over one in-memory [`divisor_model::Table`], and the folder they are
//! published in. A writer computes nothing and knows nothing of how its numbers were made.
//!
//! For programs a missing value (see [`divisor_model::Values`]) is the format's null, dates are ISO 8601 and floats of CSV and
//! JSON are the shortest text that reads back as the same bits; terminals get dashes, percentages and rounded numbers (see
//! [`Format`]). Equal tables give equal bytes.

mod cell;
mod csv;
mod error;
mod folder;
mod json;
mod parquet;
#[cfg(test)]
mod scratch;
mod text_table;

pub use self::csv::to_csv;
pub use self::error::ReportError;
pub use self::folder::{Staged, Swept, put_file, sweep};
pub use self::json::to_json_text;
pub use self::parquet::to_parquet;
pub use self::text_table::{Format, TextOptions, to_text};
