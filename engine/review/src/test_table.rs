//! `[[test]]` tables of rulebooks: the tiny universe becomes a panel in memory, and the pipeline that runs real reviews
//! runs on it. What comes out is compared with what is expected.

use std::collections::BTreeMap;
use std::sync::Arc;

use divisor_calendar::{Cutoffs, ReviewDates, ReviewKind};
use divisor_market::Landed;
use divisor_market::quality::Checks;
use divisor_methodology::{
    Catalogue, Expectation, ExprKind, Methodology, Parent, Source, TestTable, TestValue, Type, compile,
};
use divisor_model::{
    Actions, Column, DAY_MISSING, DatasetInfo, Diagnostic, FundamentalsBuilder, History, Panel, Securities,
    SecurityIndex, SnapshotData, TextBuilder, day_of,
};

use crate::bind::{BoundReview, Pipeline};
use crate::fold::Review;
use crate::run::run;
use crate::select::Fate;
use crate::shared::{HistoryCall, Shared};

/// One expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFailure {
    /// What was looked at: `members`, `weight`, `rank`, `reason`, the name of a score or variable, `review`.
    pub what: String,
    /// Whose; empty where it is the whole review's.
    pub security: String,
    /// What the test says.
    pub expected: String,
    /// What came out.
    pub got: String,
}

/// The column that holds the stated values of a variable.
fn stated_column(variable: &str) -> String {
    format!("stated_{variable}")
}

/// The currency of a test: that of the amounts in the rulebook.
fn currency(methodology: &Methodology) -> &'static str {
    let variables = methodology.variables.iter().map(|variable| &variable.formula);
    let formulas = variables.chain(
        methodology
            .screens
            .iter()
            .flat_map(divisor_methodology::Screen::formulas),
    );
    let mut found = "USD";
    for formula in formulas {
        formula.visit(&mut |expr| {
            if let ExprKind::Money { currency, .. } = expr.kind {
                found = currency;
            }
        });
    }
    found
}

/// Runs one test of a rulebook: all expectations that were not met. An error says what the rulebook needs and the
/// test's universe lacks; it points into the source given back with it. `checks` are those of runs, which are off here.
pub fn run_test(
    source: &Source,
    methodology: &Methodology,
    test: &TestTable,
    checks: &Checks,
) -> Result<Vec<TestFailure>, (Vec<Diagnostic>, Box<Source>)> {
    let given: Vec<&str> = methodology
        .variables
        .iter()
        .map(|variable| variable.name.as_str())
        .filter(|name| test.columns().contains_key(name))
        .collect();
    // As `--set` would: keys the test sets, and stated variables, which are what their columns say.
    let settings = test.set.iter();
    let set = settings.fold(source.clone(), |source, (key, value)| source.set(key, &in_toml(value)));
    let set = given.iter().fold(set, |source, name| {
        source.set(&format!("variables.{name}"), &format!("\"{}\"", stated_column(name)))
    });
    let catalogue = catalogue(methodology, test, &given);
    let (compiled, diagnostics) = compile(&set, Some(&catalogue));
    let Some(mut compiled) = compiled else {
        let errors = diagnostics.into_iter().filter(Diagnostic::is_error);
        return Err((errors.map(|error| lacking(error, test)).collect(), Box::new(set)));
    };
    // The parent is the universe of the test, whatever it is elsewhere.
    compiled.index.parent = Parent::Universe(parent(methodology).to_owned());
    let landed = landed(test, &catalogue, &given);
    let securities = landed.panel.securities();
    let held = test.previous.iter().filter_map(|name| securities.index(name)).collect();
    let pipeline = pipeline(Arc::new(set), compiled, test, catalogue, held);
    let pipelines = std::slice::from_ref(&pipeline);
    let shared = Shared::new(landed, pipelines);
    let mut result = run(pipelines, &shared, &checks.off());
    let Some(index) = result.pop() else {
        return Ok(Vec::new());
    };
    Ok(match (index.reviews.first(), index.failure) {
        (Some(review), _) => Outcome {
            pipeline: &pipeline,
            shared: &shared,
            review,
        }
        .compare(test),
        (None, failure) => {
            let found = failure.map(|failure| failure.diagnostics).unwrap_or_default();
            ended(&test.expect, &found)
        }
    })
}

