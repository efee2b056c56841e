//! Rules that extend those of other files.

use super::*;

/// Rules that extend those.
const CHILD: &str = r#"extends = "../base.toml"

[index]
id   = "child"
name = "Child"

[review]
cutoff = { sessions = -5 }

[variables]
growth = "growth(eps, years = 1)"
size   = { remove = true }

[[screen]]
id   = "pays"
keep = "yield > 1%"

[[screen]]
id     = "large"
remove = true

[score.value]
winsorize = { remove = true }
deviation = "sample"
[[score.value.of]]
variable = "size"
remove   = true
[[score.value.of]]
variable = "growth"

[select.top]
fraction = "10%"
ties     = [{ by = "yield", prefer = "high" }]

[weight.equal]

[[limit]]
id  = "issuer-cap"
max = "4%"

[[limit]]
id     = "sector-band"
remove = true

[[limit]]
id  = "country-cap"
on  = "country"
max = "30%"
"#;

/// The same written out.
const FLAT: &str = r#"[index]
id      = "child"
name    = "Child"
parent  = "world"
edition = "1"
base    = { date = 2010-05-28, level = 1000 }

[review]
calendar     = "XNYS"
months       = ["May", "November"]
effective    = { session = "last" }
cutoff       = { sessions = -5 }
announcement = { sessions = -9 }
max_age      = "40 days"

[variables]
yield  = "dividends_per_share / price"
growth = "growth(eps, years = 1)"

[[screen]]
id   = "pays"
keep = "yield > 1%"

[score.value]
combine   = "mean"
deviation = "sample"
[[score.value.of]]
variable = "yield"
[[score.value.of]]
variable = "growth"

[select.top]
fraction = "10%"
by       = "value"
buffer   = "20%"
ties     = [{ by = "yield", prefer = "high" }]

[weight.equal]

[[limit]]
id  = "issuer-cap"
on  = "issuer"
max = "4%"

[[limit]]
id  = "country-cap"
on  = "country"
max = "30%"
"#;

/// Rules that extend others equal the same rules written out flat: same prose but for places, same hash.
#[test]
fn an_extending_rulebook_is_its_rules_written_out() {
    let files = [("books/base.toml", BASE), ("books/sub/child.toml", CHILD)];
    let source = loaded("books/sub/child.toml", &files);
    let merged = sound(&source);
    let flat = sound(&Source::new("flat.toml", FLAT));
    assert_eq!(merged.hash(), flat.hash());
    let rules = |methodology: &Methodology| -> Vec<String> {
        let mut sections = explain(methodology);
        let rules = sections
            .iter_mut()
            .flat_map(|section| std::mem::take(&mut section.rules));
        let mut texts: Vec<String> = rules.map(|rule| rule.text).collect();
        // Variables come as they are written, the inherited ones after.
        texts.sort();
        texts
    };
    assert_eq!(rules(&merged), rules(&flat));

    let line = |id: &str| {
        merged
            .limits
            .iter()
            .find(|limit| limit.id == id)
            .map(|limit| limit.line.to_string())
    };
    assert_eq!(line("issuer-cap").as_deref(), Some("37"));
    assert_eq!(merged.index.parent_line.to_string(), "4 of ../base.toml");
    let text = to_text(&explain(&merged));
    assert!(text.contains("[line 4 of ../base.toml]"), "{text}");
    // The line of the manifest's text says the same as the file and its own line.
    let inherited: Line = merged.index.parent_line;
    let whole = source.whole().into_owned();
    let told = whole.lines().nth(inherited.in_manifest() - 1);
    assert_eq!(told, BASE.lines().nth(inherited.number() - 1));
    assert!(whole.starts_with(CHILD) && whole.ends_with(BASE), "{whole}");
    assert!(whole.contains("\n# ==== extended: ../base.toml\n"));
}

/// The text in a manifest gives the rulebook back: its rules, its files and what was set.
#[test]
fn a_rulebook_is_read_back_from_one_text() {
    let files = [
        ("base.toml", BASE),
        ("limits.toml", "[[limit]]\nid = \"issuer-cap\"\nmax = \"4%\"\n"),
    ];
    let child = "extends = [\"base.toml\", \"limits.toml\"]\n[index]\nid = \"child\"\n";
    let files: Vec<(&str, &str)> = files.into_iter().chain([("child.toml", child)]).collect();
    let source = loaded("child.toml", &files).set("select.top.count", "7");
    let source = source.set("screen.large.keep", "\"market_cap > $2bn\"");
    let back = Source::from_whole("manifest", &source.whole());
    assert_eq!(back.whole(), source.whole());
    let (rules, again) = (sound(&source), sound(&back));
    assert_eq!(to_text(&explain(&again)), to_text(&explain(&rules)));
    assert!(to_text(&explain(&again)).contains("4%"));
    assert!(matches!(&again.select, Select::Top(top) if matches!(top.size, TopSize::Count(7))));
}

