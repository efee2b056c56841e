//! Datasets that break a promise: one defect each, and what the analyst is told. `wrong/datasets/<name>.txt` holds the
//! exact words on standard error.

use std::path::Path;

use crate::support::{Divisor, Folder, MARK, Outcome, TextData, compare, contents, names_in, read, tests, write_nans};

/// How a sound dataset, or the rulebook that reads it, is broken.
pub(crate) enum Break {
    /// A change of the tables before they are written.
    Data(fn(&mut TextData)),
    /// A change of the files; the rulebook lies beside the folder that is given.
    Files(fn(&Path)),
    /// A text of the rulebook, and what stands there instead.
    Rules(&'static str, &'static str),
}
use Break::{Data, Files, Rules};

const COLLECTION: &str = "wrong/datasets";
const APRIL: &str = "snapshots/date=2020-04-30";
const OCTOBER: &str = "snapshots/date=2020-10-30";
const PRICES: &str = "prices/year=2020";

const HEAD: &[(&str, Break)] = &[
    (
        "head-missing",
        Files(|data| std::fs::remove_file(data.join("dataset.toml")).unwrap()),
    ),
    (
        "head-no-toml",
        Files(|data| head(data, "currency = \"USD\"", "currency : USD")),
    ),
    (
        "head-unknown-key",
        Files(|data| head(data, "currency", "curency = \"USD\"\ncurrency")),
    ),
    (
        "head-without-currency",
        Files(|data| head(data, "currency = \"USD\"\n", "")),
    ),
    (
        "head-first-after-last",
        Files(|data| head(data, "first    = 2020", "first    = 2021")),
    ),
    (
        "head-date-in-quotes",
        Files(|data| head(data, "2020-04-30", "\"2020-04-30\"")),
    ),
    (
        "head-max-age",
        Files(|data| head(data, "first", "max_age = \"40d\"\nfirst")),
    ),
];

const FILES: &[(&str, Break)] = &[
    ("snapshot-truncated", Files(|data| truncate(&data.join(APRIL)))),
    (
        "snapshot-no-parquet",
        Files(|data| part(&data.join(APRIL), b"security_id,price\nA,10\n")),
    ),
    ("snapshot-zero-bytes", Files(|data| part(&data.join(APRIL), b""))),
    (
        "snapshot-folder-empty",
        Files(|data| std::fs::remove_file(data.join(APRIL).join("part.parquet")).unwrap()),
    ),
    (
        "snapshot-folder-no-date",
        Files(|data| std::fs::rename(data.join(APRIL), data.join("snapshots/date=30-04-2020")).unwrap()),
    ),
    (
        "fundamentals-truncated",
        Files(|data| truncate(&data.join("fundamentals"))),
    ),
    (
        "fundamentals-no-parquet",
        Files(|data| part(&data.join("fundamentals"), b"PAR1, but not really: PAR1")),
    ),
    ("prices-truncated", Files(|data| truncate(&data.join(PRICES)))),
    ("actions-zero-bytes", Files(|data| part(&data.join("actions"), b""))),
];

