//! The table `fundamentals`: one row per security, period and publication.
//!
//! A row is known on its `known_on`. Where it has none, each of its values is known so long after the period's end as
//! `dataset.toml` states: the field's `lag`, else the table's. A date of publication always wins over a lag; without
//! either nobody can tell when a value was known, which is a defect.

use std::collections::BTreeSet;

use divisor_model::{
    DAY_MISSING, Day, Fundamentals, FundamentalsBuilder, Period, Problem, Securities, SecurityIndex, Span,
};
use polars::prelude::{Column, DataFrame};

use crate::contract::bounds;
use crate::dataset::Dataset;
use crate::frame::{days, flags, numbers, texts};
use crate::rows::{Faults, File, Keys, day_text, read_file};

/// The columns that are read for these fields, `key` being the one that says whose a row is.
pub(crate) fn columns<'a>(key: &'a str, fields: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
    [key, "period_end", "period", "known_on", "period_start", "withdrawn"]
        .into_iter()
        .chain(fields.iter().map(String::as_str))
}

/// Reads the publications known by `cutoff` of the given securities.
pub(crate) fn read_fundamentals(
    dataset: &Dataset,
    securities: &Securities,
    lookup: &mut Keys<'_>,
    fields: &BTreeSet<String>,
    cutoff: Day,
) -> (Fundamentals, Faults) {
    let mut faults = Faults::new("fundamentals");
    let required = [lookup.column, "period_end", "period"];
    let columns: Vec<&str> = columns(lookup.column, fields).collect();
    let mut builder = FundamentalsBuilder::new(fields.iter().map(String::as_str));
    for (field, timing) in &dataset.info.timings {
        if let Some(max_age) = timing.max_age {
            builder.limit_age(field, max_age);
        }
    }
    let mut reader = Reader {
        lookup,
        securities,
        fields: fields
            .iter()
            .map(|field| (field.as_str(), dataset.info.lag(field)))
            .collect(),
        lags: dataset.info.lags().collect(),
        cutoff,
        builder,
        keys: Vec::new(),
        files: Vec::new(),
    };
    for path in &dataset.fundamentals {
        // A broken file may hold anything, so it stops every review that needs the table.
        if let Some(file) = read_file(dataset, path, &required, &columns, DAY_MISSING, &mut faults) {
            reader.file(&file, &mut faults);
        }
    }
    reader.duplicates(&mut faults);
    (reader.builder.finish(securities.len()), faults)
}

struct Reader<'a, 'k> {
    lookup: &'a mut Keys<'k>,
    securities: &'a Securities,
    /// With the lag of each.
    fields: Vec<(&'a str, Option<Span>)>,
    /// All lags the dataset states, of fields that are read and of others.
    lags: Vec<Span>,
    cutoff: Day,
    builder: FundamentalsBuilder,
    /// Security, period, period end, date of knowledge, whether that is a lag's, and file of every publication landed.
    keys: Vec<(SecurityIndex, Period, Day, Day, bool, usize)>,
    files: Vec<String>,
}

/// The columns of one file that are no figures.
pub(crate) struct KeyColumns {
    pub(crate) period_end: Vec<Day>,
    period_start: Vec<Day>,
    pub(crate) known_on: Vec<Day>,
    withdrawn: Vec<Option<bool>>,
}

impl KeyColumns {
    /// Those of a file; a column it does not have is missing in all rows.
    pub(crate) fn of(frame: &DataFrame) -> Self {
        let rows = frame.height();
        let column = |name: &str| frame.column(name).ok();
        let day_column = |name: &str| column(name).and_then(days).unwrap_or_else(|| vec![DAY_MISSING; rows]);
        Self {
            period_end: day_column("period_end"),
            period_start: day_column("period_start"),
            known_on: day_column("known_on"),
            withdrawn: column("withdrawn")
                .and_then(flags)
                .unwrap_or_else(|| vec![Some(false); rows]),
        }
    }

