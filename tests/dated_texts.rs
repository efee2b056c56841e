//! Dated identifiers and classifications: who carried a ticker when, and which class a company had, as known on the day.

use crate::support::{Divisor, Folder, Outcome, Review, TextData, contents, read, texts};

const MAY: &str = "2020-05-29";
const NOVEMBER: &str = "2020-11-30";

/// Three names at two snapshots without tickers. ZZ is old FOX until June 2020 and new FOX from July; AA is renamed from
/// OLD to NEW in between; BB is BEE all the time.
const WORLD: &str = "
[snapshots/date=2020-04-30]
security_id  price  market_cap  sector  country
AA           10     100         Tech    US
BB           20     100         Tech    US
ZZ           30     100         Banks   US

[snapshots/date=2020-10-30]
security_id  price  market_cap  sector  country
AA           11     100         Tech    US
BB           21     100         Tech    US
YY           41     100         Banks   US

[identifiers]
security_id  scheme  value  from        to          known_on
AA           ticker  OLD    2015-01-01  2020-07-01  -
AA           ticker  NEW    2020-07-01  -           2020-06-15
BB           ticker  BEE    2015-01-01  -           -
ZZ           ticker  FOX    2015-01-01  2020-06-01  -
YY           ticker  FOX    2020-07-01  -           -
AA           name    Alpha  2015-01-01  -           -
BB           name    Alpha  2015-01-01  -           -

[prices]
ticker  date        close
OLD     2020-04-30  10
NEW     2020-10-30  15
BEE     2020-04-30  20
BEE     2020-10-30  22
FOX     2020-04-30  30
FOX     2020-06-15  31
FOX     2020-10-30  60
ELK     2020-10-30  5

[fundamentals]
ticker  period_end  period  known_on    eps
FOX     2019-12-31  FY      2020-02-15  3
FOX     2020-06-30  FY      2020-08-15  6
OLD     2019-12-31  FY      2020-02-15  1
NEW     2020-06-30  FY      2020-08-15  2

[actions]
ticker  ex_date     kind   ratio
OLD     2020-06-08  split  2
";

const KEYED: &str = "[tables.prices]\nkeyed_by = \"ticker\"\n[tables.fundamentals]\nkeyed_by = \"ticker\"\n\
                     [tables.actions]\nkeyed_by = \"ticker\"\n";

const RULEBOOK: &str = r#"
[index]
id      = "dated"
name    = "Dated"
parent  = "world"
edition = "1"
base    = { date = 2020-05-01, level = 1000 }
[review]
calendar     = "XNYS"
months       = ["May", "November"]
effective    = { session = "last" }
cutoff       = { session = "last", months = -1 }
announcement = { sessions = -9 }
[variables]
earnings = "latest(eps)"
[select.all]
[weight.equal]
"#;

/// A world changed by `change`, with more in its head, and a rulebook changed too.
fn world(change: impl Fn(&mut TextData), head: &str, rulebook: &str) -> Folder {
    let folder = Folder::new();
    let mut data = TextData::parse(WORLD);
    change(&mut data);
    data.write(&folder.join("data"));
    let path = folder.join("data/dataset.toml");
    std::fs::write(&path, read(&path) + head).unwrap();
    folder.write("rulebook.toml", rulebook);
    folder
}

fn run(folder: &Folder) -> Outcome {
    let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-12-31");
    run.run()
}

fn review(folder: &Folder, effective: &str) -> Review {
    Review::of(&folder.join("out"), "dated", effective)
}

/// Two text columns of a table, by row.
fn pairs(folder: &Folder, effective: &str, table: &'static str, column: &str) -> Vec<String> {
    let table = review(folder, effective).table(table);
    let both = texts(&table, "security_id").into_iter().zip(texts(&table, column));
    let mut pairs: Vec<String> = both.map(|(id, text)| format!("{id} {text}")).collect();
    pairs.sort();
    pairs
}

fn earnings(folder: &Folder, effective: &str) -> Vec<f64> {
    crate::support::numbers(&review(folder, effective).table("candidates"), "earnings")
}

