//! Datasets: contracts, point-in-time reads and the generated demo world. With the command the only crate that links
//! Polars, which reads here and computes nothing. Knows nothing of methodologies.

mod actions;
mod contract;
mod dataset;
mod error;
mod frame;
mod fundamentals;
mod prices;
mod read;
mod rows;
mod snapshots;

pub use dataset::{Dataset, DatasetColumns};
pub use error::MarketError;
pub use frame::ColumnKind;
pub use read::{Landed, Needs, STANDARD_COLUMNS};
