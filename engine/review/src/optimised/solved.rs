//! A solution as the columns of a review: members, their weights, what each limit did, the receipt.

use divisor_methodology::{ConstraintOn, Methodology};
use divisor_numeric::limits::Side as LimitSide;
use divisor_numeric::{dot, sum_iter};
use divisor_optimizer::{Coefficients, Price, Receipt, Refusal, Side, Solution, Step};

use crate::limit::LimitColumn;
use crate::optimised::given::Given;
use crate::optimised::problem::{RowOf, Stated, Task};
use crate::optimised::receipt::{Exposure, Optimisation, Refused, Relaxation, RiskSummary};
use crate::optimised::rules::{MINIMUM_HOLDING, TURNOVER, Which, id_and_line, which};

/// Who has weight and what became of the rules.
pub(super) struct Solved {
    /// Positions in the parent, ascending.
    pub(super) members: Vec<u32>,
    pub(super) weights: Vec<f64>,
    pub(super) limits: Vec<LimitColumn>,
    pub(super) optimisation: Optimisation,
}

impl Solved {
    /// Of a solution to the problem as it stood in the end.
    pub(super) fn new(task: Task<'_>, stated: &Stated<'_>, receipt: &Receipt, solution: &Solution) -> Self {
        let given = task.given;
        let held: Vec<usize> = (0..given.names.len())
            .filter(|name| solution.weights[*name] > 0.0)
            .collect();
        let mut optimisation = Optimisation {
            objective: solution.objective,
            holding_gap: solution.holding_gap,
            violation: solution.proof.violation,
            gap: solution.proof.gap,
            rounds: solution.rounds,
            exposures: vec![None; task.optimised.constraints.len()],
            turnover: stated.problem.turnover.as_ref().map(|limit| (limit.limit, 0.0)),
            marginal_risk: vec![f64::NAN; task.scored.security.len()],
            ..about(task, receipt)
        };
        for (name, marginal) in solution.marginal_risk.iter().enumerate() {
            optimisation.marginal_risk[given.names[name] as usize] = *marginal;
        }
        exposures(task, stated, solution, &mut optimisation);
        let mut limits = stated.limits.clone();
        for price in &solution.prices {
            note(
                task.methodology,
                given,
                &stated.rows,
                price,
                &mut limits,
                &mut optimisation,
            );
        }
        for column in &mut limits {
            let group = |name: &usize| {
                let candidate = given.candidates.binary_search(&(*name as u32)).ok();
                candidate.map(|candidate| column.group_of[candidate])
            };
            let groups: Vec<u32> = held.iter().filter_map(group).collect();
            column.group_of = groups;
        }
        let weights: Vec<f64> = held.iter().map(|name| solution.weights[*name]).collect();
        let members: Vec<u32> = held.iter().map(|name| given.names[*name]).collect();
        for column in &mut limits {
            column.weigh(&weights);
        }
        predict(task, &members, &weights, &mut optimisation);
        Self {
            members,
            weights,
            limits,
            optimisation,
        }
    }
}

/// What is known of an optimisation whatever came out: the risk model, and the steps of the ladder.
pub(super) fn about(task: Task<'_>, receipt: &Receipt) -> Optimisation {
    let id = |rule| id_and_line(task.methodology, rule).0.to_owned();
    let refused = receipt.refusals.iter().map(|refusal| match refusal {
        Refusal::Infeasible(proof) => Refused {
            rules: proof.rules.iter().map(|(rule, _)| id(*rule)).collect(),
            margin: Some(proof.margin),
        },
        Refusal::NotFound(_) => Refused {
            rules: Vec::new(),
            margin: None,
        },
    });
    Optimisation {
        parent_volatility: task.given.parent_volatility,
        risk: summary(task),
        relaxations: receipt
            .moved
            .iter()
            .map(|step| relaxation(task.methodology, step))
            .collect(),
        refused: refused.collect(),
        exposures: vec![None; task.optimised.constraints.len()],
        marginal_risk: vec![f64::NAN; task.scored.security.len()],
        ..Optimisation::default()
    }
}

