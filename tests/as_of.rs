//! Reads of bitemporal tables as of a date: against a plain reference on years of real filings, and by hand for lags and
//! ages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use divisor_market::{Dataset, Landed, Needs, read_table, write_table};
use divisor_model::{DAY_MISSING, Day, Period, Table, TextBuilder, Values, date_of};

use crate::support::{Divisor, Folder, Outcome, Review, TextData, numbers, shared, texts};

/// Every filing of every fact of 60 companies; it lies beside the repository.
fn restatements() -> PathBuf {
    shared("restatements.parquet").join("restatements.parquet")
}

/// Whose, which kind of period, and its end.
type PeriodKey = (String, &'static str, Day);

/// Filings by day.
type Days = BTreeMap<Day, Filing>;

/// The periods of a company by their ends.
type Periods<'a> = Vec<(Day, &'a Days)>;

/// What a company said about one period on one day.
#[derive(Default, Clone)]
struct Filing {
    figures: BTreeMap<String, f64>,
    withdrawn: bool,
}

/// All filings by period and day. Of two figures of one concept in one day's filings the last row of the file counts, as
/// long as both sides take the same. Every 97th period is retracted a month after its last filing.
fn filings() -> BTreeMap<PeriodKey, Days> {
    let table = read_table("facts", &restatements()).unwrap();
    let (Some(Values::Day(starts)), Some(Values::Day(ends)), Some(Values::Day(filed))) = (
        table.column("period_start"),
        table.column("period_end"),
        table.column("filed_date"),
    ) else {
        panic!("three dates")
    };
    let (tickers, concepts, values) = (
        texts(&table, "ticker"),
        texts(&table, "concept"),
        numbers(&table, "value"),
    );
    let mut filings: BTreeMap<PeriodKey, Days> = BTreeMap::new();
    for row in 0..table.rows() {
        let period = match starts[row] {
            DAY_MISSING => "FY",
            start => match ends[row] - start {
                80..=100 => "Q",
                170..=190 => "H",
                350..=380 => "TTM",
                _ => continue,
            },
        };
        // Plans filed before a period's end are no publications of it.
        if filed[row] >= ends[row] {
            let key = (tickers[row].clone(), period, ends[row]);
            let filing = filings.entry(key).or_default().entry(filed[row]).or_default();
            filing.figures.insert(concepts[row].clone(), values[row]);
        }
    }
    for days in filings.values_mut().step_by(97) {
        let last = *days.keys().last().unwrap();
        let filing = Filing {
            withdrawn: true,
            ..Filing::default()
        };
        days.insert(last + 30, filing);
    }
    filings
}

fn text_column<'a>(cells: impl Iterator<Item = &'a str>) -> Values {
    let mut builder = TextBuilder::default();
    cells.for_each(|cell| builder.push(Some(cell)));
    Values::Text(builder.finish())
}