/// What a dataset would lack is lacking in the test.
fn lacking(error: Diagnostic, test: &TestTable) -> Diagnostic {
    let help = match error.code {
        "M0307" => "add the column to the rows of the test's `universe`, or state the variable that uses it",
        "M0314" => "add the field to the test's `fundamentals`, or state the variable that uses it in `universe`",
        "M0315" => "tests have no prices: state the variable that uses them in the test's `universe`",
        _ => return error,
    };
    error.help(format!("{help} (`{}`, line {})", test.id, test.line))
}

/// A value as a rulebook would write it.
fn in_toml(value: &TestValue) -> String {
    match value {
        TestValue::Number(number) => number.to_string(),
        TestValue::Text(text) => serde_json::to_string(text).unwrap_or_default(),
        TestValue::Flag(flag) => flag.to_string(),
    }
}

fn parent(methodology: &Methodology) -> &str {
    match &methodology.index.parent {
        Parent::Universe(name) | Parent::Index(name) => name,
        Parent::Indexes(names) => names.first().map_or("", String::as_str),
    }
}

/// What the test's universe offers the rulebook.
fn catalogue(methodology: &Methodology, test: &TestTable, given: &[&str]) -> Catalogue {
    let kind = |value: &TestValue| match value {
        TestValue::Number(_) => Type::Number,
        TestValue::Text(_) => Type::Text,
        TestValue::Flag(_) => Type::Flag,
    };
    let columns = test.columns().into_iter();
    let mut snapshot: BTreeMap<String, Type> = columns.map(|(name, value)| (name.to_owned(), kind(value))).collect();
    for name in ["market_cap", "free_float", "fx"] {
        snapshot.insert(name.to_owned(), Type::Number);
    }
    snapshot.insert("security_id".to_owned(), Type::Text);
    snapshot.extend(given.iter().map(|name| (stated_column(name), Type::Number)));
    let fields = test
        .fundamentals
        .iter()
        .flat_map(|publication| publication.values.keys().cloned());
    Catalogue {
        dataset: format!("test {}", test.id),
        currency: currency(methodology).to_owned(),
        universes: vec![parent(methodology).to_owned()],
        snapshot,
        fundamentals: fields.collect(),
        // Without splits a share basis never changes.
        has_actions: true,
        ..Catalogue::default()
    }
}

fn pipeline(
    source: Arc<Source>,
    methodology: Methodology,
    test: &TestTable,
    catalogue: Catalogue,
    held: Vec<SecurityIndex>,
) -> Pipeline {
    let day = test.cutoff.value;
    let dates = ReviewDates {
        kind: ReviewKind::Reconstitution,
        effective: day,
        cutoff: day,
        cutoffs: Cutoffs {
            prices: day,
            shares: day,
            fundamentals: day,
            risk: day,
        },
        announcement: day,
        year: chrono::Datelike::year(&day),
        month: chrono::Datelike::month(&day),
        moved: Vec::new(),
        provisional: false,
    };
    let dataset = DatasetInfo {
        name: catalogue.dataset.clone(),
        title: String::new(),
        currency: catalogue.currency.clone(),
        calendar: methodology.review.calendar.clone(),
        universe: parent(&methodology).to_owned(),
        first: day,
        last: day,
        max_age_days: None,
        fields: BTreeMap::new(),
        timings: BTreeMap::new(),
        tables: BTreeMap::new(),
        frozen: None,
        provenance: String::new(),
        known_defects: Vec::new(),
    };
    Pipeline {
        methodology_hash: methodology.hash(),
        calendar_hash: String::new(),
        dataset: Arc::new(dataset),
        reviews: vec![BoundReview {
            dates,
            snapshot: Some(day),
            risk_model: None,
            exposures: Vec::new(),
        }],
        calls: HistoryCall::of(&methodology),
        exposure_calls: Vec::new(),
        catalogue: Arc::new(catalogue),
        methodology: Arc::new(methodology),
        source,
        discretion: BTreeMap::new(),
        held,
        is_test: true,
    }
}

