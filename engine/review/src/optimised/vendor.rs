//! A vendor's risk model at a review: the newest on or before the cut-off of risk models, for the names of the parent.

use divisor_methodology::{RiskModel, Setting};
use divisor_model::{Date, Diagnostic, RiskTables};
use divisor_numeric::median;
use divisor_risk::{Estimate, VendorModel, vendor};

use crate::bind::BoundReview;
use crate::error::ReviewError;
use crate::limit::Ground;
use crate::optimised::risk::unmade;
use crate::shared::Shared;
use crate::universe::age_days;

/// Between these the annual volatility of the median name lies, whatever the times: other units lie beyond. A variance in
/// squared percent says 2,000% for 20%, one of a day 1.3%.
const PLAUSIBLE_VOLATILITY: std::ops::RangeInclusive<f64> = 0.02..=3.0;

/// The model, and the date it is of.
pub(super) fn vendor_model(
    rules: &RiskModel,
    max_age: Option<Setting<i32>>,
    shared: &Shared,
    review: &BoundReview,
    ground: Ground<'_>,
) -> Result<(Estimate, Date), ReviewError> {
    let found = review
        .risk_model
        .and_then(|date| Some((date, shared.landed.history.risk.at(date)?)));
    let Some((date, tables)) = found else {
        return Err(none(rules, review, ground));
    };
    let age = age_days(date, review.dates.cutoffs.risk);
    if let Some(limit) = max_age.filter(|limit| age > limit.value) {
        return Err(stale((date, age), limit, review, ground));
    }
    let estimate = of_names(tables, ground).map_err(|error| unmade(&error, rules.line, ground))?;
    let mut volatilities: Vec<f64> = estimate.model.variances().iter().map(|value| value.sqrt()).collect();
    let middle = median(&mut volatilities);
    if !volatilities.is_empty() && !PLAUSIBLE_VOLATILITY.contains(&middle) {
        return Err(implausible(date, middle, ground));
    }
    Ok((estimate, date))
}

/// The rows of the parent's names.
fn of_names(tables: &RiskTables, ground: Ground<'_>) -> Result<Estimate, divisor_risk::RiskError> {
    let names = &ground.scored.security;
    let position = |security: &u32| names.binary_search(security).ok();
    let exposures: Vec<(usize, usize, f64)> = tables
        .exposures
        .iter()
        .filter_map(|(security, factor, exposure)| Some((position(security)?, *factor as usize, *exposure)))
        .collect();
    let specific: Vec<(usize, f64)> = tables
        .specific
        .iter()
        .filter_map(|(security, variance)| Some((position(security)?, *variance)))
        .collect();
    let k = tables.factors.len();
    let covariance: Vec<(usize, usize, f64)> = (0..k)
        .flat_map(|a| (0..=a).map(move |b| (a, b, tables.covariance[a * k + b])))
        .collect();
    vendor(VendorModel {
        names: names.len(),
        factors: &tables.factors,
        exposures: &exposures,
        covariance: &covariance,
        specific: &specific,
    })
}

fn none(rules: &RiskModel, review: &BoundReview, ground: Ground<'_>) -> ReviewError {
    let message = format!(
        "{}: the dataset has no risk model on or before the cut-off {} (line {})",
        ground.when, review.dates.cutoffs.risk, rules.line
    );
    let help = "[risk.vendor] needs risk/date=… in the dataset; [risk.shrinkage], [risk.statistical] and [risk.fundamental] \
                are made of returns";
    ReviewError::input(vec![Diagnostic::error("D0211", message).help(help)])
}

fn stale((date, age): (Date, i32), limit: Setting<i32>, review: &BoundReview, ground: Ground<'_>) -> ReviewError {
    let message = format!(
        "{}: the newest risk model at the cut-off {} is of {date}: {age} days old, more than the {} days allowed",
        ground.when, review.dates.cutoffs.risk, limit.value
    );
    let place = limit.line.map_or_else(String::new, |line| format!(", line {line}"));
    ReviewError::input(vec![
        Diagnostic::error("D0211", message).help(format!("risk.vendor.max_age{place}")),
    ])
}

fn implausible(date: Date, middle: f64, ground: Ground<'_>) -> ReviewError {
    let message = format!(
        "{}: by the risk model of {date} the median name of the parent has an annual volatility of {:.1}%",
        ground.when,
        middle * 100.0
    );
    let help = "its tables must hold annual variance as a fraction, 0.04 for a volatility of 20%: not squared percent, not the \
                variance of a day or month";
    ReviewError::input(vec![Diagnostic::error("D0234", message).help(help)])
}
