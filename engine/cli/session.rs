//! What most verbs begin with: rulebooks compiled against a dataset and bound to calendars.

use std::collections::BTreeMap;
use std::sync::Arc;

use divisor_calendar::Calendars;
use divisor_market::Dataset;
use divisor_market::quality::Checks;
use divisor_methodology::{Catalogue, Methodology, Parent, Source, compile};
use divisor_model::{Date, Diagnostic, Location};
use divisor_review::{Pipeline, bind, catalogue};

use crate::args::Common;
use crate::exit::{Exit, Failure, of_review};
use crate::load::{Rulebook, dataset};
use crate::settings::Settings;

/// Compiled and bound rulebooks.
pub(crate) struct Session {
    pub(crate) settings: Settings,
    pub(crate) dataset: Dataset,
    /// Severity and limits of the quality checks.
    pub(crate) checks: Checks,
    pub(crate) pipelines: Vec<Pipeline>,
    /// Rulebooks of a folder whose parent the dataset does not have: file and parent.
    pub(crate) unmatched: Vec<(String, String)>,
    /// Warnings of the rulebooks.
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) sources: Vec<Source>,
}

/// Rulebooks that compiled, with their sources and warnings.
pub(crate) type Compiled = Vec<(Rulebook, Methodology, Vec<Diagnostic>)>;

impl Session {
    pub(crate) fn open(rulebooks: Vec<Rulebook>, common: &Common) -> Result<Self, Failure> {
        let settings = Settings::load(common.config.as_deref())?;
        let checks = settings.checks()?;
        // Mistakes that need no data come before a dataset is looked for or made.
        let compiled = compile_all(rulebooks, None)?;
        let dataset = dataset(common, &settings)?;
        let mut names = catalogue(&dataset, &dataset.columns());
        names.universes = dataset.universes();
        let names = Arc::new(names);
        let (matched, unmatched) = matching(compiled, &names);
        if matched.is_empty() {
            let message = format!("no rulebook has a parent that the dataset `{}` has", dataset.info.name);
            return Err(Failure::usage(
                message,
                format!("its universes: {}", names.universes.join(", ")),
            ));
        }
        let compiled =
            compile_all(matched, Some(&names)).map_err(|failure| with_unreadable_files(failure, &dataset))?;
        unique(&compiled)?;
        let to = common.to.unwrap_or(dataset.info.last);
        let mut session = Self {
            pipelines: Vec::new(),
            unmatched,
            warnings: Vec::new(),
            sources: compiled.iter().map(|(rulebook, ..)| rulebook.source.clone()).collect(),
            settings,
            dataset,
            checks,
        };
        for (rulebook, methodology, warnings) in compiled {
            session.warnings.extend(warnings);
            let calendars = calendars(&session.settings, &rulebook.source, &methodology)?;
            let pipeline = session.bind(rulebook, methodology, &calendars, &names, to)?;
            session.pipelines.push(pipeline);
        }
        Ok(session)
    }

    fn bind(
        &self,
        rulebook: Rulebook,
        methodology: Methodology,
        calendars: &Calendars,
        names: &Arc<Catalogue>,
        to: Date,
    ) -> Result<Pipeline, Failure> {
        let source = Arc::new(rulebook.source);
        bind(source, methodology, calendars, &self.dataset, Arc::clone(names), to).map_err(|error| {
            Failure::Diagnostics {
                exit: of_review(&error),
                diagnostics: error.diagnostics,
                sources: self.sources.clone(),
            }
        })
    }
}

/// Compiles rulebooks; where any is wrong, all mistakes of all of them.
pub(crate) fn compile_all(rulebooks: Vec<Rulebook>, names: Option<&Catalogue>) -> Result<Compiled, Failure> {
    let mut compiled = Vec::new();
    let mut mistakes = Vec::new();
    let mut sources = Vec::new();
    for rulebook in rulebooks {
        let (methodology, diagnostics) = compile(&rulebook.source, names);
        sources.push(rulebook.source.clone());
        match methodology {
            Some(methodology) => compiled.push((rulebook, methodology, diagnostics)),
            None => mistakes.extend(diagnostics),
        }
    }
    if mistakes.is_empty() {
        return Ok(compiled);
    }
    Err(Failure::Diagnostics {
        exit: Exit::BadInput,
        diagnostics: mistakes,
        sources,
    })
}

