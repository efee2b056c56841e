//! Vendors' risk models that break a promise: one defect each, and what the analyst is told. `wrong/risk-models/<name>.txt`
//! holds the exact words on standard error.

use crate::support::{MARK, TextData, names_in, tests, write_nans};
use crate::wrong_datasets::{Break, check_in};
use Break::{Data, Files, Rules};

const COLLECTION: &str = "wrong/risk-models";
const MODEL: &str = "risk/date=2020-04-15";

const BROKEN: &[(&str, Break)] = &[
    (
        "covariance-asymmetric",
        Data(|data| {
            let table = data.table("risk/date=2020-04-15/covariance");
            table.rows.push(["market", "value", "0.02"].map(str::to_owned).to_vec());
        }),
    ),
    (
        "covariance-indefinite",
        Data(|data| {
            data.table("risk/date=2020-04-15/covariance")
                .set("value", "covariance", "0.03");
        }),
    ),
    (
        "covariance-null",
        Data(|data| {
            data.table("risk/date=2020-04-15/covariance")
                .set("market", "covariance", "-");
        }),
    ),
    (
        "covariance-twice",
        Data(|data| {
            data.table("risk/date=2020-04-15/covariance").repeat("value");
        }),
    ),
    (
        "covariance-factor-null",
        Data(|data| {
            data.table("risk/date=2020-04-15/covariance")
                .set("market", "factor_a:text", "-");
        }),
    ),
    (
        "covariance-missing",
        Files(|data| std::fs::remove_dir_all(data.join("risk/date=2020-04-15/covariance")).unwrap()),
    ),
    (
        "covariance-truncated",
        Files(|data| {
            let path = data.join("risk/date=2020-04-15/covariance/part.parquet");
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
    ),
    (
        "exposures-empty",
        Data(|data| data.table("risk/date=2020-04-15/exposures").rows.clear()),
    ),
    (
        "exposures-factor-number",
        Data(|data| {
            let table = data.table("risk/date=2020-04-15/exposures");
            table.rows.iter_mut().for_each(|row| "1".clone_into(&mut row[1]));
            table.rename("factor:text", "factor:number");
        }),
    ),
    (
        "exposures-null",
        Data(|data| {
            data.table("risk/date=2020-04-15/exposures").set("B", "exposure", "-");
        }),
    ),
    (
        "exposures-twice",
        Data(|data| {
            data.table("risk/date=2020-04-15/exposures").repeat("B");
        }),
    ),
    (
        "exposures-unknown-factor",
        Data(|data| {
            data.table("risk/date=2020-04-15/exposures")
                .set("B", "factor:text", "markt");
        }),
    ),
    (
        "exposures-without-exposure",
        Data(|data| data.table("risk/date=2020-04-15/exposures").drop_column("exposure")),
    ),
    (
        "folder-no-date",
        Files(|data| std::fs::rename(data.join("risk/date=2020-04-15"), data.join("risk/date=15-04-2020")).unwrap()),
    ),
    (
        "in-squared-percent",
        Data(|data| {
            for (table, column) in [("covariance", "covariance"), ("specific", "specific_variance")] {
                let table = data.table(&format!("risk/date=2020-04-15/{table}"));
                let at = table.header.iter().position(|name| name == column).unwrap();
                table
                    .rows
                    .iter_mut()
                    .for_each(|row| row[at] = format!("{}", row[at].parse::<f64>().unwrap() * 1e4));
            }
        }),
    ),
    (
        "specific-negative",
        Data(|data| {
            data.table("risk/date=2020-04-15/specific")
                .set("A", "specific_variance", "-0.01");
        }),
    ),
    (
        "specific-null",
        Data(|data| {
            data.table("risk/date=2020-04-15/specific")
                .set("A", "specific_variance", "-");
        }),
    ),
    (
        "specific-twice",
        Data(|data| {
            data.table("risk/date=2020-04-15/specific").repeat("A");
        }),
    ),
    (
        "none",
        Files(|data| std::fs::remove_dir_all(data.join("risk")).unwrap()),
    ),
    (
        "too-old",
        Rules("[risk.vendor]", "[risk.vendor]\nmax_age = \"14 days\""),
    ),
];

#[test]
fn what_is_broken_is_named() {
    check_in(COLLECTION, BROKEN);
}

#[test]
fn a_nan_is_no_exposure() {
    let broken = Files(|data| {
        let mut marked = TextData::load(&tests("wrong/risk-models/base.txt"));
        marked
            .table(&format!("{MODEL}/exposures"))
            .set("B", "exposure", &MARK.to_string());
        marked.write(data);
        write_nans(&data.join(MODEL).join("exposures/part.parquet"));
    });
    check_in(COLLECTION, &[("exposures-nan", broken)]);
}

/// A committed message without a test says nothing.
#[test]
fn every_message_has_its_dataset() {
    let mut names: Vec<&str> = BROKEN.iter().map(|(name, _)| *name).collect();
    names.extend(["base", "exposures-nan"]);
    names.sort_unstable();
    assert_eq!(names_in(&tests(COLLECTION), ".txt"), names);
}
