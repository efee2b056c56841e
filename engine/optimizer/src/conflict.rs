//! Which rules contradict each other: a set that still does, of which none can be spared.
//!
//! The proof that comes with [`crate::Outcome::Infeasible`] is one combination of many and may name rules that the
//! contradiction does not need; slacks shared out over all limits are not unique. So rules are taken out one after another,
//! in a stated order, and stay out where the others contradict each other without them. What is left contradicts itself,
//! and without any one of its members does not. Every verdict on the way is proved: by a combination of limits
//! that nothing can hold, or by weights that hold all of them.

use std::collections::BTreeSet;

use crate::Error;
use crate::loosen::{keep_rules, rules};
use crate::probe::{Probe, Verdict, without_objective};
use crate::problem::{Problem, Rule};
use crate::solution::{Constraint, Infeasible, Part};
use crate::solve::Options;

/// A rule of a conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Which.
    pub rule: Rule,
    /// Which of its limits: for rows again a smallest set, for the bounds of names those in the proof. Empty for the rule
    /// that weights sum to one where the proof does without it.
    pub parts: Vec<Part>,
}

/// Rules that contradict each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// In the order in which they were tried, and at the end that weights sum to one, which is part of every conflict
    /// and cannot give.
    pub members: Vec<Member>,
    /// Whether the rest was proved to be feasible without each of them (that weights sum to one excepted). False where a
    /// minimum holding or a number of names left it open: then some may not be needed.
    pub is_irreducible: bool,
    /// Proof that they contradict each other.
    pub proof: Infeasible,
    /// How often feasibility was asked for.
    pub probes: usize,
}

impl Conflict {
    /// The rules, without the one that weights sum to one.
    pub fn rules(&self) -> Vec<Rule> {
        let all = self.members.iter().map(|member| member.rule);
        all.take(self.members.len().saturating_sub(1)).collect()
    }
}

/// Rules that contradict each other, of which none can be spared; none if all can be held together.
///
/// Rules are tried in the order of `spared`, then all others, ascending. A rule is named only if every contradiction among
/// those tried after it and those named before needs it: the first of `spared` is blamed only if there is no other
/// contradiction. So the answer depends on the problem and the order, and not on who solved it.
///
/// # Errors
/// A problem that is none, and one that is neither solved nor proved infeasible.
pub fn conflict(problem: &Problem<'_>, spared: &[Rule], options: Options) -> Result<Option<Conflict>, Error> {
    problem.validate()?;
    let problem = without_objective(problem);
    let mut probe = Probe::new(&problem, options);
    let proof = match probe.ask(&problem)? {
        Verdict::Feasible(_) => return Ok(None),
        Verdict::Infeasible(proof) => proof,
        Verdict::Unknown(why) => return Err(Error::NotConverged(why)),
    };
    let all = rules(&problem);
    let mut order: Vec<Rule> = Vec::new();
    for rule in spared.iter().chain(&all) {
        if all.contains(rule) && !order.contains(rule) {
            order.push(*rule);
        }
    }
    let by_rule = Filter {
        problem_of: |kept: &BTreeSet<Rule>| keep_rules(&problem, |rule| kept.contains(&rule)),
        used: |proof: &Infeasible| proof.rules.iter().map(|(rule, _)| *rule).collect(),
    };
    let found = by_rule.run(&mut probe, &order, proof)?;
    let kept = keep_rules(&problem, |rule| found.kept.contains(&rule));
    let (mut proof, are_rows_least) = least_rows(&mut probe, &kept, found.proof)?;
    // A bound whose rule was taken out stays where nothing can be beyond it, and proofs may use it there.
    let is_named = |rule: Rule| found.kept.contains(&rule) || rule == problem.total_rule;
    proof.rules.retain(|(rule, _)| is_named(*rule));
    proof.parts.retain(|part| is_named(part.rule));
    let named = order.iter().copied().filter(|rule| found.kept.contains(rule));
    let members = named.chain([problem.total_rule]).map(|rule| Member {
        rule,
        parts: proof.parts.iter().copied().filter(|part| part.rule == rule).collect(),
    });
    Ok(Some(Conflict {
        members: members.collect(),
        is_irreducible: found.is_least && are_rows_least,
        proof,
        probes: probe.count,
    }))
}

/// The same among the rows of the rules that are left: which sectors, not only that it is sectors.
fn least_rows(probe: &mut Probe, problem: &Problem<'_>, proof: Infeasible) -> Result<(Infeasible, bool), Error> {
    let all: Vec<usize> = (0..problem.rows.len())
        .filter(|at| problem.rows[*at].is_limited())
        .collect();
    let by_row = Filter {
        problem_of: |kept: &BTreeSet<usize>| {
            let mut fewer = problem.clone();
            for (at, row) in fewer.rows.iter_mut().enumerate() {
                if !kept.contains(&at) {
                    row.free();
                }
            }
            fewer
        },
        used: |proof: &Infeasible| {
            let rows = proof.parts.iter().filter_map(|part| match part.constraint {
                Constraint::Row(at) => Some(at),
                _ => None,
            });
            rows.collect()
        },
    };
    let found = by_row.run(probe, &all, proof)?;
    Ok((found.proof, found.is_least))
}

/// Takes out elements one after another.
struct Filter<P, U> {
    /// The problem with these elements and no others.
    problem_of: P,
    /// The elements that a proof rests on.
    used: U,
}

struct Filtered<E> {
    kept: BTreeSet<E>,
    proof: Infeasible,
    is_least: bool,
}

impl<P, U> Filter<P, U> {
    fn run<'a, E: Ord + Copy>(&self, probe: &mut Probe, order: &[E], proof: Infeasible) -> Result<Filtered<E>, Error>
    where
        P: Fn(&BTreeSet<E>) -> Problem<'a>,
        U: Fn(&Infeasible) -> BTreeSet<E>,
    {
        let mut kept: BTreeSet<E> = order.iter().copied().collect();
        let mut used = (self.used)(&proof);
        let mut found = proof;
        let mut is_least = true;
        for element in order {
            kept.remove(element);
            // A proof without it stays one: whatever it rests on is still there.
            if !used.contains(element) {
                continue;
            }
            match probe.ask(&(self.problem_of)(&kept))? {
                Verdict::Infeasible(proof) => {
                    used = (self.used)(&proof);
                    found = proof;
                }
                Verdict::Feasible(_) => {
                    kept.insert(*element);
                }
                Verdict::Unknown(_) => {
                    kept.insert(*element);
                    is_least = false;
                }
            }
        }
        Ok(Filtered {
            kept,
            proof: found,
            is_least,
        })
    }
}
