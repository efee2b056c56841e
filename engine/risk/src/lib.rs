//! Covariance of returns as a factor model `F Ω Fᵀ + D` in annual variance.

mod model;

pub use model::{FactorModel, ModelError, Variance};
