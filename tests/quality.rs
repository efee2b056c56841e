//! Data that keeps its contract and looks wrong: one defect a dataset, what `data check` says of it and what a run says
//! that takes every finding for an error. `wrong/quality/<name>.txt` holds the exact words. Together with
//! `wrong_datasets` these are the defective datasets none of which may be repaired in silence.

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

/// A defect, the check it is meant for, and the first review that a run refuses to make of it; none where the check
/// belongs to `data check` alone or finds it there alone.
struct Broken {
    name: &'static str,
    check: &'static str,
    stops: Option<&'static str>,
    change: fn(&mut TextData),
}

const fn broken(
    name: &'static str,
    check: &'static str,
    stops: Option<&'static str>,
    change: fn(&mut TextData),
) -> Broken {
    Broken {
        name,
        check,
        stops,
        change,
    }
}

const VALUES: &[Broken] = &[
    broken("yield-in-percent", "value-bounds", Some(NOVEMBER), |data| {
        set(data, OCTOBER, "N07", "dividend_yield", "3.5");
    }),
    broken("yield-negative", "value-bounds", Some(MAY), |data| {
        set(data, APRIL, "N07", "dividend_yield", "-0.02");
    }),
    broken("price-to-book-wild", "sector-outlier", Some(NOVEMBER), |data| {
        set(data, OCTOBER, "N03", "price_to_book", "900");
    }),
    broken("sales-in-thousands", "own-jump", Some(NOVEMBER), |data| {
        change(
            data,
            OCTOBER,
            ("sales", "sales"),
            |name, _| name == "N05",
            times(1000.0),
        );
    }),
    broken("filed-sales-in-thousands", "own-jump", None, |data| {
        let is_2019 = |name: &str, end: &str| name == "N05" && end == "2019-12-31";
        change(data, FIGURES, ("period_end", "sales"), is_2019, times(1000.0));
    }),
    broken(
        "shares-of-another-class",
        "market-cap-mismatch",
        Some(NOVEMBER),
        |data| {
            set(data, OCTOBER, "N02", "shares", "10");
        },
    ),
    broken("market-cap-of-all-lines", "market-cap-jump", Some(NOVEMBER), |data| {
        for column in ["market_cap", "shares"] {
            change(data, OCTOBER, (column, column), |name, _| name == "N02", times(4.0));
        }
    }),
];

const MISSING: &[Broken] = &[
    broken("column-mostly-null", "missing-values", Some(MAY), |data| {
        for taken in DATES {
            let table = format!("snapshots/date={taken}");
            change(data, &table, ("sales", "sales"), first(20), null);
        }
    }),
    broken("column-empty-once", "missing-values", None, |data| {
        // In a snapshot that no review reads.
        change(data, SEPTEMBER, ("sales", "sales"), first(NAMES), null);
    }),
    broken("history-missing", "missing-values", Some(MAY), |data| {
        change(data, FIGURES, ("eps", "eps"), first(20), null);
    }),
    broken("sector-without-values", "missing-in-sector", Some(MAY), |data| {
        for taken in DATES {
            let table = format!("snapshots/date={taken}");
            change(data, &table, ("sector", "sales"), |_, sector| sector == "Banks", null);
        }
    }),
    broken("coverage-falls", "coverage-drop", Some(NOVEMBER), |data| {
        change(data, OCTOBER, ("sales", "sales"), first(11), null);
    }),
    broken("prices-of-few", "price-coverage", Some(NOVEMBER), |data| {
        drop_rows(data, PRICES, |row| row[0] < id(12) && row[1].as_str() > "2020-10-12");
    }),
    broken("figures-of-few", "figures-coverage", None, |data| {
        drop_rows(data, FIGURES, |row| row[0] < id(12));
    }),
];

