//! Q0202 `missing-in-sector`.

use std::collections::BTreeMap;

use divisor_model::TEXT_MISSING;
use divisor_numeric::{sum, sum_iter};
use serde::Deserialize;

use super::CheckInfo;
use super::missing_values::Share;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0202",
    name: "missing-in-sector",
    definition: "In a snapshot a column lacks values for names of more than `weight` of a sector's parent weight (a \
                 fraction), while over all sectors it lacks less than half of that limit: banks without debt figures, \
                 a vendor's feed without one industry. Sectors with fewer than `names` names are not judged.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) weight: f64,
    pub(crate) names: usize,
}

/// Names and weight of each sector, by code.
pub(crate) type Sectors = BTreeMap<u32, (usize, f64)>;

/// How many names each sector has and what they weigh; names without a sector are in none.
pub(crate) fn sizes(weight: &[f64], sectors: &[u32]) -> Sectors {
    let mut members: Vec<Vec<f64>> = Vec::new();
    for (sector, weight) in sectors.iter().zip(weight) {
        if *sector == TEXT_MISSING {
            continue;
        }
        let at = *sector as usize;
        if members.len() <= at {
            members.resize(at + 1, Vec::new());
        }
        members[at].push(*weight);
    }
    let numbered = members.iter().enumerate().filter(|(_, members)| !members.is_empty());
    numbered
        .map(|(sector, members)| (sector as u32, (members.len(), sum(members))))
        .collect()
}

/// The sectors that lack more than the limit where the whole lacks less than half of it, by code. `missing` are the
/// positions of the names without a value.
pub(crate) fn gaps(
    missing: &[usize],
    weight: &[f64],
    sectors: &[u32],
    sizes: &Sectors,
    limits: &Limits,
) -> Vec<(u32, Share)> {
    let whole = sum_iter(missing.iter().map(|at| weight[*at]));
    if missing.is_empty() || whole >= limits.weight / 2.0 {
        return Vec::new();
    }
    let mut lacking: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for at in missing {
        lacking.entry(sectors[*at]).or_default().push(weight[*at]);
    }
    let shares = lacking.iter().filter_map(|(sector, missing)| {
        let (of, weight) = sizes.get(sector).filter(|(of, _)| *of >= limits.names)?;
        let share = Share {
            names: missing.len(),
            of: *of,
            weight: sum(missing) / weight,
        };
        Some((*sector, share))
    });
    shares.filter(|(_, share)| share.weight > limits.weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sector_that_is_missing_while_the_rest_is_there() {
        let sectors = [0, 0, 0, 1, 1, 1, 1, 1];
        let weight = [0.1, 0.1, 0.05, 0.15, 0.15, 0.15, 0.15, 0.15];
        let sizes = sizes(&weight, &sectors);
        let gaps = |missing: &[usize], limits: &Limits| gaps(missing, &weight, &sectors, &sizes, limits);
        // 0.2 of 0.25 is 80% of sector 0 and 20% of the whole.
        let limits = |weight, names| Limits { weight, names };
        let found = gaps(&[0, 1], &limits(0.75, 3));
        assert!(
            found.len() == 1 && found[0].0 == 0 && (found[0].1.weight - 0.8).abs() < 1e-12,
            "{found:?}"
        );
        assert!(gaps(&[0, 1], &limits(0.85, 3)).is_empty());
        assert!(gaps(&[0, 1], &limits(0.75, 4)).is_empty());
        assert!(
            gaps(&[0, 1, 2, 3, 4, 5, 6, 7], &limits(0.75, 3)).is_empty(),
            "nothing special about a sector"
        );
    }
}
