//! The risk model of one review: estimated from returns as they were known, over all names of the parent.

use divisor_methodology::{Estimation, Line, NoRisk, RiskMethod, RiskModel, RiskSource, Setting, ShrinkageTarget};
use divisor_model::{Date, Diagnostic, TEXT_MISSING};
use divisor_risk::{
    Components, Estimate, FactorModel, Reason, Report, Returns, RiskError, Settings, Target, Unusable, VendorModel,
    fundamental, shrinkage, statistical, vendor,
};

use crate::bind::{BoundReview, Pipeline};
use crate::error::ReviewError;
use crate::limit::Ground;
use crate::optimised::exposures::exposures;
use crate::optimised::returns::{ReturnTable, returns_cutoff};
use crate::optimised::vendor::vendor_model;
use crate::shared::Shared;
use crate::universe::age_days;

/// The column of a test's universe that states annual volatilities.
pub(crate) const STATED_RISK: &str = "predicted_volatility";

/// Predicted risk of the names of a parent.
#[derive(Debug)]
pub(super) struct PredictedRisk {
    /// Positions in the parent of the names of the model, ascending.
    pub(super) names: Vec<u32>,
    pub(super) model: FactorModel,
    pub(super) report: Report,
    /// Positions of the names without, and why.
    pub(super) without: Vec<(u32, Reason)>,
    /// Positions of the names that have the risk of their peers, and why.
    pub(super) of_peers: Vec<(u32, Reason)>,
    /// Date of a vendor's model, and its age at the cut-off in calendar days.
    pub(super) dated: Option<(Date, i32)>,
}

/// Estimates the risk of a parent at a review.
pub(super) fn predicted_risk(
    rules: &RiskModel,
    (pipeline, review): (&Pipeline, &BoundReview),
    shared: &Shared,
    ground: Ground<'_>,
) -> Result<PredictedRisk, ReviewError> {
    let mut dated = None;
    let estimate = match &rules.source {
        _ if pipeline.is_test => stated(ground).map_err(|error| unmade(&error, rules.line, ground))?,
        RiskSource::Estimated(estimation) => estimated(estimation, (pipeline, review), shared, ground)?,
        RiskSource::Vendor { max_age_days } => {
            let (estimate, date) = vendor_model(rules, *max_age_days, shared, review, ground)?;
            dated = Some((date, age_days(date, review.dates.cutoffs.risk)));
            estimate
        }
    };
    let lacking_risk = reasons(&estimate);
    let estimate = match (rules.without.value, &rules.peers) {
        (NoRisk::RiskOfPeers, Some(peers)) => {
            let groups = groups(&peers.value, ground);
            estimate
                .with_risk_of_peers(&groups)
                .map_err(|error| unmade(&error, rules.line, ground))?
        }
        (NoRisk::Error, _) if !estimate.unusable.is_empty() => return Err(lacking(rules, &estimate, ground)),
        _ => estimate,
    };
    Ok(PredictedRisk {
        of_peers: (lacking_risk.into_iter())
            .filter(|(at, _)| estimate.rows.binary_search(&(*at as usize)).is_ok())
            .collect(),
        without: reasons(&estimate),
        dated,
        names: estimate.rows.into_iter().map(|row| row as u32).collect(),
        model: estimate.model,
        report: estimate.report,
    })
}

/// The names an estimate says nothing about, and why.
fn reasons(estimate: &Estimate) -> Vec<(u32, Reason)> {
    let reason = |name: &Unusable| (name.name as u32, name.reason);
    estimate.unusable.iter().map(reason).collect()
}

/// In tests of rulebooks there are no returns: each name has the annual volatility its row states, and none moves with
/// another.
fn stated(ground: Ground<'_>) -> Result<Estimate, RiskError> {
    let scored = ground.scored;
    let column = ground.snapshot.number(STATED_RISK).unwrap_or_default();
    let volatility = |row: &u32| column.get(*row as usize).copied().unwrap_or(f64::NAN);
    let volatilities: Vec<f64> = scored.rows.iter().map(volatility).collect();
    let specific: Vec<(usize, f64)> = (volatilities.iter().enumerate())
        .filter(|(_, volatility)| **volatility > 0.0)
        .map(|(at, volatility)| (at, volatility * volatility))
        .collect();
    let exposures: Vec<(usize, usize, f64)> = specific.iter().map(|(at, _)| (*at, 0, 0.0)).collect();
    vendor(VendorModel {
        names: volatilities.len(),
        factors: &["none".to_owned()],
        exposures: &exposures,
        covariance: &[],
        specific: &specific,
    })
}

