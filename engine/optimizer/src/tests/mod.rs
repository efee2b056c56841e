//! Published numbers, instances of every shape, and the ways to a solution against each other.

mod awkward;
mod combinations;
mod conflicts;
mod contradictions;
mod degenerate;
mod distances;
#[cfg(feature = "solver-highs")]
mod exact;
mod frontier;
mod instance;
mod ladders;
mod limits_of_risk;
mod published;
mod seeded;
mod sweep;

use crate::{Bounds, Objective, Options, Outcome, Problem, Risk, Solution, solve};

/// Long-only minimum variance without any other limit.
pub(crate) fn plain(risk: Risk<'_>) -> Problem<'_> {
    Problem {
        risk: Some(risk),
        objective: Objective::MinimumVariance {
            factor_aversion: 1.0,
            specific_aversion: 1.0,
        },
        bounds: bounds(risk.specific.len(), 1.0),
        rows: Vec::new(),
        turnover: None,
        minimum_holding: None,
        at_most: None,
        at_least: None,
        risk_limit: None,
        total_rule: 0,
    }
}

pub(crate) fn bounds(n: usize, upper: f64) -> Bounds {
    Bounds {
        lower: vec![0.0; n],
        upper: vec![upper; n],
        lower_rule: vec![1; n],
        upper_rule: vec![2; n],
    }
}

pub(crate) fn solved(problem: &Problem<'_>) -> Solution {
    solved_with(problem, Options::default())
}

pub(crate) fn solved_with(problem: &Problem<'_>, options: Options) -> Solution {
    match solve(problem, options) {
        Ok(Outcome::Solved(solution)) => solution,
        other => panic!("{options:?}: {other:?}"),
    }
}

pub(crate) fn assert_near(found: f64, expected: f64, relative: f64) {
    let gap = (found - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
    assert!(gap <= relative, "{found} against {expected}: {gap:e} apart");
}

pub(crate) fn bits(weights: &[f64]) -> Vec<u64> {
    weights.iter().map(|w| w.to_bits()).collect()
}
