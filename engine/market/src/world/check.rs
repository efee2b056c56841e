//! Checks of a world's values beyond their types; all problems are reported at once.

use super::error::{SpecProblem, WorldError};
use super::fund_spec::{FundClassSpec, FundsSpec};
use super::spec::{CountrySpec, SectorSpec, WorldSpec};

/// Problems found so far.
#[derive(Default)]
struct Check {
    problems: Vec<SpecProblem>,
}

impl Check {
    fn that(&mut self, holds: bool, key: &str, problem: &str) {
        if !holds {
            self.problems.push(SpecProblem {
                key: key.to_owned(),
                problem: problem.to_owned(),
            });
        }
    }

    fn within(&mut self, key: &str, value: f64, low: f64, high: f64) {
        let holds = (low..=high).contains(&value);
        self.that(holds, key, &format!("{value} is not between {low} and {high}"));
    }
}

impl WorldSpec {
    /// Whether this describes a world that can be generated.
    pub fn check(&self) -> Result<(), WorldError> {
        let mut check = Check::default();
        self.check_frame(&mut check);
        self.check_behaviour(&mut check);
        self.check_regimes_and_currencies(&mut check);
        check.that(!self.sectors.is_empty(), "sector", "there must be at least one");
        check.that(!self.countries.is_empty(), "country", "there must be at least one");
        for sector in &self.sectors {
            check_sector(&mut check, sector);
        }
        for country in &self.countries {
            self.check_country(&mut check, country);
        }
        for (name, naming) in &self.naming {
            let filled = !naming.heads.is_empty() && !naming.tails.is_empty();
            check.that(filled, &format!("naming.{name}"), "heads and tails must not be empty");
        }
        if let Some(funds) = &self.funds {
            self.check_funds(&mut check, funds);
        }
        if check.problems.is_empty() {
            Ok(())
        } else {
            Err(WorldError::Spec(check.problems))
        }
    }

    fn check_frame(&self, check: &mut Check) {
        use chrono::Datelike;
        check.that(is_word(&self.name), "name", "must be made of letters, digits, - and _");
        check.that(
            is_word(&self.universe),
            "universe",
            "must be made of letters, digits, - and _",
        );
        check.that(self.first <= self.last, "last", "is before first");
        let prices_from = self.prices_from.year() * 12 + self.prices_from.month0() as i32;
        check.that(
            prices_from <= self.first.number(),
            "prices_from",
            "is after the first snapshot",
        );
        let year = self.prices_from.year();
        let reach = (year - 60..=year).contains(&self.fundamentals_from);
        check.that(
            reach,
            "fundamentals_from",
            "must lie in the 60 years before prices_from",
        );
        let size = (1..=20_000).contains(&self.securities_alive);
        check.that(size, "securities_alive", "must be between 1 and 20000");
    }

