//! `effective.parquet`: the weights of a published review at its effective close, added beside it by due runs once that
//! close is in the data. What was published is not looked at again, but read: any engine that comes later adds to it.
//! `effective.json` says what it was made of; it is written first, so that where the table is, both are.

use std::path::{Path, PathBuf};

use divisor_market::{Dataset, Landed, read_columns, read_table};
use divisor_model::{DAY_MISSING, Date, Diagnostic, Table, Values};
use divisor_report::{put_file, to_parquet};
use divisor_review::{Target, at_effective, effective_needs, hash_bytes, is_close_in};
use serde_json::Value;

use crate::exit::{Failure, of_review};
use crate::folders::{IndexFolder, Standing};
use crate::render;

const TABLE: &str = "effective.parquet";
const RECORD: &str = "effective.json";

/// What was added beside a review.
pub(crate) struct Added {
    pub(crate) index: String,
    pub(crate) effective: Date,
    pub(crate) outcome: Result<Deed, Failure>,
}

/// What was done.
pub(crate) enum Deed {
    Added,
    /// What was there came out otherwise; how.
    Replaced(String),
    /// What was there comes out as it is.
    Unchanged,
}

/// Adds what is missing of the results in force of these indexes, effective by `as_of`, over one reading of the data. What
/// is there stands, but for reviews effective from `remade_since` on that come out otherwise. The caller holds the lock.
pub(crate) fn add(
    dataset: &Dataset,
    out: &Path,
    indexes: &[String],
    as_of: Date,
    remade_since: Option<Date>,
) -> Result<Vec<Added>, Failure> {
    let mut added = Vec::new();
    let mut pending: Vec<(Target, PathBuf)> = Vec::new();
    for index in indexes {
        let folder = IndexFolder::new(out, index);
        for effective in folder.published()?.into_iter().filter(|date| *date <= as_of) {
            let Some((_, newest)) = folder.revisions(effective)?.pop() else {
                continue;
            };
            let is_remade = remade_since.is_some_and(|since| effective >= since);
            if newest.join(TABLE).exists() && !is_remade {
                continue;
            }
            let Some(standing) = folder.standing(effective)? else {
                continue;
            };
            match target(index, effective, &standing) {
                Ok(target) => pending.push((target, standing.folder)),
                Err(failure) => added.push(Added {
                    index: index.clone(),
                    effective,
                    outcome: Err(failure),
                }),
            }
        }
    }
    if pending.is_empty() {
        return Ok(added);
    }
    let _span = tracing::info_span!("effective", reviews = pending.len()).entered();
    let landed = read(dataset, pending.iter().map(|(target, _)| target));
    for (target, folder) in pending {
        if is_close_in(&target, &landed, as_of) {
            let outcome = Made::new(&target, dataset, &landed).and_then(|made| made.put(&target, &folder));
            added.push(Added {
                index: target.index,
                effective: target.effective,
                outcome,
            });
        }
    }
    Ok(added)
}

/// What is wrong with what was added to a result: files missing, or other bytes than stated.
pub(crate) fn damages(folder: &Path, manifest_hash: &str) -> Vec<(&'static str, String)> {
    let (table, record) = (std::fs::read(folder.join(TABLE)), std::fs::read(folder.join(RECORD)));
    let (Ok(table), Ok(record)) = (&table, &record) else {
        // A record without its table is what a killed run leaves: the next one begins anew.
        return match table {
            Ok(_) => vec![(RECORD, "is missing beside effective.parquet".to_owned())],
            Err(_) => Vec::new(),
        };
    };
    let stated: Value = serde_json::from_slice(record).unwrap_or_default();
    let mut found = Vec::new();
    if stated["outputs"][TABLE].as_str() != Some(hash_bytes(table).as_str()) {
        found.push((TABLE, "other bytes than effective.json names".to_owned()));
    }
    if stated["manifest_hash"].as_str() != Some(manifest_hash) {
        found.push((RECORD, "is of another result than lies beside it".to_owned()));
    }
    found
}

/// Makes what was added to the results in force again, and says where and how it comes out otherwise.
pub(crate) fn differences(dataset: &Dataset, standing: &[(String, Date, Standing)]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut added: Vec<(Target, &Path)> = Vec::new();
    for (index, effective, standing) in standing {
        let is_added = standing.folder.join(TABLE).exists();
        match target(index, *effective, standing) {
            Ok(target) if is_added => added.push((target, &standing.folder)),
            // Its own difference.
            _ => {}
        }
    }
    if added.is_empty() {
        return found;
    }
    let landed = read(dataset, added.iter().map(|(target, _)| target));
    for (target, folder) in added {
        match Made::new(&target, dataset, &landed) {
            Ok(made) => found.extend(made.otherwise(folder).map(|what| (folder.join(TABLE), what))),
            Err(failure) => {
                render::failure(&failure);
                found.push((folder.join(TABLE), "cannot be made again: see above".to_owned()));
            }
        }
    }
    found
}

