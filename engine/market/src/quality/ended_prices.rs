//! Q0306 `ended-prices`.

use divisor_model::Day;
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0306",
    name: "ended-prices",
    definition: "A name of the snapshot had closes, but the last one is more than `days` calendar days older than the \
                 snapshot (in a run with price functions: than the cut-off, the closes being those of the windows). \
                 Trading was halted, the feed lost the name, or the snapshot holds one that is gone.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) days: Day,
}

/// How old the newest close is on a day, where that is beyond the limit.
pub(crate) fn age(newest: Option<Day>, on: Day, limits: &Limits) -> Option<Day> {
    newest.map(|newest| on - newest).filter(|age| *age > limits.days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_never_had_a_close_have_not_ended() {
        let limits = Limits { days: 10 };
        assert_eq!(age(Some(100), 111, &limits), Some(11));
        assert_eq!(age(Some(100), 110, &limits), None);
        assert_eq!(age(None, 110, &limits), None);
    }
}
