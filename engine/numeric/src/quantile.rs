//! Quantiles, with ranks from integers.

use divisor_model::Fraction;

/// How a quantile is read off the ascending values. On 1…20 the 5% and 95% points are 1.95 and 19.05 or 1 and 19.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuantileMethod {
    /// Between the values at ranks ⌊h⌋ and ⌊h⌋+1 (from zero) with h = (n − 1)·p: Hyndman and Fan's definition 7.
    Linear,
    /// The value ranked ⌈p·n⌉ ascending from one, at least the first: always a value that occurs.
    OrderStatistic,
    /// Between neighbours with the value ranked i (from one) at (i − ½)/n, the ends beyond: definition 5. 1.5 and 19.5.
    Hazen,
    /// Between neighbours with the value ranked i (from one) at i/(n + 1), the ends beyond: definition 6. 1.05 and 19.95.
    Weibull,
}

/// Where a quantile lies: the rank from zero, and how far towards the next value.
struct Place {
    rank: usize,
    beyond: f64,
}

impl Place {
    /// Of `length` values, not zero. Fractions above one mean the last.
    fn new(length: usize, p: Fraction, method: QuantileMethod) -> Self {
        let last = length - 1;
        match method {
            QuantileMethod::OrderStatistic => Self {
                rank: p.ceil_of(length).saturating_sub(1).min(last),
                beyond: 0.0,
            },
            QuantileMethod::Linear if !p.at_most_one() => Self {
                rank: last,
                beyond: 0.0,
            },
            QuantileMethod::Hazen => {
                // h = n·p − ½ from zero, over twice the denominator.
                let (top, over) = (
                    2 * u128::from(p.numerator) * length as u128,
                    2 * u128::from(p.denominator),
                );
                Self::between(top, u128::from(p.denominator), over, last)
            }
            QuantileMethod::Weibull => {
                // h = (n + 1)·p − 1 from zero.
                let (top, over) = (
                    u128::from(p.numerator) * (length as u128 + 1),
                    u128::from(p.denominator),
                );
                Self::between(top, over, over, last)
            }
            QuantileMethod::Linear => {
                let above = u128::from(p.numerator) * last as u128 % u128::from(p.denominator);
                Self {
                    rank: p.floor_of(last),
                    beyond: above as f64 / p.denominator as f64,
                }
            }
        }
    }
}

impl Place {
    /// (`top` − `less`) ÷ `over`, within the ranks there are: exact, since all are integers.
    fn between(top: u128, less: u128, over: u128, last: usize) -> Self {
        let at = top.saturating_sub(less);
        let rank = usize::try_from(at / over).unwrap_or(last);
        if rank >= last {
            return Self {
                rank: last,
                beyond: 0.0,
            };
        }
        Self {
            rank,
            beyond: (at % over) as f64 / over as f64,
        }
    }
}

/// The `p` quantile of values without NaN, reordering `scratch`. NaN for none.
pub fn quantile(scratch: &mut [f64], p: Fraction, method: QuantileMethod) -> f64 {
    if scratch.is_empty() {
        return f64::NAN;
    }
    let place = Place::new(scratch.len(), p, method);
    select(scratch, &place)
}

/// The `low` and `high` quantiles of values without NaN: the numbers that [`quantile`] gives, cheaper where both lie far
/// out. `low` above `high` is allowed; `scratch` is memory to work in.
pub fn quantiles(
    values: &[f64],
    (low, high): (Fraction, Fraction),
    method: QuantileMethod,
    scratch: &mut Vec<f64>,
) -> (f64, f64) {
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let low = Place::new(values.len(), low, method);
    let high = Place::new(values.len(), high, method);
    in_tails(values, &low, &high, scratch).unwrap_or_else(|| {
        scratch.clear();
        scratch.extend_from_slice(values);
        (select(scratch, &low), select(scratch, &high))
    })
}

/// Fewer values are not worth a sample.
const SAMPLED_MIN: usize = 512;
/// Values in a sample.
const SAMPLE: usize = 128;
/// One over the share of the values that a tail may have.
const TAIL: usize = 8;

