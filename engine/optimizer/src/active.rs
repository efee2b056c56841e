//! The last step of every way to a solution: given which limits bind, the equations of those limits, solved once over the
//! names in their order; and the search for the limits that do bind, from a guess.
//!
//! Every name is at its lower bound, at its upper bound, at its previous weight (where buying and selling meet while turnover
//! has a price), or free on one side of it. The equations of the free names and the binding rows are linear. Whoever comes
//! out beyond a limit is put on it; whoever is held by a limit that pulls the wrong way is let go; repeat until
//! neither happens, over all names of the problem and not only those looked at before. Then the conditions of optimality hold
//! exactly, and since the covariance is positive definite there is one such point. From a guess that is nearly right that takes a
//! few steps; where it goes in circles, [`dual`] finds the end.

use crate::cholesky::Cholesky;
use crate::columns::Columns;
use crate::dual;
use crate::equations::System;
use crate::form::Form;
use crate::guess::{Change, Circle, Guess, Place, fixed, is_equality};
use crate::standing::{PULL, Standing, TOUCH};

/// A point that fulfils the conditions of optimality.
pub(crate) struct Optimum {
    pub(crate) x: Vec<f64>,
    /// Multipliers of all columns.
    pub(crate) v: Vec<f64>,
    pub(crate) guess: Guess,
}

/// Steps in which everything wrong is changed at once; they rarely take ten, or go in circles.
const BOLD: usize = 25;
/// Equations solved at most, by a search that has no other way.
pub(crate) const PATIENCE: usize = 3000;
/// Rows this far beyond their limits are missed.
pub(crate) const MISSED: f64 = 5e-13;

/// Solves from a guess; none if the limits that bind cannot be found, in about as many steps as `patience` has.
pub(crate) fn search(form: &Form<'_>, columns: &mut Columns, guess: Guess, patience: usize) -> Option<Optimum> {
    let mut cholesky = Cholesky::new(form.size());
    let found = search_from(form, columns, &mut cholesky, guess, patience)?;
    let tight = Guess::tight_at(form, &found.x);
    if tight == found.guess {
        return Some(found);
    }
    // More limits meet here than it takes to fix the weights. Which of them are told to bind depends on the way; so the last
    // search begins with all of them, whatever the way was.
    search_from(form, columns, &mut cholesky, tight, PATIENCE)
}

fn search_from(
    form: &Form<'_>,
    columns: &mut Columns,
    cholesky: &mut Cholesky,
    mut guess: Guess,
    patience: usize,
) -> Option<Optimum> {
    let mut circle = Circle::new(&guess);
    for _ in 0..BOLD {
        let (x, v) = equations(form, columns, cholesky, &guess, false)?;
        let changes = wrong(form, &guess, &x, &v);
        if changes.is_empty() && !is_limit_missed(form, &x) {
            return Some(Optimum::new(form, x, v, guess));
        }
        if changes.is_empty() || circle.is_closed(&guess) {
            break;
        }
        for change in changes {
            guess.apply(change);
        }
    }
    let (x, v, guess) = dual::search(form, columns, cholesky, guess, patience)?;
    Some(Optimum::new(form, x, v, guess))
}

impl Optimum {
    fn new(form: &Form<'_>, x: Vec<f64>, v: Vec<f64>, mut guess: Guess) -> Self {
        let x = snapped(form, x, guess.turnover);
        if !guess.turnover {
            guess.take_sides(form, &x);
        }
        Self { x, v, guess }
    }
}

/// Whether a row or the turnover limit was passed over although it binds: all its names are fixed, at weights that do not add up
/// to it.
fn is_limit_missed(form: &Form<'_>, x: &[f64]) -> bool {
    if form.bought(x) > form.limit + MISSED {
        return true;
    }
    form.rows.iter().zip(form.row_values(x)).any(|((lower, upper), value)| {
        let slack = MISSED * (1.0 + value.abs());
        value > upper + slack || value < lower - slack
    })
}

