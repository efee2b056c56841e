//! Every exchange compiled in, against facts gathered elsewhere.
//!
//! `facts.txt` has, for each exchange and year, how many sessions there were and a checksum of them (FNV-1a, 64 bits, of the
//! dates as text, each followed by a line feed). It was made once from the sessions that the Python package
//! `exchange_calendars` 4.13.2 gives, for the years it gives them, 1990–2030 at most, with these days put right:
//!
//! - `XHKG`: 2023-09-01 (typhoon Saola) and 2023-09-08 (black rainstorm) had no trading; before 1999 the Birthday of the
//!   Buddha (1990-05-02 … 1998-05-04) was no holiday.
//! - `XTKS`: 1998-05-06 was a session: until 2006 a substitute holiday could only be the next day.
//! - `XKRX`: election days, Constitution Day (from 2026) and the substitute of Labour Day are holidays by law from 2026-06-03.
//! - `XBOM`: ten evenings of Muhurat trading before 2014 (2000-10-26 … 2012-11-13) are special, not sessions.

use std::collections::BTreeMap;

use divisor_calendar::{Calendar, ExceptionKind};
use divisor_model::Date;

const FACTS: &str = include_str!("facts.txt");

fn named(name: &str) -> Calendar {
    Calendar::named(name, None).expect("compiled in")
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn checksum(sessions: &[Date]) -> u64 {
    let text: Vec<String> = sessions.iter().map(Date::to_string).collect();
    let text = text.join("\n") + "\n";
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn every_session_of_every_exchange_and_year() {
    let mut calendars: BTreeMap<&str, Calendar> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in FACTS.lines() {
        let [mic, year, count, expected] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let calendar = calendars.entry(mic).or_insert_with(|| named(mic));
        let year = |day: &str| date(&format!("{year}-{day}"));
        let sessions = calendar.sessions(year("01-01"), year("12-31")).expect("known");
        if sessions.len().to_string() != count || format!("{:016x}", checksum(sessions)) != expected {
            wrong.push(format!("{line}: {} sessions", sessions.len()));
        }
    }
    assert_eq!(calendars.len(), Calendar::known().len() - 1, "all but weekdays");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn years_known() {
    for name in Calendar::known().iter().filter(|name| **name != "weekdays") {
        let calendar = named(name);
        let first = if *name == "XBOM" { "1997-01-01" } else { "1990-01-01" };
        assert_eq!(
            (calendar.first(), calendar.last()),
            (date(first), date("2030-12-31")),
            "{name}"
        );
        assert!(calendar.announced_to().is_some(), "{name}");
    }
    let shanghai = named("XSHG");
    assert_eq!(
        shanghai.next_session_or_same(date("1990-01-01")),
        Ok(date("1990-12-19"))
    );
    assert_eq!(
        shanghai.why_closed(date("1990-12-18")),
        Ok(Some("before the exchange opened"))
    );
}

/// What the exchanges published, one year each that has something of its own.
#[test]
fn closed_days_as_published() {
    for (name, year, expected) in [
        (
            "XLON",
            2022,
            "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
        ),
        ("XETR", 2024, "01-01 03-29 04-01 05-01 12-24 12-25 12-26 12-31"),
        (
            "XTSE",
            2024,
            "01-01 02-19 03-29 05-20 07-01 08-05 09-02 10-14 12-25 12-26",
        ),
        (
            "XSTO",
            2025,
            "01-01 01-06 04-18 04-21 05-01 05-29 06-06 06-20 12-24 12-25 12-26 12-31",
        ),
        (
            "XSWX",
            2025,
            "01-01 01-02 04-18 04-21 05-01 05-29 06-09 08-01 12-24 12-25 12-26 12-31",
        ),
        ("XASX", 2025, "01-01 01-27 04-18 04-21 04-25 06-09 12-25 12-26"),
        // By law, before any other list of this exchange begins: the enthronement of 1990 among them.
        (
            "XTKS",
            1990,
            "01-01 01-02 01-03 01-15 02-12 03-21 04-30 05-03 05-04 09-24 10-10 11-12 11-23 12-24 12-31",
        ),
        // Substitutes pile up: Sunday May 3 is kept on Wednesday 6.
        (
            "XTKS",
            2026,
            "01-01 01-02 01-12 02-11 02-23 03-20 04-29 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 10-12 11-03 11-23 \
             12-31",
        ),
    ] {
        let (from, to) = (date(&format!("{year}-01-01")), date(&format!("{year}-12-31")));
        let found = named(name).exceptions(from, to).expect("known");
        let closed = found.iter().filter(|one| one.kind == ExceptionKind::Closed);
        let closed: Vec<String> = closed.map(|one| one.date.format("%m-%d").to_string()).collect();
        assert_eq!(closed.join(" "), expected, "{name} {year}");
    }
}

#[test]
fn early_closes_count_as_sessions() {
    for (name, day, time) in [
        ("XNYS", "2026-11-27", "13:00"),
        ("XNYS", "1992-11-27", "14:00"),
        ("XLON", "2024-12-24", "12:30"),
        // December 24 and 31 of 2022 were Saturdays.
        ("XLON", "2022-12-23", "12:30"),
        ("XETR", "2023-12-29", "14:00"),
        ("XPAR", "2025-12-31", "14:05"),
        ("XHKG", "2026-02-16", "12:00"),
        ("XSTO", "2025-04-17", "13:00"),
    ] {
        let calendar = named(name);
        let close = calendar.early_close(date(day)).map(|close| close.time.as_str());
        assert_eq!(close, Some(time), "{name} {day}");
        assert_eq!(calendar.is_session(date(day)), Ok(true), "{name} {day}");
    }
    let xnys = named("XNYS");
    assert_eq!(xnys.early_close(date("2026-11-26")), None, "Thanksgiving Day is closed");
    // July 3 is no early close where it is the holiday itself.
    assert_eq!(xnys.early_close(date("2026-07-03")), None);
}

#[test]
fn special_trading_is_listed_and_counts_nowhere() {
    let bombay = named("XBOM");
    for (day, why) in [
        ("2024-01-20", "Saturday"),
        ("2023-11-12", "Muhurat"),
        ("2024-11-01", "Muhurat"),
    ] {
        let day = date(day);
        let found = bombay.exceptions(day, day).expect("known");
        let special = found
            .iter()
            .find(|one| one.kind == ExceptionKind::Special)
            .expect("special");
        assert!(special.because.contains(why), "{day}: {}", special.because);
        assert_eq!(bombay.is_session(day), Ok(false), "{day}");
        assert_eq!(bombay.sessions(day, day).expect("known"), [] as [Date; 0]);
    }
    // The session before Monday January 22, a holiday too, is Friday 19; the one after Friday 19 is Tuesday 23.
    assert_eq!(bombay.offset(date("2024-01-22"), -1), Ok(date("2024-01-19")));
    assert_eq!(bombay.offset(date("2024-01-19"), 1), Ok(date("2024-01-23")));
}

#[test]
fn what_is_not_published_yet_is_provisional() {
    let xnys = named("XNYS");
    assert!(!xnys.is_provisional(date("2028-12-29")) && xnys.is_provisional(date("2029-01-02")));
    let found = named("XSHG")
        .exceptions(date("2026-09-01"), date("2027-03-31"))
        .expect("known");
    assert!(
        found
            .iter()
            .all(|one| one.provisional == (one.date > date("2026-12-31")))
    );
    assert!(found.iter().any(|one| one.provisional), "{found:?}");
    assert!(
        !named("weekdays").is_provisional(date("2099-12-31")),
        "nobody has to publish weekdays"
    );
}

#[test]
fn sessions_of_several_exchanges_are_those_of_all() {
    let both = Calendar::common(&[named("XNYS"), named("XLON")])
        .expect("years in common")
        .expect("some");
    assert_eq!(both.name(), "XNYS+XLON");
    assert_eq!(both.announced_to(), Some(date("2026-12-31")), "the earlier one");
    for (day, why) in [
        ("2026-11-26", Some("XNYS: Thanksgiving Day")),
        ("2026-08-31", Some("XLON: Summer bank holiday")),
        ("2026-12-25", Some("XNYS: Christmas Day, XLON: Christmas Day")),
        ("2026-11-28", Some("weekend")),
        ("2026-11-30", None),
    ] {
        assert_eq!(both.why_closed(date(day)), Ok(why), "{day}");
    }
    // The last day of August 2026 is a holiday in London, May 25 in both.
    assert_eq!(both.last_session(2026, 8), Ok(date("2026-08-28")));
    assert_eq!(both.offset(date("2026-05-26"), -1), Ok(date("2026-05-22")));
    assert_eq!(
        both.early_close(date("2026-12-24")).map(|close| close.time.as_str()),
        Some("13:00")
    );
    let one = Calendar::common(&[named("XLON")]).expect("reads");
    assert_eq!(one, Some(named("XLON")));
    assert_eq!(Calendar::common(&[]), Ok(None));
    assert_ne!(both.definition(), named("XNYS").definition());
}
