//! A frozen dataset: what it holds, and that a run from it is the run from the tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::Datelike;
use divisor_market::{read_table, write_row_groups};
use divisor_model::{Date, Day, Table, Values, date_of, day_of};

use crate::support::{
    Divisor, Folder, Outcome, contents, copy_tree, numbers, parquet_files, read, rows_of, shared, small, tests, texts,
};

const CUTOFF: &str = "2014-10-31";
const EFFECTIVE: &str = "2014-11-28";

fn freeze(data: &Path, cutoff: &str, folder: &Folder) -> Outcome {
    let freeze = Divisor::new(folder.path())
        .args("data freeze --out frozen --cutoff")
        .arg(cutoff);
    freeze.arg("--data").arg(data).run()
}

fn run(folder: &Path, rulebooks: &Path, data: &Path, to: &str, out: &str) -> Outcome {
    let run = Divisor::new(folder).arg("run").arg(rulebooks).args("--to").arg(to);
    run.arg("--data").arg(data).arg("--out").arg(out).run()
}

/// Freezes a dataset and compares the runs from both, file by file.
fn runs_the_same(rulebooks: &Path, data: &Path, cutoff: &str, to: &str) -> Folder {
    let folder = Folder::new();
    let outcome = freeze(data, cutoff, &folder);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let frozen = folder.join("frozen");
    for (data, out) in [(data, "tables"), (frozen.as_path(), "thawed")] {
        let outcome = run(folder.path(), rulebooks, data, to, out);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    let (from_tables, from_frozen) = (contents(&folder.join("tables")), contents(&folder.join("thawed")));
    assert!(from_tables.len() > 20);
    assert_eq!(
        from_tables.keys().collect::<Vec<_>>(),
        from_frozen.keys().collect::<Vec<_>>()
    );
    let other: Vec<&String> = from_tables
        .keys()
        .filter(|name| from_tables[*name] != from_frozen[*name])
        .collect();
    assert!(other.is_empty(), "other bytes in {other:?}");
    folder
}

fn days(table: &Table, column: &str) -> Vec<Day> {
    match table.column(column) {
        Some(Values::Day(days)) => days.clone(),
        other => panic!("{column}: {other:?}"),
    }
}

/// Year and month of a day.
fn month(day: Day) -> (i32, u32) {
    let date = date_of(day).expect("a date");
    (date.year(), date.month())
}

fn us_large() -> PathBuf {
    shared("us-large").join("us-large")
}

#[test]
fn a_run_from_a_frozen_world_is_the_run_from_the_tables() {
    let world = small();
    let folder = runs_the_same(&tests("rulebooks"), &world.data(), CUTOFF, EFFECTIVE);
    // Nothing later is in it, and its head says so.
    let cutoff = day_of(CUTOFF.parse::<Date>().unwrap());
    for path in parquet_files(&folder.join("frozen")) {
        let table = read_table("frozen", &path).unwrap();
        for column in ["known_on", "date"] {
            if table.column(column).is_some() {
                assert!(
                    days(&table, column).iter().all(|day| *day <= cutoff),
                    "{}",
                    path.display()
                );
            }
        }
    }
    assert!(read(&folder.join("frozen/dataset.toml")).contains("[frozen]\ncutoff = 2014-10-31\nfrom   = \"small\""));
    // A review of later data is refused, and what came before it stays.
    let outcome = run(
        folder.path(),
        &tests("rulebooks/quality.toml"),
        &folder.join("frozen"),
        "2015-12-31",
        "later",
    );
    assert_eq!(outcome.code, 2);
    outcome.says(&["D0208", "dataset `small` is frozen at 2014-10-31"]);
    assert!(folder.join("later/small-quality/reviews").join(EFFECTIVE).is_dir());
}

#[test]
fn a_run_from_frozen_filings_is_the_run_from_the_tables() {
    let rulebooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodologies/quality/us-large.toml");
    runs_the_same(&rulebooks, &us_large(), "2015-10-30", "2015-11-30");
}

/// Every value with the file and the publication it comes from: the tables say the same.
#[test]
fn provenance_names_the_publication_of_every_value() {
    let world = small();
    let folder = Folder::new();
    assert_eq!(freeze(&world.data(), CUTOFF, &folder).code, 0);
    let rows = read_table("provenance", &folder.join("frozen/provenance.parquet")).unwrap();
    let filed = read_table("fundamentals", &world.data().join("fundamentals.parquet")).unwrap();
    let cutoff = day_of(CUTOFF.parse::<Date>().unwrap());
    let (ids, periods, ends, known) = (
        texts(&filed, "security_id"),
        texts(&filed, "period"),
        days(&filed, "period_end"),
        days(&filed, "known_on"),
    );
    let mut by_period: BTreeMap<(&str, &str, Day), Vec<usize>> = BTreeMap::new();
    for row in 0..filed.rows() {
        if known[row] <= cutoff {
            by_period
                .entry((&ids[row], &periods[row], ends[row]))
                .or_default()
                .push(row);
        }
    }
    for publications in by_period.values_mut() {
        publications.sort_by_key(|row| known[*row]);
    }
    let (tables, securities, fields) = (
        texts(&rows, "table"),
        texts(&rows, "security_id"),
        texts(&rows, "field"),
    );
    let (kinds, period_ends, values) = (
        texts(&rows, "period"),
        days(&rows, "period_end"),
        numbers(&rows, "value"),
    );
    let (ordinal, count, known_on) = (
        numbers(&rows, "publication"),
        numbers(&rows, "publications"),
        days(&rows, "known_on"),
    );
    let (mut checked, mut again) = (0, 0);
    for row in (0..rows.rows()).filter(|row| tables[*row] == "fundamentals") {
        let publications = &by_period[&(securities[row].as_str(), kinds[row].as_str(), period_ends[row])];
        let source = publications[ordinal[row] as usize - 1];
        let value = numbers_of(&filed, &fields[row])[source];
        let what = || format!("{} {} {:?}", securities[row], fields[row], date_of(period_ends[row]));
        assert_eq!(count[row] as usize, publications.len(), "{}", what());
        assert_eq!(
            (values[row].to_bits(), known_on[row]),
            (value.to_bits(), known[source]),
            "{}",
            what()
        );
        checked += 1;
        again += usize::from(count[row] > 1.0);
    }
    assert!(checked > 10_000 && again > 300, "{checked} {again}");
    let snapshot = tables.iter().filter(|table| *table == "snapshots").count();
    assert!(snapshot > 1000, "{snapshot}");
}

fn numbers_of<'a>(table: &'a Table, column: &str) -> &'a [f64] {
    match table.column(column) {
        Some(Values::Number(values)) => values,
        other => panic!("{column}: {other:?}"),
    }
}

