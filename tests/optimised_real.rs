//! Minimum volatility on real data: what it promises, measured after the fact by other means than the engine's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use divisor_market::read_table;
use divisor_model::{Date, Day, Table, Values, day_of};

use crate::support::{Divisor, Folder, Review, names_in, numbers, parquet_files, shared, texts};

const INDEX: &str = "us-large-minimum-volatility";

fn data() -> PathBuf {
    shared("us-large").join("us-large")
}

fn day(text: &str) -> Day {
    day_of(text.parse::<Date>().unwrap())
}

/// Total-return closes by name, ascending by day.
fn closes() -> BTreeMap<String, Vec<(Day, f64)>> {
    let mut closes: BTreeMap<String, Vec<(Day, f64)>> = BTreeMap::new();
    for file in parquet_files(&data().join("prices")) {
        let table = read_table("prices", &file).unwrap();
        let days = match table.column("date") {
            Some(Values::Day(days)) => days.clone(),
            other => panic!("{other:?}"),
        };
        let names = texts(&table, "security_id");
        let values = numbers(&table, "close_total_return");
        for ((name, day), value) in names.into_iter().zip(days).zip(values) {
            if !value.is_nan() {
                closes.entry(name).or_default().push((day, value));
            }
        }
    }
    for rows in closes.values_mut() {
        rows.sort_unstable_by_key(|row| row.0);
    }
    closes
}

/// Weights of the parent: what the trace says each name had there.
fn parent(review: &Review) -> BTreeMap<String, f64> {
    let table = review.table("decisions");
    let stages = texts(&table, "stage");
    let rows = texts(&table, "security_id")
        .into_iter()
        .zip(numbers(&table, "value"))
        .zip(stages);
    let of_parent = rows.filter(|(_, stage)| stage == "universe");
    of_parent.map(|(row, _)| row).collect()
}

fn index(review: &Review) -> BTreeMap<String, f64> {
    let table = review.table("constituents");
    texts(&table, "security_id")
        .into_iter()
        .zip(numbers(&table, "weight"))
        .collect()
}

/// The sector of each name of a snapshot.
fn sectors(snapshot: &str) -> BTreeMap<String, String> {
    let folder = data().join(format!("snapshots/date={snapshot}"));
    let tables: Vec<Table> = parquet_files(&folder)
        .iter()
        .map(|file| read_table("snapshots", file).unwrap())
        .collect();
    let rows = tables
        .iter()
        .flat_map(|table| texts(table, "security_id").into_iter().zip(texts(table, "sector")));
    rows.collect()
}

fn by_sector(weights: &BTreeMap<String, f64>, sectors: &BTreeMap<String, String>) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for (name, weight) in weights {
        *sums.entry(sectors[name].clone()).or_default() += weight;
    }
    sums
}

/// Daily returns of weights bought at the close of one day and held to another, over the names that have a close at each session.
fn held(
    weights: &BTreeMap<String, f64>,
    closes: &BTreeMap<String, Vec<(Day, f64)>>,
    (from, to): (Day, Day),
) -> Vec<f64> {
    let mut level: BTreeMap<Day, f64> = BTreeMap::new();
    for (name, weight) in weights {
        let rows = &closes[name];
        let start = rows.partition_point(|row| row.0 < from);
        for row in rows[start..].iter().take_while(|row| row.0 <= to) {
            *level.entry(row.0).or_default() += weight * row.1 / rows[start].1;
        }
    }
    let values: Vec<f64> = level.into_values().collect();
    values.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn volatility(returns: &[f64]) -> f64 {
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let squares: f64 = returns.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (returns.len() - 1) as f64 * 252.0).sqrt()
}

/// Names with a close on every session of the reference name in an interval; others have none or stop on the way.
fn priced(closes: &BTreeMap<String, Vec<(Day, f64)>>, (from, to): (Day, Day)) -> Vec<String> {
    let within = |rows: &[(Day, f64)]| rows.iter().filter(|row| (from..=to).contains(&row.0)).count();
    let sessions = closes.values().map(|rows| within(rows)).max().unwrap();
    let all = closes.iter().filter(|(_, rows)| within(rows) == sessions);
    all.map(|(name, _)| name.clone()).collect()
}

fn only(weights: &BTreeMap<String, f64>, names: &[String]) -> BTreeMap<String, f64> {
    let kept = weights.iter().filter(|(name, _)| names.binary_search(name).is_ok());
    kept.map(|(name, weight)| (name.clone(), *weight)).collect()
}

fn run(out: &Path) -> Vec<String> {
    let rulebook = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodologies/minimum-volatility/us-large.toml");
    Divisor::new(out)
        .arg("run")
        .arg(rulebook)
        .arg("--data")
        .arg(data())
        .args("--to 2018-10-31")
        .succeed();
    names_in(&out.join(format!("out/{INDEX}/reviews")), "")
}

#[test]
fn minimum_volatility_is_calmer_than_its_parent_and_inside_its_limits() {
    let folder = Folder::new();
    let reviews = run(folder.path());
    assert!(reviews.len() >= 7, "{reviews:?}");
    let closes = closes();
    let (mut own, mut parents) = (Vec::new(), Vec::new());
    for (at, effective) in reviews.iter().enumerate() {
        let review = Review::of(&folder.join("out"), INDEX, effective);
        let manifest = review.manifest();
        let (index, parent) = (index(&review), parent(&review));
        // Limits, from the published weights and the snapshot.
        let sectors = sectors(manifest["snapshot"].as_str().unwrap());
        let (held_sectors, parent_sectors) = (by_sector(&index, &sectors), by_sector(&parent, &sectors));
        for (sector, weight) in &parent_sectors {
            let held = held_sectors.get(sector).copied().unwrap_or(0.0);
            assert!(
                (held - weight).abs() <= 0.05 + 1e-12,
                "{effective} {sector}: {held} {weight}"
            );
        }
        for (name, weight) in &index {
            let most = 0.015_f64.min(20.0 * parent[name]);
            assert!(
                (0.0005 - 1e-12..=most + 1e-12).contains(weight),
                "{effective} {name}: {weight}"
            );
        }
        let total: f64 = index.values().sum();
        assert!((total - 1.0).abs() <= 1e-12, "{effective}: {total}");
        let relaxed = manifest["totals"]["relaxations"].as_array().unwrap();
        let turnover = relaxed.iter().find(|moved| moved["rule"] == "turnover");
        let allowed = turnover.map_or(0.1, |moved| moved["to"].as_f64().unwrap());
        if let Some(traded) = manifest["totals"]["one_way_turnover"].as_f64() {
            let is_kept = manifest["optimisation"]["kept_previous"] == true;
            assert!(
                is_kept || traded <= allowed + 1e-12,
                "{effective}: {traded} of {allowed}"
            );
        }
        // What followed.
        let Some(next) = reviews.get(at + 1) else { break };
        let days = (day(effective), day(next));
        let names = priced(&closes, days);
        let (index, parent) = (only(&index, &names), only(&parent, &names));
        let (share, parent_share) = (index.values().sum::<f64>(), parent.values().sum::<f64>());
        assert!(
            share > 0.95 && parent_share > 0.8,
            "{effective}: priced {share} {parent_share}"
        );
        own.extend(held(&index, &closes, days));
        parents.extend(held(&parent, &closes, days));
    }
    let (own, parent) = (volatility(&own), volatility(&parents));
    assert!(own < 0.95 * parent, "realised {own} and {parent}");
}
