//! What can be wrong with a world.

use std::fmt;

/// Why a world could not be read or generated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorldError {
    /// The text is not the TOML of a world; the message has line, column and key.
    Toml(String),
    /// Values that describe no world, all of them.
    Spec(Vec<SpecProblem>),
    /// The sessions given do not carry this world.
    Sessions(String),
    /// The receiver of the tables refused one.
    Sink {
        /// Path of the table within the dataset.
        path: String,
        /// What it said.
        message: String,
    },
}

/// A value out of range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecProblem {
    /// Dotted key, array elements by name.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Toml(message) => f.write_str(message.trim_end()),
            Self::Spec(problems) => {
                f.write_str("the world cannot be generated:")?;
                problems
                    .iter()
                    .try_for_each(|one| write!(f, "\n  {}: {}", one.key, one.problem))
            }
            Self::Sessions(problem) => write!(f, "the exchange sessions do not carry the world: {problem}"),
            Self::Sink { path, message } => write!(f, "{path}: {message}"),
        }
    }
}

impl std::error::Error for WorldError {}
