//! Draft → methodology: names resolved, defaults filled in, contradictions found. Every mistake is reported; a result
//! is given only where there is none.

mod circle;
mod cycles;
mod formulas;
mod index;
mod limits;
mod narrow;
mod optimised;
mod relax;
mod risk;
mod scope;
mod score_steps;
mod scores;
mod screens;
mod select;
mod test_table;
mod units;
mod weights;

pub use select::{rounded, stepped};

use std::ops::Range;

use divisor_model::{Diagnostic, Severity};
use serde::Deserialize;

use crate::draft::Draft;
use crate::family::Editions;
use crate::located::Located;
use crate::methodology::{Methodology, Setting};
use crate::names::in_quotes;
use crate::schema::rules_schema;
use crate::stand_in::is_nowhere;
use crate::{Catalogue, Line, Source};
use optimised::is_other;
use scope::Scope;

/// The ids under which traces name the stages themselves.
const RESERVED_IDS: [&str; 7] = [
    "universe",
    "variables",
    "score",
    "select",
    "weight",
    "turnover",
    "tranches",
];

/// Reads, walks and checks a rulebook, against a dataset's names where a catalogue is given. Diagnostics come in the
/// order of the text; there is a methodology exactly when none of them is an error.
pub fn compile(source: &Source, catalogue: Option<&Catalogue>) -> (Option<Methodology>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let methodology = read(source, &mut diagnostics).map(|(draft, editions)| {
        let mut check = Check {
            source,
            catalogue,
            diagnostics: &mut diagnostics,
            parent_is_index: false,
        };
        let mut methodology = check.methodology(&draft);
        check.editions(&mut methodology.index, editions);
        methodology
    });
    diagnostics.sort_by_key(|found| found.location.as_ref().map_or(0, |place| source.position(place)));
    diagnostics.dedup();
    let clean = !diagnostics.iter().any(|found| found.severity == Severity::Error);
    (methodology.filter(|_| clean), diagnostics)
}

/// The draft, wrong parts of it replaced by stand-ins, unless the document is no TOML.
fn read(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<(Draft, Editions)> {
    let mut document = source.parse(diagnostics)?;
    crate::walk::walk(source, rules_schema(), document.rules.get_mut(), diagnostics);
    match Draft::deserialize(toml::de::Deserializer::from(document.rules)) {
        Ok(draft) => Some((draft, document.editions)),
        // The walk knows the draft by its schema. Should they ever differ, what it found is still right.
        Err(_) if !diagnostics.is_empty() => None,
        Err(error) => {
            let place = source.locate(error.span().unwrap_or(0..0));
            diagnostics.push(Diagnostic::error("M0100", error.message().to_owned()).at(place));
            None
        }
    }
}

/// The state of one check: where to report, and against what.
struct Check<'a> {
    source: &'a Source,
    catalogue: Option<&'a Catalogue>,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// Whether the parent is another index rather than a universe.
    parent_is_index: bool,
}

impl Check<'_> {
    fn methodology(&mut self, draft: &Draft) -> Methodology {
        let index = self.index(&draft.index);
        self.parent_is_index = !index.parent.indexes().is_empty();
        let review = self.review(&draft.review);
        let mut scope = Scope::of(draft);
        self.unique_ids(draft);
        let variables = self.variables(draft, &mut scope);
        let screens = self.screens(draft, &scope);
        let scores = self.scores(draft, &screens, &scope);
        let select = self.select(&draft.select, &scope);
        let weight = self.weight(&draft.weight, &scope);
        self.narrowed_weighting(draft, &weight);
        let on_weights: Vec<_> = draft.limit.iter().filter(|limit| !is_other(limit)).collect();
        let limits: Vec<_> = on_weights.iter().map(|limit| self.limit(limit)).collect();
        let turnover = draft.turnover.as_ref().map(|turnover| self.turnover(turnover));
        let tranches = draft.tranches.as_ref().map(|tranches| self.tranches(tranches, draft));
        let optimised = self.optimised(draft, &limits, turnover.as_ref(), &scope);
        if optimised.is_none() {
            self.procedures(&on_weights, &limits);
            for other in draft.limit.iter().filter(|limit| is_other(limit)) {
                self.needs_optimisation(other);
            }
        }
        let tests = self.tests(&draft.test, index.base_date, &scope);
        Methodology {
            index,
            review,
            variables,
            screens,
            scores,
            select,
            weight,
            limits,
            turnover,
            tranches,
            optimised,
            tests,
        }
    }

    /// Ids of screens, stops and limits stand in traces beside the fixed ids of stages.
    fn unique_ids(&mut self, draft: &Draft) {
        let screens = draft.screen.iter().map(|screen| &screen.id);
        let limits = draft.limit.iter().map(|limit| &limit.id);
        let stops = draft.select.narrow.iter().flat_map(|narrow| &narrow.stop);
        let stops = stops.map(|stop| &stop.id);
        let mut seen: Vec<&Located<String>> = Vec::new();
        for id in screens.chain(stops).chain(limits) {
            if RESERVED_IDS.contains(&id.as_str()) {
                let message = format!("the id `{}` is that of a stage", id.value);
                let help = format!("choose another id than {}", in_quotes(&RESERVED_IDS));
                self.error("M0109", &id.span, message, help);
            }
            if let Some(first) = seen.iter().find(|known| known.value == id.value) {
                let line = self.source.line(first.span.start);
                let message = format!("the id `{}` is used twice", id.value);
                self.error(
                    "M0110",
                    &id.span,
                    message,
                    format!("line {line} has it already; choose another"),
                );
            }
            seen.push(id);
        }
    }

    fn error(&mut self, code: &'static str, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::error(code, message).help(help), span);
    }

    fn warning(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Diagnostic::warning(code, message).help(help), span);
    }

    /// What is wrong with a stand-in follows from a mistake already reported.
    fn report(&mut self, diagnostic: Diagnostic, span: &Range<usize>) {
        if !is_nowhere(span) {
            self.diagnostics.push(diagnostic.at(self.source.locate(span.clone())));
        }
    }

    fn line(&self, span: &Range<usize>) -> Line {
        self.source.line(span.start)
    }

    /// A setting from what was written, else its default.
    fn setting<D, T>(&self, written: Option<&Located<D>>, default: T, read: impl Fn(&D) -> T) -> Setting<T> {
        match written {
            Some(located) => Setting {
                value: read(&located.value),
                line: Some(self.line(&located.span)),
            },
            None => Setting {
                value: default,
                line: None,
            },
        }
    }

    /// A setting that exists only where it is written.
    fn stated<D, T>(&self, written: Option<&Located<D>>, read: impl Fn(&D) -> T) -> Option<Setting<T>> {
        written.map(|located| Setting {
            value: read(&located.value),
            line: Some(self.line(&located.span)),
        })
    }

    /// A key that would have no effect here is a mistake: no key is ignored.
    fn idle<D>(&mut self, written: Option<&Located<D>>, key: &str, why: &str) {
        if let Some(located) = written {
            let message = format!("`{key}` has no effect here");
            self.error("M0401", &located.span, message, format!("take it out: {why}"));
        }
    }
}
