//! Market caps: against price × shares, against their own value before, and against closes.

use divisor_model::{DAY_MISSING, Day, PriceSlice, Prices, day_of};

use super::prices::{COLUMNS, closes};
use super::settings::Checks;
use super::snapshot::Look;
use super::{Finding, PriceWindow, View, cap_against_close, figure, market_cap_jump, market_cap_mismatch, times};

impl Look<'_> {
    /// Market cap against price × shares, and its own value before.
    pub(super) fn market_caps(&mut self) {
        let (Some(prices), Some(caps), Some(rates)) = (
            self.now.number("price"),
            self.now.number("market_cap"),
            self.now.number("fx"),
        ) else {
            return;
        };
        if let (Some(limits), Some(shares)) = (self.checks.market_cap_mismatch.on(), self.now.number("shares")) {
            for at in 0..self.now.len() {
                let found = market_cap_mismatch::mismatch(prices[at], shares[at], rates[at], caps[at], limits);
                if let Some(ratio) = found {
                    let message = format!(
                        "price {} × shares {} × fx {} is {} the market_cap {}",
                        figure(prices[at]),
                        figure(shares[at]),
                        figure(rates[at]),
                        times(ratio),
                        figure(caps[at])
                    );
                    let figures = (ratio, 1.0 + limits.fraction);
                    self.push(
                        &market_cap_mismatch::CHECK,
                        &self.name("market_cap", at),
                        figures,
                        message,
                    );
                }
            }
        }
        self.market_cap_jumps(&prices, &caps, &rates);
    }

    fn market_cap_jumps(&mut self, prices: &[f64], caps: &[f64], rates: &[f64]) {
        let (Some(limits), Some(before)) = (self.checks.market_cap_jump.on(), &self.before) else {
            return;
        };
        let number = |name: &str| Some(before.places.align(before.view.number(name)?));
        let (Some(old_prices), Some(old_caps), Some(old_rates)) = (number("price"), number("market_cap"), number("fx"))
        else {
            return;
        };
        let since = before.view.date();
        let jumps = market_cap_jump::moved(&old_caps, caps, limits)
            .into_iter()
            .filter_map(|at| {
                let price = (old_prices[at] * old_rates[at], prices[at] * rates[at]);
                let cap = market_cap_jump::jump((old_caps[at], caps[at]), price, limits)?;
                Some((at, cap, price.1 / price.0))
            });
        for (at, cap, price) in jumps.collect::<Vec<_>>() {
            let message = format!(
                "market_cap went {} since {since} while price × fx went {}",
                times(cap),
                times(price)
            );
            let about = self.name("market_cap", at);
            self.push(&market_cap_jump::CHECK, &about, (cap, limits.cap_factor), message);
        }
    }
}

/// How old a close may be on a valuation day, calendar days: as for drift.
const CLOSE_AGE_DAYS_MAX: Day = 10;

/// Market caps against closes between two snapshots, where the closes lie inside the window.
pub fn check_caps(
    checks: &Checks,
    prices: &Prices,
    now: &View<'_>,
    before: &View<'_>,
    window: PriceWindow,
) -> Vec<Finding> {
    let Some(limits) = checks.cap_against_close.on() else {
        return Vec::new();
    };
    let (Some(caps), Some(old_caps)) = (home_caps(now), home_caps(before)) else {
        return Vec::new();
    };
    let (days, old_days) = (valuation_days(now), valuation_days(before));
    let since = before.date();
    let places = now.places_in(before);
    let found = places.pairs().filter_map(|(at, from)| {
        let around = |day: Day| {
            let first = day.saturating_sub(CLOSE_AGE_DAYS_MAX).max(window.first);
            prices.between(now.security(at), first, day.min(window.last))
        };
        let (old, new) = (around(old_days[from]), around(days[at]));
        let (old, new) = (last_closes(&old.slice()), last_closes(&new.slice()));
        let both = |column: usize| Some((COLUMNS[column], (old[column]?, new[column]?)));
        let (column, pair) = (0..COLUMNS.len()).find_map(both)?;
        let ratio = cap_against_close::apart((old_caps[from], caps[at]), pair, limits)?;
        Some(Finding {
            check: &cap_against_close::CHECK,
            level: checks.level(&cap_against_close::CHECK),
            table: "snapshots",
            column: "market_cap".to_owned(),
            security: Some(now.security(at)),
            date: day_of(now.date()),
            known_on: day_of(now.date()),
            value: ratio,
            limit: limits.factor,
            weight: now.weight[at],
            message: format!(
                "market_cap went {} since {since} while {column} went {}",
                times(caps[at] / old_caps[from]),
                times(pair.1 / pair.0)
            ),
        })
    });
    found.collect()
}

/// The last present close of each column.
fn last_closes(rows: &PriceSlice<'_>) -> [Option<f64>; COLUMNS.len()] {
    closes(rows).map(|column| column.iter().rev().copied().find(|close| !close.is_nan()))
}

/// Market caps in the currencies of the closes.
fn home_caps(view: &View<'_>) -> Option<Vec<f64>> {
    let (caps, rates) = (view.number("market_cap")?, view.number("fx")?);
    Some(caps.iter().zip(rates.iter()).map(|(cap, rate)| cap / rate).collect())
}

/// The days names are valued at: their `price_date`, else the snapshot's.
fn valuation_days(view: &View<'_>) -> Vec<Day> {
    let snapshot = day_of(view.date());
    let Some(own) = view.days("price_date") else {
        return vec![snapshot; view.len()];
    };
    let day = |day: Day| if day == DAY_MISSING { snapshot } else { day };
    own.iter().copied().map(day).collect()
}
