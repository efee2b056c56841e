//! The table `fundamentals`: one row per security, period and publication.

use std::collections::BTreeSet;

use divisor_model::{DAY_MISSING, Day, Fundamentals, FundamentalsBuilder, Period, Problem, Securities, SecurityIndex};
use polars::prelude::Column;

use crate::contract::bounds;
use crate::dataset::Dataset;
use crate::frame::{days, flags, numbers, texts};
use crate::rows::{Faults, File, Ids, day_text, read_file};

/// Required key columns.
const KEYS: [&str; 4] = ["security_id", "period_end", "period", "known_on"];

/// The columns that are read for these fields.
pub(crate) fn columns(fields: &BTreeSet<String>) -> impl Iterator<Item = &str> {
    let optional = ["period_start", "withdrawn"];
    KEYS.into_iter()
        .chain(optional)
        .chain(fields.iter().map(String::as_str))
}

/// Reads the publications known by `cutoff` of the given securities.
pub(crate) fn read_fundamentals(
    dataset: &Dataset,
    securities: &Securities,
    fields: &BTreeSet<String>,
    cutoff: Day,
) -> (Fundamentals, Faults) {
    let mut faults = Faults::new("fundamentals");
    let columns: Vec<&str> = columns(fields).collect();
    let mut reader = Reader {
        ids: Ids::new(securities),
        securities,
        fields: fields.iter().map(String::as_str).collect(),
        cutoff,
        builder: FundamentalsBuilder::new(fields.iter().map(String::as_str)),
        labels: Vec::new(),
        keys: Vec::new(),
    };
    for path in &dataset.fundamentals {
        // A broken file may hold anything, so it stops every review that needs the table.
        if let Some(file) = read_file(dataset, path, &KEYS, &columns, DAY_MISSING, &mut faults) {
            reader.file(&file, &mut faults);
        }
    }
    reader.duplicates(&mut faults);
    (reader.builder.finish(securities.len()), faults)
}

struct Reader<'a> {
    ids: Ids<'a>,
    securities: &'a Securities,
    fields: Vec<&'a str>,
    cutoff: Day,
    builder: FundamentalsBuilder,
    /// Names of the files read.
    labels: Vec<String>,
    /// Security, period, period end, date of knowledge and position of the file of every row landed.
    keys: Vec<(SecurityIndex, Period, Day, Day, u32)>,
}

/// The key columns of one file.
struct KeyColumns {
    period_end: Vec<Day>,
    period_start: Vec<Day>,
    known_on: Vec<Day>,
    withdrawn: Vec<Option<bool>>,
}

impl Reader<'_> {
    fn file(&mut self, file: &File, faults: &mut Faults) {
        let rows = file.frame.height();
        let column = |name: &str| file.frame.column(name).ok();
        let day_column = |name: &str| column(name).and_then(days).unwrap_or_else(|| vec![DAY_MISSING; rows]);
        let keys = KeyColumns {
            period_end: day_column("period_end"),
            period_start: day_column("period_start"),
            known_on: day_column("known_on"),
            withdrawn: column("withdrawn")
                .and_then(flags)
                .unwrap_or_else(|| vec![Some(false); rows]),
        };
        let (Some(ids), Some(periods)) = (column("security_id").and_then(texts), column("period").and_then(texts))
        else {
            return;
        };
        let mut landed: Vec<usize> = Vec::new();
        let mut at: Vec<(SecurityIndex, Period)> = Vec::new();
        for (row, (id, period)) in ids.iter().zip(periods.iter()).enumerate() {
            // A row whose date of knowledge is missing may have been known when its period ended.
            let known_on = if keys.known_on[row] == DAY_MISSING {
                keys.period_end[row]
            } else {
                keys.known_on[row]
            };
            if known_on > self.cutoff {
                continue;
            }
            let Some(id) = id else {
                faults.keyless(&file.label, "security_id", known_on, row);
                continue;
            };
            let Some(security) = self.ids.index(id) else { continue };
            if let Some(period) = self.key(row, security, period, &keys, file, faults) {
                landed.push(row);
                at.push((security, period));
            }
        }
        for (row, (security, period)) in landed.iter().zip(&at) {
            let (start, end, known_on) = (keys.period_start[*row], keys.period_end[*row], keys.known_on[*row]);
            let withdrawn = keys.withdrawn[*row].unwrap_or(false);
            self.builder.push(*security, *period, (start, end), known_on, withdrawn);
            self.keys
                .push((*security, *period, end, known_on, self.labels.len() as u32));
        }
        self.labels.push(file.label.clone());
        for field in self.fields.clone() {
            self.field(field, column(field), &landed, &at, &keys, file, faults);
        }
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
        let (end, known_on) = (keys.period_end[row], keys.known_on[row]);
        let from = if known_on == DAY_MISSING { end } else { known_on };
        let name = |what: &str| (security, format!("{} {what}", self.securities.id(security)));
        for (column, value) in [("period_end", end), ("known_on", known_on)] {
            if value == DAY_MISSING {
                faults.row(&file.label, column, from, name(&day_text(end)), Problem::MissingValue);
                return None;
            }
        }
        if known_on < end {
            let problem = Problem::Impossible("is before the period's end");
            faults.row(&file.label, "known_on", from, name(&day_text(end)), problem);
            return None;
        }
        let found = period.and_then(Period::from_code);
        if found.is_none() {
            let problem = Problem::UnknownCode("FY, H, Q, YTD, TTM");
            faults.row(&file.label, "period", from, name(&day_text(end)), problem);
        }
        if found == Some(Period::YearToDate) && keys.period_start[row] == DAY_MISSING {
            faults.row(
                &file.label,
                "period_start",
                from,
                name(&day_text(end)),
                Problem::MissingValue,
            );
            return None;
        }
        found
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one column of one file, with what its messages need"
    )]
    fn field(
        &mut self,
        field: &str,
        column: Option<&Column>,
        landed: &[usize],
        at: &[(SecurityIndex, Period)],
        keys: &KeyColumns,
        file: &File,
        faults: &mut Faults,
    ) {
        let (values, not_finite) = match column {
            Some(column) => numbers(column),
            None => (vec![f64::NAN; file.frame.height()], Vec::new()),
        };
        let bounds = bounds(field);
        let Some(out) = self.builder.values(field) else { return };
        for (row, (security, _)) in landed.iter().zip(at) {
            let value = values[*row];
            let problem = if not_finite.binary_search(row).is_ok() {
                Some(Problem::NotFinite)
            } else {
                bounds.and_then(|bounds| bounds.broken_by(value))
            };
            if let Some(problem) = problem {
                let key = format!("{} {}", self.securities.id(*security), day_text(keys.period_end[*row]));
                faults.row(&file.label, field, keys.known_on[*row], (*security, key), problem);
            }
            out.push(if value.is_finite() { value } else { f64::NAN });
        }
    }

    fn duplicates(&mut self, faults: &mut Faults) {
        self.keys.sort_unstable();
        for pair in self.keys.windows(2) {
            let [
                (security, period, end, known_on, _),
                (next, next_period, next_end, next_known, file),
            ] = pair
            else {
                continue;
            };
            if (security, period, end, known_on) == (next, next_period, next_end, next_known) {
                let id = self.securities.id(*security);
                let key = format!(
                    "{id} {} {} known {}",
                    day_text(*end),
                    period.code(),
                    day_text(*known_on)
                );
                let file = &self.labels[*file as usize];
                faults.row(file, "", *known_on, (*security, key), Problem::DuplicateKey);
            }
        }
    }
}
