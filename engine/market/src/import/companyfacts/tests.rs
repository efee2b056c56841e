//! Small files with figures to be worked out by hand.

use divisor_model::{DAY_MISSING, Table, Values};

use super::{CompanyFacts, Mapping, Tickers};
use crate::import::{Importer, Parsed};
use crate::rows::day_text;

const MAPPING: &str = r#"
forms = ["10-K", "10-K/A", "10-Q", "8-K"]
cover = ["dei:Shares"]
fields.sales = { unit = "USD", kind = "flow", from = ["us-gaap:Revenues", "us-gaap:SalesNet"] }
fields.eps = { unit = "USD/shares", kind = "flow", from = ["us-gaap:Eps"] }
fields.total_assets = { unit = "USD", kind = "stock", from = ["us-gaap:Assets"] }
fields.total_debt = { unit = "USD", kind = "stock", from = ["us-gaap:Debt", "us-gaap:Long + us-gaap:Short"] }
fields.shares = { unit = "shares", kind = "stock", from = ["dei:Shares"] }
"#;

/// `concept unit start end value form filed`, a line a fact; `-` is no start. The accession is the filing day and form.
fn company(facts: &str) -> String {
    let facts: Vec<Vec<&str>> = facts.lines().map(|line| line.split_whitespace().collect()).collect();
    let mut taxonomies = serde_json::Map::new();
    for fact in facts.iter().filter(|fact| !fact.is_empty()) {
        let (taxonomy, concept) = fact[0].split_once(':').expect("a taxonomy");
        let mut written = serde_json::json!({
            "end": fact[3], "val": fact[4].parse::<f64>().expect("a number"), "accn": format!("{}-{}", fact[6], fact[5]),
            "fy": 1999, "fp": "Q3", "form": fact[5], "filed": fact[6], "frame": "CY1999",
        });
        if fact[2] != "-" {
            written["start"] = fact[2].into();
        }
        let concepts = taxonomies.entry(taxonomy).or_insert_with(|| serde_json::json!({}));
        if concepts[concept].is_null() {
            concepts[concept] = serde_json::json!({ "label": null, "units": {} });
        }
        let units = &mut concepts[concept]["units"];
        if units[fact[1]].is_null() {
            units[fact[1]] = serde_json::json!([]);
        }
        units[fact[1]].as_array_mut().expect("a list").push(written);
    }
    serde_json::json!({ "cik": 42, "entityName": "Forty-two Inc.", "facts": taxonomies }).to_string()
}

fn try_import(json: &str) -> Result<Parsed, String> {
    let mapping = Mapping::parse("own.toml", MAPPING).expect("a sound mapping");
    let tickers = Tickers::parse("t.csv", "cik,ticker\n42,FTW\n").expect("sound");
    CompanyFacts::new(mapping, tickers).parse("42.json", json.as_bytes())
}

fn import(facts: &str) -> Parsed {
    try_import(&company(facts)).expect("sound")
}

fn cell(table: &Table, column: &str, row: usize) -> String {
    match table.column(column).expect("a column") {
        Values::Text(text) => text.get(row).unwrap_or("-").to_owned(),
        Values::Day(days) if days[row] == DAY_MISSING => "-".to_owned(),
        Values::Day(days) => day_text(days[row]),
        Values::Number(values) if values[row].is_nan() => "-".to_owned(),
        Values::Number(values) => values[row].to_string(),
        other => panic!("{other:?}"),
    }
}

/// The rows of a table as lines.
fn lines(parsed: &Parsed, table: &str, columns: &[&str]) -> Vec<String> {
    let (_, table) = parsed
        .tables
        .iter()
        .find(|(_, found)| found.name == table)
        .expect("a table");
    let line = |row| {
        columns
            .iter()
            .map(|column| cell(table, column, row))
            .collect::<Vec<_>>()
            .join(" ")
    };
    (0..table.rows()).map(line).collect()
}

/// `period start end known_on value` of the rows that have the field.
fn publications(parsed: &Parsed, field: &str) -> Vec<String> {
    let columns = ["period", "period_start", "period_end", "known_on", field];
    let mut lines = lines(parsed, "fundamentals", &columns);
    lines.retain(|line| !line.ends_with(" -"));
    lines
}

fn dropped(parsed: &Parsed) -> Vec<(&str, u64)> {
    let reasons = &parsed.summary.dropped;
    reasons
        .iter()
        .map(|(reason, tally)| (reason.as_str(), tally.count))
        .collect()
}

