//! Tables as CSV by RFC 4180, but with `\n` line ends.

use std::fmt::{self, Display, Formatter, Write};

use divisor_model::Table;

use crate::cell::Cell;

/// The table with a header line, each line ended by `\n`. Nothing stands where a value is missing, `""` where a text is
/// empty; flags are `true` and `false`; a number always has a point or an exponent, so that a reader never takes a column
/// of them for whole numbers.
pub fn to_csv(table: &Table) -> String {
    Csv(table).to_string()
}

struct Csv<'a>(&'a Table);

impl Display for Csv<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(table) = self;
        for (position, column) in table.columns.iter().enumerate() {
            separate(f, position)?;
            write_text(f, &column.name)?;
        }
        f.write_char('\n')?;
        for row in 0..table.rows() {
            for (position, column) in table.columns.iter().enumerate() {
                separate(f, position)?;
                write_cell(f, Cell::of(&column.values, row))?;
            }
            f.write_char('\n')?;
        }
        Ok(())
    }
}

fn separate(f: &mut Formatter<'_>, position: usize) -> fmt::Result {
    if position > 0 { f.write_char(',') } else { Ok(()) }
}

fn write_cell(f: &mut Formatter<'_>, cell: Cell<'_>) -> fmt::Result {
    match cell {
        Cell::Missing => Ok(()),
        Cell::Number(number) => write!(f, "{number:?}"),
        Cell::Text(text) => write_text(f, text),
        Cell::Day(date) => write!(f, "{date}"),
        Cell::Integer(integer) => write!(f, "{integer}"),
        Cell::Flag(flag) => write!(f, "{flag}"),
    }
}

fn write_text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    if !text.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        return f.write_str(text);
    }
    f.write_char('"')?;
    for (position, part) in text.split('"').enumerate() {
        if position > 0 {
            f.write_str("\"\"")?;
        }
        f.write_str(part)?;
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use divisor_model::{Table, TextBuilder, Values};

    use super::to_csv;
    use crate::cell::sample;

    #[test]
    fn every_type_and_every_quote() {
        let expected = concat!(
            "name,a weight,day,count,flag\n",
            "Plain,0.30000000000000004,,9223372036854775807,true\n",
            ",1e-9,1970-01-01,,false\n",
            "\"Says \"\"a, b\"\"\nthen é\",,2024-01-01,-3,\n",
            "\"\",-1.0,1969-12-31,0,true\n",
        );
        assert_eq!(to_csv(&sample()), expected);
    }

    #[test]
    fn floats_read_back_as_the_same_bits() {
        let numbers = vec![
            f64::MIN_POSITIVE,
            5e-324,
            f64::MAX,
            1.0 / 3.0,
            -0.0,
            123_456_789.123_456_79,
            1e16,
        ];
        let csv = to_csv(&Table::new("t").with("x", Values::Number(numbers.clone())));
        let read: Vec<u64> = csv
            .lines()
            .skip(1)
            .map(|line| line.parse::<f64>().expect("a float").to_bits())
            .collect();
        assert_eq!(read, numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>());
    }

    #[test]
    fn each_special_character_is_reason_to_quote() {
        let mut text = TextBuilder::default();
        for entry in ["a\"b", "a,b", "a\nb", "a\rb", " a;b'"] {
            text.push(Some(entry));
        }
        let csv = to_csv(&Table::new("t").with("x", Values::Text(text.finish())));
        assert_eq!(csv, "x\n\"a\"\"b\"\n\"a,b\"\n\"a\nb\"\n\"a\rb\"\n a;b'\n");
    }

    #[test]
    fn no_rows_is_a_header() {
        let table = Table::new("t")
            .with("a,b", Values::Number(vec![]))
            .with("c", Values::Flag(vec![]));
        assert_eq!(to_csv(&table), "\"a,b\",c\n");
    }
}
