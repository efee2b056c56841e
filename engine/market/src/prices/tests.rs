//! Whatever part of the prices is read, and however they are split into files: the same rows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::Datelike;
use divisor_model::{Table, Values};

use super::*;
use crate::dated::Dated;
use crate::world::{Part as WorldPart, WorldSpec, dataset_toml, generate_in_chunks};
use crate::write::write_row_groups;

const DEMO: &str = include_str!("../../../../data/worlds/demo.toml");

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("divisor-prices-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Rows by security and day: the bits of the three columns.
type Known = BTreeMap<(String, Day), [u64; 3]>;
/// One of them.
type Row<'a> = (&'a (String, Day), &'a [u64; 3]);

/// Forty securities over two years in chunks of ten slots, on disk and as the generator handed it over.
fn world(folder: &Path) -> Known {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.securities_alive = 40;
    spec.first = "2005-01".parse().expect("a month");
    spec.last = "2005-12".parse().expect("a month");
    let days = "2004-01-02".parse::<Date>().expect("a date").iter_days();
    let sessions: Vec<Date> = days
        .filter(|day| day.weekday().num_days_from_monday() < 5)
        .take_while(|day| day.year() < 2006)
        .collect();
    let known = Mutex::new(Known::new());
    let sink = |part: WorldPart| {
        if part.path.starts_with("prices/") {
            let mut known = known.lock().expect("no poison");
            part.row_groups.iter().for_each(|table| note(table, &mut known));
        }
        write_row_groups(&part.row_groups, &folder.join(&part.path)).map_err(|error| error.to_string())
    };
    let closes = 10 * sessions.len();
    let generated = generate_in_chunks(&spec, &sessions, &sink, &|_, _| (), closes).expect("a world");
    std::fs::write(folder.join("dataset.toml"), dataset_toml(&spec, &generated)).expect("a head");
    known.into_inner().expect("no poison")
}

fn note(table: &Table, known: &mut Known) {
    let (Some(Values::Text(ids)), Some(Values::Day(days))) = (table.column("security_id"), table.column("date")) else {
        panic!("a price table has ids and days");
    };
    let columns = VALUES.map(|name| match table.column(name) {
        Some(Values::Number(values)) => values,
        other => panic!("{name} is {other:?}"),
    });
    for (row, day) in days.iter().enumerate() {
        let id = ids.get(row).expect("an id").to_owned();
        let before = known.insert((id, *day), columns.map(|column| column[row].to_bits()));
        assert!(before.is_none(), "a day came twice");
    }
}

/// Prices keyed by `security_id`.
fn read_all_columns(dataset: &Dataset, securities: &Securities, days: &DayRanges) -> (Prices, Faults) {
    let dated = Dated::read(dataset, Day::MAX);
    let keys = |table: &'static str| Keys::new(dataset, table, securities, &dated);
    let (prices, faults, nobody) = read_prices(dataset, securities, &keys, &all_columns(), days);
    assert!(nobody.is_none());
    (prices, faults)
}

fn all_columns() -> BTreeSet<String> {
    VALUES.map(str::to_owned).into_iter().collect()
}

fn securities(known: &Known) -> Securities {
    Securities::new(known.keys().map(|(id, _)| id.clone()).collect())
}

/// What was read, in the form of what is known, without what lies outside the days.
fn found(prices: &Prices, securities: &Securities, days: &DayRanges) -> Known {
    let mut found = Known::new();
    for (at, id) in securities.ids().iter().enumerate() {
        let rows = prices.between(at as SecurityIndex, Day::MIN, Day::MAX);
        assert!(rows.day.is_sorted(), "{id}");
        for (row, day) in rows.day.iter().enumerate().filter(|(_, day)| days.contains(**day)) {
            let bits = [&rows.close, &rows.close_total_return, &rows.volume].map(|column| column[row].to_bits());
            found.insert((id.clone(), *day), bits);
        }
    }
    found
}

/// A generator of numbers below a bound: linear congruential, the high bits.
fn draws(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    }
}

