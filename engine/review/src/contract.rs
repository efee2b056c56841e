//! Stops a review that may read what breaks the contract of its dataset, and no other.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use divisor_methodology::Parent;
use divisor_model::{DAY_MISSING, DataFault, Day, DayRanges, Defect, SecurityIndex, day_of};

use crate::bind::{BoundReview, Pipeline};
use crate::choice::{Chosen, Membership};
use crate::error::ReviewError;
use crate::needs::{CLOSE_AGE_DAYS_MAX, price_window, reads_volume, snapshot_columns};
use crate::optimised::exposures::exposure_columns;
use crate::scored::Scored;
use crate::shared::{CallTable, HistoryCall, Shared};

/// Stops a review whose own snapshot is broken where the review reads it.
pub(crate) fn broken_snapshot(pipeline: &Pipeline, shared: &Shared, review: &BoundReview) -> Result<(), ReviewError> {
    let Some(date) = review.snapshot else { return Ok(()) };
    let mut columns = snapshot_columns(&pipeline.methodology);
    columns.extend(divisor_market::STANDARD_COLUMNS.map(str::to_owned));
    let universe = match &pipeline.methodology.index.parent {
        Parent::Universe(name) if *name != pipeline.dataset.universe => Some(name),
        _ => None,
    };
    let snapshot = shared.landed.panel.snapshot(date);
    let in_universe = |security: SecurityIndex| {
        let (Some(name), Some(snapshot)) = (universe, snapshot) else {
            return true;
        };
        let row = snapshot.row(security);
        let member = || {
            let (bits, column) = snapshot.membership("universes")?;
            Some(bits[row?] & column.mask(name)? != 0)
        };
        row.is_none() || member().unwrap_or(true)
    };
    stop(pipeline, shared, review, |defect| {
        defect.table == "snapshots"
            && defect.known_on == day_of(date)
            && (defect.column.is_empty() || columns.contains(&defect.column))
            && defect.security.is_none_or(in_universe)
    })
}

/// Stops a review that may read a broken row of the tables behind the snapshots. `before` is the review before it and
/// `members` who it left.
pub(crate) fn broken_history(
    pipeline: &Pipeline,
    shared: &Shared,
    review: &BoundReview,
    scored: &Scored,
    before: Option<Before<'_>>,
    members: &Membership,
) -> Result<(), ReviewError> {
    if shared.landed.defects.is_empty() {
        return Ok(());
    }
    let cutoffs = review.dates.cutoffs;
    let prices = LazyCell::new(|| PriceDays::new(pipeline, review, scored, before));
    let concerned = |security: SecurityIndex| scored.position(security).is_some() || members.has(security);
    let calls = || {
        pipeline
            .calls
            .iter()
            .filter(|call| call.table() == CallTable::Fundamentals)
    };
    let fields: BTreeSet<&str> = calls().flat_map(HistoryCall::fields).collect();
    let per_share = calls().any(|call| call.is_per_share(&pipeline.catalogue));
    let columns = LazyCell::new(|| exposure_columns(&pipeline.methodology));
    // Of the snapshots that dated exposures of a risk model come from, what those are made of.
    let earlier = |defect: &Defect| {
        let is_read = review.exposures.iter().any(|date| day_of(*date) == defect.known_on);
        is_read && (defect.column.is_empty() || columns.contains(&defect.column))
    };
    stop(pipeline, shared, review, |defect| {
        let cutoff = match defect.table {
            "fundamentals" => cutoffs.fundamentals,
            "prices" => cutoffs.prices,
            "actions" => cutoffs.shares,
            "risk" => cutoffs.risk,
            _ => review.dates.last_cutoff(),
        };
        if defect.known_on > day_of(cutoff) || defect.security.is_some_and(|security| !concerned(security)) {
            return false;
        }
        let key = [
            "",
            pipeline.dataset.key_column("fundamentals"),
            "period",
            "period_end",
            "period_start",
            "known_on",
            "withdrawn",
        ];
        match defect.table {
            "fundamentals" => {
                !fields.is_empty() && (key.contains(&defect.column.as_str()) || fields.contains(defect.column.as_str()))
            }
            "prices" => (defect.column != "volume" || reads_volume(pipeline)) && prices.may_read(defect),
            "actions" => per_share,
            "snapshots" => earlier(defect),
            "classifications" | "identifiers" => true,
            "risk" => review.risk_model.is_some_and(|date| defect.known_on == day_of(date)),
            _ => false,
        }
    })
}

