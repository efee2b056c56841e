//! Dense symmetric matrices, row by row, in one fixed order of operations: eigenvectors and Cholesky
//! factors. No blocking that depends on the machine, no CPU dispatch.

mod eigen;
mod factor;

pub use eigen::{Eigen, symmetric_eigen};
pub use factor::Factor;
