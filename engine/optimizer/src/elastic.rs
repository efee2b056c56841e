//! How much limits would have to give for there to be weights at all: a linear problem, through `good_lp`.

use good_lp::solvers::microlp::microlp;
use good_lp::{Expression, ProblemVariables, ResolutionError, Solution as _, SolverModel, Variable, variable};

use crate::Error;
use crate::problem::{Coefficients, Problem, Rule};
use crate::solution::Side;

/// A limit that would have to give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Its rule.
    pub rule: Rule,
    /// Index of the row, or of the name where [`Change::name`] is true; zero for turnover.
    pub at: usize,
    /// Whether it is the bound of one name.
    pub name: bool,
    /// Which side gives.
    pub side: Side,
    /// By how much, in the unit of the limit.
    pub by: f64,
}

/// Changes below this are the tolerance of the linear solver.
const NOISE: f64 = 1e-8;
/// How far the solver's answer may miss a limit.
const TOLERANCE: f64 = 1e-6;

/// The least total change of the limits of the rules in `may_give` (rows, turnover, greatest weights) at which all limits
/// can be held together; none if all others contradict each other already. Minimum holding, counts and risk are left out.
///
/// The total is unique, its division among limits need not be: with one rule in `may_give` the answer is what that rule
/// alone would have to give.
pub fn least_change(problem: &Problem<'_>, may_give: &[Rule]) -> Result<Option<Vec<Change>>, Error> {
    problem.validate()?;
    let mut elastic = Elastic {
        may_give,
        variables: ProblemVariables::new(),
        weights: Vec::new(),
        changes: Vec::new(),
        constraints: Vec::new(),
    };
    if !elastic.add_names(problem) {
        return Ok(None);
    }
    elastic.add_rows(problem);
    elastic.add_turnover(problem);
    elastic.solve()
}

struct Elastic<'a> {
    may_give: &'a [Rule],
    variables: ProblemVariables,
    weights: Vec<Variable>,
    changes: Vec<(Variable, Change)>,
    /// Each is `expression ≤ limit`.
    constraints: Vec<(Expression, f64)>,
}

impl Elastic<'_> {
    fn gives(&self, rule: Rule) -> bool {
        self.may_give.contains(&rule)
    }

    /// Adds `value ≤ limit`, with room if the rule may give.
    fn push(&mut self, value: Expression, limit: f64, (rule, at, name, side): (Rule, usize, bool, Side)) {
        let mut value = value;
        if self.gives(rule) {
            let slack = self.variables.add(variable().min(0.0));
            let change = Change {
                rule,
                at,
                name,
                side,
                by: 0.0,
            };
            self.changes.push((slack, change));
            value -= slack;
        }
        self.constraints.push((value, limit));
    }

    /// False if bounds that may not give cross.
    fn add_names(&mut self, problem: &Problem<'_>) -> bool {
        let bounds = &problem.bounds;
        for at in 0..problem.names() {
            let (lower, upper, rule) = (bounds.lower[at], bounds.upper[at], bounds.upper_rule[at]);
            let greatest = if self.gives(rule) {
                upper.max(lower).max(1.0)
            } else {
                upper
            };
            if lower > greatest {
                return false;
            }
            let weight = self.variables.add(variable().min(lower).max(greatest));
            self.weights.push(weight);
            if upper < greatest {
                self.push(weight.into(), upper, (rule, at, true, Side::Upper));
            }
        }
        true
    }

    fn add_rows(&mut self, problem: &Problem<'_>) {
        for (at, row) in problem.rows.iter().enumerate() {
            for (side, sign, limit) in [(Side::Lower, -1.0, -row.lower), (Side::Upper, 1.0, row.upper)] {
                if limit.is_infinite() {
                    continue;
                }
                let value: Expression = match &row.coefficients {
                    Coefficients::Members(members) => {
                        members.iter().map(|name| sign * self.weights[*name as usize]).sum()
                    }
                    Coefficients::Each(numbers) => numbers.iter().zip(&self.weights).map(|(a, w)| sign * a * *w).sum(),
                };
                self.push(value, limit, (row.rule, at, false, side));
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
        self.push(bought, turnover.limit, (turnover.rule, 0, false, Side::Upper));
    }

    fn solve(self) -> Result<Option<Vec<Change>>, Error> {
        let cost: Expression = self.changes.iter().map(|(slack, _)| *slack).sum();
        let total: Expression = self.weights.iter().sum();
        let mut model = self.variables.minimise(cost).using(microlp);
        model.add_constraint(total.clone().eq(1.0));
        for (value, limit) in &self.constraints {
            model.add_constraint(value.clone().leq(*limit));
        }
        let solution = match model.solve() {
            Ok(solution) => solution,
            Err(ResolutionError::Infeasible) => return Ok(None),
            Err(error) => return Err(Error::NotConverged(error.to_string())),
        };
        // The solver is not taken at its word.
        let missed = self
            .constraints
            .iter()
            .map(|(value, limit)| solution.eval(value) - limit);
        let missed = missed.fold((solution.eval(&total) - 1.0).abs(), f64::max);
        if missed > TOLERANCE {
            return Err(Error::CheckFailed(format!(
                "the linear solver misses a limit by {missed:e}"
            )));
        }
        let found = self.changes.into_iter().map(|(slack, change)| Change {
            by: solution.value(slack),
            ..change
        });
        Ok(Some(found.filter(|change| change.by > NOISE).collect()))
    }
}
