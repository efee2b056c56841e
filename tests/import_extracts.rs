//! Kenneth French's files and extracts by mapping, through the command: what is imported is what was published, nothing
//! else shows in the bytes, and whatever is wrong is told in words that are compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use divisor_market::read_table;
use divisor_model::Table;

use crate::support::{
    Divisor, Folder, Outcome, Review, compare, contents, names_in, numbers, read, rows_of, shared, tests, texts,
};

fn french(folder: &Folder, file: &Path, words: &str) -> Divisor {
    let call = Divisor::new(folder.path()).args("data import french --out data");
    call.arg(file).args(words)
}

/// Every file of a dataset but the records of its imports.
fn tables(dataset: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = contents(dataset);
    all.retain(|name, _| !name.starts_with("imports/"));
    all
}

fn table(path: &Path) -> Table {
    read_table("returns", path).unwrap_or_else(|error| panic!("{error}"))
}

/// The bits of each return by month, as `YYYYMM`, and name in lower case.
fn bits(months: &[f64], names: &[String], returns: &[f64]) -> BTreeMap<(u32, String), u64> {
    let all = months.iter().zip(names).zip(returns);
    all.map(|((month, name), value)| ((*month as u32, name.to_lowercase()), value.to_bits()))
        .collect()
}

fn imported(folder: &Folder, set: &str, vintage: &str, file: &str) -> BTreeMap<(u32, String), u64> {
    let path = format!("data/returns/set={set}/vintage={vintage}/{file}.parquet");
    let table = table(&folder.join(path));
    let month = |date: &String| date.replace('-', "")[..6].parse::<f64>().unwrap();
    let months: Vec<f64> = texts(&table, "date").iter().map(month).collect();
    assert!(texts(&table, "set").iter().all(|one| one == set));
    assert!(texts(&table, "vintage").iter().all(|one| one == vintage));
    let bits = bits(&months, &texts(&table, "name"), &numbers(&table, "return"));
    assert_eq!(bits.len(), table.rows());
    bits
}

/// What others made of the same files.
fn collected(path: &Path, set: (&str, &str), name: &str) -> BTreeMap<(u32, String), u64> {
    let table = table(path);
    let sets = texts(&table, set.0);
    let rows: Vec<usize> = (0..sets.len()).filter(|row| sets[*row] == set.1).collect();
    assert!(!rows.is_empty());
    let table = rows_of(&table, &rows);
    bits(
        &numbers(&table, "yyyymm"),
        &texts(&table, name),
        &numbers(&table, "return"),
    )
}

#[test]
fn the_published_files_are_imported_to_the_last_bit() {
    let shared = shared("raw/french");
    let folder = Folder::new();
    let raw = shared.join("raw/french");
    for (file, set, vintage) in [
        ("Developed_5_Factors", "developed-ff5", "2024-10"),
        ("US_Momentum", "us-mom", "2025-09"),
        ("25_Portfolios_ME_VAR_5x5", "size-variance", "2026-02"),
    ] {
        french(
            &folder,
            &raw.join(format!("{file}.csv")),
            &format!("--set {set} --vintage {vintage}"),
        )
        .succeed();
    }
    let factors = shared.join("factors/factors_monthly.parquet");
    let five = imported(&folder, "developed-ff5", "2024-10", "Developed_5_Factors");
    assert_eq!(five.len(), 2472);
    assert!(five == collected(&factors, ("factor_set", "developed_ff5"), "factor"));
    let momentum = imported(&folder, "us-mom", "2025-09", "US_Momentum");
    assert_eq!(momentum.len(), 1185);
    assert!(momentum == collected(&factors, ("factor_set", "us_mom"), "factor"));
    let portfolios = imported(&folder, "size-variance", "2026-02", "25_Portfolios_ME_VAR_5x5");
    assert_eq!(portfolios.len(), 18_800);
    let path = shared.join("factors/portfolios_monthly.parquet");
    assert!(portfolios == collected(&path, ("portfolio_set", "25_ME_VAR_vw"), "portfolio"));
}

