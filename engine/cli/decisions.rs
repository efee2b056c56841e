//! `decisions/<index>.toml`: what was decided about single names, beside the rules.
//!
//! ```toml
//! [[exclude]]
//! security    = "GB34583"
//! decided_on  = 2025-11-12
//! from        = 2025-11-28          # effective dates it is in force at
//! until       = 2026-05-29          # left out: no end
//! because     = "under sanctions since 2025-11-10"
//! approved_by = "Index committee"
//!
//! [[override]]
//! security    = "US14071"
//! variable    = "roe"
//! value       = 0.182
//! decided_on  = 2025-11-12
//! from        = 2025-11-28
//! until       = 2025-11-28
//! because     = "the vendor's book value misses the rights issue"
//! approved_by = "Index committee"
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use divisor_methodology::{Source, closest};
use divisor_model::{Date, Diagnostic, Location};
use divisor_review::{Action, Discretion, Pipeline};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::exit::{Exit, Failure};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decisions {
    #[serde(default)]
    exclude: Vec<Spanned<Exclude>>,
    #[serde(default, rename = "override")]
    overrides: Vec<Spanned<Override>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exclude {
    security: String,
    decided_on: Spanned<Datetime>,
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
    because: Spanned<String>,
    approved_by: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Override {
    security: String,
    variable: Spanned<String>,
    value: Spanned<f64>,
    decided_on: Spanned<Datetime>,
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
    because: Spanned<String>,
    approved_by: Spanned<String>,
}

/// Gives a pipeline the decisions of its index, by the effective dates they are in force at; none where there is no file.
pub(crate) fn decide(pipeline: &mut Pipeline, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(format!("{}.toml", pipeline.methodology.index.id));
    let file = path.display().to_string();
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(|error| Failure::usage(format!("cannot read the decisions {file}: {error}"), ""))?,
    };
    let mut reading = Reading {
        file: &file,
        text: &text,
        mistakes: Vec::new(),
    };
    let all = reading.decisions(pipeline);
    if !reading.mistakes.is_empty() {
        return Err(Failure::Diagnostics {
            exit: Exit::BadInput,
            diagnostics: reading.mistakes,
            sources: vec![Source::new(file.as_str(), text.as_str())],
        });
    }
    pipeline.discretion = in_force(pipeline, &all);
    Ok(())
}

fn in_force(pipeline: &Pipeline, all: &[Discretion]) -> BTreeMap<Date, Vec<Discretion>> {
    let own = pipeline.reviews.iter().map(|review| {
        let now = all.iter().filter(|decision| decision.is_in_force(&review.dates));
        (review.dates.effective, now.cloned().collect::<Vec<_>>())
    });
    own.filter(|(_, decisions)| !decisions.is_empty()).collect()
}

/// A file being read; every mistake is kept.
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    mistakes: Vec<Diagnostic>,
}

/// What both sorts of decisions have.
struct Common<'a> {
    span: Range<usize>,
    security: &'a str,
    action: Action,
    dates: (
        &'a Spanned<Datetime>,
        &'a Spanned<Datetime>,
        Option<&'a Spanned<Datetime>>,
    ),
    because: &'a Spanned<String>,
    approved_by: &'a Spanned<String>,
}

impl Reading<'_> {
    fn mistake(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let place = Location::of(self.file, self.text, span);
        self.mistakes
            .push(Diagnostic::error("M0505", message.into()).at(place).help(help));
    }

    fn decisions(&mut self, pipeline: &Pipeline) -> Vec<Discretion> {
        let read: Decisions = match toml::from_str(self.text) {
            Ok(read) => read,
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let help = "keys: security, decided_on, from, until, because, approved_by; of [[override]] variable and \
                            value too";
                self.mistake(span, error.message().to_owned(), help);
                return Vec::new();
            }
        };
        let mut decisions = Vec::new();
        for written in &read.exclude {
            let one = written.get_ref();
            decisions.push(self.decision(&Common {
                span: written.span(),
                security: &one.security,
                action: Action::Exclude(true),
                dates: (&one.decided_on, &one.from, one.until.as_ref()),
                because: &one.because,
                approved_by: &one.approved_by,
            }));
        }
        for written in &read.overrides {
            let one = written.get_ref();
            self.variable(pipeline, &one.variable);
            if !one.value.get_ref().is_finite() {
                self.mistake(one.value.span(), "a value is a finite number", "");
            }
            decisions.push(self.decision(&Common {
                span: written.span(),
                security: &one.security,
                action: Action::Override {
                    variable: one.variable.get_ref().clone(),
                    value: *one.value.get_ref(),
                },
                dates: (&one.decided_on, &one.from, one.until.as_ref()),
                because: &one.because,
                approved_by: &one.approved_by,
            }));
        }
        let mut decisions: Vec<Discretion> = decisions.into_iter().flatten().collect();
        decisions.sort_by_key(|decision| decision.line);
        decisions
    }

    fn variable(&mut self, pipeline: &Pipeline, name: &Spanned<String>) {
        if pipeline.methodology.variable(name.get_ref()).is_some() {
            return;
        }
        let known: Vec<&str> = pipeline
            .methodology
            .variables
            .iter()
            .map(|known| known.name.as_str())
            .collect();
        let help = match closest(name.get_ref(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its variables: {}", known.join(", ")),
        };
        let message = format!(
            "`{}` has no variable `{}`",
            pipeline.methodology.index.id,
            name.get_ref()
        );
        self.mistake(name.span(), message, help);
    }

    fn decision(&mut self, common: &Common<'_>) -> Option<Discretion> {
        let (decided_on, from, until) = common.dates;
        let (decided_on, from_day) = (self.date(decided_on)?, self.date(from)?);
        let until_day = match until {
            Some(until) => Some(self.date(until)?),
            None => None,
        };
        if let (Some(span), Some(day)) = (until.map(Spanned::span), until_day)
            && day < from_day
        {
            self.mistake(span, format!("it ends on {day}, before it begins on {from_day}"), "");
        }
        for text in [common.because, common.approved_by] {
            if text.get_ref().trim().is_empty() {
                self.mistake(text.span(), "a decision needs a reason and who approved it", "");
            }
        }
        Some(Discretion {
            security_id: common.security.to_owned(),
            action: common.action.clone(),
            decided_on,
            from: from_day,
            until: until_day,
            because: common.because.get_ref().clone(),
            approved_by: common.approved_by.get_ref().clone(),
            line: Location::of(self.file, self.text, common.span.clone()).line,
        })
    }

    fn date(&mut self, written: &Spanned<Datetime>) -> Option<Date> {
        let date = written.get_ref().to_string().parse().ok();
        if date.is_none() {
            self.mistake(written.span(), "a date without a time of day is wanted: 2025-11-28", "");
        }
        date
    }
}
