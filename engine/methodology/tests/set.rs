//! `--set KEY=VALUE` against the shipped quality rulebook: what it reaches, and the one message where it reaches nothing.

use divisor_methodology::{Buffer, Methodology, Missing, Over, Parent, Select, Source, Tie, Top, TopSize, compile};

const QUALITY: &str = include_str!("../../../methodologies/quality/world.toml");

fn set(key: &str, value: &str) -> Source {
    Source::new("world.toml", QUALITY).set(key, value)
}

fn compiled(key: &str, value: &str) -> Methodology {
    let (methodology, diagnostics) = compile(&set(key, value), None);
    methodology.unwrap_or_else(|| panic!("{key} = {value}: {diagnostics:#?}"))
}

fn top(methodology: &Methodology) -> &Top {
    match &methodology.select {
        Select::Top(top) => top,
        _ => panic!("not [select.top]"),
    }
}

/// Code, message and help of the only diagnostic, and the text it points at.
fn mistake(key: &str, value: &str) -> (String, String) {
    let source = set(key, value);
    let (methodology, diagnostics) = compile(&source, None);
    assert!(methodology.is_none(), "{key} = {value} is accepted");
    let [only] = diagnostics.as_slice() else {
        panic!("{key} = {value}: {diagnostics:#?}");
    };
    let place = only.location.as_ref().expect("a place");
    let text = format!("{}: {} ({})", only.code, only.message, only.help);
    (text, source.text[place.span.clone()].to_owned())
}

#[test]
fn a_setting_equals_the_same_written_by_hand() {
    for (key, value, written, instead) in [
        ("select.top.count", "150", "count  = 300", "count  = 150"),
        ("select.top.buffer", "10%", "buffer = \"20%\"", "buffer = \"10%\""),
        ("select.top.buffer", "\"10%\"", "buffer = \"20%\"", "buffer = \"10%\""),
        (
            "select.top.within",
            "sector",
            "count  = 300",
            "count  = 300\nwithin = \"sector\"",
        ),
        (
            "select.top.ties.parent_weight.prefer",
            "low",
            "prefer = \"high\" }]",
            "prefer = \"low\" }]",
        ),
        ("limit.issuer-cap.max", "4%", "max     = \"5%\"", "max     = \"4%\""),
        (
            "limit.issuer-cap.max.lower_of",
            "[\"4%\", \"20 x parent\"]",
            "max     = \"5%\"",
            "max = { lower_of = [\"4%\", \"20 x parent\"] }",
        ),
        (
            "limit.issuer-cap.fallback",
            "security",
            "max     = \"5%\"",
            "max     = \"5%\"\nfallback = \"security\"",
        ),
        (
            "score.quality.deviation",
            "sample",
            "deviation = \"population\"",
            "deviation = \"sample\"",
        ),
        (
            "score.quality.winsorize.percentiles",
            "[\"1%\", \"99%\"]",
            "[\"5%\", \"95%\"]",
            "[\"1%\", \"99%\"]",
        ),
        (
            "score.quality.over.after",
            "positive-book",
            "over      = \"eligible\"",
            "over = { after = \"positive-book\" }",
        ),
        (
            "screen.positive-book.keep",
            "book_value > $1bn",
            "book_value_per_share > 0",
            "book_value > $1bn",
        ),
        ("review.max_age", "60 days", "40 days", "60 days"),
        ("review.months", "[\"March\"]", "[\"May\", \"November\"]", "[\"March\"]"),
        ("review.cutoff.months", "-2", "months = -1", "months = -2"),
        ("index.base.date", "2012-05-31", "2009-05-29", "2012-05-31"),
        ("index.base.level", "100", "level = 1000", "level = 100"),
        (
            "index.parent",
            "{ index = \"world-value\" }",
            "parent  = \"world\"",
            "parent  = { index = \"world-value\" }",
        ),
        (
            "index.parent.index",
            "world-value",
            "parent  = \"world\"",
            "parent  = { index = \"world-value\" }",
        ),
        ("index.name", "Plain Words", "\"World Quality\"", "\"Plain Words\""),
        ("weight.tilted.base", "equal", "base = \"parent\"", "base = \"equal\""),
        ("weight.tilted.by.quality.map", "value", "\"one-plus-z\"", "\"value\""),
        (
            "variables.leverage",
            "total_debt / total_assets",
            "\"total_debt / book_value\"",
            "\"total_debt / total_assets\"",
        ),
        (
            "variables.extra",
            "sales / shares",
            "[[screen]]",
            "extra = \"sales / shares\"\n[[screen]]",
        ),
    ] {
        assert_eq!(QUALITY.matches(written).count(), 1, "{written}");
        let by_hand = Source::new("world.toml", QUALITY.replace(written, instead));
        let (by_hand, diagnostics) = compile(&by_hand, None);
        let by_hand = by_hand.unwrap_or_else(|| panic!("{instead}: {diagnostics:#?}"));
        let (unchanged, _) = compile(&Source::new("world.toml", QUALITY), None);
        assert_eq!(compiled(key, value).hash(), by_hand.hash(), "{key}");
        assert_ne!(
            by_hand.hash(),
            unchanged.expect("valid").hash(),
            "{key} changes nothing"
        );
    }
}

