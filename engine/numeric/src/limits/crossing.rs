//! Limits on axes that cross, such as sector × country.
//!
//! The dual active-set method of Goldfarb and Idnani (1983), for this objective. It holds the exact optimum for some of the
//! limits, at first those of one nested family, solved by [`super::curve`]. It then takes the limit that this point violates
//! most and raises its force. The weights move along, the limits already binding staying met, until the violated limit
//! is met too and joins them, or until the force of one of them falls to zero and it is let go. Whenever a limit has joined, the
//! point is the exact optimum for the limits binding then, under a higher minimum of the objective than before: no
//! set of binding limits can come back, so the method is finite. Where nothing stops the rising force, the forces
//! moving with it prove that the limits contradict each other ([`super::certificate`]).
//!
//! Alternating projections (Dykstra), which the same trees would allow, were tried: where names sit in corners of many
//! limits they need tens of thousands of rounds, and end near the answer rather than on it.

use super::active::{Active, Equations, Point, State, pulls};
use super::certificate;
use super::conflict::LimitError;
use super::curve::project;
use super::problem::{Found, Names, Problem, Range};
use super::tree::Tree;
use super::{Bound, Side, TOLERANCE};
use crate::sum::sum;

/// Steps before giving up. A step adds or drops one limit; thousands of names take some hundreds.
const STEPS: usize = 20_000;
/// A limit violated by less, as a weight, is met.
const MET: f64 = 1e-15;
/// A limit whose weight moves by less than this share of what its names could, has no room to move.
const STUCK: f64 = 1e-11;

/// A limit on two or more names, of any family.
pub(super) struct Constraint<'a> {
    pub(super) members: &'a [u32],
    pub(super) range: &'a Range,
}

impl Constraint<'_> {
    fn is_equality(&self) -> bool {
        self.range.upper - self.range.lower <= 0.0
    }
}

/// A limit that the point violates.
#[derive(Debug, Clone, Copy)]
struct Violated {
    limit: Limit,
    side: Side,
    /// As a weight.
    by: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Name(usize),
    Group(usize),
}

/// Solves a problem of two or more families, each feasible by itself.
pub(super) fn limit(problem: &Problem<'_>, families: &[Tree]) -> Result<Found, LimitError> {
    // The first node is the total, which is in every family.
    let nodes = families.iter().flat_map(|family| &family.nodes[1..]);
    let constraints: Vec<Constraint> = nodes
        .map(|node| Constraint {
            members: &node.members,
            range: &node.range,
        })
        .collect();
    let mut search = Search {
        problem,
        constraints: &constraints,
        active: Active {
            names: Vec::new(),
            groups: Vec::new(),
        },
        idle: vec![false; problem.names.len() + constraints.len()],
        steps: 0,
    };
    let mut point = search.start(families);
    while search.steps < STEPS
        && let Some(violated) = search.worst(&point)
    {
        point = search.meet(violated, point)?;
    }
    let violation = problem.violation(&point.weights);
    if violation > TOLERANCE {
        return Err(LimitError::NotConverged {
            iterations: search.steps,
            violation,
        });
    }
    let mut binding = problem.names.binding(&point.pulled);
    binding.extend(binding_groups(&constraints, &point.forces));
    Ok(Found {
        weights: point.weights,
        binding,
        rounds: search.steps,
    })
}

struct Search<'a> {
    problem: &'a Problem<'a>,
    constraints: &'a [Constraint<'a>],
    active: Active,
    /// Limits violated by rounding only that cannot move: names, then groups.
    idle: Vec<bool>,
    steps: usize,
}

impl<'a> Search<'a> {
    fn names(&self) -> &'a Names<'a> {
        &self.problem.names
    }

    /// The optimum for the limits that bind in the first family. Of limits that say the same twice one is enough, and
    /// its force is then its own, so the forces are found afresh; limits that turn out to push the wrong way go. Only ever
    /// fewer limits remain, so this ends.
    fn start(&mut self, families: &[Tree]) -> Point {
        let names = self.names();
        let projection = project(&families[0], names);
        let state = |lower: bool, upper: bool| match (lower, upper) {
            (true, _) => State::Lower,
            (_, true) => State::Upper,
            _ => State::Free,
        };
        let of_name = |(name, &pulled): (usize, &f64)| state(pulled < names.lower[name], pulled > names.upper[name]);
        self.active.names = projection.pulled.iter().enumerate().map(of_name).collect();
        let of_group = |(parent, own): &(f64, f64)| state(own > parent, own < parent);
        self.active.groups = projection.factors[1..].iter().map(of_group).collect();
        self.active.groups.resize(self.constraints.len(), State::Free);
        loop {
            self.steps += 1;
            let equations = Equations::new(names, self.constraints, &self.active);
            let point = equations.point();
            let mut release: Vec<Limit> = equations.dependent().into_iter().map(Limit::Group).collect();
            release.extend(self.binding().filter(|&limit| self.tension(limit, &point) < 0.0));
            if release.is_empty() {
                return point;
            }
            for limit in release {
                self.set(limit, State::Free);
            }
        }
    }

