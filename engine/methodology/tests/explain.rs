//! The prose of the shipped rulebooks. `DIVISOR_BLESS=1` rewrites the expected text; read it before you commit it.

mod shipped;

use std::fs;
use std::path::Path;

use divisor_methodology::{Methodology, Select, Source, WeightScheme, compile, explain, to_markdown, to_text};

const RULEBOOKS: [(&str, &str); 4] = [
    (
        "equal-weight",
        include_str!("../../../methodologies/equal-weight/world.toml"),
    ),
    (
        "fundamental",
        include_str!("../../../methodologies/fundamental/world.toml"),
    ),
    (
        "low-volatility",
        include_str!("../../../methodologies/low-volatility/world.toml"),
    ),
    ("quality", include_str!("../../../methodologies/quality/world.toml")),
];

fn compiled(text: &str) -> Option<Methodology> {
    compile(&Source::new("world.toml", text), None).0
}

fn prose(text: &str) -> String {
    to_text(&explain(&compiled(text).expect("a valid rulebook")))
}

#[test]
fn the_prose_of_each_shipped_rulebook_is_as_committed() {
    for (family, text) in RULEBOOKS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/explain/{family}-world.txt"));
        let found = prose(text);
        if std::env::var_os("DIVISOR_BLESS").is_some() {
            fs::write(&path, &found).expect("writable");
        }
        let wanted = fs::read_to_string(&path).expect("the expected prose");
        assert!(found == wanted, "{family}: found\n{found}");
    }
}

