//! Q0102 `sector-outlier`.

use std::collections::BTreeMap;

use divisor_model::TEXT_MISSING;
use divisor_numeric::median_and_deviation;
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0102",
    name: "sector-outlier",
    definition: "A ratio lies more than `deviations` robust standard deviations from the median of its sector in the \
                 snapshot: |x − median| ÷ (1.4826 × median of |x − median|). Sectors with fewer than `names` values, \
                 and those where more than half of the values are the same, are not judged. Only fields that the \
                 dataset or the engine declares as ratios are: amounts differ with the size of companies.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) deviations: f64,
    pub(crate) names: usize,
}

/// Positions of outliers with their distances in robust standard deviations, signed, by sector and then by position.
pub(crate) fn outliers(values: &[f64], sectors: &[u32], limits: &Limits) -> Vec<(usize, f64)> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, sector) in sectors.iter().enumerate() {
        if *sector != TEXT_MISSING && !values[at].is_nan() {
            members.entry(*sector).or_default().push(at);
        }
    }
    let mut found = Vec::new();
    for members in members.values().filter(|members| members.len() >= limits.names) {
        let mut scratch: Vec<f64> = members.iter().map(|at| values[*at]).collect();
        let (centre, deviation) = median_and_deviation(&mut scratch);
        if deviation > 0.0 {
            let scored = members.iter().map(|at| (*at, (values[*at] - centre) / deviation));
            found.extend(scored.filter(|(_, score)| score.abs() > limits.deviations));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_measured_within_the_sector() {
        // Sector 0: median 3, median deviation 1. The 9 is 6 ÷ 1.4826 = 4.047 away; in sector 1 it is ordinary.
        let values = [1.0, 2.0, 3.0, 4.0, 9.0, 8.0, 9.0, 10.0, f64::NAN];
        let sectors = [0, 0, 0, 0, 0, 1, 1, 1, 0];
        let limits = |deviations, names| Limits { deviations, names };
        let found = outliers(&values, &sectors, &limits(4.0, 3));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].0 == 4 && (found[0].1 - 4.046_938_501).abs() < 1e-6,
            "{found:?}"
        );
        assert!(outliers(&values, &sectors, &limits(4.05, 3)).is_empty());
        assert!(outliers(&values, &sectors, &limits(4.0, 6)).is_empty());
        assert!(outliers(&[5.0, 5.0, 5.0, 900.0], &[0; 4], &limits(4.0, 3)).is_empty());
    }
}
