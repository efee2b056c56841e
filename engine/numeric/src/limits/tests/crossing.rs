//! Crossing limits: by hand, and against a coordinate method that shares nothing with the engine's.

use super::super::Side::{Lower, Upper};
use super::*;

/// Hildreth's coordinate ascent on the dual, one constraint at a time: w = u·(1 + Σ forces), each force moved so that its
/// constraint holds with a force of the right sign. Slow, plain, and converging to the same unique solution.
/// `None` where it has not converged.
fn hildreth(uncapped: &[f64], axes: &[Axis], sweeps: usize) -> Option<Vec<f64>> {
    let count = uncapped.len();
    let mut rows: Vec<Group> = axes.iter().flat_map(groups_of).collect();
    rows.extend((0..count).map(|name| group([name], 0.0, f64::INFINITY)));
    rows.push(group(0..count, 1.0, 1.0));
    let mut weights = uncapped.to_vec();
    let mut forces = vec![0.0; rows.len()];
    for _ in 0..sweeps {
        let mut moved = 0.0_f64;
        for (row, force) in rows.iter().zip(&mut forces) {
            let size = weight_of(&row.members, uncapped);
            let weight = weight_of(&row.members, &weights) - *force * size;
            let wanted = (weight.max(row.lower).min(row.upper) - weight) / size;
            for &name in &row.members {
                weights[name as usize] += (wanted - *force) * uncapped[name as usize];
            }
            moved = moved.max(((wanted - *force) * size).abs());
            *force = wanted;
        }
        if moved < 1e-13 {
            return Some(weights);
        }
    }
    None
}

fn random_crossing(seed: u64) -> (Vec<f64>, Vec<Axis>) {
    let mut draws = Draws::new(seed);
    let count = 10 + draws.below(30);
    let uncapped = draws.weights(count);
    let point = draws.weights(count);
    let width = draws.between(0.05, 1.0);
    let mut labels = |groups: usize| -> Vec<usize> { (0..count).map(|_| draws.below(groups)).collect() };
    let (sectors, countries, styles) = (labels(5), labels(4), labels(3));
    let securities: Vec<usize> = (0..count).collect();
    let mut axes = vec![
        around(&mut draws, &securities, &point, 3.0 * width),
        around(&mut draws, &sectors, &point, width),
        around(&mut draws, &countries, &point, width),
    ];
    if seed.is_multiple_of(3) {
        axes.push(around(&mut draws, &styles, &point, width));
    }
    (uncapped, axes)
}

#[test]
fn two_by_two_by_hand() {
    // Equal names in sectors {0,1}, {2,3} and countries {0,2}, {1,3}; sector 0 held at 60%, country 0 at 70%: additive
    // forces give 1/4 + a ± b, a = 0.05, b = 0.1.
    let axes = [axis(vec![group([0, 1], 0.6, 0.6)]), axis(vec![group([0, 2], 0.7, 1.0)])];
    let found = redistribute(&[1.0; 4], &axes).expect("feasible");
    close(&found.weights, &[0.40, 0.20, 0.30, 0.10], 1e-14);
    assert_eq!(found.binding, [(0, 0, Lower), (1, 0, Lower)]);
    assert!(found.rounds < 10);
}

#[test]
fn weights_stay_at_or_above_zero() {
    // As above with 95% and 95%: name 3 would be at −0.2 and stays at zero.
    let axes = [
        axis(vec![group([0, 1], 0.95, 1.0)]),
        axis(vec![group([0, 2], 0.95, 1.0)]),
    ];
    let found = redistribute(&[1.0; 4], &axes).expect("feasible");
    close(&found.weights, &[0.9, 0.05, 0.05, 0.0], 1e-14);
    assert!(found.weights.iter().all(|weight| *weight >= 0.0));
}

#[test]
fn agrees_with_coordinate_ascent() {
    let mut compared = 0;
    for seed in 0..60 {
        let (uncapped, axes) = random_crossing(seed);
        let found = redistribute(&uncapped, &axes).expect("feasible");
        holds(&found, &axes);
        if let Some(expected) = hildreth(&uncapped, &axes, 20_000) {
            close(&found.weights, &expected, 1e-9);
            compared += 1;
        }
    }
    assert!(compared >= 25, "only {compared} references");
}

