//! What a risk model read beside returns: a vendor's tables, or the earlier snapshots that dated exposures come from.

use std::collections::BTreeMap;

use divisor_model::day_of;

use super::{Hasher, Input, cell};
use crate::bind::{BoundReview, Pipeline};
use crate::fold::Review;
use crate::optimised::exposures::exposure_columns;
use crate::publications::windows_of;
use crate::shared::Shared;

/// The inputs of a review's risk model by table; none where it has no such.
pub(super) fn risk_inputs(
    pipeline: &Pipeline,
    shared: &Shared,
    review: &Review,
    bound: &BoundReview,
) -> BTreeMap<&'static str, Input> {
    let mut inputs = vendor(shared, review, bound);
    if !bound.exposures.is_empty() {
        inputs.insert("snapshots/exposures", snapshots(pipeline, shared, review, bound));
    }
    inputs
}

/// The vendor's rows for the parent's names, and the whole covariance, whose factors depend on nobody.
fn vendor(shared: &Shared, review: &Review, bound: &BoundReview) -> BTreeMap<&'static str, Input> {
    let model = bound
        .risk_model
        .and_then(|date| Some((date, shared.landed.history.risk.at(date)?)));
    let Some((date, tables)) = model else {
        return BTreeMap::new();
    };
    let id = |security: u32| shared.landed.panel.securities().id(security);
    let is_own = |security: u32| review.scored.position(security).is_some();
    let [mut exposures, mut covariance, mut specific] = [Hasher::new(), Hasher::new(), Hasher::new()];
    for hasher in [&mut exposures, &mut covariance, &mut specific] {
        hasher.day(day_of(date));
    }
    for (security, factor, exposure) in tables.exposures.iter().filter(|row| is_own(row.0)) {
        exposures.rows += 1;
        exposures.text(id(*security));
        exposures.text(&tables.factors[*factor as usize]);
        exposures.number(*exposure);
    }
    for (place, value) in tables.covariance.iter().enumerate() {
        let (a, b) = (place / tables.factors.len(), place % tables.factors.len());
        covariance.rows += usize::from(b <= a);
        covariance.text(&tables.factors[a]);
        covariance.text(&tables.factors[b]);
        covariance.number(*value);
    }
    for (security, variance) in tables.specific.iter().filter(|row| is_own(row.0)) {
        specific.rows += 1;
        specific.text(id(*security));
        specific.number(*variance);
    }
    let finish = |hasher: Hasher, columns: &[&str]| hasher.finish(columns.iter().map(|name| (*name).to_owned()));
    BTreeMap::from([
        (
            "risk/covariance",
            finish(covariance, &["covariance", "factor_a", "factor_b"]),
        ),
        (
            "risk/exposures",
            finish(exposures, &["exposure", "factor", "security_id"]),
        ),
        ("risk/specific", finish(specific, &["security_id", "specific_variance"])),
    ])
}

/// The parent's names in the earlier snapshots of the window, and what was published of them by then.
fn snapshots(pipeline: &Pipeline, shared: &Shared, review: &Review, bound: &BoundReview) -> Input {
    let methodology = &pipeline.methodology;
    let mut columns = exposure_columns(methodology);
    let earlier = || {
        bound
            .exposures
            .iter()
            .filter_map(|date| shared.landed.panel.snapshot(*date))
    };
    columns.retain(|name| name == "security_id" || earlier().any(|snapshot| snapshot.column(name).is_some()));
    let windows = windows_of(&pipeline.exposure_calls, pipeline);
    let mut hasher = Hasher::new();
    for snapshot in earlier() {
        hasher.day(day_of(snapshot.date()));
        for security in &review.scored.security {
            let Some(row) = snapshot.row(*security) else { continue };
            hasher.rows += 1;
            hasher.text(shared.landed.panel.securities().id(*security));
            for name in columns.iter().filter(|name| *name != "security_id") {
                cell(&mut hasher, snapshot, name, row);
            }
            let Some(table) = &shared.landed.history.fundamentals else {
                continue;
            };
            for ((field, code), (period, count)) in &windows {
                let readings = table.readings(*security, field, *period, day_of(snapshot.date()), *count);
                for seen in readings.values.iter().map(|reading| &reading.seen) {
                    hasher.text(field);
                    hasher.text(code);
                    hasher.day(seen.period_end);
                    hasher.day(seen.known_on);
                    hasher.number(seen.value);
                }
            }
        }
    }
    hasher.finish(columns)
}
