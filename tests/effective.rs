//! Weights at the effective close, added beside published reviews by due runs.

use std::path::{Path, PathBuf};

use crate::support::{Divisor, Folder, Outcome, Review, TextData, contents, numbers, read, small, tests, texts};

const RULEBOOK: &str = r#"
[index]
id      = "seven"
name    = "Seven"
parent  = "world"
edition = "1"
base    = { date = 2020-05-01, level = 1000 }

[review]
calendar     = "XNYS"
months       = ["May"]
effective    = { session = "last" }
cutoff       = { session = "last", months = -1 }
announcement = { sessions = -9 }

[select.all]
[weight.equal]
"#;

/// Of seven names weighing a seventh each A rises by a fifth; B splits two for one, which closes do not show, and rises by a
/// tenth; C falls by a tenth and is delisted two days before the effective close of 2020-05-29; D stands still in a
/// currency that gains a fifth; E has no late close, and its market cap grows by a tenth; F leaves no trace; G falls by a fifth
/// and is delisted three weeks before the effective close.
const DATA: &str = "
[snapshots/date=2020-04-30]
security_id  issuer_id  price  market_cap  sector  country  currency  fx
A            I1         10     600         Tech    US       USD       1
B            I2         20     500         Tech    US       USD       1
C            I3         10     400         Tech    US       USD       1
D            I4         40     300         Banks   GB       GBP       1.5
E            I5         50     200         Banks   US       USD       1
F            I6         60     100         Banks   US       USD       1
G            I7         10     100         Banks   US       USD       1

[snapshots/date=2020-05-25]
security_id  issuer_id  price  market_cap  sector  country  currency  fx
A            I1         11     660         Tech    US       USD       1
B            I2         10     500         Tech    US       USD       1
C            I3         10     400         Tech    US       USD       1
D            I4         40     360         Banks   GB       GBP       1.8
E            I5         55     220         Banks   US       USD       1

[prices/year=2020]
security_id  date        close
A            2020-04-30  10
A            2020-05-29  12
A            2020-06-01  13
B            2020-04-30  10
B            2020-05-29  11
C            2020-04-30  10
C            2020-05-27  9
D            2020-04-29  40
D            2020-05-29  40
D            2020-06-05  41
E            2020-04-30  50
G            2020-04-30  10
G            2020-05-08  8

[actions]
security_id  ex_date     known_on    kind   ratio
B            2020-05-20  2020-05-11  split  2
";

fn folder(data: &str) -> Folder {
    let folder = Folder::new();
    // The head of another dataset of texts.
    TextData::parse(data).write(&folder.join("data"));
    folder.write("seven.toml", RULEBOOK);
    folder
}

fn due(folder: &Path, more: &str) -> Outcome {
    let run = Divisor::new(folder).args("run seven.toml --data ./data --format json --due --as-of");
    run.args(more).run()
}

fn review(folder: &Folder) -> PathBuf {
    folder.join("out/seven/reviews/2020-05-29")
}

fn added(outcome: &Outcome) -> serde_json::Value {
    outcome.json()[0]["effective_weights"].clone()
}

#[test]
fn weights_are_drifted_from_valuation_to_the_effective_close() {
    let folder = folder(DATA);
    let announced = due(folder.path(), "2020-05-20");
    assert_eq!(announced.code, 0, "{}", announced.stderr);
    assert_eq!(announced.json()[0]["published"], serde_json::json!(["2020-05-29"]));
    let frozen = contents(&review(&folder));
    // Less than half of the members have a close of the day: others may come yet, until ten days have passed.
    assert_eq!(added(&due(folder.path(), "2020-05-29")), serde_json::json!([]));
    assert_eq!(added(&due(folder.path(), "2020-06-07")), serde_json::json!([]));
    let late = due(folder.path(), "2020-06-08");
    assert_eq!((late.code, added(&late)), (0, serde_json::json!(["2020-05-29"])));
    late.says(&["W0151", "seven at 2020-05-29: F:"]);
    let table = Review::of(&folder.join("out"), "seven", "2020-05-29").table("effective");
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["security_id", "weight"]);
    // 1.2 + 1.1 + 0.9 + 1.2 + 1.1 + 1 + 0.8 sevenths are 7.3 of them.
    assert_eq!(texts(&table, "security_id"), ["A", "D", "B", "E", "F", "C", "G"]);
    let ratios = [1.2, 1.2, 1.1, 1.1, 1.0, 0.9, 0.8];
    for (weight, ratio) in numbers(&table, "weight").iter().zip(ratios) {
        assert!((weight - ratio / 7.3).abs() < 1e-15, "{weight} {ratio}");
    }
    let record: serde_json::Value = serde_json::from_str(&read(&review(&folder).join("effective.json"))).unwrap();
    assert_eq!(record["snapshot"], "2020-05-25");
    assert_eq!(record["unmoved"], serde_json::json!(["F"]));
    assert_eq!(
        record["older_closes"],
        serde_json::json!({ "C": "2020-05-27", "G": "2020-05-08" })
    );
    assert_eq!(
        record["drift_sources"],
        serde_json::json!({ "close": 5, "market_cap": 1, "unchanged": 1 })
    );
    // What was announced is as it was, and is not done twice.
    let now = contents(&review(&folder));
    assert_eq!(now.len(), frozen.len() + 2);
    assert!(frozen.iter().all(|(name, bytes)| now[name] == *bytes));
    assert_eq!(added(&due(folder.path(), "2020-06-09")), serde_json::json!([]));
    assert!(contents(&review(&folder)) == now);
}

