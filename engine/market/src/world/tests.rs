//! A small world, looked at from outside: through its tables only.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{Datelike, Weekday};
use divisor_model::{Date, Day, Table, TextColumn, Values, day_of};

use super::error::WorldError;
use super::*;

mod risk;

const DEMO: &str = include_str!("../../../../data/worlds/demo.toml");

/// Tables by path.
type Tables = BTreeMap<String, Table>;

/// Sixty securities over three years.
fn small() -> WorldSpec {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.securities_alive = 60;
    spec.first = "2005-01".parse().expect("a month");
    spec.last = "2006-12".parse().expect("a month");
    spec
}

/// All weekdays, two months further than the small world.
fn sessions() -> Vec<Date> {
    let days = "2004-01-02".parse::<Date>().expect("a date").iter_days();
    let weekdays = days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
    weekdays
        .take_while(|day| day.year() < 2007 || day.month() < 3)
        .collect()
}

fn build(spec: &WorldSpec) -> (Tables, Generated) {
    let tables = Mutex::new(Tables::new());
    let sink = |mut part: Part| {
        assert_eq!(part.row_groups.len(), 1, "a small world is one chunk");
        let table = part.row_groups.remove(0);
        let before = tables.lock().expect("no poison").insert(part.path, table);
        assert!(before.is_none(), "a path came twice");
        Ok(())
    };
    let generated = generate(spec, &sessions(), &sink, &|_, _| ()).expect("a world");
    (tables.into_inner().expect("no poison"), generated)
}

fn numbers<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match table.column(name) {
        Some(Values::Number(values)) => values,
        other => panic!("{name} is {other:?}"),
    }
}

fn days<'a>(table: &'a Table, name: &str) -> &'a [Day] {
    match table.column(name) {
        Some(Values::Day(values)) => values,
        other => panic!("{name} is {other:?}"),
    }
}

fn texts<'a>(table: &'a Table, name: &str) -> Vec<&'a str> {
    let get = |column: &'a TextColumn| {
        (0..column.codes.len())
            .map(|row| column.get(row).unwrap_or(""))
            .collect()
    };
    match table.column(name) {
        Some(Values::Text(column)) => get(column),
        other => panic!("{name} is {other:?}"),
    }
}

fn with_prefix<'a>(tables: &'a Tables, prefix: &str) -> impl Iterator<Item = (&'a String, &'a Table)> {
    tables.iter().filter(move |(path, _)| path.starts_with(prefix))
}

/// Rows of `prices` of each security: day, close, total return close.
fn price_paths(tables: &Tables) -> BTreeMap<&str, Vec<(Day, f64, f64)>> {
    let mut paths: BTreeMap<&str, Vec<(Day, f64, f64)>> = BTreeMap::new();
    for (_, table) in with_prefix(tables, "prices/") {
        let columns = (
            days(table, "date"),
            numbers(table, "close"),
            numbers(table, "close_total_return"),
        );
        for (row, id) in texts(table, "security_id").into_iter().enumerate() {
            let point = (columns.0[row], columns.1[row], columns.2[row]);
            paths.entry(id).or_default().push(point);
        }
    }
    paths
}

/// Actions of each security: ex-date, ratio (1 for cash), cash (0 for splits).
fn action_lists(tables: &Tables) -> BTreeMap<&str, Vec<(Day, f64, f64)>> {
    let table = &tables["actions.parquet"];
    let (ratio, amount) = (numbers(table, "ratio"), numbers(table, "amount"));
    let mut lists: BTreeMap<&str, Vec<(Day, f64, f64)>> = BTreeMap::new();
    for (row, id) in texts(table, "security_id").into_iter().enumerate() {
        let is_cash =
            texts_at(table, "kind", row).ends_with("dividend") && texts_at(table, "kind", row) != "stock-dividend";
        assert_eq!(is_cash, ratio[row].is_nan());
        assert_eq!(is_cash, !amount[row].is_nan());
        let action = if is_cash { (1.0, amount[row]) } else { (ratio[row], 0.0) };
        let ex_date = days(table, "ex_date")[row];
        lists.entry(id).or_default().push((ex_date, action.0, action.1));
    }
    lists
}

fn texts_at<'a>(table: &'a Table, name: &str, row: usize) -> &'a str {
    match table.column(name) {
        Some(Values::Text(column)) => column.get(row).unwrap_or(""),
        other => panic!("{name} is {other:?}"),
    }
}

