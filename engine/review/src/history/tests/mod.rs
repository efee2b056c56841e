//! Each function by hand, on histories of one security.

mod prices;
mod quarters;
mod years;

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
