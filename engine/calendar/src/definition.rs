//! The text of a calendar: what an exchange's TOML says, checked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Month, Weekday};
use divisor_model::{Date, Location};
use serde::Deserialize;
use toml::value::Datetime;

use crate::CalendarError;
use crate::holiday::{Holiday, HolidayDay};
use crate::rule::Roll;
use crate::year_month::Nth;

/// The years for which the Gregorian calendar and its Easter hold.
const YEARS: std::ops::RangeInclusive<i32> = 1583..=9999;

/// A calendar as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Name it is asked for by.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) title: String,
    /// What people should know of it, as why it does not go back further.
    pub(crate) note: Option<String>,
    /// First known year.
    pub(crate) first_year: i32,
    /// Last known year.
    pub(crate) last_year: i32,
    /// Weekdays without sessions, Monday first.
    pub(crate) weekend: Vec<Weekday>,
    /// Rules in the file's order.
    pub(crate) holidays: Vec<Holiday>,
    /// Single closed days with their reasons.
    pub(crate) closed: Vec<(Date, String)>,
    /// Single sessions against the rules with their reasons.
    pub(crate) open: Vec<(Date, String)>,
    /// When sessions close early, with the local time.
    pub(crate) early: Vec<(Holiday, String)>,
    /// Trading on days that are no sessions, with its reason.
    pub(crate) special: Vec<(Date, String)>,
    /// First day of the exchange, where it is younger than its first year.
    pub(crate) opened: Option<Date>,
    /// Last day for which the exchange has published its calendar; `None` where nobody has to.
    pub(crate) announced_to: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarText {
    name: String,
    title: Option<String>,
    note: Option<String>,
    first_year: i32,
    last_year: i32,
    weekend: Vec<Weekday>,
    #[serde(default)]
    holiday: Vec<HolidayText>,
    #[serde(default)]
    closed: Vec<ExceptionText>,
    #[serde(default)]
    open: Vec<ExceptionText>,
    #[serde(default)]
    early: Vec<HolidayText>,
    #[serde(default)]
    special: Vec<ExceptionText>,
    opened: Option<Datetime>,
    announced_to: Option<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayText {
    name: String,
    fixed: Option<FixedText>,
    weekday: Option<WeekdayText>,
    from: Option<FromText>,
    easter: Option<i32>,
    dates: Option<Vec<Datetime>>,
    /// Of `[[early]]` alone.
    close: Option<String>,
    #[serde(default)]
    observed: BTreeMap<String, Toward>,
    first_year: Option<i32>,
    last_year: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FixedText {
    month: Month,
    day: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeekdayText {
    nth: NthText,
    day: Weekday,
    month: Month,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FromText {
    month: Month,
    day: u32,
    weekday: Weekday,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`nth` is a number from 1 to 5 or \"last\"")]
enum NthText {
    Number(u32),
    Word(LastText),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum LastText {
    Last,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Toward {
    Previous,
    Next,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionText {
    date: Datetime,
    because: String,
}

impl Definition {
    /// Reads the text of the calendar `name`.
    pub(crate) fn read(name: &str, text: &str) -> Result<Self, CalendarError> {
        let parsed: CalendarText = toml::from_str(text).map_err(|error| CalendarError::BadDefinition {
            calendar: name.to_owned(),
            line: error.span().map(|span| Location::of(name, text, span).line),
            message: error.message().to_owned(),
        })?;
        Self::check(name, parsed).map_err(|message| bad(name, message))
    }

    fn check(name: &str, text: CalendarText) -> Result<Self, String> {
        if text.name != name {
            return Err(format!("its text is that of `{}`", text.name));
        }
        if !YEARS.contains(&text.first_year) || !YEARS.contains(&text.last_year) || text.first_year > text.last_year {
            return Err(format!(
                "first_year {} and last_year {} must be in order and from {} to {}",
                text.first_year,
                text.last_year,
                YEARS.start(),
                YEARS.end()
            ));
        }
        let mut weekend = text.weekend;
        weekend.sort_by_key(Weekday::num_days_from_monday);
        weekend.dedup();
        if weekend.len() == 7 {
            return Err("a weekend of seven days leaves no session".to_owned());
        }
        Ok(Self {
            title: text.title.unwrap_or_else(|| text.name.clone()),
            name: text.name,
            note: text.note,
            first_year: text.first_year,
            last_year: text.last_year,
            weekend,
            holidays: text.holiday.into_iter().map(without_close).collect::<Result<_, _>>()?,
            closed: exceptions("closed", text.closed)?,
            open: exceptions("open", text.open)?,
            early: text.early.into_iter().map(early).collect::<Result<_, _>>()?,
            special: exceptions("special", text.special)?,
            opened: known_day("opened", text.opened)?,
            announced_to: known_day("announced_to", text.announced_to)?,
        })
    }
}

/// A fault in the text of a calendar that has no one line.
pub(crate) fn bad(calendar: &str, message: String) -> CalendarError {
    CalendarError::BadDefinition {
        calendar: calendar.to_owned(),
        line: None,
        message,
    }
}

fn without_close(text: HolidayText) -> Result<Holiday, String> {
    if text.close.is_some() {
        return Err(format!("holiday `{}`: `close` belongs to `[[early]]`", text.name));
    }
    holiday(text)
}

/// A rule for early closes with its local time, `HH:MM`.
fn early(mut text: HolidayText) -> Result<(Holiday, String), String> {
    let wrong = || format!("early `{}`: `close` is the local time, as in \"13:00\"", text.name);
    let close = text.close.take().ok_or_else(wrong)?;
    if close.len() != 5 || chrono::NaiveTime::parse_from_str(&close, "%H:%M").is_err() {
        return Err(wrong());
    }
    Ok((holiday(text)?, close))
}

fn known_day(key: &str, value: Option<Datetime>) -> Result<Option<Date>, String> {
    let read = |value: Datetime| plain_date(value).ok_or_else(|| format!("`{key}`: {value} is not a plain date"));
    value.map(read).transpose()
}

fn holiday(text: HolidayText) -> Result<Holiday, String> {
    let wrong = |message: &str| format!("holiday `{}`: {message}", text.name);
    let on = holiday_day(&text).map_err(|message| wrong(&message))?;
    let (first_year, last_year) = (text.first_year.unwrap_or(i32::MIN), text.last_year.unwrap_or(i32::MAX));
    if first_year > last_year {
        return Err(wrong("first_year is after last_year"));
    }
    let mut observed = Vec::with_capacity(text.observed.len());
    for (day, toward) in &text.observed {
        let weekday: Weekday = day.parse().map_err(|_| wrong(&format!("`{day}` is not a weekday")))?;
        if observed.iter().any(|(on, _)| *on == weekday) {
            return Err(wrong(&format!("`observed` names {day} twice")));
        }
        observed.push((weekday, roll(*toward)));
    }
    Ok(Holiday {
        name: text.name,
        on,
        observed,
        first_year,
        last_year,
    })
}

fn holiday_day(text: &HolidayText) -> Result<HolidayDay, String> {
    const NO_SUCH_DAY: &str = "its month has no such day";
    match (&text.fixed, &text.weekday, &text.from, text.easter, &text.dates) {
        (Some(fixed), None, None, None, None) => fixed_day(fixed).ok_or_else(|| NO_SUCH_DAY.to_owned()),
        (None, Some(weekday), None, None, None) => {
            weekday_of_month(weekday).ok_or_else(|| "`nth` is a number from 1 to 5 or \"last\"".to_owned())
        }
        (None, None, Some(FromText { month, day, weekday }), None, None) => {
            let month = month.number_from_month();
            Date::from_ymd_opt(2024, month, *day).ok_or_else(|| NO_SUCH_DAY.to_owned())?;
            let (weekday, day) = (*weekday, *day);
            Ok(HolidayDay::From { weekday, month, day })
        }
        (None, None, None, Some(days), None) => Ok(HolidayDay::Easter { days }),
        (None, None, None, None, Some(dates)) => {
            let mut days = Vec::with_capacity(dates.len());
            for value in dates {
                let date = plain_date(*value).ok_or_else(|| format!("{value} is not a plain date"))?;
                if days.contains(&date) {
                    return Err(format!("`dates` has {date} twice"));
                }
                days.push(date);
            }
            Ok(HolidayDay::Dates(days))
        }
        _ => Err("give exactly one of `fixed`, `weekday`, `from`, `easter` and `dates`".to_owned()),
    }
}

fn fixed_day(text: &FixedText) -> Option<HolidayDay> {
    let month = text.month.number_from_month();
    // A leap year: February 29 is a day, if not every year.
    Date::from_ymd_opt(2024, month, text.day)?;
    Some(HolidayDay::Fixed { month, day: text.day })
}

fn weekday_of_month(text: &WeekdayText) -> Option<HolidayDay> {
    let nth = match text.nth {
        NthText::Number(number) => Nth::from_number(number)?,
        NthText::Word(LastText::Last) => Nth::Last,
    };
    Some(HolidayDay::Weekday {
        nth,
        weekday: text.day,
        month: text.month.number_from_month(),
    })
}

fn roll(toward: Toward) -> Roll {
    match toward {
        Toward::Previous => Roll::Previous,
        Toward::Next => Roll::Next,
    }
}

fn exceptions(list: &str, texts: Vec<ExceptionText>) -> Result<Vec<(Date, String)>, String> {
    let mut seen = BTreeSet::new();
    let mut dates = Vec::with_capacity(texts.len());
    for text in texts {
        let date = plain_date(text.date).ok_or_else(|| format!("`{list}`: {} is not a plain date", text.date))?;
        if !seen.insert(date) {
            return Err(format!("`{list}` names {date} twice"));
        }
        dates.push((date, text.because));
    }
    Ok(dates)
}

fn plain_date(value: Datetime) -> Option<Date> {
    if value.time.is_some() || value.offset.is_some() {
        return None;
    }
    let date = value.date?;
    Date::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}
