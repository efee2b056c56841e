//! Calendars from a user's text: what the format can say, and what it refuses.

use chrono::Datelike;
use divisor_calendar::{Calendar, CalendarError};
use divisor_model::Date;

/// London from its rules: substitutes for weekends, holidays moved in single years, an added one.
const XLON: &str = r#"
name       = "XLON"
first_year = 2010
last_year  = 2022
weekend    = ["Saturday", "Sunday"]
holiday    = [
    { name = "New Year's Day", fixed = { month = "January", day = 1 }, observed = { Saturday = "next", Sunday = "next" } },
    { name = "Good Friday", easter = -2 },
    { name = "Easter Monday", easter = 1 },
    { name = "Early May", weekday = { nth = 1, day = "Monday", month = "May" } },
    { name = "Spring", weekday = { nth = "last", day = "Monday", month = "May" } },
    { name = "Summer", weekday = { nth = "last", day = "Monday", month = "August" } },
    { name = "Christmas", fixed = { month = "December", day = 25 }, observed = { Saturday = "next", Sunday = "next" } },
    { name = "Boxing Day", fixed = { month = "December", day = 26 }, observed = { Saturday = "next", Sunday = "next" } },
]
closed = [
    { date = 2011-04-29, because = "royal wedding" },
    { date = 2012-06-04, because = "Spring, moved to the jubilee" },
    { date = 2012-06-05, because = "Diamond Jubilee" },
    { date = 2020-05-08, because = "Early May, moved to VE Day" },
    { date = 2022-06-02, because = "Spring, moved to the jubilee" },
    { date = 2022-06-03, because = "Platinum Jubilee" },
    { date = 2022-09-19, because = "funeral of Queen Elizabeth II" },
]
open = [
    { date = 2012-05-28, because = "Spring moved to the jubilee" },
    { date = 2020-05-04, because = "Early May moved to VE Day" },
    { date = 2022-05-30, because = "Spring moved to the jubilee" },
]
"#;

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn closed(calendar: &Calendar, year: i32) -> String {
    let start = Date::from_ymd_opt(year, 1, 1).expect("a date");
    let days = start.iter_days().take_while(|day| day.year() == year);
    let closed = days.filter(|day| {
        calendar
            .why_closed(*day)
            .expect("known")
            .is_some_and(|why| why != "weekend")
    });
    closed
        .map(|day| day.format("%m-%d").to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn another_exchange_fits_the_format() {
    let calendar = Calendar::named("XLON", Some(XLON)).expect("reads");
    // Published bank holidays of England and Wales.
    let published = [
        (2010, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27"),
        (2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"),
        (2016, "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27"),
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
    ];
    for (year, expected) in published {
        assert_eq!(closed(&calendar, year), expected, "{year}");
    }
    // Boxing Day keeps its Monday, Christmas takes the Tuesday.
    assert_eq!(calendar.why_closed(date("2022-12-26")), Ok(Some("Boxing Day")));
    assert_eq!(calendar.why_closed(date("2022-12-27")), Ok(Some("Christmas")));
}

#[test]
fn weekends_and_single_sessions_are_free() {
    let text = r#"
        name = "XSAU"
        first_year = 2024
        last_year = 2024
        weekend = ["Saturday", "Friday"]
        open = [{ date = 2024-03-02, because = "rehearsal" }]
    "#;
    let calendar = Calendar::named("XSAU", Some(text)).expect("reads");
    assert_eq!(calendar.is_session(date("2024-03-03")), Ok(true), "a Sunday");
    assert_eq!(calendar.is_session(date("2024-03-01")), Ok(false), "a Friday");
    assert_eq!(calendar.is_session(date("2024-03-02")), Ok(true), "the opened Saturday");
    assert_eq!(calendar.offset(date("2024-02-29"), 1), Ok(date("2024-03-02")));
    assert_eq!(
        calendar.definition(),
        "calendar XSAU\nfrom 2024-01-01\nto 2024-12-31\nweekend Fri\nweekend Sat\nopen 2024-03-02\n"
    );
}

#[test]
fn a_text_replaces_the_calendar_compiled_in() {
    let text = "name = \"weekdays\"\nfirst_year = 2026\nlast_year = 2026\nweekend = [\"Sunday\"]\n";
    let calendar = Calendar::named("weekdays", Some(text)).expect("reads");
    assert_eq!(calendar.is_session(date("2026-11-28")), Ok(true), "a Saturday");
    assert!(calendar.is_session(date("2025-11-28")).is_err());
}

#[test]
fn the_definition_is_that_of_the_sessions() {
    let rules = |holiday: &str| {
        let head = "name = \"X\"\nfirst_year = 2026\nlast_year = 2026\nweekend = [\"Saturday\", \"Sunday\"]\n";
        Calendar::named("X", Some(&format!("{head}{holiday}")))
            .expect("reads")
            .definition()
            .to_owned()
    };
    let fixed = rules("[[holiday]]\nname = \"A\"\nfixed = { month = \"May\", day = 1 }\n");
    assert!(fixed.contains("\nclosed 2026-05-01\n"));
    assert_eq!(
        fixed,
        rules("# as an exception\n[[closed]]\ndate = 2026-05-01\nbecause = \"B\"\n")
    );
    assert_ne!(fixed, rules("[[closed]]\ndate = 2026-05-04\nbecause = \"B\"\n"));
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    let error = Calendar::named("XNAS", None).expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "no calendar is named `XNAS`; there are: weekdays, XNYS, XLON, XETR, XTKS, XTSE, XPAR, XAMS, XBRU, XMAD, \
         XMIL, XSWX, XSTO, XHKG, XSHG, XBOM, XKRX, XSES, XASX"
    );
}

#[test]
fn wrong_texts_are_refused_with_a_reason() {
    let head = "name = \"X\"\nfirst_year = 2026\nlast_year = 2026\nweekend = [\"Saturday\", \"Sunday\"]\n";
    let cases = [
        ("[[holiday]]\nname = \"A\"\n", "exactly one of"),
        (
            "[[holiday]]\nname = \"A\"\neaster = 1\nfixed = { month = \"May\", day = 1 }\n",
            "exactly one of",
        ),
        (
            "[[holiday]]\nname = \"A\"\nfixed = { month = \"April\", day = 31 }\n",
            "no such day",
        ),
        (
            "[[holiday]]\nname = \"A\"\nweekday = { nth = 6, day = \"Monday\", month = \"May\" }\n",
            "from 1 to 5",
        ),
        (
            "[[holiday]]\nname = \"A\"\nweekday = { nth = \"x\", day = \"Monday\", month = \"May\" }\n",
            "from 1 to 5",
        ),
        (
            "[[holiday]]\nname = \"A\"\neaster = 1\nobserved = { Caturday = \"next\" }\n",
            "not a weekday",
        ),
        (
            "[[holiday]]\nname = \"A\"\neaster = 1\nobserved = { Sun = \"next\", Sunday = \"next\" }\n",
            "twice",
        ),
        (
            "[[holiday]]\nname = \"A\"\neaster = 1\nfirst_year = 2027\nlast_year = 2026\n",
            "after last_year",
        ),
        (
            "[[holiday]]\nname = \"A\"\neastre = 1\n",
            "line 7: unknown field `eastre`",
        ),
        (
            "[[closed]]\ndate = 2026-05-02\nbecause = \"a Saturday\"\n",
            "no session anyway",
        ),
        (
            "[[closed]]\ndate = 2027-05-03\nbecause = \"next year\"\n",
            "no session anyway",
        ),
        (
            "[[open]]\ndate = 2026-05-01\nbecause = \"a Friday\"\n",
            "a session anyway",
        ),
        (
            "[[closed]]\ndate = 2026-05-01T09:00:00\nbecause = \"a time\"\n",
            "plain date",
        ),
        (
            "[[closed]]\ndate = 2026-05-01\nbecause = \"\"\n[[closed]]\ndate = 2026-05-01\nbecause = \"\"\n",
            "twice",
        ),
    ];
    for (rest, expected) in cases {
        let error = Calendar::named("X", Some(&format!("{head}{rest}"))).expect_err(rest);
        assert!(matches!(error, CalendarError::BadDefinition { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = Calendar::named("Y", Some(head)).expect_err("another name");
    assert!(error.to_string().contains("its text is that of `X`"), "{error}");
    for (years, weekend) in [("2027", "\"Sunday\""), ("1000", "\"Sunday\"")] {
        let text = format!("name = \"X\"\nfirst_year = {years}\nlast_year = 2026\nweekend = [{weekend}]\n");
        assert!(Calendar::named("X", Some(&text)).is_err(), "{years}");
    }
}

#[test]
fn early_closes_specials_and_years_are_checked() {
    let head = "name = \"X\"\nfirst_year = 2020\nlast_year = 2021\nweekend = [\"Saturday\", \"Sunday\"]\n";
    let read = |text: &str| Calendar::named("X", Some(&format!("{head}{text}")));
    let day = "fixed = { month = \"December\", day = 24 }";
    for (text, message) in [
        (format!("[[early]]\nname = \"A\"\n{day}\n"), "`close` is the local time"),
        (
            format!("[[early]]\nname = \"A\"\nclose = \"1 pm\"\n{day}\n"),
            "`close` is the local time",
        ),
        (
            format!("[[holiday]]\nname = \"A\"\nclose = \"13:00\"\n{day}\n"),
            "`close` belongs to `[[early]]`",
        ),
        (
            "[[special]]\ndate = 2020-01-02\nbecause = \"A\"\n".into(),
            "which is a session",
        ),
        (
            "[[special]]\ndate = 2022-01-01\nbecause = \"A\"\n".into(),
            "not in its years",
        ),
        (
            "[[holiday]]\nname = \"A\"\ndates = [2020-01-02, 2020-01-02]\n".into(),
            "twice",
        ),
        (
            "[[holiday]]\nname = \"A\"\nfrom = { month = \"June\", day = 31, weekday = \"Friday\" }\n".into(),
            "no such day",
        ),
        ("announced_to = 2022-12-31\n".into(), "not in its years"),
        ("opened = 2019-12-31\n".into(), "not in its years"),
    ] {
        let error = read(&text).expect_err(&text).to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
    let text =
        format!("[[early]]\nname = \"eve\"\nclose = \"13:00\"\nobserved = {{ Saturday = \"previous\" }}\n{day}\n");
    let calendar = read(&text).expect("reads");
    assert_eq!(
        calendar
            .early_close(date("2020-12-24"))
            .map(|close| close.because.as_str()),
        Some("eve")
    );
    assert!(calendar.early_close(date("2021-12-24")).is_some());
    let listed = "[[holiday]]\nname = \"A\"\nfrom = { month = \"June\", day = 19, weekday = \"Friday\" }\n";
    assert_eq!(closed(&read(listed).expect("reads"), 2020), "06-19");
    assert_eq!(closed(&read(listed).expect("reads"), 2021), "06-25");
}
