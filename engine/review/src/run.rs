//! A run: all reviews of all indexes over one reading of the data.

use std::collections::BTreeMap;
use std::sync::Arc;

use divisor_market::quality::{Checks, Finding, FindingGroup};
use divisor_model::{Date, Diagnostic, Snapshot};
use rayon::prelude::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use tracing::field::Empty;
use tracing::info_span;

use crate::bind::{BoundReview, Pipeline};
use crate::choice::{Chosen, Membership, choose};
use crate::contract::{broken_history, broken_snapshot};
use crate::drift::Holdings;
use crate::error::ReviewError;
use crate::fold::{Review, finish};
use crate::parents::{mean_weights, orphan, parents_of};
use crate::quality::{self, Gate};
use crate::scored::Scored;
use crate::shared::Shared;
use crate::tranches::Turn;
use crate::weighing::{WeighedAll, weigh_all};

/// The reviews of one index, up to the first that failed.
#[derive(Debug, Default)]
pub struct IndexRun {
    /// Finished reviews, ascending.
    pub reviews: Vec<Review>,
    /// Reviews that the rules say there are none of, ascending.
    pub skipped: Vec<Skipped>,
    /// Why there are no more, where one failed; the effective date of that review is in its message.
    pub failure: Option<ReviewError>,
    /// The cut-off of the review that failed.
    pub failed_cutoff: Option<Date>,
}

/// A review that does not take place.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// When it would have been effective.
    pub effective: Date,
    /// Why.
    pub warning: Diagnostic,
}

/// Runs all indexes: those with a parent index after it, the others side by side. Pipelines of one index are its editions,
/// by date beside each other, and run as one: members, weights and turnover pass from each to the next. Results are in
/// the order of the pipelines, whatever the number of threads.
pub fn run(pipelines: &[Pipeline], shared: &Shared, checks: &Checks) -> Vec<IndexRun> {
    let gate = Gate::new(pipelines, shared, checks);
    let indexes: Vec<&[Pipeline]> = pipelines
        .chunk_by(|a, b| a.methodology.index.id == b.methodology.index.id)
        .collect();
    let mut finished: BTreeMap<usize, Vec<IndexRun>> = BTreeMap::new();
    while finished.len() < indexes.len() {
        let ready: Vec<usize> = (0..indexes.len())
            .filter(|at| !finished.contains_key(at))
            .filter(|at| {
                let parents = parents_of(&indexes, *at);
                parents.is_some_and(|parents| parents.iter().flatten().all(|parent| finished.contains_key(parent)))
            })
            .collect();
        if ready.is_empty() {
            for (at, editions) in indexes.iter().enumerate() {
                finished.entry(at).or_insert_with(|| {
                    // Said of the last: the first that has a parent index may not be the one that lacks it.
                    let mut runs: Vec<IndexRun> = editions.iter().map(|_| IndexRun::default()).collect();
                    let has_parent = |edition: &Pipeline| !edition.methodology.index.parent.indexes().is_empty();
                    let culprit = editions.iter().rposition(has_parent).unwrap_or(0);
                    runs[culprit] = orphan(&editions[culprit]);
                    runs
                });
            }
            break;
        }
        let results: Vec<(usize, Vec<IndexRun>)> = ready
            .into_par_iter()
            .map(|at| {
                let parents = parents_of(&indexes, at).unwrap_or_default();
                let runs =
                    |of: &Vec<usize>| -> Vec<&[IndexRun]> { of.iter().map(|at| finished[at].as_slice()).collect() };
                let runs: Vec<Vec<&[IndexRun]>> = parents.iter().map(runs).collect();
                (at, run_index(indexes[at], shared, &gate, &runs))
            })
            .collect();
        finished.extend(results);
    }
    finished.into_values().flatten().collect()
}

/// One review of an index, with the rules of its edition.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    /// Which edition.
    edition: usize,
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) review: &'a BoundReview,
    /// Which tranches it resets.
    pub(crate) turn: Turn,
    /// The runs of its parent indexes.
    parents: &'a [&'a [IndexRun]],
}

