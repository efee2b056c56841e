//! The conflict that is named is looked for again by trying every set of rules, and changes are worked out by hand.

use std::collections::BTreeSet;

use super::contradictions::{
    AT_LEAST, AT_MOST, CAP, CASES, N, SECTOR, STYLE, base, conflicts_by_hand, group, is_feasible, problem, random,
};
use crate::loosen::keep_rules;
use crate::{Constraint, Error, Method, Options, Outcome, Part, Rule, Side, conflict, least_change, loosened, solve};

#[test]
fn the_named_conflict_is_right_and_nothing_in_it_is_needless() {
    assert!(CASES.len() >= 20);
    for case in CASES {
        let problem = problem(case);
        let found = conflict(&problem, &[], Options::default());
        let Ok(Some(found)) = found else {
            panic!("{}: {found:?}", case.what)
        };
        let mut expected: Vec<Rule> = case.members.iter().map(|member| member.0).collect();
        expected.sort_unstable();
        assert_eq!(found.rules(), expected, "{}", case.what);
        assert!(
            found.is_irreducible && found.proof.margin > 0.0,
            "{}: {found:?}",
            case.what
        );
        assert_eq!(found.members.last().map(|member| member.rule), Some(0), "{}", case.what);
        for member in &found.members[..expected.len()] {
            assert!(!member.parts.is_empty(), "{}: {member:?}", case.what);
            // Rows are named by their numbers in the problem that was asked about.
            let is_own = |part: &Part| match part.constraint {
                Constraint::Row(at) => problem.rows[at].rule == member.rule,
                _ => true,
            };
            assert!(member.parts.iter().all(is_own), "{}: {member:?}", case.what);
        }
        if problem.risk_limit.is_none() {
            let all = conflicts_by_hand(&problem);
            assert_eq!(all, [expected.iter().copied().collect()], "{}", case.what);
        }
        for without in &expected {
            let rest = keep_rules(&problem, |rule| expected.contains(&rule) && rule != *without);
            assert!(
                matches!(solve(&rest, Options::default()), Ok(Outcome::Solved(_))),
                "{} without {without}",
                case.what
            );
        }
    }
}

#[test]
fn least_changes_are_those_worked_out_by_hand_and_less_is_not_enough() {
    for case in CASES {
        let problem = problem(case);
        for (rule, by) in case.members {
            let change = least_change(&problem, *rule, &[], Options::default()).expect("a change");
            let what = format!("{}: {rule} by {by}, {change:?}", case.what);
            if by.is_infinite() {
                assert!(change.enough.is_infinite(), "{what}");
                continue;
            }
            assert!(change.more_than <= by + 1e-9 && change.enough >= by - 1e-9, "{what}");
            assert!((change.enough - by).abs() < 2e-6, "{what}");
            let outside = solve(&loosened(&problem, *rule, change.enough, &[]), Options::default());
            assert!(matches!(outside, Ok(Outcome::Solved(_))), "{what}: {outside:?}");
            let inside = loosened(&problem, *rule, (by - 1e-6).max(0.0), &[]);
            let inside = if *rule == AT_MOST || *rule == AT_LEAST {
                problem.clone()
            } else {
                inside
            };
            if problem.risk_limit.is_none() {
                assert!(!is_feasible(&inside), "{what}");
            }
        }
    }
}

#[test]
fn random_limits_are_judged_as_by_trying_everything() {
    let (mut feasible, mut infeasible, mut loose) = (0, 0, 0);
    for seed in 0..500 {
        let problem = random(seed);
        let truth = is_feasible(&problem);
        match solve(&problem, Options::default()) {
            Ok(Outcome::Solved(_)) => assert!(truth, "{seed} was solved"),
            Ok(Outcome::Infeasible(proof)) => assert!(!truth, "{seed} was proved infeasible: {proof:?}"),
            Err(error) => panic!("{seed} {truth}: {error}"),
        }
        match conflict(&problem, &[], Options::default()) {
            Ok(None) => {
                assert!(truth, "{seed} was found feasible");
                feasible += 1;
            }
            Ok(Some(found)) => {
                assert!(!truth, "{seed} was found infeasible: {found:?}");
                infeasible += 1;
                let named: BTreeSet<Rule> = found.rules().into_iter().collect();
                if seed < 100 {
                    let clarabel = Options {
                        method: Method::Clarabel,
                        ..Options::default()
                    };
                    let other = conflict(&problem, &[], clarabel)
                        .expect("a verdict")
                        .expect("a contradiction");
                    assert_eq!(other.rules(), found.rules(), "{seed}: who solves it makes a difference");
                }
                assert!(
                    !is_feasible(&keep_rules(&problem, |rule| named.contains(&rule))),
                    "{seed}"
                );
                for without in &named {
                    let rest = keep_rules(&problem, |rule| named.contains(&rule) && rule != *without);
                    assert!(
                        !found.is_irreducible || is_feasible(&rest),
                        "{seed} without {without}: {found:?}"
                    );
                }
                loose += usize::from(!found.is_irreducible);
            }
            Err(error) => panic!("{seed} {truth}: {error}"),
        }
    }
    assert!(feasible > 100 && infeasible > 100, "{feasible} {infeasible}");
    assert_eq!(loose, 0);
}

