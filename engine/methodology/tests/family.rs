//! Rulebooks of several files, variants and editions: what they come to, and what is said where they do not.

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

#[test]
fn variants_are_indexes_of_their_own() {
    let text = format!(
        "{BASE}\n[[test]]\nid = \"of-base\"\nuniverse = [{{ security_id = \"A\" }}]\nexpect = {{ members = [\"A\"] }}\n{VARIANTS}"
    );
    let source = Source::new("family.toml", text.as_str());
    let ids: Vec<_> = source.indexes().iter().filter_map(Source::index_id).collect();
    assert_eq!(ids, ["base", "equal", "child"]);
    let [base, equal, child] = ["base", "equal", "child"].map(|id| sound(&of_index(&source, id)));
    assert_eq!(base.hash(), sound(&Source::new("base.toml", BASE)).hash());
    assert!(matches!(equal.select, Select::All { .. }) && matches!(equal.weight.scheme, WeightScheme::Equal));
    assert_eq!(equal.index.parent, Parent::Universe("asia".to_owned()));
    assert_eq!(equal.limits.len(), 1);
    assert_eq!(child.index.parent, Parent::Index("base".to_owned()));
    assert_eq!((base.hash() == child.hash(), child.limits.len()), (false, 2));
    let tests = [&base, &equal, &child].map(|one| one.tests.iter().map(|test| test.id.as_str()).collect::<Vec<_>>());
    assert_eq!(tests, [vec!["of-base"], vec![], vec!["own"]]);
    // Without an id of its own the file stands for its variants alone.
    let nameless = Source::new("family.toml", text.replace("id      = \"base\"\n", ""));
    let ids: Vec<_> = nameless.indexes().iter().filter_map(Source::index_id).collect();
    assert_eq!(ids, ["equal", "child"]);
    assert_eq!(sound(&of_index(&nameless, "equal")).hash(), equal.hash());
    // Another that extends it takes its rules, not its siblings.
    let other = loaded(
        "o.toml",
        &[
            ("family.toml", &text),
            ("o.toml", "extends = \"family.toml\"\n[index]\nid = \"o\"\n"),
        ],
    );
    assert_eq!(other.indexes().len(), 1);
    assert!(sound(&other.indexes()[0]).tests.is_empty());
}

#[test]
fn mistakes_of_blocks_are_told_where_they_stand() {
    for (block, told) in [
        (
            "[[variant]]\nname = \"V\"\n",
            "M0103 f.toml:55:1 `id` is missing in `variant` (add id = \"asia-quality\": id of the index)\n",
        ),
        (
            "[variant]\nid = \"v\"\n",
            "M0102 f.toml:55:1 `variant` must be a list, not a table (write [[variant]] with double brackets: there may be several)\n",
        ),
        (
            "[[variant]]\nid = \"v\"\n[[variant]]\nid = \"v\"\n",
            "M0126 f.toml:58:6 the variant `v` is written twice (line 56 has it already; every variant is an index with an id of its own)\n",
        ),
        (
            "[[variant]]\nid = \"v\"\n[variant.index]\nname = \"V\"\n",
            "M0127 f.toml:57:10 `index` has no place in `variant` (write the keys of [index] beside `id`)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\n",
            "M0103 f.toml:55:1 `valid_from` is missing in `edition` (add valid_from = 2026-11-01: in force for reviews effective on or after this date)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = \"2020\"\n",
            "M0102 f.toml:57:14 `edition.valid_from` must be a date, not a text (write the date without quotes: 2020)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2010-05-28\n",
            "M0128 f.toml:57:14 `2` would be in force before the index begins (the base date is 2010-05-28: state these rules as those of [index])\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2020-01-01\nbase = { date = 2011-01-01, level = 1 }\n",
            "M0127 f.toml:58:1 `base` has no place in `edition` (an index has one base, whatever its edition: it stands in [index])\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2020-01-01\n[[edition]]\nid = \"2\"\nvalid_from = 2021-01-01\n",
            "M0125 f.toml:59:6 there is another edition `2` (line 56 has it already; every edition has its own id and date)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2020-01-01\n[[edition]]\nid = \"3\"\nvalid_from = 2020-01-01\n",
            "M0125 f.toml:60:14 there is another edition that is valid from 2020-01-01 (line 56 has it already; every edition has its own id and date)\n",
        ),
    ] {
        assert_eq!(
            mistakes(&Source::new("f.toml", format!("{BASE}\n{block}"))),
            told,
            "{block}"
        );
    }
    let misspelt = Source::new(
        "f.toml",
        format!("{BASE}\n[[variant]]\nid = \"v\"\nnmae = \"V\"\n[variant.selct.top]\ncount = 3\n"),
    );
    assert_eq!(
        mistakes(&of_index(&misspelt, "v")),
        "M0104 f.toml:57:1 unknown key `nmae` in `index` (did you mean `name`?)\n\
         M0104 f.toml:58:10 unknown key `selct` (did you mean `select`?)\n"
    );
}

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

fn counts(source: &Source) -> Vec<(String, String, usize)> {
    let editions = source.editions();
    let rules = editions.iter().map(sound).map(|rules| {
        let Select::Top(top) = &rules.select else {
            panic!("not [select.top]")
        };
        let TopSize::Count(count) = top.size else {
            panic!("no count")
        };
        let date = |date: Option<divisor_model::Date>| date.map_or_else(|| "-".to_owned(), |date| date.to_string());
        let force = rules.index.in_force;
        (
            rules.index.edition.clone(),
            format!("{}…{}", date(force.from), date(force.until)),
            count,
        )
    });
    rules.collect()
}

