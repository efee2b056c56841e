//! `divisor test`: the tests that rulebooks carry, run on the pipeline that runs reviews.

use divisor_methodology::Line;
use divisor_model::{Diagnostic, Table, TextBuilder, Values};
use divisor_report::{TextOptions, to_text};
use divisor_review::{TestFailure, run_test};
use serde_json::{Value, json};

use crate::args::{Common, Format, TestArgs};
use crate::exit::{Exit, Failure};
use crate::load::rulebooks;
use crate::out;
use crate::render;
use crate::session::compile_all;
use crate::settings::Settings;

/// One test and how it ended.
struct Ran {
    id: String,
    line: Line,
    result: Result<Vec<TestFailure>, (Vec<Diagnostic>, String)>,
}

pub(crate) fn test(args: &TestArgs, common: &Common) -> Result<Exit, Failure> {
    let checks = Settings::load(common.config.as_deref())?.checks()?;
    let compiled = compile_all(rulebooks(&args.rulebooks, common)?, None)?;
    let mut files: Vec<(String, Vec<Ran>)> = Vec::new();
    for (rulebook, methodology, _) in compiled {
        // A later edition has the tests written beside it, and often none.
        if methodology.tests.is_empty() && files.last().is_some_and(|(label, _)| *label == rulebook.label()) {
            continue;
        }
        let label = match methodology.index.in_force.from {
            Some(_) => format!("{} edition {}", rulebook.label(), methodology.index.edition),
            None => rulebook.label(),
        };
        let ran = methodology.tests.iter().map(|test| Ran {
            id: test.id.clone(),
            line: test.line,
            result: run_test(&rulebook.source, &methodology, test, &checks).map_err(|(diagnostics, source)| {
                let source = std::slice::from_ref(source.as_ref());
                let texts = diagnostics.iter().map(|found| render::plain(found, source));
                let text = texts.collect::<Vec<_>>().join("\n\n");
                (diagnostics, text)
            }),
        });
        let ran = ran.collect();
        files.push((label, ran));
    }
    if common.format == Format::Json {
        let report: Vec<Value> = files.iter().map(|(label, ran)| to_json(label, ran)).collect();
        let text = serde_json::to_string_pretty(&json!({ "rulebooks": report })).unwrap_or_default();
        out::print(&format!("{text}\n"))?;
    } else {
        out::print(&to_lines(&files))?;
    }
    let all = || files.iter().flat_map(|(_, ran)| ran);
    Ok(if all().any(|ran| ran.result.is_err()) {
        Exit::BadInput
    } else if all().any(Ran::failed) {
        Exit::Findings
    } else {
        Exit::Done
    })
}

impl Ran {
    fn failed(&self) -> bool {
        !matches!(&self.result, Ok(failures) if failures.is_empty())
    }
}

/// One line a test, a table under each that failed, and the tally.
fn to_lines(files: &[(String, Vec<Ran>)]) -> String {
    let mut text = String::new();
    for (label, ran) in files {
        text.push_str(label);
        text.push_str(if ran.is_empty() { ": no tests\n" } else { "\n" });
        let width = ran.iter().map(|one| one.id.chars().count()).max().unwrap_or(0);
        for one in ran {
            let verdict = if one.failed() { "FAILED" } else { "ok" };
            text.push_str(&format!("  {verdict:<6}  {:<width$}  line {}\n", one.id, one.line));
            let below = match &one.result {
                Ok(failures) if failures.is_empty() => continue,
                Ok(failures) => to_text(&table(failures), &TextOptions::new()),
                Err((_, rendered)) => format!("the rulebook cannot run on this universe:\n{rendered}\n"),
            };
            for line in below.lines() {
                text.push_str(&format!("          {line}\n"));
            }
        }
    }
    let all: Vec<&Ran> = files.iter().flat_map(|(_, ran)| ran).collect();
    let failed = all.iter().filter(|ran| ran.failed()).count();
    let tests = if all.len() == 1 {
        "1 test".to_owned()
    } else {
        format!("{} tests", all.len())
    };
    let books = if files.len() == 1 {
        "1 rulebook".to_owned()
    } else {
        format!("{} rulebooks", files.len())
    };
    let verdict = match failed {
        0 => "all passed".to_owned(),
        _ => format!("{failed} failed"),
    };
    text.push_str(&if all.is_empty() {
        format!("{books}: no tests. `divisor test --help` shows how to write one\n")
    } else {
        format!("{books}, {tests}: {verdict}\n")
    });
    text
}

fn table(failures: &[TestFailure]) -> Table {
    let column = |read: fn(&TestFailure) -> &str| {
        let mut texts = TextBuilder::default();
        for failure in failures {
            texts.push(Some(read(failure)));
        }
        Values::Text(texts.finish())
    };
    Table::new("failures")
        .with("what", column(|failure| &failure.what))
        .with("security_id", column(|failure| &failure.security))
        .with("expected", column(|failure| &failure.expected))
        .with("got", column(|failure| &failure.got))
}

fn to_json(label: &str, ran: &[Ran]) -> Value {
    let tests = ran.iter().map(|one| {
        let (failures, diagnostics) = match &one.result {
            Ok(failures) => (failures.as_slice(), [].as_slice()),
            Err((diagnostics, _)) => ([].as_slice(), diagnostics.as_slice()),
        };
        let failures = failures.iter().map(|failure| {
            json!({
                "what": failure.what,
                "security_id": failure.security,
                "expected": failure.expected,
                "got": failure.got,
            })
        });
        json!({
            "id": one.id,
            "line": one.line.number(),
            "passed": !one.failed(),
            "failures": failures.collect::<Vec<_>>(),
            "diagnostics": diagnostics,
        })
    });
    json!({ "file": label, "tests": tests.collect::<Vec<_>>() })
}
