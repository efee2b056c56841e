//! What can go wrong before a single row is judged.

use std::fmt;
use std::path::PathBuf;

use divisor_model::DataFault;

/// A failure of this crate.
#[derive(Debug)]
pub enum MarketError {
    /// A file or folder cannot be used; what was tried, and why it failed.
    Io {
        /// What was tried, in words.
        doing: String,
        /// With which path.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The folder is no dataset, or its head is wrong.
    Dataset {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Broken promises of the data.
    Faults(Vec<DataFault>),
    /// The world file is wrong.
    World(String),
    /// An import cannot go on, or its mapping is wrong.
    Import(String),
}

impl MarketError {
    /// An I/O failure in words.
    pub(crate) fn io(doing: &str, path: impl Into<PathBuf>, reason: impl fmt::Display) -> Self {
        Self::Io {
            doing: doing.to_owned(),
            path: path.into(),
            reason: reason.to_string(),
        }
    }
}

impl fmt::Display for MarketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, reason } => write!(f, "cannot {doing} {}: {reason}", path.display()),
            Self::Dataset { path, message } => write!(f, "{}: {message}", path.display()),
            Self::Faults(faults) => {
                let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                write!(f, "{}", lines.join("\n"))
            }
            Self::World(message) | Self::Import(message) => write!(f, "{message}"),
        }
    }
}

impl std::error::Error for MarketError {}
