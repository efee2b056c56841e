//! The rulebook in plain English, complete enough for a committee to sign: every rule with its line, every default
//! named as one, and at the end what is not used.

mod dates;
mod formulas;
mod functions;
mod limits;
mod narrow;
mod optimised;
mod render;
mod rules;
mod score_steps;
mod scores;
mod screens;
mod selection;
mod unused;
mod weighting;
mod words;

pub use functions::functions;
pub use render::{to_markdown, to_text};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::{Line, Methodology, Score};

/// Rules that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProseSection {
    /// Its heading; the first section's is that of the rulebook, the last has none.
    pub title: String,
    /// Its rules, in order.
    pub rules: Vec<ProseRule>,
}

/// One rule in one or a few sentences. Names of the rulebook and formulas stand in backticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProseRule {
    /// Its text, with `(stated)` or `(default)` behind every value that has a default.
    pub text: String,
    /// Number in an enumeration, from 1.
    pub number: Option<usize>,
    /// Line that states it; `None` where it is a default or follows from the language.
    #[serde(flatten, serialize_with = "line_and_file")]
    pub line: Option<Line>,
}

/// `line`, and `file` where it is not the rulebook itself.
#[expect(clippy::ref_option, reason = "serde gives the field so")]
fn line_and_file<S: Serializer>(line: &Option<Line>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_map(None)?;
    fields.serialize_entry("line", &line.map(Line::number))?;
    if let Some(file) = line.and_then(Line::file) {
        fields.serialize_entry("file", file)?;
    }
    fields.end()
}

/// The sections of a rulebook's prose, in the order the rules run; the last, without a title, says what is not used.
pub fn explain(methodology: &Methodology) -> Vec<ProseSection> {
    let mut sections = vec![
        rules::index(&methodology.index),
        rules::reviews(&methodology.review),
        rules::variables(&methodology.variables),
        screens::screens(&methodology.screens),
    ];
    let mut written: Vec<&Score> = methodology.scores.iter().collect();
    written.sort_by_key(|score| score.line);
    sections.extend(written.into_iter().map(scores::score));
    sections.push(selection::select(&methodology.select));
    sections.push(weighting::weight(methodology));
    let risk = methodology
        .optimised
        .as_ref()
        .and_then(|optimised| optimised.risk.as_ref());
    sections.push(optimised::risk(risk));
    sections.push(limits::limits(methodology));
    sections.push(weighting::turnover(methodology));
    sections.push(weighting::tranches(methodology));
    sections.push(optimised::ladder(methodology.optimised.as_ref()));
    sections.push(functions::used(methodology));
    sections.push(unused::not_used(methodology));
    sections.retain(|section| !section.rules.is_empty());
    sections
}

/// Collects the rules of a section.
struct Section(ProseSection);

impl Section {
    fn new(title: impl Into<String>) -> Self {
        Self(ProseSection {
            title: title.into(),
            rules: Vec::new(),
        })
    }

    fn rule(&mut self, text: impl Into<String>, line: impl Into<Option<Line>>) {
        self.push(text.into(), None, line.into());
    }

    fn item(&mut self, number: usize, text: impl Into<String>, line: impl Into<Option<Line>>) {
        self.push(text.into(), Some(number), line.into());
    }

    fn push(&mut self, text: String, number: Option<usize>, line: Option<Line>) {
        self.0.rules.push(ProseRule { text, number, line });
    }

    /// The reason an author gave for a rule.
    fn because(&mut self, because: Option<&String>, line: Line) {
        if let Some(because) = because {
            self.rule(words::because(because), line);
        }
    }
}
