//! Nested limits: against the plain capping loop, against optimality by exchange, and their laws.

use super::*;

/// "Cap, share out in proportion over the uncapped, repeat", written independently.
fn capping_loop(uncapped: &[f64], cap: f64) -> Vec<f64> {
    let mut weights = normalised(uncapped);
    let mut capped = vec![false; weights.len()];
    loop {
        let over: Vec<usize> = (0..weights.len()).filter(|&i| !capped[i] && weights[i] > cap).collect();
        if over.is_empty() {
            return weights;
        }
        for i in over {
            capped[i] = true;
        }
        let at_cap = capped.iter().filter(|capped| **capped).count() as f64 * cap;
        let free: f64 = (0..weights.len()).filter(|&i| !capped[i]).map(|i| uncapped[i]).sum();
        for i in 0..weights.len() {
            weights[i] = if capped[i] {
                cap
            } else {
                uncapped[i] * (1.0 - at_cap) / free
            };
        }
    }
}

/// No weight can move between two names, within the limits, and lower Σ (w − u)² ÷ u. The limits of a nested family describe a
/// base of a generalised polymatroid, where separable convex functions have no local optimum against such exchanges that is
/// not global: for nested limits this is the whole of the optimality conditions.
fn no_exchange_helps(uncapped: &[f64], axes: &[Axis], solution: &Solution) {
    let (weights, step) = (&solution.weights, 1e-9);
    let weighed = |group: Group| {
        let weight = weight_of(&group.members, weights);
        (group, weight)
    };
    let groups: Vec<(Group, f64)> = axes.iter().flat_map(groups_of).map(weighed).collect();
    let inside = |group: &Group, name: usize| group.members.contains(&(name as u32));
    for from in (0..weights.len()).filter(|&name| weights[name] > step) {
        for to in (0..weights.len()).filter(|&to| to != from && uncapped[to] > 0.0) {
            let allowed = groups
                .iter()
                .all(|(group, weight)| match (inside(group, from), inside(group, to)) {
                    (true, false) => *weight > group.lower + step,
                    (false, true) => *weight < group.upper - step,
                    _ => true,
                });
            let (loses, gains) = (weights[from] / uncapped[from], weights[to] / uncapped[to]);
            assert!(
                !allowed || gains >= loses - 1e-9 * loses,
                "{from} → {to}: {loses} {gains}"
            );
        }
    }
}

fn random_nested(seed: u64) -> (Vec<f64>, Vec<Axis>) {
    let mut draws = Draws::new(seed);
    let count = 6 + draws.below(30);
    let uncapped = draws.weights(count);
    let (issuers, sectors) = nested_labels(&mut draws, count, 4 + count / 3, 4);
    let point = draws.weights(count);
    let width = draws.between(0.0, 1.5);
    let securities: Vec<usize> = (0..count).collect();
    let axes = vec![
        around(&mut draws, &securities, &point, width),
        around(&mut draws, &issuers, &point, width / 2.0),
        around(&mut draws, &sectors, &point, width / 4.0),
    ];
    (uncapped, axes)
}

#[test]
fn the_tree_equals_the_capping_loop() {
    for seed in 0..400 {
        let mut draws = Draws::new(seed);
        let count = 3 + draws.below(60);
        let uncapped = draws.weights(count);
        let cap = draws.between(1.02 / count as f64, 0.6_f64.max(1.1 / count as f64));
        let found = redistribute(&uncapped, &[caps(count, cap)]).expect("feasible");
        close(&found.weights, &capping_loop(&uncapped, cap), 2e-15);
        let total: f64 = found.weights.iter().sum();
        assert!((total - 1.0).abs() <= 1e-15 * count as f64, "{total}");
        for (weight, bits) in found.weights.iter().map(|weight| (*weight, weight.to_bits())) {
            assert!(weight < cap || bits == cap.to_bits());
        }
    }
}

