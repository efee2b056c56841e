//! The checked rulebook: merged, defaulted, hashable. Nothing in it is optional that a run would have to guess; names
//! are resolved to what kind of thing they name. Equal after reformatting, since places do not count.

use std::ops::Deref;

use divisor_model::{Date, Fraction};
use serde::{Serialize, Serializer};

use crate::formula::Expr;

/// A value with the line that states it, or none where it is the default. Equality and hashes ignore the line.
#[derive(Debug, Clone, Copy)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// 1-based line, `None` for a default.
    pub line: Option<usize>,
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
    /// Line of the table.
    #[serde(skip)]
    pub line: usize,
    /// Line of `parent`.
    #[serde(skip)]
    pub parent_line: usize,
}

/// Where an index takes its securities from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parent {
    /// A universe of the dataset.
    Universe(String),
    /// The constituents of another index.
    Index(String),
}

/// When the index is reviewed, and on which data.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewRules {
    /// Calendar of its sessions.
    pub calendar: String,
    /// Months, 1–12, ascending.
    pub months: Vec<u32>,
    /// Effective date.
    pub effective: DayRule,
    /// Cut-off.
    pub cutoff: DayRule,
    /// Announcement.
    pub announcement: DayRule,
    /// Oldest a snapshot may be; the dataset's own limit where not stated.
    pub max_age_days: Option<Setting<i32>>,
    /// Dates announced differently.
    pub overrides: Vec<DateOverride>,
    /// Line of the table.
    #[serde(skip)]
    pub line: usize,
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
    /// Line of the rule.
    #[serde(skip)]
    pub line: usize,
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
    /// Announcement date.
    pub announcement: Option<Date>,
    /// Why.
    pub because: String,
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
    pub line: usize,
}

/// An eligibility rule.
#[derive(Debug, Clone, Serialize)]
pub struct Screen {
    /// Stable id.
    pub id: String,
    /// True for what stays.
    pub keep: Expr,
    /// Whether a name without an answer stays.
    pub keep_missing: Setting<bool>,
    /// Why.
    pub because: Option<String>,
    /// The scores its formula names.
    pub scores: Vec<String>,
    /// Line of the formula.
    #[serde(skip)]
    pub line: usize,
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

/// Declares a public choice of words with a printed form.
macro_rules! choice {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// As written in a rulebook.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    )+ };
}

choice! {
    /// Which end of a variable is good.
    Prefer {
        /// More is better.
        High = "high",
        /// Less is better.
        Low = "low",
    }
    /// Divisor of a standard deviation.
    Deviation {
        /// By n.
        Population = "population",
        /// By n − 1.
        Sample = "sample",
    }
    /// How a quantile is read off sorted values.
    Quantile {
        /// Between neighbours, at (n − 1)·p.
        Linear = "linear",
        /// The value ranked ⌈p·n⌉ ascending.
        OrderStatistic = "order-statistic",
    }
    /// How z-scores become one score.
    Combine {
        /// The plain mean of those a name has.
        Mean = "mean",
    }
    /// How a fractional count becomes whole.
    Rounding {
        /// To the next larger.
        Up = "up",
        /// To the next smaller.
        Down = "down",
        /// To the nearest, halves up.
        Nearest = "nearest",
    }
    /// What a tilt multiplies.
    TiltBase {
        /// Parent weight.
        Parent = "parent",
        /// One.
        Equal = "equal",
    }
    /// How a number becomes a tilt factor.
    TiltMap {
        /// 1+z; 1/(1−z) below zero; 1 at zero.
        OnePlusZ = "one-plus-z",
        /// The number itself.
        Value = "value",
    }
    /// What happens to a name without one of the measures.
    MeasureMissing {
        /// Average the shares it has.
        AverageOthers = "average-others",
        /// Count it as zero.
        Zero = "zero",
        /// No composite, hence out.
        ExcludeSecurity = "exclude-security",
    }
    /// What a zero or negative measure counts as.
    SignMeans {
        /// Zero.
        Zero = "zero",
        /// Missing.
        Missing = "missing",
        /// An impossible value: the run stops.
        Error = "error",
    }
    /// What happens where a group that must have weight has no member.
    EmptyGroup {
        /// The rules cannot all hold.
        Error = "error",
        /// Its weight goes to the others in proportion.
        Spread = "spread",
    }
}

/// What happens to a name without a variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// No score.
    ExcludeSecurity,
    /// The mean of what it has.
    AverageOthers,
    /// z = 0.
    Zero,
    /// The clip's bad end, else the worst z present.
    Worst,
    /// The median z present: percentile 0.5.
    NeutralRank,
    /// Another variable stands in before winsorising.
    Substitute(Quantity),
}

/// Whom a score's statistics are taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Names that pass every screen using no score.
    Eligible,
    /// The whole parent.
    Parent,
    /// Names that pass the screens up to this one.
    After(String),
}

