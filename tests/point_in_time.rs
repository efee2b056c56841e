//! What becomes known after a cut-off changes no earlier review, however broken it is, and stops none.

use std::path::Path;

use divisor_market::{read_table, write_table};
use divisor_model::{Date, Table, TextBuilder, Values, day_of};

use crate::support::{Divisor, Folder, MARK, contents, copy_tree, parquet_files, rows_of, small, tests, write_nans};

/// The review in the middle of the run. Snapshots and prices of November 2014 lie between the two dates.
const CUTOFF: &str = "2014-10-31";
const EFFECTIVE: &str = "2014-11-28";

/// Breaks rows of one table that became known too late.
type Attack = fn(&mut Table, &[bool]);

fn day(text: &str) -> i32 {
    day_of(text.parse::<Date>().unwrap())
}

/// The day each row of a file became known.
fn known_on(table: &Table, path: &Path) -> Vec<i32> {
    let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
    if let Some(date) = folder.strip_prefix("date=") {
        return vec![day(date); table.rows()];
    }
    let column = table.column("known_on").or_else(|| table.column("date"));
    match column {
        Some(Values::Day(days)) => days.clone(),
        other => panic!("{}: {other:?}", path.display()),
    }
}

/// Applies an attack to every row of a dataset that became known after the cut-off; answers how many there were.
fn attack(data: &Path, change: Attack) -> usize {
    attack_after(data, day(CUTOFF), change)
}

/// The same after another day.
fn attack_after(data: &Path, last: i32, attack: Attack) -> usize {
    let mut attacked = 0;
    for path in parquet_files(data) {
        let mut table = read_table("attacked", &path).unwrap();
        let late: Vec<bool> = known_on(&table, &path).iter().map(|known| *known > last).collect();
        let count = late.iter().filter(|late| **late).count();
        if count > 0 {
            attacked += count;
            attack(&mut table, &late);
            write_table(&table, &path).unwrap();
        }
    }
    attacked
}

fn each_number(table: &mut Table, late: &[bool], change: impl Fn(f64) -> f64) {
    for column in &mut table.columns {
        if let Values::Number(values) = &mut column.values {
            for (value, _) in values.iter_mut().zip(late).filter(|(_, late)| **late) {
                *value = change(*value);
            }
        }
    }
}

fn extreme(table: &mut Table, late: &[bool]) {
    each_number(table, late, |value| value * 1e12 + 1.0);
}

fn negative(table: &mut Table, late: &[bool]) {
    each_number(table, late, |value| -value);
}

/// Each number by another factor below one, which leaves it possible.
fn smaller(table: &mut Table, late: &[bool]) {
    for column in &mut table.columns {
        if let Values::Number(values) = &mut column.values {
            let rows = values.iter_mut().enumerate().zip(late);
            for ((row, value), _) in rows.filter(|(_, late)| **late) {
                *value *= 0.5 + (row % 7) as f64 / 20.0;
            }
        }
    }
}

fn infinite(table: &mut Table, late: &[bool]) {
    each_number(table, late, |_| f64::INFINITY);
}

fn missing(table: &mut Table, late: &[bool]) {
    each_number(table, late, |_| f64::NAN);
}

fn deleted(table: &mut Table, late: &[bool]) {
    let rows: Vec<usize> = (0..table.rows()).filter(|row| !late[*row]).collect();
    *table = rows_of(table, &rows);
}

fn doubled(table: &mut Table, late: &[bool]) {
    let again = (0..table.rows()).filter(|row| late[*row]);
    let rows: Vec<usize> = (0..table.rows()).chain(again).collect();
    *table = rows_of(table, &rows);
}

/// All known on the first day after the cut-off, about periods long past.
fn other_dates(table: &mut Table, late: &[bool]) {
    for column in &mut table.columns {
        let moved = match column.name.as_str() {
            "known_on" | "date" => day(CUTOFF) + 1,
            "period_end" | "ex_date" => day("2013-12-31"),
            _ => continue,
        };
        if let Values::Day(days) = &mut column.values {
            for (day, _) in days.iter_mut().zip(late).filter(|(_, late)| **late) {
                *day = moved;
            }
        }
    }
}

