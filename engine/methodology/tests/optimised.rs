//! Optimised rulebooks: what is told of them, and that every key of them is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use divisor_methodology::{Methodology, Source, WeightScheme, compile, explain, to_text};

const RULEBOOK: &str = include_str!("optimised/minimum-volatility.toml");

fn compiled(text: &str) -> Methodology {
    let (methodology, found) = compile(&Source::new("rulebook.toml", text), None);
    assert!(found.is_empty(), "{found:#?}");
    methodology.expect("a valid rulebook")
}

/// The prose without line numbers.
fn told(text: &str) -> String {
    let prose = to_text(&explain(&compiled(text)));
    let lines = prose
        .lines()
        .map(|line| line.split("[line ").next().unwrap_or_default().trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

/// The rulebook with its part from `[weight…` up to the first limit put in place of.
fn weighted(instead: &str) -> String {
    let from = RULEBOOK.find("[weight.").expect("a weighting");
    let to = RULEBOOK.find("[[limit]]").expect("a limit");
    format!("{}{instead}\n\n{}", &RULEBOOK[..from], &RULEBOOK[to..])
}

#[test]
fn the_prose_is_as_committed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/optimised/minimum-volatility.txt");
    let found = to_text(&explain(&compiled(RULEBOOK)));
    if std::env::var_os("DIVISOR_BLESS").is_some() {
        fs::write(&path, &found).expect("writable");
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "found\n{found}");
}

#[test]
fn what_is_fixed_is_valid_when_empty() {
    let bare = &RULEBOOK[..RULEBOOK.find("[weight.").expect("a weighting")];
    let methodology = compiled(&format!("{bare}[weight.minimum-variance]\n\n[risk.vendor]\n"));
    assert!(matches!(methodology.weight.scheme, WeightScheme::Optimised));
    let optimised = methodology.optimised.expect("an optimisation");
    assert!(optimised.constraints.is_empty() && optimised.ladder.is_empty());
}

/// Parts of the rulebook, and what may stand instead.
const KEYS: &[(&str, &str)] = &[
    ("minimum_holding = \"0.05%\"", "minimum_holding = \"0.1%\""),
    (
        "minimum_holding = \"0.05%\"",
        "minimum_holding = \"0.05%\"\nfactor_aversion = 2",
    ),
    (
        "minimum_holding = \"0.05%\"",
        "minimum_holding = \"0.05%\"\nspecific_aversion = 10",
    ),
    ("window        = \"3 years\"", "window = \"18 months\""),
    (
        "window        = \"3 years\"",
        "window = \"100 weeks\"\nfrequency = \"daily\"",
    ),
    (
        "window        = \"3 years\"",
        "window = \"3 years\"\nleast_returns = 52",
    ),
    ("[\"value\", \"size\"]", "[\"size\"]"),
    ("styles        = ", "groups = [\"sector\"]\nstyles = "),
    ("styles        = ", "groups = []\nstyles = "),
    ("styles        = ", "exposures = \"at-cutoff\"\nstyles = "),
    ("\"1 year\"", "\"6 months\""),
    ("\"risk-of-peers\"", "\"exclude-security\""),
    ("\"risk-of-peers\"", "\"error\""),
    ("\"risk-of-peers\"", "\"risk-of-peers\"\npeers = \"country\""),
    ("of     = \"value\"", "of = \"size\""),
    ("\"0.25 sd\"", "\"0.5 sd\""),
    ("least = 100", "least = 90"),
    ("least = 100", "most = 300"),
    ("least = 100", "least = 100\nmost = 300"),
    ("max = \"10%\"", "max = \"12%\""),
    ("max = \"10%\"", "max = \"10%\"\nmeasure = \"two-way\""),
    ("to      = \"30%\"", "to = \"25%\""),
    ("step    = \"5pp\"\n", "step = \"4pp\"\n"),
    ("step    = \"5pp\"\n", ""),
    ("to        = \"40%\"", "to = \"35%\""),
    ("\"8pp\"", "\"9pp\""),
    ("step = \"1pp\", to", "step = \"2pp\", to"),
    ("to   = \"none\"", "to = \"0.5 sd\""),
    ("to   = \"none\"", "to = \"0.5 sd\"\nstep = \"0.05 sd\""),
    ("\"keep-previous\"", "\"skip\""),
    ("[[relax]]\nlast = \"keep-previous\"\n", ""),
    (
        "id    = \"enough-names\"\non    = \"names\"\nleast = 100",
        "id = \"close\"\non = \"tracking-error\"\nmax = \"3%\"",
    ),
];

/// Objectives and risk models.
const OBJECTIVES: &[(&str, &str)] = &[
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.vendor]",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.vendor]\nmax_age = \"45 days\"",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.vendor]\nmissing = \"error\"",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.vendor]\nmissing = \"risk-of-peers\"",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.shrinkage]",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.shrinkage]\ntarget = \"scaled-identity\"",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.statistical]",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.statistical]\nfactors = 15",
    ),
    (
        "[weight.minimum-variance]\nminimum_holding = \"0.05%\"",
        "[risk.statistical]\nhalf_life = \"26 weeks\"",
    ),
    (
        "[weight.minimum-tracking-error]\nminimum_holding = \"0.05%\"",
        "[risk.vendor]",
    ),
    (
        "[weight.maximum-exposure]\nto = \"value\"\nminimum_holding = \"0.05%\"",
        "[risk.vendor]",
    ),
    (
        "[weight.maximum-exposure]\nto = \"size\"\nminimum_holding = \"0.05%\"",
        "[risk.vendor]",
    ),
    (
        "[weight.maximum-exposure]\nto = \"value\"\nrisk = \"12%\"\nminimum_holding = \"0.05%\"",
        "[risk.vendor]",
    ),
    (
        "[weight.maximum-exposure]\nto = \"value\"\nrisk = \"1.2 x parent\"\nminimum_holding = \"0.05%\"",
        "[risk.vendor]",
    ),
    (
        "[weight.maximum-exposure]\nto = \"value\"\nrisk = \"parent + 1pp\"\nminimum_holding = \"0.05%\"",
        "[risk.vendor]",
    ),
    (
        "[weight.minimum-distance]\nto = \"parent\"\nminimum_holding = \"0.05%\"",
        "",
    ),
    (
        "[weight.minimum-distance]\nto = \"equal\"\nminimum_holding = \"0.05%\"",
        "",
    ),
    (
        "[weight.minimum-distance]\nto = \"parent\"\nmeasure = \"absolute\"\nminimum_holding = \"0.05%\"",
        "",
    ),
    (
        "[weight.minimum-distance]\nto = \"parent\"\nminimum_holding = \"0.05%\"\n[[weight.minimum-distance.by]]\n\
             variable = \"size\"\nmap = \"value\"",
        "",
    ),
];

