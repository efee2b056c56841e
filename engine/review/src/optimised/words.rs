//! Contradictions of an optimisation in the words of the rules.

use std::collections::BTreeMap;

use divisor_methodology::{ConstraintOn, TurnoverMeasure};
use divisor_model::Diagnostic;
use divisor_optimizer::{Constraint, Error, Member, Options, Rule, Step, conflict, least_change};

use crate::error::ReviewError;
use crate::limit::Ground;
use crate::optimised::problem::{RowOf, Stated, Task};
use crate::optimised::rules::{SELECTION, TOTAL, TURNOVER, Which, id_and_line, which};

/// Groups and names listed at most.
const LISTED: usize = 4;

/// The smallest set of rules that contradict each other after these steps, and how far each would have to give.
pub(super) fn contradiction(task: Task<'_>, steps: &[Step], ground: Ground<'_>) -> ReviewError {
    let stated = task.after(steps);
    let found = match conflict(&stated.problem, &[SELECTION], Options::default()) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let why = "nor was it proved that there are none";
            return unsolved(&Error::NotFound(why.to_owned()), ground);
        }
        Err(error) => return unsolved(&error, ground),
    };
    let members = found.members.iter().filter(|member| member.rule != TOTAL);
    let rules: Vec<String> = members.map(|member| rule(task, &stated, member, ground)).collect();
    let after = if steps.is_empty() {
        String::new()
    } else {
        format!(", after all {} steps of [[relax]]", steps.len())
    };
    let message = format!(
        "{}: these rules cannot all hold{after}: {} and the weights must sum to 100%",
        ground.when,
        rules.join(", ")
    );
    let units = Task::units(&stated);
    let changes: Vec<String> = (found.rules().into_iter())
        .filter_map(|rule| change(task, &stated, rule, &units))
        .collect();
    let help = if changes.is_empty() {
        "loosen one of them, or let more names in".to_owned()
    } else {
        format!("one of these would do: {}", changes.join(", or "))
    };
    let diagnostic = Diagnostic::error("R0301", message).help(help);
    ReviewError::unsatisfiable(diagnostic)
}

/// An optimisation without an answer, though nothing shows that there is none.
pub(super) fn unsolved(error: &Error, ground: Ground<'_>) -> ReviewError {
    let message = format!("{}: {error}", ground.when);
    let diagnostic = Diagnostic::error("R0306", message);
    match error {
        Error::Indefinite { .. } => ReviewError::input(vec![diagnostic]),
        Error::NotFound(_) => ReviewError::unsatisfiable(diagnostic),
        Error::Invalid(_) | Error::NotConverged(_) | Error::CheckFailed(_) => ReviewError::engine(diagnostic),
    }
}

/// The id of a rule, its line, and what of it is in the way.
fn rule(task: Task<'_>, stated: &Stated<'_>, member: &Member, ground: Ground<'_>) -> String {
    let (id, line) = id_and_line(task.methodology, member.rule);
    let Which::Limit(at) = which(task.methodology, member.rule) else {
        return format!("`{id}` (line {line})");
    };
    let on = &task.methodology.limits[at].on;
    let column = &stated.limits[at];
    // In the order of the groups, each once.
    let mut groups: BTreeMap<usize, &str> = BTreeMap::new();
    for part in &member.parts {
        let group = match part.constraint {
            Constraint::Row(row) => match stated.rows[row] {
                RowOf::Group(_, group) => Some(group),
                RowOf::Exposure(_) => None,
            },
            Constraint::Name(name) => {
                let candidate = task.given.candidates.binary_search(&(name as u32)).ok();
                candidate.map(|candidate| column.group_of[candidate] as usize)
            }
            _ => None,
        };
        if let Some(group) = group {
            groups.insert(group, column.groups[group].label(on, ground.snapshot));
        }
    }
    let listed: Vec<&str> = groups.values().take(LISTED).copied().collect();
    if listed.is_empty() {
        return format!("`{id}` (line {line})");
    }
    let more = match groups.len() - listed.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("`{id}` (line {line}) on {} {}{more}", on.name(), listed.join(", "))
}

/// How far one rule alone would have to give; none where no change of it is known to be enough.
fn change(task: Task<'_>, stated: &Stated<'_>, rule: Rule, units: &[f64]) -> Option<String> {
    if rule == SELECTION {
        return None;
    }
    let change = least_change(&stated.problem, rule, units, Options::default()).ok()?;
    if !change.enough.is_finite() {
        return None;
    }
    let (id, _) = id_and_line(task.methodology, rule);
    let constraint = match which(task.methodology, rule) {
        Which::Constraint(at) => task.optimised.constraints.get(at),
        _ => None,
    };
    let amount = match constraint.map(|constraint| &constraint.on) {
        Some(ConstraintOn::Exposure { .. }) => format!("{} sd", up(change.enough)),
        Some(ConstraintOn::Names { .. }) if change.enough < 1.5 => "1 name".to_owned(),
        Some(ConstraintOn::Names { .. }) => format!("{} names", change.enough.round()),
        // The optimizer's turnover is one-way.
        _ if rule == TURNOVER && is_two_way(stated) => format!("{}pp", up(change.enough * 200.0)),
        _ => format!("{}pp", up(change.enough * 100.0)),
    };
    Some(format!("`{id}` looser by {amount}"))
}

fn is_two_way(stated: &Stated<'_>) -> bool {
    let limit = stated.standing.turnover.as_ref();
    limit.is_some_and(|limit| limit.measure.value == TurnoverMeasure::TwoWay)
}

/// Rounded up to four decimals: what is told is enough.
fn up(amount: f64) -> f64 {
    (amount * 1e4).ceil() / 1e4
}
