//! The linear equations of free names and binding limits:
//!
//! ```text
//! d x + C v = −g        for every free name
//! Cᵀ x − E v = right    for every column that binds; E is one for factors and zero for limits that do not give
//! ```
//!
//! Solved over the columns where the diagonal carries weight, over the names where it hardly does (no specific variance).

use std::ops::Range;

use crate::block::Block;
use crate::cholesky::Cholesky;

pub(crate) struct System {
    pub(crate) block: Block,
    pub(crate) diagonal: Vec<f64>,
    pub(crate) linear: Vec<f64>,
    /// Factors first.
    pub(crate) factors: usize,
    pub(crate) right: Vec<f64>,
    pub(crate) binds: Vec<bool>,
    /// Limits that depend on each other cannot all be held: each then gives by a little times its price, so that prices say
    /// which of them is to go.
    pub(crate) is_soft: bool,
}

/// How little a soft limit gives, over the largest diagonal of the limits.
const SOFT: f64 = 1e-9;

/// The first pass solves; the others take out what rounding left.
const PASSES: usize = 3;

impl System {
    /// Eliminates names: one system of the number of columns. Returns weights of names and multipliers of columns.
    pub(crate) fn solve_by_columns(&self, cholesky: &mut Cholesky) -> (Vec<f64>, Vec<f64>) {
        let (k, size) = (self.factors, self.right.len());
        let inverse: Vec<f64> = self.diagonal.iter().map(|d| 1.0 / d).collect();
        let matrix = cholesky.matrix();
        self.block.gram(&inverse, matrix);
        for at in 0..size {
            if at < k {
                matrix[at * size + at] += 1.0;
            } else if !self.binds[at] {
                matrix[at * size..at * size + at].fill(0.0);
                (at..size).for_each(|row| matrix[row * size + at] = 0.0);
                matrix[at * size + at] = 1.0;
            }
        }
        let soft = self.soften(size, k..size, cholesky.matrix());
        cholesky.factor();
        let (mut x, mut v) = (vec![0.0; self.diagonal.len()], vec![0.0; size]);
        let (mut dv, mut change) = (vec![0.0; size], vec![0.0; x.len()]);
        for _ in 0..PASSES {
            let (of_names, of_columns) = self.residuals(&x, &v, soft);
            let scaled: Vec<f64> = of_names.iter().zip(&inverse).map(|(r, inverse)| r * inverse).collect();
            self.block.transposed_times(&scaled, &mut dv);
            for (at, dv) in dv.iter_mut().enumerate() {
                *dv = if self.binds[at] { *dv - of_columns[at] } else { 0.0 };
            }
            cholesky.solve(&mut dv);
            self.block.times(&dv, &mut change);
            for (at, x) in x.iter_mut().enumerate() {
                *x += (of_names[at] - change[at]) * inverse[at];
            }
            v.iter_mut().zip(&dv).for_each(|(v, dv)| *v += dv);
        }
        (x, v)
    }

    /// Eliminates factors: one system of the number of names, then one of the limits that bind.
    pub(crate) fn solve_by_names(&self) -> (Vec<f64>, Vec<f64>) {
        let (k, size, free) = (self.factors, self.right.len(), self.diagonal.len());
        let mut names = Cholesky::new(free);
        self.block.outer(k, names.matrix());
        for (at, d) in self.diagonal.iter().enumerate() {
            names.matrix()[at * free + at] += d;
        }
        names.factor();
        let limits: Vec<usize> = (k..size).filter(|at| self.binds[*at]).collect();
        let columns: Vec<Vec<f64>> = limits.iter().map(|at| self.block.column(*at)).collect();
        let mut solved = columns.clone();
        for column in &mut solved {
            names.solve(column);
        }
        let count = limits.len();
        let mut between = Cholesky::new(count);
        for (i, column) in columns.iter().enumerate() {
            for (j, solved) in solved[..=i].iter().enumerate() {
                between.matrix()[i * count + j] = divisor_numeric::dot(column, solved);
            }
        }
        let soft = self.soften(count, 0..count, between.matrix());
        between.factor();
        let (mut x, mut v) = (vec![0.0; free], vec![0.0; size]);
        let mut y = vec![0.0; size];
        for _ in 0..PASSES {
            // Factors follow the weights; only names and limits are left to mend.
            self.block.transposed_times(&x, &mut y);
            for at in 0..k {
                v[at] = y[at] - self.right[at];
            }
            let (mut of_names, of_columns) = self.residuals(&x, &v, soft);
            let mut prices: Vec<f64> = (0..count)
                .map(|at| divisor_numeric::dot(&solved[at], &of_names) - of_columns[limits[at]])
                .collect();
            between.solve(&mut prices);
            names.solve(&mut of_names);
            for (solved, price) in solved.iter().zip(&prices) {
                of_names.iter_mut().zip(solved).for_each(|(x, s)| *x -= s * price);
            }
            x.iter_mut().zip(&of_names).for_each(|(x, dx)| *x += dx);
            limits.iter().zip(&prices).for_each(|(at, price)| v[*at] += price);
        }
        self.block.transposed_times(&x, &mut y);
        for at in 0..k {
            v[at] = y[at] - self.right[at];
        }
        (x, v)
    }

    /// Adds to the diagonal of the limits of a system what they give, where they do.
    fn soften(&self, size: usize, limits: Range<usize>, matrix: &mut [f64]) -> f64 {
        if !self.is_soft {
            return 0.0;
        }
        let largest = limits
            .clone()
            .fold(0.0_f64, |most, at| most.max(matrix[at * (size + 1)]));
        let soft = SOFT * if largest > 0.0 { largest } else { 1.0 };
        limits.for_each(|at| matrix[at * (size + 1)] += soft);
        soft
    }

    /// What the equations still lack.
    fn residuals(&self, x: &[f64], v: &[f64], soft: f64) -> (Vec<f64>, Vec<f64>) {
        let (mut of_names, mut of_columns) = (vec![0.0; x.len()], vec![0.0; v.len()]);
        self.block.times(v, &mut of_names);
        for (at, value) in of_names.iter_mut().enumerate() {
            *value = -(*value + self.diagonal[at] * x[at] + self.linear[at]);
        }
        self.block.transposed_times(x, &mut of_columns);
        for (at, value) in of_columns.iter_mut().enumerate() {
            let own = if at < self.factors { v[at] } else { soft * v[at] };
            *value = if self.binds[at] {
                self.right[at] - *value + own
            } else {
                0.0
            };
        }
        (of_names, of_columns)
    }
}
