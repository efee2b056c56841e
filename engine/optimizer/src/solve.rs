//! One convex problem, by whichever way comes to an end.

use crate::Error;
use crate::active::Optimum;
use crate::certificate::{self, Evidence};
use crate::check::{self, Multipliers, minus, variance};
use crate::columns::Columns;
use crate::conic::{self, Conic};
use crate::form::Form;
use crate::guess::Guess;
use crate::problem::{Bounds, Objective, Problem};
use crate::sift::{self, Sifted};
use crate::solution::Infeasible;

/// Where the search begins. The weights do not depend on it, the time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// From nothing.
    Cold,
    /// From the previous weights of the turnover limit, where there is one.
    #[default]
    Previous,
}

/// Who searches. The weights do not depend on it where both come to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// The interior method over a working set; Clarabel where that does not converge.
    #[default]
    Structured,
    /// Clarabel.
    Clarabel,
}

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Where to begin.
    pub start: Start,
    /// Who searches.
    pub method: Method,
}

/// The answer to a convex problem.
pub(crate) enum Convex {
    Solved(Box<Relaxed>),
    Infeasible(Infeasible),
}

/// Weights and multipliers of a convex problem.
pub(crate) struct Relaxed {
    pub(crate) weights: Vec<f64>,
    pub(crate) multipliers: Multipliers,
    pub(crate) guess: Guess,
}

/// A problem whose bounds may be changed between solves.
pub(crate) struct Engine<'a> {
    pub(crate) problem: &'a Problem<'a>,
    options: Options,
    pub(crate) lower: Vec<f64>,
    pub(crate) upper: Vec<f64>,
    form: Form<'a>,
    columns: Columns,
    /// Whether the turnover limit allows for nothing but to buy what is missing to one: nothing may be sold.
    is_tied: bool,
}

impl<'a> Engine<'a> {
    pub(crate) fn new(problem: &'a Problem<'a>, options: Options) -> Result<Self, Error> {
        let is_tied = is_tied(problem);
        let form = form(problem, 0.0, is_tied)?;
        let (mut lower, upper) = bounds(problem);
        if let Some(turnover) = problem.turnover.as_ref().filter(|_| is_tied) {
            for (lower, previous) in lower.iter_mut().zip(&turnover.previous) {
                *lower = lower.max(*previous);
            }
        }
        Ok(Self {
            problem,
            options,
            lower,
            upper,
            columns: Columns::new(&form),
            form,
            is_tied,
        })
    }

    /// Solves within the bounds as they are; `guess` may say which limits bound in a similar problem.
    pub(crate) fn solve(&mut self, guess: Option<&Guess>) -> Result<Convex, Error> {
        if let Some(name) = (0..self.lower.len()).find(|name| self.lower[*name] > self.upper[*name]) {
            let infeasible = certificate::crossed(self.problem, name, self.lower[name], self.upper[name]);
            return Ok(Convex::Infeasible(infeasible));
        }
        if let Some(infeasible) = certificate::impossible_row(self.problem) {
            return Ok(Convex::Infeasible(infeasible));
        }
        self.form.set_bounds(self.problem, &self.lower, &self.upper);
        if let Objective::MaximumExposure { exposure } = &self.problem.objective {
            // Without its risk limit this is nearly linear: the limit is tried first.
            let most = exposure.iter().fold(0.0_f64, |most, e| most.max(e.abs()));
            return self.hold_risk(most, guess.cloned());
        }
        let relaxed = match self.solve_free(guess)? {
            Convex::Solved(relaxed) => relaxed,
            infeasible @ Convex::Infeasible(_) => return Ok(infeasible),
        };
        match self.excess(&relaxed.weights) {
            Some(excess) if excess > 0.0 => {
                let size = check::objective(self.problem, &relaxed.weights).abs();
                self.hold_risk(size, Some(relaxed.guess))
            }
            _ => Ok(Convex::Solved(relaxed)),
        }
    }

    /// Solves without the risk limit.
    fn solve_free(&mut self, guess: Option<&Guess>) -> Result<Convex, Error> {
        let found = optimum(self.problem, &self.form, &mut self.columns, self.options, guess)?;
        Ok(match found {
            Found::Optimum(optimum) => Convex::Solved(Box::new(self.relaxed(&self.form, *optimum, 0.0))),
            Found::Infeasible(infeasible) => Convex::Infeasible(infeasible),
        })
    }

