//! Each function by hand, on histories of one security.

use divisor_methodology::{Catalogue, Expr, Source, compile};
use divisor_model::{
    ActionsBuilder, Date, Day, FundamentalsBuilder, History, Period, PricePart, PriceSlice, Prices, SecurityIndex,
    day_of,
};

use super::{FundamentalCall, Line, Market, PriceCall};

/// A formula as the compiler reads it.
pub(super) fn formula(text: &str) -> Expr {
    let rulebook = format!(
        "[index]\nid = \"i\"\nname = \"I\"\nparent = \"world\"\nedition = \"1\"\nbase = {{ date = 2020-01-01, level = 1 }}\n\
         [review]\ncalendar = \"weekdays\"\nmonths = [\"May\"]\neffective = {{ session = \"last\" }}\n\
         cutoff = {{ sessions = -1 }}\nannouncement = {{ sessions = -1 }}\n\
         [variables]\nx = '''{text}'''\n[select.all]\n[weight.equal]\n"
    );
    let (methodology, found) = compile(&Source::new("test.toml", rulebook), None);
    let methodology = methodology.unwrap_or_else(|| panic!("{text}: {found:#?}"));
    methodology.variables[0].formula.clone()
}

fn day(text: &str) -> Day {
    day_of(text.parse::<Date>().expect("a date"))
}

/// `FY 2019-12-31 2020-02-15 5`: period, end, known on, value; `YTD` with its start before the end; `withdrawn` instead
/// of a value.
fn reported(rows: &str) -> History {
    let mut builder = FundamentalsBuilder::new(["x"]);
    for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let period = Period::from_code(words[0]).expect("a period");
        let (start, rest) = match words.as_slice() {
            [_, start, rest @ ..] if rest.len() == 3 => (day(start), rest),
            [_, rest @ ..] => (divisor_model::DAY_MISSING, rest),
            [] => unreachable!("blank rows are left out"),
        };
        let [end, known_on, value] = rest else { panic!("{row}") };
        builder.push(0, period, (start, day(end)), day(known_on), *value == "withdrawn");
        builder
            .values("x")
            .expect("the field")
            .push(value.parse().unwrap_or(f64::NAN));
    }
    History {
        fundamentals: Some(builder.finish(1)),
        ..History::default()
    }
}

fn at(history: &History, text: &str, cutoff: &str) -> (f64, Day) {
    let expr = formula(text);
    let catalogue = Catalogue::default();
    let call = FundamentalCall::new(&expr, &catalogue).expect("a history function");
    let found = call
        .value(history, 0, (day(cutoff), day(cutoff)), day(cutoff))
        .unwrap_or((f64::NAN, 0));
    // What its windows cover is enough to compute it.
    let covered = only(history, &call, day(cutoff));
    let again = call
        .value(&covered, 0, (day(cutoff), day(cutoff)), day(cutoff))
        .unwrap_or((f64::NAN, 0));
    assert_eq!((found.0.to_bits(), found.1), (again.0.to_bits(), again.1), "{text}");
    found
}

/// A history of nothing but the observations a call says it reads.
fn only(history: &History, call: &FundamentalCall<'_>, cutoff: Day) -> History {
    let table = history.fundamentals.as_ref().expect("a table");
    let mut builder = FundamentalsBuilder::new(["x"]);
    for window in call.windows() {
        for seen in table.series(0, &window.field, window.period, cutoff, window.count) {
            builder.push(
                0,
                window.period,
                (seen.period_start, seen.period_end),
                seen.known_on,
                false,
            );
            builder.values("x").expect("the field").push(seen.value);
        }
    }
    History {
        fundamentals: Some(builder.finish(1)),
        ..History::default()
    }
}

fn is(history: &History, text: &str, expected: f64) {
    let (found, _) = at(history, text, "2030-12-31");
    let same = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0) || (found.is_nan() && expected.is_nan());
    assert!(same, "{text} is {found}, not {expected}");
}

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

