//! Data that keeps its contract and looks wrong: one defect a dataset, what `data check` says of it and what a run says
//! that takes every finding for an error. `wrong/quality/<name>.txt` holds the exact words. Together with
//! `wrong_datasets` these are the defective datasets none of which may be repaired in silence.

mod broken;
mod reports;

use std::collections::BTreeMap;
use std::path::Path;

use divisor_market::quality::ALL;
use divisor_model::Date;

use crate::support::{
    Divisor, Folder, Outcome, Review, TextData, compare, contents, copy_tree, names_in, read, tests, texts,
};

const MAY: &str = "2020-05-29";
const NOVEMBER: &str = "2020-11-30";
const APRIL: &str = "snapshots/date=2020-04-30";
const SEPTEMBER: &str = "snapshots/date=2020-09-30";
const OCTOBER: &str = "snapshots/date=2020-10-30";
const PRICES: &str = "prices/year=2020";
const FIGURES: &str = "fundamentals";
const DATES: [&str; 8] = [
    "2020-03-31",
    "2020-04-30",
    "2020-05-29",
    "2020-06-30",
    "2020-07-31",
    "2020-08-31",
    "2020-09-30",
    "2020-10-30",
];
const NAMES: usize = 30;

fn id(name: usize) -> String {
    format!("N{name:02}")
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The close of a name so many weekdays after the first: moves by less than a percent a day and never repeats.
fn close(name: usize, day: usize) -> f64 {
    let level = (20 + name) as f64;
    let wave = ((day * 7 + name * 5) % 13) as f64;
    (level * (1.0 + wave / 1000.0) * (1.0 + day as f64 / 5000.0) * 1e4).round() / 1e4
}

/// Weekdays of 2020 up to the last snapshot.
fn weekdays() -> Vec<Date> {
    use chrono::Datelike;
    let all = date("2020-01-02")
        .iter_days()
        .take_while(|day| *day <= date("2020-10-30"));
    all.filter(|day| day.weekday().number_from_monday() < 6).collect()
}

/// A sound dataset: thirty names in three sectors and two currencies, monthly snapshots, daily prices, three fiscal
/// years and one split.
fn sound() -> TextData {
    let days = weekdays();
    let mut text = String::new();
    for (at, taken) in DATES.iter().enumerate() {
        let day = days.iter().position(|day| *day == date(taken)).unwrap();
        text.push_str(&format!(
            "[snapshots/date={taken}]\nsecurity_id price price_date shares market_cap sector country currency fx sales \
             price_to_book dividend_yield\n"
        ));
        for name in 0..NAMES {
            let (price, shares) = (close(name, day), 100 + name);
            let is_british = name % 5 == 4;
            let (country, currency, rate) = if is_british {
                ("GB", "GBP", 1.5 + at as f64 / 100.0)
            } else {
                ("US", "USD", 1.0)
            };
            text.push_str(&format!(
                "{} {price} {taken} {shares} {} {} {country} {currency} {rate} {} {} {}\n",
                id(name),
                price * shares as f64 * rate,
                ["Tech", "Banks", "Health"][name % 3],
                1000 + 10 * name + at,
                1.0 + (name * 7 % 10) as f64 / 10.0,
                0.01 + (name % 4) as f64 / 100.0,
            ));
        }
    }
    text.push_str("[fundamentals]\nsecurity_id period_end period_start period known_on withdrawn eps sales\n");
    for name in 0..NAMES {
        for year in 2017..2020 {
            let (eps, sales) = (1.0 + (name + year - 2017) as f64 / 10.0, 900 + 10 * name + year - 2017);
            let known = format!("{}-03-01", year + 1);
            text.push_str(&format!(
                "{} {year}-12-31 {year}-01-01 FY {known} false {eps} {sales}\n",
                id(name)
            ));
        }
    }
    text.push_str("[prices/year=2020]\nsecurity_id date close close_total_return volume\n");
    for name in 0..NAMES {
        for (at, day) in days.iter().enumerate() {
            let close = close(name, at);
            text.push_str(&format!("{} {day} {close} {} 1000\n", id(name), close / 2.0));
        }
    }
    text.push_str("[actions]\nsecurity_id ex_date known_on kind ratio\nN01 2019-06-03 2019-05-20 split 2\n");
    TextData::parse(&text)
}

/// Changes one column in the rows of a table that are chosen by id and by what `key` holds; none chosen is a mistake.
fn change(
    data: &mut TextData,
    table: &str,
    (key, column): (&str, &str),
    chosen: impl Fn(&str, &str) -> bool,
    value: impl Fn(&str) -> String,
) {
    let table = data.table(table);
    let at = |name: &str| table.header.iter().position(|column| column == name).unwrap();
    let (key, column) = (at(key), at(column));
    let mut changed = 0;
    for row in &mut table.rows {
        if chosen(&row[0], &row[key]) {
            row[column] = value(&row[column]);
            changed += 1;
        }
    }
    assert!(changed > 0, "nothing changed");
}

fn times(factor: f64) -> impl Fn(&str) -> String + Copy {
    move |value| (value.parse::<f64>().unwrap() * factor).to_string()
}

fn null(_: &str) -> String {
    "-".to_owned()
}

/// One name's value in a snapshot.
fn set(data: &mut TextData, snapshot: &str, name: &str, column: &str, value: &str) {
    data.table(snapshot).set(name, column, value);
}

/// The first names of a snapshot, so many.
fn first(count: usize) -> impl Fn(&str, &str) -> bool {
    move |name, _| name < id(count).as_str()
}

/// Both closes of a name on the days for which `is_day` holds.
fn reprice(
    data: &mut TextData,
    name: &str,
    is_day: impl Fn(&str) -> bool + Copy,
    value: impl Fn(&str) -> String + Copy,
) {
    for column in ["close", "close_total_return"] {
        change(
            data,
            PRICES,
            ("date", column),
            |own, day| own == name && is_day(day),
            value,
        );
    }
}

/// Eleven sessions of a name.
fn in_august(name: &'static str) -> impl Fn(&str, &str) -> bool {
    move |own, day| own == name && ("2020-08-03".."2020-08-18").contains(&day)
}

fn drop_rows(data: &mut TextData, table: &str, is_dropped: impl Fn(&[String]) -> bool) {
    let table = data.table(table);
    let before = table.rows.len();
    table.rows.retain(|row| !is_dropped(row));
    assert!(table.rows.len() < before, "nothing dropped");
}

/// Prices of a snapshot become those of another, market caps with them.
fn copy_prices(data: &mut TextData, from: &str, to: &str) {
    let from = data.table(from).clone();
    let to = data.table(to);
    let at = |name: &str| from.header.iter().position(|column| column == name).unwrap();
    let number = |row: &[String], name: &str| row[at(name)].parse::<f64>().unwrap();
    for (row, old) in to.rows.iter_mut().zip(&from.rows) {
        row[at("price")].clone_from(&old[at("price")]);
        row[at("market_cap")] = (number(row, "price") * number(row, "shares") * number(row, "fx")).to_string();
    }
}

/// A folder with the dataset, the rulebook and a configuration that takes every finding for an error.
fn prepare(data: &TextData) -> Folder {
    let folder = Folder::new();
    data.write(&folder.join("data"));
    folder.write("rulebook.toml", &read(&tests("wrong/quality/rulebook.toml")));
    let strict = ALL.map(|check| format!("[{}]\nseverity = \"error\"\n", check.name));
    folder.write("strict/checks.toml", &strict.concat());
    folder
}

fn data_check(folder: &Folder, more: &str) -> Outcome {
    Divisor::new(folder.path())
        .args("data check --data ./data")
        .args(more)
        .run()
}

fn run(folder: &Folder, more: &str) -> Outcome {
    Divisor::new(folder.path())
        .args("run rulebook.toml --data ./data --to 2020-12-31")
        .args(more)
        .run()
}

/// The diagnostics of a run: what its last line says depends on the clock.
fn diagnostics(outcome: &Outcome) -> String {
    let lines = outcome.stderr.lines().filter(|line| !line.starts_with("1 index, "));
    let lines: Vec<&str> = lines.collect();
    format!("{}\n", lines.join("\n").trim_end())
}

/// The published files of one review.
fn review(folder: &Path, effective: &str) -> BTreeMap<String, Vec<u8>> {
    contents(&folder.join("out/tiny/reviews").join(effective))
}
