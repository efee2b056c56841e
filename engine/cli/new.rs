//! `divisor new`: a rulebook to begin with, made of a shipped one of the same family.

use std::io::Write;
use std::path::Path;

use divisor_methodology::{Source, compile, format};
use divisor_model::Diagnostic;

use crate::args::NewArgs;
use crate::exit::{Exit, Failure};
use crate::library::Shipped;
use crate::out;

/// The first line of a shipped rulebook, which leads to the schema from its folder.
const SCHEMA_LINE: &str = "#:schema ../../config/methodology.schema.json\n";

/// What a new rulebook begins with instead.
const HEAD: &str = "\
# Begun with `divisor new`. Editors complete and check keys once `divisor schema > methodology.schema.json` lies beside
# this file and `#:schema methodology.schema.json` is its first line. What to adapt first: `parent`, `edition` and `base`,
# the review dates, and `max_age`, the oldest a snapshot may be.
#
";

pub(crate) fn new(args: &NewArgs) -> Result<Exit, Failure> {
    let id = match (&args.id, &args.file) {
        (Some(id), _) => id.clone(),
        (None, Some(file)) => words_of(&file.file_stem().unwrap_or_default().to_string_lossy()),
        (None, None) => words_of(&args.family),
    };
    let own = Own {
        name: args.name.clone().unwrap_or_else(|| title(&id)),
        parent: args.parent.as_deref(),
        id,
    };
    let Some(shipped) = Shipped::of(&args.family) else {
        return Err(Failure::usage(format!("there is no family `{}`", args.family), ""));
    };
    let text = own.text(shipped.text)?;
    let Some(file) = &args.file else {
        out::print(&text)?;
        return Ok(Exit::Done);
    };
    write(file, &text)?;
    let (path, id) = (file.display(), own.id);
    out::print(&format!(
        "{path}: the index `{id}`. Next:\n  divisor explain {path}\n  divisor test {path}\n  divisor check {path} --data NAME\n"
    ))?;
    Ok(Exit::Done)
}

/// Never over something that is there.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let path = file.display();
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
    let mut opened = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(format!("{path} is there already"), "name another file"),
        _ => Failure::failed(format!("cannot write {path}: {error}")),
    })?;
    opened
        .write_all(text.as_bytes())
        .map_err(|error| Failure::failed(format!("cannot write {path}: {error}")))
}

/// What the new rulebook has of its own.
struct Own<'a> {
    id: String,
    name: String,
    parent: Option<&'a str>,
}

impl Own<'_> {
    /// A shipped rulebook with its own id, name and parent, laid out and without a mistake. Variants keep what tells their
    /// ids from that of the shipped index, behind the new id.
    fn text(&self, shipped: &str) -> Result<String, Failure> {
        let body = shipped.strip_prefix(SCHEMA_LINE).unwrap_or(shipped);
        let mut text = HEAD.to_owned();
        let mut section = "";
        let (mut shipped_id, mut ending) = (String::new(), String::new());
        for line in body.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let (key, value) = (key.trim(), value.trim().trim_matches('"'));
            let instead = match (section, key) {
                ("[index]", "id") => {
                    value.clone_into(&mut shipped_id);
                    Some(self.id.clone())
                }
                ("[index]", "name") => Some(self.name.clone()),
                ("[index]", "parent") => self.parent.map(str::to_owned),
                ("[[variant]]", "id") => {
                    ending = unlike(value, &shipped_id);
                    Some(format!("{}-{ending}", self.id))
                }
                ("[[variant]]", "name") => Some(format!("{}, {ending}", self.name)),
                _ => None,
            };
            match instead {
                // A JSON text is a TOML text.
                Some(value) => text.push_str(&format!("{key} = {}", serde_json::Value::from(value))),
                None => text.push_str(line),
            }
            text.push('\n');
        }
        let source = Source::new("the new rulebook", text);
        let found = source.indexes().into_iter().flat_map(|index| compile(&index, None).1);
        let mistakes: Vec<Diagnostic> = found.filter(Diagnostic::is_error).collect();
        if mistakes.is_empty() {
            return format(&source).map_err(|diagnostics| wrong(diagnostics, source));
        }
        Err(wrong(mistakes, source))
    }
}

fn wrong(diagnostics: Vec<Diagnostic>, source: Source) -> Failure {
    Failure::Diagnostics {
        exit: Exit::BadInput,
        diagnostics,
        sources: vec![source],
    }
}

/// The words of an id after those it begins with as another does: `small-cap` of `world-small-cap` beside `world-mega-cap`.
fn unlike(id: &str, other: &str) -> String {
    let shared = id.split('-').zip(other.split('-')).take_while(|(a, b)| a == b).count();
    id.split('-').skip(shared).collect::<Vec<_>>().join("-")
}

/// `my-index` of `My Index`.
fn words_of(text: &str) -> String {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// `My Index` of `my-index`.
fn title(id: &str) -> String {
    let words = id.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}
