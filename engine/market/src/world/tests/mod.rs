//! A small world, looked at from outside: through its tables only.

mod figures;
mod funds;
mod mistakes;
mod risk;
mod same;
mod vendors;

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{Datelike, Weekday};
use divisor_model::{Date, Day, Table, TextColumn, Values, day_of};

use super::error::WorldError;
use super::*;

const DEMO: &str = include_str!("../../../../../data/worlds/demo.toml");

/// Tables by path; of a file with several row groups, those after the first by path, `#` and number.
type Tables = BTreeMap<String, Table>;

/// Sixty securities over three years, without funds.
fn small() -> WorldSpec {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.securities_alive = 60;
    spec.funds = None;
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
    let sink = |part: Part| {
        for (at, table) in part.row_groups.into_iter().enumerate() {
            let path = if at == 0 {
                part.path.clone()
            } else {
                format!("{}#{at:02}", part.path)
            };
            let before = tables.lock().expect("no poison").insert(path, table);
            assert!(before.is_none(), "a path came twice");
        }
        Ok(())
    };
    let generated = generate(spec, &sessions(), &sink, &|_, _| ()).expect("a world");
    (tables.into_inner().expect("no poison"), generated)
}

/// A world of the small one's sessions in chunks of so many slots: row groups by path.
fn build_in_chunks(spec: &WorldSpec, slots: usize, threads: usize) -> (BTreeMap<String, Vec<Table>>, Generated) {
    let parts = Mutex::new(BTreeMap::new());
    let sink = |part: Part| {
        let before = parts.lock().expect("no poison").insert(part.path, part.row_groups);
        assert!(before.is_none(), "a path came twice");
        Ok(())
    };
    let timeline = crate::world::timeline::Timeline::new(spec, &sessions()).expect("sessions");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let closes = slots * timeline.len();
    let generate = || generate_in_chunks(spec, &sessions(), &sink, &|_, _| (), closes);
    let generated = pool.expect("a pool").install(generate).expect("a world");
    (parts.into_inner().expect("no poison"), generated)
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

fn texts_at<'a>(table: &'a Table, name: &str, row: usize) -> &'a str {
    match table.column(name) {
        Some(Values::Text(column)) => column.get(row).unwrap_or(""),
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

fn assert_close(one: f64, other: f64, tolerance: f64, what: &str) {
    assert!((one / other - 1.0).abs() <= tolerance, "{what}: {one} against {other}");
}

/// Exact text of a table: NaN equals NaN, and floats print to their last bit.
fn exact(table: &Table) -> String {
    format!("{table:?}")
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
