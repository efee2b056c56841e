//! Problems of six names: ways in which rules contradict each other, and what can be held found by trying everything.
//!
//! Names 0 and 1 are sector A, 2 and 3 sector B, 4 and 5 sector C.

use std::collections::BTreeSet;

use good_lp::solvers::microlp::microlp;
use good_lp::{Expression, ProblemVariables, Solution as _, SolverModel, variable};

use super::instance::uniform;
use crate::loosen::keep_rules;
use crate::{Bounds, Coefficients, Count, MinimumHolding, Objective, Problem, Risk, RiskLimit, Row, Rule, Turnover};

const FLOOR: Rule = 1;
pub(crate) const CAP: Rule = 2;
pub(crate) const SECTOR: Rule = 3;
const COUNTRY: Rule = 4;
pub(crate) const STYLE: Rule = 5;
const RISK: Rule = 6;
pub(crate) const TURNOVER: Rule = 7;
const HOLDING: Rule = 8;
pub(crate) const AT_MOST: Rule = 9;
pub(crate) const AT_LEAST: Rule = 10;
const OTHER: Rule = 55;
const EXCLUDED: Rule = 99;

pub(crate) const N: usize = 6;
const SPECIFIC: [f64; N] = [0.04; N];
const EQUAL: [f64; N] = [1.0 / 6.0; N];

/// Wide limits that are in nobody's way: caps, countries, a style.
pub(crate) fn base() -> Problem<'static> {
    Problem {
        risk: Some(Risk {
            factors: 0,
            loadings: &[],
            covariance: &[],
            specific: &SPECIFIC,
        }),
        objective: Objective::MinimumVariance {
            factor_aversion: 1.0,
            specific_aversion: 1.0,
        },
        bounds: Bounds {
            lower: vec![0.0; N],
            upper: vec![0.9; N],
            lower_rule: vec![FLOOR; N],
            upper_rule: vec![CAP; N],
        },
        rows: vec![
            group(COUNTRY, &[0, 2, 4], 0.0, 0.95),
            group(COUNTRY, &[1, 3, 5], 0.0, 0.95),
            each(OTHER, [0.5, -0.5, 1.0, -1.0, 2.0, -2.0], -2.5, 2.5),
        ],
        turnover: None,
        minimum_holding: None,
        at_most: None,
        at_least: None,
        risk_limit: None,
        total_rule: 0,
    }
}

pub(crate) fn group(rule: Rule, members: &[u32], lower: f64, upper: f64) -> Row {
    Row {
        rule,
        coefficients: Coefficients::Members(members.to_vec()),
        lower,
        upper,
    }
}

fn each(rule: Rule, numbers: [f64; N], lower: f64, upper: f64) -> Row {
    Row {
        rule,
        coefficients: Coefficients::Each(numbers.to_vec()),
        lower,
        upper,
    }
}

fn exclude(problem: &mut Problem<'_>, names: &[usize]) {
    for name in names {
        problem.bounds.upper[*name] = 0.0;
        problem.bounds.upper_rule[*name] = EXCLUDED;
    }
}

pub(crate) fn turnover(previous: [f64; N], limit: f64) -> Turnover {
    Turnover {
        rule: TURNOVER,
        previous: previous.to_vec(),
        limit,
    }
}

pub(crate) const fn holding(weight: f64) -> MinimumHolding {
    MinimumHolding { rule: HOLDING, weight }
}

