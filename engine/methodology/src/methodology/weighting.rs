//! What members weigh: uncapped weights and the limits they end in.

use divisor_model::Fraction;
use serde::Serialize;

use super::{
    Cut, EmptyGroup, MeasureMissing, Pick, Quantity, Redistribute, Setting, SignMeans, TiltBase, TiltMap, TrancheSize,
    TurnoverMeasure, Unreachable,
};
use crate::Line;

/// What weights the members start from.
#[derive(Debug, Clone, Serialize)]
pub struct Weight {
    /// How.
    pub scheme: WeightScheme,
    /// Groups reset to their weights in the parent, before any limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neutral: Option<Groups>,
    /// Members dropped for weighing too little, after all limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<DropLight>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

impl Weight {
    /// The groups that weigh as in the parent, of the scheme and of the reset.
    pub fn groups(&self) -> impl Iterator<Item = &Groups> {
        let excess = match &self.scheme {
            WeightScheme::EqualExcess(groups) => groups.as_ref(),
            _ => None,
        };
        excess.into_iter().chain(&self.neutral)
    }
}

/// How uncapped weights are made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightScheme {
    /// As in the parent.
    Parent,
    /// All the same.
    Equal,
    /// One over a power of a quantity.
    Inverse {
        /// What.
        of: Quantity,
        /// The power.
        power: Setting<f64>,
    },
    /// A power of a quantity.
    Proportional {
        /// What.
        of: Quantity,
        /// The power.
        power: Setting<f64>,
    },
    /// The weight in the parent, plus what is left to all members alike: of the index, or of each group's weight in the
    /// parent.
    EqualExcess(Option<Groups>),
    /// A base times factors.
    Tilted {
        /// What is multiplied.
        base: TiltBase,
        /// The factors.
        by: Vec<Tilt>,
    },
    /// Measures of size.
    Measures(Measures),
    /// As [`super::Methodology::optimised`] says.
    Optimised,
}

/// One factor of a tilt.
#[derive(Debug, Clone, Serialize)]
pub struct Tilt {
    /// The number.
    pub of: Quantity,
    /// How it becomes a factor.
    pub map: TiltMap,
    /// What that is raised to.
    pub power: Option<Setting<f64>>,
}

/// Groups of a text column that weigh as in the parent.
#[derive(Debug, Clone, Serialize)]
pub struct Groups {
    /// The column.
    pub within: String,
    /// How far from the parent they may be; they weigh as in it where that is not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band: Option<Setting<Fraction>>,
    /// What happens where a group of the parent has no member.
    pub empty: Setting<EmptyGroup>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// Members dropped for weighing too little.
#[derive(Debug, Clone, Serialize)]
pub struct DropLight {
    /// Whoever weighs less goes.
    pub below: Fraction,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

/// What a review may trade.
#[derive(Debug, Clone, Serialize)]
pub struct TurnoverLimit {
    /// At most.
    pub max: Fraction,
    /// Counted how.
    pub measure: Setting<TurnoverMeasure>,
    /// What happens where members that leave are too much already.
    pub unreachable: Setting<Unreachable>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

impl TurnoverLimit {
    /// The limit as one-way turnover.
    pub fn one_way(&self) -> f64 {
        match self.measure.value {
            TurnoverMeasure::OneWay => self.max.value(),
            TurnoverMeasure::TwoWay => self.max.value() / 2.0,
        }
    }
}

/// Parts of the index that are reset in turn.
#[derive(Debug, Clone, Serialize)]
pub struct Tranches {
    /// How many.
    pub count: usize,
    /// What each weighs.
    pub size: Setting<TrancheSize>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
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
    /// Line that states what zero counts as, `None` for the default.
    #[serde(skip)]
    pub zero_line: Option<Line>,
    /// Line that states what a negative value counts as, `None` for the default.
    #[serde(skip)]
    pub negative_line: Option<Line>,
}

/// A bound on weights.
#[derive(Debug, Clone, Serialize)]
pub struct Limit {
    /// Stable id.
    pub id: String,
    /// What is bounded.
    pub on: LimitOn,
    /// At most this.
    pub max: Option<Bounds>,
    /// At least this, for what has members.
    pub min: Option<Bounds>,
    /// Distance from the parent's weight.
    pub within: Option<Fraction>,
    /// At most, by rank before limits; the last for all after it. Empty where there is no ladder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<Fraction>,
    /// A maximum in place of `within` for what is small in the parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub small: Option<Small>,
    /// At most so much in everything above a weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concentration: Option<Concentration>,
    /// Who takes what is too much.
    pub redistribute: Setting<Redistribute>,
    /// Whether each security without an issuer is its own.
    pub fallback_to_security: bool,
    /// What happens where a group that must have weight has no member.
    pub empty: Setting<EmptyGroup>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
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

/// A maximum for what is small in the parent.
#[derive(Debug, Clone, Serialize)]
pub struct Small {
    /// Up to and including this weight in the parent.
    pub up_to: Fraction,
    /// At most.
    pub max: Bounds,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// At most so much in everything above a weight.
#[derive(Debug, Clone, Serialize)]
pub struct Concentration {
    /// What weighs more counts.
    pub above: Fraction,
    /// Together at most.
    pub max: Fraction,
    /// Who gives way.
    pub cut: Setting<Cut>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

impl Limit {
    /// Whether the limit is a procedure of its own, which holds with no other limit.
    pub fn is_procedure(&self) -> bool {
        let cut = self.concentration.as_ref().map_or(Cut::Nearest, |all| all.cut.value);
        cut != Cut::Nearest || self.redistribute.value != Redistribute::Proportional
    }
}

/// One bound, or one of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Which counts.
    pub pick: Pick,
    /// The bounds; one where nothing is picked.
    pub of: Vec<Bound>,
}

impl Bounds {
    /// The bound on what has this weight in the parent where the largest of its kind has another, fractions.
    pub fn value(&self, parent_weight: f64, largest: f64) -> f64 {
        let values = self.of.iter().map(|bound| match bound {
            Bound::Weight(weight) => weight.value(),
            Bound::TimesParent(times) => times.value() * parent_weight,
            Bound::ParentPlus(points) => parent_weight + points.value(),
            Bound::ParentMinus(points) => parent_weight - points.value(),
            Bound::LargestInParent => largest,
        });
        match self.pick {
            Pick::Lower => values.fold(f64::INFINITY, f64::min),
            Pick::Higher => values.fold(f64::NEG_INFINITY, f64::max),
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
    /// The parent's weight plus a distance.
    ParentPlus(Fraction),
    /// The parent's weight less a distance.
    ParentMinus(Fraction),
    /// What the largest of its kind weighs in the parent.
    LargestInParent,
}
