//! Snapshots: read file by file, checked, sorted by security, landed in one panel.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use divisor_model::{
    Column as Landed, Date, Day, Defect, MembershipColumn, Panel, Problem, Securities, SecurityIndex, SnapshotRange,
    TEXT_MISSING, TextColumn, day_of,
};
use polars::prelude::{DataFrame, StringChunked};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::contract::{expected_kind, impossible, is_bounded};
use crate::dataset::Dataset;
use crate::frame::{ColumnKind, FileFrame, days, flags, kind_of, numbers, read_frame, text_lists, texts};

const TABLE: &str = "snapshots";

/// Columns that must be there and have no nulls.
const REQUIRED: [&str; 4] = ["security_id", "price", "sector", "country"];

/// The snapshots of a run and what is wrong with them.
pub(crate) struct Snapshots {
    pub(crate) panel: Panel,
    pub(crate) defects: Vec<Defect>,
}

/// One snapshot, sorted by security id, its columns not yet joined with the others'.
struct Part {
    date: Date,
    ids: Vec<String>,
    columns: BTreeMap<String, PartColumn>,
    defects: Vec<PartDefect>,
}

enum PartColumn {
    Number(Vec<f64>),
    Text(TextColumn),
    Day(Vec<Day>),
    Flag(Vec<Option<bool>>),
    Lists(Vec<Vec<String>>),
}

/// A defect whose security is still a text.
struct PartDefect {
    file: String,
    column: String,
    id: Option<String>,
    problem: Problem,
}

/// Reads the snapshots of `dates`. `columns` are those the rules need besides the standard ones; a standard column is
/// read where it is there.
pub(crate) fn read_snapshots(dataset: &Dataset, dates: &BTreeSet<Date>, columns: &BTreeSet<String>) -> Snapshots {
    let dates: Vec<(Date, &Vec<PathBuf>)> = dates
        .iter()
        .filter_map(|date| Some((*date, dataset.snapshots.get(date)?)))
        .collect();
    let parts: Vec<Part> = dates
        .par_iter()
        .map(|(date, files)| read_part(dataset, *date, files, columns))
        .collect();
    join(parts, columns)
}

fn read_part(dataset: &Dataset, date: Date, files: &[PathBuf], columns: &BTreeSet<String>) -> Part {
    let mut part = Part {
        date,
        ids: Vec::new(),
        columns: BTreeMap::new(),
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
            match &mut frame {
                Some(frame) => frame.vstack_mut(&next).map(drop).map_err(|error| error.to_string()),
                None => {
                    frame = Some(next);
                    Ok(())
                }
            }
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
        Some(frame) if frame.height() > 0 => part.fill(&frame, &label, columns),
        _ if part.defects.is_empty() => part.fault(label, "", None, Problem::Empty),
        _ => {}
    }
    part
}

impl Part {
    fn fault(&mut self, file: String, column: &str, id: Option<&str>, problem: Problem) {
        self.defects.push(PartDefect {
            file,
            column: column.to_owned(),
            id: id.map(str::to_owned),
            problem,
        });
    }

    fn fill(&mut self, frame: &DataFrame, label: &str, columns: &BTreeSet<String>) {
        let ids = frame.column("security_id").ok().and_then(texts);
        let Some(ids) = ids else {
            let problem = match frame.column("security_id") {
                Ok(column) => Problem::WrongType(ColumnKind::Text.words(), kind_of(column).words().to_owned()),
                Err(_) => Problem::MissingColumn,
            };
            self.fault(label.to_owned(), "security_id", None, problem);
            return;
        };
        let order = self.sorted(ids, label);
        for name in columns.iter().filter(|name| *name != "security_id") {
            self.land(frame, label, name, &order);
        }
        self.complete(label);
    }

    /// Rows in the order of their ids; nulls and repeats are defects and stay out.
    fn sorted(&mut self, ids: &StringChunked, label: &str) -> Vec<u32> {
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
        if !keyed.is_sorted() {
            keyed.sort_unstable();
        }
        let mut order: Vec<u32> = Vec::with_capacity(keyed.len());
        for (at, (id, row)) in keyed.iter().enumerate() {
            if at > 0 && keyed[at - 1].0 == *id {
                self.fault(label.to_owned(), "security_id", Some(id), Problem::DuplicateKey);
            } else {
                self.ids.push((*id).to_owned());
                order.push(*row);
            }
        }
        order
    }