fn assert_close(one: f64, other: f64, tolerance: f64, what: &str) {
    assert!((one / other - 1.0).abs() <= tolerance, "{what}: {one} against {other}");
}

/// Exact text of a table: NaN equals NaN, and floats print to their last bit.
fn exact(table: &Table) -> String {
    format!("{table:?}")
}

#[test]
fn the_same_bytes_at_one_and_four_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| build(&small()))
    };
    let ((one, one_counts), (four, four_counts)) = (run(1), run(4));
    assert_eq!(one_counts, four_counts);
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    for (path, table) in &one {
        assert!(exact(table) == exact(&four[path]), "{path} differs");
    }
    let mut other = small();
    other.seed += 1;
    let (other, _) = build(&other);
    assert!(exact(&one["actions.parquet"]) != exact(&other["actions.parquet"]));
}

/// The small world in chunks of so many slots: row groups by path.
fn build_in_chunks(slots: usize, threads: usize) -> (BTreeMap<String, Vec<Table>>, Generated) {
    let parts = Mutex::new(BTreeMap::new());
    let sink = |part: Part| {
        let before = parts.lock().expect("no poison").insert(part.path, part.row_groups);
        assert!(before.is_none(), "a path came twice");
        Ok(())
    };
    let spec = small();
    let timeline = super::timeline::Timeline::new(&spec, &sessions()).expect("sessions");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let closes = slots * timeline.len();
    let generate = || generate_in_chunks(&spec, &sessions(), &sink, &|_, _| (), closes);
    let generated = pool.expect("a pool").install(generate).expect("a world");
    (parts.into_inner().expect("no poison"), generated)
}

#[test]
fn chunks_are_the_same_at_any_number_of_threads() {
    let (one, counts) = build_in_chunks(17, 1);
    assert!(one.contains_key("fundamentals/part-003.parquet") && !one.contains_key("fundamentals.parquet"));
    assert_eq!(
        one["prices/year=2005/part-001.parquet"].len(),
        12,
        "a row group a month"
    );
    for threads in [2, 8] {
        let (other, other_counts) = build_in_chunks(17, threads);
        assert_eq!(counts, other_counts);
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (path, tables) in &one {
            let same = tables.iter().map(exact).eq(other[path].iter().map(exact));
            assert!(same, "{path} differs at {threads} threads");
        }
    }
}

/// The rows of tables as text, sorted.
fn sorted_rows<'a>(tables: impl Iterator<Item = &'a Table>) -> Vec<String> {
    let mut rows = Vec::new();
    for table in tables {
        for row in 0..table.rows() {
            let cells = table.columns.iter().map(|column| match &column.values {
                Values::Number(values) => values[row].to_bits().to_string(),
                Values::Day(values) => values[row].to_string(),
                Values::Flag(values) => format!("{:?}", values[row]),
                _ => texts_at(table, &column.name, row).to_owned(),
            });
            rows.push(cells.collect::<Vec<_>>().join(" "));
        }
    }
    rows.sort_unstable();
    rows
}

#[test]
fn a_world_has_the_same_rows_in_chunks_of_any_size() {
    let (whole, counts) = build(&small());
    for slots in [1, 25] {
        let (parts, other) = build_in_chunks(slots, 2);
        assert_eq!(other, counts);
        for table in [
            "prices/year=2004",
            "prices/year=2006",
            "fundamentals",
            "actions",
            "snapshots",
        ] {
            let own = parts.iter().filter(|(path, _)| path.starts_with(table));
            let chunked = sorted_rows(own.flat_map(|(_, tables)| tables));
            let expected = sorted_rows(with_prefix(&whole, table).map(|(_, table)| table));
            assert!(
                !expected.is_empty() && chunked == expected,
                "{table} in chunks of {slots}"
            );
        }
    }
}

/// FNV-1a over the bits of every cell, by path, column and row.
fn fingerprint(tables: &Tables) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (path, table) in tables {
        eat(path.as_bytes());
        for column in &table.columns {
            eat(column.name.as_bytes());
            match &column.values {
                // All missing values are one.
                Values::Number(values) => values.iter().for_each(|value| {
                    let bits = if value.is_nan() { u64::MAX } else { value.to_bits() };
                    eat(&bits.to_le_bytes());
                }),
                Values::Day(values) => values.iter().for_each(|day| eat(&day.to_le_bytes())),
                Values::Flag(values) => values.iter().for_each(|flag| eat(&[u8::from(*flag == Some(true))])),
                _ => texts(table, &column.name).into_iter().for_each(|text| {
                    eat(text.as_bytes());
                    eat(&[0]);
                }),
            }
        }
    }
    hash
}

