//! Screens.

use super::formulas::in_words;
use super::words::{because, list, mark, quantity, rounding};
use super::{ProseSection, Section};
use crate::formula::Expr;
use crate::methodology::{Drop, Prefer, Screen, ScreenTest};
use crate::numbers::percent;

pub(super) fn screens(screens: &[Screen]) -> ProseSection {
    let mut section = Section::new("Eligibility");
    for (at, screen) in screens.iter().enumerate() {
        let test = match &screen.test {
            ScreenTest::Keep { keep, members } => {
                let members = members.as_ref().map(|members| {
                    let which = condition(&members.value);
                    format!("; a current member is kept where {which} {}", mark(members))
                });
                format!("Kept where {}{}", condition(keep), members.unwrap_or_default())
            }
            ScreenTest::Drop(drop) => dropped(drop),
        };
        let missing = if screen.keep_missing.value { "stays" } else { "is out" };
        let mark = mark(&screen.keep_missing);
        let text = format!(
            "`{}`. {test}; a security for which this cannot be told {missing} {mark}.",
            screen.id
        );
        let text = match &screen.because {
            Some(reason) => format!("{text} {}", because(reason)),
            None => text,
        };
        section.item(at + 1, text, screen.line);
    }
    if screens.iter().any(|screen| screen.members_line().is_some()) {
        let text = "For the statistics of scores, and for shares that leave, a security passes a screen with a rule of its \
                    own for members where it passes either.";
        section.rule(text, None);
    }
    section.0
}

fn condition(formula: &Expr) -> String {
    match in_words(formula) {
        Some(words) => format!("{words} (`{formula}`)"),
        None => format!("`{formula}`"),
    }
}

fn dropped(drop: &Drop) -> String {
    let end = match drop.keep {
        Prefer::High => "lowest",
        Prefer::Low => "highest",
    };
    let who = if drop.over_parent.value {
        "of the whole parent"
    } else {
        "of those that pass the screens before"
    };
    let within = drop.within.as_ref().map(|columns| {
        let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
        format!(", counted within each {} {}", list(&names), mark(columns))
    });
    let members = drop.members.as_ref().map(|share| {
        let all = percent(share.value);
        format!("; a current member leaves only among the {end} {all} {}", mark(share))
    });
    format!(
        "The {end} {} by {} leave, {who} {}{}, their number rounded {} {}; among equals the smaller in the parent leaves \
         first{}",
        percent(drop.share),
        quantity(&drop.by),
        mark(&drop.over_parent),
        within.unwrap_or_default(),
        rounding(drop.rounding.value),
        mark(&drop.rounding),
        members.unwrap_or_default()
    )
}
