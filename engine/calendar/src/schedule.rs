//! The reviews of an index, from its rules for dates.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use divisor_model::Date;

use crate::rule::{Anchor, DateRule, Placed};
use crate::year_month::YearMonth;
use crate::{Calendar, CalendarError};

/// When an index is reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Review months, 1–12, in any order.
    pub months: Vec<u32>,
    /// After whose close new weights apply.
    pub effective: DateRule,
    /// Up to when data count.
    pub cutoff: DateRule,
    /// When the result is published.
    pub announcement: DateRule,
    /// Dates that were announced otherwise.
    pub overrides: Vec<Override>,
}

/// Dates of one review that the rules do not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The effective date the rule gives: names the review.
    pub instead_of: Date,
    /// Its effective date. Cut-off and announcement that count from it move along unless given too.
    pub effective: Option<Date>,
    /// Its cut-off.
    pub cutoff: Option<Date>,
    /// Its announcement.
    pub announcement: Option<Date>,
    /// Why.
    pub because: String,
}

/// The dates of one review; cut-off ≤ announcement ≤ effective, all of them sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewDates {
    /// After this close new weights apply.
    pub effective: Date,
    /// What was known by then counts.
    pub cutoff: Date,
    /// The result is published.
    pub announcement: Date,
    /// Year of the review month.
    pub year: i32,
    /// Review month, 1–12.
    pub month: u32,
    /// For each date that is not where the plain rule puts it, why: the holiday it made way for, or the override's reason.
    pub moved: Vec<String>,
}

impl Schedule {
    /// All reviews effective from `from` to `to`, both included, ascending.
    ///
    /// Overrides are checked whether or not they fall into the range.
    pub fn reviews(&self, calendar: &Calendar, from: Date, to: Date) -> Result<Vec<ReviewDates>, CalendarError> {
        self.check()?;
        calendar.check(from)?;
        calendar.check(to)?;
        let overrides = self.matched_overrides(calendar)?;
        let mut months: BTreeSet<YearMonth> = self.months_near(calendar, from, to).into_iter().collect();
        months.extend(overrides.keys());
        let mut reviews: BTreeMap<Date, ReviewDates> = BTreeMap::new();
        for month in months {
            let overriding = overrides.get(&month).copied();
            let Some(effective) = self.effective_date(calendar, month, overriding)? else {
                continue;
            };
            if effective.date < from || effective.date > to {
                continue;
            }
            let review = self.dates(calendar, month, &effective, overriding)?;
            let (effective, year, month) = (review.effective, review.year, review.month);
            if let Some(other) = reviews.insert(effective, review) {
                let reviews = [(other.year, other.month), (year, month)];
                return Err(CalendarError::Coinciding { effective, reviews });
            }
        }
        Ok(reviews.into_values().collect())
    }

    /// What is wrong whatever the calendar.
    fn check(&self) -> Result<(), CalendarError> {
        let wrong = |message: String| Err(CalendarError::BadSchedule { message });
        if self.months.is_empty() {
            return wrong("a schedule needs at least one review month".to_owned());
        }
        if let Some(month) = self.months.iter().find(|month| !(1..=12).contains(*month)) {
            return wrong(format!("{month} is not a month"));
        }
        if self.effective.anchor == Anchor::Effective {
            return wrong("the effective date cannot be counted from itself".to_owned());
        }
        for (what, rule) in [("cut-off", self.cutoff), ("announcement", self.announcement)] {
            if rule.anchor == Anchor::Effective && rule.months != 0 {
                return wrong(format!(
                    "the {what} counts from the effective date, which no shift in months applies to"
                ));
            }
        }
        let mut seen = BTreeSet::new();
        for Override {
            instead_of,
            effective,
            cutoff,
            announcement,
            ..
        } in &self.overrides
        {
            if effective.is_none() && cutoff.is_none() && announcement.is_none() {
                return wrong(format!("the override of {instead_of} gives no date"));
            }
            if !seen.insert(instead_of) {
                return wrong(format!("two overrides replace {instead_of}"));
            }
        }
        Ok(())
    }

