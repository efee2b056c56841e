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
    fn value(&self, row: u32) -> f64 {
        self.values.get(row as usize).copied().unwrap_or(f64::NAN)
    }

    /// A number that sorts ascending as this column ranks: 0.0 and −0.0 alike, missing last in both directions.
    fn sort_key(&self, row: u32) -> u64 {
        const SIGN: u64 = 1 << 63;
        let value = self.value(row);
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
pub fn order_rows_by(mut rows: Vec<u32>, keys: &[RankKey]) -> Vec<u32> {
    let Some((first, others)) = keys.split_first() else {
        rows.sort_unstable();
        return rows;
    };
    let order = |a: &Keyed, b: &Keyed| {
        a.key
            .cmp(&b.key)
            .then_with(|| chain(others, a.row, b.row))
            .then(a.row.cmp(&b.row))
    };
    let (mut keyed, ends) = deal(first, &rows);
    let mut start = 0;
    for end in ends {
        let bucket = &mut keyed[start..end as usize];
        start = end as usize;
        match bucket {
            [] | [_] => {}
            [a, b] => {
                if order(a, b).is_gt() {
                    std::mem::swap(a, b);
                }
            }
            _ => bucket.sort_unstable_by(order),
        }
    }
    keyed[start..].sort_unstable_by(order);
    for (row, keyed) in rows.iter_mut().zip(keyed) {
        *row = keyed.row;
    }
    rows
}

/// A row with its sort key by the first column.
#[derive(Clone, Copy, Default)]
struct Keyed {
    key: u64,
    row: u32,
}

/// Fewer rows are not worth dealing.
const DEALT_ROWS_MIN: usize = 64;

/// Deals rows into buckets by where their value lies between the least and the greatest, and says where each ends.
/// Rounding is monotone, so a better row is never in a later bucket; missing rows share the last. No buckets where no
/// straight line can place the values.
fn deal(key: &RankKey<'_>, rows: &[u32]) -> (Vec<Keyed>, Vec<u32>) {
    let keyed = |row: u32| Keyed {
        key: key.sort_key(row),
        row,
    };
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for row in rows {
        // A missing value moves neither.
        least = least.min(key.value(*row));
        greatest = greatest.max(key.value(*row));
    }
    let count = rows.len();
    let scale = count as f64 / (greatest - least);
    if count < DEALT_ROWS_MIN || !scale.is_finite() || scale <= 0.0 {
        return (rows.iter().map(|row| keyed(*row)).collect(), Vec::new());
    }
    let last = count + 1;
    let bucket = |row: &u32| {
        let value = key.value(*row);
        let beyond = match key.prefer {
            Preference::Low => value - least,
            Preference::High => greatest - value,
        };
        // A cast takes NaN to zero.
        if value.is_nan() {
            last
        } else {
            ((beyond * scale) as usize).min(last - 1)
        }
    };
    let places: Vec<u32> = rows.iter().map(|row| bucket(row) as u32).collect();
    let mut ends = vec![0_u32; last + 1];
    for place in &places {
        ends[*place as usize] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        (*end, total) = (total, total + *end);
    }
    // Starts become ends while the rows are put in their places.
    let mut dealt = vec![Keyed::default(); count];
    for (row, place) in rows.iter().zip(places) {
        let at = &mut ends[place as usize];
        dealt[*at as usize] = keyed(*row);
        *at += 1;
    }
    (dealt, ends)
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

    #[test]
    fn dealing_into_buckets_changes_no_order() {
        // Heavy tails, ties, zeros of both signs, infinities and gaps, in sizes around the least that is dealt.
        let value = |k: u32| match k.wrapping_mul(2_654_435_761) % 16 {
            0 => f64::NAN,
            1 => 0.0,
            2 => -0.0,
            3 => 1.5,
            n => (f64::from(k.wrapping_mul(40_503) % 1000) - 500.0).powi(n as i32 % 5),
        };
        for size in [0, 1, 63, 64, 65, 500, 3000] {
            for with_infinities in [false, true] {
                let mut values: Vec<f64> = (0..size).map(value).collect();
                if with_infinities && size > 10 {
                    values[3] = f64::INFINITY;
                    values[7] = f64::NEG_INFINITY;
                }
                let tie: Vec<f64> = (0..size).map(|k| f64::from(k % 7)).collect();
                for first in [high(&values), low(&values)] {
                    let keys = [first, low(&tie)];
                    let mut expected: Vec<u32> = (0..size).collect();
                    expected.sort_by(|a, b| chain(&keys, *a, *b).then(a.cmp(b)));
                    assert_eq!(order_by(&keys), expected, "{size}");
                }
            }
        }
    }
}