fn read<'a>(dataset: &Dataset, targets: impl Iterator<Item = &'a Target>) -> Landed {
    let targets: Vec<Target> = targets.cloned().collect();
    dataset.read(&effective_needs(&targets, dataset))
}

/// A published result to be drifted; its constituents must be the bytes its manifest names.
fn target(index: &str, effective: Date, standing: &Standing) -> Result<Target, Failure> {
    let path = standing.folder.join("constituents.parquet");
    let damaged = |what: &str| {
        let message = format!("{}: {what}", path.display());
        Failure::usage(message, "`divisor verify` says what else of this review was damaged")
    };
    let bytes = std::fs::read(&path).map_err(|error| damaged(&format!("cannot be read: {error}")))?;
    if standing.manifest["outputs"]["constituents.parquet"].as_str() != Some(hash_bytes(&bytes).as_str()) {
        return Err(damaged("has other bytes than its manifest names"));
    }
    let wanted = ["security_id", "weight", "valuation_date"];
    let table = read_columns("constituents", &path, |name| wanted.contains(&name))?;
    let (Some(Values::Text(ids)), Some(Values::Number(weights)), Some(Values::Day(days))) = (
        table.column(wanted[0]),
        table.column(wanted[1]),
        table.column(wanted[2]),
    ) else {
        return Err(damaged("has not the columns security_id, weight and valuation_date"));
    };
    if days.contains(&DAY_MISSING) {
        return Err(damaged("has a row without valuation_date"));
    }
    let snapshot = standing.field("snapshot").and_then(|date| date.parse().ok());
    let members = (0..weights.len()).map(|row| (ids.get(row).unwrap_or_default().to_owned(), weights[row], days[row]));
    Ok(Target {
        index: index.to_owned(),
        effective,
        snapshot: snapshot.ok_or_else(|| damaged("lies beside a manifest without its snapshot"))?,
        members: members.collect(),
        manifest_hash: hash_bytes(standing.text.as_bytes()),
    })
}

/// The two files.
struct Made {
    weights: Table,
    table: Vec<u8>,
    record: String,
    unmoved: Vec<String>,
}

impl Made {
    fn new(target: &Target, dataset: &Dataset, landed: &Landed) -> Result<Self, Failure> {
        let made = at_effective(target, dataset, landed);
        let mut made = made.map_err(|error| Failure::Diagnostics {
            exit: of_review(&error),
            diagnostics: error.diagnostics,
            sources: Vec::new(),
        })?;
        let table = to_parquet(&made.table, &[("index_id", &target.index), ("schema_version", "1")])?;
        Ok(Self {
            record: made.record(hash_bytes(&table)),
            weights: made.table,
            unmoved: made.unmoved,
            table,
        })
    }

    /// Writes them where they are not there as they are.
    fn put(&self, target: &Target, folder: &Path) -> Result<Deed, Failure> {
        let path = folder.join(TABLE);
        if !path.exists() {
            self.write(target, folder)?;
            return Ok(Deed::Added);
        }
        let Some(why) = self.otherwise(folder) else {
            return Ok(Deed::Unchanged);
        };
        // From here on it is missing, and whoever comes after a crash adds it.
        std::fs::remove_file(&path)
            .map_err(|error| Failure::failed(format!("cannot replace {}: {error}", path.display())))?;
        self.write(target, folder)?;
        Ok(Deed::Replaced(why))
    }

    fn write(&self, target: &Target, folder: &Path) -> Result<(), Failure> {
        put_file(folder, RECORD, self.record.as_bytes())?;
        put_file(folder, TABLE, &self.table)?;
        if let Some(warning) = unmoved(target, &self.unmoved) {
            render::diagnostics_to_stderr(&[warning], &[]);
        }
        Ok(())
    }

    /// How what is there differs; nothing where it does not. What another version of the engine wrote is compared by what
    /// went in and the weights that came out.
    fn otherwise(&self, folder: &Path) -> Option<String> {
        let there = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
        let (table, record) = (there(TABLE), there(RECORD));
        if table == self.table && record == self.record.as_bytes() {
            return None;
        }
        let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        let (then, now) = (parse(&record), parse(self.record.as_bytes()));
        for input in ["prices", "snapshots"] {
            if then["inputs"][input] != now["inputs"][input] {
                return Some(format!("{TABLE}: the rows of `{input}` it was made of have changed"));
            }
        }
        let is_same_engine = then["engine_version"] == now["engine_version"];
        let weights = read_table("effective", &folder.join(TABLE));
        let is_same = !is_same_engine && weights.is_ok_and(|weights| weights == self.weights);
        (!is_same).then(|| format!("{TABLE}: other weights come out of the same rows"))
    }
}

fn unmoved(target: &Target, names: &[String]) -> Option<Diagnostic> {
    let (first, more) = (names.first()?, names.len() - 1);
    let others = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    let message = format!(
        "{} at {}: {first}{others}: no close and no market cap up to the effective close; the weight is as announced",
        target.index, target.effective
    );
    Some(Diagnostic::warning("W0151", message).help("effective.json names them all"))
}
