//! Exchange rates: dataset currency per unit, mean-reverting random walks around the first day's rate.

use super::random::{Purpose, Random};
use super::spec::WorldSpec;
use super::timeline::{Timeline, YEAR_SESSIONS};

/// Pull of a log rate back to its first value, a year.
const REVERSION: f64 = 0.15;

/// Rates of all currencies at every session. Currency 0 is the dataset's, the others follow in the spec's order.
#[derive(Debug)]
pub(super) struct Currencies {
    /// Codes.
    pub codes: Vec<String>,
    rates: Vec<Vec<f64>>,
}

impl Currencies {
    pub(super) fn new(spec: &WorldSpec, random: Random, timeline: &Timeline) -> Self {
        let mut codes = vec![spec.currency.clone()];
        let mut rates = vec![vec![1.0; timeline.len()]];
        let mut logs: Vec<Vec<f64>> = Vec::new();
        for (at, currency) in spec.currencies.iter().enumerate() {
            let stream = random.stream(Purpose::Currency, at as u64);
            let anchor = currency.anchor.as_ref();
            let anchor = anchor.and_then(|code| spec.currencies.iter().position(|one| one.code == *code));
            let (mut own, mut path) = (0.0, Vec::with_capacity(timeline.len()));
            for (session, day) in timeline.days.iter().enumerate() {
                if session > 0 {
                    let shock = stream.student(*day as u64, 3) * currency.volatility / YEAR_SESSIONS.sqrt();
                    own += shock - own * REVERSION / YEAR_SESSIONS;
                }
                path.push(own + anchor.map_or(0.0, |anchor| logs[anchor][session]));
            }
            let rate = |log: &f64| round_rate(currency.rate * libm::exp(*log));
            rates.push(path.iter().map(rate).collect());
            codes.push(currency.code.clone());
            logs.push(path);
        }
        Self { codes, rates }
    }

    /// The number of a currency.
    pub(super) fn position(&self, code: &str) -> usize {
        self.codes.iter().position(|known| known == code).unwrap_or(0)
    }

    /// Dataset currency per unit at a session.
    pub(super) fn rate(&self, currency: usize, session: usize) -> f64 {
        self.rates[currency][session]
    }
}

/// Rates are quoted with eight decimals.
fn round_rate(rate: f64) -> f64 {
    (rate * 1e8).round() / 1e8
}
