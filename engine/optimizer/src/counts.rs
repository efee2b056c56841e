//! Contradictions that no combination of limits shows, because a name is held or it is not: they are counted.

use crate::certificate::{bound_parts, infeasible};
use crate::problem::{Coefficients, Problem, Row, Rule};
use crate::solution::{Constraint, Infeasible, Part, Side};

/// Sums of weights this much beyond a limit are rounding.
const ROUNDING: f64 = 1e-12;

/// A contradiction with the minimum holding or a number of names, if one of these counts shows it:
///
/// - the least number of names, at the minimum holding each, weighs more than one, or fewer names may be held at all;
/// - the greatest number of names, at the greatest weights there are, weighs less than one;
/// - groups of one rule that must be held, without common names, need more names than may be held, or at the minimum
///   holding more weight than there is.
pub(crate) fn miscounted(problem: &Problem<'_>, bounds: (&[f64], &[f64])) -> Option<Infeasible> {
    let count = Counts { problem, bounds };
    count
        .too_few_fit()
        .or_else(|| count.too_few_are_allowed())
        .or_else(|| count.most_are_too_light())
        .or_else(|| count.floors_of_names())
        .or_else(|| count.floors_of_groups())
}

struct Counts<'a> {
    problem: &'a Problem<'a>,
    bounds: (&'a [f64], &'a [f64]),
}

fn whole(rule: Rule, constraint: Constraint, side: Side) -> Part {
    Part {
        rule,
        constraint,
        side,
        share: 1.0,
    }
}

impl Counts<'_> {
    fn total(&self) -> Part {
        whole(self.problem.total_rule, Constraint::Total, Side::Upper)
    }

    fn least_holding(&self) -> Option<(f64, Part)> {
        let least = self.problem.minimum_holding?;
        Some((least.weight, whole(least.rule, Constraint::MinimumHolding, Side::Lower)))
    }

    fn at_most(&self) -> Option<(usize, Part)> {
        let count = self.problem.at_most?;
        Some((count.names, whole(count.rule, Constraint::AtMost, Side::Upper)))
    }

    fn at_least(&self) -> Option<(usize, Part)> {
        let count = self.problem.at_least?;
        Some((count.names, whole(count.rule, Constraint::AtLeast, Side::Lower)))
    }

    /// The greatest weights of these names, with what states them.
    fn uppers(&self, names: impl IntoIterator<Item = usize>, parts: &mut Vec<Part>) {
        for name in names {
            let upper = self.bounds.1[name];
            if upper < 1.0 {
                bound_parts(self.problem, name, (Side::Upper, upper), 1.0, parts);
            }
        }
    }

    fn too_few_fit(&self) -> Option<Infeasible> {
        let ((wanted, count), (weight, least)) = (self.at_least()?, self.least_holding()?);
        let room = ((1.0 + ROUNDING) / weight).floor();
        (wanted as f64 > room).then(|| infeasible(vec![self.total(), least, count], wanted as f64 - room, None))
    }

    fn too_few_are_allowed(&self) -> Option<Infeasible> {
        // What is held, and so how many are, is a matter of the minimum.
        let ((wanted, count), (_, least)) = (self.at_least()?, self.least_holding()?);
        let upper = self.bounds.1;
        let allowed = upper.iter().filter(|upper| **upper > 0.0).count();
        if allowed >= wanted {
            return None;
        }
        let mut parts = vec![least, count];
        self.uppers((0..upper.len()).filter(|name| upper[*name] <= 0.0), &mut parts);
        Some(infeasible(parts, (wanted - allowed) as f64, None))
    }

    fn most_are_too_light(&self) -> Option<Infeasible> {
        let (most, count) = self.at_most()?;
        let needed = names_needed(self.bounds.1.iter().copied(), 1.0);
        if needed.is_some_and(|needed| needed <= most) {
            return None;
        }
        let mut parts = vec![self.total(), count];
        self.uppers(0..self.bounds.1.len(), &mut parts);
        let needed = needed.unwrap_or(self.bounds.1.len() + 1);
        Some(infeasible(parts, (needed - most) as f64, None))
    }

    fn floors_of_names(&self) -> Option<Infeasible> {
        let (most, count) = self.at_most()?;
        let lower = self.bounds.0;
        let held: Vec<usize> = (0..lower.len()).filter(|name| lower[*name] > 0.0).collect();
        if held.len() <= most {
            return None;
        }
        let mut parts = vec![count];
        for name in &held {
            bound_parts(self.problem, *name, (Side::Lower, lower[*name]), 1.0, &mut parts);
        }
        Some(infeasible(parts, (held.len() - most) as f64, None))
    }

    fn floors_of_groups(&self) -> Option<Infeasible> {
        let mut rules: Vec<Rule> = self.problem.rows.iter().map(|row| row.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules.into_iter().find_map(|rule| self.floors_of(rule))
    }

    fn floors_of(&self, rule: Rule) -> Option<Infeasible> {
        let least = self.least_holding();
        let weight = least.map_or(0.0, |(weight, _)| weight);
        let mut taken = vec![false; self.problem.names()];
        let (mut names, mut needed) = (0, 0.0);
        let mut parts = Vec::new();
        for (at, row) in self.problem.rows.iter().enumerate().filter(|(_, row)| row.rule == rule) {
            let Some((members, floor)) = floor(row) else { continue };
            if members.iter().any(|name| taken[*name as usize]) {
                continue;
            }
            for name in members {
                taken[*name as usize] = true;
            }
            let upper = members.iter().map(|name| self.bounds.1[*name as usize]);
            let Some(own) = names_needed(upper, floor) else {
                continue;
            };
            parts.push(whole(rule, Constraint::Row(at), Side::Lower));
            if own > 1 {
                self.uppers(members.iter().map(|name| *name as usize), &mut parts);
            }
            names += own;
            needed += floor.max(own as f64 * weight);
            if let Some((_, least)) = least
                && row.upper < weight - ROUNDING
            {
                let parts = vec![
                    whole(rule, Constraint::Row(at), Side::Lower),
                    whole(rule, Constraint::Row(at), Side::Upper),
                    least,
                ];
                return Some(infeasible(parts, 1.0, None));
            }
        }
        if let Some((most, count)) = self.at_most()
            && names > most
        {
            parts.push(count);
            return Some(infeasible(parts, (names - most) as f64, None));
        }
        if let Some((weight, least)) = least
            && needed > 1.0 + ROUNDING
        {
            parts.extend([least, self.total()]);
            return Some(infeasible(parts, (needed - 1.0) / weight, None));
        }
        None
    }
}

