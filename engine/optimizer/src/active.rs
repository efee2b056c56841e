//! The last step of every way to a solution: given which limits bind, the equations of those limits, solved once over the
//! names in their order; and the search for the limits that do bind, from a guess that is nearly right.
//!
//! Every name is at its lower bound, at its upper bound, at its previous weight (where buying and selling meet while turnover
//! has a price), or free on one side of it. The equations of the free names and the binding rows are linear. Whoever comes
//! out beyond a limit is put on it; whoever is held by a limit that pulls the wrong way is let go; repeat until
//! neither happens, over all names of the problem and not only those looked at before. Then the conditions of optimality hold
//! exactly, and since the covariance is positive definite there is one such point.

use crate::cholesky::Cholesky;
use crate::columns::Columns;
use crate::equations::System;
use crate::form::Form;

/// Where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Lower,
    Upper,
    /// At its previous weight, neither bought nor sold.
    Kept,
    /// Free, below its previous weight.
    Sold,
    /// Free, above its previous weight.
    Bought,
}

/// Which limits bind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Guess {
    pub(crate) places: Vec<Place>,
    /// For every row: −1 at its least value, 1 at its greatest, 0 between.
    pub(crate) rows: Vec<i8>,
    pub(crate) turnover: bool,
}

/// A point that fulfils the conditions of optimality.
pub(crate) struct Optimum {
    pub(crate) x: Vec<f64>,
    /// Multipliers of all columns.
    pub(crate) v: Vec<f64>,
    pub(crate) guess: Guess,
}

/// Steps in which everything wrong is changed at once, then steps that change only the first wrong thing. Where a row has lost
/// all its free names these can go in circles.
const BOLD: usize = 25;
const CAREFUL: usize = 3000;
/// Weights this near to a bound are on it: which of the two it is would be rounding.
const TOUCH: f64 = 1e-14;
/// Weights this far beyond a bound are at it.
const ROUNDING: f64 = 1e-13;
/// Rows this far beyond their limits are missed.
const MISSED: f64 = 5e-13;
/// Relative to the objective, which is about one.
const PULL: f64 = 1e-11;

/// What is wrong with a point, as the change that mends it.
#[derive(Debug, Clone, Copy)]
enum Change {
    Turnover(bool),
    Row(usize, i8),
    Place(usize, Place),
}

/// Solves from a guess; none if the limits that bind are not found within the steps there are.
pub(crate) fn search(form: &Form<'_>, columns: &mut Columns, mut guess: Guess) -> Option<Optimum> {
    let mut cholesky = Cholesky::new(form.size());
    let mut circle = Circle::new(&guess);
    for steps in 1..=BOLD + CAREFUL {
        let (x, v) = equations(form, columns, &mut cholesky, &guess)?;
        // Where more limits meet than the equations can tell apart, a free name may come out at a bound and yet be needed
        // there: later steps let it stand.
        let touch = if steps > BOLD { -ROUNDING } else { TOUCH };
        let mut changes = wrong(form, &guess, &x, &v, touch);
        if changes.is_empty() {
            if is_limit_missed(form, &x) {
                return None;
            }
            let x = snapped(form, x, guess.turnover || form.price > 0.0);
            return Some(Optimum { x, v, guess });
        }
        if steps > BOLD {
            if circle.is_closed(&guess) {
                return None;
            }
            changes.truncate(1);
        }
        for change in changes {
            match change {
                Change::Turnover(binds) => guess.set_turnover(binds, form.price > 0.0),
                Change::Row(row, side) => guess.rows[row] = side,
                Change::Place(name, place) => guess.places[name] = place,
            }
        }
    }
    None
}

/// A step follows from the guess alone: a guess seen before will come again for ever. Brent's way: each guess is compared
/// with one kept, which is replaced after 1, 2, 4, 8 … steps.
struct Circle {
    kept: Guess,
    steps: usize,
    until: usize,
}

impl Circle {
    fn new(guess: &Guess) -> Self {
        Self {
            kept: guess.clone(),
            steps: 0,
            until: 0,
        }
    }

