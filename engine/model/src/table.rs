//! A result table in memory: what every writer takes and none changes.

use crate::{Day, TextColumn};

/// A named table of equally long columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name, which is its file's name without an ending.
    pub name: &'static str,
    /// Its columns, in published order.
    pub columns: Vec<TableColumn>,
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    /// Published name.
    pub name: String,
    /// One value a row.
    pub values: Values,
}

/// The values of a column. Missing values are NaN, [`crate::TEXT_MISSING`], [`crate::DAY_MISSING`] or `None`; writers
/// turn them into nulls.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers.
    Number(Vec<f64>),
    /// Text.
    Text(TextColumn),
    /// Dates.
    Day(Vec<Day>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
}

impl Values {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Text(text) => text.codes.len(),
            Self::Day(days) => days.len(),
            Self::Integer(values) => values.len(),
            Self::Flag(flags) => flags.len(),
        }
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Table {
    /// An empty table.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            columns: Vec::new(),
        }
    }

    /// Adds a column.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, values: Values) -> Self {
        self.push(name, values);
        self
    }

    /// Adds a column in place.
    ///
    /// # Panics
    /// If it has another length than the columns already there: a fault of the engine.
    pub fn push(&mut self, name: impl Into<String>, values: Values) {
        let name = name.into();
        if let Some(first) = self.columns.first() {
            assert_eq!(first.values.len(), values.len(), "column {name} of {}", self.name);
        }
        self.columns.push(TableColumn { name, values });
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Values> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.map(|column| &column.values)
    }
}
