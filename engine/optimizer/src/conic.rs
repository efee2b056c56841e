//! Clarabel behind the same interface: for what the interior method does not finish, for proofs of infeasibility, and as the
//! other opinion in tests.
//!
//! Compact: purchases are variables of held names only, two-sided rows have one variable each, and the covariance never
//! appears, but `y = Bᵀw`.

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::{NonnegativeConeT, ZeroConeT};
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus};

use crate::Error;
use crate::certificate::Evidence;
use crate::form::Form;
use crate::interior::Interior;
use crate::problem::Problem;
use crate::solution::Infeasible;

/// Where Clarabel ended.
pub(crate) enum Conic {
    Solved(Interior),
    Infeasible(Infeasible),
}

/// The limit a line of the conic problem stands for.
#[derive(Debug, Clone, Copy)]
enum Line {
    Inner,
    Row(usize, f64),
    Turnover,
    Bound(usize, usize),
    Buy,
}

const TOLERANCE: f64 = 1e-12;

struct Lines {
    rows: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
    right: Vec<f64>,
    meaning: Vec<Line>,
}

impl Lines {
    /// `Σ coefficient · x (=, ≤) right`.
    fn push(&mut self, line: Line, right: f64, terms: impl IntoIterator<Item = (usize, f64)>) {
        for (column, value) in terms {
            if value != 0.0 {
                self.rows.push(self.right.len());
                self.columns.push(column);
                self.values.push(value);
            }
        }
        self.right.push(right);
        self.meaning.push(line);
    }
}

/// Solves the quadratic problem of a form.
pub(crate) fn solve(problem: &Problem<'_>, form: &Form<'_>) -> Result<Conic, Error> {
    let (n, k) = (form.n, form.factors);
    let held: Vec<usize> = (0..n).filter(|name| form.previous(*name) > 0.0).collect();
    let rows_at = n + k;
    let held_at = rows_at + form.rows.len();
    let size = held_at + held.len();
    let mut lines = Lines {
        rows: Vec::new(),
        columns: Vec::new(),
        values: Vec::new(),
        right: Vec::new(),
        meaning: Vec::new(),
    };
    push_definitions(form, rows_at, &mut lines);
    let equalities = lines.right.len();
    for (row, (lower, upper)) in form.rows.iter().enumerate() {
        if upper - lower >= f64::EPSILON {
            if upper.is_finite() {
                lines.push(Line::Row(row, 1.0), *upper, [(rows_at + row, 1.0)]);
            }
            if lower.is_finite() {
                lines.push(Line::Row(row, -1.0), -lower, [(rows_at + row, -1.0)]);
            }
        }
    }
    for name in 0..n {
        lines.push(Line::Bound(1, name), form.upper[name], [(name, 1.0)]);
        lines.push(Line::Bound(0, name), -form.lower[name], [(name, -1.0)]);
    }
    if form.previous.is_some() {
        for (at, name) in held.iter().enumerate() {
            let terms = [(*name, 1.0), (held_at + at, -1.0)];
            lines.push(Line::Buy, form.previous(*name), terms);
            lines.push(Line::Buy, 0.0, [(held_at + at, -1.0)]);
        }
        {
            let new = (0..n).filter(|name| form.previous(*name) == 0.0);
            let terms: Vec<(usize, f64)> = new.chain(held_at..size).map(|column| (column, 1.0)).collect();
            lines.push(Line::Turnover, form.limit, terms);
        }
    }
    let mut linear = form.linear.clone();
    linear.resize(size, 0.0);
    let mut diagonal = form.diagonal.clone();
    diagonal.resize(n + k, 1.0);
    let at: Vec<usize> = (0..n + k).collect();
    let quadratic = CscMatrix::new_from_triplets(size, size, at.clone(), at, diagonal);
    let count = lines.right.len();
    let matrix = CscMatrix::new_from_triplets(count, size, lines.rows, lines.columns, lines.values);
    let cones = [ZeroConeT(equalities), NonnegativeConeT(count - equalities)];
    let mut solver = DefaultSolver::new(&quadratic, &linear, &matrix, &lines.right, &cones, settings())
        .map_err(|error| Error::NotConverged(error.to_string()))?;
    solver.solve();
    let solution = &solver.solution;
    match solution.status {
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
            let near = read(form, &lines.meaning, &solution.x, &solution.z);
            let evidence = Evidence {
                multipliers: form.multipliers(problem, &near.v, 1.0),
                anchor: None,
            };
            form.prove(problem, &evidence).map(Conic::Infeasible).ok_or_else(|| {
                Error::NotConverged("a claim that no weights hold all limits could not be verified".into())
            })
        }
        SolverStatus::Solved | SolverStatus::AlmostSolved | SolverStatus::InsufficientProgress => {
            Ok(Conic::Solved(read(form, &lines.meaning, &solution.x, &solution.z)))
        }
        status => Err(Error::NotConverged(format!("Clarabel ended with {status}"))),
    }
}

fn settings() -> DefaultSettings<f64> {
    DefaultSettings {
        verbose: false,
        max_iter: 200,
        tol_gap_abs: TOLERANCE,
        tol_gap_rel: TOLERANCE,
        tol_feas: TOLERANCE,
        tol_infeas_abs: TOLERANCE,
        tol_infeas_rel: TOLERANCE,
        direct_solve_method: "qdldl".to_owned(),
        ..DefaultSettings::default()
    }
}

/// `Bᵀw − y = 0`, `Aw − r = 0`, and rows that are equalities.
fn push_definitions(form: &Form<'_>, rows_at: usize, lines: &mut Lines) {
    let (n, k) = (form.n, form.factors);
    let mut columns = Vec::new();
    (0..n).for_each(|name| form.dense_columns(name, &mut columns));
    let width = form.width();
    for column in 0..width {
        let own = if column < k { n + column } else { rows_at + column - k };
        let terms = (0..n).map(|name| (name, columns[name * width + column]));
        lines.push(Line::Inner, 0.0, terms.chain([(own, -1.0)]));
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); form.rows.len()];
    for name in 0..n {
        for column in form.sparse(name) {
            members[*column as usize - k].push(name);
        }
    }
    for (row, members) in members.iter().enumerate().skip(form.dense.len()) {
        let terms = members.iter().map(|name| (*name, 1.0));
        lines.push(Line::Inner, 0.0, terms.chain([(rows_at + row, -1.0)]));
    }
    for (row, (lower, upper)) in form.rows.iter().enumerate() {
        if upper - lower < f64::EPSILON {
            lines.push(Line::Row(row, 1.0), *upper, [(rows_at + row, 1.0)]);
        }
    }
}

/// Weights and multipliers in the numbering of the form.
fn read(form: &Form<'_>, lines: &[Line], primal: &[f64], dual: &[f64]) -> Interior {
    let (n, k) = (form.n, form.factors);
    let mut v = vec![0.0; form.size()];
    v[..k].copy_from_slice(&primal[n..n + k]);
    let mut bound = [vec![0.0; n], vec![0.0; n]];
    for (line, dual) in lines.iter().zip(dual) {
        match line {
            Line::Row(row, sign) => v[k + row] += sign * dual,
            Line::Turnover => v[k + form.rows.len()] = *dual,
            Line::Bound(side, name) => bound[*side][*name] = *dual,
            Line::Inner | Line::Buy => {}
        }
    }
    Interior {
        x: primal[..n].to_vec(),
        v,
        bound,
    }
}
