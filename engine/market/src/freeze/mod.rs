//! Freezing: a dataset with exactly what a review with a given cut-off, and the reviews before it, may see.
//!
//! Snapshots and risk models on or before the cut-off and files all of whose rows are known by then are copied byte for byte; of other
//! files the rows known by then are written anew, in their order. `provenance.parquet` says for every figure and text
//! that a review at the cut-off sees which file and which publication it comes from; `freeze.json` has the hash of every
//! file that went in and came out. No clock and no path of the machine is in any of it: the same dataset and cut-off give
//! the same bytes.

mod provenance;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use divisor_model::{Date, day_of};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;

use crate::MarketError;
use crate::dataset::Dataset;
use crate::head::frozen_head;
use crate::prices::partition;
use crate::risk;
use crate::write::{beside, write_table};
use provenance::provenance;
use tables::{known_rows, write_known};

const SCHEMA_VERSION: u32 = 1;
const HEAD: &str = "dataset.toml";
const PROVENANCE: &str = "provenance.parquet";
const RECORD: &str = "freeze.json";
/// Tables of rows, by name.
const TABLES: [&str; 5] = ["actions", "classifications", "fundamentals", "identifiers", "prices"];

/// What a freeze was made of and what it made: `freeze.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreezeRecord {
    /// Version of this record and of `provenance.parquet`.
    pub schema_version: u32,
    /// Of the engine.
    pub engine_version: &'static str,
    /// Name of the dataset.
    pub dataset: String,
    /// The last day whose knowledge went in.
    pub cutoff: Date,
    /// The last snapshot that went in.
    pub last_snapshot: Date,
    /// Values of `provenance.parquet`.
    pub values: usize,
    /// Broken rows known by the cut-off, which were frozen as they are.
    pub defects: usize,
    /// The files read, by name.
    pub inputs: BTreeMap<String, FrozenFile>,
    /// BLAKE3 of every other file of the frozen dataset, by name.
    pub outputs: BTreeMap<String, String>,
    /// What lies in the dataset's folder and belongs to no table that is frozen.
    pub left_out: Vec<String>,
}

/// One file that went into a freeze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrozenFile {
    /// BLAKE3 of its bytes.
    pub blake3: String,
    /// Its rows; snapshots and risk models are taken whole, uncounted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Those of them that are known by the cut-off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_frozen: Option<usize>,
}

/// A file that is frozen.
struct Job {
    path: PathBuf,
    /// Its table; `None` for a snapshot or risk model, which is known whole.
    table: Option<&'static str>,
}

