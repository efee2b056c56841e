//! Text of a file → blocks. The files have no grammar of their own; this one reads all variants there are:
//!
//! - introductory text, any number of blocks, a footer; blank lines anywhere, `\n` or `\r\n`, blanks at line ends;
//! - a block is a line of names and the lines of dates below it; text above the names is its title;
//! - fields are separated by commas or, in older files, by blanks; then names with a blank in them stand two blanks apart;
//! - dates are `YYYYMM`, `YYYYMMDD` or `YYYY`, or with hyphens; the first field of the names is empty or `Date`;
//! - `-99.99` and `-999`, with any number of zeros after the point, are missing values.
//!
//! Whatever fits nowhere is an error with its line; all of them are found at once.

use divisor_model::{Date, Day, day_of};

use super::block::{Block, Cell, Frequency, Row};
use crate::import::decimal::scaled;

/// The codes for missing values, without zeros at their ends.
const MISSING: [&str; 2] = ["-99.99", "-999"];

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineFault {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// Reads all blocks of a file.
pub(crate) fn parse(text: &str) -> Result<Vec<Block>, Vec<LineFault>> {
    let mut parser = Parser::default();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        parser.line(at + 1, line.trim_end());
    }
    parser.close();
    if parser.blocks.is_empty() && parser.faults.is_empty() {
        parser.fault(1, "no line begins with a date: YYYYMM, YYYYMMDD or YYYY".to_owned());
    }
    if parser.faults.is_empty() {
        Ok(parser.blocks)
    } else {
        Err(parser.faults)
    }
}

#[derive(Default)]
struct Parser<'a> {
    /// Lines since the last line of a block: number and text, blank ones too.
    text: Vec<(usize, &'a str)>,
    open: Option<Block>,
    /// After a bad line of names its dates are not judged.
    skipping: bool,
    blocks: Vec<Block>,
    faults: Vec<LineFault>,
}

impl<'a> Parser<'a> {
    fn fault(&mut self, line: usize, message: String) {
        self.faults.push(LineFault { line, message });
    }

    fn close(&mut self) {
        self.blocks.extend(self.open.take());
    }

    fn line(&mut self, number: usize, line: &'a str) {
        let Some((date, cells)) = dated(line) else {
            self.text.push((number, line));
            return;
        };
        let (day, frequency) = match read_date(date) {
            Ok(read) => read,
            Err(message) => return self.fault(number, message),
        };
        if self.text.iter().any(|(_, text)| !text.trim().is_empty()) {
            self.begin(&cells, frequency);
        } else if self.open.is_none() && !self.skipping {
            self.skipping = true;
            return self.fault(number, "a date, but no line of names above it".to_owned());
        }
        self.text.clear();
        if !self.skipping {
            self.row(number, day, frequency, &cells);
        }
    }

    /// Begins a block: the last line of text has its names.
    fn begin(&mut self, cells: &[&str], frequency: Frequency) {
        self.close();
        let text = std::mem::take(&mut self.text);
        let Some(at) = text.iter().rposition(|(_, line)| !line.trim().is_empty()) else {
            return;
        };
        let (line, header) = text[at];
        let names = names(header, cells.len());
        self.skipping = true;
        let is_first = self.blocks.is_empty();
        let repeated = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
        if names.len() != cells.len() {
            let message = format!("{} names over lines of {} values", names.len(), cells.len());
            return self.fault(line, message);
        }
        if let Some(empty) = names.iter().position(String::is_empty) {
            return self.fault(line, format!("column {} has no name", empty + 1));
        }
        if let Some(at) = repeated {
            return self.fault(line, format!("two columns are called `{}`", names[at]));
        }
        self.skipping = false;
        self.open = Some(Block {
            title: title(&text[..at], is_first),
            line,
            names,
            frequency,
            rows: Vec::new(),
            is_first,
        });
    }

