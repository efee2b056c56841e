//! A vendor's risk model from files: worked out by hand, point in time, the same from shuffled rows. The sound dataset
//! lies with the messages of broken ones, `wrong/risk-models/`.

use std::path::Path;

use divisor_market::{read_table, write_table};
use serde_json::Value;

use crate::support::{
    Divisor, Folder, Outcome, Review, TextData, contents, names_in, numbers, parquet_files, read, rows_of, tests, texts,
};

const MODEL: &str = "risk/date=2020-04-15";

/// Runs the rulebook, with changes, over the dataset, with others.
fn run(rules: &[(&str, &str)], change: impl Fn(&mut TextData)) -> (Folder, Outcome) {
    let folder = Folder::new();
    let mut data = TextData::load(&tests("wrong/risk-models/base.txt"));
    change(&mut data);
    data.write(&folder.join("data"));
    let mut rulebook = read(&tests("wrong/risk-models/rulebook.toml"));
    for (from, to) in rules {
        assert!(rulebook.contains(from), "{from}");
        rulebook = rulebook.replacen(from, to, 1);
    }
    folder.write("rulebook.toml", &rulebook);
    let outcome = again(&folder);
    (folder, outcome)
}

fn again(folder: &Folder) -> Outcome {
    Divisor::new(folder.path())
        .args("run rulebook.toml --data ./data --to 2020-12-31")
        .run()
}

fn manifest(folder: &Folder, effective: &str) -> Value {
    Review::of(&folder.join("out"), "tiny", effective).manifest()
}

fn weights(folder: &Folder, effective: &str) -> Vec<(String, f64)> {
    let table = Review::of(&folder.join("out"), "tiny", effective).table("constituents");
    texts(&table, "security_id")
        .into_iter()
        .zip(numbers(&table, "weight"))
        .collect()
}

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
}

/// A's variance is 0.04 + 2·0.5·0.01 + 0.25·0.02 + 0.02 = 0.075, B's 0.05, their covariance 0.04 + 0.5·0.01 = 0.045. Least
/// variance: A weighs (0.05 − 0.045) ÷ (0.075 + 0.05 − 0.09) = 1/7; it is (0.075·0.05 − 0.045²) ÷ 0.035.
#[test]
fn by_hand() {
    let (folder, outcome) = run(&[], |_| {});
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let found = weights(&folder, "2020-05-29");
    assert_eq!(found.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["B", "A"]);
    close(found[0].1, 6.0 / 7.0);
    close(found[1].1, 1.0 / 7.0);
    let manifest = manifest(&folder, "2020-05-29");
    let optimised = &manifest["optimisation"];
    close(
        optimised["volatility"].as_f64().unwrap(),
        ((0.075 * 0.05 - 0.045 * 0.045) / 0.035_f64).sqrt(),
    );
    // The parent without C: two thirds A, one third B.
    let parent = (4.0 * 0.075 + 0.05 + 4.0 * 0.045) / 9.0_f64;
    close(optimised["parent_volatility"].as_f64().unwrap(), parent.sqrt());
    let risk = &optimised["risk"];
    assert_eq!(
        (risk["date"].as_str(), risk["age_days"].as_i64()),
        (Some("2020-04-15"), Some(15))
    );
    assert_eq!((risk["names"].as_u64(), risk["factors"].as_u64()), (Some(2), Some(2)));
    assert_eq!(
        risk["without"]["the risk model's files have no exposures of it"][0],
        "C"
    );
    // What was read: of the parent alone, and all pairs of factors.
    let inputs = &manifest["inputs"];
    let rows = ["covariance", "exposures", "specific"].map(|table| inputs[format!("risk/{table}")]["rows"].as_u64());
    assert_eq!(rows, [Some(3), Some(3), Some(2)]);
}

#[test]
fn why_says_that_the_model_has_no_exposures() {
    let (folder, _) = run(&[], |_| {});
    let why = Divisor::new(folder.path())
        .args("why C rulebook.toml --data ./data --to 2020-06-30")
        .succeed();
    assert!(why.stdout.contains("OUT: no predicted risk"), "{}", why.stdout);
}