const CLOSES: &[Broken] = &[
    broken("close-jumps", "price-jump", Some(NOVEMBER), |data| {
        reprice(data, "N06", |day| day >= "2020-08-10", times(1.45));
    }),
    broken("split-unadjusted", "unadjusted-split", Some(MAY), |data| {
        reprice(data, "N06", |day| day < "2020-03-10", times(2.0));
    }),
    broken("reverse-split-unadjusted", "unadjusted-split", Some(MAY), |data| {
        reprice(data, "N06", |day| day < "2020-03-10", times(0.1));
    }),
    broken("known-split-unadjusted", "unadjusted-split", None, |data| {
        // 13:10 is found by its action alone, which runs do not ask.
        reprice(data, "N06", |day| day < "2020-03-10", times(1.3));
        let row = ["N06", "2020-03-10", "2020-02-20", "split", "1.3"].map(str::to_owned);
        data.table("actions").rows.push(row.to_vec());
    }),
    broken("ticker-reused", "reused-ticker", Some(NOVEMBER), |data| {
        drop_rows(data, PRICES, |row| {
            row[0] == "N06" && ("2020-05-04".."2020-07-20").contains(&row[1].as_str())
        });
        reprice(data, "N06", |day| day >= "2020-07-20", times(3.3));
    }),
    broken("close-stale", "stale-close", Some(NOVEMBER), |data| {
        change(data, PRICES, ("date", "close"), in_august("N06"), |_| "26.5".to_owned());
    }),
    broken("close-stale-without-trades", "stale-close", Some(NOVEMBER), |data| {
        change(data, PRICES, ("date", "close"), in_august("N06"), |_| "26.5".to_owned());
        change(data, PRICES, ("date", "volume"), in_august("N06"), |_| "0".to_owned());
    }),
    broken("prices-of-another-day", "stale-price-date", Some(NOVEMBER), |data| {
        change(data, OCTOBER, ("price", "price_date"), first(30), |_| {
            "2020-10-15".to_owned()
        });
    }),
    broken("prices-without-day", "stale-price-date", Some(NOVEMBER), |data| {
        change(data, OCTOBER, ("price", "price_date"), first(4), null);
    }),
    broken("prices-of-tomorrow", "stale-price-date", Some(MAY), |data| {
        change(data, APRIL, ("price", "price_date"), first(4), |_| {
            "2020-05-04".to_owned()
        });
    }),
    broken("prices-end", "ended-prices", Some(NOVEMBER), |data| {
        drop_rows(data, PRICES, |row| row[0] == "N06" && row[1].as_str() > "2020-10-05");
    }),
    broken("closes-disagree", "close-disagreement", Some(MAY), |data| {
        let is_before = |name: &str, day: &str| name == "N06" && day < "2020-03-10";
        change(data, PRICES, ("date", "close"), is_before, times(2.0));
    }),
    broken(
        "close-of-another-company",
        "cap-against-close",
        Some(NOVEMBER),
        |data| {
            // Creeps away over June: no single day is odd.
            let later = weekdays().into_iter().filter(|day| *day > date("2020-06-01"));
            for (at, day) in later.enumerate() {
                let (day, factor) = (day.to_string(), 1.0 + at.min(20) as f64 / 25.0);
                reprice(data, "N06", |own| own == day, times(factor));
            }
        },
    ),
];

const FILINGS: &[Broken] = &[
    broken("filed-late", "late-publication", None, |data| {
        let is_2019 = |name: &str, end: &str| name == "N08" && end == "2019-12-31";
        change(data, FIGURES, ("period_end", "known_on"), is_2019, |_| {
            "2020-09-30".to_owned()
        });
    }),
    broken("year-missing", "period-gap", None, |data| {
        drop_rows(data, FIGURES, |row| row[0] == "N08" && row[1] == "2018-12-31");
    }),
    broken("restated", "large-restatement", None, |data| {
        let row = [
            "N08",
            "2019-12-31",
            "2019-01-01",
            "FY",
            "2020-06-15",
            "false",
            "0.3",
            "982",
        ];
        data.table(FIGURES).rows.push(row.map(str::to_owned).to_vec());
    }),
];

