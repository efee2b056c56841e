//! Traded value: what a security's days of trading amount to, in the dataset's currency.

use divisor_methodology::Options;
use divisor_model::{Day, Fraction, PriceSlice};
use divisor_numeric::{QuantileMethod, mean, quantile};

use super::Line;
use super::window::months_before;
use crate::needs::CLOSE_AGE_DAYS_MAX;

const MONTHS_A_YEAR: f64 = 12.0;

/// Days with close and volume, with their product in the security's currency. Both are on one split basis, so that
/// splits leave it alone.
fn traded_days(slice: &PriceSlice<'_>) -> Vec<(Day, f64)> {
    let values = slice
        .close
        .iter()
        .zip(slice.volume)
        .map(|(close, volume)| close * volume);
    let days = slice.day.iter().copied().zip(values);
    days.filter(|(_, value)| !value.is_nan()).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    quantile(&mut values, Fraction::new(1, 2), QuantileMethod::Linear)
}

/// Mean or median value traded over the n newest days with close and volume, times fx.
pub(super) fn traded_value(slice: &PriceSlice<'_>, options: &Options, line: &Line, cutoff: Day) -> Option<(f64, Day)> {
    let days = traded_days(slice);
    let newest = days
        .last()
        .map(|(day, _)| *day)
        .filter(|day| *day >= cutoff - CLOSE_AGE_DAYS_MAX)?;
    let length = options.window?.length;
    let values: Vec<f64> = days[days.len().saturating_sub(length)..]
        .iter()
        .map(|(_, value)| *value)
        .collect();
    let value = match () {
        () if values.len() < options.least() => f64::NAN,
        () if options.median => median(values),
        () => mean(&values),
    };
    Some((value * line.fx, newest))
}

/// 12 × the mean over months of (median value of the days traded × their number × fx) ÷ float cap at the month's end,
/// which is that of the snapshot moved by the close.
pub(super) fn traded_value_ratio(
    slice: &PriceSlice<'_>,
    options: &Options,
    line: &Line,
    cutoff: Day,
) -> Option<(f64, Day)> {
    let days = traded_days(slice);
    let newest = days.last().map(|(day, _)| *day)?;
    let (_, at_snapshot) = slice.value_at(slice.close, line.valuation_day, CLOSE_AGE_DAYS_MAX)?;
    let cap_per_close = line.float_cap / at_snapshot;
    let mut ratios = Vec::new();
    for month in 0..options.window?.length {
        let (after, until) = (months_before(cutoff, month + 1), months_before(cutoff, month));
        let start = days.partition_point(|(day, _)| *day <= after);
        let end = days.partition_point(|(day, _)| *day <= until);
        let rows = &days[start..end];
        let Some((last, _)) = rows.last() else { continue };
        let (_, close) = slice.value_at(slice.close, *last, 0)?;
        let traded: Vec<f64> = rows
            .iter()
            .map(|(_, value)| *value)
            .filter(|value| *value > 0.0)
            .collect();
        let number = traded.len() as f64;
        let value = if traded.is_empty() {
            0.0
        } else {
            median(traded) * number
        };
        ratios.push(value * line.fx / (cap_per_close * close));
    }
    let value = if ratios.len() < options.least() {
        f64::NAN
    } else {
        MONTHS_A_YEAR * mean(&ratios)
    };
    Some((if value.is_finite() { value } else { f64::NAN }, newest))
}
