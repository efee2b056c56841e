//! One column or several together: `"sector"`, `["country", "sector"]`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The columns whose texts together make a group, the widest first.
#[derive(Debug, Clone)]
pub(crate) struct ColumnsDraft(pub(crate) Vec<String>);

struct TextOrList;

impl<'de> Visitor<'de> for TextOrList {
    type Value = ColumnsDraft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a column or a list of columns")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ColumnsDraft, E> {
        Ok(ColumnsDraft(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ColumnsDraft, A::Error> {
        let mut columns = Vec::new();
        while let Some(column) = list.next_element()? {
            columns.push(column);
        }
        Ok(ColumnsDraft(columns))
    }
}

impl<'de> Deserialize<'de> for ColumnsDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrList)
    }
}

impl JsonSchema for ColumnsDraft {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ColumnsDraft".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1 })
    }
}