/// Weights and multipliers of the limits that bind, all others left out; `softly`: see [`System::is_soft`].
pub(crate) fn equations(
    form: &Form<'_>,
    columns: &mut Columns,
    cholesky: &mut Cholesky,
    guess: &Guess,
    softly: bool,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut x = vec![0.0; form.n];
    let mut free = Vec::new();
    for (name, place) in guess.places.iter().enumerate() {
        match fixed(form, name, *place) {
            Some(weight) => x[name] = weight,
            None => free.push(name as u32),
        }
    }
    let is_bought = |name: usize| guess.places[name] == Place::Bought;
    // What the columns must come to beyond what fixed names put in; nothing is asked of rows that do not bind.
    let mut right = form.factor_values(&x);
    for y in &mut right {
        *y = -*y;
    }
    for ((value, (lower, upper)), side) in form.row_values(&x).iter().zip(&form.rows).zip(&guess.rows) {
        right.push(if *side < 0 { lower } else { upper } - value);
    }
    let mut binds = vec![true; form.factors];
    binds.extend(guess.rows.iter().map(|side| *side != 0));
    if form.previous.is_some() {
        right.push(form.limit - bought_by_fixed(form, guess, &x));
        binds.push(guess.turnover);
    }
    let names = || free.iter().map(|name| *name as usize);
    let system = System {
        diagonal: names().map(|name| form.diagonal[name]).collect(),
        linear: names().map(|name| form.linear[name]).collect(),
        block: columns.block(form, &free, |name| f64::from(u8::from(is_bought(name)))),
        factors: form.factors,
        right,
        binds,
        is_soft: softly,
    };
    let (values, v) = if form.is_thin {
        system.solve_by_names()
    } else {
        system.solve_by_columns(cholesky)
    };
    for (name, value) in free.iter().zip(&values) {
        x[*name as usize] = *value;
    }
    let is_finite = v.iter().chain(&values).all(|value| value.is_finite());
    is_finite.then_some((x, v))
}

/// What the turnover limit must count besides the weights of free names that are bought: purchases of fixed names, less
/// the previous weights of those.
pub(crate) fn bought_by_fixed(form: &Form<'_>, guess: &Guess, x: &[f64]) -> f64 {
    divisor_numeric::sum_iter(guess.places.iter().enumerate().map(|(name, place)| match place {
        Place::Bought => -form.previous(name),
        Place::Sold | Place::Kept => 0.0,
        Place::Lower | Place::Upper => (x[name] - form.previous(name)).max(0.0),
    }))
}

/// Everything that is not as it must be at the optimum, rows first.
fn wrong(form: &Form<'_>, guess: &Guess, x: &[f64], v: &[f64]) -> Vec<Change> {
    let k = form.factors;
    let mut changes = Vec::new();
    for (row, ((lower, upper), value)) in form.rows.iter().zip(form.row_values(x)).enumerate() {
        let slack = TOUCH * (1.0 + value.abs());
        let (side, price) = (guess.rows[row], v[k + row]);
        if is_equality(*lower, *upper) {
            continue;
        }
        if side <= 0 && value > upper + slack {
            changes.push(Change::Row(row, 1));
        } else if side >= 0 && value < lower - slack {
            changes.push(Change::Row(row, -1));
        } else if f64::from(side) * price < -PULL {
            changes.push(Change::Row(row, 0));
        }
    }
    let kappa = form.price_of_buying(v);
    if form.previous.is_some() {
        if !guess.turnover && form.bought(x) > form.limit + TOUCH {
            changes.push(Change::Turnover(true));
        } else if guess.turnover && kappa < -PULL {
            changes.push(Change::Turnover(false));
        }
    }
    let costs = form.reduced_costs(x, v);
    for (name, place) in guess.places.iter().enumerate() {
        let standing = Standing::new(form, name, x[name], costs[name], kappa);
        if let Some(place) = standing.misplaced(*place, guess.turnover) {
            changes.push(Change::Place(name, place));
        }
    }
    changes
}

/// Weights within rounding of a bound, or of the previous weight where that matters, are at it.
fn snapped(form: &Form<'_>, mut x: Vec<f64>, has_kink: bool) -> Vec<f64> {
    for (name, x) in x.iter_mut().enumerate() {
        for point in [form.previous(name), form.lower[name], form.upper[name]] {
            let is_kink = point.to_bits() == form.previous(name).to_bits();
            if (*x - point).abs() <= TOUCH && (has_kink || !is_kink) {
                *x = point;
            }
        }
        *x = x.clamp(form.lower[name], form.upper[name].max(form.lower[name]));
    }
    x
}
