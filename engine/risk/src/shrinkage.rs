//! Sample covariance, shrunk.
//!
//! Everything is computed from products between periods or sums over them: no n × n table is ever made unless there are
//! fewer names than periods.

use divisor_numeric::linear::symmetric_eigen;
use divisor_numeric::{dot, sum, sum_iter};

use crate::estimate::{Estimate, RiskError, Settings};
use crate::model::FactorModel;
use crate::report::{Definiteness, Report, explained};
use crate::returns::{Histories, Returns};

/// Towards what the sample covariance is shrunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The mean variance on the diagonal and nothing beside it: Ledoit and Wolf, "A well-conditioned estimator for
    /// large-dimensional covariance matrices", 2004.
    ScaledIdentity,
    /// The names' own variances with the mean correlation everywhere: Ledoit and Wolf, "Honey, I shrunk the sample covariance
    /// matrix", 2003. A mean correlation below zero is taken as zero.
    ConstantCorrelation,
}

/// The shrunk covariance `(1 − δ) S + δ · target`, δ chosen from the data by the formulas of the papers, as a factor model
/// without any approximation: the sample part has the centred returns of the T periods as loadings (or, with fewer names
/// than periods, all its principal components), the target is one factor at most and specific variance.
///
/// Variances divide by T. With missing returns T stays, see the rule of the crate. A window in which the sample covariance is the
/// target already (one name) gives δ = 1.
pub fn shrinkage(returns: Returns, settings: Settings, target: Target) -> Result<Estimate, RiskError> {
    let histories = Histories::new(returns, settings)?;
    let sample = Sample::new(&histories);
    let parts = match target {
        Target::ScaledIdentity => sample.towards_identity(),
        Target::ConstantCorrelation => sample.towards_constant_correlation(&histories),
    };
    let model = factor_model(&histories, &parts, returns.periods_per_year())?;
    let report = Report {
        periods: histories.periods,
        effective_periods: histories.effective_periods,
        least_observations: histories.observations.iter().copied().min().unwrap_or(0),
        shrinkage: Some(parts.intensity),
        explained: explained(&model),
        dependent: 0,
        definiteness: Definiteness::of(&model),
    };
    Ok(Estimate {
        rows: histories.rows,
        model,
        unusable: histories.unusable,
        report,
    })
}

/// δ and the target, of one period.
struct Shrunk {
    intensity: f64,
    /// Loadings of the target's factor, if it has one, and the variance of that factor.
    common: Option<(Vec<f64>, f64)>,
    /// The rest of the target's diagonal.
    own: Vec<f64>,
}

/// What both formulas need of the sample covariance S.
struct Sample {
    periods: f64,
    /// The diagonal of S.
    variances: Vec<f64>,
    /// Σ S².
    squares: f64,
    /// Σₜ (Σᵢ x²)² ÷ T.
    fourth: f64,
}

impl Sample {
    fn new(histories: &Histories) -> Self {
        let periods = histories.periods as f64;
        let lengths: Vec<f64> = (0..histories.periods)
            .map(|period| dot(histories.period(period), histories.period(period)))
            .collect();
        // Σ S² over names is Σ (x·y)² ÷ T² over periods: the smaller table is made.
        let squares = if histories.periods <= histories.names() {
            let products = (0..histories.periods).map(|a| {
                let beside = (0..a).map(|b| dot(histories.period(a), histories.period(b)));
                2.0 * sum_iter(beside.map(|value| value * value)) + lengths[a] * lengths[a]
            });
            sum_iter(products) / (periods * periods)
        } else {
            let table = covariance(histories);
            dot(&table, &table)
        };
        Self {
            periods,
            variances: histories.variances(),
            squares,
            fourth: dot(&lengths, &lengths) / periods,
        }
    }

    /// Lemma 3.2 to 3.4 and (14) of Ledoit and Wolf 2004, norms without their division by n.
    fn towards_identity(&self) -> Shrunk {
        let names = self.variances.len() as f64;
        let mean = sum(&self.variances) / names;
        let distance = self.squares - names * mean * mean;
        let noise = (self.fourth - self.squares) / self.periods;
        Shrunk {
            intensity: ratio(noise, distance),
            common: None,
            own: vec![mean; self.variances.len()],
        }
    }

