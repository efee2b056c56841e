//! The checks of one snapshot, alone and against the one before.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use divisor_model::{DatasetInfo, Day, FieldUnit, SecurityIndex, date_of, day_of};
use divisor_numeric::sum_iter;

use super::missing_in_sector::Sectors;
use super::missing_values::Share;
use super::settings::Checks;
use super::stale_price_date::Wrong;
use super::view::{Lacking, Places};
use super::{
    CheckInfo, Finding, View, coverage_drop, figure, missing_in_sector, missing_values, own_jump, percent,
    sector_outlier, stale_price_date, times, value_bounds,
};
use crate::snapshots::TABLE;

/// Columns that checks of their own judge.
const JUDGED_ELSEWHERE: [&str; 5] = ["fx", "free_float", "market_cap", "price", "shares"];

/// Checks the names of a parent in one snapshot, and what changed since `before`. `columns` are those the rules name;
/// the columns every snapshot has are judged in any case.
pub fn check_snapshot(
    checks: &Checks,
    info: &DatasetInfo,
    columns: &BTreeSet<String>,
    now: &View<'_>,
    before: Option<&View<'_>>,
) -> Vec<Finding> {
    let mut look = Look {
        checks,
        info,
        now,
        before: before.map(|before| Before {
            view: before,
            places: now.places_in(before),
        }),
        sectors: OnceCell::new(),
        findings: Vec::new(),
    };
    look.values(columns);
    look.market_caps();
    look.missing(columns);
    look.price_dates();
    look.exchange_rates();
    look.changes();
    look.findings
}

/// The snapshot before, and where each name of this one stands in it.
pub(super) struct Before<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) places: Places,
}

pub(super) struct Look<'a> {
    pub(super) checks: &'a Checks,
    info: &'a DatasetInfo,
    pub(super) now: &'a View<'a>,
    pub(super) before: Option<Before<'a>>,
    /// What the sectors weigh, once a check asks.
    sectors: OnceCell<Sectors>,
    findings: Vec<Finding>,
}

/// What a finding of a snapshot is about.
pub(super) struct About<'a> {
    column: &'a str,
    security: Option<SecurityIndex>,
    weight: f64,
}

