//! The reviews of an index, from its rules for dates.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use divisor_model::Date;

use crate::calendars::Calendars;
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
    /// Cut-offs of their own.
    pub cutoffs: Cutoffs<Option<DateRule>>,
    /// When the result is published.
    pub announcement: DateRule,
    /// Months of their own in which only weights are reset.
    pub reweights: Vec<Cycle>,
    /// Dates that were announced otherwise.
    pub overrides: Vec<Override>,
}

/// Months with the rules for their dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Review months, 1–12, in any order.
    pub months: Vec<u32>,
    /// After whose close new weights apply.
    pub effective: DateRule,
    /// Up to when data count.
    pub cutoff: DateRule,
    /// Cut-offs of their own.
    pub cutoffs: Cutoffs<Option<DateRule>>,
    /// When the result is published.
    pub announcement: DateRule,
}

/// One entry for each kind of data that may have a cut-off of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cutoffs<T> {
    /// Closes and volumes.
    pub prices: T,
    /// The parent with its shares, floats, classes and splits: the snapshot.
    pub shares: T,
    /// Publications of companies.
    pub fundamentals: T,
    /// The risk model.
    pub risk: T,
}

impl<T> Cutoffs<T> {
    /// The entries with the words of messages, in a fixed order.
    pub fn entries(&self) -> [(&'static str, &T); 4] {
        [
            ("prices", &self.prices),
            ("shares", &self.shares),
            ("fundamentals", &self.fundamentals),
            ("risk", &self.risk),
        ]
    }

    /// Every entry changed in the same way.
    pub fn map<U>(&self, change: impl Fn(&T) -> U) -> Cutoffs<U> {
        Cutoffs {
            prices: change(&self.prices),
            shares: change(&self.shares),
            fundamentals: change(&self.fundamentals),
            risk: change(&self.risk),
        }
    }
}

/// What a review changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewKind {
    /// Members and weights.
    Reconstitution,
    /// Weights alone.
    Reweight,
}

impl ReviewKind {
    /// In tables: `reconstitution`, `reweight`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reconstitution => "reconstitution",
            Self::Reweight => "reweight",
        }
    }
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
    /// Its cut-offs of their own, whether the rules give those kinds of data one or not.
    pub cutoffs: Cutoffs<Option<Date>>,
    /// Its announcement.
    pub announcement: Option<Date>,
    /// Why.
    pub because: String,
}

/// The dates of one review; every cut-off ≤ announcement ≤ effective, all of them sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewDates {
    /// What it changes.
    pub kind: ReviewKind,
    /// After this close new weights apply.
    pub effective: Date,
    /// What was known by then counts, where the kind of data has no cut-off of its own.
    pub cutoff: Date,
    /// The cut-off of each kind of data, `cutoff` where the rules give it none.
    pub cutoffs: Cutoffs<Date>,
    /// The result is published.
    pub announcement: Date,
    /// Year of the review month.
    pub year: i32,
    /// Review month, 1–12.
    pub month: u32,
    /// For each date that is not where the plain rule puts it, why: the holiday it made way for, or the override's reason.
    pub moved: Vec<String>,
    /// Whether it rests on dates that an exchange has not published yet.
    pub provisional: bool,
}

impl ReviewDates {
    /// After this day nothing that the review may read becomes known.
    pub fn last_cutoff(&self) -> Date {
        let own = self.cutoffs.entries().map(|(_, date)| *date);
        own.into_iter().fold(self.cutoff, Date::max)
    }

    /// The day the newest snapshot is looked for: a snapshot holds shares and prices, so that neither may be newer.
    pub fn snapshot_cutoff(&self) -> Date {
        self.cutoffs.shares.min(self.cutoffs.prices)
    }
}

/// A review by its place among the cycles and its month.
type ReviewKey = (usize, YearMonth);

impl Schedule {
    /// All reviews effective from `from` to `to`, both included, ascending.
    ///
    /// Overrides are checked whether or not they fall into the range.
    pub fn reviews(&self, calendars: &Calendars, from: Date, to: Date) -> Result<Vec<ReviewDates>, CalendarError> {
        let cycles = self.cycles();
        self.check(&cycles)?;
        let calendar = &calendars.reviews;
        calendar.check(from)?;
        calendar.check(to)?;
        let overrides = self.matched_overrides(&cycles, calendar)?;
        let mut keys: BTreeSet<ReviewKey> = overrides.keys().copied().collect();
        for (at, cycle) in cycles.iter().enumerate() {
            keys.extend(
                cycle
                    .months_near(calendar, from, to)
                    .into_iter()
                    .map(|month| (at, month)),
            );
        }
        let mut reviews: BTreeMap<Date, ReviewDates> = BTreeMap::new();
        for key in keys {
            let (at, month) = key;
            let overriding = overrides.get(&key).copied();
            let Some(effective) = cycles[at].effective_date(calendar, month, overriding)? else {
                continue;
            };
            if effective.date < from || effective.date > to {
                continue;
            }
            let kind = if at == 0 {
                ReviewKind::Reconstitution
            } else {
                ReviewKind::Reweight
            };
            let review = cycles[at].dates(calendars, (kind, month), &effective, overriding)?;
            let (effective, year, month) = (review.effective, review.year, review.month);
            if let Some(other) = reviews.insert(effective, review) {
                let reviews = [(other.year, other.month), (year, month)];
                return Err(CalendarError::Coinciding { effective, reviews });
            }
        }
        Ok(reviews.into_values().collect())
    }

