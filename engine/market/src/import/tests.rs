//! The framework, with an importer of one number a line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use divisor_model::{Table, Values};

use super::{Importer, Job, JobReport, Outcome, Parsed, SourceFiles, Summary};
use crate::MarketError;

/// Lines are numbers; negative ones are dropped. The first line is the key.
struct Lines {
    factor: f64,
}

impl Importer for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn settings(&self) -> String {
        self.factor.to_string()
    }

    fn parse(&self, _source: &str, bytes: &[u8]) -> Result<Parsed, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let mut lines = text.lines();
        let key = lines.next().unwrap_or_default().to_owned();
        let mut summary = Summary::default();
        let mut values = Vec::new();
        for line in lines {
            let value: f64 = line.parse().map_err(|_| format!("`{line}` is no number"))?;
            if value < 0.0 {
                summary.drop("below zero", 1, line);
            } else {
                summary.keep(1);
                values.push(value * self.factor);
            }
        }
        // Two files while the factor is one, one file otherwise: settings decide which files there are.
        let table = || Table::new("prices").with("close", Values::Number(values.clone()));
        let mut tables = vec![(format!("prices/lines/{key}.parquet"), table())];
        if self.factor < 1.5 {
            tables.push((format!("actions/lines/{key}.parquet"), table()));
        }
        let title = key.to_uppercase();
        Ok(Parsed {
            key,
            title,
            tables,
            summary,
        })
    }
}

struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("divisor-import-{}-{next}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("source")).expect("a folder");
        Self(path)
    }

    fn source(&self, name: &str, text: &str) {
        fs::write(self.0.join("source").join(name), text).expect("a file");
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.dataset().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    fn import(&self, factor: f64) -> Result<JobReport, MarketError> {
        let sources = SourceFiles::open(&self.0.join("source"), &["txt"])?;
        Job::new(&Lines { factor }, &self.dataset()).run(&sources, &|_, _| {})
    }

    fn outcomes(&self, factor: f64) -> Vec<Outcome> {
        let report = self.import(factor).expect("a dataset that can be written");
        report.items.into_iter().map(|item| item.outcome).collect()
    }

    fn dataset(&self) -> PathBuf {
        self.0.join("dataset")
    }

    fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        below(&self.dataset(), &self.dataset(), &mut found);
        found
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn below(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            below(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("below").display().to_string();
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
}

fn two() -> Scratch {
    let scratch = Scratch::new();
    scratch.source("one.txt", "a\n1\n-2\n3");
    scratch.source("two.txt", "b\n4\n-5\n-6");
    scratch
}

#[test]
fn a_second_run_changes_nothing() {
    let scratch = two();
    let report = scratch.import(1.0).expect("imports");
    assert!(report.items.iter().all(|item| item.outcome == Outcome::Written));
    assert_eq!(
        (report.summary.read, report.summary.kept, report.summary.lost()),
        (6, 3, 3)
    );
    assert_eq!(report.summary.dropped["below zero"].sample, ["-2", "-5", "-6"]);
    let first = scratch.contents();
    assert_eq!(scratch.outcomes(1.0), [Outcome::Unchanged, Outcome::Unchanged]);
    assert_eq!(scratch.contents(), first);
}

#[test]
fn other_settings_replace_and_leave_nothing_behind() {
    let (scratch, clean) = (two(), two());
    scratch.outcomes(1.0);
    assert!(scratch.contents().contains_key("actions/lines/a.parquet"));
    scratch.outcomes(2.0);
    clean.outcomes(2.0);
    assert_eq!(scratch.contents(), clean.contents());
}

/// Whatever point of the protocol a crash hits, it leaves some of an item's files and an earlier record.
#[test]
fn a_job_cut_short_ends_in_the_same_bytes() {
    let (scratch, clean) = (two(), two());
    clean.outcomes(2.0);
    scratch.outcomes(1.0);
    let with_one = scratch.contents();
    scratch.outcomes(2.0);
    let with_two = scratch.contents();
    let records = scratch.dataset().join("imports/lines/records");
    let of_a = |name: &str| name.ends_with("/a.parquet");
    for (name, bytes) in with_one.iter().chain(&with_two).filter(|(name, _)| of_a(name)) {
        // The crash: one file as it was under either settings, the record incomplete, refuse in the staging folder.
        scratch.put(name, bytes);
        let files = r#""files": [ { "path": "actions/lines/a.parquet", "hash": "" },"#;
        let text = fs::read_to_string(records.join("a.json")).expect("a record");
        let text = text
            .replace("\"complete\": true", "\"complete\": false")
            .replace("\"files\": [", files);
        fs::write(records.join("a.json"), text).expect("a record");
        scratch.put("imports/lines/.staging/0-0", b"half");
        assert_eq!(scratch.outcomes(2.0), [Outcome::Written, Outcome::Unchanged]);
        assert_eq!(scratch.contents(), clean.contents(), "{name}");
    }
}

#[test]
fn half_an_item_that_is_not_imported_again_is_told() {
    let scratch = two();
    scratch.outcomes(1.0);
    let record = scratch.dataset().join("imports/lines/records/a.json");
    let text = fs::read_to_string(&record).expect("a record");
    fs::write(&record, text.replace("\"complete\": true", "\"complete\": false")).expect("a record");
    fs::remove_file(scratch.0.join("source/one.txt")).expect("a file");
    assert_eq!(scratch.import(1.0).expect("imports").cut_short, ["one.txt"]);
    scratch.source("one.txt", "a\n1\n-2\n3");
    assert!(scratch.import(1.0).expect("imports").cut_short.is_empty());
}

#[test]
fn a_broken_item_stops_no_other() {
    let scratch = two();
    scratch.source("bad.txt", "c\nx");
    let outcomes = scratch.outcomes(1.0);
    assert_eq!(outcomes[0], Outcome::Failed("bad.txt: `x` is no number".to_owned()));
    assert_eq!(outcomes[1..], [Outcome::Written, Outcome::Written]);
}

#[test]
fn two_items_of_one_key_do_not_both_count() {
    let scratch = two();
    scratch.source("zwei.txt", "b\n7");
    for first in [Outcome::Written, Outcome::Unchanged] {
        let outcomes = scratch.outcomes(1.0);
        let refused = Outcome::Failed("zwei.txt: is of b, as two.txt before it is".to_owned());
        assert_eq!(outcomes, [first.clone(), first, refused]);
    }
}

#[test]
fn what_no_import_made_stays() {
    let scratch = two();
    let own = scratch.dataset().join("prices/lines/a.parquet");
    scratch.put("prices/lines/a.parquet", b"mine");
    let outcomes = scratch.outcomes(1.0);
    assert!(matches!(&outcomes[0], Outcome::Failed(reason) if reason.contains("was made by no import")));
    assert_eq!(fs::read(&own).expect("a file"), b"mine");
}

#[test]
fn a_file_that_was_changed_is_made_again() {
    let scratch = two();
    scratch.outcomes(1.0);
    let first = scratch.contents();
    scratch.put("prices/lines/a.parquet", b"spoilt");
    assert_eq!(scratch.outcomes(1.0), [Outcome::Written, Outcome::Unchanged]);
    assert_eq!(scratch.contents(), first);
}