impl Look<'_> {
    fn date(&self) -> Day {
        day_of(self.now.date())
    }

    pub(super) fn name<'a>(&self, column: &'a str, at: usize) -> About<'a> {
        About {
            column,
            security: Some(self.now.security(at)),
            weight: self.now.weight[at],
        }
    }

    pub(super) fn push(
        &mut self,
        check: &'static CheckInfo,
        about: &About<'_>,
        (value, limit): (f64, f64),
        message: String,
    ) {
        self.findings.push(Finding {
            check,
            level: self.checks.level(check),
            table: TABLE,
            column: about.column.to_owned(),
            security: about.security,
            date: self.date(),
            known_on: self.date(),
            value,
            limit,
            weight: about.weight,
            message,
        });
    }

    /// Bounds, outliers of sectors and jumps against a name's own value before.
    fn values(&mut self, columns: &BTreeSet<String>) {
        let standard = JUDGED_ELSEWHERE.map(str::to_owned);
        let judged: BTreeSet<&String> = columns.iter().chain(&standard).collect();
        if let Some(limits) = self.checks.value_bounds.on() {
            for column in judged {
                if let (Some(bound), Some(values)) = (limits.fields.get(column), self.now.number(column)) {
                    self.bounds(*bound, column, &values);
                }
            }
        }
        for column in columns {
            if JUDGED_ELSEWHERE.contains(&column.as_str()) {
                continue;
            }
            match self.info.field(column).map(|field| field.unit) {
                Some(FieldUnit::Ratio) => self.outliers(column),
                Some(FieldUnit::Money | FieldUnit::Count) => self.own_jumps(column),
                Some(FieldUnit::PerShare) | None => {}
            }
        }
    }

    fn bounds(&mut self, bound: value_bounds::Bound, column: &str, values: &[f64]) {
        if !bound.is_broken_in(values) {
            return;
        }
        for (at, value) in values.iter().enumerate() {
            if let Some(limit) = bound.broken_by(*value) {
                let side = if *value < limit { "below" } else { "above" };
                let message = format!("`{column}` is {}, {side} {limit}", figure(*value));
                self.push(&value_bounds::CHECK, &self.name(column, at), (*value, limit), message);
            }
        }
    }

    fn outliers(&mut self, column: &str) {
        let Some(limits) = self.checks.sector_outlier.on() else {
            return;
        };
        let (Some(values), Some(sectors)) = (self.now.number(column), self.now.codes("sector")) else {
            return;
        };
        for (at, deviations) in sector_outlier::outliers(&values, &sectors, limits) {
            let sector = self.now.text("sector", sectors[at]);
            let message = format!(
                "`{column}` is {}, {:.0} robust deviations from the median of {sector}",
                figure(values[at]),
                deviations.abs()
            );
            let figures = (deviations.abs(), limits.deviations);
            self.push(&sector_outlier::CHECK, &self.name(column, at), figures, message);
        }
    }

    fn own_jumps(&mut self, column: &str) {
        let (Some(limits), Some(before)) = (self.checks.own_jump.on(), &self.before) else {
            return;
        };
        let (Some(values), Some(old)) = (self.now.number(column), before.view.number(column)) else {
            return;
        };
        let pairs = before.places.pairs();
        let jumps =
            pairs.filter_map(|(at, from)| Some((at, own_jump::jump(old[from], values[at], limits)?, old[from])));
        let since = before.view.date();
        for (at, ratio, old) in jumps.collect::<Vec<_>>() {
            let (value, old) = (figure(values[at]), figure(old));
            let message = format!("`{column}` is {value}, {} its {old} of {since}", times(ratio));
            self.push(
                &own_jump::CHECK,
                &self.name(column, at),
                (ratio, limits.factor),
                message,
            );
        }
    }

    /// Missing values of columns and history functions.
    fn missing(&mut self, columns: &BTreeSet<String>) {
        let functions: Vec<&str> = self.now.functions.iter().map(|(text, _)| *text).collect();
        let names = columns.iter().map(String::as_str).chain(functions);
        for column in names.filter(|column| !JUDGED_ELSEWHERE.contains(column)) {
            let lacking = self.now.lacking(column).unwrap_or_else(|| {
                let positions: Vec<usize> = (0..self.now.len()).collect();
                Lacking {
                    of: positions.len(),
                    weight: self.now.weight_at(&positions),
                    positions,
                }
            });
            let share = Share {
                names: lacking.positions.len(),
                of: lacking.of,
                weight: lacking.weight,
            };
            self.missing_in_column(column, share);
            self.missing_in_sectors(column, &lacking.positions);
            self.coverage(column, share.weight);
        }
    }

    fn missing_in_column(&mut self, column: &str, share: Share) {
        let Some(limits) = self.checks.missing_values.on() else {
            return;
        };
        if share.of > 0 && share.breaks(limits) {
            let message = format!(
                "`{column}` is missing for {} of {} names, {} of the parent's weight",
                share.names,
                share.of,
                percent(share.weight)
            );
            // Whichever limit is broken; the weight where both are.
            let figures = if share.weight > limits.weight {
                (share.weight, limits.weight)
            } else {
                (share.of_names(), limits.names)
            };
            let about = About {
                column,
                security: None,
                weight: share.weight,
            };
            self.push(&missing_values::CHECK, &about, figures, message);
        }
    }

    fn missing_in_sectors(&mut self, column: &str, positions: &[usize]) {
        let Some(limits) = self.checks.missing_in_sector.on() else {
            return;
        };
        let Some(sectors) = self.now.codes("sector") else {
            return;
        };
        let sizes = self
            .sectors
            .get_or_init(|| missing_in_sector::sizes(&self.now.weight, &sectors));
        for (sector, share) in missing_in_sector::gaps(positions, &self.now.weight, &sectors, sizes, limits) {
            let message = format!(
                "`{column}` is missing for {} of {} names of {}, {} of the sector's weight",
                share.names,
                share.of,
                self.now.text("sector", sector),
                percent(share.weight)
            );
            let about = About {
                column,
                security: None,
                weight: sum_iter(
                    positions
                        .iter()
                        .filter(|at| sectors[**at] == sector)
                        .map(|at| self.now.weight[*at]),
                ),
            };
            self.push(
                &missing_in_sector::CHECK,
                &about,
                (share.weight, limits.weight),
                message,
            );
        }
    }

    fn coverage(&mut self, column: &str, missing: f64) {
        // Coverage cannot have fallen by more than what is missing now, which mostly is little.
        let limits = self.checks.coverage_drop.on().filter(|limits| missing > limits.points);
        let (Some(limits), Some(before)) = (limits, &self.before) else {
            return;
        };
        let Some(lacking_before) = before.view.lacking(column) else {
            return;
        };
        let (covered, now) = (1.0 - lacking_before.weight, 1.0 - missing);
        let since = before.view.date();
        if let Some(fallen) = coverage_drop::drop(covered, now, limits) {
            let message = format!(
                "`{column}` covers {} of the parent's weight, {} on {}",
                percent(now),
                percent(covered),
                since
            );
            let about = About {
                column,
                security: None,
                weight: fallen,
            };
            self.push(&coverage_drop::CHECK, &about, (fallen, limits.points), message);
        }
    }

    /// Prices of other days than the snapshot's.
    fn price_dates(&mut self) {
        let (Some(limits), Some(days)) = (self.checks.stale_price_date.on(), self.now.days("price_date")) else {
            return;
        };
        let snapshot = self.date();
        let mut by_sort: BTreeMap<Wrong, Vec<usize>> = BTreeMap::new();
        for (at, day) in days.iter().enumerate() {
            if let Some(wrong) = stale_price_date::judge(*day, snapshot, limits) {
                by_sort.entry(wrong).or_default().push(at);
            }
        }
        for (wrong, names) in by_sort {
            self.price_dates_of(wrong, &names, &days, limits.days);
        }
    }

    /// The names whose prices have one sort of wrong date.
    fn price_dates_of(&mut self, wrong: Wrong, names: &[usize], days: &[Day], limit: Day) {
        let dates = names.iter().map(|at| days[*at]);
        let (extreme, words) = match wrong {
            Wrong::Old => (
                dates.min(),
                format!("more than {limit} days before the snapshot, the oldest of"),
            ),
            Wrong::Later => (dates.max(), "after the snapshot, the latest of".to_owned()),
            Wrong::Undated => (None, "without a price_date".to_owned()),
        };
        let age = extreme.map_or(f64::NAN, |day| f64::from(self.date() - day));
        let extreme = extreme.and_then(date_of).map(|date| format!(" {date}"));
        let message = format!(
            "prices of {} of {} names are {words}{}",
            names.len(),
            self.now.len(),
            extreme.unwrap_or_default()
        );
        let weight = self.now.weight_at(names);
        let figures = (age, f64::from(limit));
        self.push_whole(&stale_price_date::CHECK, "price_date", weight, figures, message);
    }

    /// A finding about a whole column.
    pub(super) fn push_whole(
        &mut self,
        check: &'static CheckInfo,
        column: &str,
        weight: f64,
        figures: (f64, f64),
        message: String,
    ) {
        let about = About {
            column,
            security: None,
            weight,
        };
        self.push(check, &about, figures, message);
    }
}
