//! The reviews of one index rendered in date order, each beside what is published of it. Manifests are links of a
//! chain: each has the hash of the one in force for the review before.

use divisor_model::Table;
use divisor_report::{to_csv, to_parquet};
use divisor_review::{
    IndexRun, Pipeline, Review, Shared, announcement, candidates, constituents, decisions, hash_bytes, manifest,
    turnover_table,
};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde_json::Value;

use crate::changes::changes;
use crate::exit::Failure;
use crate::folders::{IndexFolder, Standing};

/// Files by name.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// An edition of an index with the reviews it is in force for.
pub(crate) type Edition<'a> = (&'a Pipeline, &'a IndexRun);

/// Those of one index, in date order.
pub(crate) type Editions<'a> = [Edition<'a>];

/// The editions of each index; a session holds those of an index one after another.
pub(crate) fn editions<'a>(pipelines: &'a [Pipeline], results: &'a [IndexRun]) -> Vec<Vec<Edition<'a>>> {
    let mut indexes: Vec<Vec<Edition<'_>>> = Vec::new();
    for one in pipelines.iter().zip(results) {
        let id = &one.0.methodology.index.id;
        match indexes.last_mut() {
            Some(own) if own[0].0.methodology.index.id == *id => own.push(one),
            _ => indexes.push(vec![one]),
        }
    }
    indexes
}

/// A review ready to be published, beside what is.
pub(crate) struct Rendered<'a> {
    /// The edition it was made of.
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) review: &'a Review,
    /// Its files, the manifest excepted.
    pub(crate) files: Files,
    /// The text of its manifest; as a correction, where [`Verdict::Changed`] says that it would be one.
    pub(crate) manifest: String,
    pub(crate) standing: Option<Standing>,
    pub(crate) verdict: Verdict,
}

/// How a rendered review compares with the one published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// None is.
    New,
    /// The same bytes, but for links to manifests that have been corrected since.
    Same,
    /// The same manifest; these files of it are missing or have other bytes.
    Damaged(Vec<String>),
    /// Another result, for these reasons.
    Changed(Vec<String>),
}

/// Which manifest the next review is linked to.
pub(crate) enum Link {
    /// That of the published result.
    Standing,
    /// That of the rendered one.
    Rendered,
}

/// Reviews rendered at a time, so that memory stays small.
const CHUNK: usize = 8;

/// Renders all reviews of an index, whatever their edition, some at a time in parallel, and hands them on in date order. `corrects` makes
/// manifests of changed reviews those of corrections. What `act` answers decides the next link.
pub(crate) fn walk(
    index: &Editions<'_>,
    shared: &Shared,
    configuration_hash: &str,
    folder: &IndexFolder,
    corrects: bool,
    act: &mut dyn FnMut(Rendered<'_>) -> Result<Link, Failure>,
) -> Result<(), Failure> {
    // The hash in force, and all that a published review may be linked to.
    let mut before: Vec<String> = Vec::new();
    let chunks = index
        .iter()
        .flat_map(|(pipeline, result)| result.reviews.chunks(CHUNK).map(|chunk| (*pipeline, chunk)));
    for (pipeline, chunk) in chunks {
        let files: Vec<Result<Files, Failure>> =
            chunk.par_iter().map(|review| files(pipeline, shared, review)).collect();
        for (review, files) in chunk.iter().zip(files) {
            let files = files?;
            let hashes: Vec<(String, String)> = files
                .iter()
                .map(|(name, bytes)| (name.clone(), hash_bytes(bytes)))
                .collect();
            let mut manifest = manifest(pipeline, shared, review, configuration_hash, &hashes);
            let standing = folder.standing(review.dates.effective)?;
            let previous = before.last().map(String::as_str);
            let plain = manifest.text(previous, None);
            let verdict = match &standing {
                None => Verdict::New,
                Some(standing) => {
                    let link = standing.field("previous_manifest_hash");
                    let is_linked = link == previous || link.is_some_and(|link| before.iter().any(|hash| hash == link));
                    let text = manifest.text(link, standing.field("supersedes"));
                    verdict(standing, &files, &text, is_linked)
                }
            };
            let text = match (&verdict, &standing) {
                (Verdict::Changed(_), Some(standing)) if corrects => {
                    manifest.text(previous, standing.links.last().map(String::as_str))
                }
                _ => plain,
            };
            let rendered_hash = hash_bytes(text.as_bytes());
            let links = standing.as_ref().map(|standing| standing.links.clone());
            let rendered = Rendered {
                pipeline,
                review,
                files,
                manifest: text,
                standing,
                verdict,
            };
            before = match (act(rendered)?, links) {
                (Link::Standing, Some(links)) => links,
                _ => vec![rendered_hash],
            };
        }
    }
    Ok(())
}

fn verdict(standing: &Standing, files: &Files, text: &str, is_linked: bool) -> Verdict {
    if standing.text == text && is_linked {
        let damaged = standing.damaged(files);
        return if damaged.is_empty() {
            Verdict::Same
        } else {
            Verdict::Damaged(damaged)
        };
    }
    let now: Value = serde_json::from_str(text).unwrap_or_default();
    let mut found = changes(&standing.manifest, &now);
    if found.is_empty() {
        found.push(
            if is_linked {
                "manifest.json: other bytes"
            } else {
                "the review before it"
            }
            .to_owned(),
        );
    }
    Verdict::Changed(found)
}

/// The files of a review: its tables, and what is announced of it for people without a Parquet reader.
fn files(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Result<Files, Failure> {
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
    let mut files: Files = tables.iter().map(file).collect::<Result<_, Failure>>()?;
    let announced = to_csv(&announcement(pipeline, shared, review));
    files.push(("announcement.csv".to_owned(), announced.into_bytes()));
    Ok(files)
}
