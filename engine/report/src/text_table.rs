//! Tables for the terminal: aligned, without borders or colour.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table as Grid};
use divisor_model::{Table, TableColumn, Values};

use crate::cell::Cell;

/// What stands for a missing value.
const MISSING: &str = "–";
/// Blanks after a column.
const GAP: u16 = 2;

/// How the numbers of a column are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// All digits, the shortest text that reads back as the same number.
    #[default]
    Plain,
    /// A fraction as a percentage with so many decimals: 0.0512 is `5.1%` with one.
    Percent(usize),
    /// So many decimals.
    Fixed(usize),
    /// Whole, with commas between thousands.
    Thousands,
}

/// How a table is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextOptions<'a> {
    formats: Vec<(&'a str, Format)>,
}

impl<'a> TextOptions<'a> {
    /// Every number plain.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the format of a column's numbers; a name the table does not have is ignored, so that tables that share
    /// columns can share options.
    #[must_use]
    pub fn format(mut self, column: &'a str, format: Format) -> Self {
        self.formats.push((column, format));
        self
    }

    fn format_of(&self, column: &str) -> Format {
        let chosen = self.formats.iter().rev().find(|(name, _)| *name == column);
        chosen.map_or(Format::Plain, |(_, format)| *format)
    }
}

/// The table with its column names on the first line, two blanks between columns, numbers to the right and everything
/// else to the left; each line ended by `\n`, without blanks before that. Control characters in texts are shown as
/// blanks: they would break the alignment, and terminals obey some.
pub fn to_text(table: &Table, options: &TextOptions<'_>) -> String {
    let mut grid = Grid::new();
    grid.load_style(NOTHING);
    grid.set_header(table.columns.iter().map(|column| clean(&column.name)));
    let formats: Vec<Format> = table
        .columns
        .iter()
        .map(|column| options.format_of(&column.name))
        .collect();
    for row in 0..table.rows() {
        let cells = table.columns.iter().zip(&formats);
        grid.add_row(cells.map(|(column, format)| show(Cell::of(&column.values, row), *format)));
    }
    for (shown, column) in grid.column_iter_mut().zip(&table.columns) {
        shown.set_padding((0, GAP)).set_cell_alignment(alignment(column));
    }
    let mut text = String::new();
    for line in grid.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn alignment(column: &TableColumn) -> CellAlignment {
    match column.values {
        Values::Number(_) | Values::Integer(_) => CellAlignment::Right,
        Values::Text(_) | Values::Day(_) | Values::Flag(_) => CellAlignment::Left,
    }
}

fn show(cell: Cell<'_>, format: Format) -> String {
    match (cell, format) {
        (Cell::Missing, _) => MISSING.to_owned(),
        (Cell::Text(text), _) => clean(text),
        (Cell::Day(date), _) => date.to_string(),
        (Cell::Flag(flag), _) => if flag { "yes" } else { "no" }.to_owned(),
        (Cell::Number(number), Format::Plain) => plain(number),
        (Cell::Integer(integer), Format::Plain) => integer.to_string(),
        (Cell::Number(number), Format::Thousands) => grouped(&fixed(number, 0)),
        (Cell::Integer(integer), Format::Thousands) => grouped(&integer.to_string()),
        (Cell::Number(number), Format::Fixed(decimals)) => fixed(number, decimals),
        (Cell::Integer(integer), Format::Fixed(decimals)) => fixed(integer as f64, decimals),
        (Cell::Number(number), Format::Percent(decimals)) => percent(number, decimals),
        (Cell::Integer(integer), Format::Percent(decimals)) => percent(integer as f64, decimals),
    }
}

fn clean(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Without an exponent where that stays readable.
fn plain(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-5..1e16).contains(&size) || !number.is_finite() {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

fn percent(fraction: f64, decimals: usize) -> String {
    format!("{}%", fixed(fraction * 100.0, decimals))
}

/// What rounds to zero has no sign.
fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.replace('-', "") } else { text }
}

/// A whole number with commas between thousands.
fn grouped(number: &str) -> String {
    let digits = number.strip_prefix('-').unwrap_or(number);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = number[..number.len() - digits.len()].to_owned();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use divisor_model::TextBuilder;

    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_with_text() {
        let mut names = TextBuilder::default();
        for name in [Some("Société X"), None, Some("a\u{1b}[31m\nb")] {
            names.push(name);
        }
        let table = Table::new("t")
            .with("weight", Values::Number(vec![0.051_26, f64::NAN, 0.9]))
            .with("name", Values::Text(names.finish()))
            .with("market_cap", Values::Number(vec![1_234_567.5, 999.0, -1000.0]))
            .with("added", Values::Flag(vec![Some(true), Some(false), None]));
        let options = TextOptions::new()
            .format("weight", Format::Percent(2))
            .format("market_cap", Format::Thousands);
        let expected = concat!(
            "weight  name       market_cap  added\n",
            " 5.13%  Société X   1,234,568  yes\n",
            "     –  –                 999  no\n",
            "90.00%  a [31m b       -1,000  –\n",
        );
        assert_eq!(to_text(&table, &options), expected);
    }

    #[test]
    fn no_rows_is_a_header() {
        let table = Table::new("t")
            .with("a", Values::Integer(vec![]))
            .with("bb", Values::Day(vec![]));
        assert_eq!(to_text(&table, &TextOptions::new()), "a  bb\n");
        assert_eq!(to_text(&Table::new("t"), &TextOptions::new()).trim(), "");
    }

    #[test]
    fn number_formats() {
        let number = |value, format| show(Cell::Number(value), format);
        assert_eq!(number(0.1 + 0.2, Format::Plain), "0.30000000000000004");
        assert_eq!(number(3.0, Format::Plain), "3");
        assert_eq!(number(1e-7, Format::Plain), "1e-7");
        assert_eq!(number(2.5e20, Format::Plain), "2.5e20");
        assert_eq!(number(-0.004, Format::Fixed(2)), "0.00");
        assert_eq!(number(-0.006, Format::Fixed(2)), "-0.01");
        assert_eq!(number(-1e-9, Format::Percent(1)), "0.0%");
        assert_eq!(number(f64::INFINITY, Format::Thousands), "inf");
        assert_eq!(
            show(Cell::Integer(i64::MIN), Format::Thousands),
            "-9,223,372,036,854,775,808"
        );
        assert_eq!(show(Cell::Integer(100), Format::Thousands), "100");
        assert_eq!(show(Cell::Integer(2), Format::Fixed(1)), "2.0");
    }
}
