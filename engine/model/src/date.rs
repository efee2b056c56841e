//! Calendar dates, and days as plain integers inside columns.

use chrono::Days;

/// A calendar date. Times of day do not exist in this engine.
pub type Date = chrono::NaiveDate;

/// Days since 1970-01-01: how dates lie in columns.
pub type Day = i32;

/// The missing date in a column.
pub const DAY_MISSING: Day = Day::MIN;

const EPOCH: Date = match Date::from_ymd_opt(1970, 1, 1) {
    Some(date) => date,
    None => unreachable!(),
};

/// The column form of a date.
pub fn day_of(date: Date) -> Day {
    date.signed_duration_since(EPOCH).num_days() as Day
}

/// The date of a day number; `None` for [`DAY_MISSING`] and for days no calendar has.
pub fn date_of(day: Day) -> Option<Date> {
    if day >= 0 {
        EPOCH.checked_add_days(Days::new(day.unsigned_abs().into()))
    } else {
        EPOCH.checked_sub_days(Days::new(day.unsigned_abs().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for text in ["1969-12-31", "1970-01-01", "2000-02-29", "2025-11-28"] {
            let date: Date = text.parse().expect("a date");
            assert_eq!(date_of(day_of(date)), Some(date));
        }
        assert_eq!(date_of(DAY_MISSING), None);
    }
}
