//! What `[review]` may say beside one set of dates: cut-offs by kind of data, and months that only reset weights.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{DateRuleDraft, Month};
use crate::literal::DateLiteral;
use crate::located::Located;

/// Cut-offs of their own; what is left out has `cutoff`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CutoffsDraft {
    /// Closes and volumes of the `prices` table. The snapshot holds prices too and is never newer.
    #[schemars(extend("examples" = [{ "sessions": -7 }]))]
    pub(crate) prices: Option<Located<DateRuleDraft>>,
    /// The snapshot: the parent with its shares, floats, classes and other columns; and which splits are known.
    #[schemars(extend("examples" = [{ "months": -1, "session": "last" }]))]
    pub(crate) shares: Option<Located<DateRuleDraft>>,
    /// Publications of the `fundamentals` table.
    #[schemars(extend("examples" = [{ "months": -2, "session": "last" }]))]
    pub(crate) fundamentals: Option<Located<DateRuleDraft>>,
    /// The risk model.
    #[schemars(extend("examples" = [{ "sessions": -7 }]))]
    pub(crate) risk: Option<Located<DateRuleDraft>>,
}

/// Cut-offs of one review, for the kinds of data that were announced one of their own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CutoffDatesDraft {
    /// Of closes and volumes of the `prices` table.
    #[schemars(extend("examples" = ["2024-11-13"]))]
    pub(crate) prices: Option<Located<DateLiteral>>,
    /// Of the snapshot, and of which splits are known.
    #[schemars(extend("examples" = ["2024-10-31"]))]
    pub(crate) shares: Option<Located<DateLiteral>>,
    /// Of publications of the `fundamentals` table.
    #[schemars(extend("examples" = ["2024-09-30"]))]
    pub(crate) fundamentals: Option<Located<DateLiteral>>,
    /// Of the risk model.
    #[schemars(extend("examples" = ["2024-11-13"]))]
    pub(crate) risk: Option<Located<DateLiteral>>,
}

/// Months in which members stay and only their weights are set anew. Dates left out are those of `[review]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReweightDraft {
    /// Months of the effective dates.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [["February", "August"]]))]
    pub(crate) months: Located<Vec<Located<Month>>>,
    /// The new weights apply as of this close.
    #[schemars(extend("examples" = [{ "session": "last" }]))]
    pub(crate) effective: Option<Located<DateRuleDraft>>,
    /// Data known by this day counts.
    #[schemars(extend("examples" = [{ "months": -1, "session": "last" }]))]
    pub(crate) cutoff: Option<Located<DateRuleDraft>>,
    /// Cut-offs of their own.
    #[schemars(extend("examples" = [{ "prices": { "sessions": -7 } }]))]
    pub(crate) cutoffs: Option<Located<CutoffsDraft>>,
    /// When the review is announced.
    #[schemars(extend("examples" = [{ "sessions": -9 }]))]
    pub(crate) announcement: Option<Located<DateRuleDraft>>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}
