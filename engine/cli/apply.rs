//! `divisor apply`: publishes exactly what was planned, or says what changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use divisor_methodology::Source;
use divisor_report::{Staged, put_file};
use divisor_review::{Pipeline, Shared, hash_bytes};
use serde_json::{Value, json};

use crate::args::Common;
use crate::chain::{Editions, Files, Link, Rendered, Verdict, editions, walk};
use crate::changes::changes;
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::folders::{IndexFolder, source_field};
use crate::journal::Journal;
use crate::load::{Rulebook, rulebooks};
use crate::lock::Lock;
use crate::out::say;
use crate::plan_file::{Plan, PlannedReview, PlannedRulebook};
use crate::publish::{sources, with_records};
use crate::run::execute;
use crate::session::Session;
use crate::settings::configuration_hash;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor apply nov.plan --by \"J. Doe\" --approved-by \"Index committee, 2025-11-12\"
  divisor apply nov.plan --by \"J. Doe\" --approved-by \"J. Roe\" --data /data/live     the dataset lies elsewhere now

Everything is computed again. If the engine, a rulebook, the calendar, the configuration, or a row that is usable at the
cut-off changed since, nothing is published, what changed is named, and the exit code is 2. Rows known only later do not
count. The reviews go to OUT/<index>/reviews/<date>/, corrections below that to rev-2, rev-3 …; who planned, approved
and applied them is appended to OUT/journal.jsonl. Applying a plan again changes nothing.")]
pub(crate) struct ApplyArgs {
    /// A plan that `divisor plan --save` kept
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Who applies
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Who approved the plan
    #[arg(long, value_name = "NAME")]
    approved_by: String,
}

/// A planned review, computed again.
struct Ready {
    planned: PlannedReview,
    folder: IndexFolder,
    comes_out: Same,
}

/// A review that comes out as planned.
enum Same {
    /// It is not published yet: its files and the text of its manifest.
    Pending(Files, String),
    /// It stands already, in this folder.
    Standing(PathBuf),
}

pub(crate) fn apply(args: &ApplyArgs, common: &Common) -> Result<Exit, Failure> {
    let plan = Plan::load(&args.plan)?;
    if let Some(flag) = common.what_if() {
        return Err(Failure::usage(
            format!("{flag} changes rules: a plan is applied as it is"),
            "plan again",
        ));
    }
    let common = Common {
        data: common.data.clone().or_else(|| Some(plan.data.clone())),
        to: plan.reviews.iter().map(|review| review.effective).max(),
        from: None,
        ..common.clone()
    };
    let session = open(&plan, &common)?;
    let out = common.out.clone().unwrap_or_else(|| session.settings.out.clone());
    let (shared, results) = execute(&session);
    let _lock = Lock::take(&out)?;
    let mut refusals: Vec<String> = Vec::new();
    let mut ready: Vec<Ready> = Vec::new();
    let indexes = editions(&session.pipelines, &results);
    for planned in &plan.reviews {
        let index = indexes
            .iter()
            .find(|index| index[0].0.methodology.index.id == planned.index_id);
        let Some(index) = index else {
            refusals.push(format!("{}: its rulebook has another index now", planned.index_id));
            continue;
        };
        let folder = IndexFolder::new(&out, &planned.index_id);
        folder.sweep()?;
        match again(index, &shared, &session, folder, planned)? {
            Ok(found) => ready.push(found),
            Err(why) => refusals.push(format!("{} at {}: {why}", planned.index_id, planned.effective)),
        }
    }
    if !refusals.is_empty() {
        let failed = results.iter().filter_map(|result| result.failure.as_ref());
        failed.for_each(|failure| crate::render::diagnostics_to_stderr(&failure.diagnostics, &session.sources));
        return Err(refused(&args.plan, &refusals));
    }
    let published = publish(&ready, &session)?;
    record(args, &plan, &ready, &out)?;
    let stood = match ready.len() - published {
        0 => String::new(),
        count => format!(", {count} stood there already"),
    };
    let (reviews, place) = (if published == 1 { "review" } else { "reviews" }, out.display());
    say(&format!(
        "{published} {reviews} published in {place}/{stood} · recorded in {place}/journal.jsonl"
    ));
    Ok(Exit::Done)
}

fn refused(plan: &Path, why: &[String]) -> Failure {
    Failure::usage(
        format!(
            "{} is not what would be published now; nothing was published\n  {}",
            plan.display(),
            why.join("\n  ")
        ),
        "look at what changed, then plan and approve again",
    )
}

