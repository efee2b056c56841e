//! Cells that cannot be read, counted by column and problem: however many there are, little is kept of them.

use std::collections::BTreeMap;
use std::fmt;

/// Cells shown of each sort.
const SAMPLE: usize = 3;

/// What is wrong with the cells of a source.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// By position of the column, its name in the source and the problem.
    sorts: BTreeMap<(usize, String, String), Sort>,
}

#[derive(Debug, Default)]
struct Sort {
    count: u64,
    sample: Vec<String>,
}

impl Faults {
    /// Counts a cell; `place` says where it is and what is written there.
    pub(crate) fn add(&mut self, column: (usize, &str), problem: impl Into<String>, place: impl FnOnce() -> String) {
        let sort = self
            .sorts
            .entry((column.0, column.1.to_owned(), problem.into()))
            .or_default();
        sort.count += 1;
        if sort.sample.len() < SAMPLE {
            sort.sample.push(place());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sorts.is_empty()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u64 = self.sorts.values().map(|sort| sort.count).sum();
        let things = if total == 1 {
            "1 thing is"
        } else {
            &format!("{total} things are")
        };
        write!(f, "{things} wrong, so nothing of it is imported")?;
        for ((_, column, problem), Sort { count, sample }) in &self.sorts {
            write!(f, "\n  ")?;
            if !column.is_empty() {
                write!(f, "column `{column}` ")?;
            }
            let more = if *count > sample.len() as u64 { ", …" } else { "" };
            let count = if *count == 1 {
                String::new()
            } else {
                format!("{count} times: ")
            };
            write!(f, "{problem} ({count}{}{more})", sample.join(", "))?;
        }
        Ok(())
    }
}
