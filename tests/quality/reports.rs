//! What findings do: in manifests, in runs, in reports.

use super::*;

/// Findings of several checks at their severities by default: warnings.
fn suspicious() -> TextData {
    let mut data = sound();
    set(&mut data, APRIL, "N07", "dividend_yield", "3.5");
    reprice(&mut data, "N06", |day| day < "2020-03-10", times(2.0));
    change(&mut data, PRICES, ("date", "close"), in_august("N11"), |_| {
        "31.5".to_owned()
    });
    data
}

#[test]
fn warnings_are_in_the_manifest_and_printed_once_a_check() {
    let folder = prepare(&suspicious());
    let outcome = run(&folder, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.stdout.matches("warning[Q").count(), 3, "{}", outcome.stdout);
    let manifest = |effective| Review::of(&folder.join("out"), "tiny", effective).manifest();
    let may = manifest(MAY);
    let expected = serde_json::json!({ "unadjusted-split": 1, "value-bounds": 1 });
    assert_eq!(may["counts"]["findings"], expected);
    let messages: Vec<&str> = may["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "`value-bounds` snapshots/date=2020-04-30: N07 2020-04-30: `dividend_yield` is 3.5, above 1",
            "`unadjusted-split` prices: N06 2020-03-10: close_total_return goes ÷2.01: an unadjusted 2:1 split?",
        ]
    );
    // The window of November begins on 2020-01-14.
    let expected = serde_json::json!({ "stale-close": 1, "unadjusted-split": 1 });
    assert_eq!(manifest(NOVEMBER)["counts"]["findings"], expected);
}

/// A finding of a review depends on what this review of this index may read, whatever shares the run.
#[test]
fn findings_do_not_depend_on_what_shares_the_run() {
    let mut data = suspicious();
    // The rulebook does not name this column, another one does.
    data.table(APRIL).add_column("volatility_1y", "9");
    data.table(OCTOBER).add_column("volatility_1y", "9");
    let folder = prepare(&data);
    assert_eq!(run(&folder, "").code, 0);
    let alone = contents(&folder.join("out"));
    let rules = read(&folder.join("rulebook.toml"));
    let other = rules
        .replace("\"tiny\"", "\"other\"")
        .replace("days = 130, min = 20", "days = 500, min = 20")
        .replace("sales / market_cap", "volatility_1y / market_cap")
        .replace("price_to_book", "volatility_1y");
    folder.write("other.toml", &other);
    let plain = rules.replace("\"tiny\"", "\"plain\"");
    let (head, _) = plain.split_once("[variables]").unwrap();
    folder.write("plain.toml", &format!("{head}[select.all]\n\n[weight.parent]\n"));
    let both = Divisor::new(folder.path())
        .args("run plain.toml rulebook.toml other.toml --data ./data --to 2020-12-31 --threads 2 --out both");
    both.succeed();
    let mut together = contents(&folder.join("both"));
    let other = Review::of(&folder.join("both"), "other", MAY).manifest();
    assert_eq!(
        other["counts"]["findings"]["value-bounds"],
        1 + NAMES,
        "{}",
        other["counts"]
    );
    // Without price functions prices are not looked at.
    let plain = Review::of(&folder.join("both"), "plain", MAY).manifest();
    assert_eq!(plain["counts"]["findings"], serde_json::json!({}));
    together.retain(|name, _| name.starts_with("tiny/"));
    assert!(alone == together);
    // Nor on how far the run goes.
    let short = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-05-31 --out short");
    short.succeed();
    for (name, bytes) in contents(&folder.join("short")) {
        assert!(alone[&name] == bytes, "{name}");
    }
}

/// Rows that become known after the cut-off may look as wrong as they like.
#[test]
fn what_looks_wrong_later_changes_no_earlier_review() {
    let calm = prepare(&suspicious());
    assert_eq!(run(&calm, "").code, 0);
    let mut data = suspicious();
    reprice(&mut data, "N03", |day| day > "2020-04-30", times(7.0));
    reprice(&mut data, "N04", |day| day > "2020-04-30", |_| "1".to_owned());
    drop_rows(&mut data, PRICES, |row| {
        row[0] > id(15) && row[1].as_str() > "2020-04-30"
    });
    for column in ["sales", "price_to_book", "dividend_yield", "fx", "market_cap"] {
        change(&mut data, OCTOBER, (column, column), first(17), times(5000.0));
    }
    change(&mut data, OCTOBER, ("sector", "sector"), first(17), |_| "?".to_owned());
    let wild = prepare(&data);
    let outcome = run(&wild, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(review(wild.path(), MAY) == review(calm.path(), MAY));
    let november = Review::of(&wild.join("out"), "tiny", NOVEMBER).manifest();
    assert!(
        november["counts"]["findings"].as_object().unwrap().len() > 6,
        "{november}"
    );
    // As errors they stop the review that may read them, and no other.
    let mut lines = String::new();
    for name in [
        "price-coverage",
        "sector-change",
        "fx-jump",
        "coverage-drop",
        "ended-prices",
    ] {
        lines.push_str(&format!("[{name}]\nseverity = \"error\"\n"));
    }
    wild.write("some/checks.toml", &lines);
    let outcome = run(&wild, "--config some --out stopped");
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&["effective 2020-11-30 may read this", "[sector-change] of checks.toml"]);
    assert_eq!(names_in(&wild.join("stopped/tiny/reviews"), ""), [MAY]);
}