#[test]
fn every_block_of_the_published_portfolios_is_accounted_for() {
    let shared = shared("raw/french");
    let folder = Folder::new();
    let file = shared.join("raw/french/25_Portfolios_ME_VAR_5x5.csv");
    let rows = french(&folder, &file, "--set ew --vintage 2026-02 --format json --block")
        .arg("Average Equal Weighted Returns -- Monthly")
        .succeed()
        .json();
    let count = |what: &str, reason: &str| {
        let mut rows = rows.as_array().unwrap().iter();
        let found = rows.find(|row| row["what"] == what && row["reason"].as_str().unwrap_or_default() == reason);
        found.map_or(0, |row| row["rows"].as_u64().unwrap())
    };
    // 752 months and 62 years of 25 portfolios: two weightings of each, and seven monthly characteristics.
    assert_eq!(count("kept", ""), 752 * 25);
    assert_eq!(
        count("dropped", "other returns of the file; --block takes them"),
        (752 + 62 + 62) * 25
    );
    assert_eq!(count("dropped", "no returns"), 7 * 752 * 25);
    assert_eq!(count("read", ""), (9 * 752 + 2 * 62) * 25);
    let weighted = imported(&folder, "ew", "2026-02", "25_Portfolios_ME_VAR_5x5");
    let key = (196_307, "small lovar".to_owned());
    // Line 777 of the file.
    let text = read(&file);
    let first = text
        .lines()
        .nth(776)
        .unwrap()
        .split(',')
        .nth(1)
        .unwrap()
        .trim()
        .parse::<f64>()
        .unwrap();
    assert_eq!(weighted[&key], (first * 0.01).to_bits());
}

#[test]
fn vintages_stand_side_by_side_and_do_not_change() {
    let folder = Folder::new();
    folder.write("mom.csv", ",Mom\n192701, 0.57\n192702, -1.50\n");
    let first = "--set mom --vintage 2019-02";
    french(&folder, Path::new("mom.csv"), first).succeed();
    let before = contents(&folder.join("data"));
    french(&folder, Path::new("mom.csv"), first)
        .succeed()
        .says(&["1 unchanged"]);
    assert_eq!(contents(&folder.join("data")), before);
    // History is restated: another vintage is another file, the same one is refused.
    folder.write("mom.csv", ",Mom\n192701, 0.58\n192702, -1.50\n");
    let refused = french(&folder, Path::new("mom.csv"), first).run();
    assert_eq!(refused.code, 2);
    refused.says(&[
        "mom 2019-02: the monthly block at line 1 is there with other rows, from mom.csv; another publication is \
         another --vintage; --replace changes this one",
    ]);
    assert_eq!(contents(&folder.join("data")), before);
    french(&folder, Path::new("mom.csv"), "--set mom --vintage 2025-09-30").succeed();
    assert_ne!(
        imported(&folder, "mom", "2019-02", "mom"),
        imported(&folder, "mom", "2025-09-30", "mom")
    );
    french(&folder, Path::new("mom.csv"), "--set mom --vintage 2019-02 --replace").succeed();
    assert_eq!(
        imported(&folder, "mom", "2019-02", "mom"),
        imported(&folder, "mom", "2025-09-30", "mom")
    );
    // A series belongs to one file of a set and vintage.
    folder.write("other.csv", ",Other,Mom\n192701, 0.58, 1\n");
    let refused = french(&folder, Path::new("other.csv"), first).run();
    assert_eq!(refused.code, 2);
    refused.says(&["`Mom` is in other and in mom"]);
    let refused = french(&folder, Path::new("mom.csv"), "--set mom --vintage 201902").run();
    assert_eq!(refused.code, 2);
    refused.says(&["the vintage `201902` must be a month or a day: 2025-09 or 2025-09-30"]);
}

#[test]
fn every_quirk_is_imported() {
    let folder = Folder::new();
    let file = tests("imports/french/quirks.csv");
    let outcome = french(&folder, &file, "--set quirks --vintage 2026-02 --format csv").succeed();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert!(
        lines.contains(&"read,,36,") && lines.contains(&"kept,,10,"),
        "{}",
        outcome.stdout
    );
    let table = table(&folder.join("data/returns/set=quirks/vintage=2026-02/quirks.parquet"));
    let rows: Vec<String> = (0..table.rows())
        .map(|row| {
            format!(
                "{} {} {}",
                texts(&table, "date")[row],
                texts(&table, "name")[row],
                numbers(&table, "return")[row]
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "1926-07-31 SMALL LoVAR 0.015",
            "1926-07-31 ME1 VAR2 -0.006621",
            "1926-07-31 BIG HiVAR 0.04360000000000001",
            "1926-08-31 BIG HiVAR 0.005",
            "1926-09-30 BIG HiVAR 0.07",
            "1926-10-31 SMALL LoVAR 0",
            "1926-10-31 ME1 VAR2 -1",
            "1926-10-31 BIG HiVAR 0.12",
            "1926-12-31 ME1 VAR2 0.0001",
            "1926-12-31 BIG HiVAR -0.0001",
        ]
    );
}

const EXAMPLES: [&str; 3] = ["example-snapshots", "example-prices", "example-fundamentals"];

fn mappings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mappings")
}

