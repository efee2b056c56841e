//! A problem with rules taken out or loosened.

use crate::problem::{Problem, RiskLimit, Rule};

/// All rules of a problem that could give, ascending: not the total, and not that weights are zero or more.
pub(crate) fn rules(problem: &Problem<'_>) -> Vec<Rule> {
    let bounds = &problem.bounds;
    let mut rules: Vec<Rule> = problem.rows.iter().map(|row| row.rule).collect();
    rules.extend(&bounds.upper_rule);
    rules.extend(stated_lower(problem));
    rules.extend(problem.turnover.as_ref().map(|limit| limit.rule));
    rules.extend(problem.risk_limit.as_ref().map(|limit| limit.rule));
    rules.extend(problem.minimum_holding.map(|limit| limit.rule));
    rules.extend(problem.at_most.map(|limit| limit.rule));
    rules.extend(problem.at_least.map(|limit| limit.rule));
    rules.sort_unstable();
    rules.dedup();
    rules.retain(|rule| *rule != problem.total_rule);
    rules
}

fn stated_lower<'s>(problem: &'s Problem<'_>) -> impl Iterator<Item = Rule> + use<'s> {
    let bounds = &problem.bounds;
    let stated = bounds.lower.iter().zip(&bounds.lower_rule);
    stated.filter(|(lower, _)| **lower > 0.0).map(|(_, rule)| *rule)
}

/// The problem without rules; `keeps` says which stay. Rows of other rules bound nothing, but stay where they are: proofs name
/// rows by their numbers. Names without a greatest weight may take everything. Without a minimum
/// holding there is no least number of names either: it would not be known what holding is.
pub(crate) fn keep_rules<'a>(problem: &Problem<'a>, keeps: impl Fn(Rule) -> bool) -> Problem<'a> {
    let keeps = |rule| rule == problem.total_rule || keeps(rule);
    let mut kept = problem.clone();
    for row in kept.rows.iter_mut().filter(|row| !keeps(row.rule)) {
        row.free();
    }
    kept.turnover = kept.turnover.filter(|limit| keeps(limit.rule));
    kept.risk_limit = kept.risk_limit.filter(|limit| keeps(limit.rule));
    kept.minimum_holding = kept.minimum_holding.filter(|limit| keeps(limit.rule));
    kept.at_most = kept.at_most.filter(|limit| keeps(limit.rule));
    kept.at_least = (kept.at_least).filter(|limit| keeps(limit.rule) && kept.minimum_holding.is_some());
    let everything = everything(problem);
    let bounds = &mut kept.bounds;
    for (upper, rule) in bounds.upper.iter_mut().zip(&bounds.upper_rule) {
        if !keeps(*rule) {
            *upper = upper.max(everything);
        }
    }
    for (lower, rule) in bounds.lower.iter_mut().zip(&bounds.lower_rule) {
        if !keeps(*rule) {
            *lower = lower.min(0.0);
        }
    }
    kept
}

/// As much as a name can weigh: more than one only where others may be sold short.
fn everything(problem: &Problem<'_>) -> f64 {
    1.0 - divisor_numeric::sum_iter(problem.bounds.lower.iter().map(|lower| lower.min(0.0)))
}

/// The problem with one rule loosened by an amount in its own unit:
///
/// - a row gives on both sides, `units[row]` times the amount where units are given (a limit stated in standard deviations
///   over coefficients that are not; zero for a row of the rule that does not give), else the amount;
/// - greatest weights rise and least weights fall by it, not beyond one and zero;
/// - one-way turnover rises by it; so does the volatility of a risk limit;
/// - a minimum holding falls by it; numbers of names change by that many whole names.
///
/// By infinity: the rule is done without.
///
/// # Panics
/// If units are given, and not one for each row.
pub fn loosened<'a>(problem: &Problem<'a>, rule: Rule, by: f64, units: &[f64]) -> Problem<'a> {
    assert!(
        units.is_empty() || units.len() == problem.rows.len(),
        "a unit for each row"
    );
    let mut looser = problem.clone();
    for (at, row) in looser.rows.iter_mut().enumerate().filter(|(_, row)| row.rule == rule) {
        let unit = units.get(at).copied().unwrap_or(1.0);
        if unit > 0.0 {
            row.lower -= by * unit;
            row.upper += by * unit;
        }
    }
    let everything = everything(problem);
    let bounds = &mut looser.bounds;
    for (upper, own) in bounds.upper.iter_mut().zip(&bounds.upper_rule) {
        if *own == rule {
            *upper = (*upper + by).min(everything.max(*upper));
        }
    }
    for (lower, own) in bounds.lower.iter_mut().zip(&bounds.lower_rule) {
        if *own == rule && *lower > 0.0 {
            *lower = (*lower - by).max(0.0);
        }
    }
    loosen_whole(&mut looser, rule, by);
    looser
}

/// The limits that are no bounds of names and no rows.
fn loosen_whole(looser: &mut Problem<'_>, rule: Rule, by: f64) {
    let is_infinite = by.is_infinite();
    if let Some(limit) = looser.turnover.as_mut().filter(|limit| limit.rule == rule) {
        limit.limit += by;
        looser.turnover.take_if(|_| is_infinite);
    }
    if let Some(limit) = looser.risk_limit.as_mut().filter(|limit| limit.rule == rule) {
        limit.variance = wider(limit, by);
        looser.risk_limit.take_if(|_| is_infinite);
    }
    if let Some(limit) = looser.minimum_holding.as_mut().filter(|limit| limit.rule == rule) {
        limit.weight -= by;
        looser.minimum_holding.take_if(|limit| limit.weight <= 0.0);
    }
    if let Some(limit) = looser.at_most.as_mut().filter(|limit| limit.rule == rule) {
        limit.names = limit.names.saturating_add(by.floor() as usize);
        looser.at_most.take_if(|_| is_infinite);
    }
    if let Some(limit) = looser.at_least.as_mut().filter(|limit| limit.rule == rule) {
        limit.names = limit.names.saturating_sub(by.floor() as usize);
    }
    let has_minimum = looser.minimum_holding.is_some();
    looser.at_least.take_if(|limit| limit.names == 0 || !has_minimum);
}

fn wider(limit: &RiskLimit<'_>, by: f64) -> f64 {
    let volatility = limit.variance.sqrt() + by;
    volatility * volatility
}