/// A named score: the plain mean of z-scores.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// Its name.
    pub name: String,
    /// How the z-scores become one.
    pub combine: Combine,
    /// Deviation of the z-scores.
    pub deviation: Setting<Deviation>,
    /// Percentiles outliers are set to, low and high, and how they are read.
    pub winsorize: Option<Winsorize>,
    /// Bound on each z-score.
    pub clip: Option<Setting<f64>>,
    /// Whom statistics are taken over.
    pub over: Setting<Over>,
    /// Text column whose groups are standardised separately.
    pub within: Option<Setting<String>>,
    /// What goes in.
    pub parts: Vec<Part>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: usize,
}

/// Winsorising.
#[derive(Debug, Clone, Serialize)]
pub struct Winsorize {
    /// Low percentile.
    pub low: Fraction,
    /// High percentile.
    pub high: Fraction,
    /// How they are read.
    pub method: Setting<Quantile>,
    /// Line.
    #[serde(skip)]
    pub line: usize,
}

/// One variable or score inside a score.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// Stable id.
    pub id: String,
    /// The number.
    pub of: Quantity,
    /// Which end is good.
    pub prefer: Setting<Prefer>,
    /// What happens without it.
    pub missing: Setting<Missing>,
    /// Line.
    #[serde(skip)]
    pub line: usize,
}

/// Who becomes a member.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Select {
    /// Every eligible name.
    All {
        /// Line.
        #[serde(skip)]
        line: usize,
    },
    /// The best.
    Top(Top),
}

/// The best by a quantity.
#[derive(Debug, Clone, Serialize)]
pub struct Top {
    /// How many.
    pub size: TopSize,
    /// What ranks.
    pub by: Quantity,
    /// Which end is good.
    pub prefer: Setting<Prefer>,
    /// Text column to select within.
    pub within: Option<Setting<String>>,
    /// Share of the count by which members may lie beyond it.
    pub buffer: Option<Setting<Fraction>>,
    /// How buffer ranks become whole.
    pub buffer_rounding: Setting<Rounding>,
    /// Order among equals; the security id comes after these.
    pub ties: Vec<Tie>,
    /// Line of the table.
    #[serde(skip)]
    pub line: usize,
}

/// How many are selected.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopSize {
    /// This many.
    Count(usize),
    /// This share of the ranked names.
    Fraction(Fraction, Setting<Rounding>),
    /// As many as cover this share of the parent's weight, the one that crosses it included.
    Coverage(Fraction),
}

/// One key of the tie chain.
#[derive(Debug, Clone, Serialize)]
pub struct Tie {
    /// What decides.
    pub by: Quantity,
    /// Which end goes first.
    pub prefer: Prefer,
}

/// What weights the members start from.
#[derive(Debug, Clone, Serialize)]
pub struct Weight {
    /// How.
    pub scheme: WeightScheme,
    /// Line of the table.
    #[serde(skip)]
    pub line: usize,
}

/// How uncapped weights are made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightScheme {
    /// As in the parent.
    Parent,
    /// All the same.
    Equal,
    /// One over a quantity.
    Inverse(Quantity),
    /// A base times factors.
    Tilted {
        /// What is multiplied.
        base: TiltBase,
        /// The factors.
        by: Vec<(Quantity, TiltMap)>,
    },
    /// Measures of size.
    Measures(Measures),
}

/// Weighting by measures of size.
#[derive(Debug, Clone, Serialize)]
pub struct Measures {
    /// The measures.
    pub of: Vec<Measure>,
    /// What happens without one.
    pub missing: Setting<MeasureMissing>,
    /// Whether the composite is multiplied by free float.
    pub float: Setting<bool>,
}

/// One measure.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// The number.
    pub of: Quantity,
    /// What zero counts as.
    pub zero: SignMeans,
    /// What a negative value counts as.
    pub negative: SignMeans,
}

/// A bound on weights.
#[derive(Debug, Clone, Serialize)]
pub struct Limit {
    /// Stable id.
    pub id: String,
    /// What is bounded.
    pub on: LimitOn,
    /// At most the lowest of these.
    pub max: Vec<Bound>,
    /// At least the lowest of these, for what has members.
    pub min: Vec<Bound>,
    /// Distance from the parent's weight.
    pub within: Option<Fraction>,
    /// Whether each security without an issuer is its own.
    pub fallback_to_security: bool,
    /// What happens where a group that must have weight has no member.
    pub empty: Setting<EmptyGroup>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: usize,
}

/// What a limit bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitOn {
    /// Each security.
    Security,
    /// All lines of an issuer together.
    Issuer,
    /// All names with the same text in a column.
    Column(String),
}

impl LimitOn {
    /// As written.
    pub fn name(&self) -> &str {
        match self {
            Self::Security => "security",
            Self::Issuer => "issuer",
            Self::Column(name) => name,
        }
    }
}

/// One bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Share of the index.
    Weight(Fraction),
    /// Multiple of the parent's weight.
    TimesParent(Fraction),
}
