//! Where dropping and raising names one way finds no weights: both ways are tried, name by name, until weights are found,
//! all ways are proved to lead nowhere, or the search has taken long enough.

use crate::Error;
use crate::certificate::{bound_parts, infeasible};
use crate::counts;
use crate::problem::Problem;
use crate::solution::{Constraint, Infeasible, Part, Side};
use crate::solve::{Convex, Engine, Relaxed};

/// A weight this much below the minimum is at it.
const ROUNDING: f64 = 1e-13;
/// Problems solved at most, times names; and the least and greatest number of problems whatever the number of names.
const WORK: usize = 6_000;
const NODES: (usize, usize) = (20, 300);

/// How a search ended.
pub(crate) enum Found {
    /// Weights that hold everything; the bounds of the engine are those they were found in. With the number of problems.
    Held(Box<Relaxed>, usize),
    /// Every way was proved to lead nowhere.
    Nothing(Infeasible),
    Open,
}

/// A name and whether it is held.
type Choice = (u32, bool);

/// Searches from the bounds the engine has, depth first.
pub(crate) fn search(engine: &mut Engine<'_>) -> Result<Found, Error> {
    let problem = engine.problem;
    let root = (engine.lower.clone(), engine.upper.clone());
    let mut open: Vec<Vec<Choice>> = vec![Vec::new()];
    let mut proof = Proof {
        parts: discrete(problem, &root.0),
        margin: f64::INFINITY,
    };
    let rounds = (WORK / problem.names()).clamp(NODES.0, NODES.1);
    for round in 1..=rounds {
        let Some(choices) = open.pop() else {
            return Ok(Found::Nothing(infeasible(proof.parts, proof.margin, None)));
        };
        if !choose(engine, &root, &choices) {
            proof.margin = proof.margin.min(1.0);
            continue;
        }
        if let Some(found) = counts::miscounted(problem, (&engine.lower, &engine.upper)) {
            proof.add(found);
            continue;
        }
        let relaxed = match engine.solve(None) {
            Ok(Convex::Solved(relaxed)) => relaxed,
            Ok(Convex::Infeasible(found)) => {
                proof.add(found);
                continue;
            }
            Err(Error::NotConverged(_)) => return Ok(Found::Open),
            Err(error) => return Err(error),
        };
        let Some((name, is_first_held)) = undecided(engine, &relaxed.weights, &choices) else {
            return Ok(Found::Held(relaxed, round));
        };
        for is_held in [!is_first_held, is_first_held] {
            let mut more = choices.clone();
            more.push((name, is_held));
            open.push(more);
        }
    }
    Ok(Found::Open)
}

/// What all ways that lead nowhere rest on.
struct Proof {
    parts: Vec<Part>,
    margin: f64,
}

impl Proof {
    fn add(&mut self, found: Infeasible) {
        self.parts.extend(found.parts);
        self.margin = self.margin.min(found.margin);
    }
}

/// The limits that make the choices: the minimum holding and the numbers of names, with the least weights because of which
/// names count as held from the beginning.
fn discrete(problem: &Problem<'_>, lower: &[f64]) -> Vec<Part> {
    let least = problem
        .minimum_holding
        .map(|least| (least.rule, Constraint::MinimumHolding, Side::Lower));
    let at_most = problem
        .at_most
        .map(|count| (count.rule, Constraint::AtMost, Side::Upper));
    let at_least = problem
        .at_least
        .map(|count| (count.rule, Constraint::AtLeast, Side::Lower));
    let all = [least, at_most, at_least].into_iter().flatten();
    let whole = all.map(|(rule, constraint, side)| Part {
        rule,
        constraint,
        side,
        share: 1.0,
    });
    let mut parts: Vec<Part> = whole.collect();
    if problem.at_most.is_some() {
        for (name, lower) in lower.iter().enumerate().filter(|(_, lower)| **lower > 0.0) {
            bound_parts(problem, name, (Side::Lower, *lower), 1.0, &mut parts);
        }
    }
    parts
}

/// Sets the bounds of the choices; false if they hold more names than may be held.
fn choose(engine: &mut Engine<'_>, (lower, upper): &(Vec<f64>, Vec<f64>), choices: &[Choice]) -> bool {
    engine.lower.clone_from(lower);
    engine.upper.clone_from(upper);
    let least = engine.problem.minimum_holding.map_or(0.0, |least| least.weight);
    let mut is_held: Vec<bool> = lower.iter().map(|lower| *lower > 0.0).collect();
    for (name, held) in choices {
        let at = *name as usize;
        is_held[at] |= held;
        if *held {
            engine.lower[at] = engine.lower[at].max(least);
        } else {
            engine.upper[at] = engine.upper[at].min(0.0);
        }
    }
    let Some(most) = engine.problem.at_most else {
        return true;
    };
    let count = is_held.iter().filter(|held| **held).count();
    if count == most.names {
        for (upper, _) in engine.upper.iter_mut().zip(&is_held).filter(|(_, held)| !**held) {
            *upper = upper.min(0.0);
        }
    }
    count <= most.names
}

/// A name whose weight is not allowed or that is one too many or too few, and which way to go first; none if weights hold
/// everything.
fn undecided(engine: &Engine<'_>, weights: &[f64], choices: &[Choice]) -> Option<Choice> {
    let problem = engine.problem;
    let least = problem.minimum_holding.map_or(0.0, |least| least.weight);
    let mut is_decided: Vec<bool> = engine.lower.iter().map(|lower| *lower > 0.0).collect();
    for (name, _) in choices {
        is_decided[*name as usize] = true;
    }
    let names = || (0..weights.len()).filter(|at| !is_decided[*at]);
    let short = names().filter(|at| weights[*at] > 0.0 && weights[*at] < least - ROUNDING);
    if let Some(name) = short.max_by(|a, b| weights[*a].total_cmp(&weights[*b]).then(b.cmp(a))) {
        return Some((name as u32, weights[name] >= 0.5 * least));
    }
    let held = weights.iter().filter(|w| **w > 0.0).count();
    if problem.at_most.is_some_and(|most| held > most.names) {
        let smallest = names()
            .filter(|at| weights[*at] > 0.0)
            .min_by(|a, b| weights[*a].total_cmp(&weights[*b]).then(b.cmp(a)));
        return smallest.map(|name| (name as u32, false));
    }
    if problem.at_least.is_some_and(|fewest| held < fewest.names) {
        let roomiest = names()
            .filter(|at| weights[*at] <= 0.0 && engine.upper[*at] > 0.0)
            .max_by(|a, b| engine.upper[*a].total_cmp(&engine.upper[*b]).then(b.cmp(a)));
        return roomiest.map(|name| (name as u32, true));
    }
    None
}
