//! Where source items come from: one file, a folder of files, or a zip.

use std::fs::{self, File};
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zip::ZipArchive;

use crate::MarketError;

/// The files of a source, by name without folders, sorted. A zip gives the same names as the folder it was made of.
pub struct SourceFiles {
    names: Vec<String>,
    place: Place,
}

enum Place {
    Disk(Vec<PathBuf>),
    /// The index of each name in the archive.
    Zip(Mutex<ZipArchive<BufReader<File>>>, Vec<usize>),
}

impl SourceFiles {
    /// The files with one of these extensions in a folder (not below it) or a zip; a file with any name stands for
    /// itself. No file at all is an error, and so are two of one name.
    pub fn open(source: &Path, extensions: &[&str]) -> Result<Self, MarketError> {
        let wanted = |name: &str| {
            let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
            !name.starts_with('.')
                && extension.is_some_and(|found| extensions.iter().any(|wanted| found.eq_ignore_ascii_case(wanted)))
        };
        let is_zip = source
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        let found = if source.is_dir() {
            folder(source, wanted)
        } else if is_zip {
            archive(source, wanted)
        } else {
            let name = source.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            fs::metadata(source)
                .map(|_| Self {
                    names: vec![name.to_owned()],
                    place: Place::Disk(vec![source.to_owned()]),
                })
                .map_err(|error| MarketError::io("read", source, error))
        }?;
        if found.names.is_empty() {
            let message = format!("{}: there is no .{} file", source.display(), extensions.join(" or ."));
            return Err(MarketError::Import(message));
        }
        let twice = found.names.windows(2).find(|pair| pair.first() == pair.last());
        if let Some(name) = twice.and_then(<[String]>::first) {
            let message = format!("{}: two files are called {name}", source.display());
            return Err(MarketError::Import(message));
        }
        Ok(found)
    }

    /// Several sources as one: files alone, or one folder or zip.
    pub fn open_all(sources: &[PathBuf], extensions: &[&str]) -> Result<Self, MarketError> {
        if let [only] = sources {
            return Self::open(only, extensions);
        }
        let mut found: Vec<(String, PathBuf)> = Vec::new();
        for source in sources {
            let metadata = fs::metadata(source).map_err(|error| MarketError::io("read", source, error))?;
            let is_zip = source
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
            if metadata.is_dir() || is_zip {
                let message = format!("{}: several sources must be plain files", source.display());
                return Err(MarketError::Import(message));
            }
            let name = source.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            found.push((name.to_owned(), source.clone()));
        }
        found.sort();
        let (names, paths): (Vec<String>, Vec<PathBuf>) = found.into_iter().unzip();
        if let Some(name) = names
            .windows(2)
            .find(|pair| pair.first() == pair.last())
            .and_then(<[String]>::first)
        {
            return Err(MarketError::Import(format!("two files are called {name}")));
        }
        Ok(Self {
            names,
            place: Place::Disk(paths),
        })
    }

    /// One of its files.
    pub fn item(&self, at: usize) -> Item<'_> {
        Item { files: self, at }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never: a source without files is not opened.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of a file.
    pub fn name(&self, at: usize) -> &str {
        &self.names[at]
    }

    /// Its bytes, or why there are none.
    pub(super) fn read(&self, at: usize) -> Result<Vec<u8>, String> {
        match &self.place {
            Place::Disk(paths) => fs::read(&paths[at]).map_err(|error| format!("cannot be read: {error}")),
            Place::Zip(archive, indexes) => {
                let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
                let mut read = || -> Result<Vec<u8>, String> {
                    let mut file = archive.by_index(indexes[at]).map_err(|error| error.to_string())?;
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
                    Ok(bytes)
                };
                read().map_err(|error| format!("cannot be unpacked: {error}"))
            }
        }
    }
}

/// One file of a source.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    files: &'a SourceFiles,
    at: usize,
}

impl<'a> Item<'a> {
    /// Its name, without folders.
    pub fn name(&self) -> &'a str {
        &self.files.names[self.at]
    }

    /// All its bytes, or why there are none.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        self.files.read(self.at)
    }

    /// Its bytes as a stream; those of a file in a zip are unpacked at once.
    pub fn reader(&self) -> Result<Box<dyn Read>, String> {
        match self.path() {
            Some(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(format!("cannot be read: {error}")),
            },
            None => Ok(Box::new(Cursor::new(self.bytes()?))),
        }
    }

    /// Where it lies, if it is a file of its own.
    pub fn path(&self) -> Option<&'a Path> {
        match &self.files.place {
            Place::Disk(paths) => Some(&paths[self.at]),
            Place::Zip(..) => None,
        }
    }
}

fn folder(source: &Path, wanted: impl Fn(&str) -> bool) -> Result<SourceFiles, MarketError> {
    let fail = |error: std::io::Error| MarketError::io("list", source, error);
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for entry in fs::read_dir(source).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_file() && wanted(name) {
            found.push((name.to_owned(), path.clone()));
        }
    }
    found.sort();
    let (names, paths) = found.into_iter().unzip();
    Ok(SourceFiles {
        names,
        place: Place::Disk(paths),
    })
}

fn archive(source: &Path, wanted: impl Fn(&str) -> bool) -> Result<SourceFiles, MarketError> {
    let file = File::open(source).map_err(|error| MarketError::io("read", source, error))?;
    let fail = |error: zip::result::ZipError| MarketError::io("read", source, error);
    let archive = ZipArchive::new(BufReader::new(file)).map_err(fail)?;
    let mut found: Vec<(String, usize)> = Vec::new();
    for index in 0..archive.len() {
        let Some(path) = archive.name_for_index(index) else {
            continue;
        };
        let path = path.map_err(fail)?;
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        if wanted(name) {
            found.push((name.to_owned(), index));
        }
    }
    found.sort();
    let (names, indexes) = found.into_iter().unzip();
    Ok(SourceFiles {
        names,
        place: Place::Zip(Mutex::new(archive), indexes),
    })
}
