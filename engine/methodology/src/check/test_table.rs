//! `[[test]]`: rows, names and expectations that fit each other. What the rules make of them is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use divisor_model::{Date, Period};

use super::Check;
use super::scope::Scope;
use crate::Line;
use crate::draft::test_table::{Cell, ExpectDraft, PeriodName, PublicationDraft, TestDraft};
use crate::located::Located;
use crate::methodology::{Expectation, TestPublication, TestRow, TestTable, TestValue};
use crate::names::suggestion;

const TOLERANCE_DEFAULT: f64 = 1e-9;

/// Numbers by security.
type Numbers = BTreeMap<String, Located<f64>>;

impl Check<'_> {
    pub(super) fn tests(&mut self, drafts: &[Located<TestDraft>], base: Date, scope: &Scope) -> Vec<TestTable> {
        let mut seen: BTreeMap<&str, Line> = BTreeMap::new();
        for draft in drafts {
            let line = self.line(&draft.id.span);
            if let Some(first) = seen.insert(&draft.id, line) {
                let message = format!("the id `{}` is used twice", draft.id.value);
                let help = format!("line {first} has it already; choose another");
                self.error("M0110", &draft.id.span, message, help);
            }
        }
        drafts.iter().map(|draft| self.test(draft, base, scope)).collect()
    }

    fn test(&mut self, draft: &Located<TestDraft>, base: Date, scope: &Scope) -> TestTable {
        let universe = self.test_universe(draft, scope);
        let names: BTreeSet<&str> = universe.iter().map(|row| row.security_id.as_str()).collect();
        for name in &draft.previous {
            self.test_name(&name.value, &name.span, &names);
        }
        for publication in &draft.fundamentals {
            self.test_name(&publication.security_id.value, &publication.security_id.span, &names);
        }
        if let Some(tolerance) = draft
            .tolerance
            .as_ref()
            .filter(|value| !(0.0..1.0).contains(&value.value))
        {
            let message = format!("a tolerance of {} makes no sense", tolerance.value);
            self.error("M0402", &tolerance.span, message, "write a small number: 1e-6");
        }
        TestTable {
            expect: self.expectation(&draft.expect, &names, scope),
            id: draft.id.value.clone(),
            because: draft.because.as_ref().map(|text| text.value.clone()),
            cutoff: self.setting(draft.cutoff.as_ref(), base, |date| date.0),
            fundamentals: draft.fundamentals.iter().map(|one| publication(one)).collect(),
            set: draft
                .set
                .iter()
                .map(|(key, cell)| (key.clone(), value(&cell.value)))
                .collect(),
            previous: draft.previous.iter().map(|name| name.value.clone()).collect(),
            tolerance: self.setting(draft.tolerance.as_ref(), TOLERANCE_DEFAULT, |value| *value),
            line: self.line(&draft.span),
            universe,
        }
    }

    /// The rows: each with an id of its own, columns with values of one type.
    fn test_universe(&mut self, draft: &Located<TestDraft>, scope: &Scope) -> Vec<TestRow> {
        let mut rows: Vec<TestRow> = Vec::new();
        let mut first_of: BTreeMap<&str, &Cell> = BTreeMap::new();
        for row in &draft.universe.value {
            let Some((id, span)) = row.value.get("security_id").and_then(|cell| match &cell.value {
                Cell::Text(id) => Some((id, &cell.span)),
                _ => None,
            }) else {
                let help = "begin it so: { security_id = \"A\", market_cap = 100 }";
                self.error("M0601", &row.span, "a row of a test needs the text `security_id`", help);
                continue;
            };
            if rows.iter().any(|known| known.security_id == *id) {
                let message = format!("`{id}` has two rows");
                self.error("M0602", span, message, "a snapshot has one row a security");
            }
            let mut cells = BTreeMap::new();
            for (name, cell) in row.value.iter().filter(|(name, _)| *name != "security_id") {
                let first = first_of.entry(name).or_insert(&cell.value);
                if std::mem::discriminant(*first) != std::mem::discriminant(&cell.value) {
                    let message = format!("`{name}` is {} here and {} above", words(&cell.value), words(first));
                    self.error("M0603", &cell.span, message, "a column holds values of one type");
                }
                if scope.variables.contains_key(name) && !matches!(cell.value, Cell::Number(_)) {
                    let message = format!("`{name}` states the value of a variable and is {}", words(&cell.value));
                    self.error("M0603", &cell.span, message, "a variable is a number");
                }
                cells.insert(name.clone(), value(&cell.value));
            }
            rows.push(TestRow {
                security_id: id.clone(),
                cells,
            });
        }
        rows
    }

    /// A security of the test's universe.
    fn test_name(&mut self, name: &str, span: &Range<usize>, names: &BTreeSet<&str>) {
        if !names.contains(name) {
            let message = format!("the universe of the test has no `{name}`");
            self.error("M0604", span, message, suggestion(name, names.iter().copied()));
        }
    }

    fn expectation(&mut self, draft: &Located<ExpectDraft>, names: &BTreeSet<&str>, scope: &Scope) -> Expectation {
        let members = draft.members.as_ref().map(|members| members.value.as_slice());
        for name in members.unwrap_or_default() {
            self.test_name(&name.value, &name.span, names);
        }
        let keyed = draft.weights.iter().map(|(name, value)| (name, &value.span));
        let keyed = keyed.chain(draft.ranks.iter().map(|(name, value)| (name, &value.span)));
        let keyed = keyed.chain(draft.reasons.iter().map(|(name, value)| (name, &value.span)));
        for (name, span) in keyed {
            self.test_name(name, span, names);
        }
        let mut expected = Expectation {
            members: members.map(|members| members.iter().map(|name| name.value.clone()).collect()),
            weights: plain(&draft.weights),
            ranks: draft
                .ranks
                .iter()
                .map(|(name, rank)| (name.clone(), rank.value))
                .collect(),
            reasons: draft
                .reasons
                .iter()
                .map(|(name, rule)| (name.clone(), rule.value.clone()))
                .collect(),
            fails: draft.fails.as_ref().map(|code| code.value.clone()),
            ..Expectation::default()
        };
        let scores: Vec<&str> = scope.scores.iter().map(String::as_str).collect();
        let variables: Vec<&str> = scope.variables.keys().map(String::as_str).collect();
        for (tables, what, known) in [
            (&draft.scores, "score", &scores),
            (&draft.variables, "variable", &variables),
        ] {
            for (name, numbers) in tables {
                self.expected_column(name, &numbers.span, what, known);
                for (security, number) in &numbers.value {
                    self.test_name(security, &number.span, names);
                }
                expected.values.insert(name.clone(), plain(&numbers.value));
            }
        }
        let both: Vec<&str> = scores.iter().chain(&variables).copied().collect();
        for (name, securities) in &draft.missing {
            self.expected_column(name, &securities.span, "score or variable", &both);
            for security in &securities.value {
                self.test_name(&security.value, &security.span, names);
            }
            let securities = securities.value.iter().map(|security| security.value.clone());
            expected.missing.insert(name.clone(), securities.collect());
        }
        let has_numbers = !(expected.weights.is_empty()
            && expected.values.is_empty()
            && expected.missing.is_empty()
            && expected.ranks.is_empty()
            && expected.reasons.is_empty());
        match &draft.fails {
            None if !has_numbers && expected.members.is_none() => {
                let help = "say what must come out: expect = { members = [\"A\"] }";
                self.error("M0605", &draft.span, "the test expects nothing", help);
            }
            Some(_) if has_numbers || expected.members.is_some() => {
                let why = "a review that fails has no members and no weights";
                self.idle(draft.fails.as_ref(), "fails", why);
            }
            _ => {}
        }
        expected
    }

    fn expected_column(&mut self, name: &str, span: &Range<usize>, what: &str, known: &[&str]) {
        if !known.contains(&name) {
            let message = format!("the rulebook has no {what} `{name}`");
            self.error("M0606", span, message, suggestion(name, known.iter().copied()));
        }
    }
}

fn plain(numbers: &Numbers) -> BTreeMap<String, f64> {
    numbers
        .iter()
        .map(|(name, number)| (name.clone(), number.value))
        .collect()
}

fn words(cell: &Cell) -> &'static str {
    match cell {
        Cell::Number(_) => "a number",
        Cell::Text(_) => "a text",
        Cell::Flag(_) => "true or false",
    }
}

fn value(cell: &Cell) -> TestValue {
    match cell {
        Cell::Number(number) => TestValue::Number(*number),
        Cell::Text(text) => TestValue::Text(text.clone()),
        Cell::Flag(flag) => TestValue::Flag(*flag),
    }
}

fn publication(draft: &PublicationDraft) -> TestPublication {
    let period = match draft.period.as_ref().map(|period| period.value) {
        None | Some(PeriodName::FY) => Period::FiscalYear,
        Some(PeriodName::H) => Period::Half,
        Some(PeriodName::Q) => Period::Quarter,
        Some(PeriodName::Ttm) => Period::TrailingYear,
    };
    TestPublication {
        security_id: draft.security_id.value.clone(),
        period,
        period_end: draft.period_end.value.0,
        known_on: draft.known_on.value.0,
        values: plain(&draft.values.value),
    }
}