fn estimated(
    rules: &Estimation,
    (pipeline, review): (&Pipeline, &BoundReview),
    shared: &Shared,
    ground: Ground<'_>,
) -> Result<Estimate, ReviewError> {
    let names = &ground.scored.security;
    let Some(prices) = &shared.landed.history.prices else {
        let message = format!("{}: the risk model needs the table `prices`", ground.when);
        let help = "this dataset has none: give it prices, or take a vendor's model, [risk.vendor]";
        return Err(ReviewError::input(vec![Diagnostic::error("D0210", message).help(help)]));
    };
    let line = rules.window.line.unwrap_or(pipeline.methodology.weight.line);
    let wrong = |error: RiskError| unmade(&error, line, ground);
    let table = ReturnTable::new(rules, prices, names, returns_cutoff(&review.dates.cutoffs));
    let returns = Returns::new(&table.values, names.len(), table.periods_per_year).map_err(wrong)?;
    if returns.periods() == 0 {
        return Err(wrong(RiskError::NoHistory {
            names: names.len(),
            periods: 0,
            least: rules.least_returns.value,
        }));
    }
    let settings = |half_life: Option<&Setting<f64>>| Settings {
        least_observations: rules.least_returns.value,
        half_life: half_life.map(|half| half.value),
    };
    let estimate = match &rules.method {
        RiskMethod::Shrinkage { target } => {
            let target = match target.value {
                ShrinkageTarget::ConstantCorrelation => Target::ConstantCorrelation,
                ShrinkageTarget::ScaledIdentity => Target::ScaledIdentity,
            };
            shrinkage(returns, settings(None), target)
        }
        RiskMethod::Statistical { factors, half_life } => {
            let components = factors.map_or(Components::AboveNoise, |count| Components::Stated(count.value));
            statistical(returns, settings(half_life.as_ref()), components)
        }
        RiskMethod::Fundamental {
            groups,
            styles,
            half_life,
            ..
        } => {
            let of = (groups.value.as_slice(), styles.as_slice());
            let (layout, sections) = exposures(of, (pipeline, review), shared, ground, &table.starts)?;
            fundamental(returns, settings(half_life.as_ref()), &layout, &sections)
        }
    };
    estimate.map_err(wrong)
}

/// The group of each name of the parent by a text column.
fn groups(column: &str, ground: Ground<'_>) -> Vec<Option<u32>> {
    let codes = ground.snapshot.text(column).map(|(codes, _)| codes);
    let code = |row: &u32| {
        codes
            .map(|codes| codes[*row as usize])
            .filter(|code| *code != TEXT_MISSING)
    };
    ground.scored.rows.iter().map(code).collect()
}

/// Names without risk where that is an error.
fn lacking(rules: &RiskModel, estimate: &Estimate, ground: Ground<'_>) -> ReviewError {
    let securities = ground.snapshot.panel().securities();
    let sample = estimate.unusable.iter().take(3).map(|name| {
        let id = securities.id(ground.scored.security[name.name]);
        format!("{id}: {}", name.reason)
    });
    let message = format!(
        "{}: {} names of the parent have no predicted risk ({}), which is an error (line {})",
        ground.when,
        estimate.unusable.len(),
        sample.collect::<Vec<_>>().join("; "),
        rules.without.line.unwrap_or(rules.line)
    );
    let help = "write \"exclude-security\" or \"risk-of-peers\" instead, or ask for fewer returns";
    ReviewError::input(vec![Diagnostic::error("D0209", message).help(help)])
}

pub(super) fn unmade(error: &RiskError, line: Line, ground: Ground<'_>) -> ReviewError {
    let (code, help) = match error {
        RiskError::NoHistory { .. } => (
            "D0209",
            "begin the index later (index.base.date), or ask for fewer returns (least_returns)",
        ),
        _ => ("D0210", ""),
    };
    let message = format!("{}: the risk model (line {line}) cannot be made: {error}", ground.when);
    ReviewError::input(vec![Diagnostic::error(code, message).help(help)])
}
