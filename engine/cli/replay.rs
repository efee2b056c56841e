//! Published reviews made again from the rulebooks and decisions in their manifests, and compared.

use divisor_market::read_table;
use divisor_model::Date;
use serde_json::Value;

use crate::apply::of_text;
use crate::args::Common;
use crate::chain::{Files, Link, Rendered, Verdict, editions, walk};
use crate::changes::changes;
use crate::exit::Failure;
use crate::folders::Standing;
use crate::render;
use crate::run::execute;
use crate::session::Session;
use crate::settings::configuration_hash;
use crate::verify::{Difference, Held};

/// Makes the results in force again. All indexes run with their newest rulebooks at once; where results of an index were
/// made of an older one, the index runs once more for each of those.
pub(crate) fn replay(held: &[Held], common: &Common, differences: &mut Vec<Difference>) -> Result<(), Failure> {
    let editions = held.iter().map(|index| index.rulebooks().len()).max().unwrap_or(0);
    for edition in 0..editions {
        let of = |index: &Held| {
            let texts = index.rulebooks();
            // Others come along as parents.
            let text = texts.get(edition).or(texts.first());
            let file = format!("{}: rulebook of its manifests", index.id);
            text.map_or_else(Vec::new, |text| of_text(&file, text, &index.id))
        };
        let to = held.iter().filter_map(|index| index.standing.keys().next_back()).max();
        let common = Common {
            to: to.copied(),
            from: None,
            set: Vec::new(),
            ..common.clone()
        };
        let session = match Session::open(held.iter().flat_map(of).collect(), &common) {
            Ok(mut session) => {
                decided(held, &mut session);
                session
            }
            Err(failure @ Failure::Plain { .. }) => return Err(failure),
            Err(failure) => {
                render::failure(&failure);
                differences.push(Difference {
                    place: "the reviews".to_owned(),
                    what: "cannot be made again from their rulebooks: see above".to_owned(),
                });
                return Ok(());
            }
        };
        replay_session(held, edition, &session, differences)?;
    }
    Ok(())
}

/// Puts the decisions that manifests have in place of those in the file of decisions.
fn decided(held: &[Held], session: &mut Session) {
    for pipeline in &mut session.pipelines {
        let index = held.iter().find(|index| index.id == pipeline.methodology.index.id);
        let standing = index.into_iter().flat_map(|index| &index.standing);
        let decided = standing.filter_map(|(date, found)| {
            let decisions = serde_json::from_value(found.manifest["discretion"].clone()).ok()?;
            Some((*date, decisions))
        });
        pipeline.discretion = decided.collect();
    }
}

fn replay_session(
    held: &[Held],
    edition: usize,
    session: &Session,
    differences: &mut Vec<Difference>,
) -> Result<(), Failure> {
    let (shared, results) = execute(session);
    let configuration = configuration_hash(&session.checks);
    for editions in editions(&session.pipelines, &results) {
        let id = &editions[0].0.methodology.index.id;
        let Some(index) = held.iter().find(|index| index.id == *id) else {
            continue;
        };
        let texts = index.rulebooks();
        let Some(text) = texts.get(edition) else { continue };
        let mut open: Vec<Date> = index.wanted.clone();
        open.retain(|date| index.standing[date].field("rulebook") == Some(*text));
        walk(
            &editions,
            &shared,
            &configuration,
            &index.folder,
            false,
            &mut |rendered| {
                let date = rendered.review.dates.effective;
                if open.contains(&date) {
                    open.retain(|other| *other != date);
                    differences.extend(compare(&rendered)?);
                }
                // Whatever stands is what the next one is linked to.
                Ok(Link::Standing)
            },
        )?;
        if open.is_empty() {
            continue;
        }
        let failure = editions.iter().find_map(|(_, result)| result.failure.as_ref());
        if let Some(failure) = failure {
            render::diagnostics_to_stderr(&failure.diagnostics, &session.sources);
        }
        differences.extend(open.iter().map(|date| {
            let reason = match failure {
                Some(failure) => {
                    let words: Vec<&str> = failure.diagnostics.iter().map(|found| found.message.as_str()).collect();
                    words.join("; ")
                }
                None => "its rulebook and calendar have no review at this date".to_owned(),
            };
            Difference {
                place: index.standing[date].folder.display().to_string(),
                what: format!("cannot be made again: {reason}"),
            }
        }));
    }
    Ok(())
}

/// How a review made again differs from the one published.
fn compare(rendered: &Rendered<'_>) -> Result<Vec<Difference>, Failure> {
    let (Some(standing), Verdict::Changed(why)) = (&rendered.standing, &rendered.verdict) else {
        return Ok(Vec::new());
    };
    let now: Value = serde_json::from_str(&rendered.manifest).unwrap_or_default();
    let why = if standing.manifest["engine_version"] == now["engine_version"] {
        why.clone()
    } else {
        contents(standing, now, &rendered.files)?
    };
    let place = standing.folder.display().to_string();
    Ok(why
        .into_iter()
        .map(|what| Difference {
            place: place.clone(),
            what,
        })
        .collect())
}

/// What differs from a result of another version of the engine: what went in by its hashes, what came out by its values.
fn contents(standing: &Standing, mut now: Value, files: &Files) -> Result<Vec<String>, Failure> {
    let mut then = standing.manifest.clone();
    for manifest in [&mut then, &mut now] {
        for key in ["engine_version", "schema_version", "outputs", "warnings"] {
            manifest[key] = Value::Null;
        }
    }
    let mut why = changes(&then, &now);
    let scratch = std::env::temp_dir().join(format!("divisor-verify-{}.parquet", std::process::id()));
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".parquet")) {
        std::fs::write(&scratch, bytes)
            .map_err(|error| Failure::failed(format!("cannot write {}: {error}", scratch.display())))?;
        let again = read_table("again", &scratch);
        let published = read_table("again", &standing.folder.join(name));
        let same = matches!((&published, &again), (Ok(then), Ok(now)) if format!("{then:?}") == format!("{now:?}"));
        if !same {
            why.push(format!(
                "{name}: other values than the engine {} published",
                standing.manifest["engine_version"]
            ));
        }
    }
    // A leftover harms nobody.
    let _ = std::fs::remove_file(&scratch);
    Ok(why)
}
