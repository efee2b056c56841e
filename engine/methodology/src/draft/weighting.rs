//! Weighting schemes and what is done to their weights.

use schemars::JsonSchema;
use serde::Deserialize;

use super::EmptyGroup;
use crate::literal::{Percentage, Points};
use crate::located::Located;

/// In proportion to one over a variable.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InverseDraft {
    /// The variable; it must be above zero.
    #[schemars(extend("examples" = ["volatility_1y"]))]
    pub(crate) variable: Located<String>,
    /// Raise the variable to this power first; 1 by default, 2 makes a variance of a deviation.
    #[schemars(extend("examples" = [2]))]
    pub(crate) power: Option<Located<f64>>,
}

/// In proportion to a variable.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProportionalDraft {
    /// The variable, such as a dividend stream or a market cap; it must be above zero.
    #[schemars(extend("examples" = ["market_cap"]))]
    pub(crate) variable: Located<String>,
    /// Raise it to this power first; 1 by default.
    #[schemars(extend("examples" = [0.5]))]
    pub(crate) power: Option<Located<f64>>,
}

/// The weight in the parent plus the same for everyone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EqualExcessDraft {
    /// Share out within each group of this column, so that groups weigh as in the parent; the whole index by default.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Option<Located<String>>,
    /// Where a group of the parent has no member: an `error` (default), or `spread` its weight over the rest.
    pub(crate) empty: Option<Located<EmptyGroup>>,
}

/// Groups reset to their weights in the parent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NeutralDraft {
    /// The column of the groups.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Located<String>,
    /// Bring only groups further than this from the parent to this distance, in one pass; a [[limit]] with `within` holds
    /// however many it takes. Reset to the parent by default.
    #[schemars(extend("examples" = ["5pp"]))]
    pub(crate) band: Option<Located<Points>>,
    /// Where a group of the parent has no member: an `error` (default), or `spread` its weight over the rest.
    pub(crate) empty: Option<Located<EmptyGroup>>,
}

/// Members dropped for weighing too little.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropLightDraft {
    /// Whoever weighs less is dropped, and the others are weighted and limited anew, until nobody weighs less.
    #[schemars(extend("examples" = ["0.05%"]))]
    pub(crate) below: Located<Percentage>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}

/// A limit on what a review trades.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TurnoverDraft {
    /// At most this much of the index.
    #[schemars(extend("examples" = ["20%"]))]
    pub(crate) max: Located<Percentage>,
    /// Counted `one-way` (default), half the sum of all trades, or `two-way`, their sum.
    pub(crate) measure: Option<Located<MeasureName>>,
    /// Where members that leave are too much already: an `error`, or `least` (default), trade nothing else.
    pub(crate) unreachable: Option<Located<UnreachableName>>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}

/// Parts of the index that are reset in turn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TranchesDraft {
    /// How many: each review resets one of them, the first review all.
    #[schemars(range(min = 2, max = 12))]
    #[schemars(extend("examples" = [4]))]
    pub(crate) count: Located<i64>,
    /// What a tranche weighs: what it `drifted` to (default), never topped up, or an `equal` part again at every review.
    pub(crate) size: Option<Located<TrancheSizeName>>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}

words! {
    TrancheSizeName { Drifted, Equal }
    MeasureName { OneWay, TwoWay }
    UnreachableName { Least, Error }
}
