//! Exit codes, and failures that end a command.

use std::process::ExitCode;

use divisor_calendar::CalendarError;
use divisor_market::MarketError;
use divisor_methodology::Source;
use divisor_model::Diagnostic;
use divisor_report::ReportError;
use divisor_review::{Failure as ReviewFailure, ReviewError};

/// How a command ends. Over several indexes the largest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done; warnings do not count.
    Done = 0,
    /// A check found something.
    Findings = 1,
    /// Bad rulebook, data or arguments.
    BadInput = 2,
    /// The rules cannot all hold.
    Unsatisfiable = 3,
    /// Input or output failed, a lock is held, or the engine is at fault.
    Failed = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Diagnostics, with the texts they point into.
    Diagnostics {
        exit: Exit,
        diagnostics: Vec<Diagnostic>,
        sources: Vec<Source>,
    },
    /// One sentence, and what to do.
    Plain { exit: Exit, message: String, help: String },
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Diagnostics { exit, .. } | Self::Plain { exit, .. } => *exit,
        }
    }

    /// What is wrong, a diagnostic each.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        match self {
            Self::Diagnostics { diagnostics, .. } => diagnostics,
            Self::Plain { message, help, .. } => vec![Diagnostic::error("", message).help(help)],
        }
    }

    /// Bad arguments.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Plain {
            exit: Exit::BadInput,
            message: message.into(),
            help: help.into(),
        }
    }

    /// Input or output failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Plain {
            exit: Exit::Failed,
            message: message.into(),
            help: String::new(),
        }
    }
}

impl From<MarketError> for Failure {
    fn from(error: MarketError) -> Self {
        let exit = match &error {
            // A dataset that is not there is a wrong argument; one that cannot be written is a failure.
            MarketError::Io { doing, .. } if doing == "read" || doing == "list" => Exit::BadInput,
            MarketError::Io { .. } => Exit::Failed,
            _ => Exit::BadInput,
        };
        Self::Plain {
            exit,
            message: error.to_string(),
            help: String::new(),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<CalendarError> for Failure {
    fn from(error: CalendarError) -> Self {
        let help = match &error {
            CalendarError::UnknownCalendar { name, known } => crate::calendar::likely(name, known),
            _ => String::new(),
        };
        Self::usage(error.to_string(), help)
    }
}

/// The exit code of a failed review.
pub(crate) fn of_review(error: &ReviewError) -> Exit {
    match error.failure {
        ReviewFailure::Input => Exit::BadInput,
        ReviewFailure::Unsatisfiable => Exit::Unsatisfiable,
        ReviewFailure::Engine => Exit::Failed,
    }
}