    /// The first day on which anything of a row can be known, whatever fields are read: its publication, else the
    /// shortest lag, else its period's end, at which what nobody can date may have been known.
    pub(crate) fn known_from(&self, row: usize, lags: &[Span]) -> Day {
        match (self.known_on[row], self.period_end[row]) {
            (DAY_MISSING, DAY_MISSING) => DAY_MISSING,
            // No lag says when a period was retracted.
            (DAY_MISSING, end) if self.withdrawn[row] == Some(true) => end,
            (DAY_MISSING, end) => lags.iter().map(|lag| lag.after(end)).min().unwrap_or(end),
            (published, _) => published,
        }
    }
}

/// A row as known on one day. A row that lags date has one for each day its fields become known on.
struct Landing {
    row: usize,
    security: SecurityIndex,
    period: Period,
    known_on: Day,
    is_lagged: bool,
}

impl Landing {
    /// Whether a field of the row is known by this landing.
    fn has(&self, lag: Option<Span>, period_end: Day) -> bool {
        !self.is_lagged || lag.is_some_and(|lag| lag.after(period_end) == self.known_on)
    }
}

impl<'a> Reader<'a, '_> {
    fn file(&mut self, file: &File, faults: &mut Faults) {
        let column = |name: &str| file.frame.column(name).ok();
        let keys = KeyColumns::of(&file.frame);
        if column("known_on").is_none() && self.without_dates(&file.label, faults) {
            return;
        }
        let (Some(ids), Some(periods)) = (
            column(self.lookup.column).and_then(texts),
            column("period").and_then(texts),
        ) else {
            return;
        };
        let figures: Vec<Figures<'a>> = self
            .fields
            .iter()
            .map(|(name, lag)| Figures::of(name, *lag, file))
            .collect();
        let mut landings: Vec<Landing> = Vec::new();
        for (row, (id, period)) in ids.iter().zip(periods.iter()).enumerate() {
            self.row(row, (id, period), &keys, &figures, file, faults, &mut landings);
        }
        self.builder.file(&file.label);
        self.files.push(file.label.clone());
        for landing in &landings {
            let row = landing.row;
            let (start, end) = (keys.period_start[row], keys.period_end[row]);
            let withdrawn = keys.withdrawn[row].unwrap_or(false);
            self.builder.push(
                landing.security,
                landing.period,
                (start, end),
                landing.known_on,
                withdrawn,
            );
            if landing.is_lagged {
                self.builder.by_lag();
            }
            let at = self.files.len() - 1;
            let key = (
                landing.security,
                landing.period,
                end,
                landing.known_on,
                landing.is_lagged,
                at,
            );
            self.keys.push(key);
        }
        for field in figures {
            self.field(&field, &landings, &keys, file, faults);
        }
    }

    /// What is wrong with a file without `known_on`; whether nothing of it can be read.
    fn without_dates(&self, label: &str, faults: &mut Faults) -> bool {
        if self.lags.is_empty() {
            faults.file(label, "known_on", DAY_MISSING, Problem::Undated);
            return true;
        }
        // Only what the rules read counts: a field without a lag stops those that read it.
        let undated = self.fields.iter().filter(|(_, lag)| lag.is_none());
        for (field, _) in undated {
            faults.file(label, field, DAY_MISSING, Problem::Undated);
        }
        self.fields.iter().all(|(_, lag)| lag.is_none())
    }

