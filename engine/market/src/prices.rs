//! The table `prices`: one row per security and day. Files are read side by side, row group by row group, and packed as
//! they come, so that no more than a few row groups are ever in memory unpacked.

use std::collections::BTreeSet;
use std::path::Path;

use divisor_model::{
    DAY_MISSING, Date, Day, DayRanges, PriceColumns, PricePart, PriceRows, PriceSlice, Prices, Problem, Securities,
    SecurityIndex, day_of,
};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::contract::bounds;
use crate::dataset::Dataset;
use crate::fetch::ParquetFile;
use crate::frame::{FileFrame, days, frame_of, numbers, open_file, text_codes};
use crate::identifiers::Unresolved;
use crate::rows::{Faults, Keys, day_text, is_sound};

#[cfg(test)]
mod tests;

/// Columns a price table may have.
const VALUES: [&str; 3] = ["close", "close_total_return", "volume"];

/// Rows of a file that are decoded at once, where its row groups allow.
const ROWS_AT_ONCE: usize = 1 << 20;

/// What is read of every file.
struct Reading<'a, 'k> {
    dataset: &'a Dataset,
    securities: &'a Securities,
    keys: MakeKeys<'a, 'k>,
    wanted: PriceColumns,
    /// Names of all columns read.
    names: Vec<&'a str>,
    days: &'a DayRanges,
    /// Whether one file is decoded on all threads: where there are too few of them to share out.
    parallel: bool,
}

/// The rows of one file.
struct Part {
    label: String,
    rows: PricePart,
    faults: Faults,
    nobody: Option<(&'static str, Unresolved)>,
}

/// The columns that are read where these are wanted, `key` being the one that says whose a row is.
pub(crate) fn columns<'a>(key: &'a str, wanted: &BTreeSet<String>) -> impl Iterator<Item = &'a str> {
    let values = VALUES.into_iter().filter(|name| wanted.contains(*name));
    [key, "date"].into_iter().chain(values)
}

/// Makes the look-up of whose a row of a table is.
pub(crate) type MakeKeys<'r, 'k> = &'r (dyn Fn(&'static str) -> Keys<'k> + Sync);

