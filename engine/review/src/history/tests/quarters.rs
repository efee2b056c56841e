//! Windows of quarters, and twelve months of what was published.

use super::*;

const QUARTERS: &str = "
    Q 2018-03-31 2018-05-01 1
    Q 2018-06-30 2018-08-01 2
    Q 2018-09-30 2018-11-01 3
    Q 2018-12-31 2019-02-01 4
    Q 2019-03-31 2019-05-01 2
    Q 2019-06-30 2019-08-01 3
    Q 2019-09-30 2019-11-01 6
    Q 2019-12-31 2020-02-01 2
";

#[test]
fn quarters_against_those_a_year_before() {
    let history = reported(QUARTERS);
    is(&history, "yoy(x)", -0.5);
    is(&history, "average(yoy(x), quarters = 4)", (1.0 + 0.5 + 1.0 - 0.5) / 4.0);
    is(&history, "stdev(yoy(x), quarters = 4)", 0.5_f64.sqrt()); // of 1, 0.5, 1, −0.5: Σ(…)² = 1.5, over 3
    is(&history, "stdev(yoy(x), quarters = 6)", f64::NAN);
    is(&history, "growth(x, quarters = 4)", -0.5);
    is(&history, "lag(x, quarters = 4)", 4.0);
    is(
        &reported("H 2018-06-30 2018-08-01 4\nH 2018-12-31 2019-02-01 5\nH 2019-06-30 2019-08-01 6"),
        "yoy(x, period = \"H\")",
        0.5,
    );
}

#[test]
fn twelve_months_of_quarters() {
    let history = reported(QUARTERS);
    is(&history, "ttm(x)", 13.0);
    is(&history, "lag(ttm(x), years = 1)", 10.0);
    is(&history, "lag(ttm(x), quarters = 1)", 15.0);
    is(&history, "growth(ttm(x), years = 1)", 0.3);
    is(&history, "yoy(ttm(x))", 0.3);
    is(&history, "average(ttm(x), years = 2)", 11.5);
    is(
        &history,
        "average(ttm(x), quarters = 5)",
        (13.0 + 15.0 + 12.0 + 11.0 + 10.0) / 5.0,
    );
    assert_eq!(at(&history, "ttm(x)", "2020-01-31").0.to_bits(), 15.0_f64.to_bits());
    assert_eq!(at(&history, "ttm(x)", "2020-02-01"), (13.0, day("2020-02-01")));
    // Three quarters are no year, and a quarter missing in between makes no twelve months.
    is(
        &reported("Q 2019-03-31 2019-05-01 1\nQ 2019-06-30 2019-08-01 2\nQ 2019-09-30 2019-11-01 3"),
        "ttm(x)",
        f64::NAN,
    );
    let gap = QUARTERS.replace("    Q 2019-06-30 2019-08-01 3\n", "");
    is(&reported(&gap), "ttm(x)", 11.0); // the four up to March
}

#[test]
fn quarters_of_12_and_16_weeks_are_contiguous() {
    let history = reported(
        "
        Q 2018-12-16 2019-01-10 1
        Q 2019-03-10 2019-04-01 2
        Q 2019-06-02 2019-07-01 3
        Q 2019-09-29 2019-10-20 4
    ",
    );
    is(&history, "ttm(x)", 10.0); // 84, 84 and 119 days
}

#[test]
fn twelve_months_of_halves_and_stale_halves() {
    let halves = "
        H 2018-06-30 2018-08-15 4
        H 2018-12-31 2019-02-15 5
        H 2019-06-30 2019-08-15 6
    ";
    is(&reported(halves), "ttm(x)", 11.0);
    // Halves that stopped give way to a fiscal year that ended later.
    is(
        &reported(&format!("{halves}\nFY 2020-12-31 2021-02-15 30")),
        "ttm(x)",
        30.0,
    );
    // Of equal ends the fiscal year counts.
    is(
        &reported(&format!("{halves}\nFY 2019-06-30 2019-09-15 12")),
        "ttm(x)",
        12.0,
    );
}

#[test]
fn twelve_months_of_a_year_and_the_year_to_date() {
    let rows = "
        FY 2018-12-31 2019-02-15 100
        YTD 2018-01-01 2018-06-30 2018-08-15 40
        YTD 2019-01-01 2019-03-31 2019-05-15 30
        YTD 2019-01-01 2019-06-30 2019-08-15 55
    ";
    let history = reported(rows);
    is(&history, "ttm(x)", 115.0);
    assert_eq!(at(&history, "ttm(x)", "2020-01-01").1, day("2019-08-15"));
    // The three months have no counterpart a year earlier: until August the year stands.
    assert_eq!(at(&history, "ttm(x)", "2019-06-30").0.to_bits(), 100.0_f64.to_bits());
    // The year between is missing: another year's figures do not stand in for it.
    let later = rows.replace("2019-01-01 2019-06-30 2019-08-15", "2020-01-01 2020-06-30 2020-08-15");
    let later = later.replace("2018-01-01 2018-06-30 2018-08-15", "2019-01-01 2019-06-30 2019-08-15");
    is(&reported(&later), "ttm(x)", 100.0);
}

#[test]
fn twelve_months_of_a_year_and_the_quarters_since() {
    // Fourth quarters are never published as such.
    let history = reported(
        "
        FY 2017-12-31 2018-02-15 90
        Q 2018-03-31 2018-05-01 20
        Q 2018-06-30 2018-08-01 21
        Q 2018-09-30 2018-11-01 22
        FY 2018-12-31 2019-02-15 100
        Q 2019-03-31 2019-05-01 30
        Q 2019-06-30 2019-08-01 32
    ",
    );
    is(&history, "ttm(x)", 100.0 + 30.0 + 32.0 - 20.0 - 21.0);
    assert_eq!(at(&history, "ttm(x)", "2019-06-01").0.to_bits(), 110.0_f64.to_bits());
    // A year before, the quarters of 2017 are not known.
    is(&history, "lag(ttm(x), quarters = 2)", 100.0);
    is(&history, "lag(ttm(x), years = 1)", f64::NAN);
}

#[test]
fn restatements_and_withdrawals_count_from_the_day_they_are_known() {
    let history = reported(
        "
        FY 2018-12-31 2019-02-15 10
        FY 2018-12-31 2019-06-15 8
        FY 2019-12-31 2020-02-15 12
        FY 2019-12-31 2020-03-15 withdrawn
        FY 2019-12-31 2020-05-15 11
    ",
    );
    let growth = |cutoff: &str| at(&history, "growth(x, years = 1)", cutoff).0;
    assert!(growth("2020-02-14").is_nan());
    assert!((growth("2020-02-15") - 0.5).abs() < 1e-15);
    assert!(growth("2020-03-15").is_nan());
    assert!((growth("2020-05-15") - 0.375).abs() < 1e-15);
    let average = |cutoff: &str| at(&history, "average(x, years = 1)", cutoff);
    assert_eq!(average("2019-06-14"), (10.0, day("2019-02-15")));
    assert_eq!(average("2019-06-15"), (8.0, day("2019-06-15")));
    assert_eq!(average("2020-03-15"), (8.0, day("2019-06-15")));
}
