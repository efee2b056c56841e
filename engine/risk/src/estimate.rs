//! What every estimator takes and gives.

use crate::model::{FactorModel, ModelError};
use crate::report::Report;

/// What every estimate from returns needs to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Returns a name must have in the window; at least two.
    pub least_observations: usize,
    /// Periods after which an observation counts half; none: all count the same.
    pub half_life: Option<f64>,
}

/// A risk model of the names that can have one.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The names of the model, as rows of the caller, ascending.
    pub rows: Vec<usize>,
    /// The model of these names, in this order.
    pub model: FactorModel,
    /// The other names, ascending, and why.
    pub unusable: Vec<Unusable>,
    /// What to know of the estimate.
    pub report: Report,
}

/// A name that an estimate says nothing about.
#[derive(Debug, Clone, PartialEq)]
pub struct Unusable {
    /// Row of the caller.
    pub name: usize,
    /// Why.
    pub reason: Reason,
    /// Its loadings where they are known without a history: exposures of a fundamental or a vendor's model.
    pub loadings: Option<Vec<f64>>,
}

/// Why a name has no risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Fewer returns than the rulebook asks for.
    Short {
        /// Returns in the window.
        observations: usize,
        /// Returns needed.
        least: usize,
    },
    /// All its returns are the same: a price that does not trade would be the safest of all.
    Constant,
    /// It belongs to no group of an axis, or has no market value.
    NoExposure,
    /// The vendor's files have no exposures of it.
    NoVendorExposure,
    /// The vendor's files have no specific variance of it.
    NoVendorSpecific,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short { observations, least } => {
                write!(f, "{observations} returns in the window, {least} are needed")
            }
            Self::Constant => f.write_str("all its returns in the window are the same"),
            Self::NoExposure => f.write_str("it has no group or no market value to be exposed by"),
            Self::NoVendorExposure => f.write_str("the risk model's files have no exposures of it"),
            Self::NoVendorSpecific => f.write_str("the risk model's files have no specific variance of it"),
        }
    }
}

/// Why there is no risk model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RiskError {
    /// The numbers given do not fit together.
    #[error("{0}")]
    Shape(String),
    /// A return is infinite.
    #[error("the return of name {name} in period {period} is {value}")]
    Return {
        /// Row of the name.
        name: usize,
        /// Counted from zero.
        period: usize,
        /// Its value.
        value: f64,
    },
    /// A setting says nothing that can be done.
    #[error("{0}")]
    Setting(String),
    /// Too little is left to estimate from.
    #[error("no security of {names} has enough returns in {periods} periods: {least} are needed")]
    NoHistory {
        /// Names given.
        names: usize,
        /// Periods given.
        periods: usize,
        /// Returns needed.
        least: usize,
    },
    /// A covariance is given twice, with different values, or is of no factor.
    #[error("{0}")]
    Vendor(String),
    /// The eigenvalues of a covariance were not found.
    #[error("the eigenvalues of the covariance were not found")]
    Eigen,
    /// The result is no model.
    #[error(transparent)]
    Model(#[from] ModelError),
}
