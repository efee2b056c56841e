//! Rulebooks of several files, variants and editions: what they come to, and what is said where they do not.

mod editions;
mod extends;
mod variants;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use divisor_methodology::{
    Effect, Line, Methodology, Parent, Select, Source, TopSize, WeightScheme, compile, diff, explain, format,
    json_schema, to_text,
};
use divisor_model::Diagnostic;

/// A whole rulebook; `[index]` stands alone at its top.
const BASE: &str = r#"[index]
id      = "base"
name    = "Base"
parent  = "world"
edition = "1"
base    = { date = 2010-05-28, level = 1000 }

[review]
calendar     = "XNYS"
months       = ["May", "November"]
effective    = { session = "last" }
cutoff       = { session = "last", months = -1 }
announcement = { sessions = -9 }
max_age      = "40 days"

[variables]
yield = "dividends_per_share / price"
size  = "log(market_cap)"

[[screen]]
id   = "large"
keep = "market_cap > $1bn"

[[screen]]
id   = "pays"
keep = "yield > 0"

[score.value]
combine   = "mean"
winsorize = { percentiles = ["5%", "95%"] }
[[score.value.of]]
variable = "yield"
[[score.value.of]]
variable = "size"
prefer   = "low"

[select.top]
count  = 50
by     = "value"
buffer = "20%"
ties   = [{ by = "market_cap", prefer = "high" }]

[weight.parent]

[[limit]]
id  = "issuer-cap"
on  = "issuer"
max = "5%"

[[limit]]
id     = "sector-band"
on     = "sector"
within = "5pp"
"#;

const VARIANTS: &str = r#"
[[variant]]
id     = "equal"
name   = "Equal"
parent = "asia"
[variant.select.all]
[variant.weight.equal]
[[variant.limit]]
id     = "sector-band"
remove = true

[[variant]]
id     = "child"
name   = "Child"
parent = { index = "base" }
[variant.select.top]
count = 20
[[variant.test]]
id       = "own"
universe = [{ security_id = "A", market_cap = 1 }]
expect   = { members = ["A"] }
"#;

const EDITIONS: &str = r#"
[[edition]]
id         = "3"
valid_from = 2022-01-01
[edition.select.top]
count = 70

[[edition]]
id         = "2"
valid_from = 2016-01-01
name       = "Base renamed"
[edition.select.top]
count = 60
[[edition.limit]]
id     = "sector-band"
remove = true
"#;

/// Files by path, as they lie in a folder.
fn loaded(main: &str, files: &[(&str, &str)]) -> Source {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let read = |path: &Path| {
        let found = files.get(path.to_str().unwrap_or_default());
        found
            .map(|text| (*text).to_owned())
            .ok_or_else(|| io::Error::other("no such file"))
    };
    let text = files[main];
    Source::load(main, text, &read)
}

fn sound(source: &Source) -> Methodology {
    let (methodology, found) = compile(source, None);
    methodology.unwrap_or_else(|| panic!("{found:#?}"))
}

fn of_index(source: &Source, id: &str) -> Source {
    let mut indexes = source.indexes().into_iter();
    indexes
        .find(|index| index.index_id().as_deref() == Some(id))
        .expect("an index of that id")
}

/// `CODE FILE:LINE:COL MESSAGE (HELP)`, a line each.
fn said(found: &[Diagnostic]) -> String {
    let lines = found.iter().map(|one| {
        let place = one.location.as_ref();
        let place = place.map_or_else(String::new, |at| format!("{}:{}:{}", at.file, at.line, at.column));
        format!("{} {place} {} ({})\n", one.code, one.message, one.help)
    });
    lines.collect()
}

fn mistakes(source: &Source) -> String {
    let (methodology, found) = compile(source, None);
    assert!(methodology.is_none(), "accepted");
    said(&found)
}

/// Taking out any key line of a file that extends another, or of a variant or edition, changes what is told or is an
/// error: no key is ignored.
#[test]
fn every_key_of_merged_rules_shows() {
    let child = "extends = \"base.toml\"\n\n[index]\nid   = \"heir\"\nname = \"Child\"\n\n[review]\ncutoff = { sessions = -5 }\n\n\
                 [select.top]\ncount  = 40\nbuffer = \"10%\"\n\n[[limit]]\nid  = \"issuer-cap\"\nmax = \"4%\"\n\n[[limit]]\nid     = \"sector-band\"\nremove = true\n";
    let family = format!(
        "{child}{EDITIONS}{}",
        VARIANTS.split("[[variant.test]]").next().expect("a text")
    );
    let told = |text: &str| -> String {
        let source = loaded("child.toml", &[("base.toml", BASE), ("child.toml", text)]);
        let all = source.indexes().into_iter().flat_map(|index| index.editions());
        let prose = all.map(|one| match compile(&one, None) {
            (Some(rules), _) => format!("{:?} {}", one.index_id(), to_text(&explain(&rules))),
            (None, found) => said(&found),
        });
        prose.collect()
    };
    let unplaced = |text: &str| -> String {
        let words = text
            .split_whitespace()
            .filter(|word| !word.ends_with(']') && !word.starts_with("[line"));
        words.collect::<Vec<_>>().join(" ")
    };
    // The sector band is taken out already, and cannot be twice.
    let family = family
        .replace("[[edition.limit]]\nid     = \"sector-band\"\nremove = true\n", "")
        .replace("[[variant.limit]]\nid     = \"sector-band\"\nremove = true\n", "");
    let whole = unplaced(&told(&family));
    assert!(!whole.contains("M0"), "{whole}");
    let lines: Vec<&str> = family.lines().collect();
    for at in (0..lines.len()).filter(|at| lines[*at].contains(" = ")) {
        let mut without = lines.clone();
        let line = without.remove(at);
        assert_ne!(unplaced(&told(&without.join("\n"))), whole, "nothing tells of `{line}`");
    }
}

#[test]
fn blocks_are_laid_out_and_in_the_schema() {
    let text = format!("extends = \"base.toml\"\n{EDITIONS}{VARIANTS}");
    let laid_out = format(&Source::new("f.toml", text.as_str())).expect("TOML");
    assert_eq!(
        laid_out,
        format(&Source::new("f.toml", laid_out.as_str())).expect("TOML")
    );
    let untidy = text.replace(
        "id     = \"equal\"\nname   = \"Equal\"\n",
        "name=\"Equal\"\nid=\"equal\"\n",
    );
    assert_eq!(format(&Source::new("f.toml", untidy)).expect("TOML"), laid_out);
    let schema = json_schema();
    let variant = &schema["properties"]["variant"]["items"];
    assert_eq!(variant["required"], serde_json::json!(["id"]));
    for (key, pointer) in [
        ("parent", "/properties/index/properties/parent"),
        ("select", "/properties/select"),
    ] {
        assert_eq!(variant["properties"][key]["$ref"], format!("#{pointer}"));
        assert!(schema.pointer(pointer).is_some());
    }
    assert!(schema["properties"]["edition"]["items"]["properties"]["base"].is_null());
    assert!(
        schema.get("required").is_none() && schema["properties"]["limit"]["items"]["properties"]["remove"].is_object()
    );
}
