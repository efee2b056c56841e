//! Distances to target weights, against the exact redistribution of capped weights and by hand.

use divisor_numeric::limits::{Axis, redistribute};

use super::instance::uniform;
use super::{bounds, solved};
use crate::{Coefficients, Objective, Problem, Row, Turnover};

pub(crate) fn problem(objective: Objective<'_>, n: usize, cap: f64) -> Problem<'_> {
    Problem {
        risk: None,
        objective,
        bounds: bounds(n, cap),
        rows: Vec::new(),
        turnover: None,
        minimum_holding: None,
        at_most: None,
        at_least: None,
        risk_limit: None,
        total_rule: 0,
    }
}

pub(crate) fn target(n: usize, seed: u64) -> Vec<f64> {
    let raw: Vec<f64> = (0..n).map(|at| 1.0 / (0.01 + uniform(seed, 1, at))).collect();
    let total: f64 = raw.iter().sum();
    raw.iter().map(|w| w / total).collect()
}

#[test]
fn chi_square_with_one_cap_is_the_capping_loop() {
    for (n, seed, cap) in [(40, 1, 0.05), (400, 2, 0.01), (3000, 3, 0.005)] {
        let target = target(n, seed);
        let solution = solved(&problem(Objective::ChiSquareDistance { target: &target }, n, cap));
        let axis = Axis {
            group_of: (0..n as u32).collect(),
            bounds: vec![(0.0, cap); n],
        };
        let capped = redistribute(&target, &[axis]).expect("a capping").weights;
        assert!(capped.iter().any(|w| *w >= cap));
        for (found, expected) in solution.weights.iter().zip(&capped) {
            assert!((found - expected).abs() <= 1e-10, "{n}: {found} against {expected}");
        }
    }
}

#[test]
fn chi_square_within_crossing_bands_is_the_redistribution() {
    let n = 120;
    let target = target(n, 4);
    let mut problem = problem(Objective::ChiSquareDistance { target: &target }, n, 0.04);
    let mut axes = vec![Axis {
        group_of: (0..n as u32).collect(),
        bounds: vec![(0.0, 0.04); n],
    }];
    for by in [6, 5] {
        let (lower, upper) = (0.8 / f64::from(by), 1.2 / f64::from(by));
        axes.push(Axis {
            group_of: (0..n as u32).map(|at| at % by).collect(),
            bounds: vec![(lower, upper); by as usize],
        });
        for group in 0..by {
            let members: Vec<u32> = (0..n as u32).filter(|at| at % by == group).collect();
            problem.rows.push(Row {
                rule: 10 + by,
                coefficients: Coefficients::Members(members),
                lower,
                upper,
            });
        }
    }
    let expected = redistribute(&target, &axes).expect("a redistribution").weights;
    for (found, expected) in solved(&problem).weights.iter().zip(&expected) {
        assert!((found - expected).abs() <= 1e-10, "{found} against {expected}");
    }
}

#[test]
fn the_nearest_weights_by_l1_move_as_little_as_caps_ask() {
    let n = 200;
    let target = target(n, 5);
    let cap = 0.02;
    let excess: f64 = target.iter().map(|w| (w - cap).max(0.0)).sum();
    assert!(excess > 0.01);
    let solution = solved(&problem(Objective::L1Distance { target: &target }, n, cap));
    let distance: f64 = solution.weights.iter().zip(&target).map(|(w, u)| (w - u).abs()).sum();
    // What the caps take off must be given to others.
    assert!((distance - 2.0 * excess).abs() < 1e-12, "{distance}");
    // The tie-break shares it out: as much for each, up to the cap.
    let gains = solution
        .weights
        .iter()
        .zip(&target)
        .filter(|(w, _)| **w < cap)
        .map(|(w, u)| w - u);
    let gains: Vec<f64> = gains.collect();
    assert!(gains.iter().all(|gain| (gain - gains[0]).abs() < 1e-12), "{gains:?}");
}

#[test]
fn turnover_holds_the_way_to_a_target() {
    let n = 50;
    let (target, previous) = (target(n, 6), target(n, 7));
    let mut problem = problem(Objective::ChiSquareDistance { target: &target }, n, 1.0);
    problem.turnover = Some(Turnover {
        rule: 7,
        previous: previous.clone(),
        limit: 0.1,
    });
    let solution = solved(&problem);
    let bought: f64 = solution
        .weights
        .iter()
        .zip(&previous)
        .map(|(w, p)| (w - p).max(0.0))
        .sum();
    assert!((bought - 0.1).abs() < 1e-12, "{bought}");
    assert!(
        solution
            .weights
            .iter()
            .zip(&previous)
            .any(|(w, p)| w.to_bits() == p.to_bits())
    );
}

#[test]
fn turnover_holds_the_way_to_a_target_by_l1() {
    // What may be bought goes to the name that lacks most; what is sold comes from the one that has too much.
    let (target, previous) = ([0.5, 0.3, 0.2], [0.2, 0.2, 0.6]);
    let mut problem = problem(Objective::L1Distance { target: &target }, 3, 1.0);
    let limit = |limit| {
        Some(Turnover {
            rule: 7,
            previous: previous.to_vec(),
            limit,
        })
    };
    for (bought, expected) in [
        (0.1, [0.3, 0.2, 0.5]),
        (0.2, [0.4, 0.2, 0.4]),
        (0.3, [0.45, 0.25, 0.3]),
        (0.4, target),
        (0.9, target),
    ] {
        problem.turnover = limit(bought);
        let found = solved(&problem).weights;
        for (w, expected) in found.iter().zip(&expected) {
            assert!((w - expected).abs() < 1e-12, "{bought}: {found:?}");
        }
    }
    // A cap below both: what it takes off goes where it is lacked, and no farther than turnover allows.
    problem.bounds.upper[2] = 0.1;
    problem.turnover = limit(0.5);
    let found = solved(&problem).weights;
    for (w, expected) in found.iter().zip([0.55, 0.35, 0.1]) {
        assert!((w - expected).abs() < 1e-12, "{found:?}");
    }
}

/// Two floors that are met to the last digit, of which one has a price of nothing.
#[test]
fn floors_without_ceilings_may_be_met_for_nothing() {
    let target = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.075, 0.075, 0.075, 0.075, 0.05, 0.05];
    let mut problem = problem(Objective::ChiSquareDistance { target: &target }, 12, 1.0);
    for members in [0..6, 6..10, 10..12] {
        problem.rows.push(Row {
            rule: 20,
            coefficients: Coefficients::Members(members.collect()),
            lower: 0.25,
            upper: f64::INFINITY,
        });
    }
    let weights = solved(&problem).weights;
    for (w, expected) in weights
        .iter()
        .zip([[0.5 / 6.0; 6].as_slice(), &[0.0625; 4], &[0.125; 2]].concat())
    {
        assert!((w - expected).abs() < 1e-14, "{weights:?}");
    }
}

