//! Q0305 `stale-price-date`.

use divisor_model::{DAY_MISSING, Day};
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0305",
    name: "stale-price-date",
    definition: "Prices of a snapshot are of a `price_date` more than `days` calendar days before the snapshot, or say \
                 no date where `price_date` is there: one finding a snapshot, with the names and the oldest. A \
                 `price_date` after the snapshot is found too: such a price was not known then.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) days: Day,
}

/// What is wrong with a price's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    Old,
    Undated,
    Later,
}

/// Judges the date of one price.
pub(crate) fn judge(price_date: Day, snapshot: Day, limits: &Limits) -> Option<Wrong> {
    if price_date == DAY_MISSING {
        return Some(Wrong::Undated);
    }
    if price_date > snapshot {
        return Some(Wrong::Later);
    }
    (snapshot - price_date > limits.days).then_some(Wrong::Old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_may_be_a_few_days_old() {
        let limits = Limits { days: 5 };
        let judged = [95, 94, 101, DAY_MISSING].map(|day| judge(day, 100, &limits));
        assert_eq!(
            judged,
            [None, Some(Wrong::Old), Some(Wrong::Later), Some(Wrong::Undated)]
        );
    }
}