/// A comment of the analyst that looks like a line of the engine stays one.
#[test]
fn no_comment_is_read_back_as_a_setting_or_a_file() {
    for comments in [
        "# --set select.top.count = 7\n",
        "# --set select.top.count = 7",
        "## --set select.top.count = 7\n# --edition 2\n",
        "# ==== extended: other.toml\n# of it\n",
        "# ==== extended: other.toml\n## ==== extended: other.toml\n# --edition 2\n",
    ] {
        let text = format!("{BASE}{comments}");
        let child = format!("extends = \"base.toml\"\n[index]\nid = \"child\"\n{comments}");
        for source in [
            Source::new("base.toml", text.as_str()),
            Source::new("base.toml", text.as_str()).set("select.top.count", "9"),
            loaded("child.toml", &[("base.toml", &text), ("child.toml", &child)]),
        ] {
            let whole = source.whole();
            let back = Source::from_whole("base.toml", &whole);
            assert_eq!(back.written().trim_end(), source.written().trim_end(), "{whole}");
            assert_eq!(back.whole(), whole);
            assert_eq!(sound(&back).hash(), sound(&source).hash(), "{whole}");
            // No line is moved: places count through the text of the manifest.
            let places = |source: &Source| sound(source).select.line().to_string();
            assert_eq!(places(&back), places(&source));
        }
    }
}

/// So does an edition that was chosen for all dates.
#[test]
fn a_chosen_edition_is_read_back() {
    let text = format!("{BASE}{EDITIONS}{VARIANTS}");
    let base = Source::new("base.toml", text.as_str());
    for id in ["1", "2", "3"] {
        for index in ["base", "child"] {
            let chosen = of_index(&base, index).set("select.top.buffer", "\"10%\"");
            let chosen = chosen.in_edition(id).expect("an edition");
            let back = of_index(&Source::from_whole("manifest", &chosen.whole()), index);
            let [back] = back.editions().try_into().expect("one edition");
            assert_eq!(back.whole(), chosen.whole());
            assert_eq!(sound(&back).hash(), sound(&chosen).hash());
            assert_eq!(sound(&back).index.in_force, sound(&chosen).index.in_force);
            assert_eq!(back.edition_id().as_deref(), Some(id));
        }
    }
}

#[test]
fn the_nearest_of_a_chain_wins_and_a_shared_fragment_is_read_once() {
    let fragment = "[[limit]]\nid  = \"shared\"\non  = \"country\"\nmax = \"30%\"\n[select.top]\ncount = 10\n";
    let middle = "extends = [\"base.toml\", \"parts/limits.toml\"]\n[select.top]\ncount = 20\n";
    let last = "extends = [\"middle.toml\", \"parts/limits.toml\"]\n[index]\nid = \"last\"\n";
    let files = [
        ("base.toml", BASE),
        ("parts/limits.toml", fragment),
        ("middle.toml", middle),
        ("last.toml", last),
    ];
    let merged = sound(&loaded("last.toml", &files));
    let Select::Top(top) = &merged.select else {
        panic!("not [select.top]")
    };
    assert!(matches!(top.size, TopSize::Count(20)));
    assert_eq!(top.line.to_string(), "2 of middle.toml");
    let limits: Vec<&str> = merged.limits.iter().map(|limit| limit.id.as_str()).collect();
    assert_eq!(limits, ["issuer-cap", "sector-band", "shared"]);
    assert_eq!(merged.limits[2].line.to_string(), "1 of parts/limits.toml");
    // A setting has the last word, and stands in the text.
    let set = loaded("last.toml", &files).set("select.top.count", "30");
    assert!(set.whole().contains("# --set select.top.count = 30\n"));
    assert!(matches!(sound(&set).select, Select::Top(top) if matches!(top.size, TopSize::Count(30))));
}

