//! Formulas: text → tokens → tree with places → typed tree. Evaluation lives elsewhere.

mod ast;
mod call;
mod function;
mod lexer;
mod parser;
mod record;
mod types;
mod units;

pub use ast::{BinaryOp, Expr, ExprKind, UnaryOp};
pub use function::{Function, FunctionKind, Options, Relative, SeriesPeriod, Window, WindowUnit};
pub use record::{Named, Record, ResultUnit, Takes};
pub use types::Type;

pub(crate) use parser::parse;
pub(crate) use types::check_type;
pub(crate) use units::{RATIO, Unit, Units};

use std::ops::Range;

/// A mistake in a formula; `span` counts bytes from the start of the formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormulaError {
    /// Stable code.
    pub(crate) code: &'static str,
    /// Where.
    pub(crate) span: Range<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it; may be empty.
    pub(crate) help: String,
}

impl FormulaError {
    pub(crate) fn new(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            help: String::new(),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}
