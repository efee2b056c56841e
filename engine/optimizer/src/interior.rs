//! Mehrotra's predictor–corrector method over a block of names.
//!
//! Bounds, slacks of rows and purchases of held names are eliminated one by one, which leaves a diagonal Θ for the names,
//! and factors, rows and turnover as the columns C of a system `Cᵀ Θ⁻¹ C + E` of their number: the only matrix factored.
//! Purchases `b ≥ w − previous, b ≥ 0` are variables for held names only; of any other name the purchase is its weight.

use crate::block::Block;
use crate::cholesky::Cholesky;
use crate::form::Form;
use crate::sides::Sides;
use crate::start::{PRICE, linear, outside_bought, start};

/// Where the method ended.
pub(crate) struct Interior {
    /// Weights of the block.
    pub(crate) x: Vec<f64>,
    /// Multipliers of all columns.
    pub(crate) v: Vec<f64>,
    /// Multipliers of the lower and upper bounds of the block.
    pub(crate) bound: [Vec<f64>; 2],
}

const ITERATIONS: usize = 60;

struct State<'f, 'a> {
    form: &'f Form<'a>,
    block: Block,
    x: Vec<f64>,
    v: Vec<f64>,
    d: Vec<f64>,
    g: Vec<f64>,
    /// What names outside the block put into factors, rows and purchases.
    outside: Vec<f64>,
    bounds: Sides,
    /// Values r of rows and turnover, and their limits; equalities have none.
    rows: Sides,
    r: Vec<f64>,
    /// Held names of the block with their purchase: sides are b − (x − previous) and b.
    held: Vec<usize>,
    b: Vec<f64>,
    buys: Sides,
    residual: Residual,
    theta: Vec<f64>,
    dx: Vec<f64>,
    dv: Vec<f64>,
    db: Vec<f64>,
    dr: Vec<f64>,
}

#[derive(Default)]
struct Residual {
    names: Vec<f64>,
    columns: Vec<f64>,
    rows: Vec<f64>,
    buys: Vec<f64>,
}

/// A step this short leads nowhere.
const STUCK: f64 = 1e-9;

/// Solves over the names of `block`, all others staying at `fixed`; begins with weights near those given, if any are.
///
/// # Errors
/// The multipliers where it did not converge: without a solution they grow towards a proof of that.
pub(crate) fn solve(
    form: &Form<'_>,
    block: Block,
    fixed: &[f64],
    near: Option<&[f64]>,
    accuracy: f64,
) -> Result<Interior, Vec<f64>> {
    let mut state = State::new(form, block, fixed, near);
    let mut cholesky = Cholesky::new(form.size());
    for _ in 0..ITERATIONS {
        state.set_residual();
        let gap = state.gap();
        if state.is_converged(gap, accuracy) {
            return Ok(state.finish());
        }
        let before = state.v.clone();
        let step = state.step(&mut cholesky, gap);
        if state.v.iter().any(|v| !v.is_finite()) {
            return Err(before);
        }
        if step < STUCK {
            break;
        }
    }
    Err(state.v)
}

impl<'f, 'a> State<'f, 'a> {
    fn new(form: &'f Form<'a>, block: Block, fixed: &[f64], near: Option<&[f64]>) -> Self {
        let (p, size) = (block.len(), form.size());
        let (x, bounds) = start(form, &block, fixed, near);
        let mut outside_y = form.factor_values(fixed);
        outside_y.extend(form.row_values(fixed));
        let mut held = Vec::new();
        if form.previous.is_some() {
            outside_y.push(outside_bought(form, &block, fixed));
            held.extend((0..p).filter(|at| form.previous(block.names[*at] as usize) > 0.0));
        }
        let limited = form.rows.len() + usize::from(form.previous.is_some());
        let mut state = Self {
            d: block.names.iter().map(|name| form.diagonal[*name as usize]).collect(),
            g: linear(form, &block),
            outside: outside_y,
            bounds,
            rows: Sides::new(limited),
            r: vec![0.0; limited],
            b: vec![0.0; held.len()],
            buys: Sides::new(held.len()),
            residual: Residual::default(),
            theta: vec![0.0; p],
            dx: vec![0.0; p],
            dv: vec![0.0; size],
            db: vec![0.0; held.len()],
            dr: vec![0.0; limited],
            v: vec![0.0; size],
            x,
            held,
            block,
            form,
        };
        state.start_rows();
        state
    }

