//! A small dataset that gives every history function something to read: fiscal years, quarters, halves, years to date and
//! reported twelve months, restated and withdrawn; prices with volumes; splits. Much of it becomes known only after the
//! cut-off of October 2014.

use std::path::Path;

use divisor_market::write_table;
use divisor_methodology::{Function, FunctionKind};
use divisor_model::{DAY_MISSING, Date, Day, Table, TextBuilder, Values, day_of};

const NAMES: usize = 12;
const SNAPSHOTS: [&str; 4] = ["2013-10-31", "2014-04-30", "2014-10-31", "2015-04-30"];

/// Formulas that call every history function in every way its record shows, and some inside others; by variable.
pub(crate) fn formulas() -> Vec<(String, String)> {
    let history = Function::all().filter(|function| function.kind() != FunctionKind::Elementwise);
    let usages = history.flat_map(|function| {
        let calls = function.record().usage.split(" or ").enumerate();
        calls.map(move |(at, call)| (format!("{}_{at}", function.name()), call.to_owned()))
    });
    let nested = [
        ("nested_lag", "lag(ttm(field), years = 1)"),
        ("nested_growth", "growth(ttm(field), quarters = 4)"),
        ("nested_yoy", "stdev(yoy(field), quarters = 8)"),
        ("nested_share", "growth(eps, years = 2)"),
        ("nested_streak", "streak(growth(eps, years = 1) >= 0)"),
    ];
    usages
        .chain(nested.map(|(name, text)| (name.to_owned(), text.to_owned())))
        .collect()
}

/// A rulebook with all of them.
pub(crate) fn rulebook(id: &str, formulas: &[(String, String)]) -> String {
    let variables: Vec<String> = formulas
        .iter()
        .map(|(name, text)| format!("{name} = '''{text}'''"))
        .collect();
    format!(
        "[index]\nid = \"{id}\"\nname = \"{id}\"\nparent = \"world\"\nedition = \"1\"\n\
         base = {{ date = 2013-11-01, level = 1000 }}\n\
         [review]\ncalendar = \"XNYS\"\nmonths = [\"May\", \"November\"]\neffective = {{ session = \"last\" }}\n\
         cutoff = {{ session = \"last\", months = -1 }}\nannouncement = {{ sessions = -9 }}\n\
         [variables]\n{}\n[select.all]\n[weight.parent]\n",
        variables.join("\n")
    )
}

/// Writes the dataset.
pub(crate) fn write(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let head = format!(
        "name = \"filings\"\ntitle = \"Filings\"\ncurrency = \"USD\"\ncalendar = \"XNYS\"\nuniverse = \"world\"\n\
         first = {}\nlast = {}\n",
        SNAPSHOTS[0], SNAPSHOTS[3]
    );
    std::fs::write(folder.join("dataset.toml"), head).unwrap();
    for date in SNAPSHOTS {
        write_table(&snapshot(), &folder.join(format!("snapshots/date={date}/part.parquet"))).unwrap();
    }
    write_table(&fundamentals(), &folder.join("fundamentals/part.parquet")).unwrap();
    write_table(&prices(), &folder.join("prices/part.parquet")).unwrap();
    write_table(&actions(), &folder.join("actions/part.parquet")).unwrap();
}

fn day(text: &str) -> Day {
    day_of(text.parse::<Date>().unwrap())
}

fn id(name: usize) -> String {
    format!("S{name:02}")
}

fn texts<'a>(cells: impl Iterator<Item = &'a str>) -> Values {
    let mut builder = TextBuilder::default();
    cells.for_each(|cell| builder.push(Some(cell)));
    Values::Text(builder.finish())
}

fn snapshot() -> Table {
    let mut table = Table::new("snapshots");
    let ids: Vec<String> = (0..NAMES).map(id).collect();
    table.push("security_id", texts(ids.iter().map(String::as_str)));
    table.push("price", Values::Number(vec![50.0; NAMES]));
    table.push(
        "market_cap",
        Values::Number((0..NAMES).map(|name| 1e6 * (name + 1) as f64).collect()),
    );
    table.push(
        "free_float",
        Values::Number((0..NAMES).map(|name| 1.0 - name as f64 / 40.0).collect()),
    );
    table.push("sector", texts(ids.iter().map(|_| "All")));
    table.push("country", texts(ids.iter().map(|_| "US")));
    table
}

/// One publication.
struct Filing {
    name: usize,
    period: &'static str,
    start: Day,
    end: Day,
    known_on: Day,
    withdrawn: bool,
    field: f64,
    eps: f64,
}

/// The end of a month.
fn month_end(year: i32, month: u32) -> Day {
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    day_of(Date::from_ymd_opt(next.0, next.1, 1).unwrap()) - 1
}

