//! The independent check: what a solution misses, and how far it can be from the optimum, from the problem as given.
//!
//! By convexity the objective at any x is at least its tangent at w. Adding each row times its multiplier and taking the
//! least value over the bounds, name by name, gives a number no feasible x can be below. That needs the multipliers of rows,
//! turnover and risk limit alone; whoever computed them, and how, does not matter.

use divisor_numeric::{sum, sum_iter};

use crate::Error;
use crate::problem::{Coefficients, Objective, Problem, Risk, Row};
use crate::solution::Proof;
use crate::split::L1_TIE_BREAK;

/// The largest amount a constraint may be missed by, as a weight (or exposure, over the row's largest coefficient).
pub const VIOLATION: f64 = 1e-12;
/// The largest distance to the lower bound, relative to the objective.
pub const GAP: f64 = 1e-9;

/// Multipliers in the caller's units; above zero where the upper side binds.
#[derive(Debug, Clone, PartialEq)]
pub struct Multipliers {
    /// Of "weights sum to one".
    pub total: f64,
    /// Of each row.
    pub rows: Vec<f64>,
    /// Of the turnover limit.
    pub turnover: f64,
    /// Of the risk limit.
    pub risk: f64,
}

/// Residuals and gap of `weights`, the bounds of names being those given.
pub fn check(
    problem: &Problem<'_>,
    bounds: (&[f64], &[f64]),
    weights: &[f64],
    multipliers: &Multipliers,
) -> Result<Proof, Error> {
    let violation = violation(problem, bounds, weights);
    let objective = objective(problem, weights);
    let distance = gap(problem, bounds, weights, multipliers);
    let mut gap = distance / objective.abs().max(f64::MIN_POSITIVE);
    if gap > GAP {
        // The objective may be zero, or nearly.
        gap = distance / size(problem, weights, objective);
    }
    if !violation.is_finite() || violation > VIOLATION {
        return Err(Error::CheckFailed(format!("a constraint is missed by {violation:e}")));
    }
    if !gap.is_finite() || gap > GAP {
        return Err(Error::CheckFailed(format!(
            "the objective {objective:e} may be {gap:e} above the optimum, relatively"
        )));
    }
    Ok(Proof { violation, gap })
}

/// What a gap is measured by: the objective, but not less than what its terms are made of.
pub(crate) fn size(problem: &Problem<'_>, weights: &[f64], objective: f64) -> f64 {
    let natural = match (&problem.objective, &problem.risk) {
        (Objective::MinimumTrackingError { .. }, Some(risk)) => 1e-3 * variance(risk, weights),
        (Objective::MaximumExposure { exposure }, _) => exposure.iter().fold(0.0_f64, |m, e| m.max(e.abs())),
        (Objective::ChiSquareDistance { .. } | Objective::L1Distance { .. }, _) => 1.0,
        (_, Some(risk)) => 1e-3 * variance(risk, &vec![1.0 / weights.len() as f64; weights.len()]),
        _ => 0.0,
    };
    objective.abs().max(natural).max(f64::MIN_POSITIVE)
}

/// The objective as the problem states it, tie-breaks included; an exposure counts negative.
pub(crate) fn objective(problem: &Problem<'_>, weights: &[f64]) -> f64 {
    let squares = |target: &[f64], by: &dyn Fn(usize) -> f64| {
        sum_iter((0..weights.len()).map(|at| {
            let distance = weights[at] - target[at];
            distance * distance * by(at)
        }))
    };
    match (&problem.objective, &problem.risk) {
        (
            Objective::MinimumVariance {
                factor_aversion,
                specific_aversion,
            },
            Some(risk),
        ) => factor_aversion * factor_variance(risk, weights) + specific_aversion * specific_variance(risk, weights),
        (Objective::MinimumTrackingError { benchmark }, Some(risk)) => variance(risk, &minus(weights, Some(benchmark))),
        (Objective::MaximumExposure { exposure }, Some(risk)) => {
            let active = minus(weights, problem.risk_limit.as_ref().and_then(|limit| limit.benchmark));
            problem.exposure_tie_break() * variance(risk, &active)
                - sum_iter(weights.iter().zip(*exposure).map(|(w, e)| w * e))
        }
        (Objective::ChiSquareDistance { target }, _) => {
            squares(target, &|at| if target[at] > 0.0 { 1.0 / target[at] } else { 0.0 })
        }
        (Objective::L1Distance { target }, _) => {
            sum_iter(weights.iter().zip(*target).map(|(w, u)| (w - u).abs())) + L1_TIE_BREAK * squares(target, &|_| 1.0)
        }
        _ => f64::NAN,
    }
}

