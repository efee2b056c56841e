//! The search that always ends: a dual active-set method (Goldfarb and Idnani, 1983), for guesses that are not nearly right.
//!
//! It keeps a set of limits that are held at equality and whose prices all have the right sign; the point is the optimum over
//! those limits alone. The limit that is missed most is added: while its price rises, so does the objective, and a limit
//! whose price comes to nothing on the way is let go. Every limit added raises the optimum, so that no set comes twice, and
//! where limits depend on each other the one to let go follows from the same rule.
//!
//! The turnover limit is one with a kink in every previous weight: a name kept there has a price between zero and that of
//! turnover, and is let go on the side whose end its price reaches.

use divisor_numeric::sum_iter;

use crate::active::{MISSED, bought_by_fixed, equations};
use crate::cholesky::Cholesky;
use crate::columns::Columns;
use crate::form::Form;
use crate::guess::{Change, Guess, Place, fixed, is_equality};
use crate::standing::{PULL, Standing};

/// Limits missed by less are held.
const ROUNDING: f64 = 1e-13;

/// Weights, multipliers of all columns and derivatives by the weights.
struct Point {
    x: Vec<f64>,
    v: Vec<f64>,
    costs: Vec<f64>,
}

struct Search<'s, 'a> {
    form: &'s Form<'a>,
    columns: &'s mut Columns,
    cholesky: &'s mut Cholesky,
    guess: Guess,
    /// Equations that may yet be solved.
    solves: usize,
}

/// The limits that bind, from any guess; none if the limits contradict each other, or if equations would have to be solved
/// more than `solves` times.
pub(crate) fn search(
    form: &Form<'_>,
    columns: &mut Columns,
    cholesky: &mut Cholesky,
    guess: Guess,
    solves: usize,
) -> Option<(Vec<f64>, Vec<f64>, Guess)> {
    let mut search = Search {
        form,
        columns,
        cholesky,
        guess,
        solves,
    };
    search.guess.tidy(form);
    let mut point = search.stripped()?;
    while let Some(missed) = search.most_missed(&point) {
        point = search.added(missed, point)?;
    }
    Some((point.x, point.v, search.guess))
}

impl Search<'_, '_> {
    /// The optimum over the limits of the guess; `softly` where they depend on each other.
    fn point(&mut self, softly: bool) -> Option<Point> {
        self.solves = self.solves.checked_sub(1)?;
        let (x, v) = equations(self.form, self.columns, self.cholesky, &self.guess, softly)?;
        let costs = self.form.reduced_costs(&x, &v);
        Some(Point { x, v, costs })
    }

    /// Takes limits out of the guess until all others are held and have prices of the right sign.
    fn stripped(&mut self) -> Option<Point> {
        loop {
            let point = self.point(false)?;
            let pulling = self.prices(&point).into_iter().filter(|(price, _)| *price < -PULL);
            let mut changes = self.unmet(&point);
            changes.extend(pulling.map(|(_, change)| change));
            if changes.is_empty() {
                return Some(point);
            }
            // Turnover first: where it goes, names kept because of it go with it.
            changes.sort_by_key(|change| !matches!(change, Change::Turnover(_)));
            for change in changes {
                self.apply(change);
            }
        }
    }

    fn apply(&mut self, change: Change) {
        self.guess.apply(change);
    }

    /// Rows and turnover that are to be held and are not, since they depend on others; the change that takes them out.
    fn unmet(&self, point: &Point) -> Vec<Change> {
        let form = self.form;
        let values = form.row_values(&point.x);
        let is_met = |row: usize| {
            let (lower, upper) = form.rows[row];
            let bound = if self.guess.rows[row] < 0 { lower } else { upper };
            (bound - values[row]).abs() <= MISSED * (1.0 + values[row].abs())
        };
        let bound = (0..values.len()).filter(|row| self.guess.rows[*row] != 0 && !is_met(*row));
        let mut unmet: Vec<Change> = bound.map(|row| Change::Row(row, 0)).collect();
        if self.guess.turnover {
            let places = self.guess.places.iter().zip(&point.x);
            let free = places.filter(|(place, _)| **place == Place::Bought).map(|(_, x)| *x);
            let bought = sum_iter(free) + bought_by_fixed(form, &self.guess, &point.x);
            if (bought - form.limit).abs() > MISSED {
                unmet.push(Change::Turnover(false));
            }
        }
        unmet
    }

