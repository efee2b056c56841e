//! The shipped rulebooks.

use std::fs;
use std::path::{Path, PathBuf};

use divisor_methodology::Source;

/// Their folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodologies")
}

/// The text of every shipped rulebook by `family/name.toml`, in that order.
pub(crate) fn texts() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    for family in fs::read_dir(root()).expect("the rulebooks") {
        let family = family.expect("a family").path();
        for entry in fs::read_dir(&family).expect("a folder") {
            let path = entry.expect("a file").path();
            let text = fs::read_to_string(&path).expect("a rulebook");
            found.push((format!("{}/{}", name(&family), name(&path)), text));
        }
    }
    found.sort();
    assert!(found.len() >= 30, "{}", found.len());
    found
}

/// [`texts`] without their tests, which are no rules.
pub(crate) fn rules() -> Vec<(String, String)> {
    let without_tests = |text: &str| {
        let mut is_test = false;
        let mut rules = String::new();
        for line in text.lines() {
            if line.starts_with('[') {
                let header = line.trim_matches(['[', ']']);
                is_test = header.split('.').any(|part| part == "test");
            }
            if !is_test {
                rules.push_str(line);
                rules.push('\n');
            }
        }
        rules
    };
    let texts = texts().into_iter();
    texts.map(|(name, text)| (name, without_tests(&text))).collect()
}

/// The indexes of a text that stands for the shipped rulebook of a name: itself and its variants, with the shipped files
/// that it extends.
pub(crate) fn indexes(name: &str, text: &str) -> Vec<Source> {
    Source::load(name, text, &|path| fs::read_to_string(root().join(path))).indexes()
}