#[test]
fn nested_bands_are_optimal() {
    for seed in 0..300 {
        let (uncapped, axes) = random_nested(seed);
        let found = redistribute(&uncapped, &axes).expect("feasible");
        assert_eq!(found.rounds, 1, "nested families need no rounds");
        holds(&found, &axes);
        no_exchange_helps(&uncapped, &axes, &found);
    }
}

#[test]
fn only_binding_limits_matter() {
    for seed in 0..100 {
        let (uncapped, axes) = random_nested(seed);
        let found = redistribute(&uncapped, &axes).expect("feasible");
        let mut loosened = axes.clone();
        for (axis, groups) in loosened.iter_mut().enumerate() {
            for (index, (lower, upper)) in groups.bounds.iter_mut().enumerate() {
                let binds = |side| found.binding.contains(&(axis, index, side));
                *lower = if binds(super::super::Side::Lower) { *lower } else { 0.0 };
                *upper = if binds(super::super::Side::Upper) {
                    *upper
                } else {
                    f64::INFINITY
                };
            }
        }
        close(
            &redistribute(&uncapped, &loosened).expect("feasible").weights,
            &found.weights,
            1e-12,
        );
    }
}

#[test]
fn order_and_scale_do_not_matter() {
    for seed in 0..100 {
        let (uncapped, axes) = random_nested(seed);
        let found = redistribute(&uncapped, &axes).expect("feasible").weights;
        let count = uncapped.len();
        let mut place: Vec<usize> = (0..count).collect();
        let mut draws = Draws::new(seed + 10_000);
        (1..count).rev().for_each(|k| place.swap(k, draws.below(k + 1)));
        let mut moved = vec![0.0; count];
        (0..count).for_each(|name| moved[place[name]] = uncapped[name] * 1e7 / 3.0);
        let mut renamed = axes.clone();
        for axis in &mut renamed {
            let before = axis.group_of.clone();
            axis.group_of.resize(count, NO_GROUP);
            (0..count).for_each(|name| axis.group_of[place[name]] = before.get(name).copied().unwrap_or(NO_GROUP));
            // Groups in another order too.
            let last = axis.bounds.len() as u32;
            axis.bounds.reverse();
            for group in axis.group_of.iter_mut().filter(|group| **group != NO_GROUP) {
                *group = last - 1 - *group;
            }
        }
        let again = redistribute(&moved, &renamed).expect("feasible").weights;
        let back: Vec<f64> = place.iter().map(|&at| again[at]).collect();
        close(&back, &found, 1e-14);
    }
}

#[test]
fn limited_weights_are_their_own_answer() {
    for seed in 0..100 {
        let (uncapped, axes) = random_nested(seed);
        let found = redistribute(&uncapped, &axes).expect("feasible").weights;
        close(&redistribute(&found, &axes).expect("feasible").weights, &found, 1e-14);
    }
}

#[test]
fn larger_names_stay_larger_under_equal_limits() {
    for seed in 0..100 {
        let mut draws = Draws::new(seed);
        let uncapped = draws.weights(40);
        let found = redistribute(&uncapped, &[caps(40, draws.between(0.026, 0.2))])
            .expect("feasible")
            .weights;
        let mut order: Vec<usize> = (0..40).collect();
        order.sort_by(|&a, &b| uncapped[a].total_cmp(&uncapped[b]));
        assert!(order.windows(2).all(|pair| found[pair[0]] <= found[pair[1]]));
    }
}

#[test]
fn very_different_sizes_stay_exact() {
    let uncapped: Vec<f64> = (0..60).map(|k| 0.5_f64.powi(k)).collect();
    for cap in [0.3, 0.1, 0.05, 0.02, 0.017] {
        let axes = [caps(60, cap)];
        let found = redistribute(&uncapped, &axes).expect("feasible");
        holds(&found, &axes);
        // Uncapped names share one factor, however small they are.
        let free: Vec<f64> = (0..60)
            .filter(|&k| found.weights[k] < cap)
            .map(|k| found.weights[k] / uncapped[k])
            .collect();
        assert!(
            free.windows(2).all(|pair| (pair[0] / pair[1] - 1.0).abs() < 1e-14),
            "{cap} {free:?}"
        );
    }
}
