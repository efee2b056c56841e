//! Exchange sessions, business-day arithmetic and review dates. Knows nothing of indexes, data or files: a calendar comes
//! from a name or a text, a schedule from plain values.
//!
//! A [`Calendar`] knows its sessions for whole years and answers nothing outside them: a review date that nobody can know
//! is an error, never a guess; one that its exchange has not published yet is provisional. A [`Schedule`] of [`DateRule`]s says which sessions the reviews of an index use.

mod builtin;
mod calendar;
mod calendars;
mod definition;
mod error;
mod holiday;
mod rule;
mod schedule;
mod year_month;

pub use calendar::{Calendar, EarlyClose, Exception, ExceptionKind};
pub use calendars::Calendars;
pub use error::CalendarError;
pub use rule::{Anchor, CountedFrom, DateRule, FirstOrLast, Roll};
pub use schedule::{Cutoffs, Cycle, Override, ReviewDates, ReviewKind, Schedule};
pub use year_month::Nth;
