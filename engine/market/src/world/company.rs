//! What the simulation of a company leaves behind.

use divisor_model::{ActionKind, Day};

use super::business::QuarterFigures;
use super::random::{Purpose, Random};
use super::risk_model::RiskState;
use super::timeline::{Quarter, YEAR_SESSIONS};
use super::traits::{SecondLine, Traits};

/// A company from its listing, or the first day of prices, to its delisting, or the last.
#[derive(Debug)]
pub(super) struct Company {
    pub traits: Traits,
    /// Quarter of its listing; before the first session for the oldest.
    pub listed: Quarter,
    /// Prices of its first line.
    pub path: Path,
    /// Why it ended, if it did; the path ends then.
    pub ending: Option<Ending>,
    /// Its accounts, by quarter.
    pub quarters: Vec<QuarterFigures>,
    /// Its corporate actions, by ex-date, those before the first session included.
    pub actions: Vec<Action>,
    /// Shares of all lines from each day on.
    pub shares: Vec<(Day, f64)>,
    /// Free float from each day on.
    pub free_floats: Vec<(Day, f64)>,
    /// How it moves, by month; empty in a world without a risk model.
    pub risk: Vec<RiskState>,
}

/// Why a company is no longer listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Merged,
    Failed,
}

/// Closes and volumes as they were on the day, not adjusted.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// Session of the first row.
    pub first: usize,
    pub close: Vec<f64>,
    pub volume: Vec<f64>,
}

/// A corporate action of all lines of a company.
#[derive(Debug, Clone, Copy)]
pub(super) struct Action {
    pub ex_day: Day,
    pub known_on: Day,
    pub kind: ActionKind,
    /// New shares per old one, or local currency per share of the day before.
    pub value: f64,
}

impl Action {
    /// New shares per old one, 1 for cash.
    pub(super) fn ratio(&self) -> f64 {
        match self.kind {
            ActionKind::Split | ActionKind::StockDividend => self.value,
            ActionKind::Dividend | ActionKind::SpecialDividend => 1.0,
        }
    }

    /// Cash per share of the day before, 0 for share changes.
    pub(super) fn cash(&self) -> f64 {
        match self.kind {
            ActionKind::Split | ActionKind::StockDividend => 0.0,
            ActionKind::Dividend | ActionKind::SpecialDividend => self.value,
        }
    }
}

impl Path {
    /// How many sessions it has.
    pub(super) fn len(&self) -> usize {
        self.close.len()
    }
}

impl Company {
    /// New shares per old one over the ex-dates after `after` and up to `until`.
    pub(super) fn share_factor(&self, after: Day, until: Day) -> f64 {
        let start = self.actions.partition_point(|action| action.ex_day <= after);
        let between = self.actions[start..].iter().take_while(|action| action.ex_day <= until);
        between.map(Action::ratio).product()
    }

    /// Part of all shares that is a line's.
    pub(super) fn line_fraction(&self, second: bool) -> f64 {
        let fraction = self.traits.second_line.map_or(0.0, |line| line.fraction);
        if second { fraction } else { 1.0 - fraction }
    }

    /// Prices of the second line: the first's at a wandering premium.
    pub(super) fn second_path(&self, random: Random, line: SecondLine, days: &[Day]) -> Path {
        const PULL: f64 = 0.02;
        const VOLATILITY: f64 = 0.12;
        let stream = random.stream(Purpose::SecondLine, self.traits.key);
        let mut premium = line.premium;
        let (mut close, mut volume) = (Vec::new(), Vec::new());
        for (at, (price, traded)) in self.path.close.iter().zip(&self.path.volume).enumerate() {
            let day = days[self.path.first + at] as u64;
            premium += PULL * (line.premium - premium) + VOLATILITY / YEAR_SESSIONS.sqrt() * stream.student(day, 3);
            close.push(quote(price * libm::exp(premium)));
            let relative = line.fraction / (1.0 - line.fraction) * libm::exp(0.3 * stream.normal(day * 8 + 7) - 0.4);
            volume.push((traded * relative).round().max(1.0));
        }
        Path {
            first: self.path.first,
            close,
            volume,
        }
    }
}

/// The value that holds on a day, of a list of changes.
pub(super) fn value_on(changes: &[(Day, f64)], day: Day) -> f64 {
    let at = changes.partition_point(|(from, _)| *from <= day);
    changes.get(at.saturating_sub(1)).map_or(f64::NAN, |(_, value)| *value)
}

/// Closes are quoted with four decimals, those below one with six.
pub(super) fn quote(price: f64) -> f64 {
    let unit = if price < 1.0 { 1e6 } else { 1e4 };
    (price * unit).round() / unit
}

/// Amounts a share, adjusted closes among them, have six decimals, those below one nine.
pub(super) fn round_amount(amount: f64) -> f64 {
    let unit = if amount.abs() < 1.0 { 1e9 } else { 1e6 };
    (amount * unit).round() / unit
}
