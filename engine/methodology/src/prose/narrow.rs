//! Narrowing: the loop, where it stops, and how else it may end.

use super::Section;
use super::selection;
use super::words::{counted, mark, quantity};
use crate::methodology::{Level, Narrow, NarrowEnd, NarrowOrder, RoundCrossing, RoundSize, Stop, StopOn};
use crate::numbers::{grouped, percent};

pub(super) fn narrow(rules: &Narrow, section: &mut Section) {
    let by = quantity(&rules.by);
    let text = format!(
        "The broad index has every eligible security with {by} and a weight, weighted as below before groups are reset and \
         limits held. The weakest are dropped, round after round, the others weighted anew in proportion; those left \
         become members."
    );
    section.rule(text, rules.line);
    let weakest = match rules.order.value {
        NarrowOrder::Contribution => {
            format!("whose weight times {by} is least, the least contribution to the exposure")
        }
        NarrowOrder::Value => format!("whose {by} is least"),
    };
    section.rule(
        format!("The weakest are those {weakest} {}.", mark(&rules.order)),
        rules.order.line,
    );
    let round = match rules.drop.value {
        RoundSize::Names(names) => counted(names, "name"),
        RoundSize::Share(share) => format!("{} of the names left, rounded up", percent(share)),
    };
    section.rule(format!("A round drops {round} {}.", mark(&rules.drop)), rules.drop.line);
    let end = match rules.crossing.value {
        RoundCrossing::Exclude => "the round that would is not made",
        RoundCrossing::Include => "the round that does is the last",
    };
    let text = format!(
        "It ends when a round crosses one of these stops: {end} {}. Where the broad index itself crosses one, nobody is \
         dropped.",
        mark(&rules.crossing)
    );
    section.rule(text, rules.crossing.line);
    for (at, rule) in rules.stops.iter().enumerate() {
        let because = rule.because.as_ref();
        let because = because.map_or_else(String::new, |text| format!(" {}", super::words::because(text)));
        section.item(at + 1, format!("`{}`: {}.{because}", rule.id, stop(rule)), rule.line);
    }
    section.rule(
        format!(
            "No round leaves fewer than {} {}.",
            counted(rules.least.value, "name"),
            mark(&rules.least)
        ),
        rules.least.line,
    );
    let outcome = match rules.unfinished.value {
        NarrowEnd::Error => "the rules cannot hold and the review fails",
        NarrowEnd::Keep => "those are the members, and the review warns",
    };
    let text = format!(
        "Where that is reached and no stop was crossed, {outcome} {}.",
        mark(&rules.unfinished)
    );
    section.rule(text, rules.unfinished.line);
    selection::ties(&rules.ties, section);
}

fn stop(rule: &Stop) -> String {
    let what = match &rule.on {
        StopOn::Exposure(of) => {
            format!("the exposure to {} (its weighted mean less the parent's)", quantity(of))
        }
        StopOn::Capacity => {
            "the weighted capacity ratio (the weighted mean of weight ÷ weight in the parent)".to_owned()
        }
        StopOn::EffectiveNames => "the effective number of names (one over the sum of squared weights)".to_owned(),
        StopOn::Groups(column) => format!("the weight of any `{column}` of the broad index"),
    };
    let side = if rule.is_maximum { "above" } else { "below" };
    let level = match rule.level {
        Level::Number(number) => grouped(number as u64),
        Level::TimesBroad(times) => format!("{} × that of the broad index", times.value()),
        Level::Weight(weight) => percent(weight),
        Level::TimesParent(times) => format!("{} × its weight in the parent", times.value()),
    };
    format!("{what} {side} {level}")
}
