//! What a schedule refuses to answer.

use divisor_calendar::{Anchor, CalendarError, CountedFrom, DateRule, FirstOrLast, Nth, ReviewDates, Roll, Schedule};

use crate::{LAST, calendar, date, friday, semi_annual};

#[test]
fn dates_out_of_order_are_named() {
    let schedule = Schedule {
        cutoff: DateRule::at(LAST),
        ..semi_annual()
    };
    let error = schedule
        .reviews(&calendar("XNYS"), date("2026-11-01"), date("2026-11-30"))
        .expect_err("late cut-off");
    assert_eq!(
        error.to_string(),
        "review 2026-11: cut-off 2026-11-30, announcement 2026-11-16 and effective date 2026-11-30 are not in this order"
    );
    let late = Schedule {
        announcement: DateRule::at(Anchor::Effective).sessions(1),
        ..semi_annual()
    };
    assert!(matches!(
        late.reviews(&calendar("XNYS"), date("2026-11-01"), date("2026-11-30")),
        Err(CalendarError::Disordered { .. })
    ));
}

#[test]
fn schedules_that_make_no_sense_are_errors() {
    let ask = |schedule: Schedule| schedule.reviews(&calendar("XNYS"), date("2026-01-01"), date("2026-12-31"));
    let circular = Schedule {
        effective: DateRule::at(Anchor::Effective),
        ..semi_annual()
    };
    let monthless = Schedule {
        months: vec![],
        ..semi_annual()
    };
    let undecimber = Schedule {
        months: vec![13],
        ..semi_annual()
    };
    let shifted = Schedule {
        announcement: DateRule::at(Anchor::Effective).months(-1),
        ..semi_annual()
    };
    for schedule in [circular, monthless, undecimber, shifted] {
        assert!(matches!(ask(schedule), Err(CalendarError::BadSchedule { .. })));
    }
    // May 2026 has five Fridays, November four.
    let fifth = Schedule {
        effective: DateRule::at(friday(Nth::Fifth, Roll::Previous)),
        ..semi_annual()
    };
    let error = ask(fifth).expect_err("no fifth Friday");
    assert_eq!(error.to_string(), "2026-11 has no fifth Friday");
}

#[test]
fn nothing_beyond_the_calendar_is_guessed() {
    let xnys = calendar("XNYS");
    let monthly = |effective| Schedule {
        months: (1..=12).collect(),
        effective,
        cutoff: DateRule::at(Anchor::Effective),
        announcement: DateRule::at(Anchor::Effective),
        ..semi_annual()
    };
    let ask = |schedule: &Schedule, from: &str, to: &str| schedule.reviews(&xnys, date(from), date(to));
    let outside =
        |result: Result<Vec<ReviewDates>, CalendarError>| matches!(result, Err(CalendarError::OutOfRange { .. }));
    let last = monthly(DateRule::at(LAST));
    assert!(outside(ask(&last, "2030-01-01", "2031-01-01")));
    assert!(outside(ask(&last, "1989-12-31", "1990-12-31")));
    assert_eq!(ask(&last, "1990-01-01", "2030-12-31").expect("known").len(), 41 * 12);
    // A data cut-off in 1989 is unknown, the same review counted from 1990 on is not.
    let lagged = Schedule {
        cutoff: DateRule::at(LAST).months(-1),
        ..last
    };
    assert!(outside(ask(&lagged, "1990-01-01", "1990-12-31")));
    assert_eq!(ask(&lagged, "1990-02-01", "1990-12-31").expect("known").len(), 11);
    // Two sessions after the last of December 2030 is certainly not in 2030; a January 2031 review two sessions before
    // its first might be.
    let after = monthly(DateRule::at(LAST).sessions(2));
    assert_eq!(ask(&after, "2030-06-01", "2030-12-31").expect("known").len(), 7);
    let before = monthly(DateRule::at(Anchor::Session(FirstOrLast::First)).sessions(-2));
    assert!(outside(ask(&before, "2030-06-01", "2030-12-31")));
    assert_eq!(ask(&before, "2030-06-01", "2030-11-30").expect("known").len(), 6);
    // The next open after the last known session is unknown, nine sessions before that open are not.
    let open = Schedule {
        announcement: DateRule::at(Anchor::Effective)
            .sessions(-9)
            .counted_from(CountedFrom::NextOpen),
        ..semi_annual()
    };
    let december = Schedule {
        months: vec![12],
        ..open
    };
    let found = ask(&december, "2030-12-31", "2030-12-31").expect("known");
    // Eight sessions before December 31: 30 27 26 24 23 20 19 18.
    assert_eq!(found[0].announcement, date("2030-12-18"));
    for sessions in [i32::MIN, i32::MAX] {
        let absurd = monthly(DateRule::at(LAST).sessions(sessions));
        assert!(outside(ask(&absurd, "2026-01-01", "2026-12-31")));
    }
}