/// Reads the rows of these days of the given securities and columns.
pub(crate) fn read_prices(
    dataset: &Dataset,
    securities: &Securities,
    keys: MakeKeys<'_, '_>,
    columns: &BTreeSet<String>,
    days: &DayRanges,
) -> (Prices, Faults, Option<(&'static str, Unresolved)>) {
    let files: Vec<(&Path, Day)> = dataset
        .prices
        .iter()
        .filter_map(|path| {
            let (first, last) = partition(path);
            days.overlaps(first, last).then_some((path.as_path(), first))
        })
        .collect();
    let reading = Reading {
        dataset,
        securities,
        keys,
        wanted: VALUES.map(|name| columns.contains(name)),
        names: self::columns(dataset.info.key_column("prices"), columns).collect(),
        days,
        parallel: files.len() < 2 * rayon::current_num_threads(),
    };
    let mut parts: Vec<Part> = files
        .par_iter()
        .map(|(path, first)| reading.part(path, *first))
        .collect();
    let mut nobody: Option<(&'static str, Unresolved)> = None;
    for (table, own) in parts.iter_mut().filter_map(|part| part.nobody.take()) {
        let all = nobody.get_or_insert_with(|| (table, Unresolved::default()));
        all.1.merge(own);
    }
    let (prices, faults) = join(parts, securities, reading.wanted);
    (prices, faults, nobody)
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

impl<'k> Reading<'_, 'k> {
    /// One file; `first` is the earliest day it can hold.
    fn part(&self, path: &Path, first: Day) -> Part {
        let mut part = Part {
            label: self.dataset.label(path),
            rows: PricePart::new(self.wanted),
            faults: Faults::new("prices"),
            nobody: None,
        };
        let mut lookup = (self.keys)("prices");
        let file = match open_file(path) {
            Ok(file) => file,
            Err(reason) => {
                part.faults.file(&part.label, "", first, Problem::Unreadable(reason));
                return part;
            }
        };
        let groups = file.groups_on("date", self.days);
        for (at, batch) in batches(&file, &groups).into_iter().enumerate() {
            if !self.batch(&file, &batch, (first, at == 0), &mut lookup, &mut part) {
                break;
            }
        }
        part.rows.shrink();
        part.nobody = lookup.finish();
        part
    }

    /// Some row groups of a file; whether the next ones are worth reading.
    fn batch(
        &self,
        file: &ParquetFile,
        groups: &[usize],
        (first, is_first): (Day, bool),
        lookup: &mut Keys<'k>,
        part: &mut Part,
    ) -> bool {
        let (wanted, label, key_column) = (self.wanted, part.label.clone(), lookup.column);
        let FileFrame { mut frame, unusable } = match frame_of(file, &self.names, groups, self.parallel) {
            Ok(read) => read,
            Err(reason) => {
                part.faults.file(&label, "", first, Problem::Unreadable(reason));
                return false;
            }
        };
        let column = |name: &str| frame.column(name).ok();
        if is_first {
            if !is_sound(
                &frame,
                &unusable,
                &[key_column, "date"],
                (&label, first),
                &mut part.faults,
            ) {
                return false;
            }
            if (wanted[0] || wanted[1]) && VALUES[..2].iter().all(|name| column(name).is_none()) {
                // One of the two closes must be there.
                part.faults.file(&label, "close", first, Problem::MissingColumn);
            }
        }
        let (Some((codes, ids)), Some(days)) = (column(key_column).and_then(text_codes), column("date").and_then(days))
        else {
            return false;
        };
        let mut rows = Rows {
            order: Vec::with_capacity(days.len()),
            columns: Default::default(),
        };
        // Whose an id is depends on the row's day only where identifiers are dated.
        let fixed: Option<Vec<Option<SecurityIndex>>> =
            (!lookup.are_dated()).then(|| ids.iter().map(|id| self.securities.index(id)).collect());
        let mut keyless: Vec<(&str, usize)> = Vec::new();
        for (row, (code, day)) in codes.iter().zip(&days).enumerate() {
            let id = ids.get(*code as usize);
            let known = fixed.as_ref().and_then(|fixed| fixed.get(*code as usize));
            let security = match (known, id, *day) {
                (Some(None), ..) => None,
                (_, _, DAY_MISSING) => {
                    keyless.push(("date", row));
                    None
                }
                (_, _, day) if !self.days.contains(day) => None,
                (_, None, _) => {
                    keyless.push((key_column, row));
                    None
                }
                (Some(security), ..) => *security,
                (None, Some(id), day) => lookup.index(id, day, day),
            };
            if let Some(security) = security {
                rows.order.push((key(security, *day), row as u32));
            }
        }
        for (column, row) in keyless {
            let known_on = days[row].max(first);
            part.faults
                .keyless(&label, column, known_on, row_in_file(file, groups, row));
        }
        rows.columns = VALUES.map(|name| {
            let there = self
                .names
                .contains(&name)
                .then(|| frame.drop_in_place(name).ok().map(numbers));
            let absent = || (vec![f64::NAN; days.len()], Vec::new());
            there.map(|there| there.unwrap_or_else(absent)).unwrap_or_default()
        });
        rows.land(part, self.securities);
        true
    }
}

/// Row groups in runs of about as many rows as are decoded at once.
fn batches(file: &ParquetFile, groups: &[usize]) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut rows = usize::MAX;
    for group in groups {
        rows = rows.saturating_add(file.rows(*group));
        if let Some(batch) = batches.last_mut().filter(|_| rows <= ROWS_AT_ONCE) {
            batch.push(*group);
        } else {
            rows = file.rows(*group);
            batches.push(vec![*group]);
        }
    }
    batches
}

/// The position in the file of a row of a batch.
fn row_in_file(file: &ParquetFile, groups: &[usize], row: usize) -> usize {
    let mut before = 0;
    for group in groups {
        if row < before + file.rows(*group) {
            return file.first_row(*group) + row - before;
        }
        before += file.rows(*group);
    }
    row
}

/// Security and day as one number that sorts as they do.
fn key(security: SecurityIndex, day: Day) -> u64 {
    u64::from(security) << 32 | u64::from(day as u32 ^ (1 << 31))
}

fn of_key(key: u64) -> (SecurityIndex, Day) {
    ((key >> 32) as SecurityIndex, (key as u32 ^ (1 << 31)) as Day)
}

/// Rows of some row groups, unpacked.
struct Rows {
    /// Key and row of the rows that are kept.
    order: Vec<(u64, u32)>,
    /// Values by row, and the rows that hold a NaN or an infinity of their own; empty where not wanted.
    columns: [(Vec<f64>, Vec<usize>); 3],
}

impl Rows {
    /// Sorts the rows by security and day and packs them. What is wrong with them becomes defects.
    fn land(mut self, part: &mut Part, securities: &Securities) {
        if !self.order.is_sorted() {
            #[expect(
                clippy::stable_sort_primitive,
                reason = "row groups are mostly in order, one by one: runs that a stable sort merges"
            )]
            self.order.sort();
        }
        self.order_repeats();
        for (name, (values, not_finite)) in VALUES.into_iter().zip(&self.columns) {
            if !values.is_empty() {
                judge(name, values, not_finite, &self.order, securities, part);
            }
        }
        let mut own = PriceRows::default();
        for rows in self.order.chunk_by(|one, next| one.0 >> 32 == next.0 >> 32) {
            let (security, _) = of_key(rows[0].0);
            own.day.clear();
            own.day.extend(rows.iter().map(|(key, _)| of_key(*key).1));
            let columns = [&mut own.close, &mut own.close_total_return, &mut own.volume];
            for (column, (values, _)) in columns.into_iter().zip(&self.columns) {
                column.clear();
                if !values.is_empty() {
                    column.extend(rows.iter().map(|(_, row)| finite(values[*row as usize])));
                }
            }
            for pair in own.day.windows(2).filter(|pair| pair[0] == pair[1]) {
                let label = part.label.clone();
                repeated(&mut part.faults, &label, securities, security, pair[0]);
            }
            part.rows.push(security, own.slice());
        }
    }

    /// Rows of the same security and day, a defect, stay in the order of their values, whatever the file's order.
    fn order_repeats(&mut self) {
        if self.order.windows(2).all(|pair| pair[0].0 != pair[1].0) {
            return;
        }
        let bits = |row: u32| {
            let columns = self.columns.iter().filter(|(values, _)| !values.is_empty());
            columns.map(move |(values, _)| values[row as usize].to_bits())
        };
        self.order
            .sort_by(|a, b| a.0.cmp(&b.0).then_with(|| bits(a.1).cmp(bits(b.1))));
    }
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// Defects of one column.
fn judge(
    name: &str,
    values: &[f64],
    not_finite: &[usize],
    order: &[(u64, u32)],
    securities: &Securities,
    part: &mut Part,
) {
    let bounds = bounds(name);
    for (key, row) in order {
        let value = values[*row as usize];
        let problem = if value.is_finite() {
            bounds.and_then(|bounds| bounds.broken_by(value))
        } else {
            not_finite
                .binary_search(&(*row as usize))
                .ok()
                .map(|_| Problem::NotFinite)
        };
        if let Some(problem) = problem {
            let (security, day) = of_key(*key);
            let text = format!("{} {}", securities.id(security), day_text(day));
            part.faults.row(&part.label, name, day, (security, text), problem);
        }
    }
}

