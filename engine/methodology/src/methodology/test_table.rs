//! `[[test]]` tables, checked. They are no rules: neither hash nor run sees them.

use std::collections::BTreeMap;

use divisor_model::{Date, Period};

use super::Setting;
use crate::Line;

/// A tiny universe and what the rules must make of it.
#[derive(Debug, Clone)]
pub struct TestTable {
    /// Stable id.
    pub id: String,
    /// What it shows.
    pub because: Option<String>,
    /// Cut-off and date of the snapshot; the base date where not stated.
    pub cutoff: Setting<Date>,
    /// The securities, in the order written.
    pub universe: Vec<TestRow>,
    /// Publications that history functions read.
    pub fundamentals: Vec<TestPublication>,
    /// Keys of the rulebook changed for the test, by dotted path.
    pub set: BTreeMap<String, TestValue>,
    /// Members before.
    pub previous: Vec<String>,
    /// By how much numbers may differ.
    pub tolerance: Setting<f64>,
    /// What must come out.
    pub expect: Expectation,
    /// Line of the table.
    pub line: Line,
}

/// One security.
#[derive(Debug, Clone)]
pub struct TestRow {
    /// Its id.
    pub security_id: String,
    /// Its snapshot columns and stated variables, without `security_id`.
    pub cells: BTreeMap<String, TestValue>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the types of snapshot columns")]
pub enum TestValue {
    Number(f64),
    Text(String),
    Flag(bool),
}

/// One publication.
#[derive(Debug, Clone)]
pub struct TestPublication {
    /// Whose.
    pub security_id: String,
    /// Kind of period.
    pub period: Period,
    /// Last day of the period.
    pub period_end: Date,
    /// Day it was published.
    pub known_on: Date,
    /// Figures by field.
    pub values: BTreeMap<String, f64>,
}

/// What must come out; what is empty is not looked at. Keys are security ids, of the outer maps scores or variables.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// All members.
    pub members: Option<Vec<String>>,
    /// Weights, fractions.
    pub weights: BTreeMap<String, f64>,
    /// Scores and variables by name.
    pub values: BTreeMap<String, BTreeMap<String, f64>>,
    /// Who lacks a score or variable.
    pub missing: BTreeMap<String, Vec<String>>,
    /// Ranks, 1 the best.
    pub ranks: BTreeMap<String, i64>,
    /// Ids of rules.
    pub reasons: BTreeMap<String, String>,
    /// Code of the error the review must end in.
    pub fails: Option<String>,
}

impl TestTable {
    /// The column names of its universe, sorted, with a value that shows their type.
    pub fn columns(&self) -> BTreeMap<&str, &TestValue> {
        let cells = self.universe.iter().rev().flat_map(|row| &row.cells);
        cells.map(|(name, value)| (name.as_str(), value)).collect()
    }
}