/// Each of these is another rule: no two are told alike, and no two have one hash.
#[test]
fn every_key_shows_and_counts() {
    let replaced = |written: &str, instead: &str| {
        assert_eq!(RULEBOOK.matches(written).count(), 1, "{written}");
        RULEBOOK.replace(written, instead)
    };
    let mut texts = vec![RULEBOOK.to_owned()];
    for (written, instead) in KEYS {
        texts.push(replaced(written, instead));
    }
    for (objective, risk) in OBJECTIVES {
        texts.push(weighted(&format!("{objective}\n\n{risk}")));
    }
    let mut prose: BTreeMap<String, usize> = BTreeMap::new();
    let mut hashes: BTreeMap<String, usize> = BTreeMap::new();
    for (at, text) in texts.iter().enumerate() {
        let alike = prose.insert(told(text), at);
        assert_eq!(alike, None, "told alike:\n{text}");
        let alike = hashes.insert(compiled(text).hash(), at);
        assert_eq!(alike, None, "one hash:\n{text}");
    }
}

/// A default that is written is told as stated and counts the same.
#[test]
fn stated_defaults_count_the_same() {
    for (written, instead) in [
        (
            "minimum_holding = ",
            "factor_aversion = 1\nspecific_aversion = 1.0\nminimum_holding = ",
        ),
        (
            "styles        = ",
            "frequency = \"weekly\"\nleast_returns = 78\ngroups = [\"sector\", \"country\"]\nstyles = ",
        ),
        ("\"risk-of-peers\"", "\"risk-of-peers\"\npeers = \"sector\""),
        ("max = \"10%\"", "max = \"10%\"\nmeasure = \"one-way\""),
    ] {
        let stated = RULEBOOK.replace(written, instead);
        assert_eq!(compiled(&stated).hash(), compiled(RULEBOOK).hash(), "{instead}");
        assert_ne!(told(&stated), told(RULEBOOK), "{instead}");
    }
}

/// Limits, risk models and rungs keep their words when a rulebook is tidied.
#[test]
fn tidying_keeps_the_rules() {
    let tidied = divisor_methodology::format(&Source::new("rulebook.toml", RULEBOOK)).expect("tidied");
    assert_eq!(compiled(&tidied).hash(), compiled(RULEBOOK).hash());
}

#[test]
fn rungs_take_settings_by_the_rule_they_loosen() {
    let source = Source::new("rulebook.toml", RULEBOOK).set("relax.value-band.to", "0.75 sd");
    let (methodology, found) = compile(&source, None);
    assert!(found.is_empty(), "{found:#?}");
    let ladder = methodology.expect("valid").optimised.expect("optimised").ladder;
    assert_eq!(ladder[2].rules[0].values(), [0.75]);
}
