//! Histories that are not as one would wish, through a run: badly scaled, alike, constant, nearly dependent, with many gaps.
//! Each has a stated outcome under every risk model that is made of returns, and people are told of it.

use serde_json::Value;

use crate::support::{Divisor, Folder, Outcome, Review, TextData, numbers, texts};

/// Weekly closes from here on, 53 of them: the last Friday is 2021-04-30.
const FIRST_FRIDAY: &str = "2020-05-01";
const WEEKS: usize = 52;
const NAMES: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];
const MODELS: [&str; 3] = ["shrinkage", "statistical", "fundamental"];

fn rulebook(model: &str) -> String {
    let groups = if model == "fundamental" {
        "groups = [\"sector\"]\n"
    } else {
        ""
    };
    format!(
        "[index]\nid = \"tiny\"\nname = \"Tiny\"\nparent = \"world\"\nedition = \"1\"\n\
         base = {{ date = 2021-05-03, level = 1000 }}\n\n[review]\ncalendar = \"XNYS\"\nmonths = [\"May\"]\n\
         effective = {{ session = \"last\" }}\ncutoff = {{ session = \"last\", months = -1 }}\n\
         announcement = {{ sessions = -9 }}\n\n[select.all]\n\n[weight.minimum-variance]\n\n\
         [risk.{model}]\nwindow = \"52 weeks\"\nleast_returns = 26\n{groups}"
    )
}

/// A return that no other name and week has: a market, two sectors and noise of its own.
fn weekly(name: usize, week: usize) -> f64 {
    let noise = |seed: usize| ((seed * 7919 + 104_729) % 1009) as f64 / 1009.0 - 0.5;
    0.03 * noise(week) + 0.02 * noise(week * 2 + name % 2 + 500) + 0.05 * noise(week * 31 + name * 577 + 13)
}

/// Closes by week; NaN where there is none.
type Closes = Vec<Vec<f64>>;

fn closes() -> Closes {
    (0..NAMES.len())
        .map(|name| path(10.0, |week| weekly(name, week)))
        .collect()
}

fn path(start: f64, weekly: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut path = vec![start];
    for week in 0..WEEKS {
        path.push(path[week] * (1.0 + weekly(week)));
    }
    path
}

fn run(model: &str, closes: &Closes) -> (Folder, Outcome) {
    let mut text = "[snapshots/date=2021-04-30]\nsecurity_id price market_cap sector country\n".to_owned();
    for (at, name) in NAMES.iter().enumerate() {
        text.push_str(&format!("{name} 10 100 {} US\n", ["Tech", "Banks"][at % 2]));
    }
    text.push_str("[prices/year=2021]\nsecurity_id date close\n");
    let first: divisor_model::Date = FIRST_FRIDAY.parse().unwrap();
    for (name, path) in NAMES.iter().zip(closes) {
        for (week, close) in path.iter().enumerate().filter(|(_, close)| !close.is_nan()) {
            let day = divisor_model::date_of(divisor_model::day_of(first) + 7 * week as i32).unwrap();
            text.push_str(&format!("{name} {day} {close:e}\n"));
        }
    }
    let folder = Folder::new();
    TextData::parse(&text).write(&folder.join("data"));
    folder.write("rulebook.toml", &rulebook(model));
    let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2021-05-31 -v");
    let outcome = run.run();
    assert_eq!(outcome.code, 0, "{model}: {}{}", outcome.stdout, outcome.stderr);
    (folder, outcome)
}

fn review(folder: &Folder) -> Review {
    Review::of(&folder.join("out"), "tiny", "2021-05-28")
}

fn weights(folder: &Folder) -> [f64; 8] {
    let table = review(folder).table("constituents");
    let (ids, weights) = (texts(&table, "security_id"), numbers(&table, "weight"));
    NAMES.map(|name| ids.iter().position(|id| id == name).map_or(0.0, |at| weights[at]))
}

/// What standard output must have.
fn shows(outcome: &Outcome, parts: &[&str]) {
    for part in parts {
        assert!(outcome.stdout.contains(part), "no `{part}` in:\n{}", outcome.stdout);
    }
}

fn risk(folder: &Folder) -> Value {
    let manifest = review(folder).manifest();
    assert!(manifest["optimisation"]["largest_violation"].as_f64().unwrap() < 1e-12);
    manifest["optimisation"]["risk"].clone()
}

fn near(found: [f64; 8], wanted: [f64; 8], tolerance: f64) {
    let far = found.iter().zip(wanted).any(|(a, b)| (a - b).abs() > tolerance);
    assert!(!far, "{found:?}\n{wanted:?}");
}