    /// From the numbering and scale of a form to those of the problem.
    fn relaxed(&self, form: &Form<'_>, optimum: Optimum, risk_price: f64) -> Relaxed {
        let mut multipliers = form.multipliers(self.problem, &optimum.v, form.scale);
        let weights = form.weights(optimum.x, (&self.lower, &self.upper));
        multipliers.risk = risk_price;
        if self.is_tied {
            multipliers.turnover = 0.0;
            // The least price at which nobody sells; whoever buys pays it and gets it back from the total.
            let costs = check::reduced_costs(self.problem, &weights, &multipliers);
            multipliers.turnover = costs.iter().fold(0.0, |most, cost| cost.max(most));
            multipliers.total -= multipliers.turnover;
        }
        Relaxed {
            weights,
            multipliers,
            guess: optimum.guess,
        }
    }

    /// Variance beyond the risk limit, over the limit; none without a limit.
    fn excess(&self, weights: &[f64]) -> Option<f64> {
        let (limit, risk) = (self.problem.risk_limit.as_ref()?, self.problem.risk.as_ref()?);
        Some(variance(risk, &minus(weights, limit.benchmark)) / limit.variance - 1.0)
    }

    /// The optimum with a risk limit is that of the objective, of about this size, plus a price times the variance, for the
    /// one price at which the variance is at its limit; it falls as the price rises.
    fn hold_risk(&mut self, size: f64, mut guess: Option<Guess>) -> Result<Convex, Error> {
        if let Some(infeasible) = self.least_risk()? {
            return Ok(Convex::Infeasible(infeasible));
        }
        let limit = self.problem.risk_limit.as_ref().map_or(1.0, |limit| limit.variance);
        let unit = size.max(f64::MIN_POSITIVE) / limit;
        // Over 1/price the weights are piecewise linear, and risk rises.
        let mut calm: Option<(f64, f64, Relaxed)> = None;
        let mut wild: Option<(f64, f64)> = None;
        let mut inverse = 1.0;
        let mut last_was_calm = None;
        for _ in 0..ROUNDS {
            let trial = self.priced(unit / inverse, guess.as_ref())?;
            let excess = self.excess(&trial.weights).unwrap_or(0.0);
            guess = Some(trial.guess.clone());
            let is_calm = excess <= 0.0;
            if is_calm {
                let is_exact = excess >= -EXACT;
                calm = Some((inverse, excess, trial));
                if is_exact {
                    break;
                }
            } else {
                wild = Some((inverse, excess));
            }
            match (&mut calm, &mut wild) {
                (Some((a, low, _)), Some((b, high))) => {
                    // Illinois: the end that stays is given half its value.
                    match last_was_calm {
                        Some(true) if is_calm => *high /= 2.0,
                        Some(false) if !is_calm => *low /= 2.0,
                        _ => {}
                    }
                    inverse = (*a * *high - *b * *low) / (*high - *low);
                    if (*b - *a).abs() <= 1e-14 * a.abs() || inverse <= a.min(*b) || inverse >= a.max(*b) {
                        break;
                    }
                }
                // At next to no price the limit does not bind.
                (Some((a, ..)), None) if *a > SLACK => return self.solve_free(guess.as_ref()),
                (Some(_), None) => inverse *= 8.0,
                _ => inverse /= 8.0,
            }
            last_was_calm = Some(is_calm);
        }
        match calm {
            Some((_, _, relaxed)) => Ok(Convex::Solved(Box::new(relaxed))),
            None => Err(Error::NotConverged("no price of risk holds its limit".into())),
        }
    }

    fn priced(&self, price: f64, guess: Option<&Guess>) -> Result<Relaxed, Error> {
        let mut form = form(self.problem, price, self.is_tied)?;
        form.set_bounds(self.problem, &self.lower, &self.upper);
        let mut columns = Columns::new(&form);
        match optimum(self.problem, &form, &mut columns, self.options, guess)? {
            Found::Optimum(optimum) => Ok(self.relaxed(&form, *optimum, price)),
            // Which limits can be held together has nothing to do with prices, and the least risk was found.
            Found::Infeasible(_) => Err(Error::NotConverged(
                "infeasible at one price of risk and not at another".into(),
            )),
        }
    }

