//! `data check`: every check over everything a dataset has.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use divisor_model::{Date, Day, SecurityIndex, date_of, day_of};
use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::figures::{check_figures, coverage_words};
use super::{
    CheckInfo, Checks, Finding, PriceEvents, PriceWindow, View, check_caps, check_coverage, check_snapshot,
    figures_coverage, head_dates, snapshot_gap,
};
use crate::dataset::Dataset;
use crate::prices::partition;
use crate::read::{Landed, STANDARD_COLUMNS};

/// A dataset that was looked through.
#[derive(Debug)]
pub struct Checked {
    /// What was read, contract defects included.
    pub landed: Landed,
    /// What keeps the contract and still looks wrong: by check, date, column and security.
    pub findings: Vec<Finding>,
}

impl Dataset {
    /// Reads everything and makes every check. `progress` is told how many steps are done, and of how many.
    pub fn check(&self, checks: &Checks, progress: &(dyn Fn(usize, usize) + Sync)) -> Checked {
        let steps = self.snapshot_dates().count() + 3;
        let done = AtomicUsize::new(0);
        let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, steps);
        progress(0, steps);
        let landed = self.read_all();
        step();
        let views: Vec<View<'_>> = landed
            .panel
            .dates()
            .filter_map(|date| landed.panel.snapshot(date))
            .map(View::whole)
            .collect();
        let all = Look {
            dataset: self,
            checks,
            landed: &landed,
            views: &views,
        };
        let mut findings = all.head();
        findings.extend(all.snapshots(&step));
        findings.extend(all.prices());
        step();
        findings.extend(all.figures());
        step();
        all.weigh(&mut findings);
        findings.sort_by(|a, b| {
            let key = |found: &Finding| (found.check.code, found.date, found.table, found.security);
            key(a).cmp(&key(b)).then_with(|| a.column.cmp(&b.column))
        });
        drop(views);
        Checked { landed, findings }
    }

    /// The file a finding lies in: the one that can hold its day, or the table where several can.
    pub fn file_of(&self, finding: &Finding) -> String {
        let files: Vec<&PathBuf> = match finding.table {
            "snapshots" => {
                let date = date_of(finding.date);
                date.and_then(|date| self.snapshots.get(&date))
                    .into_iter()
                    .flatten()
                    .collect()
            }
            "fundamentals" => self.fundamentals.iter().collect(),
            "prices" => {
                let can_hold = |path: &&PathBuf| {
                    let (first, last) = partition(path);
                    (first..=last).contains(&finding.date)
                };
                self.prices.iter().filter(can_hold).collect()
            }
            _ => Vec::new(),
        };
        match files.as_slice() {
            [only] => self.label(only),
            _ => finding.file(),
        }
    }
}

struct Look<'a> {
    dataset: &'a Dataset,
    checks: &'a Checks,
    landed: &'a Landed,
    views: &'a [View<'a>],
}

