//! `extends`: the files a rulebook builds on, read before anything is checked.

use std::io;
use std::path::{Component, Path, PathBuf};

use divisor_model::Diagnostic;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Source;

/// Reads the text of a file.
pub type ReadText<'r> = &'r dyn Fn(&Path) -> io::Result<String>;

/// The key that names them.
pub(super) const EXTENDS: &str = "extends";

impl Source {
    /// A rulebook with all the files it extends, itself and through others; `read` reads one. What cannot be read is
    /// reported when the rulebook is compiled.
    pub fn load(file: impl Into<String>, text: impl Into<String>, read: ReadText<'_>) -> Self {
        let mut source = Self::new(file, text);
        let path = plain(Path::new(&source.file));
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let mut load = Load {
            read,
            folder,
            chain: vec![path],
            read_already: Vec::new(),
            unread: Vec::new(),
        };
        let (own, text) = (source.file.clone(), source.text.clone());
        load.follow(&mut source, &own, &text);
        source.unread = load.unread;
        source
    }
}

struct Load<'r> {
    read: ReadText<'r>,
    /// The rulebook's.
    folder: PathBuf,
    /// From the rulebook to the file that is read now.
    chain: Vec<PathBuf>,
    read_already: Vec<PathBuf>,
    unread: Vec<Diagnostic>,
}

impl Load<'_> {
    /// Reads what a text extends: each file after those that it extends itself.
    fn follow(&mut self, source: &mut Source, file: &str, text: &str) {
        let own = Source::new(file, text);
        for named in named_files(text) {
            let place = own.locate(named.span());
            let folder = self.chain.last().and_then(|path| path.parent()).map(Path::to_path_buf);
            let path = plain(&folder.unwrap_or_default().join(named.get_ref()));
            if let Some(at) = self.chain.iter().position(|known| *known == path) {
                let circle = self.chain[at..].iter().chain([&path]).map(|path| shown(path));
                let message = format!(
                    "files extend each other in a circle: {}",
                    circle.collect::<Vec<_>>().join(" → ")
                );
                let help = "put what they share into a file that extends none of them";
                self.unread
                    .push(Diagnostic::error("M0121", message).at(place).help(help));
                continue;
            }
            if self.read_already.contains(&path) {
                continue;
            }
            self.read_already.push(path.clone());
            match (self.read)(&path) {
                Ok(text) => {
                    let file = shown(&path);
                    let name = shown(&seen_from(&self.folder, &path));
                    self.chain.push(path);
                    self.follow(source, &file, &text);
                    self.chain.pop();
                    source.push_extended(file, &name, text);
                }
                Err(error) => {
                    let message = format!("cannot read the extended file {}: {error}", shown(&path));
                    let help = "`extends` is a path from the folder of the file that it stands in";
                    self.unread
                        .push(Diagnostic::error("M0120", message).at(place).help(help));
                }
            }
        }
    }
}

/// The files a text names under `extends`; none where it is no TOML or names them wrongly, which is reported later.
fn named_files(text: &str) -> Vec<Spanned<String>> {
    let (mut document, _) = DeTable::parse_recoverable(text);
    let Some(extends) = document.get_mut().remove(EXTENDS) else {
        return Vec::new();
    };
    let span = extends.span();
    let name = |value: Spanned<DeValue<'_>>| {
        let span = value.span();
        let text = value.get_ref().as_str()?.to_owned();
        Some(Spanned::new(span, text))
    };
    match extends.into_inner() {
        DeValue::Array(many) => many.into_iter().filter_map(name).collect(),
        one => name(Spanned::new(span, one)).into_iter().collect(),
    }
}

/// A path without `.` and, where something stands before it, `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// The path of a file as written from a folder.
fn seen_from(folder: &Path, path: &Path) -> PathBuf {
    let (from, to): (Vec<_>, Vec<_>) = (folder.components().collect(), path.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[shared..].iter().map(|_| Component::ParentDir);
    up.chain(to[shared..].iter().copied()).collect()
}

/// A path with `/` on every system, so that results name files alike.
fn shown(path: &Path) -> String {
    let shown = path.display().to_string();
    if cfg!(windows) { shown.replace('\\', "/") } else { shown }
}