const SNAPSHOTS: &[Broken] = &[
    broken("snapshots-pause", "snapshot-gap", None, |data| {
        let gone = ["2020-06-30", "2020-07-31", "2020-08-31"].map(|date| format!("snapshots/date={date}"));
        data.tables.retain(|table| !gone.contains(&table.heading));
    }),
    broken("ids-of-another-vendor", "universe-change", Some(NOVEMBER), |data| {
        for row in data.table(OCTOBER).rows.iter_mut().take(12) {
            row[0] = row[0].replace('N', "X");
        }
    }),
    broken("file-cut-short", "universe-change", Some(NOVEMBER), |data| {
        data.table(OCTOBER).rows.truncate(18);
    }),
    broken("sectors-renamed", "sector-change", Some(NOVEMBER), |data| {
        change(
            data,
            OCTOBER,
            ("sector", "sector"),
            |_, sector| sector == "Tech",
            |_| "Technology".to_owned(),
        );
    }),
    broken("fx-inverted", "fx-jump", Some(NOVEMBER), |data| {
        change(
            data,
            OCTOBER,
            ("currency", "fx"),
            |_, currency| currency == "GBP",
            |_| "0.6369".to_owned(),
        );
    }),
    broken("fx-of-another-day", "fx-disagreement", Some(NOVEMBER), |data| {
        set(data, OCTOBER, "N09", "fx", "1.62");
    }),
    broken("snapshot-copied", "repeated-snapshot", None, |data| {
        // Of September, which no review reads.
        copy_prices(data, SEPTEMBER, OCTOBER);
    }),
    broken(
        "snapshot-of-the-review-before",
        "repeated-snapshot",
        Some(NOVEMBER),
        |data| {
            copy_prices(data, APRIL, OCTOBER);
        },
    ),
];

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

