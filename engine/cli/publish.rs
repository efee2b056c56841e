//! Results to folders: `<out>/<index>/reviews/<effective date>/`, each whole or not there.

use std::path::Path;

use divisor_model::Table;
use divisor_report::{Staged, sweep, to_parquet};
use divisor_review::{
    IndexRun, Pipeline, Review, Shared, candidates, constituents, decisions, hash_bytes, manifest_json, turnover_table,
};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde_json::json;

use crate::args::Common;
use crate::exit::Failure;
use crate::lock::Lock;
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
}

/// Writes the reviews in range. Reviews before them are rendered too: their manifests are links of the chain.
pub(crate) fn publish(
    target: &Path,
    session: &Session,
    shared: &Shared,
    results: &[IndexRun],
    common: &Common,
) -> Result<Published, Failure> {
    let _lock = Lock::take(target)?;
    let mut published = Published::default();
    let total: usize = results.iter().map(|result| result.reviews.len()).sum();
    let bar = watch::bar("writing", total as u64);
    let mut previous: Option<String> = None;
    let mut index = "";
    for (pipeline, result) in session.pipelines.iter().zip(results) {
        let id = pipeline.methodology.index.id.as_str();
        let parent = target.join(id).join("reviews");
        // The editions of an index are one chain.
        if index != id {
            (index, previous) = (id, None);
            if parent.is_dir() {
                sweep(&parent)?;
            }
        }
        // Rendered in parallel, some at a time so that memory stays small, and chained in date order.
        for chunk in result.reviews.chunks(8) {
            let rendered: Vec<Result<Files, Failure>> = chunk
                .par_iter()
                .map(|review| render(pipeline, shared, review))
                .collect();
            for (review, files) in chunk.iter().zip(rendered) {
                let files = files?;
                let hashes: Vec<(String, String)> = files
                    .iter()
                    .map(|(name, bytes)| (name.clone(), hash_bytes(bytes)))
                    .collect();
                let manifest = manifest_json(
                    pipeline,
                    shared,
                    review,
                    &configuration_hash(&session.checks),
                    previous.as_deref(),
                    &hashes,
                );
                previous = Some(hash_bytes(manifest.as_bytes()));
                if in_range(review, common) {
                    write(&parent, session, pipeline, review, files, manifest, &mut published)?;
                }
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    Ok(published)
}

type Files = Vec<(String, Vec<u8>)>;

/// The Parquet files of a review.
fn render(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Result<Files, Failure> {
    let tables: [Table; 4] = [
        candidates(pipeline, shared, review),
        constituents(pipeline, shared, review),
        decisions(pipeline, shared, review),
        turnover_table(shared, review),
    ];
    let metadata = [
        ("index_id", pipeline.methodology.index.id.as_str()),
        ("schema_version", "1"),
    ];
    let file = |table: &Table| Ok((format!("{}.parquet", table.name), to_parquet(table, &metadata)?));
    tables.iter().map(file).collect()
}

fn write(
    parent: &Path,
    session: &Session,
    pipeline: &Pipeline,
    review: &Review,
    mut files: Files,
    manifest: String,
    published: &mut Published,
) -> Result<(), Failure> {
    let name = review.dates.effective.to_string();
    let folder = parent.join(&name);
    if is_same(&folder, &files, &manifest) {
        published.unchanged += 1;
        return Ok(());
    }
    if folder.exists() {
        published.replaced += 1;
    } else {
        published.new += 1;
    }
    files.push(("manifest.json".to_owned(), manifest.into_bytes()));
    files.push(("sources.json".to_owned(), sources(session, pipeline).into_bytes()));
    Staged::stage(parent, &name, &files)?.publish()?;
    Ok(())
}

/// Whether a folder holds exactly these files.
fn is_same(folder: &Path, files: &Files, manifest: &str) -> bool {
    let same = |name: &str, bytes: &[u8]| std::fs::read(folder.join(name)).is_ok_and(|found| found == bytes);
    same("manifest.json", manifest.as_bytes()) && files.iter().all(|(name, bytes)| same(name, bytes))
}

/// What differs between two runs of the same inputs: places, the clock, threads.
fn sources(session: &Session, pipeline: &Pipeline) -> String {
    let written = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let text = json!({
        "written_at_unix_s": written.map_or(0, |since| since.as_secs()),
        "dataset_folder": session.dataset.root,
        "rulebook_file": pipeline.source.file,
        "threads": rayon::current_num_threads(),
    });
    format!("{}\n", serde_json::to_string_pretty(&text).unwrap_or_default())
}
