//! Published reviews, their tables and their manifest; columns and rows of tables.

use std::path::{Path, PathBuf};

use divisor_market::read_table;
use divisor_model::{Table, TextBuilder, Values, date_of};

/// The folder of one review.
pub(crate) struct Review(PathBuf);

impl Review {
    pub(crate) fn of(out: &Path, index: &str, effective: &str) -> Self {
        Self(out.join(index).join("reviews").join(effective))
    }

    pub(crate) fn table(&self, name: &'static str) -> Table {
        let path = self.0.join(format!("{name}.parquet"));
        read_table(name, &path).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn manifest(&self) -> serde_json::Value {
        serde_json::from_str(&super::read(&self.0.join("manifest.json"))).unwrap()
    }
}

/// A numeric column.
pub(crate) fn numbers(table: &Table, column: &str) -> Vec<f64> {
    match table.column(column) {
        Some(Values::Number(values)) => values.clone(),
        Some(Values::Integer(values)) => {
            let number = |value: &Option<i64>| value.map_or(f64::NAN, |value| value as f64);
            values.iter().map(number).collect()
        }
        other => panic!("{}.{column} is no column of numbers: {other:?}", table.name),
    }
}

/// A column of any type as texts; empty where missing.
pub(crate) fn texts(table: &Table, column: &str) -> Vec<String> {
    match table.column(column) {
        Some(Values::Text(text)) => {
            let rows = 0..text.codes.len();
            rows.map(|row| text.get(row).unwrap_or_default().to_owned()).collect()
        }
        Some(Values::Day(days)) => {
            let text = |day: &i32| date_of(*day).map_or_else(String::new, |date| date.to_string());
            days.iter().map(text).collect()
        }
        Some(Values::Flag(flags)) => {
            let text = |flag: &Option<bool>| flag.map_or_else(String::new, |flag| flag.to_string());
            flags.iter().map(text).collect()
        }
        other => panic!("{}.{column} is no column of texts: {other:?}", table.name),
    }
}

/// The rows of a table at `rows`, in that order.
pub(crate) fn rows_of(table: &Table, rows: &[usize]) -> Table {
    let mut selected = Table::new(table.name);
    for column in &table.columns {
        let values = match &column.values {
            Values::Number(values) => Values::Number(rows.iter().map(|row| values[*row]).collect()),
            Values::Day(days) => Values::Day(rows.iter().map(|row| days[*row]).collect()),
            Values::Integer(values) => Values::Integer(rows.iter().map(|row| values[*row]).collect()),
            Values::Flag(flags) => Values::Flag(rows.iter().map(|row| flags[*row]).collect()),
            Values::Text(text) => {
                let mut builder = TextBuilder::default();
                for row in rows {
                    builder.push(text.get(*row));
                }
                Values::Text(builder.finish())
            }
        };
        selected.push(column.name.clone(), values);
    }
    selected
}
