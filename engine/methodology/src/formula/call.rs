//! Calls: positional and named arguments, and what each function asks of them.

use std::ops::Range;

use divisor_model::Period;

use super::lexer::TokenKind;
use super::parser::Parser;
use super::{Expr, ExprKind, FormulaError, Function, FunctionKind, Options, SeriesPeriod, Window, WindowUnit};
use crate::names::suggestion;

impl Parser {
    /// A call whose name and opening bracket were read.
    pub(super) fn call(&mut self, name: &str, name_span: Range<usize>) -> Result<Expr, FormulaError> {
        let Some(function) = Function::from_name(name) else {
            let error = FormulaError::new("M0303", name_span, format!("there is no function `{name}`"));
            return Err(error.help(function_help(name)));
        };
        let mut args = Vec::new();
        let mut options = Options::default();
        let mut given: Vec<String> = Vec::new();
        while !self.take_symbol(")") {
            if !args.is_empty() || !given.is_empty() {
                self.expect_symbol(",")?;
            }
            if self.names_option() {
                let (key, span) = self.option(function, &mut options)?;
                if given.contains(&key) {
                    let error = FormulaError::new("M0304", span, format!("`{key}` is given twice"));
                    return Err(error.help("keep one of them"));
                }
                given.push(key);
            } else {
                args.push(self.expression(0)?);
            }
        }
        let span = name_span.start..self.tokens[self.at - 1].span.end;
        check_arguments(function, &args, &options, &span)?;
        Ok(Expr {
            kind: ExprKind::Call {
                function,
                args,
                options,
            },
            span,
        })
    }

    fn names_option(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        matches!((self.peek(), next), (TokenKind::Word(_), Some(TokenKind::Symbol("="))))
    }

    fn option(&mut self, function: Function, options: &mut Options) -> Result<(String, Range<usize>), FormulaError> {
        let key_token = self.next();
        let TokenKind::Word(key) = key_token.kind else {
            return Err(self.unexpected("a named argument"));
        };
        if !function.option_names().contains(&key.as_str()) {
            let message = format!("`{}` has no argument `{key}`", function.name());
            let error = FormulaError::new("M0304", key_token.span, message);
            let known = suggestion(&key, function.option_names().iter().copied());
            return Err(error.help(if known.is_empty() {
                function.usage().to_owned()
            } else {
                known
            }));
        }
        self.expect_symbol("=")?;
        let value = self.next();
        let bad = |wanted: &str| {
            let error = FormulaError::new("M0304", value.span.clone(), format!("`{key}` must be {wanted}"));
            error.help(format!("write {}", function.usage()))
        };
        let count = |least: usize| match value.kind {
            TokenKind::Number(number) if number.fract().abs() < f64::EPSILON && (0.0..1e5).contains(&number) => {
                Some(number as usize).filter(|number| *number >= least)
            }
            _ => None,
        };
        match key.as_str() {
            "min" => options.min = Some(count(1).ok_or_else(|| bad("a whole number from 1"))?),
            "skip" => options.skip = count(0).ok_or_else(|| bad("a whole number"))?,
            "deviation" => {
                options.population = match &value.kind {
                    TokenKind::Text(text) if text == "population" => true,
                    TokenKind::Text(text) if text == "sample" => false,
                    _ => return Err(bad("\"sample\" or \"population\"")),
                }
            }
            "period" => {
                options.period = match &value.kind {
                    TokenKind::Text(text) if text == "any" => SeriesPeriod::Any,
                    TokenKind::Text(text) => Period::from_code(text)
                        .map(SeriesPeriod::One)
                        .ok_or_else(|| bad("\"FY\", \"H\", \"Q\", \"TTM\" or \"any\""))?,
                    _ => return Err(bad("\"FY\", \"H\", \"Q\", \"TTM\" or \"any\"")),
                }
            }
            unit => {
                let length = count(1).ok_or_else(|| bad("a whole number from 1"))?;
                if options.window.is_some() {
                    let error = FormulaError::new("M0304", key_token.span, "the function has two windows");
                    return Err(error.help(format!("keep one of them: {}", function.usage())));
                }
                options.window = Some(Window {
                    unit: window_unit(unit),
                    length,
                });
            }
        }
        Ok((key, key_token.span))
    }
}

/// What to write for a function the language does not have.
fn function_help(name: &str) -> String {
    let other = match name.to_lowercase().as_str() {
        "avg" | "mean" => Some("average"),
        "std" | "stddev" | "sd" => Some("stdev"),
        "ln" => Some("log"),
        "isna" | "isnan" | "isnull" | "is_na" | "is_null" => Some("is_missing"),
        "ifnull" | "fillna" | "nvl" => Some("coalesce"),
        "vol" => Some("volatility"),
        _ => None,
    };
    if let Some(other) = other {
        return format!("did you mean `{other}`?");
    }
    if [
        "zscore",
        "z_score",
        "z",
        "rank",
        "percentile",
        "winsorize",
        "winsorise",
        "clip",
    ]
    .contains(&name)
    {
        return "a [score.NAME] table winsorises, standardises and clips; a formula does not".to_owned();
    }
    suggestion(name, Function::ALL.iter().map(|known| known.name()))
}

fn window_unit(name: &str) -> WindowUnit {
    match name {
        "years" => WindowUnit::Years,
        "quarters" => WindowUnit::Quarters,
        "months" => WindowUnit::Months,
        "weeks" => WindowUnit::Weeks,
        _ => WindowUnit::Days,
    }
}

fn check_arguments(
    function: Function,
    args: &[Expr],
    options: &Options,
    span: &Range<usize>,
) -> Result<(), FormulaError> {
    let fail = |message: String| {
        Err(FormulaError::new("M0304", span.clone(), message).help(format!("write {}", function.usage())))
    };
    let count = match function {
        Function::Min | Function::Max | Function::Coalesce => 2..=usize::MAX,
        _ if function.kind() == FunctionKind::Prices => 0..=0,
        _ => 1..=1,
    };
    if !count.contains(&args.len()) {
        let wanted = match (count.start(), function.kind()) {
            (2, _) => "two or more arguments",
            (_, FunctionKind::Prices) => "named arguments only",
            _ => "one argument",
        };
        return fail(format!("`{}` takes {wanted}", function.name()));
    }
    let has_window = function
        .option_names()
        .iter()
        .any(|name| ["years", "months", "days"].contains(name));
    let Some(window) = options.window else {
        return if has_window {
            fail(format!("`{}` needs a window", function.name()))
        } else {
            Ok(())
        };
    };
    if function == Function::Volatility && window.length < 2 {
        return fail("a volatility needs at least two returns".to_owned());
    }
    match options.min {
        Some(min) if min > window.length => {
            let (length, unit) = (window.length, window.unit.name());
            let message = format!("`min = {min}` is more than the {length} {unit} of the window");
            let help = format!("write a `min` of at most {length}, or leave it out to need all {length}");
            Err(FormulaError::new("M0304", span.clone(), message).help(help))
        }
        _ => Ok(()),
    }
}
