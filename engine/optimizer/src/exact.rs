//! Who is held, by `HiGHS` (cargo feature `solver-highs`): a mixed-integer problem of the linear limits, minimum holding and
//! numbers of names. It is asked where dropping names and the search over who is held came to no end.
//!
//! What its answers are worth: the names it finds are no more than a suggestion; weights are solved over them and proved like all
//! others. That there are none is its own proof by branch and bound, over limits as loose as its tolerance of 1e-7, and is the
//! one verdict of this crate that is taken at its word. A risk limit is left out: names that suit all else may not suit it,
//! and then it stays open. For an absolute distance without a risk limit the names are those of the least distance there is;
//! for other objectives those whose weights can be nearest to the ones without minimum and numbers of names.

use good_lp::solvers::highs::highs;
use good_lp::{Expression, ProblemVariables, ResolutionError, Solution as _, SolverModel, Variable, variable};

use crate::Error;
use crate::certificate::{bound_parts, infeasible};
use crate::problem::{Coefficients, Objective, Problem};
use crate::solution::{Constraint, Part, Side};
use crate::solve::{Convex, Engine};
use crate::tree::Found;

/// Branches at most; a limit of time would make answers depend on the machine.
const NODES: i32 = 200_000;

/// Weights over the names `HiGHS` holds, from the bounds the engine has; `near` are weights without minimum and numbers of
/// names.
pub(crate) fn search(engine: &mut Engine<'_>, near: &[f64]) -> Result<Found, Error> {
    let problem = engine.problem;
    let held = match held(problem, (&engine.lower, &engine.upper), near) {
        Ok(held) => held,
        Err(ResolutionError::Infeasible) => {
            let parts = every_part(problem, (&engine.lower, &engine.upper));
            return Ok(Found::Nothing(infeasible(parts, 1.0, None)));
        }
        Err(_) => return Ok(Found::Open),
    };
    let least = problem.minimum_holding.map_or(0.0, |least| least.weight);
    let before = (engine.lower.clone(), engine.upper.clone());
    for (at, held) in held.into_iter().enumerate() {
        if held {
            engine.lower[at] = engine.lower[at].max(least);
        } else {
            engine.upper[at] = engine.upper[at].min(0.0);
        }
    }
    if let Convex::Solved(relaxed) = engine.solve(None)? {
        return Ok(Found::Held(relaxed, 1));
    }
    (engine.lower, engine.upper) = before;
    Ok(Found::Open)
}

/// Whether each name is held.
fn held(problem: &Problem<'_>, (lower, upper): (&[f64], &[f64]), near: &[f64]) -> Result<Vec<bool>, ResolutionError> {
    let mut variables = ProblemVariables::new();
    let weights: Vec<Variable> = (upper.iter())
        .map(|upper| variables.add(variable().min(0.0).max(upper.max(0.0))))
        .collect();
    let holds: Vec<Variable> = (lower.iter())
        .map(|lower| variables.add(variable().integer().min(f64::from(u8::from(*lower > 0.0))).max(1.0)))
        .collect();
    let mut constraints = Vec::new();
    let least = problem.minimum_holding.map_or(0.0, |least| least.weight);
    for at in 0..weights.len() {
        constraints.push((weights[at] - upper[at].max(0.0) * holds[at]).leq(0.0));
        constraints.push((weights[at] - lower[at].max(least) * holds[at]).geq(0.0));
    }
    let total: Expression = weights.iter().sum();
    constraints.push(total.eq(1.0));
    let count: Expression = holds.iter().sum();
    constraints.extend(problem.at_most.map(|most| count.clone().leq(most.names as f64)));
    constraints.extend(problem.at_least.map(|fewest| count.geq(fewest.names as f64)));
    for row in &problem.rows {
        let value: Expression = match &row.coefficients {
            Coefficients::Members(members) => members.iter().map(|name| weights[*name as usize]).sum(),
            Coefficients::Each(numbers) => numbers.iter().zip(&weights).map(|(a, w)| *a * *w).sum(),
        };
        constraints.extend(row.upper.is_finite().then(|| value.clone().leq(row.upper)));
        constraints.extend(row.lower.is_finite().then(|| value.geq(row.lower)));
    }
    if let Some(turnover) = &problem.turnover {
        let bought = beyond(&mut variables, &weights, &turnover.previous, 1.0, &mut constraints);
        constraints.push(bought.leq(turnover.limit));
    }
    let target = match problem.objective {
        Objective::L1Distance { target } => target,
        _ => near,
    };
    let above = beyond(&mut variables, &weights, target, 1.0, &mut constraints);
    let below = beyond(&mut variables, &weights, target, -1.0, &mut constraints);
    let mut model = variables
        .minimise(above + below)
        .using(highs)
        .set_threads(1)
        .set_mip_rel_gap(1e-9)
        .map_err(|_| ResolutionError::Other("a gap that HiGHS does not take"))?;
    model.set_verbose(false);
    let mut model = model.set_option("mip_max_nodes", NODES);
    for constraint in constraints {
        model.add_constraint(constraint);
    }
    let found = model.solve()?;
    Ok(holds.iter().map(|held| found.value(*held) > 0.5).collect())
}

/// `Σ max(sign · (w − from), 0)`.
fn beyond(
    variables: &mut ProblemVariables,
    weights: &[Variable],
    from: &[f64],
    sign: f64,
    constraints: &mut Vec<good_lp::Constraint>,
) -> Expression {
    let parts = weights.iter().zip(from).map(|(weight, from)| {
        let part = variables.add(variable().min(0.0));
        constraints.push((part - sign * *weight).geq(-sign * from));
        part
    });
    parts.sum()
}

/// All limits `HiGHS` was told.
fn every_part(problem: &Problem<'_>, (lower, upper): (&[f64], &[f64])) -> Vec<Part> {
    let whole = |rule, constraint, side| Part {
        rule,
        constraint,
        side,
        share: 1.0,
    };
    let mut parts = vec![whole(problem.total_rule, Constraint::Total, Side::Upper)];
    for (at, row) in problem.rows.iter().enumerate() {
        let sides = [(Side::Upper, row.upper), (Side::Lower, row.lower)];
        let limits = sides.into_iter().filter(|(_, limit)| limit.is_finite());
        parts.extend(limits.map(|(side, _)| whole(row.rule, Constraint::Row(at), side)));
    }
    let turnover = problem.turnover.as_ref().map(|limit| limit.rule);
    parts.extend(turnover.map(|rule| whole(rule, Constraint::Turnover, Side::Upper)));
    let least = problem.minimum_holding.map(|least| least.rule);
    parts.extend(least.map(|rule| whole(rule, Constraint::MinimumHolding, Side::Lower)));
    parts.extend(
        problem
            .at_most
            .map(|count| whole(count.rule, Constraint::AtMost, Side::Upper)),
    );
    parts.extend(
        problem
            .at_least
            .map(|count| whole(count.rule, Constraint::AtLeast, Side::Lower)),
    );
    for name in 0..upper.len() {
        for (side, bound, is_bound) in [
            (Side::Upper, upper[name], upper[name] < 1.0),
            (Side::Lower, lower[name], lower[name] > 0.0),
        ] {
            if is_bound {
                bound_parts(problem, name, (side, bound), 1.0, &mut parts);
            }
        }
    }
    parts
}
