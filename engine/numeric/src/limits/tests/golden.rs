//! Published and hand-computed examples.

use super::super::Side::{Lower, Upper};
use super::*;

#[test]
fn single_cap_of_a_quarter() {
    let found = redistribute(&[40.0, 25.0, 15.0, 10.0, 5.0, 5.0], &[caps(6, 0.25)]).expect("feasible");
    // 0.5 ÷ 0.35 on the uncapped names; the second begins on the cap and is capped only after growing.
    close(
        &found.weights,
        &[0.25, 0.25, 1.5 / 7.0, 1.0 / 7.0, 0.5 / 7.0, 0.5 / 7.0],
        1e-15,
    );
    close(&found.weights[2..4], &[0.214_285_714_286, 0.142_857_142_857], 1e-12);
    assert_eq!(found.binding, [(0, 0, Upper), (0, 1, Upper)]);
    assert_eq!(found.weights[0].to_bits(), 0.25_f64.to_bits());
    assert_eq!((found.weights[1].to_bits(), found.rounds), (0.25_f64.to_bits(), 1));
}

#[test]
fn single_cap_of_thirty_percent() {
    let found = redistribute(&[50.0, 24.0, 10.0, 8.0, 5.0, 3.0], &[caps(6, 0.30)]).expect("feasible");
    let expected = [
        0.30,
        0.30,
        0.153_846_153_846,
        0.123_076_923_077,
        0.076_923_076_923,
        0.046_153_846_154,
    ];
    close(&found.weights, &expected, 1e-12);
    let scale = 0.4 / 0.26;
    close(
        &found.weights,
        &[0.3, 0.3, 0.1 * scale, 0.08 * scale, 0.05 * scale, 0.03 * scale],
        1e-15,
    );
}

#[test]
fn capping_factors_of_three_names() {
    let uncapped = [200.0, 1000.0, 2400.0];
    let found = redistribute(&uncapped, &[caps(3, 0.5)]).expect("feasible");
    close(&found.weights, &[1.0 / 12.0, 5.0 / 12.0, 0.5], 1e-15);
    let factors: Vec<f64> = found
        .weights
        .iter()
        .zip(&uncapped)
        .map(|(w, u)| w / (u / 3600.0))
        .collect();
    close(&factors, &[1.5, 1.5, 0.75], 1e-14);
}

#[test]
fn issuer_cap_is_split_over_its_lines() {
    // Issuer 0 has lines of 30 and 10; capped at 20% they keep 3 : 1, the rest grows from 60 to 80.
    let axes = [axis(vec![group([0, 1], 0.0, 0.2)])];
    let found = redistribute(&[30.0, 10.0, 40.0, 20.0], &axes).expect("feasible");
    close(&found.weights, &[0.15, 0.05, 0.8 * 2.0 / 3.0, 0.8 / 3.0], 1e-15);
    assert_eq!(found.binding, [(0, 0, Upper)]);
}

#[test]
fn security_issuer_and_sector_together() {
    // Sector {0..3} held at 50%, in it issuer {0, 1} at most 30%, in it name 0 at most 20%.
    let axes = [
        axis(vec![group([0], 0.0, 0.2)]),
        axis(vec![group([0, 1], 0.0, 0.3)]),
        axis(vec![group([0, 1, 2, 3], 0.5, 0.5)]),
    ];
    let found = redistribute(&[0.4, 0.1, 0.1, 0.1, 0.2, 0.1], &axes).expect("feasible");
    close(&found.weights, &[0.2, 0.1, 0.1, 0.1, 1.0 / 3.0, 0.5 / 3.0], 1e-15);
    // Names 2 and 3 keep factor 1, that of the sector; the issuer's own is also 1: only its first name is held back.
    assert_eq!(found.binding, [(0, 0, Upper), (2, 0, Upper)]);
}

