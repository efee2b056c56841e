//! Why no weights hold the limits.

use std::error::Error;
use std::fmt;

use super::{Bound, Side};

/// In which direction limits contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shortfall {
    /// Maxima below leave less room than is needed.
    TooLittleRoom,
    /// Minima below add up to more than is allowed.
    TooMuchFloor,
}

/// Limits that cannot hold together. For 15 names of at most 5%: the total needs 1 and has 0.75, responsible are the 15
/// maxima.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// What cannot be satisfied, as (axis, group): `None` is the total of 100%.
    pub node: Option<(usize, usize)>,
    /// Too little room or too much floor.
    pub shortfall: Shortfall,
    /// With too little room, the minimum of the node (1 for the total); with too much floor, the sum of the minima.
    pub needed: f64,
    /// With too little room, what the maxima allow; with too much floor, the maximum of the node. Always below `needed`.
    pub available: f64,
    /// The other bounds that take part, ascending: with those of `node` alone the problem is already contradictory.
    pub responsible: Vec<Bound>,
}

/// Why there are no limited weights.
#[derive(Debug, Clone, PartialEq)]
pub enum LimitError {
    /// An uncapped weight is negative or not finite.
    Weight {
        /// Index of the name.
        name: usize,
        /// Its weight.
        value: f64,
    },
    /// No uncapped weight is positive, or their sum is beyond floats.
    NoWeight,
    /// A name is in a group that is not there.
    Group {
        /// The axis.
        axis: usize,
        /// The group.
        group: usize,
        /// Index of the name.
        name: usize,
    },
    /// A bound is NaN, a minimum is infinite or a maximum minus infinity.
    Bound {
        /// The bound.
        bound: Bound,
        /// Its value.
        value: f64,
    },
    /// The limits contradict each other.
    Infeasible(Conflict),
    /// Crossing limits were neither met nor proved contradictory: rounding got in the way.
    NotConverged {
        /// Steps done.
        iterations: usize,
        /// The largest violation left, as a weight.
        violation: f64,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight { name, value } => write!(f, "the uncapped weight of name {name} is {value}"),
            Self::NoWeight => write!(f, "the uncapped weights have no positive finite sum"),
            Self::Group { axis, group, name } => {
                write!(f, "axis {axis}: name {name} is in group {group}, which has no bounds")
            }
            Self::Bound {
                bound: (axis, group, side),
                value,
            } => {
                let side = if *side == Side::Lower { "minimum" } else { "maximum" };
                write!(f, "axis {axis}, group {group}: the {side} is {value}")
            }
            Self::Infeasible(conflict) => conflict.fmt(f),
            Self::NotConverged { iterations, violation } => {
                write!(f, "limits are still violated by {violation:e} after {iterations} steps")
            }
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node {
            None => write!(f, "the total of 100%")?,
            Some((axis, group)) => write!(f, "axis {axis}, group {group}")?,
        }
        let (needed, available) = (self.needed * 100.0, self.available * 100.0);
        match self.shortfall {
            Shortfall::TooLittleRoom => write!(f, " needs {needed}% but maxima leave room for {available}%"),
            Shortfall::TooMuchFloor => write!(f, " may be {available}% but minima add up to {needed}%"),
        }
    }
}

impl Error for LimitError {}

impl From<Conflict> for LimitError {
    fn from(conflict: Conflict) -> Self {
        Self::Infeasible(conflict)
    }
}
