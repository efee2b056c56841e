//! Columns of numbers in few bytes, without loss.
//!
//! Prices are decimal numbers that change little from day to day. A run of them is kept as integers, `value × 10^k`
//! for the smallest `k` that gives every value back bit for bit, and of these only the differences, in as many bytes
//! as the largest needs: three bytes a close instead of eight. What is not decimal stays as it is.

/// The powers of ten that are tried: prices have up to nine decimals.
const POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Integers below this are exact in an `f64`.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Forms of a packed run of numbers, beside the exponents from 0.
const RAW: u8 = 254;
const ALL_MISSING: u8 = 255;

/// Appends numbers to `out`; NaN is the missing one, whatever its bits.
pub(crate) fn pack_numbers(values: &[f64], out: &mut Vec<u8>) {
    if values.iter().all(|value| value.is_nan()) {
        out.push(ALL_MISSING);
        return;
    }
    let Some((exponent, integers)) = decimals(values) else {
        out.push(RAW);
        for value in values {
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        return;
    };
    out.push(exponent);
    let has_gaps = values.iter().any(|value| value.is_nan());
    out.push(u8::from(has_gaps));
    if has_gaps {
        for eight in values.chunks(8) {
            let bits = eight.iter().enumerate();
            out.push(bits.fold(0, |bits, (at, value)| bits | (u8::from(value.is_nan()) << at)));
        }
    }
    pack_integers(&integers, out);
}

/// Reads `count` numbers from where [`pack_numbers`] put them.
pub(crate) fn unpack_numbers(mut bytes: &[u8], count: usize, out: &mut Vec<f64>) {
    let form = take(&mut bytes, 1)[0];
    if form == ALL_MISSING {
        out.resize(out.len() + count, f64::NAN);
        return;
    }
    if form == RAW {
        out.extend(take(&mut bytes, 8 * count).chunks_exact(8).map(|value| {
            let bits = u64::from_le_bytes(low_bytes::<8>(value));
            f64::from_bits(bits)
        }));
        return;
    }
    let has_gaps = take(&mut bytes, 1)[0] != 0;
    let gaps = if has_gaps {
        take(&mut bytes, count.div_ceil(8))
    } else {
        &[]
    };
    let (start, power) = (out.len(), POWERS[usize::from(form)]);
    unpack_integers(bytes, count, |integer| out.push(integer as f64 / power));
    for (at, value) in out[start..].iter_mut().enumerate() {
        if gaps.get(at / 8).is_some_and(|bits| bits & (1 << (at % 8)) != 0) {
            *value = f64::NAN;
        }
    }
}

/// The numbers as integers over a power of ten, if that gives each of them back. A missing one repeats the one before.
fn decimals(values: &[f64]) -> Option<(u8, Vec<i64>)> {
    let mut integers = Vec::with_capacity(values.len());
    for (exponent, power) in POWERS.iter().enumerate() {
        integers.clear();
        let mut last = 0;
        for value in values {
            if !value.is_nan() {
                let scaled = (value * power).round();
                // From the integer, which knows no negative zero.
                let integer = scaled as i64;
                if scaled.abs() >= EXACT_MAX || (integer as f64 / power).to_bits() != value.to_bits() {
                    break;
                }
                last = integer;
            }
            integers.push(last);
        }
        if integers.len() == values.len() {
            return Some((exponent as u8, integers));
        }
    }
    None
}

/// Appends integers: the first, the width of a difference in bytes, the differences.
pub(crate) fn pack_integers(integers: &[i64], out: &mut Vec<u8>) {
    let Some(first) = integers.first() else { return };
    // Zigzag: small differences of either sign are small numbers.
    let difference = |pair: &[i64]| {
        let difference = pair[1] - pair[0];
        ((difference << 1) ^ (difference >> 63)) as u64
    };
    let largest = integers.windows(2).map(difference).max().unwrap_or(0);
    let width = (u64::BITS - largest.leading_zeros()).div_ceil(8) as usize;
    out.extend_from_slice(&first.to_le_bytes());
    out.push(width as u8);
    for pair in integers.windows(2) {
        out.extend_from_slice(&difference(pair).to_le_bytes()[..width]);
    }
}

/// Reads `count` integers from where [`pack_integers`] put them.
pub(crate) fn unpack_integers(mut bytes: &[u8], count: usize, mut push: impl FnMut(i64)) {
    if count == 0 {
        return;
    }
    let first = i64::from_le_bytes(low_bytes::<8>(take(&mut bytes, 8)));
    let width = usize::from(take(&mut bytes, 1)[0]);
    push(first);
    match width {
        0 => (1..count).for_each(|_| push(first)),
        1 => add_up::<1>(bytes, count - 1, first, push),
        2 => add_up::<2>(bytes, count - 1, first, push),
        3 => add_up::<3>(bytes, count - 1, first, push),
        4 => add_up::<4>(bytes, count - 1, first, push),
        5 => add_up::<5>(bytes, count - 1, first, push),
        6 => add_up::<6>(bytes, count - 1, first, push),
        7 => add_up::<7>(bytes, count - 1, first, push),
        _ => add_up::<8>(bytes, count - 1, first, push),
    }
}

/// Adds up `count` differences of `WIDTH` bytes: a function for each width, since a copy of known length is a load.
fn add_up<const WIDTH: usize>(bytes: &[u8], count: usize, first: i64, mut push: impl FnMut(i64)) {
    let mut value = first;
    for one in bytes[..count * WIDTH].chunks_exact(WIDTH) {
        let zigzag = u64::from_le_bytes(low_bytes::<WIDTH>(one));
        value += (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        push(value);
    }
}

fn low_bytes<const WIDTH: usize>(bytes: &[u8]) -> [u8; 8] {
    let mut low = [0; 8];
    low[..WIDTH].copy_from_slice(&bytes[..WIDTH]);
    low
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (head, tail) = bytes.split_at(count);
    *bytes = tail;
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(values: &[f64]) -> usize {
        let mut packed = vec![7; 3];
        pack_numbers(values, &mut packed);
        // What follows a run must not be read with it.
        let length = packed.len() - 3;
        packed.extend([0xff; 9]);
        let mut unpacked = Vec::new();
        unpack_numbers(&packed[3..], values.len(), &mut unpacked);
        let bits = |values: &[f64]| -> Vec<u64> {
            let one = |value: &f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
            values.iter().map(one).collect()
        };
        assert_eq!(bits(&unpacked), bits(values), "{values:?}");
        length
    }

    #[test]
    fn numbers_come_back_bit_for_bit() {
        let nan = f64::NAN;
        for values in [
            &[][..],
            &[nan],
            &[nan, nan, nan],
            &[0.1, 0.2, 0.3],
            &[1.0 / 3.0, 2.0, nan],
            &[-0.0, 0.0],
            &[
                nan,
                12.345_678,
                nan,
                12.345_679,
                nan,
                11.0,
                1e-9,
                nan,
                nan,
                400_000.123_456,
            ],
            &[9e15, -9e15, 1.0],
            &[f64::MAX, f64::MIN_POSITIVE, f64::INFINITY],
            &[5.0; 300],
        ] {
            round_trip(values);
        }
        // A walk whose steps need every width of a difference in turn.
        for step in 0..15 {
            let walk: Vec<f64> = (0..40)
                .map(|at| f64::from(at % 3) * 10f64.powi(step) * 0.25 + 7.0)
                .collect();
            round_trip(&walk);
        }
    }

    #[test]
    fn prices_need_three_bytes() {
        let mut price = 50.0;
        let closes: Vec<f64> = (0..261)
            .map(|day| {
                price *= 1.0 + 0.02 * f64::from((day * 37) % 11 - 5) / 5.0;
                (price * 1e6_f64).round() / 1e6
            })
            .collect();
        assert!(round_trip(&closes) <= 3 * closes.len() + 16);
        assert_eq!(round_trip(&[2.5; 500]), 11);
    }
}
