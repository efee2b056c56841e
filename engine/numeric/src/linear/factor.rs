//! Dense Cholesky factors of symmetric positive semidefinite matrices, with complete pivoting.

use crate::sum::sum_iter;

/// Pivots below this share of the largest belong to equations that follow from others.
const RANK: f64 = 1e-12;

/// The factor of a matrix. Equation 0 is taken first; equations that follow from others (all sectors at given weights, and
/// the total) get a zero in the solution.
#[derive(Debug, Clone)]
pub struct Factor {
    size: usize,
    rank: usize,
    /// Row by row, in the order of `pivots`.
    lower: Vec<f64>,
    pivots: Vec<usize>,
}

impl Factor {
    /// The factor of a positive semidefinite matrix of `size` rows, which should be scaled so that its diagonal is of one
    /// magnitude.
    ///
    /// # Panics
    /// If the matrix is not of `size` × `size`.
    pub fn new(mut matrix: Vec<f64>, size: usize) -> Self {
        assert_eq!(matrix.len(), size * size, "a square matrix");
        let mut pivots: Vec<usize> = (0..size).collect();
        let largest = (0..size).map(|k| matrix[k * size + k]).fold(0.0, f64::max);
        let mut rank = 0;
        while rank < size {
            let diagonal = |k: &usize| matrix[k * size + k];
            // The total stays in wherever it says anything.
            let first = rank == 0 && matrix[0] > RANK * largest;
            let candidates = rank..if first { 1 } else { size };
            let best = candidates
                .reduce(|a, b| if diagonal(&b) > diagonal(&a) { b } else { a })
                .unwrap_or(rank);
            if matrix[best * size + best] <= RANK * largest {
                break;
            }
            swap(&mut matrix, size, rank, best);
            pivots.swap(rank, best);
            eliminate(&mut matrix, size, rank);
            rank += 1;
        }
        Self {
            size,
            rank,
            lower: matrix,
            pivots,
        }
    }

    /// The equations that follow from others.
    pub fn dependent(&self) -> &[usize] {
        &self.pivots[self.rank..]
    }

    /// The solution for a right-hand side.
    ///
    /// # Panics
    /// If the right-hand side has not a value an equation.
    pub fn solve(&self, right: Vec<f64>) -> Vec<f64> {
        let entry = |row: usize, column: usize| self.lower[row * self.size + column];
        let mut y: Vec<f64> = self.pivots[..self.rank].iter().map(|&pivot| right[pivot]).collect();
        for row in 0..self.rank {
            let known: f64 = sum_iter((0..row).map(|column| entry(row, column) * y[column]));
            y[row] = (y[row] - known) / entry(row, row);
        }
        for row in (0..self.rank).rev() {
            let known = sum_iter((row + 1..self.rank).map(|column| entry(column, row) * y[column]));
            y[row] = (y[row] - known) / entry(row, row);
        }
        let mut solution = right;
        solution.fill(0.0);
        for (&pivot, value) in self.pivots.iter().zip(y) {
            solution[pivot] = value;
        }
        solution
    }
}

/// Exchanges two rows and the same two columns.
fn swap(matrix: &mut [f64], size: usize, a: usize, b: usize) {
    if a != b {
        (0..size).for_each(|k| matrix.swap(a * size + k, b * size + k));
        (0..size).for_each(|k| matrix.swap(k * size + a, k * size + b));
    }
}

/// One step of the factorisation: column `pivot` becomes that of the factor, the rest the Schur complement.
fn eliminate(matrix: &mut [f64], size: usize, pivot: usize) {
    let root = matrix[pivot * size + pivot].sqrt();
    matrix[pivot * size + pivot] = root;
    for row in pivot + 1..size {
        matrix[row * size + pivot] /= root;
    }
    for row in pivot + 1..size {
        let by = matrix[row * size + pivot];
        for column in pivot + 1..size {
            matrix[row * size + column] -= by * matrix[column * size + pivot];
        }
    }
}
