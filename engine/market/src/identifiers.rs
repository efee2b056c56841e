//! Dated identifiers: who carried a ticker, an ISIN or a name of another scheme, and when.
//!
//! A table may be keyed by a scheme instead of `security_id`. Each of its rows belongs to the security that carried the
//! identifier on the row's own day, as far as was known that day: so a reused ticker leads to its first company before
//! the change and to its second after it, and nothing known after a cut-off moves a row known before it.

use std::collections::{BTreeMap, HashMap};

use divisor_model::{Day, Problem, Securities, SecurityIndex};

use crate::dated::{Claim, DatedFault, DatedTexts};
use crate::rows::day_text;

/// Securities may share a name; every other scheme identifies one.
const SHARED: &str = "name";

/// Who carries the identifiers of one scheme.
pub(crate) struct Carriers<'a> {
    claims: HashMap<&'a str, Vec<(&'a Claim, Option<SecurityIndex>)>>,
}

/// Whose an identifier is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// One of the securities of the run.
    Security(SecurityIndex),
    /// Another security, which no rule asks about.
    Other,
    /// Nobody's.
    Unknown,
}

impl<'a> Carriers<'a> {
    pub(crate) fn new(identifiers: &'a DatedTexts, scheme: &str, securities: &Securities) -> Self {
        let mut claims: HashMap<&str, Vec<(&Claim, Option<SecurityIndex>)>> = HashMap::new();
        for claim in identifiers.schemes.get(scheme).into_iter().flatten() {
            let security = securities.index(&claim.security);
            claims.entry(&claim.value).or_default().push((claim, security));
        }
        Self { claims }
    }

    /// Who carries an identifier on a day, as far as was known on another: of several, which only unknown ends make,
    /// whoever began last.
    pub(crate) fn on(&self, identifier: &str, day: Day, known_by: Day) -> Carrier {
        let claims = self.claims.get(identifier).map(Vec::as_slice).unwrap_or_default();
        let holders = claims.iter().filter(|(claim, _)| claim.holds(day, known_by));
        match holders.max_by_key(|(claim, _)| (claim.from, claim.known_on, &claim.security)) {
            Some((_, Some(security))) => Carrier::Security(*security),
            Some((_, None)) => Carrier::Other,
            None => Carrier::Unknown,
        }
    }
}

/// Rows whose identifier nobody carried on their day. They belong to nobody, are left out and counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unresolved {
    by_day: BTreeMap<Day, usize>,
    identifiers: BTreeMap<String, usize>,
}

impl Unresolved {
    pub(crate) fn push(&mut self, identifier: &str, day: Day) {
        *self.by_day.entry(day).or_default() += 1;
        match self.identifiers.get_mut(identifier) {
            Some(rows) => *rows += 1,
            None => drop(self.identifiers.insert(identifier.to_owned(), 1)),
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (day, rows) in other.by_day {
            *self.by_day.entry(day).or_default() += rows;
        }
        for (identifier, rows) in other.identifiers {
            *self.identifiers.entry(identifier).or_default() += rows;
        }
    }

    /// How many rows of these days there were, both ends included.
    pub fn rows(&self, from: Day, until: Day) -> usize {
        if from > until {
            return 0;
        }
        self.by_day.range(from..=until).map(|(_, rows)| rows).sum()
    }

    /// The identifiers, sorted, each with its rows.
    pub fn identifiers(&self) -> impl Iterator<Item = (&str, usize)> {
        self.identifiers.iter().map(|(text, rows)| (text.as_str(), *rows))
    }
}

/// Identifiers that two securities have on one day, and securities that have two of a scheme. Each is known from the
/// day the second claim is known and both hold.
pub(crate) fn claimed_twice(identifiers: &DatedTexts) -> Vec<DatedFault> {
    let mut faults = Vec::new();
    for (scheme, claims) in &identifiers.schemes {
        let mut by_value: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
        let mut by_security: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
        for claim in claims {
            by_security.entry(&claim.security).or_default().push(claim);
            if scheme != SHARED {
                by_value.entry(&claim.value).or_default().push(claim);
            }
        }
        for (value, claims) in by_value {
            for (a, b, since) in clashes(&claims, |a, b| a.security != b.security) {
                let from = day_text(a.from.max(b.from));
                let key = format!("{scheme} {value}: {} and {} from {from}", a.security, b.security);
                let problem = Problem::ClaimedTwice("belongs to two securities on one day");
                for claim in [a, b] {
                    faults.push(fault(identifiers, claim, since, &key, &problem));
                }
            }
        }
        for (security, claims) in by_security {
            for (a, b, since) in clashes(&claims, |a, b| a.value != b.value) {
                let from = day_text(a.from.max(b.from));
                let key = format!("{security}: {scheme} {} and {} from {from}", a.value, b.value);
                let problem =
                    Problem::ClaimedTwice("is one of two that a security has on one day; end the first by `to`");
                faults.push(fault(identifiers, b, since, &key, &problem));
            }
        }
    }
    faults
}

/// Pairs of claims that hold on one day and were both believed on one day, with the day from which that is known.
fn clashes<'a>(claims: &[&'a Claim], differ: impl Fn(&Claim, &Claim) -> bool) -> Vec<(&'a Claim, &'a Claim, Day)> {
    let mut found = Vec::new();
    for (at, a) in claims.iter().enumerate() {
        for b in &claims[at + 1..] {
            let (from, to) = (a.from.max(b.from), a.to.min(b.to));
            let (known_on, superseded_on) = (a.known_on.max(b.known_on), a.superseded_on.min(b.superseded_on));
            if from < to && known_on < superseded_on && differ(a, b) {
                found.push((*a, *b, from.max(known_on)));
            }
        }
    }
    found
}

fn fault(identifiers: &DatedTexts, claim: &Claim, known_on: Day, key: &str, problem: &Problem) -> DatedFault {
    DatedFault {
        table: "identifiers",
        file: identifiers.files[claim.file].clone(),
        column: "value".to_owned(),
        known_on,
        security: Some(claim.security.clone()),
        key: key.to_owned(),
        problem: problem.clone(),
    }
}
