//! One value of a table as the row-wise writers see it: the four ways to be missing are one here.

use divisor_model::{Date, Values, date_of};

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    Missing,
    /// Never NaN.
    Number(f64),
    Text(&'a str),
    Day(Date),
    Integer(i64),
    Flag(bool),
}

impl<'a> Cell<'a> {
    /// The value of a row; missing beyond the column's end, and for codes and days that stand for nothing.
    pub(crate) fn of(values: &'a Values, row: usize) -> Self {
        let found = match values {
            Values::Number(numbers) => numbers
                .get(row)
                .filter(|number| !number.is_nan())
                .map(|n| Self::Number(*n)),
            Values::Text(text) => text.codes.get(row).and_then(|code| text.text(*code)).map(Self::Text),
            Values::Day(days) => days.get(row).and_then(|day| date_of(*day)).map(Self::Day),
            Values::Integer(integers) => integers.get(row).copied().flatten().map(Self::Integer),
            Values::Flag(flags) => flags.get(row).copied().flatten().map(Self::Flag),
        };
        found.unwrap_or(Self::Missing)
    }
}

/// A small table with every type, every way to be missing, and texts that need quoting.
#[cfg(test)]
pub(crate) fn sample() -> divisor_model::Table {
    use divisor_model::{DAY_MISSING, Table, TextBuilder};
    let mut names = TextBuilder::default();
    for name in [Some("Plain"), None, Some("Says \"a, b\"\nthen é"), Some("")] {
        names.push(name);
    }
    Table::new("sample")
        .with("name", Values::Text(names.finish()))
        .with("a weight", Values::Number(vec![0.1 + 0.2, 1e-9, f64::NAN, -1.0]))
        .with("day", Values::Day(vec![DAY_MISSING, 0, 19_723, -1]))
        .with("count", Values::Integer(vec![Some(i64::MAX), None, Some(-3), Some(0)]))
        .with("flag", Values::Flag(vec![Some(true), Some(false), None, Some(true)]))
}