/// Other texts in every column: unknown securities, sectors, currencies, periods and kinds.
fn other_texts(table: &mut Table, late: &[bool]) {
    for column in &mut table.columns {
        if let Values::Text(text) = &column.values {
            let mut builder = TextBuilder::default();
            for (row, late) in late.iter().enumerate() {
                builder.push(if *late { Some("?") } else { text.get(row) });
            }
            column.values = Values::Text(builder.finish());
        }
    }
}

/// Columns that earlier files do not have: some the engine knows, some nobody knows; and one that is gone.
fn other_columns(table: &mut Table, late: &[bool]) {
    if late.iter().all(|late| *late) {
        let rows = table.rows();
        table.columns.retain(|column| column.name != "industry");
        let texts = || {
            let mut builder = TextBuilder::default();
            (0..rows).for_each(|_| builder.push(Some("late")));
            Values::Text(builder.finish())
        };
        for name in ["sedol", "figi", "vendor_text"] {
            table.push(name, texts());
        }
        table.push("vendor_number", Values::Number(vec![1.0; rows]));
    }
}

/// Runs up to the middle review on a copy of the world changed by `change`, and compares with the plain run.
fn changes_nothing(what: &str, change: impl Fn(&Path)) {
    let world = small();
    let folder = Folder::new();
    let data = folder.join("data/small");
    copy_tree(&world.data(), &data);
    change(&data);
    let run = Divisor::new(folder.path()).arg("run").arg(tests("rulebooks"));
    let outcome = run.args("--data small --to").arg(EFFECTIVE).run();
    assert_eq!(outcome.code, 0, "{what}: {}", outcome.stderr);
    same_until(&folder, what);
}

/// Whether the reviews up to the middle one are those of the plain run, and there is no other.
fn same_until(folder: &Folder, what: &str) {
    let expected = small().effective("2012", EFFECTIVE);
    assert!(expected.len() > 80);
    let mut found = contents(&folder.join("out"));
    found.retain(|name, _| name.split('/').nth(2).is_some_and(|date| date <= EFFECTIVE));
    let names = |files: &std::collections::BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected), "{what}");
    let other: Vec<&String> = expected.keys().filter(|name| found[*name] != expected[*name]).collect();
    assert!(other.is_empty(), "{what}: other bytes in {other:?}");
}

fn files_after(data: &Path, change: impl Fn(&Path)) {
    let mut changed = 0;
    for path in parquet_files(data) {
        let partition = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let late = partition.strip_prefix("date=").is_some_and(|date| date > CUTOFF)
            || partition.strip_prefix("year=").is_some_and(|year| year > "2014");
        if late {
            changed += 1;
            change(&path);
        }
    }
    assert!(changed > 25, "{changed}");
}

