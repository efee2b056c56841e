//! `--set KEY=VALUE` applied to a document: a walk down the dotted path beside the schema.

use std::ops::Range;

use divisor_model::Diagnostic;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::names::suggestion;
use crate::source::{Setting, Source};
use crate::walk::expected_types;

/// Sets one key. A path that leads nowhere is reported, pointing at the step that fails.
pub(crate) fn apply<'a>(
    source: &'a Source,
    setting: &Setting,
    document: &mut DeTable<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let text = &source.text[setting.value_span.clone()];
    let value = match DeValue::parse(text) {
        Ok(value) if setting.is_toml => shifted(value, setting.value_span.start),
        _ => Spanned::new(setting.value_span.clone(), DeValue::String(text.into())),
    };
    let path = Path {
        key: &setting.key,
        key_span: &setting.key_span,
        steps: setting.key.split('.').collect(),
    };
    if let Err(bad) = in_table(document, crate::schema::rules_schema(), &path, 0, value) {
        let place = source.locate(path.step_span(bad.step));
        let message = format!("--set: {}", bad.message);
        diagnostics.push(Diagnostic::error("M0108", message).at(place).help(bad.help));
    }
}

/// A dotted key and where it stands.
struct Path<'p> {
    key: &'p str,
    key_span: &'p Range<usize>,
    steps: Vec<&'p str>,
}

impl Path<'_> {
    fn is_last(&self, step: usize) -> bool {
        step + 1 == self.steps.len()
    }

    /// What was walked down before a step, for messages.
    fn before(&self, step: usize) -> String {
        if step == 0 {
            "a rulebook".to_owned()
        } else {
            format!("`{}`", self.steps[..step].join("."))
        }
    }

    fn step_span(&self, step: usize) -> Range<usize> {
        let before: usize = self.steps[..step].iter().map(|one| one.len() + 1).sum();
        let start = self.key_span.start + before;
        start..start + self.steps[step].len().max(1)
    }
}

/// The step that leads nowhere.
struct BadStep {
    step: usize,
    message: String,
    help: String,
}

fn in_table<'a>(
    table: &mut DeTable<'a>,
    schema: &'static Value,
    path: &Path<'_>,
    step: usize,
    value: Spanned<DeValue<'a>>,
) -> Result<(), BadStep> {
    let name = path.steps[step];
    if name.is_empty() {
        let message = format!("the key `{}` has an empty step", path.key);
        let help = "write the path with dots: select.top.count".to_owned();
        return Err(BadStep { step, message, help });
    }
    let property = property(schema, table, path, step)?;
    if path.is_last(step) {
        table.insert(Spanned::new(path.key_span.clone(), name.to_owned().into()), value);
        return Ok(());
    }
    if !table.contains_key(name) {
        let key = Spanned::new(path.key_span.clone(), name.to_owned().into());
        table.insert(key, Spanned::new(path.key_span.clone(), DeValue::Table(DeTable::new())));
    }
    match table.get_mut(name) {
        Some(next) => in_value(next, property, path, step + 1, value),
        None => Ok(()),
    }
}

/// The schema of a key. Keys the language does not have are refused, and so are rules nobody wrote: a setting changes
/// a rule or adds a key to one.
fn property(
    schema: &'static Value,
    table: &DeTable<'_>,
    path: &Path<'_>,
    step: usize,
) -> Result<&'static Value, BadStep> {
    let name = path.steps[step];
    let any = schema.get("additionalProperties").filter(|any| any.is_object());
    let properties = schema["properties"].as_object();
    let Some(property) = properties.and_then(|known| known.get(name)).or(any) else {
        let known = properties.into_iter().flatten().map(|(key, _)| key.as_str());
        let help = suggestion(name, known);
        let message = format!("{} has no key `{name}`", path.before(step));
        return Err(BadStep { step, message, help });
    };
    let may_be_new = path.is_last(step) || (any.is_none() && expected_types(property).contains(&"object"));
    if table.contains_key(name) || may_be_new {
        return Ok(property);
    }
    if any.is_none() {
        let message = format!("the rulebook has no `{}`", path.steps[..=step].join("."));
        let help = "a setting changes rules; write new ones into the rulebook".to_owned();
        return Err(BadStep { step, message, help });
    }
    let written: Vec<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
    Err(BadStep {
        step,
        message: format!("{} has no `{name}`", path.before(step)),
        help: suggestion(name, written.iter().map(String::as_str)),
    })
}

fn in_value<'a>(
    node: &mut Spanned<DeValue<'a>>,
    schema: &'static Value,
    path: &Path<'_>,
    step: usize,
    value: Spanned<DeValue<'a>>,
) -> Result<(), BadStep> {
    let may_be_table = expected_types(schema).contains(&"object");
    if may_be_table && !node.get_ref().is_table() {
        // A text where a table may stand too: `over = "eligible"` becomes `over = { after = … }`.
        *node = Spanned::new(path.key_span.clone(), DeValue::Table(DeTable::new()));
    }
    match node.get_mut() {
        DeValue::Table(table) => in_table(table, schema, path, step, value),
        DeValue::Array(items) => {
            let name = path.steps[step];
            let ids: Vec<String> = items.iter().filter_map(|item| element_id(item.get_ref())).collect();
            let found = items
                .iter_mut()
                .find(|item| element_id(item.get_ref()).as_deref() == Some(name));
            match found {
                Some(item) if path.is_last(step) => *item = value,
                Some(item) => return in_value(item, &schema["items"], path, step + 1, value),
                None => {
                    let message = format!("no element of {} is called `{name}`", path.before(step));
                    let help = suggestion(name, ids.iter().map(String::as_str));
                    return Err(BadStep { step, message, help });
                }
            }
            Ok(())
        }
        _ => Err(BadStep {
            step,
            message: format!("{} has no keys below it", path.before(step)),
            help: format!("set it as a whole: {}", path.steps[..step].join(".")),
        }),
    }
}

/// The keys that may name an element of an array, the first of them that is there.
pub(crate) const ELEMENT_KEYS: [&str; 6] = ["id", "variable", "score", "by", "instead_of", "rule"];

/// What an element of an array is called: its `id`, else the variable, score or date it names.
pub(crate) fn element_id(element: &DeValue<'_>) -> Option<String> {
    let table = element.as_table()?;
    let named = ELEMENT_KEYS.iter().find_map(|key| table.get(*key))?;
    match named.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Datetime(date) => Some(date.to_string()),
        _ => None,
    }
}

/// A value parsed on its own, moved to where it stands in the whole text.
fn shifted(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let span = value.span();
    let inner = match value.into_inner() {
        DeValue::Array(items) => DeValue::Array(items.into_iter().map(|item| shifted(item, by)).collect()),
        DeValue::Table(table) => DeValue::Table(shifted_table(table, by)),
        other => other,
    };
    Spanned::new(span.start + by..span.end + by, inner)
}

/// A table parsed on its own, moved likewise.
pub(crate) fn shifted_table(table: DeTable<'_>, by: usize) -> DeTable<'_> {
    if by == 0 {
        return table;
    }
    let entries = table.into_iter().map(|(key, value)| {
        let at = key.span();
        let key = Spanned::new(at.start + by..at.end + by, key.into_inner());
        (key, shifted(value, by))
    });
    entries.collect()
}