    /// The months in which members are chosen, then those in which they are only weighed.
    fn cycles(&self) -> Vec<Cycle> {
        let first = Cycle {
            months: self.months.clone(),
            effective: self.effective.clone(),
            cutoff: self.cutoff.clone(),
            cutoffs: self.cutoffs.clone(),
            announcement: self.announcement.clone(),
        };
        std::iter::once(first).chain(self.reweights.iter().cloned()).collect()
    }

    /// What is wrong whatever the calendar.
    fn check(&self, cycles: &[Cycle]) -> Result<(), CalendarError> {
        let wrong = |message: String| Err(CalendarError::BadSchedule { message });
        cycles.iter().try_for_each(Cycle::check)?;
        let mut seen = BTreeSet::new();
        for Override {
            instead_of,
            effective,
            cutoff,
            cutoffs,
            announcement,
            ..
        } in &self.overrides
        {
            let mut dates = [effective, cutoff, announcement].into_iter();
            if dates.all(Option::is_none) && *cutoffs == Cutoffs::default() {
                return wrong(format!("the override of {instead_of} gives no date"));
            }
            if !seen.insert(instead_of) {
                return wrong(format!("two overrides replace {instead_of}"));
            }
        }
        Ok(())
    }

    /// Which review each override is about.
    fn matched_overrides(
        &self,
        cycles: &[Cycle],
        calendar: &Calendar,
    ) -> Result<BTreeMap<ReviewKey, &Override>, CalendarError> {
        let mut matched = BTreeMap::new();
        for overriding in &self.overrides {
            let instead_of = overriding.instead_of;
            calendar.check(instead_of)?;
            let month = YearMonth::of(instead_of);
            let (Some(first), Some(last)) = (month.first_day(), month.last_day()) else {
                continue;
            };
            let mut given = Vec::new();
            for (at, cycle) in cycles.iter().enumerate() {
                for review in cycle.months_near(calendar, first, last) {
                    let date = match cycle.effective_date(calendar, review, None) {
                        Ok(Some(Placed { date, .. })) => date,
                        // A date nobody knows is not the one the override names.
                        Ok(None) | Err(CalendarError::OutOfRange { .. }) => continue,
                        Err(error) => return Err(error),
                    };
                    given.push(date);
                    if date == instead_of {
                        matched.insert((at, review), overriding);
                    }
                }
            }
            if !given.contains(&instead_of) {
                given.sort_unstable();
                return Err(CalendarError::UnmatchedOverride { instead_of, given });
            }
        }
        Ok(matched)
    }
}

impl Cycle {
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
        if self.effective.calendar.is_some() {
            return wrong("the effective date is a session of the calendar of the reviews, not of another".to_owned());
        }
        let own = self.cutoffs.entries();
        let own = own
            .iter()
            .filter_map(|(what, rule)| Some((cutoff_of(what), rule.as_ref()?)));
        let named = [
            ("cut-off".to_owned(), &self.cutoff),
            ("announcement".to_owned(), &self.announcement),
        ];
        for (what, rule) in named.into_iter().chain(own) {
            if rule.anchor == Anchor::Effective && rule.months != 0 {
                return wrong(format!(
                    "the {what} counts from the effective date, which no shift in months applies to"
                ));
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
        calendars: &Calendars,
        (kind, review): (ReviewKind, YearMonth),
        effective: &Placed,
        overriding: Option<&Override>,
    ) -> Result<ReviewDates, CalendarError> {
        let mut moved: Vec<String> = effective.moved.iter().map(|why| format!("effective: {why}")).collect();
        let mut provisional = calendars.reviews.is_provisional(effective.date);
        let mut place = |what: &str, rule: &DateRule, given: Option<Date>| {
            let calendar = calendars.of(rule)?;
            let placed = match (given, overriding) {
                (Some(date), Some(Override { because, .. })) => Placed {
                    date: calendar.require_session(date)?,
                    moved: Some(format!("{date}: {because}")),
                },
                _ => rule.place(calendar, review, Some(effective.date))?,
            };
            moved.extend(placed.moved.map(|why| format!("{what}: {why}")));
            provisional |= calendar.is_provisional(placed.date);
            Ok::<Date, CalendarError>(placed.date)
        };
        let cutoff = place("cut-off", &self.cutoff, overriding.and_then(|o| o.cutoff))?;
        let mut own = [cutoff; 4];
        let given = overriding.map(|o| o.cutoffs).unwrap_or_default();
        let given = given.entries().map(|(_, date)| *date);
        for ((date, (what, rule)), given) in own.iter_mut().zip(self.cutoffs.entries()).zip(given) {
            // A date that is given is a session where the rule it replaces has its own.
            let general = given.is_some().then_some(&self.cutoff);
            if let Some(rule) = rule.as_ref().or(general) {
                *date = place(&cutoff_of(what), rule, given)?;
            }
        }
        let [prices, shares, fundamentals, risk] = own;
        let announcement = place(
            "announcement",
            &self.announcement,
            overriding.and_then(|o| o.announcement),
        )?;
        let YearMonth { year, month } = review;
        let dates = ReviewDates {
            kind,
            effective: effective.date,
            cutoff,
            cutoffs: Cutoffs {
                prices,
                shares,
                fundamentals,
                risk,
            },
            announcement,
            year,
            month,
            moved,
            provisional,
        };
        let (cutoff, effective) = (dates.last_cutoff(), dates.effective);
        if cutoff > announcement || announcement > effective {
            return Err(CalendarError::Disordered {
                year,
                month,
                cutoff,
                announcement,
                effective,
            });
        }
        Ok(dates)
    }
}

/// How messages name a cut-off of its own: `cut-off of prices`.
fn cutoff_of(what: &str) -> String {
    format!("cut-off of {what}")
}