    /// The review months whose rule may give an effective date from `from` to `to`. Of those anchored outside the known
    /// years, which placing them will say, the nearest are enough.
    fn months_near(&self, calendar: &Calendar, from: Date, to: Date) -> Vec<YearMonth> {
        let (before, after) = self.effective.reach_days();
        let year = TimeDelta::days(366);
        let floor = calendar.first().checked_sub_signed(year).unwrap_or(Date::MIN);
        let ceiling = calendar.last().checked_add_signed(year).unwrap_or(Date::MAX);
        let earliest = from
            .checked_sub_signed(TimeDelta::days(after))
            .map_or(floor, |date| date.max(floor));
        let latest = to
            .checked_add_signed(TimeDelta::days(before))
            .map_or(ceiling, |date| date.min(ceiling));
        let end = YearMonth::of(latest);
        let mut anchor_month = YearMonth::of(earliest);
        let mut months = Vec::new();
        while anchor_month <= end {
            let review = self.effective.review_month(anchor_month);
            // Where there is no span the month lacks the weekday, which placing it will say.
            let near = self
                .effective
                .span(review)
                .is_none_or(|(first, last)| first <= to && from <= last);
            if near && self.months.contains(&review.month) {
                months.push(review);
            }
            anchor_month = anchor_month.plus(1);
        }
        months
    }

    /// Which review each override is about.
    fn matched_overrides(&self, calendar: &Calendar) -> Result<BTreeMap<YearMonth, &Override>, CalendarError> {
        let mut matched = BTreeMap::new();
        for overriding in &self.overrides {
            let instead_of = overriding.instead_of;
            calendar.check(instead_of)?;
            let month = YearMonth::of(instead_of);
            let (Some(first), Some(last)) = (month.first_day(), month.last_day()) else {
                continue;
            };
            let mut given = Vec::new();
            for review in self.months_near(calendar, first, last) {
                let date = match self.effective_date(calendar, review, None) {
                    Ok(Some(Placed { date, .. })) => date,
                    // A date nobody knows is not the one the override names.
                    Ok(None) | Err(CalendarError::OutOfRange { .. }) => continue,
                    Err(error) => return Err(error),
                };
                given.push(date);
                if date == instead_of {
                    matched.insert(review, overriding);
                }
            }
            if !given.contains(&instead_of) {
                return Err(CalendarError::UnmatchedOverride { instead_of, given });
            }
        }
        Ok(matched)
    }

    /// The effective date of a review; `None` where it is sure to lie outside the known years.
    fn effective_date(
        &self,
        calendar: &Calendar,
        review: YearMonth,
        overriding: Option<&Override>,
    ) -> Result<Option<Placed>, CalendarError> {
        if let Some((date, because)) = overriding.and_then(|o| Some((o.effective?, &o.because))) {
            let instead_of = overriding.map_or(date, |o| o.instead_of);
            let moved = Some(format!("{date} instead of {instead_of}: {because}"));
            return Ok(Some(Placed {
                date: calendar.require_session(date)?,
                moved,
            }));
        }
        match self.effective.place(calendar, review, None) {
            // From an anchor the calendar knows, the count leads out of it only to dates outside.
            Err(CalendarError::OutOfRange { .. })
                if self
                    .effective
                    .anchor_month(review)
                    .first_day()
                    .is_some_and(|day| calendar.covers(day)) =>
            {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn dates(
        &self,
        calendar: &Calendar,
        review: YearMonth,
        effective: &Placed,
        overriding: Option<&Override>,
    ) -> Result<ReviewDates, CalendarError> {
        let mut moved: Vec<String> = effective.moved.iter().map(|why| format!("effective: {why}")).collect();
        let mut place = |what: &str, rule: &DateRule, given: Option<Date>| {
            let placed = match (given, overriding) {
                (Some(date), Some(Override { because, .. })) => Placed {
                    date: calendar.require_session(date)?,
                    moved: Some(format!("{date}: {because}")),
                },
                _ => rule.place(calendar, review, Some(effective.date))?,
            };
            moved.extend(placed.moved.map(|why| format!("{what}: {why}")));
            Ok::<Date, CalendarError>(placed.date)
        };
        let cutoff = place("cut-off", &self.cutoff, overriding.and_then(|o| o.cutoff))?;
        let announcement = place(
            "announcement",
            &self.announcement,
            overriding.and_then(|o| o.announcement),
        )?;
        let YearMonth { year, month } = review;
        let effective = effective.date;
        if cutoff > announcement || announcement > effective {
            return Err(CalendarError::Disordered {
                year,
                month,
                cutoff,
                announcement,
                effective,
            });
        }
        Ok(ReviewDates {
            effective,
            cutoff,
            announcement,
            year,
            month,
            moved,
        })
    }
}
