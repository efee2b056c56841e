//! Exposures of one date, and the regression of one period's returns on them.

use divisor_numeric::linear::Factor;
use divisor_numeric::{Deviation, stdev, sum, weighted_mean};

use crate::estimate::RiskError;

/// Standardised styles are cut here.
const STYLE_LIMIT: f64 = 3.0;

/// The factors of a fundamental model, in this order: the market (exposure one), the groups of each axis (exposure one or
/// zero), the styles.
///
/// In every period the factor returns of an axis, weighted by the market value of its groups, sum to zero: the market factor is
/// then the return of the market, and a group's factor what the group did beyond it. The restriction is exact, since the
/// largest group's return is not estimated but follows from the others. A group without names in a period has a return of zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Name of each axis ("sector") and of its groups.
    pub axes: Vec<(String, Vec<String>)>,
    /// Names of the styles.
    pub styles: Vec<String>,
}

/// What names were at one date, by row of the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossSection {
    /// Market value; NaN or not above zero for names that were not there.
    pub market_values: Vec<f64>,
    /// For each axis, the group of each name.
    pub groups: Vec<Vec<Option<u32>>>,
    /// For each style, its raw value, NaN where missing. Standardised here over the names with a market value: less the mean
    /// weighted by market value (so that the market has none of it), over the population standard deviation, cut at ±3.
    /// Missing values become zero, the market's.
    pub styles: Vec<Vec<f64>>,
}

impl Layout {
    /// Number of factors, k.
    pub fn factors(&self) -> usize {
        1 + self.axes.iter().map(|(_, groups)| groups.len()).sum::<usize>() + self.styles.len()
    }

    /// `market`, `sector Energy`, …, the styles.
    pub fn factor_names(&self) -> Vec<String> {
        let groups = self
            .axes
            .iter()
            .flat_map(|(axis, groups)| groups.iter().map(move |group| format!("{axis} {group}")));
        std::iter::once("market".to_owned())
            .chain(groups)
            .chain(self.styles.iter().cloned())
            .collect()
    }

    /// First factor of each axis, and of the styles.
    fn offsets(&self) -> Vec<usize> {
        let mut offsets = vec![1];
        for (_, groups) in &self.axes {
            offsets.push(offsets[offsets.len() - 1] + groups.len());
        }
        offsets
    }
}

impl CrossSection {
    pub(crate) fn check(&self, layout: &Layout, names: usize) -> Result<(), RiskError> {
        let lengths = std::iter::once(self.market_values.len())
            .chain(self.groups.iter().map(Vec::len))
            .chain(self.styles.iter().map(Vec::len));
        let tables = self.groups.len() == layout.axes.len() && self.styles.len() == layout.styles.len();
        if !tables || lengths.into_iter().any(|length| length != names) {
            return Err(RiskError::Shape(format!(
                "exposures are not those of {names} names and their factors"
            )));
        }
        for ((axis, known), groups) in layout.axes.iter().zip(&self.groups) {
            if groups.iter().flatten().any(|&group| group as usize >= known.len()) {
                return Err(RiskError::Shape(format!("a group of {axis} is out of range")));
            }
        }
        match self
            .styles
            .iter()
            .position(|values| values.iter().any(|value| value.is_infinite()))
        {
            Some(style) => Err(RiskError::Shape(format!(
                "style `{}` has an infinite value",
                layout.styles[style]
            ))),
            None => Ok(()),
        }
    }
}

/// Exposures ready for regressions: of each name the factors it has, mostly few.
pub(crate) struct Prepared {
    factors: usize,
    market_values: Vec<f64>,
    /// Market and groups; empty for names that cannot be exposed.
    dummies: Vec<Vec<usize>>,
    first_style: usize,
    /// By name, then style.
    styles: Vec<Vec<f64>>,
}

