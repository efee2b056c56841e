//! Covariance of returns as a factor model `F Ω Fᵀ + D` in annual variance, estimated or read.
//!
//! Four estimators give one [`Estimate`]: [`shrinkage`], [`statistical`] and [`fundamental`] from a table of returns,
//! [`vendor`] from a vendor's numbers. All of them are point in time as far as what they are given is. They run on one
//! thread, in one order: the same numbers give the same bits.
//!
//! What becomes of histories that are not as one would wish:
//!
//! | history | outcome |
//! | --- | --- |
//! | fewer returns than the least number | the name is returned with its count; the caller leaves it out, stops, or gives it the risk of its peers ([`Estimate::with_risk_of_peers`]) |
//! | missing returns, but enough of them | variance over those there are; covariance smaller by the time two names do not share; always positive semidefinite |
//! | all returns the same | returned as constant: a price that does not trade is not safe |
//! | two names alike | both stay; the specific variances keep Σ from being singular, unless they are zero, which the [`Report`] shows |
//! | returns of any scale | nothing depends on the scale: variances carry its square |

mod cross_section;
mod estimate;
mod fundamental;
mod model;
mod peers;
mod report;
mod returns;
mod shrinkage;
mod statistical;
mod vendor;

#[cfg(test)]
mod tests;

pub use cross_section::{CrossSection, Layout};
pub use estimate::{Estimate, Reason, RiskError, Settings, Unusable};
pub use fundamental::{Dated, fundamental};
pub use model::{FactorModel, ModelError, Variance};
pub use report::{Bias, Definiteness, Report};
pub use returns::Returns;
pub use shrinkage::{Target, shrinkage};
pub use statistical::{Components, statistical};
pub use vendor::{VendorModel, vendor};
