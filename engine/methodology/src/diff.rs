//! What differs between two rulebooks, in the words of their prose, and what that does to an index.

use divisor_model::Date;
use serde::Serialize;
use serde_json::Value;

use crate::prose::{ProseRule, ProseSection, explain};
use crate::{Methodology, Source};

/// What differs between two rulebooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it does to the index.
    pub effect: Effect,
    /// From which effective date on, where an edition is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Rules that only one of them has, by section, in the order of the prose.
    pub sections: Vec<SectionDifference>,
}

/// What a change does to an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The same text.
    None,
    /// Layout, comments or tests: the hash is the same.
    Cosmetic,
    /// Names, descriptions, reasons or the edition: the hash differs, members and weights do not.
    Wording,
    /// Other rules under another edition, or an edition added.
    Future,
    /// Other rules under the same edition: published reviews would come out differently.
    RestatesHistory,
    /// Rulebooks of two indexes: what is published of one says nothing of the other.
    OtherIndex,
}

impl Effect {
    /// In a sentence or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "none: the texts are the same.",
            Self::Cosmetic => "cosmetic: the rules have the same hash. Layout, comments or tests differ.",
            Self::Wording => {
                "wording: members and weights stay as they are. Names, reasons or the edition differ, and with them the \
                 hash in manifests."
            }
            Self::Future => {
                "the future: the rules differ and so does the edition. Reviews published under the old edition stand; \
                 running the new one over their dates restates them."
            }
            Self::RestatesHistory => {
                "restates history: the rules differ under the same edition. Every review from the base date on may come \
                 out differently; give the changed rules a new `index.edition` if what is published shall stand."
            }
            Self::OtherIndex => {
                "none on what is published: these are two indexes, each with an `index.id` of its own. Renaming one ends its \
                 history and begins another."
            }
        }
    }
}

/// The differences of one section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionDifference {
    /// Its heading.
    pub title: String,
    /// Rules of the first rulebook that the second does not have.
    pub removed: Vec<ProseRule>,
    /// Rules of the second that the first does not have.
    pub added: Vec<ProseRule>,
}

impl Difference {
    /// What it does to the index, in a sentence or two.
    pub fn words(&self) -> String {
        match self.from {
            Some(from) => format!(
                "the future: an edition is added, in force for reviews effective on or after {from}. Reviews before it \
                 come out as they did."
            ),
            None => self.effect.words().to_owned(),
        }
    }
}

/// A rulebook in one edition.
pub type Compiled<'a> = (&'a Source, &'a Methodology);

/// Compares two rulebooks, each with its editions by date: what happens to all reviews, and the rules of the last.
pub fn diff(a: &[Compiled<'_>], b: &[Compiled<'_>]) -> Difference {
    let last = |all: &[Compiled<'_>]| all.last().map(|last| titled(last.1)).unwrap_or_default();
    let added = b.get(a.len()).and_then(|added| added.1.index.in_force.from);
    let effect = effect(a, b);
    Difference {
        effect,
        from: added.filter(|_| effect == Effect::Future),
        sections: sections(&last(a), &last(b)),
    }
}

fn effect(a: &[Compiled<'_>], b: &[Compiled<'_>]) -> Effect {
    let id = |all: &[Compiled<'_>]| all.last().map(|last| last.1.index.id.clone());
    if id(a) != id(b) {
        return Effect::OtherIndex;
    }
    let mut common = a
        .iter()
        .zip(b)
        .map(|(a, b)| effect_of_one(*a, *b, a.1.index.edition == b.1.index.edition));
    if let ([_], [_]) = (a, b) {
        return common.next().unwrap_or(Effect::None);
    }
    // The rules of one edition differ only with what was published under it.
    let moved = a
        .iter()
        .zip(b)
        .any(|(a, b)| a.1.index.in_force.from != b.1.index.in_force.from);
    let worst = common
        .map(|effect| {
            if effect == Effect::Future {
                Effect::RestatesHistory
            } else {
                effect
            }
        })
        .max();
    match worst.unwrap_or(Effect::None) {
        _ if moved || b.len() < a.len() => Effect::RestatesHistory,
        Effect::RestatesHistory => Effect::RestatesHistory,
        _ if b.len() > a.len() => Effect::Future,
        worst => worst,
    }
}

fn effect_of_one(a: Compiled<'_>, b: Compiled<'_>, same_edition: bool) -> Effect {
    if a.1.hash() == b.1.hash() {
        // One text may hold many indexes.
        if a.0.whole() == b.0.whole() {
            Effect::None
        } else {
            Effect::Cosmetic
        }
    } else if rules_alone(a.1) == rules_alone(b.1) {
        Effect::Wording
    } else if same_edition {
        Effect::RestatesHistory
    } else {
        Effect::Future
    }
}

/// The rules without the words that decide nothing.
fn rules_alone(methodology: &Methodology) -> Value {
    let mut rules = serde_json::to_value(methodology).unwrap_or_default();
    if let Some(index) = rules.get_mut("index").and_then(Value::as_object_mut) {
        for key in ["name", "description", "edition"] {
            index.remove(key);
        }
    }
    without_reasons(&mut rules);
    rules
}

fn without_reasons(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("because");
            object.values_mut().for_each(without_reasons);
        }
        Value::Array(items) => items.iter_mut().for_each(without_reasons),
        _ => {}
    }
}