impl Prepared {
    pub(crate) fn new(layout: &Layout, section: &CrossSection) -> Self {
        let offsets = layout.offsets();
        let names = section.market_values.len();
        let dummies = (0..names).map(|name| {
            let there = section.market_values[name] > 0.0 && section.market_values[name].is_finite();
            let groups: Option<Vec<usize>> = section
                .groups
                .iter()
                .zip(&offsets)
                .map(|(groups, offset)| groups[name].map(|group| offset + group as usize))
                .collect();
            let groups = groups.filter(|_| there);
            groups.map_or_else(Vec::new, |groups| std::iter::once(0).chain(groups).collect())
        });
        let dummies: Vec<Vec<usize>> = dummies.collect();
        let styles: Vec<Vec<f64>> = section
            .styles
            .iter()
            .map(|values| standardised(values, &section.market_values, &dummies))
            .collect();
        Self {
            factors: layout.factors(),
            market_values: section.market_values.clone(),
            styles: (0..names)
                .map(|name| styles.iter().map(|values| values[name]).collect())
                .collect(),
            dummies,
            first_style: offsets[offsets.len() - 1],
        }
    }

    pub(crate) fn is_exposed(&self, name: usize) -> bool {
        !self.dummies[name].is_empty()
    }

    /// All exposures of a name.
    pub(crate) fn row(&self, name: usize) -> Vec<f64> {
        let mut row = vec![0.0; self.factors];
        for (factor, exposure) in self.exposures(name) {
            row[factor] = exposure;
        }
        row
    }

    pub(crate) fn fitted(&self, name: usize, factor_returns: &[f64]) -> f64 {
        self.exposures(name)
            .map(|(factor, exposure)| exposure * factor_returns[factor])
            .sum()
    }

    /// Factors and exposures of a name, in the order of the factors.
    fn exposures(&self, name: usize) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
        let dummies = self.dummies[name].iter().map(|&factor| (factor, 1.0));
        let styles = self.styles[name]
            .iter()
            .enumerate()
            .map(|(style, &value)| (self.first_style + style, value));
        dummies.chain(styles)
    }
}

fn standardised(values: &[f64], market_values: &[f64], dummies: &[Vec<usize>]) -> Vec<f64> {
    let there: Vec<usize> = (0..values.len())
        .filter(|&name| !dummies[name].is_empty() && !values[name].is_nan())
        .collect();
    let present: Vec<f64> = there.iter().map(|&name| values[name]).collect();
    let weights: Vec<f64> = there.iter().map(|&name| market_values[name]).collect();
    let (centre, deviation) = (
        weighted_mean(&present, &weights),
        stdev(&present, Deviation::Population),
    );
    let mut result = vec![0.0; values.len()];
    if deviation > 0.0 {
        for name in there {
            result[name] = ((values[name] - centre) / deviation).clamp(-STYLE_LIMIT, STYLE_LIMIT);
        }
    }
    result
}

/// The factor returns of one period.
pub(crate) struct Regression {
    /// Names that took part, ascending.
    pub(crate) names: Vec<usize>,
    /// k of them.
    pub(crate) factor_returns: Vec<f64>,
    /// Factors that follow from others in this period and got a return of zero.
    pub(crate) dependent: usize,
}

impl Regression {
    /// None if no name has both a return and exposures.
    pub(crate) fn of(layout: &Layout, prepared: &Prepared, returns: &[f64]) -> Option<Self> {
        let names: Vec<usize> = (0..returns.len())
            .filter(|&name| prepared.is_exposed(name) && !returns[name].is_nan())
            .collect();
        if names.is_empty() {
            return None;
        }
        let free = free_columns(layout, prepared, &names);
        let (products, first) = normal_equations(prepared, &names, returns);
        let (factor, scale) = reduced(&products, layout.factors(), &free);
        let mut factor_returns = vec![0.0; layout.factors()];
        step(&factor, &scale, &free, &first, &mut factor_returns);
        // What the first solution left of the returns is regressed again, which takes back its rounding.
        let left: Vec<f64> = (0..returns.len())
            .map(|name| {
                if prepared.is_exposed(name) {
                    returns[name] - prepared.fitted(name, &factor_returns)
                } else {
                    0.0
                }
            })
            .collect();
        let (_, second) = normal_equations(prepared, &names, &left);
        step(&factor, &scale, &free, &second, &mut factor_returns);
        Some(Self {
            names,
            factor_returns,
            dependent: factor.dependent().len(),
        })
    }
}

