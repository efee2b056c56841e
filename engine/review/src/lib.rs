//! Binds a rulebook, a dataset and a calendar into a [`Pipeline`] and runs its reviews: universe → screens → scores →
//! selection → weights → limits → turnover, with the decision trace as a by-product. Knows nothing of presentation.

mod bind;
mod drift;
mod elementwise;
mod error;
mod fold;
mod history;
mod inputs;
mod limit;
mod manifest;
mod needs;
mod publications;
mod quality;
mod run;
mod scored;
mod scores;
mod screens;
mod select;
mod shared;
mod tables;
mod test_table;
mod trace;
mod turnover;
mod universe;
mod weights;

pub use bind::{BoundReview, Pipeline, bind, catalogue, schedule_of};
pub use drift::DriftSource;
pub use error::{Failure, ReviewError};
pub use fold::{MissingCount, Review, Totals};
pub use inputs::{hash_bytes, hash_text};
pub use limit::{LimitColumn, LimitGroup};
pub use manifest::manifest_json;
pub use needs::needs;
pub use publications::{Publications, Restatement, publications, restatements};
pub use quality::FindingCount;
pub use run::{IndexRun, run};
pub use scored::{PartColumn, ScoreColumn, Scored, ScreenColumn, VariableColumn};
pub use select::{Fate, Selection, Zone};
pub use shared::Shared;
pub use tables::{candidates, constituents, turnover as turnover_table};
pub use test_table::{TestFailure, run_test};
pub use trace::{Decision, decisions, decisions_of};
pub use turnover::{Turnover, TurnoverRow};
