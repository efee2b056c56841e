//! Proof that no weights hold all limits: a combination of rows, turnover, risk limit and total that even the best
//! weights within the bounds of every name miss.

use crate::check::{Multipliers, covariances, minus, variance};
use crate::problem::{Coefficients, Objective, Problem, Rule};
use crate::solution::{Constraint, Infeasible, Part, Side};

/// Parts of a combination below this may be noise of whoever made it; the largest threshold at which the rest is still a
/// proof gives the shortest list.
const NOISE: [f64; 4] = [1e-2, 1e-4, 1e-6, 1e-8];
/// What a combination must be missed by, over its largest term: far above rounding, far below any limit.
const PROOF: f64 = 1e-12;

/// A combination of limits, signs as in a solution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) multipliers: Multipliers,
    /// Where the variance is replaced by its tangent, which it is nowhere below; needed with a multiplier of the risk limit.
    pub(crate) anchor: Option<Vec<f64>>,
}

/// `slope · x ≤ limit`, which follows from the risk limit, scaled to a largest slope of one.
struct Tangent {
    slope: Vec<f64>,
    limit: f64,
}

/// Verifies a combination and names the rules in it; none if it proves nothing.
///
/// Every x within the bounds that held all limits would make `Σ price · (row − limit)` zero or less. Its least value
/// is found name by name; above zero, there is no such x.
pub(crate) fn prove(problem: &Problem<'_>, bounds: (&[f64], &[f64]), evidence: &Evidence) -> Option<Infeasible> {
    if evidence.multipliers.rows.len() != problem.rows.len() {
        return None;
    }
    let tangent = evidence
        .anchor
        .as_ref()
        .and_then(|anchor| tangent(problem, anchor, evidence.multipliers.risk));
    NOISE
        .iter()
        .find_map(|noise| prove_without(problem, bounds, evidence, tangent.as_ref(), *noise))
}

/// The risk limit as a row, and its multiplier.
fn tangent(problem: &Problem<'_>, anchor: &[f64], price: f64) -> Option<(Tangent, f64)> {
    let (limit, risk) = (problem.risk_limit.as_ref()?, problem.risk.as_ref()?);
    let active = minus(anchor, limit.benchmark);
    let mut slope = covariances(risk, &active, 1.0, 1.0, 2.0);
    let size = slope.iter().fold(f64::MIN_POSITIVE, |most, s| most.max(s.abs()));
    let at_anchor = divisor_numeric::dot(&slope, anchor);
    for s in &mut slope {
        *s /= size;
    }
    let limit = (limit.variance - variance(risk, &active) + at_anchor) / size;
    Some((Tangent { slope, limit }, price.max(0.0) * size))
}

fn prove_without(
    problem: &Problem<'_>,
    (lower, upper): (&[f64], &[f64]),
    evidence: &Evidence,
    tangent: Option<&(Tangent, f64)>,
    noise: f64,
) -> Option<Infeasible> {
    let multipliers = &evidence.multipliers;
    let risk = tangent.map_or(0.0, |(_, price)| *price);
    let most = multipliers.total.abs().max(multipliers.turnover).max(risk);
    let most = multipliers.rows.iter().fold(most, |most, v| most.max(v.abs()));
    let clean = |v: f64| if v.abs() > noise * most { v / most } else { 0.0 };
    let (total, turnover) = (clean(multipliers.total), clean(multipliers.turnover.max(0.0)));
    let mut sum = Combination {
        slope: vec![total; lower.len()],
        terms: vec![-total],
        parts: vec![part(problem.total_rule, Constraint::Total, total)],
    };
    for (at, (row, v)) in problem.rows.iter().zip(&multipliers.rows).enumerate() {
        let v = clean(*v);
        if v == 0.0 {
            continue;
        }
        sum.terms.push(-v * if v > 0.0 { row.upper } else { row.lower });
        sum.parts.push(part(row.rule, Constraint::Row(at), v));
        match &row.coefficients {
            Coefficients::Members(members) => members.iter().for_each(|name| sum.slope[*name as usize] += v),
            Coefficients::Each(numbers) => sum.add(numbers, v),
        }
    }
    if let Some(limit) = &problem.turnover {
        sum.terms.push(-turnover * limit.limit);
        sum.parts.push(part(limit.rule, Constraint::Turnover, turnover));
    }
    if let (Some((tangent, price)), Some(limit)) = (tangent, &problem.risk_limit) {
        let price = clean(*price);
        sum.terms.push(-price * tangent.limit);
        sum.parts.push(part(limit.rule, Constraint::Risk, price));
        sum.add(&tangent.slope, price);
    }
    for at in 0..lower.len() {
        sum.add_name(problem, at, (lower[at], upper[at]), turnover, noise);
    }
    let value = divisor_numeric::sum_iter(sum.terms.iter().copied());
    let size = sum.terms.iter().fold(0.0_f64, |most, term| most.max(term.abs()));
    (value > PROOF * size).then(|| infeasible(sum.parts, value, Some(evidence.clone())))
}

/// `Σ slope · x + Σ terms`, the least terms of names among them.
struct Combination {
    slope: Vec<f64>,
    terms: Vec<f64>,
    parts: Vec<Part>,
}

impl Combination {
    fn add(&mut self, numbers: &[f64], v: f64) {
        (self.slope.iter_mut().zip(numbers)).for_each(|(slope, a)| *slope += v * a);
    }

