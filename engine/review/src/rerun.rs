//! One review made again from a beginning of the caller's, as comparisons ask for: what would have come out, had the index
//! come to this review another way?

use std::sync::Arc;

use divisor_model::{Diagnostic, SecurityIndex};

use crate::bind::{BoundReview, Pipeline};
use crate::choice::{Found, Membership, choose};
use crate::contract::{broken_history, broken_snapshot};
use crate::drift::{Holding, Holdings};
use crate::error::ReviewError;
use crate::fold::{Review, finish};
use crate::optimised::Settled;
use crate::parents::mean_weights;
use crate::run::{IndexRun, snapshot_of};
use crate::scored::Scored;
use crate::shared::Shared;
use crate::tranches::{Parts, Turn};
use crate::weighing::{after, alone, waits};

/// All that a review begins with: what the reviews before it left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Beginning {
    /// Members with their weights; none at the first review.
    holdings: Option<Arc<Holdings>>,
    /// Who was selected, where some are without weight or tranches have names of their own.
    found: Found,
    /// What tranches hold.
    parts: Parts,
}

impl Beginning {
    /// That of a finished review.
    pub(crate) fn of(review: &Review) -> Self {
        Self {
            holdings: review.previous.clone(),
            found: review.selection.found.clone(),
            parts: review.parts.clone(),
        }
    }

    /// The same with other numbers for securities; what has none is sold whatever happens, and left out.
    pub(crate) fn renumbered(&self, number: impl Fn(SecurityIndex) -> Option<SecurityIndex>) -> Self {
        let holdings = self.holdings.as_ref().map(|held| {
            let member = |holding: &Holding| {
                let security = number(holding.security)?;
                Some(Holding { security, ..*holding })
            };
            Arc::new(Holdings {
                snapshot: held.snapshot,
                members: held.members.iter().filter_map(member).collect(),
            })
        });
        let part = |(security, part): &(SecurityIndex, f64)| Some((number(*security)?, *part));
        let parts = self.parts.tranches().iter();
        let parts = parts.map(|names| names.iter().filter_map(part).collect()).collect();
        Self {
            holdings,
            found: self.found.renumbered(&number),
            parts: Parts::of(parts),
        }
    }

    /// As rules with so many tranches begin with it: where there were as many, as it is; else each is taken to hold what the
    /// index did.
    fn in_tranches(&self, count: usize) -> (Found, Parts) {
        if self.parts.tranches().len() == count {
            return (self.found.clone(), self.parts.clone());
        }
        let mut members = self.found.members().to_vec();
        if let Some(held) = &self.holdings {
            members.extend(held.members.iter().map(|holding| holding.security));
            members.sort_unstable();
            members.dedup();
        }
        let mut parts = Parts::default();
        let held = self.holdings.iter().flat_map(|held| held.weights());
        parts.start(count, &held.collect::<Vec<_>>());
        (Found::alike(members, count), parts)
    }
}

/// The review of a pipeline at `review`, which has this `turn` of its tranches, begun otherwise than the one before left the
/// index. `parents` are the runs of its parent indexes, in the order of the rulebook. Findings of the quality checks are not
/// looked for again: they stand in the runs that are compared.
pub(crate) fn rerun(
    pipeline: &Pipeline,
    shared: &Shared,
    (review, turn): (&BoundReview, Turn),
    parents: &[&[IndexRun]],
    beginning: &Beginning,
) -> Result<Review, ReviewError> {
    broken_snapshot(pipeline, shared, review)?;
    let weights = (!parents.is_empty()).then(|| mean_weights(parents, shared, review));
    let scored = Scored::new(pipeline, shared, review, weights.transpose()?.as_ref())?;
    let (found, mut parts) = match turn {
        Turn::One { .. } => beginning.in_tranches(pipeline.methodology.tranches.as_ref().map_or(1, |rule| rule.count)),
        Turn::All { .. } => (beginning.found.clone(), beginning.parts.clone()),
    };
    let mut now = Membership::begun(shared.landed.panel.securities().len(), &found);
    broken_history(pipeline, shared, review, &scored, None, &now)?;
    let snapshot = snapshot_of(shared, review)?;
    let chosen = choose(pipeline, (review, turn), snapshot, &scored, &mut now)?;
    let ready = alone((pipeline, review), shared, scored, chosen)?;
    let before = beginning.holdings.as_ref().filter(|_| waits(&pipeline.methodology));
    match after((pipeline, review, turn), shared, ready, before, Some(&mut parts))? {
        Settled::Weighed(weighed) => {
            let previous = beginning.holdings.clone();
            Ok(finish(pipeline, shared, snapshot, review, *weighed, previous))
        }
        Settled::Skipped(skipped) => {
            let message = skipped.warning.message;
            Err(ReviewError::unsatisfiable(Diagnostic::error("R0352", message)))
        }
    }
}