/// The filings as a dataset, latest rows first: order must not matter.
fn write(filings: &BTreeMap<PeriodKey, Days>, concepts: &BTreeSet<&str>, data: &Path) {
    let mut rows: Vec<(&PeriodKey, Day, &Filing)> = filings
        .iter()
        .flat_map(|(key, days)| days.iter().map(move |(day, filing)| (key, *day, filing)))
        .collect();
    rows.reverse();
    let mut table = Table::new("fundamentals")
        .with("security_id", text_column(rows.iter().map(|(key, ..)| key.0.as_str())))
        .with("period", text_column(rows.iter().map(|(key, ..)| key.1)))
        .with("period_end", Values::Day(rows.iter().map(|(key, ..)| key.2).collect()))
        .with("known_on", Values::Day(rows.iter().map(|(_, day, _)| *day).collect()))
        .with(
            "withdrawn",
            Values::Flag(rows.iter().map(|(.., filing)| Some(filing.withdrawn)).collect()),
        );
    for concept in concepts {
        let value = |filing: &Filing| filing.figures.get(*concept).copied().unwrap_or(f64::NAN);
        table.push(
            *concept,
            Values::Number(rows.iter().map(|(.., filing)| value(filing)).collect()),
        );
    }
    write_table(&table, &data.join("fundamentals.parquet")).unwrap();
    let ids: BTreeSet<&str> = filings.keys().map(|key| key.0.as_str()).collect();
    let same = |text: &'static str| text_column(ids.iter().map(move |_| text));
    let snapshot = Table::new("snapshots")
        .with("security_id", text_column(ids.iter().copied()))
        .with("price", Values::Number(vec![1.0; ids.len()]))
        .with("market_cap", Values::Number(vec![1.0; ids.len()]))
        .with("sector", same("All"))
        .with("country", same("US"));
    write_table(&snapshot, &data.join("snapshots/date=2026-07-31/part.parquet")).unwrap();
    let head = "name = \"filings\"\ntitle = \"Filings\"\ncurrency = \"USD\"\ncalendar = \"XNYS\"\nuniverse = \"world\"\n\
                first = 2026-07-31\nlast = 2026-07-31\n";
    std::fs::write(data.join("dataset.toml"), head).unwrap();
}

fn read(data: &Path, concepts: &BTreeSet<&str>, cutoff: Day) -> Landed {
    let dataset = Dataset::open(data).unwrap();
    dataset.read(&Needs {
        snapshots: dataset.snapshot_dates().collect(),
        fundamentals: concepts.iter().map(|concept| (*concept).to_owned()).collect(),
        cutoff,
        ..Needs::default()
    })
}

/// What is known of each concept of a period at a cut-off: the filings one after the other, nothing clever.
fn known(days: &Days, cutoff: Day) -> BTreeMap<&str, (Day, f64)> {
    let mut known = BTreeMap::new();
    for (day, filing) in days {
        if *day > cutoff {
            break;
        }
        if filing.withdrawn {
            known.clear();
        }
        for (concept, value) in &filing.figures {
            known.insert(concept.as_str(), (*day, *value));
        }
    }
    known
}

#[test]
fn reads_at_200_dates_agree_with_a_plain_reference() {
    let filings = filings();
    let figures = filings
        .values()
        .flat_map(|days| days.values().flat_map(|filing| filing.figures.keys()));
    let concepts: BTreeSet<&str> = figures.map(String::as_str).collect();
    let folder = Folder::new();
    write(&filings, &concepts, folder.path());
    let all = || filings.values().flat_map(|days| days.keys().copied());
    let (first, last) = (all().min().unwrap(), all().max().unwrap());
    let landed = read(folder.path(), &concepts, last);
    assert!(landed.defects.is_empty(), "{:?}", landed.defects.first());
    let mut by_security: BTreeMap<(&str, &str), Periods<'_>> = BTreeMap::new();
    for ((security, period, end), days) in &filings {
        by_security.entry((security, period)).or_default().push((*end, days));
    }
    let (mut compared, mut changed) = (0, 0);
    let mut before: HashMap<(u32, &str, &str, Day), u64> = HashMap::new();
    for step in 0..200 {
        let cutoff = first + (last - first) * step / 199;
        // Whether later rows were landed must not matter.
        let own = (step % 40 == 7).then(|| read(folder.path(), &concepts, cutoff));
        for ((security, period), periods) in &by_security {
            let index = landed.panel.securities().index(security).unwrap();
            let mut expected: HashMap<&str, Vec<(Day, Day, u64)>> = HashMap::new();
            for (end, days) in periods.iter().rev() {
                for (concept, (day, value)) in known(days, cutoff) {
                    expected.entry(concept).or_default().push((*end, day, value.to_bits()));
                    let was = before.insert((index, period, concept, *end), value.to_bits());
                    changed += usize::from(was.is_some_and(|was| was != value.to_bits()));
                }
            }
            for landed in [Some(&landed), own.as_ref()].into_iter().flatten() {
                let table = landed.history.fundamentals.as_ref().unwrap();
                for concept in &concepts {
                    let kind = Period::from_code(period).unwrap();
                    let found = table.series(index, concept, kind, cutoff, usize::MAX);
                    let found: Vec<(Day, Day, u64)> = found
                        .iter()
                        .map(|seen| (seen.period_end, seen.known_on, seen.value.to_bits()))
                        .collect();
                    let expected = expected.get(concept).map(Vec::as_slice).unwrap_or_default();
                    assert_eq!(
                        found,
                        expected,
                        "{security} {period} {concept} at {:?}",
                        date_of(cutoff)
                    );
                    compared += found.len();
                }
            }
        }
    }
    assert!(compared > 2_000_000, "only {compared} values");
    assert!(changed > 500, "only {changed} values were seen to change");
}