/// The demo world up to its first year: who changes this changes every figure that was ever shown of it. What vendors
/// add disturbs nothing that is there without them.
#[test]
fn the_demo_world_stays_as_it_is() {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.first = "2006-01".parse().expect("a month");
    spec.last = "2006-12".parse().expect("a month");
    let (vendors, risk_model) = (spec.vendors.take(), spec.risk_model.take());
    let (tables, generated) = build(&spec);
    let figures = (generated.securities, generated.price_rows, fingerprint(&tables));
    assert_eq!(figures, (1312, 937_494, 10_775_692_013_726_348_126));

    (spec.vendors, spec.risk_model) = (vendors, risk_model);
    let (mut with_vendors, _) = build(&spec);
    let models = with_vendors.split_off("risk/");
    let mut rest = models.clone();
    rest.retain(|path, _| !path.starts_with("risk/"));
    with_vendors.extend(rest);
    assert_eq!(models.len() - 12, 36, "three tables a month, beside the snapshots");
    let mut added = Tables::new();
    for (path, table) in &mut with_vendors {
        if path.starts_with("snapshots/") {
            let own = table.columns.split_off(tables[path].columns.len());
            let columns = Table {
                name: table.name,
                columns: own,
            };
            added.insert(path.clone(), columns);
        }
    }
    assert_eq!(fingerprint(&with_vendors), figures.2, "what was there before");
    let names: Vec<&str> = added["snapshots/date=2006-12-29/part.parquet"]
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "eps_forward",
            "growth_estimate",
            "enterprise_value",
            "accruals",
            "excluded"
        ]
    );
    assert_eq!(fingerprint(&added), 7_815_251_610_475_866_221);
}

/// Correlations that the fields of vendors promise.
#[test]
fn what_vendors_say_hangs_together_with_what_is_there() {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.securities_alive = 400;
    spec.first = "2006-06".parse().expect("a month");
    spec.last = "2006-06".parse().expect("a month");
    let (tables, _) = build(&spec);
    let table = &tables["snapshots/date=2006-06-30/part.parquet"];
    let [price, fx, trailing, cap] = ["price", "fx", "eps_ttm", "market_cap"].map(|name| numbers(table, name));
    let [forward, growth, value, accruals] =
        ["eps_forward", "growth_estimate", "enterprise_value", "accruals"].map(|name| numbers(table, name));
    let rows: Vec<usize> = (0..table.rows()).filter(|row| !forward[*row].is_nan()).collect();
    assert!(rows.len() > 320 && rows.len() < table.rows(), "{} covered", rows.len());
    let over_price = |eps: f64, row: usize| eps / (price[row] * fx[row]);
    let yields = |eps: &[f64]| rows.iter().map(|row| over_price(eps[*row], *row)).collect::<Vec<_>>();
    let near = correlation(&yields(forward), &yields(trailing));
    assert!((0.5..0.99).contains(&near), "forward and trailing yields: {near}");
    let (fast, steps): (Vec<f64>, Vec<f64>) = rows
        .iter()
        .filter(|row| trailing[**row] > 0.0 && forward[**row] > 0.0)
        .map(|row| (growth[*row], (forward[*row] / trailing[*row]).ln()))
        .unzip();
    let near = correlation(&fast, &steps);
    assert!(
        (0.4..1.0).contains(&near),
        "growth and the step to forward earnings: {near}"
    );
    assert!(fast.iter().all(|rate| (-0.1..=0.4).contains(rate)));
    let sectors = texts(table, "sector");
    for row in 0..table.rows() {
        assert!(
            sectors[row] != "Financials" || value[row].is_nan(),
            "a bank has no enterprise value"
        );
        assert!(accruals[row].is_nan() || accruals[row].abs() < 2.0, "{}", accruals[row]);
    }
    let valued: Vec<usize> = (0..table.rows()).filter(|row| !value[*row].is_nan()).collect();
    let logs = |values: &[f64]| valued.iter().map(|row| values[*row].max(1.0).ln()).collect::<Vec<_>>();
    assert!(correlation(&logs(value), &logs(cap)) > 0.8);
    let Some(Values::Flag(flags)) = table.column("excluded") else {
        panic!("flags")
    };
    let share = flags.iter().filter(|flag| **flag == Some(true)).count() as f64 / table.rows() as f64;
    assert!((0.01..0.09).contains(&share), "{share}");
}

