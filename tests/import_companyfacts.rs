//! Importing the regulator's companyfacts: against real files and an independent collection of the same filings, and
//! against interruptions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use divisor_market::read_table;
use divisor_model::{Table, Values};

use crate::support::{Divisor, Folder, Outcome, TextData, contents, names_in, numbers, rows_of, shared, texts};

fn importing(folder: &Folder, source: &Path, words: &str) -> Divisor {
    Divisor::new(folder.path())
        .args("data import companyfacts")
        .arg(source)
        .args(words)
}

fn table(name: &'static str, path: &Path) -> Table {
    read_table(name, path).unwrap_or_else(|error| panic!("{error}"))
}

/// What makes a figure: concept, first and last day, day of publication.
type Figure = (String, String, String, String);

/// The stated figures of a company in the engine's table, and what it calls them.
fn stated(dataset: &Path, key: &str) -> BTreeMap<Figure, (f64, BTreeSet<String>)> {
    let figures = table(
        "figures",
        &dataset.join(format!("imports/companyfacts/figures/{key}.parquet")),
    );
    let column = |name: &str| texts(&figures, name);
    let (origin, concepts, field) = (column("origin"), column("concepts"), column("field"));
    let (start, end, known) = (column("period_start"), column("period_end"), column("known_on"));
    let values = numbers(&figures, "value");
    // A level has no first day of its own; the table gives that of the period it closes.
    let levels = [
        "cash",
        "current_liabilities",
        "inventory",
        "long_term_debt",
        "long_term_debt_noncurrent",
        "total_assets",
    ];
    let mut stated: BTreeMap<Figure, (f64, BTreeSet<String>)> = BTreeMap::new();
    for row in (0..figures.rows()).filter(|row| origin[*row] == "reported") {
        let start = if levels.contains(&field[row].as_str()) {
            String::new()
        } else {
            start[row].clone()
        };
        let key = (concepts[row].clone(), start, end[row].clone(), known[row].clone());
        let (value, fields) = stated.entry(key.clone()).or_insert((values[row], BTreeSet::new()));
        assert_eq!(
            value.to_bits(),
            values[row].to_bits(),
            "{key:?} has one value in all rows"
        );
        fields.insert(field[row].clone());
    }
    stated
}

/// Every figure that the independent collection has of JNJ, KO and XOM is there with the same value, or is one of those
/// that the rules leave out: proxy statements, and `RevenueFromContract…` where `Revenues` is stated beside it.
#[test]
fn real_figures_agree_with_an_independent_collection() {
    let shared = shared("raw/edgar-companyfacts");
    let folder = Folder::new();
    importing(&folder, &shared.join("raw/edgar-companyfacts"), "--out us").succeed();
    let collected = table("restatements", &shared.join("restatements.parquet"));
    let tickers = texts(&collected, "ticker");
    let expected = [
        // found, proxy statements, sources further down the list
        ("JNJ", "CIK0000200406", 2260, 0, 0),
        ("KO", "CIK0000021344", 2488, 0, 0),
        ("XOM", "CIK0000034088", 1259, 5, 49),
    ];
    for (ticker, key, found, proxies, others) in expected {
        let rows: Vec<usize> = (0..tickers.len()).filter(|row| tickers[*row] == ticker).collect();
        let filings = rows_of(&collected, &rows);
        let stated = stated(&folder.join("us"), key);
        let column = |name: &str| texts(&filings, name);
        let (concept, form) = (column("concept"), column("form"));
        let (start, end, filed) = (column("period_start"), column("period_end"), column("filed_date"));
        let values = numbers(&filings, "value");
        let mut counts = (0, 0, 0);
        let mut seen = BTreeSet::new();
        for row in 0..filings.rows() {
            let name = |concept: &str| {
                (
                    format!("us-gaap:{concept}"),
                    start[row].clone(),
                    end[row].clone(),
                    filed[row].clone(),
                )
            };
            let figure = name(&concept[row]);
            match stated.get(&figure) {
                _ if form[row].starts_with("DEF") => counts.1 += 1,
                Some((value, _)) => {
                    assert_eq!(value.to_bits(), values[row].to_bits(), "{ticker} {figure:?}");
                    seen.insert(figure);
                    counts.0 += 1;
                }
                None => {
                    assert_eq!(
                        concept[row], "RevenueFromContractWithCustomerExcludingAssessedTax",
                        "{ticker} {figure:?}"
                    );
                    assert!(stated.contains_key(&name("Revenues")), "{ticker} {figure:?}");
                    counts.2 += 1;
                }
            }
        }
        assert_eq!(counts, (found, proxies, others), "{ticker}");
        // Nor does the engine state anything that the collection does not have.
        assert_eq!(stated.len(), seen.len(), "{ticker}");
    }
}

