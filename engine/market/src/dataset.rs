//! A dataset on disk: its head, and which files hold which table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use divisor_model::{DatasetInfo, Date, closest};

use crate::MarketError;
use crate::contract::expected_kind;
use crate::frame::{ColumnKind, file_columns};
use crate::head::parse_head;
use crate::risk::{self, RiskFiles, risk_files};

/// An opened dataset. Nothing but its head, file names, and the columns of `fundamentals` where the head states timings, has
/// been read.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Its folder.
    pub root: PathBuf,
    /// Its head.
    pub info: DatasetInfo,
    /// Snapshot files by date, ascending; several parts of a date in name order.
    pub(crate) snapshots: BTreeMap<Date, Vec<PathBuf>>,
    pub(crate) fundamentals: Vec<PathBuf>,
    pub(crate) prices: Vec<PathBuf>,
    pub(crate) actions: Vec<PathBuf>,
    pub(crate) identifiers: Vec<PathBuf>,
    pub(crate) classifications: Vec<PathBuf>,
    /// Vendors' risk models by date, ascending.
    pub(crate) risk: BTreeMap<Date, RiskFiles>,
}

/// The columns a dataset's tables have, by name.
#[derive(Debug, Clone, Default)]
pub struct DatasetColumns {
    /// Columns of `snapshots`: all that any readable snapshot has, and the schemes of `identifiers` and
    /// `classifications`, which snapshots show as columns.
    pub snapshots: BTreeMap<String, ColumnKind>,
    /// Columns of `fundamentals`; empty where there is no such table.
    pub fundamentals: BTreeMap<String, ColumnKind>,
    /// Columns of `prices`.
    pub prices: BTreeMap<String, ColumnKind>,
    /// Columns of `actions`.
    pub actions: BTreeMap<String, ColumnKind>,
}

impl Dataset {
    /// Opens a folder. It must have a snapshot; whether that can be read shows when it is.
    pub fn open(root: &Path) -> Result<Self, MarketError> {
        let info = read_head(root)?;
        let snapshots = snapshot_files(root)?;
        if snapshots.is_empty() {
            return Err(MarketError::Dataset {
                path: root.to_owned(),
                message: "the dataset has no snapshot: snapshots/date=YYYY-MM-DD/*.parquet".to_owned(),
            });
        }
        let dataset = Self {
            snapshots,
            fundamentals: table_files(root, "fundamentals")?,
            prices: table_files(root, "prices")?,
            actions: table_files(root, "actions")?,
            identifiers: table_files(root, "identifiers")?,
            classifications: table_files(root, "classifications")?,
            risk: risk_files(root)?,
            root: root.to_owned(),
            info,
        };
        match dataset.stated_of_nothing() {
            Some(message) => Err(MarketError::Dataset {
                path: dataset.root.join("dataset.toml"),
                message,
            }),
            None => Ok(dataset),
        }
    }

