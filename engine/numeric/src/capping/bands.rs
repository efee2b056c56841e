//! Groups brought into bands once, as single-pass rules of sector weights do: what that takes or gives moves the others, which
//! may leave their own bands by it. Bands that hold however often it takes are [`crate::limits`].

use crate::limits::Side;
use crate::sum::sum_iter;

/// Weights after, and which ends of their bands groups were brought to.
pub type InBands = (Vec<f64>, Vec<Option<Side>>);

/// Brings each weight beyond its band, least and greatest, to the end of it; the others share what is left of the whole in
/// proportion, once. Where there are no others, all are scaled to the whole. Weights sum to one before and after.
///
/// # Errors
/// What the ends of bands add up to, where that leaves nothing for weights within theirs.
pub fn into_bands(weights: &[f64], bands: &[(f64, f64)]) -> Result<InBands, f64> {
    let side = |(weight, (least, most)): (&f64, &(f64, f64))| {
        if weight > most {
            Some((Side::Upper, *most))
        } else if weight < least {
            Some((Side::Lower, *least))
        } else {
            None
        }
    };
    let moved: Vec<Option<(Side, f64)>> = weights.iter().zip(bands).map(side).collect();
    let held = sum_iter(moved.iter().flatten().map(|(_, end)| *end));
    let within = moved.iter().zip(weights).filter(|(moved, _)| moved.is_none());
    let free = sum_iter(within.map(|(_, weight)| *weight));
    if free > 0.0 && held >= 1.0 {
        return Err(held);
    }
    let (of_held, of_free) = if free > 0.0 {
        (1.0, (1.0 - held) / free)
    } else {
        (1.0 / held, 1.0)
    };
    let after = moved.iter().zip(weights).map(|(moved, weight)| match moved {
        Some((_, end)) => end * of_held,
        None => weight * of_free,
    });
    let after = after.collect();
    Ok((after, moved.into_iter().map(|moved| Some(moved?.0)).collect()))
}
