//! How far one rule would have to give if nothing but its limits, the other rows, bounds and turnover counted: a linear
//! problem, through `good_lp`. Nothing relies on its answer: it says where to look.

use good_lp::solvers::microlp::microlp;
use good_lp::{Expression, ProblemVariables, Solution as _, SolverModel, Variable, variable};

use crate::hold::tighten;
use crate::problem::{Coefficients, Problem, Rule};

/// The least amount by which `rule` gives (as [`crate::loosened`] has it) so that rows, bounds and turnover can be held. Risk limit
/// and numbers of names are left out; of a minimum holding there is what it does to bounds. None if the linear solver finds
/// nothing.
pub(crate) fn least_slack(problem: &Problem<'_>, rule: Rule, units: &[f64]) -> Option<f64> {
    let mut variables = ProblemVariables::new();
    let slack = variables.add(variable().min(0.0));
    let mut elastic = Elastic {
        rule,
        units,
        slack,
        variables,
        weights: Vec::new(),
        constraints: Vec::new(),
    };
    elastic.add_names(problem)?;
    elastic.add_rows(problem);
    elastic.add_turnover(problem);
    elastic.solve()
}

struct Elastic<'a> {
    rule: Rule,
    units: &'a [f64],
    slack: Variable,
    variables: ProblemVariables,
    weights: Vec<Variable>,
    /// Each is `expression ≤ limit`.
    constraints: Vec<(Expression, f64)>,
}

impl Elastic<'_> {
    /// None if bounds that do not give cross.
    fn add_names(&mut self, problem: &Problem<'_>) -> Option<()> {
        let (mut least, mut most) = (problem.bounds.lower.clone(), problem.bounds.upper.clone());
        tighten(problem, (&mut least, &mut most));
        for at in 0..problem.names() {
            let (lower, upper) = (least[at], most[at]);
            let gives_above = problem.bounds.upper_rule[at] == self.rule && upper < 1.0;
            let gives_below = problem.bounds.lower_rule[at] == self.rule && lower > 0.0;
            let from = if gives_below { 0.0 } else { lower };
            let to = if gives_above { 1.0 } else { upper };
            if from > to {
                return None;
            }
            let weight = self.variables.add(variable().min(from).max(to));
            self.weights.push(weight);
            if gives_above {
                self.constraints.push((weight - self.slack, upper));
            }
            if gives_below {
                self.constraints.push((-weight - self.slack, -lower));
            }
        }
        Some(())
    }

    fn add_rows(&mut self, problem: &Problem<'_>) {
        for (at, row) in problem.rows.iter().enumerate() {
            let unit = if row.rule == self.rule {
                self.units.get(at).copied().unwrap_or(1.0)
            } else {
                0.0
            };
            for (sign, limit) in [(-1.0, -row.lower), (1.0, row.upper)] {
                if limit.is_infinite() {
                    continue;
                }
                let value: Expression = match &row.coefficients {
                    Coefficients::Members(members) => {
                        members.iter().map(|name| sign * self.weights[*name as usize]).sum()
                    }
                    Coefficients::Each(numbers) => numbers.iter().zip(&self.weights).map(|(a, w)| sign * a * *w).sum(),
                };
                self.constraints.push((value - unit * self.slack, limit));
            }
        }
    }

    fn add_turnover(&mut self, problem: &Problem<'_>) {
        let Some(turnover) = &problem.turnover else { return };
        let mut bought = Expression::default();
        for (at, previous) in turnover.previous.iter().enumerate() {
            if *previous > 0.0 {
                let purchase = self.variables.add(variable().min(0.0));
                self.constraints.push((self.weights[at] - purchase, *previous));
                bought += purchase;
            } else {
                bought += self.weights[at];
            }
        }
        if turnover.rule == self.rule {
            bought -= self.slack;
        }
        self.constraints.push((bought, turnover.limit));
    }

    fn solve(self) -> Option<f64> {
        let total: Expression = self.weights.iter().sum();
        let mut model = self.variables.minimise(self.slack).using(microlp);
        model.add_constraint(total.eq(1.0));
        for (value, limit) in self.constraints {
            model.add_constraint(value.leq(limit));
        }
        let solution = model.solve().ok()?;
        Some(solution.value(self.slack)).filter(|slack| slack.is_finite())
    }
}
