//! CSV files row by row: separators, quotes, line numbers. What the fields mean is the mapping's business.

use std::cell::Cell as Counter;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder, Trim};

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CsvFormat {
    /// Between fields; ASCII.
    pub(crate) separator: u8,
    /// Before the decimals of a number.
    pub(crate) decimal: char,
    /// Between groups of three digits of a number.
    pub(crate) thousands: Option<char>,
    /// Lines above the header, or above the first row where there is none.
    pub(crate) skip: usize,
    /// The names of the columns where the file has no header.
    pub(crate) names: Option<Vec<String>>,
}

/// The rows of a file, one at a time.
pub(crate) struct CsvRows<R> {
    reader: csv::Reader<Counted<BufReader<R>>>,
    record: ByteRecord,
    /// The row before, which is looked at once more at the end.
    last: ByteRecord,
    header: Vec<String>,
    /// Lines before those the reader counts.
    skipped: u64,
    quotes: Rc<Counter<u64>>,
}

impl<R: Read> CsvRows<R> {
    /// Reads up to the header; an error says why the file is no such CSV.
    pub(crate) fn open(source: R, format: &CsvFormat) -> Result<Self, String> {
        let mut source = BufReader::new(source);
        skip_mark(&mut source)?;
        for _ in 0..format.skip {
            let mut line = Vec::new();
            source.read_until(b'\n', &mut line).map_err(unreadable)?;
        }
        let quotes = Rc::new(Counter::new(0));
        let reader = ReaderBuilder::new()
            .delimiter(format.separator)
            .flexible(true)
            .has_headers(false)
            .trim(Trim::All)
            .from_reader(Counted {
                source,
                quotes: Rc::clone(&quotes),
            });
        let mut rows = Self {
            reader,
            record: ByteRecord::new(),
            last: ByteRecord::new(),
            header: format.names.clone().unwrap_or_default(),
            skipped: format.skip as u64,
            quotes,
        };
        if format.names.is_none() {
            rows.read_header()?;
        }
        Ok(rows)
    }

    fn read_header(&mut self) -> Result<(), String> {
        if !self.advance()? {
            return Err("is empty: there is no header".to_owned());
        }
        for field in &self.record {
            let name = std::str::from_utf8(field).map_err(|_| "is not UTF-8: save it as UTF-8".to_owned())?;
            self.header.push(name.to_owned());
        }
        Ok(())
    }

    /// Names of the columns.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row and the line it begins on; nothing at the end.
    pub(crate) fn next_row(&mut self) -> Result<Option<(&ByteRecord, u64)>, String> {
        if !self.advance()? {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line) + self.skipped;
        Ok(Some((&self.record, line)))
    }

    fn advance(&mut self) -> Result<bool, String> {
        std::mem::swap(&mut self.last, &mut self.record);
        let is_there = self.reader.read_byte_record(&mut self.record).map_err(unreadable)?;
        // A quote that is never closed takes the rest of the file into one field.
        let has_lines = |record: &ByteRecord| record.iter().any(|field| field.contains(&b'\n'));
        if !is_there && self.quotes.get() % 2 == 1 && has_lines(&self.last) {
            let line = self.last.position().map_or(0, csv::Position::line) + self.skipped;
            return Err(format!("a quote opened on line {line} is not closed"));
        }
        Ok(is_there)
    }
}

fn unreadable(error: impl std::fmt::Display) -> String {
    format!("cannot be read: {error}")
}

/// Skips the byte-order mark of UTF-8; those of other encodings are errors.
fn skip_mark(source: &mut impl BufRead) -> Result<(), String> {
    let start = source.fill_buf().map_err(unreadable)?;
    if start.starts_with(&[0xEF, 0xBB, 0xBF]) {
        source.consume(3);
    } else if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err("is UTF-16: save it as UTF-8".to_owned());
    } else if start.starts_with(b"PAR1") {
        return Err("is a Parquet file: write [parquet] instead of [csv]".to_owned());
    } else if start.starts_with(b"PK\x03\x04") {
        return Err("is a zip or a spreadsheet: save it as CSV".to_owned());
    }
    Ok(())
}

/// Counts the quotes that pass.
struct Counted<R> {
    source: R,
    quotes: Rc<Counter<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let quotes: u64 = buffer[..read].iter().map(|byte| u64::from(*byte == b'"')).sum();
        self.quotes.set(self.quotes.get() + quotes);
        Ok(read)
    }
}
