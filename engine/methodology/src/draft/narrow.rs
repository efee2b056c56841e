//! `[select.narrow]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::TieDraft;
use crate::buffer::NumberOrShare;
use crate::located::Located;
use crate::stop_bound::StopBoundDraft;

/// What is left when the weakest are dropped again and again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NarrowDraft {
    /// The score or variable the index is narrowed for.
    #[schemars(extend("examples" = ["quality"]))]
    pub(crate) by: Located<String>,
    /// Who goes first: who has the least `contribution` (default), the weight before limits times the value, or the
    /// least `value`.
    pub(crate) order: Option<Located<NarrowOrderName>>,
    /// How many names a round drops, or which share of those left, rounded up; 1 by default.
    #[schemars(extend("examples" = [1]))]
    pub(crate) drop: Option<Located<NumberOrShare>>,
    /// Whether the round that crosses a stop counts: `exclude` (default) takes it back, `include` keeps it.
    pub(crate) crossing: Option<Located<RoundCrossingName>>,
    /// Never fewer names than this; 1 by default.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [50]))]
    pub(crate) least: Option<Located<i64>>,
    /// Where no stop is crossed before the least number is left: an `error` (default), or `keep` those.
    pub(crate) unfinished: Option<Located<NarrowEndName>>,
    /// Order among equals; `security_id` always comes last.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "by": "parent_weight", "prefer": "high" }]], "x-whole" = true))]
    pub(crate) ties: Vec<Located<TieDraft>>,
    /// Where narrowing stops: at the first that a round crosses.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [[{ "id": "effective-names", "min": "0.67 x broad", "on": "effective-names" }]]))]
    pub(crate) stop: Vec<Located<StopDraft>>,
}

/// One bound at which narrowing stops.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["max", "min"]))]
pub(crate) struct StopDraft {
    /// Stable id.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["effective-names"]))]
    pub(crate) id: Located<String>,
    /// What is looked at: `exposure`, `capacity`, `effective-names`, or the weight of each group of a text column such as
    /// `sector`.
    #[schemars(extend("examples" = ["effective-names"]))]
    pub(crate) on: Located<String>,
    /// The score or variable of an `exposure`; that of `by` by default.
    #[schemars(extend("examples" = ["quality"]))]
    pub(crate) of: Option<Located<String>>,
    /// Stops where it would be above this.
    #[schemars(extend("examples" = ["2 x broad"]))]
    pub(crate) max: Option<Located<StopBoundDraft>>,
    /// Stops where it would be below this.
    #[schemars(extend("examples" = ["0.67 x broad"]))]
    pub(crate) min: Option<Located<StopBoundDraft>>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}

words! {
    NarrowOrderName { Contribution, Value }
    RoundCrossingName { Exclude, Include }
    NarrowEndName { Error, Keep }
}
