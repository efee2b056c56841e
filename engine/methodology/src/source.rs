//! The text of a rulebook, with what `--set` changes appended as visible lines.

use std::ops::Range;

use divisor_model::{Diagnostic, Location};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{set, syntax};

/// A rulebook's text and the name its messages use.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file as the user named it.
    pub file: String,
    /// Its text, then one comment line for each setting.
    pub text: String,
    settings: Vec<Setting>,
}

/// One `--set KEY=VALUE`: where its key and value stand in the text.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value_span: Range<usize>,
    pub(crate) is_toml: bool,
}

impl Source {
    /// The text of a file.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
            settings: Vec::new(),
        }
    }

    /// The same with one key set to a TOML value, or to a text where the value is no TOML. The key is a dotted path,
    /// `select.top.count`; elements of arrays are named by their `id`, which defaults to the `variable` or `score` they
    /// name: `limit.issuer-cap.max`.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        const MARK: &str = "# --set ";
        // A line break would end the comment and make the rest of the value part of the document.
        let one_line = |text: &str| text.replace(char::is_control, " ");
        let (key, value) = (one_line(key), one_line(value));
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let key_start = self.text.len() + MARK.len();
        let is_toml = DeValue::parse(&value).is_ok();
        self.text.extend([MARK, &key, " = ", &value, "\n"]);
        let value_start = key_start + key.len() + " = ".len();
        self.settings.push(Setting {
            key_span: key_start..key_start + key.len(),
            value_span: value_start..value_start + value.len(),
            key,
            is_toml,
        });
        self
    }

    /// The text without what `--set` appended.
    pub fn written(&self) -> &str {
        let end = self.settings.first().map_or(self.text.len(), |first| {
            self.text[..first.key_span.start].rfind('\n').map_or(0, |at| at + 1)
        });
        &self.text[..end]
    }

    /// The place of a byte range: its first line, since a table may reach over many.
    pub(crate) fn locate(&self, span: Range<usize>) -> Location {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let length = text.find(['\r', '\n']).unwrap_or(text.len());
        Location::of(&self.file, &self.text, span.start..span.start + length)
    }

    /// 1-based line of a byte position.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.text[..at.min(self.text.len())].matches('\n').count() + 1
    }

    /// The document as written and then as set, every mistake of that reported.
    pub(crate) fn parse(&self, diagnostics: &mut Vec<Diagnostic>) -> Spanned<DeTable<'_>> {
        let (mut document, errors) = DeTable::parse_recoverable(&self.text);
        syntax::report(self, errors, diagnostics);
        for setting in &self.settings {
            set::apply(self, setting, document.get_mut(), diagnostics);
        }
        document
    }
}
