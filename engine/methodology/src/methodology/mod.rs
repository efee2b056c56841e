//! The checked rulebook: merged, defaulted, hashable. Nothing in it is optional that a run would have to guess; names
//! are resolved to what kind of thing they name. Equal after reformatting, since places do not count.

mod choice;
mod narrow;
mod optimised;
mod review;
mod score;
mod screen;
mod select;
mod test_table;
mod weighting;

use std::collections::BTreeSet;
use std::ops::Deref;

use divisor_model::Date;
use serde::{Serialize, Serializer};

use crate::formula::Expr;
use crate::{Edition, Line};

pub use choice::{
    Centre, Combine, Crossing, Cut, Deviation, Distance, EmptyGroup, ExposureDates, Frequency, LastResort,
    MeasureMissing, NarrowEnd, NarrowOrder, NoRisk, Pick, Prefer, Quantile, Redistribute, RoundCrossing, Rounding,
    ShrinkageTarget, SignMeans, SmallGroup, Spread, TiltBase, TiltMap, TrancheSize, TurnoverMeasure, Unfinished,
    Unreachable,
};
pub use narrow::{Level, Narrow, RoundSize, Stop, StopOn};
pub use optimised::{
    Amount, Constraint, ConstraintOn, Estimation, Objective, Optimised, RelaxedRule, RiskMethod, RiskModel, RiskSource,
    Rung,
};
pub use review::{CutoffDates, CutoffRules, Reweight};
pub use score::{Missing, Over, Part, Restandardize, Score, SmallestGroup, Truncate, Winsorize};
pub use screen::{Drop, Screen, ScreenTest};
pub use select::{Buffer, BufferEnd, Quota, Select, Step, Tie, Top, TopSize};
pub use test_table::{Expectation, TestPublication, TestRow, TestTable, TestValue};
pub use weighting::{
    Bound, Bounds, Concentration, DropLight, Groups, Limit, LimitOn, Measure, Measures, Small, Tilt, Tranches,
    TurnoverLimit, Weight, WeightScheme,
};

/// A value with the line that states it, or none where it is the default. Equality and hashes ignore the line.
#[derive(Debug, Clone, Copy)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// Where it is stated, `None` for a default.
    pub line: Option<Line>,
}

impl<T> Deref for Setting<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Serialize> Serialize for Setting<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// A checked rulebook.
#[derive(Debug, Clone, Serialize)]
pub struct Methodology {
    /// What the index is.
    pub index: Index,
    /// When it is reviewed.
    pub review: ReviewRules,
    /// Variables, each after those it uses.
    pub variables: Vec<Variable>,
    /// Screens in order.
    pub screens: Vec<Screen>,
    /// Scores, each after those it uses.
    pub scores: Vec<Score>,
    /// Who becomes a member.
    pub select: Select,
    /// What weights the members start from.
    pub weight: Weight,
    /// Bounds the weights end in.
    pub limits: Vec<Limit>,
    /// What a review may trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turnover: Option<TurnoverLimit>,
    /// Parts that are reset in turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tranches: Option<Tranches>,
    /// How weights are optimised; none for other weightings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimised: Option<Optimised>,
    /// Tests of the rules; they are none.
    #[serde(skip)]
    pub tests: Vec<TestTable>,
}

impl Methodology {
    /// BLAKE3 of the checked rules, lower-case hex: unmoved by formatting, comments and the order of tables.
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    /// A variable by name.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// A score by name.
    pub fn score(&self, name: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.name == name)
    }
}

/// What the index is.
#[derive(Debug, Clone, Serialize)]
pub struct Index {
    /// Stable id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Where its securities come from.
    pub parent: Parent,
    /// Edition of the rule text.
    pub edition: String,
    /// First possible effective date.
    pub base_date: Date,
    /// Level at the base.
    pub base_level: f64,
    /// Amount the index shares are stated for, index currency.
    pub notional: Setting<f64>,
    /// A sentence or two.
    pub description: Option<String>,
    /// All editions of the rules, by date; empty where there is one.
    #[serde(skip)]
    pub editions: Vec<Edition>,
    /// The dates of reviews these rules are for.
    #[serde(skip)]
    pub in_force: InForce,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
    /// Line of `parent`.
    #[serde(skip)]
    pub parent_line: Line,
    /// Line of `base`.
    #[serde(skip)]
    pub base_line: Line,
}

/// The effective dates for which an edition is in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InForce {
    /// The first, where there is an edition before.
    pub from: Option<Date>,
    /// The first of the next edition, where there is one.
    pub until: Option<Date>,
}

impl InForce {
    /// Whether a date is one of them.
    pub fn has(&self, date: Date) -> bool {
        self.from.is_none_or(|from| date >= from) && self.until.is_none_or(|until| date < until)
    }
}

