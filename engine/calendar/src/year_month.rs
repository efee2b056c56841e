//! Months as a line of integers, and the weekdays inside them.

use std::fmt;

use chrono::{Datelike, Days, Months, Weekday};
use divisor_model::Date;

/// Which one of the same weekdays in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nth {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The fifth; most months have none.
    Fifth,
    /// The last, be it the fourth or the fifth.
    Last,
}

impl Nth {
    /// From its number, 1–5.
    pub fn from_number(number: u32) -> Option<Self> {
        [Self::First, Self::Second, Self::Third, Self::Fourth, Self::Fifth]
            .get(usize::try_from(number).ok()?.checked_sub(1)?)
            .copied()
    }

    fn number(self) -> Option<u8> {
        match self {
            Self::First => Some(1),
            Self::Second => Some(2),
            Self::Third => Some(3),
            Self::Fourth => Some(4),
            Self::Fifth => Some(5),
            Self::Last => None,
        }
    }
}

impl fmt::Display for Nth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Third => "third",
            Self::Fourth => "fourth",
            Self::Fifth => "fifth",
            Self::Last => "last",
        })
    }
}

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct YearMonth {
    /// Year.
    pub(crate) year: i32,
    /// 1–12.
    pub(crate) month: u32,
}

impl YearMonth {
    /// The month a date lies in.
    pub(crate) fn of(date: Date) -> Self {
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    /// `count` months later, or earlier where negative; years stay at the ends of `i32`.
    pub(crate) fn plus(self, count: i64) -> Self {
        let index = i64::from(self.year) * 12 + i64::from(self.month) - 1 + count;
        let year = index.div_euclid(12).clamp(i32::MIN.into(), i32::MAX.into());
        Self {
            year: year as i32,
            month: index.rem_euclid(12) as u32 + 1,
        }
    }

    /// Its first day; `None` where dates end.
    pub(crate) fn first_day(self) -> Option<Date> {
        Date::from_ymd_opt(self.year, self.month, 1)
    }

    /// Its last day; `None` where dates end.
    pub(crate) fn last_day(self) -> Option<Date> {
        self.first_day()?
            .checked_add_months(Months::new(1))?
            .checked_sub_days(Days::new(1))
    }

    /// Its `nth` weekday, if it has one.
    pub(crate) fn weekday(self, nth: Nth, weekday: Weekday) -> Option<Date> {
        if let Some(number) = nth.number() {
            return Date::from_weekday_of_month_opt(self.year, self.month, weekday, number);
        }
        let last = self.last_day()?;
        last.checked_sub_days(Days::new(last.weekday().days_since(weekday).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_carry_into_years() {
        let november = YearMonth { year: 2026, month: 11 };
        assert_eq!(november.plus(2), YearMonth { year: 2027, month: 1 });
        assert_eq!(november.plus(-11), YearMonth { year: 2025, month: 12 });
        assert_eq!(november.plus(0), november);
    }

    #[test]
    fn weekdays_of_a_month() {
        let may = YearMonth { year: 2027, month: 5 };
        let day = |nth, weekday| may.weekday(nth, weekday).map(|date| date.day());
        assert_eq!(day(Nth::First, Weekday::Sat), Some(1));
        assert_eq!(day(Nth::Third, Weekday::Fri), Some(21));
        assert_eq!(day(Nth::Last, Weekday::Mon), Some(31));
        assert_eq!(day(Nth::Last, Weekday::Tue), Some(25));
        assert_eq!(day(Nth::Fifth, Weekday::Tue), None);
        assert_eq!(Nth::from_number(5), Some(Nth::Fifth));
        assert_eq!((Nth::from_number(0), Nth::from_number(6)), (None, None));
    }
}
