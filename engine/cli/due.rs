//! `divisor run --due`: what is due by a day and not done yet, of all rulebooks over one reading of the data. Each index
//! fails on its own.

use std::collections::BTreeMap;

use divisor_model::{Date, Diagnostic};
use divisor_report::Staged;
use divisor_review::{Pipeline, Shared};

use crate::args::{Common, RunArgs};
use crate::chain::{Edition, Editions, Link, Rendered, Verdict, editions, walk};
use crate::due_report::{Report, finish};
use crate::effective;
use crate::exit::{Exit, Failure, of_review};
use crate::folders::IndexFolder;
use crate::load::{Rulebook, rulebooks};
use crate::lock::Lock;
use crate::overview::not_run;
use crate::publish::with_records;
use crate::render;
use crate::run::execute;
use crate::session::Session;
use crate::settings::configuration_hash;

/// Calendar days between an announcement and the effective date, at most.
const NOTICE_DAYS_MAX: u64 = 120;

pub(crate) fn run_due(args: &RunArgs, as_of: Date, common: &Common) -> Result<Exit, Failure> {
    if let Some(flag) = common.what_if().or(args.pro_forma.then_some("--pro-forma")) {
        let message = format!("--due publishes results: it does not go with {flag}");
        return Err(Failure::usage(message, "leave out one of them"));
    }
    let common = &Common {
        // Announced by the day, effective some weeks later.
        to: as_of.checked_add_days(chrono::Days::new(NOTICE_DAYS_MAX)),
        ..common.clone()
    };
    let mut reports = Vec::new();
    let Some(mut session) = open(rulebooks(&args.rulebooks, common)?, common, &mut reports)? else {
        return finish(reports, &[], as_of, common);
    };
    let target = common.out.clone().unwrap_or_else(|| session.settings.out.clone());
    // Held from here on: another scheduler must not compute what this one will have published.
    let _lock = Lock::take(&target)?;
    for pipeline in &mut session.pipelines {
        pipeline.reviews.retain(|review| review.dates.announcement <= as_of);
    }
    let mut work: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    for pipeline in &session.pipelines {
        let id = &pipeline.methodology.index.id;
        let folder = IndexFolder::new(&target, id);
        folder.sweep()?;
        let dates = unpublished(pipeline, &folder, common)?;
        work.entry(id.clone()).or_default().extend(dates);
    }
    let indexes: Vec<String> = work.keys().cloned().collect();
    keep_wanted(&mut session, &work, args.changed_since.is_some(), &mut reports);
    if !session.pipelines.is_empty() {
        let (shared, results) = execute(&session);
        for editions in parents_first(editions(&session.pipelines, &results)) {
            let id = &editions[0].0.methodology.index.id;
            let due = work.remove(id).unwrap_or_default();
            if let Some(report) = orphaned(&editions, &due, &reports) {
                reports.push(report);
                continue;
            }
            let index = Index {
                session: &session,
                shared: &shared,
                editions: &editions,
                folder: IndexFolder::new(&target, id),
                changed_since: args.changed_since,
            };
            reports.push(index.publish(due)?);
        }
    }
    for added in effective::add(&session.dataset, &target, &indexes, as_of, args.changed_since)? {
        if let Some(report) = reports.iter_mut().find(|report| report.index == added.index) {
            report.take(added);
        }
    }
    let left = not_run(&session.unmatched, &session.dataset.info.name, common);
    finish(reports, &left, as_of, common)
}