/// A coefficient that is estimated: one factor, and by how much the restriction moves the largest group of its axis.
struct FreeColumn {
    factor: usize,
    restricted: Option<(usize, f64)>,
}

fn free_columns(layout: &Layout, prepared: &Prepared, names: &[usize]) -> Vec<FreeColumn> {
    let whole = |factor| FreeColumn {
        factor,
        restricted: None,
    };
    let mut columns = vec![whole(0)];
    let offsets = layout.offsets();
    for (axis, pair) in offsets.windows(2).enumerate() {
        let mut members: Vec<Vec<f64>> = vec![Vec::new(); pair[1] - pair[0]];
        for &name in names {
            members[prepared.dummies[name][axis + 1] - pair[0]].push(prepared.market_values[name]);
        }
        let weights: Vec<f64> = members.iter().map(|values| sum(values)).collect();
        let largest = (0..weights.len()).fold(
            0,
            |best, group| if weights[group] > weights[best] { group } else { best },
        );
        let others = (0..weights.len()).filter(|&group| group != largest && weights[group] > 0.0);
        columns.extend(others.map(|group| FreeColumn {
            factor: pair[0] + group,
            restricted: Some((pair[0] + largest, -weights[group] / weights[largest])),
        }));
    }
    columns.extend((offsets[offsets.len() - 1]..layout.factors()).map(whole));
    columns
}

/// `XᵀVX` (k × k) and `XᵀVy`, V = √ market value. Names one after another; each touches only the factors it has.
fn normal_equations(prepared: &Prepared, names: &[usize], returns: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let size = prepared.factors;
    let (mut products, mut right) = (vec![0.0; size * size], vec![0.0; size]);
    for &name in names {
        let weight = prepared.market_values[name].sqrt();
        for (a, exposure) in prepared.exposures(name) {
            let weighted = weight * exposure;
            right[a] += weighted * returns[name];
            for (b, other) in prepared.exposures(name) {
                products[a * size + b] += weighted * other;
            }
        }
    }
    (products, right)
}

/// The equations of the free coefficients, scaled to a diagonal of one; and the scale.
fn reduced(products: &[f64], factors: usize, free: &[FreeColumn]) -> (Factor, Vec<f64>) {
    let entry = |a: usize, b: usize| products[a * factors + b];
    let with = |a: usize, column: &FreeColumn| {
        entry(a, column.factor) + column.restricted.map_or(0.0, |(other, by)| by * entry(a, other))
    };
    let size = free.len();
    let mut matrix = vec![0.0; size * size];
    for (row, a) in free.iter().enumerate() {
        for (place, b) in free.iter().enumerate().take(row + 1) {
            let value = with(a.factor, b) + a.restricted.map_or(0.0, |(other, by)| by * with(other, b));
            matrix[row * size + place] = value;
            matrix[place * size + row] = value;
        }
    }
    let root = |value: f64| if value > 0.0 { 1.0 / value.sqrt() } else { 0.0 };
    let scale: Vec<f64> = (0..size).map(|k| root(matrix[k * size + k])).collect();
    for (place, value) in matrix.iter_mut().enumerate() {
        *value *= scale[place / size] * scale[place % size];
    }
    (Factor::new(matrix, size), scale)
}

/// Adds the solution for a right-hand side to the factor returns.
fn step(factor: &Factor, scale: &[f64], free: &[FreeColumn], right: &[f64], factor_returns: &mut [f64]) {
    let restricted = |column: &FreeColumn| column.restricted.map_or(0.0, |(other, by)| by * right[other]);
    let reduced: Vec<f64> = free
        .iter()
        .zip(scale)
        .map(|(column, scale)| scale * (right[column.factor] + restricted(column)))
        .collect();
    for ((column, scale), value) in free.iter().zip(scale).zip(factor.solve(reduced)) {
        let value = scale * value;
        factor_returns[column.factor] += value;
        if let Some((other, by)) = column.restricted {
            factor_returns[other] += by * value;
        }
    }
}
