//! Selection, with buffer ranks worked out.

use divisor_model::Fraction;

use super::score_steps::columns;
use super::words::{counted, list, mark, quantity, rounding};
use super::{ProseSection, Section};
use crate::check::rounded;
use crate::methodology::{Buffer, BufferEnd, Crossing, Prefer, Quantity, Select, Setting, Tie, Top, TopSize};
use crate::numbers::{grouped, percent};

pub(super) fn select(select: &Select) -> ProseSection {
    let mut section = Section::new("Selection");
    match select {
        Select::All { line } => section.rule("Every eligible security is a member.", *line),
        Select::Top(top) => best(top, &mut section),
        Select::Narrow(rules) => super::narrow::narrow(rules, &mut section),
    }
    section.0
}

fn best(top: &Top, section: &mut Section) {
    if let Some(every) = &top.every {
        let text = format!(
            "Every eligible security with {} above zero has a place {}, however many they are; they rank before all others.",
            quantity(&every.value),
            mark(every)
        );
        section.rule(text, every.line);
    }
    section.rule(size(top), top.line);
    let best = match top.prefer.value {
        Prefer::High => "highest",
        Prefer::Low => "lowest",
    };
    let prefer = format!("The best are those with the {best} values {}.", mark(&top.prefer));
    section.rule(prefer, top.prefer.line);
    if let Some(within) = &top.within {
        let text = format!(
            "They are chosen within each {} separately {}.",
            columns(&within.value),
            mark(within)
        );
        section.rule(text, within.line);
    }
    steps(top, section);
    if let Some(least) = &top.least_per_group {
        let text = format!(
            "Each group has at least {} {}, or all it can choose from.",
            counted(least.value, "member"),
            mark(least)
        );
        section.rule(text, least.line);
    }
    if let Some(quota) = &top.quota {
        let text = format!(
            "Of one `{}` at most {} of the places are taken, rounded down and at least one (stated): in rank order, names \
             whose group is full are passed over.",
            quota.of,
            percent(quota.most)
        );
        section.rule(text, quota.line);
    }
    if let Some(buffer) = &top.buffer {
        section.rule(buffer_text(top, buffer), buffer.line);
        // The ends of a zone are rounded only where they are shares of a number of names.
        if matches!(buffer.value, Buffer::Share(_)) || matches!(top.size, TopSize::Fraction(..)) {
            let how = rounding(top.buffer_rounding.value);
            section.rule(
                format!("Buffer ranks are rounded {how} {}.", mark(&top.buffer_rounding)),
                top.buffer_rounding.line,
            );
        }
    }
    ties(&top.ties, section);
}

fn size(top: &Top) -> String {
    let by = quantity(&top.by);
    match &top.size {
        TopSize::Count(count) if top.every.is_some() => format!(
            "There are {} places at least; those left go to the best others by {by}.",
            grouped(*count as u64)
        ),
        TopSize::Count(count) => format!("The best {} by {by} become members.", grouped(*count as u64)),
        TopSize::Fraction(share, how) => format!(
            "The best {} of the ranked securities by {by} become members, their number rounded {} {}.",
            percent(*share),
            rounding(how.value),
            mark(how)
        ),
        TopSize::Coverage(share, crossing) => {
            let which = match crossing.value {
                Crossing::Include => "the one that crosses it included",
                Crossing::Exclude => "the one that crosses it left out",
                Crossing::Nearest => "the one that crosses it included where that comes nearer, or as near",
            };
            format!(
                "The best by {by} become members, as many as it takes to cover {} of the parent's weight, {which} {}.",
                percent(*share),
                mark(crossing)
            )
        }
    }
}

fn steps(top: &Top, section: &mut Section) {
    let Some(first) = top.steps.first() else { return };
    let each = top.steps.iter().map(|step| match step.below {
        Some(below) => format!("{} below {}", grouped(step.step as u64), grouped(below as u64)),
        None => format!("{} otherwise", grouped(step.step as u64)),
    });
    let text = format!(
        "Their number is rounded {} {} to a multiple (stated): of {}.",
        rounding(top.step_rounding.value),
        mark(&top.step_rounding),
        list(&each.collect::<Vec<_>>())
    );
    section.rule(text, first.line);
}

fn buffer_text(top: &Top, buffer: &Setting<Buffer>) -> String {
    let (name, zones) = match buffer.value {
        Buffer::Share(share) => (format!("Buffer {}", percent(share)), share_zones(top, share)),
        Buffer::Zone { enter, stay } => {
            let end = |end: BufferEnd| match (end, &top.size) {
                (BufferEnd::Rank(rank), _) => format!("rank {}", grouped(rank as u64)),
                (BufferEnd::Share(share), TopSize::Coverage(..)) => {
                    format!("{} of the parent's weight", percent(share))
                }
                (BufferEnd::Share(share), _) => format!("{} of the ranked securities", percent(share)),
            };
            let text = format!("the best to {} are in, members stay to {}", end(enter), end(stay));
            ("Buffer".to_owned(), text)
        }
    };
    format!(
        "{name} {}: {zones}, the best of them first, until the number is reached; places left go to the best of the others.",
        mark(buffer)
    )
}

fn share_zones(top: &Top, share: Fraction) -> String {
    let TopSize::Count(count) = &top.size else {
        return format!(
            "ranks up to {} of the number wanted are in, members stay to {} of it",
            percent(share.complement()),
            percent(share.above_one())
        );
    };
    let inner = rounded(share.complement(), *count, top.buffer_rounding.value);
    let outer = rounded(share.above_one(), *count, top.buffer_rounding.value);
    let safe = match inner {
        0 => "no rank is in for sure".to_owned(),
        1 => "rank 1 is in".to_owned(),
        _ => format!("ranks 1–{} are in", grouped(inner as u64)),
    };
    format!("{safe}, members stay to rank {}", grouped(outer as u64))
}

pub(super) fn ties(ties: &[Tie], section: &mut Section) {
    for tie in ties {
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
    if ties.iter().all(|tie| tie.by != Quantity::SecurityId) {
        let still = if ties.is_empty() { "Equals" } else { "Those still equal" };
        section.rule(
            format!("{still} are ordered by the security id, ascending (default)."),
            None,
        );
    }
}
