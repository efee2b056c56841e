//! Reported figures, bitemporal: every read takes a cut-off and sees the last usable value.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::{Day, SecurityIndex, Span};

/// The kind of a reporting period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A fiscal year.
    FiscalYear,
    /// A half year.
    Half,
    /// A quarter.
    Quarter,
    /// Fiscal year to date.
    YearToDate,
    /// Trailing twelve months.
    TrailingYear,
}

impl Period {
    /// All kinds, in storage order.
    pub const ALL: [Self; 5] = [
        Self::FiscalYear,
        Self::Half,
        Self::Quarter,
        Self::YearToDate,
        Self::TrailingYear,
    ];

    /// As written in the `period` column.
    pub fn code(self) -> &'static str {
        match self {
            Self::FiscalYear => "FY",
            Self::Half => "H",
            Self::Quarter => "Q",
            Self::YearToDate => "YTD",
            Self::TrailingYear => "TTM",
        }
    }

    /// From the `period` column.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.code() == code)
    }
}

/// One figure as known at a cut-off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Start of the period; [`crate::DAY_MISSING`] where not given.
    pub period_start: Day,
    /// End of the period.
    pub period_end: Day,
    /// When this value became known.
    pub known_on: Day,
    /// The value, in the field's unit.
    pub value: f64,
}

/// A value as read at a cut-off, with the publications behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading<'a> {
    /// The value that counts.
    pub seen: Observation,
    /// The newest usable value before it that differs: `seen` is a restatement of it.
    pub was: Option<Observation>,
    /// When the value of `seen` was first published since; later publications may have repeated it.
    pub since: Day,
    /// Which of the period's publications known by the cut-off it stands in, from 1.
    pub publication: usize,
    /// How many publications of the period are known by the cut-off, those without this field and retractions included.
    /// A row that lags date counts once for each day on which a field that was read becomes known.
    pub publications: usize,
    /// How many of them have this field.
    pub with_field: usize,
    /// Whether the field was first published for this period after it was for the next one.
    pub is_late: bool,
    /// Whether its date of knowledge is a stated lag, not a publication.
    pub is_lagged: bool,
    /// The file it stands in.
    pub file: &'a str,
}

/// What a read of one field and period kind sees, with what it does not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Readings<'a> {
    /// The values, newest period first: those of [`Fundamentals::series`].
    pub values: Vec<Reading<'a>>,
    /// Periods among them that are missing because of a retraction.
    pub withdrawn: usize,
    /// Whether all values are missing because the newest is older than the field may be.
    pub is_stale: bool,
}

/// One publication of one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// End of the period.
    pub period_end: Day,
    /// When it became known.
    pub known_on: Day,
    /// Whether it retracts what was published before.
    pub is_withdrawn: bool,
    /// Its row.
    at: usize,
}

/// All publications of a run, sorted by security, period kind, period end and date of knowledge. The columns are
/// private: there is no way to a figure but through a cut-off.
#[derive(Debug, Default)]
pub struct Fundamentals {
    /// Start of the rows of each security and period kind, plus the end.
    offsets: Vec<usize>,
    rows: Vec<Row>,
    fields: BTreeMap<String, Vec<f64>>,
    max_ages: BTreeMap<String, Span>,
    files: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    period_start: Day,
    period_end: Day,
    known_on: Day,
    withdrawn: bool,
    is_lagged: bool,
    /// Position in `files`; beyond them where nobody said.
    file: u32,
}

/// What the publications of one period come to at a cut-off.
enum Found {
    /// The row of the value that counts.
    Value(usize),
    /// The last word is a retraction.
    Withdrawn,
    /// Nothing is known.
    Nothing,
}

impl Fundamentals {
    /// Whether a field was landed.
    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// The fields landed, sorted.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The values of a field known at `cutoff` for a security, newest period first, at most `count` of them.
    ///
    /// Of several publications of a period the last one on or before the cut-off that has the field counts; a
    /// withdrawal makes the period missing until a later publication. Where the field may only be so old and the newest
    /// value is older, there is none: a stale value is missing, and with it the history it would end.
    pub fn series(
        &self,
        security: SecurityIndex,
        field: &str,
        period: Period,
        cutoff: Day,
        count: usize,
    ) -> Vec<Observation> {
        let mut series = Vec::with_capacity(count.min(16));
        let Some(values) = self.fields.get(field) else {
            return series;
        };
        for publications in self.periods(security, period) {
            if series.len() == count {
                break;
            }
            if let Found::Value(at) = self.as_of(publications, values, cutoff) {
                if series.is_empty() && self.is_stale(field, self.rows[at].period_end, cutoff) {
                    break;
                }
                series.push(self.observation(at, values));
            }
        }
        series
    }

