//! Prices, volume and the market.

use super::*;

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