/// The same by the tails alone: a sample tells about where they begin, one pass collects them, and the places are looked
/// for in what little that is. Nothing where the places lie further in, or the sample misled.
fn in_tails(values: &[f64], low: &Place, high: &Place, scratch: &mut Vec<f64>) -> Option<(f64, f64)> {
    let count = values.len();
    let above = count - 1 - high.rank;
    if count < SAMPLED_MIN || low.rank.max(above) > count / TAIL {
        return None;
    }
    let mut sample: Vec<f64> = values.iter().step_by(count / SAMPLE).copied().collect();
    sample.sort_unstable_by(f64::total_cmp);
    // So far out that hardly ever fewer values lie beyond than are needed.
    let far_out = |beyond: usize| {
        let expected = (beyond + 1) * sample.len() / count;
        expected + 3 * expected.isqrt() + 2
    };
    let (least, greatest) = (sample[far_out(low.rank)], sample[sample.len() - 1 - far_out(above)]);
    if least >= greatest {
        return None;
    }
    if scratch.len() < count {
        scratch.resize(count, 0.0);
    }
    // One tail grows from the front and one from the back, without a branch: what is in neither is written over.
    let (mut front, mut back) = (0, count);
    for value in values {
        scratch[front] = *value;
        scratch[back - 1] = *value;
        front += usize::from(*value <= least);
        back -= usize::from(*value >= greatest);
    }
    // The value behind the lower place takes part too.
    if front < low.rank + 2 || back > high.rank {
        return None;
    }
    let above = Place {
        rank: high.rank - back,
        beyond: high.beyond,
    };
    Some((
        select(&mut scratch[..front], low),
        select(&mut scratch[back..count], &above),
    ))
}