/// The rulebooks as they are now. Where only their layout changed, as they were planned: their text is published.
fn open(plan: &Plan, common: &Common) -> Result<Session, Failure> {
    let mut files: Vec<PathBuf> = plan
        .rulebooks
        .iter()
        .map(|planned| PathBuf::from(&planned.file))
        .collect();
    files.dedup();
    let of_plan = |book: &Rulebook| {
        let id = book.source.index_id();
        plan.rulebooks
            .iter()
            .any(|planned| id.as_deref() == Some(&planned.index_id))
    };
    let mut now = rulebooks(&files, common)?;
    // A file may have variants that were not planned. Where an index is gone, its file tells by what it has.
    if plan.rulebooks.iter().all(|planned| {
        now.iter()
            .any(|book| book.source.index_id().as_ref() == Some(&planned.index_id))
    }) {
        now.retain(of_plan);
    }
    let is_moved = now
        .iter()
        .any(|now| plan.rulebooks.iter().all(|planned| now.source.whole() != planned.text));
    let session = Session::open(now, common)?;
    if !is_moved {
        return Ok(session);
    }
    let same = plan.rulebooks.iter().all(|planned| {
        let mut own = session
            .pipelines
            .iter()
            .filter(|pipeline| pipeline.methodology.index.id == planned.index_id);
        own.any(|pipeline| pipeline.methodology_hash == planned.methodology_hash)
    });
    if !same {
        return Ok(session);
    }
    // The last edition's text has those before it.
    let mut last: BTreeMap<&str, &PlannedRulebook> = BTreeMap::new();
    for planned in &plan.rulebooks {
        last.insert(&planned.index_id, planned);
    }
    let planned = last
        .values()
        .flat_map(|planned| of_text(&planned.file, &planned.text, &planned.index_id));
    Session::open(planned.collect(), common)
}

/// One index in all its editions, from a text that a manifest or a plan has.
pub(crate) fn of_text(file: &str, whole: &str, index_id: &str) -> Vec<Rulebook> {
    let own = Source::from_whole(file, whole).indexes().into_iter();
    let own = own.filter(|index| index.index_id().as_deref() == Some(index_id));
    let editions = own.flat_map(|index| index.editions());
    let rulebook = |source: Source| Rulebook {
        source,
        from_folder: false,
    };
    editions.map(rulebook).collect()
}

/// A planned review computed again; why not, where it comes out otherwise.
fn again(
    index: &Editions<'_>,
    shared: &Shared,
    session: &Session,
    folder: IndexFolder,
    planned: &PlannedReview,
) -> Result<Result<Ready, String>, Failure> {
    let mut found: Option<Result<Same, String>> = None;
    let configuration = configuration_hash(&session.checks);
    walk(index, shared, &configuration, &folder, true, &mut |rendered| {
        let stands = matches!(rendered.verdict, Verdict::Same | Verdict::Damaged(_));
        if rendered.review.dates.effective == planned.effective {
            found = Some(compare(rendered, planned));
        }
        Ok(if stands { Link::Standing } else { Link::Rendered })
    })?;
    let Some(found) = found else {
        // Without a review the ingredients of the whole index tell what is other.
        let edition = |(pipeline, _): &&(&Pipeline, _)| {
            pipeline.methodology.index.edition.as_str() == planned.manifest["edition"]
        };
        let (pipeline, _) = index.iter().find(edition).unwrap_or(&index[0]);
        let now = json!({
            "engine_version": env!("CARGO_PKG_VERSION"),
            "methodology_hash": pipeline.methodology_hash,
            "calendar_hash": pipeline.calendar_hash,
            "configuration_hash": configuration,
        });
        let mut then = json!({});
        for key in [
            "engine_version",
            "methodology_hash",
            "calendar_hash",
            "configuration_hash",
        ] {
            then[key] = planned.manifest[key].clone();
        }
        let why = changes(&then, &now);
        let why = if why.is_empty() {
            "the data: see above".to_owned()
        } else {
            why.join("; ")
        };
        return Ok(Err(format!("there is no such review now: {why}")));
    };
    Ok(found.map(|comes_out| Ready {
        planned: planned.clone(),
        folder,
        comes_out,
    }))
}

