//! Windows of fiscal years.

use super::*;

const YEARS: &str = "
    FY 2015-12-31 2016-02-15 10
    FY 2016-12-31 2017-02-15 12
    FY 2017-12-31 2018-02-15 9
    FY 2018-12-31 2019-02-15 -3
    FY 2019-12-31 2020-02-15 6
";

#[test]
fn windows_of_years() {
    let history = reported(YEARS);
    is(&history, "average(x, years = 5)", 34.0 / 5.0);
    is(&history, "average(x, years = 6)", f64::NAN);
    is(&history, "average(x, years = 6, min = 5)", 34.0 / 5.0);
    is(&history, "lag(x, years = 2)", 9.0);
    is(&history, "growth(x, years = 1)", 3.0); // (6 − −3) ÷ 3
    is(&history, "growth(x, years = 4)", -0.4);
    is(&history, "yoy(x, period = \"FY\")", 3.0);
    is(
        &history,
        "average(growth(x, years = 1), years = 2)",
        (3.0 - 4.0 / 3.0) / 2.0,
    );
    is(
        &history,
        "average(x / lag(x, years = 1), years = 2)",
        (-2.0 - 1.0 / 3.0) / 2.0,
    );
    // x̄ = 2, mean 6.8: −2·3.2 − 1·5.2 + 0 + 1·−9.8 + 2·−0.8 over 10.
    is(&history, "trend(x, years = 5)", -2.3);
    is(&history, "trend(x, years = 5, relative = \"average\")", -2.3 / 6.8);
    is(&history, "trend(x, years = 5, relative = \"magnitude\")", -2.3 / 8.0);
    is(&history, "trend(x, years = 9)", f64::NAN);
    is(&history, "trend(x, years = 9, min = 5)", -2.3);
    is(&history, "yoy(x)", f64::NAN); // no quarters
}

#[test]
fn a_gap_is_a_missing_slot_and_keeps_its_place_in_a_trend() {
    let history = reported(
        "
        FY 2015-12-31 2016-02-15 1
        FY 2016-12-31 2017-02-15 3
        FY 2019-12-31 2020-02-15 9
    ",
    );
    is(&history, "trend(x, years = 5, min = 3)", 2.0); // 2t + 1 at t = 0, 1, 4
    is(&history, "average(x, years = 4, min = 2)", 6.0);
    is(&history, "average(x, years = 5)", f64::NAN);
    is(&history, "growth(x, years = 1)", f64::NAN);
    is(&history, "growth(x, years = 3)", 2.0);
    is(&history, "streak(growth(x, years = 1) > 0)", 0.0);
}

#[test]
fn a_moved_fiscal_year_falls_into_one_slot_and_the_newer_counts() {
    let history = reported(
        "
        FY 2012-12-30 2013-03-01 4
        FY 2013-12-30 2014-03-01 3
        FY 2014-12-25 2015-03-01 9
        FY 2014-12-30 2015-03-01 2
        FY 2015-12-30 2016-03-01 1
    ",
    );
    is(&history, "average(x, years = 4)", 2.5);
}

#[test]
fn years_of_52_and_53_weeks_are_one_slot_each() {
    // The last Saturday of each December, eleven years: six days of drift and one jump back.
    let ends = [
        "2009-12-26",
        "2010-12-25",
        "2011-12-31",
        "2012-12-29",
        "2013-12-28",
        "2014-12-27",
        "2015-12-26",
        "2016-12-31",
        "2017-12-30",
        "2018-12-29",
        "2019-12-28",
    ];
    let rows: Vec<String> = ends
        .iter()
        .enumerate()
        .map(|(at, end)| format!("FY {end} 2020-03-01 {}", at + 1))
        .collect();
    let history = reported(&rows.join("\n"));
    is(&history, "average(x, years = 11)", 6.0);
    is(&history, "trend(x, years = 11)", 1.0);
    is(&history, "streak(growth(x, years = 1) > 0)", 10.0);
}

#[test]
fn streaks() {
    let history = reported(YEARS);
    is(&history, "streak(growth(x, years = 1) > 0)", 1.0);
    is(&history, "streak(x > 0)", 1.0);
    is(&history, "streak(x > 0 or x < 0, years = 3)", 3.0);
    is(&history, "streak(not x == 0)", 5.0);
    is(&history, "streak(x > 100)", 0.0);
    // The first year has no growth: nothing is known of it, which ends the count.
    is(&history, "streak(growth(x, years = 1) > -10)", 4.0);
    is(&reported(""), "streak(x > 0)", f64::NAN);
    is(
        &reported("FY 2019-12-31 2020-02-15 1"),
        "streak(growth(x, years = 1) > 0)",
        0.0,
    );
    let quarters = reported(
        "
        Q 2019-03-31 2019-05-01 1
        Q 2019-06-30 2019-08-01 3
        Q 2019-09-30 2019-11-01 3
        Q 2019-12-31 2020-02-01 4
    ",
    );
    is(&quarters, "streak(growth(x, quarters = 1) >= 0, quarters = 20)", 3.0);
    is(&quarters, "streak(growth(x, quarters = 1) > 0, quarters = 20)", 1.0);
}

#[test]
fn unchanged_dividends_stay_unchanged_through_a_split() {
    // 0.30 / 3 is not 0.10 in floating point: it would look like a rise.
    let mut history = reported(
        "
        FY 2018-12-31 2019-02-15 0.30
        FY 2019-12-31 2020-02-15 0.10
    ",
    );
    let mut actions = ActionsBuilder::default();
    actions.push_share_change(0, day("2019-07-01"), day("2019-06-01"), 3.0);
    history.actions = Some(actions.finish());
    let mut catalogue = Catalogue::default();
    let info = divisor_model::standard_field("eps").expect("a standard field");
    catalogue.fields.insert("x".to_owned(), info);
    let value = |text: &str, cutoff: &str| {
        let expr = formula(text);
        let call = FundamentalCall::new(&expr, &catalogue).expect("a history function");
        call.value(&history, 0, (day(cutoff), day(cutoff)), day(cutoff))
            .expect("a table")
            .0
    };
    assert!((0.30_f64 / 3.0).to_bits() != 0.10_f64.to_bits());
    assert_eq!(value("growth(x, years = 1)", "2020-03-01").to_bits(), 0.0_f64.to_bits());
    assert!(value("streak(growth(x, years = 1) > 0)", "2020-03-01") < 0.5);
    assert!((value("streak(growth(x, years = 1) >= 0)", "2020-03-01") - 1.0).abs() < 1e-15);
    // Before the split was known there is nothing to restate by.
    assert!((value("latest(x)", "2019-05-31") - 0.30).abs() < 1e-15);
}