fn repeated(faults: &mut Faults, file: &str, securities: &Securities, security: SecurityIndex, day: Day) {
    let text = format!("{} {}", securities.id(security), day_text(day));
    faults.row(file, "", day, (security, text), Problem::DuplicateKey);
}

/// A packed run of rows of one security: its place among the parts and their blocks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    security: SecurityIndex,
    first: Day,
    last: Day,
    part: u32,
    block: u32,
}

/// Orders the runs of all files by security and day. Runs of one security that overlap, as where files split the rows
/// another way than by year, are merged.
fn join(parts: Vec<Part>, securities: &Securities, wanted: PriceColumns) -> (Prices, Faults) {
    let mut faults = Faults::new("prices");
    let (mut labels, mut rows) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len() + 1));
    for part in parts {
        faults.defects.extend(part.faults.defects);
        labels.push(part.label);
        rows.push(part.rows);
    }
    let mut runs: Vec<Run> = Vec::new();
    for (part, packed) in rows.iter().enumerate() {
        runs.extend(packed.blocks().enumerate().map(|(block, (security, first, last))| Run {
            security,
            first,
            last,
            part: part as u32,
            block: block as u32,
        }));
    }
    runs.sort_unstable();
    let mut merged = PricePart::new(wanted);
    let mut blocks_merged = 0;
    let mut order: Vec<(u32, u32)> = Vec::with_capacity(runs.len());
    let mut rest = &runs[..];
    while let Some(one) = rest.first() {
        let mut last = one.last;
        let more = rest[1..].iter().take_while(|next| {
            let overlaps = next.security == one.security && next.first <= last;
            last = last.max(next.last);
            overlaps
        });
        let (overlapping, after) = rest.split_at(1 + more.count());
        rest = after;
        if overlapping.len() == 1 {
            order.push((one.part, one.block));
            continue;
        }
        merge(overlapping, &rows, &mut merged, |part, day| {
            repeated(&mut faults, &labels[part], securities, one.security, day);
        });
        let blocks = merged.blocks().len() as u32;
        order.extend((blocks_merged..blocks).map(|block| (rows.len() as u32, block)));
        blocks_merged = blocks;
    }
    rows.push(merged);
    (Prices::new(rows, order, securities.len()), faults)
}

