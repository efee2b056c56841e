//! Due runs under a scheduler: repeated, killed, two at once, and with nowhere to write.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command};

use crate::rehearsal::spawn;
use crate::support::{Divisor, Folder, Outcome, Review, TextData, contents, read, small, tests, tiny};

fn due(folder: &Path, data: &Path, as_of: &str) -> Outcome {
    let run = Divisor::new(folder)
        .arg("run")
        .arg(tests("rulebooks"))
        .arg("--data")
        .arg(data);
    run.args("--format json --due --as-of").arg(as_of).run()
}

/// What was published, without the weights at effective closes that only due runs add.
fn published(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = contents(out);
    files.retain(|name, _| !name.contains("/effective."));
    files
}

#[test]
fn what_is_due_is_done_once() {
    let world = small();
    let folder = Folder::new();
    let before = due(folder.path(), &world.data(), "2012-05-15");
    assert_eq!(before.code, 0, "{}", before.stderr);
    assert!(
        before
            .json()
            .as_array()
            .unwrap()
            .iter()
            .all(|index| index["published"].as_array().unwrap().is_empty())
    );
    // Announced nine sessions before the last of May.
    let first = due(folder.path(), &world.data(), "2012-05-18");
    assert_eq!(first.code, 0, "{}", first.stderr);
    let of = |outcome: &Outcome, id: &str| -> serde_json::Value {
        let all = outcome.json();
        all.as_array()
            .unwrap()
            .iter()
            .find(|index| index["index_id"] == id)
            .unwrap()["published"]
            .clone()
    };
    assert_eq!(of(&first, "small-quality"), serde_json::json!(["2012-05-31"]));
    let sources = folder.join("out/small-quality/reviews/2012-05-31/sources.json");
    let written = std::fs::metadata(&sources).unwrap().modified().unwrap();
    let again = due(folder.path(), &world.data(), "2012-05-20");
    assert_eq!(of(&again, "small-quality"), serde_json::json!([]));
    assert_eq!(std::fs::metadata(&sources).unwrap().modified().unwrap(), written);
    // As one run over the range.
    let later = due(folder.path(), &world.data(), "2013-12-31");
    assert_eq!(later.code, 0, "{}", later.stderr);
    assert!(published(&folder.join("out")) == world.effective("2012", "2013-12-31"));
}

#[test]
fn an_index_fails_on_its_own() {
    let folder = Folder::new();
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    let text = read(&tests("wrong/datasets/rulebook.toml"));
    folder.write("rules/good.toml", &text);
    folder.write(
        "rules/typo.toml",
        &text.replace("\"tiny\"", "\"typo\"").replace("count = 5", "cuont = 5"),
    );
    folder.write(
        "rules/none.toml",
        &text.replace("\"tiny\"", "\"none\"").replace("> -50%", "> 900%"),
    );
    let run = Divisor::new(folder.path()).args("run rules --data ./data --due --as-of 2020-12-31 --format json");
    let outcome = run.run();
    assert_eq!(outcome.code, 3, "the largest of 0, 2 and 3: {}", outcome.stderr);
    outcome.says(&["cuont", "no name is left"]);
    let codes: Vec<_> = outcome
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|index| index["exit_code"].as_u64())
        .collect();
    assert_eq!(codes, [Some(3), Some(2), Some(0)]);
    assert_eq!(
        Review::of(&folder.join("out"), "tiny", "2020-11-30").manifest()["index_id"],
        "tiny"
    );
}

#[test]
fn changed_data_under_published_reviews_is_told_and_not_built_upon() {
    let folder = tiny("tiny.toml");
    let run = |more: &str| {
        Divisor::new(folder.path())
            .args("run tiny.toml --data ./data --due --as-of")
            .args(more)
            .run()
    };
    assert_eq!(run("2020-05-20").code, 0);
    let first = contents(&folder.join("out"));
    let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
    data.table("snapshots/date=2020-04-30").set("A", "market_cap", "800");
    data.write(&folder.join("data"));
    let outcome = run("2020-11-30");
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert!(
        outcome
            .stdout
            .contains("2020-05-29 comes out otherwise: the table `snapshots`"),
        "{}",
        outcome.stdout
    );
    assert!(contents(&folder.join("out")) == first);
    let outcome = run("2020-11-30 --changed-since 2020-01-01");
    assert_eq!(outcome.code, 0, "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains("replaced 2020-05-29: the table `snapshots`"),
        "{}",
        outcome.stdout
    );
    assert_eq!(run("2020-11-30").code, 0);
}

#[test]
fn two_schedulers_at_once_do_no_harm() {
    let world = small();
    let folder = Folder::new();
    let mut calls: Vec<Child> = (0..3)
        .map(|_| spawn(folder.path(), &world.data(), &tests("rulebooks"), "2013-12-31"))
        .collect();
    let codes: Vec<_> = calls.iter_mut().map(|call| call.wait().unwrap().code()).collect();
    assert!(
        codes.contains(&Some(0)) && codes.iter().all(|code| [Some(0), Some(4)].contains(code)),
        "{codes:?}"
    );
    assert!(published(&folder.join("out")) == world.effective("2012", "2013-12-31"));
}

/// A disk that takes no more than some kilobytes a file: every write of a larger file fails as on a full one.
#[test]
#[cfg(unix)]
fn a_full_disk_leaves_nothing_half_written() {
    let world = small();
    let folder = Folder::new();
    let call = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{}' run '{}' --data '{}' --due --as-of 2012-12-31",
        env!("CARGO_BIN_EXE_divisor"),
        tests("rulebooks").display(),
        world.data().display()
    );
    let output = Command::new("bash")
        .current_dir(folder.path())
        .args(["-c", &call])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("cannot write"), "{said}");
    assert!(contents(&folder.join("out")).is_empty(), "nothing half written stays");
    assert_eq!(due(folder.path(), &world.data(), "2013-12-31").code, 0);
    assert!(published(&folder.join("out")) == world.effective("2012", "2013-12-31"));
}

/// A folder nobody may write to, not even a superuser.
#[test]
#[cfg(target_os = "linux")]
fn a_read_only_folder_is_named() {
    let world = small();
    let run = Divisor::new(world.folder().path())
        .arg("run")
        .arg(tests("rulebooks"))
        .arg("--data")
        .arg(world.data());
    let outcome = run.args("--due --as-of 2012-12-31 --out /proc/divisor").run();
    assert_eq!(outcome.code, 4, "{}", outcome.stderr);
    outcome.says(&["cannot write to /proc/divisor"]);
}
