//! The table `prices`: one row per security and day.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use divisor_model::{DAY_MISSING, Date, Day, Prices, Problem, Securities, SecurityIndex, day_of};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::contract::bounds;
use crate::dataset::Dataset;
use crate::frame::{days, numbers, texts};
use crate::rows::{Faults, Ids, day_text, read_file};

/// Columns a price table may have.
const VALUES: [&str; 3] = ["close", "close_total_return", "volume"];

/// Rows of one file: security, day, and a value for each wanted column.
struct Part {
    label: String,
    security: Vec<SecurityIndex>,
    day: Vec<Day>,
    values: Vec<Vec<f64>>,
    faults: Faults,
}

/// Reads the rows dated `from..=until` of the given securities and columns.
pub(crate) fn read_prices(
    dataset: &Dataset,
    securities: &Securities,
    columns: &BTreeSet<String>,
    (from, until): (Day, Day),
) -> (Prices, Faults) {
    let wanted: Vec<&str> = VALUES.into_iter().filter(|name| columns.contains(*name)).collect();
    let files: Vec<(&PathBuf, Day)> = dataset
        .prices
        .iter()
        .filter_map(|path| {
            let (first, last) = partition(path);
            (first <= until && last >= from).then_some((path, first))
        })
        .collect();
    let parts: Vec<Part> = files
        .par_iter()
        .map(|(path, first)| read_part(dataset, securities, path, *first, &wanted, (from, until)))
        .collect();
    join(parts, securities, &wanted)
}

/// The days a file can hold, by a folder `year=YYYY` on its way.
pub(crate) fn partition(path: &Path) -> (Day, Day) {
    let year = path
        .iter()
        .find_map(|step| step.to_str()?.strip_prefix("year=")?.parse::<i32>().ok());
    let day = |year, month, day| Date::from_ymd_opt(year, month, day).map(day_of);
    match year.and_then(|year| Some((day(year, 1, 1)?, day(year, 12, 31)?))) {
        Some(bounds) => bounds,
        None => (DAY_MISSING, Day::MAX),
    }
}

fn read_part(
    dataset: &Dataset,
    securities: &Securities,
    path: &Path,
    first: Day,
    wanted: &[&str],
    (from, until): (Day, Day),
) -> Part {
    let mut part = Part {
        label: dataset.label(path),
        security: Vec::new(),
        day: Vec::new(),
        values: vec![Vec::new(); wanted.len()],
        faults: Faults::new("prices"),
    };
    let mut columns = vec!["security_id", "date"];
    columns.extend(wanted);
    let Some(file) = read_file(
        dataset,
        path,
        &["security_id", "date"],
        &columns,
        first,
        &mut part.faults,
    ) else {
        return part;
    };
    let column = |name: &str| file.frame.column(name).ok();
    if wanted.iter().any(|name| name.starts_with("close")) && VALUES[..2].iter().all(|name| column(name).is_none()) {
        // One of the two closes must be there.
        part.faults.file(&file.label, "close", first, Problem::MissingColumn);
    }
    let (Some(ids), Some(dates)) = (column("security_id").and_then(texts), column("date").and_then(days)) else {
        return part;
    };
    let mut lookup = Ids::new(securities);
    let mut rows: Vec<usize> = Vec::with_capacity(dates.len());
    for (row, id) in ids.iter().enumerate() {
        let day = dates[row];
        let Some(id) = id else {
            if day <= until {
                part.faults.keyless(&file.label, "security_id", day.max(first), row);
            }
            continue;
        };
        let Some(security) = lookup.index(id) else { continue };
        if day == DAY_MISSING {
            part.faults.keyless(&file.label, "date", first, row);
        } else if (from..=until).contains(&day) {
            rows.push(row);
            part.security.push(security);
            part.day.push(day);
        }
    }
    for (slot, name) in wanted.iter().enumerate() {
        let (values, not_finite) = match column(name) {
            Some(column) => numbers(column),
            None => (vec![f64::NAN; dates.len()], Vec::new()),
        };
        part.land(slot, name, &rows, &values, &not_finite, securities);
    }
    part
}