/// Without its line numbers.
fn unnumbered(prose: &str) -> String {
    let lines = prose
        .lines()
        .map(|line| line.split("[line ").next().unwrap_or_default().trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

/// The line without one key of its inline tables each, by the key.
fn without_inline_keys(line: &str) -> Vec<String> {
    let mut cut = Vec::new();
    let (mut depth, mut starts, mut is_quoted) = (0_u32, Vec::new(), false);
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '{' => starts.push((depth, at + 1)),
            '}' | ',' if starts.last().is_some_and(|(outer, _)| *outer == depth) => {
                if let Some((outer, start)) = starts.pop() {
                    let end = if letter == ',' { at + 1 } else { at };
                    if line[start..at].contains('=') {
                        cut.push(format!("{} {}", &line[..start], &line[end..]));
                    }
                    if letter == ',' {
                        starts.push((outer, at + 1));
                    }
                }
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    cut
}

#[test]
fn keys_inside_a_line_are_taken_out_one_by_one() {
    let cut = without_inline_keys("a = { b = [\"x, y\", \"z\"], c = 2 }");
    assert_eq!(cut, ["a = {  c = 2 }", "a = { b = [\"x, y\", \"z\"], }"]);
    assert_eq!(without_inline_keys("a = [{ b = 1, c = 2 }]").len(), 2);
    assert!(without_inline_keys("a = \"{ b }\"").is_empty() && without_inline_keys("a = {}").is_empty());
}

/// The prose of all indexes of a shipped rulebook; `None` where one of them is broken.
fn prose_of_all(name: &str, text: &str) -> Option<String> {
    let indexes = shipped::indexes(name, text).into_iter();
    let prose = indexes.map(|source| Some(unnumbered(&to_text(&explain(&compile(&source, None).0?)))));
    prose.collect::<Option<Vec<_>>>().map(|all| all.join("\n"))
}

/// A key that is taken out either breaks the rulebook or is missed in the prose: alone on its line, or inside one.
#[test]
fn every_key_of_every_shipped_rulebook_shows() {
    let mut taken_out = 0;
    for (name, text) in shipped::rules() {
        let whole = prose_of_all(&name, &text).unwrap_or_else(|| panic!("{name} is broken"));
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if !line.contains(" = ") || line.starts_with('#') {
                continue;
            }
            let mut instead = without_inline_keys(line);
            instead.push(String::new());
            for instead in instead {
                let mut without = lines.clone();
                without[at] = &instead;
                taken_out += 1;
                if let Some(changed) = prose_of_all(&name, &without.join("\n")) {
                    assert_ne!(changed, whole, "{name}: `{line}` as `{instead}` does not show");
                }
            }
        }
    }
    assert!(taken_out > 1000, "{taken_out}");
}

/// A value changed in the rulebook changes the prose.
#[test]
fn every_value_shows() {
    let quality = RULEBOOKS[3].1;
    let whole = prose(quality);
    for (written, instead) in [
        ("2026-11", "2027-05"),
        ("level = 1000", "level = 100"),
        ("2009-05-29", "2010-05-28"),
        ("\"XNYS\"", "\"weekdays\""),
        ("[\"May\", \"November\"]", "[\"March\"]"),
        (
            "effective    = { session = \"last\" }",
            "effective    = { session = \"first\" }",
        ),
        ("months = -1", "months = -2"),
        ("sessions = -9", "sessions = -8"),
        ("sessions = -9", "sessions = -9, counted_from = \"next-open\""),
        ("40 days", "41 days"),
        ("\"population\"", "\"sample\""),
        ("\"order-statistic\"", "\"linear\""),
        ("[\"5%\", \"95%\"]", "[\"5%\", \"99%\"]"),
        ("over      = \"eligible\"", "over      = \"parent\""),
        ("over      = \"eligible\"", "clip = \"3 sd\""),
        ("over      = \"eligible\"", "within = \"sector\""),
        ("\"exclude-security\"", "\"worst\""),
        ("\"exclude-security\"", "\"neutral-rank\""),
        ("\"exclude-security\"", "{ substitute = \"leverage\" }"),
        ("count  = 300", "count  = 301"),
        ("buffer = \"20%\"", "buffer = \"25%\""),
        ("buffer = \"20%\"", "buffer = \"20%\"\nbuffer_rounding = \"up\""),
        ("prefer = \"high\" }]", "prefer = \"low\" }]"),
        ("base = \"parent\"", "base = \"equal\""),
        ("\"one-plus-z\"", "\"value\""),
        ("max     = \"5%\"", "max     = { lower_of = [\"5%\", \"20 x parent\"] }"),
        ("max     = \"5%\"", "max     = \"5%\"\nfallback = \"security\""),
        ("max     = \"5%\"", "max     = \"5%\"\nmin = \"1%\""),
        ("no issuer may dominate", "no issuer can dominate"),
    ] {
        assert_eq!(quality.matches(written).count(), 1, "{written}");
        let changed = prose(&quality.replace(written, instead));
        assert_ne!(unnumbered(&changed), unnumbered(&whole), "{instead} does not show");
    }
}

/// The settings of a rulebook that apply, by whether a line states them.
fn settings(methodology: &Methodology) -> (usize, usize) {
    let mut lines: Vec<Option<divisor_methodology::Line>> = vec![methodology.index.notional.line];
    lines.extend(methodology.review.max_age_days.map(|days| days.line));
    lines.extend(methodology.screens.iter().map(|screen| screen.keep_missing.line));
    for score in &methodology.scores {
        lines.extend([score.deviation.line, score.over.line]);
        lines.extend(score.winsorize.iter().map(|winsorize| winsorize.method.line));
        lines.extend(
            score
                .parts
                .iter()
                .flat_map(|part| [part.prefer.line, part.missing.line]),
        );
    }
    if let Select::Top(top) = &methodology.select {
        lines.extend([top.prefer.line]);
        lines.extend(
            top.buffer
                .iter()
                .flat_map(|buffer| [buffer.line, top.buffer_rounding.line]),
        );
        lines.extend(top.within.iter().map(|within| within.line));
    }
    if let WeightScheme::Measures(measures) = &methodology.weight.scheme {
        lines.extend([measures.missing.line, measures.float.line]);
    }
    let stated = lines.iter().flatten().count();
    (stated, lines.len() - stated)
}

#[test]
fn every_setting_is_marked() {
    let texts = shipped::rules();
    let indexes = texts.iter().flat_map(|(name, text)| shipped::indexes(name, text));
    for source in indexes {
        let name = source.file.clone();
        let methodology = compile(&source, None).0.expect("a valid rulebook");
        let (stated, defaults) = settings(&methodology);
        let prose = to_text(&explain(&methodology));
        assert!(
            prose.matches("(stated)").count() >= stated,
            "{name}: {stated} stated\n{prose}"
        );
        assert!(
            prose.matches("(default)").count() >= defaults,
            "{name}: {defaults} defaults\n{prose}"
        );
        assert!(
            prose.trim_end().ends_with("(defaults)."),
            "{name}: what is not used comes last"
        );
    }
}

#[test]
fn markdown_has_the_same_rules() {
    let methodology = compiled(RULEBOOKS[3].1).expect("a valid rulebook");
    let sections = explain(&methodology);
    let markdown = to_markdown(&sections);
    assert!(markdown.starts_with("# World Quality (`world-quality`), edition 2026-11\n"));
    let rules: usize = sections.iter().map(|section| section.rules.len()).sum();
    let written = markdown
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .count();
    assert_eq!(written, rules);
    assert!(markdown.contains("\n## Selection\n"));
}

/// Every cut-off of its own, by rule and announced for one review, is told once and alone; taken out, it is not.
#[test]
fn every_cutoff_of_its_own_shows() {
    let quality = RULEBOOKS[3].1;
    // Wrapped lines joined.
    let words = |text: &str| {
        unnumbered(&prose(text))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let announcement = "announcement = { sessions = -9 }";
    assert!(quality.contains(announcement));
    let with = |rules: &str| {
        let rules = format!("{announcement}\n{rules}");
        words(&quality.replace(announcement, &rules))
    };
    let plain = words(quality);
    for (kind, rule, dated) in [
        (
            "prices",
            "Prices of the windows of formulas and of drift are those known by",
            "2024-11-13 of prices",
        ),
        (
            "shares",
            "The snapshot, with shares, floats, classes and its prices, and the splits are those",
            "2024-11-13 of shares",
        ),
        (
            "fundamentals",
            "Publications of companies are those known by",
            "2024-11-13 of fundamentals",
        ),
        ("risk", "The risk model is the newest known by", "2024-11-13 of risk"),
    ] {
        let own = with(&format!("cutoffs = {{ {kind} = {{ sessions = -10 }} }}"));
        assert!(
            own.contains(rule) && own.contains("ten sessions before the effective close"),
            "{kind}: {own}"
        );
        let announced = with(&format!(
            "overrides = [{{ instead_of = 2024-11-29, cutoffs = {{ {kind} = 2024-11-13 }}, because = \"a strike\" }}]"
        ));
        let told = format!("The review that falls on 2024-11-29 by rule is with cut-off {dated} instead.");
        assert!(
            announced.contains(&told) && announced.contains("a strike"),
            "{kind}: {announced}"
        );
        assert!(!plain.contains(rule) && !plain.contains(dated));
    }
}

/// What the language has beyond the shipped rulebooks: each of these changes the prose, and no two are told alike.
#[test]
fn every_way_of_weighting_and_limiting_shows() {
    let quality = RULEBOOKS[3].1;
    let cap = "max     = \"5%\"";
    let scheme =
        "[weight.tilted]\nbase = \"parent\"\n[[weight.tilted.by]]\nscore = \"quality\"\nmap   = \"one-plus-z\"";
    assert!(quality.contains(cap) && quality.contains(scheme));
    let mut told: Vec<String> = vec![unnumbered(&prose(quality))];
    let limits = [
        "max = \"parent + 5pp\"",
        "max = \"parent - 5pp\"",
        "max = { higher_of = [\"2 x parent\", \"parent + 5pp\"] }",
        "max = { lower_of = [\"2 x parent\", \"parent + 5pp\"] }",
        "min = { higher_of = [\"0.5 x parent\", \"parent - 5pp\"] }",
        "max = \"largest in parent\"",
        "max = { higher_of = [\"10%\", \"largest in parent\"] }",
        "ladder = [\"8%\", \"7%\"]",
        "ladder = [\"8%\", \"7%\", \"6%\"]",
        "within = \"5pp\"\nsmall = { up_to = \"2.5%\", max = \"3 x parent\" }",
        "within = \"5pp\"\nsmall = { up_to = \"2%\", max = \"3 x parent\" }",
        "within = \"5pp\"\nsmall = { up_to = \"2.5%\", max = \"2 x parent\" }",
        "max = \"10%\"\nconcentration = { above = \"5%\", max = \"40%\" }",
        "max = \"10%\"\nconcentration = { above = \"4%\", max = \"40%\" }",
        "max = \"10%\"\nconcentration = { above = \"5%\", max = \"45%\" }",
        "max = \"10%\"\nconcentration = { above = \"5%\", max = \"40%\", cut = \"nearest\" }",
        "max = \"10%\"\nconcentration = { above = \"5%\", max = \"40%\", cut = \"breach\" }",
        "max = \"10%\"\nconcentration = { above = \"5%\", max = \"40%\", cut = \"smallest\" }",
        "max = \"10%\"\nconcentration = { above = \"5%\", max = \"40%\" }\nredistribute = \"power\"",
        "max = \"5%\"\nredistribute = \"proportional\"",
        "max = \"5%\"\nredistribute = \"equal\"",
        "max = \"5%\"\nredistribute = \"power\"",
    ];
    let weights = [
        "[weight.inverse]\nvariable = \"leverage\"",
        "[weight.inverse]\nvariable = \"leverage\"\npower = 1",
        "[weight.inverse]\nvariable = \"leverage\"\npower = 2",
        "[weight.proportional]\nvariable = \"market_cap\"",
        "[weight.proportional]\nvariable = \"market_cap\"\npower = 0.5",
        "[weight.equal-excess]",
        "[weight.equal-excess]\nwithin = \"sector\"",
        "[weight.equal-excess]\nwithin = \"sector\"\nempty = \"error\"",
        "[weight.equal-excess]\nwithin = \"sector\"\nempty = \"spread\"",
        "[weight.equal]\n[weight.neutral]\nwithin = \"sector\"",
        "[weight.equal]\n[weight.neutral]\nwithin = \"country\"",
        "[weight.equal]\n[weight.neutral]\nwithin = \"sector\"\nempty = \"spread\"",
        "[weight.equal]\n[weight.neutral]\nwithin = \"sector\"\nband = \"5pp\"",
        "[weight.equal]\n[weight.neutral]\nwithin = \"sector\"\nband = \"4pp\"",
        "[weight.equal]\n[weight.drop]\nbelow = \"0.05%\"",
        "[weight.equal]\n[weight.drop]\nbelow = \"0.1%\"",
        "[weight.equal]\n[weight.drop]\nbelow = \"0.1%\"\nbecause = \"too small to trade\"",
        "[weight.equal]\n[tranches]\ncount = 2",
        "[weight.equal]\n[tranches]\ncount = 4",
        "[weight.equal]\n[tranches]\ncount = 4\nsize = \"drifted\"",
        "[weight.equal]\n[tranches]\ncount = 4\nsize = \"equal\"",
        "[weight.equal]\n[tranches]\ncount = 4\nbecause = \"less trading a day\"",
        "[weight.equal]\n[turnover]\nmax = \"10%\"",
        "[weight.equal]\n[turnover]\nmax = \"20%\"",
        "[weight.equal]\n[turnover]\nmax = \"10%\"\nmeasure = \"two-way\"",
        "[weight.equal]\n[turnover]\nmax = \"10%\"\nmeasure = \"one-way\"",
        "[weight.equal]\n[turnover]\nmax = \"10%\"\nunreachable = \"least\"",
        "[weight.equal]\n[turnover]\nmax = \"10%\"\nunreachable = \"error\"",
        "[weight.equal]\n[turnover]\nmax = \"10%\"\nbecause = \"trading costs\"",
    ];
    told.extend(
        limits
            .iter()
            .map(|limit| unnumbered(&prose(&quality.replace(cap, limit)))),
    );
    told.extend(
        weights
            .iter()
            .map(|weight| unnumbered(&prose(&quality.replace(scheme, weight)))),
    );
    let count = told.len();
    let all = told.clone();
    told.sort();
    told.dedup();
    let twice = all
        .iter()
        .enumerate()
        .filter(|(at, text)| all[..*at].contains(text))
        .map(|(at, _)| at);
    assert_eq!(told.len(), count, "told alike: {:?}", twice.collect::<Vec<_>>());
}

/// The same of narrowing and of winsorising within groups of its own.
#[test]
fn every_way_of_narrowing_and_winsorising_shows() {
    let quality = RULEBOOKS[3].1;
    let selection = quality.split("\n[select.top]\n").nth(1).expect("a selection");
    let selection = selection.split("\n\n").next().expect("its keys");
    let winsorize = "winsorize = { percentiles = [\"5%\", \"95%\"], method = \"order-statistic\"";
    assert!(quality.contains(winsorize));
    let stop = |keys: &str| format!("by = \"quality\"\n[[select.narrow.stop]]\nid = \"stop\"\n{keys}");
    let capacity = stop("on = \"capacity\"\nmax = \"2.5 x broad\"");
    let mut narrow = vec![
        capacity.clone(),
        stop("on = \"capacity\"\nmax = \"2 x broad\""),
        stop("on = \"exposure\"\nmax = \"2 x broad\""),
        stop("on = \"exposure\"\nof = \"leverage\"\nmax = \"2 x broad\""),
        stop("on = \"effective-names\"\nmin = \"0.67 x broad\""),
        stop("on = \"effective-names\"\nmin = 100"),
        stop("on = \"sector\"\nmin = \"1%\""),
        stop("on = \"sector\"\nmax = \"1%\""),
        stop("on = \"sector\"\nmin = \"0.5 x parent\""),
        stop("on = \"capacity\"\nmax = \"2.5 x broad\"\nbecause = \"trading\""),
    ];
    for keys in [
        "order = \"contribution\"",
        "order = \"value\"",
        "drop = 1",
        "drop = 5",
        "drop = \"5%\"",
        "crossing = \"exclude\"",
        "crossing = \"include\"",
        "least = 1",
        "least = 50",
        "unfinished = \"error\"",
        "unfinished = \"keep\"",
        "ties = [{ by = \"parent_weight\", prefer = \"high\" }]",
    ] {
        narrow.push(format!("{keys}\n{capacity}"));
    }
    let narrow = narrow.iter().map(|keys| {
        let table = format!("[select.narrow]\n{keys}");
        quality.replace(&format!("[select.top]\n{selection}"), &table)
    });
    let groups = ["\"all\"", "\"sector\"", "[\"country\", \"sector\"]"];
    let winsorized = groups.map(|within| quality.replace(winsorize, &format!("{winsorize}, within = {within}")));
    let median = quality.replace("combine   = \"mean\"", "combine   = \"mean\"\nmean = \"median\"");
    let texts = narrow.chain(winsorized).chain([median, quality.to_owned()]);
    let mut told: Vec<String> = texts.map(|text| unnumbered(&prose(&text))).collect();
    let count = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), count, "some are told alike");
}
