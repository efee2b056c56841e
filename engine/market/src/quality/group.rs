//! Findings of one check together: what a person reads.

use std::collections::{BTreeMap, BTreeSet};

use divisor_model::{Day, Securities, SecurityIndex, date_of};
use divisor_numeric::sum_iter;

use super::{CheckInfo, Finding, Level};

/// The findings of one check.
#[derive(Debug, Clone)]
pub struct FindingGroup<'a> {
    /// Which check.
    pub check: &'static CheckInfo,
    /// How bad it is.
    pub level: Level,
    /// The findings, heaviest first, then the latest, then by security and column.
    pub findings: Vec<&'a Finding>,
    /// How many securities they are about, where they are about securities.
    pub names: usize,
    /// Days of the first and the last finding.
    pub days: (Day, Day),
    /// The largest share of parent weight concerned on one day; NaN where no weight is known.
    pub weight: f64,
}

impl<'a> FindingGroup<'a> {
    /// Groups findings by check: errors first, then warnings, then by code.
    pub fn of(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Self> {
        let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            groups.entry(finding.check.code).or_default().push(finding);
        }
        let mut groups: Vec<Self> = groups.into_values().filter_map(Self::new).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.level), group.check.code));
        groups
    }

    fn new(mut findings: Vec<&'a Finding>) -> Option<Self> {
        let first = *findings.first()?;
        // A security counts once a day; columns and sectors may lack the same names, so that the largest counts.
        let mut by_day: BTreeMap<Day, BTreeMap<Option<SecurityIndex>, f64>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| !finding.weight.is_nan()) {
            let known = by_day
                .entry(finding.date)
                .or_default()
                .entry(finding.security)
                .or_default();
            *known = known.max(finding.weight);
        }
        let of_day = |day: BTreeMap<_, f64>| sum_iter(day.into_values());
        let names: BTreeSet<_> = findings.iter().filter_map(|finding| finding.security).collect();
        let days = findings.iter().map(|finding| finding.date);
        let days = (days.clone().min()?, days.max()?);
        // Missing weights last; zero is as light as missing.
        let weight = |finding: &Finding| if finding.weight > 0.0 { finding.weight } else { 0.0 };
        findings.sort_by(|a, b| {
            let key = |finding: &'a Finding| (std::cmp::Reverse(finding.date), finding.security, &finding.column);
            weight(b).total_cmp(&weight(a)).then_with(|| key(a).cmp(&key(b)))
        });
        Some(Self {
            check: first.check,
            level: first.level,
            names: names.len(),
            days,
            weight: by_day.into_values().map(of_day).reduce(f64::max).unwrap_or(f64::NAN),
            findings,
        })
    }

    /// The heaviest finding in words, and the keys of a few more.
    pub fn sentence(&self, securities: &Securities) -> String {
        const MORE_MAX: usize = 4;
        let subjects = self.subjects();
        let Some(((first, _), others)) = subjects.split_first() else {
            return String::new();
        };
        let worst = format!("{}: {}: {}", first.file(), first.key(securities), first.message);
        if self.findings.len() == 1 {
            return worst;
        }
        let more: Vec<String> = others
            .iter()
            .take(MORE_MAX)
            .map(|(finding, _)| finding.key(securities))
            .collect();
        let dots = if others.len() > MORE_MAX { ", …" } else { "" };
        let names = if more.is_empty() {
            String::new()
        } else {
            format!(": {}{dots}", more.join(", "))
        };
        format!("{worst}; {} more{names}", self.findings.len() - 1)
    }

    /// For each security, and each column where there is none, its heaviest finding and how many there are, heaviest
    /// first.
    pub fn subjects(&self) -> Vec<(&'a Finding, usize)> {
        let subject = |finding: &'a Finding| match finding.security {
            Some(security) => (Some(security), ""),
            None => (None, finding.column.as_str()),
        };
        let mut counts: BTreeMap<(Option<SecurityIndex>, &str), usize> = BTreeMap::new();
        for finding in &self.findings {
            *counts.entry(subject(finding)).or_default() += 1;
        }
        let firsts = self
            .findings
            .iter()
            .filter_map(|finding| Some((*finding, counts.remove(&subject(finding))?)));
        firsts.collect()
    }
}

impl Finding {
    /// What it is about, for people: security or column, and the day.
    pub fn key(&self, securities: &Securities) -> String {
        let day = date_of(self.date).map(|date| date.to_string()).unwrap_or_default();
        match self.security {
            Some(security) => format!("{} {day}", securities.id(security)),
            None if self.column.is_empty() => day,
            None => format!("{} {day}", self.column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{coverage_drop, price_jump};
    use super::*;

    fn finding(check: &'static CheckInfo, level: Level, security: Option<u32>, date: Day, weight: f64) -> Finding {
        Finding {
            check,
            level,
            table: "prices",
            column: "close".to_owned(),
            security,
            date,
            known_on: date,
            value: 2.0,
            limit: 1.5,
            weight,
            message: "goes up".to_owned(),
        }
    }

    #[test]
    fn the_worst_check_and_the_heaviest_name_come_first() {
        let jump = |security, date, weight| finding(&price_jump::CHECK, Level::Warning, Some(security), date, weight);
        let all = [
            jump(0, 1, 0.1),
            jump(1, 2, 0.2),
            jump(0, 2, 0.25),
            jump(0, 2, f64::NAN),
            finding(&coverage_drop::CHECK, Level::Note, None, 5, f64::NAN),
            finding(&coverage_drop::CHECK, Level::Error, None, 5, f64::NAN),
        ];
        let groups = FindingGroup::of(all.iter().take(5));
        assert_eq!(groups.len(), 2);
        let first = &groups[0];
        assert_eq!((first.check.code, first.names, first.days), ("Q0301", 2, (1, 2)));
        assert!((first.weight - 0.45).abs() < 1e-15);
        let securities = Securities::new(vec!["A".to_owned(), "B".to_owned()]);
        assert_eq!(
            first.sentence(&securities),
            "prices: A 1970-01-03: goes up; 3 more: B 1970-01-03"
        );
        assert!(groups[1].weight.is_nan());
        assert_eq!(FindingGroup::of(&all[3..]).len(), 2);
    }
}
