//! Why a review cannot be made.

use std::fmt;

use divisor_model::{DataFault, Diagnostic};

/// Why a review cannot be made; what kind decides the exit code.
#[derive(Debug, Clone)]
pub struct ReviewError {
    /// Which kind.
    pub failure: Failure,
    /// What to tell the analyst, one entry a problem.
    pub diagnostics: Vec<Diagnostic>,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Bad input: rulebook or data.
    Input,
    /// The rules cannot all hold.
    Unsatisfiable,
    /// The engine came to no answer, though nothing shows that there is none.
    Engine,
}

impl ReviewError {
    /// Bad input.
    pub(crate) fn input(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            failure: Failure::Input,
            diagnostics,
        }
    }

    /// Rules that cannot hold.
    pub(crate) fn unsatisfiable(diagnostic: Diagnostic) -> Self {
        Self {
            failure: Failure::Unsatisfiable,
            diagnostics: vec![diagnostic],
        }
    }

    /// No answer, for which neither rules nor data are to blame.
    pub(crate) fn engine(diagnostic: Diagnostic) -> Self {
        Self {
            failure: Failure::Engine,
            diagnostics: vec![diagnostic],
        }
    }

    /// Broken data.
    pub(crate) fn faults(faults: &[DataFault], when: &str) -> Self {
        let diagnostic = |fault: &DataFault| {
            Diagnostic::error(fault.first.problem.code(), fault.to_string()).help(format!(
                "{when} may read this; `divisor data check` lists everything that is wrong"
            ))
        };
        Self::input(faults.iter().map(diagnostic).collect())
    }
}

impl fmt::Display for ReviewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(f, "{}: {}", diagnostic.code, diagnostic.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ReviewError {}