/// The derivative of the smooth part of the objective.
fn derivative(problem: &Problem<'_>, weights: &[f64]) -> Vec<f64> {
    match (&problem.objective, &problem.risk) {
        (
            Objective::MinimumVariance {
                factor_aversion,
                specific_aversion,
            },
            Some(risk),
        ) => covariances(risk, weights, *factor_aversion, *specific_aversion, 2.0),
        (Objective::MinimumTrackingError { benchmark }, Some(risk)) => {
            covariances(risk, &minus(weights, Some(benchmark)), 1.0, 1.0, 2.0)
        }
        (Objective::MaximumExposure { exposure }, Some(risk)) => {
            let active = minus(weights, problem.risk_limit.as_ref().and_then(|limit| limit.benchmark));
            let pull = covariances(risk, &active, 1.0, 1.0, 2.0 * problem.exposure_tie_break());
            exposure.iter().zip(&pull).map(|(e, pull)| pull - e).collect()
        }
        (Objective::ChiSquareDistance { target }, _) => (weights.iter().zip(*target))
            .map(|(w, u)| if *u > 0.0 { 2.0 * (w - u) / u } else { 0.0 })
            .collect(),
        (Objective::L1Distance { target }, _) => (weights.iter().zip(*target))
            .map(|(w, u)| 2.0 * L1_TIE_BREAK * (w - u))
            .collect(),
        _ => vec![f64::NAN; weights.len()],
    }
}

/// `w − b`.
pub(crate) fn minus(weights: &[f64], benchmark: Option<&[f64]>) -> Vec<f64> {
    match benchmark {
        None => weights.to_vec(),
        Some(benchmark) => weights.iter().zip(benchmark).map(|(w, b)| w - b).collect(),
    }
}

fn exposures(risk: &Risk<'_>, x: &[f64]) -> Vec<f64> {
    let k = risk.factors;
    let mut exposures = vec![0.0; k];
    let mut lost = vec![0.0; k];
    for (x, row) in x.iter().zip(risk.loadings.chunks_exact(k.max(1))) {
        if *x != 0.0 {
            for ((total, lost), loading) in exposures.iter_mut().zip(&mut lost).zip(row) {
                // Compensated: the check should be more exact than what it checks.
                let term = loading * x - *lost;
                let next = *total + term;
                *lost = (next - *total) - term;
                *total = next;
            }
        }
    }
    exposures
}

fn factor_direction(risk: &Risk<'_>, exposures: &[f64]) -> Vec<f64> {
    risk.covariance
        .chunks_exact(risk.factors.max(1))
        .map(|row| divisor_numeric::dot(row, exposures))
        .collect()
}

/// `xᵀFΩFᵀx`.
fn factor_variance(risk: &Risk<'_>, x: &[f64]) -> f64 {
    let exposures = exposures(risk, x);
    divisor_numeric::dot(&factor_direction(risk, &exposures), &exposures)
}

/// `xᵀDx`, the tie-break included.
fn specific_variance(risk: &Risk<'_>, x: &[f64]) -> f64 {
    let least = risk.least_specific();
    sum_iter(x.iter().zip(risk.specific).map(|(x, d)| x * x * d.max(least)))
}

/// `xᵀ(FΩFᵀ + D)x`, annual variance.
pub(crate) fn variance(risk: &Risk<'_>, x: &[f64]) -> f64 {
    factor_variance(risk, x) + specific_variance(risk, x)
}

/// `times · (factor · FΩFᵀ + specific · D) x`.
pub(crate) fn covariances(risk: &Risk<'_>, x: &[f64], factor: f64, specific: f64, times: f64) -> Vec<f64> {
    let least = risk.least_specific();
    let direction = factor_direction(risk, &exposures(risk, x));
    (0..x.len())
        .map(|at| {
            let row = &risk.loadings[at * risk.factors..(at + 1) * risk.factors];
            times * (factor * divisor_numeric::dot(row, &direction) + specific * risk.specific[at].max(least) * x[at])
        })
        .collect()
}

fn row_value(row: &Row, weights: &[f64]) -> f64 {
    match &row.coefficients {
        Coefficients::Members(members) => sum_iter(members.iter().map(|name| weights[*name as usize])),
        Coefficients::Each(numbers) => sum_iter(numbers.iter().zip(weights).map(|(a, w)| a * w)),
    }
}

fn row_size(row: &Row) -> f64 {
    match &row.coefficients {
        Coefficients::Members(_) => 1.0,
        Coefficients::Each(numbers) => numbers.iter().fold(1.0, |m, a| m.max(a.abs())),
    }
}

fn bought(problem: &Problem<'_>, weights: &[f64]) -> f64 {
    problem.turnover.as_ref().map_or(0.0, |turnover| {
        sum_iter(weights.iter().zip(&turnover.previous).map(|(w, p)| (w - p).max(0.0)))
    })
}

