//! Whether limits can be held together, whatever is minimised; every verdict with its proof.

use crate::Error;
use crate::hold::solve;
use crate::problem::{Objective, Problem, Risk, Row};
use crate::solution::{Constraint, Infeasible, Outcome};
use crate::solve::Options;

/// What a probe found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// These weights hold every limit: they passed the check that all weights pass.
    Feasible(Vec<f64>),
    /// Proved: there are none.
    Infeasible(Infeasible),
    /// Neither was proved. Minimum holding and numbers of names are searched for, not solved; and limits that leave room
    /// of the size of rounding are not told from those that leave none.
    Unknown(String),
}

/// Asks for the weights nearest to plausible ones (the previous weights, else in proportion to what names may weigh)
/// instead of the problem's own optimum: the answer is the same for every objective, and no risk model can blur it. Only
/// where there is a risk limit it asks for the least risk.
pub(crate) struct Probe {
    center: Vec<f64>,
    ones: Vec<f64>,
    options: Options,
    /// Probes made.
    pub(crate) count: usize,
}

impl Probe {
    pub(crate) fn new(problem: &Problem<'_>, options: Options) -> Self {
        let n = problem.names();
        Self {
            center: center(problem),
            ones: vec![1.0; n],
            options,
            count: 0,
        }
    }

    /// Whether the limits of a problem can be held together. Rows without any limit do no harm.
    pub(crate) fn ask(&mut self, problem: &Problem<'_>) -> Result<Verdict, Error> {
        self.count += 1;
        let limited: Vec<usize> = (0..problem.rows.len())
            .filter(|at| problem.rows[*at].is_limited())
            .collect();
        let rows: Vec<Row> = limited.iter().map(|at| problem.rows[*at].clone()).collect();
        let own = Risk {
            factors: 0,
            loadings: &[],
            covariance: &[],
            specific: &self.ones,
        };
        let benchmark = problem.risk_limit.as_ref().map(|limit| limit.benchmark);
        let (risk, objective) = match benchmark {
            None => {
                let benchmark = &self.center;
                (Some(own), Objective::MinimumTrackingError { benchmark })
            }
            Some(Some(benchmark)) => (problem.risk, Objective::MinimumTrackingError { benchmark }),
            Some(None) => {
                let objective = Objective::MinimumVariance {
                    factor_aversion: 1.0,
                    specific_aversion: 1.0,
                };
                (problem.risk, objective)
            }
        };
        let asked = Problem {
            risk,
            objective,
            rows,
            ..problem.clone()
        };
        Ok(match solve(&asked, self.options) {
            Ok(Outcome::Solved(solution)) => Verdict::Feasible(solution.weights),
            Ok(Outcome::Infeasible(mut infeasible)) => {
                for part in &mut infeasible.parts {
                    if let Constraint::Row(at) = &mut part.constraint {
                        *at = limited[*at];
                    }
                }
                Verdict::Infeasible(infeasible)
            }
            Err(Error::NotConverged(why) | Error::NotFound(why) | Error::CheckFailed(why)) => Verdict::Unknown(why),
            Err(error) => return Err(error),
        })
    }
}

/// Weights that sum to one, to start from.
fn center(problem: &Problem<'_>) -> Vec<f64> {
    let scaled = |weights: &[f64]| {
        let total = divisor_numeric::sum(weights);
        (total > 0.0).then(|| weights.iter().map(|w| w / total).collect::<Vec<f64>>())
    };
    let previous = problem.turnover.as_ref().and_then(|limit| scaled(&limit.previous));
    let upper: Vec<f64> = problem.bounds.upper.iter().map(|upper| upper.max(0.0)).collect();
    previous
        .or_else(|| scaled(&upper))
        .unwrap_or_else(|| vec![1.0 / problem.names() as f64; problem.names()])
}

/// The problem as a probe sees it: names that a chi-square distance keeps at zero stay there, by no rule that could give.
pub(crate) fn without_objective<'a>(problem: &Problem<'a>) -> Problem<'a> {
    let mut plain = problem.clone();
    if let Objective::ChiSquareDistance { target } = problem.objective {
        for (at, target) in target.iter().enumerate() {
            if *target <= 0.0 {
                plain.bounds.upper[at] = plain.bounds.upper[at].min(0.0);
                plain.bounds.upper_rule[at] = plain.total_rule;
            }
        }
    }
    plain
}