    /// The least a name can add, and the bound that keeps it from less.
    fn add_name(&mut self, problem: &Problem<'_>, at: usize, (lower, upper): (f64, f64), turnover: f64, noise: f64) {
        let slope = self.slope[at];
        let from = problem.turnover.as_ref().map_or(0.0, |turnover| turnover.previous[at]);
        let value = |x: f64| slope * x + turnover * (x - from).max(0.0);
        let (low, high) = (value(lower), value(upper));
        let least = low.min(high).min(value(from.clamp(lower, upper)));
        self.terms.push(least);
        // A bound takes part where going beyond it would be better still; that weights are not below zero goes unsaid.
        let beyond_upper = slope + if upper >= from { turnover } else { 0.0 };
        let beyond_lower = slope + if lower > from { turnover } else { 0.0 };
        if high <= least && beyond_upper < -noise {
            bound_parts(problem, at, (Side::Upper, upper), -beyond_upper, &mut self.parts);
        } else if low <= least && beyond_lower > noise && lower > 0.0 {
            bound_parts(problem, at, (Side::Lower, lower), beyond_lower, &mut self.parts);
        }
    }
}

/// A bound of a name, with what made it tighter than the problem states it.
pub(crate) fn bound_parts(
    problem: &Problem<'_>,
    at: usize,
    (side, bound): (Side, f64),
    share: f64,
    parts: &mut Vec<Part>,
) {
    let bounds = &problem.bounds;
    let (stated, rule) = match side {
        Side::Upper => (bounds.upper[at], bounds.upper_rule[at]),
        Side::Lower => (bounds.lower[at], bounds.lower_rule[at]),
    };
    if let Objective::ChiSquareDistance { target } = problem.objective
        && target[at] <= 0.0
        && side == Side::Upper
    {
        // What keeps it at zero is the objective, which is no rule that could give.
        parts.push(Part {
            rule: problem.total_rule,
            constraint: Constraint::Name(at),
            side,
            share,
        });
        return;
    }
    let mut push = |rule, constraint| {
        parts.push(Part {
            rule,
            constraint,
            side,
            share,
        });
    };
    // Stated bounds of zero weight go unsaid here too.
    if side == Side::Upper || stated > 0.0 {
        push(rule, Constraint::Name(at));
    }
    let least = problem.minimum_holding;
    match side {
        Side::Upper if bound < stated => {
            if let Some(least) = least {
                push(least.rule, Constraint::MinimumHolding);
            }
        }
        Side::Lower if bound > stated => {
            if let Some(least) = least.filter(|least| bound.to_bits() == least.weight.to_bits()) {
                push(least.rule, Constraint::MinimumHolding);
            }
            // Where nothing may be sold, previous weights are least weights.
            if let Some(turnover) = problem.turnover.as_ref().filter(|_| stated <= 0.0) {
                push(turnover.rule, Constraint::Turnover);
            }
        }
        _ => {}
    }
}

fn part(rule: Rule, constraint: Constraint, v: f64) -> Part {
    Part {
        rule,
        constraint,
        side: if v > 0.0 { Side::Upper } else { Side::Lower },
        share: v.abs(),
    }
}

/// Bounds of one name that cross.
pub(crate) fn crossed(problem: &Problem<'_>, at: usize, lower: f64, upper: f64) -> Infeasible {
    let mut parts = Vec::new();
    bound_parts(problem, at, (Side::Lower, lower), 1.0, &mut parts);
    bound_parts(problem, at, (Side::Upper, upper), 1.0, &mut parts);
    infeasible(parts, lower - upper, None)
}

/// A row that no weights at all hold: its sides cross, or it has no members and may not be zero.
pub(crate) fn impossible_row(problem: &Problem<'_>) -> Option<Infeasible> {
    problem.rows.iter().enumerate().find_map(|(at, row)| {
        let is_empty = matches!(&row.coefficients, Coefficients::Members(members) if members.is_empty());
        let (lower, upper) = if is_empty {
            (row.lower.max(0.0), row.upper.min(0.0))
        } else {
            (row.lower, row.upper)
        };
        let side = |side, bound: f64| Part {
            rule: row.rule,
            constraint: Constraint::Row(at),
            side,
            share: f64::from(u8::from(!is_empty || bound != 0.0)),
        };
        (lower > upper).then(|| {
            let parts = vec![side(Side::Lower, lower), side(Side::Upper, upper)];
            infeasible(parts, lower - upper, None)
        })
    })
}

/// A contradiction of these parts; each limit is named once.
pub(crate) fn infeasible(mut parts: Vec<Part>, margin: f64, evidence: Option<Evidence>) -> Infeasible {
    parts.retain(|part| part.share > 0.0);
    parts.sort_by(|a, b| order(a).cmp(&order(b)).then(b.share.total_cmp(&a.share)));
    parts.dedup_by_key(|part| (part.rule, part.constraint, part.side));
    let most = parts.iter().fold(f64::MIN_POSITIVE, |most, part| most.max(part.share));
    for part in &mut parts {
        part.share /= most;
    }
    let mut rules: Vec<(Rule, f64)> = parts.iter().map(|part| (part.rule, part.share)).collect();
    rules.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    rules.dedup_by_key(|rule| rule.0);
    rules.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Infeasible {
        rules,
        parts,
        margin,
        evidence,
    }
}

fn order(part: &Part) -> (u8, usize, Rule, Side) {
    let (kind, at) = match part.constraint {
        Constraint::Total => (0, 0),
        Constraint::Row(at) => (1, at),
        Constraint::Turnover => (2, 0),
        Constraint::Risk => (3, 0),
        Constraint::Name(at) => (4, at),
        Constraint::MinimumHolding => (5, 0),
        Constraint::AtMost => (6, 0),
        Constraint::AtLeast => (7, 0),
    };
    (kind, at, part.rule, part.side)
}
