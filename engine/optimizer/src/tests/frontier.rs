//! OR-Library (Beasley 1990): efficient frontiers of 31, 85 and 98 stocks, long only.

use std::path::Path;

use super::{assert_near, plain};
use crate::{Coefficients, Options, Outcome, Risk, Row, solve};

#[test]
fn the_frontier_of_31_stocks() {
    frontier(1);
}

#[test]
fn the_frontier_of_85_stocks() {
    frontier(2);
}

#[test]
fn the_frontier_of_98_stocks() {
    frontier(4);
}

/// 200 of the 2,000 published points, evenly spread: variance at the point's mean.
fn frontier(nth: usize) {
    let mut numbers = numbers(&format!("port{nth}.txt")).into_iter();
    let mut next = || numbers.next().expect("a number");
    let n = next() as usize;
    let (mut means, mut deviations) = (Vec::new(), Vec::new());
    for _ in 0..n {
        means.push(next());
        deviations.push(next());
    }
    let mut covariance = vec![0.0; n * n];
    for _ in 0..n * (n + 1) / 2 {
        let (i, j, correlation) = (next() as usize - 1, next() as usize - 1, next());
        covariance[i * n + j] = correlation * deviations[i] * deviations[j];
        covariance[j * n + i] = covariance[i * n + j];
    }
    let mut loadings = vec![0.0; n * n];
    (0..n).for_each(|i| loadings[i * n + i] = 1.0);
    let specific = vec![0.0; n];
    let published = self::numbers(&format!("portef{nth}.txt"));
    assert_eq!(published.len(), 4000);
    let mut problem = plain(Risk {
        factors: n,
        loadings: &loadings,
        covariance: &covariance,
        specific: &specific,
    });
    for (at, point) in published.chunks(2).step_by(10).enumerate() {
        problem.rows = vec![Row {
            rule: 5,
            coefficients: Coefficients::Each(means.clone()),
            lower: point[0],
            upper: point[0],
        }];
        let Ok(Outcome::Solved(solution)) = solve(&problem, Options::default()) else {
            panic!("point {at} of {nth}: {:?}", solve(&problem, Options::default()))
        };
        assert_near(solution.objective, point[1], 1e-6);
    }
}

fn numbers(file: &str) -> Vec<f64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/optimizer");
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    text.split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect()
}
