//! Where a rule stands, for people and for traces.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Mutex;

/// A line of a rulebook or of a file it extends. Shown as `12`, or `12 of ../base.toml` where it is not the rulebook's
/// own; ordered as the texts stand in the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    at: usize,
    number: usize,
    file: Option<&'static str>,
}

impl Line {
    /// A line of the rulebook itself, from 1.
    pub const fn of_rulebook(number: usize) -> Self {
        Self {
            at: number,
            number,
            file: None,
        }
    }

    /// A line of a file it extends, which the manifest's text has as its line `at`.
    pub(crate) fn of_extended(file: &'static str, number: usize, at: usize) -> Self {
        Self {
            at,
            number,
            file: Some(file),
        }
    }

    /// 1-based line in the text of the rulebook as the manifest has it, where the files it extends follow its own text.
    pub fn in_manifest(self) -> usize {
        self.at
    }

    /// 1-based line in its file.
    pub fn number(self) -> usize {
        self.number
    }

    /// Its file, seen from the rulebook's folder; `None` for the rulebook itself.
    pub fn file(self) -> Option<&'static str> {
        self.file
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file {
            None => write!(f, "{}", self.number),
            Some(file) => write!(f, "{} of {file}", self.number),
        }
    }
}

/// One lasting copy of a file's name, so that lines stay as light as numbers. A process reads few rulebooks.
pub(crate) fn lasting(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    // A set of names is as good after a panic elsewhere as before it.
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(name);
    name
}
