//! Cut-offs by kind of data, and months that only reset weights.

use crate::Line;
use divisor_model::Date;
use serde::Serialize;

use super::DayRule;

/// Cut-offs of their own; `None` where the general cut-off holds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CutoffRules {
    /// Closes and volumes of the `prices` table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<DayRule>,
    /// The snapshot, and which splits are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<DayRule>,
    /// Publications of the `fundamentals` table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fundamentals: Option<DayRule>,
    /// The risk model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<DayRule>,
}

impl CutoffRules {
    /// The rules there are.
    pub fn rules(&self) -> impl Iterator<Item = &DayRule> {
        [&self.prices, &self.shares, &self.fundamentals, &self.risk]
            .into_iter()
            .flatten()
    }

    /// Whether the general cut-off holds for everything.
    pub fn is_empty(&self) -> bool {
        self.rules().next().is_none()
    }
}

/// Cut-offs that one review was announced with; `None` where the rules hold.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct CutoffDates {
    /// Closes and volumes of the `prices` table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<Date>,
    /// The snapshot, and which splits are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<Date>,
    /// Publications of the `fundamentals` table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fundamentals: Option<Date>,
    /// The risk model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Date>,
}

impl CutoffDates {
    /// The dates there are, with what they are of.
    pub fn dates(&self) -> impl Iterator<Item = (&'static str, Date)> {
        let all = [
            ("prices", self.prices),
            ("shares", self.shares),
            ("fundamentals", self.fundamentals),
            ("risk", self.risk),
        ];
        all.into_iter().filter_map(|(what, date)| Some((what, date?)))
    }

    /// Whether the rules hold for everything.
    pub fn is_empty(&self) -> bool {
        self.dates().next().is_none()
    }
}

/// Months in which members stay and only their weights are set anew. Rules that are `None` are those of `[review]`.
#[derive(Debug, Clone, Serialize)]
pub struct Reweight {
    /// Months, 1–12, ascending.
    pub months: Vec<u32>,
    /// Effective date.
    pub effective: Option<DayRule>,
    /// Cut-off.
    pub cutoff: Option<DayRule>,
    /// Cut-offs of their own.
    pub cutoffs: Option<CutoffRules>,
    /// Announcement.
    pub announcement: Option<DayRule>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

impl Reweight {
    /// The rules it has of its own.
    pub fn rules(&self) -> impl Iterator<Item = &DayRule> {
        let dates = [&self.effective, &self.cutoff, &self.announcement]
            .into_iter()
            .flatten();
        dates.chain(self.cutoffs.iter().flat_map(CutoffRules::rules))
    }
}
