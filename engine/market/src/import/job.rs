//! Running an importer over its source items.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use divisor_model::Table;
use rayon::prelude::*;

use super::record::{Output, Record, Records, hash, hash_file, hash_reader};
use super::source::{Item, SourceFiles};
use super::summary::Summary;
use crate::MarketError;
use crate::write::write_table;

/// Raised whenever the same source and settings would give other bytes: everything is then imported anew.
const VERSION: u32 = 1;

/// Items read and parsed together before they are put in place, a thread.
const ITEMS_A_THREAD: usize = 4;

/// Turns the bytes of one source item into rows.
pub trait Importer: Sync {
    /// Its name: letters, digits, `-` and `_`. Its records lie in `imports/<name>/`.
    fn name(&self) -> &str;

    /// Everything but the bytes of an item that decides its rows: mappings, options. Hashed.
    fn settings(&self) -> String;

    /// The rows of one item; an error says what is wrong and where in the item. An importer has this or [`import`].
    ///
    /// [`import`]: Importer::import
    fn parse(&self, _source: &str, _bytes: &[u8]) -> Result<Parsed, String> {
        Err("is not read at once".to_owned())
    }

    /// Reads one item and gives each file's rows away by `write`. By default all bytes are read and parsed at once; an
    /// importer of large items streams them and leaves `tables` empty.
    fn import(&self, item: &Item<'_>, write: &mut Write<'_>) -> Result<Parsed, ItemError> {
        let mut parsed = self.parse(item.name(), &item.bytes()?)?;
        for (path, table) in std::mem::take(&mut parsed.tables) {
            write(path, &table)?;
        }
        Ok(parsed)
    }

    /// Whether an item may take the place of other rows under its key; else what to do, and that item fails.
    fn may_replace(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Takes a file's path in the dataset and its rows.
pub type Write<'a> = dyn FnMut(String, &Table) -> Result<(), MarketError> + 'a;

/// Why an item was not imported.
#[derive(Debug)]
pub enum ItemError {
    /// Something is wrong with the item: it fails, others go on.
    Item(String),
    /// The dataset cannot be written.
    Dataset(MarketError),
}

impl From<String> for ItemError {
    fn from(reason: String) -> Self {
        Self::Item(reason)
    }
}

impl From<MarketError> for ItemError {
    fn from(error: MarketError) -> Self {
        Self::Dataset(error)
    }
}

/// The rows of one item.
#[derive(Debug)]
pub struct Parsed {
    /// What the item is about, a plain file name: an item with the key of an earlier import replaces it.
    pub key: String,
    /// For people.
    pub title: String,
    /// Files relative to the dataset, with `/`, and their rows. No two items of an importer may write the same file.
    pub tables: Vec<(String, Table)>,
    /// What became of the source rows.
    pub summary: Summary,
}

/// An importer at work on a dataset folder. One at a time a dataset: who runs it holds a lock.
pub struct Job<'a> {
    importer: &'a dyn Importer,
    dataset: PathBuf,
}

/// What a run of a job did.
#[derive(Debug)]
pub struct JobReport {
    /// Every item, in source order.
    pub items: Vec<ItemResult>,
    /// What became of the rows of those that are in the dataset now.
    pub summary: Summary,
    /// Items of earlier jobs that were cut short and are not in this source: half of one may be in the dataset. The
    /// names of their sources.
    pub cut_short: Vec<String>,
}

/// One item.
#[derive(Debug)]
pub struct ItemResult {
    /// Its name in the source.
    pub source: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an item ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its rows are in the dataset now.
    Written,
    /// Its rows were there already.
    Unchanged,
    /// It has none; what an earlier import of it left stays. The reason.
    Failed(String),
}

/// An item read and parsed, not yet in the dataset.
enum Prepared {
    Finished(Box<Record>),
    Ready(Box<Record>, Vec<PathBuf>),
    Failed(String),
}

/// The sources of this run by the key that each claimed.
type Claims = BTreeMap<String, String>;

impl<'a> Job<'a> {
    /// A job on a dataset folder, which is made where there is none.
    pub fn new(importer: &'a dyn Importer, dataset: &Path) -> Self {
        Self {
            importer,
            dataset: dataset.to_owned(),
        }
    }

