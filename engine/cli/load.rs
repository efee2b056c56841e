//! Rulebooks and datasets from arguments.

use std::path::{Path, PathBuf};

use divisor_market::Dataset;
use divisor_methodology::Source;

use crate::args::Common;
use crate::exit::Failure;
use crate::lock::Lock;
use crate::settings::Settings;

/// One rulebook as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Rulebook {
    pub(crate) source: Source,
    /// Whether it was found in a folder rather than named.
    pub(crate) from_folder: bool,
}

/// The rulebooks named, and all below the folders named, in path order; each once.
pub(crate) fn rulebooks(paths: &[PathBuf], common: &Common) -> Result<Vec<Rulebook>, Failure> {
    let settings = settings(common)?;
    let mut found: Vec<(PathBuf, bool)> = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut below = Vec::new();
            toml_files(path, &mut below)?;
            if below.is_empty() {
                return Err(Failure::usage(
                    format!("there is no rulebook (*.toml) in {}", path.display()),
                    "",
                ));
            }
            found.extend(below.into_iter().map(|file| (file, true)));
        } else {
            found.push((path.clone(), false));
        }
    }
    let mut rulebooks: Vec<Rulebook> = Vec::new();
    for (path, from_folder) in found {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::usage(format!("cannot read the rulebook {}: {error}", path.display()), ""))?;
        let mut source = Source::new(path.display().to_string(), text);
        if rulebooks.iter().any(|known| known.source.file == source.file) {
            continue;
        }
        for (key, value) in &settings {
            source = source.set(key, value);
        }
        rulebooks.push(Rulebook { source, from_folder });
    }
    Ok(rulebooks)
}

/// `--set KEY=VALUE` pairs.
fn settings(common: &Common) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() && !text.contains('\n') => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(Failure::usage(
            format!("--set {text}: write KEY=VALUE"),
            "for example --set select.top.count=150",
        )),
    };
    common.set.iter().map(pair).collect()
}

fn toml_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::usage(format!("cannot list {}: {error}", folder.display()), "");
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        entries.push(entry.map_err(fail)?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            toml_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    Ok(())
}

/// The dataset asked for; a world that has not been generated yet is, under a lock.
pub(crate) fn dataset(common: &Common, settings: &Settings) -> Result<Dataset, Failure> {
    let Some(name) = &common.data else {
        return Err(Failure::usage(
            "no dataset is given",
            "--data demo, or --data and a folder with a dataset.toml",
        ));
    };
    let folder = PathBuf::from(name);
    if folder.join("dataset.toml").is_file() {
        return Ok(Dataset::open(&folder)?);
    }
    let named = settings.data.join(name);
    if named.join("dataset.toml").is_file() {
        return Ok(Dataset::open(&named)?);
    }
    let Some(world) = crate::data::world(name, settings)? else {
        let message = format!(
            "there is no dataset `{name}`: neither {name}/dataset.toml nor {}/dataset.toml",
            named.display()
        );
        return Err(Failure::usage(message, known_datasets(settings)));
    };
    let _lock = Lock::wait(&settings.data.join(format!(".{name}")))?;
    // Another run may have made it while this one waited.
    if !named.join("dataset.toml").is_file() {
        crate::data::generate(&world, &named, settings)?;
    }
    Ok(Dataset::open(&named)?)
}

fn known_datasets(settings: &Settings) -> String {
    let folders = |folder: &Path, suffix: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names
            .filter(|name| {
                if suffix.is_empty() {
                    folder.join(name).join("dataset.toml").is_file()
                } else {
                    name.ends_with(suffix)
                }
            })
            .map(|name| name.trim_end_matches(suffix).to_owned())
            .collect()
    };
    let mut names = folders(&settings.data, "");
    names.extend(folders(&settings.worlds, ".toml"));
    names.push("demo".to_owned());
    names.sort();
    names.dedup();
    format!("known by name: {}; or give a folder", names.join(", "))
}
