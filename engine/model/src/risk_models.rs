//! Vendors' risk models, as the files of each date have them.

use std::collections::BTreeMap;

use crate::{Date, SecurityIndex};

/// The three tables of one risk model, in annual variance: 0.04 is a volatility of 20%. Only securities of the run are in
/// it, and only rows that keep the contract.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RiskTables {
    /// Names of the factors of the covariance, ascending; the rows below have positions in it.
    pub factors: Vec<String>,
    /// Security, factor, exposure; by security, then factor.
    pub exposures: Vec<(SecurityIndex, u32, f64)>,
    /// Covariance of the factors, k × k row by row, symmetric; zero where the files say nothing.
    pub covariance: Vec<f64>,
    /// Security and its specific variance; by security.
    pub specific: Vec<(SecurityIndex, f64)>,
}

/// Risk models by the date of their folder, which is when they were known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RiskModels {
    models: BTreeMap<Date, RiskTables>,
}

impl RiskModels {
    /// Adds what was read for a date.
    pub fn insert(&mut self, date: Date, tables: RiskTables) {
        self.models.insert(date, tables);
    }

    /// The model of a date, which a review chose as the newest on or before its cut-off.
    pub fn at(&self, date: Date) -> Option<&RiskTables> {
        self.models.get(&date)
    }
}
