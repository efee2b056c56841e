//! What a call may ask of its verb, held against one table before anything is done: no flag is passed over in silence.

use crate::args::{Common, DataVerb, Format, Verb};
use crate::exit::Failure;

const ALL: &[Format] = &[Format::Table, Format::Json, Format::Csv, Format::Parquet];
const TEXT_AND_JSON: &[Format] = &[Format::Table, Format::Json];
const TEXT: &[Format] = &[Format::Table];

/// Refuses a form that the verb does not print, rules changed where none are read, and a range without a day.
pub(crate) fn check(verb: &Verb, common: &Common) -> Result<(), Failure> {
    let (name, forms) = forms(verb, common);
    if !forms.contains(&common.format) {
        let words: Vec<&str> = forms.iter().map(|form| form.word()).collect();
        let message = format!(
            "--format {}: `divisor {name}` does not print that",
            common.format.word()
        );
        return Err(Failure::usage(message, format!("it prints: {}", words.join(", "))));
    }
    if let (Some(flag), false) = (common.what_if(), reads_rulebooks(verb)) {
        let message = format!("{flag} changes rulebooks, and `divisor {name}` reads none");
        return Err(Failure::usage(message, format!("leave out {flag}")));
    }
    if let (Some(from), Some(to)) = (common.from, common.to)
        && from > to
    {
        let message = format!("--from {from} is after --to {to}: no day is in between");
        return Err(Failure::usage(message, "give --from the earlier of the two"));
    }
    Ok(())
}

/// What the verb is called as it was asked for, and the forms it has.
fn forms(verb: &Verb, common: &Common) -> (&'static str, &'static [Format]) {
    match verb {
        Verb::Run(args) if args.due => ("run --due", TEXT_AND_JSON),
        Verb::Run(_) => ("run", ALL),
        Verb::Plan(_) => ("plan", ALL),
        Verb::Apply(_) => ("apply", TEXT),
        Verb::Verify(_) => ("verify", TEXT_AND_JSON),
        Verb::Lock(_) => ("lock", TEXT),
        Verb::New(_) => ("new", TEXT),
        Verb::Check(args) if args.explain.is_some() => ("check --explain", TEXT),
        Verb::Check(_) => ("check", TEXT_AND_JSON),
        Verb::Explain(args) if args.markdown => ("explain --markdown", TEXT),
        Verb::Explain(_) => ("explain", TEXT_AND_JSON),
        Verb::Fmt(_) => ("fmt", TEXT_AND_JSON),
        Verb::Diff(args) if args.compares_reviews(common) => ("diff", ALL),
        Verb::Diff(_) => ("diff RULEBOOK RULEBOOK", TEXT_AND_JSON),
        Verb::Test(_) => ("test", TEXT_AND_JSON),
        Verb::Why(_) => ("why", TEXT_AND_JSON),
        Verb::Reviews(_) => ("reviews", ALL),
        Verb::Calendar(_) => ("calendar", ALL),
        Verb::Data(args) => match &args.verb {
            DataVerb::Generate { .. } => ("data generate", TEXT),
            DataVerb::Check(args) if args.explain.is_some() => ("data check --explain", TEXT),
            DataVerb::Freeze { .. } | DataVerb::Describe | DataVerb::Check(_) | DataVerb::Import(_) => ("data", ALL),
        },
        // JSON whatever is asked.
        Verb::Schema => ("schema", TEXT_AND_JSON),
    }
}

/// `data import french` has a --set of its own.
fn reads_rulebooks(verb: &Verb) -> bool {
    !matches!(verb, Verb::New(_) | Verb::Verify(_) | Verb::Calendar(_) | Verb::Schema)
}
