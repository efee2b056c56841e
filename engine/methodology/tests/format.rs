//! Layout changes no rule: over every shipped rulebook, as written and made untidy.

#[allow(dead_code, reason = "rules without tests are for other tests")]
mod shipped;

use divisor_methodology::{Source, compile, format};

fn formatted(text: &str) -> String {
    format(&Source::new("rulebook.toml", text)).expect("a valid rulebook")
}

/// The hashes of all indexes of a shipped rulebook; `None` where one is broken.
fn hashes(name: &str, text: &str) -> Option<Vec<String>> {
    let indexes = shipped::indexes(name, text).into_iter();
    let hash = |source: Source| compile(&source, None).0.map(|rules| rules.hash());
    indexes.map(hash).collect()
}

#[test]
fn shipped_rulebooks_are_laid_out_already() {
    for (name, text) in shipped::texts() {
        assert!(formatted(&text) == text, "{}:\n{}", name, formatted(&text));
    }
}

/// Untidy in one way each: no alignment, many blank lines, blanks at line ends and beginnings, Windows line ends, keys
/// of a table the other way round.
fn untidy(name: &str, text: &str) -> Vec<String> {
    let lines = |change: &dyn Fn(&str) -> String| text.lines().map(change).collect::<Vec<_>>().join("\n");
    let squeezed = lines(&|line| match line.split_once(" = ") {
        Some((key, value)) if !line.starts_with([' ', '#']) => format!("{}={value}", key.trim_end()),
        _ => line.to_owned(),
    });
    let wide = lines(&|line| {
        let inside = line.starts_with([' ', ']', '#']);
        if inside {
            format!("{line}   ")
        } else {
            format!("  {line}  ")
        }
    });
    let gaps = lines(&|line| {
        if line.is_empty() {
            "\n\n  \n".to_owned()
        } else {
            line.to_owned()
        }
    });
    let screens = text
        .replace("missing  = \"average-others\"", "")
        .replace("prefer   = \"low\"", "missing = \"average-others\"\nprefer = \"low\"");
    let mut all = vec![squeezed, wide, gaps, text.replace('\n', "\r\n")];
    // Only where it says the same: the third part of a score that has these three lines.
    all.extend((hashes(name, &screens) == hashes(name, text)).then_some(screens));
    all
}

#[test]
fn layout_is_the_same_however_untidy_and_changes_no_rule() {
    for (name, text) in shipped::texts() {
        for (at, other) in untidy(&name, &text).into_iter().enumerate() {
            let found = formatted(&other);
            let hash = hashes(&name, &text);
            assert!(hash.is_some(), "{name} is broken");
            assert_eq!(hashes(&name, &other), hash, "{name}: untidy {at}");
            assert_eq!(hashes(&name, &found), hash, "{name}: untidy {at}");
            assert_eq!(formatted(&found), found, "{name}: untidy {at} twice");
            if at < 4 {
                assert!(found == text, "{name}: untidy {at}:\n{found}");
            }
        }
    }
}

#[test]
fn every_comment_stays() {
    for (name, text) in shipped::texts() {
        let comments = |text: &str| {
            let mut lines: Vec<String> = text
                .lines()
                .filter(|line| line.trim().starts_with('#'))
                .map(str::to_owned)
                .collect();
            lines.sort();
            lines
        };
        let commented: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(at, line)| {
                if line.starts_with([' ', ']']) {
                    line.to_owned()
                } else {
                    format!("# {at}\n{line}")
                }
            })
            .collect();
        let commented = commented.join("\n");
        assert_eq!(comments(&formatted(&commented)), comments(&commented), "{name}");
    }
}
