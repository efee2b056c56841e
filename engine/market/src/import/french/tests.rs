//! Files by hand. The one with every quirk is `tests/imports/french/quirks.csv`.

use divisor_model::{Date, day_of};

use super::block::Content::{Other, Returns, Unknown};
use super::block::Frequency::{Annual, Daily, Monthly};
use super::block::{Block, Cell, Content, Frequency, choose};
use super::parse::parse;
use super::*;

const QUIRKS: &[u8] = include_bytes!("../../../../../tests/imports/french/quirks.csv");

fn quirks() -> Vec<Block> {
    parse(&String::from_utf8_lossy(QUIRKS)).expect("a file that can be read")
}

fn dates(block: &Block) -> Vec<String> {
    block.rows.iter().map(|row| crate::rows::day_text(row.date)).collect()
}

#[test]
fn every_block_is_found() {
    let blocks = quirks();
    let titles: Vec<&str> = blocks.iter().map(|block| block.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Average Value Weighted Returns -- Monthly",
            "Average Equal Weighted Returns -- Monthly",
            "Annual Factors: January-December",
            "Number of Firms in Portfolios",
            "For portfolios formed in June of year t Value Weight Average of Past Return Variance Calculated as: \
             Sum[ME(Mth) * VAR / Sum[ME(Mth)]",
            "A title that says nothing",
        ]
    );
    let frequencies: Vec<Frequency> = blocks.iter().map(|block| block.frequency).collect();
    assert_eq!(frequencies, [Monthly, Monthly, Annual, Monthly, Monthly, Daily]);
    let contents: Vec<Content> = blocks.iter().map(Block::content).collect();
    assert_eq!(contents, [Returns, Returns, Returns, Other, Other, Unknown]);
    for block in &blocks {
        assert_eq!(block.names, ["SMALL LoVAR", "ME1 VAR2", "BIG HiVAR"], "{}", block.title);
    }
}

#[test]
fn dates_end_their_periods() {
    let blocks = quirks();
    assert_eq!(
        dates(&blocks[0]),
        ["1926-07-31", "1926-08-31", "1926-09-30", "1926-10-31", "1926-12-31"]
    );
    assert_eq!(dates(&blocks[2]), ["1927-12-31", "1928-12-31"]);
    assert_eq!(dates(&blocks[5]), ["1926-07-01", "1926-07-02"]);
}

#[test]
fn numbers_and_missing_codes() {
    use Cell::{Empty, Missing, Number};
    let blocks = quirks();
    let cells: Vec<&[Cell]> = blocks[0].rows.iter().map(|row| row.cells.as_slice()).collect();
    assert_eq!(
        cells,
        [
            [Number(1.5), Number(-0.6621), Number(4.36)].as_slice(),
            &[Missing, Missing, Number(0.5)],
            &[Missing, Missing, Number(7.0)],
            &[Number(0.0), Number(-100.0), Number(12.0)],
            &[Empty, Number(0.01), Number(-0.01)],
        ]
    );
    assert_eq!(blocks[5].rows[1].cells, [Number(-0.4), Missing, Number(0.6)]);
}

#[test]
fn all_of_a_file_is_counted() {
    let importer = FrenchImporter::new("quirks", "2026-02", None, false).expect("a set");
    let parsed = importer.parse("quirks.csv", QUIRKS).expect("a file that can be read");
    assert_eq!(parsed.key, "quirks.2026-02.quirks");
    let [(path, table)] = parsed.tables.as_slice() else {
        panic!("one file")
    };
    assert_eq!(path, "returns/set=quirks/vintage=2026-02/quirks.parquet");
    let summary = &parsed.summary;
    assert_eq!(
        (summary.read, summary.kept, table.rows()),
        (15 + 3 + 6 + 3 + 3 + 6, 10, 10)
    );
    let counts: Vec<(&str, u64)> = summary
        .dropped
        .iter()
        .map(|(why, tally)| (why.as_str(), tally.count))
        .collect();
    assert_eq!(
        counts,
        [
            ("missing: -99.99 or -999 in the file", 4),
            ("missing: nothing in the file", 1),
            ("no returns", 6),
            ("other returns of the file; --block takes them", 9),
            ("perhaps no returns, by the title; --block takes them", 6),
        ]
    );
    let Some(Values::Number(returns)) = table.column("return") else {
        panic!("returns are numbers")
    };
    // 4.36 × 0.01 as floats is one bit above 0.0436.
    assert_eq!(returns[..4], [0.015, -0.6621 * 0.01, 0.043_600_000_000_000_01, 0.005]);
    let Some(Values::Day(days)) = table.column("date") else {
        panic!("dates are days")
    };
    assert_eq!(days[0], day_of(Date::from_ymd_opt(1926, 7, 31).expect("a date")));
}