/// Imports an example with its own source.
fn example(folder: &Folder, name: &str, dataset: &str) -> Outcome {
    Divisor::new(folder.path())
        .args("data import table")
        .arg(mappings().join(format!("{name}.toml")))
        .args("--out")
        .arg(dataset)
        .succeed()
}

/// Imports all examples, in their order.
fn examples(folder: &Folder, dataset: &str) {
    for name in EXAMPLES {
        example(folder, name, dataset);
    }
}

#[test]
fn an_extract_becomes_a_dataset_without_code() {
    let folder = Folder::new();
    examples(&folder, "vendor");
    let head = read(&folder.join("vendor/dataset.toml"));
    for line in [
        "first         = 2020-04-30\nlast          = 2020-10-30\n",
        "[fields]\norder_book = { unit = \"money\", kind = \"stock\" }\n\
         subscribers = { unit = \"count\", kind = \"stock\" }\n",
    ] {
        assert!(head.contains(line), "{head}");
    }
    let checked = Divisor::new(folder.path()).args("data check --data ./vendor").succeed();
    // Two of the four names have no order book, as in the extract.
    let found = "example: 1 warning\n";
    assert!(checked.stdout.starts_with(found), "{}", checked.stdout);
    assert!(
        checked.stdout.contains("`order_book` is missing for 2 of 4 names"),
        "{}",
        checked.stdout
    );

    let april = table(&folder.join("vendor/snapshots/date=2020-04-30/example-snapshots.parquet"));
    assert_eq!(
        texts(&april, "security_id"),
        ["AAA", "BBB", "CCC", "DDD"],
        "OLD is not kept"
    );
    assert_eq!(numbers(&april, "market_cap"), [1.05e9, 2e9, 8e8, 4.41e8]);
    assert_eq!(numbers(&april, "free_float"), [0.955, 1.0, 0.8, 1.0]);
    assert_eq!(numbers(&april, "rating"), [1.0, 0.0, -1.0, 1.0]);
    assert_eq!(numbers(&april, "order_book")[..1], [1_250_500.0]);
    assert_eq!(texts(&april, "analyst"), ["Smith", "Jones", "", "Smith"]);
    assert_eq!(texts(&april, "reviewed")[2], "2020-02-29");
    assert!(april.column("date").is_none(), "the date stands in the folder's name");

    Divisor::new(folder.path())
        .arg("run")
        .arg(tests("imports/vendor/rulebook.toml"))
        .args("--data ./vendor --to 2020-12-31")
        .succeed();
    // In May BBB fell by a fifth and CCC is a sell; in November the yields are DDD 11 %, EEE 10 %, AAA 8.3 %, CCC 5 %
    // on its restated figure, and BBB is a sell. Parent weights are market cap × free float.
    for (effective, ids, weights) in [
        ("2020-05-29", ["AAA", "DDD"], [1002.75 / 1443.75, 441.0 / 1443.75]),
        ("2020-11-30", ["EEE", "DDD"], [1800.0 / 2200.0, 400.0 / 2200.0]),
    ] {
        let members = Review::of(&folder.join("out"), "example-yield", effective).table("constituents");
        assert_eq!(texts(&members, "security_id"), ids);
        for (found, expected) in numbers(&members, "weight").iter().zip(weights) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}

#[test]
fn neither_the_order_of_imports_nor_of_rows_shows() {
    let folder = Folder::new();
    examples(&folder, "straight");
    for name in EXAMPLES.iter().rev() {
        example(&folder, name, "reverse");
    }
    assert_eq!(contents(&folder.join("straight")), contents(&folder.join("reverse")));
    for name in EXAMPLES {
        let text = read(&mappings().join(format!("{name}.csv")));
        let above = if name == "example-snapshots" { 2 } else { 1 };
        let mut lines: Vec<&str> = text.lines().collect();
        lines[above..].reverse();
        lines[above..].rotate_left(3);
        folder.write(&format!("{name}.csv"), &format!("{}\n", lines.join("\n")));
        Divisor::new(folder.path())
            .args("data import table")
            .arg(mappings().join(format!("{name}.toml")))
            .args(&format!("{name}.csv --out shuffled"))
            .succeed();
    }
    assert_eq!(tables(&folder.join("straight")), tables(&folder.join("shuffled")));
}

#[test]
fn importing_again_changes_nothing_and_mends_what_is_broken() {
    let folder = Folder::new();
    examples(&folder, "vendor");
    let dataset = folder.join("vendor");
    let whole = contents(&dataset);
    for name in EXAMPLES {
        example(&folder, name, "vendor").says(&["1 unchanged"]);
    }
    assert_eq!(contents(&dataset), whole);
    // As an import leaves things that is killed while it puts its files in place.
    let records = dataset.join("imports/table-example-prices/records/example-prices.json");
    let pending = read(&records).replace("\"complete\": true", "\"complete\": false");
    std::fs::write(&records, pending).unwrap();
    std::fs::remove_file(dataset.join("prices/year=2019/example-prices.parquet")).unwrap();
    folder.write("vendor/imports/table-example-prices/.staging/0-0", "half a file");
    std::fs::remove_file(dataset.join("dataset.toml")).unwrap();
    for name in EXAMPLES {
        example(&folder, name, "vendor");
    }
    assert_eq!(contents(&dataset), whole);
}

#[test]
fn a_head_written_by_hand_stays() {
    let folder = Folder::new();
    let head = "name = \"mine\"\ntitle = \"Mine\"\ncurrency = \"USD\"\ncalendar = \"XNYS\"\nuniverse = \"mine\"\n\
                first = 2020-04-30\nlast = 2020-04-30\n";
    folder.write("vendor/dataset.toml", head);
    let outcome = Divisor::new(folder.path())
        .args("data import table --out vendor")
        .arg(mappings().join("example-snapshots.toml"))
        .run();
    assert_eq!(outcome.code, 2);
    outcome.says(&["dataset.toml: is there already and was written by no import; take [dataset] out of the mapping"]);
    example(&folder, "example-fundamentals", "vendor").says(&[
        "dataset.toml was written by hand and should now say:",
        "[fields] subscribers = { unit = \"count\", kind = \"stock\" }",
    ]);
    assert_eq!(read(&folder.join("vendor/dataset.toml")), head);
}

/// Standard error without the line that says how long it took.
fn without_time(outcome: &Outcome) -> String {
    let kept: Vec<&str> = outcome
        .stderr
        .lines()
        .filter(|line| !line.contains(" failed in "))
        .collect();
    let kept: Vec<&str> = kept
        .into_iter()
        .filter(|line| !line.contains("has no dataset.toml yet"))
        .collect();
    format!("{}\n", kept.join("\n").trim_end())
}

/// Runs all wrong files of a folder and compares what is told; `call` makes the call of one, by its file's name.
fn refused(group: &str, ending: &str, least: usize, call: impl Fn(Divisor, &str) -> Divisor) {
    let home = tests("imports/wrong").join(group);
    let mut names = names_in(&home, ending);
    names.retain(|name| group == "mappings" || name != "prices");
    assert!(names.len() >= least, "{names:?}");
    let mut wrong = Vec::new();
    for name in &names {
        let folder = Folder::new();
        for file in [format!("{name}{ending}"), "prices.toml".to_owned()] {
            // Where a group needs no mapping there is none.
            let _ = std::fs::copy(home.join(&file), folder.join(&file));
        }
        folder.write("extract.csv", "Id,Day,Px\nA,2020-01-02,1\n");
        let outcome = call(Divisor::new(folder.path()), name).run();
        if outcome.code != 2 {
            wrong.push(format!(
                "{name}: exit code {}\n{}{}",
                outcome.code, outcome.stdout, outcome.stderr
            ));
        }
        let written = tables(&folder.join("data"));
        if !written.is_empty() {
            wrong.push(format!("{name}: writes {:?}", written.keys()));
        }
        wrong.extend(compare(&home.join(format!("{name}.txt")), &without_time(&outcome)));
    }
    assert_eq!(names_in(&home, ".txt"), names, "a message without its file");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrong_mappings() {
    refused("mappings", ".toml", 30, |divisor, name| {
        divisor.args(&format!("data import table {name}.toml extract.csv --out data"))
    });
}

#[test]
fn wrong_extracts() {
    refused("extracts", ".csv", 14, |divisor, name| {
        divisor.args(&format!("data import table prices.toml {name}.csv --out data"))
    });
}

#[test]
fn wrong_french_files() {
    refused("french", ".csv", 7, |divisor, name| {
        divisor.args(&format!(
            "data import french {name}.csv --set a --vintage 2026-02 --out data"
        ))
    });
}
