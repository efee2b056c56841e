//! Dense columns. Missing is NaN in numbers, [`TEXT_MISSING`] in text, [`crate::DAY_MISSING`] in dates; no other
//! non-finite number ever lands in one.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::Day;

/// The code of a missing text.
pub const TEXT_MISSING: u32 = u32::MAX;

/// One field of a [`crate::Panel`].
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Finite numbers, NaN where missing.
    Number(Vec<f64>),
    /// Text as codes into a sorted dictionary.
    Text(TextColumn),
    /// Day numbers.
    Day(Vec<Day>),
    /// Yes, no or missing.
    Flag(Vec<Option<bool>>),
    /// Membership of named universes.
    Membership(MembershipColumn),
}

/// Text values as codes into a dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    /// One code a row, [`TEXT_MISSING`] where there is no text.
    pub codes: Vec<u32>,
    /// The distinct texts. Sorted when it comes from data, so that code order is text order.
    pub dictionary: Arc<Vec<String>>,
}

impl TextColumn {
    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.text(self.codes[row])
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> Option<&str> {
        self.dictionary.get(code as usize).map(String::as_str)
    }

    /// The code of a text, if any row has it.
    pub fn code(&self, text: &str) -> Option<u32> {
        let found = self.dictionary.iter().position(|known| known == text);
        found.map(|code| code as u32)
    }
}

/// Collects texts into a [`TextColumn`].
#[derive(Debug, Default)]
pub struct TextBuilder {
    codes: Vec<u32>,
    dictionary: Vec<String>,
    /// Results look up millions of texts; the hash order is never seen.
    lookup: HashMap<String, u32, FixedState>,
}

impl TextBuilder {
    /// An empty builder with room for `rows`.
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            codes: Vec::with_capacity(rows),
            ..Self::default()
        }
    }

    /// Appends a row.
    pub fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(TEXT_MISSING, |text| self.intern(text));
        self.codes.push(code);
    }

    /// The code of a text, new or known.
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(code) = self.lookup.get(text) {
            return *code;
        }
        let code = self.dictionary.len() as u32;
        self.dictionary.push(text.to_owned());
        self.lookup.insert(text.to_owned(), code);
        code
    }

    /// Appends a row by a code that [`TextBuilder::intern`] gave, or [`TEXT_MISSING`].
    pub fn push_code(&mut self, code: u32) {
        self.codes.push(code);
    }

    /// The column with its dictionary in order of first use: for results, whose rows are ordered anyway.
    pub fn finish(self) -> TextColumn {
        TextColumn {
            codes: self.codes,
            dictionary: Arc::new(self.dictionary),
        }
    }

    /// The column with its dictionary sorted: for data, whose rows come in any order.
    pub fn finish_sorted(self) -> TextColumn {
        let mut order: Vec<u32> = (0..self.dictionary.len() as u32).collect();
        order.sort_unstable_by(|a, b| self.dictionary[*a as usize].cmp(&self.dictionary[*b as usize]));
        let mut rank = vec![0; order.len()];
        for (position, code) in order.iter().enumerate() {
            rank[*code as usize] = position as u32;
        }
        let recode = |code: u32| rank.get(code as usize).copied().unwrap_or(TEXT_MISSING);
        TextColumn {
            codes: self.codes.into_iter().map(recode).collect(),
            dictionary: Arc::new(
                order
                    .iter()
                    .map(|code| self.dictionary[*code as usize].clone())
                    .collect(),
            ),
        }
    }
}

/// Which of at most 64 named universes a row belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembershipColumn {
    /// Universe names, sorted; bit `k` of a row is membership of `names[k]`.
    pub names: Vec<String>,
    /// One bit set a row.
    pub bits: Vec<u64>,
}

impl MembershipColumn {
    /// The mask of one universe, if any row may belong to it.
    pub fn mask(&self, name: &str) -> Option<u64> {
        let position = self.names.iter().position(|known| known == name);
        position.map(|bit| 1 << bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sorted_dictionary_does_not_depend_on_row_order() {
        let build = |rows: &[Option<&str>]| {
            let mut builder = TextBuilder::default();
            for row in rows {
                builder.push(*row);
            }
            builder.finish_sorted()
        };
        let one = build(&[Some("b"), None, Some("a"), Some("b")]);
        let other = build(&[Some("a"), Some("b"), Some("b"), None]);
        assert_eq!(one.dictionary, other.dictionary);
        assert_eq!(one.codes, [1, TEXT_MISSING, 0, 1]);
        assert_eq!(one.get(0), Some("b"));
        assert_eq!(one.get(1), None);
    }
}
