//! `divisor new`: a rulebook to begin with, made of a shipped one of the same family.

use std::io::Write;
use std::path::Path;

use divisor_methodology::{Source, compile, format};
use divisor_model::Diagnostic;

use crate::args::{Family, NewArgs};
use crate::exit::{Exit, Failure};
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

impl Family {
    fn template(self) -> &'static str {
        match self {
            Self::EqualWeight => include_str!("../../methodologies/equal-weight/world.toml"),
            Self::Fundamental => include_str!("../../methodologies/fundamental/world.toml"),
            Self::LowVolatility => include_str!("../../methodologies/low-volatility/world.toml"),
            Self::Quality => include_str!("../../methodologies/quality/world.toml"),
        }
    }
}

pub(crate) fn new(args: &NewArgs) -> Result<Exit, Failure> {
    let id = match &args.id {
        Some(id) => id.clone(),
        None => id_of(&args.file),
    };
    let name = args.name.clone().unwrap_or_else(|| title(&id));
    let text = text(args.family, &id, &name, args.parent.as_deref())?;
    let path = args.file.display();
    // Never over something that is there.
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.file);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(format!("{path} is there already"), "name another file"),
        _ => Failure::failed(format!("cannot write {path}: {error}")),
    })?;
    file.write_all(text.as_bytes())
        .map_err(|error| Failure::failed(format!("cannot write {path}: {error}")))?;
    out::print(&format!(
        "{path}: the index `{id}`. Next:\n  divisor explain {path}\n  divisor test {path}\n  divisor check {path} --data NAME\n"
    ))?;
    Ok(Exit::Done)
}

/// The template with its own id, name and parent, laid out and without a mistake.
fn text(family: Family, id: &str, name: &str, parent: Option<&str>) -> Result<String, Failure> {
    let template = family.template();
    let body = template.strip_prefix(SCHEMA_LINE).unwrap_or(template);
    let mut text = HEAD.to_owned();
    let mut in_index = false;
    for line in body.lines() {
        if line.starts_with('[') {
            in_index = line == "[index]";
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        let value = match (in_index, key) {
            (true, "id") => Some(id),
            (true, "name") => Some(name),
            (true, "parent") => parent,
            _ => None,
        };
        match value {
            // A JSON text is a TOML text.
            Some(value) => text.push_str(&format!("{key} = {}", serde_json::Value::from(value))),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    let source = Source::new("the new rulebook", text);
    let (_, found) = compile(&source, None);
    let mistakes: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    if mistakes.is_empty() {
        return format(&source).map_err(|diagnostics| wrong(diagnostics, source));
    }
    Err(wrong(mistakes, source))
}

fn wrong(diagnostics: Vec<Diagnostic>, source: Source) -> Failure {
    Failure::Diagnostics {
        exit: Exit::BadInput,
        diagnostics,
        sources: vec![source],
    }
}

/// `my-index` of `folder/My Index.toml`.
fn id_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let words: Vec<&str> = stem
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
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