impl Part {
    fn land(
        &mut self,
        slot: usize,
        name: &str,
        rows: &[usize],
        values: &[f64],
        not_finite: &[usize],
        securities: &Securities,
    ) {
        let bounds = bounds(name);
        let mut out = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            let value = values[*row];
            let problem = if value.is_finite() {
                bounds.and_then(|bounds| bounds.broken_by(value))
            } else {
                not_finite.binary_search(row).ok().map(|_| Problem::NotFinite)
            };
            if let Some(problem) = problem {
                let (security, day) = (self.security[at], self.day[at]);
                let key = format!("{} {}", securities.id(security), day_text(day));
                self.faults.row(&self.label, name, day, (security, key), problem);
            }
            out.push(if value.is_finite() { value } else { f64::NAN });
        }
        self.values[slot] = out;
    }
}

/// Sorts all rows by security and day: counts first, then places, then orders the days of each security.
fn join(parts: Vec<Part>, securities: &Securities, wanted: &[&str]) -> (Prices, Faults) {
    let mut faults = Faults::new("prices");
    let mut offsets = vec![0usize; securities.len() + 1];
    for security in parts.iter().flat_map(|part| &part.security) {
        offsets[*security as usize + 1] += 1;
    }
    for at in 1..offsets.len() {
        offsets[at] += offsets[at - 1];
    }
    let total = offsets.last().copied().unwrap_or(0);
    let mut next = offsets.clone();
    let mut days = vec![0; total];
    let mut columns = vec![vec![f64::NAN; total]; wanted.len()];
    for part in &parts {
        for (row, security) in part.security.iter().enumerate() {
            let place = next[*security as usize];
            next[*security as usize] += 1;
            days[place] = part.day[row];
            for (column, values) in columns.iter_mut().zip(&part.values) {
                column[place] = values[row];
            }
        }
    }
    for security in 0..securities.len() {
        let rows = offsets[security]..offsets[security + 1];
        if !days[rows.clone()].is_sorted() {
            sort_days(rows.clone(), &mut days, &mut columns);
        }
        for at in rows.start + 1..rows.end {
            if days[at] == days[at - 1] {
                let index = security as SecurityIndex;
                let key = format!("{} {}", securities.id(index), day_text(days[at]));
                let file = source_of(&parts, index, days[at]);
                faults.row(&file, "", days[at], (index, key), Problem::DuplicateKey);
            }
        }
    }
    for part in parts {
        faults.defects.extend(part.faults.defects);
    }
    let mut column = |name: &str| {
        let slot = wanted.iter().position(|known| *known == name);
        slot.map_or_else(Vec::new, |slot| std::mem::take(&mut columns[slot]))
    };
    let (close, total_return, volume) = (column("close"), column("close_total_return"), column("volume"));
    (Prices::new(offsets, days, close, total_return, volume), faults)
}

fn sort_days(rows: std::ops::Range<usize>, days: &mut [Day], columns: &mut [Vec<f64>]) {
    let mut order: Vec<usize> = rows.clone().collect();
    // Rows of the same day, a defect, stay in the order of their values, whatever the files' order.
    order.sort_unstable_by(|a, b| {
        let bits = |at: usize| columns.iter().map(move |column| column[at].to_bits());
        days[*a].cmp(&days[*b]).then_with(|| bits(*a).cmp(bits(*b)))
    });
    let sorted: Vec<Day> = order.iter().map(|at| days[*at]).collect();
    days[rows.clone()].copy_from_slice(&sorted);
    for column in columns {
        let sorted: Vec<f64> = order.iter().map(|at| column[*at]).collect();
        column[rows.clone()].copy_from_slice(&sorted);
    }
}

/// The last file that has a row.
fn source_of(parts: &[Part], security: SecurityIndex, day: Day) -> String {
    let has = |part: &&Part| {
        part.security
            .iter()
            .zip(&part.day)
            .any(|found| found == (&security, &day))
    };
    parts
        .iter()
        .rev()
        .find(has)
        .map_or_else(String::new, |part| part.label.clone())
}