/// Fiscal years of every name; of one in four quarters, halves, years to date or reported twelve months.
fn filings() -> Vec<Filing> {
    let mut filings = Vec::new();
    for name in 0..NAMES {
        for year in 2004..2015 {
            let figure =
                |salt: i32| 20.0 + f64::from((year * (name as i32 + 3) + salt * 5) % 17) + f64::from(year - 2004);
            let mut file = |period, start: Day, end: Day, salt: i32| {
                filings.push(Filing {
                    name,
                    period,
                    start,
                    end,
                    known_on: end + 45,
                    withdrawn: false,
                    field: figure(salt),
                    eps: figure(salt) / 10.0,
                });
            };
            let january = month_end(year - 1, 12) + 1;
            file("FY", DAY_MISSING, month_end(year, 12), 0);
            for quarter in 1..=4_u32 {
                let (end, salt) = (month_end(year, 3 * quarter), quarter as i32);
                match name % 4 {
                    0 => file("Q", DAY_MISSING, end, salt),
                    1 if quarter % 2 == 0 => file("H", DAY_MISSING, end, salt),
                    2 if quarter < 4 => file("YTD", january, end, salt),
                    3 => file("TTM", DAY_MISSING, end, salt),
                    _ => {}
                }
            }
        }
        for (restated, later) in [("2014-06-15", 3.0), ("2014-12-15", 40.0)] {
            filings.push(Filing {
                name,
                period: "FY",
                start: DAY_MISSING,
                end: month_end(2012, 12),
                known_on: day(restated),
                withdrawn: later > 10.0 && name % 2 == 0,
                field: 20.0 + later,
                eps: 2.0 + later,
            });
        }
    }
    filings
}

fn fundamentals() -> Table {
    let filings = filings();
    let ids: Vec<String> = filings.iter().map(|filing| id(filing.name)).collect();
    let mut table = Table::new("fundamentals");
    table.push("security_id", texts(ids.iter().map(String::as_str)));
    table.push("period", texts(filings.iter().map(|filing| filing.period)));
    table.push(
        "period_start",
        Values::Day(filings.iter().map(|filing| filing.start).collect()),
    );
    table.push(
        "period_end",
        Values::Day(filings.iter().map(|filing| filing.end).collect()),
    );
    table.push(
        "known_on",
        Values::Day(filings.iter().map(|filing| filing.known_on).collect()),
    );
    table.push(
        "withdrawn",
        Values::Flag(filings.iter().map(|filing| Some(filing.withdrawn)).collect()),
    );
    table.push(
        "field",
        Values::Number(filings.iter().map(|filing| filing.field).collect()),
    );
    table.push("eps", Values::Number(filings.iter().map(|filing| filing.eps).collect()));
    table
}

fn prices() -> Table {
    let (mut ids, mut days, mut closes, mut volumes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut state = 7_u64;
    for name in 0..NAMES {
        let mut close = 50.0;
        for day in day("2011-06-01")..=day("2015-05-29") {
            // Day 0, 1970-01-01, was a Thursday.
            if matches!((day + 3).rem_euclid(7), 5 | 6) {
                continue;
            }
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            close *= 1.0 + ((state >> 40) % 401) as f64 / 1e4 - 0.02;
            ids.push(id(name));
            days.push(day);
            closes.push(close);
            volumes.push(((state >> 33) % 900) as f64 + 100.0);
        }
    }
    let mut table = Table::new("prices");
    table.push("security_id", texts(ids.iter().map(String::as_str)));
    table.push("date", Values::Day(days));
    table.push("close", Values::Number(closes));
    table.push("volume", Values::Number(volumes));
    table
}

fn actions() -> Table {
    let rows = [
        (0, "2014-06-02", "2014-05-20", "split", 2.0),
        (1, "2013-09-02", "2013-08-20", "stock-dividend", 1.1),
        (2, "2014-12-01", "2014-11-10", "split", 3.0),
        (3, "2014-10-15", "2014-11-20", "split", 5.0),
        (4, "2015-02-02", "2015-01-20", "stock-dividend", 1.5),
    ];
    let ids: Vec<String> = rows.iter().map(|row| id(row.0)).collect();
    let mut table = Table::new("actions");
    table.push("security_id", texts(ids.iter().map(String::as_str)));
    table.push("ex_date", Values::Day(rows.iter().map(|row| day(row.1)).collect()));
    table.push("known_on", Values::Day(rows.iter().map(|row| day(row.2)).collect()));
    table.push("kind", texts(rows.iter().map(|row| row.3)));
    table.push("ratio", Values::Number(rows.iter().map(|row| row.4).collect()));
    table
}
