//! What a data vendor would have known about a line at a month's end.

use divisor_model::Day;

use super::company::Path;
use super::funds::Fund;
use super::line::Line;
use super::publications::{Publication, Publications, field};
use super::simulation::World;
use super::timeline::YEAR_SESSIONS;

/// Numeric columns of a snapshot.
pub(super) const COLUMNS: [&str; 16] = [
    "price",
    "fx",
    "shares",
    "market_cap",
    "free_float",
    "eps_ttm",
    "book_value_per_share",
    "book_value",
    "total_debt",
    "sales",
    "net_income_ttm",
    "operating_cash_flow",
    "dividend_yield",
    "adv_3m",
    "momentum_12_1",
    "volatility_1y",
];

/// Positions in [`COLUMNS`].
pub(super) mod column {
    pub(in super::super) const PRICE: usize = 0;
    pub(in super::super) const FX: usize = 1;
    pub(in super::super) const SHARES: usize = 2;
    pub(in super::super) const MARKET_CAP: usize = 3;
    pub(in super::super) const FREE_FLOAT: usize = 4;
    pub(in super::super) const EPS_TTM: usize = 5;
    pub(in super::super) const DIVIDEND_YIELD: usize = 12;
    pub(in super::super) const ADV_3M: usize = 13;
    pub(in super::super) const MOMENTUM_12_1: usize = 14;
    pub(in super::super) const VOLATILITY_1Y: usize = 15;
}

/// Sessions in three months of trading, and the fewest that give an average.
const VOLUME_SESSIONS: (usize, usize) = (63, 20);
/// Returns in a year of volatility, and the fewest that give one.
const VOLATILITY_SESSIONS: (usize, usize) = (252, 120);
/// Sessions back to the end and the start of the momentum window.
const MOMENTUM_SESSIONS: (usize, usize) = (21, 252);
/// A figure older than this says nothing about today.
const STALE_DAYS: Day = 550;

/// Values of [`COLUMNS`] for one line at one snapshot.
#[derive(Debug, Clone)]
pub(super) struct SnapshotRow {
    /// Position of the snapshot.
    pub snapshot: usize,
    pub values: [f64; COLUMNS.len()],
}

/// The rows of a line in all snapshots it is alive at.
pub(super) fn rows(world: &World<'_>, line: &Line<'_>, publications: &Publications) -> Vec<SnapshotRow> {
    let alive = line.path.first..line.end();
    let sessions = world.timeline.snapshots.iter().enumerate();
    let mut rows: Vec<SnapshotRow> = sessions
        .filter(|(_, session)| alive.contains(session))
        .map(|(snapshot, session)| SnapshotRow {
            snapshot,
            values: values(world, line, publications, *session),
        })
        .collect();
    // They wait for the names of all companies.
    rows.shrink_to_fit();
    rows
}

fn values(world: &World<'_>, line: &Line<'_>, publications: &Publications, session: usize) -> [f64; COLUMNS.len()] {
    let row = session - line.path.first;
    let day = world.timeline.days[session];
    let price = line.path.close[row];
    let fx = world.currencies.rate(line.company.traits.currency, session);
    let shares = line.shares(day);
    let known = Known {
        line,
        publications,
        day,
    };
    [
        price,
        fx,
        shares,
        shares * price * fx,
        line.free_float(day),
        known.trailing(field::EPS),
        known.per_share(known.newest_balance(), field::BOOK_VALUE_PER_SHARE),
        known.figure(known.newest_balance(), field::BOOK_VALUE),
        known.figure(known.newest_year(), field::TOTAL_DEBT),
        known.figure(known.newest_year(), field::SALES),
        known.trailing(field::NET_INCOME),
        known.figure(known.newest_year(), field::OPERATING_CASH_FLOW),
        line.dividends_of_year(day) / price,
        average_traded(&line.path, row) * fx,
        momentum(&line.index, row),
        volatility(&line.index, row),
    ]
}