/// A run of a rulebook with these variables over a small dataset whose `dataset.toml` ends in `head`.
fn run(data: &str, head: &str, variables: &str) -> (Folder, Outcome) {
    let folder = Folder::new();
    let snapshot = |date: &str| {
        let names = ["A", "B", "C"].map(|id| format!("{id} 1 1 All US\n")).concat();
        format!("[snapshots/date={date}]\nsecurity_id price market_cap sector country\n{names}\n")
    };
    let text = format!("{}{}{data}", snapshot("2020-04-30"), snapshot("2020-10-30"));
    TextData::parse(&text).write(&folder.join("data"));
    let path = folder.join("data/dataset.toml");
    let own = crate::support::read(&path);
    std::fs::write(&path, format!("{own}{head}")).unwrap();
    let rulebook = format!(
        "[index]\nid = \"case\"\nname = \"Case\"\nparent = \"world\"\nedition = \"1\"\n\
         base = {{ date = 2020-05-01, level = 1000 }}\n[review]\ncalendar = \"XNYS\"\nmonths = [\"May\", \"November\"]\n\
         effective = {{ session = \"last\" }}\ncutoff = {{ session = \"last\", months = -1 }}\n\
         announcement = {{ sessions = -9 }}\n[variables]\n{variables}\n[select.all]\n[weight.equal]\n"
    );
    folder.write("rulebook.toml", &rulebook);
    let outcome = Divisor::new(folder.path())
        .args("run rulebook.toml --data ./data --to 2020-12-31")
        .run();
    (folder, outcome)
}

const MAY: &str = "2020-05-29";
const NOVEMBER: &str = "2020-11-30";

/// Values of a variable and the days they became known, one a name: `10 2020-02-29`, or `-`.
fn seen(folder: &Folder, effective: &str, variable: &str) -> Vec<String> {
    let table = Review::of(&folder.join("out"), "case", effective).table("candidates");
    let Some(Values::Day(known)) = table.column(&format!("{variable}.known_on")) else {
        panic!("no day of {variable}")
    };
    let cell = |(value, day): (f64, &Day)| match date_of(*day) {
        Some(date) if !value.is_nan() => format!("{value} {date}"),
        _ => "-".to_owned(),
    };
    numbers(&table, variable).into_iter().zip(known).map(cell).collect()
}

fn counts(folder: &Folder, effective: &str) -> serde_json::Value {
    let manifest = Review::of(&folder.join("out"), "case", effective).manifest();
    manifest["inputs"]["fundamentals"]["publications"].clone()
}

const DEBT_AND_EARNINGS: &str = "debt = \"latest(total_debt)\"\nearnings = \"latest(eps)\"\n";

