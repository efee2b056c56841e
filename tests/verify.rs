//! A published history is held against its manifests and made again: any changed byte is found and named.

use std::path::Path;

use crate::support::{Divisor, Folder, Outcome, Review, TextData, names_in, read, small, tests};

/// The tiny index, published from its own data: the second review by a plan.
fn published() -> Folder {
    let folder = Folder::new();
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    folder.write("tiny.toml", &read(&tests("wrong/datasets/rulebook.toml")));
    let call = |words: &str| Divisor::new(folder.path()).args(words).succeed();
    call("run tiny.toml --data ./data --to 2020-05-29");
    call("plan tiny.toml --data ./data --date 2020-11-30 --save nov.plan --by Ann");
    call("apply nov.plan --by Ann --approved-by Committee");
    folder
}

fn verify(folder: &Path) -> Outcome {
    Divisor::new(folder).args("verify --all --data ./data").run()
}

/// Finds a difference and names it.
fn finds(folder: &Folder, named: &[&str]) {
    let outcome = verify(folder.path());
    assert_eq!(outcome.code, 1, "{named:?}: {}{}", outcome.stdout, outcome.stderr);
    for name in named {
        assert!(outcome.stdout.contains(name), "no `{name}` in:\n{}", outcome.stdout);
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_was_published_is_verified() {
    let folder = published();
    let outcome = verify(folder.path());
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert!(
        outcome
            .stdout
            .contains("2 reviews of 1 index verified: every byte as published"),
        "{}",
        outcome.stdout
    );
    let one = Divisor::new(folder.path())
        .args("verify out/tiny/reviews/2020-11-30 --data ./data")
        .run();
    assert_eq!(one.code, 0, "{}", one.stderr);
    let none = Divisor::new(folder.path()).args("verify out/tiny --data ./data").run();
    assert_eq!(none.code, 2);
}

/// The text in a manifest is read back as it was meant: an edition chosen for all dates is, and a comment that looks like
/// a setting stays a comment.
#[test]
fn what_was_chosen_and_what_only_looks_so_is_verified() {
    let folder = Folder::new();
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    let rules = read(&tests("wrong/datasets/rulebook.toml"));
    let comments = "# ==== extended: other.toml\n# --edition 3\n# --set select.top.count = 1\n";
    folder.write(
        "tiny.toml",
        &format!(
            "{rules}\n[[edition]]\nid = \"2\"\nvalid_from = 2021-01-01\n[edition.select.top]\ncount = 6\n{comments}"
        ),
    );
    for (words, count) in [
        ("--out plain", 5),
        ("--out set --set select.top.count=6", 6),
        ("--out chosen --edition 2", 6),
        ("--out both --edition 2 --set select.top.by=market_cap", 6),
    ] {
        let call = |words: &str| Divisor::new(folder.path()).args(words).run();
        let run = call(&format!("run tiny.toml --data ./data --to 2020-11-30 {words}"));
        assert_eq!(run.code, 0, "{words}: {}", run.stderr);
        let out = words.split(' ').nth(1).unwrap();
        let found = call(&format!("verify --all --data ./data --out {out}"));
        assert_eq!(found.code, 0, "{words}: {}{}", found.stdout, found.stderr);
        assert!(
            found.stdout.contains("2 reviews of 1 index verified"),
            "{}",
            found.stdout
        );
        let manifest = Review::of(&folder.join(out), "tiny", "2020-11-30").manifest();
        assert_eq!(manifest["counts"]["names"], count, "{words}");
    }
}

#[test]
fn a_whole_history_is_verified() {
    let world = small();
    let verify = Divisor::new(world.folder().path())
        .args("verify --all --format json --data")
        .arg(world.data());
    let found = verify.succeed().json();
    assert_eq!(
        (found["reviews"].as_u64(), found["differences"].as_array().map(Vec::len)),
        (Some(59), Some(0))
    );
}

#[test]
fn a_flipped_byte_of_any_output_is_named() {
    let folder = published();
    for date in ["2020-05-29", "2020-11-30"] {
        let reviews = folder.join("out/tiny/reviews").join(date);
        for file in [
            "candidates.parquet",
            "constituents.parquet",
            "decisions.parquet",
            "turnover.parquet",
            "manifest.json",
        ] {
            let path = reviews.join(file);
            let whole = std::fs::read(&path).unwrap();
            for at in [0, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
                flip(&path, at);
                let named = if file == "manifest.json" {
                    format!("reviews/{date}")
                } else {
                    format!("{date}/{file}")
                };
                finds(&folder, &[&named]);
                std::fs::write(&path, &whole).unwrap();
            }
        }
    }
    assert_eq!(verify(folder.path()).code, 0);
}

#[test]
fn a_missing_file_and_a_changed_journal_are_named() {
    let folder = published();
    let turnover = folder.join("out/tiny/reviews/2020-11-30/turnover.parquet");
    std::fs::rename(&turnover, folder.join("aside")).unwrap();
    finds(&folder, &["2020-11-30/turnover.parquet: cannot be read"]);
    std::fs::rename(folder.join("aside"), turnover).unwrap();
    let text = read(&folder.join("out/journal.jsonl"));
    folder.write("out/journal.jsonl", &text.replacen("Ann", "Eve", 1));
    finds(&folder, &["journal.jsonl: line 2 does not follow"]);
    folder.write(
        "out/journal.jsonl",
        &text.split_inclusive('\n').skip(1).collect::<String>(),
    );
    finds(&folder, &["journal.jsonl: line 1"]);
}

/// A changed value of a row that is in use names its table; a flipped byte names that, or the file that it breaks.
#[test]
fn a_changed_input_is_named() {
    let folder = published();
    for (table, id, column, value) in [
        ("snapshots/date=2020-10-30", "F", "price", "62"),
        ("fundamentals", "E", "eps", "4.5"),
        ("prices/year=2020", "D", "close", "39.5"),
        ("actions", "B", "ratio", "2"),
    ] {
        let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
        data.table(table).set(id, column, value);
        data.write(&folder.join("data"));
        finds(&folder, &[&format!("the table `{}`", table.split('/').next().unwrap())]);
    }
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    assert_eq!(verify(folder.path()).code, 0);
    for table in [
        "snapshots/date=2020-10-30",
        "fundamentals",
        "prices/year=2020",
        "actions",
    ] {
        let file = folder.join("data").join(table).join("part.parquet");
        let whole = std::fs::read(&file).unwrap();
        let name = table.split('/').next().unwrap();
        // Not every byte is in use: some are of columns or statistics that no review reads.
        let mut named = 0;
        for part in 1..12 {
            flip(&file, whole.len() * part / 12);
            let outcome = verify(folder.path());
            if outcome.code != 0 {
                assert!((outcome.stdout + &outcome.stderr).contains(name), "{table} {part}");
                named += 1;
            }
            std::fs::write(&file, &whole).unwrap();
        }
        assert!(named > 2, "{table}: {named}");
    }
}

#[test]
fn a_corrected_history_is_verified() {
    let folder = published();
    let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
    data.table("snapshots/date=2020-10-30").set("C", "market_cap", "450");
    data.write(&folder.join("data"));
    finds(&folder, &["2020-11-30: the table `snapshots`"]);
    let call = |words: &str| Divisor::new(folder.path()).args(words).succeed();
    call("plan tiny.toml --data ./data --date 2020-11-30 --save fix.plan --by Ann");
    call("apply fix.plan --by Ann --approved-by Committee");
    let outcome = verify(folder.path());
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert!(names_in(&folder.join("out/tiny/reviews/2020-11-30"), "").contains(&"rev-2".to_owned()));
    // The corrected result is still evidence.
    flip(&folder.join("out/tiny/reviews/2020-11-30/constituents.parquet"), 100);
    finds(&folder, &["2020-11-30/constituents.parquet: other bytes"]);
}

/// What another version of the engine published is compared by content, and passes if that is the same.
#[test]
fn another_engines_results_are_compared_by_content() {
    let folder = Folder::new();
    TextData::load(&tests("wrong/datasets/base.txt")).write(&folder.join("data"));
    folder.write("tiny.toml", &read(&tests("wrong/datasets/rulebook.toml")));
    Divisor::new(folder.path())
        .args("run tiny.toml --data ./data --to 2020-05-29")
        .succeed();
    let path = "out/tiny/reviews/2020-05-29/manifest.json";
    let text = read(&folder.join(path));
    let version = format!("\"engine_version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version));
    let other = text.replace(&version, "\"engine_version\": \"0.0.9\"");
    folder.write(path, &other);
    let hash = divisor_review::hash_text(&text);
    let sources = path.replace("manifest", "sources");
    folder.write(
        &sources,
        &read(&folder.join(&sources)).replace(&hash, &divisor_review::hash_text(&other)),
    );
    let outcome = verify(folder.path());
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
    data.table("prices/year=2020").set("D", "close", "39.5");
    data.write(&folder.join("data"));
    finds(&folder, &["the table `prices`"]);
}

#[test]
fn a_locked_run_refuses_drift() {
    let folder = published();
    let call = |words: &str| Divisor::new(folder.path()).args(words).run();
    let run = "run tiny.toml --data ./data --to 2020-11-30 --locked";
    let outcome = call(run);
    assert_eq!(outcome.code, 2);
    outcome.says(&["cannot read divisor.lock"]);
    assert_eq!(call("lock tiny.toml --data ./data").code, 0);
    assert_eq!(call(run).code, 0);
    let file = folder.join("data/prices/year=2020/part.parquet");
    let whole = std::fs::read(&file).unwrap();
    flip(&file, whole.len() / 2);
    let outcome = call(run);
    assert_eq!(outcome.code, 2);
    outcome.says(&["file prices/year=2020/part.parquet has other bytes"]);
    std::fs::write(&file, whole).unwrap();
    let calendar = read(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/config/calendars/XNYS.toml"
    )));
    folder.write(
        "mine/calendars/XNYS.toml",
        &calendar.replace("last_year    = 2030", "last_year    = 2029"),
    );
    call(&format!("{run} --config mine")).says(&["calendar XNYS"]);
    let pins = read(&folder.join("divisor.lock"));
    folder.write("divisor.lock", &pins.replacen(env!("CARGO_PKG_VERSION"), "0.0.9", 1));
    call(run).says(&["0.0.9 is pinned"]);
}