/// One index, edition after edition. Its reviews are scored in parallel; members are chosen in date order, since buffers
/// need the members before; weights and turnover are parallel again. The first review that fails ends the index.
fn run_index(editions: &[Pipeline], shared: &Shared, gate: &Gate, parents: &[Vec<&[IndexRun]>]) -> Vec<IndexRun> {
    let span = info_span!(
        "index",
        id = editions[0].methodology.index.id,
        reviews = Empty,
        names = Empty
    )
    .entered();
    let steps = steps_of(editions, parents);
    let stage = info_span!("score", reviews = steps.len()).entered();
    let scored: Vec<Result<Scored, ReviewError>> = steps
        .par_iter()
        .map(|step| {
            let (pipeline, review) = (step.pipeline, step.review);
            let weights = (!step.parents.is_empty()).then(|| mean_weights(step.parents, shared, review));
            broken_snapshot(pipeline, shared, review)?;
            Scored::new(pipeline, shared, review, weights.transpose()?.as_ref())
        })
        .collect();
    drop(stage);
    let stage = info_span!("choose", reviews = steps.len()).entered();
    let securities = shared.landed.panel.securities();
    // Choosing keeps one thread busy; the others look at the data meanwhile.
    let (findings, (chosen, mut stopped)) = rayon::join(
        || findings(&steps, shared, gate, &scored),
        || choose_all(&steps, shared, &scored),
    );
    let groups: Vec<Vec<FindingGroup<'_>>> = findings.iter().map(FindingGroup::of).collect();
    let mut ready: Vec<(Scored, Chosen)> = Vec::with_capacity(chosen.len());
    let mut chosen = chosen.into_iter();
    let mut failure = None;
    for ((step, scored), groups) in steps.iter().zip(scored).zip(&groups) {
        let scored = match scored {
            Ok(scored) => scored,
            Err(error) => {
                failure = Some(error);
                break;
            }
        };
        // A broken contract comes before what the settings call an error, and that before what the rules made of it.
        let gate = || quality::stop(step.pipeline, step.review, groups, securities);
        let next = match (chosen.next(), stopped.take()) {
            (None, Some(Stopped::Contract(error))) => Err(error),
            (None, Some(Stopped::Rules(error))) => gate().and(Err(error)),
            (None, None) => break,
            (Some(chosen), later) => {
                stopped = later;
                gate().map(|()| chosen)
            }
        };
        match next {
            Ok(chosen) => ready.push((scored, chosen)),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    drop(stage);
    let stage = info_span!("weigh", reviews = ready.len()).entered();
    let WeighedAll { weighed, skipped } = weigh_all(&steps, shared, ready, &mut failure);
    drop(stage);
    let stage = info_span!("trade", reviews = weighed.len()).entered();
    let held: Vec<Arc<Holdings>> = (weighed.iter())
        .map(|(_, weighed)| Arc::clone(&weighed.holdings))
        .collect();
    let predicted: Vec<Option<(Date, f64)>> = (weighed.iter())
        .map(|(at, weighed)| Some((steps[*at].review.dates.effective, weighed.volatility()?)))
        .collect();
    let finished: Vec<Result<(usize, Review), ReviewError>> = weighed
        .into_par_iter()
        .enumerate()
        .map(|(nth, (at, weighed))| {
            let Step { pipeline, review, .. } = steps[at];
            let previous = nth.checked_sub(1).map(|before| Arc::clone(&held[before]));
            let snapshot = snapshot_of(shared, review)?;
            let mut finished = finish(pipeline, shared, snapshot, review, weighed, previous);
            finished.warnings.extend(quality::warnings(&groups[at], securities));
            finished.findings = quality::counts(&groups[at]);
            finished.forecast = nth
                .checked_sub(1)
                .and_then(|before| finished.outcome(shared, snapshot, predicted[before]?));
            Ok((at, finished))
        })
        .collect();
    let finished = until_failure(finished, &mut failure);
    drop(stage);
    span.record("reviews", finished.len());
    let names: usize = finished.iter().map(|(_, review)| review.totals.names).sum();
    span.record("names", names);
    by_edition(editions.len(), &steps, (finished, skipped), failure)
}

/// All reviews of an index in date order, each with the rules of its edition.
fn steps_of<'a>(editions: &'a [Pipeline], parents: &'a [Vec<&'a [IndexRun]>]) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'_>> = editions
        .iter()
        .zip(parents)
        .enumerate()
        .flat_map(|(edition, (pipeline, parents))| {
            let step = move |review| Step {
                edition,
                pipeline,
                review,
                turn: Turn::All { count: 1 },
                parents,
            };
            pipeline.reviews.iter().map(step)
        })
        .collect();
    let turns = Turn::of(steps.iter().map(|step| step.pipeline.methodology.as_ref()));
    for (step, turn) in steps.iter_mut().zip(turns) {
        step.turn = turn;
    }
    steps
}

