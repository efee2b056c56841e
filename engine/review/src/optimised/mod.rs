//! Optimised weightings: predicted risk, the rules as a problem, its solution, and what gives way where there is none.
//!
//! What depends on one date alone (`given`: risk, exposures, groups) is collected in parallel over reviews. Problems are
//! solved in date order where a review begins with what the one before left: under a turnover limit, and where previous
//! weights are the last resort; else in parallel too.

pub(crate) mod exposures;
mod given;
mod problem;
mod receipt;
pub(crate) mod returns;
mod risk;
mod rules;
mod settle;
mod solved;
mod vendor;
mod words;

pub use receipt::{Exposure, Optimisation, Refused, Relaxation, RiskSummary};
pub(crate) use settle::{Prepared, Settled, prepare, settle};
