//! `[[screen]]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{DropOverName, RoundingName, ScreenMissing};
use crate::columns::ColumnsDraft;
use crate::literal::Percentage;
use crate::located::Located;

/// An eligibility rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["keep", "drop"]))]
pub(crate) struct ScreenDraft {
    /// Stable id.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["positive-book"]))]
    pub(crate) id: Located<String>,
    /// A formula that is true for what stays.
    #[schemars(extend("examples" = ["book_value > 0"]))]
    pub(crate) keep: Option<Located<String>>,
    /// The formula for names that are members now; the same for all by default.
    #[schemars(extend("examples" = ["market_cap > 1bn"]))]
    pub(crate) keep_members: Option<Located<String>>,
    /// Or what leaves: the lowest or highest share by a number.
    #[schemars(extend("examples" = [{ "bottom": "5%", "by": "market_cap" }]))]
    pub(crate) drop: Option<Located<DropDraft>>,
    /// Where there is no answer because an input is missing: `exclude` (default) or `keep`.
    pub(crate) missing: Option<Located<ScreenMissing>>,
    /// Why the rule exists.
    pub(crate) because: Option<Located<String>>,
}

/// A share of the names that leaves, by rank.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["bottom", "top"]))]
pub(crate) struct DropDraft {
    /// The lowest values leave.
    #[schemars(extend("examples" = ["5%"]))]
    pub(crate) bottom: Option<Located<Percentage>>,
    /// The highest values leave.
    #[schemars(extend("examples" = ["5%"]))]
    pub(crate) top: Option<Located<Percentage>>,
    /// The share for names that are members now; the same for all by default.
    #[schemars(extend("examples" = ["2.5%"]))]
    pub(crate) members: Option<Located<Percentage>>,
    /// The score, variable or column that ranks.
    #[schemars(extend("examples" = ["market_cap"]))]
    pub(crate) by: Located<String>,
    /// Within each group of this column, or of several together; over all by default.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Option<Located<ColumnsDraft>>,
    /// Who is counted: names `passing` the screens before (default), or the whole `parent`.
    pub(crate) over: Option<Located<DropOverName>>,
    /// How `share × names` becomes a whole number; `down` by default.
    pub(crate) rounding: Option<Located<RoundingName>>,
}
