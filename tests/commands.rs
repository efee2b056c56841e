//! The command as programs meet it: JSON documents, exit codes, what-ifs, folders of rulebooks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Divisor, Folder, RULEBOOKS, TextData, contents, names_in, numbers, read, small, tests, tiny};

fn run(folder: &Folder, words: &str) -> Divisor {
    Divisor::new(folder.path())
        .args("run rulebook.toml --data ./data --to 2020-12-31")
        .args(words)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn run_prints_its_reviews_as_one_document() {
    let folder = tiny("rulebook.toml");
    let outcome = run(&folder, "--format json").succeed();
    let document = outcome.json();
    let reviews = document.as_array().unwrap();
    assert_eq!(reviews.len(), 2);
    for key in [
        "index_id",
        "effective_date",
        "cutoff_date",
        "valuation_date",
        "names",
        "additions",
        "deletions",
        "one_way_turnover",
        "largest_weight",
        "effective_names",
    ] {
        assert!(keys(&reviews[0]).contains(&key), "{key}");
    }
    let first = &reviews[0];
    assert_eq!(first["index_id"], "tiny");
    assert_eq!(first["effective_date"], "2020-05-29");
    assert_eq!(first["cutoff_date"], "2020-04-30");
    assert_eq!(first["valuation_date"], "2020-04-30");
    assert_eq!(
        (&first["names"], &first["additions"], &first["deletions"]),
        (&5.into(), &5.into(), &0.into())
    );
    assert_eq!(
        first["one_way_turnover"],
        Value::Null,
        "there is no turnover at the first review"
    );
    assert!(reviews[1]["one_way_turnover"].is_number());
}

#[test]
fn other_forms_have_a_row_a_review() {
    let folder = tiny("rulebook.toml");
    let csv = run(&folder, "--format csv").succeed().stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(
        lines[0].starts_with("index_id,effective") && lines[1].starts_with("tiny,2020-05-29"),
        "{csv}"
    );
    let table = run(&folder, "").succeed();
    assert!(
        table
            .stdout
            .contains("tiny · Tiny · parent `world` · 2 reviews 2020-05-29 … 2020-11-30")
    );
    table.says(&["2 unchanged"]);
}

#[test]
fn reviews_prints_dates_without_a_dataset() {
    let folder = tiny("rulebook.toml");
    let words = "reviews rulebook.toml --from 2021-01-01 --to 2022-12-31 --format json";
    let document = Divisor::new(folder.path()).args(words).succeed().json();
    let reviews = document.as_array().unwrap();
    let effective: Vec<&str> = reviews
        .iter()
        .map(|review| review["effective"].as_str().unwrap())
        .collect();
    assert_eq!(effective, ["2021-05-28", "2021-11-30", "2022-05-31", "2022-11-30"]);
    assert_eq!(reviews[0]["cutoff"], "2021-04-30");
    assert_eq!(reviews[0]["announcement"], "2021-05-17");
    assert_eq!(reviews[0]["index_id"], "tiny");
}

#[test]
fn calendar_prints_sessions() {
    let folder = Folder::new();
    let words = "calendar sessions XNYS --from 2012-10-25 --to 2012-11-02 --format json";
    let document = Divisor::new(folder.path()).args(words).succeed().json();
    // The exchange was closed for two days by a hurricane.
    let sessions = ["2012-10-25", "2012-10-26", "2012-10-31", "2012-11-01", "2012-11-02"];
    assert_eq!(document, serde_json::json!(sessions));
}

#[test]
fn check_prints_diagnostics() {
    let folder = tiny("rulebook.toml");
    let sound = Divisor::new(folder.path())
        .args("check rulebook.toml --format json")
        .succeed();
    assert_eq!(sound.json(), serde_json::json!({ "diagnostics": [] }));
    let text = read(&folder.join("rulebook.toml"));
    folder.write(
        "wrong.toml",
        &text.replace("count = 5", "cuont = 5").replace("\"last\"", "\"lst\""),
    );
    let outcome = Divisor::new(folder.path()).args("check wrong.toml --format json").run();
    assert_eq!(outcome.code, 2);
    let document = outcome.json();
    let found = document["diagnostics"].as_array().unwrap();
    assert!(found.len() >= 3, "every mistake at once: {document}");
    let misspelt = found
        .iter()
        .find(|found| found["message"].as_str().unwrap().contains("cuont"))
        .unwrap();
    for key in ["code", "severity", "message", "file", "line", "column", "help"] {
        assert!(keys(misspelt).contains(&key), "{key}");
    }
    assert_eq!(misspelt["file"], "wrong.toml");
    let line = text.lines().position(|line| line.starts_with("count")).unwrap() + 1;
    assert_eq!(misspelt["line"], line);
}

#[test]
fn data_check_reports_findings() {
    let folder = tiny("rulebook.toml");
    let sound = Divisor::new(folder.path())
        .args("data check --data ./data --format json")
        .succeed();
    assert_eq!(sound.json(), serde_json::json!([]));
    let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
    data.table("snapshots/date=2020-10-30").set("B", "price", "-1");
    data.table("prices/year=2020").repeat("C");
    data.write(&folder.join("data"));
    let outcome = Divisor::new(folder.path())
        .args("data check --data ./data --format json")
        .run();
    assert_eq!(outcome.code, 1);
    let codes: Vec<String> = outcome
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["code"].to_string())
        .collect();
    assert_eq!(codes, ["\"D0108\"", "\"D0106\""]);
}

