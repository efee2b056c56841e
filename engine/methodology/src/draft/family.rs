//! What a file says besides rules: the files it extends, its variants and its editions. The rules below their heads are
//! read once they are merged.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::literal::DateLiteral;
use crate::located::Located;

/// Keys of a file beside those of a rulebook.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: the keys are taken out before rules are read"
)]
pub(crate) struct FamilyDraft {
    /// Files whose rules these change, seen from this file's folder: a rulebook, or fragments without `[index]`. Of two
    /// the later wins, and this file over all.
    extends: Option<Extends>,
    /// Indexes of the same family: what is written here changes the rules of this file. Keys of `[index]` stand beside `id`.
    #[schemars(length(min = 1))]
    variant: Option<Vec<VariantHead>>,
    /// Later editions of the rules, each a change of the one before. Keys of `[index]` stand beside `id`.
    #[schemars(length(min = 1))]
    edition: Option<Vec<EditionHead>>,
}

/// `"base.toml"` or `["base.toml", "fragments/limits.toml"]`.
struct Extends;

impl JsonSchema for Extends {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Extends".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1, "examples": ["base.toml"] })
    }
}

/// What every variant states.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantHead {
    /// Id of the index.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["asia-quality"]))]
    pub(crate) id: Located<String>,
}

/// What every later edition states.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditionHead {
    /// Edition of the rule text.
    #[schemars(extend("examples" = ["2026-11"]))]
    pub(crate) id: Located<String>,
    /// In force for reviews effective on or after this date.
    #[schemars(extend("examples" = ["2026-11-01"]))]
    pub(crate) valid_from: Located<DateLiteral>,
}