/// Without a minimum holding the target itself is held, at a distance of zero: the cost is told in the distance's own unit.
#[test]
fn what_a_minimum_holding_costs_is_told_where_nothing_else_does() {
    let target = [0.49, 0.49, 0.02];
    let mut problem = problem(Objective::L1Distance { target: &target }, 3, 1.0);
    problem.minimum_holding = Some(crate::MinimumHolding { rule: 9, weight: 0.05 });
    let solution = solved(&problem);
    assert!(solution.relaxed.abs() < 1e-12, "{solution:?}");
    // The small name goes, and its weight to the others; ties are broken by a hair.
    assert!((solution.holding_gap - 0.04).abs() < 1e-6, "{solution:?}");
}

/// Of four equal names two may be held: the others are out by their number, and no cap.
#[test]
fn names_beyond_the_greatest_number_are_out_by_it() {
    let target = [0.28, 0.26, 0.24, 0.22];
    let mut problem = problem(Objective::ChiSquareDistance { target: &target }, 4, 0.9);
    problem.at_most = Some(crate::Count { rule: 9, names: 2 });
    let solution = solved(&problem);
    let out: Vec<(usize, u32)> = (solution.prices.iter())
        .filter(|price| price.name)
        .map(|price| (price.at, price.rule))
        .collect();
    assert_eq!(out, [(2, 9), (3, 9)], "{solution:?}");
}

/// A weight that is no number passes no check, wherever it stands.
#[test]
fn the_check_refuses_what_is_no_number() {
    let target = [0.5, 0.5];
    let problem = problem(Objective::ChiSquareDistance { target: &target }, 2, 1.0);
    let solution = solved(&problem);
    let multipliers = crate::Multipliers {
        total: 0.0,
        rows: Vec::new(),
        turnover: 0.0,
        risk: 0.0,
    };
    let bounds = (&problem.bounds.lower[..], &problem.bounds.upper[..]);
    assert!(crate::check(&problem, bounds, &solution.weights, &multipliers).is_ok());
    for wrong in [[f64::NAN, 0.5], [0.5, f64::NAN], [f64::INFINITY, 0.5]] {
        assert!(
            crate::check(&problem, bounds, &wrong, &multipliers).is_err(),
            "{wrong:?}"
        );
    }
}
