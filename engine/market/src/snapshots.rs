//! Snapshots: read file by file, checked, sorted by security, landed in one panel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use divisor_model::{Column, Date, Defect, MembershipColumn, Panel, Problem, TEXT_MISSING, TextColumn};
use polars::prelude::{Column as FrameColumn, DataFrame, StringChunked};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::contract::{bounds, expected_kind};
use crate::dataset::Dataset;
use crate::dated::Dated;
use crate::frame::{
    ColumnKind, FileFrame, are_same, days, flags, kind_of, memberships, numbers, read_frame, text_codes, texts,
};
use crate::join::join;
use crate::rows::rows_where;

pub(crate) const TABLE: &str = "snapshots";

/// Columns that must be there and have no nulls.
const REQUIRED: [&str; 3] = ["price", "sector", "country"];

/// The snapshots of a run and what is wrong with them.
pub(crate) struct Snapshots {
    pub(crate) panel: Panel,
    pub(crate) defects: Vec<Defect>,
    /// Columns that came from another table, and from which.
    pub(crate) filled: BTreeMap<Date, BTreeMap<String, &'static str>>,
}

/// One snapshot, sorted by security id, its columns not yet joined with the others'.
pub(crate) struct Part {
    pub(crate) date: Date,
    pub(crate) ids: Arc<Ids>,
    /// Texts by dictionaries of their own, memberships by all the names there are.
    pub(crate) columns: BTreeMap<String, Column>,
    /// Columns that came from another table, and from which.
    pub(crate) filled: BTreeMap<String, &'static str>,
    pub(crate) defects: Vec<PartDefect>,
}

/// A defect whose security is still a text.
pub(crate) struct PartDefect {
    pub(crate) file: String,
    pub(crate) column: String,
    pub(crate) id: Option<String>,
    pub(crate) problem: Problem,
}

/// About as long as an id is.
const ID_BYTES: usize = 8;

/// Ascending ids in one text: a snapshot has many, and most repeat those of the one before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    text: String,
    ends: Vec<u32>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len() as u32);
    }

    /// Ids that ascend as they are; none where one is missing, empty, or not above the one before.
    fn ascending(texts: &StringChunked) -> Option<Self> {
        let mut ids = Self {
            text: String::with_capacity(texts.len() * ID_BYTES),
            ends: Vec::with_capacity(texts.len()),
        };
        let mut last = "";
        for id in texts.iter() {
            let id = id.filter(|id| *id > last)?;
            ids.push(id);
            last = id;
        }
        Some(ids)
    }

    fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..self.ends[at] as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }
}

/// The ids some snapshot had, and as it had them: most snapshots repeat those of another.
type SeenIds = Mutex<Option<(StringChunked, Arc<Ids>)>>;

/// Ids that ascend as they are, shared with the snapshot that was read before where they are the same.
fn ascending(texts: &StringChunked, seen: &SeenIds) -> Option<Arc<Ids>> {
    let last = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, ids)) = last.filter(|(last, _)| are_same(last, texts)) {
        return Some(ids);
    }
    let ids = Arc::new(Ids::ascending(texts)?);
    *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((texts.clone(), Arc::clone(&ids)));
    Some(ids)
}

/// Reads the snapshots of `dates`. `needed` are the columns the rules name, which every one of them must have; `columns`
/// are those and the optional ones that come along where they are there.
pub(crate) fn read_snapshots(
    dataset: &Dataset,
    dates: &BTreeSet<Date>,
    needed: &BTreeSet<String>,
    columns: &BTreeSet<String>,
    dated: &Dated,
) -> Snapshots {
    let dates: Vec<(Date, &Vec<PathBuf>)> = dates
        .iter()
        .filter_map(|date| Some((*date, dataset.snapshots.get(date)?)))
        .collect();
    let seen = SeenIds::default();
    let parts: Vec<Part> = dates
        .par_iter()
        .map(|(date, files)| read_part(dataset, (*date, files), columns, dated, &seen))
        .collect();
    join(parts, needed)
}

fn read_part(
    dataset: &Dataset,
    (date, files): (Date, &[PathBuf]),
    columns: &BTreeSet<String>,
    dated: &Dated,
    seen: &SeenIds,
) -> Part {
    let mut part = Part {
        date,
        ids: Arc::default(),
        columns: BTreeMap::new(),
        filled: BTreeMap::new(),
        defects: Vec::new(),
    };
    let wanted: Vec<&str> = columns.iter().map(String::as_str).collect();
    let folder = format!("snapshots/date={date}");
    let mut frame: Option<DataFrame> = None;
    for file in files {
        let read = read_frame(file, &wanted, false);
        let stacked = read.and_then(|FileFrame { frame: next, unusable }| {
            for name in unusable {
                let expected = expected_kind(&name).map_or("a number, text, date or flag", ColumnKind::words);
                let problem = Problem::WrongType(expected, ColumnKind::Other.words().to_owned());
                part.fault(dataset.label(file), &name, None, problem);
            }
            if let Some(frame) = &mut frame {
                return frame.vstack_mut(&next).map(drop).map_err(|error| error.to_string());
            }
            frame = Some(next);
            Ok(())
        });
        if let Err(reason) = stacked {
            part.fault(dataset.label(file), "", None, Problem::Unreadable(reason));
        }
    }
    let label = match files {
        [only] => dataset.label(only),
        _ => folder,
    };
    match frame {
        Some(frame) if frame.height() > 0 => part.fill(frame, &label, (columns, dated), seen),
        _ if part.defects.is_empty() => part.fault(label, "", None, Problem::Empty),
        _ => {}
    }
    part
}