/// Opens what can be opened: a rulebook with a mistake is reported and left out, and the others go on.
fn open(mut rulebooks: Vec<Rulebook>, common: &Common, reports: &mut Vec<Report>) -> Result<Option<Session>, Failure> {
    while !rulebooks.is_empty() {
        let failure = match Session::open(rulebooks.clone(), common) {
            Ok(session) => return Ok(Some(session)),
            Err(failure) => failure,
        };
        let Failure::Diagnostics { exit, diagnostics, .. } = &failure else {
            return Err(failure);
        };
        let wrong = |rulebook: &Rulebook| {
            let file = &rulebook.source.file;
            let at = |found: &&Diagnostic| found.location.as_ref().is_some_and(|place| place.file == *file);
            diagnostics
                .iter()
                .filter(|found| found.is_error())
                .any(|found| at(&found))
        };
        let (bad, good): (Vec<Rulebook>, Vec<Rulebook>) = rulebooks.into_iter().partition(wrong);
        if bad.is_empty() {
            return Err(failure);
        }
        render::failure(&failure);
        reports.extend(bad.iter().map(|rulebook| Report {
            index: rulebook.source.file.clone(),
            due: Vec::new(),
            published: Vec::new(),
            replaced: Vec::new(),
            added: Vec::new(),
            failure: Some("the rulebook cannot be used: see above".to_owned()),
            exit: *exit,
        }));
        rulebooks = good;
    }
    Ok(None)
}

/// Effective dates in range that are not published.
fn unpublished(pipeline: &Pipeline, folder: &IndexFolder, common: &Common) -> Result<Vec<Date>, Failure> {
    let published = folder.published()?;
    let all = pipeline.reviews.iter().map(|review| review.dates.effective);
    let open = all.filter(|date| common.from.is_none_or(|from| *date >= from) && !published.contains(date));
    Ok(open.collect())
}

/// Drops the indexes with nothing to do, unless one with something to do is chosen from them. Nothing is read for them.
fn keep_wanted(session: &mut Session, work: &BTreeMap<String, Vec<Date>>, all: bool, reports: &mut Vec<Report>) {
    let has_work = |(_, due): &(&String, &Vec<Date>)| all || !due.is_empty();
    let mut wanted: Vec<String> = work.iter().filter(has_work).map(|(id, _)| id.clone()).collect();
    let mut next = 0;
    while let Some(child) = wanted.get(next).cloned() {
        next += 1;
        let own = session
            .pipelines
            .iter()
            .filter(|pipeline| pipeline.methodology.index.id == child);
        for parent in own.flat_map(|pipeline| pipeline.methodology.index.parent.indexes()) {
            if !wanted.contains(parent) {
                wanted.push(parent.clone());
            }
        }
    }
    session
        .pipelines
        .retain(|pipeline| wanted.contains(&pipeline.methodology.index.id));
    let idle = work.keys().filter(|id| !wanted.contains(id));
    reports.extend(idle.map(|id| Report::nothing(id)));
}

/// The indexes, parents before their children.
fn parents_first<'a>(mut indexes: Vec<Vec<Edition<'a>>>) -> Vec<Vec<Edition<'a>>> {
    let mut ordered: Vec<Vec<Edition<'a>>> = Vec::with_capacity(indexes.len());
    while !indexes.is_empty() {
        let ids: Vec<&String> = indexes.iter().map(|index| &index[0].0.methodology.index.id).collect();
        let waits = |index: &Vec<Edition<'a>>| parents(index).any(|parent| ids.contains(&parent));
        let (later, ready): (Vec<_>, Vec<_>) = indexes.into_iter().partition(waits);
        if ready.is_empty() {
            // Parents in a circle: their own failures tell.
            ordered.extend(later);
            break;
        }
        ordered.extend(ready);
        indexes = later;
    }
    ordered
}

/// Ids of the indexes that the editions of an index choose from.
fn parents<'a>(index: &Editions<'a>) -> impl Iterator<Item = &'a String> {
    let parents = index
        .iter()
        .flat_map(|(pipeline, _)| pipeline.methodology.index.parent.indexes());
    parents.collect::<Vec<_>>().into_iter()
}

/// The report of an index with something due whose parent stands otherwise than it comes out now.
fn orphaned(index: &Editions<'_>, due: &[Date], reports: &[Report]) -> Option<Report> {
    let is_parent = |report: &&Report| report.failure.is_some() && parents(index).any(|parent| report.index == *parent);
    let failed = reports.iter().find(is_parent);
    failed.filter(|_| !due.is_empty()).map(|failed| Report {
        due: due.to_vec(),
        failure: Some(format!("its parent `{}` failed", failed.index)),
        exit: failed.exit,
        ..Report::nothing(&index[0].0.methodology.index.id)
    })
}

