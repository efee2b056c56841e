//! The New York Stock Exchange, against its published sessions and holidays.

use chrono::Datelike;
use divisor_calendar::{Calendar, CalendarError};
use divisor_model::Date;

fn xnys() -> Calendar {
    Calendar::named("XNYS", None).expect("compiled in")
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

#[test]
fn sessions_per_year_as_published() {
    let counts = [
        253, 253, 254, 253, 252, 252, 254, 253, 252, 252, 252, 248, 252, 252, 252, 252, 251, 251, 253, 252, 252, 252,
        250, 252, 252, 252, 252, 251, 251, 252, 253, 252, 251, 250, 252, 250,
    ];
    let calendar = xnys();
    for (year, count) in (1990..=2025).zip(counts) {
        let from = Date::from_ymd_opt(year, 1, 1).expect("a date");
        let to = Date::from_ymd_opt(year, 12, 31).expect("a date");
        assert_eq!(calendar.sessions(from, to).expect("known").len(), count, "{year}");
    }
}

#[test]
fn every_single_closure_has_its_reason() {
    let known = [
        ("1994-04-27", "Nixon"),
        ("2001-09-11", "September 11"),
        ("2001-09-12", "September 11"),
        ("2001-09-13", "September 11"),
        ("2001-09-14", "September 11"),
        ("2004-06-11", "Reagan"),
        ("2007-01-02", "Ford"),
        ("2012-10-29", "Sandy"),
        ("2012-10-30", "Sandy"),
        ("2018-12-05", "Bush"),
        ("2025-01-09", "Carter"),
    ];
    let calendar = xnys();
    for (text, because) in known {
        let reason = calendar.why_closed(date(text)).expect("known").expect("closed");
        assert!(reason.contains(because), "{text}: {reason}");
    }
}

#[test]
fn good_fridays_as_published() {
    let calendar = xnys();
    for text in [
        "1990-04-13",
        "1997-03-28",
        "2000-04-21",
        "2008-03-21",
        "2011-04-22",
        "2016-03-25",
        "2019-04-19",
        "2021-04-02",
        "2022-04-15",
        "2023-04-07",
        "2024-03-29",
        "2025-04-18",
        "2026-04-03",
        "2027-03-26",
        "2028-04-14",
    ] {
        assert_eq!(calendar.why_closed(date(text)), Ok(Some("Good Friday")), "{text}");
    }
}

/// The exchange's own list, without weekends, for the years it has announced and two past ones with shifts.
#[test]
fn holidays_of_whole_years_as_published() {
    let calendar = xnys();
    let published = [
        (2011, "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26"),
        (2020, "01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25"),
        (2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24"),
        (2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26"),
        (2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25"),
        (2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24"),
        (2028, "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25"),
    ];
    for (year, expected) in published {
        let start = Date::from_ymd_opt(year, 1, 1).expect("a date");
        let closed: Vec<String> = start
            .iter_days()
            .take_while(|day| day.year() == year)
            .filter(|day| {
                calendar
                    .why_closed(*day)
                    .expect("known")
                    .is_some_and(|why| why != "weekend")
            })
            .map(|day| day.format("%m-%d").to_string())
            .collect();
        assert_eq!(closed.join(" "), expected, "{year}");
    }
}

#[test]
fn holidays_begin_when_they_began() {
    let calendar = xnys();
    let open = |text| calendar.is_session(date(text)).expect("known");
    assert!(
        open("1997-01-20") && !open("1998-01-19"),
        "Martin Luther King, Jr. Day from 1998"
    );
    assert!(
        open("2020-06-19") && open("2021-06-18") && !open("2022-06-20"),
        "Juneteenth from 2022"
    );
    // A New Year's Day on a Saturday leaves the Friday before open, and the Monday after.
    for (friday, monday) in [
        ("1993-12-31", "1994-01-03"),
        ("2010-12-31", "2011-01-03"),
        ("2021-12-31", "2022-01-03"),
        ("2027-12-31", "2028-01-03"),
    ] {
        assert!(open(friday) && open(monday), "{friday}");
    }
    assert!(!open("2017-01-02"), "a New Year's Day on a Sunday is kept on Monday");
}

#[test]
fn sessions_are_found_from_any_day() {
    let calendar = xnys();
    // 2012-10-27 and 28 are a weekend, 29 and 30 the hurricane.
    let sunday = date("2012-10-28");
    assert_eq!(calendar.why_closed(sunday), Ok(Some("weekend")));
    assert_eq!(calendar.why_closed(date("2012-10-31")), Ok(None));
    assert_eq!(calendar.previous_session_or_same(sunday), Ok(date("2012-10-26")));
    assert_eq!(calendar.next_session_or_same(sunday), Ok(date("2012-10-31")));
    assert_eq!(
        calendar.next_session_or_same(date("2012-10-31")),
        Ok(date("2012-10-31"))
    );
    assert_eq!(
        calendar.previous_session_or_same(date("2012-10-31")),
        Ok(date("2012-10-31"))
    );
    assert_eq!(calendar.offset(sunday, 1), Ok(date("2012-10-31")));
    assert_eq!(calendar.offset(sunday, -1), Ok(date("2012-10-26")));
    assert_eq!(calendar.offset(date("2012-10-31"), -1), Ok(date("2012-10-26")));
    assert_eq!(calendar.offset(date("2012-10-26"), 2), Ok(date("2012-11-01")));
    assert_eq!(calendar.offset(date("2012-10-26"), 0), Ok(date("2012-10-26")));
    let closed = calendar.offset(date("2012-10-29"), 0).expect_err("closed");
    assert_eq!(
        closed.to_string(),
        "2012-10-29 is not a session of XNYS: Hurricane Sandy"
    );
    let found = calendar
        .sessions(date("2012-10-26"), date("2012-10-31"))
        .expect("known");
    assert_eq!(found, [date("2012-10-26"), date("2012-10-31")]);
    assert!(
        calendar
            .sessions(date("2012-10-31"), date("2012-10-26"))
            .expect("known")
            .is_empty()
    );
    assert_eq!(calendar.offset(date("2026-11-30"), -9), Ok(date("2026-11-16")));
}

#[test]
fn months_have_their_ends() {
    let calendar = xnys();
    assert_eq!(calendar.first_session(2022, 1), Ok(date("2022-01-03")));
    assert_eq!(calendar.last_session(2027, 5), Ok(date("2027-05-28")));
    assert_eq!(calendar.last_session(2030, 12), Ok(date("2030-12-31")));
    assert!(matches!(
        calendar.first_session(2022, 13),
        Err(CalendarError::NoSessionInMonth { month: 13, .. })
    ));
    assert!(matches!(
        calendar.last_session(2031, 1),
        Err(CalendarError::OutOfRange { .. })
    ));
    assert!(matches!(
        calendar.last_session(i32::MIN, 1),
        Err(CalendarError::OutOfRange { .. })
    ));
}

#[test]
fn nothing_outside_the_known_years_is_guessed() {
    let calendar = xnys();
    assert_eq!(
        (calendar.first(), calendar.last()),
        (date("1990-01-01"), date("2030-12-31"))
    );
    let outside = |date| CalendarError::OutOfRange {
        calendar: "XNYS".into(),
        date,
        first: calendar.first(),
        last: calendar.last(),
    };
    let (before, after) = (date("1989-12-31"), date("2031-01-01"));
    assert_eq!(calendar.is_session(after), Err(outside(after)));
    assert_eq!(calendar.why_closed(before), Err(outside(before)));
    assert_eq!(calendar.sessions(before, after), Err(outside(before)));
    assert_eq!(calendar.sessions(calendar.first(), after), Err(outside(after)));
    assert_eq!(
        calendar.previous_session_or_same(date("1990-01-01")),
        Err(outside(before))
    );
    assert_eq!(calendar.offset(date("2030-12-31"), 1), Err(outside(after)));
    assert_eq!(calendar.offset(date("1990-01-02"), -1), Err(outside(before)));
    assert_eq!(calendar.offset(date("2000-01-03"), i32::MAX), Err(outside(after)));
    assert_eq!(calendar.offset(date("2000-01-03"), i32::MIN), Err(outside(before)));
    assert_eq!(
        outside(after).to_string(),
        "calendar XNYS is known from 1990-01-01 to 2030-12-31; 2031-01-01 is outside"
    );
}

#[test]
fn weekdays_have_no_holidays() {
    let calendar = Calendar::named("weekdays", None).expect("compiled in");
    assert_eq!(
        (calendar.first(), calendar.last()),
        (date("1900-01-01"), date("2100-12-31"))
    );
    assert_eq!(calendar.offset(date("2026-11-30"), -9), Ok(date("2026-11-17")));
    assert_eq!(calendar.offset(date("2026-12-01"), -9), Ok(date("2026-11-18")));
    assert_eq!(calendar.is_session(date("2026-12-25")), Ok(true));
    assert_eq!(calendar.why_closed(date("2026-12-26")), Ok(Some("weekend")));
}