/// A cut-off of its own for the risk model: the one of February, by which all are alike.
#[test]
fn the_model_has_a_cutoff_of_its_own() {
    let own = (
        "announcement",
        "cutoffs      = { risk = { session = \"last\", months = -2 } }\nannouncement",
    );
    let (folder, outcome) = run(&[own], |_| {});
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    for (_, weight) in weights(&folder, "2020-05-29") {
        close(weight, 1.0 / 3.0);
    }
    let risk = &manifest(&folder, "2020-05-29")["optimisation"]["risk"];
    assert_eq!(
        (risk["date"].as_str(), risk["age_days"].as_i64()),
        (Some("2020-02-28"), Some(32))
    );
}

/// C has no exposures. Its only peer is itself, so that nobody's risk can be its own; with the peers of a country it has
/// the mean of their loadings, and as much variance as the middle of theirs: 0.0625.
#[test]
fn a_name_without_exposures_is_handled_as_the_rulebook_says() {
    let peers = (
        "[risk.vendor]",
        "[risk.vendor]\nmissing = \"risk-of-peers\"\npeers = \"country\"",
    );
    let (folder, outcome) = run(&[peers], |_| {});
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let risk = &manifest(&folder, "2020-05-29")["optimisation"]["risk"];
    assert_eq!(risk["names"].as_u64(), Some(3));
    let of_peers = &risk["of_peers"]["the risk model's files have no exposures of it"];
    assert_eq!(of_peers.as_array().map(Vec::len), Some(1));
    let why = Divisor::new(folder.path())
        .args("why C rulebook.toml --data ./data --to 2020-06-30")
        .succeed();
    assert!(
        why.stdout
            .contains("it has the risk of its peers: the risk model does not have it"),
        "{}",
        why.stdout
    );
    // Loadings 1 and 0.25: its covariance with A is 0.04 + 0.25·0.01 + 0.5·0.01 + 0.125·0.02, with B 0.04 + 0.25·0.01.
    let sigma = [[0.075, 0.045, 0.05], [0.045, 0.05, 0.0425], [0.05, 0.0425, 0.0625]];
    let found = weights(&folder, "2020-05-29");
    let weight = |id: &str| {
        found
            .iter()
            .find(|(name, _)| name == id)
            .map_or(0.0, |(_, weight)| *weight)
    };
    let own = ["A", "B", "C"].map(weight);
    let marginal: Vec<f64> = sigma
        .iter()
        .map(|row| {
            row.iter()
                .zip(&own)
                .map(|(covariance, weight)| covariance * weight)
                .sum()
        })
        .collect();
    let held = || (0..3).filter(|at| own[*at] > 0.0);
    let least = held().map(|at| marginal[at]).fold(f64::INFINITY, f64::min);
    held().for_each(|at| close(marginal[at], least));
    assert!(
        marginal.iter().all(|value| *value >= least - 1e-12),
        "{own:?} {marginal:?}"
    );

    let error = ("[risk.vendor]", "[risk.vendor]\nmissing = \"error\"");
    let (_, outcome) = run(&[error], |_| {});
    assert_eq!(outcome.code, 2);
    outcome.says(&[
        "D0209",
        "1 names of the parent have no predicted risk",
        "C: the risk model's files have no exposures",
    ]);
}

