//! A company before its first daily price: quarters since its founding or the first fiscal year, so that fundamentals
//! and the share basis reach back.

use divisor_model::ActionKind;

use super::company::Action;
use super::random::{Purpose, Stream};
use super::simulation::Simulation;
use super::timeline::{Quarter, quarter_start, weekday_from, weekday_until};

/// Quarters of accounts that a company brings to its listing.
pub(super) const PROSPECTUS_QUARTERS: Quarter = 12;

impl Simulation<'_> {
    /// The quarter its accounts begin in.
    pub(super) fn founded(&self) -> Quarter {
        let first = (self.world.spec.fundamentals_from - 3) * 4;
        first.max(self.listed - PROSPECTUS_QUARTERS - 4)
    }

    /// Log growth of the price in a quarter before there are daily prices.
    pub(super) fn growth(&self, stream: Stream, quarter: Quarter) -> f64 {
        let market = self.world.factors.quarter_change(quarter);
        let specific = 0.4 * self.traits.specific_volatility * stream.normal(quarter as u64);
        self.traits.beta.min(1.2) * market + specific
    }

    /// Runs the quarters before the one with the first daily price.
    pub(super) fn run_prehistory(&mut self, until: Quarter) {
        let stream = self.world.random.stream(Purpose::Growth, self.traits.key);
        for quarter in self.founded()..until {
            let growth = libm::exp(self.growth(stream, quarter));
            self.price *= growth;
            if quarter >= self.listed {
                self.split_in_prehistory(stream, quarter);
            }
            self.decide_dividend(quarter);
            self.quarter_dividends = self.payment(quarter).map_or(0.0, |(_, in_dataset)| in_dataset);
            self.close_quarter(quarter, self.price * self.rate(0));
        }
    }

    fn split_in_prehistory(&mut self, stream: Stream, quarter: Quarter) {
        let ratio = match self.price * self.rate(0) {
            110.0.. if stream.chance(quarter as u64 * 4 + 2_000_001, 0.4) => 2.0,
            ..1.5 => 0.1,
            _ => return,
        };
        let ex_day = weekday_from(quarter_start(quarter) + 40);
        self.split(Action {
            ex_day,
            known_on: weekday_until(ex_day - 25),
            kind: ActionKind::Split,
            value: ratio,
        });
    }
}
