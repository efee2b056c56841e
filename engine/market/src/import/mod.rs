//! Importers: files that others publish, brought into a dataset.
//!
//! A [`Job`] takes the source items of an [`Importer`] one by one. Each item becomes rows of the dataset's tables, and a
//! record of what was made from what: `imports/<importer>/records/<key>.json`. The protocol of an item:
//!
//! 1. its tables are written into `imports/<importer>/.staging/`;
//! 2. the record is written as *not complete*, naming every file the item has had or will have;
//! 3. the files are renamed into place and those it no longer has removed;
//! 4. the record is written as complete, with the hash of every file.
//!
//! So whatever interrupts a job, every file it made is claimed by a record, and running the job again ends in the same
//! bytes as if nothing had happened: an item is done if a complete record has the hash of its bytes and of the
//! importer's settings and its files have their hashes. Items are read and parsed in parallel and put in place in
//! their order; nothing in the dataset tells the clock, the machine or the number of threads.
//!
//! Every source row is either kept or dropped for a reason that is counted: see [`Summary`].

pub mod companyfacts;
mod csv;
mod decimal;
pub mod french;
mod job;
pub mod mapping;
mod record;
mod source;
mod summary;

pub use job::{Importer, ItemError, ItemResult, Job, JobReport, Outcome, Parsed, Write};
pub use source::{Item, SourceFiles};
pub use summary::{Summary, Tally};

#[cfg(test)]
mod tests;

/// A file's name with `-` for all but letters, digits, `-`, `_` and `.`.
fn plain_name(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name = name.trim_start_matches('.').chars();
    name.map(|c| if fits(c) { c } else { '-' }).collect()
}
