//! Limits that cannot hold, in the words of the rules.

use std::collections::BTreeMap;

use divisor_methodology::{Limit, Methodology};
use divisor_model::Diagnostic;
use divisor_numeric::limits::{Conflict, LimitError, Shortfall};

use crate::error::ReviewError;
use crate::limit::{Ground, LimitColumn};

/// Bounds that contradict each other.
pub(crate) fn unsatisfiable(
    methodology: &Methodology,
    limits: &[LimitColumn],
    error: &LimitError,
    ground: Ground<'_>,
) -> ReviewError {
    match error {
        LimitError::Infeasible(conflict) => {
            ReviewError::unsatisfiable(conflict_words(methodology, limits, conflict, ground))
        }
        other => {
            let message = format!("{}: the limits could not be held: {other}", ground.when);
            ReviewError::engine(Diagnostic::error("R0303", message))
        }
    }
}

/// A procedure that has no answer.
pub(crate) fn unheld(limit: &Limit, why: &str, ground: Ground<'_>) -> ReviewError {
    let message = format!(
        "{}: `{}` (line {}) cannot hold: {why}",
        ground.when, limit.id, limit.line
    );
    let help = "loosen it, or let more names in";
    ReviewError::unsatisfiable(Diagnostic::error("R0304", message).help(help))
}

/// Limits that contradict each other with any number of groups above the threshold of the limit `at`.
pub(crate) fn unconcentrated(
    methodology: &Methodology,
    limits: &[LimitColumn],
    at: usize,
    error: &LimitError,
    ground: Ground<'_>,
) -> ReviewError {
    let LimitError::Infeasible(conflict) = error else {
        return unsatisfiable(methodology, limits, error, ground);
    };
    let node = conflict.node.map(|(axis, _)| axis);
    let mut axes: Vec<usize> = conflict.responsible.iter().map(|bound| bound.0).chain(node).collect();
    if axes.iter().all(|axis| *axis < limits.len()) {
        return unsatisfiable(methodology, limits, error, ground);
    }
    axes.retain(|axis| *axis < limits.len() && *axis != at);
    axes.sort_unstable();
    axes.dedup();
    let with: Vec<String> = axes
        .iter()
        .map(|axis| {
            format!(
                "`{}` (line {})",
                methodology.limits[*axis].id, methodology.limits[*axis].line
            )
        })
        .collect();
    let with = if with.is_empty() {
        String::new()
    } else {
        format!(" with {}", with.join(" and "))
    };
    let why = format!(
        "however many may weigh more, {} has to find room{with} and finds at most {}",
        percent(conflict.needed),
        percent(conflict.available)
    );
    unheld(&methodology.limits[at], &why, ground)
}

fn percent(weight: f64) -> String {
    format!("{:.4}%", weight * 100.0)
}

/// The conflict in the words of the rules.
fn conflict_words(
    methodology: &Methodology,
    limits: &[LimitColumn],
    conflict: &Conflict,
    ground: Ground<'_>,
) -> Diagnostic {
    let when = ground.when;
    let name =
        |axis: usize, group: usize| limits[axis].groups[group].label(&methodology.limits[axis].on, ground.snapshot);
    let mut by_limit: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (axis, group, _) in &conflict.responsible {
        by_limit.entry(*axis).or_default().push(*group);
    }
    let rule = |axis: usize, groups: &[usize]| {
        let limit = &methodology.limits[axis];
        let names: Vec<&str> = groups.iter().take(4).map(|group| name(axis, *group)).collect();
        let more = if groups.len() > names.len() {
            format!(" and {} more", groups.len() - names.len())
        } else {
            String::new()
        };
        format!(
            "`{}` (line {}) on {} {}{more}",
            limit.id,
            limit.line,
            limit.on.name(),
            names.join(", ")
        )
    };
    let rules: Vec<String> = by_limit.iter().map(|(axis, groups)| rule(*axis, groups)).collect();
    let node = match conflict.node {
        None => "the weights must sum to 100%".to_owned(),
        Some((axis, group)) => {
            let found = &limits[axis].groups[group];
            let limit = &methodology.limits[axis];
            let side = match conflict.shortfall {
                Shortfall::TooLittleRoom => format!("at least {}", percent(found.lower)),
                Shortfall::TooMuchFloor => format!("at most {}", percent(found.upper)),
            };
            format!(
                "`{}` (line {}) gives {} {side}",
                limit.id,
                limit.line,
                name(axis, group)
            )
        }
    };
    let problem = match conflict.shortfall {
        Shortfall::TooLittleRoom => format!("leave room for only {}", percent(conflict.available)),
        Shortfall::TooMuchFloor => format!("need at least {}", percent(conflict.needed)),
    };
    let message = format!(
        "{when}: these rules cannot all hold: {node}, but {} {problem}",
        rules.join(" and ")
    );
    Diagnostic::error("R0301", message).help("loosen one of them, or let more names in")
}
