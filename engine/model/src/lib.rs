//! What every room of the engine speaks: dates, security ids, the dense [`Panel`] of snapshots, the point-in-time
//! [`History`], [`Diagnostic`]s and in-memory result [`Table`]s. Knows nothing of Polars, TOML or files.

mod actions;
mod column;
mod dataset;
mod date;
mod day_ranges;
mod defect;
mod diagnostic;
mod fraction;
mod fundamentals;
mod history;
mod names;
mod packed;
mod panel;
mod prices;
mod risk_models;
mod security;
mod span;
mod table;

pub use actions::{ActionKind, Actions, ActionsBuilder};
pub use column::{Column, MembershipColumn, TEXT_MISSING, TextBuilder, TextColumn};
pub use dataset::{
    DatasetInfo, FieldInfo, FieldKind, FieldTiming, FieldUnit, Frozen, STANDARD_FIELDS, TableRules, standard_field,
};
pub use date::{DAY_MISSING, Date, Day, date_of, day_of};
pub use day_ranges::DayRanges;
pub use defect::{DataFault, Defect, Problem};
pub use diagnostic::{Diagnostic, Location, Severity};
pub use fraction::Fraction;
pub use fundamentals::{Fundamentals, FundamentalsBuilder, Observation, Period, Publication, Reading, Readings};
pub use history::History;
pub use names::closest;
pub use panel::{Panel, Snapshot, SnapshotData};
pub use prices::{PriceColumns, PricePart, PriceRows, PriceSlice, Prices};
pub use risk_models::{RiskModels, RiskTables};
pub use security::{Securities, SecurityIndex};
pub use span::Span;
pub use table::{Table, TableColumn, Values};