#[test]
fn a_block_is_chosen_by_title_or_number() {
    let blocks = quirks();
    assert_eq!(choose(&blocks, None), Ok(0));
    assert_eq!(choose(&blocks, Some("3")), Ok(2));
    assert_eq!(
        choose(&blocks, Some("average equal weighted returns -- monthly")),
        Ok(1)
    );
    assert_eq!(
        choose(&blocks, Some("6")),
        Ok(5),
        "the title says nothing, so the user's word counts"
    );
    for wrong in ["0", "7", "Returns", ""] {
        assert!(
            choose(&blocks, Some(wrong)).is_err_and(|error| error.contains("there is no one block")),
            "{wrong}"
        );
    }
    let firms = choose(&blocks, Some("4")).expect_err("numbers of firms are no returns");
    assert!(firms.contains("Number of Firms"), "{firms}");
}

#[test]
fn an_introduction_right_above_the_names_is_no_title_to_go_by() {
    let text = "Made from the 202410 database.\nMissing data are -99.99.\nDate,Mkt-RF\n199007,0.77\n";
    let blocks = parse(text).expect("one block");
    assert_eq!(choose(&blocks, None), Ok(0));
    assert_eq!(blocks[0].names, ["Mkt-RF"]);
}

/// What is wrong with a text, by line.
fn faults(text: &str) -> Vec<(usize, String)> {
    let found = parse(text).expect_err(text);
    found.into_iter().map(|fault| (fault.line, fault.message)).collect()
}

#[test]
fn what_is_wrong_is_told_by_line_all_at_once() {
    let one = |line: usize, message: &str| vec![(line, message.to_owned())];
    assert_eq!(
        faults(""),
        one(1, "no line begins with a date: YYYYMM, YYYYMMDD or YYYY")
    );
    assert_eq!(
        faults("<html>\nNot found\n"),
        one(1, "no line begins with a date: YYYYMM, YYYYMMDD or YYYY")
    );
    assert_eq!(faults("192607, 1.0\n"), one(1, "a date, but no line of names above it"));
    assert_eq!(
        faults(",A,B\n192607, 1.0\n192608, 1.0\n"),
        one(1, "2 names over lines of 1 values")
    );
    assert_eq!(faults(",A,\n192607, 1.0, 2.0\n"), one(1, "column 2 has no name"));
    assert_eq!(faults(",A,A\n192607, 1.0, 2.0\n"), one(1, "two columns are called `A`"));
    assert_eq!(
        faults(
            ",A,B\n192607, 1.0, 2.0\n192613, 1.0, 2.0\n192607, 1.0, 2.0\n192608, x, 1,2\n1927, 1.0, 2.0\n192609, 1\n"
        ),
        [
            (3, "`192613` is no date".to_owned()),
            (4, "the date is not after the one above it".to_owned()),
            (5, "3 values under 2 names".to_owned()),
            (5, "`x` is no number".to_owned()),
            (6, "a date of annual data in a block of monthly data".to_owned()),
            (7, "1 values under 2 names".to_owned()),
        ]
    );
}

#[test]
fn sets_and_vintages_are_plain() {
    let refused = |set: &str, vintage: &str| FrenchImporter::new(set, vintage, None, false).is_err();
    assert!(!refused("us-ff5", "2019-02") && !refused("a_1", "2019-02-28"));
    for (set, vintage) in [
        ("", "2019-02"),
        ("a/b", "2019-02"),
        ("a", "201902"),
        ("a", "2019-2"),
        ("a", "2019-13"),
        ("a", "2019-02-30"),
        ("a", "now"),
    ] {
        assert!(refused(set, vintage), "{set} {vintage}");
    }
}
