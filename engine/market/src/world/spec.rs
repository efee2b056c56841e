//! What a world is made of: the TOML file under `data/worlds/`, read strictly.

use std::collections::BTreeMap;
use std::fmt;

use divisor_model::Date;
use serde::{Deserialize, Deserializer, de};

use super::error::WorldError;
use super::fund_spec::FundsSpec;

/// A synthetic equity world. Shares, volatilities, premia and rates are fractions; volatilities, premia and drifts are
/// annual.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSpec {
    /// Short name, also the dataset's folder.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Seed of all randomness.
    pub seed: u64,
    /// Currency of the dataset.
    pub currency: String,
    /// Exchange calendar that gives the sessions.
    pub calendar: String,
    /// Name of the universe made of all rows of a snapshot.
    pub universe: String,
    /// Month of the first snapshot.
    pub first: Month,
    /// Month of the last snapshot, also of the last price.
    pub last: Month,
    /// First day of prices.
    #[serde(deserialize_with = "date")]
    pub prices_from: Date,
    /// First fiscal year of annual figures; quarterly ones begin a year before the prices.
    pub fundamentals_from: i32,
    /// How many securities are alive at a time, about.
    pub securities_alive: usize,
    /// The market as a whole.
    pub market: MarketSpec,
    /// Style factors.
    pub styles: StylesSpec,
    /// How securities come and go.
    pub listings: ListingsSpec,
    /// Dividend habits.
    pub dividends: DividendsSpec,
    /// Filing habits.
    pub filings: FilingsSpec,
    /// What vendors add to the figures that companies publish; nothing by default.
    pub vendors: Option<VendorsSpec>,
    /// A vendor's risk model of every month; none by default.
    pub risk_model: Option<RiskModelSpec>,
    /// Listed funds, a universe of their own; none by default.
    pub funds: Option<FundsSpec>,
    /// Windows in which the market was not its usual self.
    #[serde(default, rename = "regime")]
    pub regimes: Vec<RegimeSpec>,
    /// Currencies other than the dataset's.
    #[serde(default, rename = "currencies")]
    pub currencies: Vec<CurrencySpec>,
    /// Sectors.
    #[serde(rename = "sector")]
    pub sectors: Vec<SectorSpec>,
    /// Countries.
    #[serde(rename = "country")]
    pub countries: Vec<CountrySpec>,
    /// Families of company names, by the name countries use.
    pub naming: BTreeMap<String, NamingSpec>,
}

/// The market factor and the sizes of companies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketSpec {
    /// Total market capitalisation on the first day, in the dataset's currency.
    pub capitalization: f64,
    /// Standard deviation of log market capitalisation among companies of a country.
    pub size_dispersion: f64,
    /// Expected total return, arithmetic.
    pub expected_return: f64,
    /// Volatility outside regimes.
    pub volatility: f64,
    /// Standard deviation of log volatility outside regimes.
    pub volatility_dispersion: f64,
    /// Degrees of freedom of market, sector and country shocks: 4, 6, … 14.
    pub tail_freedom: u32,
    /// Degrees of freedom of the shocks of single names.
    pub specific_tail_freedom: u32,
}

/// The style factors.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StylesSpec {
    /// Cheap against earnings power.
    pub value: StyleSpec,
    /// Past winners.
    pub momentum: StyleSpec,
    /// Profitable companies.
    pub quality: StyleSpec,
    /// Small companies.
    pub size: StyleSpec,
}

/// Return of one unit of exposure to a style.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyleSpec {
    /// Volatility.
    pub volatility: f64,
    /// Expected return.
    pub premium: f64,
}

/// How securities come and go.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListingsSpec {
    /// Share of companies that merge away in a year.
    pub mergers: f64,
    /// Share of companies that fail in a year.
    pub failures: f64,
    /// Mean sessions between a delisting and the listing that takes its place.
    pub gap_sessions: f64,
    /// Share of issuers with a second line of shares.
    pub second_lines: f64,
}

/// Dividend habits.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DividendsSpec {
    /// Share of companies that mean to raise their dividend every year.
    pub aristocrats: f64,
    /// Share of payers with a special dividend in a year.
    pub specials: f64,
}

/// Filing habits.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingsSpec {
    /// Share of fiscal years restated later.
    pub restated: f64,
    /// Share of fiscal years filed more than 150 days late.
    pub late: f64,
    /// Share of fiscal years withdrawn and published again.
    pub withdrawn: f64,
}

/// What vendors add to the figures that companies publish.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorsSpec {
    /// Standard deviation of an analysts' estimate of earnings around what they could know, as a fraction.
    pub estimate_error: f64,
    /// Cash over a year's sales, of the middle company.
    pub cash: f64,
    /// Share of companies under an exclusion at a time, about.
    pub excluded: f64,
}

/// A vendor's risk model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskModelSpec {
    /// Periods over which correlations of factors are measured; more than there are factors.
    pub observations: u32,
    /// Standard deviation of the error of exposures, in exposures, and of that of specific volatilities, as a fraction.
    pub error: f64,
}

