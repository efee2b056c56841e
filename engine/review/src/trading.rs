//! What a review trades, by cause, and how long that takes at a pace.

use divisor_market::Needs;
use divisor_model::{Day, DayRanges, SecurityIndex, day_of};
use divisor_numeric::{mean, sum};

use crate::bind::BoundReview;
use crate::fold::Review;
use crate::needs::CLOSE_AGE_DAYS_MAX;
use crate::shared::Shared;
use crate::turnover::Turnover;

/// Trades of one cause. All are fractions of the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CauseTotal {
    /// `addition`, `deletion` or `reweight`.
    pub cause: &'static str,
    /// Names that trade for it.
    pub names: usize,
    /// Bought weight.
    pub bought: f64,
    /// Sold weight, positive.
    pub sold: f64,
}

impl CauseTotal {
    /// Half of what is bought and sold. Over all causes this sums to the one-way turnover of the review.
    pub fn one_way(&self) -> f64 {
        self.two_way() / 2.0
    }

    /// What is bought and sold together.
    pub fn two_way(&self) -> f64 {
        self.bought + self.sold
    }
}

/// The trades of a review by cause: additions, deletions, reweights.
pub fn by_cause(turnover: &Turnover) -> [CauseTotal; 3] {
    ["addition", "deletion", "reweight"].map(|cause| {
        let rows = turnover.rows.iter().filter(|row| row.cause() == cause);
        let trades: Vec<f64> = rows
            .map(crate::turnover::TurnoverRow::trade)
            .filter(|trade| *trade != 0.0)
            .collect();
        let side = |sign: f64| sum(&trades.iter().map(|trade| (trade * sign).max(0.0)).collect::<Vec<_>>());
        CauseTotal {
            cause,
            names: trades.len(),
            bought: side(1.0),
            sold: side(-1.0),
        }
    })
}

/// Where the value traded a day comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TradingVolume {
    /// The mean of close × volume × fx over the newest so many days of `prices` that have both, by the cut-off of prices.
    /// At least half of them must be there, and the newest at most ten calendar days before the cut-off.
    Prices(usize),
    /// A column of the snapshot: money a day in the dataset's currency.
    Column(String),
}

/// At what pace trades are made.
#[derive(Debug, Clone, PartialEq)]
pub struct TradingPace {
    /// Size of the fund, in the dataset's currency.
    pub fund: f64,
    /// Share of a day's traded value that it takes part with, a fraction.
    pub participation: f64,
    /// What a day's traded value is.
    pub volume: TradingVolume,
}

impl TradingPace {
    /// Adds to a plan of reading what the pace of these reviews needs beside what they read themselves.
    pub fn extend<'a>(&self, needs: &mut Needs, reviews: impl IntoIterator<Item = &'a BoundReview>) {
        match &self.volume {
            TradingVolume::Column(name) => {
                needs.columns.insert(name.clone());
            }
            TradingVolume::Prices(days) => {
                needs.prices.extend(["close", "volume"].map(str::to_owned));
                let own = reviews
                    .into_iter()
                    .map(|review| window(*days, day_of(review.dates.cutoffs.prices)));
                let all: Vec<(Day, Day)> = needs.price_days.ranges().chain(own).collect();
                needs.price_days = DayRanges::new(all);
            }
        }
    }
}

/// The calendar days in which so many sessions are looked for: seven for five, and a month for holidays and halts.
fn window(sessions: usize, cutoff: Day) -> (Day, Day) {
    (cutoff - (sessions as Day * 7 / 5) - 31, cutoff)
}

/// How long the trade of one name takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradingTime {
    /// Which.
    pub security: SecurityIndex,
    /// What is bought or sold, in the dataset's currency.
    pub value: f64,
    /// What all trade of it a day, in the dataset's currency; NaN where that is not known.
    pub volume: f64,
    /// Days: value ÷ (participation × volume); NaN where the volume is not known.
    pub days: f64,
}

/// How long the trades of a review take at a pace, slowest first and unknown ones last.
pub fn trading_times(shared: &Shared, review: &Review, pace: &TradingPace) -> Vec<TradingTime> {
    let volumes = Volumes {
        shared,
        review,
        volume: &pace.volume,
    };
    let trades = review.turnover.rows.iter().filter(|row| row.trade() != 0.0);
    let mut times: Vec<TradingTime> = trades
        .map(|row| {
            let value = row.trade().abs() * pace.fund;
            let volume = volumes
                .of(row.security)
                .filter(|volume| *volume > 0.0)
                .unwrap_or(f64::NAN);
            TradingTime {
                security: row.security,
                value,
                volume,
                days: value / (pace.participation * volume),
            }
        })
        .collect();
    times.sort_by(|a, b| {
        let known = a.days.is_nan().cmp(&b.days.is_nan());
        known.then(b.days.total_cmp(&a.days)).then(a.security.cmp(&b.security))
    });
    times
}

