//! Text to tokens.

use std::ops::Range;

use super::FormulaError;

/// A token and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Number(f64),
    Money(f64, &'static str),
    Text(String),
    Word(String),
    Symbol(&'static str),
    End,
}

const SYMBOLS: [&str; 15] = [
    "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "^", "(", ")", ",", "=",
];
const CURRENCIES: [(char, &str); 4] = [('$', "USD"), ('€', "EUR"), ('£', "GBP"), ('¥', "JPY")];

/// All tokens of a formula, [`TokenKind::End`] last.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FormulaError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], first).map_err(|mut error| {
            error.span = error.span.start + at..error.span.end + at;
            error
        })?;
        tokens.push(Token {
            kind,
            span: at..at + length,
        });
        at += length;
    }
    tokens.push(Token {
        kind: TokenKind::End,
        span: text.len()..text.len(),
    });
    Ok(tokens)
}

fn token(rest: &str, first: char) -> Result<(TokenKind, usize), FormulaError> {
    if let Some((_, currency)) = CURRENCIES.iter().find(|(sign, _)| *sign == first) {
        let sign = first.len_utf8();
        let (value, length) = number(&rest[sign..]).ok_or_else(|| {
            FormulaError::new("M0301", 0..sign, "an amount must follow the currency sign").help("write $3bn")
        })?;
        return Ok((TokenKind::Money(value, currency), sign + length));
    }
    if let Some((value, length)) = number(rest) {
        return Ok((TokenKind::Number(value), length));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        return Ok((TokenKind::Word(rest[..end].to_owned()), end));
    }
    if first == '"' || first == '\'' {
        let Some(length) = rest[1..].find(first) else {
            let error = FormulaError::new("M0301", 0..rest.len(), "the text is not closed");
            return Err(error.help(format!("end it with {first}")));
        };
        return Ok((TokenKind::Text(rest[1..=length].to_owned()), length + 2));
    }
    for (wrong, right) in [
        ("&&", "and"),
        ("||", "or"),
        ("<>", "!="),
        ("**", "^"),
        ("//", "/"),
        ("=<", "<="),
        ("=>", ">="),
    ] {
        if rest.starts_with(wrong) {
            let error = FormulaError::new("M0301", 0..2, format!("`{wrong}` is not an operator here"));
            return Err(error.help(format!("write `{right}`")));
        }
    }
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => Ok((TokenKind::Symbol(symbol), symbol.len())),
        None => Err(meaningless(rest, first)),
    }
}

/// The error for text that begins no token.
fn meaningless(rest: &str, first: char) -> FormulaError {
    if first.is_ascii_digit() {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '%'));
        let end = end.unwrap_or(rest.len());
        let error = FormulaError::new("M0301", 0..end, format!("`{}` is not a number", &rest[..end]));
        return error.help("a number may end in %, bp, k, m or bn: 5%, 3bn");
    }
    let error = FormulaError::new(
        "M0301",
        0..first.len_utf8(),
        format!("`{first}` means nothing in a formula"),
    );
    match first {
        '!' => error.help("write `not`"),
        '&' => error.help("write `and`"),
        '|' => error.help("write `or`"),
        '%' => error.help("a percentage is a number and its sign: 5%"),
        '×' | '·' => error.help("write `*`"),
        '÷' => error.help("write `/`"),
        '≤' => error.help("write `<=`"),
        '≥' => error.help("write `>=`"),
        '−' | '–' => error.help("write `-`, the hyphen"),
        '[' | '{' => error.help("write `(`"),
        ';' => error.help("arguments are separated by `,`"),
        '‘' | '’' | '“' | '”' | '„' => error.help("put texts in straight quotes: 'Energy'"),
        _ => error.help("a formula has names, numbers, texts in quotes, operators and functions"),
    }
}

/// A number and its unit: `0.5`, `5%`, `25bp`, `3bn`, `40m`, `10k`.
fn number(text: &str) -> Option<(f64, usize)> {
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    if digits == 0 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut end = digits;
    // An exponent only where digits follow, so that `2e` stays a mistake and `3m` a unit.
    if let Some(exponent) = text[end..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let length = exponent[sign..].bytes().take_while(u8::is_ascii_digit).count();
        if length > 0 {
            end += 1 + sign + length;
        }
    }
    let value: f64 = text[..end].parse().ok()?;
    let unit_length = match text[end..].chars().next() {
        Some('%') => 1,
        _ => text[end..].bytes().take_while(u8::is_ascii_alphabetic).count(),
    };
    let scaled = match &text[end..end + unit_length] {
        "" => value,
        "%" => value / 100.0,
        "bp" => value / 10_000.0,
        "k" => value * 1e3,
        "m" => value * 1e6,
        "bn" => value * 1e9,
        _ => return None,
    };
    Some((scaled, end + unit_length))
}