    fn row(&mut self, number: usize, date: Day, frequency: Frequency, cells: &[&str]) {
        let Some(block) = &mut self.open else { return };
        let wanted = block.names.len();
        let cells = match cells {
            // A separator at the end of the line separates nothing.
            [rest @ .., ""] if cells.len() == wanted + 1 => rest,
            _ => cells,
        };
        let mut wrong = Vec::new();
        if frequency != block.frequency {
            wrong.push(format!(
                "a date of {} data in a block of {} data",
                frequency.words(),
                block.frequency.words()
            ));
        } else if block.rows.last().is_some_and(|last| last.date >= date) {
            wrong.push("the date is not after the one above it".to_owned());
        }
        let is_dated = wrong.is_empty();
        if cells.len() != wanted {
            wrong.push(format!("{} values under {wanted} names", cells.len()));
        }
        let mut row = Row {
            date,
            cells: Vec::with_capacity(wanted),
        };
        for cell in cells {
            match read_cell(cell) {
                Some(cell) => row.cells.push(cell),
                None => wrong.push(format!("`{cell}` is no number")),
            }
        }
        if is_dated {
            block.rows.push(row);
        }
        self.faults
            .extend(wrong.into_iter().map(|message| LineFault { line: number, message }));
    }
}

/// The date and the other fields of a line that begins with a date.
fn dated(line: &str) -> Option<(&str, Vec<&str>)> {
    let line = line.trim();
    let mut fields = if line.contains(',') {
        line.split(',').map(str::trim).collect::<Vec<_>>()
    } else {
        line.split_whitespace().collect()
    };
    let numeric = |field: &&str| field.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let is_date = |field: &str| {
        let digits = field.bytes().filter(u8::is_ascii_digit).count();
        let hyphens = field.bytes().filter(|byte| *byte == b'-').count();
        digits + hyphens == field.len() && matches!((digits, hyphens), (4 | 6 | 8, 0) | (6, 1) | (8, 2))
    };
    let is_dated = is_date(fields[..].first()?) && (line.contains(',') || fields.get(1).is_some_and(numeric));
    is_dated.then(|| (fields.remove(0), fields))
}

/// The last day of the period a date names.
fn read_date(text: &str) -> Result<(Day, Frequency), String> {
    let digits = text.replace('-', "");
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let year = number(0, 4).unwrap_or_default() as i32;
    let date = |month: u32, day: u32| Date::from_ymd_opt(year, month, day);
    let (date, frequency) = match (number(4, 6), number(6, 8)) {
        (None, _) => (date(12, 31), Frequency::Annual),
        (Some(month), None) => ((28..=31).rev().find_map(|day| date(month, day)), Frequency::Monthly),
        (Some(month), Some(day)) => (date(month, day), Frequency::Daily),
    };
    let date = date.filter(|_| (1800..=2200).contains(&year));
    let date = date.ok_or_else(|| format!("`{text}` is no date"))?;
    Ok((day_of(date), frequency))
}

fn read_cell(text: &str) -> Option<Cell> {
    if text.is_empty() {
        return Some(Cell::Empty);
    }
    let plain = match text.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
        None => text.to_owned(),
    };
    if MISSING.contains(&plain.as_str()) {
        return Some(Cell::Missing);
    }
    scaled(text, 0).map(Cell::Number)
}

/// The names over `wanted` columns; another number of them where they do not fit.
fn names(header: &str, wanted: usize) -> Vec<String> {
    let owned = |fields: Vec<&str>| fields.into_iter().map(str::to_owned).collect::<Vec<_>>();
    if header.contains(',') {
        let mut fields: Vec<&str> = header.split(',').map(str::trim).skip(1).collect();
        while fields.len() > wanted && fields.last() == Some(&"") {
            fields.pop();
        }
        return owned(fields);
    }
    // Blanks separate: two where names have blanks of their own.
    let wide = header.split("  ").map(str::trim).filter(|name| !name.is_empty());
    for mut fields in [wide.collect::<Vec<_>>(), header.split_whitespace().collect()] {
        if fields.len() == wanted + 1 && fields[0].eq_ignore_ascii_case("date") {
            fields.remove(0);
        }
        if fields.len() == wanted {
            return owned(fields);
        }
    }
    owned(header.split_whitespace().collect())
}

/// The paragraph right above the names; failing that, between blocks, the last one above them.
fn title(above: &[(usize, &str)], is_first: bool) -> String {
    let is_blank = |(_, line): &(usize, &str)| line.trim().trim_matches(',').is_empty();
    let end = if is_first {
        above.len()
    } else {
        above.iter().rposition(|line| !is_blank(line)).map_or(0, |at| at + 1)
    };
    let start = above[..end].iter().rposition(is_blank).map_or(0, |at| at + 1);
    let words = above[start..end].iter().flat_map(|(_, line)| line.split_whitespace());
    let title = words.collect::<Vec<_>>().join(" ");
    title.trim_matches([',', ' ', ':']).to_owned()
}
