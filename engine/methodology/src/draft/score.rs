//! `[score.*]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Combine, DeviationName, MeanName, PartMap, PreferName, QuantileName, SmallGroupName, SpreadName, UnfinishedName,
};
use crate::columns::ColumnsDraft;
use crate::literal::{Deviations, Percentage};
use crate::located::Located;
use crate::one_or_table::{MissingDraft, OverDraft};

/// A named score.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreDraft {
    /// How what goes in becomes one score: its `mean`, weighted where the parts have weights, or its `product`.
    pub(crate) combine: Located<Combine>,
    /// Deviation of the z-scores; `population` by default.
    pub(crate) deviation: Option<Located<DeviationName>>,
    /// What z-scores are the distance from: the `plain` mean (default), the `parent-weighted` mean or the `median`.
    pub(crate) mean: Option<Located<MeanName>>,
    /// Set outliers of each variable to its percentiles first; not done by default.
    #[schemars(extend("examples" = [{ "percentiles": ["5%", "95%"] }]))]
    pub(crate) winsorize: Option<Located<WinsorizeDraft>>,
    /// Bound each z-score; not done by default.
    pub(crate) clip: Option<Located<Deviations>>,
    /// Bound the z-scores and standardise again until all are inside; not done by default.
    #[schemars(extend("examples" = [{ "beyond": "3 sd" }]))]
    pub(crate) truncate: Option<Located<TruncateDraft>>,
    /// Whom the statistics are taken over; `eligible` by default.
    pub(crate) over: Option<Located<OverDraft>>,
    /// Standardise within groups of this column, or of several together; the whole of `over` by default.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Option<Located<ColumnsDraft>>,
    /// Where groups are standardised, whose deviation: that of the `group` (default) or of `all`.
    pub(crate) spread: Option<Located<SpreadName>>,
    /// Groups of fewer names are standardised otherwise; any size will do by default.
    #[schemars(extend("examples" = [{ "below": "wider", "names": 10 }]))]
    pub(crate) smallest_group: Option<Located<SmallestGroupDraft>>,
    /// Names that have fewer of the parts have no score; any number will do by default.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [2]))]
    pub(crate) least_present: Option<Located<i64>>,
    /// Standardise the combined score again, over all or `{ within = "sector" }`; not done by default.
    #[schemars(extend("examples" = [{ "within": "sector" }]))]
    pub(crate) restandardize: Option<Located<RestandardizeDraft>>,
    /// Bound the combined score; not done by default.
    pub(crate) clip_score: Option<Located<Deviations>>,
    /// The variables or scores that go in.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [[{ "variable": "book_value" }]]))]
    pub(crate) of: Located<Vec<Located<PartDraft>>>,
    /// Why the score is built so.
    pub(crate) because: Option<Located<String>>,
}

/// Percentiles outliers are set to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WinsorizeDraft {
    /// Low and high; `"0%"` and `"100%"` leave their side alone.
    #[schemars(length(equal = 2))]
    #[schemars(extend("examples" = [["5%", "95%"]]))]
    pub(crate) percentiles: Located<Vec<Located<Percentage>>>,
    /// `linear` (default); `order-statistic`: the value ranked ⌈p·n⌉; `hazen`; `weibull`.
    pub(crate) method: Option<Located<QuantileName>>,
    /// Percentiles within each group of this column, or of several together, or over `"all"`; within what is standardised
    /// together by default.
    #[schemars(extend("examples" = ["all"]))]
    pub(crate) within: Option<Located<ColumnsDraft>>,
}

/// The loop that bounds z-scores and standardises again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TruncateDraft {
    /// Set z-scores beyond this to it.
    pub(crate) beyond: Located<Deviations>,
    /// How far beyond still is inside, in standard deviations; 1e-12 by default.
    #[schemars(extend("examples" = [1e-9]))]
    pub(crate) tolerance: Option<Located<f64>>,
    /// Most passes; 100 by default.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [100]))]
    pub(crate) passes: Option<Located<i64>>,
    /// Where some are still beyond after the last pass: an `error` (default), `clip` them, or `keep` them.
    pub(crate) unfinished: Option<Located<UnfinishedName>>,
}

/// Groups too small to be standardised on their own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmallestGroupDraft {
    /// Fewest names of a group.
    #[schemars(range(min = 2))]
    #[schemars(extend("examples" = [10]))]
    pub(crate) names: Located<i64>,
    /// What smaller ones take their statistics from: the `wider` group without the last column of `within` (default), the
    /// whole `universe`, all small ones `together`; or their names have `no-score`.
    pub(crate) below: Option<Located<SmallGroupName>>,
}

/// The second standardising.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestandardizeDraft {
    /// Within groups of this column, or of several together; over all by default.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Option<Located<ColumnsDraft>>,
}

/// One variable or score inside a score.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["variable", "score"]))]
pub(crate) struct PartDraft {
    /// Stable id; the name of the variable or score by default.
    #[schemars(extend("format" = "id"))]
    pub(crate) id: Option<Located<String>>,
    /// A variable or snapshot column.
    #[schemars(extend("examples" = ["price_to_book"]))]
    pub(crate) variable: Option<Located<String>>,
    /// Another score.
    #[schemars(extend("examples" = ["quality"]))]
    pub(crate) score: Option<Located<String>>,
    /// Which end is good; `high` by default.
    pub(crate) prefer: Option<Located<PreferName>>,
    /// What happens to a name without it; `exclude-security` by default.
    pub(crate) missing: Option<Located<MissingDraft>>,
    /// Its share of a weighted mean; the same for all by default.
    #[schemars(extend("examples" = ["60%"]))]
    pub(crate) weight: Option<Located<Percentage>>,
    /// Turn its z-score into a factor first; not done by default.
    pub(crate) map: Option<Located<PartMap>>,
    /// Raise that factor to this power; not done by default.
    #[schemars(extend("examples" = [2]))]
    pub(crate) power: Option<Located<f64>>,
}
