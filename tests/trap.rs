//! A trap for look-ahead: a signal that tells each period's winner, but only from the day after the cut-off. A rulebook
//! that tilts to it or selects by it earns over the same rulebook without it exactly nothing; with the signal known one
//! day earlier it wins every period, so that the trap can spring.

use divisor_model::{Date, Day, date_of, day_of};

use crate::support::{Divisor, Folder, Review, TextData, numbers, texts};

/// Names and their market caps: weights in the parent are 1/2, 1/4, 1/8 and 1/8, exactly.
const NAMES: [(&str, u32); 4] = [("L", 8), ("K", 4), ("M", 2), ("N", 2)];

/// Cut-offs and effective dates of the reviews, and the day the last period ends.
const REVIEWS: [(&str, &str); 5] = [
    ("2016-04-29", "2016-05-31"),
    ("2017-04-28", "2017-05-31"),
    ("2018-04-30", "2018-05-31"),
    ("2019-04-30", "2019-05-31"),
    ("2020-04-30", "2020-05-29"),
];
const END: &str = "2021-04-30";

/// The winner after each cut-off is one of the small names.
fn winner(period: usize) -> &'static str {
    ["M", "N"][period % 2]
}

fn day(text: &str) -> Day {
    day_of(text.parse::<Date>().unwrap())
}

fn text(day: Day) -> String {
    date_of(day).unwrap().to_string()
}

/// When the signal of a period is known: on the day after the cut-off, or on the cut-off.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Late,
    InTime,
}

/// The close of a name on a day: a winner gains half on the day the signal comes, and half again ten days after the
/// cut-off; nothing else ever moves.
fn close(name: &str, on: Day, known: Known) -> f64 {
    let mut close = 64.0;
    for (period, (cutoff, _)) in REVIEWS.iter().enumerate() {
        if winner(period) == name {
            let comes = signal_day(cutoff, known);
            close *= if on >= comes { 1.5 } else { 1.0 };
            close *= if on >= day(cutoff) + 10 { 1.5 } else { 1.0 };
        }
    }
    close
}

fn signal_day(cutoff: &str, known: Known) -> Day {
    day(cutoff) + Day::from(known == Known::Late)
}

/// The signal in a reported field (withdrawn long before the next cut-off), in prices, and in the snapshot of its day.
fn data(known: Known) -> String {
    let mut snapshots = String::new();
    let mut fundamentals = "[fundamentals]\nsecurity_id period_end period known_on withdrawn signal\n".to_owned();
    let mut prices = "[prices]\nsecurity_id date close\n".to_owned();
    for (period, (cutoff, _)) in REVIEWS.iter().enumerate() {
        let hint = |name: &str, told: bool| if told && name == winner(period) { 2 } else { 1 };
        let comes = signal_day(cutoff, known);
        let mut snapshot = |on: Day| {
            snapshots += &format!(
                "[snapshots/date={}]\nsecurity_id price market_cap sector country hint\n",
                text(on)
            );
            for (name, cap) in NAMES {
                snapshots += &format!(
                    "{name} {} {cap} All US {}\n",
                    close(name, on, known),
                    hint(name, on >= comes)
                );
            }
        };
        snapshot(day(cutoff));
        snapshot(day(cutoff) + 1);
        let fiscal_end = format!("{}-12-31", cutoff[..4].parse::<i32>().unwrap() - 1);
        for (name, _) in NAMES {
            let signal = u8::from(name == winner(period));
            fundamentals += &format!("{name} {fiscal_end} FY {} false {signal}\n", text(comes));
            fundamentals += &format!("{name} {fiscal_end} FY {} true -\n", text(day(cutoff) + 30));
            for offset in [-35, -30, -5, 0, 1, 10, 60] {
                let on = day(cutoff) + offset;
                prices += &format!("{name} {} {}\n", text(on), close(name, on, known));
            }
        }
    }
    format!("{snapshots}{fundamentals}{prices}")
}

