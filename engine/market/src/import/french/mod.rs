//! Kenneth French's CSV files → table `returns` (`date, name, return, set, vintage`).
//!
//! A file has several blocks: value- and equal-weighted returns, by month and by year, numbers of firms, average sizes.
//! An import takes one of them, the first that holds returns unless another is asked for, and counts the others as
//! dropped. A monthly return is dated by the last day of its month, an annual one by 31 December, a daily one by its day.
//!
//! Files are in per cent; a `return` is the published number times 0.01, the product of two floats. That is how the
//! common readers of these files make fractions, so the results agree with theirs to the last bit; dividing by 100 or
//! moving the decimal point differs in the last bit for about every fourth value.
//!
//! History is restated with every publication, so each publication has its own `vintage`: two vintages of a set lie side
//! by side, and a vintage that is there never changes unless replacing is asked for. A file of a set and vintage becomes
//! `returns/set=<set>/vintage=<vintage>/<file>.parquet`.

mod block;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use divisor_model::{Date, Table, TextBuilder, Values};

use super::{Importer, Parsed, SourceFiles, Summary};
use crate::MarketError;
use crate::write::read_table;
use block::{Block, Cell, Content, choose};
use parse::parse;

/// What a published number is multiplied by.
const PERCENT: f64 = 0.01;

/// Lines shown of a wrong file.
const SHOWN: usize = 10;

/// Imports files of one set and vintage.
pub struct FrenchImporter {
    set: String,
    vintage: String,
    block: Option<String>,
    replace: bool,
}

impl FrenchImporter {
    /// For a set name of letters, digits, `-` and `_`, a vintage `YYYY-MM` or `YYYY-MM-DD`, a block by its title or its
    /// number in the file, and whether a vintage that is there may be replaced.
    pub fn new(set: &str, vintage: &str, block: Option<String>, replace: bool) -> Result<Self, String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if set.is_empty() || !set.chars().all(is_name) {
            return Err(format!(
                "the set `{set}` must be a name of letters, digits, `-` and `_`"
            ));
        }
        let day = if vintage.len() == 7 { "-01" } else { "" };
        let date = format!("{vintage}{day}").parse::<Date>();
        if date.map(|date| date.to_string()) != Ok(format!("{vintage}{day}")) {
            return Err(format!(
                "the vintage `{vintage}` must be a month or a day: 2025-09 or 2025-09-30"
            ));
        }
        Ok(Self {
            set: set.to_owned(),
            vintage: vintage.to_owned(),
            block,
            replace,
        })
    }

    /// Whether the files, and those of the same set and vintage already in the dataset, name each series once.
    pub fn check(&self, sources: &SourceFiles, dataset: &Path) -> Result<(), MarketError> {
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let mut twice: Vec<String> = Vec::new();
        let mut claim = |name: &str, file: &str| {
            if let Some(first) = owners
                .insert(name.to_owned(), file.to_owned())
                .filter(|first| first != file)
            {
                twice.push(format!("`{name}` is in {first} and in {file}"));
            }
        };
        let mut files: Vec<String> = Vec::new();
        for at in 0..sources.len() {
            let item = sources.item(at);
            files.push(part(item.name()));
            // A file that cannot be read is reported when it is imported.
            let blocks = item
                .bytes()
                .ok()
                .and_then(|bytes| parse(&String::from_utf8_lossy(&bytes)).ok());
            let Some(blocks) = blocks else { continue };
            if let Ok(chosen) = choose(&blocks, self.block.as_deref()) {
                blocks[chosen]
                    .names
                    .iter()
                    .for_each(|name| claim(name, &part(item.name())));
            }
        }
        let folder = dataset.join(self.folder());
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default()
                .to_owned();
            if files.contains(&stem) || path.extension().is_none_or(|extension| extension != "parquet") {
                continue;
            }
            if let Some(Values::Text(names)) = read_table("returns", &path)?.column("name") {
                names.dictionary.iter().for_each(|name| claim(name, &stem));
            }
        }
        if twice.is_empty() {
            return Ok(());
        }
        let message = format!("{} {}: {}", self.set, self.vintage, twice.join(", "));
        Err(MarketError::Import(message))
    }

    fn folder(&self) -> String {
        format!("returns/set={}/vintage={}", self.set, self.vintage)
    }

    /// The rows of a block; values that are missing are dropped.
    fn table(&self, block: &Block, summary: &mut Summary) -> Table {
        let (mut names, mut sets, mut vintages) =
            (TextBuilder::default(), TextBuilder::default(), TextBuilder::default());
        let (mut dates, mut returns) = (Vec::new(), Vec::new());
        for row in &block.rows {
            for (name, cell) in block.names.iter().zip(&row.cells) {
                let reason = match cell {
                    Cell::Number(percent) => {
                        summary.keep(1);
                        dates.push(row.date);
                        names.push(Some(name));
                        returns.push(percent * PERCENT);
                        sets.push(Some(&self.set));
                        vintages.push(Some(&self.vintage));
                        continue;
                    }
                    Cell::Missing => "missing: -99.99 or -999 in the file",
                    Cell::Empty => "missing: nothing in the file",
                };
                summary.drop(reason, 1, format!("{name} {}", crate::rows::day_text(row.date)));
            }
        }
        Table::new("returns")
            .with("date", Values::Day(dates))
            .with("name", Values::Text(names.finish()))
            .with("return", Values::Number(returns))
            .with("set", Values::Text(sets.finish()))
            .with("vintage", Values::Text(vintages.finish()))
    }
}

