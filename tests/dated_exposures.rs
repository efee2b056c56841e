//! Exposures of a fundamental risk model as they were known when each return began, against a loop over names and weeks.

use serde_json::Value;

use crate::support::{Divisor, Folder, Outcome, Review, TextData, contents, numbers, texts};

const NAMES: [&str; 5] = ["A", "B", "C", "D", "E"];
/// The closes of eleven Fridays up to 2020-04-24: ten weekly returns.
const FRIDAYS: [&str; 11] = [
    "2020-02-14",
    "2020-02-21",
    "2020-02-28",
    "2020-03-06",
    "2020-03-13",
    "2020-03-20",
    "2020-03-27",
    "2020-04-03",
    "2020-04-10",
    "2020-04-17",
    "2020-04-24",
];
/// Sectors at the three snapshots; E is listed after the first.
const SECTORS: [(&str, [Option<&str>; 5]); 3] = [
    ("2020-02-28", [Some("X"), Some("X"), Some("Y"), Some("Y"), None]),
    ("2020-03-31", [Some("Y"), Some("X"), Some("Y"), Some("X"), Some("X")]),
    ("2020-04-30", [Some("Y"), Some("Y"), Some("Y"), Some("X"), Some("X")]),
];

const RULEBOOK: &str = r#"
[index]
id      = "tiny"
name    = "Tiny"
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

[weight.minimum-variance]

[risk.fundamental]
window        = "10 weeks"
least_returns = 3
groups        = ["sector"]
"#;

/// Simple returns of a name in a week, by an arbitrary rule.
fn weekly(name: usize, week: usize) -> f64 {
    let common = [0.01, -0.02, 0.015, -0.03, 0.02, 0.005, -0.01, 0.025, -0.015, 0.01][week];
    let own = ((name + 1) * (week + 3) * 7 % 11) as f64 / 300.0 - 0.017;
    common * (1.0 + 0.1 * name as f64) + own
}

fn dataset() -> TextData {
    let mut text = String::new();
    for (date, sectors) in &SECTORS {
        text.push_str(&format!(
            "[snapshots/date={date}]\nsecurity_id price market_cap sector country\n"
        ));
        for (name, sector) in NAMES.iter().zip(sectors) {
            // Of one size: regressions weighted by it are plain means of the sectors.
            text.extend(sector.map(|sector| format!("{name} 10 100 {sector} US\n")));
        }
    }
    text.push_str("[prices/year=2020]\nsecurity_id date close\n");
    for (at, name) in NAMES.iter().enumerate() {
        let mut close = 10.0;
        for (week, friday) in FRIDAYS.iter().enumerate() {
            if week > 0 {
                close *= 1.0 + weekly(at, week - 1);
            }
            text.push_str(&format!("{name} {friday} {close}\n"));
        }
    }
    TextData::parse(&text)
}

fn run(rulebook: &str, change: impl Fn(&mut TextData)) -> (Folder, Outcome) {
    let folder = Folder::new();
    let mut data = dataset();
    change(&mut data);
    data.write(&folder.join("data"));
    folder.write("rulebook.toml", rulebook);
    let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-05-31");
    let outcome = run.run();
    (folder, outcome)
}

fn review(folder: &Folder) -> Review {
    Review::of(&folder.join("out"), "tiny", "2020-05-29")
}

fn manifest(folder: &Folder) -> Value {
    review(folder).manifest()
}

/// The covariance of the five names: each week's return is that of the name's sector then, plus its own; `section` has the
/// snapshot in force in each week. Loadings are those of the newest.
fn covariance(section: [usize; 10]) -> [[f64; 5]; 5] {
    let (mut sectors, mut squares, mut counts) = ([[0.0; 10]; 2], [0.0; 5], [0.0; 5]);
    for (week, at) in section.into_iter().enumerate() {
        let there = SECTORS[at].1;
        for (which, sector) in ["X", "Y"].into_iter().enumerate() {
            let own: Vec<usize> = (0..5).filter(|name| there[*name] == Some(sector)).collect();
            let mean = own.iter().map(|name| weekly(*name, week)).sum::<f64>() / own.len() as f64;
            sectors[which][week] = mean;
            for name in own {
                squares[name] += (weekly(name, week) - mean).powi(2);
                counts[name] += 1.0;
            }
        }
    }
    let means = sectors.map(|returns| returns.iter().sum::<f64>() / 10.0);
    let between = |a: usize, b: usize| {
        let products = (0..10).map(|week| (sectors[a][week] - means[a]) * (sectors[b][week] - means[b]));
        52.0 * products.sum::<f64>() / 10.0
    };
    let newest = SECTORS[2].1.map(|sector| usize::from(sector == Some("Y")));
    let mut table = [[0.0; 5]; 5];
    for a in 0..5 {
        for b in 0..5 {
            let own = if a == b { 52.0 * squares[a] / counts[a] } else { 0.0 };
            table[a][b] = between(newest[a], newest[b]) + own;
        }
    }
    table
}

