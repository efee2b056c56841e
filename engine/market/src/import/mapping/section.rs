//! Tables of a mapping file, read key by key. Whatever is wrong is collected with its place, so that one reading tells
//! all mistakes; a key nobody asked for is unknown.

use std::cell::RefCell;
use std::ops::Range;

use divisor_model::{Diagnostic, Location, closest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mapping file being read.
pub(crate) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    found: RefCell<Vec<Diagnostic>>,
}

/// One of its tables.
pub(crate) struct Section<'r> {
    pub(crate) reader: &'r Reader<'r>,
    pub(crate) path: String,
    pub(crate) span: Range<usize>,
    table: &'r DeTable<'r>,
    known: Vec<&'static str>,
}

/// A value and where it stands.
pub(crate) type Written<T> = (T, Range<usize>);

impl<'t> Reader<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: RefCell::new(Vec::new()),
        }
    }

    /// Parses the file; mistakes of TOML itself are found too, the first of each line.
    pub(crate) fn parse(&self) -> Spanned<DeTable<'t>> {
        let (document, mut errors) = DeTable::parse_recoverable(self.text);
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        let mut last_line = 0;
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let line = Location::of(self.file, self.text, span.clone()).line;
            if line != last_line {
                let words: Vec<&str> = error.message().lines().collect();
                self.error("D0301", &span, format!("not TOML: {}", words.join("; ")), "");
            }
            last_line = line;
        }
        document
    }

    /// Reports a mistake at the first line of a span.
    pub(crate) fn error(&self, code: &'static str, span: &Range<usize>, message: String, help: impl Into<String>) {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let length = written.find(['\r', '\n']).unwrap_or(written.len());
        let place = Location::of(self.file, self.text, span.start..span.start + length);
        let diagnostic = Diagnostic::error(code, message).at(place).help(help);
        self.found.borrow_mut().push(diagnostic);
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.found.borrow().is_empty()
    }

    /// All that was found, by place.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|one| one.location.as_ref().map_or(0, |place| place.span.start));
        found
    }
}

impl<'r> Section<'r> {
    pub(crate) fn new(reader: &'r Reader<'r>, path: String, span: Range<usize>, table: &'r DeTable<'r>) -> Self {
        Self {
            reader,
            path,
            span,
            table,
            known: Vec::new(),
        }
    }

    /// The dotted path of a key.
    pub(crate) fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// A value of any type.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'r Spanned<DeValue<'r>>> {
        self.known.push(key);
        self.table.get(key)
    }

    /// All entries, where names are the writer's own, in the order they are written.
    pub(crate) fn entries(&self) -> Vec<(Written<&'r str>, &'r Spanned<DeValue<'r>>)> {
        let entries = self.table.iter();
        let mut entries: Vec<_> = entries
            .map(|(key, value)| ((key.get_ref().as_ref(), key.span()), value))
            .collect();
        entries.sort_by_key(|((_, span), _)| span.start);
        entries
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<Written<&'r str>> {
        let value = self.value(key)?;
        self.as_text(key, value)
    }

    /// A text of one character.
    pub(crate) fn character(&mut self, key: &'static str) -> Option<char> {
        let (text, span) = self.text(key)?;
        let mut all = text.chars();
        if let (Some(one), None) = (all.next(), all.next()) {
            return Some(one);
        }
        let message = format!("`{}` must be one character, not \"{text}\"", self.key(key));
        self.reader.error("D0306", &span, message, "");
        None
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        flag
    }

    /// A count.
    pub(crate) fn count(&mut self, key: &'static str) -> Option<usize> {
        let value = self.value(key)?;
        let count = value
            .get_ref()
            .as_integer()
            .and_then(|number| number.as_str().parse().ok());
        if count.is_none() {
            self.wrong_type(key, value, "a whole number from 0");
        }
        count
    }

    /// A list of texts, or one text alone.
    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.value(key)?;
        self.as_texts(key, value)
    }

    /// A list of texts, or one text alone, of an entry.
    pub(crate) fn as_texts(&self, key: &str, value: &'r Spanned<DeValue<'r>>) -> Option<Vec<String>> {
        match value.get_ref() {
            DeValue::String(text) => Some(vec![text.to_string()]),
            DeValue::Array(items) => {
                let texts = items.iter().map(|item| Some(self.as_text(key, item)?.0.to_owned()));
                texts.collect()
            }
            _ => {
                self.wrong_type(key, value, "a list of texts");
                None
            }
        }
    }

    /// A table below.
    pub(crate) fn section(&mut self, key: &'static str) -> Option<Section<'r>> {
        let value = self.value(key)?;
        self.as_section(key, value)
    }

    /// A table below, of an entry.
    pub(crate) fn as_section(&self, key: &str, value: &'r Spanned<DeValue<'r>>) -> Option<Section<'r>> {
        if let Some(table) = value.get_ref().as_table() {
            return Some(Section::new(self.reader, self.key(key), value.span(), table));
        }
        self.wrong_type(key, value, "a table");
        None
    }

    fn as_text(&self, key: &str, value: &'r Spanned<DeValue<'r>>) -> Option<Written<&'r str>> {
        if let Some(text) = value.get_ref().as_str() {
            return Some((text, value.span()));
        }
        self.wrong_type(key, value, "a text");
        None
    }

    /// Reports a value of the wrong type.
    pub(crate) fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let span = value.span();
        let written = self.reader.text.get(span.clone()).unwrap_or_default();
        let is_plain = !matches!(value.get_ref(), DeValue::Array(_) | DeValue::Table(_));
        let help = match wanted {
            "a text" | "a list of texts" if is_plain => format!("put it in quotes: \"{written}\""),
            "true or false" => "write true or false, without quotes".to_owned(),
            "a date" => "write it without quotes: 2020-05-28".to_owned(),
            "a number" => "write it without quotes: 1.5".to_owned(),
            _ => String::new(),
        };
        let message = format!("`{}` must be {wanted}", self.key(key));
        self.reader.error("D0302", &span, message, help);
    }

    /// Reports a key that must be there.
    pub(crate) fn missing(&self, key: &str, help: impl Into<String>) {
        let message = format!("`{}` is missing", self.key(key));
        self.reader.error("D0303", &self.span, message, help);
    }

    /// Reports the keys nobody asked for.
    pub(crate) fn finish(self) {
        for ((name, span), _) in self.entries() {
            if self.known.contains(&name) {
                continue;
            }
            let absent = self.known.iter().copied().filter(|key| !self.table.contains_key(*key));
            let help = match closest(name, absent) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", listed(&self.known)),
            };
            let place = if self.path.is_empty() {
                String::new()
            } else {
                format!(" in `{}`", self.path)
            };
            self.reader
                .error("D0304", &span, format!("unknown key `{name}`{place}"), help);
        }
    }
}

/// `` `a`, `b` ``.
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}
