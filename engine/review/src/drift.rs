//! Drift: what yesterday's weights became by price movement up to this review's valuation closes.

use divisor_market::Landed;
use divisor_model::{DAY_MISSING, Date, Day, Prices, SecurityIndex, Snapshot, day_of};
use divisor_numeric::sum;

use crate::needs::CLOSE_AGE_DAYS_MAX;
use crate::shared::Shared;

/// The members of an index as one review left them.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdings {
    /// The snapshot they were valued in.
    pub snapshot: Date,
    /// Ascending by security.
    pub members: Vec<Holding>,
}

impl Holdings {
    /// Each member and its weight.
    pub(crate) fn weights(&self) -> impl Iterator<Item = (SecurityIndex, f64)> {
        self.members.iter().map(|held| (held.security, held.weight))
    }

    /// Whether a security is a member.
    pub fn has(&self, security: SecurityIndex) -> bool {
        self.members
            .binary_search_by_key(&security, |holding| holding.security)
            .is_ok()
    }
}

/// One member.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holding {
    /// Which.
    pub security: SecurityIndex,
    /// Its weight at the valuation close.
    pub weight: f64,
    /// The day of that close.
    pub valuation_day: Day,
}

/// Where a price movement was read off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftSource {
    /// Split-adjusted closes.
    Close,
    /// Total-return closes.
    CloseTotalReturn,
    /// Market caps of the two snapshots.
    MarketCap,
    /// Nothing: the weight was left as it was.
    Unchanged,
    /// An addition has no old weight.
    None,
}

impl DriftSource {
    /// All sources.
    pub const ALL: [Self; 5] = [
        Self::Close,
        Self::CloseTotalReturn,
        Self::MarketCap,
        Self::Unchanged,
        Self::None,
    ];

    /// As published.
    pub fn word(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::CloseTotalReturn => "close_total_return",
            Self::MarketCap => "market_cap",
            Self::Unchanged => "unchanged",
            Self::None => "none",
        }
    }
}

/// A member's weight after drift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drifted {
    pub(crate) security: SecurityIndex,
    pub(crate) weight: f64,
    pub(crate) source: DriftSource,
}

/// Drifts holdings to the valuation closes of a snapshot; the weights sum to 1 again.
pub(crate) fn drift(holdings: &Holdings, shared: &Shared, to: Snapshot<'_>, cutoff: Day) -> Vec<Drifted> {
    scaled(holdings, moved(holdings, shared, to, cutoff))
}

/// Moved weights, scaled to sum to 1.
fn scaled(holdings: &Holdings, moved: Vec<(f64, DriftSource)>) -> Vec<Drifted> {
    let values: Vec<f64> = moved.iter().map(|(value, _)| *value).collect();
    let total = sum(&values);
    let members = holdings.members.iter().zip(moved);
    members
        .map(|(holding, (value, source))| Drifted {
            security: holding.security,
            weight: value / total,
            source,
        })
        .collect()
}

/// What one unit of the index became up to the valuation closes of a snapshot.
pub(crate) fn growth(holdings: &Holdings, shared: &Shared, to: Snapshot<'_>, cutoff: Day) -> f64 {
    let values: Vec<f64> = (moved(holdings, shared, to, cutoff).iter())
        .map(|(value, _)| *value)
        .collect();
    sum(&values)
}

/// The value of each member's weight at the valuation closes of a snapshot, and where its movement was read off.
fn moved(holdings: &Holdings, shared: &Shared, to: Snapshot<'_>, cutoff: Day) -> Vec<(f64, DriftSource)> {
    let path = Path {
        prices: shared.landed.history.prices.as_ref(),
        from: shared.landed.panel.snapshot(holdings.snapshot).map(End::new),
        to: End::new(to),
        cutoff,
        takes_older_closes: false,
    };
    along(&path, holdings)
}

/// Drifts holdings to the closes of one day; exchange rates and market caps are those of `to`, a snapshot not after it. A
/// name that nothing else moves, as one delisted on the way, is held at its last close since its valuation.
pub(crate) fn drift_to_day(holdings: &Holdings, landed: &Landed, to: Snapshot<'_>, day: Day) -> Vec<Drifted> {
    let path = Path {
        prices: landed.history.prices.as_ref(),
        from: landed.panel.snapshot(holdings.snapshot).map(End::new),
        to: End {
            day,
            price_days: None,
            ..End::new(to)
        },
        cutoff: day,
        takes_older_closes: true,
    };
    scaled(holdings, along(&path, holdings))
}