    fn check_behaviour(&self, check: &mut Check) {
        let market = &self.market;
        check.within("market.capitalization", market.capitalization, 1e6, 1e18);
        check.within("market.size_dispersion", market.size_dispersion, 0.1, 3.0);
        check.within("market.expected_return", market.expected_return, -0.5, 0.5);
        check.within("market.volatility", market.volatility, 0.01, 1.0);
        check.within("market.volatility_dispersion", market.volatility_dispersion, 0.0, 1.0);
        for (key, freedom) in [
            ("market.tail_freedom", market.tail_freedom),
            ("market.specific_tail_freedom", market.specific_tail_freedom),
        ] {
            let even = freedom.is_multiple_of(2) && (4..=14).contains(&freedom);
            check.that(even, key, "must be an even number from 4 to 14");
        }
        let styles = &self.styles;
        for (key, style) in [
            ("styles.value", &styles.value),
            ("styles.momentum", &styles.momentum),
            ("styles.quality", &styles.quality),
            ("styles.size", &styles.size),
        ] {
            check.within(&format!("{key}.volatility"), style.volatility, 0.0, 0.5);
            check.within(&format!("{key}.premium"), style.premium, -0.5, 0.5);
        }
        check.within("listings.mergers", self.listings.mergers, 0.0, 0.3);
        check.within("listings.failures", self.listings.failures, 0.0, 0.3);
        check.within("listings.gap_sessions", self.listings.gap_sessions, 1.0, 500.0);
        check.within("listings.second_lines", self.listings.second_lines, 0.0, 1.0);
        check.within("dividends.aristocrats", self.dividends.aristocrats, 0.0, 1.0);
        check.within("dividends.specials", self.dividends.specials, 0.0, 1.0);
        check.within("filings.restated", self.filings.restated, 0.0, 1.0);
        check.within("filings.late", self.filings.late, 0.0, 1.0);
        check.within("filings.withdrawn", self.filings.withdrawn, 0.0, 1.0);
        if let Some(model) = &self.risk_model {
            let factors = 5 + self.sectors.len() + self.countries.len();
            check.within(
                "risk_model.observations",
                f64::from(model.observations),
                factors as f64 + 1.0,
                1e5,
            );
            check.within("risk_model.error", model.error, 0.0, 0.5);
        }
        if let Some(vendors) = &self.vendors {
            check.within("vendors.estimate_error", vendors.estimate_error, 0.0, 1.0);
            check.within("vendors.cash", vendors.cash, 0.0, 1.0);
            check.within("vendors.excluded", vendors.excluded, 0.0, 1.0);
        }
    }

    fn check_regimes_and_currencies(&self, check: &mut Check) {
        for regime in &self.regimes {
            let key = format!("regime.{}", regime.name);
            check.that(regime.from <= regime.to, &key, "ends before it begins");
            check.within(&format!("{key}.volatility"), regime.volatility, 0.1, 10.0);
            check.within(&format!("{key}.expected_return"), regime.expected_return, -10.0, 10.0);
        }
        for (at, currency) in self.currencies.iter().enumerate() {
            let key = format!("currencies.{}", currency.code);
            check.within(&format!("{key}.rate"), currency.rate, 1e-6, 1e6);
            check.within(&format!("{key}.volatility"), currency.volatility, 0.0, 1.0);
            let earlier = &self.currencies[..at];
            let fresh = currency.code != self.currency && earlier.iter().all(|one| one.code != currency.code);
            check.that(fresh, &key, "is there already");
            if let Some(anchor) = &currency.anchor {
                let known = earlier.iter().any(|one| one.code == *anchor);
                check.that(known, &format!("{key}.anchor"), "must be a currency listed earlier");
            }
        }
    }

    fn check_country(&self, check: &mut Check, country: &CountrySpec) {
        let key = |field: &str| format!("country.{}.{field}", country.code);
        let code = country.code.len() == 2 && country.code.bytes().all(|byte| byte.is_ascii_uppercase());
        check.that(code, &key("code"), "must be two capital letters");
        let repeats = self.countries.iter().filter(|one| one.code == country.code).count();
        check.that(repeats == 1, &key("code"), "is there more than once");
        let known = country.currency == self.currency || self.currencies.iter().any(|one| one.code == country.currency);
        check.that(known, &key("currency"), "is not among the currencies");
        check.that(!country.mics.is_empty(), &key("mics"), "must not be empty");
        check.that(!country.suffixes.is_empty(), &key("suffixes"), "must not be empty");
        check.within(&key("securities"), country.securities, 1e-6, 1e6);
        check.within(&key("weight"), country.weight, 1e-6, 1e6);
        check.within(&key("volatility"), country.volatility, 0.0, 0.5);
        check.within(&key("free_float"), country.free_float, 0.15, 1.0);
        check.within(&key("disclosure"), country.disclosure, 0.0, 1.0);
        let year_end = [3, 6, 9, 12].contains(&country.fiscal_year_end);
        check.that(year_end, &key("fiscal_year_end"), "must be 3, 6, 9 or 12");
        check.that(
            [1, 2, 4].contains(&country.payments),
            &key("payments"),
            "must be 1, 2 or 4",
        );
        let naming = self.naming.contains_key(&country.naming);
        check.that(naming, &key("naming"), "is not among the naming families");
    }
}

