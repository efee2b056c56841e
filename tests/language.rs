//! What helps while a rulebook is written: `new`, `fmt`, `test` and `diff`, as a user calls them.

use std::path::Path;

use crate::support::{Divisor, Folder, Outcome, TextData, read, small, tests};

fn shipped(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("methodologies").join(path)
}

fn in_folder(folder: &Folder, args: &str) -> Outcome {
    Divisor::new(folder.path()).args(args).run()
}

/// All families that `new` knows, from what it says of one it does not.
fn families(folder: &Folder) -> Vec<String> {
    let unknown = in_folder(folder, "new x.toml --family qualty");
    assert_eq!(unknown.code, 2);
    unknown.says(&["invalid value 'qualty'", "quality"]);
    let (_, list) = unknown.stderr.split_once("[possible values: ").expect("a list");
    let (list, _) = list.split_once(']').expect("its end");
    list.split(',').map(|family| family.trim().to_owned()).collect()
}

/// A family's rulebook is whole from the start: no mistake, its own tests pass, nothing to lay out, and a dataset has what
/// it names. Every folder of the library has a family.
#[test]
fn a_new_rulebook_of_every_family_passes_its_own_tests() {
    let world = small();
    let folder = Folder::new();
    let families = families(&folder);
    for entry in std::fs::read_dir(shipped("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let has = |family: &String| family.split('/').next() == Some(&name);
        assert!(families.iter().any(has), "{name} is no family");
    }
    for family in &families {
        let file = format!("my-{}.toml", family.replace('/', "-"));
        let parent = if family == "funds" { "funds" } else { "world" };
        Divisor::new(folder.path())
            .args(&format!("new {file} --family {family} --parent {parent} --name"))
            .arg("My \"own\" index")
            .succeed();
        let text = read(&folder.path().join(&file));
        for part in [
            &format!("\"my-{}\"", family.replace('/', "-")),
            &format!("\"{parent}\""),
            "My \\\"own\\\" index",
            "\n[[test]]\n",
        ] {
            assert!(text.contains(part), "no `{part}` in\n{text}");
        }
    }
    for verb in ["test", "fmt --check"] {
        let outcome = in_folder(&folder, &format!("{verb} ."));
        assert_eq!(outcome.code, 0, "{verb}: {}{}", outcome.stdout, outcome.stderr);
        assert!(!outcome.stdout.contains("no tests"), "{}", outcome.stdout);
    }
    let check = Divisor::new(folder.path())
        .args("check . --data")
        .arg(world.data())
        .succeed();
    assert!(
        check
            .stdout
            .contains(&format!("{} rulebooks: no mistakes", families.len())),
        "{}",
        check.stdout
    );
}

#[test]
fn a_new_rulebook_goes_over_nothing_and_to_standard_output() {
    let folder = Folder::new();
    assert_eq!(in_folder(&folder, "new my-quality.toml --family quality").code, 0);
    let again = in_folder(&folder, "new my-quality.toml --family quality");
    assert_eq!(again.code, 2);
    again.says(&["my-quality.toml is there already"]);
    let bad = in_folder(&folder, "new other.toml --family quality --id Bad_Id!");
    assert_eq!(bad.code, 2);
    assert!(!folder.path().join("other.toml").exists());
    let printed = in_folder(&folder, "new --family quality --id my-quality");
    assert_eq!(
        (printed.code, printed.stdout),
        (0, read(&folder.path().join("my-quality.toml")))
    );
    // Variants are told apart as in the library.
    let family = in_folder(&folder, "new --family size --name Sizes");
    for part in [
        "id      = \"size\"",
        "id   = \"size-small-cap\"",
        "name = \"Sizes, small-cap\"",
    ] {
        assert!(family.stdout.contains(part), "no `{part}` in\n{}", family.stdout);
    }
}

#[test]
fn the_tests_of_shipped_rulebooks_pass() {
    let outcome = Divisor::new(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args("test methodologies")
        .succeed();
    assert!(!outcome.stdout.contains("no tests"), "{}", outcome.stdout);
}

/// Columns, fields and tables that shipped rulebooks name are there, with units that fit; those of another dataset are
/// checked alone.
#[test]
fn shipped_rulebooks_name_what_a_world_has() {
    let world = small();
    let check = Divisor::new(world.folder().path())
        .arg("check")
        .arg(shipped(""))
        .arg("--data")
        .arg(world.data());
    assert!(check.succeed().stdout.contains("rulebooks: no mistakes"));
}

/// A rule changed under its tests: which, whose, expected, got, exit code 1.
#[test]
fn a_failing_test_says_what_came_out_instead() {
    let folder = Folder::new();
    let rulebook = shipped("low-volatility/world.toml");
    let call = |format: &str| {
        let call = Divisor::new(folder.path()).args("test").arg(&rulebook);
        call.args(&format!("--set select.top.prefer=high --format {format}"))
            .run()
    };
    let outcome = call("table");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    for part in [
        "FAILED  calmest-half-of-each-sector",
        "what ",
        "expected",
        "rank",
        "2 failed",
    ] {
        assert!(outcome.stdout.contains(part), "no `{part}` in\n{}", outcome.stdout);
    }
    let found = &call("json").json()["rulebooks"][0]["tests"][0];
    assert_eq!(found["passed"], false);
    let failures = found["failures"].as_array().unwrap();
    let of = |what: &str, security: &str| {
        let found = failures
            .iter()
            .find(|one| one["what"] == what && one["security_id"] == security);
        found.map(|one| (one["expected"].as_str().unwrap(), one["got"].as_str().unwrap()))
    };
    assert_eq!(of("members", "A"), Some(("member", "out: select")), "{failures:#?}");
    assert_eq!(of("rank", "C"), Some(("3", "1")));
    assert_eq!(of("members", "E"), None);
}

/// What the universe of a test lacks, and a review that must fail.
#[test]
fn a_test_says_what_its_universe_lacks_and_may_expect_an_error() {
    let folder = Folder::new();
    let text = read(&shipped("equal-weight/world.toml"));
    let rules = text.split("\n[[test]]").next().unwrap();
    let with = |screen: &str, expect: &str| {
        let test = format!(
            "{rules}\n[[screen]]\nid = \"s\"\nkeep = \"{screen}\"\n[[test]]\nid = \"t\"\nuniverse = [{{ security_id = \"A\", market_cap = 1 }}]\n\
             expect = {expect}\n"
        );
        std::fs::write(folder.path().join("t.toml"), test).unwrap();
        in_folder(&folder, "test t.toml")
    };
    let lacking = with("sales > 0", "{ members = [\"A\"] }");
    assert_eq!(lacking.code, 2);
    assert!(
        lacking
            .stdout
            .contains("add the column to the rows of the test's `universe`"),
        "{}",
        lacking.stdout
    );
    assert_eq!(with("market_cap > $5", "{ fails = \"R0201\" }").code, 0);
    assert_eq!(with("market_cap > $5", "{ fails = \"R0202\" }").code, 1);
    assert_eq!(with("market_cap > $5", "{ members = [] }").code, 1);
    assert_eq!(with("market_cap < $5", "{ fails = \"R0201\" }").code, 1);
    assert_eq!(
        with("market_cap < $5", "{ members = [\"A\"], weights = { A = 1 } }").code,
        0
    );
}

#[test]
fn fmt_writes_once_and_check_only_tells() {
    let folder = Folder::new();
    let tidy = read(&shipped("quality/world.toml"));
    let untidy = tidy.replace("  = ", " = ");
    let path = folder.path().join("q.toml");
    std::fs::write(&path, &untidy).unwrap();
    let check = in_folder(&folder, "fmt q.toml --check");
    assert_eq!(check.code, 1);
    assert!(check.stdout.contains("q.toml is not laid out"), "{}", check.stdout);
    assert_eq!(read(&path), untidy);
    assert_eq!(in_folder(&folder, "fmt q.toml").code, 0);
    assert_eq!(read(&path), tidy);
    assert_eq!(in_folder(&folder, "fmt q.toml --check").code, 0);
    std::fs::write(&path, "[index\n").unwrap();
    let broken = in_folder(&folder, "fmt q.toml");
    assert_eq!(broken.code, 2);
    broken.says(&["M0101"]);
}

#[test]
fn diff_says_which_rules_differ_and_what_that_does() {
    let folder = Folder::new();
    let text = read(&shipped("quality/world.toml"));
    std::fs::write(folder.path().join("a.toml"), &text).unwrap();
    std::fs::write(
        folder.path().join("b.toml"),
        text.replace("count  = 300", "count  = 250"),
    )
    .unwrap();
    let outcome = in_folder(&folder, "diff a.toml b.toml");
    assert_eq!(outcome.code, 0);
    for part in [
        "Selection",
        "  - ",
        "300",
        "[A, line ",
        "  + ",
        "250",
        "[B, line ",
        "restates history",
    ] {
        assert!(outcome.stdout.contains(part), "no `{part}` in\n{}", outcome.stdout);
    }
    let found = in_folder(&folder, "diff a.toml b.toml --format json").json();
    assert_eq!(found["effect"], "restates-history");
    assert_ne!(found["a"]["hash"], found["b"]["hash"]);
    assert_eq!(
        in_folder(&folder, "diff a.toml a.toml --format json").json()["effect"],
        "none"
    );
}

/// The longest formulas the language allows are checked and run, and none longer.
#[test]
fn a_long_formula_runs() {
    let folder = Folder::new();
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    let rules = read(&tests("wrong/datasets/rulebook.toml"));
    let without = |count: usize| {
        let each: Vec<String> = (0..count).map(|at| format!("sector != 'X{at}'")).collect();
        each.join(" and ")
    };
    let long = |names: usize, terms: usize| {
        let sum = vec!["momentum"; terms].join(" + ");
        let rules = rules.replace("momentum > -50%", &without(names));
        rules.replace("[[screen]]", &format!("long = \"{sum}\"\n\n[[screen]]"))
    };
    folder.write(
        "long.toml",
        &long(500, 1000).replace("by    = \"value\"", "by    = \"long\""),
    );
    let call = |words: &str| Divisor::new(folder.path()).args(words).run();
    for words in [
        "run long.toml --data ./data --to 2020-11-30",
        "explain long.toml",
        "verify --all --data ./data",
    ] {
        let outcome = call(words);
        assert_eq!(outcome.code, 0, "{words}: {}", outcome.stderr);
    }
    folder.write("longer.toml", &long(12_000, 20_000));
    let outcome = call("check longer.toml");
    assert_eq!(outcome.code, 2);
    let told = outcome.stdout + &outcome.stderr;
    let count = told.matches("the formula has more than 1000 terms").count();
    assert_eq!(count, 2, "{told}");
}
