//! Instances where more limits meet than it takes to fix the weights: bounds, groups and turnover in round numbers that add up.
//! Every way must end in the same bytes, of weights and of shadow prices.

use super::instance::uniform;
use super::{bits, solved_with};
use crate::active::{PATIENCE, search};
use crate::columns::Columns;
use crate::form::Form;
use crate::guess::{Guess, Place};
use crate::{
    Bounds, Coefficients, Method, MinimumHolding, Objective, Options, Problem, Risk, Row, Solution, Start, Turnover,
};

/// Sixty names of six sectors and four countries, one factor.
const N: usize = 60;
const CAP: f64 = 0.05;

struct Round {
    loadings: Vec<f64>,
    specific: Vec<f64>,
    previous: Vec<f64>,
    seed: u64,
}

impl Round {
    /// Previously twenty names at their cap; specific variances of four sizes, so that many names are alike.
    fn new(seed: u64) -> Self {
        let pick = |stream: u64, at: usize, of: f64| (uniform(seed, stream, at) * of).floor();
        let mut order: Vec<usize> = (0..N).collect();
        order.sort_by(|a, b| uniform(seed, 3, *a).total_cmp(&uniform(seed, 3, *b)));
        let mut previous = vec![0.0; N];
        for name in &order[..20] {
            previous[*name] = CAP;
        }
        Self {
            loadings: (0..N).map(|at| 0.5 + 0.25 * pick(1, at, 4.0)).collect(),
            specific: (0..N).map(|at| 0.01 * (1.0 + pick(2, at, 4.0))).collect(),
            previous,
            seed,
        }
    }

    /// Sectors of exactly four names at their cap, countries of five, half of all or less to be traded: whole names.
    fn problem(&self) -> Problem<'_> {
        let members = |by: usize, of: usize| (0..N as u32).filter(|at| *at as usize % of == by).collect::<Vec<u32>>();
        let mut rows = Vec::new();
        for (of, rule) in [(6, 20), (4, 30)] {
            for by in 0..of {
                let held = if of == 6 { 4.0 } else { 5.0 };
                let is_fixed = of == 4 && uniform(self.seed, 4, by) < 0.5;
                rows.push(Row {
                    rule: rule + by as u32,
                    coefficients: Coefficients::Members(members(by, of)),
                    lower: if is_fixed { held * CAP } else { 2.0 * CAP },
                    upper: held * CAP,
                });
            }
        }
        Problem {
            risk: Some(Risk {
                factors: 1,
                loadings: &self.loadings,
                covariance: &[0.03],
                specific: &self.specific,
            }),
            objective: Objective::MinimumVariance {
                factor_aversion: 1.0,
                specific_aversion: 1.0,
            },
            bounds: Bounds {
                lower: vec![0.0; N],
                upper: vec![CAP; N],
                lower_rule: vec![1; N],
                upper_rule: vec![2; N],
            },
            rows,
            turnover: Some(Turnover {
                rule: 7,
                previous: self.previous.clone(),
                limit: CAP * (4.0 + (uniform(self.seed, 5, 0) * 8.0).floor()),
            }),
            minimum_holding: None,
            at_most: None,
            at_least: None,
            risk_limit: None,
            total_rule: 0,
        }
    }
}

/// Bits of all that a solution says of limits.
fn prices(solution: &Solution) -> Vec<(u32, usize, u64)> {
    (solution.prices.iter())
        .map(|price| (price.rule, price.at, price.price.to_bits()))
        .collect()
}

#[test]
fn every_way_ends_in_the_same_bytes_where_limits_coincide() {
    let mut crowded = 0;
    for seed in 0..40 {
        let round = Round::new(seed);
        for holding in [None, Some(0.01)] {
            let mut problem = round.problem();
            problem.minimum_holding = holding.map(|weight| MinimumHolding { rule: 8, weight });
            let solution = solved_with(&problem, Options::default());
            for start in [Start::Cold, Start::Previous] {
                for method in [Method::Structured, Method::Clarabel] {
                    let other = solved_with(&problem, Options { start, method });
                    let what = format!("{seed} {holding:?} {start:?} {method:?}");
                    assert_eq!(bits(&solution.weights), bits(&other.weights), "{what}");
                    assert_eq!(prices(&solution), prices(&other), "{what}");
                }
            }
            crowded += usize::from(is_crowded(&problem, &solution.weights));
        }
    }
    assert!(
        crowded > 15,
        "only {crowded} optima have more limits than names that could move"
    );
}

/// Whether more groups are at a limit than names are not.
fn is_crowded(problem: &Problem<'_>, weights: &[f64]) -> bool {
    let free = weights.iter().filter(|w| **w > 1e-12 && **w < CAP - 1e-12).count();
    let bound = problem.rows.iter().filter(|row| {
        let Coefficients::Members(members) = &row.coefficients else {
            return false;
        };
        let value: f64 = members.iter().map(|name| weights[*name as usize]).sum();
        value > row.upper - 1e-12 || value < row.lower + 1e-12
    });
    bound.count() > free
}

#[test]
fn any_guess_ends_in_the_same_bytes() {
    for seed in 0..20 {
        let round = Round::new(seed);
        let problem = round.problem();
        let form = Form::new(&problem, 0.0).expect("a sound problem");
        let mut found = Vec::new();
        for guess in 0..6 {
            let pick = |stream: u64, at: usize, of: f64| (uniform(seed, 60 + 10 * guess + stream, at) * of) as usize;
            let places = [Place::Lower, Place::Upper, Place::Kept, Place::Sold, Place::Bought];
            let guess = Guess {
                places: (0..N).map(|at| places[pick(0, at, 5.0)]).collect(),
                rows: (0..form.rows.len()).map(|at| [-1, 0, 1][pick(1, at, 3.0)]).collect(),
                turnover: pick(2, 0, 2.0) == 0,
            };
            let optimum = search(&form, &mut Columns::new(&form), guess, PATIENCE).expect("a search that ends");
            found.push((bits(&optimum.x), bits(&optimum.v)));
        }
        assert!(found.iter().all(|other| *other == found[0]), "{seed}");
    }
}
