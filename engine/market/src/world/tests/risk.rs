//! A vendor's risk model against what the generator makes afterwards.

use std::collections::BTreeMap;

use divisor_model::{Table, Values};

use super::{DEMO, WorldSpec, build};

fn numbers(table: &Table, column: &str) -> Vec<f64> {
    match table.column(column) {
        Some(Values::Number(values)) => values.clone(),
        other => panic!("{column}: {other:?}"),
    }
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    let Some(Values::Text(text)) = table.column(column) else {
        panic!("{column} is no text");
    };
    let rows = 0..text.codes.len();
    rows.map(|row| text.get(row).unwrap_or_default().to_owned()).collect()
}

/// The variance of each name by the three tables.
fn predicted(exposures: &Table, covariance: &Table, specific: &Table) -> BTreeMap<String, f64> {
    let pairs = texts(covariance, "factor_a")
        .into_iter()
        .zip(texts(covariance, "factor_b"));
    let omega: BTreeMap<(String, String), f64> = pairs.zip(numbers(covariance, "covariance")).collect();
    let between = |a: &str, b: &str| {
        let at = |a: &str, b: &str| omega.get(&(a.to_owned(), b.to_owned())).copied();
        at(a, b).or(at(b, a)).expect("every pair once")
    };
    let mut of_names: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    let keys = texts(exposures, "security_id")
        .into_iter()
        .zip(texts(exposures, "factor"));
    for ((id, factor), exposure) in keys.zip(numbers(exposures, "exposure")) {
        of_names.entry(id).or_default().push((factor, exposure));
    }
    let own = texts(specific, "security_id")
        .into_iter()
        .zip(numbers(specific, "specific_variance"));
    let variance = |(id, own): (String, f64)| {
        let of = &of_names[&id];
        assert_eq!(of.len(), 7, "market, sector, country and four styles");
        let with = |(a, x): &(String, f64)| of.iter().map(|(b, y)| x * y * between(a, b)).sum::<f64>();
        let common: f64 = of.iter().map(with).sum();
        (id, common + own)
    };
    own.map(variance).collect()
}

/// Over the year after it, names vary as much as the model predicts, on average.
#[test]
fn the_model_predicts_what_comes() {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.first = "2005-06".parse().expect("a month");
    spec.last = "2006-06".parse().expect("a month");
    let (tables, _) = build(&spec);
    let table = |name: &str| &tables[&format!("risk/date=2005-06-30/{name}.parquet")];
    let predicted = predicted(table("exposures"), table("covariance"), table("specific"));
    assert!(predicted.len() > 1100, "{}", predicted.len());
    let mut closes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (_, prices) in tables.iter().filter(|(path, _)| path.starts_with("prices/")) {
        let rows = texts(prices, "security_id").into_iter();
        for (id, close) in rows.zip(numbers(prices, "close_total_return")) {
            closes.entry(id).or_default().push(close);
        }
    }
    // Names that were there from the first session to the last; the newest 260 sessions are the year after.
    let sessions = closes.values().map(Vec::len).max().expect("prices");
    let ratio = |(id, variance): (&String, &f64)| {
        let own = closes.get(id).filter(|own| own.len() == sessions)?;
        let squares = own[sessions - 261..]
            .windows(2)
            .map(|pair| (pair[1] / pair[0] - 1.0).powi(2));
        Some((squares.sum::<f64>() / 260.0 * 252.0 / variance).sqrt())
    };
    let ratios: Vec<f64> = predicted.iter().filter_map(ratio).collect();
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    assert!((0.85..1.15).contains(&mean), "{mean} over {} names", ratios.len());
}
