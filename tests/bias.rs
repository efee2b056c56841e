//! The bias statistic of predicted risk, against a loop over members and closes.

use std::collections::BTreeMap;

use divisor_market::read_table;
use divisor_model::{Date, Day, day_of};

use crate::support::{Divisor, Folder, Review, numbers, parquet_files, small, texts};

fn day(text: &str) -> Day {
    day_of(text.parse::<Date>().unwrap())
}

/// All closes of the small world.
fn closes() -> BTreeMap<(String, Day), f64> {
    let files = parquet_files(&small().data().join("prices"));
    let tables = files.iter().map(|path| read_table("prices", path).unwrap());
    let rows = tables.flat_map(|table| {
        let keys = texts(&table, "security_id").into_iter().zip(texts(&table, "date"));
        let keys: Vec<(String, Day)> = keys.map(|(id, date)| (id, day(&date))).collect();
        keys.into_iter().zip(numbers(&table, "close"))
    });
    rows.collect()
}

/// The last close on or before a day, at most ten days older.
fn close(closes: &BTreeMap<(String, Day), f64>, id: &str, on: Day) -> Option<f64> {
    (0..=10).find_map(|back| closes.get(&(id.to_owned(), on - back)).copied())
}

/// Dataset currency per unit of each currency at a snapshot.
fn rates(date: &str) -> BTreeMap<String, f64> {
    let path = small().data().join(format!("snapshots/date={date}/part.parquet"));
    let table = read_table("snapshots", &path).unwrap();
    texts(&table, "currency")
        .into_iter()
        .zip(numbers(&table, "fx"))
        .collect()
}

/// What one unit of an index became from one review to the next. The world has daily closes of every name until it is
/// delisted; the weight of one that is gone stays as it was.
fn growth(closes: &BTreeMap<(String, Day), f64>, review: &Review, (from, until): (&str, &str)) -> f64 {
    let table = review.table("constituents");
    let (then, now) = (rates(from), rates(until));
    let members = texts(&table, "security_id").into_iter().zip(texts(&table, "currency"));
    let values = members.zip(numbers(&table, "weight")).map(|((id, currency), weight)| {
        let start = close(closes, &id, day(from)).unwrap();
        let ratio = close(closes, &id, day(until)).map_or(1.0, |end| end / start * now[&currency] / then[&currency]);
        weight * ratio
    });
    values.sum()
}

#[test]
fn the_bias_statistic_is_that_of_a_loop() {
    let world = small();
    let folder = Folder::new();
    let run = world.run(folder.path()).args("--to 2016-12-31 --format json");
    let reviews = run.succeed().json();
    let all = closes();
    let mut compared = 0;
    for index in ["small-optimised", "small-vendor"] {
        let own: Vec<_> = (reviews.as_array().unwrap().iter())
            .filter(|review| review["index_id"] == index)
            .collect();
        let text = |at: usize, key: &str| own[at][key].as_str().unwrap().to_owned();
        assert!(own[0]["outcome_of_last_forecast"].is_null());
        let mut standardised: Vec<f64> = Vec::new();
        for at in 1..own.len() {
            let found = &own[at]["outcome_of_last_forecast"];
            let number = |key: &str| found[key].as_f64().unwrap();
            let (from, until) = (text(at - 1, "snapshot_date"), text(at, "snapshot_date"));
            let review = Review::of(&world.out(), index, &text(at - 1, "effective_date"));
            let wanted = growth(&all, &review, (&from, &until)) - 1.0;
            assert!((number("return") - wanted).abs() < 1e-9, "{found} {wanted}");
            let volatility = own[at - 1]["predicted_volatility"].as_f64().unwrap();
            let years = f64::from(day(&until) - day(&from)) / 365.25;
            standardised.push(wanted / (volatility * years.sqrt()));
            assert!((number("standardised_return") - standardised[at - 1]).abs() < 1e-8);
            let mean = standardised.iter().sum::<f64>() / at as f64;
            let squares: f64 = standardised.iter().map(|value| (value - mean).powi(2)).sum();
            match found["bias_statistic"].as_f64() {
                Some(bias) => assert!((bias - (squares / (at - 1) as f64).sqrt()).abs() < 1e-8),
                None => assert_eq!(at, 1, "one return has no deviation"),
            }
            assert_eq!(found["bias_observations"], at);
            compared += 1;
        }
    }
    assert_eq!(compared, 18);
    let shown = Divisor::new(folder.path())
        .arg("run")
        .arg(crate::support::tests("rulebooks/vendor.toml"))
        .args("--to 2016-12-31 --data")
        .arg(world.data())
        .succeed();
    assert!(
        shown.stdout.contains("bias statistic ") && shown.stdout.contains(" over 9 intervals"),
        "{}",
        shown.stdout
    );
}
