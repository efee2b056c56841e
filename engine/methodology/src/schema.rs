//! The schema of a rulebook, from the draft types: what editors complete from and what the walk checks against.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::draft::Draft;

/// The JSON Schema (draft 7) of a rulebook. Besides the standard keywords it has `x-exactly-one` (a list of keys of
/// which one must be there), `x-words` (the texts a text-or-table may be) and the formats of `literal`.
pub fn json_schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
        let mut schema = settings.into_generator().into_root_schema_for::<Draft>().to_value();
        tidy(&mut schema);
        schema
    })
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
        let text = json_schema().to_string();
        assert!(
            !text.contains("oneOf") && !text.contains("anyOf") && !text.contains("$ref"),
            "{text}"
        );
        assert!(!text.contains("\"null\""));
        let top = &json_schema()["properties"]["select"]["properties"]["top"]["properties"];
        assert_eq!(top["fraction"]["format"], "percentage");
        assert_eq!(top["prefer"]["enum"][0], "high");
    }
}
