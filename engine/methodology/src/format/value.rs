//! Lists and small tables on one line.

use super::scan::string_length;

/// A value laid out: blanks around what is inside braces, behind commas and around `=`. Values over several lines keep
/// them; of those only blanks at line ends go.
pub(super) fn lay_out(value: &str) -> String {
    if value.contains("\"\"\"") || value.contains("'''") {
        return value.to_owned();
    }
    if value.contains('\n') {
        let lines: Vec<&str> = value.lines().map(str::trim_end).collect();
        return lines.join("\n");
    }
    if !value.starts_with(['[', '{']) {
        return value.to_owned();
    }
    let mut out = String::new();
    let mut at = 0;
    while at < value.len() {
        let rest = &value[at..];
        let length = match rest.as_bytes()[0] {
            b'"' | b'\'' => {
                let length = string_length(rest);
                out.push_str(&rest[..length]);
                length
            }
            b' ' | b'\t' => 1,
            b',' => {
                out.push_str(", ");
                1
            }
            b'=' => {
                out.push_str(" = ");
                1
            }
            b'{' => {
                out.push_str("{ ");
                1
            }
            b'[' => {
                out.push('[');
                1
            }
            close @ (b']' | b'}') => {
                // A comma before the end goes, and so do the blanks of an empty table.
                let kept = out.trim_end().trim_end_matches(',').trim_end().len();
                out.truncate(kept);
                if close == b'}' && !out.ends_with('{') {
                    out.push(' ');
                }
                out.push(char::from(close));
                1
            }
            _ => {
                // A bare word; a date and its time may have a blank between them.
                let length = rest
                    .find([' ', '\t', ',', '=', ']', '}', '[', '{', '"', '\''])
                    .unwrap_or(rest.len());
                let blank_before =
                    at > 0 && value[..at].ends_with([' ', '\t']) && out.ends_with(|c: char| c.is_ascii_digit());
                if blank_before {
                    out.push(' ');
                }
                out.push_str(&rest[..length]);
                length
            }
        };
        at += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::lay_out;

    #[test]
    fn one_line_values() {
        for (written, wanted) in [
            ("{session=\"last\",months=-1}", "{ session = \"last\", months = -1 }"),
            ("[ 'a=1' ,\"b, c\",]", "['a=1', \"b, c\"]"),
            ("[]", "[]"),
            ("{}", "{}"),
            ("[{a=[1,2]},{ }]", "[{ a = [1, 2] }, {}]"),
            ("[2020-01-01 10:00:00]", "[2020-01-01 10:00:00]"),
            ("3", "3"),
        ] {
            assert_eq!(lay_out(written), wanted);
            assert_eq!(lay_out(wanted), wanted);
        }
    }
}
