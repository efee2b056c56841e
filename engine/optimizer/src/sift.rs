//! A quadratic problem from beginning to end: a working set of names, its solution, and the pricing of all others.
//!
//! Minimum-variance portfolios hold few names. The interior method sees those that are held, those with bounds of their own
//! and those whose derivative at a plausible point is best; [`active::search`] then prices every name of the problem and
//! lets in whoever should be. If it does not come to an end, the interior method sees all names.

use crate::active::{self, Optimum, PATIENCE};
use crate::certificate::Evidence;
use crate::columns::Columns;
use crate::form::Form;
use crate::guess::{Guess, Place};
use crate::interior::{self, Interior};
use crate::problem::Problem;
use crate::solution::Infeasible;
use crate::solve::Start;

/// Names beyond those held, for the first look: seen from weights that know nothing.
const CANDIDATES: usize = 400;
/// The same, seen from the previous weights.
const NEWCOMERS: usize = 60;
/// Names of every row, so that rows with few good names can be filled.
const OF_EVERY_ROW: usize = 4;
/// Equations solved at most from limits that bound in a similar problem: the interior method takes about as long.
const HURRY: usize = 60;
/// The gap at which the interior method hands over; the objective is about one.
const COARSE: f64 = 1e-7;
const FINE: f64 = 1e-10;

/// How a search ended.
pub(crate) enum Sifted {
    Optimum(Box<Optimum>),
    /// With the proof.
    Infeasible(Infeasible),
    Lost,
}

/// The optimum, from nothing but the problem.
pub(crate) fn solve(problem: &Problem<'_>, form: &Form<'_>, columns: &mut Columns, start: Start) -> Sifted {
    // What was held before says most of what will be.
    let before = match start {
        Start::Previous => form.held_before(),
        Start::Cold => None,
    };
    let few = working_set(form, before.as_deref());
    if form.is_sparse && few.len() * 3 < form.n * 2 {
        let found = solve_over(problem, form, columns, &few, (before.as_deref(), COARSE));
        if !matches!(found, Sifted::Lost) {
            return found;
        }
    }
    let movable = (0..form.n as u32).filter(|name| form.is_movable(*name as usize));
    let all: Vec<u32> = movable.collect();
    match solve_over(problem, form, columns, &all, (None, COARSE)) {
        Sifted::Lost => solve_over(problem, form, columns, &all, (None, FINE)),
        found => found,
    }
}

/// The optimum, from limits that bound in a similar problem; none if that is not near enough.
pub(crate) fn resume(form: &Form<'_>, columns: &mut Columns, guess: &Guess) -> Option<Optimum> {
    active::search(form, columns, guess.clone(), HURRY)
}

fn solve_over(
    problem: &Problem<'_>,
    form: &Form<'_>,
    columns: &mut Columns,
    names: &[u32],
    (near, accuracy): (Option<&[f64]>, f64),
) -> Sifted {
    let mut fixed = form.lower.clone();
    for name in names {
        fixed[*name as usize] = 0.0;
    }
    let block = columns.block(form, names, |_| 1.0);
    match interior::solve(form, block, &fixed, near, accuracy) {
        Ok(near) => active::search(form, columns, read_off(form, names, &near), PATIENCE)
            .map_or(Sifted::Lost, |optimum| Sifted::Optimum(Box::new(optimum))),
        Err(v) => {
            let evidence = Evidence {
                multipliers: form.multipliers(problem, &v, 1.0),
                anchor: None,
            };
            form.prove(problem, &evidence).map_or(Sifted::Lost, Sifted::Infeasible)
        }
    }
}

/// The optimum with the limits that bind read off a point near it, of all names.
pub(crate) fn polish(form: &Form<'_>, columns: &mut Columns, near: &Interior) -> Option<Optimum> {
    let all: Vec<u32> = (0..form.n as u32).collect();
    active::search(form, columns, read_off(form, &all, near), PATIENCE)
}

/// Which limits bind at a point near the optimum.
fn read_off(form: &Form<'_>, names: &[u32], near: &Interior) -> Guess {
    let k = form.factors;
    let kappa = form.price_of_buying(&near.v);
    let turnover = form.previous.is_some() && kappa > 1e-5;
    let mut places = vec![Place::Lower; form.n];
    for (at, name) in names.iter().enumerate() {
        let name = *name as usize;
        let (x, previous) = (near.x[at], form.previous(name));
        let [below, above] = [x - form.lower[name], form.upper[name] - x];
        // A limit binds if its price outweighs its slack, both in their natural units: derivatives are about one, weights
        // about 1/names.
        let unit = names.len() as f64;
        places[name] = if near.bound[0][at] > below * unit {
            Place::Lower
        } else if near.bound[1][at] > above * unit {
            Place::Upper
        } else if turnover && previous > 0.0 && (x - previous).abs() * unit < 1e-2 {
            Place::Kept
        } else if x >= previous {
            Place::Bought
        } else {
            Place::Sold
        };
    }
    let rows = form.rows.iter().enumerate().map(|(row, (lower, upper))| {
        let price = near.v[k + row];
        if upper - lower < f64::EPSILON || price > 1e-5 {
            1
        } else if price < -1e-5 {
            -1
        } else {
            0
        }
    });
    Guess {
        places,
        rows: rows.collect(),
        turnover,
    }
}

/// Held names, names with a least weight, the names with the best derivatives, and the best of every row.
fn working_set(form: &Form<'_>, before: Option<&[f64]>) -> Vec<u32> {
    let (point, candidates) = match before {
        None => (form.spread(), CANDIDATES),
        Some(before) => (before.to_vec(), NEWCOMERS),
    };
    let mut multipliers = form.factor_values(&point);
    multipliers.resize(form.size(), 0.0);
    let costs = form.reduced_costs(&point, &multipliers);
    let movable = (0..form.n as u32).filter(|name| form.is_movable(*name as usize));
    let mut order: Vec<u32> = movable.collect();
    let mut chosen = vec![false; form.n];
    let mut of_row = vec![0; form.rows.len()];
    for name in &order {
        let at = *name as usize;
        if form.previous(at) > 0.0 || form.lower[at] > 0.0 {
            chosen[at] = true;
            (form.sparse(at).iter()).for_each(|column| of_row[*column as usize - form.factors] += 1);
        }
    }
    order.retain(|name| !chosen[*name as usize]);
    order.sort_unstable_by(|a, b| costs[*a as usize].total_cmp(&costs[*b as usize]).then(a.cmp(b)));
    for (taken, name) in order.iter().enumerate() {
        let mut wanted = taken < candidates;
        for column in form.sparse(*name as usize) {
            let count = &mut of_row[*column as usize - form.factors];
            wanted |= *count < OF_EVERY_ROW;
            *count += 1;
        }
        chosen[*name as usize] |= wanted;
    }
    (0..form.n as u32).filter(|name| chosen[*name as usize]).collect()
}
