//! Small words: counts, lists, marks.

use crate::Line;
use crate::methodology::{Prefer, Quantity, Rounding, Setting};

/// `(stated)` or `(default)`.
pub(super) fn mark<T>(setting: &Setting<T>) -> &'static str {
    mark_line(setting.line)
}

pub(super) fn mark_line(line: Option<Line>) -> &'static str {
    if line.is_some() { "(stated)" } else { "(default)" }
}

/// `three`, `13`.
pub(super) fn count(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];
    WORDS
        .get(number)
        .map_or_else(|| crate::numbers::grouped(number as u64), |word| (*word).to_owned())
}

/// `one session`, `nine sessions`.
pub(super) fn counted(number: usize, singular: &str) -> String {
    format!("{} {singular}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `a, b and c`.
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

/// What a quantity is, and its name.
pub(super) fn quantity(quantity: &Quantity) -> String {
    match quantity {
        Quantity::Score(name) => format!("the score `{name}`"),
        Quantity::Variable(name) => format!("the variable `{name}`"),
        Quantity::Column(name) => format!("the snapshot's `{name}`"),
        Quantity::ParentWeight => "the weight in the parent".to_owned(),
        Quantity::SecurityId => "the security id".to_owned(),
    }
}

/// Which end is good.
pub(super) fn good(prefer: Prefer) -> &'static str {
    match prefer {
        Prefer::High => "high is good",
        Prefer::Low => "low is good",
    }
}

/// How a number becomes whole.
pub(super) fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Up => "up",
        Rounding::Down => "down",
        Rounding::Nearest => "to the nearest whole number, halves up",
    }
}

/// An author's own words. A backtick would begin a name.
pub(super) fn free(text: &str) -> String {
    let plain = text.replace('`', "'");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An author's reason as a sentence.
pub(super) fn because(text: &str) -> String {
    let text = free(text);
    let text = text.trim_end_matches('.');
    format!("Because {text}.")
}

/// The text with a capital letter at its beginning.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