/// The members of a group that must be held, and how much of it.
fn floor(row: &Row) -> Option<(&[u32], f64)> {
    match &row.coefficients {
        Coefficients::Members(members) if row.lower > 0.0 => Some((members, row.lower)),
        _ => None,
    }
}

/// How many of these greatest weights it takes to reach `floor`; none if all together do not.
fn names_needed(upper: impl Iterator<Item = f64>, floor: f64) -> Option<usize> {
    let mut upper: Vec<f64> = upper.collect();
    upper.sort_by(|a, b| b.total_cmp(a));
    let mut reached = 0.0;
    for (nth, upper) in upper.iter().enumerate() {
        reached += upper;
        if reached >= floor - ROUNDING {
            return Some(nth + 1);
        }
    }
    None
}

/// The problem with a row that follows from its greatest number of names: a name of weight x is at least `x ÷ upper` names.
pub(crate) fn with_count_as_row<'a>(problem: &Problem<'a>, upper: &[f64]) -> Option<Problem<'a>> {
    let count = problem.at_most?;
    let parts = upper.iter().map(|upper| if *upper > 0.0 { 1.0 / upper } else { 0.0 });
    let mut relaxed = problem.clone();
    relaxed.rows.push(Row {
        rule: count.rule,
        coefficients: Coefficients::Each(parts.collect()),
        lower: f64::NEG_INFINITY,
        upper: count.names as f64,
    });
    Some(relaxed)
}

/// A contradiction of [`with_count_as_row`] in terms of the problem itself.
pub(crate) fn without_row(problem: &Problem<'_>, upper: &[f64], found: Infeasible) -> Infeasible {
    let mut parts = found.parts;
    let row = Constraint::Row(problem.rows.len());
    let mut uses_count = false;
    for part in &mut parts {
        if part.constraint == row {
            part.constraint = Constraint::AtMost;
            uses_count = true;
        }
    }
    if uses_count {
        let counts = Counts {
            problem,
            bounds: (upper, upper),
        };
        counts.uppers(0..upper.len(), &mut parts);
    }
    infeasible(parts, found.margin, None)
}
