//! A quadratic problem as the solvers see it: scaled, every row in one place.

use std::borrow::Cow;

use divisor_numeric::{dot, sum};

use crate::Error;
use crate::check::Multipliers;
use crate::cholesky::root;
use crate::problem::{Coefficients, Objective, Problem, Risk};

/// `½ Σ dᵢxᵢ² + ½ ‖Bᵀx‖² + gᵀx + constant` with `B = F·L`, times [`Form::scale`], over bounds, rows and a turnover limit.
///
/// Multipliers and columns are numbered: factors, dense rows, sparse rows (the total first), turnover.
pub(crate) struct Form<'a> {
    pub(crate) n: usize,
    pub(crate) lower: Vec<f64>,
    pub(crate) upper: Vec<f64>,
    /// d, above zero.
    pub(crate) diagonal: Vec<f64>,
    pub(crate) linear: Vec<f64>,
    /// Objective of the solvers over that of the caller.
    pub(crate) scale: f64,
    /// k.
    pub(crate) factors: usize,
    pub(crate) loadings: Cow<'a, [f64]>,
    /// L, k × k, lower triangle, row-major.
    pub(crate) root: Vec<f64>,
    pub(crate) dense: Vec<Cow<'a, [f64]>>,
    /// Least and greatest value of every row: dense, then sparse.
    pub(crate) rows: Vec<(f64, f64)>,
    /// For each of `rows` the row of the problem; none for the total.
    pub(crate) origin: Vec<Option<usize>>,
    /// Sparse rows of each name, as numbers of columns.
    pub(crate) starts: Vec<u32>,
    pub(crate) columns: Vec<u32>,
    /// Where buying begins, name by name.
    pub(crate) previous: Option<Cow<'a, [f64]>>,
    /// Greatest weight bought.
    pub(crate) limit: f64,
    /// Whether every name stands here twice: see [`Form::split`].
    pub(crate) is_split: bool,
    /// Whether most names are expected to weigh nothing, so that a working set pays.
    pub(crate) is_sparse: bool,
    /// Whether some names have hardly any diagonal: equations are then solved over the names.
    pub(crate) is_thin: bool,
}

impl<'a> Form<'a> {
    /// The quadratic part of a problem plus `risk_price` times the variance its risk limit is about; minimum holding and
    /// counts are left to the callers.
    pub(crate) fn new(problem: &'a Problem<'a>, risk_price: f64) -> Result<Self, Error> {
        let n = problem.names();
        let mut form = Self {
            n,
            lower: problem.bounds.lower.clone(),
            upper: problem.bounds.upper.clone(),
            diagonal: vec![0.0; n],
            linear: vec![0.0; n],
            scale: 1.0,
            factors: 0,
            loadings: Cow::Borrowed(&[]),
            root: Vec::new(),
            dense: Vec::new(),
            rows: Vec::new(),
            origin: Vec::new(),
            starts: Vec::new(),
            columns: Vec::new(),
            previous: problem.turnover.as_ref().map(|t| Cow::Borrowed(t.previous.as_slice())),
            limit: problem.turnover.as_ref().map_or(f64::INFINITY, |t| t.limit),
            is_split: false,
            is_sparse: matches!(problem.objective, Objective::MinimumVariance { .. }),
            is_thin: false,
        };
        form.set_objective(problem, risk_price)?;
        form.set_rows(problem);
        if let Objective::L1Distance { target } = problem.objective {
            form.split(target);
        }
        form.set_scale();
        Ok(form)
    }

    fn set_objective(&mut self, problem: &'a Problem<'a>, risk_price: f64) -> Result<(), Error> {
        let mut aversions = (risk_price, risk_price);
        let mut around: Vec<(f64, &[f64])> = Vec::new();
        if let Some(benchmark) = problem.risk_limit.as_ref().and_then(|limit| limit.benchmark) {
            around.push((risk_price, benchmark));
        }
        match &problem.objective {
            Objective::MinimumVariance {
                factor_aversion,
                specific_aversion,
            } => aversions = (risk_price + factor_aversion, risk_price + specific_aversion),
            Objective::MinimumTrackingError { benchmark } => {
                aversions = (risk_price + 1.0, risk_price + 1.0);
                around.push((1.0, benchmark));
            }
            Objective::MaximumExposure { exposure } => {
                self.linear = exposure.iter().map(|e| -e).collect();
                let tie_break = problem.exposure_tie_break();
                aversions = (risk_price + tie_break, risk_price + tie_break);
                if let Some(last) = around.last_mut() {
                    last.0 += tie_break;
                }
            }
            Objective::ChiSquareDistance { target } => self.set_chi_square(target),
            Objective::L1Distance { .. } => {}
        }
        if let Some(risk) = problem.risk
            && aversions.0 + aversions.1 > 0.0
        {
            self.set_variance(&risk, aversions)?;
            for (times, benchmark) in around {
                self.move_around(&risk, times, benchmark);
            }
        }
        Ok(())
    }