fn check(group: &[Broken]) {
    let plain = prepare(&sound());
    assert_eq!(run(&plain, "--config strict").code, 0);
    let mut wrong = Vec::new();
    for broken in group {
        let mut data = sound();
        (broken.change)(&mut data);
        let folder = prepare(&data);
        let before = contents(&folder.join("data"));
        let found = data_check(&folder, "--format csv");
        let ran = run(&folder, "--config strict");
        let path = tests("wrong/quality").join(format!("{}.txt", broken.name));
        let text = format!(
            "$ divisor data check --format csv\n{}\n$ divisor run, every check an error\n{}",
            found.stdout,
            diagnostics(&ran)
        );
        wrong.extend(compare(&path, &text));
        let mut expect = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}: {what}\n{}{}", broken.name, found.stdout, ran.stderr));
            }
        };
        let is_found = found.stdout.contains(&format!(",{},", broken.check));
        // What lies between two reviews, or in a history function, only a run can see.
        let is_run_alone = ["snapshot-of-the-review-before", "history-missing"].contains(&broken.name);
        expect(is_found || is_run_alone, "the check does not find it");
        expect(
            found.code == 0,
            "a finding that is no error ends with another code than 0",
        );
        expect(before == contents(&folder.join("data")), "the data was changed");
        let is_told = ran.stderr.contains(&format!("`{}`", broken.check));
        expect(
            is_told == broken.stops.is_some(),
            "the run tells it or not, against what was expected",
        );
        let published = names_in(&folder.join("out/tiny/reviews"), "");
        match broken.stops {
            Some(MAY) => expect(ran.code == 2 && published.is_empty(), "the first review is not refused"),
            Some(_) => {
                expect(ran.code == 2 && published == [MAY], "the second review is not refused");
                let same = review(folder.path(), MAY) == review(plain.path(), MAY);
                expect(same, "what became known later changed the first review");
            }
            None => expect(ran.code == 0 && published == [MAY, NOVEMBER], "the run stops"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values() {
    check(VALUES);
}

#[test]
fn missing() {
    check(MISSING);
}

#[test]
fn closes() {
    check(CLOSES);
}

#[test]
fn filings() {
    check(FILINGS);
}

#[test]
fn snapshots() {
    check(SNAPSHOTS);
}

/// Heads are texts: broken after the tables are written.
#[test]
fn heads() {
    for (name, from, to) in [
        ("head-first-too-late", "first    = 2020-03-31", "first    = 2020-04-30"),
        ("head-last-too-late", "last     = 2020-10-30", "last     = 2020-12-31"),
    ] {
        let folder = prepare(&sound());
        let head = read(&folder.join("data/dataset.toml"));
        assert!(head.contains(from), "{head}");
        folder.write("data/dataset.toml", &head.replace(from, to));
        let found = data_check(&folder, "--format csv");
        let path = tests("wrong/quality").join(format!("{name}.txt"));
        let wrong = compare(&path, &found.stdout);
        assert!(wrong.is_none(), "{wrong:?}");
        assert_eq!(found.code, 0);
    }
}

/// What is compared above is the difference that a defect makes, every check is meant by some dataset, and a committed
/// message without a dataset says nothing.
#[test]
fn every_check_has_its_dataset_and_the_sound_one_has_no_finding() {
    let folder = prepare(&sound());
    let found = data_check(&folder, "--config strict");
    assert_eq!((found.code, found.stdout.as_str()), (0, "tiny: nothing is wrong\n"));
    let groups = [VALUES, MISSING, CLOSES, FILINGS, SNAPSHOTS];
    let all = || groups.iter().flat_map(|group| group.iter());
    for check in ALL.iter().filter(|check| check.name != "head-dates") {
        assert!(all().any(|broken| broken.check == check.name), "{}", check.name);
    }
    let mut names: Vec<String> = all().map(|broken| broken.name.to_owned()).collect();
    names.extend(["head-first-too-late", "head-last-too-late"].map(str::to_owned));
    names.sort();
    assert_eq!(names_in(&tests("wrong/quality"), ".txt"), names);
    assert!(names.len() + names_in(&tests("wrong/datasets"), ".txt").len() >= 40);
}

/// Findings of several checks at their severities by default: warnings.
fn suspicious() -> TextData {
    let mut data = sound();
    set(&mut data, APRIL, "N07", "dividend_yield", "3.5");
    reprice(&mut data, "N06", |day| day < "2020-03-10", times(2.0));
    change(&mut data, PRICES, ("date", "close"), in_august("N11"), |_| {
        "31.5".to_owned()
    });
    data
}

#[test]
fn warnings_are_in_the_manifest_and_printed_once_a_check() {
    let folder = prepare(&suspicious());
    let outcome = run(&folder, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.stdout.matches("warning[Q").count(), 3, "{}", outcome.stdout);
    let manifest = |effective| Review::of(&folder.join("out"), "tiny", effective).manifest();
    let may = manifest(MAY);
    let expected = serde_json::json!({ "unadjusted-split": 1, "value-bounds": 1 });
    assert_eq!(may["counts"]["findings"], expected);
    let messages: Vec<&str> = may["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "`value-bounds` snapshots/date=2020-04-30: N07 2020-04-30: `dividend_yield` is 3.5, above 1",
            "`unadjusted-split` prices: N06 2020-03-10: close_total_return goes ÷2.01: an unadjusted 2:1 split?",
        ]
    );
    // The window of November begins on 2020-01-14.
    let expected = serde_json::json!({ "stale-close": 1, "unadjusted-split": 1 });
    assert_eq!(manifest(NOVEMBER)["counts"]["findings"], expected);
}

/// A finding of a review depends on what this review of this index may read, whatever shares the run.
#[test]
fn findings_do_not_depend_on_what_shares_the_run() {
    let mut data = suspicious();
    // The rulebook does not name this column, another one does.
    data.table(APRIL).add_column("volatility_1y", "9");
    data.table(OCTOBER).add_column("volatility_1y", "9");
    let folder = prepare(&data);
    assert_eq!(run(&folder, "").code, 0);
    let alone = contents(&folder.join("out"));
    let rules = read(&folder.join("rulebook.toml"));
    let other = rules
        .replace("\"tiny\"", "\"other\"")
        .replace("days = 130, min = 20", "days = 500, min = 20")
        .replace("sales / market_cap", "volatility_1y / market_cap")
        .replace("price_to_book", "volatility_1y");
    folder.write("other.toml", &other);
    let plain = rules.replace("\"tiny\"", "\"plain\"");
    let (head, _) = plain.split_once("[variables]").unwrap();
    folder.write("plain.toml", &format!("{head}[select.all]\n\n[weight.parent]\n"));
    let both = Divisor::new(folder.path())
        .args("run plain.toml rulebook.toml other.toml --data ./data --to 2020-12-31 --threads 2 --out both");
    both.succeed();
    let mut together = contents(&folder.join("both"));
    let other = Review::of(&folder.join("both"), "other", MAY).manifest();
    assert_eq!(
        other["counts"]["findings"]["value-bounds"],
        1 + NAMES,
        "{}",
        other["counts"]
    );
    // Without price functions prices are not looked at.
    let plain = Review::of(&folder.join("both"), "plain", MAY).manifest();
    assert_eq!(plain["counts"]["findings"], serde_json::json!({}));
    together.retain(|name, _| name.starts_with("tiny/"));
    assert!(alone == together);
    // Nor on how far the run goes.
    let short = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-05-31 --out short");
    short.succeed();
    for (name, bytes) in contents(&folder.join("short")) {
        assert!(alone[&name] == bytes, "{name}");
    }
}

/// Rows that become known after the cut-off may look as wrong as they like.
#[test]
fn what_looks_wrong_later_changes_no_earlier_review() {
    let calm = prepare(&suspicious());
    assert_eq!(run(&calm, "").code, 0);
    let mut data = suspicious();
    reprice(&mut data, "N03", |day| day > "2020-04-30", times(7.0));
    reprice(&mut data, "N04", |day| day > "2020-04-30", |_| "1".to_owned());
    drop_rows(&mut data, PRICES, |row| {
        row[0] > id(15) && row[1].as_str() > "2020-04-30"
    });
    for column in ["sales", "price_to_book", "dividend_yield", "fx", "market_cap"] {
        change(&mut data, OCTOBER, (column, column), first(17), times(5000.0));
    }
    change(&mut data, OCTOBER, ("sector", "sector"), first(17), |_| "?".to_owned());
    let wild = prepare(&data);
    let outcome = run(&wild, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(review(wild.path(), MAY) == review(calm.path(), MAY));
    let november = Review::of(&wild.join("out"), "tiny", NOVEMBER).manifest();
    assert!(
        november["counts"]["findings"].as_object().unwrap().len() > 6,
        "{november}"
    );
    // As errors they stop the review that may read them, and no other.
    let mut lines = String::new();
    for name in [
        "price-coverage",
        "sector-change",
        "fx-jump",
        "coverage-drop",
        "ended-prices",
    ] {
        lines.push_str(&format!("[{name}]\nseverity = \"error\"\n"));
    }
    wild.write("some/checks.toml", &lines);
    let outcome = run(&wild, "--config some --out stopped");
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&["effective 2020-11-30 may read this", "[sector-change] of checks.toml"]);
    assert_eq!(names_in(&wild.join("stopped/tiny/reviews"), ""), [MAY]);
}

#[test]
fn severities_decide() {
    let folder = prepare(&suspicious());
    folder.write("error/checks.toml", "[unadjusted-split]\nseverity = \"error\"\n");
    let stopped = run(&folder, "--config error");
    assert_eq!(stopped.code, 2, "{}", stopped.stderr);
    stopped.says(&[
        "error[Q0302]",
        "N06 2020-03-10",
        "effective 2020-05-29 may read this",
        "--explain unadjusted-split",
    ]);
    assert!(contents(&folder.join("out")).is_empty());
    assert_eq!(data_check(&folder, "--config error").code, 1);
    assert_eq!(data_check(&folder, "").code, 0);
    // A step that no longer looks like a split is a jump.
    let off = [
        "unadjusted-split",
        "price-jump",
        "value-bounds",
        "sector-outlier",
        "stale-close",
    ];
    folder.write(
        "off/checks.toml",
        &off.map(|name| format!("[{name}]\nseverity = \"off\"\n")).concat(),
    );
    let silent = run(&folder, "--config off");
    assert_eq!(silent.code, 0, "{}", silent.stderr);
    assert!(!silent.stdout.contains("warning[Q"), "{}", silent.stdout);
    let manifest = Review::of(&folder.join("out"), "tiny", MAY).manifest();
    assert_eq!(manifest["counts"]["findings"], serde_json::json!({}));
    assert_eq!(data_check(&folder, "--config off").stdout, "tiny: nothing is wrong\n");
    // A limit decides too, and both are part of the configuration's hash.
    folder.write(
        "wide/checks.toml",
        "[value-bounds.fields]\ndividend_yield = { max = 4 }\n",
    );
    assert_eq!(run(&folder, "--config wide --out wide-out").code, 0);
    let wide = Review::of(&folder.join("wide-out"), "tiny", MAY).manifest();
    assert_eq!(wide["counts"]["findings"], serde_json::json!({ "unadjusted-split": 1 }));
    assert_ne!(wide["configuration_hash"], manifest["configuration_hash"]);
}

#[test]
fn mistakes_of_checks_toml_are_shown_where_they_are() {
    let folder = prepare(&sound());
    folder.write(
        "bad/checks.toml",
        "[price-jmp]\nseverity = \"error\"\n\n[stale-close]\nsesions = 5\nseverity = \"fatal\"\n",
    );
    for outcome in [run(&folder, "--config bad"), data_check(&folder, "--config bad")] {
        assert_eq!(outcome.code, 2);
        outcome.says(&[
            "there is no check `price-jmp`",
            "did you mean `price-jump`?",
            "`stale-close` has no key `sesions`",
            "did you mean `sessions`?",
            "bad/checks.toml:6:12",
            "\"error\", \"warning\", \"note\" or \"off\"",
        ]);
    }
    assert!(contents(&folder.join("out")).is_empty());
}

#[test]
fn data_check_reports_in_every_form() {
    let folder = prepare(&suspicious());
    let report = data_check(&folder, "--out checked");
    report.says(&["findings in checked/findings.parquet"]);
    for part in [
        "Q0302  unadjusted-split",
        "warning",
        "N06",
        "÷2.01",
        "--explain value-bounds",
    ] {
        assert!(report.stdout.contains(part), "no `{part}` in\n{}", report.stdout);
    }
    let table = divisor_market::read_table("findings", &folder.join("checked/findings.parquet")).unwrap();
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "code",
            "check",
            "severity",
            "table",
            "file",
            "column",
            "security_id",
            "date",
            "known_on",
            "value",
            "limit",
            "message"
        ]
    );
    let rows = data_check(&folder, "--format json").json();
    let codes: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, texts(&table, "code"));
    assert_eq!(rows[2]["file"], "prices/year=2020/part.parquet", "{rows}");
    // By the day they became known: only the stale closes became so in August.
    let rows = data_check(&folder, "--from 2020-08-01 --format json").json();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["date"], "2020-08-03");
    assert_eq!(rows[0]["known_on"], "2020-08-14");
    assert_eq!(
        data_check(&folder, "--to 2020-02-01").stdout,
        "tiny: nothing is wrong\n"
    );
}

#[test]
fn checks_are_defined() {
    let folder = Folder::new();
    for check in ALL {
        for arguments in ["data check --explain", "check --explain"] {
            let outcome = Divisor::new(folder.path()).args(arguments).arg(check.code).succeed();
            for part in [check.code, check.name, check.definition, "severity"] {
                assert!(outcome.stdout.contains(part), "{} of {}", part, check.name);
            }
        }
    }
    let unknown = Divisor::new(folder.path()).args("data check --explain price-jmp").run();
    assert_eq!(unknown.code, 2);
    unknown.says(&["did you mean `price-jump`?"]);
}

/// The same findings at any number of threads and from shuffled files.
#[test]
fn reports_do_not_depend_on_threads_or_the_order_of_rows() {
    let folder = prepare(&suspicious());
    let one = data_check(&folder, "--format csv --threads 1");
    let mut data = suspicious();
    data.tables.iter_mut().for_each(|table| table.rows.reverse());
    let other = Folder::new();
    data.write(&other.join("shuffled"));
    copy_tree(&other.join("shuffled"), &other.join("data"));
    assert_eq!(data_check(&other, "--format csv --threads 8").stdout, one.stdout);
    assert_eq!(one.stdout.lines().count(), 5, "{}", one.stdout);
}
