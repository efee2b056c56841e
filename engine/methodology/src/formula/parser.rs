//! Tokens to a tree: precedence climbing, loosest first: `or`, `and`, `not`, comparisons, `+ -`, `* /`, unary `-`, `^`.

use std::ops::Range;

use divisor_model::Period;

use super::lexer::{Token, TokenKind, tokens};
use super::{BinaryOp, Expr, ExprKind, FormulaError, Function, FunctionKind, Options, SeriesPeriod, UnaryOp};
use super::{Window, WindowUnit};
use crate::names::suggestion;

/// The tree of a formula, or the first thing that is wrong with its grammar.
pub(crate) fn parse(text: &str) -> Result<Expr, FormulaError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    let expr = parser.expression(0)?;
    match parser.peek() {
        TokenKind::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end of the formula")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

/// Deeper formulas than this are a mistake, and would cost stack.
const DEPTH_MAX: usize = 64;

const OPERATORS: [(&str, BinaryOp); 13] = [
    ("or", BinaryOp::Or),
    ("and", BinaryOp::And),
    ("<", BinaryOp::Less),
    ("<=", BinaryOp::LessOrEqual),
    (">", BinaryOp::Greater),
    (">=", BinaryOp::GreaterOrEqual),
    ("==", BinaryOp::Equal),
    ("!=", BinaryOp::NotEqual),
    ("+", BinaryOp::Add),
    ("-", BinaryOp::Subtract),
    ("*", BinaryOp::Multiply),
    ("/", BinaryOp::Divide),
    ("^", BinaryOp::Power),
];

impl Parser {
    fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.at].span.clone()
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn unexpected(&self, wanted: &str) -> FormulaError {
        let found = match self.peek() {
            TokenKind::Number(value) => format!("`{value}`"),
            TokenKind::Money(..) => "an amount".to_owned(),
            TokenKind::Text(text) => format!("\"{text}\""),
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "the end".to_owned(),
        };
        let error = FormulaError::new("M0302", self.span(), format!("expected {wanted}, found {found}"));
        if *self.peek() == TokenKind::Symbol("=") {
            return error.help("write `==` to compare");
        }
        error
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let there = matches!(self.peek(), TokenKind::Symbol(found) if *found == symbol);
        if there {
            self.next();
        }
        there
    }

    fn expect_symbol(&mut self, symbol: &'static str) -> Result<(), FormulaError> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{symbol}`")))
    }

    fn operator(&self) -> Option<BinaryOp> {
        let text = match self.peek() {
            TokenKind::Symbol(symbol) => *symbol,
            TokenKind::Word(word) => word.as_str(),
            _ => return None,
        };
        OPERATORS.iter().find(|(name, _)| *name == text).map(|(_, op)| *op)
    }

    fn expression(&mut self, least: u8) -> Result<Expr, FormulaError> {
        if self.at > 0 && self.depth() > DEPTH_MAX {
            return Err(FormulaError::new(
                "M0302",
                self.span(),
                "the formula is nested too deeply",
            ));
        }
        let mut left = self.prefix()?;
        while let Some(op) = self.operator().filter(|op| op.binding() >= least) {
            let at = self.span();
            self.next();
            let next = if op == BinaryOp::Power {
                op.binding()
            } else {
                op.binding() + 1
            };
            let right = self.expression(next)?;
            if op.is_comparison() && matches!(&left.kind, ExprKind::Binary { op, .. } if op.is_comparison()) {
                let error = FormulaError::new("M0302", at, "comparisons do not chain");
                return Err(error.help("join two of them with `and`: 0 < x and x < 1"));
            }
            left = Expr {
                span: left.span.start..right.span.end,
                kind: ExprKind::Binary {
                    op,
                    left: Box::new(left),
                    right: Box::new(right),
                },
            };
        }
        Ok(left)
    }

    /// Open brackets and prefix operators so far: a bound on the recursion.
    fn depth(&self) -> usize {
        let read = &self.tokens[..self.at];
        let count = |symbol: &str| {
            read.iter()
                .filter(|token| matches!(&token.kind, TokenKind::Symbol(found) if *found == symbol))
                .count()
        };
        let trailing = read
            .iter()
            .rev()
            .take_while(|token| match &token.kind {
                TokenKind::Symbol(symbol) => *symbol == "-" || *symbol == "^",
                TokenKind::Word(word) => word == "not",
                _ => false,
            })
            .count();
        count("(").saturating_sub(count(")")) + trailing
    }

    fn prefix(&mut self) -> Result<Expr, FormulaError> {
        let start = self.span().start;
        let op = match self.peek() {
            TokenKind::Symbol("-") => Some((UnaryOp::Negate, 7)),
            TokenKind::Word(word) if word == "not" => Some((UnaryOp::Not, 3)),
            _ => None,
        };
        let Some((op, binding)) = op else {
            return self.primary();
        };
        self.next();
        let operand = self.expression(binding)?;
        Ok(Expr {
            span: start..operand.span.end,
            kind: ExprKind::Unary {
                op,
                operand: Box::new(operand),
            },
        })
    }

    fn primary(&mut self) -> Result<Expr, FormulaError> {
        let wanted = "a number, a name, a function or `(`";
        let span = self.span();
        let kind = match self.peek().clone() {
            TokenKind::Number(value) if value.is_finite() => ExprKind::Number(value),
            TokenKind::Number(_) => return Err(FormulaError::new("M0301", span, "the number is too large")),
            TokenKind::Money(amount, currency) => ExprKind::Money { amount, currency },
            TokenKind::Text(text) => ExprKind::Text(text),
            TokenKind::Word(word) if word == "true" || word == "false" => ExprKind::Flag(word == "true"),
            TokenKind::Word(word) if ["and", "or"].contains(&word.as_str()) => return Err(self.unexpected(wanted)),
            TokenKind::Word(word) => {
                self.next();
                if self.take_symbol("(") {
                    return self.call(&word, span);
                }
                let kind = ExprKind::Name(word);
                return Ok(Expr { kind, span });
            }
            TokenKind::Symbol("(") => {
                self.next();
                let inner = self.expression(0)?;
                self.expect_symbol(")")?;
                return Ok(inner);
            }
            _ => return Err(self.unexpected(wanted)),
        };
        self.next();
        Ok(Expr { kind, span })
    }

    fn call(&mut self, name: &str, name_span: Range<usize>) -> Result<Expr, FormulaError> {
        let Some(function) = Function::from_name(name) else {
            let error = FormulaError::new("M0303", name_span, format!("there is no function `{name}`"));
            return Err(error.help(suggestion(name, Function::ALL.iter().map(|known| known.name()))));
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
                    return Err(FormulaError::new("M0304", span, format!("`{key}` is given twice")));
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
        let bad = |wanted: &str| FormulaError::new("M0304", value.span.clone(), format!("`{key}` must be {wanted}"));
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
                    return Err(FormulaError::new(
                        "M0304",
                        value.span,
                        "one window is enough: years or quarters",
                    ));
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
        return fail("a deviation needs at least two returns".to_owned());
    }
    match options.min {
        Some(min) if min > window.length => fail(format!(
            "`min = {min}` is more than the {} {} of the window",
            window.length,
            window.unit.name()
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parse(text).map_or_else(
            |error| format!("{}: {}", error.code, error.message),
            |expr| expr.to_string(),
        )
    }

    #[test]
    fn precedence_and_canonical_text() {
        assert_eq!(canonical("a+b*c"), "a + b * c");
        assert_eq!(canonical("(a+b)*c"), "(a + b) * c");
        assert_eq!(canonical("a-(b-c)-d"), "a - (b - c) - d");
        assert_eq!(canonical("-a^2"), "-a ^ 2");
        assert_eq!(canonical("(-a)^2"), "(-a) ^ 2");
        assert_eq!(canonical("not a>1 and b or c"), "not a > 1 and b or c");
        assert_eq!(canonical("5% + 25bp"), "0.05 + 0.0025");
        assert_eq!(canonical("market_cap >= $3bn"), "market_cap >= 3000000000 USD");
        assert_eq!(
            canonical("stdev( growth(eps,years=1), years=5)"),
            "stdev(growth(eps, years = 1), years = 5)"
        );
    }

    #[test]
    fn canonical_text_reads_back_as_itself() {
        for text in [
            "a + b * c",
            "-(a + b) ^ 2 ^ c",
            "not (a and b) or c != \"x\"",
            "min(a, -b, 1.5)",
        ] {
            let once = canonical(text);
            assert_eq!(canonical(&once), once);
        }
    }

    #[test]
    fn mistakes_name_what_was_expected() {
        assert_eq!(
            canonical("a +"),
            "M0302: expected a number, a name, a function or `(`, found the end"
        );
        assert_eq!(
            canonical("a = 1"),
            "M0302: expected an operator or the end of the formula, found `=`"
        );
        assert_eq!(canonical("0 < a < 1"), "M0302: comparisons do not chain");
        assert_eq!(canonical("stdev(eps)"), "M0304: `stdev` needs a window");
        assert_eq!(
            canonical("stdev(eps, years = 5, min = 6)"),
            "M0304: `min = 6` is more than the 5 years of the window"
        );
        assert_eq!(canonical("foo(1)"), "M0303: there is no function `foo`");
        assert_eq!(canonical("a && b"), "M0301: `&&` is not an operator here");
        assert_eq!(canonical(&"(".repeat(100)), "M0302: the formula is nested too deeply");
        assert_eq!(canonical(&"-".repeat(1000)), "M0302: the formula is nested too deeply");
    }
}