/// Merges overlapping runs of one security by day, and of one day by values. `repeat` hears of a day that two files
/// have, with the later of them.
fn merge(runs: &[Run], parts: &[PricePart], into: &mut PricePart, mut repeat: impl FnMut(usize, Day)) {
    let mut all = PriceRows::default();
    let mut source: Vec<u32> = Vec::new();
    for run in runs {
        let rows = parts[run.part as usize].rows(run.block as usize);
        source.extend(rows.day.iter().map(|_| run.part));
        all.day.extend(rows.day);
        all.close.extend(rows.close);
        all.close_total_return.extend(rows.close_total_return);
        all.volume.extend(rows.volume);
    }
    let mut order: Vec<usize> = (0..all.day.len()).collect();
    let columns = [&all.close, &all.close_total_return, &all.volume];
    let bits = |row: usize| {
        columns
            .into_iter()
            .filter_map(move |column| Some(column.get(row)?.to_bits()))
    };
    order.sort_by(|a, b| all.day[*a].cmp(&all.day[*b]).then_with(|| bits(*a).cmp(bits(*b))));
    for pair in order.windows(2) {
        let (one, next) = (pair[0], pair[1]);
        // Those of one file were reported when it was read.
        if all.day[one] == all.day[next] && source[one] != source[next] {
            repeat(source[one].max(source[next]) as usize, all.day[one]);
        }
    }
    let sorted = |column: &[f64]| -> Vec<f64> { order.iter().filter_map(|row| column.get(*row).copied()).collect() };
    let day: Vec<Day> = order.iter().map(|row| all.day[*row]).collect();
    let [close, total, volume] = columns.map(|column| sorted(column));
    let rows = PriceSlice {
        day: &day,
        close: &close,
        close_total_return: &total,
        volume: &volume,
    };
    into.push(runs[0].security, rows);
}
