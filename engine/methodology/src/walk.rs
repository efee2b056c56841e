//! One walk over the spanned document against the schema: unknown keys, wrong types, missing keys, bad literals and
//! double choices, all of them, before serde reads what passed.

use std::ops::Range;

use divisor_model::Diagnostic;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::Source;
use crate::literal::{self, BadLiteral};
use crate::names::suggestion;

/// Checks a document. Nothing is added to `diagnostics` exactly when serde will read it.
pub(crate) fn walk(source: &Source, schema: &Value, document: &DeTable<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut walk = Walk { source, diagnostics };
    walk.table(schema, document, 0..0, "");
}

struct Walk<'a> {
    source: &'a Source,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn error(&mut self, code: &'static str, span: Range<usize>, message: String, help: String) {
        let place = self.source.locate(span);
        self.diagnostics
            .push(Diagnostic::error(code, message).at(place).help(help));
    }

    fn value(&mut self, schema: &Value, value: &DeValue<'_>, span: Range<usize>, path: &str) {
        let expected = expected_types(schema);
        let found = match value {
            DeValue::String(_) => "string",
            DeValue::Integer(_) if expected.contains(&"number") => "number",
            DeValue::Integer(_) => "integer",
            DeValue::Float(_) => "number",
            DeValue::Boolean(_) => "boolean",
            DeValue::Datetime(_) => "date",
            DeValue::Array(_) => "array",
            DeValue::Table(_) => "object",
        };
        if !expected.contains(&found) {
            self.wrong_type(schema, value, span, path, &expected);
            return;
        }
        match value {
            DeValue::String(text) => self.text(schema, text, span, path),
            DeValue::Table(table) => self.table(schema, table, span, path),
            DeValue::Array(items) => {
                self.length(schema, items.len(), span, path);
                for item in items.iter() {
                    self.value(&schema["items"], item.get_ref(), item.span(), path);
                }
            }
            DeValue::Integer(number) => {
                let least = schema["minimum"].as_f64();
                let number: Option<f64> = number.to_string().parse().ok();
                if let (Some(least), Some(number)) = (least, number)
                    && number < least
                {
                    self.error(
                        "M0106",
                        span,
                        format!("`{path}` must be at least {least}"),
                        String::new(),
                    );
                }
            }
            DeValue::Datetime(date) if literal::date_of_toml(date).is_none() => {
                let help = "write a date without a time: 2010-05-28".to_owned();
                self.error("M0102", span, format!("`{path}` must be a date alone"), help);
            }
            _ => {}
        }
    }

    fn wrong_type(&mut self, schema: &Value, value: &DeValue<'_>, span: Range<usize>, path: &str, expected: &[&str]) {
        let format = schema["format"].as_str().unwrap_or_default();
        let number = self.source.text.get(span.clone()).unwrap_or_default();
        if let (DeValue::Integer(_) | DeValue::Float(_), Some((code, message))) = (value, literal::example(format)) {
            self.error(code, span, message.to_owned(), literal::advice(format, number));
            return;
        }
        let wanted: Vec<&str> = expected.iter().map(|name| type_words(name)).collect();
        let found = match value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let help = match (value, expected) {
            (DeValue::String(text), ["date"]) => format!("write the date without quotes: {text}"),
            (_, ["array"]) if !value.is_table() => "put it in square brackets".to_owned(),
            (_, ["object"]) if schema.get("properties").is_some() => {
                let keys = schema["properties"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, _)| key.as_str());
                let keys: Vec<&str> = keys.collect();
                format!("a table with keys {}", keys.join(", "))
            }
            _ => String::new(),
        };
        let message = format!("`{path}` must be {}, not {found}", wanted.join(" or "));
        self.error("M0102", span, message, help);
    }

    fn text(&mut self, schema: &Value, text: &str, span: Range<usize>, path: &str) {
        let words = schema.get("enum").or_else(|| schema.get("x-words"));
        if let Some(Value::Array(words)) = words {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            if !words.contains(&text) {
                let help = suggestion(text, words.iter().copied());
                self.error("M0107", span, format!("`{path}` cannot be \"{text}\""), help);
            }
            return;
        }
        if let Some(format) = schema["format"].as_str()
            && let Err(BadLiteral { code, message, help }) = literal::check_format(format, text)
        {
            self.error(code, span, message, help);
        }
    }

    fn length(&mut self, schema: &Value, length: usize, span: Range<usize>, path: &str) {
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        let most = schema["maxItems"].as_u64().map_or(usize::MAX, |most| most as usize);
        if length < least || length > most {
            let wanted = if least == most {
                format!("exactly {least} entries")
            } else {
                format!("at least {least} {}", if least == 1 { "entry" } else { "entries" })
            };
            self.error("M0106", span, format!("`{path}` needs {wanted}"), String::new());
        }
    }

    fn table(&mut self, schema: &Value, table: &DeTable<'_>, span: Range<usize>, path: &str) {
        let none = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let choice = exactly_one(schema);
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let name: &str = key.get_ref();
            let below = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            };
            if let Some(property) = properties.get(name) {
                self.value(property, value.get_ref(), value.span(), &below);
            } else if let Some(any) = schema.get("additionalProperties").filter(|any| any.is_object()) {
                self.value(any, value.get_ref(), value.span(), &below);
            } else {
                let known = properties.keys().map(String::as_str);
                let help = suggestion(name, known);
                let place = if path.is_empty() {
                    String::new()
                } else {
                    format!(" in `{path}`")
                };
                self.error("M0104", key.span(), format!("unknown key `{name}`{place}"), help);
            }
        }
        self.required(schema, table, &span, path);
        if !choice.is_empty() {
            self.choice(&choice, table, span, path);
        }
    }

    fn required(&mut self, schema: &Value, table: &DeTable<'_>, span: &Range<usize>, path: &str) {
        let required = schema["required"].as_array().into_iter().flatten();
        for key in required
            .filter_map(Value::as_str)
            .filter(|key| !table.contains_key(*key))
        {
            let about = schema["properties"][key]["description"].as_str().unwrap_or_default();
            let (what, place) = if path.is_empty() {
                (format!("the table `[{key}]` is missing"), String::new())
            } else {
                (format!("`{key}` is missing"), format!(" in `{path}`"))
            };
            let help = first_sentence(about);
            self.error("M0103", span.clone(), format!("{what}{place}"), help);
        }
    }

    fn choice(&mut self, choice: &[&str], table: &DeTable<'_>, span: Range<usize>, path: &str) {
        let mut taken: Vec<_> = choice.iter().filter_map(|key| table.get_key_value(*key)).collect();
        taken.sort_by_key(|(key, _)| key.span().start);
        let list = choice
            .iter()
            .map(|key| format!("`{key}`"))
            .collect::<Vec<_>>()
            .join(", ");
        match taken.as_slice() {
            [_] => {}
            [] => self.error(
                "M0105",
                span,
                format!("`{path}` needs exactly one of {list}"),
                String::new(),
            ),
            [(first, _), rest @ ..] => {
                for (key, _) in rest {
                    let help = format!("`{}` stands already; keep one of {list}", first.get_ref());
                    let message = format!("`{path}` has both `{}` and `{}`", first.get_ref(), key.get_ref());
                    self.error("M0105", key.span(), message, help);
                }
            }
        }
    }
}

fn expected_types(schema: &Value) -> Vec<&str> {
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

fn exactly_one(schema: &Value) -> Vec<&str> {
    let keys = schema["x-exactly-one"].as_array().into_iter().flatten();
    keys.filter_map(Value::as_str).collect()
}

fn type_words(name: &str) -> &str {
    match name {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "date" => "a date",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

fn first_sentence(text: &str) -> String {
    text.split(". ")
        .next()
        .unwrap_or_default()
        .replace('\n', " ")
        .trim_end_matches('.')
        .to_owned()
}
