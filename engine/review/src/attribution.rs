//! How much of the difference between two results comes from each of the things that differ: the mean of what putting
//! one in place of the other does, over all orders in which that can be done (Shapley's value).

use divisor_numeric::sum;

/// What two results of one review may differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The rulebook, its dates and calendars included.
    Rules,
    /// The dataset.
    Data,
    /// What the review began with: the members and weights that the reviews before left, moved by prices. It counts
    /// where buffers, rules for members or a turnover limit look at it, and in turnover always.
    Drift,
}

impl Cause {
    /// All, in the order of [`Effects`].
    pub const ALL: [Self; 3] = [Self::Rules, Self::Data, Self::Drift];

    /// As printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Data => "data",
            Self::Drift => "drift",
        }
    }
}

/// One number a cause, in the order of [`Cause::ALL`].
pub type Effects = [f64; 3];

/// For each cause, whether it is taken from the second side.
pub type Mix = [bool; 3];

/// The mixes whose results [`effects`] asks for where only `differs` differ: the two sides, and all in between. Causes
/// that are the same on both sides stay with the first.
pub fn mixes(differs: Mix) -> Vec<Mix> {
    let all = (0..8usize).map(|bits| Mix::from([bits & 1 != 0, bits & 2 != 0, bits & 4 != 0]));
    all.filter(|mix| mix.iter().zip(differs).all(|(taken, differs)| differs || !taken))
        .collect()
}

/// What each cause contributes to the step from the first to the second side, in a number that each mix of them has. The
/// effects sum to the whole step, to rounding; a cause that does not differ has none.
pub fn effects(differs: Mix, value: impl Fn(Mix) -> f64) -> Effects {
    let players: Vec<usize> = (0..3).filter(|at| differs[*at]).collect();
    let count = players.len();
    let mut effects = [0.0; 3];
    for player in &players {
        let without = mixes(differs).into_iter().filter(|mix| !mix[*player]);
        let terms: Vec<f64> = without
            .map(|mix| {
                let mut with = mix;
                with[*player] = true;
                let taken = mix.iter().filter(|taken| **taken).count();
                // Orders in which exactly these come before it.
                let orders = factorial(taken) * factorial(count - taken - 1);
                orders as f64 / factorial(count) as f64 * (value(with) - value(mix))
            })
            .collect();
        effects[*player] = sum(&terms);
    }
    effects
}

/// How far two weightings lie apart, half the sum of absolute differences, and what of it comes from each cause: a name's
/// effects count with the sign of its difference, so that they sum to the distance. One below zero kept the two together.
/// `steps` has the effects of each name.
pub fn distance(steps: &[Effects]) -> (f64, Effects) {
    let signs: Vec<f64> = steps
        .iter()
        .map(|step| {
            let difference = sum(step);
            if difference == 0.0 { 0.0 } else { difference.signum() }
        })
        .collect();
    let of = |cause: usize| {
        let terms: Vec<f64> = steps
            .iter()
            .zip(&signs)
            .map(|(step, sign)| step[cause] * sign)
            .collect();
        sum(&terms) / 2.0
    };
    let parts = [of(0), of(1), of(2)];
    (sum(&parts), parts)
}

fn factorial(number: usize) -> usize {
    (1..=number).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 for rules, 10 for data, 100 for drift, and 6 more where rules and data both differ.
    fn value(mix: Mix) -> f64 {
        let parts = [(mix[0], 1.0), (mix[1], 10.0), (mix[2], 100.0), (mix[0] && mix[1], 6.0)];
        parts
            .iter()
            .filter(|(is_taken, _)| *is_taken)
            .map(|(_, value)| value)
            .sum()
    }

    fn close(found: Effects, expected: Effects) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
    }

    #[test]
    fn what_two_causes_do_together_is_shared_by_them() {
        close(effects([true; 3], value), [4.0, 13.0, 100.0]);
        close(effects([true, true, false], value), [4.0, 13.0, 0.0]);
        close(effects([true, false, true], value), [1.0, 0.0, 100.0]);
        close(effects([false; 3], value), [0.0; 3]);
    }

    #[test]
    fn three_causes_that_only_act_together_have_a_third_each() {
        let together = |mix: Mix| if mix == [true; 3] { 0.9 } else { 0.0 };
        close(effects([true; 3], together), [0.3; 3]);
    }

    #[test]
    fn mixes_are_those_that_can_differ() {
        assert_eq!(mixes([false; 3]), [[false; 3]]);
        assert_eq!(
            mixes([true, false, true]),
            [
                [false; 3],
                [true, false, false],
                [false, false, true],
                [true, false, true]
            ]
        );
        assert_eq!(mixes([true; 3]).len(), 8);
    }

    #[test]
    fn parts_of_a_distance_sum_to_it() {
        // Differences +0.2, -0.1, -0.1 and 0: half of 0.4. In the last name two causes undo each other.
        let steps = [[0.3, -0.1, 0.0], [-0.1, 0.0, 0.0], [0.0, 0.0, -0.1], [0.05, -0.05, 0.0]];
        let (total, parts) = distance(&steps);
        assert!((total - 0.2).abs() < 1e-15);
        close(parts, [0.2, -0.05, 0.05]);
    }
}