/// A review that comes out as planned; else why not.
fn compare(rendered: Rendered<'_>, planned: &PlannedReview) -> Result<Same, String> {
    let standing = rendered.standing.as_ref();
    let standing_hash = standing.and_then(|standing| standing.links.last());
    if let (Some(standing), true) = (standing, standing_hash == Some(&planned.manifest_hash)) {
        match &rendered.verdict {
            Verdict::Same => return Ok(Same::Standing(standing.folder.clone())),
            Verdict::Damaged(files) => {
                return Err(format!(
                    "it is published already, and these files of it were damaged: {}",
                    files.join(", ")
                ));
            }
            Verdict::New | Verdict::Changed(_) => {}
        }
    }
    if hash_bytes(rendered.manifest.as_bytes()) == planned.manifest_hash && rendered.verdict != Verdict::Same {
        return Ok(Same::Pending(rendered.files, rendered.manifest));
    }
    let now: Value = serde_json::from_str(&rendered.manifest).unwrap_or_default();
    let mut why = changes(&planned.manifest, &now);
    if why.is_empty() {
        why.push(match standing {
            Some(standing) if planned.manifest["supersedes"] != now["supersedes"] || standing_hash.is_some() => {
                format!("another result was published since, in {}", standing.folder.display())
            }
            _ => "the review before it, which its manifest is linked to; `divisor run` or `verify` says what changed there".to_owned(),
        });
    }
    Err(why.join("; "))
}

/// Stages all, then puts all in place: what can fail fails before anything is published. How many were new.
fn publish(ready: &[Ready], session: &Session) -> Result<usize, Failure> {
    let mut staged = Vec::new();
    for one in ready {
        let index = &one.planned.index_id;
        let pipeline = session
            .pipelines
            .iter()
            .find(|pipeline| pipeline.methodology.index.id == *index);
        let Some(pipeline) = pipeline else { continue };
        match &one.comes_out {
            Same::Standing(folder) => approve(folder, &one.planned.manifest_hash, session, pipeline)?,
            Same::Pending(files, manifest) => {
                let files = with_records(files.clone(), manifest.clone(), session, pipeline, "apply");
                let date = one.planned.effective.to_string();
                let reviews = one.folder.reviews();
                staged.push(match one.planned.revision {
                    1 => Staged::stage(&reviews, &date, &files)?,
                    revision => Staged::stage(&reviews.join(&date), &format!("rev-{revision}"), &files)?,
                });
            }
        }
    }
    let count = staged.len();
    for one in staged {
        one.publish()?;
    }
    Ok(count)
}

/// What `run` published is approved from now on.
fn approve(folder: &Path, manifest_hash: &str, session: &Session, pipeline: &Pipeline) -> Result<(), Failure> {
    if source_field(folder, "published_by").as_deref() == Some("apply") {
        return Ok(());
    }
    let text = sources(session, pipeline, "apply", manifest_hash);
    Ok(put_file(folder, "sources.json", text.as_bytes())?)
}

/// Who planned, approved and applied; an entry a review and deed. A plan applied again adds nothing.
fn record(args: &ApplyArgs, plan: &Plan, ready: &[Ready], out: &Path) -> Result<(), Failure> {
    let mut journal = Journal::read(out)?;
    let faults = journal.faults();
    if faults.iter().any(|fault| fault.starts_with("line")) {
        say(&format!(
            "warning: {}/journal.jsonl: {}",
            out.display(),
            faults.join("; ")
        ));
    }
    let now = clock::now();
    let mut entries = Vec::new();
    for one in ready {
        let of_review = |did: &str, by: &str, at: &str| {
            json!({
                "did": did, "by": by, "at": at, "index_id": one.planned.index_id,
                "effective": one.planned.effective, "revision": one.planned.revision,
                "manifest_hash": one.planned.manifest_hash, "plan_hash": plan.hash,
            })
        };
        let is_recorded = journal.entries().any(|entry| {
            entry["did"] == "applied"
                && entry["plan_hash"] == plan.hash.as_str()
                && entry["manifest_hash"] == one.planned.manifest_hash.as_str()
        });
        if !is_recorded {
            entries.push(of_review("planned", &plan.planned_by, &plan.planned_at));
            entries.push(of_review("approved", &args.approved_by, &now));
            entries.push(of_review("applied", &args.by, &now));
        }
    }
    if entries.is_empty() {
        Ok(())
    } else {
        journal.append(entries)
    }
}
