//! Datasets: contracts, point-in-time reads, quality checks, importers, freezing and the generated demo world. The only
//! crate that names Polars, which reads here and computes nothing. Knows nothing of methodologies.

mod actions;
mod codes;
mod contract;
mod dataset;
mod dated;
mod error;
mod fetch;
mod footprint;
mod frame;
mod freeze;
mod fundamentals;
mod head;
mod identifiers;
pub mod import;
mod join;
mod prices;
pub mod quality;
mod read;
mod risk;
mod rows;
mod snapshots;
mod survey;
#[expect(unreachable_pub, reason = "a small library of its own, used here alone")]
mod world;
mod write;

pub use codes::explain_code;
pub use dataset::{Dataset, DatasetColumns};
pub use error::MarketError;
pub use fetch::bytes_read;
pub use footprint::Footprint;
pub use frame::ColumnKind;
pub use freeze::{FreezeRecord, FrozenFile, freeze};
pub use identifiers::Unresolved;
pub use read::{Landed, Needs, STANDARD_COLUMNS};
pub use survey::{ColumnSurvey, TableSurvey};
pub use world::{Generated, WorldSpec};
pub use write::{generate_world, read_columns, read_table, write_row_groups, write_table};