/// Without any date of publication: 45 days for the table, six months for the debt. Six months after 31 August 2019 is
/// the last day of February 2020, after 31 October the day of the cut-off, and after 30 November a month too late.
#[test]
fn lags_date_what_has_no_date_of_publication() {
    let data = "[fundamentals]\nsecurity_id period_end period eps total_debt\n\
                A 2019-08-31 FY 1 10\nB 2019-10-31 FY 2 20\nB 2018-10-31 FY 1 15\nC 2019-11-30 FY 3 30\n\
                A 2020-03-16 H 1.5 11\nB 2020-03-17 H 2.5 21\n";
    let head = "[tables.fundamentals]\nlag = \"45 days\"\n[fields]\ntotal_debt = { lag = \"6 months\" }\n";
    let variables = format!("{DEBT_AND_EARNINGS}half = \"latest(eps, period = 'H')\"\n");
    let (folder, outcome) = run(data, head, &variables);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(seen(&folder, MAY, "debt"), ["10 2020-02-29", "20 2020-04-30", "-"]);
    assert_eq!(
        seen(&folder, MAY, "earnings"),
        ["1 2019-10-15", "2 2019-12-15", "3 2020-01-14"]
    );
    assert_eq!(seen(&folder, MAY, "half"), ["1.5 2020-04-30", "-", "-"]);
    assert_eq!(
        seen(&folder, NOVEMBER, "debt"),
        ["11 2020-09-16", "21 2020-09-17", "30 2020-05-31"]
    );
    assert_eq!(
        seen(&folder, NOVEMBER, "half"),
        ["1.5 2020-04-30", "2.5 2020-05-01", "-"]
    );
    // Debt of A, of B for October and of no half year; earnings of three years (B's newest) and of one half year.
    let counts = counts(&folder, MAY);
    assert_eq!(
        (counts["values"].as_u64(), counts["by_lag"].as_u64()),
        (Some(6), Some(6))
    );
    assert!(outcome.stdout.contains(" dated by a lag"), "{}", outcome.stdout);
}

/// A date of publication wins over a lag, whichever is later.
#[test]
fn a_publication_wins_over_a_lag() {
    let data = "[fundamentals]\nsecurity_id period_end period known_on eps total_debt\n\
                A 2019-12-31 FY 2020-02-01 1 10\nB 2019-12-31 FY 2020-05-20 2 20\nC 2019-12-31 FY - - 30\n";
    let head = "[fields]\ntotal_debt = { lag = \"3 months\" }\n";
    let (folder, outcome) = run(data, head, DEBT_AND_EARNINGS);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(seen(&folder, MAY, "debt"), ["10 2020-02-01", "-", "30 2020-03-31"]);
    assert_eq!(
        seen(&folder, NOVEMBER, "debt"),
        ["10 2020-02-01", "20 2020-05-20", "30 2020-03-31"]
    );
    assert_eq!(
        seen(&folder, NOVEMBER, "earnings"),
        ["1 2020-02-01", "2 2020-05-20", "-"]
    );
    let counts = counts(&folder, NOVEMBER);
    assert_eq!(
        (counts["values"].as_u64(), counts["by_lag"].as_u64()),
        (Some(5), Some(1))
    );
}

/// A field that nothing dates stops the rulebooks that read it, and no other.
#[test]
fn what_nothing_dates_stops_who_reads_it() {
    let head = "[fields]\ntotal_debt = { lag = \"3 months\" }\n";
    for data in [
        "[fundamentals]\nsecurity_id period_end period eps total_debt\nA 2019-12-31 FY 1 10\n",
        "[fundamentals]\nsecurity_id period_end period known_on eps total_debt\nA 2019-12-31 FY - 1 10\n",
    ] {
        let (folder, outcome) = run(data, head, "debt = \"latest(total_debt)\"\n");
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_eq!(seen(&folder, MAY, "debt"), ["10 2020-03-31", "-", "-"]);
        let (_, outcome) = run(data, head, DEBT_AND_EARNINGS);
        assert_eq!(outcome.code, 2);
        outcome.says(&["D0110", "column `eps`", "state a lag in dataset.toml"]);
    }
    // What is stated of nothing would have no effect.
    let data = "[fundamentals]\nsecurity_id period_end period eps total_debt\nA 2019-12-31 FY 1 10\n";
    let (_, outcome) = run(
        data,
        "[fields]\ntotal_det = { lag = \"3 months\" }\n",
        "debt = \"latest(total_debt)\"\n",
    );
    assert_eq!(outcome.code, 2);
    outcome.says(&["`fields.total_det` has a lag or max_age", "did you mean `total_debt`?"]);
    let (_, outcome) = run(
        data,
        "[tables.prices]\nkeyed_by = \"ticker\"\n",
        "debt = \"latest(total_debt)\"\n",
    );
    outcome.says(&["`tables.prices` is about a table that is not there"]);
    // No lag says when something was retracted.
    let data =
        "[fundamentals]\nsecurity_id period_end period known_on withdrawn total_debt\nA 2019-12-31 FY - true -\n";
    let (_, outcome) = run(data, head, "debt = \"latest(total_debt)\"\n");
    assert_eq!(outcome.code, 2);
    outcome.says(&["D0110", "column `known_on`", "A 2019-12-31"]);
}

