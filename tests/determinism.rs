//! Same inputs, same bytes: whatever the threads, the order of the rows, the range asked for and the company of other
//! rulebooks.

use std::collections::BTreeMap;

use divisor_market::{read_table, write_table};

use crate::support::{Divisor, Folder, RULEBOOKS, contents, copy_tree, parquet_files, rows_of, small, tests};

const TO: &str = "--to 2016-12-31";

/// Compares by name first: a failure should not print files.
fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>, what: &str) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{what}");
    let other: Vec<&String> = expected.keys().filter(|name| found[*name] != expected[*name]).collect();
    assert!(other.is_empty(), "{what}: other bytes in {other:?}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let world = small();
    assert!(world.published.len() > 150, "the plain run publishes all reviews");
    for threads in ["1", "2", "8"] {
        let folder = Folder::new();
        world
            .run(folder.path())
            .args(TO)
            .args("--threads")
            .arg(threads)
            .succeed();
        assert_same(
            &contents(&folder.join("out")),
            &world.published,
            &format!("{threads} threads"),
        );
    }
}

#[test]
fn shuffled_rows_give_the_same_bytes() {
    let world = small();
    let folder = Folder::new();
    copy_tree(&world.data(), &folder.join("data/small"));
    let mut moved = 0;
    for path in parquet_files(&folder.join("data/small")) {
        let table = read_table("shuffled", &path).unwrap();
        let order = shuffled(table.rows());
        moved += order.iter().enumerate().filter(|(at, from)| at != *from).count();
        write_table(&rows_of(&table, &order), &path).unwrap();
    }
    assert!(moved > 100_000, "only {moved} rows moved");
    // By name: the dataset lies where the settings look for it.
    let run = Divisor::new(folder.path()).arg("run").arg(tests("rulebooks"));
    run.args("--data small").args(TO).succeed();
    assert_same(&contents(&folder.join("out")), &world.published, "shuffled");
}

/// A permutation that depends on nothing but the length: Fisher–Yates on a linear congruential generator.
fn shuffled(rows: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..rows).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
    order
}

#[test]
fn running_again_changes_nothing_and_says_so() {
    let world = small();
    let folder = Folder::new();
    let first = world.run(folder.path()).args(TO).succeed();
    first.says(&["(59 new)"]);
    let sources = folder.join("out/small-calm/reviews/2012-05-31/sources.json");
    let written = std::fs::metadata(&sources).unwrap().modified().unwrap();
    let second = world.run(folder.path()).args(TO).succeed();
    second.says(&["(0 new, 59 unchanged)"]);
    assert_eq!(std::fs::metadata(&sources).unwrap().modified().unwrap(), written);
    assert_same(&contents(&folder.join("out")), &world.published, "run twice");
}

#[test]
fn a_review_that_was_tampered_with_is_replaced() {
    let world = small();
    let folder = Folder::new();
    let run = || world.run(folder.path()).args("--to 2012-11-30");
    run().succeed();
    folder.write("out/small-calm/reviews/2012-05-31/turnover.parquet", "tampered");
    run().succeed().says(&["(0 new", "1 replaced)"]);
    assert_same(
        &contents(&folder.join("out")),
        &world.effective("2012", "2012-11-30"),
        "replaced",
    );
}

#[test]
fn any_range_is_that_part_of_the_whole() {
    let world = small();
    for (from, to) in [
        ("2012-05-31", "2012-05-31"),
        ("2013-06-01", "2014-05-30"),
        ("2014-11-28", "2016-12-31"),
        ("2016-11-01", "2016-11-30"),
    ] {
        let folder = Folder::new();
        let outcome = world
            .run(folder.path())
            .args(&format!("--from {from} --to {to}"))
            .succeed();
        let expected = world.effective(from, to);
        assert!(!expected.is_empty(), "{from} {to}");
        assert_same(&contents(&folder.join("out")), &expected, &format!("{from} … {to}"));
        assert!(
            !outcome.stdout.contains("2013-05-31"),
            "prints what it writes:\n{}",
            outcome.stdout
        );
    }
}

#[test]
fn a_rulebook_alone_gives_the_bytes_it_gives_in_company() {
    let world = small();
    for rulebook in RULEBOOKS {
        let folder = Folder::new();
        let mut run = Divisor::new(folder.path()).arg("run");
        // A child needs its parent, and nothing else.
        if rulebook == "child" {
            run = run.arg(tests("rulebooks/quality.toml"));
        }
        run = run.arg(tests("rulebooks").join(format!("{rulebook}.toml")));
        run.arg("--data").arg(world.data()).args(TO).succeed();
        let mut alone = contents(&folder.join("out"));
        let own = format!("small-{rulebook}/");
        alone.retain(|name, _| name.starts_with(&own));
        let mut expected = world.published.clone();
        expected.retain(|name, _| name.starts_with(&own));
        assert!(!expected.is_empty());
        assert_same(&alone, &expected, rulebook);
    }
}

#[test]
fn a_reformatted_rulebook_changes_its_text_alone() {
    let world = small();
    let folder = Folder::new();
    let text = crate::support::read(&tests("rulebooks/calm.toml"));
    let reformatted: Vec<String> = text
        .lines()
        .map(|line| line.replace(" = ", "=").replace("  ", " "))
        .collect();
    folder.write("calm.toml", &format!("# moved\n\n{}\n", reformatted.join("\n\n")));
    let run = Divisor::new(folder.path())
        .args("run calm.toml --data")
        .arg(world.data());
    run.args("--to 2012-05-31").succeed();
    let manifest = |out: &std::path::Path| {
        let mut manifest = crate::support::Review::of(out, "small-calm", "2012-05-31").manifest();
        // Lines of rules are in `decisions`; the text itself is here.
        manifest["rulebook"].take();
        manifest["outputs"]["decisions.parquet"].take();
        manifest
    };
    assert_eq!(manifest(&folder.join("out")), manifest(&world.out()));
}

#[test]
fn a_world_is_the_same_at_any_number_of_threads() {
    let world = small();
    let expected = contents(&world.data());
    assert!(expected.len() > 60, "{}", expected.len());
    for threads in ["1", "2"] {
        let folder = Folder::new();
        let generate = Divisor::new(folder.path())
            .args("data generate")
            .arg(tests("worlds/small.toml"));
        generate.args("--out small --threads").arg(threads).succeed();
        assert_same(&contents(&folder.join("small")), &expected, threads);
    }
}
