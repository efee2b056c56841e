//! The text of a rulebook with the texts it extends, which of its indexes and editions is meant, and what `--set`
//! changes, appended as visible lines.

mod whole;

use std::ops::Range;

use divisor_model::{Diagnostic, Location};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::family::{self, Selection};
use crate::line::{Line, lasting};
use crate::{set, syntax};

/// A rulebook's text and the name its messages use.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file as the user named it.
    pub file: String,
    /// Its text, then one comment line for each setting.
    pub text: String,
    settings: Vec<Setting>,
    /// Where the lines of settings and of a chosen edition begin.
    appended: Option<usize>,
    /// The files it extends, those that others build on first.
    extended: Vec<Extended>,
    /// Why a file it extends could not be read.
    pub(crate) unread: Vec<Diagnostic>,
    pub(crate) selection: Selection,
    /// Where its text ends but for editions written below that were not in force yet.
    pub(crate) published_end: Option<usize>,
}

/// One `--set KEY=VALUE`: where its key and value stand in the text.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value_span: Range<usize>,
    pub(crate) is_toml: bool,
}

/// Begins a line that sets a key.
const SET: &str = "# --set ";

/// Begins a line that says which edition was chosen.
const EDITION: &str = "# --edition ";

/// A file that the rulebook extends, itself or through another.
#[derive(Debug, Clone)]
struct Extended {
    /// Its path, as messages name it.
    file: String,
    /// Its path from the rulebook's folder.
    name: &'static str,
    text: String,
}

/// One of the texts. Places are counted through all of them, the rulebook's own first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    /// `None` for the rulebook itself.
    name: Option<&'static str>,
    /// The place of its first byte.
    pub(crate) start: usize,
    /// The line of the manifest's text that its first line is.
    first_line: usize,
}

