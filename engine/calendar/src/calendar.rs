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

/// What it says of the days before an exchange opened.
const NOT_YET_OPEN: &str = "before the exchange opened";

/// A session that closes early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyClose {
    /// Local time, `HH:MM`.
    pub time: String,
    /// What for.
    pub because: String,
}

/// The sessions of an exchange, known for whole years; whatever lies outside them is [`CalendarError::OutOfRange`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    title: String,
    note: Option<String>,
    first: Date,
    last: Date,
    /// Every session, ascending.
    sessions: Vec<Date>,
    /// Every closed day that is not a weekend, with its reason.
    closed: BTreeMap<Date, String>,
    /// Sessions that close early.
    early: BTreeMap<Date, EarlyClose>,
    /// Trading on days that are no sessions, with its reason.
    special: BTreeMap<Date, String>,
    /// Last day the exchange has published; `None` where nobody has to.
    announced_to: Option<Date>,
    definition: String,
}

/// A day that is no plain session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The day.
    pub date: Date,
    /// What it is.
    pub kind: ExceptionKind,
    /// Local time of an early close, `HH:MM`.
    pub time: Option<String>,
    /// Why.
    pub because: String,
    /// Whether the exchange has yet to publish it.
    pub provisional: bool,
}

/// What a day that is no plain session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionKind {
    /// A weekday without trading.
    Closed,
    /// A session that ends early. It counts.
    EarlyClose,
    /// Trading out of turn, on a weekend or the evening of a holiday. It is no session and counts nowhere.
    Special,
}

impl ExceptionKind {
    /// In tables: `closed`, `early-close`, `special`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::EarlyClose => "early-close",
            Self::Special => "special",
        }
    }
}

