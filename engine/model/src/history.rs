//! The tables behind the snapshots, as one run needs them.

use crate::{Actions, Fundamentals, Prices, RiskModels};

/// Everything read besides snapshots. A table that no rule needs, or that the dataset does not have, is absent.
#[derive(Debug, Default)]
pub struct History {
    /// Reported figures.
    pub fundamentals: Option<Fundamentals>,
    /// Daily prices.
    pub prices: Option<Prices>,
    /// Changes of the share basis; absent where the dataset has no `actions`.
    pub actions: Option<Actions>,
    /// Vendors' risk models; empty where no rule reads any.
    pub risk: RiskModels,
}
