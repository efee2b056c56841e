//! Rulebooks of several files, variants and editions, through the command: they run as the same rules written out.

use std::path::Path;

use divisor_model::{Table, Values};

use crate::support::{Divisor, Folder, RULES, Review, numbers, read, small, texts};

/// The tables of one review, each as its columns without the line numbers, which depend on how rules are split.
fn rules_aside(review: &Review) -> Vec<String> {
    ["constituents", "turnover", "candidates", "decisions"]
        .map(|name| {
            let mut table: Table = review.table(name);
            table.columns.retain(|column| column.name != "rule_line");
            format!("{table:?}")
        })
        .to_vec()
}

fn run(folder: &Folder, words: &str, data: &Path) -> String {
    let outcome = Divisor::new(folder.path())
        .args("run")
        .args(words)
        .arg("--data")
        .arg(data)
        .succeed();
    outcome.stdout + &outcome.stderr
}

#[test]
fn a_variant_runs_as_the_same_rules_written_out() {
    let world = small();
    let folder = Folder::new();
    folder.write(
        "fragments/limits.toml",
        "[[limit]]\nid  = \"capped\"\nmax = \"15%\"\n\n[[limit]]\nid  = \"sectors\"\non  = \"sector\"\nmax = \"40%\"\n",
    );
    let rules = format!(
        "extends = \"../rules.toml\"\n[index]\nid = \"shaped\"\n{}",
        "
[[variant]]
id = \"wide\"
name = \"Wide\"
[variant.select.top]
count = 30
[variant.weight.equal]
[[variant.limit]]
id = \"sectors\"
remove = true

[[variant]]
id = \"of-base\"
parent = { index = \"shaped\" }
[variant.select.top]
count = 5
[[variant.limit]]
id = \"sectors\"
remove = true
[[variant.limit]]
id = \"capped\"
max = \"60%\"
"
    );
    folder.write("books/family.toml", &rules);
    folder.write("rules.toml", RULES);
    folder.write(
        "books/family.toml",
        &rules.replace("\"../rules.toml\"", "[\"../rules.toml\", \"../fragments/limits.toml\"]"),
    );
    let told = run(&folder, "books/family.toml --out split --to 2013-11-30", &world.data());
    assert!(told.contains("3 indexes"), "{told}");
    let flat = RULES
        .replace("\"shaped\"\n", "\"wide\"\n")
        .replace("\"Shaped\"", "\"Wide\"")
        .replace("count = 20", "count = 30")
        .replace("[weight.parent]", "[weight.equal]")
        .replace("20%", "15%");
    folder.write("flat.toml", &flat);
    run(&folder, "flat.toml --out flat --to 2013-11-30", &world.data());
    for date in ["2012-05-31", "2012-11-30", "2013-05-31", "2013-11-29"] {
        let [split, flat] = ["split", "flat"].map(|out| Review::of(&folder.join(out), "wide", date));
        assert_eq!(rules_aside(&split), rules_aside(&flat), "{date}");
        let [split, flat] = [split.manifest(), flat.manifest()];
        for key in ["methodology_hash", "inputs", "counts", "totals", "edition", "warnings"] {
            assert_eq!(split[key], flat[key], "{date} {key}");
        }
        // The files but those with line numbers have the same bytes.
        for name in ["constituents", "turnover", "candidates"] {
            let bytes = |out: &str| {
                std::fs::read(folder.join(out).join(format!("wide/reviews/{date}/{name}.parquet"))).unwrap()
            };
            assert!(bytes("split") == bytes("flat"), "{date} {name}");
        }
    }
    // Each of its members is one of its parent's, a sibling in the same file.
    let member = |index: &str| {
        texts(
            &Review::of(&folder.join("split"), index, "2013-11-29").table("constituents"),
            "security_id",
        )
    };
    let parent = member("shaped");
    assert!(member("of-base").iter().all(|name| parent.contains(name)) && member("of-base").len() == 5);

    // The line of a decision is one of the text in the manifest, which has all files.
    let review = Review::of(&folder.join("split"), "shaped", "2013-11-29");
    let manifest = review.manifest();
    let text = manifest["rulebook"].as_str().unwrap();
    for file in ["../rules.toml", "../fragments/limits.toml"] {
        assert!(text.contains(&format!("\n# ==== extended: {file}\n")), "{text}");
    }
    let decisions = review.table("decisions");
    let Some(Values::Integer(lines)) = decisions.column("rule_line") else {
        panic!("no lines")
    };
    let rules = texts(&decisions, "rule_id");
    let line = |rule: &str| lines[rules.iter().position(|id| id == rule).unwrap()].unwrap() as usize;
    assert_eq!(text.lines().nth(line("capped") - 1), Some("[[limit]]"));
    let of_screen = text.lines().nth(line("screened") - 1);
    assert_eq!(
        of_screen,
        Some("keep = \"market_cap > 0\""),
        "a screen is told by its condition"
    );
    let why = Divisor::new(folder.path())
        .args("why")
        .arg(&member("wide")[0])
        .args("books/family.toml#wide --to 2013-11-30 --data")
        .arg(world.data());
    let why = why.succeed().stdout;
    assert!(why.contains(" of ../rules.toml]"), "{why}");
}

/// Up to the change the first edition's results, byte for byte; from then on those of the second, whose first review
/// trades from the members the first left.
#[test]
#[expect(clippy::too_many_lines, reason = "one history, looked at from several sides")]
fn a_change_of_edition_joins_two_runs() {
    let world = small();
    let folder = Folder::new();
    let second = "
[[edition]]
id         = \"2\"
valid_from = 2013-06-01
[edition.review]
months = [\"February\", \"May\", \"August\", \"November\"]
[edition.select.top]
count = 30
";
    let later = RULES
        .replace("count = 20", "count = 30")
        .replace(
            "[\"May\", \"November\"]",
            "[\"February\", \"May\", \"August\", \"November\"]",
        )
        .replace("edition = \"1\"", "edition = \"2\"");
    for (out, text) in [
        ("first", RULES.to_owned()),
        ("second", later),
        ("both", format!("{RULES}{second}")),
    ] {
        folder.write(&format!("{out}.toml"), &text);
        run(
            &folder,
            &format!("{out}.toml --out {out} --to 2014-05-30"),
            &world.data(),
        );
    }
    let review = |out: &str, date: &str| Review::of(&folder.join(out), "shaped", date);
    let bytes = |out: &str, date: &str, name: &str| {
        std::fs::read(folder.join(out).join(format!("shaped/reviews/{date}/{name}.parquet"))).unwrap()
    };
    // Decisions have the lines of their rules, which stand elsewhere.
    let tables = ["candidates", "constituents", "turnover"];
    for date in ["2012-05-31", "2012-11-30", "2013-05-31"] {
        for name in [
            "constituents.parquet",
            "turnover.parquet",
            "candidates.parquet",
            "decisions.parquet",
            "manifest.json",
        ] {
            let file =
                |out: &str| std::fs::read(folder.join(out).join(format!("shaped/reviews/{date}/{name}"))).unwrap();
            assert!(file("first") == file("both"), "{date} {name}");
        }
        assert_eq!(review("both", date).manifest()["edition"], "1");
    }
    for (at, date) in ["2013-08-30", "2013-11-29", "2014-02-28", "2014-05-30"]
        .into_iter()
        .enumerate()
    {
        assert_eq!(review("both", date).manifest()["edition"], "2");
        // What the first of them trades depends on who was held; nothing else does, without a buffer.
        for name in if at == 0 { &tables[..1] } else { &tables[..] } {
            assert!(
                bytes("second", date, name) == bytes("both", date, name),
                "{date} {name}"
            );
        }
        for key in ["methodology_hash", "counts.parent", "totals.largest_weight"] {
            let pointer = format!("/{}", key.replace('.', "/"));
            let [second, both] = ["second", "both"].map(|out| review(out, date).manifest());
            assert_eq!(second.pointer(&pointer), both.pointer(&pointer), "{date} {key}");
        }
    }
    assert!(!folder.join("both/shaped/reviews/2013-11-30").exists());
    // The members the first edition left are what the second trades from.
    let left: Vec<String> = texts(&review("both", "2013-05-31").table("constituents"), "security_id");
    let trades = review("both", "2013-08-30").table("turnover");
    let old = numbers(&trades, "old_weight");
    let held = texts(&trades, "security_id")
        .into_iter()
        .zip(old)
        .filter(|(_, old)| *old > 0.0);
    let (mut held, mut left) = (held.map(|(name, _)| name).collect::<Vec<_>>(), left);
    held.sort();
    left.sort();
    assert_eq!(held, left);
    // One chain of manifests.
    let before = read(&folder.join("both/shaped/reviews/2013-05-31/manifest.json"));
    let hash = divisor_review::hash_bytes(before.as_bytes());
    assert_eq!(review("both", "2013-08-30").manifest()["previous_manifest_hash"], hash);

    let json = Divisor::new(folder.path())
        .args("reviews both.toml --to 2014-05-30 --format json")
        .succeed()
        .json();
    let editions: Vec<String> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                row["effective"].as_str().unwrap(),
                row["edition"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        editions,
        [
            "2012-05-31 1",
            "2012-11-30 1",
            "2013-05-31 1",
            "2013-08-30 2",
            "2013-11-29 2",
            "2014-02-28 2",
            "2014-05-30 2"
        ]
    );

    // Forced, an edition stands for all dates: a what-if.
    let forced = Divisor::new(folder.path())
        .args("run both.toml --edition 2 --out both --to 2014-05-30 --data")
        .arg(world.data())
        .run();
    assert_eq!(forced.code, 2);
    forced.says(&["--edition is a what-if", "holds published reviews"]);
    run(
        &folder,
        "both.toml --edition 2 --out forced --to 2014-05-30",
        &world.data(),
    );
    for name in ["constituents", "turnover", "candidates"] {
        assert!(
            bytes("forced", "2012-11-30", name) == bytes("second", "2012-11-30", name),
            "{name}"
        );
    }
    assert!(
        review("forced", "2012-11-30").manifest()["rulebook"]
            .as_str()
            .unwrap()
            .ends_with("# --edition 2\n")
    );
    // What was forced is in the manifest's text, and read back from it.
    let verified = Divisor::new(folder.path())
        .args("verify --all --out forced --data")
        .arg(world.data());
    verified.succeed();
    let unknown = Divisor::new(folder.path()).args("explain both.toml --edition 3").run();
    assert_eq!(unknown.code, 2);
    unknown.says(&["both.toml has no edition `3`", "it has: 1, 2"]);
    // A name is explained by the rules of its review's edition.
    let why = |date: &str| {
        let call = Divisor::new(folder.path())
            .args("why")
            .arg(&left[0])
            .args("both.toml --to 2014-05-30 --date")
            .arg(date);
        call.arg("--data").arg(world.data()).succeed().stdout
    };
    assert!(
        why("2013-05-31").contains("20 wanted") && why("2013-08-30").contains("30 wanted"),
        "{}",
        why("2013-08-30")
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a paragraph a verb")]
fn every_verb_understands_files_variants_and_editions() {
    let folder = Folder::new();
    folder.write("books/rules.toml", RULES);
    folder.write(
        "books/fragment.toml",
        "[[limit]]\nid  = \"sectors\"\non  = \"sectr\"\nmax = \"40%\"\n",
    );
    folder.write(
        "books/child.toml",
        "extends = [\"rules.toml\", \"fragment.toml\"]\n[index]\nid = \"child\"\n\n[[variant]]\nid = \"other\"\n",
    );
    // One mistake in a shared file is told once, and at its own line.
    let checked = Divisor::new(folder.path()).args("check books").run();
    assert_eq!(checked.code, 2);
    assert_eq!(checked.stdout.matches("M0311").count(), 2, "{}", checked.stdout);
    for part in ["--> books/fragment.toml:3:7", "on  = \"sectr\"", "2 rulebooks: 1 error"] {
        assert!(checked.stdout.contains(part), "{}", checked.stdout);
    }
    folder.write(
        "books/fragment.toml",
        "[[limit]]\nid  = \"sectors\"\non  = \"sector\"\nmax = \"40%\"\n",
    );
    let alone = Divisor::new(folder.path()).args("check books/fragment.toml").run();
    assert!(
        alone.code == 2 && alone.stdout.contains("is no rulebook: it has no [index]"),
        "{}",
        alone.stdout
    );
    let explained = Divisor::new(folder.path())
        .args("explain books/child.toml#other")
        .succeed()
        .stdout;
    assert!(
        explained.contains("(`other`)") && explained.contains("of fragment.toml]"),
        "{explained}"
    );
    assert_eq!(
        Divisor::new(folder.path())
            .args("explain books/child.toml")
            .succeed()
            .stdout
            .matches("edition 1")
            .count(),
        2
    );
    let none = Divisor::new(folder.path()).args("explain books/child.toml#gone").run();
    assert_eq!(none.code, 2);
    none.says(&["books/child.toml has no index `gone`", "it has: child, other"]);
    let same = Divisor::new(folder.path())
        .args("diff books/child.toml#child books/child.toml#other")
        .succeed()
        .stdout;
    assert!(
        same.contains("A  books/child.toml (") && same.contains("B  books/child.toml#other ("),
        "{same}"
    );
    let several = Divisor::new(folder.path())
        .args("diff books/rules.toml books/child.toml")
        .run();
    several.says(&[
        "books/child.toml has several indexes: child, other",
        "books/child.toml#child",
    ]);
    // An edition added.
    folder.write(
        "new.toml",
        &format!("{RULES}\n[[edition]]\nid = \"2\"\nvalid_from = 2030-01-01\n[edition.select.top]\ncount = 9\n"),
    );
    let found = Divisor::new(folder.path())
        .args("diff books/rules.toml new.toml")
        .succeed()
        .stdout;
    assert!(
        found.contains("effective on or after 2030-01-01") && found.contains("Effect: the future"),
        "{found}"
    );
    // Tests belong to the rules they stand beside.
    let test = |key: &str, expected: &str| {
        format!(
            "\n[[{key}]]\nid = \"t-{}\"\nset = {{ \"select.top.count\" = 1 }}\nuniverse = [{{ security_id = \"A\", market_cap = 1, margin = 1, issuer_id = \"a\" }}, {{ security_id = \"B\", market_cap = 3, margin = 2, issuer_id = \"b\" }}]\nexpect = {{ members = [\"{expected}\"] }}\n",
            key.replace('.', "-")
        )
    };
    let tested = RULES.replace("20%", "100%");
    let text = format!(
        "{tested}{}\n[[variant]]\nid = \"low\"\n[variant.select.top]\nprefer = \"low\"\n{}\n[[edition]]\nid = \"2\"\nvalid_from = 2020-01-01\n[edition.select.top]\nprefer = \"low\"\n{}",
        test("test", "B"),
        test("variant.test", "A"),
        test("edition.test", "A")
    );
    folder.write("tested.toml", &text);
    let ran = Divisor::new(folder.path()).args("test tested.toml").run();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    for part in [
        "tested.toml#low\n",
        "tested.toml edition 2\n",
        "t-variant-test",
        "t-edition-test",
        "4 rulebooks, 4 tests: all passed",
    ] {
        assert!(ran.stdout.contains(part), "no {part} in {}", ran.stdout);
    }
    assert_eq!(
        Divisor::new(folder.path())
            .args("fmt books new.toml tested.toml --check")
            .run()
            .code,
        1
    );
    Divisor::new(folder.path())
        .args("fmt books new.toml tested.toml")
        .succeed();
    Divisor::new(folder.path())
        .args("fmt books new.toml tested.toml --check")
        .succeed();
    Divisor::new(folder.path()).args("test tested.toml").succeed();
}