#[test]
fn each_edition_changes_the_one_before() {
    let source = Source::new("base.toml", format!("{BASE}{EDITIONS}"));
    let wanted = [
        ("1", "-…2016-01-01", 50),
        ("2", "2016-01-01…2022-01-01", 60),
        ("3", "2022-01-01…-", 70),
    ];
    let wanted = wanted.map(|(id, dates, count)| (id.to_owned(), dates.to_owned(), count));
    assert_eq!(counts(&source), wanted);
    let editions = source.editions();
    let last = sound(&editions[2]);
    assert_eq!((last.index.name.as_str(), last.limits.len()), ("Base renamed", 1));
    // What was published under the first stays: the editions after it are no part of its rules.
    assert_eq!(
        sound(&editions[0]).hash(),
        sound(&Source::new("base.toml", BASE)).hash()
    );
    // Nor of the text that their manifests have, where they stand at its end.
    assert_eq!(editions[0].whole(), BASE);
    assert!(
        editions[1].whole().contains("valid_from = 2022-01-01"),
        "the later stands before it"
    );
    let in_order = Source::new(
        "base.toml",
        format!(
            "{BASE}\n# Of 2016.\n[[edition]]\nid = \"2\"\nvalid_from = 2016-01-01\n\n# Of 2022.\n[[edition]]\nid = \"3\"\nvalid_from = 2022-01-01\n"
        ),
    );
    let wholes = in_order
        .editions()
        .iter()
        .map(|one| one.whole().len())
        .collect::<Vec<_>>();
    let end = in_order.text.find("\n\n# Of 2022.").expect("there") + 1;
    assert_eq!(wholes, [BASE.len(), end, in_order.text.len()]);
    // A variant wins over every edition of its file.
    let family = Source::new("base.toml", format!("{BASE}{EDITIONS}{VARIANTS}"));
    let child = counts(&of_index(&family, "child"));
    assert_eq!(child.iter().map(|(.., count)| *count).collect::<Vec<_>>(), [20, 20, 20]);
    // So does a file over the editions of one it extends, and it has editions of its own.
    let own = "extends = \"base.toml\"\n[index]\nid = \"own\"\n[select.top]\ncount = 5\n[[edition]]\nid = \"2\"\nvalid_from = 2016-01-01\n[edition.select.top]\ncount = 6\n";
    let text = format!("{BASE}{EDITIONS}");
    let own = loaded("own.toml", &[("base.toml", &text), ("own.toml", own)]);
    assert_eq!(
        counts(&own).iter().map(|(.., count)| *count).collect::<Vec<_>>(),
        [5, 6, 6]
    );
    assert_eq!(sound(&own.editions()[2]).limits.len(), 1);

    let prose = to_text(&explain(&sound(&editions[1])));
    assert!(
        prose.contains("Edition `2` is in force for reviews effective on or after 2016-01-01 and before 2022-01-01."),
        "{prose}"
    );
    assert!(prose.contains("Edition `3` is in force from 2022-01-01 on."), "{prose}");
    let forced = source.in_edition("2").expect("an edition");
    assert!(forced.text.ends_with("# --edition 2\n"));
    assert_eq!(sound(&forced).hash(), sound(&editions[1]).hash());
    assert_eq!(sound(&forced).index.in_force, divisor_methodology::InForce::default());
    assert_eq!(source.in_edition("4").expect_err("none"), ["1", "2", "3"]);
}

#[test]
fn an_edition_added_affects_the_future_only() {
    let effect = |a: &str, b: &str| {
        let compiled = [a, b].map(|text| {
            let editions = Source::new("base.toml", text).editions();
            editions
                .into_iter()
                .map(|source| (sound(&source), source))
                .collect::<Vec<_>>()
        });
        let [a, b] = compiled
            .each_ref()
            .map(|all| all.iter().map(|(rules, source)| (source, rules)).collect::<Vec<_>>());
        let found = diff(&a, &b);
        (found.effect, found.from.map(|date| date.to_string()))
    };
    let with = format!("{BASE}{EDITIONS}");
    assert_eq!(effect(BASE, &with), (Effect::Future, Some("2016-01-01".to_owned())));
    assert_eq!(effect(&with, &with), (Effect::None, None));
    assert_eq!(effect(&with, &format!("# More.\n{with}")), (Effect::Cosmetic, None));
    assert_eq!(effect(&with, BASE), (Effect::RestatesHistory, None));
    assert_eq!(
        effect(&with, &with.replace("2022-01-01", "2021-01-01")),
        (Effect::RestatesHistory, None)
    );
    assert_eq!(
        effect(&with, &with.replace("count = 60", "count = 61")),
        (Effect::RestatesHistory, None)
    );
    assert_eq!(
        effect(&with, &with.replace("Base renamed", "Renamed")),
        (Effect::Wording, None)
    );
}

/// Taking out any key line of a file that extends another, or of a variant or edition, changes what is told or is an
/// error: no key is ignored.
#[test]
fn every_key_of_merged_rules_shows() {
    let child = "extends = \"base.toml\"\n\n[index]\nid   = \"child\"\nname = \"Child\"\n\n[review]\ncutoff = { sessions = -5 }\n\n\
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
