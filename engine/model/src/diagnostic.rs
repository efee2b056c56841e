//! What went wrong or looks wrong, as data: rendering is somebody else's work.

use std::ops::Range;

use serde::Serialize;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; stops nothing.
    Warning,
    /// Stops what was asked for.
    Error,
}

/// A place in a text file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file as the user named it.
    pub file: String,
    /// Byte range in the file.
    #[serde(skip)]
    pub span: Range<usize>,
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
}

/// One mistake, conflict or oddity: a stable code, what is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code: `M…` methodology, `D…` data, `R…` rules that cannot be satisfied, `W…` warnings, `Q…` data
    /// quality.
    pub code: &'static str,
    /// Whether it stops anything.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where, if it has a place.
    #[serde(flatten)]
    pub location: Option<Location>,
    /// What stands at the caret: what was expected there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// What to do, or why it matters; may be empty.
    pub help: String,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            location: None,
            label: String::new(),
            help: String::new(),
        }
    }

    /// A warning without a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// With its place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// With the words at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Whether it stops what was asked for.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Location {
    /// The place of a byte range in a text.
    pub fn of(file: &str, text: &str, span: Range<usize>) -> Self {
        let start = span.start.min(text.len());
        let before = text.get(..start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters() {
        let text = "a = 1\nπ = x\n";
        let at = text.find('x').expect("there");
        let place = Location::of("f.toml", text, at..at + 1);
        assert_eq!((place.line, place.column), (2, 5));
    }
}
