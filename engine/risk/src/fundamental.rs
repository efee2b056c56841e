//! Factors that are stated: the market, groups such as sectors and countries, and styles.

use divisor_numeric::dot;

use crate::cross_section::{CrossSection, Layout, Prepared, Regression};
use crate::estimate::{Estimate, Reason, RiskError, Settings, Unusable};
use crate::model::FactorModel;
use crate::report::{Definiteness, Report, explained};
use crate::returns::{Returns, effective_periods, period_weights, unusable_reason};

/// Exposures as they were known before the returns of a period, in force until those of a later period.
#[derive(Debug, Clone)]
pub struct Dated {
    /// The first period whose returns they explain.
    pub first_period: usize,
    /// The exposures.
    pub section: CrossSection,
}

/// Each period's returns are regressed on the exposures in force, with weights √ market value, over the names that have a
/// return, a market value and a group on every axis; see [`CrossSection`] for the exposures and [`Layout`] for restrictions.
///
/// Factor returns less their mean give the factor covariance, squared residuals the specific variances, both weighted by
/// the half-life and divided by the sum of weights. The loadings of the model are the newest exposures.
pub fn fundamental(
    returns: Returns,
    settings: Settings,
    layout: &Layout,
    sections: &[Dated],
) -> Result<Estimate, RiskError> {
    settings.check()?;
    check(returns, layout, sections)?;
    let weights = period_weights(returns.periods(), settings.half_life);
    let prepared: Vec<Prepared> = sections
        .iter()
        .map(|dated| Prepared::new(layout, &dated.section))
        .collect();
    let mut factor_returns = Vec::with_capacity(returns.periods() * layout.factors());
    let mut residuals = Residuals::new(returns.names());
    let mut dependent = 0;
    for (period, &weight) in weights.iter().enumerate() {
        let in_force = sections.partition_point(|dated| dated.first_period <= period) - 1;
        let regression = Regression::of(layout, &prepared[in_force], returns.period(period));
        let regression =
            regression.ok_or_else(|| RiskError::Shape(format!("no name has a return in period {period}")))?;
        dependent += regression.dependent;
        residuals.add(&prepared[in_force], returns.period(period), &regression, weight);
        factor_returns.extend(regression.factor_returns);
    }
    let year = returns.periods_per_year();
    let omega = covariance(&factor_returns, layout.factors(), &weights, year);
    let newest = &prepared[prepared.len() - 1];
    let (rows, unusable) = sort_out(returns, settings.least_observations, newest, &residuals);
    let loadings = rows.iter().flat_map(|&name| newest.row(name)).collect();
    let specific = rows
        .iter()
        .map(|&name| year * residuals.squares[name] / residuals.weights[name])
        .collect();
    let model = FactorModel::new(layout.factor_names(), loadings, omega, specific)?;
    let report = Report {
        periods: returns.periods(),
        effective_periods: effective_periods(&weights),
        least_observations: rows.iter().map(|&name| residuals.counts[name]).min().unwrap_or(0),
        shrinkage: None,
        explained: explained(&model),
        dependent,
        definiteness: Definiteness::of(&model),
    };
    Ok(Estimate {
        rows,
        model,
        unusable,
        report,
    })
}

fn check(returns: Returns, layout: &Layout, sections: &[Dated]) -> Result<(), RiskError> {
    let refuse = |text: String| Err(RiskError::Shape(text));
    match sections.first() {
        Some(first) if first.first_period == 0 => {}
        _ => return refuse("no exposures are known before the first period".to_owned()),
    }
    if sections
        .windows(2)
        .any(|pair| pair[0].first_period >= pair[1].first_period)
    {
        return refuse("exposures are not in the order of their periods".to_owned());
    }
    sections
        .iter()
        .try_for_each(|dated| dated.section.check(layout, returns.names()))
}

/// Squared residuals by name, as they come.
struct Residuals {
    squares: Vec<f64>,
    weights: Vec<f64>,
    counts: Vec<usize>,
}

impl Residuals {
    fn new(names: usize) -> Self {
        Self {
            squares: vec![0.0; names],
            weights: vec![0.0; names],
            counts: vec![0; names],
        }
    }

    fn add(&mut self, prepared: &Prepared, returns: &[f64], regression: &Regression, weight: f64) {
        for &name in &regression.names {
            let residual = returns[name] - prepared.fitted(name, &regression.factor_returns);
            self.squares[name] += weight * (residual * residual);
            self.weights[name] += weight;
            self.counts[name] += 1;
        }
    }
}

/// The names of the model, and the others.
fn sort_out(returns: Returns, least: usize, newest: &Prepared, residuals: &Residuals) -> (Vec<usize>, Vec<Unusable>) {
    let (mut rows, mut unusable) = (Vec::new(), Vec::new());
    for name in 0..returns.names() {
        let exposed = newest.is_exposed(name);
        let history: Vec<f64> = (0..returns.periods())
            .map(|period| returns.period(period)[name])
            .collect();
        let reason = if exposed {
            unusable_reason(&history, residuals.counts[name], least)
        } else {
            Some(Reason::NoExposure)
        };
        match reason {
            None => rows.push(name),
            Some(reason) => unusable.push(Unusable {
                name,
                reason,
                loadings: exposed.then(|| newest.row(name)),
            }),
        }
    }
    (rows, unusable)
}

/// Annual covariance of factor returns (T × k), weighted; mean of the weights is one.
fn covariance(factor_returns: &[f64], factors: usize, weights: &[f64], periods_per_year: f64) -> Vec<f64> {
    let periods = weights.len() as f64;
    let columns: Vec<Vec<f64>> = (0..factors)
        .map(|factor| {
            let series: Vec<f64> = factor_returns.iter().skip(factor).step_by(factors).copied().collect();
            let mean = dot(&series, weights) / periods;
            let centred = series
                .iter()
                .zip(weights)
                .map(|(value, weight)| (value - mean) * weight.sqrt());
            centred.collect()
        })
        .collect();
    let mut table = vec![0.0; factors * factors];
    for a in 0..factors {
        for b in 0..=a {
            let value = periods_per_year * dot(&columns[a], &columns[b]) / periods;
            table[a * factors + b] = value;
            table[b * factors + a] = value;
        }
    }
    table
}
