//! The parent universe of a review: which rows of the snapshot, at what parent weight.

use std::borrow::Cow;
use std::collections::BTreeMap;

use divisor_model::{DAY_MISSING, Date, Day, Diagnostic, SecurityIndex, Snapshot, day_of};
use divisor_numeric::sum;

use crate::bind::{BoundReview, Pipeline};
use crate::error::ReviewError;
use crate::shared::Shared;

/// Rows of one snapshot, ascending by security, with their parent weights.
#[derive(Debug, Clone)]
pub(crate) struct Universe<'a> {
    pub(crate) snapshot: Snapshot<'a>,
    /// The universe it is, where it is no index.
    pub(crate) name: Option<&'a str>,
    /// Rows of the snapshot.
    pub(crate) rows: Vec<u32>,
    /// Their securities.
    pub(crate) security: Vec<SecurityIndex>,
    /// Fractions summing to 1: market cap × free float, or the drifted weights of a parent index.
    pub(crate) parent_weight: Vec<f64>,
}

impl<'a> Universe<'a> {
    /// The names of a review's parent. `parent_index` has the drifted weights of the parent index, where there is one.
    pub(crate) fn new(
        pipeline: &'a Pipeline,
        shared: &'a Shared,
        review: &BoundReview,
        parent_index: Option<&BTreeMap<SecurityIndex, f64>>,
    ) -> Result<Self, ReviewError> {
        let snapshot = snapshot(pipeline, shared, review)?;
        let rows = rows(pipeline, snapshot, parent_index);
        if rows.is_empty() {
            return Err(empty(pipeline, snapshot, review));
        }
        let security: Vec<SecurityIndex> = rows.iter().map(|row| snapshot.security()[*row as usize]).collect();
        let size: Vec<f64> = match parent_index {
            Some(weights) => security.iter().map(|security| weights[security]).collect(),
            None => float_caps(snapshot, &rows),
        };
        let total = sum(&size);
        if total <= 0.0 {
            let message = format!(
                "no name of the parent has any free-float market cap in the snapshot {}",
                snapshot.date()
            );
            return Err(ReviewError::input(vec![Diagnostic::error("D0204", message)]));
        }
        Ok(Self {
            parent_weight: size.iter().map(|size| size / total).collect(),
            name: pipeline.universe(),
            snapshot,
            rows,
            security,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A numeric column of the snapshot over the universe, borrowed where the universe is the whole snapshot.
    pub(crate) fn number(&self, name: &str) -> Option<Cow<'a, [f64]>> {
        let values = self.snapshot.number(name)?;
        if self.rows.len() == values.len() {
            return Some(Cow::Borrowed(values));
        }
        Some(self.rows.iter().map(|row| values[*row as usize]).collect())
    }

    /// Codes of a text column over the universe.
    pub(crate) fn codes(&self, name: &str) -> Option<Vec<u32>> {
        let (codes, _) = self.snapshot.text(name)?;
        Some(self.rows.iter().map(|row| codes[*row as usize]).collect())
    }

    /// A text of a name.
    pub(crate) fn text(&self, name: &str, at: usize) -> Option<&'a str> {
        self.snapshot.text_at(name, self.rows[at] as usize)
    }

    /// The days of the names' prices: their `price_date`, else the snapshot's date.
    pub(crate) fn valuation_days(&self) -> Vec<Day> {
        let own = self.snapshot.days("price_date");
        let snapshot = day_of(self.snapshot.date());
        let day = |row: &u32| own.map(|days| days[*row as usize]).filter(|day| *day != DAY_MISSING);
        self.rows.iter().map(|row| day(row).unwrap_or(snapshot)).collect()
    }
}

/// Free-float market caps of rows of a snapshot; zero where there is none.
pub(crate) fn float_caps(snapshot: Snapshot<'_>, rows: &[u32]) -> Vec<f64> {
    let number = |name: &str| snapshot.number(name).unwrap_or_default();
    let (caps, floats) = (number("market_cap"), number("free_float"));
    let value = |values: &[f64], row: u32| values.get(row as usize).copied().filter(|value| !value.is_nan());
    let size = |row: u32| value(caps, row).unwrap_or(0.0) * value(floats, row).unwrap_or(1.0);
    rows.iter().map(|row| size(*row)).collect()
}

/// The snapshot a review uses, not older than the rules allow.
fn snapshot<'a>(pipeline: &Pipeline, shared: &'a Shared, review: &BoundReview) -> Result<Snapshot<'a>, ReviewError> {
    let cutoff = review.dates.snapshot_cutoff();
    let last = review.dates.last_cutoff();
    if let Some(frozen) = pipeline.dataset.frozen.as_ref().filter(|frozen| last > frozen.cutoff) {
        let message = format!(
            "the review effective {} has its cut-off on {last}; dataset `{}` is frozen at {}",
            review.dates.effective, pipeline.dataset.name, frozen.cutoff
        );
        let help = format!(
            "run it on the dataset it was frozen from, `{}`, or end earlier: --to",
            frozen.from
        );
        return Err(ReviewError::input(vec![Diagnostic::error("D0208", message).help(help)]));
    }
    let found = review.snapshot.and_then(|date| shared.landed.panel.snapshot(date));
    let Some(snapshot) = found else {
        let first = pipeline.dataset.first;
        let message = format!(
            "the review effective {} needs a snapshot on or before its cut-off {cutoff}; the first of dataset `{}` is {first}",
            review.dates.effective, pipeline.dataset.name
        );
        let help = "begin the index later: index.base.date";
        return Err(ReviewError::input(vec![Diagnostic::error("D0201", message).help(help)]));
    };
    let age = age_days(snapshot.date(), cutoff);
    let stated = pipeline.methodology.review.max_age_days;
    let limit = stated.map(|limit| limit.value).or(pipeline.dataset.max_age_days);
    if let Some(limit) = limit.filter(|limit| age > *limit) {
        let message = format!(
            "the newest snapshot at the cut-off {cutoff} is of {}: {age} days old, more than the {limit} days allowed",
            snapshot.date()
        );
        let whose = match stated.and_then(|limit| limit.line) {
            Some(line) => format!("review.max_age, line {line}"),
            None => "max_age of the dataset".to_owned(),
        };
        return Err(ReviewError::input(vec![
            Diagnostic::error("D0202", message).help(whose),
        ]));
    }
    Ok(snapshot)
}

