//! `dataset.toml` of a dataset made by mappings. A mapping of snapshots may have `[dataset]`; its head is written from
//! that, the dates of the snapshots there are, and the units all mappings of the dataset declare, so that the order in
//! which they are imported does not matter. A head that somebody else wrote is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use divisor_model::{DatasetInfo, Date, FieldInfo};
use serde::{Deserialize, Serialize};

use super::column::words;
use super::{HeadRule, Mapping};
use crate::MarketError;
use crate::dataset::snapshot_files;
use crate::head::parse_head;
use crate::import::record::put;

/// The first line of a head that imports keep up to date.
const MARK: &str = "# Written by `divisor data import table`; change its mappings instead.\n";

/// What happened to `dataset.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadOutcome {
    /// It says all it has to.
    Unchanged,
    /// It was written.
    Written,
    /// There is none.
    Absent,
    /// It was written by hand and lacks something: what to add.
    Lacks(Vec<String>),
}

/// The units one mapping declares, as kept beside its records.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Declared {
    fields: BTreeMap<String, FieldInfo>,
}

impl Mapping {
    /// Whether the head of a dataset contradicts this mapping; nothing is written.
    pub fn check_head(&self, dataset: &Path) -> Result<(), MarketError> {
        let Some((path, text, info)) = present(dataset)? else {
            return Ok(());
        };
        if self.dataset.is_some() && !text.starts_with(MARK) {
            let message = "is there already and was written by no import; take [dataset] out of the mapping";
            return Err(wrong(path, message.to_owned()));
        }
        let fields = self.fields();
        let other = fields
            .iter()
            .find(|(name, field)| info.fields.get(*name).is_some_and(|known| known != *field));
        match other {
            Some((name, field)) if !text.starts_with(MARK) => {
                let message = format!("`{name}` is another field than the mapping's: {}", entry(name, *field));
                Err(wrong(path, message))
            }
            _ => Ok(()),
        }
    }

    /// Brings the head of a dataset up to date after an import by the mapping file `stem`.
    pub fn settle_head(&self, dataset: &Path, importer: &str) -> Result<HeadOutcome, MarketError> {
        let folder = dataset.join("imports").join(importer);
        let declared = Declared { fields: self.fields() };
        let text = toml::to_string(&declared).map_err(|error| MarketError::Import(error.to_string()))?;
        put(&folder.join("fields.toml"), &text)?;
        let fields = declared_fields(dataset)?;
        let snapshots = snapshot_files(dataset)?;
        let dates = snapshots.keys().next().zip(snapshots.keys().next_back());
        let Some((path, old, info)) = present(dataset)? else {
            return match (&self.dataset, dates) {
                (Some(head), Some((first, last))) => {
                    put(&dataset.join("dataset.toml"), &head.text(*first, *last, &fields))?;
                    Ok(HeadOutcome::Written)
                }
                _ => Ok(HeadOutcome::Absent),
            };
        };
        if !old.starts_with(MARK) {
            return Ok(lacks(&info, &fields, dates));
        }
        let head = self.dataset.clone().unwrap_or_else(|| HeadRule::of(&info));
        let (first, last) = dates.map_or((info.first, info.last), |(first, last)| (*first, *last));
        let text = head.text(first, last, &fields);
        if text == old {
            return Ok(HeadOutcome::Unchanged);
        }
        put(&path, &text)?;
        Ok(HeadOutcome::Written)
    }

    /// The units it declares.
    fn fields(&self) -> BTreeMap<String, FieldInfo> {
        let declared = self.columns.iter();
        declared
            .filter_map(|column| Some((column.name.clone(), column.field?)))
            .collect()
    }
}

fn wrong(path: PathBuf, message: String) -> MarketError {
    MarketError::Dataset { path, message }
}

