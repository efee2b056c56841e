//! The rows of a company as tables of a dataset.

use divisor_model::{DAY_MISSING, Day, Table, TextBuilder, Values};

use super::figures::{Facts, Figure};
use super::mapping::Mapping;
use super::rows::{Cell, Key, Origin, Row, Rows};

/// The key columns that both tables have.
#[derive(Default)]
struct Keys {
    security: TextBuilder,
    end: Vec<Day>,
    period: TextBuilder,
    start: Vec<Day>,
    known_on: Vec<Day>,
}

impl Keys {
    fn push(&mut self, security: &str, (kind, end, filed): &Key, start: Option<Day>) {
        self.security.push(Some(security));
        self.end.push(*end);
        self.period.push(Some(kind.code()));
        self.start.push(start.unwrap_or(DAY_MISSING));
        self.known_on.push(*filed);
    }

    fn table(self, name: &'static str) -> Table {
        Table::new(name)
            .with("security_id", Values::Text(self.security.finish()))
            .with("period_end", Values::Day(self.end))
            .with("period", Values::Text(self.period.finish()))
            .with("period_start", Values::Day(self.start))
            .with("known_on", Values::Day(self.known_on))
    }
}

/// The table `fundamentals`: the rows once for each security, all fields of the mapping as columns.
pub(super) fn fundamentals(rows: &Rows, securities: &[String], mapping: &Mapping) -> Table {
    let mut keys = Keys::default();
    let mut columns = vec![Vec::with_capacity(rows.len() * securities.len()); mapping.fields.len()];
    for security in securities {
        for (key, row) in rows {
            keys.push(security, key, row.start);
            for column in &mut columns {
                column.push(f64::NAN);
            }
            for Cell { figure, .. } in &row.cells {
                if let Some(value) = columns[figure.field].last_mut() {
                    *value = figure.value;
                }
            }
        }
    }
    let mut table = keys.table("fundamentals");
    for (field, column) in mapping.fields.iter().zip(columns) {
        table.push(field.name.clone(), Values::Number(column));
    }
    table
}

/// The table `figures`: one row a value of `fundamentals`, with what it was made of.
pub(super) fn figures(rows: &Rows, security: &str, facts: &Facts<'_>, mapping: &Mapping) -> Table {
    let mut keys = Keys::default();
    let mut texts: [TextBuilder; 5] = Default::default();
    let mut values = Vec::new();
    let mut stated = Vec::new();
    let cells = rows
        .iter()
        .flat_map(|(key, row)| row.cells.iter().map(move |cell| (key, row, cell)));
    for (key, row, Cell { figure, origin }) in cells {
        let field = &mapping.fields[figure.field];
        keys.push(security, key, start_of(row, figure));
        texts[0].push(Some(&field.name));
        texts[1].push(Some(origin.code()));
        texts[2].push(Some(&field.from[figure.source].text));
        texts[3].push(Some(&listed(figure, |at| &facts.all[at].accession)));
        texts[4].push(Some(&listed(figure, |at| &facts.all[at].form)));
        values.push(figure.value);
        stated.push(match origin {
            Origin::Derived { longer, shorter } => *longer.min(shorter),
            Origin::Reported | Origin::Carried => figure.filed,
        });
    }
    let [field, origin, concepts, accession, form] = texts;
    keys.table("figures")
        .with("field", Values::Text(field.finish()))
        .with("value", Values::Number(values))
        .with("origin", Values::Text(origin.finish()))
        .with("concepts", Values::Text(concepts.finish()))
        .with("stated_from", Values::Day(stated))
        .with("accession", Values::Text(accession.finish()))
        .with("form", Values::Text(form.finish()))
}

/// A level's period begins where the row's does, an amount's where the filing says.
fn start_of(row: &Row, figure: &Figure) -> Option<Day> {
    figure.span.0.or(row.start)
}

/// A property of the facts of a figure, each value once, in their order.
fn listed<'a>(figure: &Figure, property: impl Fn(usize) -> &'a String) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for at in &figure.facts {
        let text = property(*at).as_str();
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(" ")
}