/// Pearson's.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |x: &[f64], mean_x: f64, y: &[f64], mean_y: f64| {
        let pairs = x.iter().zip(y);
        pairs.map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>()
    };
    product(a, mean_a, b, mean_b) / (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt()
}

#[test]
fn a_shorter_world_is_the_beginning_of_a_longer_one() {
    let mut short = small();
    short.last = "2005-12".parse().expect("a month");
    let ((short, _), (long, _)) = (build(&short), build(&small()));
    assert_eq!(with_prefix(&short, "snapshots/").count(), 12);
    for (path, table) in with_prefix(&short, "snapshots/") {
        assert!(exact(table) == exact(&long[path]), "{path} differs");
    }
    let end = day_of("2005-12-30".parse().expect("a date"));
    let known = |tables: &Tables| -> Vec<String> {
        let table = &tables["fundamentals.parquet"];
        let ids = texts(table, "security_id");
        let row = |row: usize| {
            let cells = table.columns.iter().map(|column| match &column.values {
                Values::Number(values) => values[row].to_string(),
                Values::Day(values) => values[row].to_string(),
                Values::Flag(values) => format!("{:?}", values[row]),
                _ => texts_at(table, &column.name, row).to_owned(),
            });
            cells.collect::<Vec<_>>().join(" ")
        };
        let listed = price_paths(&short);
        let wanted = (0..ids.len()).filter(|at| days(table, "known_on")[*at] <= end && listed.contains_key(ids[*at]));
        wanted.map(row).collect()
    };
    assert!(known(&short).len() > 1000);
    assert!(known(&short) == known(&long));
}

#[test]
fn closes_actions_and_total_returns_agree() {
    let (tables, _) = build(&small());
    let actions = action_lists(&tables);
    let (mut cash_days, mut split_days) = (0, 0);
    for (id, path) in price_paths(&tables) {
        let own = actions.get(id).map_or(&[][..], Vec::as_slice);
        assert_close(path[0].1, path[0].2, 1e-12, "both columns start together");
        let mut rebuilt = path[0].1;
        for pair in path.windows(2) {
            let (before, today) = (pair[0], pair[1]);
            let on_day = own.iter().filter(|(ex_date, ..)| *ex_date == today.0);
            let mut cash = 0.0;
            for (ex_date, ratio, amount) in on_day {
                // An amount is a share's of the day before: every split from the ex-date on made more shares of it.
                let later = own
                    .iter()
                    .filter(|(other, ..)| other >= ex_date)
                    .map(|(_, ratio, _)| ratio);
                cash += amount / later.product::<f64>();
                cash_days += usize::from(*amount > 0.0);
                split_days += usize::from((ratio - 1.0).abs() > 0.01);
            }
            rebuilt *= (today.1 + cash) / before.1;
            assert_close(rebuilt, today.2, 1e-5, &format!("{id} on day {}", today.0));
        }
    }
    assert!(
        cash_days > 100 && split_days > 3,
        "{cash_days} dividends and {split_days} splits"
    );
}

#[test]
fn snapshots_agree_with_prices_and_with_themselves() {
    let (tables, generated) = build(&small());
    let (actions, paths) = (action_lists(&tables), price_paths(&tables));
    let mut rows = 0;
    for (path, table) in with_prefix(&tables, "snapshots/") {
        let (price, fx) = (numbers(table, "price"), numbers(table, "fx"));
        let (shares, cap) = (numbers(table, "shares"), numbers(table, "market_cap"));
        let date = path["snapshots/date=".len()..][..10].parse::<Date>().expect("a date");
        assert!(
            date.succ_opt()
                .is_some_and(|next| next.month() != date.month() || next.weekday() == Weekday::Sat)
        );
        for (row, id) in texts(table, "security_id").into_iter().enumerate() {
            assert_close(cap[row], shares[row] * price[row] * fx[row], 1e-9, id);
            assert_eq!(days(table, "price_date")[row], day_of(date));
            let own = actions.get(id).map_or(&[][..], Vec::as_slice);
            let later = own.iter().filter(|(ex_date, ..)| *ex_date > day_of(date));
            let factor: f64 = later.map(|(_, ratio, _)| ratio).product();
            let close = paths[id]
                .iter()
                .find(|(day, ..)| *day == day_of(date))
                .expect("a close on the day");
            assert_close(close.1 * factor, price[row], 2e-6, id);
            let float = numbers(table, "free_float")[row];
            assert!((0.15..=1.0).contains(&float));
            if texts_at(table, "currency", row) == "USD" {
                assert_eq!(fx[row].to_bits(), 1.0_f64.to_bits());
            }
            rows += 1;
        }
    }
    assert_eq!(rows, generated.snapshot_rows);
}

