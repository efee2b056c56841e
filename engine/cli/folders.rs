//! Reviews as they lie in the output folder: `<index>/reviews/<effective date>/`, corrections of it below that in
//! `rev-2`, `rev-3` …, and pro formas in `<index>/pro-forma/<effective date>/`.

use std::path::{Path, PathBuf};

use divisor_model::Date;
use divisor_report::sweep;
use divisor_review::hash_bytes;
use serde_json::Value;

use crate::exit::Failure;

/// The folder of one index.
#[derive(Debug, Clone)]
pub(crate) struct IndexFolder {
    path: PathBuf,
}

/// The result of a review that is in force: its newest revision.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// Where its files are.
    pub(crate) folder: PathBuf,
    /// 1 for the first result, 2 for its first correction …
    pub(crate) revision: u32,
    /// The text of its manifest; empty where that cannot be read.
    pub(crate) text: String,
    /// The manifest; null where that cannot be read.
    pub(crate) manifest: Value,
    /// Whether it was approved: published by `apply`.
    pub(crate) is_applied: bool,
    /// Hashes of the manifests of all revisions, this one last.
    pub(crate) links: Vec<String>,
}

impl IndexFolder {
    pub(crate) fn new(out: &Path, index: &str) -> Self {
        Self { path: out.join(index) }
    }

    pub(crate) fn reviews(&self) -> PathBuf {
        self.path.join("reviews")
    }

    pub(crate) fn pro_forma(&self) -> PathBuf {
        self.path.join("pro-forma")
    }

    /// Clears up what killed runs left; the caller holds the lock of the output folder.
    pub(crate) fn sweep(&self) -> Result<(), Failure> {
        for parent in [self.reviews(), self.pro_forma()] {
            if parent.is_dir() {
                sweep(&parent)?;
            }
        }
        for effective in self.published()? {
            sweep(&self.reviews().join(effective.to_string()))?;
        }
        Ok(())
    }

    /// Effective dates of published reviews, ascending.
    pub(crate) fn published(&self) -> Result<Vec<Date>, Failure> {
        let mut dates: Vec<Date> = names(&self.reviews())?
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect();
        dates.sort_unstable();
        Ok(dates)
    }

    /// The results of a review with their folders, the one in force last; none where none is published.
    pub(crate) fn revisions(&self, effective: Date) -> Result<Vec<(u32, PathBuf)>, Failure> {
        let first = self.reviews().join(effective.to_string());
        if !first.is_dir() {
            return Ok(Vec::new());
        }
        let mut revisions: Vec<u32> = names(&first)?.iter().filter_map(|name| revision(name)).collect();
        revisions.sort_unstable();
        let corrections = revisions.into_iter().map(|at| (at, first.join(format!("rev-{at}"))));
        Ok(std::iter::once((1, first.clone())).chain(corrections).collect())
    }

    /// The result of a review that is in force, where one is published.
    pub(crate) fn standing(&self, effective: Date) -> Result<Option<Standing>, Failure> {
        let mut links = Vec::new();
        let mut newest = None;
        for (revision, folder) in self.revisions(effective)? {
            let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap_or_default();
            links.push(hash_bytes(text.as_bytes()));
            newest = Some((revision, folder, text));
        }
        Ok(newest.map(|(revision, folder, text)| Standing {
            is_applied: revision > 1 || source_field(&folder, "published_by").as_deref() == Some("apply"),
            manifest: serde_json::from_str(&text).unwrap_or(Value::Null),
            revision,
            folder,
            text,
            links,
        }))
    }
}

impl Standing {
    /// A text field of its manifest.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.manifest[name].as_str()
    }

    /// The names of those of `files` that are missing in its folder or have other bytes there.
    pub(crate) fn damaged(&self, files: &[(String, Vec<u8>)]) -> Vec<String> {
        let is_other = |(name, bytes): &&(String, Vec<u8>)| {
            !std::fs::read(self.folder.join(name)).is_ok_and(|found| found == *bytes)
        };
        files.iter().filter(is_other).map(|(name, _)| name.clone()).collect()
    }
}

/// A text of the `sources.json` of a review: `published_by` is `run` or `apply`.
pub(crate) fn source_field(folder: &Path, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("sources.json")).ok()?;
    let sources: Value = serde_json::from_str(&text).ok()?;
    sources[name].as_str().map(str::to_owned)
}

/// 2 of `rev-2`.
fn revision(name: &str) -> Option<u32> {
    name.strip_prefix("rev-")?.parse().ok().filter(|revision| *revision > 1)
}

/// Names of the folders in a folder, sorted, those that begin with a dot excepted; none where it is not there.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let fail = |error: std::io::Error| Failure::failed(format!("cannot list {}: {error}", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(fail)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fail)?;
        if entry.file_type().map_err(fail)?.is_dir()
            && let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
