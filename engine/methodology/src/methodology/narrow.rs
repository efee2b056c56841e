//! Narrowing: the weakest are dropped until the index would be narrowed too far.

use divisor_model::Fraction;
use serde::Serialize;

use super::{NarrowEnd, NarrowOrder, Quantity, RoundCrossing, Setting, Tie};
use crate::Line;

/// What is left when the weakest are dropped again and again.
#[derive(Debug, Clone, Serialize)]
pub struct Narrow {
    /// What the index is narrowed for.
    pub by: Quantity,
    /// Who goes first.
    pub order: Setting<NarrowOrder>,
    /// What a round drops.
    pub drop: Setting<RoundSize>,
    /// Whether the round that crosses a stop counts.
    pub crossing: Setting<RoundCrossing>,
    /// Fewest names.
    pub least: Setting<usize>,
    /// What happens where there are that few and no stop was crossed.
    pub unfinished: Setting<NarrowEnd>,
    /// Order among equals; the security id comes after these.
    pub ties: Vec<Tie>,
    /// Where it stops: at the first that is crossed.
    pub stops: Vec<Stop>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

/// What a round drops.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoundSize {
    /// So many names.
    Names(usize),
    /// A share of those left, rounded up.
    Share(Fraction),
}

impl RoundSize {
    /// How many of those left are dropped.
    pub fn of(self, left: usize) -> usize {
        match self {
            Self::Names(names) => names,
            Self::Share(share) => share.ceil_of(left),
        }
    }
}

/// A bound at which narrowing stops.
#[derive(Debug, Clone, Serialize)]
pub struct Stop {
    /// Stable id.
    pub id: String,
    /// What is looked at.
    pub on: StopOn,
    /// Whether it stops above the level rather than below it.
    pub is_maximum: bool,
    /// The level.
    pub level: Level,
    /// Why.
    pub because: Option<String>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// What a stop looks at, of the weights before limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopOn {
    /// The weighted mean of a number, less the parent's.
    Exposure(Quantity),
    /// The weighted mean of weight ÷ weight in the parent.
    Capacity,
    /// One over the sum of squared weights.
    EffectiveNames,
    /// The weight of each group of a text column.
    Groups(String),
}

/// The level of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// So many.
    Number(usize),
    /// So many times what the broad index has.
    TimesBroad(Fraction),
    /// A weight in the index.
    Weight(Fraction),
    /// So many times the weight in the parent.
    TimesParent(Fraction),
}
