//! What an optimisation is given, over the names it may hold: who they are, their risk, the numbers the rules name.

use divisor_methodology::{ConstraintOn, Methodology, Objective, Optimised, Quantity};
use divisor_model::Diagnostic;
use divisor_numeric::{Deviation, dot, stdev, sum};
use divisor_risk::FactorModel;

use crate::bind::{BoundReview, Pipeline};
use crate::error::ReviewError;
use crate::limit::{Ground, LimitColumn, every_group};
use crate::optimised::risk::{PredictedRisk, predicted_risk};
use crate::shared::Shared;

/// Ready to be turned into problems. Vectors have one entry a name of `names` unless said otherwise.
#[derive(Debug)]
pub(super) struct Given {
    /// Positions in the parent, ascending: those that may be held and, where the parent's risk counts, all with risk.
    pub(super) names: Vec<u32>,
    /// Those that may be held, as positions in `names`, ascending.
    pub(super) candidates: Vec<u32>,
    /// Predicted risk of the parent.
    pub(super) risk: Option<PredictedRisk>,
    /// The risk model of `names`.
    pub(super) model: Option<FactorModel>,
    /// The parent's weights, scaled to 100%.
    pub(super) parent: Vec<f64>,
    /// Predicted annual volatility of the parent: of its names that have risk.
    pub(super) parent_volatility: Option<f64>,
    /// The exposure that is maximised.
    pub(super) maximised: Vec<f64>,
    /// The weights that are approached, scaled to 100%.
    pub(super) target: Vec<f64>,
    /// For each constraint of the rulebook, what it bounds in standard deviations from the parent's; empty for others.
    pub(super) exposures: Vec<Vec<f64>>,
    /// The groups of each limit over the candidates, with bounds as the rules are written.
    pub(super) limits: Vec<LimitColumn>,
}

impl Given {
    /// Collects what does not depend on other reviews. `selected` are positions in the parent, ascending.
    pub(super) fn new(
        (pipeline, review): (&Pipeline, &BoundReview),
        optimised: &Optimised,
        shared: &Shared,
        ground: Ground<'_>,
        selected: &[u32],
    ) -> Result<Self, ReviewError> {
        let methodology = &pipeline.methodology;
        let scored = ground.scored;
        let rules = optimised.risk.as_ref();
        let risk = rules.map(|rules| predicted_risk(rules, (pipeline, review), shared, ground));
        let risk = risk.transpose()?;
        let has_risk = |at: &u32| risk.as_ref().is_none_or(|risk| risk.names.binary_search(at).is_ok());
        let held: Vec<u32> = selected.iter().copied().filter(has_risk).collect();
        if held.is_empty() {
            let message = format!(
                "{}: none of the {} selected names has predicted risk",
                ground.when,
                selected.len()
            );
            return Err(ReviewError::input(vec![Diagnostic::error("D0209", message)]));
        }
        let names = match &risk {
            Some(risk) if needs_parent(optimised) => risk.names.clone(),
            _ => held.clone(),
        };
        let candidates = held.iter().filter_map(|at| names.binary_search(at).ok());
        let candidates: Vec<u32> = candidates.map(|at| at as u32).collect();
        let of_names = |values: &[f64]| -> Vec<f64> { names.iter().map(|at| values[*at as usize]).collect() };
        let maximised = match &optimised.objective {
            // Names without one are no candidates.
            Objective::MaximumExposure { to, .. } => present(scored.quantity(methodology, ground.snapshot, to)),
            _ => Vec::new(),
        };
        let exposure = |constraint: &divisor_methodology::Constraint| match &constraint.on {
            ConstraintOn::Exposure { of, .. } => of_names(&distances(methodology, ground, of)),
            _ => Vec::new(),
        };
        let limits = methodology.limits.iter().zip(&scored.limits);
        let limits: Result<Vec<LimitColumn>, ReviewError> = limits
            .map(|(limit, basis)| every_group(limit, basis, ground, &held))
            .collect();
        Ok(Self {
            parent: scaled(of_names(&scored.parent_weight)),
            parent_volatility: risk
                .as_ref()
                .map(|risk| volatility_of_parent(risk, &scored.parent_weight)),
            maximised: if maximised.is_empty() {
                maximised
            } else {
                of_names(&maximised)
            },
            target: match optimised.objective {
                Objective::MinimumDistance { .. } => {
                    // Of names that may be held alone, whoever else the parent's risk brings along.
                    let mut own = vec![0.0; names.len()];
                    for name in &candidates {
                        own[*name as usize] = scored.raw_weight[names[*name as usize] as usize];
                    }
                    scaled(own)
                }
                _ => Vec::new(),
            },
            exposures: optimised.constraints.iter().map(exposure).collect(),
            limits: limits?,
            model: risk.as_ref().map(|risk| of_model(risk, &names)),
            risk,
            names,
            candidates,
        })
    }

    /// Share of the parent that has predicted risk.
    pub(super) fn parent_share_with_risk(&self, parent_weight: &[f64]) -> f64 {
        let Some(risk) = &self.risk else { return 1.0 };
        let weights: Vec<f64> = risk.names.iter().map(|at| parent_weight[*at as usize]).collect();
        sum(&weights)
    }
}

/// Whether weights are compared with the parent's name by name.
fn needs_parent(optimised: &Optimised) -> bool {
    let tracks =
        |constraint: &divisor_methodology::Constraint| matches!(constraint.on, ConstraintOn::TrackingError { .. });
    matches!(optimised.objective, Objective::MinimumTrackingError) || optimised.constraints.iter().any(tracks)
}

fn of_model(risk: &PredictedRisk, names: &[u32]) -> FactorModel {
    let rows: Vec<usize> = names
        .iter()
        .filter_map(|at| risk.names.binary_search(at).ok())
        .collect();
    risk.model.of_names(&rows)
}

fn volatility_of_parent(risk: &PredictedRisk, parent_weight: &[f64]) -> f64 {
    let weights = risk.names.iter().map(|at| parent_weight[*at as usize]).collect();
    risk.model.variance(&scaled(weights)).volatility()
}

/// How far each name of the parent is from the parent's weighted mean of a number, in standard deviations over the parent, each
/// name counting the same. A name without the number is at the mean; so are all where it does not vary.
fn distances(methodology: &Methodology, ground: Ground<'_>, of: &Quantity) -> Vec<f64> {
    let values = ground.scored.quantity(methodology, ground.snapshot, of);
    let there: Vec<usize> = (0..values.len()).filter(|at| values[*at].is_finite()).collect();
    let found: Vec<f64> = there.iter().map(|at| values[*at]).collect();
    let weights: Vec<f64> = there.iter().map(|at| ground.scored.parent_weight[*at]).collect();
    let mean = dot(&weights, &found) / sum(&weights);
    let deviation = stdev(&found, Deviation::Population);
    let distance = |value: &f64| {
        let distance = (value - mean) / deviation;
        if distance.is_finite() { distance } else { 0.0 }
    };
    values.iter().map(distance).collect()
}

/// Missing numbers as zero: those names may not be held.
fn present(mut values: Vec<f64>) -> Vec<f64> {
    for value in values.iter_mut().filter(|value| value.is_nan()) {
        *value = 0.0;
    }
    values
}

/// Scaled to a sum of one; missing numbers count as zero.
fn scaled(values: Vec<f64>) -> Vec<f64> {
    let values = present(values);
    let total = sum(&values);
    values.into_iter().map(|value| value / total).collect()
}