const SNAPSHOTS: &[(&str, Break)] = &[
    (
        "snapshots-none",
        Files(|data| std::fs::remove_dir_all(data.join("snapshots")).unwrap()),
    ),
    ("snapshot-without-rows", Data(|data| data.table(APRIL).rows.clear())),
    (
        "column-missing-security-id",
        Data(|data| data.table(APRIL).rename("security_id", "security:text")),
    ),
    (
        "column-missing-price",
        Data(|data| data.table(APRIL).drop_column("price")),
    ),
    (
        "column-missing-market-cap-and-shares",
        Data(|data| data.table(APRIL).drop_column("market_cap")),
    ),
    (
        "column-missing-sector",
        Data(|data| data.table(APRIL).drop_column("sector")),
    ),
    (
        "column-missing-country",
        Data(|data| data.table(APRIL).drop_column("country")),
    ),
    (
        "column-missing-issuer-id",
        Data(|data| {
            for date in [APRIL, "snapshots/date=2020-10-30"] {
                data.table(date).drop_column("issuer_id");
            }
        }),
    ),
    (
        "column-missing-issuer-id-once",
        Data(|data| data.table(APRIL).drop_column("issuer_id")),
    ),
    (
        "type-price-text",
        Data(|data| data.table(APRIL).rename("price", "price:text")),
    ),
    (
        "type-sector-number",
        Data(|data| {
            for id in ["A", "B", "C", "D", "E", "F"] {
                data.table(APRIL).set(id, "sector", "45");
            }
            data.table(APRIL).rename("sector", "sector:number");
        }),
    ),
    (
        "type-security-id-number",
        Data(|data| {
            let ids = ["A", "B", "C", "D", "E", "F"];
            for id in ids {
                data.table(APRIL).set(id, "security_id", "1");
            }
            data.table(APRIL).rename("security_id", "security_id:number");
        }),
    ),
    (
        "price-infinite",
        Data(|data| data.table(APRIL).set("B", "price", "inf")),
    ),
    (
        "price-negative",
        Data(|data| {
            data.table(APRIL).set("B", "price", "-20");
            data.table(APRIL).set("E", "price", "-50");
        }),
    ),
    ("price-zero", Data(|data| data.table(APRIL).set("B", "price", "0"))),
    ("price-null", Data(|data| data.table(APRIL).set("B", "price", "-"))),
    (
        "market-cap-null",
        Data(|data| data.table(APRIL).set("D", "market_cap", "-")),
    ),
    (
        "market-cap-zero",
        Data(|data| data.table(APRIL).set("D", "market_cap", "0")),
    ),
    (
        "free-float-above-one",
        Data(|data| data.table(APRIL).set("C", "free_float", "1.5")),
    ),
    (
        "free-float-negative",
        Data(|data| data.table(APRIL).set("C", "free_float", "-0.5")),
    ),
    (
        "free-float-null",
        Data(|data| data.table(APRIL).set("C", "free_float", "-")),
    ),
    (
        "free-float-all-zero",
        Data(|data| {
            for id in ["A", "B", "C", "D", "E", "F"] {
                data.table(APRIL).set(id, "free_float", "0");
            }
        }),
    ),
    (
        "security-id-null",
        Data(|data| data.table(APRIL).set("B", "security_id", "-")),
    ),
    ("security-id-twice", Data(|data| data.table(APRIL).repeat("B"))),
    ("sector-null", Data(|data| data.table(APRIL).set("B", "sector", "-"))),
    (
        "issuer-id-null",
        Data(|data| data.table(APRIL).set("D", "issuer_id", "-")),
    ),
    (
        "fx-null-of-a-foreign-name",
        Data(|data| data.table(APRIL).set("C", "fx", "-")),
    ),
    (
        "fx-missing-with-foreign-names",
        Data(|data| data.table(APRIL).drop_column("fx")),
    ),
    ("fx-zero", Data(|data| data.table(APRIL).set("C", "fx", "0"))),
    (
        "variable-infinite",
        Data(|data| {
            data.table("fundamentals").set("C", "eps", "inf");
        }),
    ),
];

