//! A problem of named constraints over weights, solved and proved.
//!
//! A [`Problem`] says what is to be minimised and which rows, bounds and counts hold; every one of them carries the
//! [`Rule`] it came from, a number that means something to the caller alone. [`solve`] answers with weights and the
//! multipliers that prove them, or with the rules that contradict each other. Nothing leaves without [`check`]: residuals
//! of every constraint and the distance to a lower bound of the objective, computed from the problem as it was
//! given.
//!
//! There are two ways to a solution, and they meet in one last step:
//!
//! - quadratic objectives over rows and a turnover limit go through `interior`, an interior-point method that knows the
//!   covariance is diagonal plus low rank, over a working set of names that `sift` chooses and prices;
//! - everything else, and whatever does not converge there, goes through Clarabel.
//!
//! Either finds which limits bind; `active` then solves the equations of those limits once, over the names in the order
//! given. So the weights depend on the problem and not on the way: warm, cold and resumed runs agree to the byte.
//!
//! Where the limits contradict each other, [`conflict`] names rules that do, of which none can be spared, [`least_change`] says how far
//! each alone would have to give, and [`climb`] loosens rules a step at a time, with a [`Receipt`]. None of them takes a
//! solver's word: infeasible is what a combination of limits proves (or a count of names, or all ways of a search), feasible
//! is what weights that pass the check show. Only with `solver-highs` built in, that no choice of names does is `HiGHS`' word.
//!
//! Sums have a fixed order; there are no threads, no hash order and no choice by CPU.

mod active;
mod block;
mod certificate;
mod change;
mod check;
mod cholesky;
mod columns;
mod conflict;
mod conic;
mod counts;
mod dual;
mod elastic;
mod equations;
mod error;
#[cfg(feature = "solver-highs")]
mod exact;
mod form;
mod guess;
mod hold;
mod interior;
mod ladder;
mod loosen;
mod probe;
mod problem;
mod sides;
mod sift;
mod solution;
mod solve;
mod split;
mod standing;
mod start;
mod tree;

pub use change::{Change, RESOLUTION, least_change};
pub use check::{GAP, Multipliers, VIOLATION, check};
pub use conflict::{Conflict, Member, conflict};
pub use error::Error;
pub use hold::solve;
pub use ladder::{Receipt, Refusal, Step, Stretch, climb, steps};
pub use loosen::loosened;
pub use problem::{
    Bounds, Coefficients, Count, MinimumHolding, Objective, Problem, Risk, RiskLimit, Row, Rule, Turnover,
};
pub use solution::{Constraint, Infeasible, Outcome, Part, Price, Proof, Side, Solution};
pub use solve::{Method, Options, Start};

#[cfg(test)]
mod tests;
