//! `divisor diff`: which rules of two rulebooks differ, and what that does to the index.

use divisor_methodology::{Difference, ProseRule, Source, diff as compare};
use serde_json::{Value, json};

use crate::args::{Common, DiffArgs, Format};
use crate::exit::{Exit, Failure};
use crate::load::rulebooks;
use crate::out;
use crate::session::compile_all;

pub(crate) fn diff(args: &DiffArgs, common: &Common) -> Result<Exit, Failure> {
    let mut both = Vec::new();
    for path in [&args.a, &args.b] {
        if path.is_dir() {
            return Err(Failure::usage(
                format!("{} is a folder", path.display()),
                "name two rulebooks",
            ));
        }
        both.extend(compile_all(rulebooks(std::slice::from_ref(path), common)?, None)?);
    }
    let [(a, of_a, _), (b, of_b, _)] = both.as_slice() else {
        return Err(Failure::usage("two rulebooks are needed", ""));
    };
    let found = compare((&a.source, of_a), (&b.source, of_b));
    if common.format == Format::Json {
        let side = |source: &Source, hash: String, edition: &str| json!({ "file": source.file, "edition": edition, "hash": hash });
        let document: Value = json!({
            "a": side(&a.source, of_a.hash(), &of_a.index.edition),
            "b": side(&b.source, of_b.hash(), &of_b.index.edition),
            "effect": found.effect,
            "sections": found.sections,
        });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        out::print(&format!("{text}\n"))?;
    } else {
        let title =
            |letter: char, source: &Source, edition: &str| format!("{letter}  {} (edition {edition})\n", source.file);
        let mut text = title('A', &a.source, &of_a.index.edition) + &title('B', &b.source, &of_b.index.edition);
        push_sections(&found, &mut text);
        text.push_str(&format!("\nEffect: {}\n", found.effect.words()));
        out::print(&text)?;
    }
    Ok(Exit::Done)
}

fn push_sections(found: &Difference, text: &mut String) {
    for section in &found.sections {
        text.push_str(&format!("\n{}\n", section.title));
        for (sign, letter, rules) in [('-', 'A', &section.removed), ('+', 'B', &section.added)] {
            for rule in rules {
                text.push_str(&format!("  {sign} {}{}\n", rule.text, place(letter, rule)));
            }
        }
    }
}

fn place(letter: char, rule: &ProseRule) -> String {
    rule.line
        .map_or_else(String::new, |line| format!(" [{letter}, line {line}]"))
}
