//! The steps of a score beyond winsorising and z-scores.

use super::Section;
use super::weighting::mapped;
use super::words::{counted, list, mark};
use crate::methodology::{Centre, Part, Score, Setting, SmallGroup, SmallestGroup, Spread, Truncate, Unfinished};
use crate::numbers::{grouped, percent};

/// The names of columns whose texts together make groups.
pub(super) fn columns(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
    list(&names)
}

pub(super) fn centre(centre: &Setting<Centre>) -> String {
    match centre.value {
        Centre::Plain => format!("the plain mean {}", mark(centre)),
        Centre::Median => format!("the median {}", mark(centre)),
        Centre::ParentWeighted => format!("the mean weighted by the parent {}", mark(centre)),
    }
}

pub(super) fn groups(score: &Score, section: &mut Section) {
    if let Some(within) = &score.within {
        let text = format!(
            "They are taken within each {} separately {}.",
            columns(&within.value),
            mark(within)
        );
        section.rule(text, within.line);
        let whose = match score.spread.value {
            Spread::Group => "that of the group",
            Spread::All => "that of all these securities, around their common mean",
        };
        let text = format!("The deviation is {whose} {}.", mark(&score.spread));
        section.rule(text, score.spread.line);
    }
    if let Some(smallest) = &score.smallest_group {
        section.rule(smallest_group(smallest), smallest.line);
    }
}

fn smallest_group(smallest: &SmallestGroup) -> String {
    let below = match smallest.below.value {
        SmallGroup::Wider => {
            "takes the statistics of the wider group, that by the columns before the last, or of all where that is too small \
             too"
        }
        SmallGroup::Universe => "takes the statistics of all these securities",
        SmallGroup::Together => {
            "is standardised together with all others that are too small, or with all securities where these are still too \
             few"
        }
        SmallGroup::NoScore => "has no score",
    };
    format!(
        "A group of fewer than {} (stated) {below} {}.",
        counted(smallest.names, "name"),
        mark(&smallest.below)
    )
}

pub(super) fn truncated(rule: &Truncate, section: &mut Section) {
    let text = format!(
        "Each z beyond ±{0} is set to ±{0} (stated) and all are standardised again, until none lies beyond by more than \
         {1:e} {2}.",
        rule.beyond,
        rule.tolerance.value,
        mark(&rule.tolerance)
    );
    section.rule(text, rule.line);
    let then = match rule.unfinished.value {
        Unfinished::Error => "the review cannot be made",
        Unfinished::Clip => "what is still beyond is set to the bound",
        Unfinished::Keep => "what is still beyond stays",
    };
    let text = format!(
        "After {} passes at most {}; then {then} {}.",
        grouped(rule.passes.value.into()),
        mark(&rule.passes),
        mark(&rule.unfinished)
    );
    section.rule(text, rule.unfinished.line.or(rule.passes.line));
}

/// What a part becomes before it goes in, to stand before the full stop.
pub(super) fn enters(part: &Part) -> String {
    let mut text = String::new();
    if let Some(weight) = &part.weight {
        text.push_str(&format!("; its weight is {} {}", percent(weight.value), mark(weight)));
    }
    if let Some(map) = &part.map {
        text.push_str(&format!("; it goes in {} {}", mapped(map.value), mark(map)));
    }
    if let Some(power) = &part.power {
        text.push_str(&format!("; raised to the power {} {}", power.value, mark(power)));
    }
    text
}

pub(super) fn afterwards(score: &Score, section: &mut Section) {
    if let Some(least) = &score.least_present {
        let text = format!(
            "A security that has fewer than {} itself, whatever stands in for the others, has no score {}.",
            counted(least.value, "of these number"),
            mark(least)
        );
        section.rule(text, least.line);
    }
    if let Some(again) = &score.restandardize {
        let within = match &again.within {
            Some(within) => format!(", within each {} separately {}", columns(&within.value), mark(within)),
            None => ", over all that have it (default)".to_owned(),
        };
        section.rule(
            format!("The combined score is standardised again (stated){within}."),
            again.line,
        );
    }
    if let Some(clip) = &score.clip_score {
        let text = format!(
            "The score is clipped at ±{} standard deviations {}.",
            clip.value,
            mark(clip)
        );
        section.rule(text, clip.line);
    }
}
