//! Q0302 `unadjusted-split`.

use serde::Deserialize;

use super::{CheckInfo, distance};

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0302",
    name: "unadjusted-split",
    definition: "Two consecutive closes are in the ratio of a split: within `tolerance` (a fraction) of k or 1 ÷ k for \
                 a k of `ratios`. By contract closes are adjusted for splits, so that a known action is no excuse: \
                 `data check` also finds steps that fit a split or stock dividend of `actions` with an ex-date \
                 between the two closes, from 1.25 new shares per old one on, and names the action. A run does \
                 without `actions`, which many rulebooks do not read. A fall or rise of just that size may be news: 3:2, a third, mostly is, and is not \
                 among the ratios unless added.",
    in_runs: true,
};

/// The least split that a known action is recognised by: smaller ones look like any other day.
pub(crate) const ACTION_RATIO_MIN: f64 = 1.25;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) tolerance: f64,
    pub(crate) ratios: Vec<f64>,
}

impl Limits {
    /// The smallest step that can be a split.
    pub(crate) fn least(&self) -> f64 {
        let smallest = self.ratios.iter().copied().fold(f64::INFINITY, f64::min);
        smallest / (1.0 + self.tolerance)
    }
}

/// The split ratio that a step of the close is closest to, if it is close to one.
pub(crate) fn split_of(step: f64, limits: &Limits) -> Option<f64> {
    let off = |ratio: f64| distance(distance(step) / ratio);
    let near = limits
        .ratios
        .iter()
        .copied()
        .filter(|ratio| off(*ratio) <= 1.0 + limits.tolerance);
    near.min_by(|a, b| off(*a).total_cmp(&off(*b)))
}

/// Whether a step of the close is what a split of so many new shares per old one does to an unadjusted close.
pub(crate) fn fits_action(step: f64, ratio: f64, limits: &Limits) -> bool {
    distance(ratio) >= ACTION_RATIO_MIN && distance(step * ratio) <= 1.0 + limits.tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_near_a_ratio_look_like_its_split() {
        let limits = Limits {
            tolerance: 0.02,
            ratios: vec![1.5, 2.0, 7.0],
        };
        let splits = [0.5, 0.495, 2.03, 0.145, 0.48, 0.9].map(|step| split_of(step, &limits));
        assert_eq!(splits, [Some(2.0), Some(2.0), Some(2.0), Some(7.0), None, None]);
        assert!((limits.least() - 1.5 / 1.02).abs() < 1e-15);
        assert!(fits_action(0.81, 1.25, &limits) && !fits_action(0.81, 1.0 / 1.25, &limits));
        assert!(
            !fits_action(0.95, 1.05, &limits),
            "a small stock dividend looks like any other day"
        );
    }
}
