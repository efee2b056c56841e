//! Tokens to a tree: precedence climbing, loosest first: `or`, `and`, `not`, comparisons, `+ -`, `* /`, unary `-`, `^`.

use std::ops::Range;

use super::lexer::{Token, TokenKind, tokens};
use super::{BinaryOp, Expr, ExprKind, FormulaError, UnaryOp};

/// The tree of a formula, or the first thing that is wrong with its grammar.
pub(crate) fn parse(text: &str) -> Result<Expr, FormulaError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        terms: 0,
    };
    let expr = parser.expression(0)?;
    match parser.peek() {
        TokenKind::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end of the formula")),
    }
}

/// Where the reading of a formula's tokens is.
pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    /// Brackets, prefix operators and powers around what is read now.
    depth: usize,
    /// Names, values and calls so far.
    terms: usize,
}

/// Deeper formulas than this are a mistake, and would cost stack.
const DEPTH_MAX: usize = 64;

/// Longer ones too: the tree of `a + b + …` is as deep as there are terms.
const TERMS_MAX: usize = 1000;

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
    pub(super) fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.at].span.clone()
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn unexpected(&self, wanted: &str) -> FormulaError {
        let found = match self.peek() {
            TokenKind::Number(value) => format!("`{value}`"),
            TokenKind::Money(..) => "an amount".to_owned(),
            TokenKind::Text(text) => format!("\"{text}\""),
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "the end".to_owned(),
        };
        let error = FormulaError::new("M0302", self.span(), format!("expected {wanted}, found {found}"));
        match self.unexpected_help() {
            Some(help) => error.help(help),
            None => error,
        }
    }

    /// What to do about the token that stands where it may not.
    fn unexpected_help(&self) -> Option<String> {
        if *self.peek() == TokenKind::Symbol("=") {
            if self.at == 0 {
                return Some("a formula begins without `=`".to_owned());
            }
            return Some("write `==` to compare".to_owned());
        }
        let Some(before) = self.at.checked_sub(1).map(|at| &self.tokens[at].kind) else {
            let is_empty = *self.peek() == TokenKind::End;
            return is_empty.then(|| "write a formula such as total_debt / book_value".to_owned());
        };
        match (before, self.peek()) {
            (TokenKind::Symbol(symbol), _) if !["(", ")", ","].contains(symbol) => {
                Some(format!("`{symbol}` needs a value on its right"))
            }
            (TokenKind::Word(word), _) if ["and", "or", "not"].contains(&word.as_str()) => {
                Some(format!("`{word}` needs a condition on its right"))
            }
            (TokenKind::Symbol(","), TokenKind::Symbol(")")) => Some("take out the `,` before it".to_owned()),
            (TokenKind::Symbol(","), TokenKind::Symbol(",")) => Some("take out one of the two `,`".to_owned()),
            (TokenKind::Symbol("("), TokenKind::Symbol(")")) => Some("put a value between the brackets".to_owned()),
            (TokenKind::Symbol("("), TokenKind::Symbol(",")) => Some("put a value before the `,`".to_owned()),
            (_, TokenKind::Symbol(",")) => Some("only functions take several values: min(a, b)".to_owned()),
            (_, TokenKind::Symbol(")")) => Some("there is no `(` for it".to_owned()),
            (_, TokenKind::End) => Some("a `(` is not closed".to_owned()),
            (_, TokenKind::Word(_) | TokenKind::Number(_) | TokenKind::Text(_)) => {
                Some("put an operator between them: + - * / < > == and or".to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let there = matches!(self.peek(), TokenKind::Symbol(found) if *found == symbol);
        if there {
            self.next();
        }
        there
    }

    pub(super) fn expect_symbol(&mut self, symbol: &'static str) -> Result<(), FormulaError> {
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

    /// An expression inside another.
    pub(super) fn inner(&mut self, least: u8) -> Result<Expr, FormulaError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let error = FormulaError::new("M0302", self.span(), "the formula is nested too deeply");
            return Err(error.help("give parts of it names of their own in [variables]"));
        }
        let expr = self.expression(least);
        self.depth -= 1;
        expr
    }

    fn expression(&mut self, least: u8) -> Result<Expr, FormulaError> {
        let mut left = self.prefix()?;
        while let Some(op) = self.operator().filter(|op| op.binding() >= least) {
            let at = self.span();
            self.next();
            let right = match op {
                BinaryOp::Power => self.inner(op.binding())?,
                _ => self.expression(op.binding() + 1)?,
            };
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
        let operand = self.inner(binding)?;
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
        self.terms += usize::from(*self.peek() != TokenKind::Symbol("("));
        if self.terms > TERMS_MAX {
            let message = format!("the formula has more than {TERMS_MAX} terms");
            let help =
                "make several screens of a long condition; give parts of a long sum names of their own in [variables]";
            return Err(FormulaError::new("M0302", span, message).help(help));
        }
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
                let inner = self.inner(0)?;
                self.expect_symbol(")")?;
                return Ok(inner);
            }
            _ => return Err(self.unexpected(wanted)),
        };
        self.next();
        Ok(Expr { kind, span })
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
    fn defaults_written_out_leave_the_canonical_text_alone() {
        for (written, text) in [
            ("beta(days=252, to='parent')", "beta(days = 252)"),
            ("adv(of = 'mean', days = 63)", "adv(days = 63)"),
            ("adv(days = 63, of = 'median')", "adv(days = 63, of = \"median\")"),
            ("stdev(x, years = 5, deviation = 'sample')", "stdev(x, years = 5)"),
            ("returns(skip = 0, months = 6)", "returns(months = 6)"),
            (
                "trend(x, relative='average', years=5)",
                "trend(x, years = 5, relative = \"average\")",
            ),
            (
                "streak( growth(x,years=1)>0 and not x<0 )",
                "streak(growth(x, years = 1) > 0 and not x < 0)",
            ),
        ] {
            assert_eq!(canonical(written), text);
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn what_is_advised_about_commas_and_brackets() {
        let help = |text: &str| parse(text).expect_err("a mistake").help;
        for (text, wanted) in [
            ("min(1, 2,)", "take out the `,` before it"),
            ("returns(months = 6,)", "take out the `,` before it"),
            ("min(1,, 2)", "take out one of the two `,`"),
            ("min(, 2)", "put a value before the `,`"),
            ("()", "put a value between the brackets"),
            ("a + ()", "put a value between the brackets"),
            ("a, b", "only functions take several values: min(a, b)"),
            ("a)", "there is no `(` for it"),
        ] {
            assert_eq!(help(text), wanted, "{text}");
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
        let powers = vec!["2"; 9500].join("^");
        assert_eq!(canonical(&powers), "M0302: the formula is nested too deeply");
        let sum = |count: usize| vec!["a"; count].join(" + ");
        assert_eq!(canonical(&sum(20_000)), "M0302: the formula has more than 1000 terms");
        assert_eq!(canonical(&sum(1000)), sum(1000));
        let many = vec!["security_id != 'x'"; 12_000].join(" and ");
        assert_eq!(canonical(&many), "M0302: the formula has more than 1000 terms");
    }
}
