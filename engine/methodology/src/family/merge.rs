//! Rules over rules, on documents whose values still know their places: tables merge key by key, elements of lists by
//! what they are called, everything else is replaced, and `remove = true` takes out what is inherited.

use std::ops::Range;

use divisor_model::Diagnostic;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::Source;
use crate::set::{ELEMENT_KEYS, element_id};

/// The key that takes out what is inherited.
const REMOVE: &str = "remove";

/// Merges rules into inherited ones.
pub(super) struct Merge<'s, 'd> {
    pub(super) source: &'s Source,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
}

impl Merge<'_, '_> {
    /// `from` over `into`, both tables of this schema.
    pub(super) fn table<'a>(&mut self, into: &mut DeTable<'a>, from: DeTable<'a>, schema: &'static Value, path: &str) {
        leave_choice(into, &from, schema);
        for (key, value) in from {
            let name = key.get_ref().to_string();
            let below = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            let property = schema["properties"]
                .get(&name)
                .unwrap_or(&schema["additionalProperties"]);
            let inherited = into.remove(name.as_str());
            if self.is_removal(&value, property, &below, &[]) {
                if inherited.is_none() {
                    self.nothing_to_remove(&value.span(), &format!("`{below}`"));
                }
                continue;
            }
            let merged = self.value(inherited, value, property, &below);
            into.insert(key, merged);
        }
    }

    fn value<'a>(
        &mut self,
        inherited: Option<Spanned<DeValue<'a>>>,
        value: Spanned<DeValue<'a>>,
        schema: &'static Value,
        path: &str,
    ) -> Spanned<DeValue<'a>> {
        let span = value.span();
        let is_whole = schema["x-whole"].as_bool().unwrap_or(false);
        let inherited = inherited.filter(|_| !is_whole).map(Spanned::into_inner);
        let merged = match value.into_inner() {
            DeValue::Table(from) => {
                let mut into = match inherited {
                    Some(DeValue::Table(into)) => into,
                    _ => DeTable::new(),
                };
                self.table(&mut into, from, schema, path);
                DeValue::Table(into)
            }
            DeValue::Array(from) if is_named(&schema["items"]) => {
                let into = match inherited {
                    Some(DeValue::Array(into)) if !is_whole => into,
                    _ => DeArray::new(),
                };
                DeValue::Array(self.array(into, from, &schema["items"], path))
            }
            other => other,
        };
        Spanned::new(span, merged)
    }

    /// Elements of `from` over those of the same name, the others behind them.
    fn array<'a>(&mut self, into: DeArray<'a>, from: DeArray<'a>, schema: &'static Value, path: &str) -> DeArray<'a> {
        // What was inherited changes once; what has the same name then is a second element, and a mistake found later.
        let mut merged: Vec<(Option<Spanned<DeValue<'a>>>, bool)> =
            into.into_iter().map(|inherited| (Some(inherited), true)).collect();
        for value in from {
            let id = element_id(value.get_ref());
            let same = |(kept, is_inherited): &(Option<Spanned<DeValue<'_>>>, bool)| {
                let kept = kept.as_ref().filter(|_| *is_inherited);
                id.is_some() && kept.and_then(|kept| element_id(kept.get_ref())) == id
            };
            let at = merged.iter().position(same);
            let name = id.as_deref().unwrap_or_default();
            let below = format!("{path}.{name}");
            let is_removal = self.is_removal(&value, schema, &below, &ELEMENT_KEYS);
            match at {
                Some(at) if is_removal => merged[at] = (None, false),
                Some(at) => {
                    let inherited = merged[at].0.take();
                    merged[at] = (Some(self.value(inherited, value, schema, &below)), false);
                }
                None if is_removal => self.nothing_to_remove(&value.span(), &format!("`{below}`")),
                None => merged.push((Some(self.value(None, value, schema, &below)), false)),
            }
        }
        merged.into_iter().filter_map(|(kept, _)| kept).collect()
    }

    /// Whether a value takes out what is inherited. `beside` are the keys that may stand beside `remove`.
    fn is_removal(&mut self, value: &Spanned<DeValue<'_>>, schema: &Value, path: &str, beside: &[&str]) -> bool {
        // Where an analyst chooses the keys, `remove` is one as any other.
        if schema["additionalProperties"].is_object() {
            return false;
        }
        let Some(table) = value.get_ref().as_table() else {
            return false;
        };
        let Some((key, says)) = table.get_key_value(REMOVE) else {
            return false;
        };
        let alone = table.keys().all(|key| {
            let key: &str = key.get_ref();
            key == REMOVE || beside.contains(&key)
        });
        if says.get_ref().as_bool() != Some(true) || !alone {
            let with = if beside.is_empty() {
                "alone"
            } else {
                "with nothing but the name of the rule"
            };
            let message = format!("`remove` in `{path}` is no removal");
            let help = format!("to take out what is inherited write `remove = true` {with}; else leave it out");
            self.error("M0123", &key.span(), message, help);
        }
        true
    }

    fn nothing_to_remove(&mut self, span: &Range<usize>, what: &str) {
        let help =
            "take this out: only what an extended file, or the file of a variant or edition, says can be removed";
        self.error(
            "M0124",
            span,
            format!("nothing called {what} is inherited"),
            help.to_owned(),
        );
    }

    fn error(&mut self, code: &'static str, span: &Range<usize>, message: String, help: String) {
        let place = self.source.locate(span.clone());
        self.diagnostics
            .push(Diagnostic::error(code, message).at(place).help(help));
    }
}

/// Where exactly one key may stand, the one written replaces the one inherited.
fn leave_choice(into: &mut DeTable<'_>, from: &DeTable<'_>, schema: &Value) {
    let choice = schema["x-exactly-one"].as_array().into_iter().flatten();
    let choice: Vec<&str> = choice.filter_map(Value::as_str).collect();
    if choice.iter().any(|key| from.contains_key(*key)) {
        for key in choice.into_iter().filter(|key| !from.contains_key(*key)) {
            into.remove(key);
        }
    }
}

/// Whether elements of a list by this schema have names to merge by.
fn is_named(items: &Value) -> bool {
    ELEMENT_KEYS.iter().any(|key| items["properties"].get(key).is_some())
}
