//! A dense symmetric factorisation in one fixed order, that passes over what depends on what came before.

use divisor_numeric::dot;

use crate::Error;
use crate::problem::Risk;

/// A pivot below this part of its diagonal is rounding: the column depends on those before it.
const DEPENDENT: f64 = 1e-13;

/// `L Lᵀ` of the lower triangle in place. Dependent columns are left out: their solution is zero.
pub(crate) struct Cholesky {
    size: usize,
    lower: Vec<f64>,
    dropped: Vec<bool>,
}

impl Cholesky {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            lower: vec![0.0; size * size],
            dropped: vec![false; size],
        }
    }

    /// The matrix to fill before [`Cholesky::factor`]: row-major, of which the lower triangle is read.
    pub(crate) fn matrix(&mut self) -> &mut [f64] {
        &mut self.lower
    }

    pub(crate) fn factor(&mut self) {
        let n = self.size;
        for i in 0..n {
            let (above, rest) = self.lower.split_at_mut(i * n);
            let row = &mut rest[..n];
            for j in 0..i {
                let value = if self.dropped[j] {
                    0.0
                } else {
                    (row[j] - dot(&row[..j], &above[j * n..j * n + j])) / above[j * n + j]
                };
                row[j] = value;
            }
            let diagonal = row[i];
            let pivot = diagonal - dot(&row[..i], &row[..i]);
            self.dropped[i] = pivot.is_nan() || pivot <= DEPENDENT * diagonal || pivot <= 0.0;
            row[i] = if self.dropped[i] { 1.0 } else { pivot.sqrt() };
        }
    }

    /// Solves in place.
    pub(crate) fn solve(&mut self, b: &mut [f64]) {
        let n = self.size;
        for i in 0..n {
            let row = &self.lower[i * n..i * n + i];
            b[i] = if self.dropped[i] {
                0.0
            } else {
                (b[i] - dot(row, &b[..i])) / self.lower[i * n + i]
            };
        }
        for i in (0..n).rev() {
            b[i] = if self.dropped[i] {
                0.0
            } else {
                b[i] / self.lower[i * n + i]
            };
            let value = b[i];
            for (target, l) in b[..i].iter_mut().zip(&self.lower[i * n..i * n + i]) {
                *target -= l * value;
            }
        }
    }
}

/// `factor · L` with `L Lᵀ = Ω`; directions without variance get none.
pub(crate) fn root(risk: &Risk<'_>, factor: f64) -> Result<Vec<f64>, Error> {
    let k = risk.factors;
    let mut lower = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..=i {
            let covariance = risk.covariance[i * k + j];
            let rest = covariance - dot(&lower[i * k..i * k + j], &lower[j * k..j * k + j]);
            if i == j {
                let relative = if covariance > 0.0 { rest / covariance } else { rest };
                if relative < -1e-10 {
                    return Err(Error::Indefinite {
                        factor: i,
                        pivot: relative,
                    });
                }
                lower[i * k + i] = if relative > 1e-14 { rest.sqrt() } else { 0.0 };
            } else if lower[j * k + j] > 0.0 {
                lower[i * k + j] = rest / lower[j * k + j];
            }
        }
    }
    for l in &mut lower {
        *l *= factor;
    }
    Ok(lower)
}
