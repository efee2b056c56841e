//! The rows of a table while they are collected: records of 64-bit words by division (a file each). When there are many
//! they go to disk, so that an import never holds more than its buffer, the distinct texts and one division.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};

use divisor_model::{Day, TEXT_MISSING, Table, TextBuilder, TextColumn, Values};

use super::ColumnRule;
use crate::frame::ColumnKind;

/// Words held before they go to disk: 128 MB.
pub(crate) const BUFFER: usize = 1 << 24;

/// Rows being collected.
pub(crate) struct Rows {
    /// Words a record: one a column, then the line.
    width: usize,
    limit: usize,
    held: usize,
    buffers: BTreeMap<i32, Vec<u64>>,
    spill: Option<Spill>,
}

/// A folder of one file a division, removed when dropped.
struct Spill(PathBuf);

impl Drop for Spill {
    fn drop(&mut self) {
        // Nobody to tell; the system clears its temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Rows {
    /// For records of `columns` values; `limit` is the words held.
    pub(crate) fn new(columns: usize, limit: usize) -> Self {
        Self {
            width: columns + 1,
            limit,
            held: 0,
            buffers: BTreeMap::new(),
            spill: None,
        }
    }

    /// Adds a record: its values, and the line it came from.
    pub(crate) fn push(&mut self, division: i32, values: &[u64], line: u64) -> io::Result<()> {
        let buffer = self.buffers.entry(division).or_default();
        buffer.extend_from_slice(values);
        buffer.push(line);
        self.held += self.width;
        if self.held < self.limit {
            return Ok(());
        }
        self.held = 0;
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new()?),
        };
        for (division, buffer) in &mut self.buffers {
            spill.append(*division, buffer)?;
            // The division stays known; its memory goes.
            *buffer = Vec::new();
        }
        Ok(())
    }

    /// The divisions that have rows, ascending.
    pub(crate) fn divisions(&self) -> Vec<i32> {
        self.buffers.keys().copied().collect()
    }

    /// The records of a division, in the order they came.
    pub(crate) fn take(&mut self, division: i32) -> io::Result<Division> {
        let held = self.buffers.remove(&division).unwrap_or_default();
        let mut words = match &self.spill {
            Some(spill) => spill.read(division)?,
            None => Vec::new(),
        };
        if words.is_empty() {
            words = held;
        } else {
            words.extend(held);
        }
        Ok(Division {
            width: self.width,
            words,
        })
    }
}

impl Spill {
    fn new() -> io::Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Atomic::Relaxed);
        let folder = std::env::temp_dir().join(format!("divisor-import-rows-{}-{next}", std::process::id()));
        if folder.exists() {
            // Left by a process of the same id that was killed.
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn path(&self, division: i32) -> PathBuf {
        self.0.join(division.to_string())
    }

    fn append(&self, division: i32, words: &[u64]) -> io::Result<()> {
        if words.is_empty() {
            return Ok(());
        }
        let mut file = File::options().create(true).append(true).open(self.path(division))?;
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        file.write_all(&bytes)
    }

    fn read(&self, division: i32) -> io::Result<Vec<u64>> {
        let path: &Path = &self.path(division);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let bytes = fs::read(path)?;
        let (words, _) = bytes.as_chunks::<8>();
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }
}

/// The records of one file to be.
pub(crate) struct Division {
    width: usize,
    words: Vec<u64>,
}

/// The texts of every column: in order of first use, and the place of each in text order.
pub(crate) struct Texts {
    columns: Vec<(TextColumn, Vec<u64>)>,
}

impl Texts {
    pub(crate) fn new(builders: Vec<TextBuilder>) -> Self {
        let column = |builder: TextBuilder| {
            let texts = builder.finish();
            let mut order: Vec<usize> = (0..texts.dictionary.len()).collect();
            order.sort_unstable_by_key(|at| &texts.dictionary[*at]);
            let mut places = vec![0; order.len()];
            for (place, at) in order.into_iter().enumerate() {
                places[at] = place as u64;
            }
            (texts, places)
        };
        Self {
            columns: builders.into_iter().map(column).collect(),
        }
    }
}

