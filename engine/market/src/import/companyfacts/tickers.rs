//! From the regulator's number of a company to the ids of its securities.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::MarketError;

/// The securities of each company, by its number (CIK).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tickers(BTreeMap<u64, BTreeSet<String>>);

#[derive(Deserialize)]
struct Entry {
    cik_str: u64,
    ticker: String,
}

impl Tickers {
    /// Reads either the regulator's `company_tickers.json` or a CSV with the header `cik,ticker`; `name` is the file's,
    /// for messages. A company with several lines has several; a ticker of two companies is an error.
    pub fn parse(name: &str, text: &str) -> Result<Self, MarketError> {
        let wrong = |message: String| MarketError::Import(format!("{name}: {message}"));
        let pairs = if text.trim_start().starts_with('{') {
            let entries: BTreeMap<String, Entry> =
                serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            let pairs = entries.into_values().map(|entry| (entry.cik_str, entry.ticker));
            pairs.collect()
        } else {
            csv(text).map_err(wrong)?
        };
        let mut owners: BTreeMap<String, u64> = BTreeMap::new();
        let mut tickers = Self::default();
        for (cik, ticker) in pairs {
            match owners.insert(ticker.clone(), cik) {
                Some(other) if other != cik => {
                    return Err(wrong(format!("{ticker} is of two companies, {other} and {cik}")));
                }
                _ => tickers.0.entry(cik).or_default().insert(ticker),
            };
        }
        Ok(tickers)
    }

    /// The ids of a company's securities, sorted: `CIK` and ten digits where none is known.
    pub(super) fn securities(&self, cik: u64) -> Vec<String> {
        match self.0.get(&cik) {
            Some(tickers) => tickers.iter().cloned().collect(),
            None => vec![company_key(cik)],
        }
    }

    /// All of it in one fixed text.
    pub(super) fn canonical(&self) -> String {
        let lines = self
            .0
            .iter()
            .flat_map(|(cik, tickers)| tickers.iter().map(move |ticker| format!("{cik},{ticker}\n")));
        lines.collect()
    }
}

/// A company's number as the regulator writes it: `CIK0000320193`.
pub(super) fn company_key(cik: u64) -> String {
    format!("CIK{cik:010}")
}

fn csv(text: &str) -> Result<Vec<(u64, String)>, String> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let header = lines.next().map(|(_, line)| line.trim_start_matches('\u{feff}'));
    if header != Some("cik,ticker") {
        return Err("line 1: the header must be cik,ticker".to_owned());
    }
    let pair = |(number, line): (usize, &str)| {
        let (cik, ticker) = line.split_once(',').map(|(cik, ticker)| (cik.trim(), ticker.trim()))?;
        let cik = cik.strip_prefix("CIK").unwrap_or(cik).parse().ok();
        cik.filter(|_| !ticker.is_empty() && !ticker.contains([',', '"']))
            .map(|cik| (number, cik, ticker.to_owned()))
    };
    let mut pairs = Vec::new();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let Some((_, cik, ticker)) = pair((number, line)) else {
            return Err(format!("line {number}: `{line}` is not a number, a comma and a ticker"));
        };
        pairs.push((cik, ticker));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let csv = "cik,ticker\n320193,AAPL\n0001652044,GOOGL\n1652044,GOOG\n";
        let json = r#"{"0":{"cik_str":1652044,"ticker":"GOOGL","title":"Alphabet Inc."},
            "1":{"cik_str":320193,"ticker":"AAPL","title":"Apple Inc."},
            "2":{"cik_str":1652044,"ticker":"GOOG","title":"Alphabet Inc."}}"#;
        let tickers = Tickers::parse("t.csv", csv).expect("sound");
        assert_eq!(Tickers::parse("t.json", json).expect("sound"), tickers);
        assert_eq!(tickers.securities(1_652_044), ["GOOG", "GOOGL"]);
        assert_eq!(tickers.securities(7), ["CIK0000000007"]);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("320193,AAPL", "line 1: the header"),
            ("cik,ticker\nAAPL,320193", "line 2: `AAPL,320193`"),
            ("cik,ticker\n1,A\n2,A", "A is of two companies, 1 and 2"),
            ("{\"0\":{\"ticker\":\"A\"}}", "missing field `cik_str`"),
        ] {
            let error = Tickers::parse("t", text).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