fn rulebook(id: &str, signal: &str, rest: &str) -> String {
    format!(
        "[index]\nid = \"{id}\"\nname = \"{id}\"\nparent = \"world\"\nedition = \"1\"\n\
         base = {{ date = 2016-05-01, level = 1000 }}\n\
         [review]\ncalendar = \"XNYS\"\nmonths = [\"May\"]\neffective = {{ session = \"last\" }}\n\
         cutoff = {{ session = \"last\", months = -1 }}\nannouncement = {{ sessions = -9 }}\n\
         [variables]\nsignal_used = '''{signal}'''\n{rest}"
    )
}

const TILT: &str = "[select.all]\n[weight.tilted]\nbase = \"parent\"\n\
                    [[weight.tilted.by]]\nvariable = \"signal_used\"\nmap = \"value\"\n";
const TOP: &str = "[select.top]\ncount = 2\nby = \"signal_used\"\n\
                   ties = [{ by = \"parent_weight\", prefer = \"high\" }]\n[weight.equal]\n";

/// The weights at each review.
fn weights(folder: &Folder, index: &str) -> Vec<Vec<(String, f64)>> {
    let reviews = REVIEWS.iter().map(|(_, effective)| {
        let table = Review::of(&folder.join("out"), index, effective).table("constituents");
        texts(&table, "security_id")
            .into_iter()
            .zip(numbers(&table, "weight"))
            .collect()
    });
    reviews.collect()
}

/// The return of an index over each period, from the close at one cut-off to that at the next.
fn returns(weights: &[Vec<(String, f64)>], known: Known) -> Vec<f64> {
    let ends = REVIEWS[1..].iter().map(|(cutoff, _)| *cutoff).chain([END]);
    let periods = weights.iter().zip(REVIEWS).zip(ends);
    periods
        .map(|((weights, (start, _)), end)| {
            let gain = |name: &str| close(name, day(end), known) / close(name, day(start), known) - 1.0;
            weights.iter().map(|(name, weight)| weight * gain(name)).sum()
        })
        .collect()
}

/// By how much a rulebook that uses a signal beats the same one that knows none, by period.
fn excess(signal: &str, rest: &str, known: Known) -> Vec<f64> {
    let folder = Folder::new();
    TextData::parse(&data(known)).write(&folder.join("data"));
    folder.write("rulebooks/trap.toml", &rulebook("trap", signal, rest));
    folder.write("rulebooks/plain.toml", &rulebook("plain", "1 + 0 * market_cap", rest));
    let run = Divisor::new(folder.path()).args("run rulebooks --data ./data --to 2020-06-30");
    run.succeed();
    let (trap, plain) = (weights(&folder, "trap"), weights(&folder, "plain"));
    if known == Known::Late {
        assert_eq!(
            trap, plain,
            "{signal}: members and weights are those of the parent, to the last bit"
        );
    }
    let (trap, plain) = (returns(&trap, known), returns(&plain, known));
    trap.iter().zip(plain).map(|(own, other)| own - other).collect()
}

#[test]
fn a_signal_known_a_day_late_earns_exactly_nothing() {
    for signal in [
        "coalesce(1 + latest(signal), 1)",
        "coalesce(1 + average(signal, years = 1), 1)",
        "coalesce(1 + ttm(signal), 1)",
        "coalesce(1 + streak(signal > 0), 1)",
        "coalesce(1 + returns(months = 1), 1)",
        "1 - drawdown(months = 1) + returns(months = 1)",
        "hint",
    ] {
        for rest in [TILT, TOP] {
            let late = excess(signal, rest, Known::Late);
            assert!(
                late.iter().all(|excess| excess.to_bits() == 0.0_f64.to_bits()),
                "{signal}: {late:?}"
            );
            let in_time = excess(signal, rest, Known::InTime);
            let wins = in_time.iter().filter(|excess| **excess > 0.01).count();
            assert_eq!(wins, REVIEWS.len(), "{signal}: {in_time:?}");
        }
    }
}
