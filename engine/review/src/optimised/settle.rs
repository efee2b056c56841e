//! The weights of one review: what is collected before, and the solution once the review before is known.

use divisor_methodology::{LastResort, Optimised};
use divisor_model::{Diagnostic, day_of};
use divisor_numeric::sum;
use divisor_optimizer::{Options, Receipt, Step, climb};

use crate::bind::{BoundReview, Pipeline};
use crate::choice::Chosen;
use crate::drift::{Drifted, Holdings, drift};
use crate::error::ReviewError;
use crate::fold::{Weighed, when};
use crate::limit::{Ground, present_groups};
use crate::optimised::given::Given;
use crate::optimised::problem::Task;
use crate::optimised::rules::{TURNOVER, ladder};
use crate::optimised::solved::{Solved, about, predict};
use crate::optimised::words::{contradiction, unsolved};
use crate::run::{Skipped, snapshot_of};
use crate::scored::Scored;
use crate::select::Selection;
use crate::shared::Shared;

/// Everything about a review that depends on its date alone.
pub(crate) struct Prepared {
    scored: Scored,
    selection: Selection,
    given: Given,
}

/// What became of a review.
pub(crate) enum Settled {
    Weighed(Box<Weighed>),
    Skipped(Skipped),
}

/// Estimates risk and collects what the rules name.
pub(crate) fn prepare(
    (pipeline, rules): (&Pipeline, &Optimised),
    shared: &Shared,
    review: &BoundReview,
    scored: Scored,
    chosen: Chosen,
) -> Result<Prepared, ReviewError> {
    let (scored, selection, selected, _) = chosen.settled(scored);
    let when = when(pipeline, review);
    let ground = Ground {
        scored: &scored,
        snapshot: snapshot_of(shared, review)?,
        when: &when,
    };
    let given = Given::new((pipeline, review), rules, shared, ground, &selected)?;
    Ok(Prepared {
        scored,
        selection,
        given,
    })
}

/// Climbs the ladder until there are weights, or does what comes last.
pub(crate) fn settle(
    (pipeline, rules): (&Pipeline, &Optimised),
    shared: &Shared,
    review: &BoundReview,
    prepared: Prepared,
    before: Option<&Holdings>,
) -> Result<Settled, ReviewError> {
    let Prepared {
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
        optimised: rules,
        scored: &scored,
        given: &given,
        previous: previous.as_deref(),
    };
    let mut steps = ladder(&pipeline.methodology);
    // Without a review before nothing is sold.
    steps.retain(|step| step.rule != TURNOVER || previous.is_some());
    let receipt = climb(&steps, |taken| task.after(taken).problem, Options::default());
    let receipt = receipt.map_err(|error| unsolved(&error, ground))?;
    let solved = match (&receipt.solution, rules.last_resort.value, &drifted) {
        (Some(solution), ..) => {
            let stated = task.after(&steps[..receipt.steps()]);
            Solved::new(task, &stated, &receipt, solution)
        }
        (None, LastResort::KeepPrevious, Some(drifted)) => kept(task, &receipt, drifted, ground)?,
        (None, LastResort::Skip, Some(_)) => return Ok(Settled::Skipped(skipped(review, &steps, ground))),
        (None, ..) => return Err(contradiction(task, &steps, ground)),
    };
    drop(given);
    let weighed = Weighed::optimised(
        scored,
        selection,
        solved.members,
        solved.weights,
        solved.limits,
        solved.optimisation,
    );
    Ok(Settled::Weighed(Box::new(weighed)))
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
    let there = drifted
        .iter()
        .filter_map(|held| Some((scored.position(held.security)? as u32, held.weight)));
    let (members, old): (Vec<u32>, Vec<f64>) = there.filter(|(_, weight)| *weight > 0.0).unzip();
    if members.is_empty() {
        let message = format!(
            "{}: all members left the parent: there are no weights to keep",
            ground.when
        );
        return Err(ReviewError::unsatisfiable(Diagnostic::error("R0201", message)));
    }
    let total = sum(&old);
    let weights: Vec<f64> = old.iter().map(|weight| weight / total).collect();
    let mut limits = Vec::new();
    for (limit, basis) in task.methodology.limits.iter().zip(&scored.limits) {
        // That a group has no member any more stops nobody.
        let mut found = present_groups(limit, basis, ground, &members)?;
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

fn skipped(review: &BoundReview, steps: &[Step], ground: Ground<'_>) -> Skipped {
    let message = format!(
        "{}: no weights hold all rules, not after {} steps of [[relax]] either: there is no review",
        ground.when,
        steps.len()
    );
    Skipped {
        effective: review.dates.effective,
        warning: Diagnostic::warning("W0114", message),
    }
}
