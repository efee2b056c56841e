//! Indexes that choose from the constituents of others.

use std::collections::BTreeMap;

use divisor_methodology::Parent;
use divisor_model::{Diagnostic, SecurityIndex, day_of};
use divisor_numeric::sum_iter;

use crate::bind::{BoundReview, Pipeline};
use crate::drift::drift;
use crate::error::ReviewError;
use crate::run::IndexRun;
use crate::shared::Shared;

/// The parent indexes of each edition of an index; `None` where one is not among those given.
pub(crate) fn parents_of(indexes: &[&[Pipeline]], at: usize) -> Option<Vec<Vec<usize>>> {
    let find = |id: &String| indexes.iter().position(|index| index[0].methodology.index.id == *id);
    let parents = indexes[at]
        .iter()
        .map(|edition| edition.methodology.index.parent.indexes());
    parents.map(|ids| ids.iter().map(find).collect()).collect()
}

/// The run of an index whose parent is missing.
pub(crate) fn orphan(pipeline: &Pipeline) -> IndexRun {
    let index = &pipeline.methodology.index;
    let (verb, they) = match &index.parent {
        Parent::Indexes(_) => ("are not all", "one depends"),
        _ => ("is not", "depends"),
    };
    let message = format!(
        "the {} of `{}` (line {}) {verb} among the rulebooks of this run, or {they} on it in a circle",
        index.parent.words(),
        index.id,
        index.parent_line
    );
    let help = "give its rulebook too, or the folder that has both";
    IndexRun {
        failure: Some(ReviewError::input(vec![Diagnostic::error("M0502", message).help(help)])),
        ..IndexRun::default()
    }
}

/// The constituents of the parent indexes at the mean of their weights, zero where an index has not the name. What left
/// the snapshot counts in no index, so each is brought back to one first.
pub(crate) fn mean_weights(
    parents: &[&[IndexRun]],
    shared: &Shared,
    review: &BoundReview,
) -> Result<BTreeMap<SecurityIndex, f64>, ReviewError> {
    if let [parent] = parents {
        return parent_weights(parent, shared, review);
    }
    let mut mean: BTreeMap<SecurityIndex, f64> = BTreeMap::new();
    for parent in parents {
        let weights = parent_weights(parent, shared, review)?;
        let total = sum_iter(weights.values().copied());
        for (security, weight) in weights {
            *mean.entry(security).or_default() += weight / total / parents.len() as f64;
        }
    }
    Ok(mean)
}

/// The constituents of a parent index at its newest review with a cut-off on or before this one's, at their weights
/// drifted to this review's valuation closes; names that left the snapshot are gone. None where that review failed.
fn parent_weights(
    parent: &[IndexRun],
    shared: &Shared,
    review: &BoundReview,
) -> Result<BTreeMap<SecurityIndex, f64>, ReviewError> {
    let reviews = parent.iter().flat_map(|edition| &edition.reviews);
    let newest = reviews.rev().find(|done| done.dates.cutoff <= review.dates.cutoff);
    // What a review that failed would have left is not what the one before it left.
    let failed = parent.iter().filter_map(|edition| edition.failed_cutoff).min();
    let newest = newest.filter(|_| failed.is_none_or(|failed| failed > review.dates.cutoff));
    let snapshot = review.snapshot.and_then(|date| shared.landed.panel.snapshot(date));
    let (Some(newest), Some(snapshot)) = (newest, snapshot) else {
        let message = format!(
            "the parent index has no review with a cut-off on or before {}, which the review effective {} needs",
            review.dates.cutoff, review.dates.effective
        );
        let help = match parent.iter().find_map(|edition| edition.failure.as_ref()) {
            Some(failure) => format!("the parent failed: {failure}"),
            None => "begin this index later than its parent: index.base.date".to_owned(),
        };
        return Err(ReviewError::input(vec![Diagnostic::error("D0207", message).help(help)]));
    };
    let drifted = drift(
        &newest.holdings(),
        shared,
        snapshot,
        day_of(review.dates.cutoffs.prices),
    );
    let there = drifted.into_iter().filter(|held| snapshot.row(held.security).is_some());
    Ok(there.map(|held| (held.security, held.weight)).collect())
}
