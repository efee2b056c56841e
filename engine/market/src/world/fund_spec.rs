//! What the funds of a world are like: `[funds]` of its file.

use serde::Deserialize;

use super::spec::WorldSpec;

/// Listed closed-end funds. Where there are any, the rows of companies are the world's `universe`, and a third one has
/// all rows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundsSpec {
    /// Name of the universe of funds.
    pub universe: String,
    /// Name of the universe of all rows.
    pub everything: String,
    /// The country they are listed in, of those there are; its currency is the dataset's.
    pub country: String,
    /// Share of funds wound up in a year.
    pub wound_up: f64,
    /// First parts of their names.
    pub sponsors: Vec<String>,
    /// What they invest in.
    #[serde(rename = "class")]
    pub classes: Vec<FundClassSpec>,
}

impl FundsSpec {
    /// Position of their country in a world.
    pub(crate) fn country_position(&self, world: &WorldSpec) -> usize {
        let found = world.countries.iter().position(|country| country.code == self.country);
        found.unwrap_or_default()
    }
}

/// Funds that invest alike.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundClassSpec {
    /// Its name, the `sector` of snapshots.
    pub name: String,
    /// How many funds it ever has.
    pub funds: usize,
    /// Net assets of a middling fund at its listing, in the dataset's currency.
    pub net_assets: f64,
    /// Distributions a year over net asset value.
    pub distribution_rate: f64,
    /// Expenses a year over net assets.
    pub expense_ratio: f64,
    /// Sensitivity to the market.
    pub beta: f64,
    /// Return a year that is not the market's.
    pub carry: f64,
    /// Volatility of what its funds share besides the market.
    pub volatility: f64,
    /// Volatility of a fund beyond its class.
    pub specific_volatility: f64,
    /// Usual log price over net asset value; below zero a discount.
    pub premium: f64,
    /// Distributions a year: 4 or 12.
    pub payments: i32,
    /// Last parts of their names.
    pub words: Vec<String>,
}
