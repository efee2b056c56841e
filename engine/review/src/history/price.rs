//! History functions over `prices`: what a security's closes were by a cut-off.

use divisor_methodology::{Expr, ExprKind, Function, FunctionKind, Options, WindowUnit};
use divisor_model::{Day, History, PriceSlice};
use divisor_numeric::{Deviation, slope, stdev};

use super::liquidity::{traded_value, traded_value_ratio};
use super::window::{closes_by, daily_closes, months_before};
use super::{Line, Market};
use crate::needs::{CLOSE_AGE_DAYS_MAX, SNAPSHOT_PRICE_AGE_DAYS};

/// Sessions and weeks a year, for annualising.
pub(crate) const SESSIONS_A_YEAR: f64 = 252.0;
pub(crate) const WEEKS_A_YEAR: f64 = 52.0;

/// One call of a price function.
pub(crate) struct PriceCall {
    function: Function,
    options: Options,
}

impl PriceCall {
    pub(crate) fn new(expr: &Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Call { function, options, .. } if function.kind() == FunctionKind::Prices => Some(Self {
                function: *function,
                options: *options,
            }),
            _ => None,
        }
    }

    /// Whether it compares with the parent's return.
    pub(crate) fn needs_market(&self) -> bool {
        self.function == Function::Beta
    }

    /// The oldest row it may read: a window never reaches further back, however many prices are missing.
    ///
    /// `days = n` looks at most 2·n + 30 calendar days back, `weeks = n` at most 7·(n + 2), `months` to the close at
    /// the start of the window; `atvr` reads the close at the snapshot too.
    pub(crate) fn first_day(&self, cutoff: Day, snapshot: Day) -> Day {
        let Some(window) = self.options.window else {
            return cutoff;
        };
        let length = window.length as Day;
        let first = match window.unit {
            WindowUnit::Days => cutoff - 2 * length - 30,
            WindowUnit::Weeks => cutoff - 7 * (length + 2),
            _ => months_before(cutoff, window.length + self.options.skip) - CLOSE_AGE_DAYS_MAX,
        };
        match self.function {
            Function::Atvr => first.min(snapshot - SNAPSHOT_PRICE_AGE_DAYS - CLOSE_AGE_DAYS_MAX),
            _ => first,
        }
    }

    /// The value for a name of a snapshot and the day of the latest price in it; `market` is the parent's, for calls
    /// that need it.
    pub(crate) fn value(
        &self,
        history: &History,
        line: &Line,
        cutoff: Day,
        first_day: Day,
        market: Option<&Market>,
    ) -> Option<(f64, Day)> {
        let rows = history.prices.as_ref()?.between(line.security, first_day, cutoff);
        let slice = rows.slice();
        if self.function.needs_volume() {
            return match self.function {
                Function::Adv => traded_value(&slice, &self.options, line, cutoff),
                _ => traded_value_ratio(&slice, &self.options, line, cutoff),
            };
        }
        let column = price_column(&slice);
        let (newest, _) = slice.value_at(column, cutoff, CLOSE_AGE_DAYS_MAX)?;
        let value = match self.function {
            Function::Returns => self.total(&slice, column, cutoff),
            Function::Volatility => self.volatility(&slice, column),
            Function::Drawdown => self.drawdown(&slice, column, cutoff),
            _ => self.beta(&slice, column, market?),
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

    /// The last n simple returns, each with the days of its two closes; `None` for fewer than the least. A return spans
    /// two consecutive closes not too far apart; weekly ones take the last close of each calendar week.
    fn newest_returns(&self, slice: &PriceSlice<'_>, column: &[f64]) -> Option<Vec<(Day, Day, f64)>> {
        let window = self.options.window?;
        let (closes, apart) = closes_by(window.unit, slice, column);
        let spans = closes.windows(2).filter(|pair| pair[1].0 - pair[0].0 <= apart);
        let mut returns: Vec<(Day, Day, f64)> = spans
            .map(|pair| (pair[0].0, pair[1].0, pair[1].1 / pair[0].1 - 1.0))
            .collect();
        returns.drain(..returns.len().saturating_sub(window.length));
        (returns.len() >= self.options.least()).then_some(returns)
    }

    /// Standard deviation (sample unless stated) of the last n simple returns, times √252 or √52.
    fn volatility(&self, slice: &PriceSlice<'_>, column: &[f64]) -> f64 {
        let Some(returns) = self.newest_returns(slice, column) else {
            return f64::NAN;
        };
        let returns: Vec<f64> = returns.into_iter().map(|(.., value)| value).collect();
        let deviation = if self.options.population {
            Deviation::Population
        } else {
            Deviation::Sample
        };
        let weekly = self
            .options
            .window
            .is_some_and(|window| window.unit == WindowUnit::Weeks);
        let periods = if weekly { WEEKS_A_YEAR } else { SESSIONS_A_YEAR };
        stdev(&returns, deviation) * periods.sqrt()
    }

    /// Slope of the last n returns on the parent's over the same spans.
    fn beta(&self, slice: &PriceSlice<'_>, column: &[f64], market: &Market) -> f64 {
        let Some(returns) = self.newest_returns(slice, column) else {
            return f64::NAN;
        };
        let parent: Vec<f64> = returns.iter().map(|(from, to, _)| market.over(*from, *to)).collect();
        let own: Vec<f64> = returns.into_iter().map(|(.., value)| value).collect();
        slope(&parent, &own)
    }

    /// The least close ÷ highest close so far − 1, zero or negative.
    fn drawdown(&self, slice: &PriceSlice<'_>, column: &[f64], cutoff: Day) -> f64 {
        let Some(window) = self.options.window else {
            return f64::NAN;
        };
        let mut closes = daily_closes(slice, column);
        if window.unit == WindowUnit::Days {
            closes.drain(..closes.len().saturating_sub(window.length));
            if closes.len() < self.options.least() {
                return f64::NAN;
            }
        } else {
            let start = months_before(cutoff, window.length);
            // The close at the start of the window is the last on or before that day; older ones lie before it.
            let before = closes.partition_point(|(day, _)| *day <= start);
            closes.drain(..before.saturating_sub(1));
            let reached = months_before(cutoff, self.options.least());
            if closes.first().is_none_or(|(first, _)| *first > reached) {
                return f64::NAN;
            }
        }
        let (mut peak, mut deepest) = (f64::NEG_INFINITY, 0.0_f64);
        for (_, close) in closes {
            peak = peak.max(close);
            deepest = deepest.min(close / peak - 1.0);
        }
        deepest
    }
}

/// Total-return closes where a security has any in the window, else closes.
pub(crate) fn price_column<'a>(slice: &PriceSlice<'a>) -> &'a [f64] {
    if slice.close_total_return.iter().any(|value| !value.is_nan()) {
        slice.close_total_return
    } else {
        slice.close
    }
}