/// Values of [`COLUMNS`] for a fund, which publishes no accounts.
pub(super) fn fund_values(fund: &Fund, row: usize, day: Day) -> [f64; COLUMNS.len()] {
    let price = fund.path.close[row];
    let mut values = [f64::NAN; COLUMNS.len()];
    let known = [
        (column::PRICE, price),
        (column::FX, 1.0),
        (column::SHARES, fund.shares),
        (column::MARKET_CAP, fund.shares * price),
        (column::FREE_FLOAT, 1.0),
        (column::DIVIDEND_YIELD, fund.distributions_of_year(day) / price),
        (column::ADV_3M, average_traded(&fund.path, row)),
        (column::MOMENTUM_12_1, momentum(&fund.index, row)),
        (column::VOLATILITY_1Y, volatility(&fund.index, row)),
    ];
    for (column, value) in known {
        values[column] = value;
    }
    values
}

/// Mean local value traded a day over three months.
fn average_traded(path: &Path, row: usize) -> f64 {
    let (window, least) = VOLUME_SESSIONS;
    let rows = (row + 1).saturating_sub(window)..row + 1;
    let count = rows.len();
    let total: f64 = rows.map(|at| path.close[at] * path.volume[at]).sum();
    if count < least { f64::NAN } else { total / count as f64 }
}

/// Total return from twelve months ago to one month ago.
fn momentum(index: &[f64], row: usize) -> f64 {
    let (end, start) = MOMENTUM_SESSIONS;
    if row < start {
        return f64::NAN;
    }
    index[row - end] / index[row - start] - 1.0
}

/// Sample standard deviation of daily total returns over a year, annualised.
fn volatility(index: &[f64], row: usize) -> f64 {
    let (window, least) = VOLATILITY_SESSIONS;
    let rows = row.saturating_sub(window) + 1..row + 1;
    let count = rows.len();
    if count < least {
        return f64::NAN;
    }
    let returns = || rows.clone().map(|at| index[at] / index[at - 1] - 1.0);
    let mean = returns().sum::<f64>() / count as f64;
    let squares: f64 = returns().map(|one| (one - mean) * (one - mean)).sum();
    (squares / (count - 1) as f64 * YEAR_SESSIONS).sqrt()
}

/// The publications of a line known on a day.
pub(super) struct Known<'a> {
    pub line: &'a Line<'a>,
    pub publications: &'a Publications,
    pub day: Day,
}

impl<'a> Known<'a> {
    pub(super) fn newest_year(&self) -> Option<&'a Publication> {
        Publications::newest(&self.publications.annual, self.day).filter(|row| self.is_fresh(row))
    }

    /// The newest balance sheet, of a quarter or a year. Of the same day the year's counts: it may be restated.
    fn newest_balance(&self) -> Option<&'a Publication> {
        let quarter = Publications::newest(&self.publications.quarterly, self.day);
        let newest = [quarter, self.newest_year()]
            .into_iter()
            .flatten()
            .max_by_key(|row| row.quarter);
        newest.filter(|row| self.is_fresh(row))
    }

    fn is_fresh(&self, row: &Publication) -> bool {
        self.day - row.period_end() <= STALE_DAYS
    }

    pub(super) fn figure(&self, row: Option<&Publication>, field: usize) -> f64 {
        row.map_or(f64::NAN, |row| self.line.figure(row, field))
    }

    /// A per-share figure on the share basis of the day.
    fn per_share(&self, row: Option<&Publication>, field: usize) -> f64 {
        row.map_or(f64::NAN, |row| {
            row.values[field] / self.line.company.share_factor(row.known_on, self.day)
        })
    }

    /// The sum over the newest four consecutive quarters known, else the newest fiscal year's. Restated years do not
    /// reach back into their quarters.
    fn trailing(&self, field: usize) -> f64 {
        let rows = &self.publications.quarterly;
        let value = |row: &Publication| {
            if field == field::EPS {
                self.per_share(Some(row), field)
            } else {
                self.line.figure(row, field)
            }
        };
        let newest = Publications::newest(rows, self.day).filter(|row| self.is_fresh(row));
        let quarters: Option<f64> = newest.and_then(|newest| {
            let effective = |quarter| Publications::effective(rows, quarter, self.day);
            let of_quarter = |quarter| effective(quarter).map(value).filter(|value| !value.is_nan());
            (newest.quarter - 3..=newest.quarter).map(of_quarter).sum()
        });
        quarters.unwrap_or_else(|| self.newest_year().map_or(f64::NAN, value))
    }
}
