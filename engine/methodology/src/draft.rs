//! What an analyst may write: one type a table, every field as written, with its place. The doc comments are the words
//! of the JSON Schema. Each type is checked against its own schema before serde reads it (see `walk`).

pub(crate) mod family;
mod review;
mod score;
mod screen;
mod select;
pub(crate) mod test_table;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::columns::ColumnsDraft;
use crate::literal::{Age, Band, DateLiteral, NthWeekday, Percentage};
use crate::located::Located;
use crate::one_or_table::{BoundDraft, ParentDraft, SignDraft};

pub(crate) use review::{CutoffDatesDraft, CutoffsDraft, ReweightDraft};
pub(crate) use score::{PartDraft, ScoreDraft, TruncateDraft, WinsorizeDraft};
pub(crate) use screen::{DropDraft, ScreenDraft};
pub(crate) use select::{SelectDraft, StepDraft, TieDraft, TopDraft};

/// Declares a choice of fixed words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        #[schemars(inline)]
        pub(crate) enum $name { $($variant),+ }
    )+ };
}

pub(crate) mod limits;
pub(crate) mod narrow;
pub(crate) mod optimised;
pub(crate) mod weighting;

use limits::{ConcentrationDraft, RedistributeName, SmallDraft};
use optimised::{
    MaximumExposureDraft, MinimumDistanceDraft, MinimumTrackingErrorDraft, MinimumVarianceDraft, RelaxDraft, RiskDraft,
};
use weighting::{
    DropLightDraft, EqualExcessDraft, InverseDraft, NeutralDraft, ProportionalDraft, TranchesDraft, TurnoverDraft,
};

/// A rulebook: the rules of one index.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "divisor methodology")]
pub(crate) struct Draft {
    /// What the index is.
    pub(crate) index: Located<IndexDraft>,
    /// When it is reviewed, and on which data.
    pub(crate) review: Located<ReviewDraft>,
    /// Named formulas over snapshot columns and history, point in time.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, Located<String>>,
    /// Eligibility rules, in order: what fails one is out.
    #[serde(default)]
    pub(crate) screen: Vec<Located<ScreenDraft>>,
    /// Named scores.
    #[serde(default)]
    pub(crate) score: BTreeMap<String, Located<ScoreDraft>>,
    /// Who becomes a member. Exactly one of `all`, `top`.
    pub(crate) select: Located<SelectDraft>,
    /// What weights the members start from. Exactly one scheme.
    pub(crate) weight: Located<WeightDraft>,
    /// Bounds the weights end in; they hold together, in any order.
    #[serde(default)]
    pub(crate) limit: Vec<Located<LimitDraft>>,
    /// A limit on what a review trades; none by default. A constraint where weights are optimised, else a blend.
    pub(crate) turnover: Option<Located<TurnoverDraft>>,
    /// Parts of the index that are reset in turn, one a review; none by default.
    pub(crate) tranches: Option<Located<TranchesDraft>>,
    /// Where predicted risk comes from, for optimised weights. Exactly one model.
    pub(crate) risk: Option<Located<RiskDraft>>,
    /// What gives way where the rules of optimised weights cannot all hold, in order; nothing by default.
    #[serde(default)]
    pub(crate) relax: Vec<Located<RelaxDraft>>,
    /// Tiny universes and what the rules must make of them, for `divisor test`; no part of the rules.
    #[serde(default)]
    pub(crate) test: Vec<Located<test_table::TestDraft>>,
}

/// What the index is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexDraft {
    /// Short stable name; its folder among the results.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["world-quality"]))]
    pub(crate) id: Located<String>,
    /// Name for people.
    #[schemars(extend("examples" = ["World Quality"]))]
    pub(crate) name: Located<String>,
    /// A universe of the dataset, `{ index = "id" }`, or `{ indexes = ["id", "id"] }` for the mean of several.
    #[schemars(extend("examples" = ["world"]))]
    pub(crate) parent: Located<ParentDraft>,
    /// Edition of the rule text.
    #[schemars(extend("examples" = ["2026-11"]))]
    pub(crate) edition: Located<String>,
    /// Where the index begins.
    #[schemars(extend("examples" = [{ "date": "2010-05-28", "level": 1000 }]))]
    pub(crate) base: Located<BaseDraft>,
    /// Amount the index shares are stated for, in index currency; 1,000,000,000 by default.
    #[schemars(extend("examples" = [1_000_000_000]))]
    pub(crate) notional: Option<Located<f64>>,
    /// What the index is for, in a sentence or two.
    pub(crate) description: Option<Located<String>>,
}