#[test]
fn about_the_wanted_number_is_alive_and_nothing_outlives_its_prices() {
    let mut spec = small();
    spec.securities_alive = 200;
    let (tables, generated) = build(&spec);
    let paths = price_paths(&tables);
    assert_eq!(paths.len(), generated.securities);
    assert!(generated.merged + generated.failed > 5 && generated.securities > 205);
    for (path, table) in with_prefix(&tables, "snapshots/") {
        let alive = table.rows() as f64;
        assert!((alive / 200.0 - 1.0).abs() < 0.04, "{alive} alive in {path}");
        let isins = texts(table, "isin");
        let unique: std::collections::BTreeSet<&str> = isins.iter().copied().collect();
        assert_eq!(unique.len(), isins.len());
    }
    let second_lines = paths.len() - generated.issuers;
    assert!(second_lines > 0 && second_lines < 25, "{second_lines} second lines");
}

#[test]
fn lines_of_one_issuer_share_it_and_have_their_own_capitalization() {
    let (tables, _) = build(&small());
    let (_, table) = with_prefix(&tables, "snapshots/").last().expect("a snapshot");
    let mut by_issuer: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, issuer) in texts(table, "issuer_id").into_iter().enumerate() {
        by_issuer.entry(issuer).or_default().push(row);
    }
    let pairs: Vec<Vec<usize>> = by_issuer.into_values().filter(|rows| rows.len() == 2).collect();
    assert!(!pairs.is_empty());
    for pair in pairs {
        for column in ["country", "sector", "industry", "currency", "mic"] {
            assert_eq!(texts_at(table, column, pair[0]), texts_at(table, column, pair[1]));
        }
        let cap = numbers(table, "market_cap");
        assert!((cap[pair[0]] / cap[pair[1]] - 1.0).abs() > 1e-3);
    }
}

#[test]
fn publications_follow_their_periods_and_add_up() {
    let (tables, _) = build(&small());
    let table = &tables["fundamentals.parquet"];
    let (start, end, known) = (
        days(table, "period_start"),
        days(table, "period_end"),
        days(table, "known_on"),
    );
    let column = |name| numbers(table, name);
    let (mut checked, mut years, mut oldest) = (0, 0, Day::MAX);
    for row in 0..table.rows() {
        let annual = texts_at(table, "period", row) == "FY";
        assert!(known[row] >= end[row] + 25, "a publication comes after its period");
        assert!((known[row] + 3).rem_euclid(7) < 5, "known on a weekday");
        let length = end[row] - start[row] + 1;
        assert!(if annual {
            (365..=366).contains(&length)
        } else {
            (90..=92).contains(&length)
        });
        years += usize::from(annual);
        oldest = oldest.min(end[row]);
        let (income, eps) = (column("net_income")[row], column("eps")[row]);
        let (book, book_per_share) = (column("book_value")[row], column("book_value_per_share")[row]);
        if eps.abs() > 0.01 && income.abs() > 1e7 && book.abs() > 1e7 {
            // Average shares of a year may differ from those at its end by a year's issuance.
            let tolerance = if annual { 0.05 } else { 2e-3 };
            assert_close(
                income / eps,
                book / book_per_share,
                tolerance,
                "shares behind the figures",
            );
            checked += 1;
        }
    }
    assert!(checked > 500 && years > 300, "{checked} checked, {years} years");
    assert!(
        oldest < day_of("1990-01-01".parse().expect("a date")),
        "old companies reach back"
    );
}

#[test]
fn snapshot_figures_are_the_newest_known_publications() {
    let (tables, _) = build(&small());
    let table = &tables["fundamentals.parquet"];
    let (_, snapshot) = with_prefix(&tables, "snapshots/").last().expect("a snapshot");
    let day = days(snapshot, "price_date")[0];
    let sales: BTreeMap<&str, f64> = texts(snapshot, "security_id")
        .into_iter()
        .zip(numbers(snapshot, "sales").iter().copied())
        .collect();
    let mut newest: BTreeMap<&str, (Day, Day, f64)> = BTreeMap::new();
    for (row, id) in texts(table, "security_id").into_iter().enumerate() {
        let known = days(table, "known_on")[row];
        let row_of_year = (days(table, "period_end")[row], known, numbers(table, "sales")[row]);
        if texts_at(table, "period", row) == "FY" && known <= day && !row_of_year.2.is_nan() {
            let best = newest.entry(id).or_insert(row_of_year);
            if (row_of_year.0, row_of_year.1) > (best.0, best.1) {
                *best = row_of_year;
            }
        }
    }
    let mut compared = 0;
    for (id, value) in sales.iter().filter(|(_, value)| !value.is_nan()) {
        assert_close(*value, newest[id].2, 1e-12, id);
        compared += 1;
    }
    assert!(compared > 50);
}