/// The test's universe as landed data.
fn landed(test: &TestTable, catalogue: &Catalogue, given: &[&str]) -> Landed {
    let ids = test.universe.iter().map(|row| row.security_id.clone());
    let securities = Arc::new(Securities::new(ids.collect()));
    let mut rows: Vec<_> = test.universe.iter().collect();
    rows.sort_by(|a, b| a.security_id.cmp(&b.security_id));
    let number = |name: &str, absent: f64| {
        let cells = rows.iter().map(|row| match row.cells.get(name) {
            Some(TestValue::Number(number)) => *number,
            _ => absent,
        });
        Column::Number(cells.collect())
    };
    let mut columns = BTreeMap::new();
    for (name, kind) in &catalogue.snapshot {
        let column = match kind {
            Type::Text => {
                let mut texts = TextBuilder::default();
                for row in &rows {
                    texts.push(match row.cells.get(name) {
                        Some(TestValue::Text(text)) => Some(text),
                        _ if name == "security_id" => Some(&row.security_id),
                        _ => None,
                    });
                }
                Column::Text(texts.finish_sorted())
            }
            Type::Flag => {
                let cells = rows.iter().map(|row| match row.cells.get(name) {
                    Some(TestValue::Flag(flag)) => Some(*flag),
                    _ => None,
                });
                Column::Flag(cells.collect())
            }
            _ if ["free_float", "fx"].contains(&name.as_str()) => number(name, 1.0),
            _ => number(name, f64::NAN),
        };
        columns.insert(name.clone(), column);
    }
    columns.extend(given.iter().map(|name| (stated_column(name), number(name, f64::NAN))));
    let snapshot = SnapshotData {
        date: test.cutoff.value,
        security: Arc::new((0..securities.len() as SecurityIndex).collect()),
        columns,
    };
    Landed {
        history: history(test, catalogue, &securities),
        panel: Panel::new(securities, vec![snapshot]),
        defects: Vec::new(),
        filled: BTreeMap::new(),
        unresolved: BTreeMap::new(),
    }
}

fn history(test: &TestTable, catalogue: &Catalogue, securities: &Securities) -> History {
    let mut builder = FundamentalsBuilder::new(catalogue.fundamentals.iter().map(String::as_str));
    for publication in &test.fundamentals {
        let Some(security) = securities.index(&publication.security_id) else {
            continue;
        };
        let period = (DAY_MISSING, day_of(publication.period_end));
        builder.push(
            security,
            publication.period,
            period,
            day_of(publication.known_on),
            false,
        );
        for field in &catalogue.fundamentals {
            let value = publication.values.get(field).copied().unwrap_or(f64::NAN);
            builder.values(field).into_iter().for_each(|values| values.push(value));
        }
    }
    History {
        fundamentals: Some(builder.finish(securities.len())),
        prices: None,
        actions: Some(Actions::default()),
        ..History::default()
    }
}

/// A review that could not be made.
fn ended(expect: &Expectation, found: &[Diagnostic]) -> Vec<TestFailure> {
    let codes: Vec<&str> = found.iter().map(|one| one.code).collect();
    if expect.fails.as_deref().is_some_and(|code| codes.contains(&code)) {
        return Vec::new();
    }
    let messages: Vec<String> = found
        .iter()
        .map(|one| format!("{}: {}", one.code, one.message))
        .collect();
    vec![TestFailure {
        what: "review".to_owned(),
        security: String::new(),
        expected: expect
            .fails
            .as_ref()
            .map_or_else(|| "done".to_owned(), |code| format!("fails with {code}")),
        got: messages.join("; "),
    }]
}

/// A finished review to compare with.
struct Outcome<'a> {
    pipeline: &'a Pipeline,
    shared: &'a Shared,
    review: &'a Review,
}

