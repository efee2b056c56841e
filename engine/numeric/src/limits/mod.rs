//! Limits on groups of names, held together by proportional redistribution.
//!
//! Given uncapped weights uᵢ (Σu = 1), the limited weights w minimise Σ (wᵢ − uᵢ)² ÷ uᵢ subject to Σw = 1, w ≥ 0 and
//! lower ≤ Σ w ≤ upper for every group of every axis. Names with u = 0 stay at zero; over the others the objective is
//! strictly convex, so there is one answer. Its optimality conditions are
//!
//! ```text
//! wᵢ = clamp(uᵢ · (f + Σ of the shifts of the binding groups around i), lowerᵢ, upperᵢ)
//! ```
//!
//! with one f for all and a shift below zero for a binding maximum, above zero for a binding minimum. A single cap therefore
//! scales all uncapped names by one factor: the familiar loop "cap, share out in proportion, repeat".
//!
//! Where every two groups are nested or disjoint (security ⊂ issuer ⊂ sector) `curve` solves this exactly and finitely
//! over their `tree`. Where axes cross (sector × country) `crossing` starts from the answer for one nested family and adds
//! violated limits one by one, finitely too, and checks the result. Contradictions come back as a [`Conflict`] naming the
//! limits responsible.

mod active;
mod certificate;
mod conflict;
mod crossing;
mod curve;
mod problem;
mod tree;

#[cfg(test)]
mod tests;

pub use conflict::{Conflict, LimitError, Shortfall};

use problem::Problem;

/// How far sums of bounds may contradict each other, as a weight, before that is a conflict: bounds are often sums of
/// rounded weights themselves.
pub const TOLERANCE: f64 = 1e-12;

/// Which bound of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The minimum.
    Lower,
    /// The maximum.
    Upper,
}

/// One bound of one group: axis, group in that axis, side.
pub type Bound = (usize, usize, Side);

/// In place of a group: none.
pub const NO_GROUP: u32 = u32::MAX;

/// Disjoint groups of one kind: securities one by one, issuers, sectors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// The group of each name, or [`NO_GROUP`]; names past the end are in none.
    pub group_of: Vec<u32>,
    /// Least and greatest weight of each group, fractions; a minimum of zero or less is none, a maximum of infinity likewise.
    pub bounds: Vec<(f64, f64)>,
}

impl Axis {
    /// The group of a name.
    fn group(&self, name: usize) -> Option<usize> {
        let group = *self.group_of.get(name)?;
        (group != NO_GROUP).then_some(group as usize)
    }
}

/// Weights that hold all limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// By name, summing to one. A name whose own limit binds has exactly that limit's value, bit by bit, unless all bounds
    /// together miss 100% by more than rounding (but within [`TOLERANCE`]), when all weights are scaled to sum to one.
    pub weights: Vec<f64>,
    /// The bounds that move weights (their shift is not zero), ascending. Where several coincide (a security cap and the cap of its
    /// one-line issuer at the same value) all are listed.
    pub binding: Vec<Bound>,
    /// Steps taken: 1 where the groups are nested, else the changes of the set of binding limits.
    pub rounds: usize,
}

/// The weights nearest to `uncapped` (of any positive sum; normalised first) that hold the limits of all axes.
pub fn redistribute(uncapped: &[f64], axes: &[Axis]) -> Result<Solution, LimitError> {
    let problem = Problem::new(uncapped, axes)?;
    let families = problem.families()?;
    let found = match families.as_slice() {
        [family] => curve::limit(family, &problem.names),
        _ => crossing::limit(&problem, &families)?,
    };
    Ok(problem.solution(found))
}
