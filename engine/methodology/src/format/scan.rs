//! The statements of a TOML text with their comments; values stay as written.

/// One statement, comment line or blank line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Blank,
    /// A comment on lines of its own, with its `#`.
    Comment(&'a str),
    /// `[table]` or `[[table]]` with its brackets.
    Header {
        text: &'a str,
        comment: Option<&'a str>,
    },
    Pair {
        key: &'a str,
        value: &'a str,
        comment: Option<&'a str>,
    },
}

/// The items of a text that is known to be TOML.
pub(super) fn scan(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = rest[..line_end].trim();
        let (item, length) = match line.chars().next() {
            None => (Item::Blank, line_end),
            Some('#') => (Item::Comment(line), line_end),
            Some('[') => {
                let end = end_of(&rest[..line_end], true);
                let text = rest[..end].trim();
                (
                    Item::Header {
                        text,
                        comment: comment(&rest[end..line_end]),
                    },
                    line_end,
                )
            }
            Some(_) => pair(rest),
        };
        items.push(item);
        rest = &rest[length..];
    }
    items
}

/// A key, its value and the comment behind it, and how long they are with their line's end.
fn pair(rest: &str) -> (Item<'_>, usize) {
    let equals = equals_sign(rest);
    let after = equals + 1;
    let end = after + end_of(&rest[after..], false);
    let line_end = rest[end..].find('\n').map_or(rest.len(), |at| end + at + 1);
    let item = Item::Pair {
        key: rest[..equals].trim(),
        value: rest.get(after..end).unwrap_or_default().trim(),
        comment: comment(&rest[end..line_end]),
    };
    (item, line_end)
}

fn comment(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| text.starts_with('#'))
}

/// The `=` behind a key, which may have quotes.
fn equals_sign(text: &str) -> usize {
    let mut at = 0;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'=' => return at,
            b'"' | b'\'' => at += string_length(&text[at..]),
            _ => at += 1,
        }
    }
    text.len().saturating_sub(1)
}

/// Where a value ends: before its comment or its line's end, brackets closed. A header's own brackets count too.
fn end_of(text: &str, is_header: bool) -> usize {
    let (mut at, mut depth) = (0, 0usize);
    while at < text.len() {
        match text.as_bytes()[at] {
            b'"' | b'\'' => {
                at += string_length(&text[at..]);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if is_header && depth == 0 {
                    return at + 1;
                }
            }
            b'#' | b'\n' if depth == 0 => return at,
            b'#' => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// The length of the string that a text begins with, quotes included.
pub(super) fn string_length(text: &str) -> usize {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let (close, open) = if text.starts_with(&triple) {
        (triple.as_str(), 3)
    } else {
        (quote, 1)
    };
    let mut at = open;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if quote == "\"" && rest[0] == b'\\' {
            at += 2;
        } else if rest.starts_with(close.as_bytes()) {
            let mut end = at + close.len();
            // A text in three quotes may end with one or two of its own.
            while close.len() == 3 && end < at + 5 && text.as_bytes().get(end) == Some(&quote.as_bytes()[0]) {
                end += 1;
            }
            return end;
        } else {
            at += 1;
        }
    }
    text.len()
}