#[test]
fn data_describe_lists_tables_and_columns() {
    let world = small();
    let outcome = Divisor::new(world.folder().path())
        .args("data describe --data ./small")
        .succeed();
    for part in [
        "snapshots",
        "fundamentals",
        "prices",
        "actions",
        "free_float",
        "known_on",
        "2012-01-31 … 2016-12-30",
    ] {
        assert!(outcome.stdout.contains(part), "{part}:\n{}", outcome.stdout);
    }
}

#[test]
fn explain_prints_the_rules_in_prose() {
    let folder = Folder::new();
    let outcome = Divisor::new(folder.path())
        .arg("explain")
        .arg(tests("rulebooks/quality.toml"))
        .succeed();
    for part in ["Small Quality", "40", "20%", "8%", "⌈p·n⌉", "scored on the others"] {
        assert!(outcome.stdout.contains(part), "{part}:\n{}", outcome.stdout);
    }
}

#[test]
fn a_what_if_is_printed_and_written_nowhere() {
    let folder = tiny("rulebook.toml");
    let outcome = run(&folder, "--set select.top.count=4 --format json").succeed();
    assert_eq!(outcome.json()[0]["names"], 4);
    assert!(!folder.join("out").exists());
    let outcome = run(&folder, "--set select.top.count=4").succeed();
    outcome.says(&["nothing was written"]);
    assert!(!folder.join("out").exists());
}

#[test]
fn a_what_if_is_written_to_a_fresh_folder_only() {
    let folder = tiny("rulebook.toml");
    run(&folder, "").succeed();
    let published = contents(&folder.join("out"));
    let refused = run(&folder, "--set select.top.count=4 --out out").run();
    assert_eq!(refused.code, 2);
    refused.says(&["--set is a what-if", "holds published reviews"]);
    assert!(contents(&folder.join("out")) == published);
    run(&folder, "--set select.top.count=4 --out what-if").succeed();
    let table = crate::support::Review::of(&folder.join("what-if"), "tiny", "2020-05-29").table("constituents");
    assert_eq!(table.rows(), 4);
}

/// A limit is found by its id, and its value may be written without quotes.
#[test]
fn a_setting_reaches_a_rule_by_its_id() {
    let folder = tiny("rulebook.toml");
    let outcome = run(
        &folder,
        "--set limit.issuer-cap.max=43% --out what-if --from 2020-11-01",
    )
    .succeed();
    assert_eq!(outcome.code, 0);
    let table = crate::support::Review::of(&folder.join("what-if"), "tiny", "2020-11-30").table("constituents");
    let largest = numbers(&table, "weight")[0];
    assert!((largest - 0.43).abs() < 1e-12, "{largest}");
}

