//! What the tests share: folders that clean up, the command, small text datasets, published tables, one generated
//! world.

mod bless;
mod command;
pub(crate) mod filings;
mod folder;
mod nan;
mod published;
mod rules;
mod text_data;
mod tiny;
mod world;

pub(crate) use bless::compare;
pub(crate) use command::{Divisor, Outcome};
pub(crate) use folder::{Folder, contents, copy_tree, parquet_files};
pub(crate) use nan::{MARK, write_nans};
pub(crate) use published::{Review, numbers, rows_of, texts};
pub(crate) use rules::RULES;
pub(crate) use text_data::{TextData, TextTable};
pub(crate) use tiny::tiny;
pub(crate) use world::{RULEBOOKS, small};

use std::path::{Path, PathBuf};

/// A path below `tests/`.
pub(crate) fn tests(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// The folder of real data beside the project, which is no part of it. A test that cannot read its `part` fails.
pub(crate) fn shared(part: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let wanted = data.join(part);
    assert!(
        wanted.exists(),
        "this test reads real data: there is no {}",
        wanted.display()
    );
    data
}

/// The text of a file that must be there.
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Names in a folder that end in `suffix`, without it, sorted.
pub(crate) fn names_in(folder: &Path, suffix: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(suffix)?.to_owned()))
        .collect();
    names.sort();
    names
}