#[test]
fn of_two_contradictions_the_one_without_spared_rules_is_named() {
    let mut problem = base();
    // Two floors of 60% of disjoint sectors, and a sector of 60% in names of 20%.
    problem.rows.push(group(SECTOR, &[0, 1], 0.6, 1.0));
    problem.rows.push(group(STYLE, &[2, 3], 0.6, 1.0));
    problem.bounds.upper = vec![0.2; N];
    let named = |spared: &[Rule]| {
        let found = conflict(&problem, spared, Options::default());
        found.expect("a verdict").expect("a contradiction").rules()
    };
    // {3, 5}, {2, 3} and {2, 5} contradict themselves; what is tried first is spared first.
    assert_eq!(named(&[]), [SECTOR, STYLE]);
    assert_eq!(named(&[SECTOR]), [CAP, STYLE]);
    assert_eq!(named(&[STYLE, CAP]), [CAP, SECTOR]);
    assert_eq!(named(&[STYLE, SECTOR, 12_345]), [SECTOR, CAP]);
    assert_eq!(conflicts_by_hand(&problem).len(), 3);
    // No one rule makes it possible; two would.
    for rule in [CAP, SECTOR, STYLE] {
        let change = least_change(&problem, rule, &[], Options::default()).expect("a change");
        assert!(
            change.more_than.is_infinite() && change.enough.is_infinite(),
            "{change:?}"
        );
    }
}

#[test]
fn rules_that_can_be_held_together_are_no_conflict() {
    assert_eq!(conflict(&base(), &[], Options::default()), Ok(None));
    let change = least_change(&base(), CAP, &[], Options::default()).expect("a change");
    assert_eq!((change.more_than, change.enough), (0.0, 0.0));
}

#[test]
fn only_the_rows_in_the_way_are_named() {
    let mut problem = base();
    for first in [0, 2, 4] {
        problem.rows.push(group(SECTOR, &[first, first + 1], 0.05, 0.5));
    }
    problem.rows[4].lower = 0.4;
    problem.bounds.upper = vec![0.5, 0.5, 0.1, 0.15, 0.5, 0.5];
    let found = conflict(&problem, &[], Options::default())
        .expect("a verdict")
        .expect("a contradiction");
    assert_eq!(found.rules(), [CAP, SECTOR]);
    let places = |at: usize| -> Vec<(Constraint, Side)> {
        let parts = found.members[at].parts.iter();
        parts.map(|part| (part.constraint, part.side)).collect()
    };
    assert_eq!(
        places(0),
        [(Constraint::Name(2), Side::Upper), (Constraint::Name(3), Side::Upper)]
    );
    assert_eq!(places(1), [(Constraint::Row(4), Side::Lower)]);
    assert!(places(2).is_empty());
}

#[test]
fn changes_are_in_the_units_of_the_rule() {
    // The style case with coefficients in units of which 0.4 are a deviation: 0.2 are half a deviation.
    let case = CASES
        .iter()
        .find(|case| case.what.starts_with("an exposure"))
        .expect("the case");
    let problem = problem(case);
    let mut units = vec![1.0; problem.rows.len()];
    units[4] = 0.4;
    let change = least_change(&problem, STYLE, &units, Options::default()).expect("a change");
    assert!(
        (change.enough - 0.5).abs() < 1e-6 && change.more_than <= 0.5,
        "{change:?}"
    );
    assert!(matches!(
        least_change(&problem, STYLE, &units[1..], Options::default()),
        Err(Error::Invalid(_))
    ));
    // A row that does not give.
    units[4] = 0.0;
    let change = least_change(&problem, STYLE, &units, Options::default()).expect("a change");
    assert!(change.enough.is_infinite(), "{change:?}");
}