/// Models that a review does not read may be broken or gone, and change nothing; the one it reads must be whole.
#[test]
fn other_models_change_nothing() {
    let (plain, _) = run(&[], |_| {});
    let review = |folder: &Folder| {
        let mut files = contents(&folder.join("out/tiny/reviews/2020-05-29"));
        files.remove("sources.json");
        files
    };
    let broken: [fn(&Path); 3] = [
        |folder| std::fs::write(folder.join("covariance/part.parquet"), "no Parquet").unwrap(),
        |folder| std::fs::remove_dir_all(folder).unwrap(),
        |folder| {
            let path = folder.join("exposures/part.parquet");
            let table = read_table("exposures", &path).unwrap();
            write_table(&rows_of(&table, &[0, 0]), &path).unwrap();
        },
    ];
    for (change, date) in broken
        .iter()
        .flat_map(|change| [(change, "2020-05-04"), (change, "2020-02-28")])
    {
        let folder = Folder::new();
        TextData::load(&tests("wrong/risk-models/base.txt")).write(&folder.join("data"));
        change(&folder.join(format!("data/risk/date={date}")));
        folder.write("rulebook.toml", &read(&tests("wrong/risk-models/rulebook.toml")));
        let outcome = again(&folder);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert!(review(&folder) == review(&plain), "{date}");
    }
    // The tests above can fail.
    let (other, _) = run(&[], |data| {
        data.table(&format!("{MODEL}/specific"))
            .set("A", "specific_variance", "0.03");
    });
    assert!(review(&other) != review(&plain));
    // A name outside the parent is nobody's business.
    let (other, _) = run(&[], |data| {
        data.table(&format!("{MODEL}/specific"))
            .set("Z", "specific_variance", "-1");
    });
    assert!(review(&other) == review(&plain));
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_do_not_matter() {
    let (plain, _) = run(&[], |_| {});
    let folder = Folder::new();
    TextData::load(&tests("wrong/risk-models/base.txt")).write(&folder.join("data"));
    for path in parquet_files(&folder.join("data/risk")) {
        let table = read_table("shuffled", &path).unwrap();
        let rows: Vec<usize> = (0..table.rows()).rev().collect();
        write_table(&rows_of(&table, &rows), &path).unwrap();
    }
    folder.write("rulebook.toml", &read(&tests("wrong/risk-models/rulebook.toml")));
    for threads in ["1", "2"] {
        let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-12-31 --threads");
        run.arg(threads).args("--out").arg(format!("out-{threads}")).succeed();
        let published = |folder: &Folder, out: &str| {
            let mut files = contents(&folder.join(out));
            files.retain(|name, _| !name.ends_with("sources.json") && !name.ends_with("journal.jsonl"));
            files
        };
        assert!(published(&folder, &format!("out-{threads}")) == published(&plain, "out"));
    }
}

/// A changed figure of the model in use is found and its table named; one of another model is no difference.
#[test]
fn verify_names_the_table_that_changed() {
    let (folder, _) = run(&[], |_| {});
    let verify = |table: &str, value: &str| {
        let mut data = TextData::load(&tests("wrong/risk-models/base.txt"));
        data.table(table).set("A", "specific_variance", value);
        data.write(&folder.join("data"));
        Divisor::new(folder.path()).args("verify --all --data ./data").run()
    };
    assert_eq!(verify("risk/date=2020-05-04/specific", "0.5").code, 0);
    let changed = verify(&format!("{MODEL}/specific"), "0.03");
    assert_eq!(changed.code, 1);
    assert!(
        changed.stdout.contains("the table `risk/specific`"),
        "{}",
        changed.stdout
    );
}

/// What a freeze keeps is enough, and the models after the cut-off are not in it.
#[test]
fn a_frozen_model_gives_the_same_review() {
    let (folder, _) = run(&[], |_| {});
    let freeze = Divisor::new(folder.path()).args("data freeze --data ./data --cutoff 2020-04-30 --out frozen");
    freeze.succeed();
    assert_eq!(
        names_in(&folder.join("frozen/risk"), ""),
        ["date=2020-02-28", "date=2020-04-15"]
    );
    let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./frozen --to 2020-05-31 --out thawed");
    run.succeed();
    let review = "tiny/reviews/2020-05-29/constituents.parquet";
    assert_eq!(
        std::fs::read(folder.join("thawed").join(review)).unwrap(),
        std::fs::read(folder.join("out").join(review)).unwrap()
    );
    let provenance = read_table("provenance", &folder.join("frozen/provenance.parquet")).unwrap();
    let of_risk = texts(&provenance, "table")
        .iter()
        .filter(|table| *table == "risk")
        .count();
    assert_eq!(
        of_risk, 5,
        "three exposures and two specific variances of names of the snapshot"
    );
}

/// All models are looked at, not those alone that a review reads.
#[test]
fn the_check_of_a_dataset_reads_every_model() {
    let (folder, _) = run(&[], |data| {
        data.table("risk/date=2020-05-04/specific")
            .set("B", "specific_variance", "-1");
    });
    let check = Divisor::new(folder.path()).args("data check --data ./data").run();
    assert_eq!(check.code, 1);
    let said = format!("{}{}", check.stdout, check.stderr);
    assert!(
        said.contains(
            "risk/date=2020-05-04/specific/part.parquet: column `specific_variance`: is below zero (1 row: B)"
        ),
        "{said}"
    );
    let described = Divisor::new(folder.path())
        .args("data describe --data ./data")
        .succeed()
        .stdout;
    assert!(
        described.contains("risk/exposures") && described.contains("2020-02-28 … 2020-10-30"),
        "{described}"
    );
}