#[test]
fn many_random_problems_are_settled_in_few_steps() {
    for seed in 1000..1500 {
        let (uncapped, axes) = random_crossing(seed);
        let found = redistribute(&uncapped, &axes).expect("feasible");
        holds(&found, &axes);
        assert!(
            found.rounds <= 4 * uncapped.len(),
            "seed {seed}: {} steps",
            found.rounds
        );
    }
}

#[test]
fn both_axes_held_at_given_weights() {
    for seed in 0..40 {
        let mut draws = Draws::new(seed);
        let (uncapped, point) = (draws.weights(40), draws.weights(40));
        let sectors: Vec<usize> = (0..40).map(|_| draws.below(4)).collect();
        let countries: Vec<usize> = (0..40).map(|_| draws.below(3)).collect();
        let axes = [
            around(&mut draws, &sectors, &point, 0.0),
            around(&mut draws, &countries, &point, 0.0),
        ];
        let found = redistribute(&uncapped, &axes).expect("feasible");
        holds(&found, &axes);
        close(
            &found.weights,
            &hildreth(&uncapped, &axes, 20_000).expect("converges"),
            1e-9,
        );
    }
}

#[test]
fn crossing_laws() {
    for seed in 0..40 {
        let (uncapped, axes) = random_crossing(seed);
        let found = redistribute(&uncapped, &axes).expect("feasible").weights;
        close(&redistribute(&found, &axes).expect("feasible").weights, &found, 1e-12);
        let mut turned = axes.clone();
        turned.reverse();
        close(
            &redistribute(&uncapped, &turned).expect("feasible").weights,
            &found,
            1e-13,
        );
        let scaled: Vec<f64> = uncapped.iter().map(|weight| weight * 8.0).collect();
        assert_eq!(redistribute(&scaled, &axes).expect("feasible").weights, found);
    }
}

#[test]
fn nested_limits_that_never_bind_change_nothing() {
    // The same nested problem, once by the tree and once pushed through the crossing solver by an idle crossing axis.
    for seed in 0..60 {
        let mut draws = Draws::new(seed);
        let uncapped = draws.weights(20);
        let axes = vec![caps(20, draws.between(0.06, 0.2))];
        let halves = axis(vec![group(0..10, 0.0, 2.0), group(10..20, 0.0, 2.0)]);
        let turns = axis(vec![
            group((0..20).step_by(2), 0.0, 2.0),
            group((1..20).step_by(2), 0.0, 2.0),
        ]);
        let direct = redistribute(&uncapped, &axes).expect("feasible");
        let crossed = redistribute(&uncapped, &[axes[0].clone(), halves, turns]).expect("feasible");
        close(&crossed.weights, &direct.weights, 1e-14);
        assert_eq!(crossed.binding, direct.binding);
        for (crossed, direct) in crossed.weights.iter().zip(&direct.weights) {
            assert!(*direct < axes[0].bounds[0].1 || crossed.to_bits() == direct.to_bits());
        }
        assert!(direct.binding.iter().all(|bound| bound.2 == Upper));
    }
}

#[test]
fn bounds_that_nearly_add_up_cross_idle_ones() {
    let halves = axis(vec![group(0..10, 0.0, 0.9), group(10..20, 0.0, 0.9)]);
    let turns = axis(vec![
        group((0..20).step_by(2), 0.0, 0.9),
        group((1..20).step_by(2), 0.0, 0.9),
    ]);
    let uncapped: Vec<f64> = (1..=20).map(f64::from).collect();
    for miss in [0.0, 2e-14, -2e-14] {
        let axes = [caps(20, 0.05 - miss), halves.clone(), turns.clone()];
        let found = redistribute(&uncapped, &axes).expect("within the tolerance");
        close(&found.weights, &[0.05; 20], 1e-12);
        assert!((found.weights.iter().sum::<f64>() - 1.0).abs() <= 2e-14);
    }
}
