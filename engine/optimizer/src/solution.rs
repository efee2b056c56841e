//! What comes out: weights with the multipliers that prove them, or the limits that contradict each other.

use crate::certificate::Evidence;
use crate::problem::Rule;

/// Which side of a bound or row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The least value.
    Lower,
    /// The greatest value.
    Upper,
}

/// What a binding limit costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// The rule of the limit.
    pub rule: Rule,
    /// Index of the row, or of the name where [`Price::name`] is true; zero for turnover, total and risk limit.
    pub at: usize,
    /// Whether it is the bound of one name.
    pub name: bool,
    /// Which side binds.
    pub side: Side,
    /// By how much the objective would fall for one unit of slack, zero or more.
    pub price: f64,
}

/// What the independent check found, in the caller's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// The largest amount by which any bound, row, total or turnover limit is missed, as a weight or exposure.
    pub violation: f64,
    /// Objective less its proven lower bound, relative to the size of the objective.
    pub gap: f64,
}

/// Weights that hold every limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Weights, n, summing to one.
    pub weights: Vec<f64>,
    /// The objective at the weights.
    pub objective: f64,
    /// The objective without minimum holding and counts: no weights that hold the other limits are below it.
    /// Equal to the objective where there is neither.
    pub relaxed: f64,
    /// By how much the objective lies above that, relative to it; where it is zero, to the size of its terms.
    pub holding_gap: f64,
    /// The limits that bind and what they cost: total, rows in order, turnover, risk limit, then names in order.
    pub prices: Vec<Price>,
    /// Half the derivative of the variance by each weight over the volatility (annual), n; empty without a risk model.
    pub marginal_risk: Vec<f64>,
    /// What the check found.
    pub proof: Proof,
    /// Problems solved: more than one where names were dropped.
    pub rounds: usize,
}

/// What of a problem a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Constraint {
    /// Weights sum to one.
    Total,
    /// The row of this index.
    Row(usize),
    /// The bounds of the name of this index.
    Name(usize),
    /// The turnover limit.
    Turnover,
    /// The risk limit.
    Risk,
    /// The minimum holding.
    MinimumHolding,
    /// The greatest number of names.
    AtMost,
    /// The least number of names.
    AtLeast,
}

/// A limit in a contradiction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Its rule.
    pub rule: Rule,
    /// What it limits.
    pub constraint: Constraint,
    /// Which side of it is in the way.
    pub side: Side,
    /// Its multiplier in the combination over the largest; one in a contradiction that is counted.
    pub share: f64,
}

/// No weights hold all limits, proved: a combination of them that even the best weights within the bounds of every name
/// miss, or a count of names.
#[derive(Debug, Clone, PartialEq)]
pub struct Infeasible {
    /// Rules with the size of their part in the contradiction, largest first, the largest being one. Not a smallest set.
    pub rules: Vec<(Rule, f64)>,
    /// Every limit in it: total, rows, turnover, risk limit, names, what they rest on; in that order.
    pub parts: Vec<Part>,
    /// What the combination, scaled to a largest multiplier of one, is missed by at least: above zero, which is the proof.
    /// In a contradiction that is counted, by how many names.
    pub margin: f64,
    /// The combination; none where names were counted.
    pub(crate) evidence: Option<Evidence>,
}

/// How an optimisation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Weights.
    Solved(Solution),
    /// A proof that there are none.
    Infeasible(Infeasible),
}
