//! The shipped rulebooks.

use std::fs;
use std::path::{Path, PathBuf};

/// Their folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodologies")
}

/// The rules of every shipped rulebook by `family/name.toml`, in that order; without their tests, which are no rules.
pub(crate) fn rules() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    for family in fs::read_dir(root()).expect("the rulebooks") {
        let family = family.expect("a family").path();
        for entry in fs::read_dir(&family).expect("a folder") {
            let path = entry.expect("a file").path();
            let text = fs::read_to_string(&path).expect("a rulebook");
            let rules = text.split("\n[[test]]").next().unwrap_or_default().to_owned();
            found.push((format!("{}/{}", name(&family), name(&path)), rules));
        }
    }
    found.sort();
    assert!(found.len() >= 30, "{}", found.len());
    found
}