/// A rulebook may miss what an unreadable file has: then that file is the mistake.
fn with_unreadable_files(failure: Failure, dataset: &Dataset) -> Failure {
    let Failure::Diagnostics {
        exit,
        mut diagnostics,
        sources,
    } = failure
    else {
        return failure;
    };
    let unreadable = dataset.unreadable().into_iter().map(|(file, reason)| {
        Diagnostic::error("D0101", format!("{file}: cannot be read: {reason}"))
            .help("what it has is not known, so that the rulebook may be right")
    });
    diagnostics.splice(0..0, unreadable);
    Failure::Diagnostics {
        exit,
        diagnostics,
        sources,
    }
}

/// Rulebooks whose parent the dataset has, and the others of folders. One that was named is kept: its mistake is said.
fn matching(compiled: Compiled, names: &Catalogue) -> (Vec<Rulebook>, Vec<(String, String)>) {
    let mut matched: Vec<Rulebook> = Vec::new();
    let mut unmatched = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let mut waiting = compiled;
    // Children of parent indexes match where their parent does, whatever the order.
    loop {
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(rulebook, methodology, _)| {
            !rulebook.from_folder
                || match &methodology.index.parent {
                    Parent::Universe(name) => names.universes.contains(name),
                    others => others.indexes().iter().all(|id| ids.contains(id)),
                }
        });
        waiting = later;
        if now.is_empty() {
            break;
        }
        for (rulebook, methodology, _) in now {
            ids.push(methodology.index.id);
            matched.push(rulebook);
        }
    }
    for (rulebook, methodology, _) in waiting {
        let parent = match methodology.index.parent {
            Parent::Universe(name) => name,
            others => format!("index {}", others.indexes().join(", ")),
        };
        unmatched.push((rulebook.source.file, parent));
    }
    matched.sort_by(|a, b| a.source.file.cmp(&b.source.file));
    (matched, unmatched)
}

/// Two rulebooks with one id would write to one folder.
fn unique(compiled: &Compiled) -> Result<(), Failure> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (rulebook, methodology, _) in compiled {
        if let Some(first) = seen.insert(&methodology.index.id, &rulebook.source.file) {
            let message = format!(
                "two rulebooks are called `{}`: {first} and {}",
                methodology.index.id, rulebook.source.file
            );
            return Err(Failure::usage(message, "every index of a run needs an id of its own"));
        }
    }
    Ok(())
}

/// The calendars of a rulebook, or why one cannot be used.
pub(crate) fn calendars(settings: &Settings, source: &Source, methodology: &Methodology) -> Result<Calendars, Failure> {
    settings
        .calendars(&methodology.review)
        .map_err(|(name, failure)| Failure::Diagnostics {
            exit: failure.exit(),
            diagnostics: unusable_calendar(source, &name, failure),
            sources: vec![source.clone()],
        })
}

/// Why a rulebook's calendar cannot be used, at the key that names it.
pub(crate) fn unusable_calendar(source: &Source, name: &str, failure: Failure) -> Vec<Diagnostic> {
    let (message, help) = match failure {
        Failure::Plain { message, help, .. } => (message, help),
        Failure::Diagnostics { diagnostics, .. } => return diagnostics,
    };
    let key = source.text.find("\ncalendar").unwrap_or_default();
    // Of several names the message has the one that is wrong.
    let named = name
        .split('+')
        .find(|one| message.contains(&format!("`{one}`")))
        .unwrap_or(name);
    let quoted = format!("\"{named}\"");
    let at = source.text[key..].find(&quoted).map_or(key, |at| key + at);
    let place = Location::of(&source.file, &source.text, at..at + quoted.len());
    vec![Diagnostic::error("M0503", message).at(place).help(help)]
}
