//! The days of a world: sessions, months, quarters.

use std::ops::Range;

use chrono::Datelike;
use divisor_model::{Date, Day, date_of, day_of};

use super::error::WorldError;
use super::spec::{Month, WorldSpec};

/// Sessions a year, for annual figures.
pub(super) const YEAR_SESSIONS: f64 = 252.0;

/// A quarter of a calendar year: `4 × year + quarter`, quarter from 0 to 3.
pub(super) type Quarter = i32;

/// The sessions a world has prices for, and where months and quarters begin in them.
#[derive(Debug)]
pub(super) struct Timeline {
    /// Session days, ascending.
    pub days: Vec<Day>,
    /// Month of each session, in months since year 0.
    pub months: Vec<i32>,
    /// The last session of each month that has a snapshot.
    pub snapshots: Vec<usize>,
}

impl Timeline {
    /// The sessions from the first day of prices to the end of the last month. Later sessions are not looked at.
    pub(super) fn new(spec: &WorldSpec, sessions: &[Date]) -> Result<Self, WorldError> {
        let mut pairs = sessions.iter().zip(sessions.iter().skip(1));
        if let Some((one, next)) = pairs.find(|(one, next)| one >= next) {
            return Err(WorldError::Sessions(format!("{one} is followed by {next}")));
        }
        let month = |date: Date| date.year() * 12 + date.month0() as i32;
        let kept = sessions
            .iter()
            .filter(|date| **date >= spec.prices_from && month(**date) <= spec.last.number());
        let (mut days, mut months) = (Vec::new(), Vec::new());
        for date in kept {
            days.push(day_of(*date));
            months.push(month(*date));
        }
        let first_month = spec.prices_from.year() * 12 + spec.prices_from.month0() as i32;
        for needed in first_month..=spec.last.number() {
            if months.binary_search(&needed).is_err() {
                let name = Month::new(needed.div_euclid(12), needed.rem_euclid(12) + 1);
                let name = name.map_or_else(String::new, |month| month.to_string());
                return Err(WorldError::Sessions(format!("there is none in {name}")));
            }
        }
        let month_end = |month: i32| months.partition_point(|seen| *seen <= month) - 1;
        let snapshots = (spec.first.number()..=spec.last.number()).map(month_end).collect();
        Ok(Self {
            days,
            months,
            snapshots,
        })
    }

    /// How many sessions there are; never zero.
    pub(super) fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether a session is the first of its month; the very first session is not one.
    pub(super) fn begins_month(&self, session: usize) -> bool {
        session > 0 && self.months[session] != self.months[session - 1]
    }

    /// Whether a session is the first of its quarter; the very first session is not one.
    pub(super) fn begins_quarter(&self, session: usize) -> bool {
        session > 0 && self.quarter(session) != self.quarter(session - 1)
    }

    /// The quarter of a session.
    pub(super) fn quarter(&self, session: usize) -> Quarter {
        self.months[session].div_euclid(3)
    }

    /// The date of a session.
    pub(super) fn date(&self, session: usize) -> Date {
        date_of(self.days[session]).unwrap_or_default()
    }

    /// Sessions of each month of a range.
    pub(super) fn months_of(&self, sessions: &Range<usize>) -> Vec<Range<usize>> {
        let mut start = sessions.start;
        let months = self.months[sessions.clone()].chunk_by(|one, next| one == next);
        months
            .map(|month| {
                let own = start..start + month.len();
                start = own.end;
                own
            })
            .collect()
    }

    /// Sessions of each calendar year that has any.
    pub(super) fn years(&self) -> Vec<(i32, Range<usize>)> {
        let year = |session: usize| self.months[session].div_euclid(12);
        (year(0)..=year(self.len() - 1))
            .map(|wanted| {
                let start = self.months.partition_point(|month| month.div_euclid(12) < wanted);
                let end = self.months.partition_point(|month| month.div_euclid(12) <= wanted);
                (wanted, start..end)
            })
            .collect()
    }
}

/// The first day of a quarter.
pub(super) fn quarter_start(quarter: Quarter) -> Day {
    let month = 3 * quarter.rem_euclid(4) as u32 + 1;
    Date::from_ymd_opt(quarter.div_euclid(4), month, 1).map_or(0, day_of)
}

/// The last day of a quarter.
pub(super) fn quarter_end(quarter: Quarter) -> Day {
    quarter_start(quarter + 1) - 1
}

/// The day itself, or the Monday after a weekend day.
pub(super) fn weekday_from(day: Day) -> Day {
    // 1970-01-01 was a Thursday: weekday 3, counted from Monday.
    match (day + 3).rem_euclid(7) {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    }
}

/// The day itself, or the Friday before a weekend day.
pub(super) fn weekday_until(day: Day) -> Day {
    match (day + 3).rem_euclid(7) {
        5 => day - 1,
        6 => day - 2,
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        day_of(text.parse().expect("a date"))
    }

    #[test]
    fn quarters_have_calendar_ends() {
        assert_eq!(quarter_start(4 * 2015 + 1), day("2015-04-01"));
        assert_eq!(quarter_end(4 * 2015 + 1), day("2015-06-30"));
        assert_eq!(quarter_end(4 * 2015 + 3), day("2015-12-31"));
    }

    #[test]
    fn weekends_move_to_weekdays() {
        assert_eq!(weekday_from(day("2025-11-29")), day("2025-12-01"));
        assert_eq!(weekday_from(day("2025-11-30")), day("2025-12-01"));
        assert_eq!(weekday_until(day("2025-11-30")), day("2025-11-28"));
        assert_eq!(weekday_until(day("2025-11-28")), day("2025-11-28"));
    }
}
