//! Q0303 `reused-ticker`.

use divisor_model::Day;
use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0303",
    name: "reused-ticker",
    definition: "The closes of a security pause for more than `days` calendar days and then go on at more than `factor` \
                 times the last one, or less than one `factor`-th of it: the id may have passed to another company.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) days: Day,
    pub(crate) factor: f64,
}

/// Whether a step over a pause of so many days looks like another company.
pub(crate) fn is_another(pause_days: Day, ratio: f64, limits: &Limits) -> bool {
    pause_days > limits.days && distance(ratio) > limits.factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_and_another_price_together() {
        let limits = Limits { days: 30, factor: 1.5 };
        assert!(is_another(31, 0.6, &limits) && is_another(400, 20.0, &limits));
        assert!(!is_another(30, 20.0, &limits) && !is_another(400, 1.4, &limits));
    }
}
