//! Where results go: what stands in the way, what another holds, and what a killed run left.

use std::fs::File;
use std::path::Path;

use crate::support::{Divisor, Folder, Outcome, TextData, contents, names_in, tests};

/// A folder with the tiny dataset.
fn prepared() -> Folder {
    let folder = Folder::new();
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    folder
}

fn run(folder: &Path, out: &str) -> Outcome {
    let run = Divisor::new(folder)
        .arg("run")
        .arg(tests("wrong/datasets/rulebook.toml"));
    run.args("--data ./data --to 2020-12-31 --out").arg(out).run()
}

#[test]
fn a_file_in_the_way_is_named() {
    let folder = prepared();
    folder.write("file", "mine");
    for out in ["file", "file/below"] {
        let outcome = run(folder.path(), out);
        assert_eq!(outcome.code, 4, "{}", outcome.stderr);
        outcome.says(&[&format!("cannot write to {out}")]);
    }
    assert_eq!(std::fs::read_to_string(folder.join("file")).unwrap(), "mine");
}

/// A file where the folder of an index belongs, and one where a review belongs.
#[test]
fn a_file_deeper_down_is_named_and_stays() {
    for place in ["out/tiny", "out/tiny/reviews", "out/tiny/reviews/2020-05-29"] {
        let folder = prepared();
        folder.write(place, "mine");
        let outcome = run(folder.path(), "out");
        assert_eq!(outcome.code, 4, "{place}: {}", outcome.stderr);
        outcome.says(&[place]);
        assert_eq!(std::fs::read_to_string(folder.join(place)).unwrap(), "mine", "{place}");
    }
}

#[test]
fn one_writer_at_a_time() {
    let folder = prepared();
    std::fs::create_dir_all(folder.join("out")).unwrap();
    let held = File::create(folder.join("out/.lock")).unwrap();
    held.lock().unwrap();
    let outcome = run(folder.path(), "out");
    assert_eq!(outcome.code, 4, "{}", outcome.stderr);
    outcome.says(&["another divisor is writing to out"]);
    assert!(contents(&folder.join("out")).is_empty());
    held.unlock().unwrap();
    assert_eq!(run(folder.path(), "out").code, 0);
}

/// What a killed run leaves: half a review, and a published one caught between two renames.
#[test]
fn leftovers_of_a_killed_run_are_cleared() {
    let folder = prepared();
    assert_eq!(run(folder.path(), "out").code, 0);
    let whole = contents(&folder.join("out"));
    let reviews = folder.join("out/tiny/reviews");
    folder.write("out/tiny/reviews/.2020-05-29.tmp-1/constituents.parquet", "half");
    folder.write("out/tiny/reviews/.2021-05-28.tmp-1-2/manifest.json", "{}");
    std::fs::rename(reviews.join("2020-11-30"), reviews.join(".2020-11-30.aside")).unwrap();
    let outcome = run(folder.path(), "out");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.says(&["2 unchanged"]);
    assert_eq!(names_in(&reviews, ""), ["2020-05-29", "2020-11-30"]);
    assert!(contents(&folder.join("out")) == whole, "the same bytes as before");
}

/// Files of somebody else in the output folder are left alone.
#[test]
fn other_files_stay() {
    let folder = prepared();
    folder.write("out/notes.txt", "mine");
    folder.write("out/tiny/reviews/.hidden/file", "mine");
    assert_eq!(run(folder.path(), "out").code, 0);
    for place in ["out/notes.txt", "out/tiny/reviews/.hidden/file"] {
        assert_eq!(std::fs::read_to_string(folder.join(place)).unwrap(), "mine");
    }
}

/// A run that fails on its input leaves what an earlier one published.
#[test]
fn a_failed_run_leaves_the_published_reviews() {
    let folder = prepared();
    assert_eq!(run(folder.path(), "out").code, 0);
    let whole = contents(&folder.join("out"));
    folder.write("data/snapshots/date=2020-04-30/part.parquet", "no Parquet");
    assert_eq!(run(folder.path(), "out").code, 2);
    assert!(contents(&folder.join("out")) == whole);
}
