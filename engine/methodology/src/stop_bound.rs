//! Where narrowing stops, as written: `"2 x broad"`, `"1%"`, `"0.5 x parent"`, `100`.

use std::borrow::Cow;
use std::fmt;

use divisor_model::Fraction;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::literal::{BadLiteral, BoundLiteral, bound, split_number};

/// A bound of the loop that narrows an index.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StopBoundDraft {
    /// So many.
    Number(i64),
    /// So many times what the broad index has.
    TimesBroad(Fraction),
    /// A weight in the index.
    Weight(Fraction),
    /// So many times the weight in the parent.
    TimesParent(Fraction),
}

/// Reads a text; the schema's format `stop-bound`.
pub(crate) fn stop_bound(text: &str) -> Result<StopBoundDraft, BadLiteral> {
    let (number, unit) = split_number(text);
    if unit.split_whitespace().eq(["x", "broad"])
        && let Some(times) = Fraction::parse_decimal(number, 0)
    {
        return Ok(StopBoundDraft::TimesBroad(times));
    }
    match bound(text) {
        Ok(BoundLiteral::Weight(weight)) => Ok(StopBoundDraft::Weight(weight)),
        Ok(BoundLiteral::TimesParent(times)) => Ok(StopBoundDraft::TimesParent(times)),
        _ => {
            let help = if unit == "x" || (unit.is_empty() && !number.is_empty()) {
                let of_group = if unit == "x" {
                    format!("\"{number} x parent\"")
                } else {
                    format!("\"{number}%\" or \"{number} x parent\"")
                };
                format!(
                    "write \"{number} x broad\" for that many times what the broad index has, or {of_group} of a group"
                )
            } else {
                "write \"2 x broad\", or \"1%\" or \"0.5 x parent\" of a group".to_owned()
            };
            let message = format!("\"{text}\" is no bound to stop at");
            Err(BadLiteral::new("M0461", message, help))
        }
    }
}

struct NumberOrText;

impl Visitor<'_> for NumberOrText {
    type Value = StopBoundDraft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number or a bound")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<StopBoundDraft, E> {
        Ok(StopBoundDraft::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<StopBoundDraft, E> {
        stop_bound(text).map_err(|bad| E::custom(bad.message))
    }
}

impl<'de> Deserialize<'de> for StopBoundDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrText)
    }
}

impl JsonSchema for StopBoundDraft {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "StopBound".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "format": "stop-bound", "minimum": 1 })
    }
}
