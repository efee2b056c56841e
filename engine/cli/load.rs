//! Rulebooks and datasets from arguments.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use divisor_market::Dataset;
use divisor_methodology::Source;
use divisor_model::{Diagnostic, Location};

use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::lock::Lock;
use crate::settings::Settings;

/// The largest file that is read as a rulebook; the shipped ones have a thousandth of it.
const RULEBOOK_BYTES_MAX: u64 = 4 << 20;

/// One index of a rulebook in one edition, as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Rulebook {
    pub(crate) source: Source,
    /// Whether it was found in a folder rather than named.
    pub(crate) from_folder: bool,
}

impl Rulebook {
    /// Whether another is the same index, perhaps in another edition.
    pub(crate) fn is_index_of(&self, other: &Self) -> bool {
        self.source.file == other.source.file && self.source.variant_id() == other.source.variant_id()
    }

    /// What it is called by: `FILE`, or `FILE#variant`.
    pub(crate) fn label(&self) -> String {
        match self.source.variant_id() {
            None => self.source.file.clone(),
            Some(id) => format!("{}#{id}", self.source.file),
        }
    }
}

/// A file as it was named.
struct Named {
    path: PathBuf,
    /// The index asked for, `FILE#index`.
    index: Option<String>,
    from_folder: bool,
}

/// The indexes of the rulebooks named, and of all below the folders named, in path order; each once in each of its
/// editions, or in the one that `--edition` forces. Fragments of folders are left to the rulebooks that extend them.
pub(crate) fn rulebooks(paths: &[PathBuf], common: &Common) -> Result<Vec<Rulebook>, Failure> {
    let settings = settings(common)?;
    let mut rulebooks: Vec<Rulebook> = Vec::new();
    for named in files(paths)? {
        let file = read(&named.path)?;
        if named.from_folder && file.is_fragment() {
            continue;
        }
        for source in indexes(&file, named.index.as_deref())? {
            let index = Rulebook {
                source: settings
                    .iter()
                    .fold(source, |source, (key, value)| source.set(key, value)),
                from_folder: named.from_folder,
            };
            if rulebooks.iter().any(|known| known.is_index_of(&index)) {
                continue;
            }
            let editions = match &common.edition {
                Some(id) => vec![in_edition(&index, id)?],
                None => index.source.editions(),
            };
            rulebooks.extend(editions.into_iter().map(|source| Rulebook {
                source,
                ..index.clone()
            }));
        }
    }
    if rulebooks.is_empty() {
        return Err(Failure::usage(
            "there are fragments only: no file has an [index]",
            "name the rulebook that extends them",
        ));
    }
    Ok(rulebooks)
}

/// The texts of all files named, fragments too, as they are written.
pub(crate) fn texts(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut texts: Vec<Source> = Vec::new();
    for named in files(paths)? {
        let text = text_of(&named.path)?;
        let source = Source::new(named.path.display().to_string(), text);
        if texts.iter().all(|known| known.file != source.file) {
            texts.push(source);
        }
    }
    Ok(texts)
}

fn files(paths: &[PathBuf]) -> Result<Vec<Named>, Failure> {
    let mut found: Vec<Named> = Vec::new();
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
            found.extend(below.into_iter().map(|path| Named {
                path,
                index: None,
                from_folder: true,
            }));
            continue;
        }
        let text = path.to_string_lossy();
        let (path, index) = match text.rsplit_once('#').filter(|_| !path.exists()) {
            Some((file, index)) => (PathBuf::from(file), Some(index.to_owned())),
            None => (path.clone(), None),
        };
        found.push(Named {
            path,
            index,
            from_folder: false,
        });
    }
    Ok(found)
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let bytes = bytes_of(path)
        .map_err(|error| Failure::usage(format!("cannot read the rulebook {}: {error}", path.display()), ""))?;
    String::from_utf8(bytes).map_err(|error| not_text(&path.display().to_string(), &error))
}

/// The bytes of a rulebook, and no more than a rulebook may have: the file may be a device without an end.
fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(RULEBOOK_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > RULEBOOK_BYTES_MAX {
        let message = format!(
            "it has more than {} MiB, which no rulebook has",
            RULEBOOK_BYTES_MAX >> 20
        );
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// Points at the first byte that is no text.
fn not_text(file: &str, error: &FromUtf8Error) -> Failure {
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let at = error.utf8_error().valid_up_to();
    let place = Location::of(file, &text, at..at + char::REPLACEMENT_CHARACTER.len_utf8());
    Failure::Diagnostics {
        exit: Exit::BadInput,
        diagnostics: vec![
            Diagnostic::error("M0101", "the rulebook is not text in UTF-8")
                .at(place)
                .help("save the file as UTF-8"),
        ],
        sources: vec![Source::new(file, text)],
    }
}

fn read(path: &Path) -> Result<Source, Failure> {
    let text = text_of(path)?;
    Ok(Source::load(path.display().to_string(), text, &|path| {
        String::from_utf8(bytes_of(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
    }))
}

/// The indexes a file stands for, or the one asked for.
fn indexes(file: &Source, wanted: Option<&str>) -> Result<Vec<Source>, Failure> {
    let all = file.indexes();
    let Some(wanted) = wanted else { return Ok(all) };
    let ids: Vec<String> = all.iter().filter_map(Source::index_id).collect();
    let found: Vec<Source> = all
        .into_iter()
        .filter(|index| index.index_id().as_deref() == Some(wanted))
        .collect();
    if found.is_empty() {
        let message = format!("{} has no index `{wanted}`", file.file);
        return Err(Failure::usage(message, format!("it has: {}", ids.join(", "))));
    }
    Ok(found)
}

fn in_edition(index: &Rulebook, id: &str) -> Result<Source, Failure> {
    index.source.in_edition(id).map_err(|known| {
        let message = format!("--edition: {} has no edition `{id}`", index.label());
        Failure::usage(message, format!("it has: {}", known.join(", ")))
    })
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
