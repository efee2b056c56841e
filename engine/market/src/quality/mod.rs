//! Data quality: what keeps the contract and still looks wrong. Every check is a pure function over columns in a file of
//! its own, with a stable code, a name that is its table in `config/checks.toml`, and a definition that `--explain`
//! prints. Contract defects (`D…`, see [`divisor_model::Defect`]) are no checks: they are always errors.
//!
//! `data check` runs all of them over everything. A run makes those with [`CheckInfo::in_runs`] on exactly what each
//! review may read: the parent's names in the review's snapshot and in the snapshot of the review before, the columns
//! its rulebook names, the prices inside the windows of its formulas. A finding depends on nothing else, whatever
//! shares the run.

mod cap_against_close;
mod caps;
mod changes;
mod close_disagreement;
mod coverage_drop;
mod dataset;
mod ended_prices;
mod figures;
mod figures_coverage;
mod fx_disagreement;
mod fx_jump;
mod group;
mod head_dates;
mod large_restatement;
mod late_publication;
mod market_cap_jump;
mod market_cap_mismatch;
mod missing_in_sector;
mod missing_values;
mod own_jump;
mod period_gap;
mod price_coverage;
mod price_jump;
mod prices;
mod repeated_snapshot;
mod reused_ticker;
mod sector_change;
mod sector_outlier;
mod settings;
mod snapshot;
mod snapshot_gap;
mod stale_close;
mod stale_price_date;
mod unadjusted_split;
mod universe_change;
mod value_bounds;
mod view;

use divisor_model::{Day, SecurityIndex, date_of};

pub use caps::check_caps;
pub use dataset::Checked;
pub use group::FindingGroup;
pub use prices::{PriceEvents, PriceWindow, check_coverage};
pub use settings::{Checks, ChecksMistake, Level};
pub use snapshot::check_snapshot;
pub use view::View;

/// What a check is.
#[derive(Debug, PartialEq, Eq)]
pub struct CheckInfo {
    /// Stable code, `Q…`.
    pub code: &'static str,
    /// Its table in `checks.toml`.
    pub name: &'static str,
    /// What it finds, with formula and units.
    pub definition: &'static str,
    /// Whether a run makes it on what its reviews may read; else it belongs to `data check` alone, and the definition
    /// says why.
    pub in_runs: bool,
}

/// All checks, by code.
pub const ALL: [&CheckInfo; 28] = [
    &value_bounds::CHECK,
    &sector_outlier::CHECK,
    &own_jump::CHECK,
    &market_cap_mismatch::CHECK,
    &market_cap_jump::CHECK,
    &missing_values::CHECK,
    &missing_in_sector::CHECK,
    &coverage_drop::CHECK,
    &price_coverage::CHECK,
    &figures_coverage::CHECK,
    &price_jump::CHECK,
    &unadjusted_split::CHECK,
    &reused_ticker::CHECK,
    &stale_close::CHECK,
    &stale_price_date::CHECK,
    &ended_prices::CHECK,
    &close_disagreement::CHECK,
    &cap_against_close::CHECK,
    &late_publication::CHECK,
    &period_gap::CHECK,
    &large_restatement::CHECK,
    &snapshot_gap::CHECK,
    &head_dates::CHECK,
    &universe_change::CHECK,
    &sector_change::CHECK,
    &fx_jump::CHECK,
    &fx_disagreement::CHECK,
    &repeated_snapshot::CHECK,
];

impl CheckInfo {
    /// The check with a code or a name.
    pub fn find(code_or_name: &str) -> Option<&'static Self> {
        let is = |check: &&&Self| check.code.eq_ignore_ascii_case(code_or_name) || check.name == code_or_name;
        ALL.iter().find(is).copied()
    }
}

/// One thing that looks wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which check found it.
    pub check: &'static CheckInfo,
    /// How bad that is, by the settings in force.
    pub level: Level,
    /// Table.
    pub table: &'static str,
    /// Column or history function; empty for whole rows or tables.
    pub column: String,
    /// The security; `None` for a column, a sector or a snapshot.
    pub security: Option<SecurityIndex>,
    /// The day it is about: of the snapshot, the price or the end of the reporting period.
    pub date: Day,
    /// When it could first be seen; reviews with an earlier cut-off never do.
    pub known_on: Day,
    /// What was measured, in the unit of the check.
    pub value: f64,
    /// The limit it breaks, in the same unit; NaN where there is none.
    pub limit: f64,
    /// Share of parent weight concerned, a fraction; NaN where there is no parent.
    pub weight: f64,
    /// What is wrong, in words that name everything but security and date.
    pub message: String,
}

impl Finding {
    /// The file it lies in, as far as the table tells.
    pub fn file(&self) -> String {
        match date_of(self.date) {
            Some(date) if self.table == "snapshots" => format!("snapshots/date={date}"),
            _ => self.table.to_owned(),
        }
    }
}

/// `×3.50`, or `÷3.50` where it went down.
fn times(ratio: f64) -> String {
    if ratio >= 1.0 {
        format!("×{ratio:.2}")
    } else {
        format!("÷{:.2}", 1.0 / ratio)
    }
}

/// A figure in six digits, for messages.
fn figure(value: f64) -> String {
    let rounded = format!("{value:.5e}").parse::<f64>();
    rounded.unwrap_or(value).to_string()
}

/// A fraction in percent.
fn percent(fraction: f64) -> String {
    format!("{:.1}%", fraction * 100.0)
}

/// By how much a ratio is away from one, whichever way: at least one.
fn distance(ratio: f64) -> f64 {
    if ratio >= 1.0 { ratio } else { 1.0 / ratio }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_ascend() {
        assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
        for check in ALL {
            assert_eq!(CheckInfo::find(check.code), CheckInfo::find(check.name));
        }
        assert!(CheckInfo::find("Q9999").is_none());
    }

    #[test]
    fn ratios_read_both_ways() {
        assert_eq!((times(2.0), times(0.25)), ("×2.00".to_owned(), "÷4.00".to_owned()));
        assert_eq!(
            [1.045_649_04, 3_585_429_123.0, -2.5].map(figure),
            ["1.04565", "3585430000", "-2.5"]
        );
        assert!((distance(0.25) - 4.0).abs() < 1e-15 && (distance(4.0) - 4.0).abs() < 1e-15);
    }
}
