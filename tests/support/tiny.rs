//! The tiny dataset of six names that every table has rows of.

use crate::support::{Folder, TextData, read, tests};

/// A folder with the dataset in `data`, and under this name the rulebook that reads it.
pub(crate) fn tiny(rulebook: &str) -> Folder {
    let folder = Folder::new();
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    folder.write(rulebook, &read(&tests("wrong/datasets/rulebook.toml")));
    folder
}
