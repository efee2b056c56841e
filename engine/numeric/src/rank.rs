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

/// The given rows, best first: by each key in turn, then by row, whatever order they came in.
pub fn order_rows_by(mut rows: Vec<u32>, keys: &[RankKey]) -> Vec<u32> {
    let exactly = |a: &u32, b: &u32| chain(keys, *a, *b).then(a.cmp(b));
    let dealt = match keys.first() {
        Some(first) if rows.len() >= DEALT_ROWS_MIN => deal(first, &rows),
        _ => None,
    };
    let Some(dealt) = dealt else {
        rows.sort_unstable_by(exactly);
        return rows;
    };
    let mut start = 0;
    for (at, placed) in dealt.iter().enumerate() {
        rows[at] = placed.row();
        // Rows at one place are mostly one; more are told apart by all they have.
        if dealt.get(at + 1).is_none_or(|next| next.place() != placed.place()) {
            if at > start {
                rows[start..=at].sort_unstable_by(exactly);
            }
            start = at + 1;
        }
    }
    rows
}

/// Fewer rows are not worth dealing.
const DEALT_ROWS_MIN: usize = 64;
/// Rows of a bucket that are put in order one by one.
const INSERTED_MAX: u32 = 32;

/// A row and where its value lies between the best and the worst, in units of the last bit: equal values lie at equal
/// places, and no better row at a later one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Placed(u64);

impl Placed {
    fn new(place: u32, row: u32) -> Self {
        Self(u64::from(place) << u32::BITS | u64::from(row))
    }

    fn place(self) -> u32 {
        (self.0 >> u32::BITS) as u32
    }

    fn row(self) -> u32 {
        self.0 as u32
    }
}

/// Rows in buckets of neighbouring places, the buckets in order. Rounding is monotone, so a better row is never at a later
/// place; missing rows share the last. Nothing where no straight line can place the values.
fn deal(key: &RankKey<'_>, rows: &[u32]) -> Option<Vec<Placed>> {
    const LAST: u32 = u32::MAX;
    let values: Vec<f64> = rows.iter().map(|row| key.value(*row)).collect();
    let (least, greatest) = range(&values);
    let scale = f64::from(LAST - 1) / (greatest - least);
    if !scale.is_finite() || scale <= 0.0 {
        return None;
    }
    let (from, scale) = match key.prefer {
        Preference::Low => (least, scale),
        Preference::High => (greatest, -scale),
    };
    let place = |value: f64| {
        // A cast takes NaN to zero.
        let place = ((value - from) * scale) as u32;
        if value.is_nan() { LAST } else { place.min(LAST - 1) }
    };
    let shift = (2 * rows.len()).next_power_of_two().leading_zeros() - (usize::BITS - u32::BITS) + 1;
    let mut ends = vec![0_u32; (LAST >> shift) as usize + 1];
    let placed = rows.iter().zip(&values);
    let placed: Vec<Placed> = placed.map(|(row, value)| Placed::new(place(*value), *row)).collect();
    for placed in &placed {
        ends[(placed.place() >> shift) as usize] += 1;
    }
    let (mut total, mut most) = (0, 0);
    for end in &mut ends {
        most = most.max(*end);
        (*end, total) = (total, total + *end);
    }
    // Starts become ends while the rows are put in their places.
    let mut dealt = vec![Placed::default(); rows.len()];
    for placed in placed {
        let at = &mut ends[(placed.place() >> shift) as usize];
        dealt[*at as usize] = placed;
        *at += 1;
    }
    if most > INSERTED_MAX {
        let mut start = 0;
        for end in ends {
            if end - start > INSERTED_MAX {
                dealt[start as usize..end as usize].sort_unstable();
            }
            start = end;
        }
    }
    insert(&mut dealt);
    Some(dealt)
}

/// Sorts what is nearly sorted.
fn insert(dealt: &mut [Placed]) {
    for at in 1..dealt.len() {
        let placed = dealt[at];
        let mut hole = at;
        while hole > 0 && placed < dealt[hole - 1] {
            dealt[hole] = dealt[hole - 1];
            hole -= 1;
        }
        dealt[hole] = placed;
    }
}

/// The least and the greatest of values; what is missing moves neither.
fn range(values: &[f64]) -> (f64, f64) {
    const LANES: usize = 8;
    let lesser = |a: f64, b: f64| if b < a { b } else { a };
    let greater = |a: f64, b: f64| if b > a { b } else { a };
    let (mut least, mut greatest) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let rows = values.chunks_exact(LANES);
    let rest = rows.remainder();
    for row in rows {
        for lane in 0..LANES {
            least[lane] = lesser(least[lane], row[lane]);
            greatest[lane] = greater(greatest[lane], row[lane]);
        }
    }
    let all = |lanes: [f64; LANES], better: fn(f64, f64) -> f64| {
        let lanes = lanes.into_iter().chain(rest.iter().copied());
        lanes.reduce(better).unwrap_or(f64::NAN)
    };
    (all(least, lesser), all(greatest, greater))
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

    /// All rows of the first key's column.
    fn order_by(keys: &[RankKey]) -> Vec<u32> {
        let rows = keys.first().map_or(0, |key| key.values.len());
        order_rows_by((0..rows as u32).collect(), keys)
    }

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
