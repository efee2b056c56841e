//! The quality gate of a run: the checks of `divisor_market::quality` on exactly what one review of one index may read.
//!
//! That is the parent's names in its snapshot and in that of the review before, the columns every snapshot has and those
//! its rulebook names, its history functions, and the prices inside the windows of its price functions. Members and
//! buffers have no say, so that reviews are checked in parallel.

use std::borrow::Cow;
use std::collections::BTreeSet;

use divisor_market::quality::{
    CheckInfo, Checks, Finding, FindingGroup, Level, PriceEvents, PriceWindow, View, check_caps, check_coverage,
    check_snapshot,
};
use divisor_model::{Diagnostic, Securities, day_of};

use crate::bind::{BoundReview, Pipeline};
use crate::error::ReviewError;
use crate::needs::{price_window, snapshot_columns};
use crate::scored::Scored;
use crate::shared::{CallTable, Shared};

/// How often one check found something in what a review read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingCount {
    /// Which check.
    pub check: &'static CheckInfo,
    /// How often.
    pub count: usize,
}

/// The checks that a run makes.
pub(crate) struct Gate {
    checks: Checks,
    /// What looks wrong in the landed prices; absent where no rulebook has a price function.
    prices: Option<PriceEvents>,
}

/// A review with its universe and scores.
pub(crate) type Seen<'a> = (&'a BoundReview, &'a Scored);

impl Gate {
    pub(crate) fn new(pipelines: &[Pipeline], shared: &Shared, checks: &Checks) -> Self {
        let checks = checks.for_runs();
        let calls = pipelines.iter().flat_map(|pipeline| &pipeline.calls);
        let reads_prices = calls.into_iter().any(|call| call.table() == CallTable::Prices);
        let prices = shared.landed.history.prices.as_ref().filter(|_| reads_prices);
        let securities = shared.landed.panel.securities().len();
        Self {
            // Without actions: a rulebook with price functions need not read them.
            prices: prices.map(|prices| PriceEvents::find(prices, securities, None, &checks)),
            checks,
        }
    }

    /// What looks wrong in what a review may read.
    pub(crate) fn findings(
        &self,
        pipeline: &Pipeline,
        shared: &Shared,
        now: Seen<'_>,
        before: Option<Seen<'_>>,
    ) -> Vec<Finding> {
        let Some(view) = view(pipeline, shared, now) else {
            return Vec::new();
        };
        let before = before.and_then(|before| self::view(pipeline, shared, before));
        let columns = own_columns(pipeline);
        let mut findings = check_snapshot(&self.checks, &pipeline.dataset, &columns, &view, before.as_ref());
        let days = price_window(pipeline, now.0);
        if let (Some(events), Some(prices), Some((first, last))) = (&self.prices, &shared.landed.history.prices, days) {
            let window = PriceWindow {
                first,
                last,
                volume: false,
            };
            findings.extend(check_coverage(&self.checks, prices, &view, window));
            let caps = before
                .as_ref()
                .map(|before| check_caps(&self.checks, prices, &view, before, window));
            findings.extend(caps.into_iter().flatten());
            findings.extend(events.within(prices, &view, window, &self.checks));
        }
        findings
    }
}

/// The columns its rulebook names. Text columns that rules group by have no quality beyond the contract's.
fn own_columns(pipeline: &Pipeline) -> BTreeSet<String> {
    let mut columns = snapshot_columns(&pipeline.methodology);
    columns.retain(|name| !divisor_market::STANDARD_COLUMNS.contains(&name.as_str()));
    columns
}

fn view<'a>(pipeline: &'a Pipeline, shared: &'a Shared, (review, scored): Seen<'a>) -> Option<View<'a>> {
    let cutoffs = review.dates.cutoffs.map(|date| day_of(*date));
    let functions = pipeline.calls.iter().filter_map(|call| {
        let column = shared.call_column(pipeline, (scored.snapshot, &cutoffs), call)?;
        Some((call.text.as_str(), column.values.as_slice()))
    });
    Some(View {
        snapshot: shared.landed.panel.snapshot(scored.snapshot)?,
        rows: Cow::Borrowed(&scored.rows),
        weight: Cow::Borrowed(&scored.parent_weight),
        functions: functions.collect(),
    })
}

/// Stops a review that may read what is an error by the settings in force.
pub(crate) fn stop(
    pipeline: &Pipeline,
    review: &BoundReview,
    groups: &[FindingGroup<'_>],
    securities: &Securities,
) -> Result<(), ReviewError> {
    let errors = groups.iter().filter(|group| group.level == Level::Error);
    let diagnostics: Vec<Diagnostic> = errors
        .map(|group| {
            let name = group.check.name;
            Diagnostic::error(group.check.code, words(group, securities)).help(format!(
                "the review of {} effective {} may read this, and [{name}] of checks.toml makes it an error; `divisor \
                 data check` lists everything, `--explain {name}` defines it",
                pipeline.methodology.index.id, review.dates.effective
            ))
        })
        .collect();
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(ReviewError::input(diagnostics))
    }
}

/// The warnings of a review, one a check.
pub(crate) fn warnings(groups: &[FindingGroup<'_>], securities: &Securities) -> Vec<Diagnostic> {
    let warning = |group: &FindingGroup<'_>| Diagnostic::warning(group.check.code, words(group, securities));
    groups.iter().map(warning).collect()
}

fn words(group: &FindingGroup<'_>, securities: &Securities) -> String {
    format!("`{}` {}", group.check.name, group.sentence(securities))
}

/// How often each check found something.
pub(crate) fn counts(groups: &[FindingGroup<'_>]) -> Vec<FindingCount> {
    let count = |group: &FindingGroup<'_>| FindingCount {
        check: group.check,
        count: group.findings.len(),
    };
    groups.iter().map(count).collect()
}