fn truncate(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

macro_rules! attacks {
    ($($name:ident),+) => { $(
        #[test]
        fn $name() {
            changes_nothing(stringify!($name), |data| assert!(attack(data, super::$name) > 30_000));
        }
    )+ };
}

mod rows_known_later_may_be {
    use super::{attack, changes_nothing};

    attacks!(
        extreme,
        negative,
        infinite,
        missing,
        deleted,
        doubled,
        other_dates,
        other_texts
    );

    /// Only whole files can have other columns: the snapshots and the prices of later years.
    #[test]
    fn other_columns() {
        changes_nothing("other columns", |data| {
            assert!(attack(data, super::other_columns) > 30_000);
        });
    }
}

#[test]
fn files_known_later_may_be_truncated() {
    changes_nothing("truncated", |data| files_after(data, truncate));
}

/// Snapshots alone: elsewhere the numbers of a file are too many to mark.
#[test]
fn numbers_known_later_may_be_nan() {
    changes_nothing("NaN", |data| {
        files_after(&data.join("snapshots"), |path| {
            let mut table = read_table("attacked", path).unwrap();
            let all = vec![true; table.rows()];
            each_number(&mut table, &all, |_| MARK);
            write_table(&table, path).unwrap();
            write_nans(path);
        });
    });
}

#[test]
fn files_known_later_may_be_gone() {
    changes_nothing("gone", |data| {
        files_after(data, |path| std::fs::remove_file(path).unwrap());
    });
}

/// An attack on what is known one day earlier must show: the tests above can fail.
#[test]
fn rows_known_at_the_cutoff_matter() {
    let world = small();
    let folder = Folder::new();
    let data = folder.join("data/small");
    copy_tree(&world.data(), &data);
    let path = data.join(format!("snapshots/date={CUTOFF}/part.parquet"));
    let mut table = read_table("attacked", &path).unwrap();
    let grown_debt = |column: &mut divisor_model::TableColumn| {
        if let (true, Values::Number(values)) = (column.name == "total_debt", &mut column.values) {
            values
                .iter_mut()
                .enumerate()
                .for_each(|(row, value)| *value *= 1.0 + row as f64);
        }
    };
    table.columns.iter_mut().for_each(grown_debt);
    write_table(&table, &path).unwrap();
    let run = Divisor::new(folder.path()).arg("run").arg(tests("rulebooks"));
    run.args("--data small --to").arg(EFFECTIVE).succeed();
    let found = contents(&folder.join("out"));
    let changed = |name: &str| found[name] != world.published[name];
    assert!(changed(&format!(
        "small-quality/reviews/{EFFECTIVE}/constituents.parquet"
    )));
    assert!(!changed("small-quality/reviews/2014-05-30/constituents.parquet"));
}

/// Other values that are as sound as the true ones, in a run that goes on: nothing but the cut-offs keeps them from the
/// earlier reviews.
#[test]
fn a_run_beyond_other_values_keeps_the_reviews_before_them() {
    let world = small();
    let folder = Folder::new();
    let data = folder.join("data/small");
    copy_tree(&world.data(), &data);
    assert!(attack(&data, smaller) > 30_000);
    let run = Divisor::new(folder.path()).arg("run").arg(tests("rulebooks"));
    run.args("--data small --to 2016-12-31").succeed();
    same_until(&folder, "smaller");
    let found = contents(&folder.join("out"));
    let next = "small-quality/reviews/2015-05-29/constituents.parquet";
    assert!(
        found[next] != world.published[next],
        "the values reach the reviews after them"
    );
}

/// Asked for more than the data can give: what came before stands, and the message says what is broken.
#[test]
fn a_run_beyond_broken_rows_keeps_the_reviews_before_them() {
    for (what, change, parts) in [
        (
            "infinite",
            (|data: &Path| assert!(attack(data, infinite) > 30_000)) as fn(&Path),
            ["snapshots/date=2015-", "column `price`", "NaN or infinite", " rows: "],
        ),
        (
            "doubled",
            |data| assert!(attack(data, doubled) > 30_000),
            [
                "snapshots/date=2015-",
                "column `security_id`",
                "two rows have the same key",
                " rows: ",
            ],
        ),
        (
            "truncated",
            |data| files_after(data, truncate),
            ["snapshots/date=2015-", "part.parquet", "cannot be read", "D0101"],
        ),
    ] {
        let world = small();
        let folder = Folder::new();
        let data = folder.join("data/small");
        copy_tree(&world.data(), &data);
        change(&data);
        let run = Divisor::new(folder.path()).arg("run").arg(tests("rulebooks"));
        let outcome = run.args("--data small --to 2016-12-31").run();
        assert_eq!(outcome.code, 2, "{what}: {}", outcome.stderr);
        outcome.says(&parts);
        same_until(&folder, what);
        let later = contents(&folder.join("out"));
        let beyond = later.keys().filter(|name| name.split('/').nth(2) > Some(EFFECTIVE));
        assert_eq!(
            beyond.count(),
            0,
            "{what}: no review is written after the first that failed"
        );
    }
}

/// Every history function over every table: what is known later changes no byte, what is known in time does.
mod history_functions {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{
        Attack, CUTOFF, EFFECTIVE, attack, attack_after, day, deleted, doubled, extreme, infinite, missing, negative,
        other_dates, smaller,
    };
    use crate::support::filings::{formulas, rulebook, write};
    use crate::support::{Divisor, Folder, Outcome, Review, contents, numbers, parquet_files, rows_of};
    use divisor_market::{read_table, write_table};
    use divisor_model::{Table, Values};

    /// Runs the rulebook of all history functions up to the review at the cut-off.
    fn run(change: impl Fn(&Path)) -> (Folder, Outcome) {
        run_with(&[("history", &formulas())], change)
    }

    fn run_with(rulebooks: &[(&str, &[(String, String)])], change: impl Fn(&Path)) -> (Folder, Outcome) {
        let folder = Folder::new();
        write(&folder.join("data"));
        change(&folder.join("data"));
        for (id, formulas) in rulebooks {
            folder.write(&format!("rulebooks/{id}.toml"), &rulebook(id, formulas));
        }
        let run = Divisor::new(folder.path()).args("run rulebooks --data ./data --to");
        let outcome = run.arg(EFFECTIVE).run();
        (folder, outcome)
    }

    fn published(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
        contents(&folder.join("out"))
    }

    /// The files of the plain run.
    fn plain() -> BTreeMap<String, Vec<u8>> {
        let (folder, outcome) = run(|_| {});
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        published(&folder)
    }

    fn unchanged_by(plain: &BTreeMap<String, Vec<u8>>, what: &str, change: impl Fn(&Path)) {
        let (other, outcome) = run(change);
        assert_eq!(outcome.code, 0, "{what}: {}", outcome.stderr);
        let other = published(&other);
        assert!(plain.len() > 10 && plain.keys().eq(other.keys()), "{what}");
        let differ: Vec<&String> = plain.keys().filter(|name| plain[*name] != other[*name]).collect();
        assert!(differ.is_empty(), "{what}: other bytes in {differ:?}");
    }

    #[test]
    fn read_nothing_known_later() {
        let attacks: [(&str, Attack); 8] = [
            ("extreme", extreme),
            ("negative", negative),
            ("smaller", smaller),
            ("infinite", infinite),
            ("missing", missing),
            ("deleted", deleted),
            ("doubled", doubled),
            ("other dates", other_dates),
        ];
        let plain = plain();
        for table in ["snapshots", "fundamentals", "prices", "actions"] {
            for (what, change) in attacks {
                unchanged_by(&plain, &format!("{table} {what}"), |data| {
                    assert!(attack(&data.join(table), change) > 2, "{table} {what}");
                });
            }
        }
    }

    #[test]
    fn do_not_see_the_order_of_rows() {
        unchanged_by(&plain(), "reversed", |data| {
            for path in parquet_files(data) {
                let table = read_table("reversed", &path).unwrap();
                let order: Vec<usize> = (0..table.rows()).rev().collect();
                write_table(&rows_of(&table, &order), &path).unwrap();
            }
        });
    }

    fn candidates(folder: &Folder) -> Table {
        Review::of(&folder.join("out"), "history", EFFECTIVE).table("candidates")
    }

    /// The variables whose column differs between two runs, bit by bit.
    fn changed(plain: &Table, other: &Table) -> Vec<String> {
        let bits =
            |table: &Table, name: &str| -> Vec<u64> { numbers(table, name).into_iter().map(f64::to_bits).collect() };
        let names = formulas().into_iter().map(|(name, _)| name);
        names.filter(|name| bits(plain, name) != bits(other, name)).collect()
    }

    /// The tests above can fail: every function has values, and values known in the year before the cut-off move them.
    #[test]
    fn see_what_is_known_in_time() {
        let (plain, outcome) = run(|_| {});
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let plain_candidates = candidates(&plain);
        for (name, formula) in formulas() {
            let values = numbers(&plain_candidates, &name);
            assert!(values.iter().any(|value| !value.is_nan()), "{formula} has no value");
        }
        let year_before = day(CUTOFF) - 365;
        let mut moved: Vec<String> = Vec::new();
        let attacks: [(&str, Attack); 3] = [
            ("fundamentals", smaller),
            ("fundamentals", negative),
            ("prices", smaller),
        ];
        for (table, change) in attacks {
            let (other, outcome) = run(|data| {
                assert!(attack_after(&data.join(table), year_before, change) > 100);
            });
            assert_eq!(outcome.code, 0, "{}", outcome.stderr);
            moved.extend(changed(&plain_candidates, &candidates(&other)));
            // What moved a value moved the hash of the rows read.
            let hash = |folder: &Folder| {
                let manifest = Review::of(&folder.join("out"), "history", EFFECTIVE).manifest();
                manifest["inputs"][table]["content_hash"].as_str().unwrap().to_owned()
            };
            assert!(hash(&plain) != hash(&other), "{table}");
        }
        let still: Vec<String> = formulas()
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !moved.contains(name))
            .collect();
        assert!(still.is_empty(), "nothing known in time moves {still:?}");
    }

    /// Columns that only another rulebook of the run reads neither stop a rulebook nor show in its results.
    #[test]
    fn of_another_rulebook_change_nothing() {
        let few = [("half_year".to_owned(), "returns(months = 6)".to_owned())];
        let broken_volume = |data: &Path| {
            let change = |table: &mut Table, chosen: &[bool]| {
                for column in table.columns.iter_mut().filter(|column| column.name == "volume") {
                    if let Values::Number(values) = &mut column.values {
                        values
                            .iter_mut()
                            .zip(chosen)
                            .filter(|(_, chosen)| **chosen)
                            .for_each(|(value, _)| *value = -1.0);
                    }
                }
            };
            assert!(attack_after(&data.join("prices"), day(CUTOFF) - 60, change) > 100);
        };
        let (alone, outcome) = run_with(&[("few", &few)], broken_volume);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let all = formulas();
        let (company, outcome) = run_with(&[("few", &few), ("history", &all)], broken_volume);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        outcome.says(&["prices", "column `volume`", "history"]);
        let mut company = published(&company);
        company.retain(|name, _| name.starts_with("few/"));
        assert!(published(&alone) == company && !company.is_empty());
    }
}

