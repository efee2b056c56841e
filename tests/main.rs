//! Tests of the whole, through the command and the published files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod arguments;
mod as_of;
mod awkward_histories;
mod bias;
mod calendars;
mod cases;
mod commands;
mod contradictions;
mod dated_exposures;
mod dated_texts;
mod determinism;
mod differences;
mod discretion;
mod due;
mod effective;
mod family;
mod freeze;
mod funds;
mod import_companyfacts;
mod import_extracts;
mod language;
mod optimised;
mod optimised_real;
mod output_folder;
mod plan_apply;
mod point_in_time;
mod quality;
mod rehearsal;
mod risk_models;
mod scale;
mod schemas;
mod support;
mod trap;
mod unsatisfiable;
mod verify;
mod why;
mod wrong_datasets;
mod wrong_risk_models;
mod wrong_rulebooks;
