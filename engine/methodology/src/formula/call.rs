//! Calls: positional and named arguments, and what each function asks of them.

use std::ops::Range;

use divisor_model::Period;

use super::lexer::TokenKind;
use super::parser::Parser;
use super::{Expr, ExprKind, FormulaError, Function, Options, Relative, SeriesPeriod, Takes, Window, WindowUnit};
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
                args.push(self.inner(0)?);
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
        let names = || function.record().named.iter().map(|named| named.name);
        if !names().any(|name| name == key) {
            let message = format!("`{}` has no argument `{key}`", function.name());
            let error = FormulaError::new("M0304", key_token.span, message);
            let known = suggestion(&key, names());
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
        let word = match &value.kind {
            TokenKind::Text(text) => text.as_str(),
            _ => "",
        };
        match key.as_str() {
            "min" => options.min = Some(count(1).ok_or_else(|| bad("a whole number from 1"))?),
            "skip" => options.skip = count(0).ok_or_else(|| bad("a whole number"))?,
            "deviation" => {
                let wanted = "\"sample\" or \"population\"";
                options.population =
                    one_of(word, &[("sample", false), ("population", true)]).ok_or_else(|| bad(wanted))?;
            }
            "relative" => {
                let words = [("average", Relative::Average), ("magnitude", Relative::Magnitude)];
                let wanted = "\"average\" or \"magnitude\"";
                options.relative = Some(one_of(word, &words).ok_or_else(|| bad(wanted))?);
            }
            "of" => {
                let wanted = "\"mean\" or \"median\"";
                options.median = one_of(word, &[("mean", false), ("median", true)]).ok_or_else(|| bad(wanted))?;
            }
            // The one market there is, so far: naming it reads well and changes nothing.
            "to" => one_of(word, &[("parent", ())]).ok_or_else(|| bad("\"parent\""))?,
            "period" => {
                let any = (function == Function::Latest && word == "any").then_some(SeriesPeriod::Any);
                let one = || Some(SeriesPeriod::One(period(function, word)?));
                options.period = any.or_else(one).ok_or_else(|| match function {
                    Function::Yoy => bad("\"Q\", \"H\" or \"FY\""),
                    _ => bad("\"FY\", \"H\", \"Q\", \"TTM\" or \"any\""),
                })?;
            }
            unit => {
                let length = count(1).ok_or_else(|| bad("a whole number from 1"))?;
                if options.window.is_some() {
                    let error = FormulaError::new("M0304", key_token.span, "the function has two windows");
                    return Err(error.help(format!("keep one of them: {}", function.usage())));
                }
                let unit = WindowUnit::from_name(unit).ok_or_else(|| bad("a length"))?;
                options.window = Some(Window { unit, length });
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
        "slope" | "regression" | "linreg" => Some("trend"),
        "mdd" | "max_drawdown" | "maxdrawdown" => Some("drawdown"),
        "advt" | "advtv" | "adtv" => Some("adv"),
        "return" | "momentum" => Some("returns"),
        "shift" | "prior" | "previous" => Some("lag"),
        "consecutive" => Some("streak"),
        "iif" | "where" | "when" | "case" | "ifelse" | "if_else" => Some("if"),
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
    suggestion(name, Function::all().map(Function::name))
}

/// The meaning of a word.
fn one_of<T: Copy>(word: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

/// A kind of period that a function may take: `yoy` compares fiscal periods.
fn period(function: Function, word: &str) -> Option<Period> {
    let fiscal = [Period::FiscalYear, Period::Half, Period::Quarter];
    Period::from_code(word).filter(|period| function != Function::Yoy || fiscal.contains(period))
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
    let record = function.record();
    let (count, wanted) = match record.takes {
        Takes::Numbers => (2..=usize::MAX, "two or more arguments"),
        Takes::Choice => (2..=3, "a condition and one or two numbers"),
        Takes::Nothing => (0..=0, "named arguments only"),
        _ => (1..=1, "one argument"),
    };
    if !count.contains(&args.len()) {
        return fail(format!("`{}` takes {wanted}", function.name()));
    }
    let Some(window) = options.window else {
        let needs_window =
            |named: &super::Named| named.default.is_empty() && WindowUnit::from_name(named.name).is_some();
        return if record.named.iter().any(needs_window) {
            fail(format!("`{}` needs a window", function.name()))
        } else {
            Ok(())
        };
    };
    let is_pair = match function {
        Function::Volatility | Function::Beta => Some("returns"),
        Function::Trend => Some("values"),
        _ => None,
    };
    if let Some(what) = is_pair.filter(|_| options.least() < 2) {
        return fail(format!("`{}` needs at least two {what}", function.name()));
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
