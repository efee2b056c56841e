//! What an import did with the rows it read: nothing is dropped without a reason.

use std::collections::BTreeMap;

use divisor_model::{Table, TextBuilder, Values};
use serde::{Deserialize, Serialize};

/// Rows by what became of them. Always `read = kept + dropped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Rows of the source.
    pub read: u64,
    /// Source rows that are in the dataset.
    pub kept: u64,
    /// Source rows that are not, by reason.
    pub dropped: BTreeMap<String, Tally>,
    /// What the importer did besides, by remark: no source row was lost by it.
    pub noted: BTreeMap<String, Tally>,
    /// Rows written, by table.
    pub written: BTreeMap<String, u64>,
}

/// How many, and the first few.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The keys of the first few, in source order.
    pub sample: Vec<String>,
}

/// Keys kept as a sample.
const SAMPLE: usize = 3;

impl Tally {
    fn add(&mut self, count: u64, sample: impl IntoIterator<Item = String>) {
        self.count += count;
        for key in sample {
            if self.sample.len() < SAMPLE && !self.sample.contains(&key) {
                self.sample.push(key);
            }
        }
    }
}

impl Summary {
    /// Counts source rows that are in the dataset.
    pub fn keep(&mut self, count: u64) {
        self.read += count;
        self.kept += count;
    }

    /// Counts source rows that are not in the dataset.
    pub fn drop(&mut self, reason: impl Into<String>, count: u64, key: impl Into<String>) {
        self.read += count;
        self.dropped.entry(reason.into()).or_default().add(count, [key.into()]);
    }

    /// Counts something worth knowing that lost no source row.
    pub fn note(&mut self, remark: impl Into<String>, count: u64, key: impl Into<String>) {
        self.noted.entry(remark.into()).or_default().add(count, [key.into()]);
    }

    /// Counts rows written to a table.
    pub fn write(&mut self, table: &str, rows: usize) {
        *self.written.entry(table.to_owned()).or_default() += rows as u64;
    }

    /// Rows dropped, whatever the reason.
    pub fn lost(&self) -> u64 {
        self.dropped.values().map(|tally| tally.count).sum()
    }

    /// Adds the counts of another item.
    pub fn merge(&mut self, other: &Self) {
        self.read += other.read;
        self.kept += other.kept;
        for (into, from) in [(&mut self.dropped, &other.dropped), (&mut self.noted, &other.noted)] {
            for (reason, tally) in from {
                let sample = tally.sample.iter().cloned();
                into.entry(reason.clone()).or_default().add(tally.count, sample);
            }
        }
        for (table, rows) in &other.written {
            *self.written.entry(table.clone()).or_default() += rows;
        }
    }

    /// One row a count: `what` (`read`, `kept`, `dropped`, `noted`, `written`), `reason`, `rows`, `sample`.
    pub fn table(&self) -> Table {
        let mut texts: [TextBuilder; 3] = Default::default();
        let mut rows: Vec<Option<i64>> = Vec::new();
        let mut push = |what: &str, reason: Option<&str>, count: u64, sample: &[String]| {
            texts[0].push(Some(what));
            texts[1].push(reason);
            texts[2].push(Some(sample.join(", ").as_str()).filter(|text| !text.is_empty()));
            rows.push(Some(count as i64));
        };
        push("read", None, self.read, &[]);
        push("kept", None, self.kept, &[]);
        for (what, tallies) in [("dropped", &self.dropped), ("noted", &self.noted)] {
            for (reason, tally) in tallies {
                push(what, Some(reason), tally.count, &tally.sample);
            }
        }
        for (table, count) in &self.written {
            push("written", Some(table), *count, &[]);
        }
        let [what, reason, sample] = texts;
        Table::new("summary")
            .with("what", Values::Text(what.finish()))
            .with("reason", Values::Text(reason.finish()))
            .with("rows", Values::Integer(rows))
            .with("sample", Values::Text(sample.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_read_is_kept_or_dropped() {
        let mut one = Summary::default();
        one.keep(3);
        for key in ["b", "a", "b", "c", "d"] {
            one.drop("no date", 1, key);
        }
        one.note("derived", 2, "x");
        assert_eq!((one.read, one.kept, one.lost()), (8, 3, 5));
        assert_eq!(one.dropped["no date"].sample, ["b", "a", "c"]);
        let mut both = Summary::default();
        both.drop("no date", 1, "z");
        both.merge(&one);
        assert_eq!((both.read, both.kept, both.lost()), (9, 3, 6));
        assert_eq!(both.dropped["no date"].sample, ["z", "b", "a"]);
        assert_eq!(both.noted["derived"].count, 2);
    }
}