/// Counts made by a program of its own, in another language and by other means.
#[test]
fn real_files_have_the_counted_rows() {
    let shared = shared("raw/edgar-companyfacts");
    let folder = Folder::new();
    let outcome = importing(
        &folder,
        &shared.join("raw/edgar-companyfacts"),
        "--out us --format json",
    )
    .succeed();
    let rows = outcome.json();
    let count = |what: &str, reason: &str| {
        let rows = rows.as_array().unwrap().iter();
        let mut found = rows.filter(|row| row["what"] == what && row["reason"].as_str().unwrap_or_default() == reason);
        found.next().map_or(0, |row| row["rows"].as_i64().unwrap())
    };
    assert_eq!((count("read", ""), count("kept", "")), (14455, 14362));
    assert_eq!(count("dropped", "stated twice on one day"), 36);
    assert_eq!(count("dropped", "the mapping does not count form DEF 14A"), 5);
    assert_eq!(
        count("dropped", "the publication has a source earlier in the mapping's list"),
        52
    );
    let items = table("items", &folder.join("us/imports/companyfacts/items.parquet"));
    let source = texts(&items, "source");
    let counts = ["read", "kept", "dropped"].map(|column| numbers(&items, column));
    // read, kept, dropped; publications of quarters, of years to date and of years that state an amount
    let expected = [
        ("AAPL.json", [2758, 2736, 22], [204, 68, 60]),
        ("MSFT.json", [3017, 3017, 0], [212, 68, 57]),
        ("PG.json", [2619, 2616, 3], [230, 68, 66]),
    ];
    for (file, expected, publications) in expected {
        let at = source.iter().position(|source| source == file).unwrap();
        let found = counts.each_ref().map(|column| column[at] as u64);
        assert_eq!(found, expected, "{file}");
        let key = &texts(&items, "key")[at];
        assert_eq!(publications_of(&folder.join("us"), key), publications, "{file}");
    }
}

/// Rows of a company with a stated flow: `Q`, `YTD`, `FY`.
fn publications_of(dataset: &Path, key: &str) -> [usize; 3] {
    let figures = table(
        "figures",
        &dataset.join(format!("imports/companyfacts/figures/{key}.parquet")),
    );
    let column = |name: &str| texts(&figures, name);
    let (kind, end, known, origin, field) = (
        column("period"),
        column("period_end"),
        column("known_on"),
        column("origin"),
        column("field"),
    );
    let flows = [
        "capex",
        "diluted_shares",
        "ebit",
        "gross_profit",
        "net_income",
        "operating_cash_flow",
        "sales",
        "share_based_compensation",
    ];
    ["Q", "YTD", "FY"].map(|wanted| {
        let rows = (0..figures.rows())
            .filter(|row| kind[*row] == wanted && origin[*row] == "reported" && flows.contains(&field[*row].as_str()));
        rows.map(|row| (&end[row], &known[row])).collect::<BTreeSet<_>>().len()
    })
}

/// The rows keep the promises that datasets make, and hold exactly the figures that their table of origins lists.
#[test]
fn real_rows_make_a_sound_dataset() {
    let shared = shared("raw/edgar-companyfacts");
    let folder = Folder::new();
    folder.write(
        "tickers.csv",
        "cik,ticker\n320193,AAPL\n200406,JNJ\n21344,KO\n789019,MSFT\n80424,PG\n34088,XOM\n",
    );
    let names = ["AAPL", "JNJ", "KO", "MSFT", "PG", "XOM"];
    let rows: Vec<String> = names.iter().map(|name| format!("{name} 10 100 Tech US")).collect();
    let head = "security_id price market_cap sector country";
    let text = format!("[snapshots/date=2020-04-30]\n{head}\n{}\n", rows.join("\n"));
    TextData::parse(&text).write(&folder.join("us"));
    importing(
        &folder,
        &shared.join("raw/edgar-companyfacts"),
        "--out us --tickers tickers.csv",
    )
    .succeed();
    let check = Divisor::new(folder.path()).args("data check --data ./us").succeed();
    // No contract is broken; what was filed has its gaps and restatements.
    assert!(check.stdout.starts_with("tiny: 40 notes\n"), "{}", check.stdout);
    for key in ["CIK0000320193", "CIK0000034088"] {
        let rows = table(
            "fundamentals",
            &folder.join(format!("us/fundamentals/companyfacts/{key}.parquet")),
        );
        let figures = table(
            "figures",
            &folder.join(format!("us/imports/companyfacts/figures/{key}.parquet")),
        );
        let place = |table: &Table| -> Vec<String> {
            let columns = ["security_id", "period", "period_end", "known_on"].map(|column| texts(table, column));
            (0..table.rows())
                .map(|row| columns.each_ref().map(|column| column[row].clone()).join(" "))
                .collect()
        };
        let mut listed: BTreeMap<(String, String), u64> = BTreeMap::new();
        let (places, fields, values) = (place(&figures), texts(&figures, "field"), numbers(&figures, "value"));
        for row in 0..figures.rows() {
            listed.insert((places[row].clone(), fields[row].clone()), values[row].to_bits());
        }
        let mut held = BTreeMap::new();
        let places = place(&rows);
        for column in rows
            .columns
            .iter()
            .filter(|column| matches!(column.values, Values::Number(_)))
        {
            for (row, value) in numbers(&rows, &column.name).iter().enumerate() {
                if !value.is_nan() {
                    held.insert((places[row].clone(), column.name.clone()), value.to_bits());
                }
            }
        }
        assert_eq!(listed, held, "{key}");
    }
}