/// Year-to-date amounts alone, as in cash flow statements: 10, 25, 45 and 70 make quarters of 10, 15, 20 and 25.
#[test]
fn quarters_come_from_amounts_for_the_year_to_date() {
    let parsed = import(
        "us-gaap:Revenues USD 2019-01-01 2019-03-31 10 10-Q 2019-05-01
         us-gaap:Revenues USD 2019-01-01 2019-06-30 25 10-Q 2019-08-01
         us-gaap:Revenues USD 2019-01-01 2019-09-30 45 10-Q 2019-11-01
         us-gaap:Revenues USD 2019-01-01 2019-12-31 70 10-K 2020-02-20
         us-gaap:Eps USD/shares 2019-01-01 2019-09-30 4.5 10-Q 2019-11-01
         us-gaap:Eps USD/shares 2019-01-01 2019-12-31 7 10-K 2020-02-20",
    );
    assert_eq!(
        publications(&parsed, "sales"),
        [
            "FY 2019-01-01 2019-12-31 2020-02-20 70",
            "Q 2019-01-01 2019-03-31 2019-05-01 10",
            "Q 2019-04-01 2019-06-30 2019-08-01 15",
            "Q 2019-07-01 2019-09-30 2019-11-01 20",
            "Q 2019-10-01 2019-12-31 2020-02-20 25",
            "YTD 2019-01-01 2019-06-30 2019-08-01 25",
            "YTD 2019-01-01 2019-09-30 2019-11-01 45",
        ]
    );
    // Amounts a share do not add up.
    assert_eq!(
        publications(&parsed, "eps"),
        [
            "FY 2019-01-01 2019-12-31 2020-02-20 7",
            "YTD 2019-01-01 2019-09-30 2019-11-01 4.5"
        ]
    );
    assert_eq!(
        (parsed.summary.read, parsed.summary.kept, parsed.summary.lost()),
        (6, 6, 0)
    );
    assert_eq!(
        parsed.summary.noted["quarters derived from amounts for the year to date"].count,
        3
    );
    let figures = lines(
        &parsed,
        "figures",
        &[
            "security_id",
            "field",
            "known_on",
            "origin",
            "concepts",
            "accession",
            "stated_from",
        ],
    );
    assert!(
        figures.contains(
            &"FTW sales 2020-02-20 derived us-gaap:Revenues 2020-02-20-10-K 2019-11-01-10-Q 2019-11-01".to_owned()
        ),
        "{figures:?}"
    );
}

/// A stated quarter stays, though the difference would be 14; before it was stated the difference is what is known.
#[test]
fn a_stated_quarter_wins_over_a_difference() {
    let parsed = import(
        "us-gaap:Revenues USD 2019-01-01 2019-03-31 10 10-Q 2019-05-01
         us-gaap:Revenues USD 2019-01-01 2019-06-30 25 10-Q 2019-08-01
         us-gaap:SalesNet USD 2019-04-01 2019-06-30 16 8-K 2019-08-20
         us-gaap:Revenues USD 2019-01-01 2019-06-30 24 10-Q 2019-09-01",
    );
    let second = |line: &String| line.contains("Q 2019-04-01 2019-06-30");
    let found: Vec<String> = publications(&parsed, "sales").into_iter().filter(second).collect();
    assert_eq!(
        found,
        [
            "Q 2019-04-01 2019-06-30 2019-08-01 15",
            "Q 2019-04-01 2019-06-30 2019-08-20 16"
        ]
    );
}

/// 52 and 53 weeks, a year that ends in September, an amendment and a comparative: four publications of one year.
#[test]
fn every_filing_of_a_period_is_a_publication() {
    let parsed = import(
        "us-gaap:Revenues USD 2016-09-25 2017-09-30 100 10-K 2017-11-03
         us-gaap:Revenues USD 2016-09-25 2017-09-30 101 10-K/A 2018-01-15
         us-gaap:Revenues USD 2016-09-25 2017-09-30 101 10-K 2018-11-05
         us-gaap:Revenues USD 2017-10-01 2018-09-29 110 10-K 2018-11-05
         us-gaap:Revenues USD 2016-09-25 2017-09-30 99 8-K 2019-03-01
         us-gaap:Revenues USD 2016-09-25 2017-09-30 99.9 DEF14A 2019-04-01",
    );
    assert_eq!(
        publications(&parsed, "sales"),
        [
            "FY 2016-09-25 2017-09-30 2017-11-03 100",
            "FY 2016-09-25 2017-09-30 2018-01-15 101",
            "FY 2016-09-25 2017-09-30 2018-11-05 101",
            "FY 2016-09-25 2017-09-30 2019-03-01 99",
            "FY 2017-10-01 2018-09-29 2018-11-05 110",
        ]
    );
    assert_eq!(dropped(&parsed), [("the mapping does not count form DEF14A", 1)]);
    let noted = &parsed.summary.noted;
    assert_eq!(
        (
            noted["figures restated"].count,
            noted["figures published again unchanged"].count
        ),
        (2, 1)
    );
}

