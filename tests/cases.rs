//! Indexes small enough to check by hand, each through the whole command: `cases/<name>/` has the rulebooks, the data,
//! and what the published files must say.
//!
//! `expected.txt` has sections `[<index>/<effective date>/<table>]`: all rows of that table in published order, some of
//! its columns. Numbers may be products and quotients (`9/28`) and agree to 1e-12 unless the heading says `within …`.
//! A `manifest` section has rows of a dotted key and its value.

use std::path::Path;

use divisor_model::{Table, Values};
use serde_json::Value;

use crate::support::{Divisor, Folder, Review, TextData, TextTable, copy_tree, names_in, numbers, tests, texts};

#[test]
fn every_case_gives_what_was_worked_out_by_hand() {
    let names = names_in(&tests("cases"), "");
    assert!(names.len() > 30, "{names:?}");
    let mut wrong = Vec::new();
    for name in names {
        let mistakes = run(&tests("cases").join(&name));
        wrong.extend(mistakes.iter().map(|mistake| format!("{name}: {mistake}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs all rulebooks of a case up to the last review expected; answers what is not as expected.
fn run(case: &Path) -> Vec<String> {
    let expected = TextData::load(&case.join("expected.txt"));
    assert!(!expected.tables.is_empty(), "{}", case.display());
    let folder = Folder::new();
    copy_tree(case, &folder.join("rulebooks"));
    TextData::load(&case.join("data.txt")).write(&folder.join("data"));
    let last = expected.tables.iter().map(|table| place(table).1).max().unwrap();
    let outcome = Divisor::new(folder.path())
        .args("run rulebooks --data ./data --to")
        .arg(last)
        .run();
    if outcome.code != 0 {
        return vec![format!("exit code {}\n{}", outcome.code, outcome.stderr)];
    }
    let sections = expected.tables.iter().flat_map(|section| {
        let (index, effective, table) = place(section);
        let review = Review::of(&folder.join("out"), index, effective);
        let mistakes = match table {
            "manifest" => manifest(section, &review.manifest()),
            "candidates" => rows(section, &review.table("candidates")),
            "constituents" => rows(section, &review.table("constituents")),
            "turnover" => rows(section, &review.table("turnover")),
            other => panic!("no table {other}"),
        };
        mistakes
            .into_iter()
            .map(move |mistake| format!("{index} {effective} {table}: {mistake}"))
    });
    sections.collect()
}

/// Index, effective date and table of a section.
fn place(section: &TextTable) -> (&str, &str, &str) {
    let path = section.heading.split_whitespace().next().unwrap();
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(index), Some(effective), Some(table), None) => (index, effective, table),
        _ => panic!("[{path}] is no index/date/table"),
    }
}

fn tolerance(section: &TextTable) -> f64 {
    let stated = section.heading.split_once(" within ");
    stated.map_or(1e-12, |(_, tolerance)| tolerance.parse().unwrap())
}

/// `9/28`, `0.969*2/97`, `-0.25`; `None` for null and for what is no number.
fn number(text: &str) -> Option<f64> {
    let mut value = 1.0;
    let mut rest = text;
    let mut divides = false;
    loop {
        let end = rest.find(['*', '/']).unwrap_or(rest.len());
        let factor: f64 = rest[..end].parse().ok()?;
        value = if divides { value / factor } else { value * factor };
        let Some(operator) = rest[end..].chars().next() else {
            return Some(value);
        };
        divides = operator == '/';
        rest = &rest[end + 1..];
    }
}

/// Whether a published number is the expected one.
fn agrees(found: f64, expected: &str, tolerance: f64) -> bool {
    match number(expected) {
        Some(expected) => (found - expected).abs() <= tolerance,
        None => expected == "-" && found.is_nan(),
    }
}

fn rows(section: &TextTable, table: &Table) -> Vec<String> {
    if table.rows() != section.rows.len() {
        let ids = texts(table, "security_id").join(" ");
        return vec![format!("{} rows, not {}: {ids}", table.rows(), section.rows.len())];
    }
    let mut wrong = Vec::new();
    for (at, name) in section.header.iter().enumerate() {
        let expected = section.rows.iter().map(|row| row[at].as_str());
        if let Some(Values::Number(_) | Values::Integer(_)) = table.column(name) {
            for (row, (found, expected)) in numbers(table, name).into_iter().zip(expected).enumerate() {
                if !agrees(found, expected, tolerance(section)) {
                    wrong.push(format!("{} {name} is {found}, not {expected}", section.rows[row][0]));
                }
            }
        } else {
            for (row, (found, expected)) in texts(table, name).into_iter().zip(expected).enumerate() {
                if found != expected.trim_start_matches('-') {
                    wrong.push(format!("row {} {name} is {found}, not {expected}", row + 1));
                }
            }
        }
    }
    wrong
}

/// What stands at a dotted path; keys of the manifest may hold dots themselves: `counts.missing` has `score.variable`.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let whole = || match path.parse::<usize>() {
        Ok(place) => value.get(place),
        Err(_) => value.get(path),
    };
    let split = || {
        let (first, rest) = path.split_once('.')?;
        at(at(value, first)?, rest)
    };
    whole().or_else(split)
}

fn manifest(section: &TextTable, manifest: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in &section.rows {
        let [key, expected] = row.as_slice() else {
            panic!("{row:?}")
        };
        let found = at(manifest, key);
        let same = match found {
            Some(Value::Number(found)) => agrees(found.as_f64().unwrap(), expected, tolerance(section)),
            Some(Value::String(found)) => found == expected,
            Some(Value::Null) => expected == "-",
            _ => false,
        };
        if !same {
            wrong.push(format!("{key} is {found:?}, not {expected}"));
        }
    }
    wrong
}
