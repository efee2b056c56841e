//! Prose as text and as Markdown.

use super::{ProseRule, ProseSection};

/// Columns of the text form.
const WIDTH: usize = 110;

/// Plain text, wrapped at 110 columns, line numbers at the right edge.
pub fn to_text(sections: &[ProseSection]) -> String {
    let mut text = String::new();
    for section in sections {
        if !text.is_empty() {
            text.push('\n');
        }
        for line in wrapped(&section.title, WIDTH) {
            text.push_str(&line);
            text.push('\n');
        }
        let indent = if section.title.is_empty() { "" } else { "  " };
        for rule in &section.rules {
            push_rule(rule, indent, &mut text);
        }
    }
    text
}

fn push_rule(rule: &ProseRule, indent: &str, text: &mut String) {
    let bullet = rule
        .number
        .map_or_else(|| indent.to_owned(), |number| format!("{indent}{number:>2}. "));
    let indent = " ".repeat(bullet.chars().count());
    let mark = rule.line.map_or_else(String::new, |line| format!("[line {line}]"));
    let mut lines = wrapped(&rule.text, WIDTH - indent.len());
    let room = lines.last().map_or(0, |last| {
        WIDTH - indent.len() - last.chars().count().min(WIDTH - indent.len())
    });
    if !mark.is_empty() {
        if room <= mark.len() {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            let gap = WIDTH - indent.len() - last.chars().count() - mark.len();
            last.push_str(&" ".repeat(gap));
            last.push_str(&mark);
        }
    }
    for (at, line) in lines.iter().enumerate() {
        text.push_str(if at == 0 { &bullet } else { &indent });
        text.push_str(line);
        text.push('\n');
    }
}

/// Lines of at most `width` characters, broken at spaces; a longer word stands alone.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Markdown: a heading a section, a bullet a rule.
pub fn to_markdown(sections: &[ProseSection]) -> String {
    let mut text = String::new();
    for (at, section) in sections.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        if !section.title.is_empty() {
            let level = if at == 0 { "#" } else { "##" };
            text.extend([level, " ", &escaped(&section.title), "\n\n"]);
        }
        for rule in &section.rules {
            let bullet = match rule.number {
                Some(number) => format!("{number}. "),
                None if section.title.is_empty() => String::new(),
                None => "- ".to_owned(),
            };
            let mark = rule.line.map_or_else(String::new, |line| format!(" *[line {line}]*"));
            text.extend([&bullet, &escaped(&rule.text), &mark, "\n"]);
        }
    }
    text
}

/// Characters that mean something to Markdown, escaped outside backticks.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let mut is_code = false;
    for letter in text.chars() {
        is_code ^= letter == '`';
        if !is_code && matches!(letter, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Line;

    fn section(text: &str, line: Option<Line>) -> ProseSection {
        ProseSection {
            title: "A *title*".to_owned(),
            rules: vec![ProseRule {
                text: text.to_owned(),
                number: None,
                line,
            }],
        }
    }

    #[test]
    fn no_line_is_wider_than_the_page_and_the_mark_is_at_its_edge() {
        for length in [1, 20, 48, 49, 50, 51, 52, 53, 54, 55, 120] {
            let text = to_text(&[section(&"ab ".repeat(length), Some(Line::of_rulebook(7)))]);
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
            let last = text.lines().last().expect("a line");
            assert_eq!(last.chars().count(), WIDTH);
            assert!(last.ends_with(" [line 7]"), "{last}");
            assert_eq!(text.matches("ab").count(), length);
        }
    }

    #[test]
    fn markdown_escapes_outside_code_only() {
        let text = to_markdown(&[section("a_b `c_d * e` <f>", Some(Line::of_rulebook(3)))]);
        assert_eq!(text, "# A \\*title\\*\n\n- a\\_b `c_d * e` \\<f\\> *[line 3]*\n");
    }
}
