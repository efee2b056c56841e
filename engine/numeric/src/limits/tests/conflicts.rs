//! Limits that cannot hold: what is named, with which numbers.

use super::super::Side::{Lower, Upper};
use super::super::{Conflict, LimitError, Shortfall};
use super::*;

fn conflict(uncapped: &[f64], axes: &[Axis]) -> Conflict {
    match redistribute(uncapped, axes) {
        Err(LimitError::Infeasible(conflict)) => conflict,
        other => panic!("{other:?}"),
    }
}

fn numbers(conflict: &Conflict, needed: f64, available: f64) {
    close(&[conflict.needed, conflict.available], &[needed, available], 1e-9);
}

#[test]
fn fifteen_names_of_five_percent() {
    let found = conflict(&[1.0; 15], &[caps(15, 0.05)]);
    assert_eq!((found.node, found.shortfall), (None, Shortfall::TooLittleRoom));
    numbers(&found, 1.0, 0.75);
    assert_eq!(
        found.responsible,
        (0..15).map(|name| (0, name, Upper)).collect::<Vec<_>>()
    );
    let text = LimitError::Infeasible(found).to_string();
    assert!(
        text.starts_with("the total of 100% needs 100% but maxima leave room for 75"),
        "{text}"
    );
}

#[test]
fn a_sector_minimum_above_its_issuer_caps() {
    // Issuers {0,1} and {2} of at most 10% in a sector of at least 30%; name 0's own 50% takes no part.
    let axes = [
        axis(vec![group([0], 0.0, 0.5)]),
        axis(vec![group([0, 1], 0.0, 0.1), group([2], 0.0, 0.1)]),
        axis(vec![group([0, 1, 2], 0.3, 0.4)]),
    ];
    let found = conflict(&[1.0; 6], &axes);
    assert_eq!((found.node, found.shortfall), (Some((2, 0)), Shortfall::TooLittleRoom));
    numbers(&found, 0.3, 0.2);
    assert_eq!(found.responsible, [(1, 0, Upper), (1, 1, Upper)]);
}

#[test]
fn minima_above_a_sector_maximum() {
    let axes = [
        axis(vec![group([0], 0.2, 1.0), group([1], 0.15, 1.0)]),
        axis(vec![group([0, 1, 2], 0.0, 0.3)]),
    ];
    let found = conflict(&[1.0; 6], &axes);
    assert_eq!((found.node, found.shortfall), (Some((1, 0)), Shortfall::TooMuchFloor));
    numbers(&found, 0.35, 0.3);
    assert_eq!(found.responsible, [(0, 0, Lower), (0, 1, Lower)]);
}

#[test]
fn minima_above_the_total() {
    let found = conflict(&[1.0; 3], &[axis(vec![group([0, 1], 0.7, 1.0), group([2], 0.4, 1.0)])]);
    assert_eq!((found.node, found.shortfall), (None, Shortfall::TooMuchFloor));
    numbers(&found, 1.1, 1.0);
    assert_eq!(found.responsible, [(0, 0, Lower), (0, 1, Lower)]);
}

#[test]
fn the_same_names_under_contradicting_bounds() {
    let pair = |lower, upper| axis(vec![group([0, 1], lower, upper)]);
    let found = conflict(&[1.0; 3], &[pair(0.0, 0.3), pair(0.4, 1.0)]);
    assert_eq!((found.node, found.shortfall), (Some((1, 0)), Shortfall::TooLittleRoom));
    numbers(&found, 0.4, 0.3);
    assert_eq!(found.responsible, [(0, 0, Upper)]);
}

#[test]
fn a_minimum_on_names_without_weight() {
    let found = conflict(&[1.0, 0.0, 0.0], &[axis(vec![group([1, 2], 0.1, 1.0)])]);
    assert_eq!(found.node, Some((0, 0)));
    numbers(&found, 0.1, 0.0);
    // Without a minimum they are no concern.
    assert!(redistribute(&[1.0, 0.0], &[axis(vec![group([1], 0.0, 0.0)])]).is_ok());
}

#[test]
fn a_country_minimum_above_the_caps_of_its_sectors() {
    // Country {0, 2} of at least 30%; its names lie in sectors {0, 1} and {2, 3}, at most 10% each.
    let axes = [
        axis(vec![
            group([0, 1], 0.0, 0.1),
            group([2, 3], 0.0, 0.1),
            group([4, 5], 0.0, 1.0),
        ]),
        axis(vec![group([0, 2], 0.3, 1.0), group([1, 3, 4, 5], 0.0, 1.0)]),
    ];
    let found = conflict(&[0.2, 0.1, 0.1, 0.2, 0.3, 0.1], &axes);
    assert_eq!((found.node, found.shortfall), (Some((1, 0)), Shortfall::TooLittleRoom));
    numbers(&found, 0.3, 0.2);
    assert_eq!(found.responsible, [(0, 0, Upper), (0, 1, Upper)]);
}

