//! Q0506 `fx-disagreement`.

use std::collections::BTreeMap;

use divisor_model::TEXT_MISSING;
use divisor_numeric::median;
use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0506",
    name: "fx-disagreement",
    definition: "In one snapshot a name's `fx` differs by more than `fraction` from the median rate of the names in the \
                 same currency: there is one rate a currency and day.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fraction: f64,
}

/// The median rate of each currency, by code.
pub(crate) fn rates(rates: &[f64], currencies: &[u32]) -> BTreeMap<u32, f64> {
    let mut of: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (currency, rate) in currencies.iter().zip(rates) {
        if *currency != TEXT_MISSING && !rate.is_nan() {
            of.entry(*currency).or_default().push(*rate);
        }
    }
    of.into_iter()
        .map(|(currency, mut rates)| (currency, median(&mut rates)))
        .collect()
}

/// Rate ÷ median rate, where it is beyond the limit.
pub(crate) fn odd(rate: f64, usual: f64, limits: &Limits) -> Option<f64> {
    let ratio = rate / usual;
    (ratio > 0.0 && distance(ratio) > 1.0 + limits.fraction).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rate_a_currency() {
        let found = rates(&[1.5, 1.5, 3.0, 1.0, f64::NAN], &[7, 7, 7, 9, 9]);
        assert_eq!(found, BTreeMap::from([(7, 1.5), (9, 1.0)]));
        let limits = Limits { fraction: 0.01 };
        assert_eq!(odd(3.0, 1.5, &limits), Some(2.0));
        assert_eq!(odd(1.51, 1.5, &limits), None);
    }
}
