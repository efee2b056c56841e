//! Q0501 `snapshot-gap`.

use divisor_model::Day;
use divisor_numeric::median;
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0501",
    name: "snapshot-gap",
    definition: "Two consecutive snapshots are more than `days` calendar days apart and more than `times` the median \
                 distance of the dataset's snapshots: reviews in between use old data. `data check` only: a review \
                 reads its own snapshot and says how old it is; `review.max_age` limits that.",
    in_runs: false,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) days: Day,
    pub(crate) times: f64,
}

/// Positions of the snapshots that follow a gap, with its days.
pub(crate) fn gaps(dates: &[Day], limits: &Limits) -> Vec<(usize, Day)> {
    let distances: Vec<Day> = dates.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual = median(&mut distances.iter().map(|days| f64::from(*days)).collect::<Vec<f64>>());
    let numbered = distances.into_iter().enumerate();
    numbered
        .filter(|(_, days)| *days > limits.days && f64::from(*days) > limits.times * usual)
        .map(|(at, days)| (at + 1, days))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_long_and_unusual() {
        let limits = Limits { days: 100, times: 2.0 };
        assert_eq!(gaps(&[0, 30, 60, 270, 300], &limits), [(3, 210)]);
        assert!(
            gaps(&[0, 182, 365, 547], &limits).is_empty(),
            "half years are this dataset's way"
        );
        assert!(gaps(&[0, 10, 20, 100], &limits).is_empty());
        assert!(gaps(&[5], &limits).is_empty());
    }
}