    fn set_chi_square(&mut self, target: &[f64]) {
        for (at, target) in target.iter().enumerate() {
            if *target > 0.0 {
                self.diagonal[at] = 2.0 / target;
                self.linear[at] = -2.0;
            } else {
                self.diagonal[at] = 1.0;
                self.upper[at] = self.upper[at].min(0.0);
            }
        }
    }

    fn set_variance(&mut self, risk: &Risk<'a>, (factor, specific): (f64, f64)) -> Result<(), Error> {
        let k = risk.factors;
        self.factors = k;
        self.loadings = Cow::Borrowed(risk.loadings);
        self.root = root(risk, (2.0 * factor).sqrt())?;
        let least = risk.least_specific();
        self.is_thin = least > 0.0;
        for (d, variance) in self.diagonal.iter_mut().zip(risk.specific) {
            *d += 2.0 * specific * variance.max(least);
        }
        if self.diagonal.iter().any(|d| *d <= 0.0) {
            return Err(Error::Invalid(
                "the aversion to specific risk must be above zero".into(),
            ));
        }
        Ok(())
    }

    /// Adds `−2·times·bᵀΣx`, which but for a constant makes it a square around the benchmark b.
    fn move_around(&mut self, risk: &Risk<'_>, times: f64, benchmark: &[f64]) {
        let pull = crate::check::covariances(risk, benchmark, 1.0, 1.0, -2.0 * times);
        self.linear.iter_mut().zip(&pull).for_each(|(g, pull)| *g += pull);
    }

    fn set_rows(&mut self, problem: &'a Problem<'a>) {
        let mut sparse: Vec<(usize, &[u32])> = Vec::new();
        for (at, row) in problem.rows.iter().enumerate() {
            match &row.coefficients {
                Coefficients::Each(numbers) => {
                    self.dense.push(Cow::Borrowed(numbers));
                    self.rows.push((row.lower, row.upper));
                    self.origin.push(Some(at));
                }
                Coefficients::Members(members) => sparse.push((at, members)),
            }
        }
        self.rows.push((1.0, 1.0));
        self.origin.push(None);
        let first = self.width() as u32;
        let mut counts = vec![1_u32; self.n + 1];
        counts[0] = 0;
        for (_, members) in &sparse {
            for name in *members {
                counts[*name as usize + 1] += 1;
            }
        }
        for at in 0..self.n {
            counts[at + 1] += counts[at];
        }
        let mut next = counts.clone();
        self.columns = vec![first; counts[self.n] as usize];
        for next in &mut next[..self.n] {
            *next += 1;
        }
        for (nth, (at, members)) in sparse.into_iter().enumerate() {
            for name in members {
                let slot = &mut next[*name as usize];
                self.columns[*slot as usize] = first + 1 + nth as u32;
                *slot += 1;
            }
            self.rows.push((problem.rows[at].lower, problem.rows[at].upper));
            self.origin.push(Some(at));
        }
        self.starts = counts;
    }

    /// Makes the objective about one at a plausible point, so that tolerances mean the same for daily and annual
    /// variances, in fractions and in percent.
    fn set_scale(&mut self) {
        let point = self.plausible();
        let pull: Vec<f64> = self.linear.iter().zip(&point).map(|(g, x)| g.abs() * x).collect();
        let size = self.curvature(&point).abs().max(sum(&pull));
        if size > 0.0 && size.is_finite() {
            // A power of four, whose root is a power of two: scaling rounds nothing.
            let exponent = ((size.to_bits() >> 52) & 0x7ff) as i32 - 1023;
            let half = 2.0_f64.powi(-exponent / 2);
            let scale = half * half;
            self.scale = scale;
            for d in &mut self.diagonal {
                *d *= scale;
            }
            for g in &mut self.linear {
                *g *= scale;
            }
            for l in &mut self.root {
                *l *= half;
            }
        }
    }

    fn curvature(&self, x: &[f64]) -> f64 {
        let y = self.factor_values(x);
        let own: Vec<f64> = self.diagonal.iter().zip(x).map(|(d, x)| d * x).collect();
        0.5 * (dot(&y, &y) + dot(&own, x))
    }

    /// Weights there may have been before, else [`Form::spread`]; summing to one.
    pub(crate) fn plausible(&self) -> Vec<f64> {
        self.held_before().unwrap_or_else(|| self.spread())
    }

    /// The previous weights of names that are still there, made to sum to one; none where they were less than half of all.
    pub(crate) fn held_before(&self) -> Option<Vec<f64>> {
        let previous = self.previous.as_deref()?;
        let total = sum(previous);
        (total > 0.5).then(|| previous.iter().map(|x| x / total).collect())
    }

    /// Weights in proportion to their upper bounds, summing to one.
    pub(crate) fn spread(&self) -> Vec<f64> {
        let total = sum(&self.upper);
        self.upper.iter().map(|x| x / total).collect()
    }

    /// What one more bought costs, given the multipliers.
    pub(crate) fn price_of_buying(&self, v: &[f64]) -> f64 {
        self.previous.as_ref().map_or(0.0, |_| v[v.len() - 1])
    }

    /// Dense columns: factors and dense rows.
    pub(crate) fn width(&self) -> usize {
        self.factors + self.dense.len()
    }