#[test]
fn a_table_keyed_by_tickers_follows_who_carried_them() {
    let folder = world(|_| {}, KEYED, RULEBOOK);
    let outcome = run(&folder);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    // The reused ticker belongs to ZZ before June and to YY from July on; the renamed company keeps its history.
    assert_eq!(
        pairs(&folder, MAY, "constituents", "ticker"),
        ["AA OLD", "BB BEE", "ZZ FOX"]
    );
    assert_eq!(
        pairs(&folder, NOVEMBER, "constituents", "ticker"),
        ["AA NEW", "BB BEE", "YY FOX"]
    );
    assert_eq!(
        pairs(&folder, MAY, "constituents", "name"),
        ["AA Alpha", "BB Alpha", "ZZ "]
    );
    let may = earnings(&folder, MAY);
    assert!(may[1].is_nan());
    assert_eq!([may[0].to_bits(), may[2].to_bits()], [1f64, 3.0].map(f64::to_bits));
    let november = earnings(&folder, NOVEMBER);
    assert_eq!(
        [november[0].to_bits(), november[2].to_bits()],
        [2f64, 6.0].map(f64::to_bits)
    );
    // AA drifts from the close of OLD to that of NEW; ZZ, gone, to its own last close, too old to count, not to YY's.
    let turnover = review(&folder, NOVEMBER).table("turnover");
    let sources = pairs(&folder, NOVEMBER, "turnover", "drift_source");
    assert_eq!(sources, ["AA close", "BB close", "YY none", "ZZ unchanged"]);
    let old = crate::support::numbers(&turnover, "old_weight");
    let ids = texts(&turnover, "security_id");
    let of = |id: &str| old[ids.iter().position(|known| known == id).unwrap()];
    // A third each, times 1.5, 1.1 and 1.
    assert!((of("AA") - 1.5 / 3.6).abs() < 1e-12 && (of("BB") - 1.1 / 3.6).abs() < 1e-12);
    assert!((of("ZZ") - 1.0 / 3.6).abs() < 1e-12);
}

#[test]
fn rows_that_nobody_carried_are_counted() {
    let folder = world(|_| {}, KEYED, RULEBOOK);
    let outcome = run(&folder);
    outcome.says(&[
        // FOX of a day between the valuations is a row that no drift reads.
        "warning[W0107]: prices: rows whose identifier no security carried on their day are left out: 1",
        "ELK",
    ]);
    let unresolved = |effective: &str, table: &str| {
        let manifest = review(&folder, effective).manifest();
        manifest["inputs"][table]["unresolved_rows"].as_u64()
    };
    assert_eq!(unresolved(MAY, "prices"), Some(0));
    assert_eq!(unresolved(NOVEMBER, "prices"), Some(1));
    assert_eq!(unresolved(NOVEMBER, "fundamentals"), Some(0));
    let manifest = review(&folder, NOVEMBER).manifest();
    assert_eq!(manifest["inputs"]["prices"]["columns"][3], "ticker");
    // Tickers of AA, BB and YY, names of AA and BB; ZZ, held before, is not in this snapshot.
    assert_eq!(manifest["inputs"]["identifiers"]["rows"], 5);
}

#[test]
fn a_security_is_found_by_the_ticker_of_the_day() {
    let folder = world(|_| {}, KEYED, RULEBOOK);
    let why = |ticker: &str, date: &str| {
        let ask = Divisor::new(folder.path()).arg("why").arg(ticker);
        ask.args("rulebook.toml --data ./data --to 2020-12-31 --date")
            .arg(date)
            .run()
    };
    assert!(why("FOX", MAY).stdout.starts_with("ZZ "));
    assert!(why("FOX", NOVEMBER).stdout.starts_with("YY "));
    assert!(why("NEW", NOVEMBER).stdout.starts_with("AA Alpha"));
    assert_eq!(why("NEW", MAY).code, 2);
}

/// A column of the snapshot is the snapshot's.
#[test]
fn a_snapshot_may_have_tickers_of_its_own() {
    let change = |data: &mut TextData| data.table("snapshots/date=2020-04-30").add_column("ticker", "OWN");
    let folder = world(change, KEYED, RULEBOOK);
    assert_eq!(run(&folder).code, 0);
    assert_eq!(
        pairs(&folder, MAY, "constituents", "ticker"),
        ["AA OWN", "BB OWN", "ZZ OWN"]
    );
    assert_eq!(
        pairs(&folder, NOVEMBER, "constituents", "ticker"),
        ["AA NEW", "BB BEE", "YY FOX"]
    );
}

#[test]
fn a_claim_of_two_is_no_identifier() {
    for (change, told) in [
        (
            (|data: &mut TextData| data.table("identifiers").set("ZZ", "to", "2020-07-02")) as fn(&mut TextData),
            "ticker FOX: YY and ZZ from 2020-07-01",
        ),
        (
            |data: &mut TextData| data.table("identifiers").set("AA", "to", "-"),
            "AA: ticker OLD and NEW from 2020-07-01",
        ),
    ] {
        let folder = world(change, KEYED, RULEBOOK);
        let outcome = run(&folder);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        outcome.says(&[
            "D0111",
            "identifiers/part.parquet: column `value`",
            told,
            "effective 2020-11-30",
        ]);
        // It is known from the day both hold on: the review before stands.
        assert_eq!(
            pairs(&folder, MAY, "constituents", "ticker"),
            ["AA OLD", "BB BEE", "ZZ FOX"]
        );
    }
}