/// The first filing of a company: its year to date began on 1 January, so a fiscal year ended on 31 December.
#[test]
fn levels_stand_in_the_periods_they_close() {
    let parsed = import(
        "us-gaap:Revenues USD 2009-01-01 2009-06-30 25 10-Q 2009-08-01
         us-gaap:Assets USD - 2008-12-31 500 10-Q 2009-08-01
         us-gaap:Assets USD - 2009-06-30 510 10-Q 2009-08-01
         us-gaap:Assets USD - 2008-06-30 490 10-Q 2009-08-01
         us-gaap:Revenues USD 2007-07-01 2008-06-30 40 8-K 2010-03-01
         us-gaap:Assets USD - 2008-05-01 480 8-K 2010-03-01",
    );
    assert_eq!(
        publications(&parsed, "total_assets"),
        [
            // Nobody could know on 2009-08-01 that a year had ended on 2008-06-30.
            "FY 2007-07-01 2008-06-30 2010-03-01 490",
            "FY - 2008-12-31 2009-08-01 500",
            "Q - 2008-06-30 2010-03-01 490",
            "Q - 2008-12-31 2009-08-01 500",
            "Q - 2009-06-30 2009-08-01 510",
            "YTD 2009-01-01 2009-06-30 2009-08-01 510",
        ]
    );
    assert_eq!(dropped(&parsed), [("no period is known to end that day", 1)]);
    assert_eq!(
        parsed.summary.noted["levels carried to the day their period became known"].count,
        2
    );
}

/// The cover page of a yearly report counts the shares five weeks after the year.
#[test]
fn shares_of_the_cover_page_belong_to_the_period_of_the_filing() {
    let parsed = import(
        "us-gaap:Revenues USD 2018-01-01 2018-12-31 70 10-K 2019-02-20
         dei:Shares shares - 2019-02-05 1000 10-K 2019-02-20",
    );
    assert_eq!(
        publications(&parsed, "shares"),
        [
            "FY 2018-01-01 2018-12-31 2019-02-20 1000",
            "Q - 2018-12-31 2019-02-20 1000"
        ]
    );
}

#[test]
fn the_first_source_a_publication_has_counts() {
    let parsed = import(
        "us-gaap:SalesNet USD 2018-01-01 2018-12-31 71 10-K 2019-02-20
         us-gaap:Revenues USD 2018-01-01 2018-12-31 70 10-K 2020-02-20
         us-gaap:SalesNet USD 2018-01-01 2018-12-31 72 10-K 2020-02-20
         us-gaap:Long USD - 2018-12-31 5 10-K 2019-02-20
         us-gaap:Long USD - 2018-12-31 6 10-K 2020-02-20
         us-gaap:Short USD - 2018-12-31 3 10-K 2020-02-20",
    );
    let sources = lines(
        &parsed,
        "figures",
        &["period", "known_on", "field", "value", "concepts"],
    );
    let of_years: Vec<&String> = sources.iter().filter(|line| line.starts_with("FY")).collect();
    assert_eq!(
        of_years,
        [
            "FY 2019-02-20 sales 71 us-gaap:SalesNet",
            "FY 2020-02-20 sales 70 us-gaap:Revenues",
            "FY 2020-02-20 total_debt 9 us-gaap:Long + us-gaap:Short",
        ]
    );
    assert_eq!(
        dropped(&parsed),
        [
            ("a part of a sum of which the publication lacks others", 1),
            ("the publication has a source earlier in the mapping's list", 1),
        ]
    );
}

