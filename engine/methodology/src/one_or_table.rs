//! Values that are a text or a small table. Read by visitors, not by serde's untagged buffering, which loses places.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::literal::{BoundLiteral, OneBound, bound};

/// `"world"`, `{ index = "other-id" }` or `{ indexes = ["one-id", "other-id"] }`.
#[derive(Debug, Clone)]
pub(crate) enum ParentDraft {
    Universe(String),
    Index(String),
    Indexes(Vec<String>),
}

/// `"5%"`, `"20 x parent"`, `"parent + 5pp"`, `{ lower_of = [...] }` or `{ higher_of = [...] }`.
#[derive(Debug, Clone)]
pub(crate) enum BoundDraft {
    One(BoundLiteral),
    LowerOf(Vec<BoundLiteral>),
    HigherOf(Vec<BoundLiteral>),
}

/// `"eligible"`, `"parent"` or `{ after = "SCREEN-ID" }`.
#[derive(Debug, Clone)]
pub(crate) enum OverDraft {
    Eligible,
    Parent,
    After(String),
}

/// A missing policy by name, or `{ substitute = "variable" }`.
#[derive(Debug, Clone)]
pub(crate) enum MissingDraft {
    Named(String),
    Substitute(String),
}

/// `"zero"` or `"missing"` for all measures, or a table by measure.
#[derive(Debug, Clone)]
pub(crate) enum SignDraft {
    All(String),
    Each(BTreeMap<String, String>),
}

/// The policies [`MissingDraft::Named`] may name.
pub(crate) const MISSING_POLICIES: [&str; 5] = ["exclude-security", "average-others", "zero", "worst", "neutral-rank"];

/// Reads a text by `text` or a table of `V` by `table`.
struct OneOrTable<T, V> {
    text: fn(&str) -> Option<T>,
    table: fn(BTreeMap<String, V>) -> Option<T>,
}

impl<'de, T, V: Deserialize<'de>> Visitor<'de> for OneOrTable<T, V> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text or a table")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.text)(text).ok_or_else(|| E::custom("unexpected text"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            entries.insert(key, value);
        }
        (self.table)(entries).ok_or_else(|| A::Error::custom("unexpected table"))
    }
}

fn only<V>(mut entries: BTreeMap<String, V>, key: &str) -> Option<V> {
    if entries.len() == 1 { entries.remove(key) } else { None }
}

/// Declares `Deserialize` and `JsonSchema` of one such type.
macro_rules! one_or_table {
    ($name:ident, $value:ty, $text:expr, $table:expr, $schema:tt) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(OneOrTable::<Self, $value> {
                    text: $text,
                    table: $table,
                })
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// One id, or several.
struct Ids(Vec<String>);

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdsVisitor;
        impl<'de> Visitor<'de> for IdsVisitor {
            type Value = Ids;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an id or a list of ids")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Ids, E> {
                Ok(Ids(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ids, A::Error> {
                let mut ids = Vec::new();
                while let Some(id) = list.next_element()? {
                    ids.push(id);
                }
                Ok(Ids(ids))
            }
        }
        deserializer.deserialize_any(IdsVisitor)
    }
}

one_or_table!(
    ParentDraft,
    Ids,
    |text| Some(ParentDraft::Universe(text.to_owned())),
    |entries| {
        let (of, mut ids) = entries.into_iter().next()?;
        if of == "indexes" {
            return Some(ParentDraft::Indexes(ids.0));
        }
        ids.0.pop().map(ParentDraft::Index)
    },
    {
        "type": ["string", "object"],
        "properties": {
            "index": { "type": "string", "format": "id", "description": "id of the parent index" },
            "indexes": {
                "type": "array",
                "minItems": 2,
                "items": { "type": "string", "format": "id" },
                "examples": [["world-quality", "world-momentum"]],
                "description": "ids of several: the mean of their weights"
            }
        },
        "x-exactly-one": ["index", "indexes"],
        "additionalProperties": false
    }
);

one_or_table!(
    BoundDraft,
    Vec<OneBound>,
    |text| bound(text).ok().map(BoundDraft::One),
    |entries| {
        let (of, all) = entries.into_iter().next()?;
        let all = all.into_iter().map(|one| one.0).collect();
        Some(if of == "lower_of" { BoundDraft::LowerOf(all) } else { BoundDraft::HigherOf(all) })
    },
    {
        "type": ["string", "object"],
        "format": "bound",
        "properties": {
            "lower_of": {
                "type": "array",
                "minItems": 2,
                "items": { "type": "string", "format": "bound" },
                "examples": [["1.5%", "20 x parent"]],
                "description": "the lowest of these"
            },
            "higher_of": {
                "type": "array",
                "minItems": 2,
                "items": { "type": "string", "format": "bound" },
                "examples": [["2 x parent", "parent + 5pp"]],
                "description": "the highest of these"
            }
        },
        "x-exactly-one": ["lower_of", "higher_of"],
        "additionalProperties": false
    }
);

one_or_table!(
    OverDraft,
    String,
    |text| match text {
        "eligible" => Some(OverDraft::Eligible),
        "parent" => Some(OverDraft::Parent),
        _ => None,
    },
    |entries| only(entries, "after").map(OverDraft::After),
    {
        "type": ["string", "object"],
        "x-words": ["eligible", "parent"],
        "properties": { "after": { "type": "string", "description": "id of the screen that must have been passed" } },
        "required": ["after"],
        "additionalProperties": false
    }
);

one_or_table!(
    MissingDraft,
    String,
    |text| MISSING_POLICIES.contains(&text).then(|| MissingDraft::Named(text.to_owned())),
    |entries| only(entries, "substitute").map(MissingDraft::Substitute),
    {
        "type": ["string", "object"],
        "x-words": ["exclude-security", "average-others", "zero", "worst", "neutral-rank"],
        "properties": { "substitute": { "type": "string", "description": "variable that stands in" } },
        "required": ["substitute"],
        "additionalProperties": false
    }
);

one_or_table!(
    SignDraft,
    String,
    |text| ["zero", "missing"].contains(&text).then(|| SignDraft::All(text.to_owned())),
    |entries| Some(SignDraft::Each(entries)),
    {
        "type": ["string", "object"],
        "x-words": ["zero", "missing"],
        "additionalProperties": { "type": "string", "enum": ["zero", "missing"] }
    }
);
