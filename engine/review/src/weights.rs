//! Uncapped weights before selection: what each name of the parent would weigh in proportion, NaN where the scheme
//! cannot tell.

use std::borrow::Cow;

use divisor_methodology::{
    Measure, MeasureMissing, Measures, Methodology, Objective, SignMeans, Tilt, TiltBase, TiltMap, WeightScheme,
};
use divisor_model::Diagnostic;
use divisor_numeric::{one_plus_z, sum_iter};

use crate::elementwise::Scope;
use crate::error::ReviewError;
use crate::scores::{apply, raise};

/// The raw weight of every name: any positive scale; NaN or 0 for names that cannot be weighted.
pub(crate) fn raw_weights(methodology: &Methodology, scope: &Scope<'_>) -> Result<Vec<f64>, ReviewError> {
    let parent = &scope.universe.parent_weight;
    Ok(match &methodology.weight.scheme {
        WeightScheme::Parent | WeightScheme::EqualExcess(_) => parent.clone(),
        WeightScheme::Optimised => optimised(methodology, scope),
        WeightScheme::Equal => vec![1.0; parent.len()],
        WeightScheme::Inverse { of, power } => {
            let values = scope.values(of.name());
            values.iter().map(|value| 1.0 / raised(*value, power.value)).collect()
        }
        WeightScheme::Proportional { of, power } => {
            let values = scope.values(of.name());
            values.iter().map(|value| raised(*value, power.value)).collect()
        }
        WeightScheme::Tilted { base, by } => tilted(*base, by, scope),
        WeightScheme::Measures(measures) => composite(methodology, measures, scope)?,
    })
}

/// The base times the factors.
fn tilted(base: TiltBase, by: &[Tilt], scope: &Scope<'_>) -> Vec<f64> {
    let mut weights = match base {
        TiltBase::Parent => scope.universe.parent_weight.clone(),
        TiltBase::Equal => vec![1.0; scope.universe.len()],
    };
    for tilt in by {
        let values = scope.values(tilt.of.name());
        if tilt.map == TiltMap::OnePlusZ && tilt.power.is_none() {
            let weights = weights.iter_mut().zip(values.iter());
            weights.for_each(|(weight, value)| *weight *= one_plus_z(*value));
            continue;
        }
        let mut factors = values.into_owned();
        apply(tilt.map, &mut factors);
        if let Some(power) = &tilt.power {
            raise(power.value, &mut factors);
        }
        let weights = weights.iter_mut().zip(&factors);
        weights.for_each(|(weight, factor)| *weight *= factor);
    }
    weights
}

/// Whom an optimisation chooses among: those with a target, with the exposure it maximises, else all with a weight in the
/// parent.
fn optimised(methodology: &Methodology, scope: &Scope<'_>) -> Vec<f64> {
    let parent = &scope.universe.parent_weight;
    match methodology.optimised.as_ref().map(|optimised| &optimised.objective) {
        Some(Objective::MinimumDistance { base, by, .. }) => tilted(*base, by, scope),
        Some(Objective::MaximumExposure { to, .. }) => {
            let values = scope.values(to.name());
            let weight = |(weight, value): (&f64, &f64)| if value.is_nan() { f64::NAN } else { *weight };
            parent.iter().zip(values.iter()).map(weight).collect()
        }
        _ => parent.clone(),
    }
}

/// A value above zero to a power; NaN for others, which weigh nothing.
fn raised(value: f64, power: f64) -> f64 {
    if value <= 0.0 {
        f64::NAN
    } else if power.to_bits() == 1_f64.to_bits() {
        value
    } else {
        libm::pow(value, power)
    }
}

/// The mean of a name's shares in the parent's totals, over the measures it has; times free float if stated.
fn composite(methodology: &Methodology, measures: &Measures, scope: &Scope<'_>) -> Result<Vec<f64>, ReviewError> {
    let names = scope.universe.len();
    let mut total = vec![0.0; names];
    let mut count = vec![0u32; names];
    for measure in &measures.of {
        let shares = shares(methodology, measure, scope)?;
        for at in 0..names {
            match (shares[at].is_nan(), measures.missing.value) {
                (false, _) => {
                    total[at] += shares[at];
                    count[at] += 1;
                }
                (true, MeasureMissing::AverageOthers) => {}
                (true, MeasureMissing::Zero) => count[at] += 1,
                (true, MeasureMissing::ExcludeSecurity) => total[at] = f64::NAN,
            }
        }
    }
    let average = |at: usize| {
        if count[at] == 0 {
            f64::NAN
        } else {
            total[at] / f64::from(count[at])
        }
    };
    let mut composite: Vec<f64> = (0..names).map(average).collect();
    if measures.float.value {
        let floats = scope
            .universe
            .number("free_float")
            .map_or_else(|| vec![1.0; names], Cow::into_owned);
        composite
            .iter_mut()
            .zip(floats)
            .for_each(|(weight, float)| *weight *= float);
    }
    Ok(composite)
}

/// A measure as shares of its total over the parent, zeros and negatives read as the rules say.
fn shares(methodology: &Methodology, measure: &Measure, scope: &Scope<'_>) -> Result<Vec<f64>, ReviewError> {
    let mut values = scope.values(measure.of.name()).into_owned();
    let names = values.len();
    let mut broken = Vec::new();
    for (at, value) in values.iter_mut().enumerate() {
        if *value < 0.0 {
            match measure.negative {
                SignMeans::Zero => *value = 0.0,
                SignMeans::Missing => *value = f64::NAN,
                SignMeans::Error => broken.push(at),
            }
        } else if value.abs() < f64::MIN_POSITIVE && measure.zero == SignMeans::Missing {
            *value = f64::NAN;
        }
    }
    if !broken.is_empty() {
        let ids = broken.iter().take(3).map(|at| {
            scope
                .universe
                .snapshot
                .panel()
                .securities()
                .id(scope.universe.security[*at])
        });
        let message = format!(
            "the measure `{}` is negative for {} of the {names} names of the snapshot {}: {}",
            measure.of.name(),
            broken.len(),
            scope.universe.snapshot.date(),
            ids.collect::<Vec<_>>().join(", ")
        );
        let help = format!(
            "say what that counts as: weight.measures.negative, line {}",
            methodology.weight.line
        );
        return Err(ReviewError::input(vec![Diagnostic::error("D0205", message).help(help)]));
    }
    let total = sum_iter(values.iter().copied().filter(|value| !value.is_nan()));
    Ok(values
        .iter()
        .map(|value| if total > 0.0 { value / total } else { f64::NAN })
        .collect())
}