/// Where an index takes its securities from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parent {
    /// A universe of the dataset.
    Universe(String),
    /// The constituents of another index.
    Index(String),
    /// Those of several, at the mean of their weights.
    Indexes(Vec<String>),
}

impl Parent {
    /// The ids of the indexes it is made of; none where it is a universe.
    pub fn indexes(&self) -> &[String] {
        match self {
            Self::Universe(_) => &[],
            Self::Index(id) => std::slice::from_ref(id),
            Self::Indexes(ids) => ids,
        }
    }

    /// What it is, as in messages.
    pub fn words(&self) -> String {
        match self {
            Self::Universe(name) => format!("universe `{name}`"),
            Self::Index(id) => format!("parent index `{id}`"),
            Self::Indexes(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
                format!("parent indexes {}", ids.join(", "))
            }
        }
    }
}

/// When the index is reviewed, and on which data.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewRules {
    /// Calendar of its sessions; several joined by `+`, a day having to be a session of all.
    pub calendar: String,
    /// Months, 1–12, ascending.
    pub months: Vec<u32>,
    /// Effective date.
    pub effective: DayRule,
    /// Cut-off.
    pub cutoff: DayRule,
    /// Cut-offs of their own.
    #[serde(skip_serializing_if = "CutoffRules::is_empty")]
    pub cutoffs: CutoffRules,
    /// Announcement.
    pub announcement: DayRule,
    /// Months of their own in which only weights are reset.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reweights: Vec<Reweight>,
    /// Oldest a snapshot may be; the dataset's own limit where not stated.
    pub max_age_days: Option<Setting<i32>>,
    /// Dates announced differently.
    pub overrides: Vec<DateOverride>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

impl ReviewRules {
    /// The calendars that single days name, as [`ReviewRules::calendar`] is written, each once.
    pub fn named_calendars(&self) -> BTreeSet<&str> {
        let dates = [&self.effective, &self.cutoff, &self.announcement];
        let rules = dates.into_iter().chain(self.cutoffs.rules());
        let rules = rules.chain(self.reweights.iter().flat_map(Reweight::rules));
        rules.filter_map(|rule| rule.calendar.as_deref()).collect()
    }
}

/// A day found from a month or from the effective day.
#[derive(Debug, Clone, Serialize)]
pub struct DayRule {
    /// What is counted from.
    pub anchor: DayAnchor,
    /// Months after the review's month.
    pub months: i32,
    /// Sessions after the anchor.
    pub sessions: i32,
    /// Count from the session after the effective day instead of from that day.
    pub from_next_open: bool,
    /// Calendar of its sessions, where it is not that of the reviews.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Line that states what happens to a closed weekday, `None` for the default.
    #[serde(skip)]
    pub if_closed_line: Option<Line>,
    /// Line that states where sessions are counted from, `None` for the default.
    #[serde(skip)]
    pub counted_from_line: Option<Line>,
    /// Line of the rule.
    #[serde(skip)]
    pub line: Line,
}

/// What a day is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayAnchor {
    /// First session of the month.
    FirstSession,
    /// Last session of the month.
    LastSession,
    /// A weekday of the month.
    Weekday {
        /// 1–4, or 0 for the last.
        nth: u8,
        /// Days from Monday.
        weekday: u8,
        /// Whether a closed day moves to the next session instead of the previous.
        next_if_closed: bool,
    },
    /// The effective day.
    Effective,
}

/// One review announced differently.
#[derive(Debug, Clone, Serialize)]
pub struct DateOverride {
    /// Effective date the rule gives.
    pub instead_of: Date,
    /// Effective date announced.
    pub effective: Option<Date>,
    /// Cut-off announced.
    pub cutoff: Option<Date>,
    /// Cut-offs announced for single kinds of data.
    #[serde(skip_serializing_if = "CutoffDates::is_empty")]
    pub cutoffs: CutoffDates,
    /// Announcement date.
    pub announcement: Option<Date>,
    /// Why.
    pub because: String,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// A named formula.
#[derive(Debug, Clone, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its formula.
    pub formula: Expr,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// A number per security, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// A score of the rulebook.
    Score(String),
    /// A variable of the rulebook.
    Variable(String),
    /// A numeric column of the snapshot.
    Column(String),
    /// Weight in the parent.
    ParentWeight,
    /// The security's id: only for ties.
    SecurityId,
}

impl Quantity {
    /// As written.
    pub fn name(&self) -> &str {
        match self {
            Self::Score(name) | Self::Variable(name) | Self::Column(name) => name,
            Self::ParentWeight => "parent_weight",
            Self::SecurityId => "security_id",
        }
    }
}