/// A window in which the market was not its usual self.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimeSpec {
    /// What people call it.
    pub name: String,
    /// First day.
    #[serde(deserialize_with = "date")]
    pub from: Date,
    /// Last day.
    #[serde(deserialize_with = "date")]
    pub to: Date,
    /// Factor on the market's volatility.
    pub volatility: f64,
    /// Expected return in place of the market's.
    pub expected_return: f64,
}

/// A currency.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrencySpec {
    /// ISO 4217 code.
    pub code: String,
    /// Dataset currency per unit on the first day.
    pub rate: f64,
    /// Volatility, against the anchor if there is one.
    pub volatility: f64,
    /// A currency listed earlier that it moves with.
    #[serde(default)]
    pub anchor: Option<String>,
}

/// A sector and the accounts of its typical company.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectorSpec {
    /// Name.
    pub name: String,
    /// Share of companies, relative to the other sectors'.
    pub weight: f64,
    /// Size of its companies, relative to the other sectors'.
    pub size: f64,
    /// Sensitivity to the market.
    pub beta: f64,
    /// Volatility of the sector factor.
    pub volatility: f64,
    /// Median volatility of single names beyond the factors.
    pub specific_volatility: f64,
    /// Normal return on equity.
    pub roe: f64,
    /// Net income over sales.
    pub margin: f64,
    /// Total debt over invested equity.
    pub leverage: f64,
    /// Other liabilities (deposits, reserves, payables) over invested equity.
    pub liabilities: f64,
    /// Normal price over earnings.
    pub price_to_earnings: f64,
    /// Share of earnings power paid out by those that pay.
    pub payout: f64,
    /// Share of companies without a dividend.
    pub non_payers: f64,
    /// Standard deviation of earnings around their normal level, as a fraction of it.
    pub earnings_volatility: f64,
    /// Response of earnings to the market's past year.
    pub cyclicality: f64,
    /// Share of companies that start without profits.
    pub loss_makers: f64,
    /// Industries in it.
    pub industries: Vec<String>,
    /// Words that its companies carry in their names.
    pub words: Vec<String>,
}

/// A country.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountrySpec {
    /// ISO 3166 two-letter code.
    pub code: String,
    /// Currency its securities trade in.
    pub currency: String,
    /// Market identifier codes of its exchanges.
    pub mics: Vec<String>,
    /// Share of companies, relative to the other countries'.
    pub securities: f64,
    /// Share of market capitalisation on the first day, relative to the other countries'.
    pub weight: f64,
    /// Volatility of the country factor.
    pub volatility: f64,
    /// Usual free float.
    pub free_float: f64,
    /// Share of figures that are reported, for a company of middling size.
    pub disclosure: f64,
    /// Month in which most fiscal years end: 3, 6, 9 or 12.
    pub fiscal_year_end: i32,
    /// Dividend payments a year: 1, 2 or 4.
    pub payments: i32,
    /// Family of company names.
    pub naming: String,
    /// Legal forms at the end of company names.
    pub suffixes: Vec<String>,
}

/// Syllables of company names.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamingSpec {
    /// First halves.
    pub heads: Vec<String>,
    /// Second halves.
    pub tails: Vec<String>,
}

impl WorldSpec {
    /// Reads and checks the text of a world.
    pub fn from_toml(text: &str) -> Result<Self, WorldError> {
        let spec: Self = toml::from_str(text).map_err(|error| WorldError::Toml(error.to_string()))?;
        spec.check()?;
        Ok(spec)
    }
}

/// A calendar month, in text `2008-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Months since year 0: `12 × year + month − 1`.
    number: i32,
}

impl Month {
    /// A month of a year; `month` from 1 to 12.
    pub fn new(year: i32, month: i32) -> Option<Self> {
        let valid = (1..=12).contains(&month) && (1000..=9999).contains(&year);
        valid.then_some(Self {
            number: 12 * year + month - 1,
        })
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.number.div_euclid(12)
    }

    /// Its month, 1–12.
    pub fn month(self) -> u32 {
        self.number.rem_euclid(12).unsigned_abs() + 1
    }

    /// Months since year 0.
    pub fn number(self) -> i32 {
        self.number
    }
}

impl std::str::FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (year, month) = text.split_once('-')?;
            (year.len() == 4 && month.len() == 2).then_some(())?;
            Self::new(year.parse().ok()?, month.parse().ok()?)
        };
        parse().ok_or_else(|| format!("\"{text}\" is no month; write it as \"2008-01\""))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}",
            self.number.div_euclid(12),
            self.number.rem_euclid(12) + 1
        )
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A TOML date without a time.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let value = toml::value::Datetime::deserialize(deserializer)?;
    let date = value.date.filter(|_| value.time.is_none() && value.offset.is_none());
    date.and_then(|date| Date::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()))
        .ok_or_else(|| de::Error::custom(format!("{value} is no date; write it as 2004-01-02")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_read_and_print() {
        for text in ["2008-01", "2025-12"] {
            assert_eq!(
                text.parse::<Month>().map(|month| month.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in ["2008-13", "2008-1", "08-01", "2008", "2008-00"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