/// The review before: what its members were chosen from, and they.
pub(crate) type Before<'a> = (&'a Scored, &'a Chosen);

/// The prices a review reads: the windows of its history functions, and the closes that drift looks up.
struct PriceDays<'a> {
    scored: &'a Scored,
    before: Option<Before<'a>>,
    /// The column that says whose a row is.
    key_column: &'a str,
    window: Option<(Day, Day)>,
    /// Days around all valuation days of the members before, then and now.
    closes: DayRanges,
}

impl<'a> PriceDays<'a> {
    fn new(pipeline: &'a Pipeline, review: &BoundReview, scored: &'a Scored, before: Option<Before<'a>>) -> Self {
        let valued = before.map(|(scored, chosen)| chosen.valuation_days(scored));
        let mut valued: BTreeSet<Day> = valued.unwrap_or_default();
        if before.is_some() {
            valued.extend(&scored.valuation_day);
            valued.insert(day_of(scored.snapshot));
        }
        Self {
            scored,
            before,
            key_column: pipeline.dataset.key_column("prices"),
            window: price_window(pipeline, review),
            closes: DayRanges::new(valued.into_iter().map(around)),
        }
    }

    /// Whether a broken row is one of them. A broken file may hold a year from its first day on; of a row without a
    /// name the day is known.
    fn may_read(&self, defect: &Defect) -> bool {
        const YEAR_DAYS: Day = 366;
        let day = defect.known_on;
        if let Some(security) = defect.security {
            return self.is_read(security, day);
        }
        let in_window = |(first, last)| (first..=last).contains(&day);
        if defect.column == self.key_column && !defect.key.is_empty() {
            return self.window.is_some_and(in_window) || self.closes.contains(day);
        }
        let first = [self.window, self.closes.bounds()]
            .into_iter()
            .flatten()
            .map(|(first, _)| first);
        let first = first.min();
        first.is_some_and(|first| day == DAY_MISSING || day + YEAR_DAYS >= first)
    }

    fn is_read(&self, security: SecurityIndex, day: Day) -> bool {
        let at = self.scored.position(security);
        let in_window = |(first, last): (Day, Day)| (first..=last).contains(&day);
        if at.is_some() && self.window.is_some_and(in_window) {
            return true;
        }
        let then = self
            .before
            .and_then(|(scored, chosen)| chosen.valuation_day(scored, security));
        let now = at.map_or_else(|| day_of(self.scored.snapshot), |at| self.scored.valuation_day[at]);
        then.is_some_and(|then| in_window(around(then)) || in_window(around(now)))
    }
}

/// The days in which the close of a valuation day may lie.
fn around(day: Day) -> (Day, Day) {
    (day.saturating_sub(CLOSE_AGE_DAYS_MAX), day)
}

fn stop(
    pipeline: &Pipeline,
    shared: &Shared,
    review: &BoundReview,
    concerns: impl Fn(&Defect) -> bool,
) -> Result<(), ReviewError> {
    let found = shared.landed.defects.iter().filter(|defect| concerns(defect));
    let faults = DataFault::group(found);
    if faults.is_empty() {
        return Ok(());
    }
    let when = format!(
        "the review of {} effective {}",
        pipeline.methodology.index.id, review.dates.effective
    );
    Err(ReviewError::faults(&faults, &when))
}