/// What came out, each with the position of its step.
type AtSteps<T> = Vec<(usize, T)>;

/// Reviews to the editions they ran under, and the failure to that of the review that is not there.
fn by_edition(
    editions: usize,
    steps: &[Step<'_>],
    (finished, skipped): (AtSteps<Review>, AtSteps<Skipped>),
    failure: Option<ReviewError>,
) -> Vec<IndexRun> {
    let mut runs: Vec<IndexRun> = (0..editions).map(|_| IndexRun::default()).collect();
    let failed = steps.get(finished.len() + skipped.len()).or(steps.last());
    let failed_cutoff = failed
        .filter(|_| failure.is_some())
        .map(|step| step.review.dates.cutoff);
    let failed = failed.map_or(0, |step| step.edition);
    for (at, review) in finished {
        runs[steps[at].edition].reviews.push(review);
    }
    for (at, skipped) in skipped {
        runs[steps[at].edition].skipped.push(skipped);
    }
    runs[failed].failure = failure;
    runs[failed].failed_cutoff = failed_cutoff;
    runs
}

/// What looks wrong in what each review may read; nothing for one that failed.
fn findings(
    steps: &[Step<'_>],
    shared: &Shared,
    gate: &Gate,
    scored: &[Result<Scored, ReviewError>],
) -> Vec<Vec<Finding>> {
    let seen = |at: usize| Some((steps[at].review, scored[at].as_ref().ok()?));
    let reviews = (0..scored.len()).into_par_iter();
    let found = reviews.map(|at| {
        let before = at.checked_sub(1).and_then(seen);
        let pipeline = steps[at].pipeline;
        seen(at).map_or_else(Vec::new, |now| gate.findings(pipeline, shared, now, before))
    });
    found.collect()
}

/// Results up to the first failure, which is kept: it comes before any found later in time.
fn until_failure<T>(results: Vec<Result<T, ReviewError>>, failure: &mut Option<ReviewError>) -> Vec<T> {
    let mut good = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(error) => {
                *failure = Some(error);
                break;
            }
        }
    }
    good
}

/// Why no members could be chosen.
enum Stopped {
    /// What the review may read breaks the contract.
    Contract(ReviewError),
    /// The rules, on what it read.
    Rules(ReviewError),
}

/// Chooses members review by review, up to the first that fails; one that was not scored has its own error.
fn choose_all(
    steps: &[Step<'_>],
    shared: &Shared,
    scored: &[Result<Scored, ReviewError>],
) -> (Vec<Chosen>, Option<Stopped>) {
    let held = steps.first().map_or(&[][..], |first| &first.pipeline.held);
    let mut now = Membership::new(shared.landed.panel.securities().len(), held);
    let mut chosen: Vec<Chosen> = Vec::with_capacity(scored.len());
    let mut last: Option<&Scored> = None;
    for (step, scored) in steps.iter().zip(scored) {
        let Ok(scored) = scored else { break };
        let Step {
            pipeline, review, turn, ..
        } = *step;
        let before = last.zip(chosen.last());
        let next = broken_history(pipeline, shared, review, scored, before, &now)
            .and_then(|()| snapshot_of(shared, review))
            .map_err(Stopped::Contract)
            .and_then(|snapshot| {
                let chosen = choose(pipeline, (review, turn), snapshot, scored, &mut now);
                chosen.map_err(Stopped::Rules)
            });
        match next {
            Ok(next) => chosen.push(next),
            Err(stopped) => return (chosen, Some(stopped)),
        }
        last = Some(scored);
    }
    (chosen, None)
}

/// The snapshot of a review that has one.
pub(crate) fn snapshot_of<'a>(shared: &'a Shared, review: &BoundReview) -> Result<Snapshot<'a>, ReviewError> {
    let found = review.snapshot.and_then(|date| shared.landed.panel.snapshot(date));
    found.ok_or_else(|| {
        let message = format!(
            "the snapshot of the review effective {} was not read",
            review.dates.effective
        );
        ReviewError::input(vec![Diagnostic::error("D0201", message)])
    })
}
