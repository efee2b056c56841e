//! Instances of the published minimum-volatility rules, and the ways to a solution against each other.

use super::instance::{Instance, uniform};
use super::{assert_near, bits, solved, solved_with};
use crate::columns::Columns;
use crate::conic::{self, Conic};
use crate::form::Form;
use crate::guess::{Guess, Place};
use crate::{
    Count, Infeasible, Method, MinimumHolding, Options, Outcome, Problem, Start, check, least_change, sift, solve,
};

#[test]
fn every_way_ends_in_the_same_bytes_and_clarabel_alone_agrees() {
    for (n, seed, dense) in [
        (60, 1, false),
        (300, 2, true),
        (300, 3, false),
        (1200, 4, true),
        (1200, 5, false),
    ] {
        let instance = Instance::new(n, seed, dense);
        let problem = instance.problem();
        let solution = solved(&problem);
        for start in [Start::Cold, Start::Previous] {
            for method in [Method::Structured, Method::Clarabel] {
                let other = solved_with(&problem, Options { start, method });
                assert_eq!(
                    bits(&solution.weights),
                    bits(&other.weights),
                    "{n} {seed} {start:?} {method:?}"
                );
            }
        }
        // Clarabel's own weights, not those of the last step that all ways share.
        let form = Form::new(&problem, 0.0).expect("a form");
        let Ok(Conic::Solved(near)) = conic::solve(&problem, &form) else {
            panic!("Clarabel did not solve {n} {seed}")
        };
        assert_near(solution.objective, check::objective(&problem, &near.x), 1e-8);
    }
}

#[test]
fn guesses_that_are_wrong_end_in_the_same_bytes() {
    let instance = Instance::new(300, 6, false);
    let problem = instance.problem();
    let solution = solved(&problem);
    let form = Form::new(&problem, 0.0).expect("a form");
    let mut ended = 0;
    for seed in 0..20 {
        let places = [Place::Lower, Place::Upper, Place::Sold, Place::Bought];
        let place = |at: usize| {
            let held = solution.weights[at] > 0.0;
            let is_changed = uniform(seed, 50, at) < 0.1;
            let pick = (uniform(seed, 51, at) * 4.0) as usize;
            match (held, is_changed) {
                (_, true) => places[pick],
                (true, false) => Place::Bought,
                (false, false) => Place::Lower,
            }
        };
        let guess = Guess {
            places: (0..instance.n).map(place).collect(),
            rows: form
                .rows
                .iter()
                .map(|(lower, upper)| i8::from(lower >= upper))
                .collect(),
            turnover: seed % 2 == 0,
        };
        if let Some(optimum) = sift::resume(&form, &mut Columns::new(&form), &guess) {
            assert_eq!(bits(&optimum.x), bits(&solution.weights), "{seed}");
            ended += 1;
        }
    }
    assert!(ended >= 10, "only {ended} of 20 guesses ended");
}

#[test]
fn a_minimum_holding_costs_little_and_holds() {
    let instance = Instance::new(1200, 7, false);
    let mut problem = instance.problem();
    let relaxed = solved(&problem);
    problem.minimum_holding = Some(MinimumHolding {
        rule: 8,
        weight: 0.0005,
    });
    let solution = solved(&problem);
    assert!(solution.weights.iter().all(|w| *w == 0.0 || *w >= 0.0005 - 1e-12));
    assert!(solution.rounds > 1 && relaxed.weights.iter().any(|w| *w > 0.0 && *w < 0.0005));
    assert!(relaxed.objective <= solution.relaxed * (1.0 + 1e-12) && solution.relaxed <= solution.objective);
    assert!(solution.objective < 1.02 * relaxed.objective);
    // Dropping whatever is below and solving again, by Clarabel alone, is no better.
    let mut plain = instance.problem();
    let clarabel = Options {
        method: Method::Clarabel,
        start: Start::Cold,
    };
    plain
        .bounds
        .upper
        .iter_mut()
        .for_each(|upper| *upper = if *upper < 0.0005 { 0.0 } else { *upper });
    loop {
        let found = solved_with(&plain, clarabel);
        let mut dropped = false;
        for (weight, upper) in found.weights.iter().zip(&mut plain.bounds.upper) {
            if *weight < 0.0005 - 1e-7 && *upper > 0.0 {
                *upper = 0.0;
                dropped |= *weight > 0.0;
            }
        }
        if !dropped {
            assert!(solution.objective <= found.objective * (1.0 + 1e-8));
            break;
        }
    }
}

#[test]
fn numbers_of_names_are_held() {
    let instance = Instance::new(300, 8, true);
    let mut problem = instance.problem();
    problem.turnover = None;
    problem.minimum_holding = Some(MinimumHolding {
        rule: 8,
        weight: 0.0005,
    });
    let names = |weights: &[f64]| weights.iter().filter(|w| **w > 0.0).count();
    let free = names(&solved(&problem).weights);
    problem.at_most = Some(Count {
        rule: 9,
        names: free - 5,
    });
    let fewer = solved(&problem);
    assert!(names(&fewer.weights) <= free - 5 && fewer.objective >= fewer.relaxed);
    problem.at_most = None;
    problem.at_least = Some(Count {
        rule: 9,
        names: free + 9,
    });
    let more = solved(&problem);
    assert!(names(&more.weights) >= free + 9 && more.objective >= more.relaxed);
}

