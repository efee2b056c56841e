//! `divisor check`: every mistake of rulebooks.

use std::sync::Arc;

use divisor_methodology::{Catalogue, Methodology, Parent, Source, compile, explain_code};
use divisor_model::{Diagnostic, Severity};
use divisor_review::catalogue;
use serde_json::json;

use crate::args::{CheckArgs, Common, Format};
use crate::data_check::explain_check;
use crate::exit::{Exit, Failure};
use crate::load::{dataset, rulebooks};
use crate::out;
use crate::render;
use crate::session::unusable_calendar;
use crate::settings::Settings;

pub(crate) fn check(args: &CheckArgs, common: &Common) -> Result<Exit, Failure> {
    if let Some(code) = &args.explain {
        let text = explain_code(code)
            .or_else(|| divisor_review::explain_code(code))
            .or_else(|| divisor_market::explain_code(code));
        let Some(text) = text else {
            return explain_check(code);
        };
        out::print(&format!("{code}\n{text}\n"))?;
        return Ok(Exit::Done);
    }
    let settings = Settings::load(common.config.as_deref())?;
    let rulebooks = match rulebooks(&args.rulebooks, common) {
        // What cannot be read is found too, and told where a program looks for it.
        Err(failure) if common.format == Format::Json => {
            let exit = failure.exit();
            document(&failure.into_diagnostics())?;
            return Ok(exit);
        }
        read => read?,
    };
    let names = match &common.data {
        Some(_) => {
            let dataset = dataset(common, &settings)?;
            let mut names = catalogue(&dataset, &dataset.columns());
            names.universes = dataset.universes();
            Some(Arc::new(names))
        }
        None => None,
    };
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut sources: Vec<Source> = Vec::new();
    for rulebook in &rulebooks {
        let (alone, own) = compile(&rulebook.source, None);
        let elsewhere = rulebook.from_folder && parent_is_elsewhere(alone.as_ref(), names.as_deref());
        // A rulebook of a folder that is meant for another dataset is checked on its own.
        let (methodology, mut found) = if names.is_none() || elsewhere {
            (alone, own)
        } else {
            compile(&rulebook.source, names.as_deref())
        };
        if let Some(methodology) = &methodology
            && let Err((calendar, failure)) = settings.calendars(&methodology.review)
        {
            found.extend(unusable_calendar(&rulebook.source, methodology, &calendar, failure));
        }
        // What all editions and variants of a file share is told once.
        found.retain(|found| !diagnostics.contains(found));
        diagnostics.extend(found);
        sources.push(rulebook.source.clone());
    }
    let wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
    if common.format == Format::Json {
        document(&diagnostics)?;
    } else {
        for diagnostic in &diagnostics {
            out::print(&format!("{}\n\n", render::plain(diagnostic, &sources)))?;
        }
        let mut files: Vec<&str> = rulebooks.iter().map(|rulebook| rulebook.source.file.as_str()).collect();
        files.dedup();
        let files = if files.len() == 1 {
            "1 rulebook".to_owned()
        } else {
            format!("{} rulebooks", files.len())
        };
        let found = if diagnostics.is_empty() {
            "no mistakes".to_owned()
        } else {
            render::tally(&diagnostics)
        };
        let more = diagnostics.first().map_or(String::new(), |first| {
            format!(". `divisor check --explain {}` says more", first.code)
        });
        out::print(&format!("{files}: {found}{more}\n"))?;
    }
    Ok(if wrong { Exit::BadInput } else { Exit::Done })
}

fn document(diagnostics: &[Diagnostic]) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&json!({ "diagnostics": diagnostics })).unwrap_or_default();
    out::print(&format!("{text}\n"))
}

fn parent_is_elsewhere(methodology: Option<&Methodology>, names: Option<&Catalogue>) -> bool {
    match (methodology.map(|methodology| &methodology.index.parent), names) {
        (Some(Parent::Universe(parent)), Some(names)) => !names.universes.contains(parent),
        _ => false,
    }
}
