//! What can go wrong with calendars and schedules.

use std::fmt;

use chrono::Weekday;
use divisor_model::Date;

use crate::Nth;

/// Why a calendar or a schedule gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// No calendar of this name is compiled in and none was given.
    UnknownCalendar {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// The text of a calendar is wrong.
    BadDefinition {
        /// The calendar asked for.
        calendar: String,
        /// 1-based line of the text, where one is to blame.
        line: Option<usize>,
        /// What is wrong.
        message: String,
    },
    /// The answer lies outside the years the calendar knows.
    OutOfRange {
        /// The calendar.
        calendar: String,
        /// The date asked for, or the first unknown one on the way to it.
        date: Date,
        /// First known date.
        first: Date,
        /// Last known date.
        last: Date,
    },
    /// A session was needed and the exchange is closed.
    NotASession {
        /// The calendar.
        calendar: String,
        /// The closed date.
        date: Date,
        /// Why it is closed.
        because: String,
    },
    /// Not one session in that month, or no such month.
    NoSessionInMonth {
        /// The calendar.
        calendar: String,
        /// Year.
        year: i32,
        /// Month, 1–12 if it exists at all.
        month: u32,
    },
    /// The month has no such weekday (a fifth Friday, say).
    NoSuchWeekday {
        /// Year.
        year: i32,
        /// Month, 1–12.
        month: u32,
        /// Which of them.
        nth: Nth,
        /// Of what.
        weekday: Weekday,
    },
    /// The schedule contradicts itself.
    BadSchedule {
        /// How.
        message: String,
    },
    /// An override replaces a date that the rule does not give.
    UnmatchedOverride {
        /// The date it means to replace.
        instead_of: Date,
        /// The effective dates the rule gives around it.
        given: Vec<Date>,
    },
    /// The three dates of a review are not in order cut-off ≤ announcement ≤ effective.
    Disordered {
        /// Year of the review month.
        year: i32,
        /// Review month, 1–12.
        month: u32,
        /// Cut-off date.
        cutoff: Date,
        /// Announcement date.
        announcement: Date,
        /// Effective date.
        effective: Date,
    },
    /// Two reviews become effective at the same close.
    Coinciding {
        /// That close.
        effective: Date,
        /// Year and month of both reviews.
        reviews: [(i32, u32); 2],
    },
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCalendar { name, known } => {
                write!(f, "no calendar is named `{name}`; there are: {}", known.join(", "))
            }
            Self::BadDefinition {
                calendar,
                line,
                message,
            } => match line {
                Some(line) => write!(f, "calendar {calendar}, line {line}: {message}"),
                None => write!(f, "calendar {calendar}: {message}"),
            },
            Self::OutOfRange {
                calendar,
                date,
                first,
                last,
            } => {
                write!(
                    f,
                    "calendar {calendar} is known from {first} to {last}; {date} is outside"
                )
            }
            Self::NotASession {
                calendar,
                date,
                because,
            } => {
                write!(f, "{date} is not a session of {calendar}: {because}")
            }
            Self::NoSessionInMonth { calendar, year, month } => {
                write!(f, "{calendar} has no session in {year}-{month:02}")
            }
            Self::NoSuchWeekday {
                year,
                month,
                nth,
                weekday,
            } => {
                write!(f, "{year}-{month:02} has no {nth} {}", weekday_name(*weekday))
            }
            Self::BadSchedule { message } => f.write_str(message),
            Self::UnmatchedOverride { instead_of, given } => unmatched(f, *instead_of, given),
            Self::Disordered {
                year,
                month,
                cutoff,
                announcement,
                effective,
            } => write!(
                f,
                "review {year}-{month:02}: cut-off {cutoff}, announcement {announcement} and effective date {effective} \
                 are not in this order"
            ),
            Self::Coinciding {
                effective,
                reviews: [a, b],
            } => write!(
                f,
                "reviews {}-{:02} and {}-{:02} would both be effective on {effective}",
                a.0, a.1, b.0, b.1
            ),
        }
    }
}

impl std::error::Error for CalendarError {}

fn unmatched(f: &mut fmt::Formatter<'_>, instead_of: Date, given: &[Date]) -> fmt::Result {
    write!(f, "an override replaces {instead_of}, but the rule gives ")?;
    if given.is_empty() {
        return write!(f, "no effective date around it");
    }
    let given: Vec<String> = given.iter().map(Date::to_string).collect();
    f.write_str(&given.join(", "))
}

/// The English name of a weekday.
pub(crate) fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