#[test]
fn sectors_held_at_the_parents_weights() {
    let sectors = |weights: [f64; 2]| {
        axis(vec![
            group([0, 1], weights[0], weights[0]),
            group([2, 3, 4], weights[1], weights[1]),
        ])
    };
    let uncapped = [0.4, 0.2, 0.2, 0.1, 0.1];
    let found = redistribute(&uncapped, &[sectors([0.3, 0.7])]).expect("feasible");
    close(&found.weights, &[0.2, 0.1, 0.35, 0.175, 0.175], 1e-15);
    assert_eq!(found.binding, [(0, 0, Upper), (0, 1, Lower)]);
    // Weights of a parent that add up to one only nearly.
    for miss in [4e-13, -4e-13] {
        let found = redistribute(&uncapped, &[sectors([0.3, 0.7 + miss])]).expect("within the tolerance");
        assert!((found.weights.iter().sum::<f64>() - 1.0).abs() <= 5e-15);
        close(&found.weights, &[0.2, 0.1, 0.35, 0.175, 0.175], 1e-12);
    }
    // With a cap of 18%: 0.18 + 0.12 in the first, the second spread over three names of at most 0.18 is too little.
    let found = redistribute(&uncapped, &[caps(5, 0.3), sectors([0.3, 0.7])]).expect("feasible");
    close(&found.weights, &[0.2, 0.1, 0.3, 0.2, 0.2], 1e-15);
}

#[test]
fn caps_that_just_add_up_are_all_met_exactly() {
    let uncapped: Vec<f64> = (1..=20).map(f64::from).collect();
    let found = redistribute(&uncapped, &[caps(20, 0.05)]).expect("feasible");
    assert!(
        found
            .weights
            .iter()
            .all(|weight| weight.to_bits() == 0.05_f64.to_bits())
    );
    for count in 2..200_usize {
        let uncapped: Vec<f64> = (1..=count).map(|k| 1.0 / (k * k) as f64).collect();
        let cap = 1.0 / count as f64;
        let found = redistribute(&uncapped, &[caps(count, cap)]).expect("feasible");
        assert!(
            found.weights.iter().all(|weight| weight.to_bits() == cap.to_bits()),
            "{count}"
        );
    }
}

#[test]
fn equal_sets_on_two_axes_hold_both_bounds() {
    let pair = |lower, upper| axis(vec![group([0, 1], lower, upper)]);
    let found = redistribute(&[0.4, 0.2, 0.2, 0.2], &[pair(0.0, 0.5), pair(0.1, 0.3)]).expect("feasible");
    close(&found.weights, &[0.2, 0.1, 0.35, 0.35], 1e-15);
    assert_eq!(found.binding, [(1, 0, Upper)]);
    let found = redistribute(&[0.6, 0.4], &[caps(2, 0.5), caps(2, 0.5)]).expect("feasible");
    close(&found.weights, &[0.5, 0.5], 0.0);
    assert_eq!(found.binding[..2], [(0, 0, Upper), (1, 0, Upper)][..]);
}

#[test]
fn names_without_weight_stay_without() {
    // The group {1, 2} crosses the other only through a name without weight.
    let axes = [axis(vec![group([0, 1], 0.0, 0.3)]), axis(vec![group([1, 2], 0.0, 0.4)])];
    let found = redistribute(&[0.5, 0.0, 0.3, 0.2], &axes).expect("feasible");
    close(&found.weights, &[0.3, 0.0, 0.4, 0.3], 1e-15);
    assert_eq!(found.rounds, 1);
}

#[test]
fn without_limits_weights_are_normalised() {
    let found = redistribute(&[2.0, 6.0], &[]).expect("feasible");
    close(&found.weights, &[0.25, 0.75], 0.0);
    assert!(found.binding.is_empty());
    let found = redistribute(&[2.0, 6.0], &[Axis::default(), caps(2, f64::INFINITY)]).expect("feasible");
    close(&found.weights, &[0.25, 0.75], 0.0);
}

#[test]
fn minima_lift_and_bind() {
    let axes = [axis(vec![group([3], 0.1, 1.0)])];
    let found = redistribute(&[0.5, 0.3, 0.15, 0.05], &axes).expect("feasible");
    let scale = 0.9 / 0.95;
    close(&found.weights, &[0.5 * scale, 0.3 * scale, 0.15 * scale, 0.1], 1e-15);
    assert_eq!(found.binding, [(0, 0, Lower)]);
}
