//! Lines of shares: what is listed, priced and held.

use std::borrow::Cow;

use divisor_model::{ActionKind, Day};

use super::company::{Action, Company, Path, value_on};
use super::publications::{PER_SHARE_FIELDS, Publication};
use super::simulation::World;
use super::traits::round_float;

/// One line of shares of a company.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub company: &'a Company,
    /// Whether this is the company's second line.
    pub second: bool,
    /// The company's own, for its first line.
    pub path: Cow<'a, Path>,
    /// Total return index on the published closes and actions, 1 at the first session.
    pub index: Vec<f64>,
}

impl<'a> Line<'a> {
    /// The lines of a company.
    pub(super) fn of(world: &World<'_>, company: &'a Company) -> Vec<Self> {
        let line = |second: bool, path: Cow<'a, Path>| Self {
            company,
            second,
            index: total_return_index(&world.timeline.days, &company.actions, &path),
            path,
        };
        let mut lines = vec![line(false, Cow::Borrowed(&company.path))];
        if let Some(second) = company.traits.second_line {
            let path = company.second_path(world.random, second, &world.timeline.days);
            lines.push(line(true, Cow::Owned(path)));
        }
        lines
    }

    /// The session after its last.
    pub(super) fn end(&self) -> usize {
        self.path.first + self.path.len()
    }

    /// For each row, new shares per share of that day from all later splits of the path: closes are divided by it.
    pub(super) fn later_splits(&self, world: &World<'_>) -> Vec<f64> {
        let mut factors = vec![1.0; self.path.len()];
        let mut factor = 1.0;
        let mut actions = self.company.actions.iter().rev().peekable();
        for row in (0..self.path.len()).rev() {
            factors[row] = factor;
            let day = world.timeline.days[self.path.first + row];
            while let Some(action) = actions.next_if(|action| action.ex_day >= day) {
                factor *= action.ratio();
            }
        }
        factors
    }

    /// Its shares on a day, whole ones.
    pub(super) fn shares(&self, day: i32) -> f64 {
        (value_on(&self.company.shares, day) * self.company.line_fraction(self.second)).round()
    }

    /// Its free float on a day. Second lines are held a little more closely.
    pub(super) fn free_float(&self, day: i32) -> f64 {
        let first = value_on(&self.company.free_floats, day);
        if self.second { round_float(0.85 * first) } else { first }
    }

    /// A published figure of this line: as it is for a share's, its part by shares for money.
    pub(super) fn figure(&self, publication: &Publication, field: usize) -> f64 {
        let value = publication.values[field];
        if field < PER_SHARE_FIELDS {
            value
        } else {
            value * self.company.line_fraction(self.second)
        }
    }

    /// Ordinary dividends of the 365 days up to a day, on its share basis, local currency per share.
    pub(super) fn dividends_of_year(&self, day: i32) -> f64 {
        let actions = &self.company.actions;
        let start = actions.partition_point(|action| action.ex_day <= day - 365);
        let year = actions[start..].iter().take_while(|action| action.ex_day <= day);
        let ordinary = year.filter(|action| action.kind == ActionKind::Dividend);
        // From 0.0, since the sum of nothing is a negative zero.
        ordinary.fold(0.0, |sum, action| {
            sum + action.value / self.company.share_factor(action.ex_day, day)
        })
    }
}

/// Dividends are reinvested at the close of their ex-date: the index moves by (ratio × close + cash) ÷ the close before.
pub(super) fn total_return_index(days: &[Day], actions: &[Action], path: &Path) -> Vec<f64> {
    let first_day = days[path.first];
    let start = actions.partition_point(|action| action.ex_day <= first_day);
    let mut actions = actions[start..].iter().peekable();
    let mut index = Vec::with_capacity(path.len());
    let mut value = 1.0;
    index.push(value);
    for row in 1..path.len() {
        let day = days[path.first + row];
        let (mut ratio, mut cash) = (1.0, 0.0);
        while let Some(action) = actions.next_if(|action| action.ex_day <= day) {
            ratio *= action.ratio();
            cash += action.cash();
        }
        value *= (ratio * path.close[row] + cash) / path.close[row - 1];
        index.push(value);
    }
    index
}
