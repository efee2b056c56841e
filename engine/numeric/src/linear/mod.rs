//! Dense symmetric matrices, row by row, in one fixed order of operations: eigenvectors, the ends of a spectrum, Cholesky
//! factors. No blocking that depends on the machine, no CPU dispatch.

mod eigen;
mod factor;
mod spectrum;

pub use eigen::{Eigen, symmetric_eigen};
pub use factor::Factor;
pub use spectrum::Spectrum;