/// The head there is: its path, text and meaning.
fn present(dataset: &Path) -> Result<Option<(PathBuf, String, DatasetInfo)>, MarketError> {
    let path = dataset.join("dataset.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| MarketError::io("read", &path, error))?;
    let info = parse_head(&path, &text)?;
    Ok(Some((path, text, info)))
}

/// What all mappings of the dataset declare; two that contradict each other are an error.
fn declared_fields(dataset: &Path) -> Result<BTreeMap<String, FieldInfo>, MarketError> {
    let imports = dataset.join("imports");
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&imports).map_err(|error| MarketError::io("list", &imports, error))? {
        let entry = entry.map_err(|error| MarketError::io("list", &imports, error))?;
        files.push(entry.path().join("fields.toml"));
    }
    files.sort();
    let mut all: BTreeMap<String, FieldInfo> = BTreeMap::new();
    for path in files.into_iter().filter(|path| path.is_file()) {
        let text = fs::read_to_string(&path).map_err(|error| MarketError::io("read", &path, error))?;
        let declared: Declared =
            toml::from_str(&text).map_err(|error| wrong(path.clone(), error.message().to_owned()))?;
        for (name, field) in declared.fields {
            if let Some(known) = all.insert(name.clone(), field).filter(|known| *known != field) {
                let (unit, kind) = words(known);
                let message = format!("`{name}` has another unit or kind in another mapping: \"{unit}\", \"{kind}\"");
                return Err(wrong(path, message));
            }
        }
    }
    Ok(all)
}

/// What a head written by hand should say.
fn lacks(info: &DatasetInfo, fields: &BTreeMap<String, FieldInfo>, dates: Option<(&Date, &Date)>) -> HeadOutcome {
    let absent = fields.iter().filter(|(name, _)| !info.fields.contains_key(*name));
    let mut lines: Vec<String> = absent
        .map(|(name, field)| format!("[fields] {}", entry(name, *field)))
        .collect();
    if let Some((first, last)) = dates {
        if *first < info.first {
            lines.push(format!("first = {first}"));
        }
        if *last > info.last {
            lines.push(format!("last = {last}"));
        }
    }
    if lines.is_empty() {
        HeadOutcome::Unchanged
    } else {
        HeadOutcome::Lacks(lines)
    }
}

fn entry(name: &str, field: FieldInfo) -> String {
    let (unit, kind) = words(field);
    format!("{name} = {{ unit = \"{unit}\", kind = \"{kind}\" }}")
}

impl HeadRule {
    /// What an earlier import wrote.
    fn of(info: &DatasetInfo) -> Self {
        Self {
            name: info.name.clone(),
            title: info.title.clone(),
            currency: info.currency.clone(),
            calendar: info.calendar.clone(),
            universe: info.universe.clone(),
            provenance: Some(info.provenance.clone()).filter(|text| !text.is_empty()),
            known_defects: info.known_defects.clone(),
            max_age: info.max_age_days.map(|days| format!("{days} days")),
        }
    }

    fn text(&self, first: Date, last: Date, fields: &BTreeMap<String, FieldInfo>) -> String {
        let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
        let mut lines = vec![
            ("name", quoted(&self.name)),
            ("title", quoted(&self.title)),
            ("currency", quoted(&self.currency)),
            ("calendar", quoted(&self.calendar)),
            ("universe", quoted(&self.universe)),
            ("first", first.to_string()),
            ("last", last.to_string()),
        ];
        if let Some(age) = &self.max_age {
            lines.push(("max_age", quoted(age)));
        }
        if let Some(provenance) = &self.provenance {
            lines.push(("provenance", quoted(provenance)));
        }
        if !self.known_defects.is_empty() {
            let defects: Vec<String> = self.known_defects.iter().map(|defect| quoted(defect)).collect();
            lines.push(("known_defects", format!("[\n    {},\n]", defects.join(",\n    "))));
        }
        let mut text = MARK.to_owned();
        for (key, value) in lines {
            text.push_str(&format!("{key:<13} = {value}\n"));
        }
        if !fields.is_empty() {
            text.push_str("\n[fields]\n");
            for (name, field) in fields {
                text.push_str(&entry(name, *field));
                text.push('\n');
            }
        }
        text
    }
}