    /// Every publication of a security known at `cutoff`, superseded ones included, by period end, then date of
    /// knowledge: for judging the data. Rules read [`Fundamentals::series`].
    pub fn publications(
        &self,
        security: SecurityIndex,
        period: Period,
        cutoff: Day,
    ) -> impl Iterator<Item = Publication> {
        let rows = self.rows_of(security, period);
        rows.filter(move |at| self.rows[*at].known_on <= cutoff)
            .map(|at| Publication {
                period_end: self.rows[at].period_end,
                known_on: self.rows[at].known_on,
                is_withdrawn: self.rows[at].withdrawn,
                at,
            })
    }

    /// What a publication says of a field; NaN where it says nothing.
    pub fn published(&self, field: &str, publication: Publication) -> f64 {
        self.fields.get(field).map_or(f64::NAN, |values| values[publication.at])
    }

    /// The values of [`Fundamentals::series`] with the publications behind them: for reports, not for numbers.
    pub fn readings(
        &self,
        security: SecurityIndex,
        field: &str,
        period: Period,
        cutoff: Day,
        count: usize,
    ) -> Readings<'_> {
        let mut readings = Readings::default();
        let Some(values) = self.fields.get(field) else {
            return readings;
        };
        let mut next_published: Option<Day> = None;
        for publications in self.periods(security, period) {
            if readings.values.len() == count {
                break;
            }
            let known = publications.start..self.known_until(publications.clone(), cutoff);
            let first = known.clone().find(|at| !values[*at].is_nan());
            match self.as_of(known.clone(), values, cutoff) {
                Found::Value(at) => {
                    if readings.values.is_empty() && self.is_stale(field, self.rows[at].period_end, cutoff) {
                        readings.is_stale = true;
                        break;
                    }
                    let reading = self.reading(at, known, values, next_published);
                    readings.values.push(reading);
                }
                Found::Withdrawn => readings.withdrawn += 1,
                Found::Nothing => {}
            }
            next_published = first.map(|at| self.rows[at].known_on).or(next_published);
        }
        readings
    }

    /// The kinds of period a security has publications of, in storage order.
    pub fn period_kinds(&self, security: SecurityIndex) -> impl Iterator<Item = Period> {
        let has = move |period: &Period| !self.rows_of(security, *period).is_empty();
        Period::ALL.into_iter().filter(has)
    }

    fn reading(&self, at: usize, known: Range<usize>, values: &[f64], next_published: Option<Day>) -> Reading<'_> {
        let has_field = |row: &usize| !values[*row].is_nan();
        let first = known.clone().find(has_field).unwrap_or(at);
        let before = (known.start..at).rev().filter(has_field);
        let was = before
            .into_iter()
            .find(|row| values[*row].to_bits() != values[at].to_bits());
        let since = (was.map_or(known.start, |row| row + 1)..=at)
            .find(has_field)
            .unwrap_or(at);
        Reading {
            seen: self.observation(at, values),
            was: was.map(|row| self.observation(row, values)),
            since: self.rows[since].known_on,
            publication: at - known.start + 1,
            publications: known.len(),
            with_field: known.clone().filter(has_field).count(),
            is_late: next_published.is_some_and(|next| self.rows[first].known_on > next),
            is_lagged: self.rows[at].is_lagged,
            file: self.files.get(self.rows[at].file as usize).map_or("", String::as_str),
        }
    }

    fn is_stale(&self, field: &str, period_end: Day, cutoff: Day) -> bool {
        // Most fields may be of any age.
        !self.max_ages.is_empty()
            && self
                .max_ages
                .get(field)
                .is_some_and(|max| max.after(period_end) < cutoff)
    }

    fn observation(&self, at: usize, values: &[f64]) -> Observation {
        let row = self.rows[at];
        Observation {
            period_start: row.period_start,
            period_end: row.period_end,
            known_on: row.known_on,
            value: values[at],
        }
    }

    /// The publications of each period, newest period first.
    fn periods(&self, security: SecurityIndex, period: Period) -> impl Iterator<Item = Range<usize>> {
        let all = self.rows_of(security, period);
        let mut end = all.end;
        std::iter::from_fn(move || {
            let last = self.rows[all.start..end].last()?;
            let mut start = end - 1;
            while start > all.start && self.rows[start - 1].period_end == last.period_end {
                start -= 1;
            }
            let publications = start..end;
            end = start;
            Some(publications)
        })
    }

    /// Where the publications known by the cut-off end.
    fn known_until(&self, publications: Range<usize>, cutoff: Day) -> usize {
        let start = publications.start;
        start + self.rows[publications].partition_point(|row| row.known_on <= cutoff)
    }

    /// The last word among the publications of one period.
    fn as_of(&self, publications: Range<usize>, values: &[f64], cutoff: Day) -> Found {
        for at in publications.rev() {
            let row = self.rows[at];
            if row.known_on > cutoff {
                continue;
            }
            if row.withdrawn {
                return Found::Withdrawn;
            }
            if !values[at].is_nan() {
                return Found::Value(at);
            }
        }
        Found::Nothing
    }

    fn rows_of(&self, security: SecurityIndex, period: Period) -> Range<usize> {
        let at = security as usize * Period::ALL.len() + period as usize;
        match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }
}