/// Eighteen months after 31 October 2018 is the day of the first cut-off; B's year is a month older, and A's next one
/// comes too late to help it at the second.
#[test]
fn what_is_too_old_is_missing() {
    let data = "[fundamentals]\nsecurity_id period_end period known_on eps total_debt\n\
                A 2018-10-31 FY 2019-01-15 1 10\nB 2018-09-30 FY 2018-12-15 2 20\nC 2019-12-31 FY 2020-02-15 3 30\n\
                C 2016-12-31 FY 2017-02-15 1 29\nA 2019-10-31 FY 2020-11-15 9 90\n";
    let head = "[fields]\ntotal_debt = { max_age = \"18 months\" }\n";
    let (folder, outcome) = run(data, head, DEBT_AND_EARNINGS);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(seen(&folder, MAY, "debt"), ["10 2019-01-15", "-", "30 2020-02-15"]);
    assert_eq!(seen(&folder, NOVEMBER, "debt"), ["-", "-", "30 2020-02-15"]);
    assert_eq!(
        seen(&folder, NOVEMBER, "earnings"),
        ["1 2019-01-15", "2 2018-12-15", "3 2020-02-15"]
    );
    assert_eq!(counts(&folder, MAY)["stale"], 1);
    assert_eq!(counts(&folder, NOVEMBER)["stale"], 2);
    assert!(outcome.stdout.contains("2 too old"), "{}", outcome.stdout);
}

/// Restated, late and withdrawn publications are counted; `why` tells what was restated.
#[test]
fn restated_late_and_withdrawn_values_are_counted() {
    let data = "[fundamentals]\nsecurity_id period_end period known_on withdrawn eps\n\
                A 2019-12-31 FY 2020-02-01 false 1\nA 2019-12-31 FY 2020-04-01 false 1.5\nA 2019-12-31 FY 2020-04-10 false 1.5\n\
                B 2019-12-31 FY 2020-02-01 false 2\nB 2018-12-31 FY 2020-03-01 false 1\n\
                C 2019-12-31 FY 2020-02-01 false 3\nC 2019-12-31 FY 2020-04-02 true -\nC 2018-12-31 FY 2019-02-01 false 2\n\
                A 2019-12-31 FY 2020-08-01 false 7\n";
    let (folder, outcome) = run(data, "", "earnings = \"average(eps, years = 2, min = 1)\"\n");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let counts = counts(&folder, MAY);
    let expected = [
        ("values", 4),
        ("published", 6),
        ("restated", 1),
        ("late", 1),
        ("withdrawn", 1),
        ("stale", 0),
        ("by_lag", 0),
    ];
    for (key, expected) in expected {
        assert_eq!(counts[key], expected, "{key} of {counts}");
    }
    let why = Divisor::new(folder.path()).args("why A rulebook.toml --data ./data --to 2020-12-31 --date 2020-05-29");
    let told = why.succeed().stdout;
    let line = "eps FY 2019-12-31: 1.5000 restated 2020-04-01 (was 1, known 2020-02-01)";
    assert!(told.contains(line), "{told}");
}
