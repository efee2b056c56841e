//! Limits.

use super::words::{because, list, mark};
use super::{ProseSection, Section};
use crate::methodology::{Bound, Bounds, Constraint, Cut, EmptyGroup, Limit, LimitOn, Methodology, Pick, Redistribute};
use crate::numbers::{decimal, percent, points};

pub(super) fn limits(methodology: &Methodology) -> ProseSection {
    let mut section = Section::new("Limits");
    let limits = &methodology.limits;
    if let Some(optimised) = &methodology.optimised {
        as_constraints(limits, &optimised.constraints, &mut section);
        return section.0;
    }
    if limits.is_empty() {
        return section.0;
    }
    for (at, limit) in limits.iter().enumerate() {
        section.item(at + 1, text(limit), limit.line);
        if forces_weight(limit) {
            let what = match limit.empty.value {
                EmptyGroup::Error => "the rules cannot hold and the review fails",
                EmptyGroup::Spread => "its weight goes to the others in proportion",
            };
            let text = format!(
                "`{}`: where a group that must have weight has no member, {what} {}.",
                limit.id,
                mark(&limit.empty)
            );
            section.rule(text, limit.empty.line);
        }
        details(limit, &mut section);
    }
    if limits.iter().any(Limit::is_procedure) {
        return section.0;
    }
    section.rule(
        "Limits hold together, in any order. Of all weights w that add up to one and keep every limit, those nearest to \
         the uncapped weights u are taken: the least sum of (w − u)²/u.",
        None,
    );
    section.0
}

/// Limits of optimised weights.
fn as_constraints(limits: &[Limit], constraints: &[Constraint], section: &mut Section) {
    if limits.is_empty() && constraints.is_empty() {
        return;
    }
    for (at, limit) in limits.iter().enumerate() {
        section.item(at + 1, text(limit), limit.line);
        small(limit, section);
    }
    super::optimised::constraints(constraints, limits.len(), section);
    section.rule("Limits are constraints of the optimisation and hold together.", None);
}

/// Whether a group must have weight.
pub(super) fn forces_weight(limit: &Limit) -> bool {
    limit.min.is_some() || limit.within.is_some()
}

fn text(limit: &Limit) -> String {
    let who = match &limit.on {
        LimitOn::Security => "each security has".to_owned(),
        LimitOn::Issuer => "all lines of an issuer together have".to_owned(),
        LimitOn::Column(column) => format!("all members of one `{column}` together have"),
    };
    let mut bounds = Vec::new();
    if let Some(max) = &limit.max {
        bounds.push(format!("at most {}", bound(max)));
    }
    if !limit.ladder.is_empty() {
        let steps: Vec<String> = limit.ladder.iter().map(|step| percent(*step)).collect();
        let text = format!(
            "at most {} of the index by rank of uncapped weight, the last for all after it",
            list(&steps)
        );
        bounds.push(text);
    }
    if let Some(min) = &limit.min {
        bounds.push(format!("at least {} where there is any", bound(min)));
    }
    if let Some(within) = limit.within {
        let distance = match within.numerator {
            0 => "exactly their weight in the parent, 0pp from it".to_owned(),
            _ => format!("a weight within {} of theirs in the parent", points(within)),
        };
        bounds.push(distance);
    }
    if let Some(all) = &limit.concentration {
        let together = format!(
            "at most {} of the index in all that weigh more than {} each",
            percent(all.max),
            percent(all.above)
        );
        bounds.push(together);
    }
    let issuer = match (&limit.on, limit.fallback_to_security) {
        (LimitOn::Issuer, true) => " A security without an issuer id is its own issuer (stated).",
        (LimitOn::Issuer, false) => " Securities must have an issuer id (default).",
        _ => "",
    };
    let text = format!("`{}`: {who} {}.{issuer}", limit.id, list(&bounds));
    match &limit.because {
        Some(reason) => format!("{text} {}", because(reason)),
        None => text,
    }
}

/// What holds for what is small in the parent.
fn small(limit: &Limit, section: &mut Section) {
    if let Some(small) = &limit.small {
        let text = format!(
            "`{}`: what has up to {} of the parent, that included, has at most {} instead.",
            limit.id,
            percent(small.up_to),
            bound(&small.max)
        );
        section.rule(text, small.line);
    }
}

/// What stands beside the bounds of a limit, each with its line.
fn details(limit: &Limit, section: &mut Section) {
    let id = &limit.id;
    small(limit, section);
    let redistribute = &limit.redistribute;
    if let Some(all) = &limit.concentration
        && redistribute.value == Redistribute::Proportional
    {
        let how = match all.cut.value {
            Cut::Nearest => {
                "of every number of names that may weigh more, the largest before limits first, the one with the nearest \
                 weights counts"
            }
            Cut::Breach => {
                "step by step the one with which the sum, from the largest down, becomes too much is cut by what is too \
                 much, but not below the threshold; what it loses goes in proportion to those below, up to the threshold, \
                 and then to those above"
            }
            Cut::Smallest => {
                "step by step the smallest that counts is cut by what is too much, but not below the threshold; what it \
                 loses goes in proportion to those below, up to the threshold, and then to those above"
            }
        };
        section.rule(format!("`{id}`: {how} {}.", mark(&all.cut)), all.cut.line);
    }
    let has_maximum = limit.max.is_some() || !limit.ladder.is_empty() || limit.concentration.is_some();
    if has_maximum || redistribute.line.is_some() {
        let how = match redistribute.value {
            Redistribute::Proportional => "what is too much goes to the others in proportion to their weights",
            Redistribute::Equal => {
                "what is too much goes to all members below their maximum in equal amounts, again until nothing is too much"
            }
            Redistribute::Power => {
                "weights are raised to the power 1 − n/100, with the least n from 0 to 99 that holds; where none does, the \
                 rules cannot hold and the review fails"
            }
        };
        section.rule(format!("`{id}`: {how} {}.", mark(redistribute)), redistribute.line);
    }
}

fn bound(bounds: &Bounds) -> String {
    let each = bounds.of.iter().map(|bound| match bound {
        Bound::Weight(weight) => format!("{} of the index", percent(*weight)),
        Bound::TimesParent(times) => format!("{} times the weight in the parent", decimal(*times)),
        Bound::ParentPlus(distance) => format!("{} above the weight in the parent", points(*distance)),
        Bound::ParentMinus(distance) => format!("{} below the weight in the parent", points(*distance)),
        Bound::LargestInParent => "the weight of the largest of its kind in the parent".to_owned(),
    });
    let each: Vec<String> = each.collect();
    let pick = match bounds.pick {
        Pick::Lower => "lower",
        Pick::Higher => "higher",
    };
    match each.as_slice() {
        [only] => only.clone(),
        many => format!("the {pick} of {}", list(many)),
    }
}