/// A case: what is changed of the base, and each member of the conflict with its least change.
pub(crate) struct Case {
    pub(crate) what: &'static str,
    change: fn(&mut Problem<'static>),
    pub(crate) members: &'static [(Rule, f64)],
}

pub(crate) const CASES: &[Case] = &[
    Case {
        what: "12% left the universe and only 10% may be bought",
        change: |p| p.turnover = Some(turnover([0.3, 0.1, 0.2, 0.1, 0.1, 0.08], 0.1)),
        members: &[(TURNOVER, 0.02)],
    },
    Case {
        what: "six names of 15%",
        change: |p| p.bounds.upper = vec![0.15; N],
        members: &[(CAP, 1.0 / 6.0 - 0.15)],
    },
    Case {
        what: "three sectors of 40%",
        change: |p| p.rows.extend([0, 2, 4].map(|a| group(SECTOR, &[a, a + 1], 0.4, 1.0))),
        members: &[(SECTOR, 0.2 / 3.0)],
    },
    Case {
        what: "a sector of at least 40% and at most 30%",
        change: |p| p.rows.push(group(SECTOR, &[0, 1], 0.4, 0.3)),
        members: &[(SECTOR, 0.05)],
    },
    Case {
        what: "a sector of at least 3% without a name",
        change: |p| p.rows.push(group(SECTOR, &[], 0.03, 1.0)),
        members: &[(SECTOR, 0.03)],
    },
    Case {
        what: "half in a sector of two names of 20%",
        change: |p| {
            p.rows.push(group(SECTOR, &[0, 1], 0.5, 1.0));
            p.bounds.upper = vec![0.2; N];
        },
        members: &[(CAP, 0.05), (SECTOR, 0.1)],
    },
    Case {
        what: "an exposure that needs 60% of a sector limited to 50%",
        change: |p| {
            p.rows.push(group(SECTOR, &[0, 1], 0.0, 0.5));
            p.rows.push(each(STYLE, [1.0, 1.0, -1.0, -1.0, -1.0, -1.0], 0.2, 3.0));
        },
        members: &[(SECTOR, 0.1), (STYLE, 0.2)],
    },
    Case {
        what: "five names of at least 25%",
        change: |p| {
            p.minimum_holding = Some(holding(0.25));
            p.at_least = Some(Count {
                rule: AT_LEAST,
                names: 5,
            });
        },
        members: &[(HOLDING, 0.05), (AT_LEAST, 1.0)],
    },
    Case {
        what: "three names of at most 30%",
        change: |p| {
            p.bounds.upper = vec![0.3; N];
            p.at_most = Some(Count {
                rule: AT_MOST,
                names: 3,
            });
        },
        members: &[(CAP, 1.0 / 3.0 - 0.3), (AT_MOST, 1.0)],
    },
    Case {
        what: "a sector and a country, fine alone",
        change: |p| {
            p.rows.push(group(SECTOR, &[0, 1], 0.6, 1.0));
            (p.rows[0].upper, p.rows[1].upper) = (0.2, 1.0);
            p.rows.push(group(OTHER, &[1, 3], 0.0, 0.3));
        },
        members: &[(SECTOR, 0.1), (COUNTRY, 0.1), (OTHER, 0.1)],
    },
    Case {
        what: "three rules of which any two are fine",
        change: |p| {
            p.rows.push(group(SECTOR, &[0, 1], 0.7, 1.0));
            p.bounds.upper[0] = 0.3;
            p.bounds.upper[1] = 0.3;
            p.bounds.upper_rule[1] = OTHER;
        },
        members: &[(CAP, 0.1), (SECTOR, 0.1), (OTHER, 0.1)],
    },
    Case {
        what: "two names are left, of 30% at most",
        change: |p| {
            p.bounds.upper = vec![0.3; N];
            exclude(p, &[0, 2, 3, 5]);
        },
        members: &[(CAP, 0.2), (EXCLUDED, 0.1)],
    },
    Case {
        what: "a sector to be sold and no turnover to do it",
        change: |p| {
            p.rows.push(group(SECTOR, &[0, 1], 0.0, 0.6));
            p.turnover = Some(turnover([0.5, 0.5, 0.0, 0.0, 0.0, 0.0], 0.1));
        },
        members: &[(SECTOR, 0.3), (TURNOVER, 0.3)],
    },
    Case {
        what: "half of the index excluded and a fifth of turnover",
        change: |p| {
            exclude(p, &[3]);
            p.turnover = Some(turnover([0.1, 0.1, 0.1, 0.5, 0.1, 0.1], 0.2));
        },
        members: &[(TURNOVER, 0.3), (EXCLUDED, 0.3)],
    },
    Case {
        what: "least weights beyond one",
        change: |p| p.bounds.lower = vec![0.2; N],
        members: &[(FLOOR, 0.2 / 6.0)],
    },
    Case {
        what: "a least weight above the cap",
        change: |p| (p.bounds.lower[4], p.bounds.upper[4]) = (0.3, 0.1),
        members: &[(FLOOR, 0.2), (CAP, 0.2)],
    },
    Case {
        what: "a sector that may weigh less than a holding must",
        change: |p| {
            p.rows.push(group(SECTOR, &[4, 5], 0.01, 0.03));
            p.minimum_holding = Some(holding(0.05));
        },
        members: &[(SECTOR, 0.01), (HOLDING, 0.02)],
    },
    Case {
        what: "three sectors to be held by two names",
        change: |p| {
            p.rows.extend([0, 2, 4].map(|a| group(SECTOR, &[a, a + 1], 0.1, 1.0)));
            p.at_most = Some(Count {
                rule: AT_MOST,
                names: 2,
            });
        },
        members: &[(SECTOR, 0.1), (AT_MOST, 1.0)],
    },
    Case {
        what: "nobody may weigh as much as a holding must",
        change: |p| {
            p.bounds.upper = vec![0.2; N];
            p.minimum_holding = Some(holding(0.25));
        },
        members: &[(CAP, 0.05), (HOLDING, 0.05)],
    },
    Case {
        what: "two styles that are opposites",
        change: |p| {
            p.rows.push(each(STYLE, [1.0, 0.5, 0.0, 0.0, -0.5, -1.0], 0.5, 9.0));
            p.rows.push(each(SECTOR, [-1.0, -0.5, 0.0, 0.0, 0.5, 1.0], -0.3, 9.0));
        },
        members: &[(SECTOR, 0.2), (STYLE, 0.2)],
    },
    Case {
        what: "four names at least, and three are excluded",
        change: |p| {
            exclude(p, &[0, 2, 4]);
            (p.rows[0].upper, p.rows[1].upper) = (1.0, 1.0);
            p.minimum_holding = Some(holding(0.05));
            p.at_least = Some(Count {
                rule: AT_LEAST,
                names: 4,
            });
        },
        members: &[(HOLDING, 0.05), (AT_LEAST, 1.0), (EXCLUDED, 0.05)],
    },
    Case {
        what: "sectors at 10% to 12% by names of 15% at least",
        change: |p| {
            p.rows
                .extend([0, 2, 4].map(|a| group(SECTOR, &[a, a + 1], 0.1, if a == 2 { 0.12 } else { 1.0 })));
            p.minimum_holding = Some(holding(0.15));
        },
        members: &[(SECTOR, 0.03), (HOLDING, 0.03)],
    },
    Case {
        what: "a risk limit and 80% in a sector of two",
        change: |p| {
            p.rows.push(group(SECTOR, &[0, 1], 0.8, 1.0));
            p.risk_limit = Some(RiskLimit {
                rule: RISK,
                benchmark: None,
                variance: 0.008,
            });
        },
        // 0.75a² − 0.5a + 0.05 = 0; variance 0.04·(0.8²/2 + 0.2²/4) = 0.0132.
        members: &[(SECTOR, 0.255_848_156), (RISK, 0.025_448_533_8)],
    },
    Case {
        what: "a tracking error and an exclusion",
        change: |p| {
            exclude(p, &[0]);
            p.risk_limit = Some(RiskLimit {
                rule: RISK,
                benchmark: Some(&EQUAL),
                variance: 0.001,
            });
        },
        // Active variance 0.04·(d² + d²/5) at a distance d from 1/6.
        members: &[(RISK, 0.004_892_060_6), (EXCLUDED, 0.022_329_099_4)],
    },
];

pub(crate) fn problem(case: &Case) -> Problem<'static> {
    let mut problem = base();
    (case.change)(&mut problem);
    problem
}