fn violation(problem: &Problem<'_>, (lower, upper): (&[f64], &[f64]), weights: &[f64]) -> f64 {
    // `max` would hide a weight that is not a number.
    if !weights.iter().all(|w| w.is_finite()) {
        return f64::NAN;
    }
    let mut worst = (sum_iter(weights.iter().copied()) - 1.0).abs();
    for ((w, lower), upper) in weights.iter().zip(lower).zip(upper) {
        worst = worst.max((lower - w).max(w - upper));
    }
    for row in &problem.rows {
        let value = row_value(row, weights);
        worst = worst.max((row.lower - value).max(value - row.upper) / row_size(row));
    }
    if let Some(turnover) = &problem.turnover {
        worst = worst.max(bought(problem, weights) - turnover.limit);
    }
    if let (Some(limit), Some(risk)) = (&problem.risk_limit, &problem.risk) {
        let found = variance(risk, &minus(weights, limit.benchmark));
        // Relative, and of the volatility, which is half that of the variance.
        worst = worst.max(0.5 * (found / limit.variance - 1.0));
    }
    if let Some(least) = problem.minimum_holding {
        let below = |w: &&f64| **w > 0.0 && **w < least.weight;
        worst = weights.iter().filter(below).fold(worst, |m, w| m.max(least.weight - w));
    }
    let held = weights.iter().filter(|w| **w > 0.0).count();
    let is_too_many = problem.at_most.is_some_and(|count| held > count.names);
    let is_too_few = problem.at_least.is_some_and(|count| held < count.names);
    // A count is held or it is not.
    if is_too_many || is_too_few {
        f64::INFINITY
    } else {
        worst
    }
}

/// The derivative of everything smooth: objective, total, rows and risk limit with their multipliers.
fn slope(problem: &Problem<'_>, weights: &[f64], multipliers: &Multipliers) -> Vec<f64> {
    let mut slope = derivative(problem, weights);
    for slope in &mut slope {
        *slope += multipliers.total;
    }
    if let (Some(limit), Some(risk)) = (&problem.risk_limit, &problem.risk)
        && multipliers.risk > 0.0
    {
        let active = minus(weights, limit.benchmark);
        let pull = covariances(risk, &active, 1.0, 1.0, 2.0 * multipliers.risk);
        slope.iter_mut().zip(&pull).for_each(|(slope, pull)| *slope += pull);
    }
    for (row, price) in problem.rows.iter().zip(&multipliers.rows) {
        match &row.coefficients {
            _ if *price == 0.0 => {}
            Coefficients::Members(members) => members.iter().for_each(|name| slope[*name as usize] += price),
            Coefficients::Each(numbers) => slope.iter_mut().zip(numbers).for_each(|(slope, a)| *slope += price * a),
        }
    }
    slope
}

/// What one more of each weight would cost, all other limits at their prices: above zero where only the lower bound
/// keeps a name from less, below zero where only the upper bound keeps it from more.
pub(crate) fn reduced_costs(problem: &Problem<'_>, weights: &[f64], multipliers: &Multipliers) -> Vec<f64> {
    let mut costs = slope(problem, weights, multipliers);
    for (at, cost) in costs.iter_mut().enumerate() {
        // At a kink there are two slopes: no cost, if zero is between them.
        let (mut low, mut high) = (*cost, *cost);
        let mut kink = |from: f64, below: f64, above: f64| {
            low += if weights[at] > from { above } else { below };
            high += if weights[at] < from { below } else { above };
        };
        if let Some(turnover) = &problem.turnover {
            kink(turnover.previous[at], 0.0, multipliers.turnover.max(0.0));
        }
        if let Objective::L1Distance { target } = problem.objective {
            kink(target[at], -1.0, 1.0);
        }
        *cost = 0.0_f64.clamp(low, high);
    }
    costs
}

/// Objective at `weights` less a lower bound of it over everything feasible.
fn gap(problem: &Problem<'_>, (lower, upper): (&[f64], &[f64]), weights: &[f64], multipliers: &Multipliers) -> f64 {
    let slope = slope(problem, weights, multipliers);
    let mut gap = 0.0;
    if let (Some(limit), Some(risk)) = (&problem.risk_limit, &problem.risk) {
        let found = variance(risk, &minus(weights, limit.benchmark));
        gap += multipliers.risk * (limit.variance - found).max(0.0);
    }
    for (row, price) in problem.rows.iter().zip(&multipliers.rows) {
        if *price != 0.0 {
            let bound = if *price > 0.0 { row.upper } else { row.lower };
            gap += (price * (bound - row_value(row, weights))).max(0.0);
        }
    }
    let kappa = multipliers.turnover.max(0.0);
    if let Some(turnover) = &problem.turnover {
        gap += (kappa * (turnover.limit - bought(problem, weights))).max(0.0);
    }
    let target = match problem.objective {
        Objective::L1Distance { target } => Some(target),
        _ => None,
    };
    let excess: Vec<f64> = (0..weights.len())
        .map(|at| {
            let previous = problem.turnover.as_ref().map(|turnover| turnover.previous[at]);
            let value = |x: f64| {
                slope[at] * x
                    + previous.map_or(0.0, |p| kappa * (x - p).max(0.0))
                    + target.map_or(0.0, |u| (x - u[at]).abs())
            };
            let corners = [Some(lower[at]), Some(upper[at]), previous, target.map(|u| u[at])];
            let corners = corners.into_iter().flatten().map(|x| x.clamp(lower[at], upper[at]));
            let here = value(weights[at]);
            corners.fold(0.0_f64, |most, x| most.max(here - value(x)))
        })
        .collect();
    gap + sum(&excess)
}