/// A company with amounts for the year to date and assets, `years` long.
fn company(cik: u64, years: u32) -> String {
    let (mut sales, mut assets) = (Vec::new(), Vec::new());
    for year in 2000..2000 + years {
        let quarters = [
            ("03-31", "05-01", "10-Q"),
            ("06-30", "08-01", "10-Q"),
            ("09-30", "11-01", "10-Q"),
            ("12-31", "12-31", "10-K"),
        ];
        for (number, (end, filed, form)) in (1..).zip(quarters) {
            let value = u64::from(year) * cik * number;
            let rest = format!(
                r#""end":"{year}-{end}","val":{value},"accn":"{cik}-{year}-{number}","form":"{form}","filed":"{year}-{filed}""#
            );
            sales.push(format!(r#"{{"start":"{year}-01-01",{rest}}}"#));
            assets.push(format!("{{{rest}}}"));
        }
    }
    let units = |facts: &[String]| format!(r#"{{"label":null,"units":{{"USD":[{}]}}}}"#, facts.join(","));
    format!(
        r#"{{"cik":{cik},"entityName":"Company {cik}","facts":{{"us-gaap":{{"Revenues":{},"Assets":{},"Goodwill":{}}}}}}}"#,
        units(&sales),
        units(&assets),
        units(&assets)
    )
}

/// A folder with the files of some companies in `facts`.
fn companies(count: u64, years: u32) -> Folder {
    let folder = Folder::new();
    for cik in 1..=count {
        folder.write(&format!("facts/CIK{cik:010}.json"), &company(cik, years));
    }
    folder
}

fn import(folder: &Folder, words: &str) -> Outcome {
    importing(folder, &folder.join("facts"), words).succeed()
}

#[test]
fn an_import_killed_ten_times_ends_in_the_same_bytes() {
    const COMPANIES: u64 = 60;
    let folder = companies(COMPANIES, 20);
    import(&folder, "--out clean");
    let records = folder.join("killed/imports/companyfacts/records");
    for wanted in 1..=10 {
        let mut running = Command::new(env!("CARGO_BIN_EXE_divisor"))
            .args(["data", "import", "companyfacts", "facts", "--out", "killed"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Wherever it is when so many records are there: between, before or within the files of an item.
        while names_in(&records, ".json").len() < 4 * wanted && running.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        running.kill().unwrap();
        running.wait().unwrap();
    }
    let before = names_in(&records, ".json").len() as u64;
    assert!((1..COMPANIES).contains(&before), "the kills came in time: {before}");
    let outcome = import(&folder, "--out killed --threads 1");
    assert!(outcome.stderr.contains("0 failed"), "{}", outcome.stderr);
    assert_eq!(contents(&folder.join("killed")), contents(&folder.join("clean")));
}

#[test]
fn a_second_import_changes_nothing() {
    let folder = companies(3, 3);
    let first = import(&folder, "--out us");
    first.says(&["3 items, 3 written, 0 unchanged, 0 failed", "no dataset.toml yet"]);
    let bytes = contents(&folder.join("us"));
    let second = import(&folder, "--out us");
    second.says(&["3 items, 0 written, 3 unchanged, 0 failed"]);
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(contents(&folder.join("us")), bytes);
    // A company with another year is imported again, the others are not.
    folder.write("facts/CIK0000000002.json", &company(2, 4));
    import(&folder, "--out us").says(&["3 items, 1 written, 2 unchanged, 0 failed"]);
    import(&folder, "--out fresh");
    assert_eq!(contents(&folder.join("us")), contents(&folder.join("fresh")));
    // So are all once their tickers are known.
    folder.write("tickers.csv", "cik,ticker\n1,ONE\n2,TWO\n2,TWOB\n");
    import(&folder, "--out us --tickers tickers.csv").says(&["3 written"]);
    let two = table(
        "fundamentals",
        &folder.join("us/fundamentals/companyfacts/CIK0000000002.parquet"),
    );
    let ids: BTreeSet<String> = texts(&two, "security_id").into_iter().collect();
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["TWO", "TWOB"]);
}

#[test]
fn a_zip_imports_like_the_folder_it_was_made_of() {
    let folder = companies(5, 2);
    let mut zip = zip::ZipWriter::new(fs::File::create(folder.join("facts.zip")).unwrap());
    for name in names_in(&folder.join("facts"), "") {
        zip.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(folder.join("facts").join(&name)).unwrap())
            .unwrap();
    }
    zip.finish().unwrap();
    let unpacked = import(&folder, "--out folder --threads 1");
    let packed = importing(&folder, &folder.join("facts.zip"), "--out zip --threads 8").succeed();
    assert_eq!(packed.stdout, unpacked.stdout);
    assert_eq!(contents(&folder.join("zip")), contents(&folder.join("folder")));
    let one = importing(&folder, &folder.join("facts/CIK0000000004.json"), "--out one").succeed();
    one.says(&["1 item, 1 written"]);
    let rows = "fundamentals/companyfacts/CIK0000000004.parquet";
    assert_eq!(
        contents(&folder.join("one"))[rows],
        contents(&folder.join("folder"))[rows]
    );
}

#[test]
fn broken_files_are_named_and_stop_no_other() {
    let folder = companies(4, 1);
    let sound = company(2, 1);
    folder.write(
        "facts/CIK0000000002.json",
        &sound.replacen("\"val\":4000", "\"val\":\"4000\"", 1),
    );
    folder.write("facts/CIK0000000003.json", &sound[..700]);
    folder.write("facts/ticker-list.json", "[1, 2]");
    let outcome = importing(&folder, &folder.join("facts"), "--out us").run();
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&[
        "CIK0000000002.json: us-gaap, Revenues, USD, fact 1: invalid type: string \"4000\", expected f64 at line 1 column",
        "CIK0000000003.json: us-gaap, Assets, USD, fact 2: EOF while parsing",
        "ticker-list.json: invalid type: sequence, expected an object with cik, entityName and facts",
        "5 items, 2 written, 0 unchanged, 3 failed",
    ]);
    let files = names_in(&folder.join("us/fundamentals/companyfacts"), ".parquet");
    assert_eq!(files, ["CIK0000000001", "CIK0000000004"]);
    // Mended, the rest follows.
    folder.write("facts/CIK0000000002.json", &sound);
    folder.write("facts/CIK0000000003.json", &company(3, 1));
    fs::remove_file(folder.join("facts/ticker-list.json")).unwrap();
    import(&folder, "--out us").says(&["4 items, 2 written, 2 unchanged, 0 failed"]);
    import(&folder, "--out fresh");
    assert_eq!(contents(&folder.join("us")), contents(&folder.join("fresh")));
}

#[test]
fn wrong_arguments_are_told() {
    let folder = companies(1, 1);
    folder.write("empty/readme.txt", "");
    folder.write("broken.zip", "no zip");
    folder.write("wrong.csv", "ticker,cik\n");
    folder.write("mine/companyfacts.toml", "forms = [\"10-K\"]\nfields = 3\n");
    folder.write(
        "euro/dataset.toml",
        "name = \"euro\"\ntitle = \"Euro\"\ncurrency = \"EUR\"\ncalendar = \"XNYS\"\nuniverse = \"euro\"\nfirst = 2020-01-31\nlast = 2020-01-31\n",
    );
    for (words, expected) in [
        ("facts", "no dataset is given to import into"),
        ("nowhere --out us", "cannot read nowhere"),
        ("empty --out us", "empty: there is no .json file"),
        ("broken.zip --out us", "cannot read broken.zip"),
        (
            "facts --out us --tickers wrong.csv",
            "wrong.csv: line 1: the header must be cik,ticker",
        ),
        (
            "facts --out us --config mine",
            "companyfacts.toml: line 2: invalid type",
        ),
        (
            "facts --out euro",
            "the money of dataset euro is in EUR, that of the mapping in USD",
        ),
    ] {
        let outcome = Divisor::new(folder.path())
            .args("data import companyfacts")
            .args(words)
            .run();
        assert_eq!(outcome.code, 2, "{words}: {}", outcome.stderr);
        outcome.says(&[expected]);
        assert!(!folder.join("us/fundamentals").exists(), "{words}");
    }
}