/// A row known later takes the place of the one with the same beginning: the end was not known before.
#[test]
fn an_end_may_become_known_later() {
    let change = |data: &mut TextData| {
        let table = data.table("identifiers");
        table.set("AA", "to", "-");
        let mut ended = table.rows[0].clone();
        ended[4..].clone_from_slice(&["2020-07-01".to_owned(), "2020-06-15".to_owned()]);
        table.rows.push(ended);
    };
    let folder = world(change, KEYED, RULEBOOK);
    assert_eq!(run(&folder).code, 0);
    assert_eq!(
        pairs(&folder, MAY, "constituents", "ticker"),
        ["AA OLD", "BB BEE", "ZZ FOX"]
    );
    assert_eq!(
        pairs(&folder, NOVEMBER, "constituents", "ticker"),
        ["AA NEW", "BB BEE", "YY FOX"]
    );
}

#[test]
fn broken_identifiers_stop_who_may_read_them() {
    for (column, value, told) in [
        ("to", "2014-01-01", "column `to`: is not after `from`"),
        ("value", "-", "column `value`: is null where a value must be"),
        ("from", "-", "column `from`: is null where a value must be"),
        (
            "scheme",
            "price",
            "column `scheme`: names a column of the snapshots that holds no such text",
        ),
    ] {
        let folder = world(
            |data| data.table("identifiers").set("BB", column, value),
            KEYED,
            RULEBOOK,
        );
        let outcome = run(&folder);
        assert_eq!(outcome.code, 2, "{column}");
        outcome.says(&["identifiers/part.parquet", told, "BB "]);
    }
    let folder = world(|data| data.table("identifiers").repeat("BB"), KEYED, RULEBOOK);
    run(&folder).says(&["D0108", "BB ticker from 2015-01-01"]);
    let folder = world(
        |data| data.tables.retain(|table| table.heading != "identifiers"),
        KEYED,
        RULEBOOK,
    );
    run(&folder).says(&["keyed_by` needs the table `identifiers`"]);
}

/// An action announced before a cut-off, with its ex-date after it, is its company's by what was known when it was
/// announced: nothing about the ticker that became known after the cut-off moves it.
#[test]
fn an_announced_action_is_whose_it_was_when_announced() {
    let announced = |data: &mut TextData| {
        let table = data.table("actions");
        table.add_column("known_on", "2020-04-01");
        table.rows[0][1] = "2020-07-06".to_owned();
    };
    let per_share = KEYED.to_owned() + "[fields]\neps = { unit = \"per-share\", kind = \"flow\" }\n";
    let actions = |change: &dyn Fn(&mut TextData)| {
        let folder = world(change, &per_share, RULEBOOK);
        let outcome = run(&folder);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let manifest = review(&folder, MAY).manifest();
        (manifest["inputs"]["actions"].clone(), earnings(&folder, NOVEMBER)[0])
    };
    let (read, restated) = actions(&announced);
    assert_eq!(
        (read["rows"].as_u64(), read["unresolved_rows"].as_u64()),
        (Some(1), Some(0))
    );
    // Published in August on the new basis: nothing to restate.
    assert_eq!(restated.to_bits(), 2f64.to_bits());
    // OLD ends earlier, and another company takes it: both known in June only.
    let (same, _) = actions(&|data| {
        announced(data);
        let table = data.table("identifiers");
        table.set("AA", "to", "2020-06-20");
        table.rows[1][3] = "2020-06-20".to_owned();
        let taken = ["YY", "ticker", "OLD", "2020-06-21", "2020-06-30", "-"].map(str::to_owned);
        table.rows.push(taken.to_vec());
    });
    assert_eq!(read, same);
}

/// Sectors from `classifications`: a scheme revised in September recodes BB; a row known in December speaks of January.
const CLASSES: &str = "
[classifications]
security_id  scheme  value   from        known_on    revision:text
AA           sector  Tech    2015-01-01  -           first
BB           sector  Tech    2015-01-01  -           first
ZZ           sector  Banks   2015-01-01  -           first
YY           sector  Banks   2020-07-01  2020-07-01  first
BB           sector  Media   2020-09-01  2020-08-15  second
AA           sector  Retail  2020-01-01  2020-12-01  second
AA           esg     Good    2020-06-01  -           first
";

fn classified(data: &mut TextData) {
    data.tables.extend(TextData::parse(CLASSES).tables);
    for date in ["snapshots/date=2020-04-30", "snapshots/date=2020-10-30"] {
        data.table(date).drop_column("sector");
    }
}

#[test]
fn a_revision_of_a_scheme_does_not_rewrite_history() {
    let folder = world(classified, KEYED, RULEBOOK);
    let outcome = run(&folder);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(
        pairs(&folder, MAY, "constituents", "sector"),
        ["AA Tech", "BB Tech", "ZZ Banks"]
    );
    assert_eq!(
        pairs(&folder, NOVEMBER, "constituents", "sector"),
        ["AA Tech", "BB Media", "YY Banks"]
    );
    let manifest = review(&folder, NOVEMBER).manifest();
    assert_eq!(manifest["inputs"]["classifications"]["rows"], 3);
}

