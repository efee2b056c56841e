//! Mistakes of TOML itself, in plain words.

use std::ops::Range;

use divisor_model::Diagnostic;
use toml::de::Error;

use crate::Source;

/// Reports the syntax errors of a document: the first of a line, and none after a bracket that was left open, since
/// the parser then takes the rest of the file for its content.
pub(crate) fn report(source: &Source, mut errors: Vec<Error>, diagnostics: &mut Vec<Diagnostic>) {
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let is_left_open = errors.iter().any(|error| {
        let message = error.message();
        message.contains("unclosed array") || message.contains("unclosed inline table")
    });
    let mut last_line = None;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let line = source.line(span.start);
        if last_line == Some(line) {
            continue;
        }
        last_line = Some(line);
        let found = plain(source, &error, span, is_left_open);
        let place = source.locate(found.span);
        diagnostics.push(Diagnostic::error("M0101", found.message).at(place).help(found.help));
        if found.is_open_bracket {
            break;
        }
    }
}

struct Plain {
    span: Range<usize>,
    message: String,
    help: String,
    is_open_bracket: bool,
}

fn plain(source: &Source, error: &Error, span: Range<usize>, is_left_open: bool) -> Plain {
    let written = source.text.get(span.clone()).unwrap_or_default().trim();
    let original = error.message();
    let (message, help) = if original.contains("duplicate key") {
        (format!("`{written}` is written twice"), "keep one of them".to_owned())
    } else if original.contains("string values must be quoted") && written.is_empty() {
        (
            "a value is missing here".to_owned(),
            "write one after the `=`".to_owned(),
        )
    } else if original.contains("string values must be quoted") {
        let is_curly = |letter: char| matches!(letter, '‘' | '’' | '“' | '”' | '„');
        let plain = written.trim_matches(is_curly);
        let straight = if plain == written { "" } else { ", with straight quotes" };
        let help = format!("write \"{plain}\"{straight}");
        ("a text needs quotes".to_owned(), help)
    } else if original.contains("basic string") || original.contains("literal string") {
        (
            "the text is not closed".to_owned(),
            "end it with the quote it began with".to_owned(),
        )
    } else if original.contains("escape") {
        let help = "write \\\\ for a backslash, or put the text in single quotes".to_owned();
        ("the backslash escapes nothing".to_owned(), help)
    } else if original.contains("key with no value") {
        ("a key without a value".to_owned(), "write key = value".to_owned())
    } else if ["array", "inline table", "key-value pairs"]
        .iter()
        .any(|what| original.contains(what))
    {
        return bracket(source, original, span, is_left_open);
    } else if original.contains("unclosed table") {
        (
            "the table's header is not closed".to_owned(),
            "end it with `]`".to_owned(),
        )
    } else if original.contains("date") || original.contains("time") {
        (first_lines(original), "a date is written 2010-05-28".to_owned())
    } else {
        (first_lines(original), String::new())
    };
    Plain {
        span,
        message,
        help,
        is_open_bracket: false,
    }
}

fn first_lines(message: &str) -> String {
    format!("not TOML: {}", message.lines().collect::<Vec<_>>().join("; "))
}

/// A list or inline table: where it was left open to the end of the file, its beginning is the place to look at.
fn bracket(source: &Source, original: &str, span: Range<usize>, is_left_open: bool) -> Plain {
    let (open, close, what) = if original.contains("array") {
        ('[', ']', "list")
    } else {
        ('{', '}', "table")
    };
    let before = source.text.get(..span.start).unwrap_or_default();
    let begins_value = |at: &usize| before[..*at].trim_end().ends_with(['=', ',', '[']);
    match before.rfind(open).filter(|at| is_left_open && begins_value(at)) {
        Some(at) => Plain {
            span: at..at + 1,
            message: format!("the {what} is not closed"),
            help: format!("end it with `{close}`; its entries are separated by commas"),
            is_open_bracket: true,
        },
        None => Plain {
            span,
            message: format!("the {what} lacks a comma or a `{close}` here"),
            help: format!("entries are separated by commas; `{close}` ends the {what}"),
            is_open_bracket: true,
        },
    }
}
