//! A buffer as written: a share around the count, or both ends of its zone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use divisor_model::Fraction;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::literal::percentage;

/// `"20%"`, or `{ enter = 80, stay = 120 }`.
#[derive(Debug, Clone)]
pub(crate) enum BufferDraft {
    Share(Fraction),
    Zone {
        enter: Option<NumberOrShare>,
        stay: Option<NumberOrShare>,
    },
}

/// `80` or `"40%"`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NumberOrShare {
    Number(i64),
    Share(Fraction),
}

struct End;

impl Visitor<'_> for End {
    type Value = NumberOrShare;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number or a percentage")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<NumberOrShare, E> {
        Ok(NumberOrShare::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<NumberOrShare, E> {
        percentage(text)
            .map(NumberOrShare::Share)
            .map_err(|bad| E::custom(bad.message))
    }
}

impl<'de> Deserialize<'de> for NumberOrShare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(End)
    }
}

impl JsonSchema for NumberOrShare {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NumberOrShare".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "format": "percentage", "minimum": 1 })
    }
}

struct Buffer;

impl<'de> Visitor<'de> for Buffer {
    type Value = BufferDraft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a percentage or a table")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<BufferDraft, E> {
        percentage(text)
            .map(BufferDraft::Share)
            .map_err(|bad| E::custom(bad.message))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BufferDraft, A::Error> {
        let mut ends: BTreeMap<String, NumberOrShare> = BTreeMap::new();
        while let Some((key, end)) = map.next_entry()? {
            ends.insert(key, end);
        }
        Ok(BufferDraft::Zone {
            enter: ends.remove("enter"),
            stay: ends.remove("stay"),
        })
    }
}

impl<'de> Deserialize<'de> for BufferDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Buffer)
    }
}

impl JsonSchema for BufferDraft {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "BufferDraft".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "object"],
            "format": "percentage",
            "properties": {
                "enter": {
                    "type": ["string", "integer"],
                    "format": "percentage",
                    "minimum": 0,
                    "description": "newcomers are in down to this rank or share"
                },
                "stay": {
                    "type": ["string", "integer"],
                    "format": "percentage",
                    "minimum": 1,
                    "description": "members stay down to this rank or share"
                }
            },
            "additionalProperties": false
        })
    }
}
