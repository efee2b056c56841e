//! Funds: beside the companies and without a trace in them.

use std::collections::BTreeSet;

use super::*;

/// The small world with its funds.
fn with_funds() -> WorldSpec {
    let mut spec = small();
    spec.funds = WorldSpec::from_toml(DEMO).expect("the demo world is valid").funds;
    spec
}

/// Tables without the rows of funds.
fn of_companies(tables: &Tables, prefix: &str) -> Vec<String> {
    let rows = sorted_rows(with_prefix(tables, prefix).map(|(_, table)| table));
    rows.into_iter().filter(|row| !row.starts_with("FD")).collect()
}

#[test]
fn companies_are_what_they_are_without_funds() {
    let (with, counts) = build(&with_funds());
    let (without, companies) = build(&small());
    assert_eq!((counts.securities, companies.funds), (companies.securities, 0));
    for table in ["prices/", "actions", "fundamentals"] {
        let rows = sorted_rows(with_prefix(&without, table).map(|(_, table)| table));
        assert!(of_companies(&with, table) == rows, "{table}");
    }
    for (path, table) in with_prefix(&without, "snapshots/") {
        let own: Vec<String> = sorted_rows(std::iter::once(&with[path]))
            .into_iter()
            .filter(|row| !row.starts_with("FD"))
            .collect();
        let shared = sorted_rows(std::iter::once(table));
        assert!(
            own.len() == shared.len() && own.iter().zip(&shared).all(|(own, row)| own.starts_with(row.as_str())),
            "{path}: columns of funds come after the others"
        );
    }
}

#[test]
fn the_funds_of_the_demo_world_stay_as_they_are() {
    let mut spec = with_funds();
    spec.risk_model = None;
    let (tables, counts) = build(&spec);
    assert_eq!((counts.funds, fingerprint(&tables)), (46, 3_598_551_814_937_049_140));
}

#[test]
fn funds_are_the_same_at_any_number_of_threads_and_in_chunks() {
    let whole = build_in_chunks(&with_funds(), 1000, 1);
    for (slots, threads) in [(1000, 4), (17, 1), (17, 4)] {
        let parts = build_in_chunks(&with_funds(), slots, threads);
        assert_eq!(parts.1, whole.1);
        for table in ["prices/", "actions", "snapshots/"] {
            let rows = |tables: &BTreeMap<String, Vec<Table>>| {
                let own = tables.iter().filter(|(path, _)| path.starts_with(table));
                sorted_rows(own.flat_map(|(_, tables)| tables))
            };
            assert!(
                rows(&parts.0) == rows(&whole.0),
                "{table} in chunks of {slots} at {threads} threads"
            );
        }
    }
}

#[test]
fn a_shorter_world_has_the_same_funds() {
    let mut short = with_funds();
    short.last = "2005-12".parse().expect("a month");
    let ((short, _), (long, _)) = (build(&short), build(&with_funds()));
    for (path, table) in with_prefix(&short, "snapshots/") {
        assert!(exact(table) == exact(&long[path]), "{path} differs");
    }
    let (of_short, of_long) = (action_lists(&short), action_lists(&long));
    let funds = of_short.iter().filter(|(id, _)| id.starts_with("FD"));
    let mut compared = 0;
    for (id, actions) in funds {
        assert!(of_long[id].starts_with(actions), "{id}");
        compared += actions.len();
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn prices_distributions_and_net_assets_hang_together() {
    let (tables, _) = build(&with_funds());
    let (paths, actions) = (price_paths(&tables), action_lists(&tables));
    let mut classes: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut tickers = BTreeSet::new();
    let (path, table) = with_prefix(&tables, "snapshots/").last().expect("a snapshot");
    let date = day_of(path["snapshots/date=".len()..][..10].parse::<Date>().expect("a date"));
    for (row, id) in texts(table, "security_id").into_iter().enumerate() {
        assert!(tickers.insert((texts_at(table, "country", row), texts_at(table, "ticker", row))));
        let [nav, price, paid] = ["nav", "price", "dividend_yield"].map(|column| numbers(table, column)[row]);
        if !id.starts_with("FD") {
            assert!(nav.is_nan() && !texts_at(table, "industry", row).is_empty(), "{id}");
            continue;
        }
        let premium = price / nav - 1.0;
        assert!((-0.35..0.2).contains(&premium), "{id} at a premium of {premium}");
        let year = actions[id].iter().filter(|(day, ..)| *day > date - 365 && *day <= date);
        let sum = year.fold(0.0, |sum, (_, _, amount)| sum + amount);
        assert_close(paid, sum / price, 1e-9, id);
        assert!(numbers(table, "sales")[row].is_nan() && numbers(table, "free_float")[row] > 0.99);
        classes.entry(texts_at(table, "sector", row)).or_default().push(premium);
        let mut rebuilt = paths[id][0].1;
        for pair in paths[id].windows(2) {
            let on_day = actions[id].iter().filter(|(day, ..)| *day == pair[1].0);
            let cash = on_day.fold(0.0, |sum, (_, _, amount)| sum + amount);
            rebuilt *= (pair[1].1 + cash) / pair[0].1;
            assert_close(rebuilt, pair[1].2, 1e-5, id);
        }
    }
    assert_eq!(classes.len(), 10, "{classes:?}");
    let discounts = classes.values().flatten().filter(|premium| **premium < 0.0).count();
    let funds = classes.values().flatten().count();
    assert!(discounts * 10 > funds * 7, "{discounts} of {funds} at a discount");
}

#[test]
fn each_row_is_in_the_universe_of_its_kind() {
    let parts = Mutex::new(Vec::new());
    let sink = |part: Part| {
        parts.lock().expect("no poison").push(part);
        Ok(())
    };
    let spec = with_funds();
    let generated = generate(&spec, &sessions(), &sink, &|_, _| ()).expect("a world");
    let mut snapshots = 0;
    for part in parts.into_inner().expect("no poison") {
        let Some(universes) = part.universes else {
            assert!(!part.path.starts_with("snapshots/"), "{}", part.path);
            continue;
        };
        snapshots += 1;
        for (row, id) in texts(&part.row_groups[0], "security_id").into_iter().enumerate() {
            let name = if id.starts_with("FD") { "funds" } else { "world" };
            assert_eq!(Some(universes.bits[row]), universes.mask(name), "{id}");
        }
    }
    assert_eq!(snapshots, generated.snapshots);
    let head: toml::Table = dataset_toml(&spec, &generated).parse().expect("TOML");
    assert_eq!(head["universe"].as_str(), Some("listed"));
    assert_eq!(head["fields"]["nav"]["unit"].as_str(), Some("per-share"));
}

#[test]
fn mistakes_in_funds_are_named() {
    let mut spec = with_funds();
    let funds = spec.funds.as_mut().expect("funds");
    funds.everything.clone_from(&spec.universe);
    "JP".clone_into(&mut funds.country);
    funds.classes[2].payments = 3;
    let Err(WorldError::Spec(problems)) = spec.check() else {
        panic!("three values are wrong");
    };
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    let expected = [
        "funds.everything",
        "funds.country",
        "funds.class.High Yield Bonds.payments",
    ];
    assert_eq!(keys, expected);
}
