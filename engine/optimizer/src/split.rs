//! Absolute distances without corners: every name stands twice, for its weight up to the target and for what is beyond.
//!
//! `|w − u|` is `(u − a) + b` for `w = a + b` with `a ≤ u` and `b ≥ 0`. Whatever else one more of a name costs, it costs the same
//! of `b` as of `a` or more, and from the distance two more; so at an optimum nothing is beyond the target before the target is
//! reached. Then `(w − u)² = (a − u)² + b²`, and `w² = a² + b² + 2ub`: squares need no products of the two. What is bought is
//! above the previous weight p: of the first `max(a − min(p, u), 0)`, of the second `max(b − max(p − u, 0), 0)`.

use std::borrow::Cow;

use crate::certificate::{self, Evidence};
use crate::form::Form;
use crate::problem::{Objective, Problem};
use crate::solution::Infeasible;
use crate::standing::TOUCH;

/// What Σ (w − u)² is multiplied by beside Σ |w − u|.
pub(crate) const L1_TIE_BREAK: f64 = 1e-3;

impl Form<'_> {
    /// Makes two of every name, for the absolute distance to these weights.
    pub(crate) fn split(&mut self, target: &[f64]) {
        let n = self.n;
        let below = target
            .iter()
            .zip(&self.linear)
            .map(|(u, g)| g - 1.0 - 2.0 * L1_TIE_BREAK * u);
        let above = target
            .iter()
            .zip(&self.linear)
            .zip(&self.diagonal)
            .map(|((u, g), d)| g + 1.0 + d * u);
        self.linear = below.chain(above).collect();
        self.diagonal = twice(&self.diagonal).iter().map(|d| d + 2.0 * L1_TIE_BREAK).collect();
        self.loadings = Cow::Owned(twice(&self.loadings));
        for row in &mut self.dense {
            *row = Cow::Owned(twice(row));
        }
        let entries = self.columns.len() as u32;
        self.columns = twice(&self.columns);
        let second: Vec<u32> = self.starts[1..].iter().map(|start| entries + start).collect();
        self.starts.extend(second);
        if let Some(previous) = &self.previous {
            let below = previous.iter().zip(target).map(|(p, u)| p.min(*u));
            let above = previous.iter().zip(target).map(|(p, u)| (p - u).max(0.0));
            self.previous = Some(Cow::Owned(below.chain(above).collect()));
        }
        self.n = 2 * n;
        self.is_split = true;
        let (lower, upper) = (self.lower.clone(), self.upper.clone());
        self.split_bounds(target, &lower, &upper);
    }

    fn split_bounds(&mut self, target: &[f64], lower: &[f64], upper: &[f64]) {
        let parts = |bounds: &[f64]| -> Vec<f64> {
            let below = bounds.iter().zip(target).map(|(bound, u)| bound.min(*u));
            let above = bounds.iter().zip(target).map(|(bound, u)| (bound - u).max(0.0));
            below.chain(above).collect()
        };
        (self.lower, self.upper) = (parts(lower), parts(upper));
    }

    /// Other bounds of names.
    pub(crate) fn set_bounds(&mut self, problem: &Problem<'_>, lower: &[f64], upper: &[f64]) {
        if let Objective::L1Distance { target } = problem.objective {
            self.split_bounds(target, lower, upper);
        } else {
            self.lower.copy_from_slice(lower);
            self.upper.copy_from_slice(upper);
        }
    }

    /// From numbers of this form to weights of the names of the problem, which have these bounds.
    pub(crate) fn weights(&self, x: Vec<f64>, (lower, upper): (&[f64], &[f64])) -> Vec<f64> {
        if !self.is_split {
            return x;
        }
        let (below, above) = x.split_at(self.n / 2);
        let weights = below.iter().zip(above).zip(lower.iter().zip(upper));
        weights
            .map(|((a, b), (lower, upper))| {
                let weight = a + b;
                // Two parts at their bounds may round beside that of the whole.
                let near = [*lower, *upper]
                    .into_iter()
                    .find(|bound| (weight - bound).abs() <= TOUCH);
                near.unwrap_or(weight)
            })
            .collect()
    }

    /// A proof that no weights within the bounds of this form hold the limits of the problem.
    pub(crate) fn prove(&self, problem: &Problem<'_>, evidence: &Evidence) -> Option<Infeasible> {
        if !self.is_split {
            return certificate::prove(problem, (&self.lower, &self.upper), evidence);
        }
        let whole = |bounds: &[f64]| -> Vec<f64> {
            let (below, above) = bounds.split_at(self.n / 2);
            below.iter().zip(above).map(|(a, b)| a + b).collect()
        };
        certificate::prove(problem, (&whole(&self.lower), &whole(&self.upper)), evidence)
    }
}

fn twice<T: Copy>(values: &[T]) -> Vec<T> {
    values.iter().chain(values).copied().collect()
}