    fn land(&mut self, frame: &DataFrame, label: &str, name: &str, order: &[u32]) {
        let Ok(column) = frame.column(name) else { return };
        let found = kind_of(column);
        if let Some(expected) = expected_kind(name)
            && expected != found
        {
            let problem = Problem::WrongType(expected.words(), found.words().to_owned());
            self.fault(label.to_owned(), name, None, problem);
            return;
        }
        let in_order = order.iter().enumerate().all(|(at, row)| at == *row as usize);
        let landed = match found {
            ColumnKind::Number => {
                let (values, not_finite) = numbers(column);
                for row in not_finite {
                    if let Some(at) = order.iter().position(|found| *found as usize == row) {
                        let id = self.ids[at].clone();
                        self.fault(label.to_owned(), name, Some(&id), Problem::NotFinite);
                    }
                }
                let mut values = if in_order && values.len() == order.len() {
                    values
                } else {
                    order.iter().map(|row| values[*row as usize]).collect()
                };
                self.check(label, name, &mut values);
                PartColumn::Number(values)
            }
            ColumnKind::Text => match texts(column) {
                Some(column) => PartColumn::Text(coded(column, order)),
                None => return,
            },
            ColumnKind::Day => match days(column) {
                Some(days) => PartColumn::Day(order.iter().map(|row| days[*row as usize]).collect()),
                None => return,
            },
            ColumnKind::Flag => match flags(column) {
                Some(flags) => PartColumn::Flag(order.iter().map(|row| flags[*row as usize]).collect()),
                None => return,
            },
            ColumnKind::TextList => match text_lists(column) {
                Some(lists) => PartColumn::Lists(order.iter().map(|row| lists[*row as usize].clone()).collect()),
                None => return,
            },
            // Left out when it was read, and reported there.
            ColumnKind::Other => return,
        };
        self.columns.insert(name.to_owned(), landed);
    }

    /// Impossible values become defects; infinities become missing so that none ever lands.
    fn check(&mut self, label: &str, name: &str, values: &mut [f64]) {
        if is_bounded(name) {
            for (at, value) in values.iter().enumerate() {
                if let Some(problem) = impossible(name, *value).filter(|_| value.is_finite()) {
                    self.defects.push(PartDefect {
                        file: label.to_owned(),
                        column: name.to_owned(),
                        id: Some(self.ids[at].clone()),
                        problem,
                    });
                }
            }
        }
        for value in values.iter_mut().filter(|value| value.is_infinite()) {
            *value = f64::NAN;
        }
    }

    /// Required columns, and what can be told from others: market cap from shares, money's exchange rate.
    fn complete(&mut self, label: &str) {
        for name in REQUIRED {
            self.require(label, name);
        }
        let number = |columns: &BTreeMap<String, PartColumn>, name: &str| match columns.get(name) {
            Some(PartColumn::Number(values)) => Some(values.clone()),
            _ => None,
        };
        let rows = self.ids.len();
        let fx = self.exchange_rates(label);
        if !self.columns.contains_key("market_cap")
            && let (Some(price), Some(shares)) = (number(&self.columns, "price"), number(&self.columns, "shares"))
        {
            let caps = (0..rows).map(|row| shares[row] * price[row] * fx[row]).collect();
            self.columns.insert("market_cap".to_owned(), PartColumn::Number(caps));
        }
        self.columns.insert("fx".to_owned(), PartColumn::Number(fx));
        self.require(label, "market_cap");
        let float = number(&self.columns, "free_float").unwrap_or_else(|| vec![1.0; rows]);
        self.columns.insert("free_float".to_owned(), PartColumn::Number(float));
        self.require(label, "free_float");
    }

    /// `fx`, 1 for the dataset's own currency; the check that foreign names have one comes with the dataset's currency.
    fn exchange_rates(&mut self, label: &str) -> Vec<f64> {
        let rows = self.ids.len();
        match self.columns.get("fx") {
            Some(PartColumn::Number(values)) => {
                let values = values.clone();
                let gaps: Vec<usize> = (0..rows).filter(|row| values[*row].is_nan()).collect();
                for row in gaps {
                    let foreign = self.text_at("currency", row).is_some();
                    if foreign {
                        let id = self.ids[row].clone();
                        self.fault(label.to_owned(), "fx", Some(&id), Problem::MissingValue);
                    }
                }
                values
                    .into_iter()
                    .map(|rate| if rate.is_nan() { 1.0 } else { rate })
                    .collect()
            }
            _ => vec![1.0; rows],
        }
    }

