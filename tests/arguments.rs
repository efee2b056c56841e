//! What a call asks for is done or refused with exit code 2, words and a way out: never answered with a success that means
//! nothing.

use serde_json::Value;

use crate::support::{Divisor, Folder, Outcome, names_in, read, tiny};

fn call(folder: &Folder, words: &str) -> Outcome {
    Divisor::new(folder.path()).args(words).run()
}

/// Refused before anything is printed or written.
fn refused(folder: &Folder, words: &str, said: &[&str]) {
    let outcome = call(folder, words);
    assert_eq!(outcome.code, 2, "{words}: {}{}", outcome.stdout, outcome.stderr);
    outcome.says(said);
    assert!(outcome.stdout.is_empty(), "{words}: {}", outcome.stdout);
    assert!(!folder.join("out").exists(), "{words}");
}

/// A rulebook with a change.
fn changed(folder: &Folder, file: &str, from: &str, to: &str) {
    let text = read(&folder.join("tiny.toml"));
    assert!(text.contains(from), "{from}");
    folder.write(file, &text.replace(from, to));
}

#[test]
fn a_what_if_is_never_published() {
    let folder = tiny("tiny.toml");
    for flag in ["--edition 1", "--set select.top.count=4", "--pro-forma"] {
        let named = flag.split(' ').next().unwrap();
        let due = format!("run tiny.toml --data ./data --due --as-of 2020-12-31 {flag}");
        refused(&folder, &due, &["--due publishes results", named]);
    }
    for flag in ["--edition 1", "--set select.top.count=4"] {
        let named = flag.split(' ').next().unwrap();
        let plan = format!("plan tiny.toml --data ./data --date 2020-11-30 --save nov.plan --by Ann {flag}");
        refused(&folder, &plan, &[named, "cannot be saved to be applied"]);
        assert!(!folder.join("nov.plan").exists());
    }
    let plan = "plan tiny.toml --data ./data --date 2020-11-30 --save nov.plan --by Ann";
    assert_eq!(call(&folder, plan).code, 0);
    let apply = "apply nov.plan --by Ann --approved-by Bob --edition 1";
    refused(&folder, apply, &["--edition changes rules"]);
}

#[test]
fn a_range_without_a_day_is_refused_by_every_verb() {
    let folder = tiny("tiny.toml");
    let range = "--from 2020-12-31 --to 2020-01-01";
    for words in [
        "run tiny.toml --data ./data",
        "plan tiny.toml --data ./data",
        "reviews tiny.toml",
        "why A tiny.toml --data ./data",
        "diff tiny.toml --data ./data --set select.top.count=4",
        "data check --data ./data",
        "calendar sessions XNYS",
        "calendar exceptions XNYS",
    ] {
        let words = format!("{words} {range}");
        refused(
            &folder,
            &words,
            &["--from 2020-12-31 is after --to 2020-01-01", "help: "],
        );
    }
}

#[test]
fn why_has_no_review_out_of_its_range() {
    let folder = tiny("tiny.toml");
    let why = "why A tiny.toml --data ./data --to 2020-12-31";
    let last = "the last ones: 2020-11-30, 2020-05-29";
    for more in ["", "--history"] {
        let words = format!("{why} --from 2020-12-01 {more}");
        refused(
            &folder,
            &words,
            &["tiny has no review from 2020-12-01 to 2020-12-31", last],
        );
    }
    let words = format!("{why} --from 2020-06-01 --date 2020-05-29");
    refused(
        &folder,
        &words,
        &["tiny has no review effective 2020-05-29 from 2020-06-01", last],
    );
    assert_eq!(call(&folder, &format!("{why} --from 2020-11-30")).code, 0);
}