impl Source {
    /// The text of a file that extends no other.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
            settings: Vec::new(),
            appended: None,
            extended: Vec::new(),
            unread: Vec::new(),
            selection: Selection::default(),
            published_end: None,
        }
    }

    /// The same with one key set to a TOML value, or to a text where the value is no TOML. The key is a dotted path,
    /// `select.top.count`; elements of arrays are named by their `id`, which defaults to the `variable` or `score` they
    /// name: `limit.issuer-cap.max`.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        // A line break would end the comment and make the rest of the value part of the document.
        let one_line = |text: &str| text.replace(char::is_control, " ");
        let (key, value) = (one_line(key), one_line(value));
        self.begin_appended();
        let key_start = self.text.len() + SET.len();
        let is_toml = DeValue::parse(&value).is_ok();
        self.text.extend([SET, &key, " = ", &value, "\n"]);
        let value_start = key_start + key.len() + " = ".len();
        self.settings.push(Setting {
            key_span: key_start..key_start + key.len(),
            value_span: value_start..value_start + value.len(),
            key,
            is_toml,
        });
        self
    }

    /// With a comment line that says which edition was chosen beside the text, `# --edition 2026-11`.
    #[must_use]
    pub(crate) fn with_edition_line(mut self, value: &str) -> Self {
        self.begin_appended();
        self.text.extend([EDITION, &value.replace(char::is_control, " "), "\n"]);
        self
    }

    fn begin_appended(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.appended.get_or_insert(self.text.len());
    }

    /// With a file it extends, after all that file builds on.
    pub(crate) fn push_extended(&mut self, file: String, name: &str, text: String) {
        let name = lasting(name);
        self.extended.push(Extended { file, name, text });
    }

    /// The texts: the rulebook's own, then those it extends, what others build on first.
    pub(crate) fn parts(&self) -> impl DoubleEndedIterator<Item = Part<'_>> {
        let mut parts = vec![Part {
            file: &self.file,
            text: &self.text,
            name: None,
            start: 0,
            first_line: 1,
        }];
        let mut start = self.text.len() + 1;
        let mut line = self.published().lines().count();
        for extended in &self.extended {
            // The line that names it comes first.
            parts.push(Part {
                file: &extended.file,
                text: &extended.text,
                name: Some(extended.name),
                start,
                first_line: line + 2,
            });
            start += extended.text.len() + 1;
            line += 1 + extended.text.lines().count();
        }
        parts.into_iter()
    }

    /// Files and texts, for messages that point into them.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts().map(|part| (part.file, part.text))
    }

    /// The rulebook's own text, without the editions at its end that come after the one meant: an edition added changes
    /// nothing that was published.
    fn published(&self) -> &str {
        let end = self.published_end.filter(|_| self.settings.is_empty());
        end.map_or(self.text.as_str(), |end| &self.text[..end])
    }

    /// The text without what was set and chosen beside it.
    pub fn written(&self) -> &str {
        &self.text[..self.appended.unwrap_or(self.text.len())]
    }

    fn part_at(&self, at: usize) -> Part<'_> {
        let own = Part {
            file: &self.file,
            text: &self.text,
            name: None,
            start: 0,
            first_line: 1,
        };
        self.parts().rfind(|part| part.start <= at).unwrap_or(own)
    }

    /// What stands at a place.
    pub(crate) fn slice(&self, span: Range<usize>) -> Option<&str> {
        let part = self.part_at(span.start);
        part.text
            .get(span.start - part.start..span.end.checked_sub(part.start)?)
    }

    /// What stands before a place on its line.
    pub(crate) fn line_before(&self, at: usize) -> &str {
        let part = self.part_at(at);
        let before = part.text.get(..at - part.start).unwrap_or_default();
        before.rsplit('\n').next().unwrap_or_default()
    }

    /// The place of a byte range: its first line, since a table may reach over many.
    pub(crate) fn locate(&self, span: Range<usize>) -> Location {
        let part = self.part_at(span.start);
        let local = span.start - part.start..span.end.saturating_sub(part.start);
        let text = part.text.get(local.clone()).unwrap_or_default();
        let length = text.find(['\r', '\n']).unwrap_or(text.len());
        Location::of(part.file, part.text, local.start..local.start + length)
    }

    /// The line of a byte position.
    pub(crate) fn line(&self, at: usize) -> Line {
        let part = self.part_at(at);
        let before = &part.text[..(at - part.start).min(part.text.len())];
        let number = before.matches('\n').count() + 1;
        match part.name {
            None => Line::of_rulebook(number),
            Some(name) => Line::of_extended(name, number, part.first_line + number - 1),
        }
    }

    /// The whole of a line, as a place.
    pub fn place(&self, line: Line) -> Location {
        let part = self.parts().find(|part| part.name == line.file());
        let (file, text) = part.map_or((self.file.as_str(), self.text.as_str()), |part| (part.file, part.text));
        let before = text.split_inclusive('\n').take(line.number().saturating_sub(1));
        let start: usize = before.map(str::len).sum();
        let length = text[start..].lines().next().map_or(0, str::len);
        Location::of(file, text, start..start + length)
    }

    /// Where a place stands among those of all texts, to sort by.
    pub(crate) fn position(&self, place: &Location) -> usize {
        let part = self.parts().find(|part| part.file == place.file);
        part.map_or(0, |part| part.start) + place.span.start
    }

    /// The document that the rules are read from: what the files it extends, its editions and variants come to, and
    /// then what is set; every mistake of that reported.
    pub(crate) fn parse(&self, diagnostics: &mut Vec<Diagnostic>) -> Option<family::Document<'_>> {
        let mut document = family::document(self, diagnostics)?;
        for setting in &self.settings {
            set::apply(self, setting, document.rules.get_mut(), diagnostics);
        }
        Some(document)
    }
}

impl<'a> Part<'a> {
    /// Its TOML, with places as those of all texts are counted; mistakes of syntax reported.
    pub(crate) fn parse(self, diagnostics: &mut Vec<Diagnostic>) -> Spanned<DeTable<'a>> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        if !errors.is_empty() {
            syntax::report(&Source::new(self.file, self.text), errors, diagnostics);
        }
        let span = document.span();
        let table = set::shifted_table(document.into_inner(), self.start);
        Spanned::new(span.start + self.start..span.end + self.start, table)
    }
}