    /// All columns, the turnover limit being the last where there is one.
    pub(crate) fn size(&self) -> usize {
        self.factors + self.rows.len() + usize::from(self.previous.is_some())
    }

    /// Columns of the sparse rows of a name.
    pub(crate) fn sparse(&self, name: usize) -> &[u32] {
        &self.columns[self.starts[name] as usize..self.starts[name + 1] as usize]
    }

    /// The dense columns of one name, appended.
    pub(crate) fn dense_columns(&self, name: usize, out: &mut Vec<f64>) {
        let k = self.factors;
        let start = out.len();
        out.resize(start + k, 0.0);
        let target = &mut out[start..];
        // Row of F times L, lower triangular: Σ over r ≥ c.
        for (r, loading) in self.loadings[name * k..(name + 1) * k].iter().enumerate() {
            if *loading != 0.0 {
                for (target, l) in target.iter_mut().zip(&self.root[r * k..=r * k + r]) {
                    *target += loading * l;
                }
            }
        }
        out.extend(self.dense.iter().map(|row| row[name]));
    }

    /// `Bᵀx` over the names that are not zero.
    pub(crate) fn factor_values(&self, x: &[f64]) -> Vec<f64> {
        let k = self.factors;
        let mut exposures = vec![0.0; k];
        for (at, x) in x.iter().enumerate() {
            if *x != 0.0 {
                for (target, loading) in exposures.iter_mut().zip(&self.loadings[at * k..(at + 1) * k]) {
                    *target += loading * x;
                }
            }
        }
        let mut y = vec![0.0; k];
        for (r, exposure) in exposures.iter().enumerate() {
            for (y, l) in y.iter_mut().zip(&self.root[r * k..=r * k + r]) {
                *y += exposure * l;
            }
        }
        y
    }

    /// `L y`: the derivative by exposures.
    pub(crate) fn factor_direction(&self, y: &[f64]) -> Vec<f64> {
        let k = self.factors;
        (0..k).map(|r| dot(&self.root[r * k..=r * k + r], &y[..=r])).collect()
    }

    /// Values of all rows, dense then sparse.
    pub(crate) fn row_values(&self, x: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = self.dense.iter().map(|row| dot(row, x)).collect();
        values.resize(self.rows.len(), 0.0);
        for (at, x) in x.iter().enumerate() {
            if *x != 0.0 {
                for column in self.sparse(at) {
                    values[*column as usize - self.factors] += x;
                }
            }
        }
        values
    }

    /// What the multipliers add to the derivative of every name, the objective's included, turnover's not.
    pub(crate) fn reduced_costs(&self, x: &[f64], v: &[f64]) -> Vec<f64> {
        let k = self.factors;
        let h = self.factor_direction(&v[..k]);
        let mut costs: Vec<f64> = (0..self.n)
            .map(|at| {
                let mut cost = self.linear[at] + self.diagonal[at] * x[at];
                cost += dot(&self.loadings[at * k..(at + 1) * k], &h);
                for column in self.sparse(at) {
                    cost += v[*column as usize];
                }
                cost
            })
            .collect();
        for (row, v) in self.dense.iter().zip(&v[k..]) {
            if *v != 0.0 {
                for (cost, coefficient) in costs.iter_mut().zip(row.iter()) {
                    *cost += v * coefficient;
                }
            }
        }
        costs
    }

    /// Multipliers in the numbering of the problem, over `scale`.
    pub(crate) fn multipliers(&self, problem: &Problem<'_>, v: &[f64], scale: f64) -> Multipliers {
        let mut multipliers = Multipliers {
            total: 0.0,
            rows: vec![0.0; problem.rows.len()],
            turnover: 0.0,
            risk: 0.0,
        };
        for ((origin, v), (lower, upper)) in self.origin.iter().zip(&v[self.factors..]).zip(&self.rows) {
            // Of a limit that is met without a price, rounding may leave one on the side that has no limit.
            let has_limit = if *v > 0.0 { upper } else { lower }.is_finite();
            match origin {
                Some(_) if !has_limit => {}
                Some(row) => multipliers.rows[*row] = v / scale,
                None => multipliers.total = v / scale,
            }
        }
        if problem.turnover.is_some() && self.previous.is_some() {
            multipliers.turnover = v[v.len() - 1] / scale;
        }
        multipliers
    }

    /// Previous weight of a name; minus infinity where there is no turnover limit: everything is then a purchase.
    pub(crate) fn previous(&self, name: usize) -> f64 {
        self.previous
            .as_ref()
            .map_or(f64::NEG_INFINITY, |previous| previous[name])
    }

    /// Whether a name has room between its bounds, beyond rounding.
    pub(crate) fn is_movable(&self, name: usize) -> bool {
        self.upper[name] - self.lower[name] > 1e-14
    }

    /// What is bought.
    pub(crate) fn bought(&self, x: &[f64]) -> f64 {
        let Some(previous) = self.previous.as_deref() else {
            return 0.0;
        };
        divisor_numeric::sum_iter(x.iter().zip(previous).map(|(x, w)| (x - w).max(0.0)))
    }
}
