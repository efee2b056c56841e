//! Sessions against those that exchanges held, cut-offs by kind of data, and reviews that only reset weights.

use std::collections::{BTreeMap, BTreeSet};

use divisor_calendar::Calendar;
use divisor_model::{Date, Values, date_of};

use crate::support::{Divisor, Folder, Review, TextData, contents, numbers, shared, texts};

/// Every session of the reference data, none missing and none extra, between the first and the last it has.
#[test]
fn sessions_of_the_reference_data_are_reproduced() {
    let path = shared("calendars/sessions.parquet").join("calendars/sessions.parquet");
    let table = divisor_market::read_columns("sessions", &path, |name| name == "mic" || name == "session").unwrap();
    let Some(Values::Day(days)) = table.column("session") else {
        panic!("no sessions");
    };
    let mut held: BTreeMap<String, BTreeSet<Date>> = BTreeMap::new();
    for (mic, day) in texts(&table, "mic").into_iter().zip(days) {
        held.entry(mic).or_default().insert(date_of(*day).unwrap());
    }
    assert_eq!(held.keys().collect::<Vec<_>>(), ["XETR", "XLON", "XNYS", "XTKS"]);
    for (mic, held) in held {
        let calendar = Calendar::named(&mic, None).unwrap();
        let found = calendar
            .sessions(*held.first().unwrap(), *held.last().unwrap())
            .unwrap();
        let found: BTreeSet<Date> = found.iter().copied().collect();
        assert!(held.len() > 6_000, "{mic}");
        assert_eq!(
            held.difference(&found).collect::<Vec<_>>(),
            [] as [&Date; 0],
            "{mic}: missing"
        );
        assert_eq!(
            found.difference(&held).collect::<Vec<_>>(),
            [] as [&Date; 0],
            "{mic}: extra"
        );
    }
}

/// Cut-offs of the review effective 2016-05-31: publications 2016-03-31, snapshot and splits 2016-04-29, prices 2016-05-16
/// (ten sessions before).
const CUTOFFS: &str = "\
[index]\nid = \"cut\"\nname = \"Cut\"\nparent = \"world\"\nedition = \"1\"\nbase = { date = 2016-05-01, level = 1000 }\n\
[review]\ncalendar = \"XNYS\"\nmonths = [\"May\"]\neffective = { session = \"last\" }\n\
cutoff = { session = \"last\", months = -1 }\nannouncement = { sessions = -9 }\n\
[review.cutoffs]\nprices = { sessions = -10 }\nfundamentals = { session = \"last\", months = -2 }\n\
[variables]\nsignal = \"10 * latest(eps) / price + returns(months = 1)\"\n\
[select.all]\n[weight.tilted]\nbase = \"parent\"\n[[weight.tilted.by]]\nvariable = \"signal\"\nmap = \"value\"\n";

/// What is known on each day: `eps` published, a split, a close and a snapshot.
fn cutoff_data(eps: &str, split: &str, close: &str, snapshot: &str) -> String {
    format!(
        "[snapshots/date=2016-04-20]\nsecurity_id price market_cap sector country\nA 10 8 All US\nB 10 8 All US\n\
         [snapshots/date={snapshot}]\nsecurity_id price market_cap sector country\nA 10 8 All US\nB 10 24 All US\n\
         [fundamentals]\nsecurity_id period_end period known_on eps\n\
         A 2015-12-31 FY 2016-02-01 3\nB 2015-12-31 FY 2016-02-01 3\nA 2015-12-31 FY {eps} 6\n\
         [actions]\nsecurity_id ex_date kind ratio known_on\nA 2016-04-15 split 2 {split}\n\
         [prices]\nsecurity_id date close\nA 2016-04-15 10\nB 2016-04-15 10\nA 2016-05-13 10\nB 2016-05-13 10\nA {close} 20\n"
    )
}

/// The published weights of A and B, and the whole review.
fn cut(data: &str) -> (Vec<f64>, BTreeMap<String, Vec<u8>>) {
    cut_by(CUTOFFS, data)
}

fn cut_by(rulebook: &str, data: &str) -> (Vec<f64>, BTreeMap<String, Vec<u8>>) {
    let folder = Folder::new();
    TextData::parse(data).write(&folder.join("data"));
    folder.write("cut.toml", rulebook);
    Divisor::new(folder.path())
        .args("run cut.toml --data ./data --to 2016-06-30")
        .succeed();
    let table = Review::of(&folder.join("out"), "cut", "2016-05-31").table("constituents");
    let mut weights: Vec<(String, f64)> = texts(&table, "security_id")
        .into_iter()
        .zip(numbers(&table, "weight"))
        .collect();
    weights.sort_by(|a, b| a.0.cmp(&b.0));
    let mut files = contents(&folder.join("out/cut"));
    files.retain(|name, _| !name.ends_with("sources.json"));
    (weights.into_iter().map(|(_, weight)| weight).collect(), files)
}

