//! The text of a rulebook, with what `--set` changes appended as visible lines.

use std::ops::Range;

use divisor_model::{Diagnostic, Location};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::names::closest;

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
struct Setting {
    key: String,
    key_span: Range<usize>,
    value_span: Range<usize>,
    is_toml: bool,
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

    /// The same with one key set to a TOML value, or to a text where the value is no TOML. Array elements are named by
    /// their `id`, which defaults to the `variable` or `score` they name.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        const MARK: &str = "# --set ";
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let key_start = self.text.len() + MARK.len();
        let is_toml = DeValue::parse(value).is_ok();
        self.text.push_str(&format!("{MARK}{key} = {value}\n"));
        let value_start = key_start + key.len() + " = ".len();
        self.settings.push(Setting {
            key: key.to_owned(),
            key_span: key_start..key_start + key.len(),
            value_span: value_start..value_start + value.len(),
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

    /// The place of a byte range.
    pub(crate) fn locate(&self, span: Range<usize>) -> Location {
        Location::of(&self.file, &self.text, span)
    }

    /// 1-based line of a byte position.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.text[..at.min(self.text.len())].matches('\n').count() + 1
    }

    /// The document, every syntax error of it reported.
    pub(crate) fn parse(&self, diagnostics: &mut Vec<Diagnostic>) -> Spanned<DeTable<'_>> {
        let (mut document, errors) = DeTable::parse_recoverable(&self.text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            diagnostics.push(Diagnostic::error("M0101", format!("not TOML: {message}")).at(self.locate(span)));
        }
        for setting in &self.settings {
            self.apply(setting, document.get_mut(), diagnostics);
        }
        document
    }

    fn apply<'a>(&'a self, setting: &Setting, document: &mut DeTable<'a>, diagnostics: &mut Vec<Diagnostic>) {
        let text = &self.text[setting.value_span.clone()];
        let value = match DeValue::parse(text) {
            Ok(value) if setting.is_toml => shifted(value, setting.value_span.start),
            _ => Spanned::new(setting.value_span.clone(), DeValue::String(text.into())),
        };
        let mut steps: Vec<&str> = setting.key.split('.').collect();
        let last = steps.pop().unwrap_or_default();
        let mut table = document;
        for step in steps {
            match child(table, step, &setting.key_span) {
                Ok(next) => table = next,
                Err(names) => {
                    let found = closest(step, names.iter().map(String::as_str));
                    let help = found.map_or_else(String::new, |name| format!("did you mean `{name}`?"));
                    let message = format!("--set: nothing is called `{step}` in `{}`", setting.key);
                    let place = self.locate(setting.key_span.clone());
                    diagnostics.push(Diagnostic::error("M0108", message).at(place).help(help));
                    return;
                }
            }
        }
        table.insert(Spanned::new(setting.key_span.clone(), last.to_owned().into()), value);
    }
}

/// The table one step down; in an array, the element whose id it is. A new table where a plain key has none yet.
fn child<'t, 'a>(
    table: &'t mut DeTable<'a>,
    step: &str,
    span: &Range<usize>,
) -> Result<&'t mut DeTable<'a>, Vec<String>> {
    let names = |table: &DeTable<'_>| table.keys().map(|key| key.get_ref().to_string()).collect::<Vec<_>>();
    if !table.contains_key(step) {
        // Only a table of the language may be new: an array element must exist.
        if let Some(element) = table.get("of").map(|_| "of").filter(|of| has_element(table, of, step)) {
            return element_of(table, element, step).ok_or_else(Vec::new);
        }
        if table.is_empty() || ["top", "all", "winsorize", "max_age", "buffer"].contains(&step) {
            let key = Spanned::new(span.clone(), step.to_owned().into());
            table.insert(key, Spanned::new(span.clone(), DeValue::Table(DeTable::new())));
        } else {
            return Err(names(table));
        }
    }
    let known = names(table);
    match table.get_mut(step).map(Spanned::get_mut) {
        Some(DeValue::Table(next)) => Ok(next),
        _ => Err(known),
    }
}

fn has_element(table: &DeTable<'_>, array: &str, id: &str) -> bool {
    let elements = table.get(array).and_then(|value| value.get_ref().as_array());
    elements.is_some_and(|all| all.iter().any(|one| element_id(one.get_ref()) == Some(id)))
}

fn element_of<'t, 'a>(table: &'t mut DeTable<'a>, array: &str, id: &str) -> Option<&'t mut DeTable<'a>> {
    let DeValue::Array(all) = table.get_mut(array)?.get_mut() else {
        return None;
    };
    all.iter_mut().find_map(|one| match one.get_mut() {
        value if element_id(value) != Some(id) => None,
        DeValue::Table(found) => Some(found),
        _ => None,
    })
}

fn element_id<'v>(element: &'v DeValue<'_>) -> Option<&'v str> {
    let table = element.as_table()?;
    let keys = ["id", "variable", "score", "by"];
    keys.iter().find_map(|key| table.get(*key)?.get_ref().as_str())
}

/// A value parsed on its own, moved to where it stands in the whole text.
fn shifted(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let span = value.span();
    let inner = match value.into_inner() {
        DeValue::Array(items) => DeValue::Array(items.into_iter().map(|item| shifted(item, by)).collect()),
        DeValue::Table(table) => {
            let entries = table.into_iter().map(|(key, value)| {
                let at = key.span();
                (
                    Spanned::new(at.start + by..at.end + by, key.into_inner()),
                    shifted(value, by),
                )
            });
            DeValue::Table(entries.collect())
        }
        other => other,
    };
    Spanned::new(span.start + by..span.end + by, inner)
}