const HISTORY: &[(&str, Break)] = &[
    (
        "fundamentals-column-missing-known-on",
        Data(|data| data.table("fundamentals").drop_column("known_on")),
    ),
    (
        "fundamentals-type-period-end-text",
        Data(|data| data.table("fundamentals").rename("period_end", "period_end:text")),
    ),
    (
        "fundamentals-period-unknown",
        Data(|data| data.table("fundamentals").set("B", "period", "FY19")),
    ),
    (
        "fundamentals-known-on-null",
        Data(|data| data.table("fundamentals").set("B", "known_on", "-")),
    ),
    (
        "fundamentals-period-end-null",
        Data(|data| data.table("fundamentals").set("B", "period_end", "-")),
    ),
    (
        "fundamentals-known-before-period-end",
        Data(|data| data.table("fundamentals").set("B", "known_on", "2019-11-30")),
    ),
    (
        "fundamentals-published-twice",
        Data(|data| data.table("fundamentals").repeat("B")),
    ),
    (
        "fundamentals-year-to-date-without-start",
        Data(|data| {
            data.table("fundamentals").set("B", "period", "YTD");
            data.table("fundamentals").set("B", "period_start", "-");
        }),
    ),
    (
        "fundamentals-security-id-null",
        Data(|data| data.table("fundamentals").set("B", "security_id", "-")),
    ),
    ("prices-twice", Data(|data| data.table(PRICES).repeat("B"))),
    (
        "prices-close-negative",
        Data(|data| data.table(PRICES).set("B", "close", "-19")),
    ),
    (
        "prices-close-zero",
        Data(|data| data.table(PRICES).set("B", "close", "0")),
    ),
    (
        "prices-close-infinite",
        Data(|data| data.table(PRICES).set("B", "close", "inf")),
    ),
    (
        "prices-date-null",
        Data(|data| data.table(PRICES).set("B", "date", "-")),
    ),
    (
        "prices-date-text",
        Data(|data| data.table(PRICES).rename("date", "date:text")),
    ),
    (
        "prices-without-close",
        Data(|data| data.table(PRICES).rename("close", "last")),
    ),
    (
        "prices-security-id-null",
        Data(|data| data.table(PRICES).set("B", "security_id", "-")),
    ),
    (
        "actions-split-ratio-zero",
        Data(|data| data.table("actions").set("B", "ratio", "0")),
    ),
    (
        "actions-split-ratio-null",
        Data(|data| data.table("actions").set("B", "ratio", "-")),
    ),
    (
        "actions-split-ratio-infinite",
        Data(|data| data.table("actions").set("B", "ratio", "inf")),
    ),
    (
        "actions-kind-unknown",
        Data(|data| data.table("actions").set("B", "kind", "splitt")),
    ),
    (
        "actions-ex-date-null",
        Data(|data| data.table("actions").set("B", "ex_date", "-")),
    ),
    ("actions-twice", Data(|data| data.table("actions").repeat("B"))),
    (
        "actions-column-missing-kind",
        Data(|data| data.table("actions").drop_column("kind")),
    ),
    (
        "actions-security-id-null",
        Data(|data| data.table("actions").set("B", "security_id", "-")),
    ),
];

/// Rulebooks that ask for what the dataset does not have.
const ASKED: &[(&str, Break)] = &[
    ("asked-universe", Rules("parent  = \"world\"", "parent  = \"wrld\"")),
    (
        "asked-snapshot-before-the-first",
        Rules("date = 2020-05-01", "date = 2019-11-01"),
    ),
    (
        "asked-younger-snapshot",
        Rules(
            "cutoff       = { session = \"last\", months = -1 }\nannouncement = { sessions = -9 }",
            "cutoff = { sessions = -2 }\nannouncement = { sessions = -1 }\nmax_age = \"20 days\"",
        ),
    ),
    ("asked-column", Rules("latest(eps) / price", "latest(eps) / proce")),
    ("asked-field-of-fundamentals", Rules("latest(eps)", "latest(sales)")),
    (
        "asked-snapshot-column-as-history",
        Rules("latest(eps)", "latest(profit)"),
    ),
    ("asked-publications-as-snapshot", Rules("latest(eps)", "eps")),
    ("asked-group", Rules("on     = \"sector\"", "on     = \"industry\"")),
    ("asked-calendar", Rules("\"XNYS\"", "\"XNAS\"")),
    (
        "asked-calendar-before-it-begins",
        Rules("date = 2020-05-01", "date = 1850-05-01"),
    ),
    (
        "asked-measure-negative",
        Rules("[weight.parent]", "[weight.measures]\nof = [\"profit\"]"),
    ),
];