#[test]
fn each_kind_of_data_is_cut_at_its_own_day() {
    // Everything a day late: a published 6 instead of 3, a split that halves them, a doubled close, a snapshot with 3:1.
    let late = cutoff_data("2016-04-01", "2016-04-30", "2016-05-17", "2016-04-30");
    let (weights, files) = cut(&late);
    assert_eq!(weights, [0.5, 0.5]);
    // Weeks later, still before the next cut-off of another kind or after all of them: the same bytes.
    for later in [
        cutoff_data("2016-04-29", "2016-05-16", "2016-05-31", "2016-05-16"),
        cutoff_data("2016-05-16", "2016-05-31", "2016-06-15", "2016-05-31"),
    ] {
        assert!(cut(&later).1 == files, "what is known later changes nothing");
    }
    // On its own cut-off each counts.
    let close = |found: Vec<f64>, a: f64, b: f64| {
        let near = (found[0] - a / (a + b)).abs() < 1e-12;
        assert!(near, "{found:?} instead of {a}:{b}");
    };
    close(
        cut(&cutoff_data("2016-03-31", "2016-04-30", "2016-05-17", "2016-04-30")).0,
        6.0,
        3.0,
    );
    close(
        cut(&cutoff_data("2016-04-01", "2016-04-29", "2016-05-17", "2016-04-30")).0,
        1.5,
        3.0,
    );
    // A return of one.
    close(
        cut(&cutoff_data("2016-04-01", "2016-04-30", "2016-05-16", "2016-04-30")).0,
        4.0,
        3.0,
    );
    close(
        cut(&cutoff_data("2016-04-01", "2016-04-30", "2016-05-17", "2016-04-29")).0,
        3.0,
        9.0,
    );
}

/// One review announced with cut-offs of its own: of prices, which have a rule, and of shares, which have none. What the new
/// days let in counts, and no more; the others stay with their rules.
#[test]
fn one_review_is_cut_at_announced_days() {
    let given = "[[review.overrides]]\ninstead_of = 2016-05-31\n\
                 cutoffs = { prices = 2016-05-17, shares = 2016-05-02 }\nbecause = \"a late close\"\n[variables]";
    let announced = CUTOFFS.replace("[variables]", given);
    let close = |found: &[f64], a: f64, b: f64| assert!((found[0] - a / (a + b)).abs() < 1e-12, "{found:?}");
    // A return of one, known on 2016-05-17; a snapshot of 2016-05-02 with three times as much B.
    let data = cutoff_data("2016-04-01", "2016-05-03", "2016-05-17", "2016-05-02");
    let (weights, files) = cut_by(&announced, &data);
    close(&weights, 4.0, 9.0);
    assert_eq!(cut(&data).0, [0.5, 0.5]);
    // A day later.
    assert_eq!(
        cut_by(
            &announced,
            &cutoff_data("2016-04-01", "2016-05-03", "2016-05-18", "2016-05-03")
        )
        .0,
        [0.5, 0.5]
    );
    let manifest: serde_json::Value = serde_json::from_slice(&files["reviews/2016-05-31/manifest.json"]).unwrap();
    let moved = [
        "cut-off of prices: 2016-05-17: a late close",
        "cut-off of shares: 2016-05-02: a late close",
    ];
    assert_eq!(manifest["dates_moved"], serde_json::json!(moved));
    let folder = Folder::new();
    folder.write("cut.toml", &announced);
    let listed = Divisor::new(folder.path()).args("reviews cut.toml --from 2016-01-01 --to 2017-06-30 --format json");
    let listed = listed.succeed().json();
    assert_eq!(listed[0]["moved"], serde_json::json!(moved));
    assert_eq!(
        listed[0]["cutoffs"],
        serde_json::json!({ "prices": "2016-05-17", "shares": "2016-05-02", "fundamentals": "2016-03-31", "risk": "2016-04-29" })
    );
    assert_eq!(listed[1]["moved"], serde_json::json!([]));
}

/// Members by size in May; weights by price in August too.
const REWEIGHT: &str = "\
[index]\nid = \"two\"\nname = \"Two\"\nparent = \"world\"\nedition = \"1\"\nbase = { date = 2016-02-01, level = 1000 }\n\
[review]\ncalendar = \"XNYS\"\nmonths = [\"May\"]\neffective = { session = \"last\" }\n\
cutoff = { session = \"last\", months = -1 }\nannouncement = { sessions = -9 }\n\
[[review.reweight]]\nmonths = [\"February\", \"August\", \"November\"]\nbecause = \"weights drift\"\n\
[[screen]]\nid = \"cheap\"\nkeep = \"price < $50\"\n\
[select.top]\ncount = 2\nby = \"market_cap\"\n[weight.proportional]\nvariable = \"price\"\n";

