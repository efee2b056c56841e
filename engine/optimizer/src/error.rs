//! What stops an optimisation that is neither solved nor proved impossible.

/// Why there are no weights.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The problem is no problem: shapes or numbers.
    #[error("the optimisation problem is wrong: {0}")]
    Invalid(String),
    /// The factor covariance has a direction of negative variance.
    #[error("the factor covariance is not positive semidefinite: pivot {pivot:e} at factor {factor}")]
    Indefinite {
        /// Which factor, counted from zero.
        factor: usize,
        /// The pivot there, relative to the factor's variance.
        pivot: f64,
    },
    /// No method came to an end.
    #[error("the optimisation did not converge: {0}")]
    NotConverged(String),
    /// Names were dropped and added without end or success, and nothing proves that there are no weights.
    #[error("no weights were found that hold the minimum holding and the number of names: {0}")]
    NotFound(String),
    /// A solution failed the independent check.
    #[error("a solution failed its check and was discarded: {0}")]
    CheckFailed(String),
}
