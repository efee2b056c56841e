//! Sums in one fixed order, chosen so that compilers vectorise it and errors grow with log n.
//!
//! The order: a slice of more than [`BLOCK`] values is cut at the largest multiple of `BLOCK` not above its middle (at
//! least one block) and the sums of both halves are added. A block is added in [`LANES`] running sums, value `k` going to lane
//! `k mod LANES`, the lanes then pairwise; what is left after the last full row of lanes follows one by one. Floating
//! addition is monotone in each argument, hence so is this sum: raising a value never lowers it.

/// Values added without a cut.
const BLOCK: usize = 128;
/// Running sums in a block.
const LANES: usize = 8;

/// The sum, zero for none. NaN if any value is.
pub fn sum(values: &[f64]) -> f64 {
    sum_of(values, |value| value)
}

/// The sum of `term(value)`, in the same order as [`sum`].
pub(crate) fn sum_of(values: &[f64], term: impl Fn(f64) -> f64 + Copy) -> f64 {
    if values.len() > BLOCK {
        let (left, right) = values.split_at(cut(values.len()));
        return sum_of(left, term) + sum_of(right, term);
    }
    let mut lanes = [0.0; LANES];
    let rows = values.chunks_exact(LANES);
    let rest = rows.remainder();
    for row in rows {
        for (lane, &value) in lanes.iter_mut().zip(row) {
            *lane += term(value);
        }
    }
    rest.iter().fold(join(lanes), |total, &value| total + term(value))
}

/// Σ aᵢ·bᵢ over the shorter length, in the same order as [`sum`]; each product is rounded before it is added.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    if length > BLOCK {
        let middle = cut(length);
        return dot(&a[..middle], &b[..middle]) + dot(&a[middle..], &b[middle..]);
    }
    let mut lanes = [0.0; LANES];
    let (rows_a, rows_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let (rest_a, rest_b) = (rows_a.remainder(), rows_b.remainder());
    for (row_a, row_b) in rows_a.zip(rows_b) {
        for ((lane, &left), &right) in lanes.iter_mut().zip(row_a).zip(row_b) {
            *lane += left * right;
        }
    }
    rest_a
        .iter()
        .zip(rest_b)
        .fold(join(lanes), |total, (&left, &right)| total + left * right)
}

/// The sum in the order given, compensated (Neumaier 1974): for short or irregular runs where a slice would have to be
/// built first. Zero for none; infinities and NaN pass through.
pub fn sum_iter(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        (total, lost) = added(total, lost, value);
    }
    compensated(total, lost)
}

/// The sums of the first value, the first two and so on, each compensated as in [`sum_iter`].
pub(crate) fn running_sums(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    let sum = |value: f64| {
        (total, lost) = added(total, lost, value);
        compensated(total, lost)
    };
    values.map(sum).collect()
}

/// One step of a compensated sum: the total with a value, and all that rounding has lost.
fn added(total: f64, lost: f64, value: f64) -> (f64, f64) {
    let next = total + value;
    let lost_now = if total.abs() >= value.abs() {
        (total - next) + value
    } else {
        (value - next) + total
    };
    (next, lost + lost_now)
}

fn compensated(total: f64, lost: f64) -> f64 {
    // An infinite total has no meaningful compensation: inf − inf would turn it into NaN.
    if total.is_finite() { total + lost } else { total }
}

fn cut(length: usize) -> usize {
    (length / 2 / BLOCK * BLOCK).max(BLOCK)
}

fn join(lanes: [f64; LANES]) -> f64 {
    let pairs = [
        lanes[0] + lanes[1],
        lanes[2] + lanes[3],
        lanes[4] + lanes[5],
        lanes[6] + lanes[7],
    ];
    (pairs[0] + pairs[1]) + (pairs[2] + pairs[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_add_exactly_at_every_length() {
        for length in 0..2000_u32 {
            let values: Vec<f64> = (1..=length).map(f64::from).collect();
            let expected = f64::from(length) * f64::from(length + 1) / 2.0;
            assert_eq!(sum(&values).to_bits(), expected.to_bits(), "{length}");
            assert_eq!(
                dot(&values, &vec![2.0; values.len()]).to_bits(),
                (2.0 * expected).to_bits(),
                "{length}"
            );
        }
    }

    #[test]
    fn the_order_is_the_documented_one() {
        // 257 values: 128 | 129, the latter 128 | 1. Written out with plain loops.
        let values: Vec<f64> = (0..257_u32).map(|k| 1.0 / f64::from(k + 3)).collect();
        let block = |from: usize| {
            let mut lanes = [0.0; 8];
            for k in 0..128 {
                lanes[k % 8] += values[from + k];
            }
            ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
        };
        let expected = block(0) + (block(128) + values[256]);
        assert_eq!(sum(&values).to_bits(), expected.to_bits());
    }

    #[test]
    fn a_million_tenths_stay_accurate() {
        let values = vec![0.1; 1_000_000];
        assert!((sum(&values) - 100_000.0).abs() < 1e-9);
    }

    #[test]
    fn compensation_keeps_what_a_large_term_would_swallow() {
        assert_eq!(
            sum_iter([1.0, 1e100, 1.0, -1e100].into_iter()).to_bits(),
            2.0_f64.to_bits()
        );
        assert_eq!(sum_iter(std::iter::empty()).to_bits(), 0.0_f64.to_bits());
        assert!(sum_iter([f64::INFINITY, 1.0].into_iter()).is_infinite());
    }

    #[test]
    fn missing_is_contagious() {
        assert!(sum(&[1.0, f64::NAN]).is_nan());
    }
}