/// Whether a snapshot has the columns a review needs is judged by that snapshot alone, never by what later ones have.
mod columns {
    use crate::support::{Divisor, Folder, Outcome, TextData, contents, read, tests};

    const APRIL: &str = "snapshots/date=2020-04-30";
    const OCTOBER: &str = "snapshots/date=2020-10-30";

    fn run(data: &TextData, to: &str) -> (Folder, Outcome) {
        let folder = Folder::new();
        data.write(&folder.join("data"));
        folder.write("rulebook.toml", &read(&tests("wrong/datasets/rulebook.toml")));
        let run = Divisor::new(folder.path())
            .args("run rulebook.toml --data ./data --to")
            .arg(to);
        let outcome = run.run();
        (folder, outcome)
    }

    #[test]
    fn that_a_rule_names_must_be_there() {
        let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
        data.table(APRIL).drop_column("issuer_id");
        for to in ["2020-05-31", "2020-12-31"] {
            let (folder, outcome) = run(&data, to);
            assert_eq!(outcome.code, 2, "{to}");
            outcome.says(&[APRIL, "column `issuer_id`", "effective 2020-05-29"]);
            assert!(contents(&folder.join("out")).is_empty());
        }
    }

    #[test]
    fn that_no_rule_names_may_come_and_go() {
        let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
        let (before, outcome) = run(&data, "2020-05-31");
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let before = contents(&before.join("out"));
        for column in ["isin", "industry", "price_date"] {
            data.table(OCTOBER).add_column(column, "2020-10-30");
        }
        let (after, outcome) = run(&data, "2020-12-31");
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let mut after = contents(&after.join("out"));
        assert_eq!(after.len(), 2 * before.len());
        after.retain(|name, _| name.contains("2020-05-29"));
        let same = |name: &String| after[name] == before[name];
        assert!(
            before.keys().all(same),
            "{:?}",
            before.keys().filter(|name| !same(name)).collect::<Vec<_>>()
        );
    }
}
