//! The manifest of a review: enough to replay it, and nothing that changes between two runs of the same inputs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use divisor_model::{Diagnostic, date_of};
use divisor_risk::Reason;
use serde::Serialize;

use crate::bind::Pipeline;
use crate::discretion::Discretion;
use crate::drift::DriftSource;
use crate::fold::Review;
use crate::inputs::{Input, inputs};
use crate::narrow::Narrowing;
use crate::optimised::RiskSummary;
use crate::shared::Shared;

/// Version of the published schemas: manifest and tables.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The manifest of one review, but for what links it to others: see [`Manifest::text`].
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
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
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    discretion: &'a [Discretion],
    previous_manifest_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supersedes: Option<String>,
    inputs: BTreeMap<&'static str, Input>,
    counts: Counts<'a>,
    totals: Totals<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    narrowing: Option<Narrowing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    optimisation: Option<Optimised<'a>>,
    warnings: &'a [Diagnostic],
    outputs: BTreeMap<&'a str, &'a str>,
    rulebook: Cow<'a, str>,
}

#[derive(Debug, Serialize)]
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

#[derive(Debug, Serialize)]
struct Totals<'a> {
    one_way_turnover: Option<f64>,
    effective_names: f64,
    largest_weight: f64,
    binding_limits: BTreeMap<String, usize>,
    relaxations: Vec<Relaxed<'a>>,
}

#[derive(Debug, Serialize)]
struct Relaxed<'a> {
    rule: &'a str,
    line: usize,
    from: f64,
    to: Option<f64>,
}

/// How the weights were optimised, and by which risk model.
#[derive(Debug, Serialize)]
struct Optimised<'a> {
    volatility: Option<f64>,
    parent_volatility: Option<f64>,
    tracking_error: Option<f64>,
    /// This and what follows: none where nothing was optimised, and the weights before were kept.
    objective: Option<f64>,
    minimum_holding_gap: Option<f64>,
    largest_violation: Option<f64>,
    optimality_gap: Option<f64>,
    rounds: Option<usize>,
    kept_previous: bool,
    refused: Vec<Refused<'a>>,
    exposures: BTreeMap<&'a str, Exposed>,
    risk: Option<RiskModel<'a>>,
}

/// A try that left no weights: the rules that prove it, and the margin of the proof.
#[derive(Debug, Serialize)]
struct Refused<'a> {
    rules: &'a [String],
    margin: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Exposed {
    value: f64,
    within: f64,
    shadow_price: f64,
}

#[derive(Debug, Serialize)]
struct RiskModel<'a> {
    /// Of a vendor's model.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_days: Option<i32>,
    names: usize,
    /// Names with the risk of their peers by why.
    of_peers: BTreeMap<String, Vec<&'a str>>,
    /// Names without risk by why.
    without: BTreeMap<String, Vec<&'a str>>,
    parent_share: f64,
    factors: usize,
    returns: usize,
    least_returns: usize,
    explained: f64,
    shrinkage: Option<f64>,
    /// Whether the specific variances prove that every portfolio has risk.
    positive_definite: bool,
    /// None where the covariance may be singular.
    condition_at_most: Option<f64>,
}

impl<'a> Optimised<'a> {
    fn new(pipeline: &'a Pipeline, shared: &'a Shared, review: &'a Review) -> Option<Self> {
        let found = review.optimised.as_ref()?;
        let rules = pipeline.methodology.optimised.as_ref()?;
        let exposures = rules
            .constraints
            .iter()
            .zip(&found.exposures)
            .filter_map(|(rule, exposure)| {
                let exposure = (*exposure)?;
                let exposed = Exposed {
                    value: exposure.value,
                    within: exposure.within,
                    shadow_price: exposure.shadow_price,
                };
                Some((rule.id.as_str(), exposed))
            });
        let solved = !found.kept_previous;
        Some(Self {
            volatility: found.volatility,
            parent_volatility: found.parent_volatility,
            tracking_error: found.tracking_error,
            objective: solved.then_some(found.objective),
            minimum_holding_gap: solved.then_some(found.holding_gap),
            largest_violation: solved.then_some(found.violation),
            optimality_gap: solved.then_some(found.gap),
            rounds: solved.then_some(found.rounds),
            kept_previous: found.kept_previous,
            refused: (found.refused.iter())
                .map(|refused| Refused {
                    rules: &refused.rules,
                    margin: refused.margin,
                })
                .collect(),
            exposures: exposures.collect(),
            risk: found.risk.as_ref().map(|risk| RiskModel::new(risk, shared, review)),
        })
    }
}

impl<'a> RiskModel<'a> {
    fn new(risk: &RiskSummary, shared: &'a Shared, review: &Review) -> Self {
        let by_reason = |names: &[(u32, Reason)]| {
            let mut found: BTreeMap<String, Vec<&'a str>> = BTreeMap::new();
            for (at, reason) in names {
                let security = review.scored.security[*at as usize];
                let id = shared.landed.panel.securities().id(security);
                found.entry(reason.to_string()).or_default().push(id);
            }
            found
        };
        Self {
            date: risk.dated.map(|(date, _)| date.to_string()),
            age_days: risk.dated.map(|(_, age)| age),
            names: risk.names,
            of_peers: by_reason(&risk.of_peers),
            without: by_reason(&risk.without),
            parent_share: risk.parent_share,
            factors: risk.factors,
            returns: risk.returns,
            least_returns: risk.least_returns,
            explained: risk.explained,
            shrinkage: risk.shrinkage,
            positive_definite: risk.condition_at_most.is_finite(),
            condition_at_most: Some(risk.condition_at_most).filter(|condition| condition.is_finite()),
        }
    }
}

impl Manifest<'_> {
    /// The text of `manifest.json`. `previous` is the hash of the manifest of the review before, `supersedes` that of
    /// the result this one corrects.
    pub fn text(&mut self, previous: Option<&str>, supersedes: Option<&str>) -> String {
        self.previous_manifest_hash = previous.map(str::to_owned);
        self.supersedes = supersedes.map(str::to_owned);
        let mut text = serde_json::to_string_pretty(&self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The manifest of a review. `outputs` are names and BLAKE3 hashes of the other files.
pub fn manifest<'a>(
    pipeline: &'a Pipeline,
    shared: &'a Shared,
    review: &'a Review,
    configuration_hash: &'a str,
    outputs: &'a [(String, String)],
) -> Manifest<'a> {
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
    let moved = review.optimised.iter().flat_map(|found| &found.relaxations);
    let relaxations = moved.map(|moved| Relaxed {
        rule: &moved.rule,
        line: moved.line.in_manifest(),
        from: moved.from,
        to: moved.to,
    });
    Manifest {
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
        discretion: pipeline
            .discretion
            .get(&review.dates.effective)
            .map_or(&[], Vec::as_slice),
        previous_manifest_hash: None,
        supersedes: None,
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
            relaxations: relaxations.collect(),
        },
        narrowing: Narrowing::new(pipeline, review),
        optimisation: Optimised::new(pipeline, shared, review),
        warnings: &review.warnings,
        outputs: outputs
            .iter()
            .map(|(name, hash)| (name.as_str(), hash.as_str()))
            .collect(),
        rulebook: pipeline.source.whole(),
    }
}
