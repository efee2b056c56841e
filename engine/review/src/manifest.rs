//! The manifest of a review: enough to replay it, and nothing that changes between two runs of the same inputs.

use std::collections::BTreeMap;

use divisor_model::{Diagnostic, date_of};
use serde::Serialize;

use crate::bind::Pipeline;
use crate::drift::DriftSource;
use crate::fold::Review;
use crate::inputs::{Input, inputs};
use crate::shared::Shared;

/// Version of the published schemas: manifest and tables.
pub(crate) const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Manifest<'a> {
    schema_version: u32,
    engine_version: &'a str,
    index_id: &'a str,
    edition: &'a str,
    kind: &'static str,
    effective: String,
    cutoff: String,
    cutoffs: BTreeMap<&'static str, String>,
    announcement: String,
    dates_moved: &'a [String],
    dataset: &'a str,
    snapshot: String,
    snapshot_age_days: i32,
    valuation: Option<String>,
    methodology_hash: &'a str,
    calendar: &'a str,
    calendar_hash: &'a str,
    configuration_hash: &'a str,
    previous_manifest_hash: Option<&'a str>,
    inputs: BTreeMap<&'static str, Input>,
    counts: Counts<'a>,
    totals: Totals,
    warnings: &'a [Diagnostic],
    outputs: BTreeMap<&'a str, &'a str>,
    rulebook: &'a str,
}

#[derive(Serialize)]
struct Counts<'a> {
    parent: usize,
    eligible: usize,
    ranked: usize,
    names: usize,
    additions: usize,
    deletions: usize,
    out_by_rule: &'a BTreeMap<String, usize>,
    missing: BTreeMap<String, usize>,
    drift_sources: BTreeMap<&'static str, usize>,
    findings: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Totals {
    one_way_turnover: Option<f64>,
    effective_names: f64,
    largest_weight: f64,
    binding_limits: BTreeMap<String, usize>,
    relaxations: [String; 0],
}

/// The text of `manifest.json`. `outputs` are names and BLAKE3 hashes of the other files; `previous` is the hash of the
/// manifest of the review before.
pub fn manifest_json(
    pipeline: &Pipeline,
    shared: &Shared,
    review: &Review,
    configuration_hash: &str,
    previous: Option<&str>,
    outputs: &[(String, String)],
) -> String {
    let methodology = &pipeline.methodology;
    let totals = &review.totals;
    let binding = methodology.limits.iter().zip(&review.limits).map(|(rule, column)| {
        let bound = column.groups.iter().filter(|group| group.binding.is_some()).count();
        (rule.id.clone(), bound)
    });
    let missing = totals
        .missing
        .iter()
        .map(|count| (format!("{}.{}", count.score, count.variable), count.names));
    let sources = DriftSource::ALL
        .into_iter()
        .filter_map(|source| Some((source.word(), *totals.drift_sources.get(&source)?)));
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        engine_version: env!("CARGO_PKG_VERSION"),
        index_id: &methodology.index.id,
        edition: &methodology.index.edition,
        kind: review.dates.kind.word(),
        effective: review.dates.effective.to_string(),
        cutoff: review.dates.cutoff.to_string(),
        cutoffs: review
            .dates
            .cutoffs
            .entries()
            .map(|(what, date)| (what, date.to_string()))
            .into(),
        announcement: review.dates.announcement.to_string(),
        dates_moved: &review.dates.moved,
        dataset: &pipeline.dataset.name,
        snapshot: review.scored.snapshot.to_string(),
        snapshot_age_days: review.scored.age_days,
        valuation: date_of(totals.valuation_day).map(|date| date.to_string()),
        methodology_hash: &pipeline.methodology_hash,
        calendar: &methodology.review.calendar,
        calendar_hash: &pipeline.calendar_hash,
        configuration_hash,
        previous_manifest_hash: previous,
        inputs: inputs(pipeline, shared, review),
        counts: Counts {
            parent: review.scored.security.len(),
            eligible: review
                .scored
                .first_failed
                .iter()
                .filter(|failed| failed.is_none())
                .count(),
            ranked: review.selection.rank.iter().filter(|rank| **rank > 0).count(),
            names: totals.names,
            additions: totals.additions,
            deletions: totals.deletions,
            out_by_rule: &totals.screened,
            missing: missing.collect(),
            drift_sources: sources.collect(),
            findings: review
                .findings
                .iter()
                .map(|found| (found.check.name, found.count))
                .collect(),
        },
        totals: Totals {
            one_way_turnover: review.turnover.one_way,
            effective_names: totals.effective_names,
            largest_weight: totals.largest_weight,
            binding_limits: binding.collect(),
            relaxations: [],
        },
        warnings: &review.warnings,
        outputs: outputs
            .iter()
            .map(|(name, hash)| (name.as_str(), hash.as_str()))
            .collect(),
        rulebook: &pipeline.source.whole(),
    };
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}
