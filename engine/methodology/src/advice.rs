//! What a message advises to write: taken from the schema, so that it is right for the key at hand.

use serde_json::Value;

use crate::literal;
use crate::names::{closest, in_quotes};

/// A value one could write here, as TOML.
pub(crate) fn example(schema: &Value) -> Option<String> {
    if let Some(example) = schema["examples"].get(0) {
        return Some(toml_text(example, schema));
    }
    let words = schema.get("enum").or_else(|| schema.get("x-words"));
    if let Some(word) = words.and_then(|words| words[0].as_str()) {
        return Some(format!("\"{word}\""));
    }
    if let Some(sample) = schema["format"].as_str().and_then(literal::sample) {
        return Some(format!("\"{sample}\""));
    }
    (schema["type"] == "boolean").then(|| "true".to_owned())
}

/// A table with what it requires, of keys that have examples: `{ variable = "book_value" }`.
pub(crate) fn entry(schema: &Value) -> Option<String> {
    let required = schema["required"].as_array().into_iter().flatten();
    let choice = schema["x-exactly-one"].as_array().into_iter().flatten().take(1);
    let keys = required.chain(choice).filter_map(Value::as_str);
    let pairs: Option<Vec<String>> = keys
        .map(|key| Some(format!("{key} = {}", example(&schema["properties"][key])?)))
        .collect();
    let pairs = pairs.filter(|pairs| !pairs.is_empty())?;
    Some(format!("{{ {} }}", pairs.join(", ")))
}

/// An example of the schema as TOML. Dates are texts in JSON and none in TOML.
fn toml_text(example: &Value, schema: &Value) -> String {
    match example {
        Value::String(text) if schema["format"] == "date" => text.clone(),
        Value::Array(items) => {
            let items = items.iter().map(|item| toml_text(item, &schema["items"]));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries =
                entries.map(|(key, value)| format!("{key} = {}", toml_text(value, &schema["properties"][key])));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// `add by = "market_cap": the score or variable that ranks`, or the header of a missing table.
pub(crate) fn to_add(key: &str, schema: &Value, path: &str) -> String {
    let about = about(schema);
    let what = match example(schema) {
        Some(example) => format!("{key} = {example}"),
        None => header(key, schema, path),
    };
    if about.is_empty() {
        format!("add {what}")
    } else {
        format!("add {what}: {about}")
    }
}

fn header(key: &str, schema: &Value, path: &str) -> String {
    let whole = if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    };
    let choice: Vec<&str> = schema["x-exactly-one"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    match choice.split_last() {
        Some((last, [])) => format!("[{whole}.{last}]"),
        Some((last, rest)) => {
            let rest: Vec<String> = rest.iter().map(|one| format!("[{whole}.{one}]")).collect();
            format!("{} or [{whole}.{last}]", rest.join(", "))
        }
        None => format!("[{whole}]"),
    }
}

/// What one of a choice of keys would look like: `[select.all]`, or `count = 300`.
pub(crate) fn choices(choice: &[&str], schema: &Value, path: &str) -> String {
    let written = choice.iter().map(|key| {
        let property = &schema["properties"][*key];
        match example(property) {
            Some(example) => format!("{key} = {example}"),
            None => format!("[{path}.{key}]"),
        }
    });
    let written: Vec<String> = written.collect();
    match written.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("write {} or {last}", rest.join(", ")),
        _ => String::new(),
    }
}

/// The first sentence of a description, to stand after a colon.
fn about(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let first = text.split(". ").next().unwrap_or_default();
    let first = first.replace('\n', " ");
    let mut letters = first.trim_end_matches('.').chars();
    let head = letters.next().map(|letter| letter.to_ascii_lowercase());
    head.into_iter().chain(letters).collect()
}

/// Help where a word is none of the fixed ones.
pub(crate) fn words(word: &str, known: &[&str]) -> String {
    let short = |known: &&str| word.len() > 2 && known.to_lowercase().starts_with(&word.to_lowercase());
    let mut begun = known.iter().copied().filter(short);
    let only = begun.next().filter(|_| begun.next().is_none());
    match only.or_else(|| closest(word, known.iter().copied())) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write {}", in_quotes(known)),
    }
}

/// `a text`, `a list or a table`.
pub(crate) fn type_names(expected: &[&str]) -> String {
    let words: Vec<&str> = expected.iter().map(|name| type_name(name)).collect();
    words.join(" or ")
}

fn type_name(name: &str) -> &str {
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