/// Freezes a dataset at a cut-off into `target`, which must not exist: it is written under a temporary name beside it
/// and renamed when it is whole. `progress` is told how many files of how many are done.
pub fn freeze(
    dataset: &Dataset,
    cutoff: Date,
    target: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<FreezeRecord, MarketError> {
    let wrong = |message: String| MarketError::Dataset {
        path: dataset.root.clone(),
        message,
    };
    let Some(last) = dataset.snapshot_at(cutoff) else {
        let first = dataset
            .snapshot_dates()
            .next()
            .map_or_else(String::new, |date| date.to_string());
        return Err(wrong(format!(
            "nothing to freeze: the first snapshot, {first}, is later than the cut-off {cutoff}"
        )));
    };
    if let Some(frozen) = dataset.info.frozen.as_ref().filter(|frozen| frozen.cutoff < cutoff) {
        let (at, from) = (frozen.cutoff, &frozen.from);
        return Err(wrong(format!(
            "it is itself frozen at {at}, before the cut-off {cutoff}; freeze the dataset it came from, `{from}`"
        )));
    }
    if target.exists() {
        return Err(wrong(format!(
            "{} is there already; a freeze replaces nothing",
            target.display()
        )));
    }
    let temporary = beside(target)?;
    let result = fill(dataset, cutoff, last, &temporary, progress);
    let placed = result.and_then(|record| {
        fs::rename(&temporary, target).map_err(|error| MarketError::io("put in place", target, error))?;
        Ok(record)
    });
    if placed.is_err() {
        // What stopped the freeze is worth more than a failure to tidy up after it.
        let _ = fs::remove_dir_all(&temporary);
    }
    placed
}

fn fill(
    dataset: &Dataset,
    cutoff: Date,
    last: Date,
    folder: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<FreezeRecord, MarketError> {
    let jobs = jobs(dataset, cutoff);
    let done = AtomicUsize::new(0);
    let frozen: Vec<Result<(String, FrozenFile), MarketError>> = jobs
        .par_iter()
        .map(|job| {
            let frozen = freeze_file(dataset, job, cutoff, folder);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            frozen
        })
        .collect();
    let mut inputs: BTreeMap<String, FrozenFile> = BTreeMap::new();
    for file in frozen {
        inputs.extend([file?]);
    }
    let head = dataset.root.join(HEAD);
    let text = fs::read_to_string(&head).map_err(|error| MarketError::io("read", &head, error))?;
    inputs.insert(
        HEAD.to_owned(),
        FrozenFile {
            blake3: hash(text.as_bytes()),
            rows: None,
            rows_frozen: None,
        },
    );
    write(
        &folder.join(HEAD),
        frozen_head(&text, &dataset.info, cutoff, last).as_bytes(),
    )?;
    let (table, defects) = provenance(dataset, cutoff, last);
    write_table(&table, &folder.join(PROVENANCE))?;
    let mut outputs = BTreeMap::new();
    for name in inputs.keys().map(String::as_str).chain([PROVENANCE]) {
        let path = folder.join(name);
        let bytes = fs::read(&path).map_err(|error| MarketError::io("read", &path, error))?;
        outputs.insert(name.to_owned(), hash(&bytes));
    }
    let record = FreezeRecord {
        schema_version: SCHEMA_VERSION,
        engine_version: env!("CARGO_PKG_VERSION"),
        dataset: dataset.info.name.clone(),
        cutoff,
        last_snapshot: last,
        values: table.rows(),
        defects,
        inputs,
        outputs,
        left_out: left_out(dataset)?,
    };
    let json = serde_json::to_string_pretty(&record).map_err(|error| MarketError::io("write", folder, error))?;
    write(&folder.join(RECORD), format!("{json}\n").as_bytes())?;
    Ok(record)
}

/// The files that can hold something known by the cut-off. Later ones are not even looked at, so that nothing in them
/// matters.
fn jobs(dataset: &Dataset, cutoff: Date) -> Vec<Job> {
    let snapshots = dataset.snapshots.range(..=cutoff).flat_map(|(_, files)| files);
    let risk = dataset.risk.range(..=cutoff).flat_map(|(_, model)| model.all());
    let mut jobs: Vec<Job> = snapshots
        .chain(risk)
        .map(|path| Job {
            path: path.clone(),
            table: None,
        })
        .collect();
    for table in TABLES {
        let files = dataset.files(table);
        let mut early: Vec<&PathBuf> = files
            .iter()
            .filter(|path| partition(path).0 <= day_of(cutoff))
            .collect();
        // A table is there, if without rows, wherever it was before: whether it is shows in results.
        if early.is_empty() {
            early.extend(files.first());
        }
        jobs.extend(early.into_iter().map(|path| Job {
            path: path.clone(),
            table: Some(table),
        }));
    }
    jobs
}

fn freeze_file(dataset: &Dataset, job: &Job, cutoff: Date, folder: &Path) -> Result<(String, FrozenFile), MarketError> {
    let label = dataset.label(&job.path);
    let target = folder.join(&label);
    let bytes = fs::read(&job.path).map_err(|error| MarketError::io("read", &job.path, error))?;
    let mut file = FrozenFile {
        blake3: hash(&bytes),
        rows: None,
        rows_frozen: None,
    };
    let Some(table) = job.table else {
        write(&target, &bytes)?;
        return Ok((label, file));
    };
    let known = known_rows(dataset, table, &job.path, day_of(cutoff))?;
    file.rows = Some(known.rows());
    file.rows_frozen = Some(known.kept());
    if known.is_whole() {
        write(&target, &bytes)?;
    } else {
        write_known(&known, &target)?;
    }
    Ok((label, file))
}

/// What lies beside the tables and the files of a freeze, sorted.
fn left_out(dataset: &Dataset) -> Result<Vec<String>, MarketError> {
    let known = |name: &str| {
        let table = name.strip_suffix(".parquet").unwrap_or(name);
        table == "snapshots"
            || name == risk::TABLE
            || TABLES.contains(&table)
            || [HEAD, PROVENANCE, RECORD].contains(&name)
    };
    let list = || -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&dataset.root)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.retain(|name| !name.starts_with('.') && !known(name));
        names.sort();
        Ok(names)
    };
    list().map_err(|error| MarketError::io("list", &dataset.root, error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), MarketError> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)
    };
    write().map_err(|error| MarketError::io("write", path, error))
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