/// Where the index begins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BaseDraft {
    /// Reviews begin with the first one effective on or after this date.
    #[schemars(extend("examples" = ["2010-05-28"]))]
    pub(crate) date: Located<DateLiteral>,
    /// Level at that close.
    #[schemars(extend("examples" = [1000]))]
    pub(crate) level: Located<f64>,
}

/// When the index is reviewed, and on which data.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewDraft {
    /// An exchange such as `XNYS`, or `weekdays`; of several every date is a session in all. The dataset's calendar is
    /// not assumed.
    #[schemars(extend("examples" = ["XNYS"]))]
    pub(crate) calendar: Located<ColumnsDraft>,
    /// Months of the effective dates.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [["May", "November"]]))]
    pub(crate) months: Located<Vec<Located<Month>>>,
    /// The new weights apply as of this close.
    #[schemars(extend("examples" = [{ "session": "last" }]))]
    pub(crate) effective: Located<DateRuleDraft>,
    /// Data known by this day counts.
    #[schemars(extend("examples" = [{ "months": -1, "session": "last" }]))]
    pub(crate) cutoff: Located<DateRuleDraft>,
    /// Cut-offs of their own for prices, shares, fundamentals and the risk model; none by default.
    #[schemars(extend("examples" = [{ "prices": { "sessions": -7 } }]))]
    pub(crate) cutoffs: Option<Located<CutoffsDraft>>,
    /// When the review is announced.
    #[schemars(extend("examples" = [{ "sessions": -9 }]))]
    pub(crate) announcement: Located<DateRuleDraft>,
    /// Oldest a snapshot may be at the cut-off.
    pub(crate) max_age: Option<Located<Age>>,
    /// Dates that were announced differently.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "because": "announced so", "effective": "2024-11-25", "instead_of": "2024-11-29" }]]))]
    pub(crate) overrides: Vec<Located<OverrideDraft>>,
    /// Further months in which members stay and only their weights are set anew; none by default.
    #[serde(default)]
    pub(crate) reweight: Vec<Located<ReweightDraft>>,
}

/// A day, found from a month or from the effective day: `{ session = "last", months = -1 }`, `{ sessions = -9 }`,
/// `{ weekday = "third Friday" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-whole" = true))]
pub(crate) struct DateRuleDraft {
    /// First or last session of the month.
    pub(crate) session: Option<Located<FirstOrLast>>,
    /// A weekday of the month: `"third Friday"`.
    pub(crate) weekday: Option<Located<NthWeekday>>,
    /// Where that weekday is no session: the `previous` (default) or `next` session.
    pub(crate) if_closed: Option<Located<Roll>>,
    /// Shift of the month against the review's; 0 by default.
    #[schemars(extend("examples" = [-1]))]
    pub(crate) months: Option<Located<i32>>,
    /// Shift in sessions; without `session` and `weekday`, from the effective day.
    #[schemars(extend("examples" = [-9]))]
    pub(crate) sessions: Option<Located<i32>>,
    /// Count sessions from the effective `close` (default) or from the `next-open` after it.
    pub(crate) counted_from: Option<Located<CountedFrom>>,
    /// Whose sessions this day is one of and is counted in, instead of `review.calendar`; not for the effective day.
    #[schemars(extend("examples" = ["weekdays"]))]
    pub(crate) calendar: Option<Located<ColumnsDraft>>,
}

