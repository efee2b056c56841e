//! Q0402 `period-gap`.

use divisor_model::{Day, Period};
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0402",
    name: "period-gap",
    definition: "Two consecutive fiscal years a security has publications of end more than `year_days` calendar days \
                 apart, or two consecutive quarters more than `quarter_days`: a period between them is missing. `data \
                 check` only: inside a review's windows such a gap is a missing value, which `missing-values` counts.",
    in_runs: false,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) year_days: Day,
    pub(crate) quarter_days: Day,
}

/// Days between the ends of two consecutive periods, where a period is missing between them. Half years and years to
/// date are not judged.
pub(crate) fn gap(period: Period, end: Day, next_end: Day, limits: &Limits) -> Option<Day> {
    let limit = match period {
        Period::FiscalYear => limits.year_days,
        Period::Quarter => limits.quarter_days,
        _ => return None,
    };
    (next_end - end > limit).then_some(next_end - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_year_or_quarter_is_a_gap() {
        let limits = Limits {
            year_days: 550,
            quarter_days: 140,
        };
        assert_eq!(gap(Period::FiscalYear, 0, 731, &limits), Some(731));
        assert_eq!(gap(Period::FiscalYear, 0, 371, &limits), None);
        assert_eq!(gap(Period::Quarter, 0, 182, &limits), Some(182));
        assert_eq!(gap(Period::YearToDate, 0, 999, &limits), None);
    }
}