#[test]
fn what_is_no_figure_is_counted() {
    let parsed = import(
        "us-gaap:Revenues USD 2018-01-01 2018-12-31 70 10-K 2019-02-20
         us-gaap:Revenues USD 2018-01-01 2018-12-31 70.4 10-K 2019-02-20
         us-gaap:Revenues EUR 2018-01-01 2018-12-31 60 10-K 2019-02-20
         us-gaap:Goodwill USD - 2018-12-31 1 10-K 2019-02-20
         us-gaap:Goodwill USD - 2017-12-31 1 10-K 2019-02-20
         us-gaap:Revenues USD 2018-12-01 2018-12-31 7 10-K 2019-02-20
         us-gaap:Revenues USD - 2018-12-31 7 10-K 2019-02-20
         us-gaap:Assets USD 2018-01-01 2018-12-31 7 10-K 2019-02-20
         us-gaap:Revenues USD 2018-12-31 2018-01-01 7 10-K 2019-02-20
         us-gaap:Revenues USD 2019-01-01 2019-12-31 7 10-K 2019-02-20
         dei:Shares shares - 2018-12-31 0 10-K 2019-02-20",
    );
    assert_eq!(
        publications(&parsed, "sales"),
        ["FY 2018-01-01 2018-12-31 2019-02-20 70.4"]
    );
    assert_eq!(
        dropped(&parsed),
        [
            ("a level where an amount over a period is wanted", 1),
            ("an amount over a period where a level is wanted", 1),
            ("contradicted by a figure of the same filing with more digits", 1),
            ("filed before its period ended", 1),
            ("its length is that of no reporting period", 1),
            ("its period ends before it begins", 1),
            ("shares is not above zero", 1),
            ("the mapping has no field of the concept", 2),
            ("the unit EUR is not the mapping's", 1),
        ]
    );
    assert_eq!((parsed.summary.read, parsed.summary.kept), (11, 1));
}

/// The order of facts in the file decides nothing.
#[test]
fn shuffled_facts_give_the_same_rows() {
    let facts = "us-gaap:Revenues USD 2018-01-01 2018-12-31 70 10-K 2019-02-20
         us-gaap:Revenues USD 2018-01-01 2018-12-31 70.4 10-K 2019-02-20
         us-gaap:Revenues USD 2018-01-01 2018-12-31 71 8-K 2019-02-20
         us-gaap:Revenues USD 2018-01-01 2018-09-30 50 10-Q 2018-11-01
         us-gaap:Assets USD - 2018-12-31 500 10-K 2019-02-20";
    let reversed: Vec<&str> = facts.lines().rev().collect();
    let (one, other) = (import(facts), import(&reversed.join("\n")));
    // As texts: missing values are NaN, which equal nothing.
    assert_eq!(format!("{:?}", one.tables), format!("{:?}", other.tables));
    assert_eq!(dropped(&one), [("contradicted by another filing of the same day", 2)]);
}

#[test]
fn six_months_beside_twelve_are_a_half() {
    let parsed = import(
        "us-gaap:Revenues USD 2018-01-01 2018-12-31 70 10-K 2019-02-20
         us-gaap:Revenues USD 2018-07-01 2018-12-31 36 10-K 2019-02-20
         us-gaap:Revenues USD 2018-01-01 2018-06-30 34 10-Q 2018-08-20",
    );
    assert_eq!(
        publications(&parsed, "sales"),
        [
            "FY 2018-01-01 2018-12-31 2019-02-20 70",
            "H 2018-07-01 2018-12-31 2019-02-20 36",
            "YTD 2018-01-01 2018-06-30 2018-08-20 34",
        ]
    );
}

#[test]
fn broken_files_say_where() {
    let sound = company("us-gaap:Assets USD - 2018-12-31 500 10-K 2019-02-20");
    let broken = [
        (
            sound.replace("\"val\":500.0", "\"val\":\"500\""),
            "us-gaap, Assets, USD, fact 1: invalid type: string \"500\", expected f64 at line 1",
        ),
        (
            sound.replace("\"accn\"", "\"acn\""),
            "us-gaap, Assets, USD, fact 1: missing field `accn`",
        ),
        (
            sound.replace(",\"val\":500.0", ""),
            "us-gaap, Assets, USD, fact 1: missing field `val`",
        ),
        (
            sound.replace("2018-12-31", "2018-13-31"),
            "us-gaap, Assets, USD, fact 1: `end` is \"2018-13-31\", which is no date",
        ),
        (
            sound.replace("\"units\"", "\"unit\""),
            "us-gaap, Assets: missing field `units`",
        ),
        (sound.replace("\"facts\"", "\"fact\""), "missing field `facts`"),
        (sound.replace("\"cik\":42", "\"cik\":\"x\""), "cik: `x` is no number"),
        (sound[..sound.len() / 2].to_owned(), "EOF while parsing"),
        (format!("{sound}x"), "trailing characters"),
        ("[]".to_owned(), "expected an object with cik, entityName and facts"),
        (String::new(), "EOF while parsing"),
    ];
    for (json, expected) in broken {
        let error = try_import(&json).expect_err(expected);
        assert!(error.contains(expected), "{error} does not say {expected}");
    }
    let as_text = sound.replace("\"cik\":42", "\"cik\":\"0000000042\"");
    assert_eq!(try_import(&as_text).expect("sound").key, "CIK0000000042");
}
