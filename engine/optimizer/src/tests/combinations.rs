//! Every objective with every combination of limits beyond bounds and rows: each has weights and their proof.

use super::instance::{Instance, normal};
use super::solved;
use crate::check::{minus, variance};
use crate::{Count, MinimumHolding, Objective, RiskLimit};

const N: usize = 80;

#[test]
fn every_objective_goes_with_every_limit() {
    let instance = Instance::new(N, 31, false);
    let exposure: Vec<f64> = (0..N).map(|at| normal(31, 70, at)).collect();
    let (benchmark, target) = (instance.parent.as_slice(), instance.parent.as_slice());
    let objectives = [
        Objective::MinimumVariance {
            factor_aversion: 1.0,
            specific_aversion: 1.0,
        },
        Objective::MinimumTrackingError { benchmark },
        Objective::MaximumExposure { exposure: &exposure },
        Objective::ChiSquareDistance { target },
        Objective::L1Distance { target },
    ];
    for objective in &objectives {
        for limits in 0..1 << 4 {
            let with = |limit: u32| limits >> limit & 1 == 1;
            let mut problem = instance.problem();
            problem.objective = objective.clone();
            if !with(0) {
                problem.turnover = None;
            }
            if with(1) {
                problem.minimum_holding = Some(MinimumHolding { rule: 8, weight: 0.002 });
                problem.at_least = Some(Count { rule: 9, names: 25 });
            }
            if with(2) {
                problem.at_most = Some(Count { rule: 10, names: 60 });
            }
            if with(3) || matches!(objective, Objective::MaximumExposure { .. }) {
                problem.risk_limit = Some(RiskLimit {
                    rule: 6,
                    benchmark: with(3).then_some(benchmark),
                    variance: if with(3) {
                        0.0036
                    } else {
                        variance(&instance.risk(), benchmark)
                    },
                });
            }
            let weights = solved(&problem).weights;
            let held = weights.iter().filter(|w| **w > 0.0).count();
            let what = format!("{objective:?} {limits:b}").chars().take(40).collect::<String>();
            assert!(!with(1) || held >= 25, "{what}: {held} names");
            assert!(!with(2) || held <= 60, "{what}: {held} names");
            if with(3) {
                let error = variance(&instance.risk(), &minus(&weights, Some(benchmark))).sqrt();
                assert!(error <= 0.06 * (1.0 + 1e-12), "{what}: {error}");
            }
        }
    }
}
