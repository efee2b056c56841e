//! Extracts by hand, as text, through a mapping into tables in memory.

use std::path::PathBuf;

use divisor_model::{Table, Values};

use super::{Mapping, TableImporter};
use crate::import::{Importer, ItemError, SourceFiles, Summary};

/// A source file that is removed in the end.
struct Source(PathBuf);

impl Source {
    fn new(name: &str, bytes: &[u8]) -> Self {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("divisor-mapping-{}-{next}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("a file");
        Self(path)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let _ = self.0.parent().map(std::fs::remove_dir_all);
    }
}

type Files = Vec<(String, Table)>;

fn import(mapping: &str, source: &Source, words: usize) -> Result<(Files, Summary), String> {
    let mapping = Mapping::from_toml("m.toml", mapping).map_err(|found| format!("{found:#?}"))?;
    let importer = TableImporter::new(&mapping, "m").holding(words);
    let files = SourceFiles::open(&source.0, &[]).expect("a source");
    let mut tables = Vec::new();
    let done = importer.import(&files.item(0), &mut |path, table| {
        tables.push((path, table.clone()));
        Ok(())
    });
    match done {
        Ok(parsed) => Ok((tables, parsed.summary)),
        Err(ItemError::Item(reason)) => Err(reason),
        Err(ItemError::Dataset(error)) => Err(error.to_string()),
    }
}

fn csv(mapping: &str, text: &str) -> Result<(Files, Summary), String> {
    import(mapping, &Source::new("extract.csv", text.as_bytes()), 1 << 20)
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    match table.column(column) {
        Some(Values::Text(texts)) => (0..texts.codes.len())
            .map(|row| texts.get(row).unwrap_or("-").to_owned())
            .collect(),
        Some(Values::Number(numbers)) => numbers.iter().map(ToString::to_string).collect(),
        Some(Values::Day(days)) => days.iter().map(|day| crate::rows::day_text(*day)).collect(),
        Some(Values::Flag(flags)) => flags.iter().map(|flag| format!("{flag:?}")).collect(),
        other => panic!("{column}: {other:?}"),
    }
}

const PRICES: &str =
    "[csv]\n[prices]\nsecurity_id = \"Id\"\ndate = { from = \"Day\", date_format = \"%d.%m.%Y\" }\nclose = \"Px\"\n";

/// Rows of three years in an order of their own.
fn many(rows: usize) -> Vec<String> {
    let row = |at: usize| {
        let (day, year) = (at % 28 + 1, 2020 + at % 3);
        format!("S{:03},{day:02}.{:02}.{year},{}", at / 28, at % 12 + 1, at + 1)
    };
    (0..rows).map(row).collect()
}

fn sheet(rows: &[String]) -> String {
    format!("Id,Day,Px\n{}\n", rows.join("\n"))
}

#[test]
fn neither_order_nor_the_disk_shows() {
    let mut rows = many(2000);
    let (straight, summary) = csv(PRICES, &sheet(&rows)).expect("prices");
    assert_eq!(summary.kept, 2000);
    let paths: Vec<&str> = straight.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "prices/year=2020/extract.parquet",
            "prices/year=2021/extract.parquet",
            "prices/year=2022/extract.parquet"
        ]
    );
    rows.reverse();
    rows.rotate_left(777);
    let shuffled = Source::new("extract.csv", sheet(&rows).as_bytes());
    // A buffer of 40 words holds ten rows: all others go through the disk.
    for words in [1 << 20, 40, 1] {
        let (tables, _) = import(PRICES, &shuffled, words).expect("prices");
        for ((path, table), (expected_path, expected)) in tables.iter().zip(&straight) {
            assert_eq!(path, expected_path);
            for column in ["security_id", "date", "close"] {
                assert_eq!(texts(table, column), texts(expected, column), "{path} {column} {words}");
            }
        }
        assert_eq!(tables.len(), straight.len());
    }
}

