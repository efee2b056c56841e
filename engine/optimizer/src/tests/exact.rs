//! `HiGHS` against trying every set of held names, and where dropping names comes to no end.

use super::contradictions::{CASES, is_feasible, problem, random};
use super::distances;
use super::solved;
use crate::problem::Problem;
use crate::solve::{Engine, Options};
use crate::tree::Found;
use crate::{Count, MinimumHolding, Objective, exact, hold};

/// Whether `HiGHS` finds weights; none where it leaves it open.
fn by_highs(problem: &Problem<'_>) -> Option<bool> {
    let mut engine = Engine::new(problem, Options::default()).expect("a sound problem");
    hold::tighten(problem, (&mut engine.lower, &mut engine.upper));
    if engine
        .lower
        .iter()
        .zip(&engine.upper)
        .any(|(lower, upper)| lower > upper)
    {
        return Some(false);
    }
    match exact::search(&mut engine, &vec![1.0 / problem.names() as f64; problem.names()]).expect("a verdict") {
        Found::Held(..) => Some(true),
        Found::Nothing(_) => Some(false),
        Found::Open => None,
    }
}

#[test]
fn its_verdicts_are_those_of_trying_every_set() {
    for case in CASES.iter().map(problem).filter(|case| case.risk_limit.is_none()) {
        assert_eq!(by_highs(&case), Some(false));
    }
    let mut feasible = 0;
    for seed in 0..300 {
        let problem = random(seed);
        let expected = is_feasible(&problem);
        assert_eq!(by_highs(&problem), Some(expected), "{seed}");
        feasible += usize::from(expected);
    }
    assert!((50..250).contains(&feasible), "{feasible} of 300 have weights");
}

/// For an absolute distance its names are the best there are: no other set of as many is nearer.
#[test]
fn of_an_absolute_distance_it_holds_the_best_names() {
    let target = distances::target(14, 3);
    let mut problem = distances::problem(Objective::L1Distance { target: &target }, 14, 0.4);
    problem.minimum_holding = Some(MinimumHolding { rule: 8, weight: 0.05 });
    problem.at_most = Some(Count { rule: 9, names: 5 });
    let found = solved(&problem);
    let mut best = f64::INFINITY;
    for names in (0..1_u32 << 14).filter(|names| names.count_ones() == 5) {
        let mut fixed = problem.clone();
        (fixed.minimum_holding, fixed.at_most) = (None, None);
        for at in 0..14 {
            let held = names >> at & 1 == 1;
            fixed.bounds.lower[at] = if held { 0.05 } else { 0.0 };
            fixed.bounds.upper[at] = if held { 0.4 } else { 0.0 };
        }
        best = best.min(solved(&fixed).objective);
    }
    assert!(found.objective <= best + 1e-3, "{} against {best}", found.objective);
}
