//! Limits.

use super::words::{because, list, mark};
use super::{ProseSection, Section};
use crate::methodology::{Bound, EmptyGroup, Limit, LimitOn};
use crate::numbers::{decimal, percent, points};

pub(super) fn limits(limits: &[Limit]) -> ProseSection {
    let mut section = Section::new("Limits");
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
    }
    section.rule(
        "Limits hold together, in any order. Of all weights w that add up to one and keep every limit, those nearest to \
         the uncapped weights u are taken: the least sum of (w − u)²/u.",
        None,
    );
    section.0
}

/// Whether a group must have weight.
pub(super) fn forces_weight(limit: &Limit) -> bool {
    !limit.min.is_empty() || limit.within.is_some()
}

fn text(limit: &Limit) -> String {
    let who = match &limit.on {
        LimitOn::Security => "each security has".to_owned(),
        LimitOn::Issuer => "all lines of an issuer together have".to_owned(),
        LimitOn::Column(column) => format!("all members of one `{column}` together have"),
    };
    let mut bounds = Vec::new();
    if !limit.max.is_empty() {
        bounds.push(format!("at most {}", bound(&limit.max)));
    }
    if !limit.min.is_empty() {
        bounds.push(format!("at least {} where there is any", bound(&limit.min)));
    }
    if let Some(within) = limit.within {
        let distance = match within.numerator {
            0 => "exactly their weight in the parent, 0pp from it".to_owned(),
            _ => format!("a weight within {} of theirs in the parent", points(within)),
        };
        bounds.push(distance);
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

fn bound(bounds: &[Bound]) -> String {
    let each = bounds.iter().map(|bound| match bound {
        Bound::Weight(weight) => format!("{} of the index", percent(*weight)),
        Bound::TimesParent(times) => format!("{} times the weight in the parent", decimal(*times)),
    });
    let each: Vec<String> = each.collect();
    match each.as_slice() {
        [only] => only.clone(),
        many => format!("the lower of {}", list(many)),
    }
}
