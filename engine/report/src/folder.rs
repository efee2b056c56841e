//! Publishing a folder of files so that nobody ever sees half of one.
//!
//! The protocol, for a folder `N`:
//! 1. its files are written into the sibling `.N.tmp-PID` and made durable;
//! 2. an `N` that exists is renamed to `.N.aside`;
//! 3. `.N.tmp-PID` is renamed to `N`, and the parent made durable;
//! 4. `.N.aside` is renamed to a `.tmp-` name and removed.
//!
//! So whatever stands under `N` is complete, and so is `.N.aside`. A crash leaves `.tmp-` folders, which are refuse, and
//! perhaps `.N.aside`: without an `N` (between 2 and 3) it is the last published one and goes back, beside an `N` it is
//! refuse too. [`sweep`] does that, and [`Staged::publish`] copes where nobody did. Whoever lists published folders
//! skips names that begin with a dot.
//!
//! One writer a parent at a time: who stages, publishes or sweeps holds the lock of the output folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::process;

use crate::ReportError;

const TEMPORARY: &str = ".tmp-";
const ASIDE: &str = ".aside";

/// A complete, durable folder under a temporary name. Dropped without [`Staged::publish`], it is removed.
#[derive(Debug)]
#[must_use = "a folder that is not published is removed"]
pub struct Staged {
    parent: PathBuf,
    name: String,
    temporary: PathBuf,
    published: bool,
}

impl Staged {
    /// Writes files, by name and content, into a temporary folder in `parent`, which is created with its parents where
    /// it does not exist. Names are plain: no separators, no leading dot. A folder already published is left alone.
    pub fn stage(parent: &Path, name: &str, files: &[(String, Vec<u8>)]) -> Result<Self, ReportError> {
        check_name(name)?;
        files.iter().try_for_each(|(file, _)| check_name(file))?;
        fs::create_dir_all(parent).map_err(ReportError::io("create", parent))?;
        let staged = Self {
            temporary: create_temporary(parent, name)?,
            parent: parent.to_owned(),
            name: name.to_owned(),
            published: false,
        };
        write_files(&staged.temporary, files)?;
        Ok(staged)
    }

    /// Puts the folder in its place, instead of one that may stand there, and answers where that is. After an error
    /// either the folder published before or the new one stands, whole: the new one only if all but making its rename
    /// durable succeeded. If the old one could not even be renamed back, it waits for a [`sweep`].
    pub fn publish(mut self) -> Result<PathBuf, ReportError> {
        let target = self.parent.join(&self.name);
        let aside = aside_path(&self.parent, &self.name);
        if stands(&target)? {
            discard(&self.parent, &self.name, &aside)?;
            fs::rename(&target, &aside).map_err(ReportError::io("replace", &target))?;
        }
        if let Err(error) = fs::rename(&self.temporary, &target) {
            // Best effort: where even this fails, the next sweep does it.
            let _ = fs::rename(&aside, &target);
            return Err(ReportError::io("publish", &target)(error));
        }
        self.published = true;
        sync_folder(&self.parent)?;
        // The new folder stands; an old one that cannot be removed now is removed by the next sweep.
        let _ = discard(&self.parent, &self.name, &aside);
        Ok(target)
    }
}

/// Puts a file into a published folder, whole or not at all, instead of one of that name that may be there: it is written
/// under a temporary name, made durable and renamed. What a crash leaves is overwritten by the next attempt.
pub fn put_file(folder: &Path, name: &str, content: &[u8]) -> Result<(), ReportError> {
    check_name(name)?;
    let target = folder.join(name);
    let temporary = folder.join(format!(".{name}.tmp"));
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, &target)
    };
    if let Err(error) = write() {
        // Nobody to tell; the next attempt writes over it.
        let _ = fs::remove_file(&temporary);
        return Err(ReportError::io("write", &target)(error));
    }
    sync_folder(folder)
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.published {
            // Nobody to tell; the next sweep tries again.
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// What a [`sweep`] did, by the names of the folders in its parent, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// Leftovers that were removed.
    pub removed: Vec<String>,
    /// Published folders that were put back.
    pub restored: Vec<String>,
}

