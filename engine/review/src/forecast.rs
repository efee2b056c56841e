//! Predicted risk against what came after.
//!
//! An index moves from the valuation closes of one review to those of the next by the price returns of its members in the
//! dataset's currency, weights as that review set them. Over the volatility that the review predicted for as many days, this is
//! its standardised return; the bias statistic is the sample standard deviation of those: above one, risk was predicted too
//! low. A review knows no return after its cut-off, so that each has what came of the prediction before it.

use divisor_model::{Date, Day, Snapshot, day_of};
use divisor_risk::Bias;

use crate::drift::growth;
use crate::fold::Review;
use crate::shared::Shared;

/// Days a year, on average.
const YEAR_DAYS: f64 = 365.25;

/// What a review predicted, and what the index did until the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The effective date of the review that predicted.
    pub effective: Date,
    /// Calendar days between the valuation closes; above zero.
    pub days: i32,
    /// Predicted annual volatility.
    pub volatility: f64,
    /// The simple return of the index over these days.
    pub realised: f64,
}

impl Forecast {
    /// None where no time went by.
    pub(crate) fn new(effective: Date, (from, until): (Day, Day), volatility: f64, growth: f64) -> Option<Self> {
        (until > from).then(|| Self {
            effective,
            days: until - from,
            volatility,
            realised: growth - 1.0,
        })
    }

    /// The volatility predicted for these days.
    pub fn volatility_of_days(&self) -> f64 {
        self.volatility * (f64::from(self.days) / YEAR_DAYS).sqrt()
    }

    /// The return in predicted standard deviations.
    pub fn standardised(&self) -> f64 {
        self.realised / self.volatility_of_days()
    }
}

impl Review {
    /// What became, up to this review's valuation closes, of what the review before predicted: its effective date and annual
    /// volatility.
    pub(crate) fn outcome(&self, shared: &Shared, snapshot: Snapshot<'_>, before: (Date, f64)) -> Option<Forecast> {
        let held = self.previous.as_deref()?;
        let from = held.members.iter().map(|holding| holding.valuation_day).max()?;
        let growth = growth(held, shared, snapshot, day_of(self.dates.cutoffs.prices));
        Forecast::new(before.0, (from, self.totals.valuation_day), before.1, growth)
    }
}

/// The bias statistic of some forecasts.
pub fn bias(forecasts: &[Forecast]) -> Bias {
    let predicted: Vec<f64> = forecasts.iter().map(Forecast::volatility_of_days).collect();
    let realised: Vec<f64> = forecasts.iter().map(|forecast| forecast.realised).collect();
    Bias::of(&predicted, &realised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let day = "2020-05-29".parse().expect("a date");
        let forecast = |days: i32, growth: f64| Forecast {
            days,
            ..Forecast::new(day, (0, 1461), 0.2, growth).expect("time went by")
        };
        let all = [forecast(1461, 1.4), forecast(1461, 0.6), forecast(1461, 1.0)];
        // Four years: 40% each; standardised 1, −1 and 0, of which the deviation is one.
        assert!((all[0].standardised() - 1.0).abs() < 1e-15);
        assert!((bias(&all).statistic - 1.0).abs() < 1e-15);
        assert_eq!(bias(&all).observations, 3);
        assert!(bias(&all[..1]).statistic.is_nan());
        assert_eq!(Forecast::new(day, (7, 7), 0.2, 1.1), None);
    }
}