    /// Whether this is the guess that is kept.
    fn is_closed(&mut self, guess: &Guess) -> bool {
        if self.steps == self.until {
            self.kept.clone_from(guess);
            self.until = (2 * self.until).max(1);
            self.steps = 0;
            return false;
        }
        self.steps += 1;
        self.kept == *guess
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

impl Guess {
    fn set_turnover(&mut self, binds: bool, has_price: bool) {
        self.turnover = binds;
        if !binds && !has_price {
            for place in &mut self.places {
                if *place == Place::Kept {
                    *place = Place::Bought;
                }
            }
        }
    }
}

/// The weight a place fixes, if it does.
fn fixed(form: &Form<'_>, name: usize, place: Place) -> Option<f64> {
    match place {
        Place::Lower => Some(form.lower[name]),
        Place::Upper => Some(form.upper[name]),
        Place::Kept => Some(form.previous(name)),
        Place::Sold | Place::Bought => None,
    }
}

/// Weights and multipliers of the limits that bind, all others left out.
fn equations(
    form: &Form<'_>,
    columns: &mut Columns,
    cholesky: &mut Cholesky,
    guess: &Guess,
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
    let price = |name: usize| if is_bought(name) { form.price } else { 0.0 };
    let names = || free.iter().map(|name| *name as usize);
    let system = System {
        diagonal: names().map(|name| form.diagonal[name]).collect(),
        linear: names().map(|name| form.linear[name] + price(name)).collect(),
        block: columns.block(form, &free, |name| f64::from(u8::from(is_bought(name)))),
        factors: form.factors,
        right,
        binds,
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
fn bought_by_fixed(form: &Form<'_>, guess: &Guess, x: &[f64]) -> f64 {
    divisor_numeric::sum_iter(guess.places.iter().enumerate().map(|(name, place)| match place {
        Place::Bought => -form.previous(name),
        Place::Sold | Place::Kept => 0.0,
        Place::Lower | Place::Upper => (x[name] - form.previous(name)).max(0.0),
    }))
}

/// Everything that is not as it must be at the optimum, rows first.
fn wrong(form: &Form<'_>, guess: &Guess, x: &[f64], v: &[f64], touch: f64) -> Vec<Change> {
    let k = form.factors;
    let mut changes = Vec::new();
    for (row, ((lower, upper), value)) in form.rows.iter().zip(form.row_values(x)).enumerate() {
        let slack = TOUCH * (1.0 + value.abs());
        let (side, price) = (guess.rows[row], v[k + row]);
        let is_equality = upper - lower < f64::EPSILON;
        if is_equality {
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
        } else if guess.turnover && kappa - form.price < -PULL {
            changes.push(Change::Turnover(false));
        }
    }
    let costs = form.reduced_costs(x, v);
    let has_kink = guess.turnover || form.price > 0.0;
    for (name, place) in guess.places.iter().enumerate() {
        let standing = Standing {
            lower: form.lower[name],
            upper: form.upper[name],
            previous: form.previous(name),
            x: x[name],
            cost: costs[name],
            kappa,
        };
        if let Some(place) = standing.misplaced(*place, has_kink, touch) {
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

/// What decides whether a name is where it should be.
struct Standing {
    lower: f64,
    upper: f64,
    previous: f64,
    x: f64,
    /// Derivative of the objective with all multipliers but that of turnover.
    cost: f64,
    /// What buying costs.
    kappa: f64,
}

impl Standing {
    /// The place a name should have instead, if it is in the wrong one.
    fn misplaced(&self, place: Place, has_kink: bool, touch: f64) -> Option<Place> {
        let (lower, upper, previous, x) = (self.lower, self.upper, self.previous, self.x);
        if upper - lower <= TOUCH {
            return (place != Place::Lower).then_some(Place::Lower);
        }
        // What one more costs at a bound, and what one less would save there.
        let buying = if lower >= previous { self.kappa } else { 0.0 };
        let selling = if upper > previous { self.kappa } else { 0.0 };
        let free = |bought: bool| if bought { Place::Bought } else { Place::Sold };
        match place {
            Place::Lower => (self.cost + buying < -PULL).then(|| free(lower >= previous)),
            Place::Upper => (self.cost + selling > PULL).then(|| free(upper > previous)),
            // Bounds may have moved past it since it was kept.
            Place::Kept if previous < lower => Some(Place::Lower),
            Place::Kept if previous > upper => Some(Place::Upper),
            Place::Kept if self.cost > PULL => Some(Place::Sold),
            Place::Kept if self.cost + self.kappa < -PULL => Some(Place::Bought),
            Place::Kept => None,
            Place::Sold | Place::Bought => {
                let bought = place == Place::Bought;
                if has_kink && bought && x < previous + touch && previous >= lower && previous > 0.0 {
                    Some(if previous <= upper { Place::Kept } else { Place::Upper })
                } else if has_kink && !bought && x > previous - touch && previous <= upper {
                    Some(if previous >= lower { Place::Kept } else { Place::Lower })
                } else if x < lower + touch {
                    Some(Place::Lower)
                } else if x > upper - touch {
                    Some(Place::Upper)
                } else {
                    None
                }
            }
        }
    }
}