impl Division {
    pub(crate) fn rows(&self) -> usize {
        self.words.len() / self.width
    }

    fn record(&self, row: usize) -> &[u64] {
        &self.words[row * self.width..(row + 1) * self.width]
    }

    /// The line a row came from.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.record(row)[self.width - 1]
    }

    /// The rows by the `by` columns, then by all others, then by line: an order that the source's does not show in.
    pub(crate) fn order(&self, by: &[usize], columns: &[ColumnRule], texts: &Texts) -> Vec<usize> {
        let others = (0..columns.len()).filter(|column| !by.contains(column));
        let all: Vec<usize> = by.iter().copied().chain(others).collect();
        let compare = |one: &usize, other: &usize| {
            let (one, other) = (self.record(*one), self.record(*other));
            let by_column = all
                .iter()
                .map(|at| compare_words(columns[*at].kind, one[*at], other[*at], &texts.columns[*at].1));
            let first = by_column.into_iter().find(|ordering| *ordering != Ordering::Equal);
            first.unwrap_or_else(|| one[self.width - 1].cmp(&other[self.width - 1]))
        };
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.sort_unstable_by(compare);
        order
    }

    /// Whether two rows agree in these columns.
    pub(crate) fn agree(&self, one: usize, other: usize, columns: &[usize]) -> bool {
        let (one, other) = (self.record(one), self.record(other));
        columns.iter().all(|at| one[*at] == other[*at])
    }

    /// A value for people.
    pub(crate) fn shown(&self, row: usize, column: usize, kind: ColumnKind, texts: &Texts) -> String {
        let word = self.record(row)[column];
        match kind {
            ColumnKind::Number => f64::from_bits(word).to_string(),
            ColumnKind::Day => crate::rows::day_text(word as u32 as Day),
            ColumnKind::Flag => (word == 1).to_string(),
            _ => texts.columns[column].0.text(word as u32).unwrap_or_default().to_owned(),
        }
    }

    /// The rows in an order as a table, without the columns left out.
    pub(crate) fn table(
        &self,
        name: &'static str,
        order: &[usize],
        columns: &[ColumnRule],
        texts: &Texts,
        is_left_out: impl Fn(&str) -> bool,
    ) -> Table {
        let mut table = Table::new(name);
        for (at, column) in columns
            .iter()
            .enumerate()
            .filter(|(_, column)| !is_left_out(&column.name))
        {
            let words = order.iter().map(|row| self.record(*row)[at]);
            let values = match column.kind {
                ColumnKind::Number => Values::Number(words.map(f64::from_bits).collect()),
                ColumnKind::Day => Values::Day(words.map(|word| word as u32 as Day).collect()),
                ColumnKind::Flag => Values::Flag(words.map(|word| (word < 2).then_some(word == 1)).collect()),
                _ => Values::Text(TextColumn {
                    codes: words.map(|word| word as u32).collect(),
                    dictionary: texts.columns[at].0.dictionary.clone(),
                }),
            };
            table.push(column.name.clone(), values);
        }
        table
    }
}

/// Numbers, days and texts in their own order.
fn compare_words(kind: ColumnKind, one: u64, other: u64, places: &[u64]) -> Ordering {
    match kind {
        ColumnKind::Number => f64::from_bits(one).total_cmp(&f64::from_bits(other)),
        ColumnKind::Day => (one as u32 as Day).cmp(&(other as u32 as Day)),
        ColumnKind::Flag => one.cmp(&other),
        _ => {
            let place = |word: u64| match word as u32 {
                TEXT_MISSING => u64::MAX,
                code => places[code as usize],
            };
            place(one).cmp(&place(other))
        }
    }
}
