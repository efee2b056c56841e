//! The shipped rulebooks with one thing wrong at a time: a unit left out, a name or a section misspelt, a value of
//! another type. `mutations/messages.txt` has what is said, of messages that differ in names and numbers alone the first;
//! read it after `DIVISOR_BLESS=1`.

mod shipped;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use divisor_methodology::compile;
use divisor_model::Diagnostic;

/// A word with its third letter left out.
fn misspelt(word: &str) -> String {
    let letters = word.chars().enumerate();
    letters.filter(|(at, _)| *at != 2).map(|(_, letter)| letter).collect()
}

/// What a line becomes, and what was done to it.
fn mutations(line: &str) -> Vec<(&'static str, String)> {
    if line.starts_with('[') {
        let inside = line.trim_matches(['[', ']']);
        let last = inside.rsplit('.').next().unwrap_or_default();
        let brackets = if line.starts_with("[[") {
            line[1..line.len() - 1].to_owned()
        } else {
            format!("[{line}]")
        };
        return vec![
            ("section misspelt", line.replace(last, &misspelt(last))),
            ("other brackets", brackets),
        ];
    }
    let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
        return Vec::new();
    };
    let mut all = vec![(
        "key misspelt",
        format!("{}={value}", key.replace(key.trim(), &misspelt(key.trim()))),
    )];
    let value = value.trim();
    let wrong_type = if value.starts_with('"') { "7" } else { "\"seven\"" };
    all.push(("other type", format!("{key}= {wrong_type}")));
    all.push(("other type", format!("{key}= true")));
    if let Some(word) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let number = word.trim_end_matches(|c: char| !c.is_ascii_digit());
        if !number.is_empty() && number.len() < word.len() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            all.push(("unit left out", format!("{key}= {number}")));
            all.push(("unit left out", format!("{key}= \"{number}\"")));
        }
        all.push(("name misspelt", format!("{key}= \"{}\"", misspelt(word))));
        if word.contains(" > 0") {
            all.push((
                "unit left out",
                format!("{key}= \"{}\"", word.replace("> 0", "> market_cap")),
            ));
        }
        if word.contains(" / ") {
            all.push(("unit changed", format!("{key}= \"{}\"", word.replacen(" / ", " + ", 1))));
        }
    }
    all
}

/// A message without its names and numbers: what stands between backticks or quotes, and digits.
fn shape(message: &str) -> String {
    let mut quote = None;
    let outside = message.chars().filter(|letter| match quote {
        Some(open) if open == *letter => {
            quote = None;
            true
        }
        Some(_) => false,
        None => {
            if matches!(letter, '`' | '"') {
                quote = Some(*letter);
            }
            !letter.is_ascii_digit()
        }
    });
    outside.collect()
}

#[test]
fn what_is_said_about_every_mutation() {
    let mut said: BTreeSet<String> = BTreeSet::new();
    let mut text = String::new();
    for (name, rules) in shipped::rules() {
        let lines: Vec<&str> = rules.lines().collect();
        for at in 0..lines.len() {
            for (what, line) in mutations(lines[at]) {
                let mut mutant = lines.clone();
                mutant[at] = &line;
                let indexes = shipped::indexes(&name, &mutant.join("\n"));
                let found: Vec<Diagnostic> = indexes.iter().flat_map(|source| compile(source, None).1).collect();
                for one in &found {
                    let mut message = format!("{}: {}\n", one.code, one.message);
                    if !one.help.is_empty() {
                        message.push_str(&format!("    help: {}\n", one.help));
                    }
                    assert!(one.location.is_some(), "{message}");
                    if said.insert(format!("{what} {}", shape(&message))) {
                        text.push_str(&format!("{name}, {what}: {}\n  {message}", line.trim()));
                    }
                }
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutations/messages.txt");
    if std::env::var_os("DIVISOR_BLESS").is_some() {
        fs::write(&path, &text).expect("writable");
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == wanted, "found\n{text}");
}
