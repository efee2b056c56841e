//! What a dataset says about itself, and the units and kinds of its fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Date, Span};

/// The head of a dataset: `dataset.toml` after checking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetInfo {
    /// Short name, also its folder's.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Currency of all money, which is the index currency.
    pub currency: String,
    /// Exchange calendar of its sessions, for people: a rulebook names its own.
    pub calendar: String,
    /// Name of the universe made of all rows of a snapshot.
    pub universe: String,
    /// First snapshot.
    pub first: Date,
    /// Last snapshot.
    pub last: Date,
    /// Oldest a snapshot may be at a cut-off, in days, where a rulebook does not say.
    pub max_age_days: Option<i32>,
    /// Declared units and kinds of vendor fields.
    pub fields: BTreeMap<String, FieldInfo>,
    /// When values of `fundamentals` are known where nothing says so, and how old they may be, by field.
    pub timings: BTreeMap<String, FieldTiming>,
    /// What is particular about a table, by its name.
    pub tables: BTreeMap<String, TableRules>,
    /// Set in a dataset that was frozen: nothing known later is in it.
    pub frozen: Option<Frozen>,
    /// Where the data came from, for people.
    pub provenance: String,
    /// What is known to be wrong with it, for people.
    pub known_defects: Vec<String>,
}

impl DatasetInfo {
    /// Unit and kind of a field: declared, else standard.
    pub fn field(&self, name: &str) -> Option<FieldInfo> {
        self.fields.get(name).copied().or_else(|| standard_field(name))
    }

    /// How long after its period's end a value of `fundamentals` without a date of knowledge is known: the field's lag,
    /// else the table's; `None` where none is stated.
    pub fn lag(&self, field: &str) -> Option<Span> {
        let own = self.timings.get(field).and_then(|timing| timing.lag);
        own.or_else(|| self.tables.get("fundamentals").and_then(|table| table.lag))
    }

    /// All lags stated.
    pub fn lags(&self) -> impl Iterator<Item = Span> {
        let fields = self.timings.values().filter_map(|timing| timing.lag);
        fields.chain(self.tables.values().filter_map(|table| table.lag))
    }

    /// The column that says whose a table's rows are: `security_id`, or the scheme of identifiers it is keyed by.
    pub fn key_column(&self, table: &str) -> &str {
        let keyed_by = self.tables.get(table).and_then(|table| table.keyed_by.as_deref());
        keyed_by.unwrap_or("security_id")
    }
}

/// When values of a field are known where nothing says so, and how old they may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldTiming {
    /// After the period's end, for rows without `known_on`.
    pub lag: Option<Span>,
    /// After the period's end; a field whose newest value is older is missing.
    pub max_age: Option<Span>,
}

/// What is particular about a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRules {
    /// How long after their period's end rows without `known_on` are known.
    pub lag: Option<Span>,
    /// The scheme of `identifiers` its rows are keyed by, instead of `security_id`.
    pub keyed_by: Option<String>,
}

/// What a frozen dataset was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The last day whose knowledge is in it.
    pub cutoff: Date,
    /// The name of the dataset it came from.
    pub from: String,
}

/// Unit and kind of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldInfo {
    /// What it is measured in.
    pub unit: FieldUnit,
    /// Whether it is a level or an amount over a period.
    pub kind: FieldKind,
}

/// What a field is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldUnit {
    /// Dataset currency.
    Money,
    /// Dataset currency a share, on the share basis of its date of knowledge.
    PerShare,
    /// A fraction or multiple.
    Ratio,
    /// A number of things.
    Count,
}

/// Whether a field is a level at a date or an amount over a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// A level at the period's end.
    Stock,
    /// An amount over the period.
    Flow,
}

/// The fields whose unit and kind are built in.
pub const STANDARD_FIELDS: &[(&str, FieldUnit, FieldKind)] = {
    use FieldKind::{Flow, Stock};
    use FieldUnit::{Count, Money, PerShare, Ratio};
    &[
        ("adv_3m", Money, Flow),
        ("book_value", Money, Stock),
        ("book_value_per_share", PerShare, Stock),
        ("capex", Money, Flow),
        ("cash_flow", Money, Flow),
        ("dividend_yield", Ratio, Stock),
        ("dividends", Money, Flow),
        ("dividends_per_share", PerShare, Flow),
        ("ebit", Money, Flow),
        ("ebitda", Money, Flow),
        ("eps", PerShare, Flow),
        ("eps_ttm", PerShare, Flow),
        ("free_float", Ratio, Stock),
        ("fx", Ratio, Stock),
        ("market_cap", Money, Stock),
        ("momentum_12_1", Ratio, Stock),
        ("net_income", Money, Flow),
        ("net_income_ttm", Money, Flow),
        ("operating_cash_flow", Money, Flow),
        ("parent_weight", Ratio, Stock),
        ("price", PerShare, Stock),
        ("price_to_book", Ratio, Stock),
        ("price_to_earnings", Ratio, Stock),
        ("price_to_sales", Ratio, Stock),
        ("sales", Money, Flow),
        ("shares", Count, Stock),
        ("total_assets", Money, Stock),
        ("total_debt", Money, Stock),
        ("volatility_1y", Ratio, Stock),
    ]
};

/// Unit and kind of a standard field.
pub fn standard_field(name: &str) -> Option<FieldInfo> {
    let found = STANDARD_FIELDS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, unit, kind)| FieldInfo {
        unit: *unit,
        kind: *kind,
    })
}
