//! Slacks and multipliers of what has a lower and an upper side.

/// Two sides of something limited: slack and multiplier each; an absent side has no slack and a multiplier of zero.
pub(crate) struct Sides {
    pub(crate) has: [Vec<bool>; 2],
    pub(crate) slack: [Vec<f64>; 2],
    pub(crate) price: [Vec<f64>; 2],
    d_slack: [Vec<f64>; 2],
    d_price: [Vec<f64>; 2],
    /// Wanted change of slack × price, over the slack.
    pub(crate) q: [Vec<f64>; 2],
}

impl Sides {
    pub(crate) fn new(len: usize) -> Self {
        let both = || [vec![0.0; len], vec![0.0; len]];
        Self {
            has: [vec![false; len], vec![false; len]],
            slack: both(),
            price: both(),
            d_slack: both(),
            d_price: both(),
            q: both(),
        }
    }

    pub(crate) fn open(&mut self, side: usize, at: usize, slack: f64, price: f64) {
        self.has[side][at] = true;
        self.slack[side][at] = slack;
        self.price[side][at] = price;
    }

    pub(crate) fn count(&self) -> usize {
        self.has.iter().flatten().filter(|has| **has).count()
    }

    /// Σ (slack + a·Δslack)(price + a·Δprice).
    pub(crate) fn complementarity(&self, step: f64) -> f64 {
        let mut total = 0.0;
        for side in 0..2 {
            for at in 0..self.slack[side].len() {
                if self.has[side][at] {
                    total += (self.slack[side][at] + step * self.d_slack[side][at])
                        * (self.price[side][at] + step * self.d_price[side][at]);
                }
            }
        }
        total
    }

    /// price ÷ slack of both sides, added.
    pub(crate) fn theta(&self, at: usize) -> f64 {
        let mut total = 0.0;
        for side in 0..2 {
            if self.has[side][at] {
                total += self.price[side][at] / self.slack[side][at];
            }
        }
        total
    }

    /// Aims at `target` for every product, with or without the second-order term of the step before.
    pub(crate) fn aim(&mut self, target: f64, corrects: bool) {
        for side in 0..2 {
            for at in 0..self.slack[side].len() {
                if self.has[side][at] {
                    let (s, z) = (self.slack[side][at], self.price[side][at]);
                    let second = if corrects {
                        self.d_slack[side][at] * self.d_price[side][at]
                    } else {
                        0.0
                    };
                    self.q[side][at] = (target - second) / s - z;
                }
            }
        }
    }

    /// Sets the change of a slack and of its price.
    pub(crate) fn change(&mut self, side: usize, at: usize, slack: f64) {
        if self.has[side][at] {
            self.d_slack[side][at] = slack;
            self.d_price[side][at] = self.q[side][at] - self.price[side][at] / self.slack[side][at] * slack;
        }
    }

    /// The longest step that keeps slacks and prices at or above zero.
    pub(crate) fn longest(&self, mut step: f64) -> f64 {
        for side in 0..2 {
            for at in 0..self.slack[side].len() {
                if self.has[side][at] {
                    if self.d_slack[side][at] < 0.0 {
                        step = step.min(-self.slack[side][at] / self.d_slack[side][at]);
                    }
                    if self.d_price[side][at] < 0.0 {
                        step = step.min(-self.price[side][at] / self.d_price[side][at]);
                    }
                }
            }
        }
        step
    }

    pub(crate) fn advance(&mut self, step: f64) {
        for side in 0..2 {
            for at in 0..self.slack[side].len() {
                self.slack[side][at] += step * self.d_slack[side][at];
                self.price[side][at] += step * self.d_price[side][at];
            }
        }
    }
}