    fn text_at(&self, column: &str, row: usize) -> Option<&str> {
        match self.columns.get(column)? {
            PartColumn::Text(text) => text.get(row),
            _ => None,
        }
    }

    fn require(&mut self, label: &str, name: &str) {
        if name == "security_id" {
            return;
        }
        let gaps: Vec<usize> = match self.columns.get(name) {
            Some(PartColumn::Number(values)) => (0..values.len()).filter(|row| values[*row].is_nan()).collect(),
            Some(PartColumn::Text(text)) => (0..text.codes.len())
                .filter(|row| text.codes[*row] == TEXT_MISSING)
                .collect(),
            Some(_) => return,
            None => {
                let reported = self.defects.iter().any(|defect| defect.column == name);
                if !reported {
                    self.fault(label.to_owned(), name, None, Problem::MissingColumn);
                }
                return;
            }
        };
        for row in gaps {
            let id = self.ids[row].clone();
            let reported = |defect: &PartDefect| defect.column == name && defect.id.as_ref() == Some(&id);
            if !self.defects.iter().any(reported) {
                self.fault(label.to_owned(), name, Some(&id), Problem::MissingValue);
            }
        }
    }
}

/// Texts as codes into a small dictionary of this snapshot.
fn coded(column: &StringChunked, order: &[u32]) -> TextColumn {
    let mut lookup: HashMap<&str, u32> = HashMap::new();
    let mut dictionary: Vec<String> = Vec::new();
    let codes: Vec<u32> = column
        .iter()
        .map(|text| match text {
            Some(text) => *lookup.entry(text).or_insert_with(|| {
                dictionary.push(text.to_owned());
                dictionary.len() as u32 - 1
            }),
            None => TEXT_MISSING,
        })
        .collect();
    TextColumn {
        codes: order.iter().map(|row| codes[*row as usize]).collect(),
        dictionary: Arc::new(dictionary),
    }
}

/// Joins the snapshots into one panel. A column that a snapshot lacks, and that some rule needs, is a defect of it.
fn join(parts: Vec<Part>, columns: &BTreeSet<String>) -> Snapshots {
    let securities = Arc::new(all_securities(&parts));
    let mut snapshots = Vec::with_capacity(parts.len());
    let mut security: Vec<SecurityIndex> = Vec::new();
    let mut defects = Vec::new();
    for part in &parts {
        let start = security.len();
        security.extend(indexes(&securities, &part.ids));
        snapshots.push(SnapshotRange {
            date: part.date,
            rows: start..security.len(),
        });
        for defect in &part.defects {
            let id = defect.id.as_deref();
            defects.push(Defect {
                table: TABLE,
                file: defect.file.clone(),
                column: defect.column.clone(),
                known_on: day_of(part.date),
                security: id.and_then(|id| securities.index(id)),
                key: id.unwrap_or_default().to_owned(),
                problem: defect.problem.clone(),
            });
        }
    }
    let mut names: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    names.extend(["market_cap", "free_float", "fx"]);
    let names: Vec<&str> = names.into_iter().filter(|name| *name != "security_id").collect();
    let joined: Vec<(String, Option<Landed>)> = names
        .par_iter()
        .map(|name| ((*name).to_owned(), join_column(&parts, name)))
        .collect();
    for name in &names {
        missing_column(&parts, name, &mut defects);
    }
    let landed = joined
        .into_iter()
        .filter_map(|(name, column)| Some((name, column?)))
        .collect();
    Snapshots {
        panel: Panel::new(securities, snapshots, security, landed),
        defects,
    }
}

/// A column that some snapshots have and others lack, or have with another type.
fn missing_column(parts: &[Part], name: &str, defects: &mut Vec<Defect>) {
    let kind = |part: &Part| part.columns.get(name).map(std::mem::discriminant);
    let Some(first) = parts.iter().find_map(kind) else {
        return;
    };
    for part in parts.iter().filter(|part| !part.ids.is_empty()) {
        let found = kind(part);
        let reported = part
            .defects
            .iter()
            .any(|defect| defect.column == name && defect.id.is_none());
        if found != Some(first) && !reported {
            defects.push(Defect {
                table: TABLE,
                file: format!("snapshots/date={}", part.date),
                column: name.to_owned(),
                known_on: day_of(part.date),
                security: None,
                key: String::new(),
                problem: match found {
                    None => Problem::MissingColumn,
                    Some(_) => Problem::WrongType("of one type in all snapshots", "of another here".to_owned()),
                },
            });
        }
    }
}

