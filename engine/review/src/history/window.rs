//! Windows of price rows.

use chrono::{Datelike, Months, Weekday};
use divisor_methodology::WindowUnit;
use divisor_model::{Date, Day, PriceSlice, date_of, day_of};

use crate::needs::CLOSE_AGE_DAYS_MAX;

/// The closes that are there, with their days.
pub(crate) fn daily_closes(slice: &PriceSlice<'_>, column: &[f64]) -> Vec<(Day, f64)> {
    let rows = slice.day.iter().copied().zip(column.iter().copied());
    rows.filter(|(_, close)| !close.is_nan()).collect()
}

/// The closes whose pairs make returns of a unit, and how many calendar days a return may span at most.
pub(super) fn closes_by(unit: WindowUnit, slice: &PriceSlice<'_>, column: &[f64]) -> (Vec<(Day, f64)>, Day) {
    match unit {
        WindowUnit::Weeks => (weekly_closes(slice, column), 2 * CLOSE_AGE_DAYS_MAX),
        _ => (daily_closes(slice, column), CLOSE_AGE_DAYS_MAX),
    }
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
pub(super) fn months_before(day: Day, months: usize) -> Day {
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