/// The weights published are those of least variance under a covariance, and its volatility is the one predicted.
fn is_least(folder: &Folder, sigma: [[f64; 5]; 5]) {
    let table = review(folder).table("constituents");
    let mut weights = [0.0; 5];
    for (id, weight) in texts(&table, "security_id").iter().zip(numbers(&table, "weight")) {
        weights[NAMES.iter().position(|name| name == id).unwrap()] = weight;
    }
    let marginal = sigma.map(|row| row.iter().zip(weights).map(|(one, weight)| one * weight).sum::<f64>());
    let variance: f64 = marginal.iter().zip(weights).map(|(one, weight)| one * weight).sum();
    let predicted = manifest(folder)["optimisation"]["volatility"].as_f64().unwrap();
    assert!(
        (predicted - variance.sqrt()).abs() < 1e-12,
        "{predicted} {}",
        variance.sqrt()
    );
    for (one, weight) in marginal.iter().zip(weights) {
        let distance = one / variance - 1.0;
        assert!(
            distance.abs() < 1e-9 || (weight <= 0.0 && distance > 0.0),
            "{marginal:?} {weights:?}"
        );
    }
}

/// Weeks that begin before the second snapshot, the first two before there is any, are explained by the first one.
#[test]
fn returns_are_explained_by_what_was_known_when_they_began() {
    let (folder, outcome) = run(RULEBOOK, |_| {});
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    is_least(&folder, covariance([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]));
    let manifest = manifest(&folder);
    assert_eq!(
        manifest["inputs"]["snapshots/exposures"]["rows"], 9,
        "four names, then five"
    );
}

#[test]
fn exposures_known_at_the_cutoff_are_the_other_reading() {
    let at_cutoff = format!("{RULEBOOK}exposures = \"at-cutoff\"\n");
    let (folder, outcome) = run(&at_cutoff, |_| {});
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    is_least(&folder, covariance([2; 10]));
    assert!(manifest(&folder)["inputs"]["snapshots/exposures"].is_null());
}

/// A variable as style that looks back from each snapshot: what was known later does not reach it.
#[test]
fn styles_look_back_from_their_snapshots() {
    let styled = format!("{RULEBOOK}styles = [\"recent\"]\n").replace(
        "[select.all]",
        "[variables]\nrecent = \"returns(months = 1)\"\n\n[select.all]",
    );
    let (plain, outcome) = run(&styled, |_| {});
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let told = |folder: &Folder| contents(&folder.join("out/tiny/reviews/2020-05-29"))["constituents.parquet"].clone();
    // The style of the second snapshot is made of closes up to it; without them it is another one.
    let (other, outcome) = run(&styled, |data| {
        data.table("prices/year=2020")
            .rows
            .retain(|row| row[0] != "A" || row[1] != "2020-02-28");
    });
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(told(&other) != told(&plain));
}

/// A review stops where a snapshot of its window is broken in what exposures are made of, and only there.
#[test]
fn a_broken_snapshot_of_the_window_stops_the_review() {
    let (_, outcome) = run(RULEBOOK, |data| {
        data.table("snapshots/date=2020-02-28").set("B", "market_cap", "-5");
    });
    assert_eq!(outcome.code, 2);
    outcome.says(&[
        "D0106",
        "snapshots/date=2020-02-28/part.parquet: column `market_cap`: is not above zero (1 row: B)",
    ]);
    let (_, outcome) = run(RULEBOOK, |data| {
        data.table("snapshots/date=2020-02-28").set("B", "country", "-");
    });
    assert_eq!(outcome.code, 0, "exposures are made of no country: {}", outcome.stderr);
    let at_cutoff = format!("{RULEBOOK}exposures = \"at-cutoff\"\n");
    let (_, outcome) = run(&at_cutoff, |data| {
        data.table("snapshots/date=2020-02-28").set("B", "market_cap", "-5");
    });
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}
