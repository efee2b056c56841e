//! The reference of the functions, and what those a rulebook uses mean: both from their records.

use super::{ProseSection, Section};
use crate::Methodology;
use crate::formula::{ExprKind, Function, FunctionKind, Record};

/// The reference of all functions, one section each under a heading.
pub fn functions() -> Vec<ProseSection> {
    let mut heading = Section::new("Functions of formulas");
    heading.rule(
        "Missing values stay missing: arithmetic with one is missing, and so is what no number can express. History \
         functions read only what was known at the cut-off of a review.",
        None,
    );
    let mut sections = vec![heading.0];
    sections.extend(Function::all().map(|function| reference(function.record())));
    sections
}

fn reference(record: &Record) -> ProseSection {
    let mut section = Section::new(record.name);
    section.rule(format!("Usage: {}.", in_code(record.usage)), None);
    section.rule(format!("Takes: {}.", record.takes.words()), None);
    for named in record.named {
        let default = match named.default {
            "" => String::new(),
            default => format!(" Default: {default}."),
        };
        section.rule(format!("Takes `{}`: {}.{default}", named.name, named.takes), None);
    }
    section.rule(format!("Gives: {}.", record.result.words()), None);
    for (head, text) in [
        ("Formula", record.formula),
        ("Window", record.window),
        ("Least", record.least),
        ("Missing", record.missing),
        ("Source", record.source),
    ] {
        section.rule(format!("{head}: {text}."), None);
    }
    section.rule(format!("Example: `{}`", record.example), None);
    section.0
}

/// Each call of a usage in backticks.
fn in_code(usage: &str) -> String {
    let calls: Vec<String> = usage.split(" or ").map(|call| format!("`{call}`")).collect();
    calls.join(" or ")
}

/// What the history functions of a rulebook mean.
pub(super) fn used(methodology: &Methodology) -> ProseSection {
    let mut found: Vec<Function> = Vec::new();
    let variables = methodology.variables.iter().map(|variable| &variable.formula);
    for formula in variables.chain(
        methodology
            .screens
            .iter()
            .flat_map(crate::methodology::Screen::formulas),
    ) {
        formula.visit(&mut |expr| match &expr.kind {
            ExprKind::Call { function, .. } if function.kind() != FunctionKind::Elementwise => found.push(*function),
            _ => {}
        });
    }
    let mut section = Section::new("Functions used");
    for function in Function::all().filter(|function| found.contains(function)) {
        let record = function.record();
        let text = format!(
            "`{}`: {}. Window: {}. Least: {}. Missing: {}.",
            record.name, record.formula, record.window, record.least, record.missing
        );
        section.rule(text, None);
    }
    section.0
}
