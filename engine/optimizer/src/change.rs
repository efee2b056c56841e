//! How far one rule alone would have to give for all limits to be held.

use crate::Error;
use crate::certificate::{Evidence, prove};
use crate::elastic::least_slack;
use crate::hold::tighten;
use crate::loosen::loosened;
use crate::probe::{Probe, Verdict, without_objective};
use crate::problem::{Problem, Rule};
use crate::solve::Options;

/// How far one rule alone would have to give for all limits to be held, in its own unit (see [`loosened`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The rule.
    pub rule: Rule,
    /// Proved: this much, or less, is not enough. Infinite where no change of this rule is.
    pub more_than: f64,
    /// Proved: with this much there are weights. Infinite where none is known to be enough.
    pub enough: f64,
}

/// The two ends of a change of weights, turnover, exposures or volatility are this near where limits are rows, bounds,
/// turnover and risk alone. Minimum holdings and numbers of names can leave them further apart: both remain proved.
pub const RESOLUTION: f64 = 1e-6;
/// How near to the answer of the linear problem to look, nearest first.
const NEAR: [f64; 4] = [1e-9, 1e-8, 1e-7, 1e-6];
/// No rule is loosened by more, other than to be done without.
const FARTHEST: f64 = 1e6;
/// Amounts of which nothing is known, before the interval is left as it is: each of them takes long to be not known.
const UNKNOWN: usize = 3;
/// Halvings that look for where a combination stops being a proof.
const HALVINGS: usize = 60;

/// The least change of one rule that makes a problem feasible, between an amount that is proved not to be enough and one
/// that is. `units` as in [`loosened`]. Of a feasible problem both ends are zero.
///
/// The answer of a linear problem says where to look; where it cannot (risk limits, minimum holdings, numbers of names),
/// the interval is halved.
///
/// # Errors
/// A problem that is none, and units that are not one for each row.
pub fn least_change(problem: &Problem<'_>, rule: Rule, units: &[f64], options: Options) -> Result<Change, Error> {
    problem.validate()?;
    if !units.is_empty() && units.len() != problem.rows.len() {
        let (found, needed) = (units.len(), problem.rows.len());
        return Err(Error::Invalid(format!(
            "units of rows: {found} where {needed} are needed"
        )));
    }
    let problem = without_objective(problem);
    let mut search = Search {
        probe: Probe::new(&problem, options),
        problem: &problem,
        units,
        change: Change {
            rule,
            more_than: f64::INFINITY,
            enough: f64::INFINITY,
        },
        unknown: 0,
    };
    let at_best = search.ask(f64::INFINITY)?;
    if let Verdict::Infeasible(_) = at_best {
        return Ok(search.change);
    }
    search.change.more_than = 0.0;
    if search.note(0.0)? {
        return Ok(search.change);
    }
    if let Verdict::Feasible(_) = at_best {
        let is_counted = [problem.at_most, problem.at_least]
            .iter()
            .flatten()
            .any(|count| count.rule == rule);
        if is_counted {
            search.halve(1.0)?;
        } else {
            search.look_near()?;
            search.halve(RESOLUTION)?;
        }
    }
    Ok(search.change)
}

struct Search<'s, 'a> {
    probe: Probe,
    problem: &'s Problem<'a>,
    units: &'s [f64],
    change: Change,
    unknown: usize,
}

impl<'a> Search<'_, 'a> {
    fn looser(&self, by: f64) -> Problem<'a> {
        loosened(self.problem, self.change.rule, by, self.units)
    }

    fn ask(&mut self, by: f64) -> Result<Verdict, Error> {
        let looser = self.looser(by);
        self.probe.ask(&looser)
    }

    /// Notes what is known of an amount; true if it is enough.
    fn note(&mut self, by: f64) -> Result<bool, Error> {
        Ok(match self.ask(by)? {
            Verdict::Feasible(_) => {
                self.change.enough = self.change.enough.min(by);
                true
            }
            Verdict::Infeasible(proof) => {
                let farthest = proof.evidence.map_or(by, |evidence| self.farthest(by, &evidence));
                self.change.more_than = self.change.more_than.max(farthest);
                false
            }
            Verdict::Unknown(_) => {
                self.unknown += 1;
                false
            }
        })
    }

    /// The largest amount for which a combination is still a proof: looked for without solving anything.
    fn farthest(&self, by: f64, evidence: &Evidence) -> f64 {
        let proves = |by: f64| {
            let looser = self.looser(by);
            let (mut lower, mut upper) = (looser.bounds.lower.clone(), looser.bounds.upper.clone());
            tighten(&looser, (&mut lower, &mut upper));
            prove(&looser, (&lower, &upper), evidence).is_some()
        };
        let (mut below, mut above) = (by, self.change.enough.min(by + 1.0));
        for _ in 0..HALVINGS {
            let middle = 0.5 * (below + above);
            if proves(middle) {
                below = middle;
            } else {
                above = middle;
            }
        }
        below
    }

    /// Around the answer of the linear problem.
    fn look_near(&mut self) -> Result<(), Error> {
        let Some(slack) = least_slack(self.problem, self.change.rule, self.units) else {
            return Ok(());
        };
        // Where names are searched for, the linear problem is only a bound, and being near it takes long to be not known.
        let is_searched = self.problem.minimum_holding.is_some() || self.problem.at_most.is_some();
        let near = if is_searched { &NEAR[..1] } else { &NEAR[..] };
        for near in near {
            if self.note(slack + near)? {
                break;
            }
        }
        for near in near {
            if self.change.more_than >= slack - near || slack <= *near {
                break;
            }
            self.note(slack - near)?;
        }
        Ok(())
    }

    /// Goes on in growing strides until it is enough, then halves what is between.
    fn halve(&mut self, resolution: f64) -> Result<(), Error> {
        let is_counted = resolution >= 1.0;
        self.unknown = 0;
        let mut below = self.change.more_than;
        let mut by = if is_counted { 1.0 } else { below + 0.01 };
        while self.change.enough.is_infinite() {
            if by > FARTHEST || self.unknown > UNKNOWN {
                return Ok(());
            }
            if !self.note(by)? {
                below = by;
                by *= 4.0;
            }
        }
        // Amounts of which nothing is known count as not enough, so that what is reported as enough is.
        while self.change.enough - below > resolution && self.unknown <= UNKNOWN {
            let middle = 0.5 * (below + self.change.enough);
            let middle = if is_counted { middle.floor() } else { middle };
            if !self.note(middle)? {
                below = middle.max(self.change.more_than);
            }
        }
        Ok(())
    }
}
