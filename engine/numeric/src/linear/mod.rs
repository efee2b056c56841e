//! Dense symmetric matrices, row by row, in one fixed order of operations: eigenvectors, Cholesky factors and weighted
//! least squares. No blocking that depends on the machine, no CPU dispatch.

mod eigen;

pub use eigen::{Eigen, symmetric_eigen};
