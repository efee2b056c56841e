//! Scores: numbers standardised, mapped and combined.

use divisor_model::Fraction;
use serde::Serialize;

use super::{Centre, Combine, Deviation, Prefer, Quantile, Quantity, Setting, SmallGroup, Spread, TiltMap, Unfinished};
use crate::Line;

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

/// A named score.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// Its name.
    pub name: String,
    /// How the z-scores become one.
    pub combine: Combine,
    /// Deviation of the z-scores.
    pub deviation: Setting<Deviation>,
    /// Their mean.
    pub mean: Setting<Centre>,
    /// Percentiles outliers are set to, low and high, and how they are read.
    pub winsorize: Option<Winsorize>,
    /// Bound on each z-score.
    pub clip: Option<Setting<f64>>,
    /// Whom statistics are taken over.
    pub over: Setting<Over>,
    /// The loop that bounds the z-scores.
    pub truncate: Option<Truncate>,
    /// Text columns whose groups are standardised separately, the widest first.
    pub within: Option<Setting<Vec<String>>>,
    /// Whose deviation, where groups are standardised separately.
    pub spread: Setting<Spread>,
    /// Groups too small to be standardised on their own.
    pub smallest_group: Option<SmallestGroup>,
    /// Parts a name must have.
    pub least_present: Option<Setting<usize>>,
    /// The second standardising, of the combined score.
    pub restandardize: Option<Restandardize>,
    /// Bound on the combined score.
    pub clip_score: Option<Setting<f64>>,
    /// What goes in.
    pub parts: Vec<Part>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
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
    /// Text columns within whose groups they are taken, the widest first, none for all of `over`; those of the z-scores
    /// where it is not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Setting<Vec<String>>>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// The loop that bounds z-scores and standardises again.
#[derive(Debug, Clone, Serialize)]
pub struct Truncate {
    /// The bound, standard deviations.
    pub beyond: f64,
    /// How far beyond it still is inside, standard deviations.
    pub tolerance: Setting<f64>,
    /// Most passes.
    pub passes: Setting<u32>,
    /// What happens where some are still beyond.
    pub unfinished: Setting<Unfinished>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// Groups too small to be standardised on their own.
#[derive(Debug, Clone, Serialize)]
pub struct SmallestGroup {
    /// Fewest names of a group.
    pub names: usize,
    /// What smaller ones do.
    pub below: Setting<SmallGroup>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// The second standardising.
#[derive(Debug, Clone, Serialize)]
pub struct Restandardize {
    /// Text columns whose groups are standardised separately, the widest first.
    pub within: Option<Setting<Vec<String>>>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
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
    /// Share of the weighted mean; all the same where none is stated.
    pub weight: Option<Setting<Fraction>>,
    /// What its z-score becomes first.
    pub map: Option<Setting<TiltMap>>,
    /// What that is raised to.
    pub power: Option<Setting<f64>>,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}
