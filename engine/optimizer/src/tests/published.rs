//! Two assets of volatilities 20% and 10% and correlation 0.3, worked by hand; no specific variance, so the tie-break is
//! in the tenth digit.

use divisor_risk::FactorModel;

use super::{assert_near, plain, solved};
use crate::{Outcome, Problem, Risk, Side, Turnover, least_change, solve};

/// Loadings are the assets themselves: all variance is the factors'.
const LOADINGS: [f64; 4] = [1.0, 0.0, 0.0, 1.0];
const COVARIANCE: [f64; 4] = [0.04, 0.006, 0.006, 0.01];

fn problem() -> Problem<'static> {
    plain(Risk {
        factors: 2,
        loadings: &LOADINGS,
        covariance: &COVARIANCE,
        specific: &[0.0, 0.0],
    })
}

#[test]
fn two_assets_have_the_textbook_weights() {
    let solution = solved(&problem());
    // (σ₂² − ρσ₁σ₂) ÷ (σ₁² + σ₂² − 2ρσ₁σ₂) = 0.004 ÷ 0.038 = 2 ÷ 19.
    assert!((solution.weights[0] - 2.0 / 19.0).abs() < 1e-9);
    assert!((solution.weights[1] - 17.0 / 19.0).abs() < 1e-9);
    assert_near(solution.objective.sqrt(), 0.097_872_096_986, 1e-9);
    // At the optimum every held name has the same marginal risk: the volatility.
    for marginal in &solution.marginal_risk {
        assert_near(*marginal, 0.097_872_096_986, 1e-8);
    }
}

#[test]
fn turnover_stops_on_the_way() {
    let mut problem = problem();
    problem.turnover = Some(Turnover {
        rule: 7,
        previous: vec![0.5, 0.5],
        limit: 0.1,
    });
    let solution = solved(&problem);
    assert!((solution.weights[0] - 0.4).abs() < 1e-13 && (solution.weights[1] - 0.6).abs() < 1e-13);
    assert_near(solution.objective.sqrt(), 0.113_490_087_673, 1e-9);
    // One more unit of turnover moves w₁ down and w₂ up by one: 2(Σw)₁ − 2(Σw)₂ = 2·0.0196 − 2·0.0084.
    let price = solution.prices.iter().find(|price| price.rule == 7).expect("a price");
    assert_eq!(price.side, Side::Upper);
    assert_near(price.price, 0.0224, 1e-9);
}

#[test]
fn names_that_left_force_their_weight_to_be_traded() {
    let mut problem = problem();
    let mut turnover = Turnover {
        rule: 7,
        previous: vec![0.44, 0.44],
        limit: 0.1,
    };
    problem.turnover = Some(turnover.clone());
    let Ok(Outcome::Infeasible(infeasible)) = solve(&problem, crate::Options::default()) else {
        panic!("12% left and only 10% may be bought")
    };
    assert!(infeasible.rules.iter().any(|(rule, _)| *rule == 7), "{infeasible:?}");
    assert!(
        infeasible.rules.iter().all(|(rule, _)| [0, 7].contains(rule)),
        "{infeasible:?}"
    );
    // What the turnover limit alone would have to give: 12% less 10%.
    let change = least_change(&problem, 7, &[], crate::Options::default()).expect("a change");
    assert!(
        change.more_than <= 0.02 && change.enough >= 0.02 && change.enough - change.more_than < 1e-8,
        "{change:?}"
    );
    turnover.limit = 0.15;
    problem.turnover = Some(turnover);
    let solution = solved(&problem);
    let bought: f64 = solution.weights.iter().map(|w| (w - 0.44).max(0.0)).sum();
    assert!((bought - 0.15).abs() < 1e-12, "{bought}");
}

#[test]
fn a_model_is_read_as_it_is() {
    let model = FactorModel::new(
        vec!["first".into(), "second".into()],
        LOADINGS.to_vec(),
        COVARIANCE.to_vec(),
        vec![0.01, 0.02],
    );
    let model = model.expect("a model");
    let solution = solved(&plain(Risk::from(&model)));
    let variance = model.variance(&solution.weights);
    assert_near(solution.objective, variance.total(), 1e-14);
    for (own, theirs) in solution
        .marginal_risk
        .iter()
        .zip(model.marginal_risk(&solution.weights))
    {
        assert_near(*own, theirs, 1e-14);
    }
}
