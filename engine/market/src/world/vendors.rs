//! What vendors would have added to a company's own figures at a month's end: analysts' estimates, enterprise value,
//! accruals and exclusions. Made from the snapshot of the day, the publications known on it, and streams of their own,
//! so that a world with them has the prices and figures of one without.
//!
//! How they hang together with what is there:
//! - `eps_forward` lies half way from the earnings of the past year to what the price would mean at the company's normal
//!   valuation, four per cent on, give or take the estimate's error. So cheap names stay cheap on it, less so.
//! - `growth_estimate` rises with forward over trailing earnings and with the quality of the business.
//! - Small companies that disclose little have no analyst; nobody estimates where no earnings are known.
//! - `enterprise_value` is market cap plus debt minus cash, cash a company's usual part of its sales. Banks and insurers,
//!   for whom debt is raw material, have none.
//! - `accruals` is earnings not yet received as cash, over total assets, of the newest fiscal year known.
//! - `excluded` marks names some investors do not hold. A flag lasts three years; companies of high quality get fewer.

use super::line::Line;
use super::publications::{Publications, field};
use super::random::Purpose;
use super::simulation::World;
use super::snapshots::{Known, SnapshotRow, column};
use super::spec::VendorsSpec;

/// Numeric columns.
pub(super) const COLUMNS: [&str; 4] = ["eps_forward", "growth_estimate", "enterprise_value", "accruals"];

/// Declared units and kinds of all columns but the flag, as `dataset.toml` has them.
pub(super) const FIELDS: [(&str, &str, &str); 4] = [
    ("eps_forward", "per-share", "flow"),
    ("growth_estimate", "ratio", "stock"),
    ("enterprise_value", "money", "stock"),
    ("accruals", "ratio", "stock"),
];

/// Growth of earnings that everybody expects.
const EXPECTED_GROWTH: f64 = 0.04;
/// Years an exclusion lasts.
const EXCLUSION_YEARS: i64 = 3;

/// What vendors say of one line at one snapshot.
#[derive(Debug, Clone)]
pub(super) struct VendorRow {
    pub values: [f64; COLUMNS.len()],
    pub excluded: bool,
}

/// One row for each row in snapshots; none in a world without vendors.
pub(super) fn rows(
    world: &World<'_>,
    line: &Line<'_>,
    publications: &Publications,
    snapshots: &[SnapshotRow],
) -> Vec<VendorRow> {
    let Some(spec) = &world.spec.vendors else {
        return Vec::new();
    };
    let desk = Desk {
        world,
        spec,
        line,
        publications,
    };
    snapshots.iter().map(|row| desk.row(row)).collect()
}

/// The vendors' view of a line.
struct Desk<'a> {
    world: &'a World<'a>,
    spec: &'a VendorsSpec,
    line: &'a Line<'a>,
    publications: &'a Publications,
}

impl Desk<'_> {
    fn row(&self, row: &SnapshotRow) -> VendorRow {
        let session = self.world.timeline.snapshots[row.snapshot];
        let known = Known {
            line: self.line,
            publications: self.publications,
            day: self.world.timeline.days[session],
        };
        let year = known.newest_year();
        let figure = |field| known.figure(year, field);
        let month = i64::from(self.world.timeline.months[session]);
        let forward = self.eps_forward(row, month);
        VendorRow {
            values: [
                forward,
                self.growth_estimate(row, forward, month),
                self.enterprise_value(row, figure(field::TOTAL_DEBT), figure(field::SALES)),
                (figure(field::NET_INCOME) - figure(field::OPERATING_CASH_FLOW)) / figure(field::TOTAL_ASSETS),
            ],
            excluded: self.excluded(month.div_euclid(12)),
        }
    }

    fn key(&self) -> u64 {
        self.line.company.traits.key
    }

    /// Most of an estimate's error lasts; a quarter of its variance is of the month.
    fn eps_forward(&self, row: &SnapshotRow, month: i64) -> f64 {
        let traits = &self.line.company.traits;
        let stream = self.world.random.stream(Purpose::Estimate, self.key());
        if stream.chance(0, (2.0 * traits.undisclosed).min(0.8)) {
            return f64::NAN;
        }
        let normal = row.values[column::PRICE] * row.values[column::FX] / traits.price_to_earnings;
        let error = 0.75_f64.sqrt() * stream.normal(1) + 0.5 * stream.normal(month_counter(month));
        let trailing = row.values[column::EPS_TTM];
        (1.0 + EXPECTED_GROWTH) * (trailing + 0.5 * (normal - trailing)) + self.spec.estimate_error * normal * error
    }

    fn growth_estimate(&self, row: &SnapshotRow, forward: f64, month: i64) -> f64 {
        let stream = self.world.random.stream(Purpose::Estimate, self.key());
        let trailing = row.values[column::EPS_TTM];
        if forward.is_nan() || trailing.is_nan() {
            return f64::NAN;
        }
        // From a loss to a profit no rate leads; analysts then say what they say of the fastest growers.
        let recovery = if trailing > 0.0 && forward > 0.0 {
            libm::log(forward / trailing).clamp(-1.0, 1.0)
        } else {
            1.0
        };
        let taste = 0.02 * stream.normal(2) + 0.01 * stream.normal(month_counter(month.div_euclid(12)) + 1);
        let quality = 0.015 * self.line.company.traits.quality;
        (EXPECTED_GROWTH + 0.01 + 0.12 * recovery + quality + taste).clamp(-0.10, 0.40)
    }

    fn enterprise_value(&self, row: &SnapshotRow, debt: f64, sales: f64) -> f64 {
        let traits = &self.line.company.traits;
        if self.world.spec.sectors[traits.slot.sector].liabilities >= 3.0 {
            return f64::NAN;
        }
        let stream = self.world.random.stream(Purpose::Estimate, self.key());
        let cash = self.spec.cash * libm::exp(0.6 * stream.normal(3)) * sales;
        row.values[column::MARKET_CAP] + debt - cash
    }

    /// Whether one of this year and the two before brought an exclusion.
    fn excluded(&self, year: i64) -> bool {
        let stream = self.world.random.stream(Purpose::Conduct, self.key());
        let quality = self.line.company.traits.quality;
        let each = self.spec.excluded / EXCLUSION_YEARS as f64 * libm::exp(-0.4 * quality);
        (year + 1 - EXCLUSION_YEARS..=year).any(|year| stream.chance(month_counter(year), each.min(1.0)))
    }
}

/// Counters of months and years lie beyond those of single draws; even, so that a stream has room for two of each.
fn month_counter(at: i64) -> u64 {
    1024 + 2 * at.unsigned_abs()
}
