//! Layout changes no rule: over every shipped rulebook, as written and made untidy.

use std::fs;
use std::path::{Path, PathBuf};

use divisor_methodology::{Source, compile, format};

fn shipped() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodologies");
    let mut found = Vec::new();
    for family in fs::read_dir(root).expect("the rulebooks") {
        for entry in fs::read_dir(family.expect("a family").path()).expect("a folder") {
            let path = entry.expect("a file").path();
            let text = fs::read_to_string(&path).expect("a rulebook");
            found.push((path, text));
        }
    }
    assert!(found.len() >= 8, "{}", found.len());
    found
}

fn formatted(text: &str) -> String {
    format(&Source::new("rulebook.toml", text)).expect("a valid rulebook")
}

fn hash(text: &str) -> String {
    let (methodology, found) = compile(&Source::new("rulebook.toml", text), None);
    methodology.unwrap_or_else(|| panic!("{found:#?}")).hash()
}

#[test]
fn shipped_rulebooks_are_laid_out_already() {
    for (path, text) in shipped() {
        assert!(formatted(&text) == text, "{}:\n{}", path.display(), formatted(&text));
    }
}

/// Untidy in one way each: no alignment, many blank lines, blanks at line ends and beginnings, Windows line ends, keys
/// of a table the other way round.
fn untidy(text: &str) -> Vec<String> {
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
    all.extend((hash_of(&screens) == hash_of(text)).then_some(screens));
    all
}

fn hash_of(text: &str) -> Option<String> {
    compile(&Source::new("rulebook.toml", text), None)
        .0
        .map(|rules| rules.hash())
}

#[test]
fn layout_is_the_same_however_untidy_and_changes_no_rule() {
    for (path, text) in shipped() {
        for (at, other) in untidy(&text).into_iter().enumerate() {
            let found = formatted(&other);
            assert_eq!(hash(&other), hash(&text), "{}: untidy {at}", path.display());
            assert_eq!(hash(&found), hash(&text), "{}: untidy {at}", path.display());
            assert_eq!(formatted(&found), found, "{}: untidy {at} twice", path.display());
            if at < 4 {
                assert!(found == text, "{}: untidy {at}:\n{found}", path.display());
            }
        }
    }
}

#[test]
fn every_comment_stays() {
    for (path, text) in shipped() {
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
        assert_eq!(
            comments(&formatted(&commented)),
            comments(&commented),
            "{}",
            path.display()
        );
    }
}
