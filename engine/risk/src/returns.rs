//! Histories of returns, and what is made of them before any estimate.

use divisor_numeric::{dot, raised, sum};

use crate::estimate::{Reason, RiskError, Settings, Unusable};

/// Returns of names over periods of one length, oldest first; NaN where there is none.
#[derive(Debug, Clone, Copy)]
pub struct Returns<'a> {
    values: &'a [f64],
    names: usize,
    periods_per_year: f64,
}

impl<'a> Returns<'a> {
    /// `values` are T × n, a row a period; `periods_per_year` 252 for daily and 52 for weekly ones.
    pub fn new(values: &'a [f64], names: usize, periods_per_year: f64) -> Result<Self, RiskError> {
        if names == 0 || !values.len().is_multiple_of(names) {
            return Err(RiskError::Shape(format!(
                "{} returns are no rows of {names} names",
                values.len()
            )));
        }
        if !(periods_per_year > 0.0 && periods_per_year.is_finite()) {
            return Err(RiskError::Setting(format!(
                "{periods_per_year} periods a year make no sense"
            )));
        }
        match values.iter().position(|value| value.is_infinite()) {
            Some(place) => Err(RiskError::Return {
                name: place % names,
                period: place / names,
                value: values[place],
            }),
            None => Ok(Self {
                values,
                names,
                periods_per_year,
            }),
        }
    }

    /// Number of names, n.
    pub fn names(&self) -> usize {
        self.names
    }

    /// Number of periods, T.
    pub fn periods(&self) -> usize {
        self.values.len() / self.names
    }

    /// By what a variance of one period is multiplied.
    pub fn periods_per_year(&self) -> f64 {
        self.periods_per_year
    }

    /// All returns of a period.
    pub fn period(&self, period: usize) -> &'a [f64] {
        &self.values[period * self.names..(period + 1) * self.names]
    }
}

/// Weights of the periods, oldest first, that halve with every half-life into the past; their mean is one.
pub(crate) fn period_weights(periods: usize, half_life: Option<f64>) -> Vec<f64> {
    let Some(half_life) = half_life else {
        return vec![1.0; periods];
    };
    let ages = (0..periods).rev().map(|age| raised(0.5, age as f64 / half_life));
    let mut weights: Vec<f64> = ages.collect();
    let scale = periods as f64 / sum(&weights);
    for weight in &mut weights {
        *weight *= scale;
    }
    weights
}

/// (Σ w)² ÷ Σ w²: as how many equally weighted periods these count.
pub(crate) fn effective_periods(weights: &[f64]) -> f64 {
    let total = sum(weights);
    total * total / dot(weights, weights)
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), RiskError> {
        if self.least_observations < 2 {
            return Err(RiskError::Setting(
                "a variance needs two observations at least".to_owned(),
            ));
        }
        match self
            .half_life
            .filter(|half_life| !(*half_life > 0.0 && half_life.is_finite()))
        {
            Some(half_life) => Err(RiskError::Setting(format!(
                "a half-life of {half_life} periods makes no sense"
            ))),
            None => Ok(()),
        }
    }
}

/// Histories ready for products: `S = XᵀX ÷ T` is the covariance of one period.
///
/// Each name's returns are less their own (weighted) mean. A missing return counts as that mean, and the name's row is
/// scaled by √(T ÷ weight of its observations): variances are over what each name has, covariances are smaller by the
/// part of the time that two histories do not share, and S is positive semidefinite whatever is missing.
pub(crate) struct Histories {
    /// Names with a usable history, ascending.
    pub(crate) rows: Vec<usize>,
    pub(crate) unusable: Vec<Unusable>,
    /// T × m, a row a period.
    pub(crate) centred: Vec<f64>,
    pub(crate) periods: usize,
    /// Of each usable name.
    pub(crate) observations: Vec<usize>,
    pub(crate) effective_periods: f64,
}

impl Histories {
    pub(crate) fn new(returns: Returns, settings: Settings) -> Result<Self, RiskError> {
        settings.check()?;
        let periods = returns.periods();
        let weights = period_weights(periods, settings.half_life);
        let (mut rows, mut unusable, mut observations) = (Vec::new(), Vec::new(), Vec::new());
        let mut kept = Vec::new();
        for name in 0..returns.names() {
            let history: Vec<f64> = (0..periods).map(|period| returns.period(period)[name]).collect();
            let count = history.iter().filter(|value| !value.is_nan()).count();
            if let Some(reason) = unusable_reason(&history, count, settings.least_observations) {
                unusable.push(Unusable {
                    name,
                    reason,
                    loadings: None,
                });
                continue;
            }
            rows.push(name);
            observations.push(count);
            kept.push(centre(history, &weights));
        }
        if rows.is_empty() {
            return Err(RiskError::NoHistory {
                names: returns.names(),
                periods,
                least: settings.least_observations,
            });
        }
        let centred = (0..periods)
            .flat_map(|period| kept.iter().map(move |history| history[period]))
            .collect();
        Ok(Self {
            rows,
            unusable,
            centred,
            periods,
            observations,
            effective_periods: effective_periods(&weights),
        })
    }

