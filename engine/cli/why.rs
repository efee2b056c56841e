//! `divisor why`: the decision trace of one security at one review, or what became of it over all.

use std::path::PathBuf;

use clap::Args;
use divisor_model::Date;
use divisor_review::{IndexRun, Pipeline, Shared};

use crate::args::{Common, Format};
use crate::exit::{Exit, Failure, of_review};
use crate::load::rulebooks;
use crate::out;
use crate::render;
use crate::run::execute;
use crate::session::Session;
use crate::why_find::{find, keep_index, review, reviews, wanted};
use crate::why_story::Story;
use crate::why_timeline::Timeline;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor why AU67557 --index world-quality --data demo
  divisor why AU67557 --index world-quality --data demo --history      since when, and what changed
  divisor why AAPL --index us-large-quality --date 2016-11-30 --data ../data/us-large
  divisor why \"Apple\" methodologies/quality/us-large.toml --data ../data/us-large

--history tells what became of the name at every review: since when it is in or out, by which rule, and where that
changed, which of its inputs moved. It works for names that never were in, and for those that left the parent.")]
pub(crate) struct WhyArgs {
    /// Id, ticker or name of the security
    #[arg(value_name = "SECURITY")]
    pub(crate) security: String,
    /// Rulebooks, or folders of them
    #[arg(value_name = "RULEBOOK|DIR", default_value = "methodologies")]
    pub(crate) rulebooks: Vec<PathBuf>,
    /// Id of the index; not needed where there is one rulebook
    #[arg(long, value_name = "ID")]
    pub(crate) index: Option<String>,
    /// Effective date of the review [default: the last]
    #[arg(long, value_name = "DATE", conflicts_with = "history")]
    pub(crate) date: Option<Date>,
    /// All reviews instead of one: since when, and what changed
    #[arg(long)]
    pub(crate) history: bool,
}

pub(crate) fn why(args: &WhyArgs, common: &Common) -> Result<Exit, Failure> {
    let mut session = Session::open(rulebooks(&args.rulebooks, common)?, common)?;
    keep_index(&mut session, args.index.as_deref())?;
    let (shared, results) = execute(&session);
    let id = wanted(&session, args.index.as_deref())?;
    let told = tell(args, common, &session, (&shared, &results), id);
    let own = |pipeline: &Pipeline| pipeline.methodology.index.id == id;
    let mut editions = session
        .pipelines
        .iter()
        .zip(&results)
        .filter(|(pipeline, _)| own(pipeline));
    let failed = editions.find_map(|(_, result)| result.failure.as_ref());
    let Some(failure) = failed else {
        out::print(&told?)?;
        return Ok(Exit::Done);
    };
    // An index that failed says so, whatever else there is to tell: it may be why the review asked for is not there.
    let mut exit = of_review(failure);
    match told {
        Ok(text) => out::print(&text)?,
        Err(_) if reviews(&session, &results, id).is_empty() => {}
        Err(other) => {
            render::failure(&other);
            exit = exit.max(other.exit());
        }
    }
    render::diagnostics_to_stderr(&failure.diagnostics, &session.sources);
    Ok(exit)
}

/// The trace of one review, or what became of the name over all, in the form asked for.
fn tell(
    args: &WhyArgs,
    common: &Common,
    session: &Session,
    (shared, results): (&Shared, &[IndexRun]),
    id: &str,
) -> Result<String, Failure> {
    let (pipeline, result, review) = review(session, results, id, (args.date, common))?;
    let panel = &shared.landed.panel;
    let Some(snapshot) = panel.snapshot(review.scored.snapshot) else {
        return Err(Failure::failed("the snapshot of the review is gone"));
    };
    Ok(if args.history {
        let mut all = reviews(session, results, id);
        // A name that left is looked for in earlier snapshots; what is said of one that is nowhere is said of the last.
        let earlier = all.iter().rev().skip(1);
        let earlier = earlier.filter_map(|(.., review)| panel.snapshot(review.scored.snapshot));
        let security = find(&args.security, shared, snapshot).or_else(|failure| {
            let found = earlier.map(|snapshot| find(&args.security, shared, snapshot));
            found.flatten().next().ok_or(failure)
        })?;
        all.retain(|(.., review)| crate::run::in_range(review, common));
        let timeline = Timeline::new(&all, shared, security);
        if common.format == Format::Json {
            timeline.json()
        } else {
            timeline.text()
        }
    } else {
        let story = Story {
            pipeline,
            result,
            review,
            shared,
            snapshot,
            security: find(&args.security, shared, snapshot)?,
        };
        if common.format == Format::Json {
            story.json()
        } else {
            story.text()
        }
    })
}
