//! The sessions of an exchange.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{Datelike, Weekday};
use divisor_model::Date;

use crate::definition::{Definition, bad};
use crate::year_month::YearMonth;
use crate::{CalendarError, builtin, holiday};

/// What [`Calendar::why_closed`] says of a weekend.
const WEEKEND: &str = "weekend";

/// The sessions of an exchange, known for whole years; whatever lies outside them is [`CalendarError::OutOfRange`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    first: Date,
    last: Date,
    /// Every session, ascending.
    sessions: Vec<Date>,
    /// Every closed day that is not a weekend, with its reason.
    closed: BTreeMap<Date, String>,
    definition: String,
}

impl Calendar {
    /// The calendar `name`: from `overriding_toml` where given, else the one compiled in (`weekdays`, `XNYS`).
    ///
    /// The text has the format of `config/calendars/XNYS.toml`; it replaces a calendar compiled in as a whole, or adds
    /// one of a new name.
    pub fn named(name: &str, overriding_toml: Option<&str>) -> Result<Self, CalendarError> {
        let text = overriding_toml
            .or_else(|| builtin::text(name))
            .ok_or_else(|| CalendarError::UnknownCalendar {
                name: name.to_owned(),
                known: builtin::NAMES.to_vec(),
            })?;
        Self::expand(Definition::read(name, text)?)
    }

