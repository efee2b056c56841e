//! Where every value comes from that a review at the cut-off sees.

use std::collections::BTreeSet;

use divisor_model::{
    Column, DAY_MISSING, Date, Day, Period, RiskTables, Securities, Snapshot, Table, TextBuilder, Values, day_of,
};

use crate::dataset::Dataset;
use crate::dated::{Dated, DatedTexts};
use crate::frame::ColumnKind;
use crate::read::Needs;

/// The table `provenance` and the number of broken rows known by the cut-off: one row a value of the newest snapshot and
/// of every period of `fundamentals` that its names have, by table, security, field, period kind and period. `period_end`
/// is the snapshot's date for a snapshot's values. `publication` of `publications` says which of a period's publications
/// known by the cut-off the value stands in. Rows of `prices` and `actions` are published once, under their own date.
pub(super) fn provenance(dataset: &Dataset, cutoff: Date, last: Date) -> (Table, usize) {
    let columns = dataset.columns();
    let numeric = columns
        .fundamentals
        .iter()
        .filter(|(_, kind)| **kind == ColumnKind::Number);
    let fields: BTreeSet<String> = numeric.map(|(name, _)| name.clone()).collect();
    let landed = dataset.read(&Needs {
        snapshots: BTreeSet::from([last]),
        columns: columns.snapshots.keys().cloned().collect(),
        fundamentals: fields.clone(),
        risk: dataset.risk_model_at(cutoff).into_iter().collect(),
        cutoff: day_of(cutoff),
        ..Needs::default()
    });
    let known = landed.defects.iter().filter(|defect| defect.known_on <= day_of(cutoff));
    let defects = known.count();
    let mut rows = Rows::default();
    let Some(snapshot) = landed.panel.snapshot(last) else {
        return (rows.finish(), defects);
    };
    let securities = landed.panel.securities();
    if let Some(table) = &landed.history.fundamentals {
        for security in snapshot.security() {
            let id = securities.id(*security);
            for field in &fields {
                for period in table.period_kinds(*security) {
                    let readings = table.readings(*security, field, period, day_of(cutoff), usize::MAX);
                    for reading in &readings.values {
                        rows.push(Row {
                            period: Some(period),
                            period_end: reading.seen.period_end,
                            value: reading.seen.value,
                            known_on: reading.seen.known_on,
                            file: reading.file,
                            publication: (reading.publication, reading.publications),
                            is_lagged: reading.is_lagged,
                            ..Row::of("fundamentals", id, field)
                        });
                    }
                }
            }
        }
    }
    let model = dataset.risk_model_at(cutoff);
    if let Some((date, tables)) = model.and_then(|date| Some((date, landed.history.risk.at(date)?))) {
        rows.risk(securities, date, tables);
    }
    let dated = Dated::read(dataset, day_of(cutoff));
    let file = dataset.snapshot_label(last);
    let filled = landed.filled.get(&last);
    for (name, _) in columns.snapshots.iter().filter(|(name, _)| *name != "security_id") {
        let of = filled.and_then(|filled| filled.get(name)).copied();
        let texts = match of {
            Some("identifiers") => Some(("identifiers", &dated.identifiers)),
            Some(_) => Some(("classifications", &dated.classifications)),
            None => None,
        };
        for (row, security) in snapshot.security().iter().enumerate() {
            let id = securities.id(*security);
            match texts {
                Some((table, texts)) => rows.claim(table, texts, id, name, day_of(last)),
                None => rows.cell(snapshot, id, name, row, &file),
            }
        }
    }
    (rows.finish(), defects)
}

/// One value.
#[derive(Clone, Copy)]
struct Row<'a> {
    table: &'static str,
    security: &'a str,
    field: &'a str,
    period: Option<Period>,
    period_end: Day,
    value: f64,
    text: Option<&'a str>,
    known_on: Day,
    file: &'a str,
    publication: (usize, usize),
    is_lagged: bool,
}

