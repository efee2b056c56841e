//! What most verbs begin with: rulebooks compiled against a dataset and bound to calendars.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use divisor_calendar::Calendars;
use divisor_market::Dataset;
use divisor_market::quality::Checks;
use divisor_methodology::{Catalogue, Methodology, Parent, Source, compile};
use divisor_model::{Date, Diagnostic, Location};
use divisor_review::{Pipeline, ReviewError, bind, catalogue, in_order};

use crate::args::Common;
use crate::decisions::decide;
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
    /// What the dataset offers rulebooks.
    names: Arc<Catalogue>,
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
        let mut session = Self {
            pipelines: Vec::new(),
            unmatched,
            warnings: Vec::new(),
            sources: Vec::new(),
            names,
            settings,
            dataset,
            checks,
        };
        session.pipelines = session.bind_all(matched, common)?;
        if common.locked {
            crate::pin::check(&session)?;
        }
        Ok(session)
    }

    /// Compiles and binds rulebooks that have nothing to do with those the session has; their warnings and texts are
    /// added to its own.
    pub(crate) fn bind_all(&mut self, rulebooks: Vec<Rulebook>, common: &Common) -> Result<Vec<Pipeline>, Failure> {
        let _span = tracing::info_span!("bind", rulebooks = rulebooks.len()).entered();
        let names = Arc::clone(&self.names);
        let compiled =
            compile_all(rulebooks, Some(&names)).map_err(|failure| with_unreadable_files(failure, &self.dataset))?;
        unique(&compiled)?;
        let to = common.to.unwrap_or(self.dataset.info.last);
        self.sources
            .extend(compiled.iter().map(|(rulebook, ..)| rulebook.source.clone()));
        let mut pipelines = Vec::with_capacity(compiled.len());
        for (rulebook, methodology, warnings) in compiled {
            let new = warnings.into_iter().filter(|found| !self.warnings.contains(found));
            let new: Vec<Diagnostic> = new.collect();
            self.warnings.extend(new);
            let calendars = calendars(&self.settings, &rulebook.source, &methodology)?;
            let mut pipeline = self.bind(rulebook, methodology, &calendars, &names, to)?;
            decide(&mut pipeline, &self.settings.decisions)?;
            pipelines.push(pipeline);
        }
        in_order(&pipelines).map_err(|error| self.refused(error))?;
        Ok(pipelines)
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
        bind(source, methodology, calendars, &self.dataset, Arc::clone(names), to).map_err(|error| self.refused(error))
    }

    fn refused(&self, error: ReviewError) -> Failure {
        Failure::Diagnostics {
            exit: of_review(&error),
            diagnostics: error.diagnostics,
            sources: self.sources.clone(),
        }
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
        if let Some(methodology) = methodology {
            compiled.push((rulebook, methodology, diagnostics));
            continue;
        }
        // What editions and variants of a file share is told once.
        for found in diagnostics {
            if !mistakes.contains(&found) {
                mistakes.push(found);
            }
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

/// Indexes whose parent the dataset has, and the others of folders. One that was named is kept: its mistake is said. The
/// editions of an index stay together.
fn matching(compiled: Compiled, names: &Catalogue) -> (Vec<Rulebook>, Vec<(String, String)>) {
    let order: Vec<Rulebook> = compiled.iter().map(|(rulebook, ..)| rulebook.clone()).collect();
    let mut waiting: Vec<Compiled> = Vec::new();
    for one in compiled {
        match waiting.last_mut().filter(|editions| editions[0].0.is_index_of(&one.0)) {
            Some(editions) => editions.push(one),
            None => waiting.push(vec![one]),
        }
    }
    let mut matched: Vec<Rulebook> = Vec::new();
    let mut unmatched = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let has_parent = |methodology: &Methodology, ids: &[String]| match &methodology.index.parent {
        Parent::Universe(name) => names.universes.contains(name),
        others => others.indexes().iter().all(|id| ids.contains(id)),
    };
    // Children of parent indexes match where their parent does, whatever the order.
    loop {
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|editions| {
            let mut editions = editions.iter();
            editions.all(|(rulebook, methodology, _)| !rulebook.from_folder || has_parent(methodology, &ids))
        });
        waiting = later;
        if now.is_empty() {
            break;
        }
        for (rulebook, methodology, _) in now.into_iter().flatten() {
            ids.push(methodology.index.id);
            matched.push(rulebook);
        }
    }
    for editions in waiting {
        let missing = editions
            .into_iter()
            .find(|(_, methodology, _)| !has_parent(methodology, &ids));
        let parent = missing.map(|(rulebook, methodology, _)| match methodology.index.parent {
            Parent::Universe(name) => (rulebook.label(), name),
            others => (rulebook.label(), format!("index {}", others.indexes().join(", "))),
        });
        unmatched.extend(parent);
    }
    // By file, and in a file as written.
    let place = |rulebook: &Rulebook| order.iter().position(|known| known.is_index_of(rulebook));
    matched.sort_by(|a, b| (&a.source.file, place(a)).cmp(&(&b.source.file, place(b))));
    (matched, unmatched)
}

/// Two rulebooks with one id would write to one folder.
fn unique(compiled: &Compiled) -> Result<(), Failure> {
    let mut seen: BTreeMap<&str, &Rulebook> = BTreeMap::new();
    for (rulebook, methodology, _) in compiled {
        let first = seen.insert(&methodology.index.id, rulebook);
        if let Some(first) = first.filter(|first| !first.is_index_of(rulebook)) {
            let message = format!(
                "two rulebooks are called `{}`: {} and {}",
                methodology.index.id,
                first.label(),
                rulebook.label()
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
            diagnostics: unusable_calendar(source, methodology, &name, failure),
            sources: vec![source.clone()],
        })
}

/// Why a rulebook's calendar cannot be used, where it is named.
pub(crate) fn unusable_calendar(
    source: &Source,
    methodology: &Methodology,
    name: &str,
    failure: Failure,
) -> Vec<Diagnostic> {
    let (message, help) = match failure {
        Failure::Plain { message, help, .. } => (message, help),
        Failure::Diagnostics { diagnostics, .. } => return diagnostics,
    };
    // Of several names the message has the one that is wrong.
    let named = name
        .split('+')
        .find(|one| message.contains(&format!("`{one}`")))
        .unwrap_or(name);
    // The text that wrote the name: the rulebook's own, else the last of those it extends.
    let found = source
        .texts()
        .filter_map(|(file, text)| Some(Location::of(file, text, naming(text, named)?)));
    let found: Vec<Location> = found.collect();
    let own = found.iter().find(|place| place.file == source.file);
    let place = own.or(found.last()).cloned();
    let place = place.unwrap_or_else(|| source.place(methodology.review.line));
    vec![Diagnostic::error("M0503", message).at(place).help(help)]
}

/// Where a text names a calendar: on a line that sets a key `calendar`, one of --set before others, with its quotes.
fn naming(text: &str, name: &str) -> Option<Range<usize>> {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut first = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let is_set = line.starts_with("# --set ");
        let is_rule = is_set || !line.trim_start().starts_with('#');
        let behind = line.find("calendar").filter(|_| is_rule && !name.is_empty());
        let found = behind.and_then(|key| {
            let mut all = line[key..]
                .match_indices(name)
                .map(|(at, _)| key + at..key + at + name.len());
            all.find(|span| !line[..span.start].ends_with(is_of_name) && !line[span.end..].starts_with(is_of_name))
        });
        if let Some(Range { start: from, end }) = found {
            let quoted = ['"', '\'']
                .iter()
                .any(|quote| line[..from].ends_with(*quote) && line[end..].starts_with(*quote));
            let more = usize::from(quoted);
            let span = start + from - more..start + end + more;
            if is_set {
                return Some(span);
            }
            first = first.or(Some(span));
        }
        start += line.len();
    }
    first
}
