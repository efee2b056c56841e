//! The schema of a rulebook, from the draft types: what editors complete from and what the walk checks against.

use std::sync::OnceLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::draft::Draft;
use crate::draft::family::{EditionHead, FamilyDraft, VariantHead};

/// The schema of whole rules, as they are after files, editions and variants are merged: what the walk checks against.
/// Besides the standard keywords it has `x-exactly-one` (a list of keys of which one must be there), `x-words` (the texts
/// a text-or-table may be), `x-whole` (replaced as a whole, never merged) and the formats of `literal`.
pub(crate) fn rules_schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(schema_of::<Draft>)
}

/// The schemas of the heads of blocks.
pub(crate) struct Heads {
    pub(crate) variant: Value,
    pub(crate) edition: Value,
}

pub(crate) fn heads() -> &'static Heads {
    static HEADS: OnceLock<Heads> = OnceLock::new();
    HEADS.get_or_init(|| Heads {
        variant: schema_of::<VariantHead>(),
        edition: schema_of::<EditionHead>(),
    })
}

/// The JSON Schema (draft 7) of a file, for editors. A file may leave to others what its rulebook needs, so nothing but
/// names is required; `divisor check` says what is missing once files are merged.
pub fn json_schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut file = partial(rules_schema());
        let mut family = schema_of::<FamilyDraft>();
        for (block, refused) in [("variant", &["index"][..]), ("edition", &["index", "base", "edition"])] {
            let items = &mut family["properties"][block]["items"];
            // Pointers keep the schema a third as long.
            for from in ["/properties/index/properties", "/properties"] {
                for key in file
                    .pointer(from)
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(Map::keys)
                {
                    let known = items["properties"].get(key).is_some() || key == "remove";
                    if !known && !refused.contains(&key.as_str()) {
                        items["properties"][key] = json!({ "$ref": format!("#{from}/{key}") });
                    }
                }
            }
        }
        for (key, value) in family["properties"].as_object().into_iter().flatten() {
            file["properties"][key] = value.clone();
        }
        file
    })
}

/// The same of which nothing is required but the names of rules, and where `remove = true` may stand.
fn partial(schema: &Value) -> Value {
    let mut schema = schema.clone();
    loosen(&mut schema);
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.remove("remove");
    }
    schema
}

fn loosen(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(required)) = object.get_mut("required") {
                required.retain(|key| key == "id");
                if required.is_empty() {
                    object.remove("required");
                }
            }
            object.values_mut().for_each(loosen);
            let is_closed = object.get("additionalProperties") == Some(&Value::Bool(false));
            if let Some(Value::Object(properties)) = object.get_mut("properties").filter(|_| is_closed) {
                let remove = json!({ "type": "boolean", "description": "true: take out what is inherited" });
                properties.insert("remove".to_owned(), remove);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    schema
}

/// TOML has no null, and editors do better without choices of schemas: optional fields lose their null alternative,
/// and a choice of constants becomes a list of words.
fn tidy(schema: &mut Value) {
    if let Value::Object(object) = schema {
        for choice in ["anyOf", "oneOf"] {
            let Some(Value::Array(branches)) = object.get(choice) else {
                continue;
            };
            let mut branches = branches.clone();
            branches.retain(|branch| branch.get("type") != Some(&Value::from("null")));
            if let [only] = branches.as_slice() {
                object.remove(choice);
                for (key, value) in only.as_object().into_iter().flatten() {
                    object.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(words)) = object.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
        object.remove("default");
        for value in object.values_mut() {
            tidy(value);
        }
    } else if let Value::Array(items) = schema {
        items.iter_mut().for_each(tidy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_no_choice_of_schemas_and_no_null() {
        let text = rules_schema().to_string();
        assert!(
            !text.contains("oneOf") && !text.contains("anyOf") && !text.contains("$ref"),
            "{text}"
        );
        assert!(!text.contains("\"null\""));
        let text = json_schema().to_string();
        assert!(!text.contains("oneOf") && !text.contains("anyOf"), "{text}");
        let top = &json_schema()["properties"]["select"]["properties"]["top"]["properties"];
        assert_eq!(top["fraction"]["format"], "percentage");
        assert_eq!(top["prefer"]["enum"][0], "high");
    }
}