impl<'a> Row<'a> {
    fn of(table: &'static str, security: &'a str, field: &'a str) -> Self {
        Self {
            table,
            security,
            field,
            period: None,
            period_end: DAY_MISSING,
            value: f64::NAN,
            text: None,
            known_on: DAY_MISSING,
            file: "",
            publication: (1, 1),
            is_lagged: false,
        }
    }
}

#[derive(Default)]
struct Rows {
    table: TextBuilder,
    security: TextBuilder,
    field: TextBuilder,
    period: TextBuilder,
    period_end: Vec<Day>,
    value: Vec<f64>,
    text: TextBuilder,
    known_on: Vec<Day>,
    file: TextBuilder,
    publication: Vec<Option<i64>>,
    publications: Vec<Option<i64>>,
    by_lag: Vec<Option<bool>>,
}

impl Rows {
    fn push(&mut self, row: Row<'_>) {
        self.table.push(Some(row.table));
        self.security.push(Some(row.security));
        self.field.push(Some(row.field));
        self.period.push(row.period.map(Period::code));
        self.period_end.push(row.period_end);
        self.value.push(row.value);
        self.text.push(row.text);
        self.known_on.push(row.known_on);
        self.file.push(Some(row.file));
        self.publication.push(Some(row.publication.0 as i64));
        self.publications.push(Some(row.publication.1 as i64));
        self.by_lag.push(Some(row.is_lagged));
    }

    /// A number or text of a snapshot; dates, flags and lists are no values of a rule.
    fn cell(&mut self, snapshot: Snapshot<'_>, id: &str, name: &str, row: usize, file: &str) {
        let (value, text) = match snapshot.column(name) {
            Some(Column::Number(values)) => (values[row], None),
            Some(Column::Text(text)) => (f64::NAN, text.get(row)),
            _ => return,
        };
        if value.is_nan() && text.is_none() {
            return;
        }
        let day = day_of(snapshot.date());
        self.push(Row {
            period_end: day,
            value,
            text,
            known_on: day,
            file,
            ..Row::of("snapshots", id, name)
        });
    }

    /// A text that a snapshot shows from another table.
    fn claim(&mut self, table: &'static str, texts: &DatedTexts, id: &str, scheme: &str, day: Day) {
        let Some(claim) = texts.at(scheme, id, day) else { return };
        self.push(Row {
            period_end: claim.from,
            text: Some(&claim.value),
            known_on: claim.known_on,
            file: &texts.files[claim.file],
            ..Row::of(table, id, scheme)
        });
    }

    /// Exposures under the names of their factors, then specific variances; covariances are of no security.
    fn risk(&mut self, securities: &Securities, date: Date, tables: &RiskTables) {
        let exposures = tables.exposures.iter().map(|(security, factor, exposure)| {
            (
                *security,
                tables.factors[*factor as usize].as_str(),
                *exposure,
                "exposures",
            )
        });
        let specific = tables.specific.iter();
        let specific = specific.map(|(security, variance)| (*security, "specific_variance", *variance, "specific"));
        for (security, field, value, table) in exposures.chain(specific) {
            self.push(Row {
                period_end: day_of(date),
                value,
                known_on: day_of(date),
                file: &format!("risk/date={date}/{table}"),
                ..Row::of("risk", securities.id(security), field)
            });
        }
    }

    fn finish(self) -> Table {
        Table::new("provenance")
            .with("table", Values::Text(self.table.finish()))
            .with("security_id", Values::Text(self.security.finish()))
            .with("field", Values::Text(self.field.finish()))
            .with("period", Values::Text(self.period.finish()))
            .with("period_end", Values::Day(self.period_end))
            .with("value", Values::Number(self.value))
            .with("text", Values::Text(self.text.finish()))
            .with("known_on", Values::Day(self.known_on))
            .with("file", Values::Text(self.file.finish()))
            .with("publication", Values::Integer(self.publication))
            .with("publications", Values::Integer(self.publications))
            .with("by_lag", Values::Flag(self.by_lag))
    }
}
