//! One walk over the spanned document against the schema: unknown keys, wrong types, missing keys, bad literals and
//! double choices, all of them, before serde reads the rest. What is wrong is replaced by a stand-in, so that the
//! checks that follow see everything else.

mod types;

use std::ops::Range;

use divisor_model::Diagnostic;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use crate::Source;
use crate::advice;
use crate::literal::{self, BadLiteral};
use crate::names::{closest, suggestion};
use crate::set::element_id;
use crate::stand_in::{is_nowhere, key_nowhere, stand_in};

pub(crate) use types::expected_types;
use types::{mend_type, type_of};

/// Reports what is wrong with the shape of a document and mends it; serde reads the result.
pub(crate) fn walk(
    source: &Source,
    schema: &'static Value,
    document: &mut DeTable<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut walk = Walk::new(source, diagnostics);
    walk.table(schema, document, &(0..0), "");
}

/// Reports what is wrong with one value and mends it.
pub(crate) fn value(
    source: &Source,
    schema: &'static Value,
    value: &mut Spanned<DeValue<'_>>,
    path: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    Walk::new(source, diagnostics).value(schema, value, path);
}

/// Whether a value has the type of its schema, and a list entries; nothing in it is looked at.
pub(crate) fn only_itself(
    source: &Source,
    schema: &Value,
    value: &Spanned<DeValue<'_>>,
    path: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let mut walk = Walk::new(source, diagnostics);
    let expected = expected_types(schema);
    let good = expected.contains(&type_of(value.get_ref(), &expected));
    if !good {
        walk.wrong_type(schema, value, path, &expected);
    } else if let DeValue::Array(items) = value.get_ref() {
        walk.length(schema, items.len(), &value.span(), path);
    }
    good
}

/// Reports what is wrong with a table of its own schema and mends it.
pub(crate) fn table(
    source: &Source,
    schema: &'static Value,
    (table, span): (&mut DeTable<'_>, &Range<usize>),
    path: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    Walk::new(source, diagnostics).table(schema, table, span, path);
}

struct Walk<'a> {
    source: &'a Source,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// Whether `extends` is misspelt: then what is missing may stand in the file that it means.
    is_base_unread: bool,
}

/// Keys that were taken out, or read, before rules are walked: of a file, and of what inherits.
const OF_FILES: [&str; 3] = ["edition", "extends", "variant"];
const OF_HEIRS: [&str; 1] = ["remove"];

impl<'a> Walk<'a> {
    fn new(source: &'a Source, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        Self {
            source,
            diagnostics,
            is_base_unread: false,
        }
    }
}

