//! What stands where a value was wrong or missing, so that one mistake hides no other: the check goes on, and says
//! nothing about what the analyst did not write.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeFloat, DeInteger, DeTable, DeValue};

use crate::literal;

/// The place of what is written nowhere. A mistake at it is dropped: it follows from one already reported.
pub(crate) const NOWHERE: Range<usize> = usize::MAX - 1..usize::MAX;

/// Whether a place is that of a stand-in.
pub(crate) fn is_nowhere(span: &Range<usize>) -> bool {
    span.start >= NOWHERE.start
}

/// A value that serde reads by this schema.
pub(crate) fn stand_in(schema: &'static Value) -> Spanned<DeValue<'static>> {
    Spanned::new(NOWHERE, inner(schema))
}

fn inner(schema: &'static Value) -> DeValue<'static> {
    match super::walk::expected_types(schema).first().copied() {
        Some("object") => DeValue::Table(table(schema)),
        Some("array") => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            DeValue::Array((0..least).map(|_| stand_in(&schema["items"])).collect::<DeArray<'_>>())
        }
        Some("integer") => parsed("1").unwrap_or(DeValue::Integer(DeInteger::default())),
        Some("number") => parsed("1.0").unwrap_or(DeValue::Float(DeFloat::default())),
        Some("boolean") => DeValue::Boolean(false),
        Some("date") => parsed("2000-01-01").unwrap_or(DeValue::Boolean(false)),
        _ => DeValue::String(Cow::Borrowed(text(schema))),
    }
}

fn parsed(text: &'static str) -> Option<DeValue<'static>> {
    DeValue::parse(text).ok().map(Spanned::into_inner)
}

fn text(schema: &'static Value) -> &'static str {
    let words = schema.get("enum").or_else(|| schema.get("x-words"));
    let first = words.and_then(|words| words[0].as_str());
    let format = schema["format"].as_str().unwrap_or_default();
    // Where any text will do, a name that every rulebook may use.
    first.or_else(|| literal::sample(format)).unwrap_or("parent_weight")
}

/// A table with what it requires and the first of what it must choose from.
fn table(schema: &'static Value) -> DeTable<'static> {
    let mut table = DeTable::new();
    let required = schema["required"].as_array().into_iter().flatten();
    let choice = schema["x-exactly-one"].as_array().into_iter().flatten().take(1);
    for key in required.chain(choice).filter_map(Value::as_str) {
        table.insert(key_nowhere(key), stand_in(&schema["properties"][key]));
    }
    table
}

/// A key that nobody wrote.
pub(crate) fn key_nowhere(key: &'static str) -> Spanned<Cow<'static, str>> {
    Spanned::new(NOWHERE, Cow::Borrowed(key))
}