fn all_securities(parts: &[Part]) -> Securities {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    let mut last: &[String] = &[];
    for part in parts {
        // Most snapshots repeat the one before: skip what was just seen.
        if part.ids != last {
            all.extend(part.ids.iter().map(String::as_str));
        }
        last = &part.ids;
    }
    Securities::new(all.into_iter().map(str::to_owned).collect())
}

/// Indexes of sorted ids: one merge over two sorted lists.
fn indexes(securities: &Securities, ids: &[String]) -> Vec<SecurityIndex> {
    let mut at = 0;
    let all = securities.ids();
    ids.iter()
        .map(|id| {
            while all[at] != *id {
                at += 1;
            }
            at as SecurityIndex
        })
        .collect()
}

/// One column over all snapshots; missing values where a snapshot lacks it. `None` where all do.
fn join_column(parts: &[Part], name: &str) -> Option<Landed> {
    let first = parts.iter().find_map(|part| part.columns.get(name))?;
    let rows: usize = parts.iter().map(|part| part.ids.len()).sum();
    Some(match first {
        PartColumn::Number(_) => {
            let mut values = Vec::with_capacity(rows);
            for part in parts {
                match part.columns.get(name) {
                    Some(PartColumn::Number(found)) => values.extend_from_slice(found),
                    _ => values.resize(values.len() + part.ids.len(), f64::NAN),
                }
            }
            Landed::Number(values)
        }
        PartColumn::Text(_) => Landed::Text(join_text(parts, name, rows)),
        PartColumn::Day(_) => {
            let mut days = Vec::with_capacity(rows);
            for part in parts {
                match part.columns.get(name) {
                    Some(PartColumn::Day(found)) => days.extend_from_slice(found),
                    _ => days.resize(days.len() + part.ids.len(), divisor_model::DAY_MISSING),
                }
            }
            Landed::Day(days)
        }
        PartColumn::Flag(_) => {
            let mut all = Vec::with_capacity(rows);
            for part in parts {
                match part.columns.get(name) {
                    Some(PartColumn::Flag(found)) => all.extend_from_slice(found),
                    _ => all.resize(all.len() + part.ids.len(), None),
                }
            }
            Landed::Flag(all)
        }
        PartColumn::Lists(_) => Landed::Membership(join_lists(parts, name, rows)),
    })
}

fn join_text(parts: &[Part], name: &str, rows: usize) -> TextColumn {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for part in parts {
        if let Some(PartColumn::Text(text)) = part.columns.get(name) {
            all.extend(text.dictionary.iter().map(String::as_str));
        }
    }
    let dictionary: Vec<String> = all.iter().map(|text| (*text).to_owned()).collect();
    let mut codes = Vec::with_capacity(rows);
    for part in parts {
        match part.columns.get(name) {
            Some(PartColumn::Text(text)) => {
                let place = |word: &String| dictionary.binary_search(word).map_or(TEXT_MISSING, |at| at as u32);
                let recode: Vec<u32> = text.dictionary.iter().map(place).collect();
                let code = |code: &u32| recode.get(*code as usize).copied().unwrap_or(TEXT_MISSING);
                codes.extend(text.codes.iter().map(code));
            }
            _ => codes.resize(codes.len() + part.ids.len(), TEXT_MISSING),
        }
    }
    TextColumn {
        codes,
        dictionary: Arc::new(dictionary),
    }
}

/// Universe lists as bits; names beyond the 64th in text order are dropped, which `Dataset::universes` refuses first.
fn join_lists(parts: &[Part], name: &str, rows: usize) -> MembershipColumn {
    let lists = |part: &'_ Part| match part.columns.get(name) {
        Some(PartColumn::Lists(lists)) => lists.clone(),
        _ => vec![Vec::new(); part.ids.len()],
    };
    let mut all: BTreeSet<String> = BTreeSet::new();
    for part in parts {
        all.extend(lists(part).into_iter().flatten());
    }
    let names: Vec<String> = all.into_iter().take(64).collect();
    let mut bits = Vec::with_capacity(rows);
    for part in parts {
        for list in lists(part) {
            let mask = list.iter().filter_map(|universe| names.binary_search(universe).ok());
            bits.push(mask.fold(0u64, |mask, bit| mask | (1 << bit)));
        }
    }
    MembershipColumn { names, bits }
}
