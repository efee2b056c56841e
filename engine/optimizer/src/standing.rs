//! What keeps a name where it stands, and where it should be instead.

use crate::form::Form;
use crate::guess::Place;

/// Weights this near to a bound are on it: which of the two it is would be rounding.
pub(crate) const TOUCH: f64 = 1e-14;
/// Prices this far on the wrong side are rounding; relative to the objective, which is about one.
pub(crate) const PULL: f64 = 1e-11;

/// What decides whether a name is where it should be.
pub(crate) struct Standing {
    lower: f64,
    upper: f64,
    previous: f64,
    x: f64,
    /// Derivative of the objective with all multipliers but that of turnover.
    cost: f64,
    /// What buying costs.
    kappa: f64,
    is_movable: bool,
}

impl Standing {
    pub(crate) fn new(form: &Form<'_>, name: usize, x: f64, cost: f64, kappa: f64) -> Self {
        Self {
            lower: form.lower[name],
            upper: form.upper[name],
            previous: form.previous(name),
            x,
            cost,
            kappa,
            is_movable: form.is_movable(name),
        }
    }

    /// The place a name should have instead, if it is in the wrong one.
    pub(crate) fn misplaced(&self, place: Place, has_kink: bool) -> Option<Place> {
        if !self.is_movable {
            return (place != Place::Lower).then_some(Place::Lower);
        }
        match place {
            // Bounds may have moved past it since it was kept.
            Place::Kept if self.previous < self.lower => Some(Place::Lower),
            Place::Kept if self.previous > self.upper => Some(Place::Upper),
            Place::Sold | Place::Bought => self.beyond(place, has_kink, TOUCH),
            _ => {
                let mut prices = self.prices(place).into_iter().flatten();
                prices.find(|(price, _)| *price < -PULL).map(|(_, place)| place)
            }
        }
    }

    /// What holds a name at a fixed place, below zero where it does not, and where it goes then.
    pub(crate) fn prices(&self, place: Place) -> [Option<(f64, Place)>; 2] {
        if !self.is_movable {
            return [None; 2];
        }
        // What one more costs at a bound, and what one less would save there.
        let is_bought = self.lower >= self.previous;
        let was_bought = self.upper > self.previous;
        let free = |bought: bool| if bought { Place::Bought } else { Place::Sold };
        match place {
            Place::Lower => {
                let buying = if is_bought { self.kappa } else { 0.0 };
                [Some((self.cost + buying, free(is_bought))), None]
            }
            Place::Upper => {
                let selling = if was_bought { self.kappa } else { 0.0 };
                [Some((-self.cost - selling, free(was_bought))), None]
            }
            Place::Kept => [
                Some((-self.cost, Place::Sold)),
                Some((self.cost + self.kappa, Place::Bought)),
            ],
            Place::Sold | Place::Bought => [None; 2],
        }
    }

    /// The place of a free name that is beyond a limit, or nearer to it than `touch`.
    pub(crate) fn beyond(&self, place: Place, has_kink: bool, touch: f64) -> Option<Place> {
        let (lower, upper, previous, x) = (self.lower, self.upper, self.previous, self.x);
        if matches!(place, Place::Lower | Place::Upper | Place::Kept) {
            return None;
        }
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