/// The value of each member's weight at the end of a path, and where its movement was read off.
fn along(path: &Path<'_>, holdings: &Holdings) -> Vec<(f64, DriftSource)> {
    let securities = || holdings.members.iter().map(|holding| holding.security);
    let old_rows = path.from.as_ref().map(|from| from.snapshot.rows_of(securities()));
    let old_rows = old_rows.unwrap_or_else(|| vec![None; holdings.members.len()]);
    let new_rows = path.to.snapshot.rows_of(securities());
    let rows = old_rows.into_iter().zip(new_rows);
    holdings
        .members
        .iter()
        .zip(rows)
        .map(|(holding, rows)| {
            let (ratio, source) = path.movement(holding, rows);
            (holding.weight * ratio, source)
        })
        .collect()
}

/// One end of a drift: the columns of its snapshot.
struct End<'a> {
    snapshot: Snapshot<'a>,
    day: Day,
    caps: Option<&'a [f64]>,
    rates: Option<&'a [f64]>,
    currencies: Option<&'a [u32]>,
    price_days: Option<&'a [Day]>,
}

impl<'a> End<'a> {
    fn new(snapshot: Snapshot<'a>) -> Self {
        Self {
            caps: snapshot.number("market_cap"),
            rates: snapshot.number("fx"),
            currencies: snapshot.text("currency").map(|(codes, _)| codes),
            price_days: snapshot.days("price_date"),
            day: day_of(snapshot.date()),
            snapshot,
        }
    }

    fn cap(&self, row: usize) -> Option<f64> {
        self.caps.map(|caps| caps[row]).filter(|cap| *cap > 0.0)
    }

    fn rate(&self, row: usize) -> f64 {
        self.rates.map_or(1.0, |rates| rates[row])
    }

    /// The day a name is valued at: its price date, else the snapshot's.
    fn valuation_day(&self, row: Option<usize>) -> Day {
        let own = row.and_then(|row| Some(self.price_days?[row]));
        own.filter(|day| *day != DAY_MISSING).unwrap_or(self.day)
    }
}

/// The way from one snapshot to another.
struct Path<'a> {
    prices: Option<&'a Prices>,
    from: Option<End<'a>>,
    to: End<'a>,
    cutoff: Day,
    /// Whether a close more than ten days old counts where there is nothing else.
    takes_older_closes: bool,
}

impl Path<'_> {
    /// The ratio a weight moved by; `rows` are the name's rows in the two snapshots.
    fn movement(&self, holding: &Holding, rows: (Option<usize>, Option<usize>)) -> (f64, DriftSource) {
        let until = self.to.valuation_day(rows.1);
        let closes = |age_days_max: Day| {
            let (ratio, source) = self.price_ratio(holding, until, age_days_max)?;
            Some((ratio * self.currency_ratio(rows)?, source))
        };
        if let Some(moved) = closes(CLOSE_AGE_DAYS_MAX) {
            return moved;
        }
        let old = self.from.as_ref().and_then(|from| from.cap(rows.0?));
        let new = rows.1.and_then(|row| self.to.cap(row));
        if let (Some(old), Some(new)) = (old, new) {
            return (new / old, DriftSource::MarketCap);
        }
        let since = until - holding.valuation_day - 1;
        let older = (self.takes_older_closes && since > 0).then(|| closes(since));
        older.flatten().unwrap_or((1.0, DriftSource::Unchanged))
    }

    /// The ratio of two closes of the same column, each the last on or before its day: the old one at most ten days older,
    /// the new one at most `age_days_max`.
    fn price_ratio(&self, holding: &Holding, until: Day, age_days_max: Day) -> Option<(f64, DriftSource)> {
        let prices = self.prices?;
        let around = |day: Day, age: Day| {
            let first = day.saturating_sub(age);
            prices.between(holding.security, first, day.min(self.cutoff))
        };
        let from = around(holding.valuation_day, CLOSE_AGE_DAYS_MAX);
        let to = around(until, age_days_max);
        let columns = [
            (&from.close, &to.close, DriftSource::Close),
            (
                &from.close_total_return,
                &to.close_total_return,
                DriftSource::CloseTotalReturn,
            ),
        ];
        columns.into_iter().find_map(|(old, new, source)| {
            let (_, start) = from.slice().value_at(old, holding.valuation_day, CLOSE_AGE_DAYS_MAX)?;
            let (_, end) = to.slice().value_at(new, until, age_days_max)?;
            (start > 0.0 && end > 0.0).then_some((end / start, source))
        })
    }

    /// How the security's currency moved against the dataset's between the two snapshots; `rows` are its rows in them.
    fn currency_ratio(&self, rows: (Option<usize>, Option<usize>)) -> Option<f64> {
        let from = self.from.as_ref()?;
        let old_row = rows.0?;
        let new = match rows.1 {
            Some(row) => self.to.rate(row),
            // A name that left: the rate other names of its currency have.
            None => match (from.currencies, self.to.currencies) {
                (Some(old), Some(new)) => self.to.rate(new.iter().position(|code| *code == old[old_row])?),
                _ => 1.0,
            },
        };
        let ratio = new / from.rate(old_row);
        (ratio.is_finite() && ratio > 0.0).then_some(ratio)
    }
}