impl WorldSpec {
    fn check_funds(&self, check: &mut Check, funds: &FundsSpec) {
        let names = [&funds.universe, &funds.everything];
        for (key, name) in ["funds.universe", "funds.everything"].into_iter().zip(names) {
            check.that(is_word(name), key, "must be made of letters, digits, - and _");
            check.that(*name != self.universe, key, "is the universe of the companies");
        }
        check.that(names[0] != names[1], "funds.everything", "is the universe of the funds");
        let country = self.countries.iter().find(|country| country.code == funds.country);
        check.that(country.is_some(), "funds.country", "is not among the countries");
        let own = country.is_none_or(|country| country.currency == self.currency);
        check.that(own, "funds.country", "must have the currency of the dataset");
        check.within("funds.wound_up", funds.wound_up, 0.0, 0.3);
        check.that(!funds.sponsors.is_empty(), "funds.sponsors", "must not be empty");
        check.that(!funds.classes.is_empty(), "funds.class", "there must be at least one");
        for class in &funds.classes {
            check_fund_class(check, class);
        }
    }
}

fn check_fund_class(check: &mut Check, class: &FundClassSpec) {
    let key = |field: &str| format!("funds.class.{}.{field}", class.name);
    let count = (1..=500).contains(&class.funds);
    check.that(count, &key("funds"), "must be between 1 and 500");
    check.within(&key("net_assets"), class.net_assets, 1e6, 1e12);
    check.within(&key("distribution_rate"), class.distribution_rate, 0.0, 0.3);
    check.within(&key("expense_ratio"), class.expense_ratio, 0.0, 0.1);
    check.within(&key("beta"), class.beta, -1.0, 3.0);
    check.within(&key("carry"), class.carry, -0.2, 0.2);
    check.within(&key("volatility"), class.volatility, 0.0, 0.5);
    check.within(&key("specific_volatility"), class.specific_volatility, 0.0, 0.5);
    check.within(&key("premium"), class.premium, -0.5, 0.5);
    let payments = [4, 12].contains(&class.payments);
    check.that(payments, &key("payments"), "must be 4 or 12");
    check.that(!class.words.is_empty(), &key("words"), "must not be empty");
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

fn check_sector(check: &mut Check, sector: &SectorSpec) {
    let key = |field: &str| format!("sector.{}.{field}", sector.name);
    check.within(&key("weight"), sector.weight, 1e-6, 1e6);
    check.within(&key("size"), sector.size, 0.01, 100.0);
    check.within(&key("beta"), sector.beta, 0.0, 3.0);
    check.within(&key("volatility"), sector.volatility, 0.0, 0.5);
    check.within(&key("specific_volatility"), sector.specific_volatility, 0.02, 1.0);
    check.within(&key("roe"), sector.roe, 0.01, 1.0);
    check.within(&key("margin"), sector.margin, 0.001, 1.0);
    check.within(&key("leverage"), sector.leverage, 0.0, 50.0);
    check.within(&key("liabilities"), sector.liabilities, 0.0, 50.0);
    check.within(&key("price_to_earnings"), sector.price_to_earnings, 2.0, 100.0);
    check.within(&key("payout"), sector.payout, 0.0, 1.0);
    check.within(&key("non_payers"), sector.non_payers, 0.0, 1.0);
    check.within(&key("earnings_volatility"), sector.earnings_volatility, 0.0, 2.0);
    check.within(&key("cyclicality"), sector.cyclicality, 0.0, 5.0);
    check.within(&key("loss_makers"), sector.loss_makers, 0.0, 1.0);
    check.that(!sector.industries.is_empty(), &key("industries"), "must not be empty");
    check.that(!sector.words.is_empty(), &key("words"), "must not be empty");
}
