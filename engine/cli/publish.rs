//! Results to folders: `<out>/<index>/reviews/<effective date>/`, each whole or not there.

use std::path::Path;

use divisor_report::Staged;
use divisor_review::{IndexRun, Pipeline, Shared, hash_bytes};
use serde_json::json;

use crate::args::Common;
use crate::chain::{Files, Link, Rendered, Verdict, editions, walk};
use crate::clock::unix_seconds;
use crate::exit::Failure;
use crate::folders::IndexFolder;
use crate::lock::Lock;
use crate::out::say;
use crate::run::in_range;
use crate::session::Session;
use crate::settings::configuration_hash;
use crate::watch;

/// What was done.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Published {
    pub(crate) new: usize,
    pub(crate) unchanged: usize,
    pub(crate) replaced: usize,
    /// Indexes of which an approved review would have been replaced.
    pub(crate) refused: usize,
}

/// Where `run` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Into `reviews`.
    Final,
    /// Into `pro-forma`.
    ProForma,
}

/// Writes the reviews in range. Reviews before them are rendered too: their manifests are links of the chain. A review
/// that `apply` published is not replaced: its index ends there.
pub(crate) fn publish(
    target: &Path,
    session: &Session,
    shared: &Shared,
    results: &[IndexRun],
    common: &Common,
    state: State,
) -> Result<Published, Failure> {
    let _lock = Lock::take(target)?;
    let mut published = Published::default();
    let total: usize = results.iter().map(|result| result.reviews.len()).sum();
    let bar = watch::bar("writing", total as u64);
    let _span = tracing::info_span!("publish", reviews = total).entered();
    let configuration = configuration_hash(&session.checks);
    for index in editions(&session.pipelines, results) {
        let folder = IndexFolder::new(target, &index[0].0.methodology.index.id);
        folder.sweep()?;
        let place = Place {
            folder: &folder,
            session,
            state,
        };
        let mut is_refused = false;
        walk(&index, shared, &configuration, &folder, false, &mut |rendered| {
            bar.inc(1);
            if is_refused || !in_range(rendered.review, common) {
                let is_same = matches!(rendered.verdict, Verdict::Same | Verdict::Damaged(_));
                return Ok(if is_same { Link::Standing } else { Link::Rendered });
            }
            place.write(rendered, &mut published, &mut is_refused)
        })?;
    }
    bar.finish_and_clear();
    Ok(published)
}

/// Where the reviews of one index go.
struct Place<'a> {
    folder: &'a IndexFolder,
    session: &'a Session,
    state: State,
}

impl Place<'_> {
    fn write(&self, rendered: Rendered<'_>, published: &mut Published, is_refused: &mut bool) -> Result<Link, Failure> {
        if self.state == State::ProForma {
            return self.write_pro_forma(rendered, published);
        }
        let name = rendered.review.dates.effective.to_string();
        let (pipeline, files) = (rendered.pipeline, rendered.files);
        match (&rendered.standing, &rendered.verdict) {
            (Some(_), Verdict::Same) => {
                published.unchanged += 1;
                return Ok(Link::Standing);
            }
            (Some(standing), Verdict::Changed(why) | Verdict::Damaged(why)) if standing.is_applied => {
                say(&refusal(&pipeline.methodology.index.id, &name, &standing.folder, why));
                published.refused += 1;
                *is_refused = true;
                return Ok(Link::Standing);
            }
            (Some(_), _) => published.replaced += 1,
            (None, _) => published.new += 1,
        }
        let files = with_records(files, rendered.manifest, self.session, pipeline, "run");
        Staged::stage(&self.folder.reviews(), &name, &files)?.publish()?;
        Ok(Link::Rendered)
    }

    /// A pro forma is whatever the newest call made of it; beside a final result that is the same it has no use.
    fn write_pro_forma(&self, rendered: Rendered<'_>, published: &mut Published) -> Result<Link, Failure> {
        let name = rendered.review.dates.effective.to_string();
        let (files, manifest) = (rendered.files, rendered.manifest);
        if rendered.verdict == Verdict::Same {
            published.unchanged += 1;
            return Ok(Link::Standing);
        }
        let parent = self.folder.pro_forma();
        let there = parent.join(&name);
        let is_same =
            |(file, bytes): &(String, Vec<u8>)| std::fs::read(there.join(file)).is_ok_and(|found| found == *bytes);
        let is_same = std::fs::read(there.join("manifest.json")).is_ok_and(|found| found == manifest.as_bytes())
            && files.iter().all(is_same);
        if is_same {
            published.unchanged += 1;
            return Ok(Link::Rendered);
        }
        if there.exists() {
            published.replaced += 1;
        } else {
            published.new += 1;
        }
        let files = with_records(files, manifest, self.session, rendered.pipeline, "run");
        Staged::stage(&parent, &name, &files)?.publish()?;
        Ok(Link::Rendered)
    }
}

fn refusal(index: &str, effective: &str, folder: &Path, why: &[String]) -> String {
    format!(
        "error: {index} at {effective} was approved and published by `apply`, and comes out otherwise now: {}\n  = help: \
         {} stays as it is, and nothing after it is written; `divisor plan --date {effective} --save FILE` and `divisor \
         apply FILE` publish a correction beside it",
        why.join("; "),
        folder.display()
    )
}

/// The files of a review with its manifest and `sources.json`.
pub(crate) fn with_records(
    mut files: Files,
    manifest: String,
    session: &Session,
    pipeline: &Pipeline,
    published_by: &str,
) -> Files {
    let sources = sources(session, pipeline, published_by, &hash_bytes(manifest.as_bytes()));
    files.push(("manifest.json".to_owned(), manifest.into_bytes()));
    files.push(("sources.json".to_owned(), sources.into_bytes()));
    files
}

/// What differs between two runs of the same inputs: places, the clock, threads, who wrote it. The hash of the manifest
/// is there for `verify`: nothing else need be linked to the last manifest of an index.
pub(crate) fn sources(session: &Session, pipeline: &Pipeline, published_by: &str, manifest_hash: &str) -> String {
    let text = json!({
        "published_by": published_by,
        "manifest_hash": manifest_hash,
        "written_at_unix_s": unix_seconds(),
        "dataset_folder": session.dataset.root,
        "rulebook_file": pipeline.source.file,
        "threads": rayon::current_num_threads(),
    });
    format!("{}\n", serde_json::to_string_pretty(&text).unwrap_or_default())
}