impl Part {
    pub(crate) fn fault(&mut self, file: String, column: &str, id: Option<&str>, problem: Problem) {
        self.defects.push(PartDefect {
            file,
            column: column.to_owned(),
            id: id.map(str::to_owned),
            problem,
        });
    }

    fn fill(
        &mut self,
        mut frame: DataFrame,
        label: &str,
        (columns, dated): (&BTreeSet<String>, &Dated),
        seen: &SeenIds,
    ) {
        let ids = frame.column("security_id").ok().and_then(texts);
        let Some(ids) = ids else {
            let problem = match frame.column("security_id") {
                Ok(column) => Problem::WrongType(ColumnKind::Text.words(), kind_of(column).words().to_owned()),
                Err(_) => Problem::MissingColumn,
            };
            self.fault(label.to_owned(), "security_id", None, problem);
            return;
        };
        let order = self.sorted(ids, label, seen);
        for name in columns.iter().filter(|name| *name != "security_id") {
            if let Ok(column) = frame.drop_in_place(name) {
                self.land(column, label, name, &order);
            }
        }
        dated.fill(self, label, columns);
        self.complete(label);
    }

    /// Rows in the order of their ids; nulls and repeats are defects and stay out.
    fn sorted(&mut self, ids: &StringChunked, label: &str, seen: &SeenIds) -> Order {
        if let Some(ids) = ascending(ids, seen) {
            self.ids = ids;
            return Order::AsRead;
        }
        let mut own = Ids::default();
        let mut keyed: Vec<(&str, u32)> = Vec::with_capacity(ids.len());
        for (row, id) in ids.iter().enumerate() {
            match id {
                Some(id) if !id.is_empty() => keyed.push((id, row as u32)),
                _ => self.fault(
                    label.to_owned(),
                    "security_id",
                    Some(&format!("row {}", row + 1)),
                    Problem::MissingValue,
                ),
            }
        }
        keyed.sort_unstable();
        let mut order: Vec<u32> = Vec::with_capacity(keyed.len());
        for (at, (id, row)) in keyed.iter().enumerate() {
            if at > 0 && keyed[at - 1].0 == *id {
                self.fault(label.to_owned(), "security_id", Some(id), Problem::DuplicateKey);
            } else {
                own.push(id);
                order.push(*row);
            }
        }
        self.ids = Arc::new(own);
        Order::Rows(order)
    }

    fn land(&mut self, column: FrameColumn, label: &str, name: &str, order: &Order) {
        let found = kind_of(&column);
        if let Some(expected) = expected_kind(name)
            && expected != found
        {
            let problem = Problem::WrongType(expected.words(), found.words().to_owned());
            self.fault(label.to_owned(), name, None, problem);
            return;
        }
        let landed = match found {
            ColumnKind::Number => Some(Column::Number(self.land_numbers(column, label, name, order))),
            ColumnKind::Text => text_codes(&column).map(|(codes, dictionary)| {
                Column::Text(TextColumn {
                    codes: order.arrange(codes),
                    dictionary: Arc::new(dictionary),
                })
            }),
            ColumnKind::Day => days(&column).map(|days| Column::Day(order.arrange(days))),
            ColumnKind::Flag => flags(&column).map(|flags| Column::Flag(order.arrange(flags))),
            ColumnKind::TextList => memberships(&column).map(|found| {
                Column::Membership(MembershipColumn {
                    names: found.names,
                    bits: order.arrange(found.bits),
                })
            }),
            // Left out when it was read, and reported there.
            ColumnKind::Other => None,
        };
        if let Some(landed) = landed {
            self.columns.insert(name.to_owned(), landed);
        }
    }

