//! Q0204 `price-coverage`.

use divisor_model::{Day, PriceSlice};
use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0204",
    name: "price-coverage",
    definition: "Names of more than `weight` of the parent weight (a fraction) have no close in the `days` calendar \
                 days up to the snapshot. A run counts back from the cut-off instead, for rulebooks with price \
                 functions, and looks no further back than their windows.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) weight: f64,
    pub(crate) days: Day,
}

/// The day of a name's newest close of either column.
pub(crate) fn newest_close(slice: &PriceSlice<'_>) -> Option<Day> {
    let has = |column: &[f64], at: usize| column.get(at).is_some_and(|value| !value.is_nan());
    let mut present = (0..slice.day.len())
        .rev()
        .filter(|at| has(slice.close, *at) || has(slice.close_total_return, *at));
    present.next().map(|at| slice.day[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_close_of_either_column_counts() {
        let slice = |from: usize| PriceSlice {
            day: &[10, 11, 12][from..],
            close: &[1.0, f64::NAN, f64::NAN][from..],
            close_total_return: &[1.0, 2.0, f64::NAN][from..],
            volume: &[],
        };
        assert_eq!(newest_close(&slice(0)), Some(11));
        assert_eq!(newest_close(&slice(1)), Some(11));
        assert_eq!(newest_close(&slice(2)), None);
    }
}
