//! The generator of synthetic worlds: seeded equity universes, realistic enough to build believable indexes on, written
//! in the layout of a dataset.
//!
//! A [`WorldSpec`] (TOML, `data/worlds/`) describes sectors, countries, currencies and regimes. Every company lives day
//! by day: its return comes from market, sector, country and style factors and its own fat-tailed noise; its accounts
//! follow and lead its price; dividends, splits, filings, mergers and failures follow from its state, and what vendors
//! would say of it (`vendors` and `risk_model`, where a world has them) from what is published and how it moves. Listed
//! funds, where a world has them, are a universe of their own (`funds`). Randomness is counter-based and keyed by seed,
//! purpose and company, and nothing looks ahead, so a world is the same at any number of threads and a shorter world is
//! the beginning of a longer one.

mod business;
mod check;
mod company;
mod currencies;
mod distributions;
mod dividends;
mod error;
mod factors;
mod fate;
mod fund_spec;
mod funds;
mod generate;
mod head;
mod line;
mod names;
mod prehistory;
mod publications;
mod quotes;
mod random;
mod risk_model;
mod simulation;
mod snapshot_table;
mod snapshots;
mod spec;
mod tables;
#[cfg(test)]
mod tests;
mod timeline;
mod traits;
mod vendors;

#[cfg(test)]
pub(crate) use generate::generate_in_chunks;
pub use generate::{Generated, Part, generate};
pub use head::dataset_toml;
pub use spec::WorldSpec;