/// One index with something to do.
struct Index<'a> {
    session: &'a Session,
    shared: &'a Shared,
    editions: &'a Editions<'a>,
    folder: IndexFolder,
    changed_since: Option<Date>,
}

impl Index<'_> {
    /// Publishes what is due. A published result that comes out otherwise ends the index, since what is due would begin
    /// with other members; results from `changed_since` on are replaced, if `apply` did not publish them.
    fn publish(&self, due: Vec<Date>) -> Result<Report, Failure> {
        let mut report = Report {
            due,
            ..Report::nothing(&self.editions[0].0.methodology.index.id)
        };
        let configuration = configuration_hash(&self.session.checks);
        walk(
            self.editions,
            self.shared,
            &configuration,
            &self.folder,
            false,
            &mut |rendered| {
                if report.failure.is_some() {
                    return Ok(Link::Standing);
                }
                self.settle(rendered, &mut report)
            },
        )?;
        let failure = self.editions.iter().find_map(|(_, result)| result.failure.as_ref());
        if let (Some(failure), None) = (failure, &report.failure) {
            render::diagnostics_to_stderr(&failure.diagnostics, &self.session.sources);
            let words: Vec<&str> = failure.diagnostics.iter().map(|found| found.message.as_str()).collect();
            report.failure = Some(words.join("; "));
            report.exit = of_review(failure);
        }
        Ok(report)
    }

    fn settle(&self, rendered: Rendered<'_>, report: &mut Report) -> Result<Link, Failure> {
        let date = rendered.review.dates.effective;
        let Some(standing) = &rendered.standing else {
            if !report.due.contains(&date) {
                // Before --from: a link of the chain, and not asked for.
                return Ok(Link::Rendered);
            }
            self.write(rendered)?;
            report.published.push(date);
            return Ok(Link::Rendered);
        };
        let (why, is_damage) = match &rendered.verdict {
            Verdict::New | Verdict::Same => return Ok(Link::Standing),
            Verdict::Damaged(files) => (format!("damaged: {}", files.join(", ")), true),
            Verdict::Changed(why) => (why.join("; "), false),
        };
        let may_replace = self.changed_since.is_some_and(|since| date >= since) && !standing.is_applied;
        if may_replace {
            self.write(rendered)?;
            report.replaced.push((date, why));
            return Ok(Link::Rendered);
        }
        if !is_damage && same_members(&rendered) {
            // Another engine, checks or words, and the same result: history stands.
            return Ok(Link::Standing);
        }
        let help = if standing.is_applied {
            format!("`divisor plan --date {date} --save FILE` and `apply` correct it")
        } else {
            format!("--changed-since {date} publishes it anew")
        };
        report.failure = Some(format!(
            "what is published at {date} comes out otherwise: {why}; {help}"
        ));
        report.exit = Exit::BadInput;
        Ok(Link::Standing)
    }

    fn write(&self, rendered: Rendered<'_>) -> Result<(), Failure> {
        let name = rendered.review.dates.effective.to_string();
        let files = with_records(
            rendered.files,
            rendered.manifest,
            self.session,
            rendered.pipeline,
            "run",
        );
        Staged::stage(&self.folder.reviews(), &name, &files)?.publish()?;
        Ok(())
    }
}

/// Whether the members and weights published are those that come out now.
fn same_members(rendered: &Rendered<'_>) -> bool {
    let name = "constituents.parquet";
    let published = rendered
        .standing
        .as_ref()
        .and_then(|standing| std::fs::read(standing.folder.join(name)).ok());
    let now = rendered
        .files
        .iter()
        .find(|(file, _)| file == name)
        .map(|(_, bytes)| bytes);
    now == published.as_ref()
}
