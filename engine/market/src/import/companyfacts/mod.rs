//! The US regulator's companyfacts: every figure of every filing of a company, as the filings tag it.
//!
//! # What becomes a row
//!
//! A *publication* is what a company filed on one day; its day is `known_on`. Each publication of a period is a row of
//! its own, amendments, recasts and comparatives of later filings included, whether or not a figure changed: so a row
//! tells what was in print last, and in which share basis. Of several filings of a day the one with the highest
//! accession number counts, and within a filing the figure with the most digits.
//!
//! A fact's own dates say what period it is of (see `period.rs`); `fy` and `fp` describe the filing and are not read.
//! Amounts over three months are `Q`, over twelve `FY`, over six or nine `YTD`; six months that end with a longer period
//! of the same filing are `H`. Levels stand in the rows of every kind of period that was known by then to end that day:
//! the end of a year or of a year to date also ends a quarter, the day before either began ended a fiscal year, and the
//! day before a quarter began ended a quarter. A level published before any such period was known enters on the day it
//! became known.
//!
//! Quarters that a company does not state are the difference of two amounts of the same concept that begin together
//! (see `quarters.rs`), as both were known on the day, and are known from the later of the two on. Amounts from the
//! filings of two years are not subtracted from each other. A quarter that any filing had stated by then is left as
//! stated. Only flows in a currency are subtracted: earnings a share do not add up when the shares change.
//!
//! Which concept a value was made of, and of which filing, is in `imports/companyfacts/figures/`.

mod figures;
mod json;
mod mapping;
mod period;
mod quarters;
mod rows;
mod tables;
#[cfg(test)]
mod tests;
mod tickers;

use std::collections::BTreeMap;

use divisor_model::{Day, Period};

use self::figures::Facts;
use self::rows::{Origin, Rows};
use self::tickers::company_key;
use super::{Importer, Parsed, Summary};
use crate::rows::day_text;

pub use self::mapping::Mapping;
pub use self::tickers::Tickers;

/// The importer.
#[derive(Debug)]
pub struct CompanyFacts {
    mapping: Mapping,
    tickers: Tickers,
}

impl CompanyFacts {
    /// An importer with a mapping of concepts and the tickers of companies.
    pub fn new(mapping: Mapping, tickers: Tickers) -> Self {
        Self { mapping, tickers }
    }
}

impl Importer for CompanyFacts {
    fn name(&self) -> &'static str {
        "companyfacts"
    }

    fn settings(&self) -> String {
        format!("{}\n{}", self.mapping.text, self.tickers.canonical())
    }

    fn parse(&self, _source: &str, bytes: &[u8]) -> Result<Parsed, String> {
        let company = json::parse(bytes, &self.mapping)?;
        let key = company_key(company.cik);
        let mut facts = Facts::new(&company.facts, &self.mapping);
        let rows = rows::rows(&mut facts, &self.mapping);
        let summary = self.summarise(&key, &company, &facts, &rows);
        let securities = self.tickers.securities(company.cik);
        let mut tables = Vec::new();
        if let (false, Some(first)) = (rows.is_empty(), securities.first()) {
            let table = tables::fundamentals(&rows, &securities, &self.mapping);
            tables.push((format!("fundamentals/companyfacts/{key}.parquet"), table));
            let table = tables::figures(&rows, first, &facts, &self.mapping);
            tables.push((format!("imports/companyfacts/figures/{key}.parquet"), table));
        }
        Ok(Parsed {
            key,
            title: company.name,
            tables,
            summary,
        })
    }
}

impl CompanyFacts {
    fn summarise(&self, key: &str, company: &json::Company, facts: &Facts<'_>, rows: &Rows) -> Summary {
        let mut summary = Summary::default();
        for skipped in &company.skipped {
            let reason = match &skipped.unit {
                None => "the mapping has no field of the concept".to_owned(),
                Some(unit) => format!("the unit {unit} is not the mapping's"),
            };
            summary.drop(reason, skipped.count, format!("{key} {}", skipped.concept));
        }
        for (fact, fate) in facts.fates() {
            match fate {
                None => summary.keep(1),
                Some(reason) => {
                    let concept = &self.mapping.concepts[fact.concept].name;
                    let (end, filed) = (day_text(fact.end), day_text(fact.filed));
                    summary.drop(reason, 1, format!("{key} {concept} {end} filed {filed}"));
                }
            }
        }
        self.note(key, rows, &mut summary);
        summary
    }

    /// Counts what was made rather than taken, and how often a figure changed.
    fn note(&self, key: &str, rows: &Rows, summary: &mut Summary) {
        let mut last: BTreeMap<(Period, Day, usize), u64> = BTreeMap::new();
        // Rows of a period are in the order of their publications.
        for ((kind, end, filed), row) in rows {
            for cell in &row.cells {
                let figure = &cell.figure;
                let name = || {
                    let field = &self.mapping.fields[figure.field].name;
                    format!(
                        "{key} {field} {} {} known {}",
                        kind.code(),
                        day_text(*end),
                        day_text(*filed)
                    )
                };
                let made = match cell.origin {
                    Origin::Derived { .. } => Some("quarters derived from amounts for the year to date"),
                    Origin::Carried => Some("levels carried to the day their period became known"),
                    Origin::Reported => None,
                };
                if let Some(remark) = made {
                    summary.note(remark, 1, name());
                }
                let bits = figure.value.to_bits();
                match last.insert((*kind, *end, figure.field), bits) {
                    Some(before) if before == bits => summary.note("figures published again unchanged", 1, name()),
                    Some(_) => summary.note("figures restated", 1, name()),
                    None => {}
                }
            }
        }
    }
}
