//! Proof that no weights hold all limits: a combination of rows, turnover and total that even the best weights within
//! the bounds of every name miss.

use crate::check::Multipliers;
use crate::problem::{Coefficients, Problem, Rule};
use crate::solution::Infeasible;

/// Parts of a combination below this may be noise of whoever made it; the largest threshold at which the rest is still a
/// proof gives the shortest list.
const NOISE: [f64; 4] = [1e-2, 1e-4, 1e-6, 1e-8];

/// Verifies a combination (signs as in a solution) and names the rules in it; none if it proves nothing.
///
/// Every x within the bounds that held all limits would make `Σ price · (row − limit)` zero or less. Its least value
/// is found name by name; above zero, there is no such x.
pub(crate) fn prove(problem: &Problem<'_>, bounds: (&[f64], &[f64]), multipliers: &Multipliers) -> Option<Infeasible> {
    NOISE
        .iter()
        .find_map(|noise| prove_without(problem, bounds, multipliers, *noise))
}

fn prove_without(
    problem: &Problem<'_>,
    (lower, upper): (&[f64], &[f64]),
    multipliers: &Multipliers,
    noise: f64,
) -> Option<Infeasible> {
    let most = (multipliers.rows.iter()).fold(multipliers.total.abs().max(multipliers.turnover), |m, v| m.max(v.abs()));
    let clean = |v: f64| if v.abs() > noise * most { v / most } else { 0.0 };
    let (total, turnover) = (clean(multipliers.total), clean(multipliers.turnover.max(0.0)));
    let mut slope = vec![total; lower.len()];
    let mut parts: Vec<(Rule, f64)> = vec![(problem.total_rule, total.abs())];
    let mut terms = vec![-total];
    for (row, v) in problem.rows.iter().zip(&multipliers.rows) {
        let v = clean(*v);
        if v == 0.0 {
            continue;
        }
        let bound = if v > 0.0 { row.upper } else { row.lower };
        terms.push(-v * bound);
        parts.push((row.rule, v.abs()));
        match &row.coefficients {
            Coefficients::Members(members) => members.iter().for_each(|name| slope[*name as usize] += v),
            Coefficients::Each(numbers) => slope.iter_mut().zip(numbers).for_each(|(slope, a)| *slope += v * a),
        }
    }
    let previous = problem.turnover.as_ref();
    if let Some(limit) = previous {
        terms.push(-turnover * limit.limit);
        parts.push((limit.rule, turnover));
    }
    for (at, slope) in slope.iter().enumerate() {
        let from = previous.map_or(0.0, |turnover| turnover.previous[at]);
        let value = |x: f64| slope * x + turnover * (x - from).max(0.0);
        let (low, high) = (value(lower[at]), value(upper[at]));
        let inner = value(from.clamp(lower[at], upper[at]));
        let least = low.min(high).min(inner);
        terms.push(least);
        // A bound takes part where going beyond it would be better still; that weights are not below zero goes unsaid.
        let beyond_upper = slope + if upper[at] >= from { turnover } else { 0.0 };
        let beyond_lower = slope + if lower[at] > from { turnover } else { 0.0 };
        if high <= least && beyond_upper < -noise {
            parts.push((problem.bounds.upper_rule[at], -beyond_upper));
        } else if low <= least && beyond_lower > noise && lower[at] > 0.0 {
            parts.push((problem.bounds.lower_rule[at], beyond_lower));
        }
    }
    let value = divisor_numeric::sum_iter(terms.iter().copied());
    let size = terms.iter().fold(0.0_f64, |most, term| most.max(term.abs()));
    (value > 1e-12 * size).then(|| Infeasible { rules: gathered(parts) })
}

/// The largest part of every rule, over the largest of all, descending.
pub(crate) fn gathered(mut parts: Vec<(Rule, f64)>) -> Vec<(Rule, f64)> {
    parts.retain(|part| part.1 > 0.0);
    parts.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    parts.dedup_by_key(|part| part.0);
    let most = parts.iter().fold(f64::MIN_POSITIVE, |most, part| most.max(part.1));
    for part in &mut parts {
        part.1 /= most;
    }
    parts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    parts
}
