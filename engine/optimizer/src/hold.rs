//! What is not convex: a minimum holding and limits on the number of names. Solved as index providers describe it, by
//! dropping names and solving again, with the distance to the relaxation's bound reported. Where that comes to no end, counts
//! and then a search over who is held find weights or prove that there are none.

use crate::Error;
use crate::check;
use crate::counts;
use crate::guess::Guess;
#[cfg(feature = "solver-highs")]
use crate::problem::Objective;
use crate::problem::{Problem, Rule};
use crate::solution::{Infeasible, Outcome, Price, Side, Solution};
use crate::solve::{Convex, Engine, Options, Relaxed};
use crate::tree::{self, Found};

/// A weight this much below the minimum is at it.
const ROUNDING: f64 = 1e-13;
/// Solves at most.
const ROUNDS: usize = 60;

/// Solves a problem and checks the answer.
///
/// # Errors
/// A problem that is none, one that no method finishes, names that cannot be dropped to hold a minimum or a count, and
/// answers that fail their check.
pub fn solve(problem: &Problem<'_>, options: Options) -> Result<Outcome, Error> {
    problem.validate()?;
    let mut engine = Engine::new(problem, options)?;
    tighten(problem, (&mut engine.lower, &mut engine.upper));
    if let Some(infeasible) = counts::miscounted(problem, (&engine.lower, &engine.upper)) {
        return Ok(Outcome::Infeasible(infeasible));
    }
    let first = match engine.solve(None)? {
        Convex::Solved(relaxed) => *relaxed,
        Convex::Infeasible(infeasible) => return Ok(Outcome::Infeasible(infeasible)),
    };
    let bound = check::objective(problem, &first.weights);
    let (lower, upper) = (engine.lower.clone(), engine.upper.clone());
    let near = first.weights.clone();
    let (relaxed, rounds) = match settle(&mut engine, first) {
        Err(Error::NotFound(why)) => {
            if let Some(proof) = contradiction_with_count(problem, options, &upper)? {
                return Ok(Outcome::Infeasible(proof));
            }
            (engine.lower, engine.upper) = (lower.clone(), upper.clone());
            match tree::search(&mut engine)? {
                Found::Held(relaxed, rounds) => (*relaxed, rounds),
                Found::Nothing(proof) => return Ok(Outcome::Infeasible(proof)),
                Found::Open => match last_resort(&mut engine, (lower, upper), &near)? {
                    Found::Held(relaxed, rounds) => (*relaxed, rounds),
                    Found::Nothing(proof) => return Ok(Outcome::Infeasible(proof)),
                    Found::Open => return Err(Error::NotFound(why)),
                },
            }
        }
        settled => nearest(&mut engine, (lower, upper), &near, settled?)?,
    };
    let proof = check::check(
        problem,
        (&engine.lower, &engine.upper),
        &relaxed.weights,
        &relaxed.multipliers,
    )?;
    let objective = check::objective(problem, &relaxed.weights);
    Ok(Outcome::Solved(Solution {
        objective,
        relaxed: bound,
        holding_gap: (objective - bound).abs() / scale(problem, &relaxed.weights, bound),
        prices: prices(problem, &engine, &relaxed),
        marginal_risk: marginal_risk(problem, &relaxed.weights),
        proof,
        rounds,
        weights: relaxed.weights,
    }))
}

/// What `HiGHS` says of who is held, where it is built in.
#[cfg(feature = "solver-highs")]
fn last_resort(engine: &mut Engine<'_>, bounds: (Vec<f64>, Vec<f64>), near: &[f64]) -> Result<Found, Error> {
    (engine.lower, engine.upper) = bounds;
    crate::exact::search(engine, near)
}

