//! One block of a file: what it holds and which one an import takes.

use divisor_model::Day;

/// A table inside a file: a title, a line of names, one line a date.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// The text over the names, on one line; empty where there is none.
    pub(crate) title: String,
    /// Line of the names, from 1.
    pub(crate) line: usize,
    /// Factors or portfolios, left to right.
    pub(crate) names: Vec<String>,
    /// How far apart its dates are.
    pub(crate) frequency: Frequency,
    /// Ascending in date.
    pub(crate) rows: Vec<Row>,
    /// Whether it is the first of its file, whose title may be the file's own introduction.
    pub(crate) is_first: bool,
}

/// One date.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The last day of its period.
    pub(crate) date: Day,
    /// One a name.
    pub(crate) cells: Vec<Cell>,
}

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    /// As written; per cent in blocks of returns.
    Number(f64),
    /// One of the codes for a missing value.
    Missing,
    /// Nothing between two separators.
    Empty,
}

/// How far apart dates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frequency {
    /// `YYYYMMDD`.
    Daily,
    /// `YYYYMM`; the date is the last day of the month.
    Monthly,
    /// `YYYY`; the date is 31 December.
    Annual,
}

/// What the numbers of a block are, by its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Returns in per cent.
    Returns,
    /// Counts, sizes, ratios or other characteristics.
    Other,
    /// The title does not tell.
    Unknown,
}

/// Words in titles of blocks that hold no returns.
const CHARACTERISTICS: [&str; 7] = [
    "number of",
    "average market cap",
    "average firm size",
    "average of",
    "sum of",
    "sum[",
    "breakpoints",
];

impl Frequency {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Monthly => "monthly",
            Self::Annual => "annual",
        }
    }
}

impl Block {
    /// What it holds. `returns` must stand as a word: the average of "past return variance" is no return.
    pub(crate) fn content(&self) -> Content {
        let title = self.title.to_lowercase();
        let has_word = |word: &str| title.split(|c: char| !c.is_alphanumeric()).any(|one| one == word);
        if has_word("returns") || has_word("factors") {
            Content::Returns
        } else if CHARACTERISTICS.iter().any(|words| title.contains(words)) {
            Content::Other
        } else if self.is_first {
            Content::Returns
        } else {
            Content::Unknown
        }
    }

    /// Its title for people; of a title that is a whole paragraph, the beginning.
    pub(crate) fn name(&self) -> String {
        const SHOWN: usize = 60;
        if self.title.is_empty() {
            return format!("the {} block at line {}", self.frequency.words(), self.line);
        }
        match self.title.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("`{}…`", self.title[..end].trim_end()),
            None => format!("`{}`", self.title),
        }
    }

    /// How many values it has, missing ones included.
    pub(crate) fn values(&self) -> usize {
        self.rows.len() * self.names.len()
    }
}

/// The position of the block an import takes: the one `wanted` by number (from 1) or title, else the first with returns.
pub(crate) fn choose(blocks: &[Block], wanted: Option<&str>) -> Result<usize, String> {
    let Some(wanted) = wanted else {
        let first = blocks.iter().position(|block| block.content() == Content::Returns);
        return first.ok_or_else(|| format!("no block holds returns by its title{}", listed(blocks)));
    };
    let by_number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let titled = |at: &usize| blocks[*at].title.eq_ignore_ascii_case(wanted.trim());
    let found: Vec<usize> = match by_number {
        Some(at) => (at..blocks.len()).take(1).collect(),
        None => (0..blocks.len()).filter(titled).collect(),
    };
    match found.as_slice() {
        [at] if blocks[*at].content() == Content::Other => Err(format!(
            "{} holds no returns, and the table `returns` nothing else",
            blocks[*at].name()
        )),
        [at] => Ok(*at),
        _ => Err(format!("there is no one block `{wanted}`{}", listed(blocks))),
    }
}

/// What there is to choose from, as the end of a message.
fn listed(blocks: &[Block]) -> String {
    let eligible = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.content() != Content::Other);
    let names: Vec<String> = eligible
        .map(|(at, block)| format!("{} ({})", at + 1, block.name()))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("; --block takes {}", names.join(", "))
}
