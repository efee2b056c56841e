//! Where one date of a review falls.

use chrono::{TimeDelta, Weekday};
use divisor_model::Date;

use crate::error::weekday_name;
use crate::year_month::{Nth, YearMonth};
use crate::{Calendar, CalendarError};

/// Longest run of days without a session that an exchange is taken to have, in days. It only widens the search for
/// reviews near the ends of a range; Golden Week took ten.
const CLOSURE_MAX_DAYS: i64 = 14;

/// One end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FirstOrLast {
    /// Its first session.
    First,
    /// Its last session.
    Last,
}

/// Which way a closed date gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Roll {
    /// To the session before it.
    Previous,
    /// To the session after it.
    Next,
}

/// The date a rule counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// An end of a month, in sessions.
    Session(FirstOrLast),
    /// A weekday of a month, and what becomes of it on a holiday.
    Weekday {
        /// Which of them.
        nth: Nth,
        /// Of what.
        weekday: Weekday,
        /// Where it goes if the exchange is closed.
        if_closed: Roll,
    },
    /// The effective date of the same review, after any override. Not for the effective date itself.
    Effective,
}

/// Where the counting of sessions starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CountedFrom {
    /// At the anchor's close: the anchor is session 0.
    #[default]
    Close,
    /// At the next open: the session after the anchor is session 0. Nine sessions before it are eight before the anchor.
    NextOpen,
}

/// A date of a review: its anchor, the shift of the anchor's month against the review month, then a shift in sessions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DateRule {
    /// What it counts from.
    pub anchor: Anchor,
    /// Months from the review month to the anchor's; 0 with [`Anchor::Effective`], which has no month.
    pub months: i32,
    /// Sessions after the anchor, negative before it.
    pub sessions: i32,
    /// Where those are counted from.
    pub counted_from: CountedFrom,
    /// The calendar whose sessions count; `None` for that of the reviews. Not for the effective date.
    pub calendar: Option<String>,
}

/// A date with the reason it is not where the plain rule puts it.
pub(crate) struct Placed {
    pub(crate) date: Date,
    pub(crate) moved: Option<String>,
}

impl DateRule {
    /// The anchor itself, in the review month.
    pub fn at(anchor: Anchor) -> Self {
        Self {
            anchor,
            months: 0,
            sessions: 0,
            counted_from: CountedFrom::Close,
            calendar: None,
        }
    }

    /// By the sessions of another calendar than that of the reviews.
    #[must_use]
    pub fn on(self, calendar: impl Into<String>) -> Self {
        Self {
            calendar: Some(calendar.into()),
            ..self
        }
    }

    /// In a month `months` after the review month, negative before it.
    #[must_use]
    pub fn months(self, months: i32) -> Self {
        Self { months, ..self }
    }

    /// So many sessions after the anchor, negative before it.
    #[must_use]
    pub fn sessions(self, sessions: i32) -> Self {
        Self { sessions, ..self }
    }

    /// Counted from there.
    #[must_use]
    pub fn counted_from(self, counted_from: CountedFrom) -> Self {
        Self { counted_from, ..self }
    }

    /// Sessions from the anchor, wherever they are counted from.
    fn shift(&self) -> i64 {
        i64::from(self.sessions) + i64::from(self.counted_from == CountedFrom::NextOpen)
    }

    /// The month the anchor of a review lies in.
    pub(crate) fn anchor_month(&self, review: YearMonth) -> YearMonth {
        review.plus(self.months.into())
    }

    /// The review month whose anchor lies in `anchor_month`.
    pub(crate) fn review_month(&self, anchor_month: YearMonth) -> YearMonth {
        anchor_month.plus(-i64::from(self.months))
    }

    /// How many days before and after the anchor the date can lie.
    pub(crate) fn reach_days(&self) -> (i64, i64) {
        let shift = self.shift();
        let counted = if shift == 0 {
            0
        } else {
            2 * shift.abs() + CLOSURE_MAX_DAYS
        };
        let (mut before, mut after) = if shift < 0 { (counted, 0) } else { (0, counted) };
        if let Anchor::Weekday { if_closed, .. } = self.anchor {
            match if_closed {
                Roll::Previous => before += CLOSURE_MAX_DAYS,
                Roll::Next => after += CLOSURE_MAX_DAYS,
            }
        }
        (before, after)
    }

    /// The earliest and latest date a review can get, found without a calendar; `None` where dates end or the month has
    /// no such weekday.
    pub(crate) fn span(&self, review: YearMonth) -> Option<(Date, Date)> {
        let month = self.anchor_month(review);
        let (first, last) = match self.anchor {
            Anchor::Weekday { nth, weekday, .. } => {
                let date = month.weekday(nth, weekday)?;
                (date, date)
            }
            Anchor::Session(_) | Anchor::Effective => (month.first_day()?, month.last_day()?),
        };
        let (before, after) = self.reach_days();
        Some((
            first.checked_sub_signed(TimeDelta::days(before))?,
            last.checked_add_signed(TimeDelta::days(after))?,
        ))
    }

    /// Its date in a review. `effective` is that review's effective date, where the rule may count from it.
    pub(crate) fn place(
        &self,
        calendar: &Calendar,
        review: YearMonth,
        effective: Option<Date>,
    ) -> Result<Placed, CalendarError> {
        let month = self.anchor_month(review);
        let (rank, moved) = match self.anchor {
            Anchor::Session(end) => {
                let date = match end {
                    FirstOrLast::First => calendar.first_session(month.year, month.month)?,
                    FirstOrLast::Last => calendar.last_session(month.year, month.month)?,
                };
                (calendar.rank_on_or_after(date)?, None)
            }
            Anchor::Weekday {
                nth,
                weekday,
                if_closed,
            } => roll(calendar, month, (nth, weekday), if_closed)?,
            Anchor::Effective => {
                let date = effective.ok_or_else(|| CalendarError::BadSchedule {
                    message: "the effective date cannot be counted from itself".to_owned(),
                })?;
                // Another calendar may be closed that day: it lies between two of its sessions, and counting begins there.
                let rank = if self.shift() < 0 {
                    calendar.rank_on_or_after(date)?
                } else {
                    calendar.rank_on_or_before(date)?
                };
                (rank, None)
            }
        };
        Ok(Placed {
            date: calendar.session_at(rank + self.shift())?,
            moved,
        })
    }
}

/// The place among all sessions of a weekday of a month, and why it is not that day.
///
/// A place one beyond the known sessions is still exact, so a shift in sessions may lead back among them.
fn roll(
    calendar: &Calendar,
    month: YearMonth,
    (nth, weekday): (Nth, Weekday),
    if_closed: Roll,
) -> Result<(i64, Option<String>), CalendarError> {
    let YearMonth { year, month: number } = month;
    let date = month.weekday(nth, weekday).ok_or(CalendarError::NoSuchWeekday {
        year,
        month: number,
        nth,
        weekday,
    })?;
    let (rank, side) = match if_closed {
        Roll::Previous => (calendar.rank_on_or_before(date)?, "before"),
        Roll::Next => (calendar.rank_on_or_after(date)?, "after"),
    };
    let moved = calendar.why_closed(date)?.map(|because| {
        format!(
            "the {nth} {}, {date}, is closed ({because}): the session {side} it",
            weekday_name(weekday)
        )
    });
    Ok((rank, moved))
}