/// Whether there are weights, by trying every set of held names with a linear solver that the engine does not use for this.
pub(crate) fn is_feasible(problem: &Problem<'_>) -> bool {
    let least = problem.minimum_holding.map_or(0.0, |least| least.weight);
    let is_discrete = problem.minimum_holding.is_some() || problem.at_most.is_some();
    let supports = if is_discrete {
        1..1_u32 << N
    } else {
        (1 << N) - 1..1 << N
    };
    supports.into_iter().any(|support| {
        let count = support.count_ones() as usize;
        let is_counted = problem.at_most.is_none_or(|most| count <= most.names)
            && problem.at_least.is_none_or(|least| count >= least.names);
        is_counted && is_feasible_with(problem, support, least)
    })
}

fn is_feasible_with(problem: &Problem<'_>, support: u32, least: f64) -> bool {
    let mut variables = ProblemVariables::new();
    let mut weights = Vec::new();
    for at in 0..N {
        let (lower, upper) = (problem.bounds.lower[at], problem.bounds.upper[at]);
        let (lower, upper) = if support >> at & 1 == 1 {
            (lower.max(least), upper)
        } else {
            (lower, 0.0)
        };
        if lower > upper + 1e-12 {
            return false;
        }
        weights.push(variables.add(variable().min(lower).max(upper.max(lower))));
    }
    let bought: Vec<_> = (0..N).map(|_| variables.add(variable().min(0.0))).collect();
    let total: Expression = weights.iter().sum();
    let mut model = variables.minimise(0.0 * weights[0]).using(microlp);
    model.add_constraint(total.eq(1.0));
    for row in problem.rows.iter().filter(|row| row.is_limited()) {
        let value: Expression = match &row.coefficients {
            Coefficients::Members(members) => members.iter().map(|name| weights[*name as usize]).sum(),
            Coefficients::Each(numbers) => numbers.iter().zip(&weights).map(|(a, w)| *a * *w).sum(),
        };
        model.add_constraint(value.clone().leq(row.upper + 1e-10));
        model.add_constraint(value.geq(row.lower - 1e-10));
    }
    if let Some(turnover) = &problem.turnover {
        for at in 0..N {
            model.add_constraint((weights[at] - bought[at]).leq(turnover.previous[at]));
        }
        model.add_constraint(bought.iter().sum::<Expression>().leq(turnover.limit + 1e-10));
    }
    model.solve().is_ok_and(|found| {
        // The solver is not taken at its word.
        let sum: f64 = weights.iter().map(|w| found.value(*w)).sum();
        (sum - 1.0).abs() < 1e-6
    })
}

