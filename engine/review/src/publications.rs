//! What a review read of `fundamentals`: the windows of its formulas, and what became of the publications in them.

use std::collections::BTreeMap;

use divisor_model::{Date, Period, SecurityIndex, date_of, day_of};
use serde::Serialize;

use crate::bind::Pipeline;
use crate::fold::Review;
use crate::history::FundamentalCall;
use crate::shared::{HistoryCall, Shared};

/// Counts over the values inside the windows of a review's formulas, the parent's names alone. A value is one field of
/// one period of one name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Publications {
    /// Values read.
    pub values: usize,
    /// Publications of them known at the cut-off: more than the values where some were published again.
    pub published: usize,
    /// Values that differ from one published before.
    pub restated: usize,
    /// Values first published after their name had published the next period.
    pub late: usize,
    /// Values missing because they were retracted.
    pub withdrawn: usize,
    /// Windows missing because their newest value is older than its field may be.
    pub stale: usize,
    /// Values dated by a stated lag, not by a publication.
    pub by_lag: usize,
}

/// A value that was published before, and otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Restatement {
    /// The field.
    pub field: String,
    /// The period's kind.
    pub period: &'static str,
    /// The period's end.
    pub period_end: Option<Date>,
    /// The value the review reads, and when it was first published.
    pub now: (f64, Option<Date>),
    /// The last other value before it, and when that had become known.
    pub was: (f64, Option<Date>),
}

/// The longest window of each field and period kind, by field and code.
pub(crate) fn windows(pipeline: &Pipeline) -> Windows {
    windows_of(&pipeline.calls, pipeline)
}

/// Kind and length of windows by field and code.
pub(crate) type Windows = BTreeMap<(String, &'static str), (Period, usize)>;

/// The same of some history functions.
pub(crate) fn windows_of(calls: &[HistoryCall], pipeline: &Pipeline) -> Windows {
    let mut windows = Windows::new();
    for call in calls {
        let calls = call.fundamental(&pipeline.catalogue);
        for window in calls.iter().flat_map(FundamentalCall::windows) {
            let entry = windows
                .entry((window.field, window.period.code()))
                .or_insert((window.period, 0));
            entry.1 = entry.1.max(window.count);
        }
    }
    windows
}

impl Publications {
    /// Counts one name's window.
    pub(crate) fn count(&mut self, readings: &divisor_model::Readings<'_>) {
        self.withdrawn += readings.withdrawn;
        self.stale += usize::from(readings.is_stale);
        for reading in &readings.values {
            self.values += 1;
            self.published += reading.with_field;
            self.restated += usize::from(reading.was.is_some());
            self.late += usize::from(reading.is_late);
            self.by_lag += usize::from(reading.is_lagged);
        }
    }
}

/// The counts of a review; all zero where it reads no `fundamentals`.
pub fn publications(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Publications {
    let mut counts = Publications::default();
    let Some(table) = &shared.landed.history.fundamentals else {
        return counts;
    };
    let cutoff = day_of(review.dates.cutoffs.fundamentals);
    let windows = windows(pipeline);
    for security in &review.scored.security {
        for ((field, _), (period, length)) in &windows {
            counts.count(&table.readings(*security, field, *period, cutoff, *length));
        }
    }
    counts
}

/// The restated values among those a review reads of one name, by field and period, newest first.
pub fn restatements(
    pipeline: &Pipeline,
    shared: &Shared,
    review: &Review,
    security: SecurityIndex,
) -> Vec<Restatement> {
    let Some(table) = &shared.landed.history.fundamentals else {
        return Vec::new();
    };
    let cutoff = day_of(review.dates.cutoffs.fundamentals);
    let mut found = Vec::new();
    for ((field, code), (period, length)) in windows(pipeline) {
        let readings = table.readings(security, &field, period, cutoff, length);
        found.extend(readings.values.iter().filter_map(|reading| {
            Some(Restatement {
                field: field.clone(),
                period: code,
                period_end: date_of(reading.seen.period_end),
                now: (reading.seen.value, date_of(reading.since)),
                was: reading.was.map(|was| (was.value, date_of(was.known_on)))?,
            })
        }));
    }
    found
}
