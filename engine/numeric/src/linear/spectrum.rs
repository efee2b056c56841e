//! The ends of the eigenvalues of a symmetric matrix, which tell whether it is a covariance.

use super::symmetric_eigen;

/// A covariance may be this much below positive semidefinite, as a share of its largest eigenvalue: rounding.
const INDEFINITE: f64 = 1e-10;

/// The smallest and the largest eigenvalue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spectrum {
    /// The smallest; minus infinity where eigenvalues were not found.
    pub smallest: f64,
    /// The largest.
    pub largest: f64,
}

impl Spectrum {
    /// Of the symmetric matrix of `size` rows; zeros for none. Those of a diagonal matrix are its diagonal, to the bit.
    ///
    /// # Panics
    /// If the matrix is not of `size` × `size`.
    pub fn of(matrix: &[f64], size: usize) -> Self {
        assert_eq!(matrix.len(), size * size, "a square matrix");
        let beside = matrix.iter().enumerate().filter(|(at, _)| at / size != at % size);
        let is_diagonal = beside.fold(0.0_f64, |largest, (_, value)| largest.max(value.abs())) <= 0.0;
        let values: Vec<f64> = if is_diagonal {
            (0..size).map(|at| matrix[at * size + at]).collect()
        } else {
            symmetric_eigen(matrix, size).map_or_else(|| vec![f64::NEG_INFINITY], |eigen| eigen.values)
        };
        Self {
            smallest: values.iter().copied().reduce(f64::min).unwrap_or(0.0),
            largest: values.iter().copied().reduce(f64::max).unwrap_or(0.0),
        }
    }

    /// Whether no mix has a negative variance, but for rounding.
    pub fn is_semidefinite(self) -> bool {
        self.smallest >= -INDEFINITE * self.largest.abs() && self.largest >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semidefinite_or_not() {
        // Eigenvalues 3 ± 1; then 1 ± 2; a correlation of one is the edge.
        let found = Spectrum::of(&[3.0, 1.0, 1.0, 3.0], 2);
        assert!((found.smallest - 2.0).abs() < 1e-15 && (found.largest - 4.0).abs() < 1e-15);
        assert!(found.is_semidefinite());
        assert!(!Spectrum::of(&[1.0, 2.0, 2.0, 1.0], 2).is_semidefinite());
        assert!(Spectrum::of(&[0.04, 0.02, 0.02, 0.01], 2).is_semidefinite());
        assert!(Spectrum::of(&[], 0).is_semidefinite());
        assert!(!Spectrum::of(&[0.1, 0.0, 0.0, -1e-9], 2).is_semidefinite());
    }
}
