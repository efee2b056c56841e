//! Q0205 `figures-coverage`.

use divisor_model::{Day, Fundamentals, Period, SecurityIndex};
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0205",
    name: "figures-coverage",
    definition: "Names of more than `weight` of the parent weight (a fraction) have no publication in `fundamentals`, of \
                 any period, known by the snapshot and at most `days` calendar days old. `data check` only: a rulebook \
                 needs some figures and not others, and `missing-values` judges its history functions one by one.",
    in_runs: false,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) weight: f64,
    pub(crate) days: Day,
}

/// Whether a security has a recent publication that stands.
pub(crate) fn is_covered(table: &Fundamentals, security: SecurityIndex, on: Day, limits: &Limits) -> bool {
    let recent = |period: Period| {
        let mut all = table.publications(security, period, on);
        all.any(|publication| !publication.is_withdrawn && on - publication.known_on <= limits.days)
    };
    Period::ALL.into_iter().any(recent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use divisor_model::FundamentalsBuilder;

    #[test]
    fn publications_count_while_they_are_young() {
        let mut builder = FundamentalsBuilder::new(["eps"]);
        builder.push(0, Period::FiscalYear, (0, 365), 400, false);
        builder.values("eps").expect("a field").push(1.0);
        builder.push(1, Period::FiscalYear, (0, 365), 400, true);
        builder.values("eps").expect("a field").push(f64::NAN);
        let table = builder.finish(2);
        let limits = Limits { weight: 0.2, days: 500 };
        let covered = |security, on| is_covered(&table, security, on, &limits);
        assert!(!covered(0, 399) && covered(0, 400) && covered(0, 900) && !covered(0, 901));
        assert!(!covered(1, 500), "withdrawn");
    }
}
