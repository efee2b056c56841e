//! Selection: who becomes a member.

use divisor_model::Fraction;
use serde::Serialize;

use super::{Crossing, Narrow, Prefer, Quantity, Rounding, Setting};
use crate::Line;

/// Who becomes a member.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "a rulebook has one, and nobody copies it")]
pub enum Select {
    /// Every eligible name.
    All {
        /// Line.
        #[serde(skip)]
        line: Line,
    },
    /// The best.
    Top(Top),
    /// What is left when the weakest are dropped.
    Narrow(Narrow),
}

impl Select {
    /// What ranks, where anything does.
    pub fn by(&self) -> Option<&Quantity> {
        match self {
            Self::All { .. } => None,
            Self::Top(top) => Some(&top.by),
            Self::Narrow(narrow) => Some(&narrow.by),
        }
    }

    /// Order among equals.
    pub fn ties(&self) -> &[Tie] {
        match self {
            Self::All { .. } => &[],
            Self::Top(top) => &top.ties,
            Self::Narrow(narrow) => &narrow.ties,
        }
    }

    /// Line of the table.
    pub fn line(&self) -> Line {
        match self {
            Self::All { line } => *line,
            Self::Top(top) => top.line,
            Self::Narrow(narrow) => narrow.line,
        }
    }
}

/// The best by a quantity.
#[derive(Debug, Clone, Serialize)]
pub struct Top {
    /// How many.
    pub size: TopSize,
    /// Who is in however many they are: those with this above zero.
    pub every: Option<Setting<Quantity>>,
    /// Steps that number is rounded to.
    pub steps: Vec<Step>,
    /// How it becomes a multiple of a step.
    pub step_rounding: Setting<Rounding>,
    /// What ranks.
    pub by: Quantity,
    /// Which end is good.
    pub prefer: Setting<Prefer>,
    /// Text columns to select within.
    pub within: Option<Setting<Vec<String>>>,
    /// Fewest members of each group, as far as there are candidates.
    pub least_per_group: Option<Setting<usize>>,
    /// The most places one group may take.
    pub quota: Option<Quota>,
    /// Where newcomers enter and members stay.
    pub buffer: Option<Setting<Buffer>>,
    /// How buffer ranks become whole.
    pub buffer_rounding: Setting<Rounding>,
    /// Order among equals; the security id comes after these.
    pub ties: Vec<Tie>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

/// How many are selected.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopSize {
    /// This many.
    Count(usize),
    /// This share of the ranked names.
    Fraction(Fraction, Setting<Rounding>),
    /// As many as cover this share of the parent's weight.
    Coverage(Fraction, Setting<Crossing>),
}

/// Steps a number of members is rounded to, and how.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Step {
    /// For numbers below this.
    pub below: Option<usize>,
    /// Multiples of this.
    pub step: usize,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// The most places one group may take.
#[derive(Debug, Clone, Serialize)]
pub struct Quota {
    /// Text column of the groups.
    pub of: String,
    /// Share of the places, rounded down, at least one.
    pub most: Fraction,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}

/// Where newcomers enter and members stay.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Buffer {
    /// A share of the count before and beyond it.
    Share(Fraction),
    /// Both ends.
    Zone {
        /// Newcomers are in down to here.
        enter: BufferEnd,
        /// Members stay down to here.
        stay: BufferEnd,
    },
}

/// One end of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BufferEnd {
    /// A rank.
    Rank(usize),
    /// A share of the ranked names, or of the parent's weight.
    Share(Fraction),
}

/// One key of the tie chain.
#[derive(Debug, Clone, Serialize)]
pub struct Tie {
    /// What decides.
    pub by: Quantity,
    /// Which end goes first.
    pub prefer: Prefer,
    /// Line.
    #[serde(skip)]
    pub line: Line,
}
