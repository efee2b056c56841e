//! A dataset of two universes: the small world of companies with the funds of the demo world beside them.

use std::path::Path;

use crate::support::{Divisor, Folder, Review, contents, names_in, numbers, read, tests, texts};

const FIRST: &str = "2013-03-15";
const LAST: &str = "2013-06-28";

/// The small world up to the middle of 2013, with funds or without.
fn generate(folder: &Folder, name: &str, with_funds: bool) {
    let mut text = read(&tests("worlds/small.toml")).replace("= \"2016-12\"", "= \"2013-06\"");
    if with_funds {
        let demo = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/worlds/demo.toml"));
        let start = demo.find("[funds]\n").expect("the funds of the demo world");
        let end = start + demo[start..].find("\n# ---").expect("what follows them");
        text.push_str(&format!("\n{}\n", &demo[start..end]));
    }
    folder.write(&format!("{name}.toml"), &text);
    let generate = Divisor::new(folder.path())
        .args("data generate")
        .arg(format!("{name}.toml"));
    generate.args("--out").arg(name).succeed();
}

fn run(folder: &Folder, rulebook: &Path, data: &str, out: &str, more: &str) {
    let run = Divisor::new(folder.path()).arg("run").arg(rulebook);
    run.args(&format!("--data {data} --to {LAST} --out {out} {more}"))
        .succeed();
}

fn basket() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("methodologies/funds/income-basket.toml")
}

/// Every published table of companies is the same, byte for byte, whether the dataset has funds or not.
#[test]
fn indexes_of_companies_do_not_see_funds() {
    let folder = Folder::new();
    for (name, with_funds) in [("without", false), ("with", true)] {
        generate(&folder, name, with_funds);
        for rulebook in ["calm", "quality"] {
            run(
                &folder,
                &tests(&format!("rulebooks/{rulebook}.toml")),
                name,
                &format!("out-{name}"),
                "",
            );
        }
    }
    let (without, with) = (
        contents(&folder.join("out-without")),
        contents(&folder.join("out-with")),
    );
    let tables = || without.keys().filter(|path| path.ends_with(".parquet"));
    assert!(tables().count() >= 16, "{}", tables().count());
    let differ: Vec<&String> = tables().filter(|path| without.get(*path) != with.get(*path)).collect();
    assert!(differ.is_empty(), "{differ:?}");
    let describe = Divisor::new(folder.path()).args("data describe --data with").succeed();
    assert!(
        describe.stdout.contains("universes listed, funds, world"),
        "{}",
        describe.stdout
    );
}

/// Its members are funds, weighted by what they yield; the same bytes at any number of threads and from a frozen dataset.
#[test]
fn the_basket_of_funds_holds_funds_alone() {
    let folder = Folder::new();
    generate(&folder, "with", true);
    let freeze = Divisor::new(folder.path()).args("data freeze --data with --out frozen --cutoff 2013-05-31");
    freeze.succeed();
    let base = format!("--set index.base.date={FIRST}");
    run(&folder, &basket(), "with", "one", &format!("{base} --threads 1"));
    run(&folder, &basket(), "with", "two", &format!("{base} --threads 2"));
    run(&folder, &basket(), "frozen", "frozen-out", &base);
    let one = contents(&folder.join("one"));
    assert!(one == contents(&folder.join("two")), "at two threads");
    assert!(one == contents(&folder.join("frozen-out")), "from the frozen dataset");

    let out = folder.join("one");
    let dates = names_in(&out.join("listed-funds-income/reviews"), "");
    assert_eq!(dates, [FIRST, "2013-06-21"]);
    let members = Review::of(&out, "listed-funds-income", FIRST).table("constituents");
    assert_eq!(members.rows(), 30);
    assert!(texts(&members, "security_id").iter().all(|id| id.starts_with("FD")));
    let candidates = Review::of(&out, "listed-funds-income", FIRST).table("candidates");
    assert!(texts(&candidates, "security_id").iter().all(|id| id.starts_with("FD")));
    let (weights, uncapped) = (numbers(&members, "weight"), numbers(&members, "uncapped_weight"));
    let yields = |row: usize| {
        let id = &texts(&members, "security_id")[row];
        let at = texts(&candidates, "security_id").iter().position(|other| other == id);
        numbers(&candidates, "dividend_yield")[at.expect("a candidate")]
    };
    let total: f64 = (0..30).map(yields).sum();
    for row in 0..30 {
        assert!((uncapped[row] - yields(row) / total).abs() < 1e-12, "row {row}");
        assert!(weights[row] <= 0.0425 + 1e-12);
    }
}
