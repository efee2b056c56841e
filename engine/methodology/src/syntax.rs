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
    if let Some(found) = slip(source, &span) {
        return found;
    }
    if let Some(found) = unclosed_lines(source, original, &span) {
        return found;
    }
    let (message, help) = if original.contains("duplicate key") {
        (format!("`{written}` is written twice"), "keep one of them".to_owned())
    } else if original.contains("string values must be quoted") && written.is_empty() {
        (
            "a value is missing here".to_owned(),
            "write one after the `=`".to_owned(),
        )
    } else if original.contains("string values must be quoted") {
        let written = whole_value(source, &span).unwrap_or(written);
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

/// What is often written as in another language: a day before its year, a pair after another, an end of a line, a remark.
fn slip(source: &Source, span: &Range<usize>) -> Option<Plain> {
    let text = source.text.as_str();
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let length = text[start..].find('\n').unwrap_or(text.len() - start);
    let line = text[start..start + length].trim_end();
    let (before, rest) = line.split_at_checked(span.start - start)?;
    let found = |from: usize, message: &str, help: String| {
        Some(Plain {
            span: from..(from + 1).max(span.end.min(start + line.len())),
            message: message.to_owned(),
            help,
            is_open_bracket: false,
        })
    };
    // A value may be complained of in its middle.
    let value_at = before.rfind(['=', ',', '[', '{', ' ']).map_or(0, |at| at + 1);
    let value = line[value_at..].trim_start();
    let token = value.split([' ', ',', '}', ']', '#']).next().unwrap_or_default();
    if is_day(token) {
        let at = start + line.len() - value.len();
        let help = "write the year first, and hyphens: 2010-05-28".to_owned();
        return found(at, &format!("`{token}` is no date"), help);
    }
    if let Some((pair, second)) = second_pair(before, rest) {
        let help = format!("begin a new line before `{pair}`");
        return found(start + second, "two keys stand on one line", help);
    }
    // What stands behind a whole value.
    if !before.contains('=') {
        return None;
    }
    match rest.chars().next()? {
        ';' => found(span.start, "`;` ends no line", "take out the `;`".to_owned()),
        '/' if rest.starts_with("//") => found(
            span.start,
            "a comment begins with `#`",
            "write `#` for the `//`".to_owned(),
        ),
        _ if before.ends_with('"') && rest.contains('"') => found(
            span.start,
            "the text ends before this",
            "put texts inside a text in single quotes: \"sector == 'Energy'\"".to_owned(),
        ),
        _ => None,
    }
}

/// What stands behind `key =` to the end of its line, where that is one text without quotes.
fn whole_value<'s>(source: &'s Source, span: &Range<usize>) -> Option<&'s str> {
    let before = source.text.get(..span.start)?;
    let (_, blank) = before.rsplit('\n').next()?.split_once('=')?;
    let line = source.text.get(span.start..)?.lines().next()?;
    let value = line.split('#').next()?.trim();
    let is_plain = blank.trim().is_empty() && !value.contains(['"', '{', '[', '‘', '’', '“', '”', '„']);
    is_plain.then_some(value)
}

/// Three numbers between dots or slashes, one of them a year.
fn is_day(token: &str) -> bool {
    let is_of = |sign: char| {
        let parts: Vec<&str> = token.split(sign).collect();
        let is_number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let years = parts.iter().filter(|part| part.len() == 4).count();
        parts.len() == 3 && years == 1 && parts.iter().all(is_number)
    };
    is_of('.') || is_of('/')
}

/// The key of a second pair on a line, and where it begins: `by` of `count = 300 by = "quality"`. What the parser points at
/// begins with the value before it or with the key.
fn second_pair<'l>(before: &'l str, rest: &'l str) -> Option<(&'l str, usize)> {
    let (head, value) = rest.split_once('=')?;
    let key = head.trim_end().rsplit([' ', '\t', ',']).next()?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let at = before.len() + head.trim_end().len() - key.len();
    let first = format!("{before}{}", &head[..head.trim_end().len() - key.len()]);
    // Neither a formula without its quotes nor the first value itself.
    let is_formula = value.starts_with('=') || head.contains(['(', '"', '\'', '#', '{']);
    let is_second =
        !is_formula && first.contains('=') && !first.trim_end().ends_with('=') && !before.contains(['{', '#']);
    (is_key && is_second).then_some((key, at))
}

/// A text of several lines that is not closed: its beginning is the place to look at.
fn unclosed_lines(source: &Source, original: &str, span: &Range<usize>) -> Option<Plain> {
    let is_of = |kind: &str| original.contains(&format!("multi-line {kind} string"));
    let quotes = if is_of("basic") {
        "\"\"\""
    } else if is_of("literal") {
        "\'\'\'"
    } else {
        return None;
    };
    let is_at_end = source.text.get(span.end..)?.trim().is_empty();
    let at = source.text.get(..span.start)?.rfind(quotes).filter(|_| is_at_end)?;
    Some(Plain {
        span: at..at + quotes.len(),
        message: "the text is not closed".to_owned(),
        help: format!("end it with {quotes}"),
        is_open_bracket: true,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_apart_from_texts_without_quotes() {
        for (line, wanted) in [
            (
                "count = 300 by = \"quality\"",
                "two keys stand on one line: begin a new line before `by`",
            ),
            (
                "count = 300, by = \"quality\"",
                "two keys stand on one line: begin a new line before `by`",
            ),
            (
                "keep = sector == 'Energy'",
                "a text needs quotes: write \"sector == 'Energy'\"",
            ),
            ("keep = roe >= 0", "a text needs quotes: write \"roe >= 0\""),
            (
                "trend = stdev(eps, years = 5)",
                "a text needs quotes: write \"stdev(eps, years = 5)\"",
            ),
            ("by = quality = 3", "a text needs quotes: write \"quality = 3\""),
            (
                "date = 2015.05.29",
                "`2015.05.29` is no date: write the year first, and hyphens: 2010-05-28",
            ),
            (
                "because = \"a\" // why",
                "a comment begins with `#`: write `#` for the `//`",
            ),
            ("because = \"a\"; # why", "`;` ends no line: take out the `;`"),
        ] {
            let source = Source::new("test.toml", line);
            let mut found = Vec::new();
            source.parts().for_each(|part| drop(part.parse(&mut found)));
            let told = found.first().map(|one| format!("{}: {}", one.message, one.help));
            assert_eq!(told.as_deref(), Some(wanted), "{line}");
        }
    }
}
