//! What was made from what: one small file an item, and their sum over all items of an importer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use divisor_model::{Table, TextBuilder, Values};
use serde::{Deserialize, Serialize};

use super::summary::Summary;
use crate::MarketError;
use crate::write::write_table;

/// What the dataset knows of one imported item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// What the item is about; its record's and files' name.
    pub(super) key: String,
    /// For people.
    pub(super) title: String,
    /// Name of the source file, without its folder.
    pub(super) source: String,
    /// BLAKE3 of the source's bytes.
    pub(super) source_hash: String,
    /// BLAKE3 of all else that decides the rows.
    pub(super) settings_hash: String,
    /// False while the files are being put in place.
    pub(super) complete: bool,
    /// The item's files, sorted by path.
    pub(super) files: Vec<Output>,
    /// What became of its rows.
    pub(super) summary: Summary,
}

/// A file of the dataset that an item made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Output {
    /// Relative to the dataset, with `/`.
    pub(super) path: String,
    /// BLAKE3 of its bytes; empty for a file that an item had or will have while it is being put in place.
    pub(super) hash: String,
}

/// The records of one importer in a dataset, by key.
#[derive(Debug)]
pub(super) struct Records {
    dataset: PathBuf,
    folder: PathBuf,
    by_key: BTreeMap<String, Record>,
    /// Keys by the hash of the source.
    by_hash: BTreeMap<String, String>,
    /// Keys by the path of a file.
    owners: BTreeMap<String, String>,
}

impl Records {
    /// Reads what earlier imports left.
    pub(super) fn load(dataset: &Path, importer: &str) -> Result<Self, MarketError> {
        let folder = dataset.join("imports").join(importer);
        let mut records = Self {
            dataset: dataset.to_owned(),
            folder,
            by_key: BTreeMap::new(),
            by_hash: BTreeMap::new(),
            owners: BTreeMap::new(),
        };
        let all = records.folder.join("records");
        if !all.is_dir() {
            return Ok(records);
        }
        for entry in fs::read_dir(&all).map_err(|error| MarketError::io("list", &all, error))? {
            let path = entry.map_err(|error| MarketError::io("list", &all, error))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|error| MarketError::io("read", &path, error))?;
            let record: Record = serde_json::from_str(&text).map_err(|error| MarketError::Dataset {
                path: path.clone(),
                message: format!("is no record of an import ({error}); without imports/{importer} and the files it made, an import starts anew"),
            })?;
            records.index(record);
        }
        Ok(records)
    }

    /// Where the importer keeps its records.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn get(&self, key: &str) -> Option<&Record> {
        self.by_key.get(key)
    }

    /// The key that claims a file.
    pub(super) fn owner(&self, path: &str) -> Option<&str> {
        self.owners.get(path).map(String::as_str)
    }

    /// The complete record of these bytes under these settings, if all its files are as it left them.
    pub(super) fn finished(&self, source: &str, source_hash: &str, settings_hash: &str) -> Option<&Record> {
        let record = self.by_key.get(self.by_hash.get(source_hash)?)?;
        let same = record.complete
            && record.source == source
            && record.source_hash == source_hash
            && record.settings_hash == settings_hash;
        let intact = |file: &Output| hash_file(&self.dataset.join(&file.path)).is_ok_and(|hash| hash == file.hash);
        (same && record.files.iter().all(intact)).then_some(record)
    }

    fn index(&mut self, record: Record) {
        for file in self
            .by_key
            .get(&record.key)
            .into_iter()
            .flat_map(|before| &before.files)
        {
            self.owners.remove(&file.path);
        }
        for file in &record.files {
            self.owners.insert(file.path.clone(), record.key.clone());
        }
        self.by_hash.insert(record.source_hash.clone(), record.key.clone());
        self.by_key.insert(record.key.clone(), record);
    }

    /// Writes a record so that it is there whole or not at all, even after a power cut.
    pub(super) fn save(&mut self, record: Record) -> Result<(), MarketError> {
        let path = self.folder.join("records").join(format!("{}.json", record.key));
        put(&path, &json(&record)?)?;
        self.index(record);
        Ok(())
    }

    /// The sources of items that are being put in place, or were when they were cut short.
    pub(super) fn cut_short(&self) -> Vec<String> {
        let records = self.by_key.values().filter(|record| !record.complete);
        records.map(|record| record.source.clone()).collect()
    }

    fn complete(&self) -> impl Iterator<Item = &Record> {
        self.by_key.values().filter(|record| record.complete)
    }

    /// Writes what all complete records say together: `items.parquet`, `summary.parquet` and `summary.json`.
    pub(super) fn save_totals(&self) -> Result<(), MarketError> {
        let mut total = Summary::default();
        self.complete().for_each(|record| total.merge(&record.summary));
        for table in [self.items(), total.table()] {
            let path = self.folder.join(format!("{}.parquet", table.name));
            let temporary = self.folder.join(format!("{}.tmp", table.name));
            write_table(&table, &temporary)?;
            fs::rename(&temporary, &path).map_err(|error| MarketError::io("put in place", &path, error))?;
        }
        put(&self.folder.join("summary.json"), &json(&total)?)
    }

    /// One row an item.
    fn items(&self) -> Table {
        let mut texts: [TextBuilder; 4] = Default::default();
        for record in self.complete() {
            texts[0].push(Some(&record.key));
            texts[1].push(Some(&record.title));
            texts[2].push(Some(&record.source));
            texts[3].push(Some(&record.source_hash));
        }
        let count = |pick: fn(&Summary) -> u64| {
            let rows = self.complete();
            Values::Integer(rows.map(|record| Some(pick(&record.summary) as i64)).collect())
        };
        let [key, title, source, hash] = texts;
        Table::new("items")
            .with("key", Values::Text(key.finish()))
            .with("title", Values::Text(title.finish()))
            .with("source", Values::Text(source.finish()))
            .with("source_hash", Values::Text(hash.finish()))
            .with("read", count(|summary| summary.read))
            .with("kept", count(|summary| summary.kept))
            .with("dropped", count(Summary::lost))
            .with("written", count(|summary| summary.written.values().sum()))
    }
}

impl Record {
    /// The same item while its files are put in place: it claims those it had and those it will have.
    pub(super) fn pending(&self, before: Option<&Self>) -> Self {
        let had = before.into_iter().flat_map(|record| &record.files);
        let paths: BTreeSet<&String> = had.chain(&self.files).map(|file| &file.path).collect();
        let files = paths.into_iter().map(|path| Output {
            path: path.clone(),
            hash: String::new(),
        });
        Self {
            complete: false,
            files: files.collect(),
            ..self.clone()
        }
    }
}

/// BLAKE3 of a file, lower-case hex.
pub(super) fn hash_file(path: &Path) -> std::io::Result<String> {
    hash_reader(File::open(path)?)
}

/// BLAKE3 of all that a reader gives, lower-case hex.
pub(super) fn hash_reader(reader: impl std::io::Read) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(reader)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// BLAKE3 in lower-case hex.
pub(super) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn json<T: Serialize>(value: &T) -> Result<String, MarketError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| MarketError::Import(error.to_string()))?;
    Ok(text + "\n")
}

/// Writes a small file whole or not at all.
pub(super) fn put(path: &Path, text: &str) -> Result<(), MarketError> {
    let fail = |error: std::io::Error| MarketError::io("write", path, error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.sync_all().map_err(fail)?;
    fs::rename(&temporary, path).map_err(fail)
}