/// Rows known later, and files of later days that cannot even be read, are no part of it: but for the hash of the files
/// that hold some, the bytes are the same.
#[test]
fn what_is_known_later_changes_no_byte_of_it() {
    let world = small();
    let (plain, attacked) = (Folder::new(), Folder::new());
    assert_eq!(freeze(&world.data(), CUTOFF, &plain).code, 0);
    let data = attacked.join("data");
    copy_tree(&world.data(), &data);
    let cutoff = day_of(CUTOFF.parse::<Date>().unwrap());
    for path in parquet_files(&data) {
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let year = folder.strip_prefix("year=");
        let late = folder
            .strip_prefix("date=")
            .or(year)
            .is_some_and(|partition| partition > CUTOFF);
        if late {
            std::fs::write(&path, b"no parquet").unwrap();
        } else if let (Ok(table), true) = (read_table("table", &path), year.is_some() || folder == "data") {
            let own = if year.is_some() { "date" } else { "known_on" };
            let days = days(&table, own);
            let early: Vec<usize> = (0..days.len()).filter(|row| days[*row] <= cutoff).collect();
            assert!(!early.is_empty(), "{}", path.display());
            // A year of prices has a row group a month.
            let months = early.chunk_by(|one, next| year.is_none() || month(days[*one]) == month(days[*next]));
            let groups: Vec<Table> = months.map(|rows| rows_of(&table, rows)).collect();
            write_row_groups(&groups, &path).unwrap();
        }
    }
    let outcome = freeze(&data, CUTOFF, &attacked);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let (expected, found) = (contents(&plain.join("frozen")), contents(&attacked.join("frozen")));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    let other: Vec<&String> = expected.keys().filter(|name| expected[*name] != found[*name]).collect();
    assert_eq!(other, ["freeze.json"]);
}

