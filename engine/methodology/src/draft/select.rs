//! `[select.*]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::narrow::NarrowDraft;
use super::{CrossingName, Nothing, PreferName, RoundingName};
use crate::buffer::BufferDraft;
use crate::columns::ColumnsDraft;
use crate::literal::Percentage;
use crate::located::Located;

/// Who becomes a member.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["all", "top", "narrow"]))]
pub(crate) struct SelectDraft {
    /// Every eligible name.
    pub(crate) all: Option<Located<Nothing>>,
    /// The best by a score or variable.
    pub(crate) top: Option<Located<TopDraft>>,
    /// What is left when the weakest are dropped again and again, until the index would be narrowed too far.
    pub(crate) narrow: Option<Located<NarrowDraft>>,
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
    /// Whoever has this variable or column above zero is a member, however many they are; `count` then is the fewest, and
    /// the best of the others fill it up. Not done by default.
    #[schemars(extend("examples" = ["full_streak"]))]
    pub(crate) every: Option<Located<String>>,
    /// This share of the ranked names.
    #[schemars(extend("examples" = ["50%"]))]
    pub(crate) fraction: Option<Located<Percentage>>,
    /// As many as it takes to cover this share of the parent's weight.
    #[schemars(extend("examples" = ["98%"]))]
    pub(crate) coverage: Option<Located<Percentage>>,
    /// Of `coverage`, what becomes of the name that crosses it: `include` (default), `exclude`, or whichever is `nearest`.
    pub(crate) crossing: Option<Located<CrossingName>>,
    /// Round the number that `fraction` or `coverage` gives to steps, by how large it is; not done by default.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "below": 100, "step": 10 }, { "step": 50 }]]))]
    pub(crate) round_to: Vec<Located<StepDraft>>,
    /// How `fraction × names`, or a number between two steps, becomes a whole number; `up` by default.
    pub(crate) rounding: Option<Located<RoundingName>>,
    /// The score or variable that ranks.
    #[schemars(extend("examples" = ["market_cap"]))]
    pub(crate) by: Located<String>,
    /// Which end is good; `high` by default.
    pub(crate) prefer: Option<Located<PreferName>>,
    /// Select within each group of this column, or of several together.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Option<Located<ColumnsDraft>>,
    /// At least this many of each group of `within`; not asked for by default.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [3]))]
    pub(crate) least_per_group: Option<Located<i64>>,
    /// No more of one group than a share of the places: names of a full group are passed over; not done by default.
    #[schemars(extend("examples" = [{ "most": "30%", "of": "sector" }]))]
    pub(crate) quota: Option<Located<QuotaDraft>>,
    /// Members stay down to this much beyond the count, newcomers enter down to this much before it; or both ends of the
    /// zone: `{ enter = "40%", stay = "60%" }` of the names or coverage, `{ enter = 80, stay = 120 }` as ranks.
    pub(crate) buffer: Option<Located<BufferDraft>>,
    /// How buffer ranks become whole numbers; `down` by default.
    pub(crate) buffer_rounding: Option<Located<RoundingName>>,
    /// Order among equals; `security_id` always comes last.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "by": "parent_weight", "prefer": "high" }]], "x-whole" = true))]
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

/// One step of rounding.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepDraft {
    /// For numbers below this; the last step has none.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [100]))]
    pub(crate) below: Option<Located<i64>>,
    /// Multiples of this.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [10]))]
    pub(crate) step: Located<i64>,
}

/// The most places one group may take.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuotaDraft {
    /// Groups of this column.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) of: Located<String>,
    /// This share of the places, rounded down, at least one.
    #[schemars(extend("examples" = ["30%"]))]
    pub(crate) most: Located<Percentage>,
}
