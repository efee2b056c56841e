//! One plan for all reviews of all rulebooks: which rows and columns are read.

use std::collections::BTreeSet;

use divisor_market::Needs;
use divisor_methodology::{LimitOn, Methodology, Optimised, Quantity, Score, ScreenTest, Select, StopOn, WeightScheme};
use divisor_model::{Day, DayRanges, day_of};

use crate::bind::{BoundReview, Pipeline};
use crate::optimised::returns::{estimation, first_day, returns_cutoff};
use crate::shared::{CallTable, HistoryCall};

/// Calendar days before a valuation date in which its close may lie.
pub(crate) const CLOSE_AGE_DAYS_MAX: Day = 10;

/// What all reviews of these pipelines read together. Prices for drift come along wherever the dataset has prices.
pub fn needs(pipelines: &[Pipeline]) -> Needs {
    let mut needs = Needs {
        cutoff: Day::MIN,
        ..Needs::default()
    };
    let mut windows: Vec<(Day, Day)> = Vec::new();
    for pipeline in pipelines {
        let methodology = &pipeline.methodology;
        needs.columns.extend(snapshot_columns(methodology));
        for call in &pipeline.calls {
            match call.table() {
                CallTable::Fundamentals => {
                    needs.fundamentals.extend(call.fields().map(str::to_owned));
                    needs.actions |= call.is_per_share(&pipeline.catalogue);
                }
                CallTable::Prices => {
                    needs.prices.extend(["close", "close_total_return"].map(str::to_owned));
                    needs.prices.extend(call.needs_volume().then(|| "volume".to_owned()));
                }
            }
        }
        if pipeline.catalogue.has_prices && !pipeline.reviews.is_empty() {
            // Drift between two valuation closes, of which only those around the valuation days are read.
            needs.close_age_days_max = Some(CLOSE_AGE_DAYS_MAX);
            needs.prices.extend(["close", "close_total_return"].map(str::to_owned));
        }
        for review in &pipeline.reviews {
            needs.cutoff = needs.cutoff.max(day_of(review.dates.last_cutoff()));
            needs.snapshots.extend(review.snapshot);
            needs.risk.extend(review.risk_model);
            needs.snapshots.extend(&review.exposures);
            windows.extend(price_window(pipeline, review));
        }
    }
    needs.price_days = DayRanges::new(windows);
    needs
}

/// A snapshot's prices may be some days older than the snapshot.
pub(crate) const SNAPSHOT_PRICE_AGE_DAYS: Day = 30;

/// The days whose prices the history functions and the risk model of a review may read, up to the cut-off of prices; `None`
/// where neither reads prices.
pub(crate) fn price_window(pipeline: &Pipeline, review: &BoundReview) -> Option<(Day, Day)> {
    let cutoffs = &review.dates.cutoffs;
    let cutoff = day_of(cutoffs.prices);
    let snapshot = review.snapshot.map_or(cutoff, day_of);
    let windows = pipeline
        .calls
        .iter()
        .filter_map(|call| call.first_price_day(cutoff, snapshot));
    let risk = estimation(&pipeline.methodology).map(|rules| first_day(rules, returns_cutoff(cutoffs)));
    // Styles of earlier snapshots look back from there.
    let oldest = review.exposures.first().map(|date| day_of(*date));
    let earlier = oldest.into_iter().flat_map(|day| {
        let calls = pipeline.exposure_calls.iter();
        calls.filter_map(move |call| call.first_price_day(day, day))
    });
    Some((windows.chain(risk).chain(earlier).min()?, cutoff))
}

/// Whether any history function of a rulebook reads volumes.
pub(crate) fn reads_volume(pipeline: &Pipeline) -> bool {
    pipeline.calls.iter().any(HistoryCall::needs_volume)
}