impl Calendar {
    /// The calendar `name`: from `overriding_toml` where given, else the one compiled in (see [`Calendar::known`]).
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
            title,
            note,
            first_year,
            last_year,
            weekend,
            holidays,
            closed: closed_days,
            open: open_days,
            early,
            special,
            opened: opened_on,
            announced_to,
        } = definition;
        let (Some(first), Some(last)) = (
            Date::from_ymd_opt(first_year, 1, 1),
            Date::from_ymd_opt(last_year, 12, 31),
        ) else {
            return Err(bad(&name, "its years are none".to_owned()));
        };
        let in_years = |date: &Date| (first..=last).contains(date);
        if let Some(date) = opened_on.iter().chain(&announced_to).find(|date| !in_years(date)) {
            return Err(bad(&name, format!("{date} is not in its years")));
        }
        let mut closed = holiday::closures(&holidays, &weekend, first_year, last_year);
        let is_open = |closed: &BTreeMap<Date, String>, date: Date| {
            !weekend.contains(&date.weekday()) && !closed.contains_key(&date)
        };
        for (date, because) in closed_days {
            if !in_years(&date) || !is_open(&closed, date) {
                return Err(bad(&name, format!("`closed` names {date}, which is no session anyway")));
            }
            closed.insert(date, because);
        }
        let mut opened = Vec::with_capacity(open_days.len());
        for (date, _) in open_days {
            if !in_years(&date) || is_open(&closed, date) {
                return Err(bad(
                    &name,
                    format!("`open` names {date}, which is a session anyway or not in its years"),
                ));
            }
            closed.remove(&date);
            opened.push(date);
        }
        for date in opened_on
            .iter()
            .flat_map(|opened| first.iter_days().take_while(move |date| date < opened))
        {
            if is_open(&closed, date) {
                closed.insert(date, NOT_YET_OPEN.to_owned());
            }
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
        let definition = canonical(&name, (first, last, announced_to), &weekend, &closed, &opened);
        let is_session = |date: Date| sessions.binary_search(&date).is_ok();
        let mut early_closes: BTreeMap<Date, EarlyClose> = BTreeMap::new();
        for (rule, time) in early {
            for date in rule.days_kept((first_year, last_year), is_session) {
                early_closes.entry(date).or_insert_with(|| EarlyClose {
                    time: time.clone(),
                    because: rule.name.clone(),
                });
            }
        }
        if let Some((date, _)) = special.iter().find(|(date, _)| !in_years(date) || is_session(*date)) {
            let message = format!("`special` names {date}, which is a session or not in its years: it would count");
            return Err(bad(&name, message));
        }
        Ok(Self {
            name,
            title,
            note,
            first,
            last,
            sessions,
            closed,
            early: early_closes,
            special: special.into_iter().collect(),
            announced_to,
            definition,
        })
    }

    /// The calendar of the days that are sessions in all of some calendars, known where all are; `None` of none.
    ///
    /// Its name joins theirs by `+`. A closed day says which of them is closed; a session closes early where any does, at
    /// the first of their reasons; what is special in one of them is special.
    pub fn common(calendars: &[Self]) -> Result<Option<Self>, CalendarError> {
        let Some((head, rest)) = calendars.split_first() else {
            return Ok(None);
        };
        if rest.is_empty() {
            return Ok(Some(head.clone()));
        }
        let names: Vec<&str> = calendars.iter().map(Self::name).collect();
        let name = names.join("+");
        let (first, last) = rest.iter().fold((head.first, head.last), |(first, last), one| {
            (first.max(one.first), last.min(one.last))
        });
        if first > last {
            return Err(bad(&name, "the calendars have no year in common".to_owned()));
        }
        let sessions: Vec<Date> = head
            .sessions(first, last)?
            .iter()
            .copied()
            .filter(|date| rest.iter().all(|one| one.sessions.binary_search(date).is_ok()))
            .collect();
        let is_session = |date: &Date| sessions.binary_search(date).is_ok();
        let mut closed: BTreeMap<Date, String> = BTreeMap::new();
        let mut early = BTreeMap::new();
        let mut special = BTreeMap::new();
        for one in calendars {
            let known = |date: &Date| (first..=last).contains(date);
            for (date, why) in one.closed.iter().filter(|(date, _)| known(date)) {
                let why = format!("{}: {why}", one.name);
                let reasons = closed.entry(*date).or_default();
                *reasons = if reasons.is_empty() {
                    why
                } else {
                    format!("{reasons}, {why}")
                };
            }
            for (date, close) in one.early.iter().filter(|(date, _)| is_session(date)) {
                let because = format!("{}: {}", one.name, close.because);
                early.entry(*date).or_insert_with(|| EarlyClose {
                    time: close.time.clone(),
                    because,
                });
            }
            for (date, why) in one.special.iter().filter(|(date, _)| known(date) && !is_session(date)) {
                special.entry(*date).or_insert_with(|| format!("{}: {why}", one.name));
            }
        }
        let definitions: Vec<&str> = calendars.iter().map(Self::definition).collect();
        let notes: Vec<&str> = calendars.iter().filter_map(Self::note).collect();
        let titles: Vec<&str> = calendars.iter().map(Self::title).collect();
        Ok(Some(Self {
            name,
            title: titles.join(", "),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            first,
            last,
            sessions,
            closed,
            early,
            special,
            announced_to: calendars.iter().filter_map(|one| one.announced_to).min(),
            definition: definitions.concat(),
        }))
    }

    /// Its name: a market identifier code or `weekdays`; several joined by `+`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name for people; its name again where its text gives none.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What people should know of it, as why it does not go back further; of several calendars all that is said of them.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// First known date, a January 1, session or not.
    pub fn first(&self) -> Date {
        self.first
    }

    /// Last known date, a December 31, session or not.
    pub fn last(&self) -> Date {
        self.last
    }

    /// A canonical text that determines the sessions, how far they are published, and nothing else: equal for two files that write the same sessions
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

    /// When and why a session closes early; `None` where it does not.
    pub fn early_close(&self, date: Date) -> Option<&EarlyClose> {
        self.early.get(&date)
    }

    /// Days from `from` to `to`, both included, that are no plain sessions, ascending: closed weekdays, early closes and
    /// special trading. Weekends are left out.
    pub fn exceptions(&self, from: Date, to: Date) -> Result<Vec<Exception>, CalendarError> {
        self.check(from)?;
        self.check(to)?;
        let day = |date: &Date, kind, time: Option<&str>, because: &str| Exception {
            date: *date,
            kind,
            time: time.map(str::to_owned),
            because: because.to_owned(),
            provisional: self.is_provisional(*date),
        };
        let mut found: Vec<Exception> = Vec::new();
        let closed = self.closed.iter();
        found.extend(closed.map(|(date, why)| day(date, ExceptionKind::Closed, None, why)));
        let early = self.early.iter();
        found
            .extend(early.map(|(date, close)| day(date, ExceptionKind::EarlyClose, Some(&close.time), &close.because)));
        let special = self.special.iter();
        found.extend(special.map(|(date, why)| day(date, ExceptionKind::Special, None, why)));
        found.retain(|one| (from..=to).contains(&one.date));
        // Stable: a holiday stands before the special trading of its evening.
        found.sort_by_key(|one| one.date);
        Ok(found)
    }

    /// The last day for which the exchange has published its calendar; `None` where nobody has to.
    pub fn announced_to(&self) -> Option<Date> {
        self.announced_to
    }

    /// Whether a date lies beyond what the exchange has published: its rules say what happens there, and may yet be wrong.
    pub fn is_provisional(&self, date: Date) -> bool {
        self.announced_to.is_some_and(|last| date > last)
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
    (first, last, announced_to): (Date, Date, Option<Date>),
    weekend: &[Weekday],
    closed: &BTreeMap<Date, String>,
    opened: &[Date],
) -> String {
    let mut text = format!("calendar {name}\nfrom {first}\nto {last}\n");
    // Writing to a `String` cannot fail.
    if let Some(date) = announced_to {
        let _ = writeln!(text, "announced to {date}");
    }
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