/// A review whose dates were announced differently.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverrideDraft {
    /// Effective date the rule gives.
    #[schemars(extend("examples" = ["2024-11-29"]))]
    pub(crate) instead_of: Located<DateLiteral>,
    /// Effective date announced.
    #[schemars(extend("examples" = ["2024-11-29"]))]
    pub(crate) effective: Option<Located<DateLiteral>>,
    /// Cut-off announced.
    #[schemars(extend("examples" = ["2024-11-29"]))]
    pub(crate) cutoff: Option<Located<DateLiteral>>,
    /// Cut-offs announced for single kinds of data.
    #[schemars(extend("examples" = [{ "prices": "2024-11-13" }]))]
    pub(crate) cutoffs: Option<Located<CutoffDatesDraft>>,
    /// Announcement date.
    #[schemars(extend("examples" = ["2024-11-29"]))]
    pub(crate) announcement: Option<Located<DateLiteral>>,
    /// Why.
    #[schemars(extend("examples" = ["announced so"]))]
    pub(crate) because: Located<String>,
}

/// A table without keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// What weights the members start from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("x-exactly-one" = ["parent", "equal", "inverse", "proportional", "equal-excess", "tilted", "measures", "minimum-variance", "minimum-tracking-error", "maximum-exposure", "minimum-distance"]))]
pub(crate) struct WeightDraft {
    /// As in the parent.
    pub(crate) parent: Option<Located<Nothing>>,
    /// All the same.
    pub(crate) equal: Option<Located<Nothing>>,
    /// In proportion to one over a variable.
    pub(crate) inverse: Option<Located<InverseDraft>>,
    /// In proportion to a variable: a dividend stream, a power of the market cap.
    pub(crate) proportional: Option<Located<ProportionalDraft>>,
    /// As in the parent, and what is left to everyone alike.
    pub(crate) equal_excess: Option<Located<EqualExcessDraft>>,
    /// A base weight times score factors.
    pub(crate) tilted: Option<Located<TiltedDraft>>,
    /// In proportion to measures of size such as sales.
    pub(crate) measures: Option<Located<MeasuresDraft>>,
    /// The least predicted variance.
    pub(crate) minimum_variance: Option<Located<MinimumVarianceDraft>>,
    /// The least predicted tracking error against the parent.
    pub(crate) minimum_tracking_error: Option<Located<MinimumTrackingErrorDraft>>,
    /// The greatest exposure at a given predicted risk.
    pub(crate) maximum_exposure: Option<Located<MaximumExposureDraft>>,
    /// The weights nearest to others.
    pub(crate) minimum_distance: Option<Located<MinimumDistanceDraft>>,
    /// Then reset groups to their weights in the parent, before any limit; not done by default.
    pub(crate) neutral: Option<Located<NeutralDraft>>,
    /// Then drop members that weigh too little after all limits; not done by default.
    pub(crate) drop: Option<Located<DropLightDraft>>,
}

/// A base weight times factors.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TiltedDraft {
    /// `parent` or `equal`.
    pub(crate) base: Located<BaseWeight>,
    /// The factors; several multiply.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [[{ "map": "one-plus-z", "score": "quality" }]]))]
    pub(crate) by: Located<Vec<Located<TiltDraft>>>,
}

/// One factor.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["variable", "score"]))]
pub(crate) struct TiltDraft {
    /// A score.
    #[schemars(extend("examples" = ["quality"]))]
    pub(crate) score: Option<Located<String>>,
    /// A variable or snapshot column.
    #[schemars(extend("examples" = ["dividend_yield"]))]
    pub(crate) variable: Option<Located<String>>,
    /// How the number becomes a factor: `one-plus-z`, `normal-cdf` and `exponential` of a score, `rank` (1 the worst) and
    /// `percentile` among the parent, or `value` as it is.
    pub(crate) map: Located<TiltMap>,
    /// Raise the factor to this power; not done by default.
    #[schemars(extend("examples" = [2]))]
    pub(crate) power: Option<Located<f64>>,
}

