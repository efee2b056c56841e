//! Why a result could not be written.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

use ::parquet::errors::ParquetError;

/// Why a result could not be written.
#[derive(Debug)]
pub enum ReportError {
    /// The file system refused.
    Io {
        /// What was tried, as it stands after "cannot": `create`, `write`, `rename` …
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// Not the plain name of one file or folder: empty, hidden, or with a separator.
    BadName(String),
    /// Something that is no folder stands where one is to be published.
    NotAFolder(PathBuf),
    /// A column is longer or shorter than the first: a fault of the engine.
    UnequalColumns {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// Its rows.
        rows: usize,
        /// The rows of the first column.
        expected: usize,
    },
    /// The Parquet encoder refused.
    Parquet {
        /// The table.
        table: &'static str,
        /// Its reason.
        source: ParquetError,
    },
}

impl ReportError {
    /// For `map_err` on an operation on a path.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            operation,
            path: path.to_owned(),
            source,
        }
    }
}

impl Display for ReportError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io {
                operation,
                path,
                source,
            } => {
                write!(f, "cannot {operation} {}: {}", path.display(), plain_words(source))
            }
            Self::BadName(name) => write!(f, "`{name}` is not the plain name of a file or folder"),
            Self::NotAFolder(path) => write!(
                f,
                "cannot publish {}: something that is no folder stands there",
                path.display()
            ),
            Self::UnequalColumns {
                table,
                column,
                rows,
                expected,
            } => {
                write!(
                    f,
                    "cannot write {table}: column `{column}` has {rows} rows, the first one {expected}"
                )
            }
            Self::Parquet { table, source } => write!(f, "cannot write {table} as Parquet: {source}"),
        }
    }
}

impl Error for ReportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Parquet { source, .. } => Some(source),
            Self::BadName(_) | Self::NotAFolder(_) | Self::UnequalColumns { .. } => None,
        }
    }
}

/// "read-only file system" from "Read-only file system (os error 30)"; "I/O error" keeps its capital.
fn plain_words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_read_as_sentences() {
        let say = |source| ReportError::io("create", Path::new("/out/x"))(source).to_string();
        assert_eq!(say(io::Error::other("I/O error")), "cannot create /out/x: I/O error");
        #[cfg(target_os = "linux")]
        assert_eq!(
            say(io::Error::from_raw_os_error(30)),
            "cannot create /out/x: read-only file system"
        );
    }
}