    /// Number of usable names, m.
    pub(crate) fn names(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn period(&self, period: usize) -> &[f64] {
        let names = self.names();
        &self.centred[period * names..(period + 1) * names]
    }

    /// Σₜ x² ÷ T of each name.
    pub(crate) fn variances(&self) -> Vec<f64> {
        let (names, periods) = (self.names(), self.periods);
        let mut squares = Vec::with_capacity(periods);
        (0..names)
            .map(|name| {
                squares.clear();
                squares.extend((0..periods).map(|period| self.centred[period * names + name]));
                dot(&squares, &squares) / periods as f64
            })
            .collect()
    }
}

pub(crate) fn unusable_reason(history: &[f64], observations: usize, least: usize) -> Option<Reason> {
    if observations < least {
        return Some(Reason::Short { observations, least });
    }
    let mut present = history.iter().filter(|value| !value.is_nan());
    let first = present.next().copied().unwrap_or(f64::NAN);
    let varies = present.any(|value| (value - first).abs() > 0.0);
    (!varies).then_some(Reason::Constant)
}

/// Less the weighted mean of what is present, scaled by the roots of the period weights; zero where there is nothing.
fn centre(mut history: Vec<f64>, weights: &[f64]) -> Vec<f64> {
    let at = |value: f64, by: f64| if value.is_nan() { 0.0 } else { by };
    let seen: Vec<f64> = history
        .iter()
        .zip(weights)
        .map(|(value, weight)| at(*value, *weight))
        .collect();
    let total = sum(&seen);
    let products: Vec<f64> = history
        .iter()
        .zip(weights)
        .map(|(value, weight)| at(*value, value * weight))
        .collect();
    let mean = sum(&products) / total;
    let scale = history.len() as f64 / total;
    for (value, weight) in history.iter_mut().zip(weights) {
        *value = at(*value, (*value - mean) * (weight * scale).sqrt());
    }
    history
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = f64::NAN;

    #[test]
    fn variances_are_over_what_is_there() {
        // Second name: 0.1 and 0.3 of four periods, mean 0.2, variance 0.01. Third: too few. Fourth: constant.
        let values = [
            0.0, 0.1, NONE, 0.01, 0.2, NONE, NONE, 0.01, 0.0, 0.3, NONE, NONE, 0.2, NONE, 0.1, 0.01,
        ];
        let returns = Returns::new(&values, 4, 52.0).expect("valid");
        let settings = Settings {
            least_observations: 2,
            half_life: None,
        };
        let histories = Histories::new(returns, settings).expect("usable");
        assert_eq!(histories.rows, [0, 1]);
        assert_eq!(histories.observations, [4, 2]);
        let variances = histories.variances();
        assert!((variances[0] - 0.01).abs() < 1e-17 && (variances[1] - 0.01).abs() < 1e-17);
        let reasons: Vec<_> = histories.unusable.iter().map(|name| (name.name, name.reason)).collect();
        assert_eq!(
            reasons,
            [
                (
                    2,
                    Reason::Short {
                        observations: 1,
                        least: 2
                    }
                ),
                (3, Reason::Constant)
            ]
        );
    }

    #[test]
    fn a_half_life_halves() {
        let weights = period_weights(5, Some(2.0));
        assert!((weights[4] / weights[2] - 2.0).abs() < 1e-15);
        assert!((weights[4] / weights[0] - 4.0).abs() < 1e-15);
        assert!((sum(&weights) - 5.0).abs() < 1e-15);
        assert!(effective_periods(&weights) < 5.0);
        assert!((effective_periods(&[1.0; 7]) - 7.0).abs() < 1e-15);
    }

    #[test]
    fn what_is_refused() {
        assert!(Returns::new(&[0.1; 3], 2, 52.0).is_err());
        assert!(Returns::new(&[0.1; 4], 2, 0.0).is_err());
        let infinite = Returns::new(&[0.1, 0.2, f64::INFINITY, 0.1], 2, 52.0).expect_err("infinite");
        assert_eq!(infinite.to_string(), "the return of name 0 in period 1 is inf");
        let returns = Returns::new(&[NONE; 4], 2, 52.0).expect("valid");
        let settings = |least_observations, half_life| Settings {
            least_observations,
            half_life,
        };
        let error = |settings| Histories::new(returns, settings).err().expect("refused").to_string();
        assert!(error(settings(1, None)).contains("two observations"));
        assert!(error(settings(2, Some(0.0))).contains("half-life of 0 periods"));
        assert!(error(settings(2, None)).contains("no security of 2 has enough returns in 2 periods"));
    }
}
