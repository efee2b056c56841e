//! The weights of all reviews of an optimised index.

use std::sync::Arc;

use divisor_methodology::{EmptyGroup, LastResort, Limit, Optimised, Setting};
use divisor_model::{Diagnostic, day_of};
use divisor_numeric::sum;
use divisor_optimizer::{Options, Receipt, Step, climb};
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::bind::{BoundReview, Pipeline};
use crate::drift::{Drifted, Holdings, drift};
use crate::error::ReviewError;
use crate::fold::{Chosen, Weighed, when};
use crate::limit::{Ground, LimitColumn, column, rebound};
use crate::optimised::given::Given;
use crate::optimised::problem::Task;
use crate::optimised::rules::{TURNOVER, ladder};
use crate::optimised::solved::{Solved, about, predict};
use crate::optimised::words::{contradiction, unsolved};
use crate::run::{Skipped, snapshot_of};
use crate::scored::Scored;
use crate::select::Selection;
use crate::shared::Shared;

/// Reviews whose risk models are in memory at a time.
const CHUNK: usize = 8;

/// What the reviews of an index came to.
#[derive(Default)]
pub(crate) struct WeighedAll {
    /// By position of the review.
    pub(crate) weighed: Vec<(usize, Weighed)>,
    /// Reviews there are none of.
    pub(crate) skipped: Vec<Skipped>,
}

/// Everything about a review that depends on its date alone.
struct Prepared {
    at: usize,
    scored: Scored,
    selection: Selection,
    given: Given,
}

enum Settled {
    Weighed(usize, Box<Weighed>),
    Skipped(Skipped),
}

/// Optimises review after review, up to the first that fails.
pub(crate) fn weigh_all(
    pipeline: &Pipeline,
    shared: &Shared,
    optimised: &Optimised,
    ready: Vec<(Scored, Chosen)>,
    failure: &mut Option<ReviewError>,
) -> WeighedAll {
    let waits = pipeline.methodology.turnover.is_some() || optimised.last_resort.value != LastResort::Fail;
    let mut all = WeighedAll::default();
    let mut ready = ready.into_iter().enumerate();
    loop {
        let chunk: Vec<(usize, (Scored, Chosen))> = ready.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return all;
        }
        let prepared: Vec<Result<Prepared, ReviewError>> = chunk
            .into_par_iter()
            .map(|(at, (scored, chosen))| prepare(pipeline, shared, optimised, at, (scored, chosen)))
            .collect();
        let settle = |prepared: Result<Prepared, ReviewError>, before: Option<&Holdings>| {
            prepared.and_then(|prepared| settle(pipeline, shared, optimised, prepared, before))
        };
        if waits {
            for prepared in prepared {
                let before = all.weighed.last().map(|(_, before)| Arc::clone(&before.holdings));
                if !all.take(settle(prepared, before.as_deref()), failure) {
                    return all;
                }
            }
        } else {
            let settled: Vec<Result<Settled, ReviewError>> =
                prepared.into_par_iter().map(|prepared| settle(prepared, None)).collect();
            for settled in settled {
                if !all.take(settled, failure) {
                    return all;
                }
            }
        }
    }
}

impl WeighedAll {
    /// Takes the next review; false where it failed.
    fn take(&mut self, settled: Result<Settled, ReviewError>, failure: &mut Option<ReviewError>) -> bool {
        match settled {
            Ok(Settled::Weighed(at, weighed)) => self.weighed.push((at, *weighed)),
            Ok(Settled::Skipped(skipped)) => self.skipped.push(skipped),
            Err(error) => {
                *failure = Some(error);
                return false;
            }
        }
        true
    }
}

fn prepare(
    pipeline: &Pipeline,
    shared: &Shared,
    optimised: &Optimised,
    at: usize,
    (scored, chosen): (Scored, Chosen),
) -> Result<Prepared, ReviewError> {
    let review = &pipeline.reviews[at];
    let (scored, selection, selected, _) = chosen.settled(scored);
    let when = when(pipeline, review);
    let ground = Ground {
        scored: &scored,
        snapshot: snapshot_of(shared, review)?,
        when: &when,
    };
    let cutoffs = &review.dates.cutoffs;
    let given = Given::new(&pipeline.methodology, optimised, shared, ground, &selected, cutoffs)?;
    Ok(Prepared {
        at,
        scored,
        selection,
        given,
    })
}

