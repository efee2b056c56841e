//! The relaxation ladder: rules that give way a step at a time until the others can be held.

use crate::Error;
use crate::certificate::prove;
use crate::hold::{solve, tighten};
use crate::probe::{Probe, Verdict, without_objective};
use crate::problem::{Problem, Rule};
use crate::solution::{Infeasible, Outcome, Solution};
use crate::solve::Options;

/// One rule loosened from one value to the next; the values are the caller's, in the rule's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Which.
    pub rule: Rule,
    /// What it allowed before.
    pub from: f64,
    /// What it allows now; none: it is done without.
    pub to: Option<f64>,
}

/// What one rule goes through on a rung.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Which.
    pub rule: Rule,
    /// What it allows before the first step.
    pub from: f64,
    /// What it allows after each; none: it is done without. `[Some(0.15), Some(0.2)]` is 10% to 20% in steps of five points.
    pub to: Vec<Option<f64>>,
}

/// The steps of one rung. Rules alternate: the first step of each, then the second of each; whoever has reached its last
/// stays there while the others go on.
pub fn steps(rung: &[Stretch]) -> Vec<Step> {
    let longest = rung.iter().map(|stretch| stretch.to.len()).max().unwrap_or(0);
    let turn = |nth: usize| {
        rung.iter().filter_map(move |stretch| {
            let before = match nth.checked_sub(1) {
                None => stretch.from,
                Some(before) => (*stretch.to.get(before)?)?,
            };
            Some(Step {
                rule: stretch.rule,
                from: before,
                to: *stretch.to.get(nth)?,
            })
        })
    };
    (0..longest).flat_map(turn).collect()
}

/// Why there were no weights after some steps.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// Proved: there are none.
    Infeasible(Infeasible),
    /// None were found that hold the minimum holding and the number of names, and it is not proved that there are none.
    NotFound(String),
}

/// A ladder climbed.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Why not, for each number of steps that was not enough: none, the first, the first two…
    pub refusals: Vec<Refusal>,
    /// Each rule moved, in order of its first step: from what it allowed as written to what it allows in the end. Empty if the rules
    /// could be held as they are written.
    pub moved: Vec<Step>,
    /// The weights, with the rules as they were moved; none if all steps were not enough.
    pub solution: Option<Solution>,
}

impl Receipt {
    /// How many steps were taken.
    pub fn steps(&self) -> usize {
        self.refusals.len().saturating_sub(usize::from(self.solution.is_none()))
    }
}

/// Solves the problem as written; then with one step after another, until there are weights or no steps.
///
/// `problem_after` gives the problem after these steps, the last step of a rule being what it allows; each step must only
/// loosen. Every rung is tried in turn, so the first that can be held is the one taken, and each one before it has its own
/// refusal. A proof found on one rung is tried on the next before anything is solved there: if it still stands, that rung is
/// refused by it (its margin is then the one on that rung), else the rung is solved.
///
/// # Errors
/// Whatever stops [`solve`], but for weights not found, which is a refusal.
pub fn climb<'p>(
    steps: &[Step],
    problem_after: impl Fn(&[Step]) -> Problem<'p>,
    options: Options,
) -> Result<Receipt, Error> {
    let mut refusals: Vec<Refusal> = Vec::new();
    for taken in 0..=steps.len() {
        let problem = problem_after(&steps[..taken]);
        problem.validate()?;
        let refusal = match still_proved(&problem, refusals.last()) {
            Some(proof) => Refusal::Infeasible(proof),
            None => match solve(&problem, options) {
                Ok(Outcome::Solved(solution)) => {
                    return Ok(Receipt {
                        refusals,
                        moved: moved(&steps[..taken]),
                        solution: Some(solution),
                    });
                }
                Ok(Outcome::Infeasible(proof)) => Refusal::Infeasible(proof),
                Err(Error::NotFound(why)) => Refusal::NotFound(why),
                // Where hardly any room is left the optimum is lost in rounding; whether there is room can still be told.
                Err(error @ Error::NotConverged(_)) => {
                    match Probe::new(&problem, options).ask(&without_objective(&problem))? {
                        Verdict::Infeasible(proof) => Refusal::Infeasible(proof),
                        Verdict::Feasible(_) | Verdict::Unknown(_) => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            },
        };
        refusals.push(refusal);
    }
    Ok(Receipt {
        refusals,
        moved: moved(steps),
        solution: None,
    })
}

/// The proof of the rung before, if it proves this one infeasible too.
fn still_proved(problem: &Problem<'_>, before: Option<&Refusal>) -> Option<Infeasible> {
    let Some(Refusal::Infeasible(Infeasible {
        evidence: Some(evidence),
        ..
    })) = before
    else {
        return None;
    };
    let (mut lower, mut upper) = (problem.bounds.lower.clone(), problem.bounds.upper.clone());
    tighten(problem, (&mut lower, &mut upper));
    prove(problem, (&lower, &upper), evidence)
}

/// The steps of each rule as one.
fn moved(steps: &[Step]) -> Vec<Step> {
    let mut moved: Vec<Step> = Vec::new();
    for step in steps {
        match moved.iter_mut().find(|first| first.rule == step.rule) {
            Some(first) => first.to = step.to,
            None => moved.push(*step),
        }
    }
    moved
}