#[test]
fn a_frozen_dataset_may_be_frozen_again_but_not_later() {
    let world = small();
    let (once, twice, at_once) = (Folder::new(), Folder::new(), Folder::new());
    assert_eq!(freeze(&world.data(), CUTOFF, &once).code, 0);
    assert_eq!(freeze(&once.join("frozen"), "2013-10-31", &twice).code, 0);
    assert_eq!(freeze(&world.data(), "2013-10-31", &at_once).code, 0);
    let (mut again, mut direct) = (contents(&twice.join("frozen")), contents(&at_once.join("frozen")));
    // Only what went in is another: the frozen files.
    assert!(again.remove("freeze.json") != direct.remove("freeze.json"));
    assert!(again == direct);
    let outcome = freeze(&once.join("frozen"), "2015-10-30", &twice);
    assert_eq!(outcome.code, 2);
    outcome.says(&["itself frozen at 2014-10-31", "`small`"]);
}

#[test]
fn a_freeze_says_what_it_cannot_do() {
    let world = small();
    let folder = Folder::new();
    let outcome = freeze(&world.data(), "2011-06-30", &folder);
    assert_eq!(outcome.code, 2);
    outcome.says(&["nothing to freeze: the first snapshot, 2012-01-31, is later than the cut-off 2011-06-30"]);
    assert!(!folder.join("frozen").exists());
    folder.write("frozen/mine.txt", "mine");
    let outcome = freeze(&world.data(), CUTOFF, &folder);
    assert_eq!(outcome.code, 2);
    outcome.says(&["frozen is there already; a freeze replaces nothing"]);
    assert_eq!(read(&folder.join("frozen/mine.txt")), "mine");
    let outcome = Divisor::new(folder.path())
        .args("data freeze --cutoff 2014-10-31 --data")
        .arg(world.data())
        .run();
    assert_eq!(outcome.code, 2);
    outcome.says(&["--out and a folder"]);
}

/// What the summary and the record count, by the tables themselves.
#[test]
fn the_record_counts_what_went_in() {
    let world = small();
    let folder = Folder::new();
    let data = folder.join("data");
    copy_tree(&world.data(), &data);
    folder.write("data/notes.txt", "not a table");
    let freeze = Divisor::new(folder.path()).args("data freeze --out frozen --cutoff 2014-10-31 --format json --data");
    let record = freeze.arg(&data).succeed().json();
    assert_eq!(
        record,
        serde_json::from_str::<serde_json::Value>(&read(&folder.join("frozen/freeze.json"))).unwrap()
    );
    assert_eq!(record["left_out"], serde_json::json!(["notes.txt"]));
    assert_eq!(record["last_snapshot"], CUTOFF);
    let filed = read_table("fundamentals", &data.join("fundamentals.parquet")).unwrap();
    let cutoff = day_of(CUTOFF.parse::<Date>().unwrap());
    let known = days(&filed, "known_on").iter().filter(|day| **day <= cutoff).count();
    let input = &record["inputs"]["fundamentals.parquet"];
    assert_eq!(
        (input["rows"].as_u64(), input["rows_frozen"].as_u64()),
        (Some(filed.rows() as u64), Some(known as u64))
    );
    assert!(known < filed.rows());
    let outputs = record["outputs"].as_object().unwrap();
    let files = contents(&folder.join("frozen"));
    assert_eq!(outputs.len() + 1, files.len());
    for (name, hash) in outputs {
        assert_eq!(hash, &divisor_review::hash_bytes(&files[name]), "{name}");
    }
}
