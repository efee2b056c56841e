//! Q0202 `missing-in-sector`.

use std::collections::BTreeMap;

use divisor_model::TEXT_MISSING;
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

/// The sectors that lack more than the limit where the whole lacks less than half of it, by code.
pub(crate) fn gaps(missing: &[bool], weight: &[f64], sectors: &[u32], limits: &Limits) -> Vec<(u32, Share)> {
    let whole = Share::of(missing, weight, 0..missing.len());
    if whole.names == 0 || whole.weight >= limits.weight / 2.0 {
        return Vec::new();
    }
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, sector) in sectors
        .iter()
        .enumerate()
        .filter(|(_, sector)| **sector != TEXT_MISSING)
    {
        members.entry(*sector).or_default().push(at);
    }
    let large = members.iter().filter(|(_, members)| members.len() >= limits.names);
    let shares = large.map(|(sector, members)| (*sector, Share::of(missing, weight, members.iter().copied())));
    shares.filter(|(_, share)| share.weight > limits.weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sector_that_is_missing_while_the_rest_is_there() {
        let sectors = [0, 0, 0, 1, 1, 1, 1, 1];
        let weight = [0.1, 0.1, 0.05, 0.15, 0.15, 0.15, 0.15, 0.15];
        let missing = [true, true, false, false, false, false, false, false];
        // 0.2 of 0.25 is 80% of sector 0 and 20% of the whole.
        let limits = |weight, names| Limits { weight, names };
        let found = gaps(&missing, &weight, &sectors, &limits(0.75, 3));
        assert!(
            found.len() == 1 && found[0].0 == 0 && (found[0].1.weight - 0.8).abs() < 1e-12,
            "{found:?}"
        );
        assert!(gaps(&missing, &weight, &sectors, &limits(0.85, 3)).is_empty());
        assert!(gaps(&missing, &weight, &sectors, &limits(0.75, 4)).is_empty());
        assert!(
            gaps(&[true; 8], &weight, &sectors, &limits(0.75, 3)).is_empty(),
            "nothing special about a sector"
        );
    }
}
