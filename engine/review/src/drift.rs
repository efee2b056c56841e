//! Drift: what yesterday's weights became by price movement up to this review's valuation closes.

use divisor_model::{Date, Day, SecurityIndex, Snapshot, day_of};
use divisor_numeric::sum;

use crate::needs::CLOSE_AGE_DAYS_MAX;
use crate::shared::Shared;
use crate::universe::valuation_day;

/// The members of an index as one review left them.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdings {
    /// The snapshot they were valued in.
    pub snapshot: Date,
    /// Ascending by security.
    pub members: Vec<Holding>,
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
    let from = shared.landed.panel.snapshot(holdings.snapshot);
    let moved: Vec<(f64, DriftSource)> = holdings
        .members
        .iter()
        .map(|holding| {
            let (ratio, source) = movement(holding, shared, from, to, cutoff);
            (holding.weight * ratio, source)
        })
        .collect();
    let values: Vec<f64> = moved.iter().map(|(value, _)| *value).collect();
    let total = sum(&values);
    holdings
        .members
        .iter()
        .zip(moved)
        .map(|(holding, (value, source))| Drifted {
            security: holding.security,
            weight: value / total,
            source,
        })
        .collect()
}

fn movement(
    holding: &Holding,
    shared: &Shared,
    from: Option<Snapshot<'_>>,
    to: Snapshot<'_>,
    cutoff: Day,
) -> (f64, DriftSource) {
    let row = to.row(holding.security);
    let until = row.map_or_else(|| day_of(to.date()), |row| valuation_day(to, row));
    if let Some((ratio, source)) = price_ratio(holding, shared, until, cutoff)
        && let Some(currency) = currency_ratio(holding.security, from, to)
    {
        return (ratio * currency, source);
    }
    let cap = |snapshot: Snapshot<'_>, row: usize| snapshot.number("market_cap").map(|caps| caps[row]);
    let old = from.and_then(|from| cap(from, from.row(holding.security)?));
    let new = row.and_then(|row| cap(to, row));
    match (old, new) {
        (Some(old), Some(new)) if old > 0.0 && new > 0.0 => (new / old, DriftSource::MarketCap),
        _ => (1.0, DriftSource::Unchanged),
    }
}

/// The ratio of two closes of the same column, each the last on or before its day and at most ten days older.
fn price_ratio(holding: &Holding, shared: &Shared, until: Day, cutoff: Day) -> Option<(f64, DriftSource)> {
    let slice = shared.landed.history.prices.as_ref()?.until(holding.security, cutoff);
    let columns = [
        (slice.close, DriftSource::Close),
        (slice.close_total_return, DriftSource::CloseTotalReturn),
    ];
    columns.into_iter().find_map(|(column, source)| {
        let (_, start) = slice.value_at(column, holding.valuation_day, CLOSE_AGE_DAYS_MAX)?;
        let (_, end) = slice.value_at(column, until, CLOSE_AGE_DAYS_MAX)?;
        (start > 0.0 && end > 0.0).then_some((end / start, source))
    })
}

/// How the security's currency moved against the dataset's between the two snapshots.
fn currency_ratio(security: SecurityIndex, from: Option<Snapshot<'_>>, to: Snapshot<'_>) -> Option<f64> {
    let from = from?;
    let old_row = from.row(security)?;
    let rate = |snapshot: Snapshot<'_>, row: usize| snapshot.number("fx").map_or(1.0, |rates| rates[row]);
    let new = match to.row(security) {
        Some(row) => rate(to, row),
        // A name that left: the rate other names of its currency have.
        None => match (from.text("currency"), to.text("currency")) {
            (Some((old_codes, _)), Some((new_codes, _))) => {
                let row = new_codes.iter().position(|code| *code == old_codes[old_row])?;
                rate(to, row)
            }
            _ => 1.0,
        },
    };
    let ratio = new / rate(from, old_row);
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}