    /// The names of the calendars compiled in.
    pub fn known() -> &'static [&'static str] {
        &builtin::NAMES
    }

    fn expand(definition: Definition) -> Result<Self, CalendarError> {
        let Definition {
            name,
            first_year,
            last_year,
            weekend,
            holidays,
            closed: closed_days,
            open: open_days,
        } = definition;
        let (Some(first), Some(last)) = (
            Date::from_ymd_opt(first_year, 1, 1),
            Date::from_ymd_opt(last_year, 12, 31),
        ) else {
            return Err(bad(&name, "its years are none".to_owned()));
        };
        let mut closed = holiday::closures(&holidays, &weekend, first_year, last_year);
        let is_open = |closed: &BTreeMap<Date, String>, date: Date| {
            !weekend.contains(&date.weekday()) && !closed.contains_key(&date)
        };
        for (date, because) in closed_days {
            if !(first..=last).contains(&date) || !is_open(&closed, date) {
                return Err(bad(&name, format!("`closed` names {date}, which is no session anyway")));
            }
            closed.insert(date, because);
        }
        let mut opened = Vec::with_capacity(open_days.len());
        for (date, _) in open_days {
            if !(first..=last).contains(&date) || is_open(&closed, date) {
                return Err(bad(
                    &name,
                    format!("`open` names {date}, which is a session anyway or not in its years"),
                ));
            }
            closed.remove(&date);
            opened.push(date);
        }
        let mut sessions: Vec<Date> = first
            .iter_days()
            .take_while(|date| *date <= last)
            .filter(|date| is_open(&closed, *date))
            .collect();
        opened.retain(|date| weekend.contains(&date.weekday()));
        sessions.extend(&opened);
        sessions.sort_unstable();
        opened.sort_unstable();
        let definition = canonical(&name, first, last, &weekend, &closed, &opened);
        Ok(Self {
            name,
            first,
            last,
            sessions,
            closed,
            definition,
        })
    }

    /// Its name: a market identifier code or `weekdays`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First known date, a January 1, session or not.
    pub fn first(&self) -> Date {
        self.first
    }

    /// Last known date, a December 31, session or not.
    pub fn last(&self) -> Date {
        self.last
    }

    /// A canonical text that determines the sessions and nothing else: equal for two files that write the same sessions
    /// in different ways. For hashing.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Whether the exchange trades on `date`.
    pub fn is_session(&self, date: Date) -> Result<bool, CalendarError> {
        self.check(date)?;
        Ok(self.sessions.binary_search(&date).is_ok())
    }

    /// Why there is no session on `date`: the holiday's name, an exception's reason or `weekend`; `None` on a session.
    pub fn why_closed(&self, date: Date) -> Result<Option<&str>, CalendarError> {
        if self.is_session(date)? {
            return Ok(None);
        }
        Ok(Some(self.closed.get(&date).map_or(WEEKEND, String::as_str)))
    }

    /// The sessions from `from` to `to`, both included; none where `to` is before `from`.
    pub fn sessions(&self, from: Date, to: Date) -> Result<&[Date], CalendarError> {
        self.check(from)?;
        self.check(to)?;
        let start = self.sessions.partition_point(|session| *session < from);
        let end = self.sessions.partition_point(|session| *session <= to);
        Ok(self.sessions.get(start..end).unwrap_or_default())
    }

    /// `date` if it is a session, else the last one before it.
    pub fn previous_session_or_same(&self, date: Date) -> Result<Date, CalendarError> {
        self.session_at(self.rank_on_or_before(date)?)
    }

    /// `date` if it is a session, else the first one after it.
    pub fn next_session_or_same(&self, date: Date) -> Result<Date, CalendarError> {
        self.session_at(self.rank_on_or_after(date)?)
    }

    /// The `n`-th session strictly after `date` (`n` > 0) or the `−n`-th strictly before it (`n` < 0). `date` need not be
    /// a session unless `n` is 0.
    pub fn offset(&self, date: Date, n: i32) -> Result<Date, CalendarError> {
        let n = i64::from(n);
        match n {
            0 => self.require_session(date),
            1.. => self.session_at(self.rank_on_or_before(date)? + n),
            _ => self.session_at(self.rank_on_or_after(date)? + n),
        }
    }

    /// The first session of a month (1–12).
    pub fn first_session(&self, year: i32, month: u32) -> Result<Date, CalendarError> {
        self.month_sessions(year, month).map(|(first, _)| first)
    }

    /// The last session of a month (1–12).
    pub fn last_session(&self, year: i32, month: u32) -> Result<Date, CalendarError> {
        self.month_sessions(year, month).map(|(_, last)| last)
    }

    fn month_sessions(&self, year: i32, month: u32) -> Result<(Date, Date), CalendarError> {
        let none = || CalendarError::NoSessionInMonth {
            calendar: self.name.clone(),
            year,
            month,
        };
        if !(1..=12).contains(&month) {
            return Err(none());
        }
        let month = YearMonth { year, month };
        // Years without dates at all are as unknown as those the calendar does not reach.
        let beyond = if year < 0 { Date::MIN } else { Date::MAX };
        let (from, to) = (month.first_day().unwrap_or(beyond), month.last_day().unwrap_or(beyond));
        let sessions = self.sessions(from, to)?;
        Ok((*sessions.first().ok_or_else(none)?, *sessions.last().ok_or_else(none)?))
    }

    /// `date` itself where it is a session, else why not.
    pub(crate) fn require_session(&self, date: Date) -> Result<Date, CalendarError> {
        match self.why_closed(date)? {
            None => Ok(date),
            Some(because) => Err(CalendarError::NotASession {
                calendar: self.name.clone(),
                date,
                because: because.to_owned(),
            }),
        }
    }

    /// Place among all sessions of the last one on or before `date`; −1 if that lies before the known years.
    pub(crate) fn rank_on_or_before(&self, date: Date) -> Result<i64, CalendarError> {
        self.check(date)?;
        Ok(self.sessions.partition_point(|session| *session <= date) as i64 - 1)
    }

    /// Place among all sessions of the first one on or after `date`; their number if that lies after the known years.
    pub(crate) fn rank_on_or_after(&self, date: Date) -> Result<i64, CalendarError> {
        self.check(date)?;
        Ok(self.sessions.partition_point(|session| *session < date) as i64)
    }

    /// The session at a place among all.
    pub(crate) fn session_at(&self, rank: i64) -> Result<Date, CalendarError> {
        let known = usize::try_from(rank).ok().and_then(|rank| self.sessions.get(rank));
        known.copied().ok_or_else(|| {
            let beyond = if rank < 0 {
                self.first.pred_opt()
            } else {
                self.last.succ_opt()
            };
            self.out_of_range(beyond.unwrap_or(self.last))
        })
    }

    /// Whether `date` is in the known years.
    pub(crate) fn covers(&self, date: Date) -> bool {
        (self.first..=self.last).contains(&date)
    }

    /// An error unless `date` is in the known years.
    pub(crate) fn check(&self, date: Date) -> Result<(), CalendarError> {
        if self.covers(date) {
            Ok(())
        } else {
            Err(self.out_of_range(date))
        }
    }

    fn out_of_range(&self, date: Date) -> CalendarError {
        CalendarError::OutOfRange {
            calendar: self.name.clone(),
            date,
            first: self.first,
            last: self.last,
        }
    }
}

/// The outcome of the rules rather than the rules: rewording a reason or a rule changes no session and no hash.
fn canonical(
    name: &str,
    first: Date,
    last: Date,
    weekend: &[Weekday],
    closed: &BTreeMap<Date, String>,
    opened: &[Date],
) -> String {
    let mut text = format!("calendar {name}\nfrom {first}\nto {last}\n");
    // Writing to a `String` cannot fail.
    for day in weekend {
        let _ = writeln!(text, "weekend {day}");
    }
    for date in closed.keys() {
        let _ = writeln!(text, "closed {date}");
    }
    for date in opened {
        let _ = writeln!(text, "open {date}");
    }
    text
}
