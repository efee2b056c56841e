//! The one text that a manifest has of a rulebook: its own, what was set and chosen beside it, and the files it extends.
//! Comments of the analyst that look like lines of the engine get one more `#`, and lose it when the text is read back.

use std::borrow::Cow;

use super::{EDITION, SET, Source};

/// Begins the line above a file that a rulebook extends.
const EXTENDED: &str = "# ==== extended: ";

/// What follows `#` on the lines that the engine appends, and on that above a file.
const APPENDED: [&str; 2] = [" --set ", " --edition "];
const ABOVE_FILE: [&str; 1] = [" ==== extended: "];

impl Source {
    /// All that the rules are made of, as the manifest has it: the rulebook's own text with its settings, but without the
    /// editions at its end that come later, then each file it extends below a line `# ==== extended: NAME`.
    pub fn whole(&self) -> Cow<'_, str> {
        let own = self.published();
        let (written, appended) = own.split_at(self.appended.unwrap_or(own.len()).min(own.len()));
        let marked = marked(written);
        if self.extended.is_empty() && marked == written {
            return Cow::Borrowed(own);
        }
        let mut whole = marked + appended;
        for extended in &self.extended {
            end_line(&mut whole);
            whole.extend([EXTENDED, extended.name, "\n"]);
            whole.extend(extended.text.split_inclusive('\n').map(|line| more(line, &ABOVE_FILE)));
        }
        if !self.extended.is_empty() {
            end_line(&mut whole);
        }
        Cow::Owned(whole)
    }

    /// The rulebook that [`Source::whole`] wrote down. Files it extends are named from the folder of `file`.
    pub fn from_whole(file: impl Into<String>, whole: &str) -> Self {
        let mut parts: Vec<(&str, String)> = vec![("", String::new())];
        for line in whole.split_inclusive('\n') {
            match (line.strip_prefix(EXTENDED), parts.last_mut()) {
                (Some(name), _) => parts.push((name.trim_end(), String::new())),
                (None, Some((_, text))) => text.push_str(less(line, &ABOVE_FILE)),
                (None, None) => {}
            }
        }
        let mut parts = parts.into_iter();
        let own = parts.next().map(|(_, text)| text).unwrap_or_default();
        // What was set and chosen stands at the end, a line each.
        let is_appended = |line: &str| line.starts_with(SET) || line.starts_with(EDITION);
        let (written, appended) = split_end(&own, is_appended);
        let (rules, comments) = split_end(written, |line| less(line, &APPENDED) != line);
        let comments = comments.split_inclusive('\n').map(|line| less(line, &APPENDED));
        let mut source = Self::new(file, rules.to_owned() + &comments.collect::<String>());
        for (name, text) in parts {
            source.push_extended(name.to_owned(), name, text);
        }
        for line in appended.lines() {
            if let Some((key, value)) = line.strip_prefix(SET).and_then(|set| set.trim_end().split_once(" = ")) {
                source = source.set(key, value);
            } else if let Some(id) = line.strip_prefix(EDITION) {
                source = source.with_edition_line(id);
                source.selection.edition = Some(id.to_owned());
                source.selection.is_forced = true;
            }
        }
        source
    }
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// A text of the analyst without lines that could be taken for the engine's.
fn marked(written: &str) -> String {
    let (rules, comments) = split_end(written, |line| more(line, &APPENDED) != line);
    let rules = rules.split_inclusive('\n').map(|line| more(line, &ABOVE_FILE));
    let comments = comments.split_inclusive('\n').map(|line| more(line, &APPENDED));
    rules.chain(comments).collect()
}

/// A text before and from the lines at its end that are of one kind.
fn split_end(text: &str, is_kind: impl Fn(&str) -> bool) -> (&str, &str) {
    let lines = text.split_inclusive('\n').rev();
    let length: usize = lines.take_while(|line| is_kind(line)).map(str::len).sum();
    text.split_at(text.len() - length)
}

/// A line with one more `#` where it is any number of them and then one of these.
fn more<'l>(line: &'l str, after: &[&str]) -> Cow<'l, str> {
    let rest = line.trim_start_matches('#');
    if rest.len() < line.len() && after.iter().any(|after| rest.starts_with(after)) {
        Cow::Owned(format!("#{line}"))
    } else {
        Cow::Borrowed(line)
    }
}

/// The line before [`more`].
fn less<'l>(line: &'l str, after: &[&str]) -> &'l str {
    let shorter = line.strip_prefix('#').unwrap_or(line);
    if more(shorter, after) == shorter { line } else { shorter }
}