/// In proportion to measures of size.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasuresDraft {
    /// Variables or snapshot columns, each a share of its total over the parent.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [["sales", "cash_flow"]]))]
    pub(crate) of: Located<Vec<Located<String>>>,
    /// What happens to a name without one: `average-others` (default), `zero` or `exclude-security`.
    pub(crate) missing: Option<Located<MeasureMissing>>,
    /// Measures whose zero means `missing`: `{ dividends = "missing" }`.
    #[serde(default)]
    pub(crate) zero: BTreeMap<String, Located<ZeroMeans>>,
    /// What a negative value counts as, for all or by measure; an error by default.
    pub(crate) negative: Option<Located<SignDraft>>,
    /// Multiply the composite by free float; not done by default.
    pub(crate) float: Option<Located<bool>>,
}

/// A bound on weights.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitDraft {
    /// Stable id.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["issuer-cap"]))]
    pub(crate) id: Located<String>,
    /// What is bounded: `security`, `issuer` or a text column such as `sector`; where weights are optimised also `exposure`,
    /// `names` or `tracking-error`.
    #[schemars(extend("examples" = ["issuer"]))]
    pub(crate) on: Located<String>,
    /// At most this.
    #[schemars(extend("examples" = ["5%"]))]
    pub(crate) max: Option<Located<BoundDraft>>,
    /// At least this, for what has any member.
    #[schemars(extend("examples" = ["1%"]))]
    pub(crate) min: Option<Located<BoundDraft>>,
    /// This close to the parent: `"5pp"` of weight, `"0.25 sd"` of an exposure.
    pub(crate) within: Option<Located<Band>>,
    /// The score, variable or column whose exposure is bounded.
    #[schemars(extend("examples" = ["quality"]))]
    pub(crate) of: Option<Located<String>>,
    /// At least so many names.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [100]))]
    pub(crate) least: Option<Located<i64>>,
    /// At most so many names.
    #[schemars(range(min = 1))]
    #[schemars(extend("examples" = [300]))]
    pub(crate) most: Option<Located<i64>>,
    /// At most the first for the heaviest before limits, the second for the next, the last for all after it.
    #[schemars(length(min = 2))]
    #[schemars(extend("examples" = [["8%", "7%", "6%"]]))]
    pub(crate) ladder: Option<Located<Vec<Located<Percentage>>>>,
    /// A maximum in place of `within` for what is small in the parent: `{ up_to = "2.5%", max = "3 x parent" }`.
    pub(crate) small: Option<Located<SmallDraft>>,
    /// At most so much in everything above a weight: `{ above = "5%", max = "40%" }`.
    pub(crate) concentration: Option<Located<ConcentrationDraft>>,
    /// Who takes what is too much: `proportional` (default) all others in proportion, `equal` all others the same amount,
    /// `power` everyone, by raising weights to a power below one.
    pub(crate) redistribute: Option<Located<RedistributeName>>,
    /// Where `issuer_id` is unknown: treat each security as its own issuer.
    pub(crate) fallback: Option<Located<Fallback>>,
    /// Where a group that must have weight has no member: an `error` (default), or `spread` its weight over the rest.
    pub(crate) empty: Option<Located<EmptyGroup>>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}

words! {
    FirstOrLast { First, Last }
    Roll { Previous, Next }
    CountedFrom { Close, NextOpen }
    ScreenMissing { Exclude, Keep }
    Combine { Mean, Product }
    MeanName { Plain, ParentWeighted, Median }
    SpreadName { Group, All }
    SmallGroupName { Wider, Universe, Together, NoScore }
    UnfinishedName { Error, Clip, Keep }
    PartMap { OnePlusZ, NormalCdf, Exponential, Rank, Percentile }
    DeviationName { Population, Sample }
    QuantileName { Linear, OrderStatistic, Hazen, Weibull }
    PreferName { High, Low }
    RoundingName { Up, Down, Nearest }
    CrossingName { Include, Exclude, Nearest }
    DropOverName { Passing, Parent }
    BaseWeight { Parent, Equal }
    TiltMap { OnePlusZ, NormalCdf, Exponential, Rank, Percentile, Value }
    MeasureMissing { AverageOthers, Zero, ExcludeSecurity }
    ZeroMeans { Missing }
    Fallback { Security }
    EmptyGroup { Error, Spread }
}

/// A month by its English name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum Month {
    January,
    February,
    March,
    April,
    May,
    June,
    July,
    August,
    September,
    October,
    November,
    December,
}