/// The name of a source file's own file in the dataset.
fn part(source: &str) -> String {
    let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
    super::plain_name(stem)
}

impl Importer for FrenchImporter {
    fn name(&self) -> &'static str {
        "french"
    }

    fn settings(&self) -> String {
        let block = self.block.as_deref().unwrap_or_default();
        format!("set {} vintage {} block {block}", self.set, self.vintage)
    }

    fn parse(&self, source: &str, bytes: &[u8]) -> Result<Parsed, String> {
        // Only introductions have letters beyond ASCII, in whatever encoding; a number with one is no number.
        let blocks = parse(&String::from_utf8_lossy(bytes)).map_err(|faults| {
            let lines = faults
                .iter()
                .take(SHOWN)
                .map(|fault| format!("line {}: {}", fault.line, fault.message));
            let more = faults.len().saturating_sub(SHOWN);
            let more = if more > 0 {
                format!("\n  … and {more} more")
            } else {
                String::new()
            };
            format!("{}{more}", lines.collect::<Vec<_>>().join("\n  "))
        })?;
        let chosen = choose(&blocks, self.block.as_deref())?;
        let mut summary = Summary::default();
        for (at, block) in blocks.iter().enumerate().filter(|(at, _)| *at != chosen) {
            let reason = match block.content() {
                Content::Returns => "other returns of the file; --block takes them",
                Content::Other => "no returns",
                Content::Unknown => "perhaps no returns, by the title; --block takes them",
            };
            let name = format!("block {}, {}", at + 1, block.name());
            summary.drop(reason, block.values() as u64, name);
        }
        let block = &blocks[chosen];
        let table = self.table(block, &mut summary);
        if table.rows() == 0 {
            return Err(format!("{} has no value", block.name()));
        }
        let part = part(source);
        Ok(Parsed {
            key: format!("{}.{}.{part}", self.set, self.vintage),
            title: format!("{} {}: {}", self.set, self.vintage, block.name()),
            tables: vec![(format!("{}/{part}.parquet", self.folder()), table)],
            summary,
        })
    }

    fn may_replace(&self) -> Result<(), String> {
        if self.replace {
            return Ok(());
        }
        Err("another publication is another --vintage; --replace changes this one".to_owned())
    }
}
