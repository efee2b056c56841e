//! Limits on variance and tracking error, and the objectives that need them.

use super::instance::{Instance, normal};
use super::{assert_near, plain, solved};
use crate::check::{minus, variance};
use crate::{Objective, Options, Outcome, Problem, Risk, RiskLimit, solve};

const SPECIFIC: [f64; 2] = [0.04, 0.04];

/// Two uncorrelated assets of the same volatility 20%.
fn equals() -> Problem<'static> {
    plain(Risk {
        factors: 0,
        loadings: &[],
        covariance: &[],
        specific: &SPECIFIC,
    })
}

#[test]
fn the_greatest_exposure_at_a_variance_by_hand() {
    let mut problem = equals();
    problem.objective = Objective::MaximumExposure { exposure: &[1.0, 0.0] };
    // w² + (1 − w)² = 0.025 ÷ 0.04 gives w = 0.75.
    problem.risk_limit = Some(RiskLimit {
        rule: 6,
        benchmark: None,
        variance: 0.025,
    });
    let solution = solved(&problem);
    assert!((solution.weights[0] - 0.75).abs() < 1e-12, "{:?}", solution.weights);
    // dw/d(variance) = 1 ÷ (0.04 · (4w − 2)).
    let price = solution.prices.iter().find(|price| price.rule == 6).expect("a price");
    assert_near(price.price, 25.0, 1e-4);
}

#[test]
fn a_risk_limit_below_the_least_risk_is_named() {
    let mut problem = equals();
    problem.objective = Objective::MaximumExposure { exposure: &[1.0, 0.0] };
    problem.risk_limit = Some(RiskLimit {
        rule: 6,
        benchmark: None,
        variance: 0.0199,
    });
    let Ok(Outcome::Infeasible(infeasible)) = solve(&problem, Options::default()) else {
        panic!("the least variance is 0.02")
    };
    let named: Vec<u32> = infeasible.rules.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(named, [0, 6], "{infeasible:?}");
}

#[test]
fn a_loose_risk_limit_leaves_the_vertex() {
    let mut problem = equals();
    problem.objective = Objective::MaximumExposure { exposure: &[1.0, 0.0] };
    problem.risk_limit = Some(RiskLimit {
        rule: 6,
        benchmark: None,
        variance: 0.05,
    });
    assert_eq!(solved(&problem).weights, [1.0, 0.0]);
}

#[test]
fn exposure_at_the_parents_risk_with_all_other_limits() {
    let instance = Instance::new(300, 11, false);
    let risk = instance.risk();
    let exposure: Vec<f64> = (0..instance.n).map(|at| normal(11, 70, at)).collect();
    let mut problem = instance.problem();
    problem.objective = Objective::MaximumExposure { exposure: &exposure };
    let limit = variance(&risk, &instance.parent);
    problem.risk_limit = Some(RiskLimit {
        rule: 6,
        benchmark: None,
        variance: limit,
    });
    let solution = solved(&problem);
    assert!(variance(&risk, &solution.weights) <= limit * (1.0 + 1e-12));
    // Halfway to the least there is, so that it binds.
    let least = solved(&instance.problem()).objective;
    let tight = 0.5 * (least + variance(&risk, &solution.weights));
    problem.risk_limit = Some(RiskLimit {
        rule: 6,
        benchmark: None,
        variance: tight,
    });
    let tighter = solved(&problem);
    assert_near(variance(&risk, &tighter.weights), tight, 1e-11);
    assert!(tighter.objective > solution.objective);
}

#[test]
fn tracking_error_is_least_and_limited() {
    let instance = Instance::new(300, 12, true);
    let risk = instance.risk();
    let mut problem = instance.problem();
    problem.turnover = None;
    problem.bounds = super::bounds(instance.n, 1.0);
    problem.objective = Objective::MinimumTrackingError {
        benchmark: &instance.parent,
    };
    // Nothing in the way: the benchmark itself.
    let free = solved(&problem);
    assert!(free.objective < 1e-20, "{}", free.objective);
    // Ten names excluded.
    for upper in &mut problem.bounds.upper[..10] {
        *upper = 0.0;
    }
    let least = solved(&problem);
    assert!(least.objective > 0.0);
    assert_near(
        variance(&risk, &minus(&least.weights, Some(&instance.parent))),
        least.objective,
        1e-9,
    );
    // Minimum variance within four times that error.
    problem.objective = Objective::MinimumVariance {
        factor_aversion: 1.0,
        specific_aversion: 1.0,
    };
    problem.risk_limit = Some(RiskLimit {
        rule: 6,
        benchmark: Some(&instance.parent),
        variance: 16.0 * least.objective,
    });
    let held = solved(&problem);
    let error = variance(&risk, &minus(&held.weights, Some(&instance.parent)));
    assert_near(error, 16.0 * least.objective, 1e-11);
    assert!(variance(&risk, &held.weights) < variance(&risk, &least.weights));
}

#[test]
fn aversions_weigh_the_two_risks() {
    let instance = Instance::new(60, 13, false);
    let mut problem = instance.problem();
    problem.turnover = None;
    let both = solved(&problem);
    problem.objective = Objective::MinimumVariance {
        factor_aversion: 0.1,
        specific_aversion: 1.0,
    };
    let specific = solved(&problem);
    let of = |weights: &[f64]| -> f64 { weights.iter().zip(&instance.specific).map(|(w, d)| w * w * d).sum() };
    assert!(of(&specific.weights) < of(&both.weights));
}