#[test]
fn settings_that_lead_nowhere_are_refused() {
    let folder = tiny("rulebook.toml");
    for set in [
        "select.top.cuont=3",
        "limit.no-such.max=3%",
        "select.top.count=many",
        "select.top.count",
        "=3",
    ] {
        let outcome = Divisor::new(folder.path())
            .args("run rulebook.toml --data ./data --to 2020-12-31 --set")
            .arg(set)
            .run();
        assert_eq!(outcome.code, 2, "{set}: {}", outcome.stderr);
        assert!(!outcome.stderr.is_empty() && !folder.join("out").exists(), "{set}");
    }
}

#[test]
fn a_folder_runs_what_the_dataset_has_and_lists_the_rest() {
    let folder = tiny("rulebook.toml");
    let text = read(&folder.join("rulebook.toml"));
    folder.write("rulebooks/tiny.toml", &text);
    folder.write(
        "rulebooks/deep/other.toml",
        &text
            .replace("\"tiny\"", "\"other\"")
            .replace("\"world\"", "\"elsewhere\""),
    );
    let words = "run rulebooks --data ./data --to 2020-12-31";
    let outcome = Divisor::new(folder.path()).args(words).succeed();
    outcome.says(&[
        "not run: rulebooks/deep/other.toml",
        "its parent `elsewhere` is not in dataset `tiny`",
    ]);
    assert_eq!(names_in(&folder.join("out"), ""), [".lock", "tiny"]);
    // Named, it is a mistake.
    let named = Divisor::new(folder.path())
        .args("run rulebooks/deep/other.toml --data ./data")
        .run();
    assert_eq!(named.code, 2);
    named.says(&["no universe `elsewhere`"]);
}

#[test]
fn two_rulebooks_of_one_name_are_refused() {
    let folder = tiny("rulebook.toml");
    folder.write("again.toml", &read(&folder.join("rulebook.toml")));
    let outcome = Divisor::new(folder.path())
        .args("run rulebook.toml again.toml --data ./data")
        .run();
    assert_eq!(outcome.code, 2);
    outcome.says(&["two rulebooks are called `tiny`", "rulebook.toml", "again.toml"]);
}

#[test]
fn a_child_without_its_parent_is_refused() {
    let world = small();
    let folder = Folder::new();
    let run = Divisor::new(folder.path())
        .arg("run")
        .arg(tests("rulebooks/child.toml"));
    let outcome = run.arg("--data").arg(world.data()).run();
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&["parent index `small-quality`", "not among the rulebooks"]);
}

#[test]
fn bad_arguments_are_bad_input() {
    let folder = tiny("rulebook.toml");
    for words in [
        "",
        "rebalance",
        "run",
        "run rulebook.toml",
        "run rulebook.toml --data nowhere",
        "run rulebook.toml --data ./data --to 2020-13-01",
        "run rulebook.toml --data ./data --threads two",
        "run rulebook.toml --data ./data --threads 0",
        "run rulebook.toml --data ./data --threads 100000",
        "run rulebook.toml --data ./data --format html",
        "run rulebook.toml --data ./data --fast",
        "run missing.toml --data ./data",
        "run data --data ./data",
        "run rulebook.toml --data ./data --config nowhere",
        "reviews rulebook.toml",
        "calendar sessions XNYS",
        "calendar sessions XNAS --from 2020-01-01 --to 2020-01-31",
        "check --explain M9999",
        "data generate nowhere",
        "why A --data ./data",
        "why A rulebook.toml --data ./data --index other",
        "why A rulebook.toml --data ./data --date 2020-05-28",
    ] {
        let outcome = Divisor::new(folder.path()).args(words).run();
        assert_eq!(outcome.code, 2, "{words}: {}", outcome.stderr);
        assert!(!outcome.stderr.trim().is_empty(), "{words}");
        assert!(outcome.stdout.is_empty(), "{words}: {}", outcome.stdout);
        assert!(!folder.join("out").exists(), "{words}");
    }
}

#[test]
fn help_and_version_are_no_failures() {
    let folder = Folder::new();
    for words in [
        "--help",
        "--version",
        "run --help",
        "data --help",
        "data check --help",
        "why --help",
    ] {
        let outcome = Divisor::new(folder.path()).args(words).succeed();
        assert!(!outcome.stdout.is_empty() && outcome.stderr.is_empty(), "{words}");
    }
}