#[test]
fn every_key_does_what_it_says() {
    let mapping = r#"
        [csv]
        separator = ";"
        decimal = ","
        thousands = "."
        missing = ["", "n.a."]
        skip = 1
        [keep]
        Status = ["Active", "New"]
        [fundamentals]
        security_id = "Id"
        period_end = { from = "Period", date_format = "%m/%Y", day = "last" }
        period = { from = "Type", map = { "A" = "FY", "I" = "H" } }
        known_on = "Filed"
        sales = { from = "Sales (m)", scale = "millions" }
        margin = { from = "Margin", scale = "percent", unit = "ratio", kind = "flow", missing = ["-"] }
        rating = { from = "Rating", map = { "Buy" = 1, "Sell" = -1.5 } }
        source = { constant = "vendor", type = "text" }
        audited = { from = "Audited", type = "flag", map = { "Y" = true, "N" = false } }
    "#;
    let text = "made 2021;;;;;;;;\n\
        Id;Period;Type;Filed;Sales (m);Margin;Rating;Audited;Status\n\
        B;02/2020;A;2020-06-01;1.234,5678;12,5%;Buy;Y;Active\n\
        \"A;x\";12/2019;I;2020-03-01;n.a.;-;Sell;N;New\n\
        C;12/2019;A;2020-03-01;1;1;Buy;N;Gone\n";
    let (tables, summary) = csv(mapping, text).expect("fundamentals");
    let [(path, table)] = tables.as_slice() else {
        panic!("one file")
    };
    assert_eq!(path, "fundamentals/extract.parquet");
    assert_eq!(texts(table, "security_id"), ["A;x", "B"]);
    assert_eq!(texts(table, "period_end"), ["2019-12-31", "2020-02-29"]);
    assert_eq!(texts(table, "period"), ["H", "FY"]);
    assert_eq!(texts(table, "known_on"), ["2020-03-01", "2020-06-01"]);
    assert_eq!(texts(table, "sales"), ["NaN", "1234567800"]);
    assert_eq!(texts(table, "margin"), ["NaN", "0.125"]);
    assert_eq!(texts(table, "rating"), ["-1.5", "1"]);
    assert_eq!(texts(table, "source"), ["vendor", "vendor"]);
    assert_eq!(texts(table, "audited"), ["Some(false)", "Some(true)"]);
    assert_eq!((summary.read, summary.kept), (3, 2));
    let dropped: Vec<_> = summary.dropped.iter().collect();
    assert_eq!(dropped.len(), 1);
    assert_eq!(dropped[0].0, "`Status` is not \"Active\" or \"New\"");
    assert_eq!(dropped[0].1.sample, ["line 5 \"Gone\""]);
}

