//! Maxima whose excess goes to all other names in equal amounts, not in proportion (S&P DJI, Index Mathematics, capped
//! equal-weight indexes).

use crate::limits::TOLERANCE;
use crate::sum::sum_iter;

/// Names with weights, in groups with maxima.
#[derive(Debug, Clone, Copy)]
pub struct Excess<'a> {
    /// Weights before, summing to one.
    pub uncapped: &'a [f64],
    /// The group of each name.
    pub group_of: &'a [u32],
    /// Greatest weight of each group; infinity is no maximum.
    pub upper: &'a [f64],
}

/// Holds each group at its maximum, its names in proportion to their weights before; every name of the other groups gets
/// the same amount of what that frees, again until no group is above its maximum. At most as many rounds as groups.
/// Weights, and which groups are capped.
///
/// # Errors
/// What all maxima together allow, where that is less than the whole.
pub fn share_equally(excess: Excess<'_>) -> Result<(Vec<f64>, Vec<bool>), f64> {
    let groups = excess.upper.len();
    let mut held = vec![0.0; groups];
    let mut names = vec![0u32; groups];
    for (weight, group) in excess.uncapped.iter().zip(excess.group_of) {
        held[*group as usize] += weight;
        names[*group as usize] += 1;
    }
    let mut is_capped = vec![false; groups];
    let mut shift = 0.0;
    loop {
        let over = |group: usize| held[group] + shift * f64::from(names[group]) > excess.upper[group] + TOLERANCE;
        let new: Vec<usize> = (0..groups).filter(|group| !is_capped[*group] && over(*group)).collect();
        if new.is_empty() {
            break;
        }
        for group in new {
            is_capped[group] = true;
        }
        let capped = sum_iter(
            (0..groups)
                .filter(|group| is_capped[*group])
                .map(|group| excess.upper[group]),
        );
        let free = || (0..groups).filter(|group| !is_capped[*group]);
        let count: u32 = free().map(|group| names[group]).sum();
        if count == 0 {
            if capped < 1.0 - TOLERANCE {
                return Err(capped);
            }
            break;
        }
        shift = (1.0 - capped - sum_iter(free().map(|group| held[group]))) / f64::from(count);
    }
    let weight = |(weight, group): (&f64, &u32)| {
        let group = *group as usize;
        if is_capped[group] {
            weight / held[group] * excess.upper[group]
        } else {
            weight + shift
        }
    };
    let weights = excess.uncapped.iter().zip(excess.group_of).map(weight).collect();
    Ok((weights, is_capped))
}