/// What another rulebook of the run names of a scheme is not in this one's manifest.
#[test]
fn schemes_of_another_rulebook_change_nothing() {
    let alone = world(classified, KEYED, RULEBOOK);
    assert_eq!(run(&alone).code, 0);
    let both = world(classified, KEYED, RULEBOOK);
    let other = RULEBOOK
        .replace("\"dated\"", "\"other\"")
        .replace("2020-05-01", "2020-11-01");
    both.write(
        "other.toml",
        &format!("{other}[[screen]]\nid = \"good\"\nkeep = \"esg == 'Good'\"\n"),
    );
    let outcome = Divisor::new(both.path())
        .args("run rulebook.toml other.toml --data ./data --to 2020-12-31")
        .run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(both.join("out/other").is_dir());
    let mut found = contents(&both.join("out"));
    found.retain(|name, _| name.starts_with("dated/"));
    assert!(found == contents(&alone.join("out")));
}

/// A scheme is a column that rules can name, from the day it is there.
#[test]
fn a_rule_may_name_a_scheme() {
    let screened = format!("{RULEBOOK}[[screen]]\nid = \"good\"\nkeep = \"esg == 'Good'\"\n");
    let folder = world(classified, KEYED, &screened);
    let outcome = run(&folder);
    assert_eq!(outcome.code, 2);
    outcome.says(&[
        "snapshots/date=2020-04-30",
        "column `esg`: the column is missing",
        "effective 2020-05-29",
    ]);
    let later = screened.replace("2020-05-01", "2020-11-01");
    folder.write("rulebook.toml", &later);
    let outcome = run(&folder);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(pairs(&folder, NOVEMBER, "constituents", "sector"), ["AA Tech"]);
}

#[test]
fn a_class_has_one_source_and_no_gap() {
    let folder = world(
        |data| data.tables.extend(TextData::parse(CLASSES).tables),
        KEYED,
        RULEBOOK,
    );
    let outcome = run(&folder);
    assert_eq!(outcome.code, 2);
    outcome.says(&[
        "D0112",
        "snapshots/date=2020-04-30",
        "column `sector`",
        "scheme of `classifications`; keep one",
    ]);
    let change = |data: &mut TextData| {
        classified(data);
        data.table("classifications").rows.retain(|row| row[0] != "ZZ");
    };
    let folder = world(change, KEYED, RULEBOOK);
    let outcome = run(&folder);
    assert_eq!(outcome.code, 2);
    outcome.says(&[
        "classifications for snapshots/date=2020-04-30: column `sector`: is null",
        "ZZ",
    ]);
}

/// Breaks a row of a table.
type Attack = fn(&mut TextData, &str, usize);

/// Whatever becomes of rows known after a cut-off, the reviews until then stay as they are.
#[test]
fn rows_known_later_change_nothing() {
    let plain = world(classified, KEYED, RULEBOOK);
    assert_eq!(run(&plain).code, 0);
    let mut before = contents(&plain.join("out"));
    before.retain(|name, _| name.contains(MAY));
    assert_eq!(before.len(), 6);
    let attacks: [(&str, Attack); 5] = [
        ("gone", |data, table, row| drop(data.table(table).rows.remove(row))),
        ("twice", |data, table, row| {
            let again = data.table(table).rows[row].clone();
            data.table(table).rows.push(again);
        }),
        ("another's", |data, table, row| {
            data.table(table).rows[row][0] = "BB".to_owned();
        }),
        ("other value", |data, table, row| {
            data.table(table).rows[row][2] = "FOX".to_owned();
        }),
        ("no value", |data, table, row| {
            data.table(table).rows[row][2] = "-".to_owned();
        }),
    ];
    for (what, attack) in attacks {
        for (table, row) in [
            ("identifiers", 4),
            ("identifiers", 1),
            ("classifications", 5),
            ("classifications", 4),
        ] {
            let change = |data: &mut TextData| {
                classified(data);
                attack(data, table, row);
            };
            let folder = world(change, KEYED, RULEBOOK);
            run(&folder);
            let mut found = contents(&folder.join("out"));
            found.retain(|name, _| name.contains(MAY));
            assert!(found == before, "{what}: row {row} of {table}");
        }
    }
    // The same on a row known before must show.
    let change = |data: &mut TextData| {
        classified(data);
        data.table("classifications").rows[1][2] = "Other".to_owned();
    };
    let folder = world(change, KEYED, RULEBOOK);
    run(&folder);
    let found = contents(&folder.join("out"));
    assert!(before.iter().any(|(name, bytes)| found.get(name) != Some(bytes)));
}
