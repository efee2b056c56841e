//! `divisor diff`: which rules of two rulebooks differ, and what that does to the index.

use std::path::Path;

use divisor_methodology::{Difference, Methodology, ProseRule, Source, diff as compare};
use serde_json::{Value, json};

use crate::args::{Common, DiffArgs, Format};
use crate::exit::{Exit, Failure};
use crate::load::rulebooks;
use crate::out;
use crate::session::{Compiled, compile_all};

pub(crate) fn diff(args: &DiffArgs, common: &Common) -> Result<Exit, Failure> {
    let (a, b) = (editions(&args.a, common)?, editions(&args.b, common)?);
    let found = compare(&pairs(&a), &pairs(&b));
    if common.format == Format::Json {
        let document: Value = json!({
            "a": side(&a),
            "b": side(&b),
            "effect": found.effect,
            "from": found.from,
            "sections": found.sections,
        });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        out::print(&format!("{text}\n"))?;
    } else {
        let mut text = title('A', &a) + &title('B', &b);
        push_sections(&found, &mut text);
        text.push_str(&format!("\nEffect: {}\n", found.words()));
        out::print(&text)?;
    }
    Ok(Exit::Done)
}

/// The index of a rulebook in all its editions.
fn editions(path: &Path, common: &Common) -> Result<Compiled, Failure> {
    if path.is_dir() {
        let message = format!("{} is a folder", path.display());
        return Err(Failure::usage(message, "name two rulebooks"));
    }
    let compiled = compile_all(rulebooks(&[path.to_owned()], common)?, None)?;
    let several = compiled
        .iter()
        .any(|(rulebook, ..)| !rulebook.is_index_of(&compiled[0].0));
    if several {
        let mut ids: Vec<String> = compiled.iter().map(|(_, rules, _)| rules.index.id.clone()).collect();
        ids.dedup();
        let message = format!("{} has several indexes: {}", path.display(), ids.join(", "));
        return Err(Failure::usage(
            message,
            format!("name one of them: {}#{}", path.display(), ids[0]),
        ));
    }
    Ok(compiled)
}

fn pairs(compiled: &Compiled) -> Vec<(&Source, &Methodology)> {
    let pairs = compiled.iter().map(|(rulebook, rules, _)| (&rulebook.source, rules));
    pairs.collect()
}

/// One rulebook in its last edition.
fn side(compiled: &Compiled) -> Value {
    let last = compiled.last();
    json!({
        "file": last.map(|(rulebook, ..)| &rulebook.source.file),
        "index_id": last.map(|(_, rules, _)| &rules.index.id),
        "edition": last.map(|(_, rules, _)| &rules.index.edition),
        "hash": last.map(|(_, rules, _)| rules.hash()),
    })
}

fn title(letter: char, compiled: &Compiled) -> String {
    compiled.last().map_or_else(String::new, |(rulebook, rules, _)| {
        format!("{letter}  {} (edition {})\n", rulebook.label(), rules.index.edition)
    })
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