/// Clears up after crashes in a parent of published folders: puts back those caught between two renames and removes all
/// other leftovers. Does nothing where there is no such parent.
pub fn sweep(parent: &Path) -> Result<Swept, ReportError> {
    let mut swept = Swept::default();
    for folder in hidden_folders(parent)? {
        let path = parent.join(&folder);
        if is_temporary(&folder) {
            fs::remove_dir_all(&path).map_err(ReportError::io("remove", &path))?;
            swept.removed.push(folder);
        } else if let Some(name) = name_of_aside(&folder) {
            let target = parent.join(name);
            if stands(&target)? {
                discard(parent, name, &path)?;
                swept.removed.push(folder);
            } else {
                fs::rename(&path, &target).map_err(ReportError::io("restore", &target))?;
                swept.restored.push(name.to_owned());
            }
        }
    }
    if swept != Swept::default() {
        sync_folder(parent)?;
    }
    Ok(swept)
}

/// One visible component: nothing that leads elsewhere or looks like a leftover.
fn check_name(name: &str) -> Result<(), ReportError> {
    let mut components = Path::new(name).components();
    let is_plain = components.next() == Some(Component::Normal(name.as_ref())) && components.next().is_none();
    if is_plain && !name.starts_with('.') {
        Ok(())
    } else {
        Err(ReportError::BadName(name.to_owned()))
    }
}

fn temporary_path(parent: &Path, name: &str, suffix: &str) -> PathBuf {
    parent.join(format!(".{name}{TEMPORARY}{}{suffix}", process::id()))
}

fn aside_path(parent: &Path, name: &str) -> PathBuf {
    parent.join(format!(".{name}{ASIDE}"))
}

fn is_temporary(folder: &str) -> bool {
    let suffix = folder.rsplit_once(TEMPORARY).map(|(_, suffix)| suffix);
    suffix.is_some_and(|suffix| suffix.starts_with(|c: char| c.is_ascii_digit()))
}

fn name_of_aside(folder: &str) -> Option<&str> {
    let name = folder.strip_prefix('.')?.strip_suffix(ASIDE)?;
    (!name.is_empty()).then_some(name)
}

/// The first free of `.N.tmp-PID`, `.N.tmp-PID-1`, …: in containers a crashed process often had the same id.
fn create_temporary(parent: &Path, name: &str) -> Result<PathBuf, ReportError> {
    let mut path = temporary_path(parent, name, "");
    let mut attempts = 0;
    loop {
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                attempts += 1;
                path = temporary_path(parent, name, &format!("-{attempts}"));
            }
            Err(error) => return Err(ReportError::io("create", &path)(error)),
        }
    }
}

/// Writes all before syncing any, so that the disk can order the writes itself.
fn write_files(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), ReportError> {
    let mut written = Vec::with_capacity(files.len());
    for (name, content) in files {
        let path = folder.join(name);
        let mut file = File::create_new(&path).map_err(ReportError::io("create", &path))?;
        file.write_all(content).map_err(ReportError::io("write", &path))?;
        written.push((path, file));
    }
    for (path, file) in written {
        file.sync_all().map_err(ReportError::io("write", &path))?;
    }
    sync_folder(folder)
}

/// Makes the entries of a folder durable; some network file systems cannot and say so.
fn sync_folder(folder: &Path) -> Result<(), ReportError> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|open| open.sync_all()) {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced.map_err(ReportError::io("make durable", folder)),
    }
}

/// Whether a folder stands at a path; an error where something else does.
fn stands(path: &Path) -> Result<bool, ReportError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(ReportError::NotAFolder(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ReportError::io("read", path)(error)),
    }
}

/// Removes an aside copy, if there is one, by way of a temporary name: half removed, it must not look like a copy.
fn discard(parent: &Path, name: &str, aside: &Path) -> Result<(), ReportError> {
    if !stands(aside)? {
        return Ok(());
    }
    let refuse = temporary_path(parent, name, "-old");
    if stands(&refuse)? {
        fs::remove_dir_all(&refuse).map_err(ReportError::io("remove", &refuse))?;
    }
    fs::rename(aside, &refuse).map_err(ReportError::io("remove", aside))?;
    fs::remove_dir_all(&refuse).map_err(ReportError::io("remove", &refuse))
}

/// Names of the folders in a folder that begin with a dot, sorted; none where it does not exist.
fn hidden_folders(parent: &Path) -> Result<Vec<String>, ReportError> {
    let entries = match fs::read_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(ReportError::io("read", parent))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(ReportError::io("read", parent))?;
        let is_folder = entry
            .file_type()
            .map_err(ReportError::io("read", &entry.path()))?
            .is_dir();
        match entry.file_name().into_string() {
            Ok(name) if is_folder && name.starts_with('.') => names.push(name),
            _ => {}
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests;
