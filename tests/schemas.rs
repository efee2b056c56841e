//! The published tables and the manifest have the committed shape, and so have rulebooks: `config/schemas/`,
//! `config/methodology.schema.json`.

use std::path::Path;

use divisor_model::{Table, Values};
use serde_json::Value;

use crate::support::{Divisor, Folder, RULES, Review, compare, read, small};

fn config(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(path)
}

/// `name: type`, a line a column.
fn shape(table: &Table) -> String {
    let kind = |values: &Values| match values {
        Values::Number(_) => "number",
        Values::Text(_) => "text",
        Values::Day(_) => "date",
        Values::Integer(_) => "integer",
        Values::Flag(_) => "flag",
    };
    let lines = table
        .columns
        .iter()
        .map(|column| format!("{}: {}\n", column.name, kind(&column.values)));
    lines.collect()
}

/// Every key of a document and the type of its value, a line a key.
fn keys(path: &str, value: &Value, lines: &mut String) {
    let kind = match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                keys(
                    &format!("{path}{}{name}", if path.is_empty() { "" } else { "." }),
                    field,
                    lines,
                );
            }
            return;
        }
        Value::Array(_) => "list",
        Value::String(_) => "text",
        Value::Number(_) => "number",
        Value::Bool(_) => "flag",
        Value::Null => "null",
    };
    lines.push_str(&[path, ": ", kind, "\n"].concat());
}

/// One of every kind of rule: its tables have every kind of column.
const RULEBOOK: &str = RULES;

#[test]
fn published_tables_have_the_committed_columns() {
    let world = small();
    let folder = Folder::new();
    folder.write("rulebook.toml", RULEBOOK);
    let run = Divisor::new(folder.path()).args("run rulebook.toml --to 2012-11-30 --data");
    run.arg(world.data()).succeed();
    let review = Review::of(&folder.join("out"), "shaped", "2012-11-30");
    let mut wrong = Vec::new();
    for table in ["constituents", "turnover", "candidates", "decisions"] {
        let shape = shape(&review.table(table));
        let named = shape
            .replace("score.cheap", "score.<score>")
            .replace("cheap.", "<score>.")
            .replace("margin", "<variable>");
        let text = format!("# {table}.parquet, schema version 1: columns in published order.\n{named}");
        wrong.extend(compare(&config(&format!("schemas/{table}.txt")), &text));
    }
    let mut manifest =
        String::from("# manifest.json, schema version 1: keys, those of a sample where they are names of rules.\n");
    keys("", &review.manifest(), &mut manifest);
    wrong.extend(compare(&config("schemas/manifest.txt"), &manifest));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(review.manifest()["schema_version"], 1);
}

/// No variable may be called as a column that stands beside those of variables.
#[test]
fn names_of_variables_and_published_columns_never_clash() {
    let text = read(&config("schemas/candidates.txt"));
    let columns = text.lines().skip(1).filter_map(|line| line.split(':').next());
    let fixed: Vec<&str> = columns
        .filter(|name| !name.contains('<') && *name != "security_id")
        .collect();
    assert_eq!(fixed, divisor_methodology::CANDIDATE_COLUMNS);
}

#[test]
fn the_schema_for_editors_is_the_committed_one() {
    let folder = Folder::new();
    let printed = Divisor::new(folder.path()).arg("schema").succeed().stdout;
    assert!(
        printed == read(&config("methodology.schema.json")),
        "divisor schema > config/methodology.schema.json"
    );
}

/// A due run is over when the effective close is in the data.
#[test]
fn added_weights_have_the_committed_columns() {
    let world = small();
    let folder = Folder::new();
    folder.write("rulebook.toml", RULEBOOK);
    let run = Divisor::new(folder.path()).args("run rulebook.toml --due --as-of 2012-05-31 --data");
    run.arg(world.data()).succeed();
    let table = Review::of(&folder.join("out"), "shaped", "2012-05-31").table("effective");
    let record = read(&folder.join("out/shaped/reviews/2012-05-31/effective.json"));
    let mut text = format!(
        "# effective.parquet, schema version 1: columns in published order; then the keys of effective.json.\n{}",
        shape(&table)
    );
    keys("", &serde_json::from_str(&record).unwrap(), &mut text);
    let wrong = compare(&config("schemas/effective.txt"), &text);
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
}

/// Weights are fractions of one, and every published number is a number or missing.
#[test]
fn weights_sum_to_one() {
    let world = small();
    let mut reviews = 0;
    for index in crate::support::RULEBOOKS {
        let index = format!("small-{index}");
        for effective in crate::support::names_in(&world.out().join(&index).join("reviews"), "") {
            let review = Review::of(&world.out(), &index, &effective);
            let constituents = review.table("constituents");
            let weights = crate::support::numbers(&constituents, "weight");
            let total: f64 = weights.iter().sum();
            assert!((total - 1.0).abs() < 1e-12, "{index} {effective}: {total}");
            assert!(weights.is_sorted_by(|a, b| a >= b) && weights.iter().all(|weight| *weight > 0.0));
            let turnover = review.table("turnover");
            let trades = crate::support::numbers(&turnover, "trade");
            let one_way = trades.iter().map(|trade| trade.abs()).sum::<f64>() / 2.0;
            if let Some(stated) = review.manifest()["totals"]["one_way_turnover"].as_f64() {
                assert!(
                    (one_way - stated).abs() < 1e-12,
                    "{index} {effective}: {one_way} {stated}"
                );
            }
            reviews += 1;
        }
    }
    assert_eq!(reviews, 59);
}
