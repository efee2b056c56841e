//! Dividend policy: sticky, decided once a fiscal year, kept through a bad year and cut in a disaster.

use super::random::Stream;

/// What a company pays its shareholders.
#[derive(Debug, Clone)]
pub(super) struct DividendPolicy {
    /// Ordinary dividend a share and year on today's share basis, in the currency it is decided in.
    rate: f64,
    /// Whether it is decided in dataset currency, so that a rise stays one after conversion.
    pub in_dataset_currency: bool,
    aristocrat: bool,
    pays: bool,
    payout: f64,
}

impl DividendPolicy {
    /// `earnings_power` is that of a share, in the currency the dividend is decided in.
    pub(super) fn new(pays: bool, aristocrat: bool, payout: f64, earnings_power: f64) -> Self {
        Self {
            rate: if pays { payout * earnings_power } else { 0.0 },
            in_dataset_currency: aristocrat,
            aristocrat,
            pays,
            payout,
        }
    }

    /// The dividend a share and year.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Puts the rate on the basis after a split.
    pub(super) fn split(&mut self, ratio: f64) {
        self.rate /= ratio;
    }

    /// Ends all payments.
    pub(super) fn stop(&mut self) {
        self.rate = 0.0;
        self.pays = false;
        self.aristocrat = false;
    }

    /// The yearly decision, from the earnings power of a share and whether the past year lost money.
    pub(super) fn decide(&mut self, earnings_power: f64, loses_money: bool, stream: Stream, year: i32) {
        let draw = |at: u64| stream.uniform(year as u64 * 8 + at);
        let target = self.payout * earnings_power;
        if !self.pays {
            if !loses_money && draw(0) < 0.02 {
                self.pays = true;
                self.rate = 0.5 * target;
            }
        } else if self.rate <= 0.0 {
            if !loses_money && draw(1) < 0.3 {
                self.rate = 0.5 * target;
            }
        } else if self.aristocrat && self.rate < 2.2 * earnings_power {
            let wish = 0.05 + 0.3 * (target / self.rate - 1.0);
            self.rate *= 1.0 + wish.clamp(0.012, 0.16) + 0.01 * draw(2);
        } else {
            self.aristocrat = false;
            self.rate *= adjustment(target / self.rate, loses_money, draw(3));
        }
    }
}

/// The factor on the rate of an ordinary payer whose target is `wanted` times its rate.
fn adjustment(wanted: f64, loses_money: bool, draw: f64) -> f64 {
    if loses_money {
        match draw {
            ..0.35 => 0.0,
            0.35..0.75 => 0.5,
            _ => 1.0,
        }
    } else if wanted > 1.04 {
        1.0 + (0.4 * (wanted - 1.0)).clamp(0.01, 0.25)
    } else if wanted < 0.62 && draw < 0.6 {
        0.65
    } else if wanted > 0.85 && draw < 0.4 {
        1.015
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::{Purpose, Random};
    use super::*;

    #[test]
    fn an_aristocrat_raises_through_a_slump_and_an_ordinary_payer_cuts() {
        let stream = Random::new(5).stream(Purpose::Dividend, 1);
        let mut loyal = DividendPolicy::new(true, true, 0.5, 4.0);
        let before = loyal.rate();
        loyal.decide(2.0, true, stream, 2009);
        assert!(loyal.rate() > before);
        assert!((adjustment(0.5, true, 0.1) - 0.0).abs() < f64::EPSILON);
        assert!((adjustment(1.5, false, 0.9) - 1.2).abs() < 1e-12);
        assert!((adjustment(0.7, false, 0.9) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_split_keeps_the_total() {
        let mut policy = DividendPolicy::new(true, false, 0.5, 4.0);
        policy.split(4.0);
        assert!((policy.rate() - 0.5).abs() < 1e-12);
    }
}
