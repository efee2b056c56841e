//! Returns of all names over the same periods, as they are known at a cut-off.
//!
//! A period ends with a session. A name's close of a period is its last one in it, and its return the ratio of that close to
//! the one of the period before, less one: missing where either is. Closes include dividends where a name has such in the
//! window, and are in its own currency, as in the price functions of formulas.

use std::collections::BTreeMap;

use divisor_calendar::Cutoffs;
use divisor_methodology::{Estimation, Frequency, Methodology, RiskSource};
use divisor_model::{Date, Day, Prices, SecurityIndex, day_of};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::history::{SESSIONS_A_YEAR, WEEKS_A_YEAR, daily_closes, price_column};
use crate::needs::CLOSE_AGE_DAYS_MAX;

/// Returns by period and name.
pub(super) struct ReturnTable {
    /// Periods × names, a row a period, NaN where missing. Periods in which no name has a return are left out.
    pub(super) values: Vec<f64>,
    /// The day each of them begins: that of the close before.
    pub(super) starts: Vec<Day>,
    /// How many periods make a year.
    pub(super) periods_per_year: f64,
}

/// The rules of a risk model that is made of returns.
pub(crate) fn estimation(methodology: &Methodology) -> Option<&Estimation> {
    match &methodology.optimised.as_ref()?.risk.as_ref()?.source {
        RiskSource::Estimated(estimation) => Some(estimation),
        RiskSource::Vendor { .. } => None,
    }
}

/// The last day whose closes count: prices have a cut-off, and so has the risk model.
pub(crate) fn returns_cutoff(cutoffs: &Cutoffs<Date>) -> Day {
    day_of(cutoffs.prices.min(cutoffs.risk))
}

/// The oldest close a risk model may read, as for the price functions: n weeks look at most 7·(n + 2) calendar days back, n
/// sessions 2·n + 30.
pub(crate) fn first_day(rules: &Estimation, cutoff: Day) -> Day {
    let count = rules.window.value as Day;
    match rules.frequency.value {
        Frequency::Weekly => cutoff - 7 * (count + 2),
        Frequency::Daily => cutoff - 2 * count - 30,
    }
}

impl ReturnTable {
    /// The newest returns of these names.
    pub(super) fn new(rules: &Estimation, prices: &Prices, names: &[SecurityIndex], cutoff: Day) -> Self {
        let first = first_day(rules, cutoff);
        let closes: Vec<Vec<(Day, f64)>> = names
            .par_iter()
            .map(|security| {
                let rows = prices.between(*security, first, cutoff);
                let slice = rows.slice();
                daily_closes(&slice, price_column(&slice))
            })
            .collect();
        let (ends, periods_per_year) = match rules.frequency.value {
            Frequency::Weekly => (week_ends(rules.window.value, cutoff), WEEKS_A_YEAR),
            Frequency::Daily => (session_ends(rules.window.value, &closes), SESSIONS_A_YEAR),
        };
        let histories: Vec<Vec<f64>> = closes.par_iter().map(|closes| returns(closes, &ends)).collect();
        let mut values = Vec::with_capacity(ends.len() * names.len());
        let mut starts = Vec::with_capacity(ends.len());
        for period in 0..ends.len().saturating_sub(1) {
            if histories.iter().any(|history| !history[period].is_nan()) {
                values.extend(histories.iter().map(|history| history[period]));
                starts.push(ends[period]);
            }
        }
        Self {
            values,
            starts,
            periods_per_year,
        }
    }
}

/// The Fridays that end the newest `count` + 1 whole weeks. A week the cut-off lies in counts if that is its Friday.
fn week_ends(count: usize, cutoff: Day) -> Vec<Day> {
    // Day 1, 1970-01-02, was a Friday.
    let last = cutoff - (cutoff - 1).rem_euclid(7);
    (0..=count as Day).rev().map(|weeks| last - 7 * weeks).collect()
}

/// The newest `count` + 1 days on which at least half as many names have a close as on any day ten days around: a lone row on
/// a Sunday is no session, and a day on which most exchanges are closed is part of the next.
fn session_ends(count: usize, closes: &[Vec<(Day, f64)>]) -> Vec<Day> {
    let mut traded: BTreeMap<Day, usize> = BTreeMap::new();
    for (day, _) in closes.iter().flatten() {
        *traded.entry(*day).or_default() += 1;
    }
    let usual = |day: Day| {
        let around = traded.range(day - CLOSE_AGE_DAYS_MAX..=day + CLOSE_AGE_DAYS_MAX);
        around.map(|(_, names)| *names).max().unwrap_or(0)
    };
    let sessions = traded.iter().filter(|(day, names)| 2 * **names >= usual(**day));
    let mut days: Vec<Day> = sessions.map(|(day, _)| *day).collect();
    days.drain(..days.len().saturating_sub(count + 1));
    days
}

/// The return of each period after the first.
fn returns(closes: &[(Day, f64)], ends: &[Day]) -> Vec<f64> {
    let before = |day: Day| closes.partition_point(|(seen, _)| *seen <= day);
    // The first period is as long as the one after it.
    let start = match ends {
        [first, second, ..] => first - (second - first),
        _ => return Vec::new(),
    };
    let starts = std::iter::once(&start).chain(ends);
    let at_end: Vec<f64> = starts
        .zip(ends)
        .map(|(start, end)| match before(*end) {
            last if last > before(*start) => closes[last - 1].1,
            _ => f64::NAN,
        })
        .collect();
    at_end.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        day_of(text.parse().expect("a date"))
    }

    #[test]
    fn whole_weeks_end_on_fridays() {
        // 2020-01-31 was a Friday, 2020-02-05 a Wednesday.
        let fridays = [day("2020-01-17"), day("2020-01-24"), day("2020-01-31")];
        for cutoff in ["2020-01-31", "2020-02-01", "2020-02-05", "2020-02-06"] {
            assert_eq!(week_ends(2, day(cutoff)), fridays, "{cutoff}");
        }
        assert_eq!(week_ends(0, day("2020-02-07")), [day("2020-02-07")]);
    }

    #[test]
    fn a_return_needs_closes_in_both_periods() {
        // Closes on the Fridays 10 and 24 and the Thursday 30 January: the week of the 17th has none.
        let closes = [
            (day("2020-01-10"), 100.0),
            (day("2020-01-24"), 110.0),
            (day("2020-01-30"), 121.0),
        ];
        let ends = week_ends(3, day("2020-01-31"));
        let found = returns(&closes, &ends);
        assert!(found[0].is_nan() && found[1].is_nan());
        assert!((found[2] - 0.1).abs() < 1e-15);
    }

    #[test]
    fn a_lone_row_is_no_session() {
        let week: Vec<Day> = (0..5).map(|at| day("2020-01-06") + at).collect();
        let sunday = day("2020-01-05");
        let own = |extra: Option<Day>| -> Vec<(Day, f64)> {
            let mut days: Vec<Day> = extra.into_iter().chain(week.iter().copied()).collect();
            days.sort_unstable();
            days.into_iter().map(|day| (day, 1.0)).collect()
        };
        let closes = [own(Some(sunday)), own(None), own(None)];
        assert_eq!(session_ends(10, &closes), week);
        assert_eq!(session_ends(2, &closes), week[2..]);
    }
}
