//! `<out>/journal.jsonl`: who planned, approved and applied what, and when. One JSON object a line, each with the hash
//! of the line before, so that none can be changed, taken out or put in unseen. It is only ever appended to, by the
//! holder of the lock of the output folder, and is no part of what must be byte-identical.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use divisor_review::hash_bytes;
use serde_json::{Value, json};

use crate::exit::Failure;

const FILE: &str = "journal.jsonl";

/// A journal as read.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    lines: Vec<String>,
    /// Bytes of its whole lines: what a killed writer left after them counts as never written.
    whole: u64,
    /// Whether something stands after the last whole line.
    pub(crate) is_torn: bool,
}

impl Journal {
    /// Reads a folder's journal; an empty one where there is none.
    pub(crate) fn read(out: &Path) -> Result<Self, Failure> {
        let path = out.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| Failure::failed(format!("cannot read {}: {error}", path.display())))?,
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        Ok(Self {
            path,
            lines: text[..whole].lines().map(str::to_owned).collect(),
            whole: whole as u64,
            is_torn: whole < text.len(),
        })
    }

    /// Its entries.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Value> + '_ {
        self.lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or_default())
    }

    /// Appends entries: objects without `entry` and `previous`, which are filled in. They are durable when this returns.
    pub(crate) fn append(&mut self, entries: Vec<Value>) -> Result<(), Failure> {
        let mut text = String::new();
        for mut entry in entries {
            let previous = self.lines.last().map(|line| hash_bytes(line.as_bytes()));
            entry["entry"] = json!(self.lines.len() + 1);
            entry["previous"] = json!(previous);
            let line = entry.to_string();
            text.push_str(&format!("{line}\n"));
            self.lines.push(line);
        }
        let fail = |error: std::io::Error| Failure::failed(format!("cannot write {}: {error}", self.path.display()));
        let mut file = std::fs::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)
            .map_err(fail)?;
        file.set_len(self.whole).map_err(fail)?;
        file.seek(SeekFrom::End(0)).map_err(fail)?;
        file.write_all(text.as_bytes()).map_err(fail)?;
        file.sync_all().map_err(fail)?;
        self.whole += text.len() as u64;
        self.is_torn = false;
        Ok(())
    }

    /// What is wrong with it: lines that are no JSON, and links that do not hold.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut before: Option<String> = None;
        for (at, line) in self.lines.iter().enumerate() {
            let number = at + 1;
            match serde_json::from_str::<Value>(line) {
                Err(_) => faults.push(format!("line {number} is no JSON")),
                Ok(entry) => {
                    if entry["entry"].as_u64() != Some(number as u64) {
                        faults.push(format!(
                            "line {number} is not entry {number}: one was taken out or put in"
                        ));
                    }
                    if entry["previous"].as_str() != before.as_deref() {
                        faults.push(format!(
                            "line {number} does not follow from the line before, which was changed"
                        ));
                    }
                }
            }
            before = Some(hash_bytes(line.as_bytes()));
        }
        if self.is_torn {
            faults.push(format!(
                "after line {} stands what a killed call left",
                self.lines.len()
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("divisor-journal-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    #[test]
    fn a_changed_line_breaks_the_chain() {
        let out = folder("changed");
        for at in 0..3 {
            let mut journal = Journal::read(&out).expect("readable");
            journal
                .append(vec![json!({ "did": "applied", "at": at })])
                .expect("written");
        }
        let journal = Journal::read(&out).expect("readable");
        assert_eq!((journal.entries().count(), journal.faults().len()), (3, 0));
        let text = std::fs::read_to_string(out.join(FILE)).expect("there");
        let changed = text.replacen("\"at\":1", "\"at\":7", 1);
        std::fs::write(out.join(FILE), &changed).expect("written");
        assert_eq!(
            Journal::read(&out).expect("readable").faults(),
            ["line 3 does not follow from the line before, which was changed"]
        );
        let without: Vec<&str> = text.lines().skip(1).collect();
        std::fs::write(out.join(FILE), without.join("\n") + "\n").expect("written");
        assert!(!Journal::read(&out).expect("readable").faults().is_empty());
        let _ = std::fs::remove_dir_all(&out);
    }

    #[test]
    fn a_torn_line_counts_as_never_written() {
        let out = folder("torn");
        Journal::read(&out)
            .expect("readable")
            .append(vec![json!({ "a": 1 })])
            .expect("written");
        let mut text = std::fs::read_to_string(out.join(FILE)).expect("there");
        text.push_str("{\"half\":");
        std::fs::write(out.join(FILE), text).expect("written");
        let mut journal = Journal::read(&out).expect("readable");
        assert!(journal.is_torn);
        journal.append(vec![json!({ "a": 2 })]).expect("written");
        let journal = Journal::read(&out).expect("readable");
        assert_eq!((journal.entries().count(), journal.faults().len()), (2, 0));
        let _ = std::fs::remove_dir_all(&out);
    }
}
