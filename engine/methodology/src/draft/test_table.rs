//! `[[test]]`: a tiny universe and what the rules must make of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::literal::DateLiteral;
use crate::located::Located;

/// The columns of one row.
pub(crate) type Cells = BTreeMap<String, Located<Cell>>;

/// A tiny universe and what the rules must make of it. Run by `divisor test`; no part of the rules or their hash.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestDraft {
    /// Stable id, said where the test fails.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["best-two-of-three"]))]
    pub(crate) id: Located<String>,
    /// What the test shows.
    pub(crate) because: Option<Located<String>>,
    /// Day the data is known at, which is also the snapshot's; `index.base.date` by default.
    #[schemars(extend("examples" = ["2020-04-30"]))]
    pub(crate) cutoff: Option<Located<DateLiteral>>,
    /// The parent: a row a security with its snapshot columns. A column with the name of a variable states its value,
    /// and the variable's formula is not computed.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [[{ "market_cap": 100, "security_id": "A" }]]))]
    pub(crate) universe: Located<Vec<Located<Cells>>>,
    /// Publications that history functions read.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "known_on": "2020-02-14", "period_end": "2019-12-31", "security_id": "A", "values": { "eps": 1.5 } }]]))]
    pub(crate) fundamentals: Vec<Located<PublicationDraft>>,
    /// Keys of the rulebook changed for this test, as with `--set`: rules for hundreds of names made small.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "select.top.count": 2 }]))]
    pub(crate) set: Cells,
    /// Who was a member before; nobody by default.
    #[serde(default)]
    #[schemars(extend("examples" = [["A"]]))]
    pub(crate) previous: Vec<Located<String>>,
    /// By how much numbers may differ; 1e-9 by default.
    #[schemars(extend("examples" = [1e-6]))]
    pub(crate) tolerance: Option<Located<f64>>,
    /// What must come out.
    #[schemars(extend("examples" = [{ "members": ["A"] }]))]
    pub(crate) expect: Located<ExpectDraft>,
}

/// One publication of a security's figures.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicationDraft {
    /// Whose.
    #[schemars(extend("examples" = ["A"]))]
    pub(crate) security_id: Located<String>,
    /// Kind of period; a fiscal year by default.
    pub(crate) period: Option<Located<PeriodName>>,
    /// Last day of the period.
    #[schemars(extend("examples" = ["2019-12-31"]))]
    pub(crate) period_end: Located<DateLiteral>,
    /// Day it was published.
    #[schemars(extend("examples" = ["2020-02-14"]))]
    pub(crate) known_on: Located<DateLiteral>,
    /// Its figures.
    #[schemars(extend("examples" = [{ "eps": 1.5 }]))]
    pub(crate) values: Located<BTreeMap<String, Located<f64>>>,
}

/// What must come out; what is not said is not looked at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectDraft {
    /// All members, in any order.
    #[schemars(extend("examples" = [["A", "B"]]))]
    pub(crate) members: Option<Located<Vec<Located<String>>>>,
    /// Weights of some members, fractions; 0 for who is none.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "A": 0.5 }]))]
    pub(crate) weights: BTreeMap<String, Located<f64>>,
    /// Values of scores: `{ quality = { A = 1.0 } }`.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "quality": { "A": 1.0 } }]))]
    pub(crate) scores: BTreeMap<String, Located<BTreeMap<String, Located<f64>>>>,
    /// Values of variables: `{ roe = { A = 0.2 } }`.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "roe": { "A": 0.2 } }]))]
    pub(crate) variables: BTreeMap<String, Located<BTreeMap<String, Located<f64>>>>,
    /// Ranks in the selection, 1 the best.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "A": 1 }]))]
    pub(crate) ranks: BTreeMap<String, Located<i64>>,
    /// The rule that decided: for who is out the screen, `select` or `weight`; for members the limit that moved their
    /// weight, else `weight`.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "C": "positive-book" }]))]
    pub(crate) reasons: BTreeMap<String, Located<String>>,
    /// Names without this score or variable: `{ quality = ["C"] }`.
    #[serde(default)]
    #[schemars(extend("examples" = [{ "quality": ["C"] }]))]
    pub(crate) missing: BTreeMap<String, Located<Vec<Located<String>>>>,
    /// Code of the error the review must end in.
    #[schemars(extend("examples" = ["R0201"]))]
    pub(crate) fails: Option<Located<String>>,
}

/// Kinds of reporting periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum PeriodName {
    FY,
    H,
    Q,
    #[serde(rename = "TTM")]
    Ttm,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Number(f64),
    Text(String),
    Flag(bool),
}

impl JsonSchema for Cell {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string", "boolean"] })
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CellVisitor;
        impl Visitor<'_> for CellVisitor {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a number, a text, true or false")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Cell, E> {
                Ok(Cell::Number(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Cell, E> {
                Ok(Cell::Number(number as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Cell, E> {
                Ok(Cell::Flag(flag))
            }
        }
        deserializer.deserialize_any(CellVisitor)
    }
}