#[test]
fn elements_are_found_by_the_variable_they_name() {
    let found = compiled("score.quality.of.leverage.missing", "zero");
    let parts = &found.score("quality").expect("there").parts;
    assert_eq!(parts[1].missing.value, Missing::Zero);
    assert_eq!(parts[2].missing.value, Missing::AverageOthers);
    let found = compiled("score.quality.of.leverage.missing.substitute", "total_debt");
    assert!(matches!(found.scores[0].parts[1].missing.value, Missing::Substitute(_)));
    let found = compiled("score.quality.over.after", "positive-book");
    assert_eq!(found.scores[0].over.value, Over::After("positive-book".to_owned()));
}

#[test]
fn a_key_not_yet_written_may_be_set() {
    let source = Source::new("world.toml", QUALITY.replace("buffer = \"20%\"\n", ""));
    let (plain, _) = compile(&source, None);
    assert!(top(&plain.expect("valid")).buffer.is_none());
    let (found, diagnostics) = compile(&source.set("select.top.buffer", "10%"), None);
    let found = found.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    let (line, buffer) = top(&found)
        .buffer
        .map(|buffer| (buffer.line, buffer.value))
        .expect("set");
    let Buffer::Share(share) = buffer else {
        panic!("{buffer:?}")
    };
    assert_eq!((share.numerator, share.denominator), (10, 100));
    // The line a setting is appended on, so that a trace can show it.
    assert_eq!(
        line.map(divisor_methodology::Line::number),
        Some(QUALITY.lines().count())
    );
    let found = compiled("score.quality.clip", "3 sd");
    assert!(found.scores[0].clip.is_some());
}

#[test]
fn several_settings_hold_together_and_the_last_wins() {
    let source = set("select.top.count", "10")
        .set("select.top.by", "roe")
        .set("select.top.count", "20");
    let (found, _) = compile(&source, None);
    let found = found.expect("valid");
    assert!(matches!(top(&found).size, TopSize::Count(20)));
    assert_eq!(top(&found).by.name(), "roe");
    let ties: &[Tie] = &top(&found).ties;
    assert_eq!(ties.len(), 1);
    assert_eq!(source.written(), QUALITY);
    assert!(
        source
            .text
            .ends_with("# --set select.top.by = roe\n# --set select.top.count = 20\n")
    );
}

#[test]
fn an_override_is_found_by_its_date() {
    let overrides = "months       = [\"May\", \"November\"]\n\
        overrides = [{ instead_of = 2024-11-29, effective = 2024-11-25, because = \"announced so\" }]";
    let text = QUALITY.replace("months       = [\"May\", \"November\"]", overrides);
    let source = Source::new("world.toml", text).set("review.overrides.2024-11-29.effective", "2024-11-22");
    let (found, diagnostics) = compile(&source, None);
    let found = found.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    assert_eq!(found.review.overrides[0].effective, "2024-11-22".parse().ok());
}

#[test]
fn a_value_cannot_leave_its_line() {
    let found = compiled("index.name", "A\n[index]\nid = \"b\"");
    assert_eq!(found.index.id, "world-quality");
    assert_eq!(found.index.name, "A [index] id = \"b\"");
    assert_eq!(found.index.parent, Parent::Universe("world".to_owned()));
}

#[test]
fn a_path_that_leads_nowhere_gives_one_message_at_the_step() {
    for (key, value, wanted, at) in [
        (
            "limit.issuer-cup.max",
            "4%",
            "M0108: --set: no element of `limit` is called `issuer-cup` (did you mean `issuer-cap`?)",
            "issuer-cup",
        ),
        (
            "limit.issuer-cap.mx",
            "4%",
            "M0108: --set: `limit.issuer-cap` has no key `mx` (did you mean `max`?)",
            "mx",
        ),
        (
            "selct.top.count",
            "4",
            "M0108: --set: a rulebook has no key `selct` (did you mean `select`?)",
            "selct",
        ),
        (
            "score.qualty.deviation",
            "sample",
            "M0108: --set: `score` has no `qualty` (did you mean `quality`?)",
            "qualty",
        ),
        (
            "score.quality.of.leverge.missing",
            "zero",
            "M0108: --set: no element of `score.quality.of` is called `leverge` (did you mean `leverage`?)",
            "leverge",
        ),
        (
            "index.id.name",
            "x",
            "M0108: --set: `index.id` has no keys below it (set it as a whole: index.id)",
            "name",
        ),
        (
            "review.overrides.2024-11-29.effective",
            "2024-11-22",
            "M0108: --set: the rulebook has no `review.overrides` (a setting changes rules; write new ones into the rulebook)",
            "overrides",
        ),
        (
            "select..count",
            "4",
            "M0108: --set: the key `select..count` has an empty step (write the path with dots: select.top.count)",
            ".",
        ),
        (
            "limit.issuer-cap.max",
            "4",
            "M0215: a bound needs its unit (write \"4%\" of the index, or \"4 x parent\")",
            "4",
        ),
        (
            "select.top.count",
            "many",
            "M0102: `select.top.count` must be a whole number, not a text (write a number: 300)",
            "many",
        ),
        (
            "screen.positive-book.keep",
            "book_value >> 0",
            "M0302: expected a number, a name, a function or `(`, found `>` (`>` needs a value on its right)",
            ">",
        ),
        (
            "select.top.fraction",
            "10%",
            "M0105: `select.top` has both `count` and `fraction` (keep one of them: they exclude each other)",
            "select.top.fraction",
        ),
    ] {
        assert_eq!(
            mistake(key, value),
            (wanted.to_owned(), at.to_owned()),
            "{key} = {value}"
        );
    }
}