const REWEIGHT_DATA: &str = "\
[snapshots/date=2016-01-29]\nsecurity_id price market_cap sector country\nA 10 9 All US\nB 20 8 All US\nC 10 1 All US\n\
[snapshots/date=2016-04-29]\nsecurity_id price market_cap sector country\nA 10 9 All US\nB 30 8 All US\nC 10 1 All US\n\
[snapshots/date=2016-07-29]\nsecurity_id price market_cap sector country\nA 60 1 All US\nB 20 2 All US\nC 10 9 All US\n\
[snapshots/date=2016-10-31]\nsecurity_id price market_cap sector country\nB 20 2 All US\nC 10 9 All US\n\
[snapshots/date=2017-04-28]\nsecurity_id price market_cap sector country\nA 10 1 All US\nB 20 2 All US\nC 10 9 All US\n";

#[test]
fn a_reweight_keeps_members_and_resets_weights() {
    let folder = Folder::new();
    TextData::parse(REWEIGHT_DATA).write(&folder.join("data"));
    folder.write("two.toml", REWEIGHT);
    let run = "run two.toml --data ./data --to 2017-05-31 --format json";
    let outcome = Divisor::new(folder.path()).args(run).succeed().json();
    let told: Vec<String> = outcome
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!(
                "{} {}",
                one["effective_date"].as_str().unwrap(),
                one["kind"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            // There is no member yet to keep.
            "2016-02-29 reconstitution",
            "2016-05-31 reconstitution",
            "2016-08-31 reweight",
            "2016-11-30 reweight",
            "2017-02-28 reweight",
            "2017-05-31 reconstitution"
        ]
    );
    let weights = |effective: &str| -> Vec<(String, f64)> {
        let table = Review::of(&folder.join("out"), "two", effective).table("constituents");
        texts(&table, "security_id")
            .into_iter()
            .zip(numbers(&table, "weight"))
            .collect()
    };
    let is = |effective: &str, wanted: &[(&str, f64)]| {
        let found = weights(effective);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            wanted.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            "{effective}"
        );
        let near = |((_, found), (_, wanted)): (&(String, f64), &(&str, f64))| (found - wanted).abs() < 1e-12;
        assert!(found.iter().zip(wanted).all(near), "{effective}: {found:?}");
    };
    is("2016-02-29", &[("B", 2.0 / 3.0), ("A", 1.0 / 3.0)]);
    is("2016-05-31", &[("B", 0.75), ("A", 0.25)]);
    // A fails the screen and C is the largest: neither matters.
    is("2016-08-31", &[("A", 0.75), ("B", 0.25)]);
    // A left the parent and is sold; C, the largest, is not added.
    is("2016-11-30", &[("B", 1.0)]);
    is("2017-05-31", &[("B", 2.0 / 3.0), ("C", 1.0 / 3.0)]);
    let manifest = Review::of(&folder.join("out"), "two", "2016-08-31").manifest();
    assert_eq!(
        (manifest["kind"].as_str(), manifest["counts"]["names"].as_u64()),
        (Some("reweight"), Some(2))
    );
    assert_eq!(manifest["cutoffs"]["prices"], "2016-07-29");
    let why = |name: &str| {
        let words = format!("why {name} two.toml --data ./data --date 2016-08-31 --to 2017-05-31");
        Divisor::new(folder.path()).args(&words).succeed().stdout
    };
    assert!(
        why("A").contains("members stay at a review that only resets weights"),
        "{}",
        why("A")
    );
    assert!(why("C").contains("nobody is added"), "{}", why("C"));
    let listed = Divisor::new(folder.path()).args("reviews two.toml --from 2016-08-01 --to 2030-12-31 --format json");
    let listed = listed.succeed();
    let rows = listed.json();
    assert_eq!(
        (rows[0]["kind"].as_str(), rows[0]["provisional"].as_bool()),
        (Some("reweight"), Some(false))
    );
    assert!(rows.as_array().unwrap().iter().any(|row| row["provisional"] == true));
    listed.says(&["W0110"]);
}

#[test]
fn days_out_of_the_ordinary_are_listed() {
    let folder = Folder::new();
    let run = |words: &str| Divisor::new(folder.path()).args(words).succeed();
    let rows = run("calendar exceptions XBOM --from 2024-01-15 --to 2024-01-26 --format json").json();
    let told: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row["date"].as_str().unwrap(), row["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(told, ["2024-01-20 special", "2024-01-22 closed", "2024-01-26 closed"]);
    let both = run("calendar sessions XNYS+XLON --from 2026-08-28 --to 2026-09-08 --format json").json();
    assert_eq!(
        both.to_string(),
        "[\"2026-08-28\",\"2026-09-01\",\"2026-09-02\",\"2026-09-03\",\"2026-09-04\",\"2026-09-08\"]"
    );
    assert!(run("calendar list").stdout.contains("Tokyo Stock Exchange"));
    assert!(
        run("calendar list")
            .stdout
            .contains("no open list of its holidays begins before 1997")
    );
    let early = Divisor::new(folder.path())
        .args("calendar sessions XBOM --from 1996-12-01 --to 1997-01-31")
        .run();
    assert_eq!(early.code, 2);
    early.says(&["calendar XBOM is known from 1997-01-01", "1996-12-01 is outside"]);
    let table = run("calendar sessions XNYS --from 2026-11-27 --to 2026-11-27").stdout;
    assert!(table.contains("closes 13:00"), "{table}");
}
