//! One source file of a mapping, from its first row to the files of a dataset.

use divisor_model::{DAY_MISSING, Day, TEXT_MISSING, TextBuilder, closest};

use super::convert::{Cell, Value};
use super::faults::Faults;
use super::rows::{BUFFER, Division, Rows, Texts};
use super::section::listed;
use super::{ColumnRule, From, Mapping, SourceFormat};
use crate::MarketError;
use crate::frame::{ColumnKind, FileFrame, days, file_columns, flags, integers, kind_of, numbers, read_frame, texts};
use crate::import::csv::{CsvFormat, CsvRows};
use crate::import::job::Write;
use crate::import::{Importer, Item, ItemError, Parsed, Summary, plain_name};

/// Imports extracts by a mapping.
pub struct TableImporter<'a> {
    mapping: &'a Mapping,
    name: String,
    buffer: usize,
}

impl<'a> TableImporter<'a> {
    /// For a mapping file of this name, without its ending.
    pub fn new(mapping: &'a Mapping, stem: &str) -> Self {
        Self {
            mapping,
            name: format!("table-{}", plain_name(stem)),
            buffer: BUFFER,
        }
    }

    /// With another number of 64-bit words held before rows go to disk.
    #[cfg(test)]
    pub(crate) fn holding(mut self, words: usize) -> Self {
        self.buffer = words;
        self
    }
}

impl Importer for TableImporter<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn settings(&self) -> String {
        self.mapping.text.clone()
    }

    fn import(&self, item: &Item<'_>, write: &mut Write<'_>) -> Result<Parsed, ItemError> {
        let mut reading = Reading::new(self.mapping, self.buffer);
        match &self.mapping.source {
            SourceFormat::Csv(format) => reading.csv(item, format)?,
            SourceFormat::Parquet => reading.parquet(item)?,
        }
        let stem = item.name().rsplit_once('.').map_or(item.name(), |(stem, _)| stem);
        let part = plain_name(stem);
        let summary = reading.finish(&part, write)?;
        Ok(Parsed {
            title: format!("{} by {}", item.name(), self.name),
            key: part,
            tables: Vec::new(),
            summary,
        })
    }
}

/// A source being read.
struct Reading<'a> {
    mapping: &'a Mapping,
    /// Position in the source of each column of the table; none for constants.
    positions: Vec<Option<usize>>,
    /// Position in the source of each column that rows are kept by.
    keep: Vec<usize>,
    /// Position of the column whose days divide the rows.
    divided_by: Option<usize>,
    /// What a row is called: lines in text, rows in Parquet.
    row_word: &'static str,
    texts: Vec<TextBuilder>,
    rows: Rows,
    record: Vec<u64>,
    faults: Faults,
    summary: Summary,
}

impl<'a> Reading<'a> {
    fn new(mapping: &'a Mapping, buffer: usize) -> Self {
        let divided_by = mapping.target.divided_by();
        Self {
            mapping,
            positions: Vec::new(),
            keep: Vec::new(),
            divided_by: divided_by.and_then(|name| mapping.columns.iter().position(|column| column.name == name)),
            row_word: "line",
            texts: mapping.columns.iter().map(|_| TextBuilder::default()).collect(),
            rows: Rows::new(mapping.columns.len(), buffer),
            record: Vec::with_capacity(mapping.columns.len()),
            faults: Faults::default(),
            summary: Summary::default(),
        }
    }