#[test]
fn utilities_are_calmer_than_technology() {
    let mut spec = small();
    spec.securities_alive = 150;
    let (tables, _) = build(&spec);
    let (_, table) = with_prefix(&tables, "snapshots/").last().expect("a snapshot");
    let mean = |sector: &str| {
        let of_sector = |row: &usize| texts_at(table, "sector", *row) == sector;
        let volatility = numbers(table, "volatility_1y");
        let values: Vec<f64> = (0..table.rows()).filter(of_sector).map(|row| volatility[row]).collect();
        let present: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        assert!(present.len() > 3, "{sector}");
        present.iter().sum::<f64>() / present.len() as f64
    };
    let (calm, lively) = (mean("Utilities"), mean("Information Technology"));
    assert!(
        calm * 1.2 < lively && calm > 0.08 && lively < 0.7,
        "{calm} against {lively}"
    );
}

#[test]
fn the_receiver_can_refuse_and_sessions_must_reach() {
    let refuse = |part: Part| {
        if part.path.starts_with("actions") {
            Err("full".to_owned())
        } else {
            Ok(())
        }
    };
    let error = generate(&small(), &sessions(), &refuse, &|_, _| ()).expect_err("refused");
    let expected = WorldError::Sink {
        path: "actions.parquet".to_owned(),
        message: "full".to_owned(),
    };
    assert_eq!(error, expected);
    let short = &sessions()[..480];
    let error = generate(&small(), short, &|_| Ok(()), &|_, _| ()).expect_err("too short");
    assert_eq!(error, WorldError::Sessions("there is none in 2005-12".to_owned()));
    let mut twice = sessions();
    twice[7] = twice[6];
    assert!(matches!(
        generate(&small(), &twice, &|_| Ok(()), &|_, _| ()),
        Err(WorldError::Sessions(_))
    ));
}

#[test]
fn progress_ends_at_its_total() {
    let seen = Mutex::new(Vec::new());
    let note = |done, total| seen.lock().expect("no poison").push((done, total));
    generate(&small(), &sessions(), &|_| Ok(()), &note).expect("a world");
    let seen = seen.into_inner().expect("no poison");
    let total = seen[0].1;
    assert_eq!(seen.len(), total);
    assert_eq!(seen.iter().map(|(done, _)| *done).max(), Some(total));
}

#[test]
fn mistakes_in_a_world_are_named() {
    let broken = DEMO.replace("seed  ", "sead  ");
    let error = WorldSpec::from_toml(&broken).expect_err("an unknown key");
    assert!(
        matches!(&error, WorldError::Toml(message) if message.contains("sead")),
        "{error}"
    );
    let broken = DEMO
        .replace("weight          = 42\n", "weight          = -42\n")
        .replace("tail_freedom           = 6", "tail_freedom           = 7");
    let Err(WorldError::Spec(problems)) = WorldSpec::from_toml(&broken) else {
        panic!("two values are wrong");
    };
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["market.tail_freedom", "country.US.weight"]);
}

#[test]
fn the_dataset_says_what_it_is() {
    let spec = small();
    let (tables, generated) = build(&spec);
    let text = dataset_toml(&spec, &generated);
    let parsed: toml::Table = text.parse().expect("TOML");
    assert_eq!(parsed["currency"].as_str(), Some("USD"));
    assert_eq!(parsed["first"].to_string(), "2005-01-31");
    assert_eq!(parsed["last"].to_string(), "2006-12-29");
    assert_eq!(parsed["fields"]["eps_forward"]["unit"].as_str(), Some("per-share"));
    assert!(parsed["fields"].get("excluded").is_none(), "a flag has no unit");
    assert!(tables.contains_key("snapshots/date=2006-12-29/part.parquet"));
    assert!(tables.contains_key("prices/year=2004/part.parquet"));
}
