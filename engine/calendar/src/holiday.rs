//! Holiday rules, and the days they close.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, TimeDelta, Weekday};
use divisor_model::Date;

use crate::rule::Roll;
use crate::year_month::{Nth, YearMonth};

/// Farther than this no early close moves.
const MOVED_DAYS_MAX: usize = 14;

/// A holiday as an exchange keeps it year by year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holiday {
    /// Its name.
    pub(crate) name: String,
    /// The day it is named for.
    pub(crate) on: HolidayDay,
    /// Where it is kept when that day is one of these weekdays.
    pub(crate) observed: Vec<(Weekday, Roll)>,
    /// First year kept.
    pub(crate) first_year: i32,
    /// Last year kept.
    pub(crate) last_year: i32,
}

/// The day of a year a holiday is named for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HolidayDay {
    /// The same date each year.
    Fixed {
        /// 1–12.
        month: u32,
        /// 1–31.
        day: u32,
    },
    /// A weekday of a month.
    Weekday {
        /// Which of them.
        nth: Nth,
        /// Of what.
        weekday: Weekday,
        /// 1–12.
        month: u32,
    },
    /// The first such weekday on or after a date.
    From {
        /// Of what.
        weekday: Weekday,
        /// 1–12.
        month: u32,
        /// 1–31.
        day: u32,
    },
    /// Days that follow no rule of the solar year.
    Dates(Vec<Date>),
    /// So many days after Easter Sunday.
    Easter {
        /// Negative: before it.
        days: i32,
    },
}

impl Holiday {
    /// The days it is named for in `year`; none if it is not kept then or the year has no such day.
    fn named_days(&self, year: i32) -> Vec<Date> {
        if year < self.first_year || year > self.last_year {
            return Vec::new();
        }
        let day = match &self.on {
            HolidayDay::Fixed { month, day } => Date::from_ymd_opt(year, *month, *day),
            HolidayDay::Weekday { nth, weekday, month } => YearMonth { year, month: *month }.weekday(*nth, *weekday),
            HolidayDay::From { weekday, month, day } => Date::from_ymd_opt(year, *month, *day)
                .and_then(|date| date.checked_add_days(Days::new(weekday.days_since(date.weekday()).into()))),
            HolidayDay::Easter { days } => {
                easter_sunday(year).and_then(|sunday| sunday.checked_add_signed(TimeDelta::days((*days).into())))
            }
            HolidayDay::Dates(dates) => return dates.iter().copied().filter(|date| date.year() == year).collect(),
        };
        day.into_iter().collect()
    }

    /// The days it is kept from `first_year` to `last_year`: the named day where `keeps` it, else the nearest one that is
    /// in the way `observed` says, else none.
    pub(crate) fn days_kept(&self, (first_year, last_year): (i32, i32), keeps: impl Fn(Date) -> bool) -> Vec<Date> {
        let mut kept = Vec::new();
        for named in (first_year..=last_year).flat_map(|year| self.named_days(year)) {
            let found = match self.moved(named.weekday()) {
                _ if keeps(named) => Some(named),
                Some(roll) => step(named, roll).take(MOVED_DAYS_MAX).find(|date| keeps(*date)),
                None => None,
            };
            kept.extend(found);
        }
        kept
    }

    fn moved(&self, weekday: Weekday) -> Option<Roll> {
        self.observed
            .iter()
            .find(|(on, _)| *on == weekday)
            .map(|&(_, roll)| roll)
    }
}

/// Every day from `first_year` to `last_year` that the holidays close, weekends left out, with the holiday's name.
///
/// Holidays that stay where they are take their days first; those that move then find, in date order, the nearest day
/// that is neither weekend nor taken (Christmas and Boxing Day on a weekend become Monday and Tuesday). Where two fall on
/// one day the earlier in the list gives the name.
pub(crate) fn closures(
    holidays: &[Holiday],
    weekend: &[Weekday],
    first_year: i32,
    last_year: i32,
) -> BTreeMap<Date, String> {
    let mut closed: BTreeMap<Date, String> = BTreeMap::new();
    let mut moving: BTreeMap<Date, Vec<(&str, Roll)>> = BTreeMap::new();
    // A New Year's Day may be kept in the old year, a New Year's Eve in the new one.
    for year in first_year - 1..=last_year + 1 {
        for holiday in holidays {
            for date in holiday.named_days(year) {
                match holiday.moved(date.weekday()) {
                    Some(roll) => moving.entry(date).or_default().push((&holiday.name, roll)),
                    None if weekend.contains(&date.weekday()) => {}
                    None => {
                        closed.entry(date).or_insert_with(|| holiday.name.clone());
                    }
                }
            }
        }
    }
    let mut taken: BTreeSet<Date> = closed.keys().copied().collect();
    for (date, names) in moving {
        for (name, roll) in names {
            let Some(date) = nearest_free(date, roll, weekend, &taken) else {
                continue;
            };
            taken.insert(date);
            closed.insert(date, name.to_owned());
        }
    }
    closed.retain(|date, _| (first_year..=last_year).contains(&date.year()));
    closed
}

fn nearest_free(from: Date, roll: Roll, weekend: &[Weekday], taken: &BTreeSet<Date>) -> Option<Date> {
    step(from, roll).find(|date| !weekend.contains(&date.weekday()) && !taken.contains(date))
}

/// The days before or after a day, nearest first.
fn step(from: Date, roll: Roll) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), move |date| match roll {
        Roll::Previous => date.checked_sub_days(Days::new(1)),
        Roll::Next => date.checked_add_days(Days::new(1)),
    })
    .skip(1)
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's algorithm; valid from 1583).
pub(crate) fn easter_sunday(year: i32) -> Option<Date> {
    let (golden, century, in_century) = (year % 19, year / 100, year % 100);
    let skipped_leaps = century - century / 4;
    let lunar_correction = (century - (century + 8) / 25 + 1) / 3;
    // Age of the moon: days from March 21 to the Paschal full moon.
    let full_moon = (19 * golden + skipped_leaps - lunar_correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - full_moon - in_century % 4) % 7;
    let late = (golden + 11 * full_moon + 22 * to_sunday) / 451;
    let days = full_moon + to_sunday - 7 * late + 114;
    Date::from_ymd_opt(year, u32::try_from(days / 31).ok()?, u32::try_from(days % 31 + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_sundays_as_published() {
        // Earliest and latest possible, and both exceptions of the lunar tables.
        let known = [
            "1818-03-22",
            "1943-04-25",
            "1954-04-18",
            "1981-04-19",
            "1990-04-15",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2019-04-21",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
        ];
        for text in known {
            let date: Date = text.parse().expect("a date");
            assert_eq!(easter_sunday(date.year()), Some(date));
        }
    }

    #[test]
    fn a_holiday_kept_in_the_neighbouring_year_counts_there() {
        let new_year = Holiday {
            name: "New Year".into(),
            on: HolidayDay::Fixed { month: 1, day: 1 },
            observed: vec![(Weekday::Sat, Roll::Previous)],
            first_year: 0,
            last_year: 9999,
        };
        let weekend = [Weekday::Sat, Weekday::Sun];
        let closed = closures(&[new_year], &weekend, 2021, 2021);
        let days: Vec<String> = closed.keys().map(Date::to_string).collect();
        assert_eq!(days, ["2021-01-01", "2021-12-31"]);
    }
}
