//! What members weigh: uncapped weights and the limits they end in.

use divisor_model::Fraction;
use serde::Serialize;

use super::{EmptyGroup, MeasureMissing, Quantity, Setting, SignMeans, TiltBase, TiltMap};

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
        by: Vec<Tilt>,
    },
    /// Measures of size.
    Measures(Measures),
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
    pub zero_line: Option<usize>,
    /// Line that states what a negative value counts as, `None` for the default.
    #[serde(skip)]
    pub negative_line: Option<usize>,
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
