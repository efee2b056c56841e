//! Diagnostics for people: where, what, and a way out. Colour only where a terminal watches.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use divisor_methodology::Source;
use divisor_model::{Diagnostic, Severity};

use crate::exit::Failure;
use crate::out::say;

/// Prints why a command stopped.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Diagnostics {
            diagnostics, sources, ..
        } => diagnostics_to_stderr(diagnostics, sources),
        Failure::Plain { message, help, .. } => {
            let diagnostic = Diagnostic::error("", message.clone()).help(help.clone());
            diagnostics_to_stderr(&[diagnostic], &[]);
        }
    }
}

/// Prints diagnostics to standard error.
pub(crate) fn diagnostics_to_stderr(diagnostics: &[Diagnostic], sources: &[Source]) {
    for diagnostic in diagnostics {
        let text = one(diagnostic, sources, &Renderer::styled());
        // Strips colour where no terminal watches.
        anstream::eprintln!("{text}");
    }
    if diagnostics.len() > 1 {
        say(&tally(diagnostics));
    }
}

/// One diagnostic as text without colour.
pub(crate) fn plain(diagnostic: &Diagnostic, sources: &[Source]) -> String {
    one(diagnostic, sources, &Renderer::plain())
}

fn one(diagnostic: &Diagnostic, sources: &[Source], renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut title = level.primary_title(diagnostic.message.as_str());
    if !diagnostic.code.is_empty() {
        title = title.id(diagnostic.code);
    }
    let text = diagnostic.location.as_ref().and_then(|place| {
        let mut texts = sources.iter().flat_map(Source::texts);
        Some((place, texts.find(|(file, _)| *file == place.file)?.1))
    });
    let mut group = match text {
        Some((place, text)) => {
            let end = place.span.end.min(text.len());
            let start = place.span.start.min(end);
            let annotation = AnnotationKind::Primary
                .span(start..end)
                .label(diagnostic.label.as_str());
            let snippet = Snippet::source(text).path(place.file.as_str()).annotation(annotation);
            title.element(snippet)
        }
        None => Group::with_title(title),
    };
    if !diagnostic.help.is_empty() {
        group = group.element(Level::HELP.message(diagnostic.help.as_str()));
    }
    renderer.render(&[group])
}

/// `3 errors, 1 warning`.
pub(crate) fn tally(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|found| found.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, _) => count(warnings, "warning"),
        (_, 0) => count(errors, "error"),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}
