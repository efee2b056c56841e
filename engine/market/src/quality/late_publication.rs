//! Q0401 `late-publication`.

use divisor_model::{Day, Period};
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0401",
    name: "late-publication",
    definition: "The first publication of a period became known more than `year_days` calendar days after the end of a \
                 fiscal year, or more than `part_days` after the end of a shorter period, the period having ended \
                 after the security first published anything: what a newcomer brings along is not late. Late filers, or figures \
                 loaded long after they were out. `data check` only: a review reads the newest publication of a \
                 period, not the first.",
    in_runs: false,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) year_days: Day,
    pub(crate) part_days: Day,
}

impl Limits {
    /// The limit of a kind of period, calendar days.
    pub(crate) fn days(&self, period: Period) -> Day {
        match period {
            Period::FiscalYear | Period::TrailingYear => self.year_days,
            Period::Half | Period::Quarter | Period::YearToDate => self.part_days,
        }
    }
}

/// Days from the end of a period to its first publication, where they are beyond the limit. `debut` is the day the
/// security first published anything.
pub(crate) fn delay(period: Period, period_end: Day, first_known: Day, debut: Day, limits: &Limits) -> Option<Day> {
    let days = first_known - period_end;
    (period_end > debut && days > limits.days(period)).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_have_more_time_than_quarters() {
        let limits = Limits {
            year_days: 200,
            part_days: 120,
        };
        assert_eq!(delay(Period::FiscalYear, 0, 200, -9, &limits), None);
        assert_eq!(delay(Period::FiscalYear, 0, 201, -9, &limits), Some(201));
        assert_eq!(delay(Period::Quarter, 0, 121, -9, &limits), Some(121));
        assert_eq!(delay(Period::Quarter, 0, 121, 0, &limits), None, "a newcomer's past");
    }
}