/// A sound history: what people are shown.
#[test]
fn the_model_is_shown() {
    for model in MODELS {
        let (folder, outcome) = run(model, &closes());
        let risk = risk(&folder);
        assert_eq!(
            (risk["names"].as_u64(), risk["returns"].as_u64()),
            (Some(8), Some(52)),
            "{model}"
        );
        assert_eq!(
            (risk["least_returns"].as_u64(), risk["positive_definite"].as_bool()),
            (Some(52), Some(true))
        );
        let condition = risk["condition_at_most"].as_f64().unwrap();
        assert!(condition > 1.0 && condition < 1e4, "{model}: {condition}");
        shows(
            &outcome,
            &[
                "risk model at 2021-04-30: 8 names",
                "52 returns, 52 at least of a name",
                "condition number at most",
            ],
        );
    }
    let (folder, _) = run("shrinkage", &closes());
    let why = Divisor::new(folder.path())
        .args("why A rulebook.toml --data ./data --to 2021-05-31")
        .succeed();
    assert!(why.stdout.contains("risk model: 8 names"), "{}", why.stdout);
}

/// Closes of any size are the same history; returns of any size give the same weights, and risk of their size.
#[test]
fn scale_does_not_matter() {
    for model in MODELS {
        let plain = weights(&run(model, &closes()).0);
        let mut scaled = closes();
        scaled[0].iter_mut().for_each(|close| *close *= 1e9);
        scaled[1].iter_mut().for_each(|close| *close *= 1e-9);
        near(weights(&run(model, &scaled).0), plain, 1e-9);
        let tiny = (0..8)
            .map(|name| path(10.0, |week| 1e-5 * weekly(name, week)))
            .collect();
        let (folder, _) = run(model, &tiny);
        near(weights(&folder), plain, 1e-5);
        assert_eq!(risk(&folder)["positive_definite"].as_bool(), Some(true));
    }
}

/// Two names with one history weigh the same, and Σ is told to be no worse for it.
#[test]
fn names_alike_weigh_alike() {
    for model in MODELS {
        let mut alike = closes();
        // Of the same sector.
        alike[2] = alike[0].clone();
        let (folder, _) = run(model, &alike);
        let found = weights(&folder);
        assert!((found[0] - found[2]).abs() < 1e-12, "{model}: {found:?}");
        let risk = risk(&folder);
        assert_eq!(risk["names"].as_u64(), Some(8));
        assert_eq!(risk["positive_definite"].as_bool(), Some(true), "{model}: {risk}");
    }
}

/// A history that is another's but for the ninth digit has almost its weight.
#[test]
fn nearly_dependent_histories_are_solved() {
    for model in MODELS {
        let mut nearly = closes();
        nearly[2] = path(10.0, |week| weekly(0, week) + 1e-9 * weekly(2, week));
        let (folder, _) = run(model, &nearly);
        let found = weights(&folder);
        assert!((found[0] - found[2]).abs() < 1e-4, "{model}: {found:?}");
        assert!(risk(&folder)["condition_at_most"].as_f64().unwrap() < 1e6, "{model}");
    }
}

/// A price that does not move is not the safest of all: the name is out, and it is said why.
#[test]
fn a_constant_history_is_no_safety() {
    for model in MODELS {
        let mut constant = closes();
        constant[3] = vec![10.0; WEEKS + 1];
        let (folder, outcome) = run(model, &constant);
        assert!(weights(&folder)[3] <= 0.0);
        assert_eq!(
            risk(&folder)["without"]["all its returns in the window are the same"][0],
            "D",
            "{model}"
        );
        shows(&outcome, &["7 names (1 more without risk)", "W0115"]);
        let why = Divisor::new(folder.path())
            .args("why D rulebook.toml --data ./data --to 2021-05-31")
            .succeed();
        assert!(
            why.stdout.contains("OUT: no predicted risk: all its returns"),
            "{}",
            why.stdout
        );
    }
}

/// Two names lack the middle 40% of their weeks: they stay, on the returns they have; with fewer than the rulebook asks for
/// a name is out, with its count.
#[test]
fn gaps_count() {
    for model in MODELS {
        let mut gaps = closes();
        // A gap of 21 closes takes 22 returns of 52.
        gaps[4][16..37].fill(f64::NAN);
        gaps[5][16..37].fill(f64::NAN);
        let (folder, outcome) = run(model, &gaps);
        let found = risk(&folder);
        assert_eq!(
            (found["names"].as_u64(), found["least_returns"].as_u64()),
            (Some(8), Some(30)),
            "{model}"
        );
        assert_eq!(found["positive_definite"].as_bool(), Some(true));
        shows(&outcome, &["52 returns, 30 at least of a name"]);
        gaps[4][16..43].fill(f64::NAN);
        let (folder, _) = run(model, &gaps);
        assert_eq!(
            risk(&folder)["without"]["24 returns in the window, 26 are needed"][0],
            "E",
            "{model}"
        );
        assert!(weights(&folder)[4] <= 0.0);
    }
}