    /// The contradiction if even the least risk there is exceeds the limit.
    fn least_risk(&self) -> Result<Option<Infeasible>, Error> {
        let Some(limit) = &self.problem.risk_limit else {
            return Ok(None);
        };
        let objective = limit.benchmark.map_or(
            Objective::MinimumVariance {
                factor_aversion: 1.0,
                specific_aversion: 1.0,
            },
            |benchmark| Objective::MinimumTrackingError { benchmark },
        );
        let calmest = Problem {
            objective,
            risk_limit: None,
            ..self.problem.clone()
        };
        let mut engine = Engine::new(&calmest, self.options)?;
        engine.lower.clone_from(&self.lower);
        engine.upper.clone_from(&self.upper);
        let relaxed = match engine.solve(None)? {
            Convex::Solved(relaxed) => relaxed,
            Convex::Infeasible(infeasible) => return Ok(Some(infeasible)),
        };
        if self.excess(&relaxed.weights).unwrap_or(0.0) <= 0.0 {
            return Ok(None);
        }
        // At the least risk the slopes of everything else are against the variance's: together they are the contradiction.
        let Relaxed {
            weights, multipliers, ..
        } = *relaxed;
        let evidence = Evidence {
            multipliers: Multipliers {
                risk: 1.0,
                ..multipliers
            },
            anchor: Some(weights),
        };
        certificate::prove(self.problem, (&self.lower, &self.upper), &evidence)
            .map(Some)
            .ok_or_else(|| Error::NotConverged("the risk limit is within rounding of the least risk there is".into()))
    }
}

/// Steps of the search for the price of risk.
const ROUNDS: usize = 100;
/// How near a turnover limit may be to the least there is and count as it.
const TIED: f64 = 1e-13;
/// Inverse price from which on the limit is taken not to bind, in units of objective over limit.
const SLACK: f64 = 1e5;
/// How near to its limit the variance must come, relatively.
const EXACT: f64 = 1e-12;

enum Found {
    Optimum(Box<Optimum>),
    Infeasible(Infeasible),
}

fn optimum(
    problem: &Problem<'_>,
    form: &Form<'_>,
    columns: &mut Columns,
    options: Options,
    guess: Option<&Guess>,
) -> Result<Found, Error> {
    if let Some(optimum) = guess.and_then(|guess| sift::resume(form, columns, guess)) {
        return Ok(Found::Optimum(Box::new(optimum)));
    }
    if options.method == Method::Structured {
        match sift::solve(problem, form, columns, options.start) {
            Sifted::Optimum(optimum) => return Ok(Found::Optimum(optimum)),
            Sifted::Infeasible(infeasible) => return Ok(Found::Infeasible(infeasible)),
            Sifted::Lost => {}
        }
    }
    match conic::solve(problem, form)? {
        Conic::Infeasible(infeasible) => Ok(Found::Infeasible(infeasible)),
        Conic::Solved(near) => match sift::polish(form, columns, &near) {
            Some(optimum) => Ok(Found::Optimum(Box::new(optimum))),
            None => Err(Error::NotConverged(
                "the limits that bind could not be told apart".into(),
            )),
        },
    }
}

/// Least and greatest weights; names that a chi-square distance keeps at zero stay there.
fn bounds(problem: &Problem<'_>) -> (Vec<f64>, Vec<f64>) {
    let Bounds { lower, mut upper, .. } = problem.bounds.clone();
    if let Objective::ChiSquareDistance { target } = problem.objective {
        for (upper, target) in upper.iter_mut().zip(target) {
            *upper = if *target > 0.0 { *upper } else { upper.min(0.0) };
        }
    }
    (lower, upper)
}

/// The form of a problem; without its turnover limit where bounds say the same.
fn form<'a>(problem: &'a Problem<'a>, risk_price: f64, is_tied: bool) -> Result<Form<'a>, Error> {
    let mut form = Form::new(problem, risk_price)?;
    if is_tied {
        form.previous = None;
        form.limit = f64::INFINITY;
    }
    Ok(form)
}

/// See [`Engine::is_tied`]. The price of such a limit has no upper end, so that equations cannot find it.
fn is_tied(problem: &Problem<'_>) -> bool {
    problem.turnover.as_ref().is_some_and(|turnover| {
        let missing = 1.0 - divisor_numeric::sum(&turnover.previous);
        let fits = turnover
            .previous
            .iter()
            .zip(&problem.bounds.upper)
            .all(|(previous, upper)| previous <= upper);
        fits && (turnover.limit - missing).abs() <= TIED
    })
}