/// Rows of `security date close total volume`, sorted; `-` is missing.
fn priced(rows: &[(Day, f64, f64)], others: &[&[(Day, f64, f64)]]) -> History {
    let all: Vec<&[(Day, f64, f64)]> = std::iter::once(rows).chain(others.iter().copied()).collect();
    let mut part = PricePart::new([true, false, true]);
    let (mut order, securities) = (Vec::new(), all.len());
    for (security, own) in all.into_iter().enumerate() {
        let column = |pick: fn(&(Day, f64, f64)) -> f64| own.iter().map(pick).collect::<Vec<f64>>();
        let rows = PriceSlice {
            day: &own.iter().map(|row| row.0).collect::<Vec<Day>>(),
            close: &column(|row| row.1),
            close_total_return: &[],
            volume: &column(|row| row.2),
        };
        part.push(security as SecurityIndex, rows);
        order.extend((order.len()..part.blocks().len()).map(|block| (0, block as u32)));
    }
    History {
        prices: Some(Prices::new(vec![part], order, securities)),
        ..History::default()
    }
}

const LINE: Line = Line {
    security: 0,
    valuation_day: 18_000,
    fx: 2.0,
    float_cap: 1000.0,
};

fn price(history: &History, text: &str, cutoff: Day, market: Option<&Market>) -> f64 {
    let call = PriceCall::new(&formula(text)).expect("a price function");
    let first = call.first_day(cutoff, LINE.valuation_day);
    call.value(history, &LINE, cutoff, first, market)
        .map_or(f64::NAN, |(value, _)| value)
}

fn close_to(found: f64, expected: f64) {
    let same = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0) || (found.is_nan() && expected.is_nan());
    assert!(same, "{found}, not {expected}");
}

#[test]
fn the_deepest_fall_from_a_peak() {
    let closes = [100.0, 120.0, 90.0, 130.0, 117.0, 60.0, 70.0];
    let rows: Vec<(Day, f64, f64)> = closes
        .iter()
        .enumerate()
        .map(|(at, close)| (17_990 + at as Day, *close, 1.0))
        .collect();
    let history = priced(&rows, &[]);
    close_to(price(&history, "drawdown(days = 7)", 17_996, None), 60.0 / 130.0 - 1.0);
    close_to(price(&history, "drawdown(days = 7)", 17_994, None), f64::NAN);
    close_to(price(&history, "drawdown(days = 7, min = 5)", 17_994, None), -0.25);
    close_to(price(&history, "drawdown(days = 2)", 17_996, None), 0.0);
    close_to(price(&history, "drawdown(days = 7)", 18_007, None), f64::NAN); // too old
    // Months: the window begins with the close on or before its first day.
    let monthly: Vec<(Day, f64, f64)> = ["2020-01-31", "2020-02-28", "2020-03-31", "2020-04-30"]
        .iter()
        .zip([200.0, 100.0, 80.0, 90.0])
        .map(|(date, close)| (day(date), close, 1.0))
        .collect();
    let history = priced(&monthly, &[]);
    let april = day("2020-04-30");
    close_to(price(&history, "drawdown(months = 3)", april, None), -0.6);
    close_to(price(&history, "drawdown(months = 2)", april, None), -0.2);
    close_to(price(&history, "drawdown(months = 4)", april, None), f64::NAN);
    close_to(price(&history, "drawdown(months = 4, min = 3)", april, None), -0.6);
}

#[test]
fn value_traded_a_day() {
    let rows: Vec<(Day, f64, f64)> = [
        (10.0, 100.0),
        (10.0, f64::NAN),
        (20.0, 10.0),
        (30.0, 100.0),
        (10.0, 0.0),
    ]
    .iter()
    .enumerate()
    .map(|(at, (close, volume))| (17_990 + at as Day, *close, *volume))
    .collect();
    let history = priced(&rows, &[]);
    // 1000, 200, 3000 and 0, in a currency worth two.
    close_to(price(&history, "adv(days = 4)", 17_994, None), 2.0 * 4200.0 / 4.0);
    close_to(price(&history, "adv(days = 3)", 17_994, None), 2.0 * 3200.0 / 3.0);
    close_to(
        price(&history, "adv(days = 4, of = \"median\")", 17_994, None),
        2.0 * 600.0,
    );
    close_to(price(&history, "adv(days = 5)", 17_994, None), f64::NAN);
    close_to(
        price(&history, "adv(days = 5, min = 4)", 17_994, None),
        2.0 * 4200.0 / 4.0,
    );
    close_to(price(&history, "adv(days = 4)", 18_004, None), 2.0 * 1050.0);
    close_to(price(&history, "adv(days = 4)", 18_005, None), f64::NAN);
}

