//! The text of a rulebook with the texts it extends, which of its indexes and editions is meant, and what `--set`
//! changes, appended as visible lines.

use std::borrow::Cow;
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

/// Begins the line above a file that a rulebook extends, where one text holds both.
const EXTENDED: &str = "# ==== extended: ";

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
        self.end_line();
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

    /// With a comment line that says what was chosen beside the text, `# --edition 2026-11`.
    #[must_use]
    pub(crate) fn remarked(mut self, flag: &str, value: &str) -> Self {
        self.end_line();
        self.text
            .extend(["# --", flag, " ", &value.replace(char::is_control, " "), "\n"]);
        self
    }

    fn end_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
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

    /// All that the rules are made of, as the manifest has it: the rulebook's own text with its settings, but without the
    /// editions at its end that come later, then each file it extends below a line `# ==== extended: NAME`.
    pub fn whole(&self) -> Cow<'_, str> {
        if self.extended.is_empty() {
            return Cow::Borrowed(self.published());
        }
        let mut whole = String::new();
        for part in self.parts() {
            let text = match part.name {
                None => self.published(),
                Some(name) => {
                    whole.extend([EXTENDED, name, "\n"]);
                    part.text
                }
            };
            whole.push_str(text);
            if !text.is_empty() && !text.ends_with('\n') {
                whole.push('\n');
            }
        }
        Cow::Owned(whole)
    }

    /// The rulebook that [`Source::whole`] wrote down. Files it extends are named from the folder of `file`.
    pub fn from_whole(file: impl Into<String>, whole: &str) -> Self {
        let mut parts: Vec<(&str, String)> = vec![("", String::new())];
        for line in whole.split_inclusive('\n') {
            match (line.strip_prefix(EXTENDED), parts.last_mut()) {
                (Some(name), _) => parts.push((name.trim_end(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => {}
            }
        }
        let mut parts = parts.into_iter();
        let own = parts.next().map(|(_, text)| text).unwrap_or_default();
        // What was set stands at the end, a line each.
        let lines = own.split_inclusive('\n').rev();
        let set: Vec<&str> = lines.map_while(|line| line.strip_prefix(SET)).collect();
        let written = own.len() - set.iter().map(|line| SET.len() + line.len()).sum::<usize>();
        let mut source = Self::new(file, &own[..written]);
        for (name, text) in parts {
            source.push_extended(name.to_owned(), name, text);
        }
        for (key, value) in set.iter().rev().filter_map(|line| line.trim_end().split_once(" = ")) {
            source = source.set(key, value);
        }
        source
    }

    /// The text without what `--set` appended.
    pub fn written(&self) -> &str {
        let end = self.settings.first().map_or(self.text.len(), |first| {
            self.text[..first.key_span.start].rfind('\n').map_or(0, |at| at + 1)
        });
        &self.text[..end]
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
