//! One review made again from holdings of the caller's, as comparisons ask for: what would have come out, had the index
//! come to this review another way?

use std::sync::Arc;

use divisor_model::{Diagnostic, SecurityIndex};

use crate::bind::{BoundReview, Pipeline};
use crate::choice::{Membership, choose};
use crate::contract::{broken_history, broken_snapshot};
use crate::drift::Holdings;
use crate::error::ReviewError;
use crate::fold::{Review, finish, hold_turnover, weigh};
use crate::parents::mean_weights;
use crate::run::{IndexRun, snapshot_of};
use crate::scored::Scored;
use crate::shared::Shared;
use crate::tranches::Turn;

/// The review of a pipeline at `review`, begun with `previous` in place of what the review before left; with `None` it is
/// the first of its index. `parents` are the runs of its parent indexes, in the order of the rulebook. Findings of the
/// quality checks are not looked for again: they stand in the runs that are compared. Optimised weights and tranches are not made
/// again yet: they are refused.
pub fn rerun(
    pipeline: &Pipeline,
    shared: &Shared,
    review: &BoundReview,
    parents: &[&[IndexRun]],
    previous: Option<&Arc<Holdings>>,
) -> Result<Review, ReviewError> {
    if pipeline.methodology.optimised.is_some() || pipeline.methodology.tranches.is_some() {
        let message = "optimised weights and tranches are not made again from other holdings";
        return Err(ReviewError::input(vec![Diagnostic::error("M0510", message)]));
    }
    broken_snapshot(pipeline, shared, review)?;
    let weights = (!parents.is_empty()).then(|| mean_weights(parents, shared, review));
    let scored = Scored::new(pipeline, shared, review, weights.transpose()?.as_ref())?;
    let held: Vec<SecurityIndex> = previous
        .iter()
        .flat_map(|held| held.members.iter().map(|holding| holding.security))
        .collect();
    let mut now = Membership::new(shared.landed.panel.securities().len(), &held);
    broken_history(pipeline, shared, review, &scored, None, &now)?;
    let snapshot = snapshot_of(shared, review)?;
    let turn = Turn::All { count: 1 };
    let chosen = choose(pipeline, (review, turn), snapshot, &scored, &mut now)?;
    let mut weighed = weigh(pipeline, snapshot, review, scored, chosen)?;
    if let Some(previous) = previous {
        hold_turnover(pipeline, shared, snapshot, review, &mut weighed, previous)?;
    }
    Ok(finish(pipeline, shared, snapshot, review, weighed, previous.cloned()))
}