#[test]
fn value_traded_against_float_cap() {
    let rows: Vec<(Day, f64, f64)> = [
        ("2020-02-10", 10.0, 1.0),
        ("2020-02-28", 20.0, 1.0),
        ("2020-03-10", 10.0, 3.0),
        ("2020-03-11", 10.0, 0.0), // no trade: no day traded
        ("2020-03-12", 10.0, 5.0),
        ("2020-03-31", 10.0, 100.0),
        ("2020-04-30", 5.0, 0.0),
    ]
    .iter()
    .map(|(date, close, volume)| (day(date), *close, *volume))
    .collect();
    let history = priced(&rows, &[]);
    let line = Line {
        valuation_day: day("2020-03-31"),
        ..LINE
    };
    let ratio = |text: &str| {
        let call = PriceCall::new(&formula(text)).expect("a price function");
        let cutoff = day("2020-04-30");
        let first = call.first_day(cutoff, line.valuation_day);
        call.value(&history, &line, cutoff, first, None)
            .map_or(f64::NAN, |(value, _)| value)
    };
    // April: a row but no trade. March: median 50 × 3 days × fx 2 ÷ 1000. February: 15 × 2 × 2 ÷ (1000 × 20/10).
    close_to(ratio("atvr(months = 1)"), 0.0);
    close_to(ratio("atvr(months = 2)"), 12.0 * 0.3 / 2.0);
    close_to(ratio("atvr(months = 3)"), 12.0 * (0.3 + 0.03) / 3.0);
    close_to(ratio("atvr(months = 12)"), f64::NAN);
    close_to(ratio("atvr(months = 12, min = 3)"), 12.0 * (0.3 + 0.03) / 3.0);
}

/// The market of the given names with equal weights but for the first, which has three times theirs.
fn market_of(history: &History, names: u32, cutoff: Day) -> Market {
    let lines: Vec<Line> = (0..names)
        .map(|security| Line {
            security,
            float_cap: if security == 0 { 3.0 } else { 1.0 },
            ..LINE
        })
        .collect();
    Market::new(history.prices.as_ref().expect("prices"), lines.iter(), cutoff, 17_000)
}

#[test]
fn the_parent_moves_by_cap_and_waits_for_closed_exchanges() {
    let own = [
        (17_990, 100.0, 1.0),
        (17_991, 110.0, 1.0),
        (17_992, 99.0, 1.0),
        (17_993, 99.0, 1.0),
    ];
    // The other exchange is closed on the second and third day, then opens 20% higher.
    let other = [(17_990, 10.0, 1.0), (17_993, 12.0, 1.0)];
    let history = priced(&own, &[&other]);
    let market = market_of(&history, 2, 17_993);
    close_to(market.over(17_990, 17_991), 0.75 * 0.1);
    close_to(market.over(17_991, 17_992), 0.75 * -0.1);
    close_to(market.over(17_992, 17_993), 0.25 * 0.2);
    close_to(market.over(17_990, 17_993), 1.075 * 0.925 * 1.05 - 1.0);
    assert!(market.over(17_000, 17_993).is_nan());
    // The last day is not known the day before.
    close_to(market_of(&history, 2, 17_992).over(17_990, 17_993), 1.1 * 0.9 - 1.0);
}

#[test]
fn beta_is_the_slope_on_the_parent() {
    // The parent is the name itself: one. Together with a name that moves half as much: the worked slope below.
    let moves = [0.02, -0.01, 0.03, -0.02, 0.01, 0.0];
    let path = |scale: f64| {
        let mut close = 100.0;
        let mut rows = vec![(17_990, close, 1.0)];
        for (at, step) in moves.iter().enumerate() {
            close *= 1.0 + scale * step;
            rows.push((17_991 + at as Day, close, 1.0));
        }
        rows
    };
    let (own, half) = (path(1.0), path(0.5));
    let alone = priced(&own, &[]);
    let cutoff = 17_996;
    close_to(
        price(&alone, "beta(days = 6)", cutoff, Some(&market_of(&alone, 1, cutoff))),
        1.0,
    );
    let both = priced(&own, &[&half]);
    let market = market_of(&both, 2, cutoff);
    // The parent's return is 0.75 r + 0.25 · r/2 = 0.875 r.
    close_to(price(&both, "beta(days = 6)", cutoff, Some(&market)), 1.0 / 0.875);
    close_to(price(&both, "beta(days = 7)", cutoff, Some(&market)), f64::NAN);
    close_to(
        price(&both, "beta(days = 7, min = 6, to = \"parent\")", cutoff, Some(&market)),
        1.0 / 0.875,
    );
    close_to(price(&both, "beta(days = 6)", cutoff, None), f64::NAN);
}