/// Of an absolute distance, the nearer of the weights found and those over the names that `HiGHS` holds, where it is built
/// in.
#[cfg(feature = "solver-highs")]
fn nearest(
    engine: &mut Engine<'_>,
    bounds: (Vec<f64>, Vec<f64>),
    near: &[f64],
    found: (Relaxed, usize),
) -> Result<(Relaxed, usize), Error> {
    let problem = engine.problem;
    let is_linear = matches!(problem.objective, Objective::L1Distance { .. }) && problem.risk_limit.is_none();
    if !is_linear || found.1 == 1 {
        return Ok(found);
    }
    let own = (engine.lower.clone(), engine.upper.clone());
    if let Found::Held(other, rounds) = last_resort(engine, bounds, near)?
        && check::objective(problem, &other.weights) < check::objective(problem, &found.0.weights)
    {
        return Ok((*other, found.1 + rounds));
    }
    (engine.lower, engine.upper) = own;
    Ok(found)
}

#[cfg(not(feature = "solver-highs"))]
#[expect(clippy::unnecessary_wraps, reason = "the other way may fail")]
fn nearest(
    _: &mut Engine<'_>,
    _: (Vec<f64>, Vec<f64>),
    _: &[f64],
    found: (Relaxed, usize),
) -> Result<(Relaxed, usize), Error> {
    Ok(found)
}

#[cfg(not(feature = "solver-highs"))]
#[expect(clippy::unnecessary_wraps, reason = "the other way may fail")]
fn last_resort(engine: &mut Engine<'_>, bounds: (Vec<f64>, Vec<f64>), _: &[f64]) -> Result<Found, Error> {
    (engine.lower, engine.upper) = bounds;
    Ok(Found::Open)
}

/// Whether the greatest number of names, as a row, contradicts the other limits.
fn contradiction_with_count(
    problem: &Problem<'_>,
    options: Options,
    allowed: &[f64],
) -> Result<Option<Infeasible>, Error> {
    let Some(counted) = counts::with_count_as_row(problem, allowed) else {
        return Ok(None);
    };
    let mut engine = Engine::new(&counted, options)?;
    engine.upper.copy_from_slice(allowed);
    Ok(match engine.solve(None)? {
        Convex::Infeasible(found) => Some(counts::without_row(problem, allowed, found)),
        Convex::Solved(_) => None,
    })
}

/// Bounds that a minimum holding makes: names that may not weigh as much are not held, those that must be weigh as much.
pub(crate) fn tighten(problem: &Problem<'_>, (lower, upper): (&mut [f64], &mut [f64])) {
    if let Some(least) = problem.minimum_holding {
        for (lower, upper) in lower.iter_mut().zip(upper) {
            if *upper < least.weight && *lower <= 0.0 {
                *upper = 0.0;
            } else if *lower > 0.0 {
                *lower = lower.max(least.weight);
            }
        }
    }
}

/// Drops and adds names until minimum and counts hold.
fn settle(engine: &mut Engine<'_>, mut relaxed: Relaxed) -> Result<(Relaxed, usize), Error> {
    let mut rounds = 1;
    // Names that were found not to be dispensable.
    let mut stays = vec![false; relaxed.weights.len()];
    loop {
        let (wanted, raised) = (
            names_to_drop(engine, &relaxed, &stays),
            names_to_raise(engine, &relaxed),
        );
        if wanted.is_empty() && raised.is_empty() {
            return match what_is_wrong(engine.problem, &relaxed.weights) {
                None => Ok((relaxed, rounds)),
                Some(why) => Err(Error::NotFound(why.into())),
            };
        }
        relaxed = if wanted.is_empty() {
            rounds += 1;
            raise_names(engine, &relaxed.guess, &raised)?
        } else {
            drop_names(engine, relaxed, wanted, &mut stays, &mut rounds)?
        };
        if rounds > ROUNDS {
            return Err(Error::NotFound(format!(
                "names were still dropped and added after {rounds} solves"
            )));
        }
    }
}