impl Walk<'_> {
    fn error(&mut self, code: &'static str, span: &Range<usize>, message: String, help: String) {
        if !is_nowhere(span) {
            let place = self.source.locate(span.clone());
            self.diagnostics
                .push(Diagnostic::error(code, message).at(place).help(help));
        }
    }

    fn value(&mut self, schema: &'static Value, value: &mut Spanned<DeValue<'_>>, path: &str) {
        let expected = expected_types(schema);
        if !expected.contains(&type_of(value.get_ref(), &expected)) {
            self.wrong_type(schema, value, path, &expected);
            mend_type(schema, value, &expected);
        }
        let span = value.span();
        let found = self.diagnostics.len();
        let good = match value.get_mut() {
            DeValue::String(text) => self.text(schema, text, &span, path),
            DeValue::Integer(number) => self.integer(schema, number, &span, path),
            DeValue::Float(number) => self.float(schema, number.as_str(), &span, path),
            DeValue::Datetime(date) if literal::date_of_toml(date).is_none() => {
                let help = match date.date {
                    Some(day) => format!("write the date without a time: {day}"),
                    None => "write a date: 2010-05-28".to_owned(),
                };
                self.error("M0102", &span, format!("`{path}` must be a date alone"), help);
                false
            }
            DeValue::Table(table) => {
                self.table(schema, table, &span, path);
                true
            }
            DeValue::Array(items) => {
                self.array(schema, items, &span, path);
                true
            }
            _ => true,
        };
        // Of a text or a table nothing is left that the checks could speak about, where it is wrong inside.
        let is_wrong_inside = expected.len() > 1 && self.diagnostics.len() > found;
        if !good || is_wrong_inside {
            *value = stand_in(schema);
        }
    }

    /// Whether a whole number, of whatever base, is within the bounds of its schema and of what serde can read.
    fn integer(&mut self, schema: &Value, number: &DeInteger<'_>, span: &Range<usize>, path: &str) -> bool {
        let least = schema["minimum"].as_f64();
        let most = schema["maximum"].as_f64();
        let is_short = schema["format"] == "int32";
        let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let read = read.filter(|value| !is_short || i32::try_from(*value).is_ok());
        let is_negative = number.as_str().starts_with('-');
        let is_below = |least: f64| read.map_or(is_negative, |value| (value as f64) < least);
        let is_above = |most: f64| read.map_or(!is_negative, |value| value as f64 > most);
        let message = match (least, most, read) {
            (Some(least), ..) if is_below(least) => format!("`{path}` must be at least {least}, not {number}"),
            (_, Some(most), _) if is_above(most) => format!("`{path}` must be at most {most}, not {number}"),
            (.., None) => format!("`{path}` cannot be as large as {number}"),
            _ => return true,
        };
        let help = match (least, most) {
            (Some(least), Some(most)) => format!("write a number from {least} to {most}"),
            _ => number_help(schema),
        };
        self.error("M0106", span, message, help);
        false
    }

    /// Whether a number with decimals is one that a computer has; `inf` and `nan` are for the checks to judge.
    fn float(&mut self, schema: &Value, number: &str, span: &Range<usize>, path: &str) -> bool {
        let is_too_large = number.parse().is_ok_and(f64::is_infinite) && !number.contains("inf");
        if is_too_large {
            let message = format!("`{path}` cannot be as large as {number}");
            self.error("M0106", span, message, number_help(schema));
        }
        !is_too_large
    }

    /// Whether a text is one that serde and the checks can read.
    fn text(&mut self, schema: &Value, text: &str, span: &Range<usize>, path: &str) -> bool {
        let words = schema.get("enum").or_else(|| schema.get("x-words"));
        if let Some(Value::Array(words)) = words {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            let good = words.contains(&text);
            if !good {
                let message = format!("`{path}` cannot be \"{text}\"");
                self.error("M0107", span, message, advice::words(text, &words));
            }
            return good;
        }
        let format = schema["format"].as_str().unwrap_or_default();
        match literal::check_format(format, text) {
            Ok(()) => true,
            Err(BadLiteral { code, message, help }) => {
                self.error(code, span, message, help);
                // A bad id still is the name others use for its rule.
                format == "id"
            }
        }
    }

    fn array(&mut self, schema: &'static Value, items: &mut DeArray<'_>, span: &Range<usize>, path: &str) {
        self.length(schema, items.len(), span, path);
        for item in items.iter_mut() {
            let below = match element_id(item.get_ref()) {
                Some(id) => format!("{path}.{id}"),
                None => path.to_owned(),
            };
            self.value(&schema["items"], item, &below);
        }
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        while items.len() < least {
            items.push(stand_in(&schema["items"]));
        }
    }

    fn length(&mut self, schema: &Value, length: usize, span: &Range<usize>, path: &str) {
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        let most = schema["maxItems"].as_u64().map_or(usize::MAX, |most| most as usize);
        if (least..=most).contains(&length) {
            return;
        }
        let wanted = match (least == most, least) {
            (true, _) => format!("exactly {least} entries"),
            (false, 1) => "at least one entry".to_owned(),
            (false, _) => format!("at least {least} entries"),
        };
        let help = advice::example(schema).map_or_else(String::new, |example| format!("for example {example}"));
        let message = match length {
            0 => format!("`{path}` is empty; it needs {wanted}"),
            _ => format!("`{path}` needs {wanted}, not {length}"),
        };
        self.error("M0106", span, message, help);
    }

    fn table(&mut self, schema: &'static Value, table: &mut DeTable<'_>, span: &Range<usize>, path: &str) {
        let unknown = self.unknown_keys(schema, table, path);
        self.required(schema, table, span, path, unknown);
        self.choice(schema, table, span, path, unknown);
        let any = &schema["additionalProperties"];
        for (key, value) in table.iter_mut() {
            let name: &str = key.get_ref();
            let below = joined(path, name);
            let property = schema["properties"].get(name);
            self.value(property.unwrap_or(any), value, &below);
        }
    }

    /// Reports and takes out the keys the language does not have; one that is a known key misspelt is put under its
    /// right name. How many are left without a meaning.
    fn unknown_keys(&mut self, schema: &'static Value, table: &mut DeTable<'_>, path: &str) -> usize {
        if schema["additionalProperties"].is_object() {
            return 0;
        }
        let known: Vec<&'static str> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect();
        let unknown = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let unknown: Vec<(String, Range<usize>)> = unknown.map(|key| (key.get_ref().to_string(), key.span())).collect();
        let mut left = 0;
        for (name, span) in unknown {
            let absent = known.iter().copied().filter(|key| !table.contains_key(*key));
            let meant = closest(&name, absent);
            let elsewhere: &[&str] = if path.is_empty() { &OF_FILES } else { &OF_HEIRS };
            let elsewhere = closest(&name, elsewhere.iter().copied()).filter(|_| meant.is_none());
            self.is_base_unread |= path.is_empty() && elsewhere == Some("extends");
            let missing = missing_keys(schema, table);
            let help = match (meant.or(elsewhere), missing.as_slice()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, [only]) => format!("did you mean `{only}`, which is missing here?"),
                _ if known.is_empty() => "take it out: this table has no keys".to_owned(),
                _ => suggestion(&name, known.iter().copied()),
            };
            let place = if path.is_empty() {
                String::new()
            } else {
                format!(" in `{path}`")
            };
            self.error("M0104", &span, format!("unknown key `{name}`{place}"), help);
            let value = table.remove(name.as_str());
            match (meant, value) {
                (Some(meant), Some(value)) => {
                    table.insert(Spanned::new(span, meant.into()), value);
                }
                _ => left += 1,
            }
        }
        left
    }

    /// Reports missing keys; as many as there are unknown ones may be meant by those.
    fn required(
        &mut self,
        schema: &'static Value,
        table: &mut DeTable<'_>,
        span: &Range<usize>,
        path: &str,
        unknown: usize,
    ) {
        let missing = missing_keys(schema, table);
        let excused = unknown > 0 && missing.len() == 1;
        for key in missing {
            let property = &schema["properties"][key];
            let message = if path.is_empty() {
                format!("the table `[{key}]` is missing")
            } else {
                format!("`{key}` is missing in `{path}`")
            };
            if !excused && !self.is_base_unread {
                self.error("M0103", span, message, advice::to_add(key, property, path));
            }
            table.insert(key_nowhere(key), stand_in(property));
        }
    }

    fn choice(
        &mut self,
        schema: &'static Value,
        table: &mut DeTable<'_>,
        span: &Range<usize>,
        path: &str,
        unknown: usize,
    ) {
        let choice: Vec<&'static str> = schema["x-exactly-one"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut taken: Vec<(Range<usize>, &str)> = Vec::new();
        for key in &choice {
            taken.extend(table.get_key_value(*key).map(|(written, _)| (written.span(), *key)));
        }
        taken.sort_by_key(|(span, _)| span.start);
        match (taken.as_slice(), choice.first()) {
            ([], Some(first)) => {
                if unknown == 0 && !self.is_base_unread {
                    let list: Vec<String> = choice.iter().map(|key| format!("`{key}`")).collect();
                    let message = format!("`{path}` needs exactly one of {}", list.join(", "));
                    self.error("M0105", span, message, advice::choices(&choice, schema, path));
                }
                table.insert(key_nowhere(first), stand_in(&schema["properties"][*first]));
            }
            ([(_, first), rest @ ..], _) => {
                for (at, key) in rest {
                    let message = format!("`{path}` has both `{first}` and `{key}`");
                    self.error(
                        "M0105",
                        at,
                        message,
                        "keep one of them: they exclude each other".to_owned(),
                    );
                }
            }
            ([], None) => {}
        }
    }
}

fn number_help(schema: &Value) -> String {
    advice::example(schema).map_or_else(
        || "write a smaller number".to_owned(),
        |example| format!("write a number such as {example}"),
    )
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn missing_keys(schema: &'static Value, table: &DeTable<'_>) -> Vec<&'static str> {
    let required = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    required.filter(|key| !table.contains_key(*key)).collect()
}