#[test]
fn severities_decide() {
    let folder = prepare(&suspicious());
    folder.write("error/checks.toml", "[unadjusted-split]\nseverity = \"error\"\n");
    let stopped = run(&folder, "--config error");
    assert_eq!(stopped.code, 2, "{}", stopped.stderr);
    stopped.says(&[
        "error[Q0302]",
        "N06 2020-03-10",
        "effective 2020-05-29 may read this",
        "--explain unadjusted-split",
    ]);
    assert!(contents(&folder.join("out")).is_empty());
    assert_eq!(data_check(&folder, "--config error").code, 1);
    assert_eq!(data_check(&folder, "").code, 0);
    // A step that no longer looks like a split is a jump.
    let off = [
        "unadjusted-split",
        "price-jump",
        "value-bounds",
        "sector-outlier",
        "stale-close",
    ];
    folder.write(
        "off/checks.toml",
        &off.map(|name| format!("[{name}]\nseverity = \"off\"\n")).concat(),
    );
    let silent = run(&folder, "--config off");
    assert_eq!(silent.code, 0, "{}", silent.stderr);
    assert!(!silent.stdout.contains("warning[Q"), "{}", silent.stdout);
    let manifest = Review::of(&folder.join("out"), "tiny", MAY).manifest();
    assert_eq!(manifest["counts"]["findings"], serde_json::json!({}));
    assert_eq!(data_check(&folder, "--config off").stdout, "tiny: nothing is wrong\n");
    // A limit decides too, and both are part of the configuration's hash.
    folder.write(
        "wide/checks.toml",
        "[value-bounds.fields]\ndividend_yield = { max = 4 }\n",
    );
    assert_eq!(run(&folder, "--config wide --out wide-out").code, 0);
    let wide = Review::of(&folder.join("wide-out"), "tiny", MAY).manifest();
    assert_eq!(wide["counts"]["findings"], serde_json::json!({ "unadjusted-split": 1 }));
    assert_ne!(wide["configuration_hash"], manifest["configuration_hash"]);
}

#[test]
fn mistakes_of_checks_toml_are_shown_where_they_are() {
    let folder = prepare(&sound());
    folder.write(
        "bad/checks.toml",
        "[price-jmp]\nseverity = \"error\"\n\n[stale-close]\nsesions = 5\nseverity = \"fatal\"\n",
    );
    for outcome in [run(&folder, "--config bad"), data_check(&folder, "--config bad")] {
        assert_eq!(outcome.code, 2);
        outcome.says(&[
            "there is no check `price-jmp`",
            "did you mean `price-jump`?",
            "`stale-close` has no key `sesions`",
            "did you mean `sessions`?",
            "bad/checks.toml:6:12",
            "\"error\", \"warning\", \"note\" or \"off\"",
        ]);
    }
    assert!(contents(&folder.join("out")).is_empty());
}

#[test]
fn data_check_reports_in_every_form() {
    let folder = prepare(&suspicious());
    let report = data_check(&folder, "--out checked");
    report.says(&["findings in checked/findings.parquet"]);
    for part in [
        "Q0302  unadjusted-split",
        "warning",
        "N06",
        "÷2.01",
        "--explain value-bounds",
    ] {
        assert!(report.stdout.contains(part), "no `{part}` in\n{}", report.stdout);
    }
    let table = divisor_market::read_table("findings", &folder.join("checked/findings.parquet")).unwrap();
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "code",
            "check",
            "severity",
            "table",
            "file",
            "column",
            "security_id",
            "date",
            "known_on",
            "value",
            "limit",
            "message"
        ]
    );
    let rows = data_check(&folder, "--format json").json();
    let codes: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, texts(&table, "code"));
    assert_eq!(rows[2]["file"], "prices/year=2020/part.parquet", "{rows}");
    // By the day they became known: only the stale closes became so in August.
    let rows = data_check(&folder, "--from 2020-08-01 --format json").json();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["date"], "2020-08-03");
    assert_eq!(rows[0]["known_on"], "2020-08-14");
    assert_eq!(
        data_check(&folder, "--to 2020-02-01").stdout,
        "tiny: nothing is wrong\n"
    );
}

#[test]
fn checks_are_defined() {
    let folder = Folder::new();
    for check in ALL {
        for arguments in ["data check --explain", "check --explain"] {
            let outcome = Divisor::new(folder.path()).args(arguments).arg(check.code).succeed();
            for part in [check.code, check.name, check.definition, "severity"] {
                assert!(outcome.stdout.contains(part), "{} of {}", part, check.name);
            }
        }
    }
    let unknown = Divisor::new(folder.path()).args("data check --explain price-jmp").run();
    assert_eq!(unknown.code, 2);
    unknown.says(&["did you mean `price-jump`?"]);
}

/// The same findings at any number of threads and from shuffled files.
#[test]
fn reports_do_not_depend_on_threads_or_the_order_of_rows() {
    let folder = prepare(&suspicious());
    let one = data_check(&folder, "--format csv --threads 1");
    let mut data = suspicious();
    data.tables.iter_mut().for_each(|table| table.rows.reverse());
    let other = Folder::new();
    data.write(&other.join("shuffled"));
    copy_tree(&other.join("shuffled"), &other.join("data"));
    assert_eq!(data_check(&other, "--format csv --threads 8").stdout, one.stdout);
    assert_eq!(one.stdout.lines().count(), 5, "{}", one.stdout);
}