    /// The price of every limit of the guess that may have one sign only, and the change that lets it go.
    fn prices(&self, point: &Point) -> Vec<(f64, Change)> {
        let form = self.form;
        let mut prices = Vec::new();
        for (row, ((lower, upper), side)) in form.rows.iter().zip(&self.guess.rows).enumerate() {
            if *side != 0 && !is_equality(*lower, *upper) {
                prices.push((f64::from(*side) * point.v[form.factors + row], Change::Row(row, 0)));
            }
        }
        let kappa = form.price_of_buying(&point.v);
        if self.guess.turnover {
            prices.push((kappa, Change::Turnover(false)));
        }
        for (name, place) in self.guess.places.iter().enumerate() {
            let standing = Standing::new(form, name, point.x[name], point.costs[name], kappa);
            for (price, place) in standing.prices(*place).into_iter().flatten() {
                prices.push((price, Change::Place(name, place)));
            }
        }
        prices
    }

    /// The limit outside the guess that is missed most, as the change that adds it.
    fn most_missed(&self, point: &Point) -> Option<Change> {
        let form = self.form;
        let mut most: Option<(f64, Change)> = None;
        let mut see = |missed: f64, slack: f64, change: Change| {
            if missed > slack && most.is_none_or(|(most, _)| missed > most) {
                most = Some((missed, change));
            }
        };
        for (row, ((lower, upper), value)) in form.rows.iter().zip(form.row_values(&point.x)).enumerate() {
            if self.guess.rows[row] == 0 {
                let slack = ROUNDING * (1.0 + value.abs());
                let below = if is_equality(*lower, *upper) { 1 } else { -1 };
                see(value - upper, slack, Change::Row(row, 1));
                see(lower - value, slack, Change::Row(row, below));
            }
        }
        if form.previous.is_some() && !self.guess.turnover {
            see(form.bought(&point.x) - form.limit, ROUNDING, Change::Turnover(true));
        }
        for (name, place) in self.guess.places.iter().enumerate() {
            let standing = Standing::new(form, name, point.x[name], 0.0, 0.0);
            if let Some(place) = standing.beyond(*place, self.guess.turnover, -ROUNDING) {
                let missed = fixed(form, name, place).map_or(0.0, |weight| (weight - point.x[name]).abs());
                see(missed, 0.0, Change::Place(name, place));
            }
        }
        most.map(|(_, change)| change)
    }

    /// The optimum with one limit more, and without those whose prices come to nothing on the way.
    fn added(&mut self, limit: Change, mut point: Point) -> Option<Point> {
        if let Change::Turnover(true) = limit {
            self.guess.take_sides(self.form, &point.x);
        }
        let rising = Rising {
            limit,
            from: match limit {
                Change::Place(name, Place::Kept) => Some(self.guess.places[name]),
                _ => None,
            },
        };
        self.apply(limit);
        loop {
            let mut target = self.point(false)?;
            let depends = !self.unmet(&target).is_empty();
            if depends {
                target = self.point(true)?;
            }
            match self.first_at_zero(rising, &point, &target) {
                Some((part, change)) => {
                    point.advance(&target, part);
                    self.apply(change);
                }
                // The price of the limit added rises for ever: nothing can hold it together with the others.
                None if depends => return None,
                None => return Some(target),
            }
        }
    }

    /// The limit whose price is the first to come to nothing on the way from one point to another, and after which part of it.
    fn first_at_zero(&self, rising: Rising, from: &Point, to: &Point) -> Option<(f64, Change)> {
        let mut first: Option<(f64, Change)> = None;
        for ((before, change), (after, _)) in self.prices(from).into_iter().zip(self.prices(to)) {
            if after >= -PULL || rising.is_price_of(change) {
                continue;
            }
            let before = before.max(0.0);
            let part = before / (before - after);
            if first.is_none_or(|(least, _)| part < least) {
                first = Some((part, change));
            }
        }
        first
    }
}

/// The limit that is being added, whose price rises.
#[derive(Clone, Copy)]
struct Rising {
    limit: Change,
    /// Where a name stood that is now kept: its price rises from that end.
    from: Option<Place>,
}

impl Rising {
    fn is_price_of(self, change: Change) -> bool {
        match (self.limit, change) {
            (Change::Row(added, _), Change::Row(row, _)) => added == row,
            (Change::Turnover(_), Change::Turnover(_)) => true,
            (Change::Place(added, _), Change::Place(name, to)) => {
                added == name && self.from.is_none_or(|from| from == to)
            }
            _ => false,
        }
    }
}

impl Point {
    /// On the straight way to another point.
    fn advance(&mut self, to: &Self, part: f64) {
        let ways = [(&mut self.x, &to.x), (&mut self.v, &to.v), (&mut self.costs, &to.costs)];
        for (from, to) in ways {
            for (from, to) in from.iter_mut().zip(to) {
                *from += part * (to - *from);
            }
        }
    }
}
