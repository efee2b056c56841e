//! History functions: what the tables behind the snapshots said of a security by a cut-off. What each function means is
//! in its record (`divisor_methodology::Function::record`); here it is computed.

mod fundamental;
mod liquidity;
mod market;
mod price;
mod publications;
mod series;
#[cfg(test)]
mod tests;
mod trailing;
mod window;

pub(crate) use fundamental::FundamentalCall;
pub(crate) use market::Market;
pub(crate) use price::{PriceCall, SESSIONS_A_YEAR, WEEKS_A_YEAR, price_column};

pub(crate) use window::daily_closes;

use divisor_model::{DAY_MISSING, Day, SecurityIndex, Snapshot, day_of};

/// What a snapshot says of one name that history functions need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// Which.
    pub(crate) security: SecurityIndex,
    /// The day of its price, which is also that of its share basis.
    pub(crate) valuation_day: Day,
    /// Dataset currency per one unit of the security's; NaN where missing.
    pub(crate) fx: f64,
    /// `market_cap` × `free_float`; NaN where missing.
    pub(crate) float_cap: f64,
}

/// All rows of a snapshot.
pub(crate) fn lines(snapshot: Snapshot<'_>) -> Vec<Line> {
    let taken = day_of(snapshot.date());
    let price_days = snapshot.days("price_date");
    let number = |name: &str, row: usize| snapshot.number(name).map(|values| values[row]);
    let line = |(row, security): (usize, &SecurityIndex)| {
        let own_day = price_days.map(|days| days[row]).filter(|day| *day != DAY_MISSING);
        let free_float = number("free_float", row).filter(|float| !float.is_nan());
        Line {
            security: *security,
            valuation_day: own_day.unwrap_or(taken),
            fx: number("fx", row).unwrap_or(1.0),
            float_cap: number("market_cap", row).unwrap_or(f64::NAN) * free_float.unwrap_or(1.0),
        }
    };
    snapshot.security().iter().enumerate().map(line).collect()
}