    /// What `dataset.toml` states of a table or field that is not there: it would have no effect.
    fn stated_of_nothing(&self) -> Option<String> {
        for (table, rules) in &self.info.tables {
            if self.files(table).is_empty() {
                return Some(format!("`tables.{table}` is about a table that is not there"));
            }
            if rules.keyed_by.is_some() && self.identifiers.is_empty() {
                return Some(format!(
                    "`tables.{table}.keyed_by` needs the table `identifiers`, which is not there"
                ));
            }
        }
        if self.info.timings.is_empty() {
            return None;
        }
        // A file that cannot be read may have any column; that is told when it is read.
        let files: Vec<_> = self.fundamentals.iter().map(|file| file_columns(file)).collect();
        let columns: Vec<_> = files.into_iter().collect::<Result<_, _>>().ok()?;
        let there = || columns.iter().flat_map(BTreeMap::keys).map(String::as_str);
        let stray = self
            .info
            .timings
            .keys()
            .find(|field| !there().any(|name| name == *field))?;
        let near = closest(stray, there()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Some(format!(
            "`fields.{stray}` has a lag or max_age, and `fundamentals` has no column of that name{near}"
        ))
    }

    /// The head of a folder; `None` where it has none, and so is no dataset yet.
    pub fn head(root: &Path) -> Result<Option<DatasetInfo>, MarketError> {
        root.join("dataset.toml").exists().then(|| read_head(root)).transpose()
    }

    /// The dates it has snapshots of, ascending.
    pub fn snapshot_dates(&self) -> impl Iterator<Item = Date> {
        self.snapshots.keys().copied()
    }

    /// The latest snapshot on or before a date.
    pub fn snapshot_at(&self, cutoff: Date) -> Option<Date> {
        self.snapshots.range(..=cutoff).next_back().map(|(date, _)| *date)
    }

    /// The newest risk model on or before a date.
    pub fn risk_model_at(&self, cutoff: Date) -> Option<Date> {
        self.risk.range(..=cutoff).next_back().map(|(date, _)| *date)
    }

    /// The dates it has risk models of, ascending.
    pub fn risk_dates(&self) -> impl Iterator<Item = Date> {
        self.risk.keys().copied()
    }

    /// Whether it has a table.
    pub fn has_table(&self, table: &str) -> bool {
        match table {
            "snapshots" => !self.snapshots.is_empty(),
            risk::TABLE => !self.risk.is_empty(),
            table => !self.files(table).is_empty(),
        }
    }

    /// The names and types of all columns. Standard columns have the type they must have: a file in which one has
    /// another is reported when it is read, and so is an unreadable file, passed over here.
    pub fn columns(&self) -> DatasetColumns {
        let union = |files: &mut dyn Iterator<Item = &PathBuf>| {
            let mut all = BTreeMap::new();
            for columns in files.filter_map(|file| file_columns(file).ok()) {
                for (name, kind) in columns {
                    let kind = expected_kind(&name).unwrap_or(kind);
                    all.entry(name).or_insert(kind);
                }
            }
            all
        };
        let mut snapshots = union(&mut self.snapshots.values().flatten());
        for scheme in self.schemes() {
            snapshots.entry(scheme).or_insert(ColumnKind::Text);
        }
        DatasetColumns {
            snapshots,
            fundamentals: union(&mut self.fundamentals.iter()),
            prices: union(&mut self.prices.iter()),
            actions: union(&mut self.actions.iter()),
        }
    }

    /// Files of which not even the columns can be told, with the reason.
    pub fn unreadable(&self) -> Vec<(String, String)> {
        let snapshots = self.snapshots.values().flatten();
        let files = snapshots
            .chain(&self.fundamentals)
            .chain(&self.prices)
            .chain(&self.actions)
            .chain(&self.identifiers)
            .chain(&self.classifications)
            .chain(self.risk.values().flat_map(RiskFiles::all));
        let fails = files.filter_map(|file| Some((self.label(file), file_columns(file).err()?)));
        fails.collect()
    }

    /// The files of a table of rows, in name order.
    pub(crate) fn files(&self, table: &str) -> &[PathBuf] {
        match table {
            "fundamentals" => &self.fundamentals,
            "prices" => &self.prices,
            "actions" => &self.actions,
            "identifiers" => &self.identifiers,
            "classifications" => &self.classifications,
            _ => &[],
        }
    }

    /// The file of a snapshot, or its folder where it has several.
    pub(crate) fn snapshot_label(&self, date: Date) -> String {
        match self.snapshots.get(&date).map(Vec::as_slice) {
            Some([only]) => self.label(only),
            _ => format!("snapshots/date={date}"),
        }
    }

    /// A file's name inside the dataset, for messages.
    pub(crate) fn label(&self, file: &Path) -> String {
        file.strip_prefix(&self.root).unwrap_or(file).display().to_string()
    }
}

fn read_head(root: &Path) -> Result<DatasetInfo, MarketError> {
    let head = root.join("dataset.toml");
    let text = std::fs::read_to_string(&head).map_err(|error| MarketError::io("read", &head, error))?;
    parse_head(&head, &text)
}

/// `snapshots/date=YYYY-MM-DD/*.parquet`.
pub(crate) fn snapshot_files(root: &Path) -> Result<BTreeMap<Date, Vec<PathBuf>>, MarketError> {
    let dated = dated_folders(&root.join("snapshots"))?.into_iter();
    dated.map(|(date, path)| Ok((date, parquet_files(&path)?))).collect()
}

/// The folders `date=YYYY-MM-DD` of a folder; none where it is not there.
pub(crate) fn dated_folders(folder: &Path) -> Result<Vec<(Date, PathBuf)>, MarketError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut dated = Vec::new();
    for path in children(folder)? {
        let Some(text) = path.file_name().and_then(|name| name.to_str()?.strip_prefix("date=")) else {
            continue;
        };
        let date: Date = text.parse().map_err(|_| MarketError::Dataset {
            path: path.clone(),
            message: "the folder's name is no date: date=YYYY-MM-DD".to_owned(),
        })?;
        dated.push((date, path));
    }
    Ok(dated)
}

/// `<table>.parquet`, or all Parquet files below `<table>/` in name order.
pub(crate) fn table_files(root: &Path, table: &str) -> Result<Vec<PathBuf>, MarketError> {
    let single = root.join(format!("{table}.parquet"));
    let folder = root.join(table);
    let mut files = if folder.is_dir() {
        parquet_files(&folder)?
    } else {
        Vec::new()
    };
    if single.is_file() {
        files.push(single);
    }
    Ok(files)
}

fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>, MarketError> {
    let mut files = Vec::new();
    for path in children(folder)? {
        if path.is_dir() {
            files.extend(parquet_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            files.push(path);
        }
    }
    Ok(files)
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, MarketError> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        paths.sort();
        Ok(paths)
    };
    list().map_err(|error| MarketError::io("list", folder, error))
}
