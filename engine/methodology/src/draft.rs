//! What an analyst may write: one type a table, every field as written, with its place. The doc comments are the words
//! of the JSON Schema. Each type is checked against its own schema before serde reads it (see `walk`).

pub(crate) mod test_table;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::literal::{Age, DateLiteral, Deviations, NthWeekday, Percentage, Points};
use crate::located::Located;
use crate::one_or_table::{BoundDraft, MissingDraft, ParentDraft, SignDraft};

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
    /// A universe of the dataset, or `{ index = "id" }`.
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
    /// `XNYS` or `weekdays`; the dataset's calendar is not assumed.
    #[schemars(extend("examples" = ["XNYS"]))]
    pub(crate) calendar: Located<String>,
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
    /// When the review is announced.
    #[schemars(extend("examples" = [{ "sessions": -9 }]))]
    pub(crate) announcement: Located<DateRuleDraft>,
    /// Oldest a snapshot may be at the cut-off.
    pub(crate) max_age: Option<Located<Age>>,
    /// Dates that were announced differently.
    #[serde(default)]
    #[schemars(extend("examples" = [[{ "because": "announced so", "effective": "2024-11-25", "instead_of": "2024-11-29" }]]))]
    pub(crate) overrides: Vec<Located<OverrideDraft>>,
}

/// A day, found from a month or from the effective day: `{ session = "last", months = -1 }`, `{ sessions = -9 }`,
/// `{ weekday = "third Friday" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
    /// Announcement date.
    #[schemars(extend("examples" = ["2024-11-29"]))]
    pub(crate) announcement: Option<Located<DateLiteral>>,
    /// Why.
    #[schemars(extend("examples" = ["announced so"]))]
    pub(crate) because: Located<String>,
}

/// An eligibility rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScreenDraft {
    /// Stable id.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["positive-book"]))]
    pub(crate) id: Located<String>,
    /// A formula that is true for what stays.
    #[schemars(extend("examples" = ["book_value > 0"]))]
    pub(crate) keep: Located<String>,
    /// Where the formula has no answer because an input is missing: `exclude` (default) or `keep`.
    pub(crate) missing: Option<Located<ScreenMissing>>,
    /// Why the rule exists.
    pub(crate) because: Option<Located<String>>,
}

/// A named score.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreDraft {
    /// How the z-scores become one score.
    pub(crate) combine: Located<Combine>,
    /// Deviation of the z-scores; `population` by default.
    pub(crate) deviation: Option<Located<DeviationName>>,
    /// Set outliers of each variable to its percentiles first; not done by default.
    #[schemars(extend("examples" = [{ "percentiles": ["5%", "95%"] }]))]
    pub(crate) winsorize: Option<Located<WinsorizeDraft>>,
    /// Bound each z-score; not done by default.
    pub(crate) clip: Option<Located<Deviations>>,
    /// Whom the statistics are taken over; `eligible` by default.
    pub(crate) over: Option<Located<crate::one_or_table::OverDraft>>,
    /// Standardise within groups of this column; the whole of `over` by default.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) within: Option<Located<String>>,
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
    /// Low and high.
    #[schemars(length(equal = 2))]
    #[schemars(extend("examples" = [["5%", "95%"]]))]
    pub(crate) percentiles: Located<Vec<Located<Percentage>>>,
    /// `linear` (default) or `order-statistic`: the value ranked ⌈p·n⌉.
    pub(crate) method: Option<Located<QuantileName>>,
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
}

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

/// A table without keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

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

/// What weights the members start from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("x-exactly-one" = ["parent", "equal", "inverse", "tilted", "measures"]))]
pub(crate) struct WeightDraft {
    /// As in the parent.
    pub(crate) parent: Option<Located<Nothing>>,
    /// All the same.
    pub(crate) equal: Option<Located<Nothing>>,
    /// In proportion to one over a variable.
    pub(crate) inverse: Option<Located<InverseDraft>>,
    /// A base weight times score factors.
    pub(crate) tilted: Option<Located<TiltedDraft>>,
    /// In proportion to measures of size such as sales.
    pub(crate) measures: Option<Located<MeasuresDraft>>,
}

/// In proportion to one over a variable.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InverseDraft {
    /// The variable; it must be above zero.
    #[schemars(extend("examples" = ["volatility_1y"]))]
    pub(crate) variable: Located<String>,
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
    /// How the number becomes a factor: `one-plus-z`, or `value` as it is.
    pub(crate) map: Located<TiltMap>,
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
    /// What is bounded: `security`, `issuer` or a text column such as `sector`.
    #[schemars(extend("examples" = ["issuer"]))]
    pub(crate) on: Located<String>,
    /// At most this.
    #[schemars(extend("examples" = ["5%"]))]
    pub(crate) max: Option<Located<BoundDraft>>,
    /// At least this, for what has any member.
    #[schemars(extend("examples" = ["1%"]))]
    pub(crate) min: Option<Located<BoundDraft>>,
    /// This close to the parent's weight.
    pub(crate) within: Option<Located<Points>>,
    /// Where `issuer_id` is unknown: treat each security as its own issuer.
    pub(crate) fallback: Option<Located<Fallback>>,
    /// Where a group that must have weight has no member: an `error` (default), or `spread` its weight over the rest.
    pub(crate) empty: Option<Located<EmptyGroup>>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}

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

words! {
    FirstOrLast { First, Last }
    Roll { Previous, Next }
    CountedFrom { Close, NextOpen }
    ScreenMissing { Exclude, Keep }
    Combine { Mean }
    DeviationName { Population, Sample }
    QuantileName { Linear, OrderStatistic }
    PreferName { High, Low }
    RoundingName { Up, Down, Nearest }
    BaseWeight { Parent, Equal }
    TiltMap { OnePlusZ, Value }
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
