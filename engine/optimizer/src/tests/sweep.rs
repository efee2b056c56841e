//! Every objective over instances that were hard once: each ends with weights and their proof.

use super::instance::{Instance, normal};
use super::solved;
use crate::check::variance;
use crate::{MinimumHolding, Objective, RiskLimit};

#[test]
fn every_objective_ends_with_a_proof() {
    for (n, seed) in [(150, 104), (150, 204), (150, 220), (300, 105), (300, 209), (300, 217)] {
        let instance = Instance::new(n, seed, seed % 2 == 0);
        let least = MinimumHolding {
            rule: 8,
            weight: 0.0005,
        };
        let exposure: Vec<f64> = (0..n).map(|at| normal(seed, 70, at)).collect();
        let mut turning = instance.problem();
        turning.minimum_holding = Some(least);
        let held = solved(&turning);
        assert!(held.weights.iter().all(|w| *w == 0.0 || *w >= 0.0005 - 1e-12), "{seed}");
        let mut problem = instance.problem();
        problem.turnover = None;
        problem.bounds.upper[..n / 10].fill(0.0);
        for objective in [
            Objective::MinimumTrackingError {
                benchmark: &instance.parent,
            },
            Objective::ChiSquareDistance {
                target: &instance.parent,
            },
            Objective::L1Distance {
                target: &instance.parent,
            },
        ] {
            problem.objective = objective;
            assert!(solved(&problem).objective > 0.0, "{seed}");
            turning.objective = problem.objective.clone();
            assert!(solved(&turning).objective > 0.0, "{seed}");
        }
        problem.objective = Objective::MaximumExposure { exposure: &exposure };
        let limit = variance(&instance.risk(), &instance.parent);
        problem.risk_limit = Some(RiskLimit {
            rule: 6,
            benchmark: None,
            variance: limit,
        });
        let most = solved(&problem);
        assert!(
            variance(&instance.risk(), &most.weights) <= limit * (1.0 + 1e-12),
            "{seed}"
        );
    }
}
