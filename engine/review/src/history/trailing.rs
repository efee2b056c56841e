//! Twelve-month sums of a flow: of what they can be put together, and which of them count.

use divisor_model::{DAY_MISSING, Day, Observation, Period};

use super::publications::Publications;

/// A sum of twelve months.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sum {
    pub(super) end: Day,
    pub(super) value: f64,
    /// When its latest part became known.
    pub(super) known_on: Day,
}

/// Days by which ends a year apart, or a start and the end before it, may be off: fiscal years of 52 and 53 weeks, and
/// vendors who move ends to the end of a month.
pub(super) const DAYS_OFF_MAX: Day = 20;

/// Days of a fiscal quarter: 11 to 18 weeks, since some years have three quarters of 12 weeks and one of 16 or 17. Two
/// quarters are longer, so that none can be missing in between.
const QUARTER_DAYS: std::ops::RangeInclusive<Day> = 77..=126;
/// Days of a half year.
const HALF_DAYS: std::ops::RangeInclusive<Day> = 160..=205;

/// The sums a field allows that end within so many years before its newest publication, the last end first; of equal
/// ends in the order fiscal year, reported twelve months, four quarters, two halves, year to date.
pub(super) fn sums(source: &impl Publications, field: &str, years_back: usize) -> Vec<Sum> {
    let read = |period, a_year: usize, more: usize| {
        source.newest(field, period, years_back.saturating_mul(a_year).saturating_add(more))
    };
    let years = read(Period::FiscalYear, 1, 2);
    let reported = read(Period::TrailingYear, 4, 1);
    let quarters = read(Period::Quarter, 4, 8);
    let halves = read(Period::Half, 2, 4);
    let to_date = read(Period::YearToDate, 4, 8);
    let whole = |seen: &Observation| sum_of(seen.period_end, &[seen], &[]);
    let mut sums: Vec<Sum> = years.iter().chain(&reported).map(whole).collect();
    sums.extend(contiguous(&quarters, 4, &QUARTER_DAYS));
    sums.extend(contiguous(&halves, 2, &HALF_DAYS));
    for year in &years {
        sums.extend(to_date.iter().filter_map(|now| year_to_date(year, now, &to_date)));
        sums.extend(quarters_since(year, &quarters));
    }
    // Stable: of equal ends the order above stays.
    sums.sort_by_key(|sum| std::cmp::Reverse(sum.end));
    sums
}

/// What is added less what is taken away, in this order.
fn sum_of(end: Day, added: &[&Observation], taken: &[&Observation]) -> Sum {
    let all = added.iter().chain(taken);
    let total: f64 = added.iter().map(|seen| seen.value).sum();
    Sum {
        end,
        value: taken.iter().fold(total, |total, seen| total - seen.value),
        known_on: all.map(|seen| seen.known_on).max().unwrap_or(DAY_MISSING),
    }
}

/// Every run of `count` periods, newest first, that follow on each other.
fn contiguous<'a>(
    periods: &'a [Observation],
    count: usize,
    days: &'a std::ops::RangeInclusive<Day>,
) -> impl Iterator<Item = Sum> + 'a {
    let runs = periods.windows(count).filter(|run| {
        let lengths = run.windows(2).map(|pair| pair[0].period_end - pair[1].period_end);
        lengths.into_iter().all(|length| days.contains(&length))
    });
    runs.map(|run| sum_of(run[0].period_end, &run.iter().collect::<Vec<_>>(), &[]))
}

/// A fiscal year, the year to date that follows it, less the same stretch a year earlier.
fn year_to_date(year: &Observation, now: &Observation, to_date: &[Observation]) -> Option<Sum> {
    if now.period_start == DAY_MISSING || (now.period_start - 1 - year.period_end).abs() > DAYS_OFF_MAX {
        return None;
    }
    let before = to_date.iter().find(|before| same_stretch(now, before))?;
    Some(sum_of(now.period_end, &[year, now], &[before]))
}

/// Two year-to-date stretches of about the same length, a year apart.
fn same_stretch(now: &Observation, before: &Observation) -> bool {
    let length = |seen: &Observation| seen.period_end - seen.period_start;
    before.period_start != DAY_MISSING
        && is_a_year_before(before, now)
        && (length(now) - length(before)).abs() <= DAYS_OFF_MAX
}

fn is_a_year_before(before: &Observation, now: &Observation) -> bool {
    (now.period_end - before.period_end - 365).abs() <= DAYS_OFF_MAX
}

/// A fiscal year and up to three quarters that follow it, each less the same quarter a year earlier: the year to date of
/// those who publish quarters but not the fourth.
fn quarters_since(year: &Observation, quarters: &[Observation]) -> Vec<Sum> {
    let mut found = Vec::new();
    let (mut added, mut taken) = (vec![year], Vec::new());
    let mut end = year.period_end;
    for now in quarters
        .iter()
        .rev()
        .filter(|now| now.period_end > year.period_end + DAYS_OFF_MAX)
    {
        let before = quarters.iter().find(|before| is_a_year_before(before, now));
        let (Some(before), true, true) = (before, QUARTER_DAYS.contains(&(now.period_end - end)), added.len() < 4)
        else {
            break;
        };
        end = now.period_end;
        added.push(now);
        taken.push(before);
        found.push(sum_of(end, &added, &taken));
    }
    found
}
