//! Why a name is in, out or at its weight: the numbers and the lines of the rulebook.

use crate::support::{Divisor, Folder, Outcome, TextData, read, tests};

/// Asks about a security at the second review.
fn why(security: &str, words: &str) -> Outcome {
    let folder = Folder::new();
    TextData::load(&tests("why/data.txt")).write(&folder.join("data"));
    folder.write("rulebook.toml", &read(&tests("why/rulebook.toml")));
    let ask = Divisor::new(folder.path()).arg("why").arg(security);
    ask.args("rulebook.toml --data ./data --to 2020-12-31")
        .args(words)
        .run()
}

/// The line of the rulebook that begins with a text, as it is cited.
fn line(begins: &str) -> String {
    let text = read(&tests("why/rulebook.toml"));
    let at = text.lines().position(|line| line.starts_with(begins)).unwrap();
    format!("[line {}]", at + 1)
}

fn assert_told(security: &str, parts: &[&str]) {
    let outcome = why(security, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    for part in parts {
        assert!(outcome.stdout.contains(part), "no `{part}` in:\n{}", outcome.stdout);
    }
}

#[test]
fn a_member_at_its_cap() {
    assert_told(
        "A",
        &[
            "A Alpha (US, Tech) is IN tiny at 2020-11-30 with 25.000% · a member since 2020-05-29",
            "cut-off 2020-10-30, snapshot 2020-10-30, 0 days old",
            "weight in the parent 23.913%",
            "book_value > 0: 100 → kept · known 2020-10-30",
            "leverage 0.1000 · known 2020-10-30",
            "(low is good)",
            "rank 1 (5 wanted, ranks to 4 in, members stay to 6) → in",
            "29.530% before limits (parent)",
            "security A: 25.000% held at its maximum of 25.000%",
            "reweight from a drifted 26.829% to 25.000%: -1.829pp (market_cap)",
            &line("keep = "),
            &line("[select.top]"),
            &line("[weight.parent]"),
            &line("[[limit]]"),
        ],
    );
}

#[test]
fn a_member_that_the_buffer_keeps() {
    assert_told(
        "D",
        &[
            "is IN tiny",
            "rank 6",
            "in: a member inside the buffer stays",
            "17.857% within its bound of 25.000%",
        ],
    );
}

#[test]
fn a_newcomer_that_the_buffer_cuts() {
    assert_told(
        "G",
        &[
            "is OUT of tiny at 2020-11-30\n",
            "rank 5",
            "OUT: members inside the buffer filled the places",
        ],
    );
}

#[test]
fn a_member_beyond_the_buffer() {
    assert_told(
        "E",
        &[
            "is OUT of tiny at 2020-11-30 · it was in since 2020-05-29",
            "rank 7",
            "OUT: beyond the buffer for members",
            "deletion from a drifted 13.304% to 0.000%",
        ],
    );
}

#[test]
fn a_name_that_a_screen_cuts() {
    let outcome = why("H", "");
    assert_eq!(outcome.code, 0);
    let cut = "positive-book              book_value > 0: -5 → OUT · known 2020-10-30";
    assert!(outcome.stdout.contains(cut), "{}", outcome.stdout);
    assert!(outcome.stdout.contains(&line("keep = ")));
    for later in ["rank", "before limits", "turnover"] {
        assert!(
            !outcome.stdout.contains(later),
            "nothing comes after that:\n{}",
            outcome.stdout
        );
    }
}

#[test]
fn a_missing_variable_and_what_became_of_it() {
    assert_told(
        "F",
        &[
            "is IN tiny",
            "new at this review",
            "leverage is missing → average-others",
            "s = mean +0.1204",
        ],
    );
}

#[test]
fn an_earlier_review() {
    let outcome = why("F", "--date 2020-05-29");
    assert_eq!(outcome.code, 0);
    for part in [
        "is OUT of tiny at 2020-05-29",
        "snapshot 2020-04-30",
        "rank 6",
        "leverage 0.6000",
    ] {
        assert!(outcome.stdout.contains(part), "{part}:\n{}", outcome.stdout);
    }
}

#[test]
fn a_security_by_ticker_name_and_part_of_a_name() {
    for text in ["D", "DEL", "del", "Delta", "delt"] {
        let outcome = why(text, "");
        assert!(
            outcome.stdout.starts_with("D Delta "),
            "{text}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
    }
}

#[test]
fn a_security_that_is_not_there() {
    let outcome = why("Gama", "");
    assert_eq!(outcome.code, 2);
    outcome.says(&["has the id, ticker or name `Gama`", "did you mean GAM?"]);
    let outcome = why("ta", "");
    assert_eq!(outcome.code, 2);
    outcome.says(&["`ta` may be any of 5 securities", "B, D, F, G, H"]);
}

#[test]
fn the_trace_as_a_document() {
    let document = why("F", "--format json").json();
    assert_eq!(document["security_id"], "F");
    assert_eq!(document["in"], true);
    let decisions = document["decisions"].as_array().unwrap();
    let stages: Vec<&str> = decisions.iter().map(|row| row["stage"].as_str().unwrap()).collect();
    let mut order = stages.clone();
    order.dedup();
    assert_eq!(order, ["universe", "screen", "score", "select", "weight", "limit"]);
    let cap = decisions.last().unwrap();
    assert_eq!(
        (&cap["rule_id"], &cap["threshold"], &cap["outcome"]),
        (&"cap".into(), &0.25.into(), &"within".into())
    );
    assert!((cap["value"].as_f64().unwrap() - 0.75 / 7.0).abs() < 1e-12);
}

/// What `why` says about a name of a case of `cases/`, in one index of a rulebook with several.
fn why_in_case(case: &str, rulebook: &str, security: &str, index: Option<&str>) -> String {
    let folder = Folder::new();
    TextData::load(&tests(&format!("cases/{case}/data.txt"))).write(&folder.join("data"));
    folder.write("rulebook.toml", &read(&tests(&format!("cases/{case}/{rulebook}.toml"))));
    let ask = Divisor::new(folder.path()).arg("why").arg(security);
    let mut ask = ask.args("rulebook.toml --data ./data --to 2020-12-31");
    if let Some(index) = index {
        ask = ask.arg("--index").arg(index);
    }
    let outcome = ask.run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn weights_that_are_more_than_bounds() {
    for (case, rulebook, security, parts) in [
        (
            "turnover-blend",
            "one-way",
            "A",
            &[
                "one-way turnover 10.000%, held to 10.000% by a blend with the drifted weights",
                "share of new weights 25.000%",
                "weight before blend 10.000%",
            ][..],
        ),
        (
            "turnover-blend",
            "loose",
            "A",
            &["one-way turnover 40.000% within its bound of 40.000%"],
        ),
        (
            "parent-groups",
            "neutral",
            "A",
            &["sector Tech: 50.000% reset to its weight in the parent, 70.000%"],
        ),
        (
            "concentration-readings",
            "breach",
            "N02",
            &[
                "weight in all above 4.5%: 42.000% held at its maximum of 45.000%",
                "security N02: 4.500% held at its maximum of 4.500%",
            ],
        ),
        ("cap-power", "power", "N00", &["weights raised to the power 0.7000"]),
    ] {
        let text = why_in_case(case, rulebook, security, None);
        for part in parts {
            assert!(text.contains(part), "no `{part}` in:\n{text}");
        }
    }
}

#[test]
fn a_history_says_since_when_and_what_changed() {
    // F pressed in when its `v` rose from 4 to 6, though its debt is no longer known.
    let told = why("F", "--history");
    assert_eq!(told.code, 0, "{}", told.stderr);
    for part in [
        "F Zeta (US, Banks) is IN tiny since 2020-11-30 · in at 1 of 2 reviews 2020-05-29 … 2020-11-30",
        "1 review  OUT",
        "changed at 2020-11-30: rank 6 → ",
        "v 4 → 6 (known 2020-10-30)",
        "leverage 0.6000 → missing",
    ] {
        assert!(told.stdout.contains(part), "no `{part}` in:\n{}", told.stdout);
    }
}

#[test]
fn a_history_of_a_name_that_never_was_in() {
    let document = why("H", "--history --format json").json();
    assert_eq!(document["state"], "out");
    let spells = document["spells"].as_array().unwrap();
    assert_eq!(spells.len(), 1, "{document}");
    assert_eq!(
        (&spells[0]["rule_id"], &spells[0]["code"], &spells[0]["reviews"]),
        (&"positive-book".into(), &"fails".into(), &2.into())
    );
    assert!(spells[0]["changed"].is_null());
    let reviews = document["reviews"].as_array().unwrap();
    assert!(reviews.iter().all(|review| review["weight"].is_null()));
}

#[test]
fn a_history_has_weights_and_ranks_of_each_review() {
    let document = why("A", "--history --format json").json();
    let reviews = document["reviews"].as_array().unwrap();
    assert_eq!(reviews.len(), 2);
    for review in reviews {
        assert_eq!(review["state"], "in");
        assert_eq!(review["rank"], 1);
        assert!((review["weight"].as_f64().unwrap() - 0.25).abs() < 1e-2, "{review}");
    }
}

#[test]
fn the_log_has_one_object_a_stage() {
    let outcome = why("A", "--log-format json");
    assert_eq!(outcome.code, 0);
    let stages: Vec<serde_json::Value> = outcome
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let stage = |name: &str| {
        stages
            .iter()
            .find(|line| line["stage"] == name)
            .unwrap_or_else(|| panic!("{stages:?}"))
    };
    for name in [
        "bind",
        "read",
        "snapshots",
        "history",
        "index",
        "score",
        "choose",
        "weigh",
        "trade",
    ] {
        assert!(stage(name)["seconds"].as_f64().unwrap() >= 0.0);
    }
    assert_eq!(stage("index")["id"], "tiny");
    assert_eq!(stage("index")["reviews"], 2);
    assert_eq!(stage("read")["securities"], 8);
}

#[test]
fn what_narrowing_dropped_and_where_it_ended() {
    let told = why_in_case("narrow", "narrow", "A", Some("published"));
    for part in [
        "rank 4 (3 left) → OUT: dropped while the index was narrowed",
        "dropped in round 1 of 1",
        "exposure to z 1.4000 is above 1: narrowing ended here",
        "weighted capacity ratio 1.7969, not above 3.1250",
        "effective names 2.9091, not below 2.5769",
    ] {
        assert!(told.contains(part), "no `{part}` in:\n{told}");
    }
    let told = why_in_case("narrow", "narrow", "D", Some("sector-floor"));
    for part in [
        "rank 1 (3 left) → in",
        "sector X 0 is below 0.2000: narrowing ended here",
    ] {
        assert!(told.contains(part), "no `{part}` in:\n{told}");
    }
}

#[test]
fn groups_brought_to_the_ends_of_their_bands() {
    for (security, part) in [
        ("A", "sector X: 20.000% brought to the end of its band, 38.000%"),
        (
            "B",
            "sector Y: 40.000% inside its band, scaled with what other groups gave or took",
        ),
        ("D", "sector Z: 40.000% brought to the end of its band, 32.000%"),
    ] {
        let told = why_in_case("bands-in-one-pass", "case", security, Some("once"));
        assert!(told.contains(part), "no `{part}` in:\n{told}");
    }
}
