//! Total orders over rows by a chain of columns.

use std::cmp::Ordering;

/// Which end of a column is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preference {
    /// Larger values first.
    High,
    /// Smaller values first.
    Low,
}

/// One column of a tie chain: a value a row, NaN where missing.
#[derive(Debug, Clone, Copy)]
pub struct RankKey<'a> {
    /// The values, by row; rows past the end are missing.
    pub values: &'a [f64],
    /// Which end comes first.
    pub prefer: Preference,
}

impl RankKey<'_> {
    /// A number that sorts ascending as this column ranks: 0.0 and −0.0 alike, missing last in both directions.
    fn sort_key(&self, row: u32) -> u64 {
        const SIGN: u64 = 1 << 63;
        let value = self.values.get(row as usize).copied().unwrap_or(f64::NAN);
        if value.is_nan() {
            return u64::MAX;
        }
        let bits = (value + 0.0).to_bits();
        let ascending = if bits & SIGN == 0 { bits | SIGN } else { !bits };
        match self.prefer {
            Preference::Low => ascending,
            Preference::High => !ascending,
        }
    }
}

/// The rows of the first key's column, best first: by each key in turn, then by row. No keys, no rows.
pub fn order_by(keys: &[RankKey]) -> Vec<u32> {
    let rows = keys.first().map_or(0, |key| key.values.len());
    order_rows_by((0..rows as u32).collect(), keys)
}

/// The given rows, best first: by each key in turn, then by row, whatever order they came in.
pub fn order_rows_by(rows: Vec<u32>, keys: &[RankKey]) -> Vec<u32> {
    let Some((first, rest)) = keys.split_first() else {
        let mut rows = rows;
        rows.sort_unstable();
        return rows;
    };
    // Sorting integers settles nearly all rows; the other columns are only read where the first ties.
    let mut keyed: Vec<(u64, u32)> = rows.into_iter().map(|row| (first.sort_key(row), row)).collect();
    keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| chain(rest, a.1, b.1)).then(a.1.cmp(&b.1)));
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn chain(keys: &[RankKey], a: u32, b: u32) -> Ordering {
    keys.iter()
        .map(|key| key.sort_key(a).cmp(&key.sort_key(b)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn high(values: &[f64]) -> RankKey<'_> {
        RankKey {
            values,
            prefer: Preference::High,
        }
    }

    fn low(values: &[f64]) -> RankKey<'_> {
        RankKey {
            values,
            prefer: Preference::Low,
        }
    }

    #[test]
    fn missing_comes_last_in_both_directions() {
        let values = [1.0, f64::NAN, f64::INFINITY, -2.0, f64::NEG_INFINITY, -f64::NAN];
        assert_eq!(order_by(&[high(&values)]), [2, 0, 3, 4, 1, 5]);
        assert_eq!(order_by(&[low(&values)]), [4, 3, 0, 2, 1, 5]);
    }

    #[test]
    fn zeros_tie_whatever_their_sign() {
        assert_eq!(order_by(&[high(&[-0.0, 0.0, 1e-308, -1e-308])]), [2, 0, 1, 3]);
        assert_eq!(order_by(&[low(&[0.0, -0.0])]), [0, 1]);
    }

    #[test]
    fn ties_go_down_the_chain_then_by_row() {
        let score = [2.0, 3.0, 2.0, 2.0, 2.0];
        let weight = [0.1, 0.1, 0.4, f64::NAN, 0.1];
        let age = [5.0, 0.0, 0.0, 0.0, 4.0];
        assert_eq!(order_by(&[high(&score), high(&weight), low(&age)]), [1, 2, 4, 0, 3]);
        assert_eq!(order_by(&[high(&score), high(&weight)]), [1, 2, 0, 4, 3]);
        assert_eq!(order_by(&[]), Vec::<u32>::new());
    }

    #[test]
    fn a_subset_is_ordered_the_same_from_any_start() {
        let values = [5.0, 1.0, 5.0, 7.0];
        assert_eq!(order_rows_by(vec![2, 1, 0], &[high(&values)]), [0, 2, 1]);
        assert_eq!(order_rows_by(vec![3, 1], &[]), [1, 3]);
    }

    #[test]
    fn agrees_with_a_plain_comparison_sort() {
        let values: Vec<f64> = (0..5000_u32)
            .map(|k| f64::from(k.wrapping_mul(2_654_435_761) >> 24) - 128.0)
            .collect();
        let mut expected: Vec<u32> = (0..5000).collect();
        expected.sort_by(|&a, &b| values[b as usize].total_cmp(&values[a as usize]));
        assert_eq!(order_by(&[high(&values)]), expected);
    }
}
