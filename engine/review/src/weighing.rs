//! Weights of the reviews of an index: in parallel where no review waits for the one before, else in date order.

use std::sync::Arc;

use divisor_methodology::{LastResort, Methodology, Optimised};
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::choice::Chosen;
use crate::error::ReviewError;
use crate::fold::{Weighed, hold_turnover, stagger, weigh};
use crate::optimised::{Prepared, Settled, prepare, settle};
use crate::run::{Skipped, Step, snapshot_of};
use crate::scored::Scored;
use crate::shared::Shared;
use crate::tranches::Parts;

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
enum Ready<'a> {
    Weighed(Box<Weighed>),
    /// To be optimised.
    Prepared(&'a Optimised, Box<Prepared>),
}

/// Whether what the review before left decides on its weights.
fn waits(methodology: &Methodology) -> bool {
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
            .map(|(at, (scored, chosen))| (at, alone(&steps[at], shared, scored, chosen)))
            .collect();
        if is_chain {
            for (at, ready) in chunk {
                let before = all.weighed.last().map(|(_, before)| before);
                let settled = ready.and_then(|ready| after(&steps[at], shared, ready, before, Some(&mut parts)));
                if !all.take(at, settled, failure) {
                    return all;
                }
            }
        } else {
            let settled: Vec<(usize, Result<Settled, ReviewError>)> = chunk
                .into_par_iter()
                .map(|(at, ready)| (at, ready.and_then(|ready| after(&steps[at], shared, ready, None, None))))
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

fn alone<'a>(step: &Step<'a>, shared: &Shared, scored: Scored, chosen: Chosen) -> Result<Ready<'a>, ReviewError> {
    let Step { pipeline, review, .. } = *step;
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
fn after(
    step: &Step<'_>,
    shared: &Shared,
    ready: Ready<'_>,
    before: Option<&Weighed>,
    parts: Option<&mut Parts>,
) -> Result<Settled, ReviewError> {
    let Step { pipeline, review, .. } = *step;
    let before = before.map(|before| Arc::clone(&before.holdings));
    match ready {
        Ready::Prepared(rules, prepared) => settle((pipeline, rules), shared, review, *prepared, before.as_deref()),
        Ready::Weighed(mut weighed) => {
            let snapshot = snapshot_of(shared, review)?;
            if let Some(before) = &before {
                hold_turnover(pipeline, shared, snapshot, review, &mut weighed, before)?;
            }
            if let Some(parts) = parts {
                let turn = (review, step.turn);
                stagger(pipeline, shared, snapshot, turn, &mut weighed, before.as_deref(), parts);
            }
            Ok(Settled::Weighed(weighed))
        }
    }
}
