//! Reported figures, bitemporal: every read takes a cut-off and sees the last usable value.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::{Day, SecurityIndex};

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
}

#[derive(Debug, Clone, Copy)]
struct Row {
    period_start: Day,
    period_end: Day,
    known_on: Day,
    withdrawn: bool,
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
    /// withdrawal makes the period missing until a later publication.
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
        let all = self.rows_of(security, period);
        let mut end = all.end;
        while end > all.start && series.len() < count {
            let period_end = self.rows[end - 1].period_end;
            let mut start = end;
            while start > all.start && self.rows[start - 1].period_end == period_end {
                start -= 1;
            }
            series.extend(self.as_of(start..end, values, cutoff));
            end = start;
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

    /// The last usable value among the publications of one period.
    fn as_of(&self, publications: Range<usize>, values: &[f64], cutoff: Day) -> Option<Observation> {
        for at in publications.rev() {
            let row = self.rows[at];
            if row.known_on > cutoff {
                continue;
            }
            if row.withdrawn {
                return None;
            }
            if !values[at].is_nan() {
                return Some(Observation {
                    period_start: row.period_start,
                    period_end: row.period_end,
                    known_on: row.known_on,
                    value: values[at],
                });
            }
        }
        None
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
}

impl FundamentalsBuilder {
    /// A builder for these fields.
    pub fn new<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            keys: Vec::new(),
            fields: fields.into_iter().map(|field| (field.to_owned(), Vec::new())).collect(),
        }
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
        };
        self.keys.push((security, period, row));
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Fundamentals {
        let mut builder = FundamentalsBuilder::new(["eps"]);
        let rows = [
            (0, 365, 400, false, 1.0),
            (0, 365, 500, false, 1.5), // restated
            (0, 730, 800, false, 2.0),
            (0, 730, 900, true, f64::NAN),  // withdrawn
            (0, 730, 950, false, 2.5),      // published again
            (0, 365, 960, false, f64::NAN), // a publication without this field
        ];
        for (security, end, known, withdrawn, value) in rows {
            builder.push(security, Period::FiscalYear, (end - 365, end), known, withdrawn);
            builder.values("eps").expect("a field").push(value);
        }
        builder.finish(1)
    }

    fn values(cutoff: Day) -> Vec<f64> {
        let series = sample().series(0, "eps", Period::FiscalYear, cutoff, 10);
        series.iter().map(|seen| seen.value).collect()
    }

    #[test]
    fn a_cutoff_sees_the_last_usable_publication() {
        assert!(values(399).is_empty());
        assert_eq!(values(400), [1.0]);
        assert_eq!(values(500), [1.5]);
        assert_eq!(values(800), [2.0, 1.5]);
        assert_eq!(values(900), [1.5]);
        assert_eq!(values(2000), [2.5, 1.5]);
    }
}