    /// Lands one row on each day that something of it becomes known, or says what is wrong with it.
    #[expect(
        clippy::too_many_arguments,
        reason = "one row of one file, with what its messages need"
    )]
    fn row(
        &mut self,
        row: usize,
        (id, period): (Option<&str>, Option<&str>),
        keys: &KeyColumns,
        figures: &[Figures<'_>],
        file: &File,
        faults: &mut Faults,
        landings: &mut Vec<Landing>,
    ) {
        let (end, published) = (keys.period_end[row], keys.known_on[row]);
        let is_lagged = published == DAY_MISSING;
        let from = keys.known_from(row, &self.lags);
        let (lagged, undated) = if is_lagged {
            self.lagged_days(row, keys, figures)
        } else {
            (Vec::new(), Vec::new())
        };
        // What nobody can date may have been known when its period ended.
        if from > self.cutoff && (undated.is_empty() || end > self.cutoff) {
            return;
        }
        let Some(id) = id else {
            faults.keyless(&file.label, self.lookup.column, from, row);
            return;
        };
        if self.lookup.are_dated() && from == DAY_MISSING {
            faults.keyless(&file.label, "period_end", from, row);
            return;
        }
        let Some(security) = self.lookup.index(id, from, from) else {
            return;
        };
        if let Some(period) = self.key(row, security, period, keys, file, faults) {
            for column in undated {
                let key = format!("{} {}", self.securities.id(security), day_text(end));
                faults.row(&file.label, column, end, (security, key), Problem::Undated);
            }
            let mut land = |known_on: Day| {
                landings.push(Landing {
                    row,
                    security,
                    period,
                    known_on,
                    is_lagged,
                });
            };
            if is_lagged {
                lagged.into_iter().filter(|day| *day <= self.cutoff).for_each(land);
            } else {
                land(published);
            }
        }
    }

    /// The days on which something of a row without `known_on` becomes known, ascending, and the columns of what nothing
    /// dates: the fields with a value and no lag, or `known_on` where the row itself needs one.
    fn lagged_days<'f>(&self, row: usize, keys: &KeyColumns, figures: &[Figures<'f>]) -> (Vec<Day>, Vec<&'f str>) {
        // No lag says when a period was retracted.
        if self.lags.is_empty() || keys.withdrawn[row] == Some(true) {
            return (Vec::new(), vec!["known_on"]);
        }
        let end = keys.period_end[row];
        let present = figures
            .iter()
            .filter(|field| !field.values[row].is_nan() || field.is_infinite(row));
        let (dated, undated): (Vec<_>, Vec<_>) = present.partition(|field| field.lag.is_some());
        let days: BTreeSet<Day> = match end {
            DAY_MISSING => BTreeSet::from([DAY_MISSING]),
            end => dated.iter().filter_map(|field| Some(field.lag?.after(end))).collect(),
        };
        (
            days.into_iter().collect(),
            undated.iter().map(|field| field.name).collect(),
        )
    }

    /// The period of a row whose key is sound.
    fn key(
        &self,
        row: usize,
        security: SecurityIndex,
        period: Option<&str>,
        keys: &KeyColumns,
        file: &File,
        faults: &mut Faults,
    ) -> Option<Period> {
        let (end, published) = (keys.period_end[row], keys.known_on[row]);
        let from = keys.known_from(row, &self.lags);
        let name = |what: &str| (security, format!("{} {what}", self.securities.id(security)));
        if end == DAY_MISSING {
            faults.row(
                &file.label,
                "period_end",
                from,
                name(&day_text(end)),
                Problem::MissingValue,
            );
            return None;
        }
        if published != DAY_MISSING && published < end {
            let problem = Problem::Impossible("is before the period's end");
            faults.row(&file.label, "known_on", from, name(&day_text(end)), problem);
            return None;
        }
        let found = period.and_then(Period::from_code);
        if found.is_none() {
            let problem = Problem::UnknownCode("FY, H, Q, YTD, TTM");
            faults.row(&file.label, "period", from, name(&day_text(end)), problem);
            return None;
        }
        if found == Some(Period::YearToDate) && keys.period_start[row] == DAY_MISSING {
            let problem = Problem::MissingValue;
            faults.row(&file.label, "period_start", from, name(&day_text(end)), problem);
            return None;
        }
        found
    }

    fn field(
        &mut self,
        field: &Figures<'_>,
        landings: &[Landing],
        keys: &KeyColumns,
        file: &File,
        faults: &mut Faults,
    ) {
        let bounds = bounds(field.name);
        let Some(out) = self.builder.values(field.name) else {
            return;
        };
        for landing in landings {
            let end = keys.period_end[landing.row];
            if !landing.has(field.lag, end) {
                out.push(f64::NAN);
                continue;
            }
            let value = field.values[landing.row];
            let problem = if field.is_infinite(landing.row) {
                Some(Problem::NotFinite)
            } else {
                bounds.and_then(|bounds| bounds.broken_by(value))
            };
            if let Some(problem) = problem {
                let key = format!("{} {}", self.securities.id(landing.security), day_text(end));
                faults.row(
                    &file.label,
                    field.name,
                    landing.known_on,
                    (landing.security, key),
                    problem,
                );
            }
            out.push(if value.is_finite() { value } else { f64::NAN });
        }
    }

    fn duplicates(&mut self, faults: &mut Faults) {
        self.keys.sort_unstable();
        for pair in self.keys.windows(2) {
            let [
                (security, period, end, known_on, is_lagged, _),
                (next, next_period, next_end, next_known, next_lagged, file),
            ] = pair
            else {
                continue;
            };
            if (security, period, end, known_on, is_lagged) == (next, next_period, next_end, next_known, next_lagged) {
                let id = self.securities.id(*security);
                let key = format!(
                    "{id} {} {} known {}",
                    day_text(*end),
                    period.code(),
                    day_text(*known_on)
                );
                faults.row(
                    &self.files[*file],
                    "",
                    *known_on,
                    (*security, key),
                    Problem::DuplicateKey,
                );
            }
        }
    }
}

/// One field of one file.
struct Figures<'a> {
    name: &'a str,
    lag: Option<Span>,
    values: Vec<f64>,
    /// Rows that hold a NaN or an infinity of their own, ascending.
    not_finite: Vec<usize>,
}

impl<'a> Figures<'a> {
    fn of(name: &'a str, lag: Option<Span>, file: &File) -> Self {
        let column: Option<Column> = file.frame.column(name).ok().cloned();
        let missing = || (vec![f64::NAN; file.frame.height()], Vec::new());
        let (values, not_finite) = column.map_or_else(missing, numbers);
        Self {
            name,
            lag,
            values,
            not_finite,
        }
    }

    fn is_infinite(&self, row: usize) -> bool {
        self.not_finite.binary_search(&row).is_ok()
    }
}
