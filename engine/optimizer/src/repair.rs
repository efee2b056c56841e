//! The way out where the limits that bind cannot be told apart: more limits meet at the optimum than equations can hold.
//! The interior method's point is within its accuracy of the optimum; names at a limit are put on it, and the others are
//! moved by what that leaves the binding rows off, as little as their room allows. The check at the end proves the result
//! like any other. Its last digits are those of the search that led there, which begins from the same inputs every time.

use divisor_numeric::linear::Factor;
use divisor_numeric::{dot, sum_iter};

use crate::active::{Guess, Optimum, Place};
use crate::form::Form;

/// Times the rows are mended: the first leaves rounding.
const PASSES: usize = 4;

/// Names this near to a limit are put on it; where that leaves a row without anyone to move, fewer are.
const NEAR: [f64; 3] = [1e-8, 1e-10, 1e-12];
/// How far a binding row may be off in the end.
const MISSED: f64 = 2e-13;

/// A point near the optimum, of all names, onto the limits that bind there; none where names have no room for that.
pub(crate) fn onto_limits(form: &Form<'_>, near: &[f64], v: &[f64], guess: &Guess) -> Option<Optimum> {
    NEAR.into_iter().find_map(|distance| {
        let places = (0..form.n).map(|name| place(form, near[name], name, guess.turnover, distance));
        let guess = Guess {
            places: places.collect(),
            ..guess.clone()
        };
        moved(form, near, v, guess)
    })
}

/// Where a name stands that is put on a limit within a distance.
fn place(form: &Form<'_>, x: f64, name: usize, has_kink: bool, distance: f64) -> Place {
    let previous = form.previous(name);
    if x <= form.lower[name] + distance {
        Place::Lower
    } else if x >= form.upper[name] - distance {
        Place::Upper
    } else if has_kink && (x - previous).abs() <= distance {
        Place::Kept
    } else if x >= previous {
        Place::Bought
    } else {
        Place::Sold
    }
}

fn moved(form: &Form<'_>, near: &[f64], v: &[f64], guess: Guess) -> Option<Optimum> {
    let mut x: Vec<f64> = near.to_vec();
    let mut room = vec![0.0; form.n];
    for (name, place) in guess.places.iter().enumerate() {
        let (lower, upper) = (form.lower[name], form.upper[name]);
        match place {
            Place::Lower => x[name] = lower,
            Place::Upper => x[name] = upper,
            Place::Kept => x[name] = form.previous(name),
            Place::Sold | Place::Bought => {
                x[name] = x[name].clamp(lower, upper);
                let mut least = (x[name] - lower).min(upper - x[name]);
                if guess.turnover {
                    least = least.min((x[name] - form.previous(name)).abs());
                }
                room[name] = least * least;
            }
        }
    }
    let rows = binding(form, &guess);
    for _ in 0..PASSES {
        mend(form, &guess, &rows, &room, &mut x);
    }
    let is_inside = |name: usize| x[name] >= form.lower[name] && x[name] <= form.upper[name];
    let is_held = |row: &Binding| (row.value - dot(&row.coefficients, &x)).abs() <= MISSED;
    let is_good = (0..form.n).all(is_inside) && rows.iter().all(is_held);
    is_good.then(|| Optimum {
        x,
        v: v.to_vec(),
        guess,
    })
}

/// A binding row: its coefficients and what it must come to.
struct Binding {
    coefficients: Vec<f64>,
    value: f64,
}

fn binding(form: &Form<'_>, guess: &Guess) -> Vec<Binding> {
    let sides = guess.rows.iter().enumerate().filter(|(_, side)| **side != 0);
    sides
        .map(|(row, side)| Binding {
            coefficients: match form.dense.get(row) {
                Some(dense) => dense.to_vec(),
                None => (0..form.n)
                    .map(|name| f64::from(u8::from(form.sparse(name).contains(&((form.factors + row) as u32)))))
                    .collect(),
            },
            value: if *side < 0 { form.rows[row].0 } else { form.rows[row].1 },
        })
        .collect()
}

/// Moves names by as little as makes the binding rows hold, each by the square of its room.
fn mend(form: &Form<'_>, guess: &Guess, rows: &[Binding], room: &[f64], x: &mut [f64]) {
    let buys: Vec<f64> = guess
        .places
        .iter()
        .map(|place| f64::from(u8::from(*place == Place::Bought)))
        .collect();
    let mut coefficients: Vec<&[f64]> = rows.iter().map(|row| row.coefficients.as_slice()).collect();
    let mut missing: Vec<f64> = rows.iter().map(|row| row.value - dot(&row.coefficients, x)).collect();
    if guess.turnover {
        coefficients.push(&buys);
        missing.push(form.limit - form.bought(x));
    }
    let size = coefficients.len();
    let mut matrix = vec![0.0; size * size];
    for a in 0..size {
        for b in 0..=a {
            let terms = (0..form.n).map(|name| coefficients[a][name] * coefficients[b][name] * room[name]);
            matrix[a * size + b] = sum_iter(terms);
            matrix[b * size + a] = matrix[a * size + b];
        }
    }
    // To ones on the diagonal; a row without a free name can only be passed over.
    let scale: Vec<f64> = (0..size)
        .map(|at| {
            let diagonal = matrix[at * size + at];
            if diagonal > 0.0 { 1.0 / diagonal.sqrt() } else { 0.0 }
        })
        .collect();
    for a in 0..size {
        for b in 0..size {
            matrix[a * size + b] *= scale[a] * scale[b];
        }
        missing[a] *= scale[a];
    }
    let price = Factor::new(matrix, size).solve(missing);
    for (name, x) in x.iter_mut().enumerate().filter(|(name, _)| room[*name] > 0.0) {
        let pull = (0..size).map(|row| coefficients[row][name] * price[row] * scale[row]);
        *x += room[name] * sum_iter(pull);
    }
}
