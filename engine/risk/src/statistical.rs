//! Factors found in the returns alone.

use divisor_numeric::dot;
use divisor_numeric::linear::{Eigen, symmetric_eigen};

use crate::estimate::{Estimate, RiskError, Settings};
use crate::model::FactorModel;
use crate::report::{Definiteness, Report, explained};
use crate::returns::{Histories, Returns};
use crate::shrinkage::diagonal;

/// Eigenvalues below this share of the first are rounding.
const RANK: f64 = 1e-12;

/// How many principal components are factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Components {
    /// So many; more than the returns have is an error.
    Stated(usize),
    /// Those whose eigenvalue of the correlation matrix is above what n independent series over T periods would show,
    /// (1 + √(n ÷ T))² (Marchenko and Pastur 1967), T as the number of equally weighted periods; at least one.
    AboveNoise,
}

/// Principal components of the correlation matrix, so that no name counts more for being volatile: loadings are the name's
/// volatility times the component, and each name keeps its own sample variance, what factors leave of it being specific.
pub fn statistical(returns: Returns, settings: Settings, components: Components) -> Result<Estimate, RiskError> {
    let histories = Histories::new(returns, settings)?;
    let (names, periods) = (histories.names(), histories.periods);
    let variances = histories.variances();
    let standard: Vec<f64> = {
        let deviations: Vec<f64> = variances.iter().map(|value| value.sqrt()).collect();
        let values = histories.centred.iter().enumerate();
        values.map(|(place, value)| value / deviations[place % names]).collect()
    };
    let (values, vectors) = components_of(&standard, periods, names)?;
    let count = chosen(components, &values, names, histories.effective_periods)?;
    let year = returns.periods_per_year();
    let mut loadings = Vec::with_capacity(names * count);
    let mut specific = Vec::with_capacity(names);
    for (name, variance) in variances.iter().enumerate() {
        let mut left = 1.0;
        for (value, vector) in values.iter().zip(&vectors).take(count) {
            left -= value * (vector[name] * vector[name]);
            loadings.push(variance.sqrt() * vector[name]);
        }
        specific.push(year * variance * left.max(0.0));
    }
    let factors = (1..=count).map(|component| format!("component {component}")).collect();
    let omega: Vec<f64> = values[..count].iter().map(|value| year * value).collect();
    let model = FactorModel::new(factors, loadings, diagonal(&omega), specific)?;
    let report = Report {
        periods,
        effective_periods: histories.effective_periods,
        least_observations: histories.observations.iter().copied().min().unwrap_or(0),
        shrinkage: None,
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

/// Eigenvalues above rounding and eigenvectors (a name an entry) of `XᵀX` ÷ T, from the smaller of the two products.
fn components_of(x: &[f64], periods: usize, names: usize) -> Result<(Vec<f64>, Vec<Vec<f64>>), RiskError> {
    let by_period = periods <= names;
    let size = periods.min(names);
    let vectors: Vec<Vec<f64>> = if by_period {
        x.chunks_exact(names).map(<[f64]>::to_vec).collect()
    } else {
        (0..names)
            .map(|name| x.iter().skip(name).step_by(names).copied().collect())
            .collect()
    };
    let mut products = vec![0.0; size * size];
    for a in 0..size {
        for b in 0..=a {
            products[a * size + b] = dot(&vectors[a], &vectors[b]) / periods as f64;
        }
    }
    let eigen = symmetric_eigen(&products, size).ok_or(RiskError::Eigen)?;
    let rank = eigen
        .values
        .iter()
        .take_while(|value| **value > RANK * eigen.values[0])
        .count();
    let components = (0..rank).map(|k| {
        if by_period {
            along_names(&eigen, k, &vectors)
        } else {
            eigen.vector(k).to_vec()
        }
    });
    Ok((eigen.values[..rank].to_vec(), components.collect()))
}

/// The component of names that belongs to one of periods: Xᵀu at length one, its largest entry above zero.
fn along_names(eigen: &Eigen, k: usize, periods: &[Vec<f64>]) -> Vec<f64> {
    let mut component = vec![0.0; periods[0].len()];
    for (by, values) in eigen.vector(k).iter().zip(periods) {
        for (sum, value) in component.iter_mut().zip(values) {
            *sum += by * value;
        }
    }
    let length = dot(&component, &component).sqrt();
    let peak = component.iter().fold(
        0.0_f64,
        |peak, value| if value.abs() > peak.abs() { *value } else { peak },
    );
    let scale = if peak < 0.0 { -length } else { length };
    for value in &mut component {
        *value /= scale;
    }
    component
}

fn chosen(components: Components, values: &[f64], names: usize, periods: f64) -> Result<usize, RiskError> {
    match components {
        Components::Stated(count) if count > values.len() => Err(RiskError::Setting(format!(
            "{count} principal components are asked for, the returns have {}",
            values.len()
        ))),
        Components::Stated(count) => Ok(count),
        Components::AboveNoise => {
            let root = 1.0 + (names as f64 / periods).sqrt();
            Ok(values.iter().take_while(|value| **value > root * root).count().max(1))
        }
    }
}