    fn start_rows(&mut self) {
        let k = self.form.factors;
        let typical = 1.0 / self.block.len() as f64;
        for (nth, at) in self.held.iter().enumerate() {
            let previous = self.form.previous(self.block.names[*at] as usize);
            let b = (self.x[*at] - previous).max(0.0) + typical;
            self.b[nth] = b;
            self.buys.open(0, nth, b - (self.x[*at] - previous), PRICE);
            self.buys.open(1, nth, b, PRICE);
        }
        let values = self.column_values();
        // Factors: the multiplier is the value itself.
        self.v[..k].copy_from_slice(&values[..k]);
        for row in 0..self.rows.slack[0].len() {
            let (lower, upper) = self.limits(row);
            let value = values[k + row];
            if (upper - lower).abs() < f64::EPSILON {
                self.r[row] = lower;
                continue;
            }
            let room = (0.1 * (upper - lower)).min(0.05);
            let r = value.max(lower + room).min(upper - room);
            self.r[row] = r;
            if lower.is_finite() {
                self.rows.open(0, row, r - lower, PRICE);
            }
            if upper.is_finite() {
                self.rows.open(1, row, upper - r, PRICE);
            }
            self.v[k + row] = self.rows.price[1][row] - self.rows.price[0][row];
        }
    }

    /// Limits of a row; turnover is the last.
    fn limits(&self, row: usize) -> (f64, f64) {
        let rows = &self.form.rows;
        rows.get(row).copied().unwrap_or((f64::NEG_INFINITY, self.form.limit))
    }

    /// Whether a row is an equality: it has a multiplier of its own and no slack.
    fn is_equality(&self, row: usize) -> bool {
        !self.rows.has[0][row] && !self.rows.has[1][row] && {
            let (lower, upper) = self.limits(row);
            lower.is_finite() && upper.is_finite()
        }
    }

    /// Values of all columns at x, purchases of held names being b.
    fn column_values(&mut self) -> Vec<f64> {
        for at in &self.held {
            self.block.set_last(*at, 0.0);
        }
        let mut values = vec![0.0; self.v.len()];
        self.block.transposed_times(&self.x, &mut values);
        for (value, outside) in values.iter_mut().zip(&self.outside) {
            *value += outside;
        }
        if self.form.previous.is_some()
            && let Some(last) = values.last_mut()
        {
            *last += divisor_numeric::sum(&self.b);
        }
        values
    }

    fn set_residual(&mut self) {
        let k = self.form.factors;
        let values = self.column_values();
        let mut names = vec![0.0; self.x.len()];
        self.block.times(&self.v, &mut names);
        for (at, value) in names.iter_mut().enumerate() {
            *value =
                -(*value + self.d[at] * self.x[at] + self.g[at] - self.bounds.price[0][at] + self.bounds.price[1][at]);
        }
        for (nth, at) in self.held.iter().enumerate() {
            names[*at] -= self.buys.price[0][nth];
        }
        let mut columns: Vec<f64> = values.iter().zip(&self.v).map(|(value, v)| v - value).collect();
        for (row, r) in self.r.iter().enumerate() {
            columns[k + row] = r - values[k + row];
        }
        let rows = (0..self.r.len())
            .map(|row| {
                if self.is_equality(row) {
                    0.0
                } else {
                    self.v[k + row] + self.rows.price[0][row] - self.rows.price[1][row]
                }
            })
            .collect();
        let kappa = self.v.last().copied().unwrap_or(0.0);
        let buys = (0..self.held.len())
            .map(|nth| self.buys.price[0][nth] + self.buys.price[1][nth] - kappa)
            .collect();
        self.residual = Residual {
            names,
            columns,
            rows,
            buys,
        };
    }

    fn gap(&self) -> f64 {
        self.bounds.complementarity(0.0) + self.rows.complementarity(0.0) + self.buys.complementarity(0.0)
    }

    fn is_converged(&self, gap: f64, accuracy: f64) -> bool {
        let largest = |values: &[f64]| values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        gap <= accuracy
            && largest(&self.residual.columns) <= accuracy
            && largest(&self.residual.names) <= accuracy.sqrt()
    }

    /// One step; its length.
    fn step(&mut self, cholesky: &mut Cholesky, gap: f64) -> f64 {
        let count = self.bounds.count() + self.rows.count() + self.buys.count();
        let inverse = self.factor(cholesky);
        for sides in [&mut self.bounds, &mut self.rows, &mut self.buys] {
            sides.aim(0.0, false);
        }
        self.direction(cholesky, &inverse);
        let affine = self.longest(1.0);
        let after =
            self.bounds.complementarity(affine) + self.rows.complementarity(affine) + self.buys.complementarity(affine);
        let left = (after / gap).max(0.0);
        let sigma = (left * left * left).min(1.0);
        let target = sigma * gap / count as f64;
        for sides in [&mut self.bounds, &mut self.rows, &mut self.buys] {
            sides.aim(target, true);
        }
        self.direction(cholesky, &inverse);
        let longest = self.longest(f64::INFINITY);
        let step = (longest * (1.0 - 0.1 * (gap / count as f64).min(0.1)).min(0.995)).min(1.0);
        for (x, dx) in self.x.iter_mut().zip(&self.dx) {
            *x += step * dx;
        }
        for (v, dv) in self.v.iter_mut().zip(&self.dv) {
            *v += step * dv;
        }
        for (b, db) in self.b.iter_mut().zip(&self.db) {
            *b += step * db;
        }
        for (r, dr) in self.r.iter_mut().zip(&self.dr) {
            *r += step * dr;
        }
        self.bounds.advance(step);
        self.rows.advance(step);
        self.buys.advance(step);
        step
    }