    /// Finds the columns of the source that the mapping names; all that are not there are told.
    fn bind(&mut self, header: &[String]) -> Result<(), String> {
        let mut wrong: Vec<String> = Vec::new();
        let mut find = |name: &str| {
            let mut found = header.iter().enumerate().filter(|(_, column)| *column == name);
            match (found.next(), found.next()) {
                (Some((at, _)), None) => at,
                (Some(_), Some(_)) => {
                    wrong.push(format!("two columns are called `{name}`"));
                    0
                }
                (None, _) => {
                    let help = match closest(name, header.iter().map(String::as_str)) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("it has {}", listed(header)),
                    };
                    wrong.push(format!("there is no column `{name}`; {help}"));
                    0
                }
            }
        };
        for column in &self.mapping.columns {
            self.positions.push(match &column.from {
                From::Column(name) => Some(find(name)),
                From::Constant(_) => None,
            });
        }
        for (name, _) in &self.mapping.keep {
            self.keep.push(find(name));
        }
        wrong.dedup();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("\n  "))
        }
    }

    fn csv(&mut self, item: &Item<'_>, format: &CsvFormat) -> Result<(), ItemError> {
        let mut csv = CsvRows::open(item.reader()?, format)?;
        self.bind(csv.header())?;
        let width = csv.header().len();
        let mut cells: Vec<Option<String>> = Vec::new();
        while let Some((record, line)) = csv.next_row()? {
            if record.len() != width {
                let problem = format!("a row has not the {width} fields of the header");
                self.faults.add((usize::MAX, ""), problem, || {
                    format!("line {line} has {}", record.len())
                });
                continue;
            }
            cells.clear();
            let mapping = self.mapping;
            let field = |at: usize| record.get(at).map(std::str::from_utf8).and_then(Result::ok);
            let is_text = |at: &usize| field(*at).is_some();
            if let Some(at) = self
                .positions
                .iter()
                .flatten()
                .chain(&self.keep)
                .find(|at| !is_text(at))
            {
                let name = mapping
                    .columns
                    .iter()
                    .zip(&self.positions)
                    .find(|(_, position)| **position == Some(*at));
                let name = name.map_or("", |(column, _)| column.source());
                let shown = record
                    .get(*at)
                    .map(String::from_utf8_lossy)
                    .unwrap_or_default()
                    .into_owned();
                self.faults.add((*at, name), "is not UTF-8: convert the file", || {
                    format!("line {line} \"{shown}\"")
                });
                continue;
            }
            self.row(line, &|at| field(at).map_or(Cell::Nothing, Cell::Text), Some(format))?;
        }
        Ok(())
    }

    fn parquet(&mut self, item: &Item<'_>) -> Result<(), ItemError> {
        self.row_word = "row";
        let path = item
            .path()
            .ok_or_else(|| "is Parquet in a zip: unpack it first".to_owned())?;
        let header: Vec<String> = file_columns(path)?.into_keys().collect();
        self.bind(&header)?;
        let mapped = self.positions.iter().flatten().chain(&self.keep);
        let names: Vec<&str> = mapped.map(|at| header[*at].as_str()).collect();
        let FileFrame { frame, unusable } = read_frame(path, &names, true)?;
        if !unusable.is_empty() {
            return Err(format!("no value can be made of the types of {}", listed(&unusable)).into());
        }
        let columns: Vec<Option<ParquetColumn>> = header
            .iter()
            .map(|name| frame.column(name).ok().and_then(ParquetColumn::of))
            .collect();
        for row in 0..frame.height() {
            let cell = |at: usize| columns[at].as_ref().map_or(Cell::Nothing, |column| column.cell(row));
            self.row(row as u64 + 1, &cell, None)?;
        }
        Ok(())
    }

    /// One row of the source: dropped by `keep`, wrong, or collected.
    fn row<'c>(
        &mut self,
        line: u64,
        cell: &dyn Fn(usize) -> Cell<'c>,
        format: Option<&CsvFormat>,
    ) -> Result<(), MarketError> {
        let mapping = self.mapping;
        for ((name, wanted), at) in mapping.keep.iter().zip(&self.keep) {
            let found = cell(*at).text().unwrap_or_default();
            if !wanted.iter().any(|text| *text == found) {
                let quoted: Vec<String> = wanted.iter().map(|text| format!("\"{text}\"")).collect();
                let reason = format!("`{name}` is not {}", quoted.join(" or "));
                self.summary
                    .drop(reason, 1, format!("{} {line} \"{found}\"", self.row_word));
                return Ok(());
            }
        }
        self.record.clear();
        let mut day = DAY_MISSING;
        for (at, column) in mapping.columns.iter().enumerate() {
            let value = match (&column.from, self.positions[at]) {
                (From::Constant(constant), _) => Ok(constant.value()),
                (From::Column(_), position) => {
                    let found = position.map_or(Cell::Nothing, cell);
                    column
                        .convert(found, format, mapping.target)
                        .map_err(|problem| (problem, found))
                }
            };
            match value {
                Ok(value) => {
                    if let (Value::Day(found), true) = (&value, self.divided_by == Some(at)) {
                        day = *found;
                    }
                    self.record.push(value.word(column.kind, &mut self.texts[at]));
                }
                Err((problem, found)) => {
                    let written = found
                        .text()
                        .map_or_else(|| "null".to_owned(), |text| format!("\"{text}\""));
                    let word = self.row_word;
                    self.faults
                        .add((at, column.source()), problem, || format!("{word} {line} {written}"));
                }
            }
        }
        if self.record.len() < mapping.columns.len() {
            return Ok(());
        }
        self.summary.keep(1);
        let division = mapping.target.division(day);
        let pushed = self.rows.push(division, &self.record, line);
        pushed.map_err(|error| MarketError::io("write", std::env::temp_dir(), error))
    }

    /// Writes what was collected, unless something is wrong.
    fn finish(mut self, part: &str, write: &mut Write<'_>) -> Result<Summary, ItemError> {
        let (mapping, target) = (self.mapping, self.mapping.target);
        let position = |name: &&str| mapping.columns.iter().position(|column| column.name == **name);
        let key: Vec<usize> = target.key.iter().filter_map(position).collect();
        let by: Vec<usize> = if key.is_empty() {
            target.required.iter().filter_map(position).collect()
        } else {
            key.clone()
        };
        let texts = Texts::new(std::mem::take(&mut self.texts));
        for division in self.rows.divisions() {
            let rows = self.rows.take(division);
            let rows = rows.map_err(|error| MarketError::io("read", std::env::temp_dir(), error))?;
            let order = rows.order(&by, &mapping.columns, &texts);
            if !key.is_empty() {
                self.duplicates(&rows, &order, &key, division, &texts);
            }
            if self.faults.is_empty() {
                let is_left_out = |name: &str| target.is_folder_date(name);
                let table = rows.table(target.table(), &order, &mapping.columns, &texts, is_left_out);
                write(target.file(division, part), &table)?;
            }
        }
        if !self.faults.is_empty() {
            return Err(self.faults.to_string().into());
        }
        if self.summary.read == 0 {
            return Err("has no rows".to_owned().into());
        }
        Ok(self.summary)
    }

    fn duplicates(&mut self, rows: &Division, order: &[usize], key: &[usize], division: Day, texts: &Texts) {
        let columns = &self.mapping.columns;
        let names: Vec<&str> = key.iter().map(|at| columns[*at].name.as_str()).collect();
        for pair in order.windows(2) {
            let [one, other] = *pair else { continue };
            if !rows.agree(one, other, key) {
                continue;
            }
            let problem = format!("two rows have the same {}", listed(&names));
            let (first, second) = (
                rows.line(one).min(rows.line(other)),
                rows.line(one).max(rows.line(other)),
            );
            let word = self.row_word;
            self.faults.add((usize::MAX, ""), problem, || {
                let mut shown: Vec<String> = key
                    .iter()
                    .map(|at| rows.shown(one, *at, columns[*at].kind, texts))
                    .collect();
                if self.mapping.target.is_folder_date("date") {
                    shown.push(crate::rows::day_text(division));
                }
                format!("{word}s {first} and {second}: {}", shown.join(" "))
            });
        }
    }
}

