//! What a dataset offers a rulebook: the names formulas may use.

use std::collections::{BTreeMap, BTreeSet};

use divisor_model::{FieldInfo, standard_field};

use crate::formula::Type;

/// The columns and tables of one dataset.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Name of the dataset.
    pub dataset: String,
    /// Its currency.
    pub currency: String,
    /// Its universes; the first holds all rows of a snapshot.
    pub universes: Vec<String>,
    /// Snapshot columns and what they hold.
    pub snapshot: BTreeMap<String, Type>,
    /// Fields of `fundamentals`; empty where there is no such table.
    pub fundamentals: BTreeSet<String>,
    /// Whether there is a `prices` table.
    pub has_prices: bool,
    /// Its columns, as far as its files can be read.
    pub prices: BTreeSet<String>,
    /// Whether there is an `actions` table.
    pub has_actions: bool,
    /// Declared units and kinds.
    pub fields: BTreeMap<String, FieldInfo>,
}

impl Catalogue {
    /// Unit and kind of a field: declared, else standard.
    pub fn field(&self, name: &str) -> Option<FieldInfo> {
        self.fields.get(name).copied().or_else(|| standard_field(name))
    }

    /// The reported total behind a per-share field, where the dataset has it: what splits leave alone.
    pub fn total_of(&self, field: &str) -> Option<&str> {
        let total = match field {
            "eps" | "eps_ttm" => "net_income",
            other => other.strip_suffix("_per_share")?,
        };
        self.fundamentals.get(total).map(String::as_str)
    }
}

/// Columns of the published `candidates` that stand beside those of variables: what is said of every name of the parent.
pub const CANDIDATE_COLUMNS: [&str; 4] = ["rank", "eligible", "first_failing_rule", "weight"];

/// The text columns every dataset may have.
pub(crate) const TEXT_COLUMNS: [&str; 12] = [
    "country",
    "currency",
    "figi",
    "industry",
    "isin",
    "issuer_id",
    "mic",
    "name",
    "sector",
    "security_id",
    "sedol",
    "ticker",
];