    /// Imports all items. What is wrong with an item ends that item alone; an error means that the dataset cannot be
    /// read or written. `progress` is told items done and their number.
    pub fn run(
        &self,
        sources: &SourceFiles,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<JobReport, MarketError> {
        let mut records = Records::load(&self.dataset, self.importer.name())?;
        let settings = format!("{} {VERSION}\n{}", self.importer.name(), self.importer.settings());
        let settings = hash(settings.as_bytes());
        let staging = records.folder().join(".staging");
        clear(&staging)?;
        let mut report = JobReport {
            items: Vec::with_capacity(sources.len()),
            summary: Summary::default(),
            cut_short: Vec::new(),
        };
        let mut claims = Claims::default();
        let all: Vec<usize> = (0..sources.len()).collect();
        for chunk in all.chunks(ITEMS_A_THREAD * rayon::current_num_threads()) {
            let prepared = chunk
                .par_iter()
                .map(|at| self.prepare(*at, sources, &records, &settings));
            for (at, prepared) in chunk.iter().zip(prepared.collect::<Vec<_>>()) {
                let source = sources.name(*at);
                let outcome = self.finish(source, prepared?, &mut records, &mut claims, &mut report.summary)?;
                let source = source.to_owned();
                report.items.push(ItemResult { source, outcome });
                progress(report.items.len(), sources.len());
            }
        }
        clear(&staging)?;
        records.save_totals()?;
        report.cut_short = records.cut_short();
        Ok(report)
    }

    /// Reads and parses one item and writes its tables into the staging folder.
    fn prepare(
        &self,
        at: usize,
        sources: &SourceFiles,
        records: &Records,
        settings: &str,
    ) -> Result<Prepared, MarketError> {
        let source = sources.name(at);
        let item = sources.item(at);
        let source_hash = match item
            .reader()
            .and_then(|reader| hash_reader(reader).map_err(|error| error.to_string()))
        {
            Ok(hash) => hash,
            Err(reason) => return Ok(Prepared::Failed(format!("{source}: {reason}"))),
        };
        if let Some(record) = records.finished(source, &source_hash, settings) {
            return Ok(Prepared::Finished(Box::new(record.clone())));
        }
        let mut staged: Vec<(Output, PathBuf)> = Vec::new();
        let mut written = Summary::default();
        let parsed = self.importer.import(&item, &mut |path, table| {
            let temporary = records.folder().join(".staging").join(format!("{at}-{}", staged.len()));
            write_table(table, &temporary)?;
            written.write(table.name, table.rows());
            let hash = hash_file(&temporary).map_err(|error| MarketError::io("read", &temporary, error))?;
            staged.push((Output { path, hash }, temporary));
            Ok(())
        });
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(ItemError::Item(reason)) => return Ok(Prepared::Failed(format!("{source}: {reason}"))),
            Err(ItemError::Dataset(error)) => return Err(error),
        };
        let mut summary = parsed.summary;
        if summary.read != summary.kept + summary.lost() {
            let (read, kept, lost) = (summary.read, summary.kept, summary.lost());
            let message =
                format!("{source}: {read} rows read, but {kept} kept and {lost} dropped: a fault of the engine");
            return Err(MarketError::Import(message));
        }
        summary.merge(&written);
        staged.sort();
        let (files, staged): (Vec<Output>, Vec<PathBuf>) = staged.into_iter().unzip();
        let record = Record {
            key: parsed.key,
            title: parsed.title,
            source: source.to_owned(),
            source_hash,
            settings_hash: settings.to_owned(),
            complete: true,
            files,
            summary,
        };
        Ok(Prepared::Ready(Box::new(record), staged))
    }

    /// Puts one item in its place.
    fn finish(
        &self,
        source: &str,
        prepared: Prepared,
        records: &mut Records,
        claims: &mut Claims,
        summary: &mut Summary,
    ) -> Result<Outcome, MarketError> {
        let (record, staged) = match prepared {
            Prepared::Failed(reason) => return Ok(Outcome::Failed(reason)),
            Prepared::Finished(record) => (record, None),
            Prepared::Ready(record, staged) => (record, Some(staged)),
        };
        if let Some(first) = claims.get(&record.key) {
            let reason = format!("{source}: is of {}, as {first} before it is", record.key);
            return Ok(Outcome::Failed(reason));
        }
        claims.insert(record.key.clone(), source.to_owned());
        let refused = staged.as_ref().and_then(|_| self.foreign(&record, records));
        if let Some(reason) = refused {
            return Ok(Outcome::Failed(format!("{source}: {reason}")));
        }
        let Some(staged) = staged else {
            summary.merge(&record.summary);
            return Ok(Outcome::Unchanged);
        };
        let before = records.get(&record.key).cloned();
        let other = before.as_ref().filter(|one| one.complete && one.files != record.files);
        if let (Some(other), Err(help)) = (other, self.importer.may_replace()) {
            let reason = format!(
                "{} is there with other rows, from {}; {help}",
                other.title, other.source
            );
            return Ok(Outcome::Failed(format!("{source}: {reason}")));
        }
        summary.merge(&record.summary);
        records.save(record.pending(before.as_ref()))?;
        for (file, temporary) in record.files.iter().zip(&staged) {
            place(temporary, &self.dataset.join(&file.path))?;
        }
        for file in before.iter().flat_map(|before| &before.files) {
            if !record.files.iter().any(|kept| kept.path == file.path) {
                remove(&self.dataset.join(&file.path))?;
            }
        }
        records.save(*record)?;
        Ok(Outcome::Written)
    }

    /// Why an item's files may not be written: they belong to someone else, or its names lead elsewhere.
    fn foreign(&self, record: &Record, records: &Records) -> Option<String> {
        let plain = |name: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-_.=".contains(c);
            !name.is_empty() && !name.starts_with('.') && name.chars().all(fits)
        };
        if !plain(&record.key) {
            return Some(format!("`{}` cannot be the name of a file", record.key));
        }
        for Output { path, .. } in &record.files {
            if !path.split('/').all(plain) {
                return Some(format!("`{path}` cannot be the name of a file"));
            }
            match records.owner(path) {
                Some(owner) if owner != record.key => return Some(format!("{path} was made by the item {owner}")),
                None if self.dataset.join(path).exists() => {
                    return Some(format!("{path} is there already and was made by no import; it stays"));
                }
                _ => {}
            }
        }
        None
    }
}

fn place(temporary: &Path, path: &Path) -> Result<(), MarketError> {
    let fail = |error: std::io::Error| MarketError::io("put in place", path, error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    fs::rename(temporary, path).map_err(fail)
}

fn remove(path: &Path) -> Result<(), MarketError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(MarketError::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// Removes what an interrupted job left in the staging folder.
fn clear(staging: &Path) -> Result<(), MarketError> {
    match fs::remove_dir_all(staging) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(MarketError::io("remove", staging, error)),
        _ => Ok(()),
    }
}