    /// The active limits that could be let go.
    fn binding(&self) -> impl Iterator<Item = Limit> {
        let names = self.names();
        let (of_name, of_group) = (&self.active.names, &self.active.groups);
        let can_go = |name: &usize| of_name[*name] != State::Free && names.lower[*name] < names.upper[*name];
        let group_can_go = |group: &usize| of_group[*group] != State::Free && !self.constraints[*group].is_equality();
        let by_name = (0..names.len()).filter(can_go).map(Limit::Name);
        by_name
            .chain((0..self.constraints.len()).filter(group_can_go).map(Limit::Group))
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn state(&self, limit: Limit) -> State {
        match limit {
            Limit::Name(name) => self.active.names[name],
            Limit::Group(group) => self.active.groups[group],
        }
    }

    fn set(&mut self, limit: Limit, state: State) {
        match limit {
            Limit::Name(name) => self.active.names[name] = state,
            Limit::Group(group) => self.active.groups[group] = state,
        }
    }

    /// How hard an active limit holds; below zero it would have to pull the wrong way.
    fn tension(&self, limit: Limit, point: &Point) -> f64 {
        let names = self.names();
        match (limit, self.state(limit)) {
            (_, State::Free) => 0.0,
            (Limit::Name(name), State::Lower) => (names.lower[name] - point.pulled[name]) / names.uncapped[name],
            (Limit::Name(name), State::Upper) => (point.pulled[name] - names.upper[name]) / names.uncapped[name],
            (Limit::Group(group), State::Lower) => point.forces[group],
            (Limit::Group(group), State::Upper) => -point.forces[group],
        }
    }

    /// The violated limit that lifts the objective most when met, all else being free: by² ÷ u.
    fn worst(&self, point: &Point) -> Option<Violated> {
        let names = self.names();
        let mut worst: Option<(f64, Violated)> = None;
        let mut judge = |limit, weight: f64, lower: f64, upper: f64, uncapped: f64| {
            let (by, side) = if weight > upper {
                (weight - upper, Side::Upper)
            } else {
                (lower - weight, Side::Lower)
            };
            let gain = by * by / uncapped;
            let met = if self.idle[self.index(limit)] { TOLERANCE } else { MET };
            if by > met && worst.is_none_or(|(best, _)| gain > best) {
                worst = Some((gain, Violated { limit, side, by }));
            }
        };
        for (name, &weight) in point.weights.iter().enumerate() {
            if self.active.names[name] == State::Free {
                judge(
                    Limit::Name(name),
                    weight,
                    names.lower[name],
                    names.upper[name],
                    names.uncapped[name],
                );
            }
        }
        for (group, constraint) in self.constraints.iter().enumerate() {
            if self.active.groups[group] == State::Free {
                let (weight, uncapped) = (constraint.weight(&point.weights), constraint.weight(&names.uncapped));
                judge(
                    Limit::Group(group),
                    weight,
                    constraint.range.lower,
                    constraint.range.upper,
                    uncapped,
                );
            }
        }
        worst.map(|(_, violated)| violated)
    }

    /// Raises the force of a violated limit until it is met, letting go of limits on the way: each at most once.
    fn meet(&mut self, violated: Violated, mut point: Point) -> Result<Point, LimitError> {
        let names = self.names();
        let Violated {
            limit,
            side,
            by: mut missing,
        } = violated;
        let sign = if side == Side::Lower { 1.0 } else { -1.0 };
        let before = (self.active.clone(), point.clone());
        loop {
            self.steps += 1;
            let equations = Equations::new(names, self.constraints, &self.active);
            let rise = self.rise(limit, sign, &equations);
            let full = if rise.speed > 0.0 {
                missing / rise.speed
            } else {
                f64::INFINITY
            };
            let (length, blocking) = self.first_to_go(&point, &rise);
            if length.is_infinite() && full.is_infinite() {
                if missing > TOLERANCE {
                    return Err(self.contradiction(&point, &rise));
                }
                let index = self.index(limit);
                (self.active, self.idle[index]) = (before.0, true);
                return Ok(before.1);
            }
            let Some(blocking) = blocking.filter(|_| length < full) else {
                self.set(limit, State::at(side));
                return Ok(Equations::new(names, self.constraints, &self.active).point());
            };
            rise.apply(length, &mut point);
            missing = (missing - length * rise.speed).max(0.0);
            if let Limit::Group(group) = blocking {
                point.forces[group] = 0.0;
            }
            self.set(blocking, State::Free);
        }
    }

    /// What moves when the force of a limit rises by one.
    fn rise(&self, limit: Limit, sign: f64, equations: &Equations) -> Rise {
        let names = self.names();
        let members: Vec<usize> = match limit {
            Limit::Name(name) => vec![name],
            Limit::Group(group) => self.constraints[group]
                .members
                .iter()
                .map(|&name| name as usize)
                .collect(),
        };
        let mut own = vec![0.0; names.len()];
        for &name in &members {
            own[name] = sign;
        }
        let (shift, mut forces) = equations.answer(&own);
        let mut pulls = pulls(names.len(), self.constraints, shift, &forces);
        pulls.iter_mut().zip(own).for_each(|(pull, own)| *pull += own);
        if let Limit::Group(group) = limit {
            forces[group] += sign;
        }
        let free = || members.iter().filter(|&&name| self.active.names[name] == State::Free);
        let speed = sum(&free()
            .map(|&name| sign * names.uncapped[name] * pulls[name])
            .collect::<Vec<_>>());
        let most = sum(&free().map(|&name| names.uncapped[name]).collect::<Vec<_>>());
        let speed = if speed > STUCK * most { speed } else { 0.0 };
        let pulled = pulls
            .iter()
            .zip(&names.uncapped)
            .map(|(pull, uncapped)| pull * uncapped)
            .collect();
        Rise {
            step: Point {
                shift,
                forces,
                pulled,
                weights: Vec::new(),
            },
            speed,
        }
    }

    /// The active limit whose force first falls to zero, and after what length; infinity if none ever does.
    fn first_to_go(&self, point: &Point, rise: &Rise) -> (f64, Option<Limit>) {
        let mut first = (f64::INFINITY, None);
        for limit in self.binding() {
            let falls = match (limit, self.state(limit)) {
                (Limit::Name(name), State::Upper) => -rise.step.pulled[name] / self.names().uncapped[name],
                (Limit::Name(name), _) => rise.step.pulled[name] / self.names().uncapped[name],
                (Limit::Group(group), State::Upper) => rise.step.forces[group],
                (Limit::Group(group), _) => -rise.step.forces[group],
            };
            if falls > STUCK {
                let length = self.tension(limit, point).max(0.0) / falls;
                if length < first.0 {
                    first = (length, Some(limit));
                }
            }
        }
        first
    }

    fn index(&self, limit: Limit) -> usize {
        match limit {
            Limit::Name(name) => name,
            Limit::Group(group) => self.names().len() + group,
        }
    }

    /// Forces that rise for ever.
    fn contradiction(&self, point: &Point, rise: &Rise) -> LimitError {
        match certificate::contradiction(self.names(), self.constraints, &rise.step.forces) {
            Some(conflict) => conflict.into(),
            None => LimitError::NotConverged {
                iterations: self.steps,
                violation: self.problem.violation(&point.weights),
            },
        }
    }
}

/// Movement per unit of a rising force.
struct Rise {
    /// Of shift, forces and pulled weights.
    step: Point,
    /// Of the violated limit, towards being met.
    speed: f64,
}

impl Rise {
    fn apply(&self, length: f64, point: &mut Point) {
        point.shift += length * self.step.shift;
        point
            .forces
            .iter_mut()
            .zip(&self.step.forces)
            .for_each(|(force, step)| *force += length * step);
        point
            .pulled
            .iter_mut()
            .zip(&self.step.pulled)
            .for_each(|(pulled, step)| *pulled += length * step);
    }
}

fn binding_groups(constraints: &[Constraint], forces: &[f64]) -> Vec<Bound> {
    let mut binding = Vec::new();
    for (constraint, &force) in constraints.iter().zip(forces) {
        if force > TOLERANCE {
            binding.extend(constraint.range.bounds(Side::Lower));
        } else if force < -TOLERANCE {
            binding.extend(constraint.range.bounds(Side::Upper));
        }
    }
    binding
}
