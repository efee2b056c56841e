//! Tables as JSON. Written as text because a JSON value in memory would sort the keys, and columns have an order.

use std::fmt::{self, Display, Formatter, Write};

use divisor_model::Table;

use crate::cell::Cell;

/// An array of one object a row, each on its own line, keys in column order, `null` where a value is missing; ended by
/// `\n`. Infinite numbers, which no result has and JSON cannot write, are `null` too.
pub fn to_json_text(table: &Table) -> String {
    Json(table).to_string()
}

struct Json<'a>(&'a Table);

impl Display for Json<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(table) = self;
        let keys: Vec<String> = table
            .columns
            .iter()
            .map(|column| Quoted(&column.name).to_string())
            .collect();
        f.write_char('[')?;
        for row in 0..table.rows() {
            f.write_str(if row == 0 { "\n{" } else { ",\n{" })?;
            for (position, (key, column)) in keys.iter().zip(&table.columns).enumerate() {
                f.write_str(if position == 0 { "" } else { "," })?;
                write!(f, "{key}:")?;
                write_cell(f, Cell::of(&column.values, row))?;
            }
            f.write_char('}')?;
        }
        f.write_str(if table.rows() == 0 { "]\n" } else { "\n]\n" })
    }
}

fn write_cell(f: &mut Formatter<'_>, cell: Cell<'_>) -> fmt::Result {
    match cell {
        Cell::Number(number) if number.is_finite() => write!(f, "{number:?}"),
        Cell::Missing | Cell::Number(_) => f.write_str("null"),
        Cell::Text(text) => Quoted(text).fmt(f),
        Cell::Day(date) => write!(f, "\"{date}\""),
        Cell::Integer(integer) => write!(f, "{integer}"),
        Cell::Flag(flag) => write!(f, "{flag}"),
    }
}

/// A JSON string: quotes, backslashes and control characters escaped, everything else as it is.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut rest = self.0;
        while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
            f.write_str(&rest[..at])?;
            match rest.as_bytes()[at] {
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b'\t' => f.write_str("\\t")?,
                byte @ (b'"' | b'\\') => write!(f, "\\{}", char::from(byte))?,
                byte => write!(f, "\\u{byte:04x}")?,
            }
            rest = &rest[at + 1..];
        }
        f.write_str(rest)?;
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use divisor_model::{Table, TextBuilder, Values};
    use serde_json::{Value, json};

    use super::to_json_text;
    use crate::cell::sample;

    #[test]
    fn parses_to_the_values_with_nulls() {
        let parsed: Value = serde_json::from_str(&to_json_text(&sample())).expect("JSON");
        let expected = json!([
            {"name": "Plain", "a weight": 0.1 + 0.2, "day": null, "count": i64::MAX, "flag": true},
            {"name": null, "a weight": 1e-9, "day": "1970-01-01", "count": null, "flag": false},
            {"name": "Says \"a, b\"\nthen é", "a weight": null, "day": "2024-01-01", "count": -3, "flag": null},
            {"name": "", "a weight": -1.0, "day": "1969-12-31", "count": 0, "flag": true},
        ]);
        assert_eq!(parsed, expected);
    }

    #[test]
    fn keys_stand_in_column_order() {
        let table = Table::new("t")
            .with("z", Values::Number(vec![1.5, f64::INFINITY]))
            .with("a", Values::Integer(vec![Some(2), None]))
            .with("m", Values::Flag(vec![None, Some(false)]));
        let expected = "[\n{\"z\":1.5,\"a\":2,\"m\":null},\n{\"z\":null,\"a\":null,\"m\":false}\n]\n";
        assert_eq!(to_json_text(&table), expected);
    }

    #[test]
    fn every_character_survives() {
        let all: String = (0..0x2100).filter_map(char::from_u32).chain(['\u{1f600}']).collect();
        let mut text = TextBuilder::default();
        text.push(Some(&all));
        let table = Table::new("t").with(all.clone(), Values::Text(text.finish()));
        let parsed: Value = serde_json::from_str(&to_json_text(&table)).expect("JSON");
        assert_eq!(parsed[0][all.as_str()], all.as_str());
    }

    #[test]
    fn no_rows_is_an_empty_array() {
        assert_eq!(to_json_text(&Table::new("t").with("x", Values::Number(vec![]))), "[]\n");
    }
}
