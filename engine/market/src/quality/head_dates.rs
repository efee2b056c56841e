//! Q0502 `head-dates`.

use divisor_model::Day;
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0502",
    name: "head-dates",
    definition: "`first` or `last` of dataset.toml is not the date of the first or last snapshot. Without --to a run \
                 ends with the last review effective on or before `last`. `data check` only: it is about no review.",
    in_runs: false,
};

/// It has no limits.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {}

/// The keys that disagree, with the day each should be.
pub(crate) fn disagreements(head: (Day, Day), snapshots: (Day, Day)) -> Vec<(&'static str, Day, Day)> {
    let ends = [("first", head.0, snapshots.0), ("last", head.1, snapshots.1)];
    ends.into_iter().filter(|(_, stated, found)| stated != found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_compared() {
        assert!(disagreements((1, 9), (1, 9)).is_empty());
        assert_eq!(disagreements((2, 9), (1, 8)), [("first", 2, 1), ("last", 9, 8)]);
    }
}