/// The days within which a share of the traded value is done, each name traded at its own pace from the first day:
/// min(value, pace × days) summed over names reaches the share of the value of names with a known volume. `None` where
/// there is none.
pub fn done_within(times: &[TradingTime], share: f64) -> Option<f64> {
    let mut known: Vec<&TradingTime> = times.iter().filter(|time| !time.days.is_nan()).collect();
    known.sort_by(|a, b| a.days.total_cmp(&b.days).then(a.security.cmp(&b.security)));
    let target = share * sum(&known.iter().map(|time| time.value).collect::<Vec<_>>());
    // Between two names' last days the value done grows in a straight line: finished names whole, the others by pace.
    let mut finished = 0.0;
    let mut pace = sum(&known.iter().map(|time| time.value / time.days).collect::<Vec<_>>());
    for time in &known {
        if finished + pace * time.days >= target {
            return Some((target - finished) / pace);
        }
        finished += time.value;
        pace -= time.value / time.days;
    }
    known.last().map(|time| time.days)
}

struct Volumes<'a> {
    shared: &'a Shared,
    review: &'a Review,
    volume: &'a TradingVolume,
}

impl Volumes<'_> {
    /// What trades of a name a day, as known at the cut-off.
    fn of(&self, security: SecurityIndex) -> Option<f64> {
        let value = |name: &str| self.in_snapshots(name, security);
        match self.volume {
            TradingVolume::Column(name) => value(name),
            TradingVolume::Prices(days) => {
                // Landed for every dataset.
                Some(self.mean_traded(security, *days)? * value("fx")?)
            }
        }
    }

    /// A number of a name in the snapshot of the review; of a name that left it, in the one before.
    fn in_snapshots(&self, name: &str, security: SecurityIndex) -> Option<f64> {
        let before = self.review.previous.as_ref().map(|held| held.snapshot);
        let dates = [Some(self.review.scored.snapshot), before];
        let found = dates.into_iter().flatten().find_map(|date| {
            let snapshot = self.shared.landed.panel.snapshot(date)?;
            let row = snapshot.row(security)?;
            snapshot.number(name).map(|values| values[row])
        });
        found.filter(|value| value.is_finite())
    }

    fn mean_traded(&self, security: SecurityIndex, sessions: usize) -> Option<f64> {
        let cutoff = day_of(self.review.dates.cutoffs.prices);
        let (first, last) = window(sessions, cutoff);
        let rows = self
            .shared
            .landed
            .history
            .prices
            .as_ref()?
            .between(security, first, last);
        let traded = rows
            .close
            .iter()
            .zip(&rows.volume)
            .map(|(close, volume)| close * volume);
        let known: Vec<(Day, f64)> = rows
            .day
            .iter()
            .copied()
            .zip(traded)
            .filter(|row| !row.1.is_nan())
            .collect();
        let newest = known.last()?.0;
        let values: Vec<f64> = known[known.len().saturating_sub(sessions)..]
            .iter()
            .map(|row| row.1)
            .collect();
        (newest >= cutoff - CLOSE_AGE_DAYS_MAX && values.len() * 2 >= sessions).then(|| mean(&values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::DriftSource;
    use crate::turnover::TurnoverRow;

    fn time(security: SecurityIndex, value: f64, days: f64) -> TradingTime {
        TradingTime {
            security,
            value,
            volume: value / days,
            days,
        }
    }

    #[test]
    fn causes_add_up_to_the_turnover() {
        let row = |security, old_weight, new_weight, drift_source| TurnoverRow {
            security,
            old_weight,
            new_weight,
            drift_source,
        };
        let turnover = Turnover {
            rows: vec![
                row(1, 0.5, 0.4, DriftSource::Close),
                row(2, 0.3, 0.0, DriftSource::Close),
                row(3, 0.2, 0.35, DriftSource::Close),
                row(4, 0.0, 0.25, DriftSource::None),
                row(5, 0.1, 0.1, DriftSource::Close),
            ],
            one_way: Some(0.4),
        };
        let [added, deleted, reweighted] = by_cause(&turnover);
        assert_eq!((added.names, deleted.names, reweighted.names), (1, 1, 2));
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        close(added.one_way(), 0.125);
        close(deleted.two_way(), 0.3);
        close(reweighted.bought, 0.15);
        close(reweighted.sold, 0.1);
        close(added.one_way() + deleted.one_way() + reweighted.one_way(), 0.4);
    }

    /// 60 in 1 day, 30 in 3 days, 10 in 20 days: after 1 day 60 + 10 + 0.5 = 70.5; from there 10.5 a day to 91.5 after 3
    /// days, then 0.5 a day.
    #[test]
    fn a_share_of_the_value_is_done_when_its_names_are() {
        let times = [
            time(3, 10.0, 20.0),
            time(2, 30.0, 3.0),
            time(1, 60.0, 1.0),
            time(4, 5.0, f64::NAN),
        ];
        let within = |share: f64| done_within(&times, share).unwrap_or(f64::NAN);
        assert!((within(0.705) - 1.0).abs() < 1e-12);
        assert!((within(0.915) - 3.0).abs() < 1e-12);
        assert!((within(0.95) - 10.0).abs() < 1e-12);
        assert!((within(1.0) - 20.0).abs() < 1e-9);
        assert!(done_within(&[time(1, 1.0, f64::NAN)], 0.95).is_none());
    }
}