/// The snapshot columns a rulebook names.
pub(crate) fn snapshot_columns(methodology: &Methodology) -> BTreeSet<String> {
    let mut columns: BTreeSet<String> = BTreeSet::new();
    for variable in &methodology.variables {
        columns.extend(variable.formula.names().into_iter().map(|(name, _)| name.to_owned()));
    }
    for screen in &methodology.screens {
        let names = screen.formulas().flat_map(divisor_methodology::Expr::names);
        columns.extend(names.map(|(name, _)| name.to_owned()));
        if let ScreenTest::Drop(drop) = &screen.test {
            columns.extend(drop.within.iter().flat_map(|within| within.value.iter().cloned()));
        }
    }
    for score in &methodology.scores {
        let again = score.restandardize.as_ref().and_then(|again| again.within.as_ref());
        let winsorized = score.winsorize.as_ref().and_then(|rule| rule.within.as_ref());
        let groups = score.within.iter().chain(again).chain(winsorized);
        columns.extend(groups.flat_map(|within| within.value.iter().cloned()));
    }
    if let Select::Top(top) = &methodology.select {
        columns.extend(top.within.iter().flat_map(|within| within.value.iter().cloned()));
        columns.extend(top.quota.as_ref().map(|quota| quota.of.clone()));
    }
    if let Select::Narrow(rules) = &methodology.select {
        columns.extend(rules.stops.iter().filter_map(|stop| match &stop.on {
            StopOn::Groups(column) => Some(column.clone()),
            _ => None,
        }));
    }
    for quantity in quantities(methodology) {
        if let Quantity::Column(name) = quantity {
            columns.insert(name.clone());
        }
    }
    for limit in &methodology.limits {
        match &limit.on {
            LimitOn::Column(name) => {
                columns.insert(name.clone());
            }
            // With a fallback the column need not be there; it comes along where it is.
            LimitOn::Issuer if !limit.fallback_to_security => {
                columns.insert("issuer_id".to_owned());
            }
            LimitOn::Issuer | LimitOn::Security => {}
        }
    }
    columns.extend(methodology.weight.groups().map(|groups| groups.within.clone()));
    let risk = methodology.optimised.iter().flat_map(Optimised::columns);
    columns.extend(risk.map(str::to_owned));
    columns.retain(|name| {
        name != "parent_weight" && methodology.variable(name).is_none() && methodology.score(name).is_none()
    });
    columns
}

/// Everything a rulebook names where a number per security is wanted.
pub(crate) fn quantities(methodology: &Methodology) -> Vec<&Quantity> {
    let mut quantities: Vec<&Quantity> = methodology.scores.iter().flat_map(score_quantities).collect();
    for screen in &methodology.screens {
        if let ScreenTest::Drop(drop) = &screen.test {
            quantities.push(&drop.by);
        }
    }
    if let Select::Top(top) = &methodology.select {
        quantities.extend(top.every.iter().map(|every| &every.value));
    }
    if let Select::Narrow(rules) = &methodology.select {
        quantities.extend(rules.stops.iter().filter_map(|stop| match &stop.on {
            StopOn::Exposure(of) => Some(of),
            _ => None,
        }));
    }
    quantities.extend(methodology.select.by());
    quantities.extend(methodology.select.ties().iter().map(|tie| &tie.by));
    match &methodology.weight.scheme {
        WeightScheme::Inverse { of, .. } | WeightScheme::Proportional { of, .. } => quantities.push(of),
        WeightScheme::Tilted { by, .. } => quantities.extend(by.iter().map(|tilt| &tilt.of)),
        WeightScheme::Measures(measures) => quantities.extend(measures.of.iter().map(|measure| &measure.of)),
        WeightScheme::Parent | WeightScheme::Equal | WeightScheme::EqualExcess(_) | WeightScheme::Optimised => {}
    }
    quantities.extend(methodology.optimised.iter().flat_map(Optimised::quantities));
    quantities
}

fn score_quantities(score: &Score) -> impl Iterator<Item = &Quantity> {
    score.parts.iter().flat_map(|part| {
        let substitute = match &part.missing.value {
            divisor_methodology::Missing::Substitute(of) => Some(of),
            _ => None,
        };
        std::iter::once(&part.of).chain(substitute)
    })
}