impl Outcome<'_> {
    fn compare(&self, test: &TestTable) -> Vec<TestFailure> {
        let expect = &test.expect;
        let tolerance = test.tolerance.value;
        let mut failures = Vec::new();
        let mut fail = |what: &str, security: &str, expected: String, got: String| {
            failures.push(TestFailure {
                what: what.to_owned(),
                security: security.to_owned(),
                expected,
                got,
            });
        };
        if let Some(code) = &expect.fails {
            fail("review", "", format!("fails with {code}"), "done".to_owned());
        }
        if let Some(members) = &expect.members {
            for row in &test.universe {
                let name = row.security_id.as_str();
                let wanted = members.iter().any(|member| member == name);
                match (wanted, self.weight(name) > 0.0) {
                    (true, false) => {
                        fail(
                            "members",
                            name,
                            "member".to_owned(),
                            format!("out: {}", self.reason(name)),
                        );
                    }
                    (false, true) => fail("members", name, "out".to_owned(), "member".to_owned()),
                    _ => {}
                }
            }
        }
        for (column, numbers) in &expect.values {
            for (name, wanted) in numbers {
                let found = self.value(column, name);
                if !near(found, *wanted, tolerance) {
                    fail(column, name, wanted.to_string(), shown(found));
                }
            }
        }
        for (column, names) in &expect.missing {
            for name in names {
                let found = self.value(column, name);
                if !found.is_nan() {
                    fail(column, name, "missing".to_owned(), found.to_string());
                }
            }
        }
        for (name, wanted) in &expect.ranks {
            let found = self.at(name).map_or(0, |at| i64::from(self.review.selection.rank[at]));
            if found != *wanted {
                let found = if found == 0 {
                    "not ranked".to_owned()
                } else {
                    found.to_string()
                };
                fail("rank", name, wanted.to_string(), found);
            }
        }
        for (name, wanted) in &expect.weights {
            let found = self.weight(name);
            if !near(found, *wanted, tolerance) {
                fail("weight", name, wanted.to_string(), found.to_string());
            }
        }
        for (name, wanted) in &expect.reasons {
            let found = self.reason(name);
            if found != wanted {
                fail("reason", name, wanted.clone(), found.to_owned());
            }
        }
        failures
    }

    /// The position of a security in the parent.
    fn at(&self, name: &str) -> Option<usize> {
        let security = self.shared.landed.panel.securities().index(name)?;
        self.review.scored.position(security)
    }

    /// Zero for who is no member.
    fn weight(&self, name: &str) -> f64 {
        let member = self.at(name).and_then(|at| self.review.member(at));
        member.map_or(0.0, |member| self.review.weights[member])
    }

    /// The value of a score or variable.
    fn value(&self, column: &str, name: &str) -> f64 {
        let scored = &self.review.scored;
        let methodology = &self.pipeline.methodology;
        let scores = methodology.scores.iter().zip(&scored.scores);
        let scores = scores.map(|(rule, found)| (&rule.name, &found.values));
        let variables = methodology.variables.iter().zip(&scored.variables);
        let variables = variables.map(|(rule, found)| (&rule.name, &found.values));
        let values = scores.chain(variables).find(|(known, _)| *known == column);
        match (values, self.at(name)) {
            (Some((_, values)), Some(at)) => values[at],
            _ => f64::NAN,
        }
    }

    /// The rule that decided about a name.
    fn reason(&self, name: &str) -> &str {
        let Some(at) = self.at(name) else { return "universe" };
        let methodology = &self.pipeline.methodology;
        if let Some(member) = self.review.member(at) {
            return self.review.reason(&methodology.limits, member);
        }
        match (
            self.review.scored.first_failing(methodology, at),
            self.review.selection.fate[at],
        ) {
            (Some(rule), _) => rule,
            (None, Fate::Unweightable) => "weight",
            (None, _) if self.review.selection.light(at).is_some() => "weight",
            (None, _) => self.review.unweighted_by(at).unwrap_or("select"),
        }
    }
}

fn near(found: f64, wanted: f64, tolerance: f64) -> bool {
    (found - wanted).abs() <= tolerance
}

fn shown(value: f64) -> String {
    if value.is_nan() {
        "missing".to_owned()
    } else {
        value.to_string()
    }
}