#[test]
fn a_sector_that_must_be_empty_and_must_not_is_named() {
    let instance = Instance::new(300, 9, false);
    let mut problem = instance.problem();
    for (at, sector) in instance.sector.iter().enumerate() {
        if *sector == 0 {
            problem.bounds.upper[at] = 0.0;
            problem.bounds.upper_rule[at] = 99;
        }
    }
    problem.rows[0].lower = 0.02;
    let Ok(Outcome::Infeasible(Infeasible { rules, .. })) = solve(&problem, Options::default()) else {
        panic!("sector 0 cannot be held")
    };
    let named: Vec<u32> = rules.iter().map(|(rule, _)| *rule).collect();
    assert!(named.contains(&20) && named.contains(&99), "{rules:?}");
    // The floor of the sector would have to fall by all of its 2%; the turnover to empty it is another matter.
    problem.turnover = None;
    let change = least_change(&problem, 20, &[], Options::default()).expect("a change");
    assert!(
        change.more_than <= 0.02 && change.enough >= 0.02 && change.enough - change.more_than < 1e-8,
        "{change:?}"
    );
}

#[test]
fn prices_say_what_a_little_more_room_is_worth() {
    let instance = Instance::new(300, 2, true);
    let problem = instance.problem();
    let solution = solved(&problem);
    let mut seen = 0;
    for price in solution.prices.iter().filter(|price| !price.name && price.rule != 0) {
        let step = 1e-6;
        let mut wider = problem.clone();
        match (&mut wider.turnover, price.rule) {
            (Some(turnover), 7) => turnover.limit += step,
            _ if price.side == crate::Side::Upper => wider.rows[price.at].upper += step,
            _ => wider.rows[price.at].lower -= step,
        }
        let gain = (solution.objective - solved(&wider).objective) / step;
        assert_near(gain, price.price, 1e-3);
        seen += 1;
    }
    assert!(seen >= 3, "only {seen} limits bind");
}

#[test]
fn contradictions_are_proved_and_named() {
    let instance = Instance::new(1200, 10, false);
    let problem = instance.problem();
    let infeasible = |what: &str, change: &dyn Fn(&mut Problem<'_>)| -> Vec<u32> {
        let mut problem = problem.clone();
        change(&mut problem);
        match solve(&problem, Options::default()) {
            Ok(Outcome::Infeasible(infeasible)) => infeasible.rules.iter().map(|(rule, _)| *rule).collect(),
            other => panic!("{what}: {:?}", other.map(|_| "solved")),
        }
    };
    let sectors = infeasible("floors beyond 100%", &|problem| {
        for row in &mut problem.rows[..11] {
            (row.lower, row.upper) = (0.1, 1.0);
        }
    });
    assert!(
        sectors.contains(&0) && (20..31).all(|rule| sectors.contains(&rule)),
        "{sectors:?}"
    );
    let caps = infeasible("caps below 100%", &|problem| {
        problem.bounds.upper.iter_mut().for_each(|upper| *upper = 0.0008);
    });
    assert!(caps.contains(&0) && caps.contains(&2), "{caps:?}");
    let style = infeasible("an exposure nobody has", &|problem| {
        (problem.rows[36].lower, problem.rows[36].upper) = (4.0, f64::INFINITY);
    });
    assert!(style.contains(&56), "{style:?}");
    let turnover = infeasible("a sector to be sold without turnover", &|problem| {
        let held = (0..11).max_by(|a, b| {
            let weight = |sector| -> f64 {
                (0..instance.n)
                    .filter(|at| instance.sector[*at] == sector)
                    .map(|at| instance.previous[at])
                    .sum()
            };
            weight(*a).total_cmp(&weight(*b))
        });
        let row = &mut problem.rows[held.expect("a sector")];
        (row.lower, row.upper) = (0.0, 0.01);
    });
    assert!(turnover.contains(&7), "{turnover:?}");
    let crossed = infeasible("a least weight above the cap", &|problem| problem.bounds.lower[3] = 0.5);
    assert_eq!(crossed, [1, 2]);
}

#[test]
fn without_turnover_nothing_moves() {
    let instance = Instance::new(300, 12, true);
    let mut problem = instance.problem();
    // Nothing in the way of the previous weights.
    problem.rows.clear();
    problem.bounds.upper = vec![1.0; instance.n];
    for limit in [0.0, 1e-9, 1e-4] {
        if let Some(turnover) = &mut problem.turnover {
            turnover.limit = limit;
        }
        let solution = solved(&problem);
        let moved: f64 = solution
            .weights
            .iter()
            .zip(&instance.previous)
            .map(|(w, p)| (w - p).max(0.0))
            .sum();
        assert!((moved - limit).abs() <= 1e-12, "{limit}: {moved}");
    }
}
