//! Which index, review and security `divisor why` is asked about.

use divisor_model::{Date, SecurityIndex, Snapshot};
use divisor_review::{IndexRun, Pipeline, Review, Shared};

use crate::args::Common;
use crate::exit::Failure;
use crate::run::in_range;
use crate::session::Session;

/// Drops the indexes that are neither asked for nor parents of one that is.
pub(crate) fn keep_index(session: &mut Session, wanted: Option<&str>) -> Result<(), Failure> {
    let Some(wanted) = wanted else { return Ok(()) };
    let mut keep = vec![wanted.to_owned()];
    let mut next = 0;
    while let Some(id) = keep.get(next).cloned() {
        next += 1;
        let editions = session
            .pipelines
            .iter()
            .filter(|pipeline| pipeline.methodology.index.id == id);
        for edition in editions {
            let parents = edition.methodology.index.parent.indexes().iter();
            let new: Vec<String> = parents.filter(|parent| !keep.contains(parent)).cloned().collect();
            keep.extend(new);
        }
    }
    if !session
        .pipelines
        .iter()
        .any(|pipeline| pipeline.methodology.index.id == wanted)
    {
        return Err(unknown_index(session, wanted));
    }
    session
        .pipelines
        .retain(|pipeline| keep.contains(&pipeline.methodology.index.id));
    Ok(())
}

fn unknown_index(session: &Session, wanted: &str) -> Failure {
    let ids: Vec<&str> = session
        .pipelines
        .iter()
        .map(|pipeline| pipeline.methodology.index.id.as_str())
        .collect();
    Failure::usage(
        format!("no rulebook here is called `{wanted}`"),
        format!("there are: {}", ids.join(", ")),
    )
}

pub(crate) fn wanted<'a>(session: &'a Session, index: Option<&'a str>) -> Result<&'a str, Failure> {
    let mut ids: Vec<&str> = session
        .pipelines
        .iter()
        .map(|pipeline| pipeline.methodology.index.id.as_str())
        .collect();
    ids.dedup();
    match (index, ids.as_slice()) {
        (Some(index), _) if ids.contains(&index) => Ok(index),
        (Some(index), _) => Err(unknown_index(session, index)),
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::usage(
            "which index?",
            format!("give --index: {}", ids.join(", ")),
        )),
    }
}

/// A review with the edition it ran under.
pub(crate) type Found<'a> = (&'a Pipeline, &'a IndexRun, &'a Review);

/// All finished reviews of an index, in date order.
pub(crate) fn reviews<'a>(session: &'a Session, results: &'a [IndexRun], id: &str) -> Vec<Found<'a>> {
    let editions = session.pipelines.iter().zip(results);
    let editions = editions.filter(|(pipeline, _)| pipeline.methodology.index.id == id);
    editions
        .flat_map(|(pipeline, result)| result.reviews.iter().map(move |review| (pipeline, result, review)))
        .collect()
}

/// The review asked for, or the last of the range asked for.
pub(crate) fn review<'a>(
    session: &'a Session,
    results: &'a [IndexRun],
    id: &str,
    (date, common): (Option<Date>, &Common),
) -> Result<Found<'a>, Failure> {
    let reviews = reviews(session, results, id);
    let is_meant = |review: &Review| in_range(review, common) && date.is_none_or(|date| review.dates.effective == date);
    let found = reviews.iter().rfind(|(.., review)| is_meant(review));
    found.copied().ok_or_else(|| {
        let last = reviews.iter().rev().take(4);
        let dates: Vec<String> = last.map(|(.., review)| review.dates.effective.to_string()).collect();
        let when = [(" effective", date), (" from", common.from), (" to", common.to)];
        let when = when
            .iter()
            .filter_map(|(word, date)| Some(format!("{word} {}", (*date)?)));
        let when = when.collect::<String>();
        let help = if dates.is_empty() {
            String::new()
        } else {
            format!("the last ones: {}", dates.join(", "))
        };
        Failure::usage(format!("{id} has no review{when}"), help)
    })
}

/// A security by id, ticker or name; letters of any case, and a part of a name where only one name has it.
pub(crate) fn find(text: &str, shared: &Shared, snapshot: Snapshot<'_>) -> Result<SecurityIndex, Failure> {
    let securities = shared.landed.panel.securities();
    if let Some(found) = securities.index(text) {
        return Ok(found);
    }
    let lower = text.to_lowercase();
    let matching = |test: &dyn Fn(&str, &str) -> bool| -> Vec<usize> {
        (0..snapshot.len())
            .filter(|row| {
                let id = securities.id(snapshot.security()[*row]);
                let fields = [
                    Some(id),
                    snapshot.text_at("ticker", *row),
                    snapshot.text_at("name", *row),
                ];
                fields
                    .into_iter()
                    .flatten()
                    .any(|field| test(&field.to_lowercase(), &lower))
            })
            .collect()
    };
    let exact = matching(&|field, text| field == text);
    let rows = if exact.is_empty() {
        matching(&|field, text| field.contains(text))
    } else {
        exact
    };
    match rows.as_slice() {
        [row] => Ok(snapshot.security()[*row]),
        [] => Err(Failure::usage(
            format!(
                "no security of the snapshot {} has the id, ticker or name `{text}`",
                snapshot.date()
            ),
            closest(text, shared, snapshot),
        )),
        many => {
            let ids: Vec<&str> = many
                .iter()
                .take(6)
                .map(|row| securities.id(snapshot.security()[*row]))
                .collect();
            let more = if many.len() > ids.len() { ", …" } else { "" };
            Err(Failure::usage(
                format!("`{text}` may be any of {} securities", many.len()),
                format!("{}{more}", ids.join(", ")),
            ))
        }
    }
}

/// The id, ticker or name most like a text.
fn closest(text: &str, shared: &Shared, snapshot: Snapshot<'_>) -> String {
    let rows = 0..snapshot.len();
    let fields = rows.flat_map(|row| [snapshot.text_at("ticker", row), snapshot.text_at("name", row)]);
    let ids = shared.landed.panel.securities().ids().iter().map(String::as_str);
    divisor_methodology::closest(text, ids.chain(fields.flatten()))
        .map_or_else(String::new, |near| format!("did you mean {near}?"))
}
