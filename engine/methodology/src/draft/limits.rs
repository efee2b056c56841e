//! Limits that are no plain bound.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::literal::Percentage;
use crate::located::Located;
use crate::one_or_table::BoundDraft;

/// A bound in place of `within` for what is small in the parent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmallDraft {
    /// Up to and including this weight in the parent.
    #[schemars(extend("examples" = ["2.5%"]))]
    pub(crate) up_to: Located<Percentage>,
    /// At most this.
    #[schemars(extend("examples" = ["3 x parent"]))]
    pub(crate) max: Located<BoundDraft>,
}

/// At most so much in everything above a weight.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConcentrationDraft {
    /// What weighs more than this counts.
    #[schemars(extend("examples" = ["5%"]))]
    pub(crate) above: Located<Percentage>,
    /// Together at most this.
    #[schemars(extend("examples" = ["40%"]))]
    pub(crate) max: Located<Percentage>,
    /// Who gives way: `nearest` (default) the nearest weights that hold, `breach` step by step the one with which the sum
    /// from the largest down is too much, `smallest` step by step the smallest that counts.
    pub(crate) cut: Option<Located<CutName>>,
}

words! {
    CutName { Nearest, Breach, Smallest }
    RedistributeName { Proportional, Equal, Power }
}