impl ColumnRule {
    /// The column of the source, for messages.
    fn source(&self) -> &str {
        match &self.from {
            From::Column(name) => name,
            From::Constant(_) => &self.name,
        }
    }
}

/// A column of a Parquet source.
enum ParquetColumn {
    Integer(Vec<Option<i64>>),
    Number(Vec<f64>, Vec<bool>),
    Text(divisor_model::TextColumn),
    Day(Vec<Day>),
    Flag(Vec<Option<bool>>),
}

impl ParquetColumn {
    fn of(column: &polars::prelude::Column) -> Option<Self> {
        Some(match kind_of(column) {
            ColumnKind::Number => {
                if let Some(whole) = integers(column) {
                    return Some(Self::Integer(whole));
                }
                let nulls = column.is_null();
                let nulls = nulls.iter().map(|null| null.unwrap_or(false)).collect();
                Self::Number(numbers(column.clone()).0, nulls)
            }
            ColumnKind::Text => {
                let mut builder = TextBuilder::with_capacity(column.len());
                texts(column)?.iter().for_each(|text| builder.push(text.map(str::trim)));
                Self::Text(builder.finish())
            }
            ColumnKind::Day => Self::Day(days(column)?),
            ColumnKind::Flag => Self::Flag(flags(column)?),
            ColumnKind::TextList | ColumnKind::Other => return None,
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Integer(whole) => whole[row].map_or(Cell::Nothing, Cell::Integer),
            Self::Number(_, nulls) if nulls[row] => Cell::Nothing,
            Self::Number(values, _) => Cell::Number(values[row]),
            Self::Text(texts) if texts.codes[row] == TEXT_MISSING => Cell::Nothing,
            Self::Text(texts) => Cell::Text(texts.get(row).unwrap_or_default()),
            Self::Day(days) if days[row] == DAY_MISSING => Cell::Nothing,
            Self::Day(days) => Cell::Day(days[row]),
            Self::Flag(flags) => flags[row].map_or(Cell::Nothing, Cell::Flag),
        }
    }
}