#[test]
fn any_days_are_that_part_of_the_whole_and_cost_less() {
    let folder = Folder::new("windows");
    let known = world(&folder.0);
    let dataset = Dataset::open(&folder.0).expect("a dataset");
    assert!(dataset.prices.len() >= 8, "several chunks a year");
    let securities = securities(&known);
    let read = |days: &DayRanges| {
        let (prices, faults) = read_all_columns(&dataset, &securities, days);
        assert!(faults.defects.is_empty(), "{:?}", faults.defects);
        prices
    };
    let whole = read(&DayRanges::all());
    assert_eq!(whole.len(), known.len());
    assert_eq!(found(&whole, &securities, &DayRanges::all()), known);
    assert!(
        whole.packed_bytes() < 24 * whole.len(),
        "packed in less than plain columns take"
    );
    let first = known.keys().map(|(_, day)| *day).min().expect("a row");
    let mut draw = draws(11);
    for _ in 0..30 {
        let ranges = 1 + draw(4);
        let days = DayRanges::new((0..ranges).map(|_| {
            let start = first - 20 + draw(760) as Day;
            (start, start + draw(60) as Day)
        }));
        let mut expected = known.clone();
        expected.retain(|(_, day), _| days.contains(*day));
        let prices = read(&days);
        assert_eq!(prices.len(), expected.len(), "{days:?}: nothing else lands");
        assert_eq!(found(&prices, &securities, &days), expected, "{days:?}");
    }
    // A week in March is a month's row group of each file of its year.
    let week = DayRanges::new([(first + 62, first + 66)]);
    let groups = |days: &DayRanges| -> usize {
        let files = dataset.prices.iter().map(|path| open_file(path).expect("a file"));
        files.map(|file| file.groups_on("date", days).len()).sum()
    };
    assert_eq!(groups(&DayRanges::all()), 12 * dataset.prices.len());
    assert_eq!(groups(&week), dataset.prices.len() / 2);
}

#[test]
fn rows_split_over_files_in_any_way_are_the_same_rows() {
    let folder = Folder::new("split");
    let known = world(&folder.0);
    let securities = securities(&known);
    std::fs::remove_dir_all(folder.0.join("prices")).expect("prices to replace");
    let mut draw = draws(5);
    let mut files: Vec<Vec<Row<'_>>> = vec![Vec::new(); 3];
    for row in &known {
        files[draw(3)].push(row);
    }
    for (at, rows) in files.iter_mut().enumerate() {
        for last in (1..rows.len()).rev() {
            rows.swap(last, draw(last + 1));
        }
        write(rows, &folder.0.join(format!("prices/part-{at}.parquet")));
    }
    let read = || {
        let dataset = Dataset::open(&folder.0).expect("a dataset");
        read_all_columns(&dataset, &securities, &DayRanges::all())
    };
    let (prices, faults) = read();
    assert!(faults.defects.is_empty(), "{:?}", faults.defects);
    assert_eq!(prices.len(), known.len());
    assert_eq!(found(&prices, &securities, &DayRanges::all()), known);

    // A row of the first file again in a fourth one.
    write(&files[0][..1], &folder.0.join("prices/part-3.parquet"));
    let (_, faults) = read();
    let [defect] = &faults.defects[..] else {
        panic!("one day comes twice: {:?}", faults.defects);
    };
    let (id, day) = files[0][0].0;
    assert_eq!(defect.file, "prices/part-3.parquet");
    assert_eq!(defect.key, format!("{id} {}", day_text(*day)));
    assert!(matches!(defect.problem, Problem::DuplicateKey));
}

fn write(rows: &[Row<'_>], path: &Path) {
    let mut ids = divisor_model::TextBuilder::default();
    for ((id, _), _) in rows {
        ids.push(Some(id));
    }
    let mut table = Table::new("prices")
        .with("security_id", Values::Text(ids.finish()))
        .with("date", Values::Day(rows.iter().map(|((_, day), _)| *day).collect()));
    for (at, name) in VALUES.into_iter().enumerate() {
        let values = rows.iter().map(|(_, bits)| f64::from_bits(bits[at]));
        table.push(name, Values::Number(values.collect()));
    }
    crate::write_table(&table, path).expect("a file");
}
