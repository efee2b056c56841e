//! Inputs that make solvers lie, with a stated outcome each.

use super::instance::Instance;
use super::{assert_near, bits, plain, solved};
use crate::{Error, Options, Risk, solve};

#[test]
fn daily_variances_give_the_weights_of_annual_ones() {
    let mut instance = Instance::new(300, 21, false);
    let annual = solved(&instance.problem());
    // A power of two keeps every digit, so that nothing but the scale can make a difference.
    instance.covariance.iter_mut().for_each(|c| *c /= 256.0);
    instance.specific.iter_mut().for_each(|d| *d /= 256.0);
    let daily = solved(&instance.problem());
    for (a, b) in annual.weights.iter().zip(&daily.weights) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
    assert_near(daily.objective * 256.0, annual.objective, 1e-12);
    instance.covariance.iter_mut().for_each(|c| *c *= 1e-12);
    instance.specific.iter_mut().for_each(|d| *d *= 1e-12);
    assert_near(solved(&instance.problem()).objective * 256e12, annual.objective, 1e-10);
}

#[test]
fn duplicated_names_share_their_weight() {
    // Three copies of one asset and one other, without specific risk: the tie-break makes the copies equal.
    let loadings = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let problem = plain(Risk {
        factors: 2,
        loadings: &loadings,
        covariance: &[0.04, 0.006, 0.006, 0.01],
        specific: &[0.0; 4],
    });
    let solution = solved(&problem);
    for weight in &solution.weights[..3] {
        assert!((weight - 2.0 / 57.0).abs() < 1e-8, "{:?}", solution.weights);
    }
    assert!((solution.weights[3] - 17.0 / 19.0).abs() < 1e-8);
}

#[test]
fn a_name_without_any_variance_takes_everything() {
    let problem = plain(Risk {
        factors: 1,
        loadings: &[1.0, 1.2, 0.0],
        covariance: &[0.04],
        specific: &[0.01, 0.01, 0.0],
    });
    let solution = solved(&problem);
    assert!((solution.weights[2] - 1.0).abs() < 1e-6, "{:?}", solution.weights);
    // Beneath a cap it takes that, bit by bit, and the others the rest.
    let mut capped = problem.clone();
    capped.bounds.upper[2] = 0.3;
    let solution = solved(&capped);
    assert_eq!(solution.weights[2].to_bits(), 0.3_f64.to_bits());
    assert!(solution.weights[0] > solution.weights[1]);
}

#[test]
fn a_factor_covariance_without_rank_is_solved() {
    // Forty factors of which all but two repeat: Ω = GGᵀ.
    let mut instance = Instance::new(300, 22, true);
    let k = 40;
    let g: Vec<[f64; 2]> = (0..k).map(|at| [0.1, if at % 2 == 0 { 0.05 } else { -0.05 }]).collect();
    for i in 0..k {
        for j in 0..k {
            instance.covariance[i * k + j] = g[i][0] * g[j][0] + g[i][1] * g[j][1];
        }
    }
    let solution = solved(&instance.problem());
    assert!(solution.proof.gap <= 1e-9);
}

#[test]
fn a_nearly_singular_covariance_is_solved() {
    // Correlation 1 − 1e-9.
    let rho = 1.0 - 1e-9;
    let covariance = [0.04, 0.2 * 0.21 * rho, 0.2 * 0.21 * rho, 0.21 * 0.21];
    let problem = plain(Risk {
        factors: 2,
        loadings: &[1.0, 0.0, 0.0, 1.0],
        covariance: &covariance,
        specific: &[0.0, 0.0],
    });
    assert_eq!(solved(&problem).weights, [1.0, 0.0]);
}

#[test]
fn a_negative_variance_is_refused() {
    let problem = plain(Risk {
        factors: 2,
        loadings: &[1.0, 0.0, 0.0, 1.0],
        covariance: &[0.01, 0.02, 0.02, 0.01],
        specific: &[0.01, 0.01],
    });
    assert!(matches!(
        solve(&problem, Options::default()),
        Err(Error::Indefinite { factor: 1, .. })
    ));
}

#[test]
fn missing_numbers_and_wrong_shapes_are_refused() {
    let instance = Instance::new(300, 23, false);
    let mut problem = instance.problem();
    problem.bounds.upper[3] = f64::NAN;
    assert!(matches!(solve(&problem, Options::default()), Err(Error::Invalid(_))));
    let mut problem = instance.problem();
    problem.bounds.upper.pop();
    assert!(matches!(solve(&problem, Options::default()), Err(Error::Invalid(_))));
}

#[test]
fn rows_that_repeat_each_other_are_no_obstacle() {
    let instance = Instance::new(300, 24, false);
    let problem = instance.problem();
    let solution = solved(&problem);
    let mut doubled = problem.clone();
    doubled.rows.extend(problem.rows.iter().cloned());
    for (a, b) in solution.weights.iter().zip(&solved(&doubled).weights) {
        assert!((a - b).abs() < 1e-13, "{a} {b}");
    }
}

#[test]
fn bands_of_no_width_are_equalities() {
    let instance = Instance::new(300, 25, false);
    let mut problem = instance.problem();
    problem.turnover = None;
    // All sectors and all countries at the parent's weights: one row of each axis follows from the others.
    for row in &mut problem.rows {
        if let crate::Coefficients::Members(members) = &row.coefficients {
            let parent: f64 = members.iter().map(|at| instance.parent[*at as usize]).sum();
            (row.lower, row.upper) = (parent, parent);
        }
    }
    let first = solved(&problem);
    assert!(first.proof.violation <= 1e-12);
    assert_eq!(bits(&first.weights), bits(&solved(&problem).weights));
}
