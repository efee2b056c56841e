//! Which limits bind, as the searches pass it on and change it.

use crate::form::Form;

/// Limits with this little room bind.
const TIGHT: f64 = 1e-12;

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

/// What is wrong with a point, as the change that mends it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Turnover(bool),
    Row(usize, i8),
    Place(usize, Place),
}

impl Guess {
    /// All limits without room at a point.
    pub(crate) fn tight_at(form: &Form<'_>, x: &[f64]) -> Self {
        let turnover = form.previous.is_some() && form.bought(x) >= form.limit - TIGHT;
        let place = |(name, x): (usize, &f64)| {
            let previous = form.previous(name);
            if x - form.lower[name] <= TIGHT || !form.is_movable(name) {
                Place::Lower
            } else if form.upper[name] - x <= TIGHT {
                Place::Upper
            } else if turnover && (x - previous).abs() <= TIGHT {
                Place::Kept
            } else {
                side(*x, previous)
            }
        };
        let rows = form.rows.iter().zip(form.row_values(x)).map(|((lower, upper), value)| {
            if upper - value <= TIGHT {
                1
            } else {
                -i8::from(value - lower <= TIGHT)
            }
        });
        Self {
            places: x.iter().enumerate().map(place).collect(),
            rows: rows.collect(),
            turnover,
        }
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Turnover(binds) => self.set_turnover(binds),
            Change::Row(row, side) => self.rows[row] = side,
            Change::Place(name, place) => self.places[name] = place,
        }
    }

    /// Free names onto the side of their previous weights that they are on.
    pub(crate) fn take_sides(&mut self, form: &Form<'_>, x: &[f64]) {
        for (name, place) in self.places.iter_mut().enumerate() {
            if matches!(place, Place::Sold | Place::Bought) {
                *place = side(x[name], form.previous(name));
            }
        }
    }

    /// Places that there are: names that cannot move at their lower bounds, none kept where nothing keeps it.
    pub(crate) fn tidy(&mut self, form: &Form<'_>) {
        for (name, place) in self.places.iter_mut().enumerate() {
            let previous = form.previous(name);
            if !form.is_movable(name) {
                *place = Place::Lower;
            } else if *place == Place::Kept {
                *place = match () {
                    () if previous < form.lower[name] => Place::Lower,
                    () if previous > form.upper[name] => Place::Upper,
                    () if self.turnover => Place::Kept,
                    () => Place::Bought,
                };
            }
        }
    }

    fn set_turnover(&mut self, binds: bool) {
        self.turnover = binds;
        if !binds {
            for place in &mut self.places {
                if *place == Place::Kept {
                    *place = Place::Bought;
                }
            }
        }
    }
}

/// The place of a free name.
fn side(x: f64, previous: f64) -> Place {
    if x >= previous { Place::Bought } else { Place::Sold }
}

/// The weight a place fixes, if it does.
pub(crate) fn fixed(form: &Form<'_>, name: usize, place: Place) -> Option<f64> {
    match place {
        Place::Lower => Some(form.lower[name]),
        Place::Upper => Some(form.upper[name]),
        Place::Kept => Some(form.previous(name)),
        Place::Sold | Place::Bought => None,
    }
}

/// Whether a row has one value only.
pub(crate) fn is_equality(lower: f64, upper: f64) -> bool {
    (upper - lower).abs() < f64::EPSILON
}

/// A step follows from the guess alone: a guess seen before will come again for ever. Brent's way: each guess is compared
/// with one kept, which is replaced after 1, 2, 4, 8 … steps.
pub(crate) struct Circle {
    kept: Guess,
    steps: usize,
    until: usize,
}

impl Circle {
    pub(crate) fn new(guess: &Guess) -> Self {
        Self {
            kept: guess.clone(),
            steps: 0,
            until: 0,
        }
    }

    /// Whether this is the guess that is kept.
    pub(crate) fn is_closed(&mut self, guess: &Guess) -> bool {
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