/// Collects publications in any order.
#[derive(Debug, Default)]
pub struct FundamentalsBuilder {
    keys: Vec<(SecurityIndex, Period, Row)>,
    fields: BTreeMap<String, Vec<f64>>,
    max_ages: BTreeMap<String, Span>,
    files: Vec<String>,
}

impl FundamentalsBuilder {
    /// A builder for these fields.
    pub fn new<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            keys: Vec::new(),
            fields: fields.into_iter().map(|field| (field.to_owned(), Vec::new())).collect(),
            ..Self::default()
        }
    }

    /// How old the newest value of a field may be.
    pub fn limit_age(&mut self, field: &str, max_age: Span) {
        self.max_ages.insert(field.to_owned(), max_age);
    }

    /// The file that the publications appended from now on stand in.
    pub fn file(&mut self, label: &str) {
        self.files.push(label.to_owned());
    }

    /// Appends one publication; [`FundamentalsBuilder::values`] must then grow each field by one.
    pub fn push(
        &mut self,
        security: SecurityIndex,
        period: Period,
        (period_start, period_end): (Day, Day),
        known_on: Day,
        withdrawn: bool,
    ) {
        let row = Row {
            period_start,
            period_end,
            known_on,
            withdrawn,
            is_lagged: false,
            file: (self.files.len() as u32).wrapping_sub(1),
        };
        self.keys.push((security, period, row));
    }

    /// Says of the publication appended last that its date of knowledge is a stated lag.
    pub fn by_lag(&mut self) {
        if let Some((_, _, row)) = self.keys.last_mut() {
            row.is_lagged = true;
        }
    }

    /// The column of a field, to be appended to in the order of the publications.
    pub fn values(&mut self, field: &str) -> Option<&mut Vec<f64>> {
        self.fields.get_mut(field)
    }

    /// Sorts and indexes what was collected. Where two rows have the same key, which the contract check reports, they
    /// stay in the order of their values, so that row order in the files never matters.
    pub fn finish(self, securities: usize) -> Fundamentals {
        let mut order: Vec<usize> = (0..self.keys.len()).collect();
        let key = |at: usize| {
            let (security, period, row) = &self.keys[at];
            (
                *security,
                *period,
                row.period_end,
                row.known_on,
                row.withdrawn,
                // Of the same day, what was published counts before what a lag dates.
                !row.is_lagged,
                row.period_start,
            )
        };
        let bits = |at: usize| self.fields.values().map(move |values| values[at].to_bits());
        order.sort_unstable_by(|a, b| key(*a).cmp(&key(*b)).then_with(|| bits(*a).cmp(bits(*b))));
        let mut offsets = vec![0; securities * Period::ALL.len() + 1];
        for (security, period, _) in &self.keys {
            offsets[*security as usize * Period::ALL.len() + *period as usize + 1] += 1;
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        let reorder = |values: &Vec<f64>| order.iter().map(|at| values[*at]).collect();
        Fundamentals {
            offsets,
            rows: order.iter().map(|at| self.keys[*at].2).collect(),
            fields: self
                .fields
                .iter()
                .map(|(name, values)| (name.clone(), reorder(values)))
                .collect(),
            max_ages: self.max_ages,
            files: self.files,
        }
    }
}

#[cfg(test)]
mod tests;