/// Predicted risk of an index and of its difference from the parent.
pub(super) fn predict(task: Task<'_>, members: &[u32], weights: &[f64], optimisation: &mut Optimisation) {
    let Some(risk) = &task.given.risk else { return };
    let mut own = vec![0.0; risk.names.len()];
    for (at, weight) in members.iter().zip(weights) {
        if let Ok(row) = risk.names.binary_search(at) {
            own[row] = *weight;
        }
    }
    let parent = risk.names.iter().map(|at| task.scored.parent_weight[*at as usize]);
    let total = sum_iter(parent.clone());
    let active: Vec<f64> = own
        .iter()
        .zip(parent)
        .map(|(own, parent)| own - parent / total)
        .collect();
    optimisation.volatility = Some(risk.model.variance(&own).volatility());
    optimisation.tracking_error = Some(risk.model.variance(&active).volatility());
}

fn summary(task: Task<'_>) -> Option<RiskSummary> {
    let risk = task.given.risk.as_ref()?;
    Some(RiskSummary {
        names: risk.names.len(),
        of_peers: risk.of_peers.clone(),
        dated: risk.dated,
        without: risk.without.clone(),
        parent_share: task.given.parent_share_with_risk(&task.scored.parent_weight),
        factors: risk.model.factors().len(),
        returns: risk.report.periods,
        least_returns: risk.report.least_observations,
        explained: risk.report.explained,
        shrinkage: risk.report.shrinkage,
        condition_at_most: risk.report.definiteness.condition_at_most(),
    })
}

fn relaxation(methodology: &Methodology, step: &Step) -> Relaxation {
    let (id, line) = id_and_line(methodology, step.rule);
    Relaxation {
        rule: id.to_owned(),
        line,
        from: step.from,
        to: step.to,
    }
}

fn exposures(task: Task<'_>, stated: &Stated<'_>, solution: &Solution, optimisation: &mut Optimisation) {
    let within = |wanted: usize| {
        let found = stated.standing.constraints.iter().find(|(at, _)| *at == wanted);
        match found.map(|(_, constraint)| &constraint.on) {
            Some(ConstraintOn::Exposure { within, .. }) => *within,
            _ => f64::INFINITY,
        }
    };
    for (row, of) in stated.problem.rows.iter().zip(&stated.rows) {
        if let (RowOf::Exposure(at), Coefficients::Each(distances)) = (of, &row.coefficients) {
            optimisation.exposures[*at] = Some(Exposure {
                value: dot(distances, &solution.weights),
                within: within(*at),
                shadow_price: 0.0,
            });
        }
    }
    debug_assert!(optimisation.exposures.len() == task.optimised.constraints.len());
}

/// Puts the price of a limit where it belongs.
fn note(
    methodology: &Methodology,
    given: &Given,
    rows: &[RowOf],
    price: &Price,
    limits: &mut [LimitColumn],
    optimisation: &mut Optimisation,
) {
    let side = match price.side {
        Side::Lower => LimitSide::Lower,
        Side::Upper => LimitSide::Upper,
    };
    let bind = |column: &mut LimitColumn, group: usize| {
        let group = &mut column.groups[group];
        group.binding = Some(side);
        group.shadow_price = price.price;
    };
    if price.name {
        let candidate = given.candidates.binary_search(&(price.at as u32));
        match (which(methodology, price.rule), candidate) {
            (Which::Limit(limit), Ok(candidate)) => {
                let group = limits[limit].group_of[candidate];
                bind(&mut limits[limit], group as usize);
            }
            _ if price.rule == MINIMUM_HOLDING && price.side == Side::Upper => {
                optimisation.below_minimum.push(given.names[price.at]);
            }
            _ => {}
        }
        return;
    }
    match which(methodology, price.rule) {
        Which::Other if price.rule == TURNOVER => {
            if let Some(turnover) = &mut optimisation.turnover {
                turnover.1 = price.price;
            }
        }
        Which::Other => {}
        _ => match rows.get(price.at) {
            Some(RowOf::Group(limit, group)) => bind(&mut limits[*limit], *group),
            Some(RowOf::Exposure(at)) => {
                if let Some(exposure) = &mut optimisation.exposures[*at] {
                    exposure.shadow_price = price.price;
                }
            }
            None => {}
        },
    }
}