impl Look<'_> {
    fn whole(&self, check: &'static CheckInfo, table: &'static str, column: &str, on: Day, message: String) -> Finding {
        Finding {
            check,
            level: self.checks.level(check),
            table,
            column: column.to_owned(),
            security: None,
            date: on,
            known_on: on,
            value: f64::NAN,
            limit: f64::NAN,
            weight: f64::NAN,
            message,
        }
    }

    /// The head and the dates of the snapshots.
    fn head(&self) -> Vec<Finding> {
        let dates: Vec<Date> = self.dataset.snapshot_dates().collect();
        let days: Vec<Day> = dates.iter().copied().map(day_of).collect();
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        let info = &self.dataset.info;
        if self.checks.head_dates.on().is_some() {
            let wrong = head_dates::disagreements((day_of(info.first), day_of(info.last)), (*first, *last));
            for (key, stated, found) in wrong {
                let text = |day: Day| date_of(day).map(|date| date.to_string()).unwrap_or_default();
                let message = format!("`{key}` is {}, the {key} snapshot is of {}", text(stated), text(found));
                findings.push(self.whole(&head_dates::CHECK, "dataset.toml", key, found, message));
            }
        }
        if let Some(limits) = self.checks.snapshot_gap.on() {
            for (at, gap) in snapshot_gap::gaps(&days, limits) {
                let message = format!("no snapshot for {gap} days since {}", dates[at - 1]);
                findings.push(Finding {
                    value: f64::from(gap),
                    limit: f64::from(limits.days),
                    ..self.whole(&snapshot_gap::CHECK, "snapshots", "", days[at], message)
                });
            }
        }
        findings
    }

    fn snapshots(&self, step: &(dyn Fn() + Sync)) -> Vec<Finding> {
        let mut columns: BTreeSet<String> = self.dataset.columns().snapshots.into_keys().collect();
        columns.retain(|name| !STANDARD_COLUMNS.contains(&name.as_str()));
        let numbered: Vec<usize> = (0..self.views.len()).collect();
        let found: Vec<Vec<Finding>> = numbered
            .par_iter()
            .map(|at| {
                let before = at.checked_sub(1).map(|before| &self.views[before]);
                let info = &self.dataset.info;
                let mut found = check_snapshot(self.checks, info, &columns, &self.views[*at], before);
                found.extend(self.coverage(&self.views[*at], before));
                step();
                found
            })
            .collect();
        found.into_iter().flatten().collect()
    }

    /// How much of a snapshot's parent has prices and figures, and whether the prices fit.
    fn coverage(&self, view: &View<'_>, before: Option<&View<'_>>) -> Vec<Finding> {
        let day = day_of(view.date());
        let mut findings = Vec::new();
        let history = &self.landed.history;
        if let Some(prices) = &history.prices {
            let window = PriceWindow {
                first: Day::MIN,
                last: day,
                volume: true,
            };
            findings.extend(check_coverage(self.checks, prices, view, window));
            let caps = before.map(|before| check_caps(self.checks, prices, view, before, window));
            findings.extend(caps.into_iter().flatten());
        }
        if let (Some(table), Some(limits)) = (&history.fundamentals, self.checks.figures_coverage.on()) {
            let missing: Vec<bool> = view
                .securities()
                .map(|security| !figures_coverage::is_covered(table, security, day, limits))
                .collect();
            let weight = view.weight_of(|at| missing[at]);
            if weight > limits.weight {
                let names = missing.iter().filter(|missing| **missing).count();
                let message = coverage_words(names, view.len(), weight, limits.days);
                findings.push(Finding {
                    value: weight,
                    limit: limits.weight,
                    weight,
                    ..self.whole(&figures_coverage::CHECK, "fundamentals", "", day, message)
                });
            }
        }
        findings
    }

    fn prices(&self) -> Vec<Finding> {
        let Some(prices) = &self.landed.history.prices else {
            return Vec::new();
        };
        let actions = self.landed.history.actions.as_ref();
        PriceEvents::find(prices, self.landed.panel.securities().len(), actions, self.checks).all(prices, self.checks)
    }

    fn figures(&self) -> Vec<Finding> {
        let Some(table) = &self.landed.history.fundamentals else {
            return Vec::new();
        };
        let securities = (0..self.landed.panel.securities().len() as SecurityIndex).into_par_iter();
        let found: Vec<Vec<Finding>> = securities
            .map(|security| check_figures(self.checks, &self.dataset.info, table, security))
            .collect();
        found.into_iter().flatten().collect()
    }

    /// Names that a finding has no weight for have that of the latest snapshot when it became known.
    fn weigh(&self, findings: &mut [Finding]) {
        for finding in findings.iter_mut().filter(|finding| finding.weight.is_nan()) {
            let Some(security) = finding.security else { continue };
            let later = self
                .views
                .partition_point(|view| day_of(view.date()) <= finding.known_on);
            let view = later.checked_sub(1).map(|at| &self.views[at]);
            let weight = view.and_then(|view| Some(view.weight[view.snapshot.row(security)?]));
            finding.weight = weight.unwrap_or(f64::NAN);
        }
    }
}