    /// Numbers in the order of the ids. What is not finite or impossible is a defect; an infinity never lands.
    fn land_numbers(&mut self, column: FrameColumn, label: &str, name: &str, order: &Order) -> Vec<f64> {
        let (values, not_finite) = numbers(column);
        let some_not_finite = !not_finite.is_empty();
        for row in not_finite {
            if let Some(at) = order.place(row) {
                let id = self.ids.get(at).to_owned();
                self.fault(label.to_owned(), name, Some(&id), Problem::NotFinite);
            }
        }
        let mut values = order.arrange(values);
        if let Some(bounds) = bounds(name).filter(|bounds| !bounds.hold_for(&values)) {
            for (at, value) in values.iter().enumerate() {
                if let Some(problem) = bounds.broken_by(*value) {
                    let id = self.ids.get(at).to_owned();
                    self.fault(label.to_owned(), name, Some(&id), problem);
                }
            }
        }
        if some_not_finite {
            for value in values.iter_mut().filter(|value| value.is_infinite()) {
                *value = f64::NAN;
            }
        }
        values
    }

    fn number(&self, name: &str) -> Option<&Vec<f64>> {
        match self.columns.get(name)? {
            Column::Number(values) => Some(values),
            _ => None,
        }
    }

    fn insert_number(&mut self, name: &str, values: Vec<f64>) {
        self.columns.insert(name.to_owned(), Column::Number(values));
    }

    /// Required columns, and what can be told from others: market cap from shares, money's exchange rate.
    fn complete(&mut self, label: &str) {
        for name in REQUIRED {
            self.require(label, name);
        }
        let rows = self.ids.len();
        self.exchange_rates(label);
        if !self.columns.contains_key("market_cap")
            && let (Some(price), Some(shares), Some(fx)) =
                (self.number("price"), self.number("shares"), self.number("fx"))
        {
            let caps = (0..rows).map(|row| shares[row] * price[row] * fx[row]).collect();
            self.insert_number("market_cap", caps);
        }
        self.require(label, "market_cap");
        if !self.columns.contains_key("free_float") {
            self.insert_number("free_float", vec![1.0; rows]);
        }
        self.require(label, "free_float");
    }

    /// `fx`, 1 where it is missing. Whether it may be missing depends on the dataset's currency: `Dataset::read` drops
    /// the defects of names that need none.
    fn exchange_rates(&mut self, label: &str) {
        let rows = self.ids.len();
        let Some(mut rates) = self.number("fx").cloned() else {
            if self.columns.contains_key("currency") && !self.defects.iter().any(|defect| defect.column == "fx") {
                self.fault(label.to_owned(), "fx", None, Problem::MissingColumn);
            }
            self.insert_number("fx", vec![1.0; rows]);
            return;
        };
        for (row, rate) in rates.iter_mut().enumerate().filter(|(_, rate)| rate.is_nan()) {
            *rate = 1.0;
            if self.text_at("currency", row).is_some() {
                let id = self.ids.get(row).to_owned();
                self.fault(label.to_owned(), "fx", Some(&id), Problem::MissingValue);
            }
        }
        self.insert_number("fx", rates);
    }

    fn text_at(&self, column: &str, row: usize) -> Option<&str> {
        match self.columns.get(column)? {
            Column::Text(text) => text.get(row),
            _ => None,
        }
    }

    fn require(&mut self, label: &str, name: &str) {
        let gaps: Vec<usize> = match self.columns.get(name) {
            Some(Column::Number(values)) => rows_where(values, |value| value.is_nan()),
            Some(Column::Text(text)) => rows_where(&text.codes, |code| *code == TEXT_MISSING),
            Some(_) => return,
            None => {
                let reported = self.defects.iter().any(|defect| defect.column == name);
                if !reported {
                    self.fault(label.to_owned(), name, None, Problem::MissingColumn);
                }
                return;
            }
        };
        if gaps.is_empty() {
            return;
        }
        // What was not finite is missing now, and was reported as such.
        let own = self.defects.iter().filter(|defect| defect.column == name);
        let reported: BTreeSet<String> = own.filter_map(|defect| defect.id.clone()).collect();
        let label = match self.filled.get(name) {
            Some(table) => format!("{table} for snapshots/date={}", self.date),
            None => label.to_owned(),
        };
        for row in gaps {
            let id = self.ids.get(row).to_owned();
            if !reported.contains(&id) {
                self.fault(label.clone(), name, Some(&id), Problem::MissingValue);
            }
        }
    }
}

/// Where the values of each id lie in the file.
enum Order {
    /// The file is in the order of the ids.
    AsRead,
    /// Rows by id.
    Rows(Vec<u32>),
}

impl Order {
    /// Values by row, in the order of the ids.
    fn arrange<T: Clone>(&self, values: Vec<T>) -> Vec<T> {
        match self {
            Self::AsRead => values,
            Self::Rows(rows) => rows.iter().map(|row| values[*row as usize].clone()).collect(),
        }
    }

    /// The place of a row's id; none for a row that was left out.
    fn place(&self, row: usize) -> Option<usize> {
        match self {
            Self::AsRead => Some(row),
            Self::Rows(rows) => rows.iter().position(|found| *found as usize == row),
        }
    }
}