/// Age of a snapshot at a cut-off, calendar days.
pub(crate) fn age_days(snapshot: Date, cutoff: Date) -> i32 {
    day_of(cutoff) - day_of(snapshot)
}

fn rows(pipeline: &Pipeline, snapshot: Snapshot<'_>, parent_index: Option<&BTreeMap<SecurityIndex, f64>>) -> Vec<u32> {
    let all = 0..snapshot.len() as u32;
    if let Some(weights) = parent_index {
        let securities = snapshot.security();
        return all
            .filter(|row| weights.contains_key(&securities[*row as usize]))
            .collect();
    }
    match pipeline.universe() {
        Some(name) => rows_of(name, &pipeline.dataset.universe, snapshot),
        None => all.collect(),
    }
}

/// The rows of a universe; `whole` is the name of that of all rows.
pub(crate) fn rows_of(name: &str, whole: &str, snapshot: Snapshot<'_>) -> Vec<u32> {
    let all = 0..snapshot.len() as u32;
    if name == whole {
        return all.collect();
    }
    let Some((bits, column)) = snapshot.membership("universes") else {
        return Vec::new();
    };
    let mask = column.mask(name).unwrap_or(0);
    all.filter(|row| bits[*row as usize] & mask != 0).collect()
}

fn empty(pipeline: &Pipeline, snapshot: Snapshot<'_>, review: &BoundReview) -> ReviewError {
    let name = pipeline.methodology.index.parent.words();
    let message = format!(
        "the {name} has no name in the snapshot {} used by the review effective {}",
        snapshot.date(),
        review.dates.effective
    );
    ReviewError::input(vec![Diagnostic::error("D0203", message)])
}
