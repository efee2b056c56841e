//! How companies end: taken over at a premium, or failed after a collapse.

use super::company::Ending;
use super::simulation::Simulation;

/// What is in store for a company.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    Alive,
    /// A bid was made on `announced`; the last session is `end`.
    Merging {
        announced: usize,
        end: usize,
        premium: f64,
    },
    /// Trouble became plain; the last session is `end`.
    Failing {
        end: usize,
        drift: f64,
    },
}

impl Fate {
    /// Factors on what the company shares with others and on its own noise: a bid price hardly moves.
    pub(super) fn sensitivity(self) -> (f64, f64) {
        match self {
            Self::Alive => (1.0, 1.0),
            Self::Merging { .. } => (0.1, 0.2),
            Self::Failing { .. } => (1.0, 1.7),
        }
    }

    /// Return of a session that fate adds.
    pub(super) fn drift(self, session: usize) -> f64 {
        match self {
            Self::Merging { announced, premium, .. } if session == announced => premium,
            Self::Failing { drift, .. } => drift,
            Self::Alive | Self::Merging { .. } => 0.0,
        }
    }

    /// How the company ends at a session, if it does.
    pub(super) fn ending_at(self, session: usize) -> Option<Ending> {
        match self {
            Self::Merging { end, .. } if session >= end => Some(Ending::Merged),
            Self::Failing { end, .. } if session >= end => Some(Ending::Failed),
            _ => None,
        }
    }
}

impl Simulation<'_> {
    /// Draws once a month whether the company begins to end. Small companies and those that lose money fail more
    /// often; the largest are rarely bought.
    pub(super) fn decide_fate(&mut self, session: usize) {
        if self.fate != Fate::Alive {
            return;
        }
        let month = self.world.timeline.months[session] as u64 * 8;
        let stream = self.streams.fate;
        let capitalization = self.price * self.shares * self.rate(session - 1);
        let size = self.relative_size(session, capitalization) / self.world.spec.market.size_dispersion;
        let loyal = if self.traits.aristocrat { 0.2 } else { 1.0 };
        let trouble = if self.business.loses_money() { 2.0 } else { 0.8 };
        let listings = &self.world.spec.listings;
        let failure = listings.failures / 12.0 * loyal * trouble * libm::exp(-0.6 * size - 0.4).min(4.0);
        let appeal = if size > 1.2 { 0.25 } else { 1.15 };
        let merger = listings.mergers / 12.0 * loyal.sqrt() * appeal;
        if stream.chance(month, failure) {
            let sessions = 120 + stream.index(month + 1, 150);
            let remains = stream.between(month + 2, 0.04, 0.14);
            self.fate = Fate::Failing {
                end: session + sessions,
                drift: libm::log(remains) / sessions as f64,
            };
            self.business.fail();
            self.stop_dividends();
        } else if stream.chance(month + 3, merger) {
            self.fate = Fate::Merging {
                announced: session,
                end: session + 40 + stream.index(month + 4, 110),
                premium: stream.between(month + 5, 0.10, 0.40),
            };
        }
    }
}
