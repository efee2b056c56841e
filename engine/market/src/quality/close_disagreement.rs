//! Q0307 `close-disagreement`.

use divisor_model::Day;
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0307",
    name: "close-disagreement",
    definition: "From one row to the next, both with both closes, the simple returns of close and close_total_return \
                 differ by more than `points` (a fraction: 0.1 is 10 percentage points): a dividend of that size, or \
                 a split that one column is adjusted for and the other is not.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) points: f64,
}

/// Two rows whose returns differ: their days, and total return less price return.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    pub(crate) from: Day,
    pub(crate) day: Day,
    pub(crate) points: f64,
}

/// The consecutive rows whose two returns differ by more than the limit.
pub(crate) fn differences(days: &[Day], close: &[f64], total: &[f64], limits: &Limits) -> Vec<Difference> {
    let rows = days.len().min(close.len()).min(total.len());
    let mut found = Vec::new();
    for at in 1..rows {
        let points = total[at] / total[at - 1] - close[at] / close[at - 1];
        // Missing closes make it missing, which is not above anything.
        if points.abs() > limits.points {
            found.push(Difference {
                from: days[at - 1],
                day: days[at],
                points,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_may_differ_by_a_dividend() {
        let days = [1, 2, 3, 4];
        let close = [10.0, 9.5, 4.75, f64::NAN];
        let total = [20.0, 20.0, 20.0, 20.0];
        // A dividend of 5%, then a split that only the total return is adjusted for.
        let found = differences(&days, &close, &total, &Limits { points: 0.1 });
        let expected = Difference {
            from: 2,
            day: 3,
            points: 0.5,
        };
        assert_eq!(found, [expected]);
        assert!(differences(&days, &close, &[], &Limits { points: 0.1 }).is_empty());
    }
}
