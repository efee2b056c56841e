//! Broken promises of the data. A defect is dated by when its row became known: it stops the reviews that may read the
//! row and no earlier one.

use std::fmt;

use crate::{Day, SecurityIndex};

/// One broken row or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Table it lies in.
    pub table: &'static str,
    /// File it lies in, relative to the dataset.
    pub file: String,
    /// Column, empty for the whole row or file.
    pub column: String,
    /// When the row became known; reviews with an earlier cut-off never see it.
    pub known_on: Day,
    /// The security, `None` where the whole file is broken.
    pub security: Option<SecurityIndex>,
    /// The row's key for people.
    pub key: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a row or a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The file cannot be read; the reason.
    Unreadable(String),
    /// A column is missing that must be there.
    MissingColumn,
    /// A column has another type; what was expected and what is there.
    WrongType(&'static str, String),
    /// A value is missing where one must be.
    MissingValue,
    /// NaN or infinity.
    NotFinite,
    /// A value no such field can have; the rule it breaks.
    Impossible(&'static str),
    /// A code that is not one of the allowed ones; the allowed ones.
    UnknownCode(&'static str),
    /// Two rows have the same key.
    DuplicateKey,
    /// The file has no row.
    Empty,
    /// A value of which nobody can tell when it became known.
    Undated,
    /// Something that only one may have at a time, claimed twice; what it is.
    ClaimedTwice(&'static str),
    /// A column of a snapshot that `classifications` has too.
    TwoSources,
    /// A factor that is not in the covariance of its risk model, or has no variance there.
    UnknownFactor,
    /// A covariance of two factors that is given the other way round too, with another value.
    Asymmetric,
    /// A covariance of factors by which some mix of them would have a negative variance; the eigenvalues in words.
    Indefinite(String),
}

impl Problem {
    /// Its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "D0101",
            Self::MissingColumn => "D0102",
            Self::WrongType(..) => "D0103",
            Self::MissingValue => "D0104",
            Self::NotFinite => "D0105",
            Self::Impossible(_) => "D0106",
            Self::UnknownCode(_) => "D0107",
            Self::DuplicateKey => "D0108",
            Self::Empty => "D0109",
            Self::Undated => "D0110",
            Self::ClaimedTwice(_) => "D0111",
            Self::TwoSources => "D0112",
            Self::UnknownFactor => "D0231",
            Self::Asymmetric => "D0232",
            Self::Indefinite(_) => "D0233",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(f, "cannot be read: {reason}"),
            Self::MissingColumn => write!(f, "the column is missing"),
            Self::WrongType(expected, found) => write!(f, "should be {expected} but is {found}"),
            Self::MissingValue => write!(f, "is null where a value must be"),
            Self::NotFinite => write!(f, "is NaN or infinite; a missing value must be null"),
            Self::Impossible(rule) => write!(f, "{rule}"),
            Self::UnknownCode(allowed) => write!(f, "is none of {allowed}"),
            Self::DuplicateKey => write!(f, "two rows have the same key"),
            Self::Empty => write!(f, "has no rows"),
            Self::Undated => write!(
                f,
                "nothing says when its values became known, and a period's end is no date of knowledge; fill `known_on`, \
                 or state a lag in dataset.toml, such as [tables.fundamentals] lag = \"45 days\""
            ),
            Self::ClaimedTwice(what) => write!(f, "{what}"),
            Self::TwoSources => write!(
                f,
                "is a column of the snapshot and a scheme of `classifications`; keep one"
            ),
            Self::UnknownFactor => write!(f, "names a factor that has no variance in the table `covariance`"),
            Self::Asymmetric => write!(f, "is given the other way round too, with another value"),
            Self::Indefinite(eigenvalues) => write!(
                f,
                "is not positive semidefinite, so that some mix of factors would have a negative variance ({eigenvalues})"
            ),
        }
    }
}

/// Defects of one sort, counted: what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFault {
    /// The first defect of the sort.
    pub first: Defect,
    /// How many rows have it.
    pub count: usize,
    /// The first few keys.
    pub sample: Vec<String>,
}

impl DataFault {
    /// Groups defects by table, file, column and problem, in that order.
    pub fn group<'a>(defects: impl IntoIterator<Item = &'a Defect>) -> Vec<Self> {
        let mut sorted: Vec<&Defect> = defects.into_iter().collect();
        let sort = |defect: &Defect| {
            (
                defect.table,
                defect.file.clone(),
                defect.column.clone(),
                defect.problem.clone(),
            )
        };
        sorted.sort_by_cached_key(|defect| (sort(defect), defect.key.clone()));
        let mut faults: Vec<Self> = Vec::new();
        for defect in sorted {
            match faults.last_mut() {
                Some(fault) if sort(&fault.first) == sort(defect) => {
                    fault.count += 1;
                    if fault.sample.len() < 3 && !fault.sample.contains(&defect.key) {
                        fault.sample.push(defect.key.clone());
                    }
                }
                _ => faults.push(Self {
                    first: defect.clone(),
                    count: 1,
                    sample: vec![defect.key.clone()],
                }),
            }
        }
        faults
    }
}

impl fmt::Display for DataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.file)?;
        if !self.first.column.is_empty() {
            write!(f, ": column `{}`", self.first.column)?;
        }
        write!(f, ": {}", self.first.problem)?;
        if !self.first.key.is_empty() {
            let rows = if self.count == 1 { "row" } else { "rows" };
            write!(f, " ({} {rows}: {}", self.count, self.sample.join(", "))?;
            write!(f, "{})", if self.count > self.sample.len() { ", …" } else { "" })?;
        }
        Ok(())
    }
}
