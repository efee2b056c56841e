//! Which limits are taken to bind, and the weights that follow.
//!
//! With the binding limits known, the optimality conditions wᵢ = uᵢ · (1 + shift + Σ forces of i's groups) and "each binding
//! group is at its bound" are linear equations in the shift of the total and the forces.

use super::Side;
use super::crossing::Constraint;
use super::problem::Names;
use crate::linear::Factor;
use crate::sum::{sum, sum_iter};

/// Times the equations are solved: the first solves, the others take back its rounding.
const REFINEMENTS: usize = 3;

/// Whether a limit binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Free,
    Lower,
    Upper,
}

impl State {
    /// At that bound.
    pub(super) fn at(side: Side) -> Self {
        match side {
            Side::Lower => Self::Lower,
            Side::Upper => Self::Upper,
        }
    }
}

/// What is taken to bind: by name its own limits, by constraint the groups.
#[derive(Debug, Clone)]
pub(super) struct Active {
    pub(super) names: Vec<State>,
    pub(super) groups: Vec<State>,
}

/// Forces and the weights they make.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// Of the total.
    pub(super) shift: f64,
    /// By constraint: above zero a minimum pushes, below zero a maximum.
    pub(super) forces: Vec<f64>,
    /// By name, its weight before its own limits.
    pub(super) pulled: Vec<f64>,
    pub(super) weights: Vec<f64>,
}

/// The equations of an active set.
pub(super) struct Equations<'a> {
    names: &'a Names<'a>,
    constraints: &'a [Constraint<'a>],
    active: &'a Active,
    /// The active groups: equation k + 1 is that of `rows[k]`, equation 0 that of the total.
    rows: Vec<usize>,
    factor: Factor,
}

impl<'a> Equations<'a> {
    pub(super) fn new(names: &'a Names<'a>, constraints: &'a [Constraint<'a>], active: &'a Active) -> Self {
        let rows: Vec<usize> = (0..constraints.len())
            .filter(|&group| active.groups[group] != State::Free)
            .collect();
        let mut equations_of = vec![vec![0]; names.len()];
        for (row, &group) in rows.iter().enumerate() {
            for &name in constraints[group].members {
                equations_of[name as usize].push(row + 1);
            }
        }
        let size = rows.len() + 1;
        let mut matrix = vec![0.0; size * size];
        for (name, equations) in equations_of
            .iter()
            .enumerate()
            .filter(|(name, _)| active.names[*name] == State::Free)
        {
            for &row in equations {
                for &column in equations {
                    matrix[row * size + column] += names.uncapped[name];
                }
            }
        }
        Self {
            names,
            constraints,
            active,
            rows,
            factor: Factor::new(matrix, size),
        }
    }

    /// Active groups whose equation follows from others.
    pub(super) fn dependent(&self) -> Vec<usize> {
        self.factor
            .dependent()
            .iter()
            .filter(|&&equation| equation > 0)
            .map(|equation| self.rows[equation - 1])
            .collect()
    }

    /// Where all active limits are met exactly. Each right-hand side is what the weights so far still miss.
    pub(super) fn point(&self) -> Point {
        let mut point = Point {
            shift: 0.0,
            forces: vec![0.0; self.constraints.len()],
            pulled: self.names.uncapped.clone(),
            weights: self.names.uncapped.clone(),
        };
        self.weigh(&mut point);
        for _ in 0..REFINEMENTS {
            let mut missing = vec![1.0 - sum(&point.weights)];
            missing.extend(self.rows.iter().map(|&group| {
                let constraint = &self.constraints[group];
                let lower = self.active.groups[group] == State::Lower;
                let bound = if lower {
                    constraint.range.lower
                } else {
                    constraint.range.upper
                };
                bound - constraint.weight(&point.weights)
            }));
            let (shift, forces) = self.solve(missing);
            point.shift += shift;
            point
                .forces
                .iter_mut()
                .zip(forces)
                .for_each(|(force, step)| *force += step);
            self.weigh(&mut point);
        }
        point
    }

    /// How shift and forces answer, per unit, when every free name i is pulled by `pull[i]` and the active limits stay met.
    pub(super) fn answer(&self, pull: &[f64]) -> (f64, Vec<f64>) {
        let moved = |name: usize| match self.active.names[name] {
            State::Free => -self.names.uncapped[name] * pull[name],
            State::Lower | State::Upper => 0.0,
        };
        let moved: Vec<f64> = (0..self.names.len()).map(moved).collect();
        let mut right = vec![sum(&moved)];
        right.extend(self.rows.iter().map(|&group| self.constraints[group].weight(&moved)));
        self.solve(right)
    }

    /// Pulled and limited weights from shift and forces.
    pub(super) fn weigh(&self, point: &mut Point) {
        let pulls = pulls(self.names.len(), self.constraints, 1.0 + point.shift, &point.forces);
        for (name, pull) in pulls.into_iter().enumerate() {
            point.pulled[name] = self.names.uncapped[name] * pull;
            point.weights[name] = match self.active.names[name] {
                State::Free => point.pulled[name],
                State::Lower => self.names.lower[name],
                State::Upper => self.names.upper[name],
            };
        }
    }

    fn solve(&self, right: Vec<f64>) -> (f64, Vec<f64>) {
        let solution = self.factor.solve(right);
        let mut forces = vec![0.0; self.constraints.len()];
        for (&group, &force) in self.rows.iter().zip(&solution[1..]) {
            forces[group] = force;
        }
        (solution[0], forces)
    }
}

/// By name, `shift` and the forces of its groups together.
pub(super) fn pulls(count: usize, constraints: &[Constraint], shift: f64, forces: &[f64]) -> Vec<f64> {
    let mut pulls = vec![shift; count];
    for (constraint, &force) in constraints.iter().zip(forces).filter(|(_, force)| force.abs() > 0.0) {
        for &name in constraint.members {
            pulls[name as usize] += force;
        }
    }
    pulls
}

impl Constraint<'_> {
    /// The weight of the group.
    pub(super) fn weight(&self, weights: &[f64]) -> f64 {
        sum_iter(self.members.iter().map(|&name| weights[name as usize]))
    }
}
