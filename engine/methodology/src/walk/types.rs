//! The types of values: those a schema allows, how a wrong one is told, and what stands in its place.

use std::ops::Range;

use chrono::NaiveDate;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeValue};

use super::Walk;
use crate::advice;
use crate::literal;
use crate::stand_in::{NOWHERE, stand_in};

impl Walk<'_> {
    /// Says that a value has another type than its schema allows, and what to write.
    pub(super) fn wrong_type(&mut self, schema: &Value, value: &Spanned<DeValue<'_>>, path: &str, expected: &[&str]) {
        let span = value.span();
        let written = self.source.slice(span.clone()).unwrap_or_default();
        let format = schema["format"].as_str().unwrap_or_default();
        let is_number = matches!(value.get_ref(), DeValue::Integer(_) | DeValue::Float(_));
        if let (true, Some((code, message))) = (is_number, literal::unit_missing(format)) {
            self.error(code, &span, message.to_owned(), literal::advice(format, written));
            return;
        }
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) if expected == ["integer"] => "a number with decimals",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{path}` must be {}, not {found}", advice::type_names(expected));
        let is_header = self.is_header(&span);
        let help = match keyed_entry(schema, value.get_ref()) {
            Some(name) if is_header => {
                format!("write [[{path}]] with double brackets, and below it id = \"{name}\": there may be several")
            }
            _ => type_help(schema, value.get_ref(), (written, is_header), path, expected),
        };
        self.error("M0102", &span, message, help);
    }

    /// Whether a place is that of a table's header, not of a list that is a value.
    fn is_header(&self, span: &Range<usize>) -> bool {
        self.source
            .line_before(span.start)
            .trim_start()
            .chars()
            .all(|c| c == '[')
            && self.source.slice(span.clone()).is_some_and(|text| {
                let is_of_key = |c: char| c.is_alphanumeric() || "-_.[] ".contains(c);
                text.lines().next().unwrap_or_default().chars().all(is_of_key)
            })
    }
}

/// The types a schema allows; a date is a text in JSON and a type of its own in TOML.
pub(crate) fn expected_types(schema: &Value) -> Vec<&str> {
    if schema["format"] == "date" {
        return vec!["date"];
    }
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        // A list of words without a type.
        _ if schema.get("enum").is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

/// The type of a value as a schema says it.
pub(super) fn type_of(value: &DeValue<'_>, expected: &[&str]) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) if expected.contains(&"number") => "number",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

/// What to write instead of a value of the wrong type.
fn type_help(
    schema: &Value,
    value: &DeValue<'_>,
    (written, is_header): (&str, bool),
    path: &str,
    expected: &[&str],
) -> String {
    let words: Vec<&str> = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    match (value, expected) {
        _ if !words.is_empty() && expected == ["string"] => format!("write {}", crate::names::in_quotes(&words)),
        (DeValue::Table(_), ["array"]) if is_header => {
            format!("write [[{path}]] with double brackets: there may be several")
        }
        (DeValue::Array(_), ["object"]) if is_header => {
            format!("write [{path}] with single brackets: there is only one")
        }
        (_, ["array"]) => format!(
            "put it in square brackets: [{}]",
            written.lines().next().unwrap_or_default()
        ),
        (DeValue::String(text), ["date"]) => {
            let is_date = NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
            let date = if is_date { text } else { "2010-05-28" };
            format!("write the date without quotes, the year first: {date}")
        }
        (DeValue::String(text), ["integer" | "number"]) => {
            let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
            if digits.parse::<f64>().is_ok_and(f64::is_finite) {
                return format!("write the number without quotes: {digits}");
            }
            advice::example(schema).map_or_else(String::new, |example| format!("write a number: {example}"))
        }
        (DeValue::Float(_), ["integer"]) => "write it without decimals".to_owned(),
        (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_), ["string", ..]) => {
            format!("put it in quotes: \"{written}\"")
        }
        (_, ["boolean"]) => "write true or false, without quotes".to_owned(),
        _ => {
            let example = advice::example(schema).or_else(|| advice::entry(schema));
            example.map_or_else(String::new, |example| format!("write {example}"))
        }
    }
}

/// The name of `[limit.NAME]`, written where `[[limit]]` with that id is meant.
fn keyed_entry<'v>(schema: &Value, value: &'v DeValue<'_>) -> Option<&'v str> {
    let items = &schema["items"];
    let has_id = items["required"].as_array()?.iter().any(|key| key == "id");
    let table = value.as_table().filter(|_| has_id)?;
    let is_entry = |key: &str, value: &DeValue<'_>| value.is_table() && items["properties"].get(key).is_none();
    let all = table
        .iter()
        .all(|(key, value)| is_entry(key.get_ref(), value.get_ref()));
    let first = table.keys().next().filter(|_| all)?;
    Some(first.get_ref())
}

/// Puts what is meant in place of a value of the wrong type: a list around what should be in one, else a stand-in.
pub(super) fn mend_type(schema: &'static Value, value: &mut Spanned<DeValue<'_>>, expected: &[&str]) {
    let items = &schema["items"];
    if keyed_entry(schema, value.get_ref()).is_some() {
        *value = entries_of_keys(value);
        return;
    }
    if expected != ["array"] || !expected_types(items).contains(&type_of(value.get_ref(), &expected_types(items))) {
        *value = stand_in(schema);
        return;
    }
    let span = value.span();
    let only = std::mem::replace(value, Spanned::new(NOWHERE, DeValue::Boolean(false)));
    *value = Spanned::new(span, DeValue::Array(std::iter::once(only).collect()));
}

/// `[limit.NAME]` as `[[limit]]` with that id.
fn entries_of_keys<'a>(value: &mut Spanned<DeValue<'a>>) -> Spanned<DeValue<'a>> {
    let span = value.span();
    let mut entries = DeArray::new();
    if let DeValue::Table(table) = std::mem::replace(value.get_mut(), DeValue::Boolean(false)) {
        for (key, mut entry) in table {
            let at = key.span();
            if let DeValue::Table(table) = entry.get_mut() {
                let id = Spanned::new(at.clone(), DeValue::String(key.into_inner()));
                table.entry(Spanned::new(at, "id".into())).or_insert(id);
            }
            entries.push(entry);
        }
    }
    Spanned::new(span, DeValue::Array(entries))
}