/// Codes as they stand in the sources: a letter and four digits in quotes or, in printed lines, in brackets.
fn codes_of(text: &str) -> BTreeSet<&str> {
    let is_code = |word: &&str| {
        let digits = word.strip_prefix(['D', 'M', 'Q', 'R', 'W']);
        digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    text.split(['"', '[', ']']).filter(is_code).collect()
}

#[test]
fn every_code_is_explained() {
    let folder = Folder::new();
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine");
    let texts: Vec<String> = sources(&engine).iter().map(|path| read(path)).collect();
    let codes: BTreeSet<&str> = texts.iter().flat_map(|text| codes_of(text)).collect();
    assert!(codes.len() > 100 && codes.contains("W0107"), "{codes:?}");
    for code in codes.into_iter().filter(|code| !code.ends_with("9999")) {
        let outcome = Divisor::new(folder.path())
            .args("check --explain")
            .arg(code.to_lowercase())
            .run();
        assert_eq!(outcome.code, 0, "{code}: {}", outcome.stderr);
    }
}

/// The Rust files of a folder and those inside it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: PathBuf| match path.extension() {
        None if path.is_dir() => sources(&path),
        Some(suffix) if suffix == "rs" => vec![path],
        _ => Vec::new(),
    };
    entries.flat_map(of).collect()
}

/// A range between two reviews, or before the first, has no review; that is no failure.
#[test]
fn a_range_without_reviews_is_empty() {
    let folder = tiny("rulebook.toml");
    for words in ["--from 2020-06-01 --to 2020-10-31", "--to 2020-01-01"] {
        let run = Divisor::new(folder.path())
            .args("run rulebook.toml --data ./data --format json")
            .args(words);
        assert_eq!(run.succeed().json(), serde_json::json!([]), "{words}");
    }
}

/// Without `--to` a run ends with the last review effective on or before the dataset's last snapshot.
#[test]
fn a_run_ends_with_its_dataset() {
    let folder = tiny("rulebook.toml");
    let run = Divisor::new(folder.path())
        .args("run rulebook.toml --data ./data --format json")
        .succeed();
    let document = run.json();
    let dates: Vec<&str> = document
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["effective_date"].as_str().unwrap())
        .collect();
    assert_eq!(dates, ["2020-05-29"]);
}

/// Own calendars and places come from `--config`.
#[test]
fn a_configuration_folder_moves_places() {
    let folder = tiny("rulebook.toml");
    folder.write("config/divisor.toml", "out = \"elsewhere\"\n");
    run(&folder, "--config config").succeed();
    assert!(folder.join("elsewhere/tiny").is_dir() && !folder.join("out").exists());
    folder.write("config/divisor.toml", "output = \"elsewhere\"\n");
    let outcome = run(&folder, "--config config").run();
    assert_eq!(outcome.code, 2);
    outcome.says(&["config/divisor.toml", "output"]);
}

#[test]
fn the_rulebooks_of_the_tests_are_sound() {
    let folder = Folder::new();
    assert_eq!(names_in(&tests("rulebooks"), ".toml"), RULEBOOKS);
    let check = Divisor::new(folder.path()).arg("check").arg(tests("rulebooks"));
    assert!(check.succeed().stdout.contains("6 rulebooks: no mistakes"));
}

#[test]
fn the_reference_has_every_function() {
    use divisor_methodology::Function;
    let here = Folder::new();
    let print = |words: &str| Divisor::new(here.path()).args(words).succeed().stdout;
    let (text, markdown) = (print("explain --functions"), print("explain --functions --markdown"));
    for function in Function::all() {
        let name = function.name();
        assert!(text.contains(&format!("\n{name}\n  Usage: `{name}(")), "{name}");
        assert!(markdown.contains(&format!("- Usage: `{name}(")), "{name}");
    }
    let both = Divisor::new(here.path()).args("explain x.toml --functions").run();
    assert_eq!(both.code, 2);
}
