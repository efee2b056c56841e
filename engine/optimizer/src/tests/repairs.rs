//! The way out where the limits that bind cannot be told apart, on problems where they can: both ways must meet.

use super::instance::Instance;
use super::solved;
use crate::check::check;
use crate::columns::Columns;
use crate::form::Form;
use crate::problem::Problem;
use crate::sift;

/// Weights of the repaired interior point, proved by the independent check.
fn repaired(problem: &Problem<'_>) -> Vec<f64> {
    let form = Form::new(problem, 0.0).expect("a sound problem");
    let mut columns = Columns::new(&form);
    let optimum = sift::repaired(&form, &mut columns).expect("room to mend the rows");
    let multipliers = form.multipliers(problem, &optimum.v, form.scale);
    check(problem, (&form.lower, &form.upper), &optimum.x, &multipliers).expect("an optimum");
    optimum.x
}

#[test]
fn the_repaired_point_is_the_canonical_one_to_its_accuracy() {
    for (names, seed, is_statistical) in [(60, 3, false), (300, 7, false), (300, 8, true)] {
        let instance = Instance::new(names, seed, is_statistical);
        let problem = Problem {
            minimum_holding: None,
            ..instance.problem()
        };
        let canonical = solved(&problem).weights;
        let found = repaired(&problem);
        let apart = found
            .iter()
            .zip(&canonical)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(apart < 1e-6, "{names} names, seed {seed}: {apart:e} apart");
        assert_eq!(found, repaired(&problem), "the same bytes again");
    }
}