/// Climbs the ladder until there are weights, or does what comes last.
fn settle(
    pipeline: &Pipeline,
    shared: &Shared,
    optimised: &Optimised,
    prepared: Prepared,
    before: Option<&Holdings>,
) -> Result<Settled, ReviewError> {
    let review = &pipeline.reviews[prepared.at];
    let Prepared {
        at,
        scored,
        selection,
        given,
    } = prepared;
    let snapshot = snapshot_of(shared, review)?;
    let drifted = before.map(|held| drift(held, shared, snapshot, day_of(review.dates.cutoffs.prices)));
    let previous = drifted.as_ref().map(|drifted| weights_of(&given, &scored, drifted));
    let when = when(pipeline, review);
    let ground = Ground {
        scored: &scored,
        snapshot,
        when: &when,
    };
    let task = Task {
        methodology: &pipeline.methodology,
        optimised,
        scored: &scored,
        given: &given,
        previous: previous.as_deref(),
    };
    let mut steps = ladder(&pipeline.methodology);
    // Without a review before nothing is sold.
    steps.retain(|step| step.rule != TURNOVER || previous.is_some());
    let receipt = climb(&steps, |taken| task.after(taken).problem, Options::default());
    let receipt = receipt.map_err(|error| unsolved(&error, ground))?;
    let solved = match (&receipt.solution, optimised.last_resort.value, &drifted) {
        (Some(solution), ..) => {
            let stated = task.after(&steps[..receipt.steps()]);
            Solved::new(task, stated, &receipt, solution)
        }
        (None, LastResort::KeepPrevious, Some(drifted)) => kept(task, &receipt, drifted, ground)?,
        (None, LastResort::Skip, Some(_)) => return Ok(Settled::Skipped(skipped(review, &steps, ground))),
        (None, ..) => return Err(contradiction(task, &steps, ground)),
    };
    drop(given);
    let weighed = Weighed::optimised(scored, selection, solved.members, solved.weights, solved.limits, solved.optimisation);
    Ok(Settled::Weighed(at, Box::new(weighed)))
}

/// The drifted weights of the names of a problem.
fn weights_of(given: &Given, scored: &Scored, drifted: &[Drifted]) -> Vec<f64> {
    let weight = |at: &u32| {
        let security = scored.security[*at as usize];
        let held = drifted.binary_search_by_key(&security, |held| held.security);
        held.map_or(0.0, |held| drifted[held].weight)
    };
    given.names.iter().map(weight).collect()
}

/// The drifted weights before, without names that left the parent; their weight goes to the others in proportion.
fn kept(task: Task<'_>, receipt: &Receipt, drifted: &[Drifted], ground: Ground<'_>) -> Result<Solved, ReviewError> {
    let scored = task.scored;
    let there = drifted.iter().filter_map(|held| Some((scored.position(held.security)? as u32, held.weight)));
    let (members, old): (Vec<u32>, Vec<f64>) = there.filter(|(_, weight)| *weight > 0.0).unzip();
    if members.is_empty() {
        let message = format!("{}: all members left the parent: there are no weights to keep", ground.when);
        return Err(ReviewError::unsatisfiable(Diagnostic::error("R0201", message)));
    }
    let total = sum(&old);
    let weights: Vec<f64> = old.iter().map(|weight| weight / total).collect();
    let mut limits = Vec::new();
    for (limit, basis) in task.methodology.limits.iter().zip(&scored.limits) {
        let mut found = groups_of(limit, basis, ground, &members)?;
        found.weigh(&weights);
        limits.push(found);
    }
    let mut optimisation = about(task, receipt);
    optimisation.kept_previous = true;
    predict(task, &members, &weights, &mut optimisation);
    Ok(Solved {
        members,
        weights,
        limits,
        optimisation,
    })
}

/// The groups of members that were not chosen now: that one has no member any more stops nobody.
fn groups_of(
    limit: &Limit,
    basis: &crate::limit::LimitBasis,
    ground: Ground<'_>,
    members: &[u32],
) -> Result<LimitColumn, ReviewError> {
    let mut lenient = limit.clone();
    lenient.empty = Setting {
        value: EmptyGroup::Spread,
        line: None,
    };
    let mut found = column(&lenient, basis, ground, members)?;
    rebound(limit, basis, members, &mut found);
    Ok(found)
}

fn skipped(review: &BoundReview, steps: &[Step], ground: Ground<'_>) -> Skipped {
    let message = format!(
        "{}: no weights hold all rules, not after {} steps of [[relax]] either: there is no review",
        ground.when,
        steps.len()
    );
    Skipped {
        effective: review.dates.effective,
        warning: Diagnostic::warning("W0113", message),
    }
}
