//! `[select.*]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Nothing, PreferName, RoundingName};
use crate::literal::Percentage;
use crate::located::Located;

/// Who becomes a member.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["all", "top"]))]
pub(crate) struct SelectDraft {
    /// Every eligible name.
    pub(crate) all: Option<Located<Nothing>>,
    /// The best by a score or variable.
    pub(crate) top: Option<Located<TopDraft>>,
}

/// The best by a score or variable.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["count", "fraction", "coverage"]))]
pub(crate) struct TopDraft {
    /// This many.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [300]))]
    pub(crate) count: Option<Located<i64>>,
    /// This share of the ranked names.
    #[schemars(extend("examples" = ["50%"]))]
    pub(crate) fraction: Option<Located<Percentage>>,
    /// As many as it takes to cover this share of the parent's weight.
    #[schemars(extend("examples" = ["98%"]))]
    pub(crate) coverage: Option<Located<Percentage>>,
    /// How `fraction × names` becomes a whole number; `up` by default.
    pub(crate) rounding: Option<Located<RoundingName>>,
    /// The score or variable that ranks.
    #[schemars(extend("examples" = ["market_cap"]))]
    pub(crate) by: Located<String>,
    /// Which end is good; `high` by default.
    pub(crate) prefer: Option<Located<PreferName>>,
    /// Select within each group of this column.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Option<Located<String>>,
    /// Members stay down to this much beyond the count; newcomers enter down to this much before it.
    pub(crate) buffer: Option<Located<Percentage>>,
    /// How buffer ranks become whole numbers; `down` by default.
    pub(crate) buffer_rounding: Option<Located<RoundingName>>,
    /// Order among equals; `security_id` always comes last.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "by": "parent_weight", "prefer": "high" }]]))]
    pub(crate) ties: Vec<Located<TieDraft>>,
}

/// One key of the tie chain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TieDraft {
    /// A variable, snapshot column, `parent_weight` or `security_id`.
    #[schemars(extend("examples" = ["parent_weight"]))]
    pub(crate) by: Located<String>,
    /// Which end goes first.
    pub(crate) prefer: Located<PreferName>,
}