/// All least sets of contradicting rules, by trying every set of rules.
pub(crate) fn conflicts_by_hand(problem: &Problem<'_>) -> Vec<BTreeSet<Rule>> {
    let rules = crate::loosen::rules(problem);
    let mut sets: Vec<BTreeSet<Rule>> = (0..1_u32 << rules.len())
        .map(|mask| {
            (0..rules.len())
                .filter(|at| mask >> at & 1 == 1)
                .map(|at| rules[at])
                .collect()
        })
        .collect();
    sets.sort_by_key(BTreeSet::len);
    let mut least: Vec<BTreeSet<Rule>> = Vec::new();
    for set in sets {
        if !least.iter().any(|known| known.is_subset(&set)) && !is_feasible(&keep_rules(problem, |r| set.contains(&r)))
        {
            least.push(set);
        }
    }
    least
}

/// A problem of random limits, often impossible.
pub(crate) fn random(seed: u64) -> Problem<'static> {
    let draw = |stream: u64, at: usize| uniform(seed, 900 + stream, at);
    let mut problem = base();
    problem.bounds.upper = (0..N).map(|at| 0.15 + 0.5 * draw(0, at)).collect();
    if draw(1, 0) < 0.5 {
        problem.bounds.lower = (0..N).map(|at| (0.3 * draw(2, at) - 0.22).max(0.0)).collect();
    }
    for (sector, first) in [0, 2, 4].into_iter().enumerate() {
        let lower = (0.5 * draw(3, sector) - 0.3).max(0.0);
        problem.rows.push(group(
            SECTOR,
            &[first, first + 1],
            lower,
            lower + 0.1 + 0.5 * draw(4, sector),
        ));
    }
    if draw(5, 0) < 0.5 {
        let style: [f64; N] = std::array::from_fn(|at| 4.0 * draw(6, at) - 2.0);
        problem.rows.push(each(STYLE, style, draw(7, 0) - 0.8, 9.0));
    }
    if draw(8, 0) < 0.5 {
        let sizes: [f64; N] = std::array::from_fn(|at| draw(9, at));
        let total: f64 = sizes.iter().sum::<f64>() * (1.0 + 0.1 * draw(10, 0));
        problem.turnover = Some(turnover(sizes.map(|size| size / total), 0.3 * draw(11, 0)));
    }
    if draw(12, 0) < 0.6 {
        problem.minimum_holding = Some(holding(0.02 + 0.2 * draw(13, 0)));
        if draw(14, 0) < 0.3 {
            let names = 2 + (4.0 * draw(15, 0)) as usize;
            problem.at_least = Some(Count { rule: AT_LEAST, names });
        }
    }
    if draw(16, 0) < 0.3 {
        let names = 2 + (4.0 * draw(17, 0)) as usize;
        problem.at_most = Some(Count { rule: AT_MOST, names });
    }
    problem
}