#[test]
fn nothing_after_the_effective_close_moves_its_weights() {
    let clean = folder(DATA);
    assert_eq!(due(clean.path(), "2020-06-30").code, 0);
    let poisoned = folder(
        &DATA
            .replace(
                "2020-06-01  13",
                "2020-06-01  1300\nA            2020-06-02  nan\nA            2020-06-02  -5",
            )
            .replace("2020-06-05  41", "2020-06-05  0.01"),
    );
    let outcome = due(poisoned.path(), "2020-06-30");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(contents(&poisoned.join("out")) == contents(&clean.join("out")));
}

#[test]
fn broken_closes_are_named_and_nothing_is_added() {
    let folder = folder(&DATA.replace("2020-05-29  12", "2020-05-29  -12"));
    let outcome = due(folder.path(), "2020-06-30");
    assert_eq!(outcome.code, 2, "{}{}", outcome.stdout, outcome.stderr);
    outcome.says(&["D0106", "column `close`", "A 2020-05-29"]);
    let failure = &outcome.json()[0]["failure"];
    assert!(
        failure.as_str().unwrap().contains("effective close 2020-05-29"),
        "{failure}"
    );
    assert!(review(&folder).join("constituents.parquet").exists());
    assert!(!review(&folder).join("effective.parquet").exists());
    // Repaired data are taken up by the next call.
    TextData::parse(DATA).write(&folder.join("data"));
    assert_eq!(
        added(&due(folder.path(), "2020-06-30")),
        serde_json::json!(["2020-05-29"])
    );
}

#[test]
fn a_killed_addition_is_done_again() {
    let folder = folder(DATA);
    assert_eq!(due(folder.path(), "2020-06-30").code, 0);
    let whole = contents(&folder.join("out"));
    // As killed after the record, in the middle of the table.
    let table = review(&folder).join("effective.parquet");
    let bytes = std::fs::read(&table).unwrap();
    std::fs::remove_file(&table).unwrap();
    std::fs::write(review(&folder).join(".effective.parquet.tmp"), &bytes[..100]).unwrap();
    let verify = Divisor::new(folder.path()).args("verify --all --data ./data").run();
    assert_eq!(verify.code, 0, "{}", verify.stdout);
    assert_eq!(due(folder.path(), "2020-06-30").code, 0);
    assert!(contents(&folder.join("out")) == whole);
}

#[test]
fn changed_weights_and_changed_closes_are_told_apart() {
    let folder = folder(DATA);
    assert_eq!(due(folder.path(), "2020-06-30").code, 0);
    let verify = || Divisor::new(folder.path()).args("verify --all --data ./data").run();
    assert_eq!(verify().code, 0);
    let table = review(&folder).join("effective.parquet");
    let mut bytes = std::fs::read(&table).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&table, &bytes).unwrap();
    let outcome = verify();
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stdout
            .contains("effective.parquet: other bytes than effective.json names")
    );
    bytes[50] ^= 1;
    std::fs::write(&table, &bytes).unwrap();
    // A close restated later: the weights stand until they are asked for anew.
    TextData::parse(&DATA.replace("2020-05-29  12", "2020-05-29  14")).write(&folder.join("data"));
    let outcome = verify();
    assert_eq!(outcome.code, 1);
    let what = "effective.parquet: the rows of `prices` it was made of have changed";
    assert!(outcome.stdout.contains(what), "{}", outcome.stdout);
    assert_eq!(due(folder.path(), "2020-06-30").code, 0);
    assert!(std::fs::read(&table).unwrap() == bytes);
    let anew = due(folder.path(), "2020-06-30 --changed-since 2020-05-01");
    assert!(
        anew.json()[0]["replaced"][0]["because"]
            .as_str()
            .unwrap()
            .contains("`prices`")
    );
    assert_eq!(verify().code, 0);
}

/// The generated world has snapshots and closes of every effective date: weights are there on the day, and drift at the
/// next review begins with other weights only where closes are others.
#[test]
fn weights_are_added_on_the_day_of_the_close() {
    let world = small();
    let folder = Folder::new();
    let run = |as_of: &str| {
        let run = Divisor::new(folder.path())
            .arg("run")
            .arg(tests("rulebooks/quality.toml"));
        run.arg("--data")
            .arg(world.data())
            .args("--format json --due --as-of")
            .args(as_of)
            .run()
    };
    assert_eq!(added(&run("2012-05-30")), serde_json::json!([]));
    assert_eq!(added(&run("2012-05-31")), serde_json::json!(["2012-05-31"]));
    let review = Review::of(&folder.join("out"), "small-quality", "2012-05-31");
    let weights = numbers(&review.table("effective"), "weight");
    assert_eq!(weights.len(), texts(&review.table("constituents"), "security_id").len());
    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(weights.is_sorted_by(|a, b| a >= b));
}

/// A cut-off on the effective day: nothing has moved since, and the weights are those published.
#[test]
fn a_review_valued_at_its_effective_close_has_its_own_weights() {
    let folder = folder(&DATA.replace("date=2020-05-25", "date=2020-05-29"));
    let rulebook = RULEBOOK.replace("{ session = \"last\", months = -1 }", "{ session = \"last\" }");
    folder.write(
        "seven.toml",
        &rulebook.replace("{ sessions = -9 }", "{ session = \"last\" }"),
    );
    assert_eq!(
        added(&due(folder.path(), "2020-06-08")),
        serde_json::json!(["2020-05-29"])
    );
    let review = Review::of(&folder.join("out"), "seven", "2020-05-29");
    let weights = numbers(&review.table("effective"), "weight");
    assert_eq!(weights.len(), 5);
    assert!(weights.iter().all(|weight| (weight - 0.2).abs() < 1e-15));
}
