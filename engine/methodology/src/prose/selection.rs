//! Selection, with buffer ranks worked out.

use divisor_model::Fraction;

use super::words::{mark, quantity, rounding};
use super::{ProseSection, Section};
use crate::check::rounded;
use crate::methodology::{Prefer, Quantity, Select, Setting, Top, TopSize};
use crate::numbers::{grouped, percent};

pub(super) fn select(select: &Select) -> ProseSection {
    let mut section = Section::new("Selection");
    match select {
        Select::All { line } => section.rule("Every eligible security is a member.", *line),
        Select::Top(top) => best(top, &mut section),
    }
    section.0
}

fn best(top: &Top, section: &mut Section) {
    section.rule(size(top), top.line);
    let best = match top.prefer.value {
        Prefer::High => "highest",
        Prefer::Low => "lowest",
    };
    let prefer = format!("The best are those with the {best} values {}.", mark(&top.prefer));
    section.rule(prefer, top.prefer.line);
    if let Some(column) = &top.within {
        let text = format!(
            "They are chosen within each `{}` separately {}.",
            column.value,
            mark(column)
        );
        section.rule(text, column.line);
    }
    if let Some(buffer) = &top.buffer {
        section.rule(buffer_text(top, buffer), buffer.line);
        let how = rounding(top.buffer_rounding.value);
        section.rule(
            format!("Buffer ranks are rounded {how} {}.", mark(&top.buffer_rounding)),
            top.buffer_rounding.line,
        );
    }
    ties(top, section);
}

fn size(top: &Top) -> String {
    let by = quantity(&top.by);
    match &top.size {
        TopSize::Count(count) => format!("The best {} by {by} become members.", grouped(*count as u64)),
        TopSize::Fraction(share, how) => format!(
            "The best {} of the ranked securities by {by} become members, their number rounded {} {}.",
            percent(*share),
            rounding(how.value),
            mark(how)
        ),
        TopSize::Coverage(share) => format!(
            "The best by {by} become members, as many as it takes to cover {} of the parent's weight, the one that \
             crosses it included.",
            percent(*share)
        ),
    }
}

fn buffer_text(top: &Top, buffer: &Setting<Fraction>) -> String {
    let share = percent(buffer.value);
    let zones = match &top.size {
        TopSize::Count(count) => {
            let inner = rounded(buffer.value.complement(), *count, top.buffer_rounding.value);
            let outer = rounded(buffer.value.above_one(), *count, top.buffer_rounding.value);
            let safe = match inner {
                0 => "no rank is in for sure".to_owned(),
                1 => "rank 1 is in".to_owned(),
                _ => format!("ranks 1–{} are in", grouped(inner as u64)),
            };
            format!("{safe}, members stay to rank {}", grouped(outer as u64))
        }
        _ => format!(
            "ranks up to {} of the number wanted are in, members stay to {} of it",
            percent(buffer.value.complement()),
            percent(buffer.value.above_one())
        ),
    };
    format!(
        "Buffer {share} {}: {zones}, the best of them first, until the number is reached; places left go to the best of \
         the others.",
        mark(buffer)
    )
}

fn ties(top: &Top, section: &mut Section) {
    for tie in &top.ties {
        let end = match (&tie.by, tie.prefer) {
            (Quantity::SecurityId, Prefer::High) => "descending",
            (Quantity::SecurityId, Prefer::Low) => "ascending",
            (_, Prefer::High) => "high first",
            (_, Prefer::Low) => "low first",
        };
        section.rule(
            format!("Equals are ordered by {}, {end} (stated).", quantity(&tie.by)),
            tie.line,
        );
    }
    if top.ties.iter().all(|tie| tie.by != Quantity::SecurityId) {
        let still = if top.ties.is_empty() {
            "Equals"
        } else {
            "Those still equal"
        };
        section.rule(
            format!("{still} are ordered by the security id, ascending (default)."),
            None,
        );
    }
}
