//! Daily closes and volumes, point in time.

use crate::{Day, SecurityIndex};

/// Daily rows of all securities, sorted by security and day. A column that was not landed is empty. The columns are
/// private: there is no way to a price but through a cut-off.
#[derive(Debug, Default)]
pub struct Prices {
    offsets: Vec<usize>,
    day: Vec<Day>,
    close: Vec<f64>,
    close_total_return: Vec<f64>,
    volume: Vec<f64>,
}

/// The rows of one security up to a cut-off. Columns that were not landed are empty; missing values are NaN.
#[derive(Debug, Clone, Copy)]
pub struct PriceSlice<'a> {
    /// Days, ascending.
    pub day: &'a [Day],
    /// Split-adjusted close in the security's currency.
    pub close: &'a [f64],
    /// The same with dividends reinvested.
    pub close_total_return: &'a [f64],
    /// Shares traded, on the split basis of `close`.
    pub volume: &'a [f64],
}

impl Prices {
    /// Joins landed columns, sorted by security and day; `offsets` has the start of each security's rows and the end.
    ///
    /// # Panics
    /// If a landed column has another length than `day`: a fault of the reader.
    pub fn new(
        offsets: Vec<usize>,
        day: Vec<Day>,
        close: Vec<f64>,
        close_total_return: Vec<f64>,
        volume: Vec<f64>,
    ) -> Self {
        for column in [&close, &close_total_return, &volume] {
            assert!(
                column.is_empty() || column.len() == day.len(),
                "a price column has another length"
            );
        }
        Self {
            offsets,
            day,
            close,
            close_total_return,
            volume,
        }
    }

    /// How many rows were landed.
    pub fn len(&self) -> usize {
        self.day.len()
    }

    /// Whether no row was landed.
    pub fn is_empty(&self) -> bool {
        self.day.is_empty()
    }

    /// The rows of a security dated on or before the cut-off.
    pub fn until(&self, security: SecurityIndex, cutoff: Day) -> PriceSlice<'_> {
        let at = security as usize;
        let (start, end) = match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(start), Some(end)) => (*start, *end),
            _ => (0, 0),
        };
        let end = start + self.day[start..end].partition_point(|day| *day <= cutoff);
        let cut = |column: &'_ [f64]| if column.is_empty() { 0..0 } else { start..end };
        PriceSlice {
            day: &self.day[start..end],
            close: &self.close[cut(&self.close)],
            close_total_return: &self.close_total_return[cut(&self.close_total_return)],
            volume: &self.volume[cut(&self.volume)],
        }
    }
}

impl PriceSlice<'_> {
    /// The last present value of `column` on or before `day` and at most `days_max` calendar days older, with its day.
    /// `column` is one of this slice's.
    pub fn value_at(&self, column: &[f64], day: Day, days_max: Day) -> Option<(Day, f64)> {
        if column.is_empty() {
            return None;
        }
        let end = self.day.partition_point(|seen| *seen <= day);
        let recent = (0..end).rev().take_while(|at| self.day[*at] >= day - days_max);
        recent
            .map(|at| (self.day[at], column[at]))
            .find(|(_, value)| !value.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_the_last_present_one_not_too_old() {
        let prices = Prices::new(
            vec![0, 0, 4],
            vec![10, 11, 12, 40],
            vec![1.0, 2.0, f64::NAN, 4.0],
            Vec::new(),
            Vec::new(),
        );
        let slice = prices.until(1, 39);
        assert_eq!(slice.day, [10, 11, 12]);
        assert_eq!(slice.value_at(slice.close, 15, 10), Some((11, 2.0)));
        assert_eq!(slice.value_at(slice.close, 21, 10), Some((11, 2.0)));
        assert_eq!(slice.value_at(slice.close, 22, 10), None);
        assert_eq!(slice.value_at(slice.close_total_return, 15, 10), None);
        assert!(prices.until(0, 100).day.is_empty());
    }
}
