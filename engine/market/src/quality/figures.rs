//! The checks of reported figures: all publications of one security.

use divisor_model::{DatasetInfo, Day, FieldUnit, Fundamentals, Period, Publication, SecurityIndex, date_of};

use super::settings::Checks;
use super::{
    CheckInfo, Finding, figure, large_restatement, late_publication, own_jump, percent, period_gap, times, value_bounds,
};

const TABLE: &str = "fundamentals";

/// Checks everything that was ever published about a security.
pub(crate) fn check_figures(
    checks: &Checks,
    info: &DatasetInfo,
    table: &Fundamentals,
    security: SecurityIndex,
) -> Vec<Finding> {
    let mut look = Look {
        checks,
        table,
        security,
        findings: Vec::new(),
    };
    let published = |period: Period| {
        table
            .publications(security, period, Day::MAX)
            .map(|own| own.known_on)
            .min()
    };
    let Some(debut) = Period::ALL.into_iter().filter_map(published).min() else {
        return look.findings;
    };
    for period in Period::ALL {
        let all: Vec<Publication> = table.publications(security, period, Day::MAX).collect();
        let periods: Vec<&[Publication]> = all.chunk_by(|a, b| a.period_end == b.period_end).collect();
        look.times(period, debut, &periods);
        for field in table.fields() {
            look.restatements(period, field, &periods);
            look.bounds(period, field, &all);
            let unit = info.field(field).map(|field| field.unit);
            if period == Period::FiscalYear && matches!(unit, Some(FieldUnit::Money | FieldUnit::Count)) {
                look.jumps(field, &periods);
            }
        }
    }
    look.findings
}

struct Look<'a> {
    checks: &'a Checks,
    table: &'a Fundamentals,
    security: SecurityIndex,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn push(
        &mut self,
        check: &'static CheckInfo,
        column: &str,
        at: Publication,
        (value, limit): (f64, f64),
        message: String,
    ) {
        self.findings.push(Finding {
            check,
            level: self.checks.level(check),
            table: TABLE,
            column: column.to_owned(),
            security: Some(self.security),
            date: at.period_end,
            known_on: at.known_on,
            value,
            limit,
            weight: f64::NAN,
            message,
        });
    }

    /// Late first publications and missing periods.
    fn times(&mut self, period: Period, debut: Day, periods: &[&[Publication]]) {
        let firsts: Vec<Publication> = periods.iter().filter_map(|own| own.first().copied()).collect();
        if let Some(limits) = self.checks.late_publication.on() {
            for first in &firsts {
                if let Some(days) = late_publication::delay(period, first.period_end, first.known_on, debut, limits) {
                    let message = format!("{} first published after {days} days", period.code());
                    let figures = (f64::from(days), f64::from(limits.days(period)));
                    self.push(&late_publication::CHECK, "known_on", *first, figures, message);
                }
            }
        }
        if let Some(limits) = self.checks.period_gap.on() {
            for pair in firsts.windows(2) {
                if let Some(days) = period_gap::gap(period, pair[0].period_end, pair[1].period_end, limits) {
                    let message = format!("the {} before ends {days} days earlier: one is missing", period.code());
                    let limit = if period == Period::Quarter {
                        limits.quarter_days
                    } else {
                        limits.year_days
                    };
                    let figures = (f64::from(days), f64::from(limit));
                    self.push(&period_gap::CHECK, "period_end", pair[1], figures, message);
                }
            }
        }
    }

    fn restatements(&mut self, period: Period, field: &str, periods: &[&[Publication]]) {
        let Some(limits) = self.checks.large_restatement.on() else {
            return;
        };
        for own in periods {
            let mut before = f64::NAN;
            for publication in *own {
                let value = self.table.published(field, *publication);
                if let Some(change) = large_restatement::change(before, value, limits) {
                    let message = format!(
                        "`{field}` of {} restated from {} to {}",
                        period.code(),
                        figure(before),
                        figure(value)
                    );
                    let figures = (change, limits.fraction);
                    self.push(&large_restatement::CHECK, field, *publication, figures, message);
                }
                if !value.is_nan() {
                    before = value;
                }
            }
        }
    }

    fn bounds(&mut self, period: Period, field: &str, all: &[Publication]) {
        let bound = self
            .checks
            .value_bounds
            .on()
            .and_then(|limits| limits.fields.get(field));
        let Some(bound) = bound else { return };
        for publication in all {
            let value = self.table.published(field, *publication);
            if let Some(limit) = bound.broken_by(value) {
                let side = if value < limit { "below" } else { "above" };
                let message = format!("`{field}` of {} is {}, {side} {limit}", period.code(), figure(value));
                self.push(&value_bounds::CHECK, field, *publication, (value, limit), message);
            }
        }
    }

    /// Fiscal years against the years before, as first published.
    fn jumps(&mut self, field: &str, periods: &[&[Publication]]) {
        let Some(limits) = self.checks.own_jump.on() else {
            return;
        };
        let mut before: Option<(Day, f64)> = None;
        for own in periods {
            let values = own
                .iter()
                .map(|publication| (*publication, self.table.published(field, *publication)));
            let Some((publication, value)) = values.into_iter().find(|(_, value)| !value.is_nan()) else {
                continue;
            };
            if let Some((end, old)) = before
                && let Some(ratio) = own_jump::jump(old, value, limits)
            {
                let end = date_of(end).map(|date| date.to_string()).unwrap_or_default();
                let message = format!(
                    "`{field}` of FY is {}, {} the {} of {end}",
                    figure(value),
                    times(ratio),
                    figure(old)
                );
                self.push(&own_jump::CHECK, field, publication, (ratio, limits.factor), message);
            }
            before = Some((publication.period_end, value));
        }
    }
}

/// How much of a parent has recent figures, in words.
pub(crate) fn coverage_words(names: usize, of: usize, weight: f64, days: Day) -> String {
    format!(
        "{names} of {of} names, {} of the parent's weight, have published nothing in {days} days",
        percent(weight)
    )
}