/// The value at a place.
fn select(scratch: &mut [f64], place: &Place) -> f64 {
    let (_, &mut value, above) = scratch.select_nth_unstable_by(place.rank, f64::total_cmp);
    if place.beyond <= 0.0 {
        return value;
    }
    match above.iter().copied().min_by(f64::total_cmp) {
        Some(next) if next > value => value + place.beyond * (next - value),
        // Equal neighbours are returned as they are: no rounding, and no inf − inf.
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Fraction = Fraction::new(5, 100);
    const NINETY_FIVE: Fraction = Fraction::new(95, 100);

    fn shuffled(length: u32) -> Vec<f64> {
        // 7 is coprime to the lengths used here, so this visits every number once.
        (0..length).map(|k| f64::from(k * 7 % length) + 1.0).collect()
    }

    fn pair(values: &[f64], low: Fraction, high: Fraction, method: QuantileMethod) -> (f64, f64) {
        quantiles(values, (low, high), method, &mut Vec::new())
    }

    #[test]
    fn one_to_twenty_at_five_and_ninety_five_percent() {
        let (low, high) = pair(&shuffled(20), FIVE, NINETY_FIVE, QuantileMethod::Linear);
        assert!(
            (low - 1.95).abs() < 1e-14 && (high - 19.05).abs() < 1e-14,
            "{low} {high}"
        );
        let ends = pair(&shuffled(20), FIVE, NINETY_FIVE, QuantileMethod::OrderStatistic);
        assert_eq!(ends, (1.0, 19.0));
        for (method, expected) in [
            (QuantileMethod::Hazen, (1.5, 19.5)),
            (QuantileMethod::Weibull, (1.05, 19.95)),
        ] {
            let (low, high) = pair(&shuffled(20), FIVE, NINETY_FIVE, method);
            assert!(
                (low - expected.0).abs() < 1e-14 && (high - expected.1).abs() < 1e-14,
                "{method:?} {low} {high}"
            );
        }
    }

    #[test]
    fn ranks_are_exact_where_floats_are_not() {
        // 0.07 × 100 is 7.000000000000001 in floats, whose ceiling would be 8.
        let seven = quantile(
            &mut shuffled(100),
            Fraction::new(7, 100),
            QuantileMethod::OrderStatistic,
        );
        assert_eq!(seven.to_bits(), 7.0_f64.to_bits());
        // h = 100 × 0.29 is 28.999999999999996 in floats.
        let exact = quantile(&mut shuffled(101), Fraction::new(29, 100), QuantileMethod::Linear);
        assert_eq!(exact.to_bits(), 30.0_f64.to_bits());
    }

    #[test]
    fn the_pair_equals_two_single_ones() {
        for length in [1_u32, 2, 3, 5, 8, 20, 101, 997] {
            for method in [
                QuantileMethod::Linear,
                QuantileMethod::OrderStatistic,
                QuantileMethod::Hazen,
                QuantileMethod::Weibull,
            ] {
                for (low, high) in [(0, 100), (5, 95), (50, 50), (33, 34), (90, 10), (100, 100), (120, 0)] {
                    let (low, high) = (Fraction::new(low, 100), Fraction::new(high, 100));
                    let values = shuffled(length);
                    let both = pair(&values, low, high, method);
                    let single = (
                        quantile(&mut values.clone(), low, method),
                        quantile(&mut values.clone(), high, method),
                    );
                    assert_eq!(both, single, "{length} {method:?} {low} {high}");
                }
            }
        }
    }

    /// Values that mislead the sample, repeat, or have no middle, against the whole column put in order.
    #[test]
    fn tails_give_what_the_whole_column_gives() {
        let draw = |k: u32| f64::from(k.wrapping_mul(2_654_435_761) >> 12) / 1000.0;
        let columns: [Vec<f64>; 6] = [
            (0..10_000).map(draw).collect(),
            (0..10_000).map(|k| draw(k).exp2().min(1e300)).collect(),
            (0..5_000).map(|k| draw(k).floor() % 3.0).collect(),
            // Every value that the sample sees is far above the others.
            (0..5_120)
                .map(|k| if k % 40 == 0 { 1e9 + draw(k) } else { draw(k) })
                .collect(),
            (0..600).map(|k| if k % 2 == 0 { 0.0 } else { -0.0 }).collect(),
            (0..511).map(draw).collect(),
        ];
        let mut scratch = Vec::new();
        for values in columns {
            for (low, high) in [
                (0, 1000),
                (1, 999),
                (50, 950),
                (5, 900),
                (125, 875),
                (120, 880),
                (500, 990),
            ] {
                let (low, high) = (Fraction::new(low, 1000), Fraction::new(high, 1000));
                for method in [
                    QuantileMethod::Linear,
                    QuantileMethod::OrderStatistic,
                    QuantileMethod::Hazen,
                ] {
                    let both = quantiles(&values, (low, high), method, &mut scratch);
                    let single = (
                        quantile(&mut values.clone(), low, method),
                        quantile(&mut values.clone(), high, method),
                    );
                    assert_eq!(
                        (both.0.to_bits(), both.1.to_bits()),
                        (single.0.to_bits(), single.1.to_bits())
                    );
                }
            }
        }
    }

    #[test]
    fn ends_medians_and_nothing() {
        let half = Fraction::new(1, 2);
        assert!((quantile(&mut [4.0, 1.0, 3.0, 2.0], half, QuantileMethod::Linear) - 2.5).abs() < 1e-15);
        assert_eq!(
            quantile(&mut [4.0, 1.0, 3.0, 2.0], half, QuantileMethod::OrderStatistic).to_bits(),
            2f64.to_bits()
        );
        assert_eq!(
            quantile(&mut [4.0, 1.0], Fraction::ZERO, QuantileMethod::OrderStatistic).to_bits(),
            1f64.to_bits()
        );
        assert_eq!(
            quantile(&mut [4.0, 1.0], Fraction::ONE, QuantileMethod::Linear).to_bits(),
            4f64.to_bits()
        );
        assert!(quantile(&mut [], half, QuantileMethod::Linear).is_nan());
        let infinite = [f64::INFINITY, f64::INFINITY, 1.0];
        assert!(quantile(&mut infinite.clone(), Fraction::new(3, 4), QuantileMethod::Linear).is_infinite());
    }
}