fn head(data: &Path, from: &str, to: &str) {
    let path = data.join("dataset.toml");
    let text = read(&path);
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

fn part(folder: &Path, bytes: &[u8]) {
    std::fs::write(folder.join("part.parquet"), bytes).unwrap();
}

fn truncate(folder: &Path) {
    let bytes = std::fs::read(folder.join("part.parquet")).unwrap();
    part(folder, &bytes[..bytes.len() / 2]);
}

/// Runs the rulebook of a collection over its broken dataset.
fn run(collection: &str, broken: &Break) -> (Folder, Outcome) {
    let folder = Folder::new();
    let mut data = TextData::load(&tests(collection).join("base.txt"));
    let mut rulebook = read(&tests(collection).join("rulebook.toml"));
    if let Data(change) = broken {
        change(&mut data);
    }
    if let Rules(from, to) = broken {
        assert!(rulebook.contains(from), "{from}");
        rulebook = rulebook.replacen(from, to, 1);
    }
    data.write(&folder.join("data"));
    folder.write("rulebook.toml", &rulebook);
    if let Files(change) = broken {
        change(&folder.join("data"));
    }
    let outcome = Divisor::new(folder.path())
        .args("run rulebook.toml --data ./data --to 2020-12-31")
        .run();
    (folder, outcome)
}

/// Standard error without its last line, which says how long the run took.
fn without_time(text: &str) -> String {
    let kept = text.lines().filter(|line| !line.starts_with("1 index, 0 reviews in "));
    let kept: Vec<&str> = kept.collect();
    format!("{}\n", kept.join("\n").trim_end())
}

fn check(group: &[(&str, Break)]) {
    check_in(COLLECTION, group);
}

/// Every difference of a group of broken datasets at once.
pub(crate) fn check_in(collection: &str, group: &[(&str, Break)]) {
    let mut wrong = Vec::new();
    for (name, broken) in group {
        let (folder, outcome) = run(collection, broken);
        if outcome.code != 2 {
            wrong.push(format!(
                "{name}: exit code {}\n{}{}",
                outcome.code, outcome.stdout, outcome.stderr
            ));
        }
        let written = contents(&folder.join("out"));
        if !written.is_empty() {
            wrong.push(format!("{name}: writes {:?}", written.keys()));
        }
        let path = tests(collection).join(format!("{name}.txt"));
        wrong.extend(compare(&path, &without_time(&outcome.stderr)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn heads() {
    check(HEAD);
}

#[test]
fn files() {
    check(FILES);
}

#[test]
fn snapshots() {
    check(SNAPSHOTS);
}

#[test]
fn history() {
    check(HISTORY);
}

#[test]
fn what_a_rulebook_asks_for() {
    check(ASKED);
}

/// NaN is no null: it says that a computation went wrong before the data came here.
#[test]
fn a_nan_is_no_missing_value() {
    let broken = Files(|data| {
        let mut marked = TextData::load(&tests("wrong/datasets/base.txt"));
        marked.table(APRIL).set("B", "price", &MARK.to_string());
        marked.write(data);
        write_nans(&data.join(APRIL).join("part.parquet"));
    });
    check(&[("price-nan", broken)]);
}

/// A column that a rule reads, a number in April and a text in October: the review that reads October fails alone.
#[test]
fn a_column_is_of_one_type_in_all_snapshots() {
    let broken = Files(|data| {
        let mut changed = TextData::load(&tests(COLLECTION).join("base.txt"));
        changed.table(OCTOBER).rename("profit", "profit:text");
        changed.write(data);
        let rulebook = data.with_file_name("rulebook.toml");
        let asking = read(&rulebook).replace("latest(eps) / price", "profit / price");
        std::fs::write(rulebook, asking).unwrap();
    });
    let (folder, outcome) = run(COLLECTION, &broken);
    assert_eq!(outcome.code, 2);
    assert_eq!(names_in(&folder.join("out/tiny/reviews"), ""), ["2020-05-29"]);
    let told = "snapshots/date=2020-10-30: column `profit`: should be of one type in all snapshots";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
}

/// What is compared above is the difference that a defect makes.
#[test]
fn the_sound_dataset_runs() {
    let (folder, outcome) = run(COLLECTION, &Data(|_| {}));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(
        names_in(&folder.join("out/tiny/reviews"), ""),
        ["2020-05-29", "2020-11-30"]
    );
}

/// A committed message without a test says nothing.
#[test]
fn every_message_has_its_dataset() {
    let groups = [HEAD, FILES, SNAPSHOTS, HISTORY, ASKED];
    let mut names: Vec<String> = groups
        .iter()
        .flat_map(|group| group.iter())
        .map(|(name, _)| (*name).to_owned())
        .collect();
    names.extend(["price-nan".to_owned(), "base".to_owned()]);
    names.sort();
    assert_eq!(names_in(&tests("wrong/datasets"), ".txt"), names);
}
