//! The return of a parent universe, as far as its names' closes tell by a cut-off.

use divisor_model::{Day, Prices};
use divisor_numeric::sum;

use super::Line;
use super::price::price_column;
use super::window::{daily_closes, since};
use crate::needs::CLOSE_AGE_DAYS_MAX;

/// The cap-weighted level of a universe by day, 1 at its first close.
///
/// The return of a day is Σ w·r ÷ Σ w. In the numerator stand the names with a return that ends on that day: between two
/// consecutive closes of one column, at most ten calendar days apart. In the denominator stand all names between two such
/// closes: one whose exchange is closed does not move that day, and moves by the whole span when it opens. Weights are
/// `market_cap` × `free_float` of the snapshot used, the same for all days.
#[derive(Debug)]
pub(crate) struct Market {
    days: Vec<Day>,
    level: Vec<f64>,
}

impl Market {
    /// From the closes of the names of a parent, from `first_day` to the cut-off. Names without a float cap have no
    /// weight.
    pub(crate) fn new<'a>(prices: &Prices, lines: impl Iterator<Item = &'a Line>, cutoff: Day, first_day: Day) -> Self {
        let weighted = lines.filter(|line| line.float_cap > 0.0);
        let closes: Vec<(f64, Vec<(Day, f64)>)> = weighted
            .map(|line| {
                let slice = since(prices.until(line.security, cutoff), first_day);
                (line.float_cap, daily_closes(&slice, price_column(&slice)))
            })
            .collect();
        let mut days: Vec<Day> = closes
            .iter()
            .flat_map(|(_, own)| own.iter().map(|(day, _)| *day))
            .collect();
        days.sort_unstable();
        days.dedup();
        // By day, names in order of their ids: the sums have one order.
        let mut weights: Vec<Vec<f64>> = vec![Vec::new(); days.len()];
        let mut moves: Vec<Vec<f64>> = vec![Vec::new(); days.len()];
        for (weight, own) in &closes {
            let spans = own
                .windows(2)
                .filter(|pair| pair[1].0 - pair[0].0 <= CLOSE_AGE_DAYS_MAX);
            for span in spans {
                let after = days.partition_point(|day| *day <= span[0].0);
                let at = days.partition_point(|day| *day < span[1].0);
                weights[after..=at].iter_mut().for_each(|weights| weights.push(*weight));
                moves[at].push(weight * (span[1].1 / span[0].1 - 1.0));
            }
        }
        let mut level = Vec::with_capacity(days.len());
        let mut now = 1.0;
        for (weights, moves) in weights.iter().zip(&moves) {
            let total = sum(weights);
            if total > 0.0 {
                now *= 1.0 + sum(moves) / total;
            }
            level.push(now);
        }
        Self { days, level }
    }

    /// The return from the close of one day to that of another; NaN before the first.
    pub(super) fn over(&self, from: Day, to: Day) -> f64 {
        let at = |day: Day| {
            let after = self.days.partition_point(|seen| *seen <= day);
            after.checked_sub(1).map_or(f64::NAN, |at| self.level[at])
        };
        at(to) / at(from) - 1.0
    }
}
