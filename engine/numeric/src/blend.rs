//! Turnover held by a blend of new and old weights.

use crate::sum::sum_iter;

/// A blend that keeps a turnover.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// Share of the new weights, 0 to 1.
    pub share: f64,
    /// `share × new + (1 − share) × old`, the old ones of names that stay, in proportion.
    pub weights: Vec<f64>,
    /// One-way turnover from the old weights to these.
    pub one_way: f64,
}

/// The blend nearest to `new` whose one-way turnover from `old` is at most `limit`.
///
/// Both are by name and sum to one. Names without a new weight leave altogether: what they held goes to the names that stay,
/// in proportion to their old weights. With w₀ these old weights and w₁ the new ones, the weights are
/// a·w₁ + (1 − a)·w₀ with the greatest a in [0, 1] whose turnover ½·Σ|w − old| is within the limit. Without leavers this is
/// a = min(1, limit ÷ turnover). Turnover is convex and piecewise linear in a, so Newton's steps from a = 1 reach the
/// answer after as many pieces at most. Where selling the leavers alone is too much, a is 0.
pub fn blend(new: &[f64], old: &[f64], limit: f64) -> Blend {
    let stays = |name: usize| new[name] > 0.0;
    let kept = sum_iter((0..new.len()).filter(|name| stays(*name)).map(|name| old[name]));
    // Nobody stays: there is nothing to blend with.
    let base: Vec<f64> = if kept > 0.0 {
        (0..new.len())
            .map(|name| if stays(name) { old[name] / kept } else { 0.0 })
            .collect()
    } else {
        new.to_vec()
    };
    let weight = |name: usize, share: f64| base[name] + share * (new[name] - base[name]);
    let trade = |name: usize, share: f64| weight(name, share) - old[name];
    let one_way = |share: f64| sum_iter((0..new.len()).map(|name| trade(name, share).abs())) / 2.0;
    // From the right: on a kink the piece on the left counts.
    let slope = |share: f64| {
        let each = (0..new.len()).map(|name| {
            let (trade, step) = (trade(name, share), new[name] - base[name]);
            if trade > 0.0 || (trade >= 0.0 && step < 0.0) {
                step
            } else {
                -step
            }
        });
        sum_iter(each) / 2.0
    };
    let mut share = 1.0;
    for _ in 0..=new.len() + 2 {
        let over = one_way(share) - limit;
        let slope = slope(share);
        if over <= 1e-15 {
            break;
        }
        if slope <= 0.0 {
            share = 0.0;
            break;
        }
        let next = share - over / slope;
        if next >= share {
            break;
        }
        share = next;
        if share <= 0.0 {
            share = 0.0;
            break;
        }
    }
    Blend {
        share,
        weights: (0..new.len()).map(|name| weight(name, share)).collect(),
        one_way: one_way(share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], wanted: &[f64]) {
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-14, "{found} is not {wanted}");
        }
    }

    /// Turnover 40% held at 10%: a quarter of the way.
    #[test]
    fn without_leavers_the_share_is_limit_over_turnover() {
        let found = blend(&[0.1, 0.9], &[0.5, 0.5], 0.1);
        close(&[found.share, found.one_way], &[0.25, 0.1]);
        close(&found.weights, &[0.4, 0.6]);
        let all = blend(&[0.1, 0.9], &[0.5, 0.5], 0.4);
        close(&[all.share, all.one_way], &[1.0, 0.4]);
    }

    /// The third name leaves with 20%: 0.4/0.4 become 0.5/0.5. Towards 0.9/0.1 the first buys 0.1 + 0.4a, the second buys
    /// 0.1 − 0.4a until a = 1/4 and sells after: turnover 0.2 until there, then 0.1 + 0.4a.
    #[test]
    fn leavers_go_first() {
        let (new, old) = ([0.9, 0.1, 0.0], [0.4, 0.4, 0.2]);
        let found = blend(&new, &old, 0.3);
        close(&[found.share, found.one_way], &[0.5, 0.3]);
        close(&found.weights, &[0.7, 0.3, 0.0]);
        // Less than the leavers is impossible: the least there is.
        let least = blend(&new, &old, 0.1);
        close(&[least.share, least.one_way], &[0.0, 0.2]);
        close(&least.weights, &[0.5, 0.5, 0.0]);
        // On the flat piece the most of the new weights.
        let flat = blend(&new, &old, 0.2);
        close(&[flat.share, flat.one_way], &[0.25, 0.2]);
    }

    #[test]
    fn where_nobody_stays_everything_is_new() {
        let found = blend(&[1.0, 0.0], &[0.0, 1.0], 0.1);
        close(&[found.share, found.one_way], &[0.0, 1.0]);
        close(&found.weights, &[1.0, 0.0]);
    }

    /// Sums to one, keeps the limit where that is possible, and no greater share would.
    #[test]
    fn the_share_is_the_greatest() {
        for seed in 1..200_u32 {
            let draw = |k: u32| f64::from((seed * 7919 + k * 104_729) % 1009) / 1009.0;
            let normal = |values: Vec<f64>| {
                let total: f64 = values.iter().sum();
                values.iter().map(|value| value / total).collect::<Vec<_>>()
            };
            let new = normal((0..9).map(|k| if k % 4 == 3 { 0.0 } else { draw(k) + 0.01 }).collect());
            let old = normal((0..9).map(|k| draw(k + 50) * draw(k + 90)).collect());
            let limit = draw(77) * 0.5;
            let found = blend(&new, &old, limit);
            assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-13);
            if found.share > 0.0 {
                assert!(found.one_way <= limit + 1e-13, "{seed}");
            }
            if found.share < 1.0 {
                let further = found.share + 1e-6;
                let leavers: f64 = old
                    .iter()
                    .zip(&new)
                    .filter(|(_, new)| **new == 0.0)
                    .map(|(old, _)| old)
                    .sum();
                let at = |share: f64| -> f64 {
                    let each = new.iter().zip(&old).map(|(new, old)| {
                        let base = if *new > 0.0 { old / (1.0 - leavers) } else { 0.0 };
                        (share * new + (1.0 - share) * base - old).abs() / 2.0
                    });
                    each.sum()
                };
                assert!(at(further) > limit, "{seed}: {} {} {limit}", at(further), found.share);
            }
        }
    }
}