/// What is left to do although there is no name to do it with.
fn what_is_wrong(problem: &Problem<'_>, weights: &[f64]) -> Option<&'static str> {
    let held = weights.iter().filter(|w| **w > 0.0).count();
    let least = problem.minimum_holding.map_or(0.0, |least| least.weight);
    if problem.at_most.is_some_and(|count| held > count.names) {
        Some("too many names, and none of them can be spared")
    } else if problem.at_least.is_some_and(|count| held < count.names) {
        Some("too few names, and no others can be held")
    } else if weights.iter().any(|w| *w > 0.0 && *w < least - ROUNDING) {
        Some("a name is below the minimum, and can neither be dropped nor raised")
    } else {
        None
    }
}

fn raise_names(engine: &mut Engine<'_>, guess: &Guess, names: &[u32]) -> Result<Relaxed, Error> {
    let least = engine.problem.minimum_holding.map_or(0.0, |least| least.weight);
    for name in names {
        let lower = &mut engine.lower[*name as usize];
        *lower = lower.max(least);
    }
    match engine.solve(Some(guess))? {
        Convex::Solved(relaxed) => Ok(*relaxed),
        Convex::Infeasible(_) => Err(Error::NotFound(
            "too few names, and raising the next best to their minimum contradicts other limits".into(),
        )),
    }
}

/// Drops as many of the names, smallest first, as leave a solution: all, or half of them, or half of those. A single name that
/// cannot go stays, at the minimum at least.
fn drop_names(
    engine: &mut Engine<'_>,
    relaxed: Relaxed,
    mut names: Vec<u32>,
    stays: &mut [bool],
    rounds: &mut usize,
) -> Result<Relaxed, Error> {
    loop {
        let before = engine.upper.clone();
        for name in &names {
            engine.upper[*name as usize] = 0.0;
        }
        *rounds += 1;
        if let Convex::Solved(relaxed) = engine.solve(Some(&relaxed.guess))? {
            return Ok(*relaxed);
        }
        engine.upper = before;
        if names.len() > 1 {
            names.truncate(names.len() / 2);
            continue;
        }
        let name = names[0] as usize;
        stays[name] = true;
        let least = engine.problem.minimum_holding.map_or(0.0, |least| least.weight);
        if relaxed.weights[name] >= least - ROUNDING {
            return Ok(relaxed);
        }
        engine.lower[name] = engine.lower[name].max(least);
        *rounds += 1;
        return match engine.solve(Some(&relaxed.guess))? {
            Convex::Solved(relaxed) => Ok(*relaxed),
            Convex::Infeasible(_) => Err(Error::NotFound(
                "neither dropping the smallest name nor raising it to the minimum leaves a solution".into(),
            )),
        };
    }
}

/// Names below the minimum, as many as the least number can spare, else names beyond the greatest number; smallest weight
/// first.
fn names_to_drop(engine: &Engine<'_>, relaxed: &Relaxed, stays: &[bool]) -> Vec<u32> {
    let weights = &relaxed.weights;
    let least = engine.problem.minimum_holding.map_or(0.0, |least| least.weight);
    let held = (0..weights.len() as u32).filter(|name| weights[*name as usize] > 0.0);
    let mut held: Vec<u32> = held.collect();
    held.sort_by(|a, b| weights[*a as usize].total_cmp(&weights[*b as usize]).then(b.cmp(a)));
    let mut small: Vec<u32> = (held.iter().copied())
        .filter(|name| weights[*name as usize] < least - ROUNDING)
        .collect();
    if !small.is_empty() {
        let spare = engine.problem.at_least.map_or(0, |count| count.names);
        small.truncate(held.len().saturating_sub(spare));
        return small;
    }
    let most = engine.problem.at_most.map_or(usize::MAX, |count| count.names);
    let excess = held.len().saturating_sub(most);
    held.retain(|name| engine.lower[*name as usize] <= 0.0 && !stays[*name as usize]);
    // Half of those too many at a time: what is left moves weights, and with them ranks.
    held.truncate(excess.div_ceil(2));
    held
}

/// Names to be held although they would not be, where there are too few: those with the best derivatives. All held ones are
/// kept with them, and raised to the minimum where none can be spared.
fn names_to_raise(engine: &Engine<'_>, relaxed: &Relaxed) -> Vec<u32> {
    let (Some(count), Some(least)) = (engine.problem.at_least, engine.problem.minimum_holding) else {
        return Vec::new();
    };
    let weights = &relaxed.weights;
    let held = (0..weights.len() as u32).filter(|name| weights[*name as usize] > 0.0);
    let mut chosen: Vec<u32> = held.collect();
    if chosen.len() >= count.names {
        let is_short = |name: &u32| weights[*name as usize] < least.weight - ROUNDING;
        return if chosen.iter().any(is_short) {
            chosen
        } else {
            Vec::new()
        };
    }
    let costs = check::reduced_costs(engine.problem, weights, &relaxed.multipliers);
    let mut others: Vec<u32> = (0..weights.len() as u32)
        .filter(|name| weights[*name as usize] <= 0.0 && engine.upper[*name as usize] >= least.weight)
        .collect();
    others.sort_by(|a, b| costs[*a as usize].total_cmp(&costs[*b as usize]).then(a.cmp(b)));
    others.truncate(count.names - chosen.len());
    if others.is_empty() {
        return Vec::new();
    }
    chosen.extend(others);
    chosen
}

/// Limits with a price.
fn prices(problem: &Problem<'_>, engine: &Engine<'_>, relaxed: &Relaxed) -> Vec<Price> {
    let multipliers = &relaxed.multipliers;
    let side = |v: f64| if v > 0.0 { Side::Upper } else { Side::Lower };
    let mut prices = Vec::new();
    let mut push = |rule, at, name, side, price: f64| {
        if price > 0.0 {
            prices.push(Price {
                rule,
                at,
                name,
                side,
                price,
            });
        }
    };
    push(
        problem.total_rule,
        0,
        false,
        side(multipliers.total),
        multipliers.total.abs(),
    );
    for (at, (row, v)) in problem.rows.iter().zip(&multipliers.rows).enumerate() {
        push(row.rule, at, false, side(*v), v.abs());
    }
    if let Some(turnover) = &problem.turnover {
        push(turnover.rule, 0, false, Side::Upper, multipliers.turnover);
    }
    if let Some(limit) = &problem.risk_limit {
        push(limit.rule, 0, false, Side::Upper, multipliers.risk);
    }
    let costs = check::reduced_costs(problem, &relaxed.weights, multipliers);
    let dropped_by = dropped_by(problem, &relaxed.weights);
    for (at, (weight, cost)) in relaxed.weights.iter().zip(&costs).enumerate() {
        let dropped = dropped_by.filter(|_| engine.upper[at] < problem.bounds.upper[at]);
        if *weight >= engine.upper[at] && *cost < 0.0 {
            push(
                dropped.unwrap_or(problem.bounds.upper_rule[at]),
                at,
                true,
                Side::Upper,
                -cost,
            );
        } else if *weight <= engine.lower[at] && *cost > 0.0 {
            push(problem.bounds.lower_rule[at], at, true, Side::Lower, *cost);
        }
    }
    prices
}

/// What a distance to the bound is measured by: the bound, unless that is zero but for rounding.
fn scale(problem: &Problem<'_>, weights: &[f64], bound: f64) -> f64 {
    const NOUGHT: f64 = 1e-9;
    let natural = check::size(problem, weights, 0.0);
    if bound.abs() > NOUGHT * natural {
        bound.abs()
    } else {
        natural
    }
}

/// The rule that dropped names are out by: the greatest number where it is reached, else the minimum holding.
fn dropped_by(problem: &Problem<'_>, weights: &[f64]) -> Option<Rule> {
    let held = weights.iter().filter(|w| **w > 0.0).count();
    let is_full = problem.at_most.filter(|most| held >= most.names).map(|most| most.rule);
    is_full.or(problem.minimum_holding.map(|least| least.rule))
}

/// Derivative of the volatility by every weight.
fn marginal_risk(problem: &Problem<'_>, weights: &[f64]) -> Vec<f64> {
    let Some(risk) = &problem.risk else { return Vec::new() };
    let volatility = check::variance(risk, weights).sqrt();
    check::covariances(risk, weights, 1.0, 1.0, 1.0 / volatility.max(f64::MIN_POSITIVE))
}