#[test]
fn a_country_minimum_above_a_sector_cap_and_a_name_cap() {
    let axes = [
        axis(vec![group([2], 0.0, 0.05)]),
        axis(vec![group([0, 1], 0.0, 0.1)]),
        axis(vec![group([0, 2], 0.3, 1.0)]),
    ];
    let found = conflict(&[0.2, 0.1, 0.1, 0.2, 0.3, 0.1], &axes);
    assert_eq!((found.node, found.shortfall), (Some((2, 0)), Shortfall::TooLittleRoom));
    numbers(&found, 0.3, 0.15);
    assert_eq!(found.responsible, [(0, 0, Upper), (1, 0, Upper)]);
}

#[test]
fn crossing_caps_that_leave_too_little_for_the_total() {
    // Every name lies in the sector or in the country, of at most 40% each.
    let axes = [axis(vec![group([0, 1], 0.0, 0.4)]), axis(vec![group([1, 2], 0.0, 0.4)])];
    let found = conflict(&[0.3, 0.4, 0.3], &axes);
    assert_eq!((found.node, found.shortfall), (None, Shortfall::TooLittleRoom));
    numbers(&found, 1.0, 0.8);
    assert_eq!(found.responsible, [(0, 0, Upper), (1, 0, Upper)]);
}

/// Random axes with random bounds, crossing or nested, feasible or not.
fn random_bounds(seed: u64) -> (Vec<f64>, Vec<Axis>) {
    let mut draws = Draws::new(seed);
    let count = 8 + draws.below(25);
    let uncapped = draws.weights(count);
    let mut axes = Vec::new();
    for groups in [count, 5, 4, 3] {
        let labels: Vec<usize> = (0..count)
            .map(|name| if groups == count { name } else { draws.below(groups) })
            .collect();
        let mut groups = groups_of(&labelled(&labels, |_| (0.0, 1.0)));
        for group in &mut groups {
            let even = group.members.len() as f64 / count as f64;
            group.lower = if draws.unit() < 0.6 {
                0.0
            } else {
                even * draws.between(0.2, 1.1)
            };
            group.upper = if draws.unit() < 0.4 {
                1.0
            } else {
                group.lower + even * draws.between(0.0, 2.5)
            };
        }
        axes.push(axis(groups));
    }
    (uncapped, axes)
}

#[test]
fn the_bounds_named_suffice_for_the_contradiction() {
    let (mut feasible, mut nested, mut crossing) = (0, 0, 0);
    for seed in 0..1500 {
        let (uncapped, axes) = random_bounds(seed);
        let found = match redistribute(&uncapped, &axes) {
            Ok(solution) => {
                holds(&solution, &axes);
                feasible += 1;
                continue;
            }
            Err(LimitError::Infeasible(found)) => found,
            Err(other) => panic!("seed {seed}: {other:?}"),
        };
        assert!(found.needed > found.available, "seed {seed}: {found:?}");
        let mut only = axes.clone();
        for (axis, groups) in only.iter_mut().enumerate() {
            for (index, (lower, upper)) in groups.bounds.iter_mut().enumerate() {
                let named =
                    |side| found.node == Some((axis, index)) || found.responsible.contains(&(axis, index, side));
                *lower = if named(Lower) { *lower } else { 0.0 };
                *upper = if named(Upper) { *upper } else { f64::INFINITY };
            }
        }
        let again = redistribute(&uncapped, &only);
        assert!(
            matches!(again, Err(LimitError::Infeasible(_))),
            "seed {seed}: {found:?}"
        );
        let axes_named: std::collections::BTreeSet<usize> = found.responsible.iter().map(|bound| bound.0).collect();
        if axes_named.iter().filter(|axis| **axis > 0).count() > 1 {
            crossing += 1;
        } else {
            nested += 1;
        }
    }
    assert!(
        feasible > 100 && nested > 100 && crossing > 40,
        "{feasible} {nested} {crossing}"
    );
}

#[test]
fn bad_input_is_refused() {
    let bad = |uncapped: &[f64], axes: &[Axis]| redistribute(uncapped, axes).expect_err("bad input");
    assert!(matches!(bad(&[1.0, f64::NAN], &[]), LimitError::Weight { name: 1, .. }));
    assert!(matches!(bad(&[-1.0], &[]), LimitError::Weight { name: 0, .. }));
    assert_eq!(bad(&[0.0, 0.0], &[]), LimitError::NoWeight);
    assert_eq!(bad(&[], &[]), LimitError::NoWeight);
    assert_eq!(bad(&[f64::MAX, f64::MAX], &[]), LimitError::NoWeight);
    let unbounded = Axis {
        group_of: vec![0, 1],
        bounds: vec![(0.0, 1.0)],
    };
    assert_eq!(
        bad(&[1.0, 1.0], &[unbounded]),
        LimitError::Group {
            axis: 0,
            group: 1,
            name: 1
        }
    );
    let missing = axis([group([0], 0.0, f64::NAN)]);
    assert!(matches!(
        bad(&[1.0], &[missing]),
        LimitError::Bound {
            bound: (0, 0, Upper),
            ..
        }
    ));
    let reversed = conflict(&[1.0, 1.0, 1.0], &[axis([group([0, 1], 0.5, 0.4)])]);
    assert_eq!(
        (reversed.node, reversed.responsible),
        (Some((0, 0)), vec![(0, 0, Upper)])
    );
}
