//! Weights of the reviews of an index: in parallel where no review waits for the one before, else in date order.

use std::sync::Arc;

use divisor_methodology::{LastResort, Methodology, Optimised};
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::bind::{BoundReview, Pipeline};
use crate::choice::Chosen;
use crate::drift::Holdings;
use crate::error::ReviewError;
use crate::fold::{Weighed, hold_turnover, stagger, weigh};
use crate::optimised::{Prepared, Settled, prepare, settle};
use crate::run::{Skipped, Step, snapshot_of};
use crate::scored::Scored;
use crate::shared::Shared;
use crate::tranches::{Parts, Turn};

/// Reviews whose risk models are in memory at a time.
const CHUNK: usize = 8;

/// What the reviews of an index came to, by the position of their steps.
#[derive(Default)]
pub(crate) struct WeighedAll {
    pub(crate) weighed: Vec<(usize, Weighed)>,
    /// Reviews there are none of.
    pub(crate) skipped: Vec<(usize, Skipped)>,
}

/// A review as far as it depends on its date alone.
pub(crate) enum Ready<'a> {
    Weighed(Box<Weighed>),
    /// To be optimised.
    Prepared(&'a Optimised, Box<Prepared>),
}

/// Whether what the review before left decides on its weights.
pub(crate) fn waits(methodology: &Methodology) -> bool {
    let optimised = methodology.optimised.as_ref();
    let continues = methodology.turnover.is_some() || methodology.tranches.is_some();
    continues || optimised.is_some_and(|rules| rules.last_resort.value != LastResort::Fail)
}

/// Weighs review after review, up to the first that fails.
pub(crate) fn weigh_all(
    steps: &[Step<'_>],
    shared: &Shared,
    ready: Vec<(Scored, Chosen)>,
    failure: &mut Option<ReviewError>,
) -> WeighedAll {
    let is_optimised = |step: &Step<'_>| step.pipeline.methodology.optimised.is_some();
    let is_chain = steps.iter().any(|step| waits(&step.pipeline.methodology));
    let size = if steps.iter().any(is_optimised) {
        CHUNK
    } else {
        ready.len()
    };
    let turn = |at: usize| (steps[at].pipeline, steps[at].review, steps[at].turn);
    let mut all = WeighedAll::default();
    let mut parts = Parts::default();
    let mut ready = ready.into_iter().enumerate();
    loop {
        let chunk: Vec<(usize, (Scored, Chosen))> = ready.by_ref().take(size).collect();
        if chunk.is_empty() {
            return all;
        }
        let chunk: Vec<(usize, Result<Ready<'_>, ReviewError>)> = chunk
            .into_par_iter()
            .map(|(at, (scored, chosen))| {
                (
                    at,
                    alone((steps[at].pipeline, steps[at].review), shared, scored, chosen),
                )
            })
            .collect();
        if is_chain {
            for (at, ready) in chunk {
                let before = all.weighed.last().map(|(_, before)| &before.holdings);
                let settled = ready.and_then(|ready| after(turn(at), shared, ready, before, Some(&mut parts)));
                if !all.take(at, settled, failure) {
                    return all;
                }
            }
        } else {
            let settled: Vec<(usize, Result<Settled, ReviewError>)> = chunk
                .into_par_iter()
                .map(|(at, ready)| (at, ready.and_then(|ready| after(turn(at), shared, ready, None, None))))
                .collect();
            for (at, settled) in settled {
                if !all.take(at, settled, failure) {
                    return all;
                }
            }
        }
    }
}

impl WeighedAll {
    /// Takes the next review; false where it failed: that comes before any failure found later in time.
    fn take(&mut self, at: usize, settled: Result<Settled, ReviewError>, failure: &mut Option<ReviewError>) -> bool {
        match settled {
            Ok(Settled::Weighed(weighed)) => self.weighed.push((at, *weighed)),
            Ok(Settled::Skipped(skipped)) => self.skipped.push((at, skipped)),
            Err(error) => {
                *failure = Some(error);
                return false;
            }
        }
        true
    }
}

/// A review weighed as far as that waits for none before it.
pub(crate) fn alone<'a>(
    (pipeline, review): (&'a Pipeline, &BoundReview),
    shared: &Shared,
    scored: Scored,
    chosen: Chosen,
) -> Result<Ready<'a>, ReviewError> {
    let snapshot = snapshot_of(shared, review)?;
    Ok(match &pipeline.methodology.optimised {
        Some(rules) => {
            let prepared = prepare((pipeline, rules), shared, review, scored, chosen)?;
            Ready::Prepared(rules, Box::new(prepared))
        }
        None => Ready::Weighed(Box::new(weigh(pipeline, snapshot, review, scored, chosen)?)),
    })
}

/// What a review that was weighed alone becomes after the one before. `parts` are what the tranches hold, where reviews are
/// walked in date order.
pub(crate) fn after(
    (pipeline, review, turn): (&Pipeline, &BoundReview, Turn),
    shared: &Shared,
    ready: Ready<'_>,
    before: Option<&Arc<Holdings>>,
    parts: Option<&mut Parts>,
) -> Result<Settled, ReviewError> {
    let before = before.map(Arc::as_ref);
    match ready {
        Ready::Prepared(rules, prepared) => settle((pipeline, rules), shared, review, *prepared, before),
        Ready::Weighed(mut weighed) => {
            let snapshot = snapshot_of(shared, review)?;
            if let Some(before) = before {
                hold_turnover(pipeline, shared, snapshot, review, &mut weighed, before)?;
            }
            if let Some(parts) = parts {
                stagger(pipeline, shared, snapshot, (review, turn), &mut weighed, before, parts);
            }
            Ok(Settled::Weighed(weighed))
        }
    }
}