    /// Appendix B of Ledoit and Wolf 2003: δ = (π − ρ) ÷ γ ÷ T.
    fn towards_constant_correlation(&self, histories: &Histories) -> Shrunk {
        let (names, periods) = (self.variances.len(), self.periods);
        let deviations: Vec<f64> = self.variances.iter().map(|value| value.sqrt()).collect();
        let inverse: Vec<f64> = deviations.iter().map(|value| 1.0 / value).collect();
        let (mut standard, mut scaled, mut cubes) = (Vec::new(), Vec::new(), Vec::new());
        for period in 0..histories.periods {
            let x = histories.period(period);
            standard.push(dot(x, &inverse));
            scaled.push(dot(x, &deviations));
            let third: Vec<f64> = x.iter().map(|value| value * value * value).collect();
            cubes.push(dot(&third, &inverse));
        }
        let own_squares = dot(&self.variances, &self.variances);
        // Σ σᵢ σⱼ sᵢⱼ and Σ sᵢⱼ ÷ σᵢ σⱼ over all pairs, a name with itself included.
        let weighted = dot(&scaled, &scaled) / periods;
        let correlations = dot(&standard, &standard) / periods;
        let pairs = (names * names.saturating_sub(1)) as f64;
        let correlation = ((correlations - names as f64) / pairs.max(1.0)).max(0.0);
        let own_noise = sum_iter(histories.centred.iter().map(|x| x * x * (x * x))) / periods - own_squares;
        let noise = self.fourth - self.squares;
        let shared = own_noise + correlation * (dot(&cubes, &scaled) / periods - weighted - own_noise);
        let total = sum(&self.variances);
        let distance = correlation * correlation * (total * total - own_squares)
            - 2.0 * correlation * (weighted - own_squares)
            + (self.squares - own_squares);
        Shrunk {
            intensity: ratio((noise - shared) / periods, distance),
            common: (correlation > 0.0).then_some((deviations, correlation)),
            own: self.variances.iter().map(|value| (1.0 - correlation) * value).collect(),
        }
    }
}

/// Noise over distance, between 0 and 1; 1 where there is no distance.
fn ratio(noise: f64, distance: f64) -> f64 {
    if distance > 0.0 {
        (noise / distance).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

/// S, m × m.
pub(crate) fn covariance(histories: &Histories) -> Vec<f64> {
    let (names, periods) = (histories.names(), histories.periods);
    let columns: Vec<Vec<f64>> = (0..names)
        .map(|name| {
            (0..periods)
                .map(|period| histories.centred[period * names + name])
                .collect()
        })
        .collect();
    let mut table = vec![0.0; names * names];
    for a in 0..names {
        for b in 0..=a {
            let value = dot(&columns[a], &columns[b]) / periods as f64;
            table[a * names + b] = value;
            table[b * names + a] = value;
        }
    }
    table
}

fn factor_model(histories: &Histories, parts: &Shrunk, periods_per_year: f64) -> Result<FactorModel, RiskError> {
    let kept = 1.0 - parts.intensity;
    let mut factors = sample_factors(histories, kept * periods_per_year)?;
    if let Some((loadings, correlation)) = &parts.common {
        factors.labels.push("constant correlation".to_owned());
        factors.loadings.extend(loadings);
        factors.variances.push(parts.intensity * correlation * periods_per_year);
    }
    let names = histories.names();
    let by_name = |name| factors.loadings.iter().skip(name).step_by(names).copied();
    let loadings = (0..names).flat_map(by_name).collect();
    let specific = parts
        .own
        .iter()
        .map(|own| parts.intensity * own * periods_per_year)
        .collect();
    Ok(FactorModel::new(
        factors.labels,
        loadings,
        diagonal(&factors.variances),
        specific,
    )?)
}

/// Factors that do not move together.
#[derive(Default)]
struct Factors {
    labels: Vec<String>,
    /// A row a factor.
    loadings: Vec<f64>,
    variances: Vec<f64>,
}

/// What makes up `scale` × S.
fn sample_factors(histories: &Histories, scale: f64) -> Result<Factors, RiskError> {
    let (names, periods) = (histories.names(), histories.periods);
    if scale <= 0.0 {
        return Ok(Factors::default());
    }
    if periods <= names {
        return Ok(Factors {
            labels: (1..=periods).map(|period| format!("period {period}")).collect(),
            loadings: histories.centred.clone(),
            variances: vec![scale / periods as f64; periods],
        });
    }
    let eigen = symmetric_eigen(&covariance(histories), names).ok_or(RiskError::Eigen)?;
    Ok(Factors {
        labels: (1..=names).map(|component| format!("component {component}")).collect(),
        variances: eigen.values.iter().map(|value| scale * value.max(0.0)).collect(),
        loadings: eigen.vectors,
    })
}

/// A diagonal matrix.
pub(crate) fn diagonal(values: &[f64]) -> Vec<f64> {
    let size = values.len();
    let mut matrix = vec![0.0; size * size];
    for (k, value) in values.iter().enumerate() {
        matrix[k * size + k] = *value;
    }
    matrix
}