/// A formula over several lines is looked at line by line, in whichever file it stands.
#[test]
fn mistakes_in_formulas_of_other_files_have_their_own_line() {
    let wrong = BASE.replace(
        "\"dividends_per_share / price\"",
        "\"\"\"\n  dividends_per_share\n  / price\n  * foo(1)\n\"\"\"",
    );
    let child = "extends = \"base.toml\"\n[index]\nid = \"child\"\n[variables]\nand = \"price\"\n";
    let wrong = wrong.replace(
        "size  = \"log(market_cap)\"",
        "size  = \"log(market_cap)\"\nmic   = \"price\"",
    );
    let told = mistakes(&loaded("child.toml", &[("base.toml", &wrong), ("child.toml", child)]));
    let places: Vec<&str> = told.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(places, ["child.toml:5:1", "base.toml:20:5", "base.toml:23:1"], "{told}");
}

/// What is said points at the file that wrote it.
#[test]
fn mistakes_point_into_their_own_file() {
    let wrong = BASE.replace("\"5pp\"", "\"5%\"").replace("\"XNYS\"", "7");
    let child = "extends = \"base.toml\"\n[select.top]\ncuont = 5\n[[limit]]\nid = \"gone\"\nremove = true\n[[screen]]\nid = \"pays\"\nremove = true\nkeep = \"yield > 0\"\n";
    let told = mistakes(&loaded("child.toml", &[("base.toml", &wrong), ("child.toml", child)]));
    assert_eq!(
        told,
        "M0104 child.toml:3:1 unknown key `cuont` in `select.top` (did you mean `count`?)\n\
         M0124 child.toml:4:1 nothing called `limit.gone` is inherited (take this out: only what an extended file, or the \
               file of a variant or edition, says can be removed)\n\
               M0123 child.toml:9:1 `remove` in `screen.pays` is no removal (to take out what is inherited write `remove = \
               true` with nothing but the name of the rule; else leave it out)\n\
               M0102 base.toml:9:16 `review.calendar` must be a text or a list, not a whole number (put it in quotes: \"7\")\n\
               M0212 base.toml:53:10 \"5%\" is not a number of percentage points (write \"5pp\" for points around the parent)\n"
    );
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let files = [
        ("sub/a.toml", "extends = \"b.toml\"\n"),
        ("sub/b.toml", "# b\nextends = [\"../c.toml\"]\n"),
        ("c.toml", "extends = \"sub/b.toml\"\n"),
    ];
    assert_eq!(
        mistakes(&loaded("sub/a.toml", &files)),
        "M0121 c.toml:1:11 files extend each other in a circle: sub/b.toml → c.toml → sub/b.toml (put what they share into a \
         file that extends none of them)\n"
    );
    assert_eq!(
        mistakes(&loaded("a.toml", &[("a.toml", "extends = \"a.toml\"\n")])),
        "M0121 a.toml:1:11 files extend each other in a circle: a.toml → a.toml (put what they share into a file that extends \
         none of them)\n"
    );
    assert_eq!(
        mistakes(&loaded("a.toml", &[("a.toml", "extends = [\"gone.toml\"]\n")])),
        "M0120 a.toml:1:12 cannot read the extended file gone.toml: no such file (`extends` is a path from the folder of the \
         file that it stands in)\n"
    );
    let files = [
        ("a.toml", "extends = \"b.toml\"\n[index]\nid = \"a\"\n"),
        ("b.toml", "[review\n"),
    ];
    assert_eq!(
        mistakes(&loaded("a.toml", &files)),
        "M0101 b.toml:1:8 the table's header is not closed (end it with `]`)\n"
    );
    let fragment = Source::new(
        "limits.toml",
        "[[limit]]\nid = \"cap\"\non = \"issuer\"\nmax = \"5%\"\n",
    );
    assert!(fragment.is_fragment() && !Source::new("base.toml", BASE).is_fragment());
    assert_eq!(
        mistakes(&fragment),
        "M0122 limits.toml:1:1 limits.toml is no rulebook: it has no [index] (a file of rules to share is named in another's \
         `extends`; a rulebook needs [index], [review], [select.…] and [weight.…])\n"
    );
    assert_eq!(
        mistakes(&Source::new("a.toml", format!("extends = 3\n{BASE}"))),
        "M0102 a.toml:1:11 `extends` must be a text or a list, not a whole number (put it in quotes: \"3\")\n"
    );
    assert_eq!(
        mistakes(&Source::new("a.toml", format!("extends = []\n{BASE}"))),
        "M0106 a.toml:1:11 `extends` is empty; it needs at least one entry (for example \"base.toml\")\n"
    );
}
