//! A run reads the prices its reviews need: what lies between them neither stops it nor costs it anything.

use divisor_market::{read_table, write_table};
use divisor_model::{Date, Values, day_of};

use crate::support::{Divisor, Folder, contents, copy_tree, small, tests};

/// Between the valuation closes of any review, and inside the windows of a year.
const BETWEEN: &str = "2014-08-15";

/// Makes all closes of a day impossible.
fn break_closes(path: &std::path::Path, date: &str) {
    let day = day_of(date.parse::<Date>().unwrap());
    let mut table = read_table("prices", path).unwrap();
    let Some(Values::Day(days)) = table.column("date").cloned() else {
        panic!("prices have dates");
    };
    let close = table.columns.iter_mut().find(|column| column.name == "close").unwrap();
    let Values::Number(values) = &mut close.values else {
        panic!("closes are numbers");
    };
    let rows: Vec<usize> = (0..days.len()).filter(|row| days[*row] == day).collect();
    assert!(rows.len() > 50, "{date} is a session");
    for row in rows {
        values[row] = -1.0;
    }
    write_table(&table, path).unwrap();
}

#[test]
fn a_broken_price_between_reviews_stops_those_that_read_it_alone() {
    let world = small();
    let folder = Folder::new();
    copy_tree(&world.data(), &folder.join("data/small"));
    break_closes(&folder.join("data/small/prices/year=2014/part.parquet"), BETWEEN);
    let quality = tests("rulebooks/quality.toml");
    let expected = |until: &str, index: &str| {
        let mut expected = world.effective("2012", until);
        expected.retain(|name, _| name.starts_with(index));
        assert!(!expected.is_empty());
        expected
    };
    let alone = Divisor::new(folder.path()).arg("run").arg(&quality);
    alone.args("--data small --to 2016-12-31 --out alone").succeed();
    assert!(
        contents(&folder.join("alone")) == expected("2016-12-31", "small-quality/"),
        "alone"
    );

    // In the company of a rulebook that reads every close of a year, which that day stops.
    let both = Divisor::new(folder.path()).arg("run").arg(&quality);
    let both = both.arg(tests("rulebooks/calm.toml"));
    let outcome = both.args("--data small --to 2016-12-31 --out both").run();
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&["small-calm effective 2014-11-28", "column `close`"]);
    let published = contents(&folder.join("both"));
    let of = |index: &str| {
        let mut own = published.clone();
        own.retain(|name, _| name.starts_with(index));
        own
    };
    assert!(
        of("small-quality/") == expected("2016-12-31", "small-quality/"),
        "in company"
    );
    assert!(
        of("small-calm/") == expected("2014-10-31", "small-calm/"),
        "up to the day"
    );
}
