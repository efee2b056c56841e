//! What an optimisation leaves behind for manifest, trace and summary.

use divisor_methodology::Line;
use divisor_model::Date;
use divisor_risk::Reason;

/// How the weights of one review were optimised.
#[derive(Debug, Clone, Default)]
pub struct Optimisation {
    /// Predicted annual volatility of the index; none without a risk model.
    pub volatility: Option<f64>,
    /// That of the parent: of its names that have risk, scaled to 100%.
    pub parent_volatility: Option<f64>,
    /// That of the difference between the two.
    pub tracking_error: Option<f64>,
    /// The risk model; none where nothing looks at risk.
    pub risk: Option<RiskSummary>,
    /// The objective at the weights, in its own unit: annual variance, exposure or distance.
    pub objective: f64,
    /// By how much a minimum holding and numbers of names may have made the objective worse, relative to its size: the distance to
    /// that without them, which no weights that hold the other rules are better than.
    pub holding_gap: f64,
    /// The largest amount by which any rule is missed, as a weight or exposure.
    pub violation: f64,
    /// The objective less its proven bound, relative to its size.
    pub gap: f64,
    /// Problems solved until no name was below its minimum.
    pub rounds: usize,
    /// Rules that were loosened, from what is written to what was allowed in the end.
    pub relaxations: Vec<Relaxation>,
    /// Why there were no weights, for each step that was not enough: as written, after the first step, after the second…
    pub refused: Vec<Refused>,
    /// Whether nothing helped and the weights before were kept.
    pub kept_previous: bool,
    /// For each limit on something else than weights, what became of it; none for those that are no exposure.
    pub exposures: Vec<Option<Exposure>>,
    /// One-way turnover that was allowed and its shadow price; none at the first review and without such a limit.
    pub turnover: Option<(f64, f64)>,
    /// By how much volatility rises per unit of weight, over the parent; NaN for names that had no part in the optimisation.
    pub marginal_risk: Vec<f64>,
    /// Positions in the parent of names that would weigh less than the minimum, ascending.
    pub below_minimum: Vec<u32>,
}

/// The risk model of a review.
#[derive(Debug, Clone)]
pub struct RiskSummary {
    /// Names with predicted risk.
    pub names: usize,
    /// Positions in the parent of those that have that of their peers, ascending, and why.
    pub of_peers: Vec<(u32, Reason)>,
    /// Date of a vendor's model, and its age at the cut-off in calendar days; none for one made of returns.
    pub dated: Option<(Date, i32)>,
    /// Positions in the parent of the others, ascending, and why.
    pub without: Vec<(u32, Reason)>,
    /// Share of the parent that has predicted risk.
    pub parent_share: f64,
    /// Factors.
    pub factors: usize,
    /// Returns in the window.
    pub returns: usize,
    /// Fewest of a name.
    pub least_returns: usize,
    /// Part of the names' variance that factors carry.
    pub explained: f64,
    /// Weight of the target of a shrinkage.
    pub shrinkage: Option<f64>,
    /// The condition number of the covariance is at most this; infinite where it may be singular.
    pub condition_at_most: f64,
}

/// A rule that was loosened, in its own unit: shares as fractions, exposures in standard deviations.
#[derive(Debug, Clone, PartialEq)]
pub struct Relaxation {
    /// Its id.
    pub rule: String,
    /// Its line.
    pub line: Line,
    /// What it allows as written.
    pub from: f64,
    /// What it allowed; none: it was done without.
    pub to: Option<f64>,
}

impl std::fmt::Display for Relaxation {
    /// `turnover` from 0.1 to 0.15, in the unit of the rule.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounded = |value: f64| (value * 1e9).round() / 1e9;
        let (rule, from) = (&self.rule, rounded(self.from));
        match self.to {
            Some(to) => write!(f, "`{rule}` loosened from {from} to {}", rounded(to)),
            None => write!(f, "`{rule}` ({from}) done without"),
        }
    }
}

/// Why there were no weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The rules whose combination proves it; empty where nothing does.
    pub rules: Vec<String>,
    /// What that combination is missed by at least; none where nothing proves it.
    pub margin: Option<f64>,
}

/// A bounded exposure, in standard deviations from the parent's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// That of the index.
    pub value: f64,
    /// At most so far away.
    pub within: f64,
    /// By how much the objective would fall for one standard deviation more room; zero where it does not bind.
    pub shadow_price: f64,
}

impl Optimisation {
    /// Why a name of the parent has no risk, if it has none.
    pub fn without_risk(&self, at: usize) -> Option<Reason> {
        reason_of(&self.risk.as_ref()?.without, at)
    }

    /// Why a name of the parent has the risk of its peers, if it has.
    pub fn with_risk_of_peers(&self, at: usize) -> Option<Reason> {
        reason_of(&self.risk.as_ref()?.of_peers, at)
    }

    /// Whether a name had too little weight to be held.
    pub fn is_below_minimum(&self, at: usize) -> bool {
        self.below_minimum.binary_search(&(at as u32)).is_ok()
    }
}

fn reason_of(names: &[(u32, Reason)], at: usize) -> Option<Reason> {
    let found = names.binary_search_by_key(&(at as u32), |(name, _)| *name).ok()?;
    Some(names[found].1)
}