#[test]
fn a_file_without_header_and_a_mark_of_utf_8() {
    let mapping =
        "[csv]\ncolumns = [\"Id\", \"Day\", \"Px\"]\n[prices]\nsecurity_id = \"Id\"\ndate = \"Day\"\nclose = \"Px\"\n";
    let (tables, _) = csv(mapping, "\u{feff}É,2020-01-02,7\r\n").expect("prices");
    assert_eq!(texts(&tables[0].1, "security_id"), ["É"]);
    assert_eq!(texts(&tables[0].1, "close"), ["7"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text =
        "Id,Day,Px\nA,02.01.2020,x\nB,2020-01-02,1\nB,02.01.2020,0\n,02.01.2020,1\nC,02.01.2020\nD,02.01.2020,y\n";
    let told = csv(PRICES, text).expect_err("wrong cells");
    assert_eq!(
        told,
        "6 things are wrong, so nothing of it is imported\n  \
         column `Id` is missing (line 5 \"\")\n  \
         column `Day` is no date written \"%d.%m.%Y\" (line 3 \"2020-01-02\")\n  \
         column `Px` is no number (2 times: line 2 \"x\", line 7 \"y\")\n  \
         column `Px` is not above zero (line 4 \"0\")\n  \
         a row has not the 3 fields of the header (line 6 has 2)"
    );
}

#[test]
fn two_rows_of_one_key_are_refused() {
    let text = "Id,Day,Px\nA,02.01.2020,1\nB,02.01.2020,1\nA,02.01.2020,2\nA,03.01.2021,2\nA,03.01.2021,2\n";
    assert_eq!(
        csv(PRICES, text).expect_err("two rows of one key"),
        "2 things are wrong, so nothing of it is imported\n  \
         two rows have the same `security_id`, `date` (2 times: lines 2 and 4: A 2020-01-02, lines 5 and 6: A 2021-01-03)"
    );
}

#[test]
fn files_that_are_no_such_csv_are_refused() {
    let told = |bytes: &[u8]| import(PRICES, &Source::new("extract.csv", bytes), 1 << 20).expect_err("a wrong file");
    assert_eq!(told(b""), "is empty: there is no header");
    assert_eq!(told(b"Id,Day,Px\n"), "has no rows");
    assert_eq!(told(b"\xff\xfeI\0d\0"), "is UTF-16: save it as UTF-8");
    assert_eq!(told(b"PK\x03\x04"), "is a zip or a spreadsheet: save it as CSV");
    assert_eq!(told(b"PAR1"), "is a Parquet file: write [parquet] instead of [csv]");
    assert_eq!(
        told(b"Id,Day,Px\nA,02.01.2020,1\nB,02.01.2020,\"1\nC,02.01.2020,1\n"),
        "a quote opened on line 3 is not closed"
    );
    assert_eq!(
        told(b"Id;Day;Px\nA;02.01.2020;1\n"),
        "there is no column `Id`; it has `Id;Day;Px`\n  there is no column `Day`; it has `Id;Day;Px`\n  \
         there is no column `Px`; it has `Id;Day;Px`"
    );
    assert_eq!(
        told(b"Id,Day,Pxx\nA,02.01.2020,1\n"),
        "there is no column `Px`; did you mean `Pxx`?"
    );
    assert_eq!(told(b"Id,Day,Px,Px\nA,02.01.2020,1,1\n"), "two columns are called `Px`");
    assert_eq!(
        told(b"Id,Day,Px\n\xc9A,02.01.2020,1\n"),
        "1 thing is wrong, so nothing of it is imported\n  column `Id` is not UTF-8: convert the file (line 2 \"\u{fffd}A\")"
    );
}

/// The same rows from Parquet, whose values have types of their own.
#[test]
fn parquet_gives_what_csv_gives() {
    let source = Source::new("extract.parquet", b"");
    let day = |text: &str| text.parse().map(divisor_model::day_of).expect("a date");
    let table = Table::new("extract")
        .with("Id", Values::Integer(vec![Some(20), Some(3), Some(3)]))
        .with(
            "Day",
            Values::Day(vec![day("2020-01-02"), day("2020-01-02"), day("2020-01-03")]),
        )
        .with(
            "Ymd",
            Values::Integer(vec![Some(20_200_102), Some(20_200_102), Some(20_200_103)]),
        )
        .with("Px", Values::Number(vec![4.36, f64::NAN, 1.1]))
        .with("Vol", Values::Integer(vec![Some(-1), Some(5), None]));
    crate::write::write_table(&table, &source.0).expect("a file");
    for date in ["\"Day\"", "{ from = \"Ymd\", date_format = \"%Y%m%d\" }"] {
        let mapping = format!(
            "[parquet]\n[prices]\nsecurity_id = \"Id\"\ndate = {date}\n\
             close = {{ from = \"Px\", scale = \"0.01\" }}\nvolume = {{ from = \"Vol\", scale = \"per 1000\", missing = [\"-1\"] }}\n"
        );
        let (tables, _) = import(&mapping, &source, 1 << 20).expect("prices");
        let table = &tables[0].1;
        assert_eq!(texts(table, "security_id"), ["20", "3", "3"]);
        assert_eq!(texts(table, "date"), ["2020-01-02", "2020-01-02", "2020-01-03"]);
        assert_eq!(texts(table, "close"), ["0.0436", "NaN", "0.011"]);
        assert_eq!(texts(table, "volume"), ["NaN", "0.005", "NaN"]);
    }
}