/// The prose, with the title of the whole as a rule of its first section, so that titles are those of the language.
fn titled(methodology: &Methodology) -> Vec<ProseSection> {
    let mut sections = explain(methodology);
    if let Some(first) = sections.first_mut() {
        let title = std::mem::replace(&mut first.title, "Index".to_owned());
        first.rules.insert(
            0,
            ProseRule {
                text: title,
                number: None,
                line: Some(methodology.index.line),
            },
        );
    }
    if let Some(last) = sections.last_mut().filter(|section| section.title.is_empty()) {
        "Not used".clone_into(&mut last.title);
    }
    sections
}

/// Sections in the order of the first, those of the second alone behind what stands before them.
fn sections(a: &[ProseSection], b: &[ProseSection]) -> Vec<SectionDifference> {
    let mut titles: Vec<&str> = a.iter().map(|section| section.title.as_str()).collect();
    let mut last = 0;
    for section in b {
        if let Some(at) = titles.iter().position(|title| *title == section.title) {
            last = at + 1;
        } else {
            titles.insert(last, &section.title);
            last += 1;
        }
    }
    let rules = |sections: &'_ [ProseSection], title: &str| -> Vec<ProseRule> {
        let found = sections.iter().filter(|section| section.title == title);
        found.flat_map(|section| section.rules.iter().cloned()).collect()
    };
    let compared = titles.into_iter().map(|title| {
        let (removed, added) = only(&rules(a, title), &rules(b, title));
        SectionDifference {
            title: title.to_owned(),
            removed,
            added,
        }
    });
    compared
        .filter(|section| !section.removed.is_empty() || !section.added.is_empty())
        .collect()
}

/// What stands in one list alone: all but the longest common run of texts in order.
fn only(a: &[ProseRule], b: &[ProseRule]) -> (Vec<ProseRule>, Vec<ProseRule>) {
    // common[i][j]: how many rules a[i..] and b[j..] share in order.
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i].text == b[j].text {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i].text == b[j].text {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            removed.push(a[i].clone());
            i += 1;
        } else {
            added.push(b[j].clone());
            j += 1;
        }
    }
    (removed, added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile;

    const BASE: &str = include_str!("../../../methodologies/quality/world.toml");

    fn compared(other: &str) -> Difference {
        let sources = [Source::new("a.toml", BASE), Source::new("b.toml", other)];
        let both = sources.each_ref().map(|source| compile(source, None).0.expect("valid"));
        diff(&[(&sources[0], &both[0])], &[(&sources[1], &both[1])])
    }

    #[test]
    fn effects_are_told_apart() {
        let rules = BASE.replace("count  = 300", "count  = 250");
        for (text, effect) in [
            (BASE.to_owned(), Effect::None),
            (BASE.replace("  = ", " = "), Effect::Cosmetic),
            (BASE.replace("tolerance", "t"), Effect::None),
            (BASE.replace("no issuer may", "none may"), Effect::Wording),
            (BASE.replace("\"World Quality\"", "\"Quality\""), Effect::Wording),
            (BASE.replace("2026-11", "2027-05"), Effect::Wording),
            (rules.replace("2026-11", "2027-05"), Effect::Future),
            (rules.clone(), Effect::RestatesHistory),
            (BASE.replace("\"world-quality\"", "\"other\""), Effect::OtherIndex),
        ] {
            assert_eq!(compared(&text).effect, effect, "{text}");
        }
    }

    #[test]
    fn a_changed_rule_is_told_with_both_lines() {
        let found = compared(&format!(
            "# One line more.\n{}",
            BASE.replace("buffer = \"20%\"", "buffer = \"10%\"")
        ));
        assert_eq!(found.sections.len(), 1, "{found:#?}");
        let section = &found.sections[0];
        assert_eq!(section.title, "Selection");
        let (removed, added) = (&section.removed[0], &section.added[0]);
        assert!(removed.text.contains("20%") && added.text.contains("10%"), "{found:#?}");
        assert_eq!(
            added.line,
            removed.line.map(|line| crate::Line::of_rulebook(line.number() + 1))
        );
    }

    #[test]
    fn nothing_differs_where_only_layout_does() {
        assert_eq!(compared(&BASE.replace("  = ", " = ")).sections, []);
    }
}