    fn longest(&self, step: f64) -> f64 {
        self.buys.longest(self.rows.longest(self.bounds.longest(step)))
    }

    /// Θ and the factored system; the inverse of Θ.
    fn factor(&mut self, cholesky: &mut Cholesky) -> Vec<f64> {
        let (k, size) = (self.form.factors, self.v.len());
        for at in 0..self.x.len() {
            self.theta[at] = self.d[at] + self.bounds.theta(at);
        }
        let mut bought = 0.0;
        for (nth, at) in self.held.iter().enumerate() {
            let [first, second] = [0, 1].map(|side| self.buys.price[side][nth] / self.buys.slack[side][nth]);
            let both = first + second;
            self.theta[*at] += first * (second / both);
            self.block.set_last(*at, first / both);
            bought += 1.0 / both;
        }
        let inverse: Vec<f64> = self.theta.iter().map(|theta| 1.0 / theta).collect();
        let matrix = cholesky.matrix();
        self.block.gram(&inverse, matrix);
        for at in 0..k {
            matrix[at * size + at] += 1.0;
        }
        for row in 0..self.r.len() {
            let diagonal = &mut matrix[(k + row) * (size + 1)];
            *diagonal += if self.is_equality(row) {
                0.0
            } else {
                1.0 / self.rows.theta(row).max(1e-300)
            };
        }
        if self.form.previous.is_some() {
            matrix[size * size - 1] += bought;
        }
        cholesky.factor();
        inverse
    }

    fn direction(&mut self, cholesky: &mut Cholesky, inverse: &[f64]) {
        let (k, size) = (self.form.factors, self.v.len());
        let mut right = self.residual.names.clone();
        for (at, right) in right.iter_mut().enumerate() {
            *right += self.bounds.q[0][at] - self.bounds.q[1][at];
        }
        let mut columns = self.residual.columns.clone();
        for (nth, at) in self.held.iter().enumerate() {
            let [first, second] = [0, 1].map(|side| self.buys.price[side][nth] / self.buys.slack[side][nth]);
            let both = first + second;
            let push = self.residual.buys[nth] + self.buys.q[0][nth] + self.buys.q[1][nth];
            right[*at] -= self.buys.q[0][nth] - first / both * push;
            columns[size - 1] -= push / both;
        }
        let mut free = vec![0.0; self.r.len()];
        for (row, free) in free.iter_mut().enumerate() {
            if !self.is_equality(row) {
                *free = self.residual.rows[row] + self.rows.q[0][row] - self.rows.q[1][row];
                columns[k + row] += *free / self.rows.theta(row).max(1e-300);
            }
        }
        let scaled: Vec<f64> = right.iter().zip(inverse).map(|(r, inverse)| r * inverse).collect();
        self.block.transposed_times(&scaled, &mut self.dv);
        for (dv, column) in self.dv.iter_mut().zip(&columns) {
            *dv -= column;
        }
        cholesky.solve(&mut self.dv);
        self.block.times(&self.dv, &mut self.dx);
        for (at, dx) in self.dx.iter_mut().enumerate() {
            *dx = (right[at] - *dx) * inverse[at];
        }
        for (row, free) in free.iter().enumerate() {
            if !self.is_equality(row) {
                self.dr[row] = (free + self.dv[k + row]) / self.rows.theta(row).max(1e-300);
                self.rows.change(0, row, self.dr[row]);
                self.rows.change(1, row, -self.dr[row]);
            }
        }
        for at in 0..self.dx.len() {
            self.bounds.change(0, at, self.dx[at]);
            self.bounds.change(1, at, -self.dx[at]);
        }
        let d_kappa = self.dv.last().copied().unwrap_or(0.0);
        for (nth, at) in self.held.iter().enumerate() {
            let [first, second] = [0, 1].map(|side| self.buys.price[side][nth] / self.buys.slack[side][nth]);
            let push = self.residual.buys[nth] + self.buys.q[0][nth] + self.buys.q[1][nth];
            self.db[nth] = (push - d_kappa + first * self.dx[*at]) / (first + second);
            self.buys.change(0, nth, self.db[nth] - self.dx[*at]);
            self.buys.change(1, nth, self.db[nth]);
        }
    }

    fn finish(self) -> Interior {
        Interior {
            x: self.x,
            v: self.v,
            bound: self.bounds.price,
        }
    }
}