/// An index that begins after the data end is told, and is no failure.
#[test]
fn an_index_without_reviews_is_told() {
    let folder = tiny("tiny.toml");
    changed(&folder, "later.toml", "2020-05-01", "9999-12-31");
    let outcome = call(&folder, "run later.toml --data ./data --format json");
    assert_eq!((outcome.code, outcome.json()), (0, serde_json::json!([])));
    outcome.says(&[
        "warning[W0152]",
        "between the base date 9999-12-31 and the dataset's last day",
        "later.toml:7",
    ]);
    let outcome = call(&folder, "run tiny.toml --data ./data --from 2020-12-01 --to 2020-12-31");
    assert!(
        outcome.code == 0 && !outcome.stderr.contains("W0152"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_column_of_texts_is_no_traded_value() {
    let folder = tiny("tiny.toml");
    let plan = "plan tiny.toml --data ./data --to 2020-12-31 --adv";
    refused(
        &folder,
        &format!("{plan} sector"),
        &["--adv sector", "holds no numbers"],
    );
    refused(&folder, &format!("{plan} value"), &["has a column `value`"]);
    assert_eq!(call(&folder, &format!("{plan} profit")).code, 0);
}

/// Each verb prints the forms it has, and names them where another is asked for.
#[test]
fn a_form_that_a_verb_lacks_is_refused() {
    let folder = tiny("tiny.toml");
    let (two, one) = ("it prints: table, json", "it prints: table\n");
    for (words, has) in [
        ("run tiny.toml --data ./data --due --as-of 2020-12-31 --format csv", two),
        ("check tiny.toml --format csv", two),
        ("check --explain M0101 --format json", one),
        ("test tiny.toml --format csv", two),
        ("verify --all --format parquet", two),
        ("why A tiny.toml --data ./data --format csv", two),
        ("explain tiny.toml --format csv", two),
        ("explain tiny.toml --markdown --format json", one),
        ("fmt tiny.toml --check --format csv", two),
        ("diff tiny.toml tiny.toml --format csv", two),
        ("new --family quality --format json", one),
        ("lock tiny.toml --data ./data --format json", one),
        ("apply nov.plan --by A --approved-by B --format json", one),
        ("data generate demo --format json", one),
        ("data check --explain Q0302 --format json", one),
    ] {
        let outcome = call(&folder, words);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{words}");
        outcome.says(&["does not print that"]);
        assert!(
            format!("{}\n", outcome.stderr.trim_end()).contains(has),
            "{words}: {}",
            outcome.stderr
        );
    }
    assert_eq!(names_in(folder.path(), ""), ["data", "tiny.toml"]);
}

#[test]
fn prose_and_layout_are_documents_too() {
    let folder = tiny("tiny.toml");
    let document = |words: &str, code: i32| -> Value {
        let outcome = call(&folder, words);
        assert_eq!(outcome.code, code, "{words}: {}", outcome.stderr);
        outcome.json()
    };
    let rules = document("explain tiny.toml --format json", 0);
    let index = &rules["indexes"][0];
    assert_eq!((&index["index_id"], &index["edition"]), (&"tiny".into(), &"1".into()));
    assert!(index["sections"][0]["rules"][0]["text"].is_string(), "{rules}");
    let functions = document("explain --functions --format json", 0);
    assert!(functions["sections"].as_array().unwrap().len() > 3);
    changed(&folder, "untidy.toml", "id      = ", "id = ");
    let laid_out = document("fmt tiny.toml untidy.toml --check --format json", 1);
    let of = |file: &str, was: bool| serde_json::json!({ "file": file, "was_laid_out": was });
    assert_eq!(
        laid_out,
        serde_json::json!([of("tiny.toml", true), of("untidy.toml", false)])
    );
}

#[test]
fn rules_are_not_changed_where_none_are_read() {
    let folder = tiny("tiny.toml");
    for words in [
        "new --family quality --set select.top.count=4",
        "verify --all --edition 1",
        "schema --set select.top.count=4",
        "calendar list --edition 1",
    ] {
        refused(&folder, words, &["changes rulebooks", "reads none"]);
    }
}

#[test]
fn a_calendar_that_is_not_there_is_shown_where_it_is_named() {
    let folder = tiny("tiny.toml");
    changed(&folder, "single.toml", "\"XNYS\"", "'NYSE'");
    changed(
        &folder,
        "indented.toml",
        "calendar     = \"XNYS\"",
        "  calendar = \"XNYS+LSE\"",
    );
    changed(&folder, "escaped.toml", "\"XNYS\"", "\"N\\u0059SE\"");
    let cutoff = "{ session = \"last\", months = -1, calendar = \"XPRA\" }";
    changed(&folder, "own.toml", "{ session = \"last\", months = -1 }", cutoff);
    let lines = read(&folder.join("tiny.toml")).lines().count();
    for (words, line, column, meant) in [
        ("single.toml", 10, 16, "`XNYS`"),
        ("indented.toml", 10, 20, "`XLON`"),
        // Not as it is read: the table has it.
        ("escaped.toml", 9, 1, "`XNYS`"),
        ("own.toml", 13, 60, "`XPAR`"),
        ("tiny.toml --set review.calendar=TSE", lines + 1, 27, "`XTKS` or `XTSE`"),
    ] {
        let outcome = call(&folder, &format!("check {words} --format json"));
        assert_eq!(outcome.code, 2, "{words}");
        let found = &outcome.json()["diagnostics"][0];
        assert_eq!(found["code"], "M0503", "{words}: {found}");
        assert_eq!(found["file"], words.split(' ').next().unwrap(), "{words}");
        assert_eq!(
            (&found["line"], &found["column"]),
            (&line.into(), &column.into()),
            "{words}: {found}"
        );
        assert_eq!(found["help"], format!("did you mean {meant}?"), "{words}");
    }
    let listed = call(&folder, "calendar sessions NYSE --from 2020-01-01 --to 2020-01-31");
    assert_eq!(listed.code, 2);
    listed.says(&["did you mean `XNYS`?"]);
}

/// An override that fits no review is shown, by `reviews` too and in a folder.
#[test]
fn an_override_that_is_wrong_is_shown() {
    let folder = tiny("tiny.toml");
    for (instead_of, effective, said) in [
        (
            "2020-11-28",
            "2020-11-27",
            "an override replaces 2020-11-28, but the rule gives 2020-11-30",
        ),
        ("2020-11-30", "2020-11-28", "2020-11-28 is not a session of XNYS"),
        ("2020-11-30", "2020-10-01", "are not in this order"),
    ] {
        let given = format!(
            "[[review.overrides]]\ninstead_of = 2020-05-29\neffective = 2020-05-28\nbecause = \"it fits\"\n\n\
             [[review.overrides]]\ninstead_of = {instead_of}\neffective = {effective}\nbecause = \"announced\"\n\n[variables]"
        );
        changed(&folder, "rules/wrong.toml", "[variables]", &given);
        for words in [
            "reviews rules --to 2020-12-31",
            "run rules --data ./data --to 2020-12-31",
        ] {
            refused(&folder, words, &["M0501", said, "rules/wrong.toml:21:1"]);
        }
    }
}

#[test]
fn a_file_that_is_no_rulebook_is_refused() {
    let folder = tiny("tiny.toml");
    folder.write("large.toml", &"# much\n".repeat(700_000));
    refused(
        &folder,
        "check large.toml",
        &["cannot read the rulebook large.toml", "more than 4 MiB"],
    );
    if std::path::Path::new("/dev/zero").exists() {
        refused(&folder, "check /dev/zero", &["more than 4 MiB"]);
    }
    let text = read(&folder.join("tiny.toml"));
    folder.write("extending.toml", &format!("extends = [\"large.toml\"]\n{text}"));
    let extending = call(&folder, "check extending.toml");
    assert_eq!(extending.code, 2);
    assert!(extending.stdout.contains("more than 4 MiB"), "{}", extending.stdout);
    let mut bytes = read(&folder.join("tiny.toml")).into_bytes();
    let at = bytes.windows(4).position(|four| four == b"Tiny").unwrap();
    bytes[at + 1] = 0xff;
    std::fs::write(folder.join("latin.toml"), bytes).unwrap();
    refused(
        &folder,
        "check latin.toml",
        &["M0101", "not text in UTF-8", "latin.toml:4:13"],
    );
    for (file, line) in [("latin.toml", Value::from(4)), ("missing.toml", Value::Null)] {
        let outcome = call(&folder, &format!("check {file} --format json"));
        let found = &outcome.json()["diagnostics"][0];
        assert_eq!((outcome.code, &found["line"]), (2, &line), "{found}");
    }
}
