//! History functions over `prices`: what a security's closes were by a cut-off, in its own currency.
//!
//! All use simple returns of `close_total_return` where a security has any in the window, else of `close`. The newest
//! close must be at most ten calendar days older than the cut-off.

use chrono::{Datelike, Months, Weekday};
use divisor_methodology::{Expr, ExprKind, Function, Options, WindowUnit};
use divisor_model::{Date, Day, History, PriceSlice, SecurityIndex, date_of, day_of};
use divisor_numeric::{Deviation, stdev};

use crate::needs::CLOSE_AGE_DAYS_MAX;

/// Sessions and weeks a year, for annualising.
const SESSIONS_A_YEAR: f64 = 252.0;
const WEEKS_A_YEAR: f64 = 52.0;

/// One call of a price function.
pub(crate) struct PriceCall {
    function: Function,
    options: Options,
}

impl PriceCall {
    pub(crate) fn new(expr: &Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Call {
                function: function @ (Function::Returns | Function::Volatility),
                options,
                ..
            } => Some(Self {
                function: *function,
                options: *options,
            }),
            _ => None,
        }
    }

    /// The oldest row it may read: a window never reaches further back, however many prices are missing.
    ///
    /// `days = n` looks at most 2·n + 30 calendar days back, `weeks = n` at most 7·(n + 2), `months` to the close at
    /// the start of the window.
    pub(crate) fn first_day(&self, cutoff: Day) -> Day {
        let Some(window) = self.options.window else {
            return cutoff;
        };
        let length = window.length as Day;
        match window.unit {
            WindowUnit::Days => cutoff - 2 * length - 30,
            WindowUnit::Weeks => cutoff - 7 * (length + 2),
            _ => months_before(cutoff, window.length + self.options.skip) - CLOSE_AGE_DAYS_MAX,
        }
    }

    /// The value and the day of the latest price in it.
    pub(crate) fn value(&self, history: &History, security: SecurityIndex, cutoff: Day) -> Option<(f64, Day)> {
        let rows = history
            .prices
            .as_ref()?
            .between(security, self.first_day(cutoff), cutoff);
        let slice = rows.slice();
        let total = slice.close_total_return.iter().any(|value| !value.is_nan());
        let column = if total { slice.close_total_return } else { slice.close };
        let (newest, _) = slice.value_at(column, cutoff, CLOSE_AGE_DAYS_MAX)?;
        let value = match self.function {
            Function::Returns => self.total(&slice, column, cutoff),
            _ => self.volatility(&slice, column),
        };
        Some((value, newest))
    }

    /// close(T − skip) ÷ close(T − skip − months) − 1, T being the cut-off, each the last close on or before its day
    /// and at most ten calendar days older; for how months are counted see [`months_before`].
    fn total(&self, slice: &PriceSlice<'_>, column: &[f64], cutoff: Day) -> f64 {
        let length = self.options.window.map_or(0, |window| window.length);
        let end = months_before(cutoff, self.options.skip);
        let start = months_before(cutoff, self.options.skip + length);
        let at = |day: Day| {
            slice
                .value_at(column, day, CLOSE_AGE_DAYS_MAX)
                .map_or(f64::NAN, |(_, close)| close)
        };
        at(end) / at(start) - 1.0
    }

    /// Standard deviation (sample unless stated) of the last n simple returns, times √252 or √52. A return spans two
    /// consecutive closes, at most ten calendar days apart; weekly ones take the last close of each calendar week.
    fn volatility(&self, slice: &PriceSlice<'_>, column: &[f64]) -> f64 {
        let Some(window) = self.options.window else {
            return f64::NAN;
        };
        let weekly = window.unit == WindowUnit::Weeks;
        let closes = if weekly {
            weekly_closes(slice, column)
        } else {
            daily_closes(slice, column)
        };
        let apart = if weekly {
            2 * CLOSE_AGE_DAYS_MAX
        } else {
            CLOSE_AGE_DAYS_MAX
        };
        let returns = closes.windows(2).filter(|pair| pair[1].0 - pair[0].0 <= apart);
        let returns: Vec<f64> = returns.map(|pair| pair[1].1 / pair[0].1 - 1.0).collect();
        let last = &returns[returns.len().saturating_sub(window.length)..];
        if last.len() < self.options.min.unwrap_or(window.length) {
            return f64::NAN;
        }
        let deviation = if self.options.population {
            Deviation::Population
        } else {
            Deviation::Sample
        };
        let periods = if weekly { WEEKS_A_YEAR } else { SESSIONS_A_YEAR };
        stdev(last, deviation) * periods.sqrt()
    }
}

fn daily_closes(slice: &PriceSlice<'_>, column: &[f64]) -> Vec<(Day, f64)> {
    let rows = slice.day.iter().copied().zip(column.iter().copied());
    rows.filter(|(_, close)| !close.is_nan()).collect()
}

/// The last close of each calendar week; the week of the cut-off counts as it stands then.
fn weekly_closes(slice: &PriceSlice<'_>, column: &[f64]) -> Vec<(Day, f64)> {
    // Weeks end on Fridays; day 1, 1970-01-02, was one.
    let week = |day: Day| (day - 2).div_euclid(7);
    let mut closes: Vec<(Day, f64)> = Vec::new();
    for (day, close) in daily_closes(slice, column) {
        match closes.last_mut() {
            Some(last) if week(last.0) == week(day) => *last = (day, close),
            _ => closes.push((day, close)),
        }
    }
    closes
}

/// The same day of the month so many months earlier, or that month's last day. From the last weekday of a month, as
/// cut-offs mostly are, month ends are counted: a month before 30 April is 31 March.
fn months_before(day: Day, months: usize) -> Day {
    let earlier = |date: Date| {
        let shifted = date.checked_sub_months(Months::new(months as u32))?;
        if !is_last_weekday(date) {
            return Some(shifted);
        }
        let first_of_next = shifted.with_day(1)?.checked_add_months(Months::new(1))?;
        first_of_next.pred_opt()
    };
    date_of(day).and_then(earlier).map_or(Day::MIN / 2, day_of)
}

/// Whether no weekday of the month follows.
fn is_last_weekday(date: Date) -> bool {
    let later = date.iter_days().skip(1).take_while(|next| next.month() == date.month());
    later
        .into_iter()
        .all(|next| matches!(next.weekday(), Weekday::Sat | Weekday::Sun))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn month_ends_lead_to_month_ends() {
        let before = |text: &str, months| {
            let date: Date = text.parse().expect("a date");
            date_of(months_before(day_of(date), months))
                .expect("a date")
                .to_string()
        };
        assert_eq!(before("2025-04-30", 1), "2025-03-31");
        assert_eq!(before("2023-04-28", 2), "2023-02-28"); // a Friday, the last weekday
        assert_eq!(before("2025-10-31", 12), "2024-10-31");
        assert_eq!(before("2025-04-29", 1), "2025-03-29");
        assert_eq!(before("2025-03-15", 13), "2024-02-15");
    }
}
