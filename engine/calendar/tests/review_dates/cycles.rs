//! Reviews that only reset weights, cut-offs of their own, and calendars of single dates.

use divisor_calendar::{
    Anchor, Calendar, CalendarError, Cutoffs, Cycle, DateRule, Override, ReviewKind, Roll, Schedule,
};

use crate::{LAST, THIRD_FRIDAY, calendar, date, friday, quarterly, reviews, semi_annual};

/// Members in May and November, weights in February and August, by the same rules.
fn with_reweights() -> Schedule {
    let yearly = semi_annual();
    let reweight = Cycle {
        months: vec![2, 8],
        effective: yearly.effective.clone(),
        cutoff: yearly.cutoff.clone(),
        cutoffs: Cutoffs::default(),
        announcement: yearly.announcement.clone(),
    };
    Schedule {
        reweights: vec![reweight],
        ..yearly
    }
}

#[test]
fn reweights_stand_among_the_reviews_in_date_order() {
    let found = reviews(&with_reweights(), &calendar("XNYS"), "2026-01-01", "2026-12-31");
    let told: Vec<String> = found
        .iter()
        .map(|one| format!("{} {}", one.effective, one.kind.word()))
        .collect();
    assert_eq!(
        told,
        [
            "2026-02-27 reweight",
            "2026-05-29 reconstitution",
            "2026-08-31 reweight",
            "2026-11-30 reconstitution"
        ]
    );
    assert_eq!(found[0].cutoff, date("2026-01-30"));
}

#[test]
fn an_override_finds_its_review_among_reweights_too() {
    let moved = Override {
        instead_of: date("2025-08-29"),
        effective: Some(date("2025-08-26")),
        cutoff: None,
        cutoffs: Cutoffs::default(),
        announcement: Some(date("2025-08-07")),
        because: "announced so".into(),
    };
    let schedule = Schedule {
        overrides: vec![moved],
        ..with_reweights()
    };
    let found = reviews(&schedule, &calendar("XNYS"), "2025-08-01", "2025-08-31");
    assert_eq!(
        (found[0].kind, found[0].effective),
        (ReviewKind::Reweight, date("2025-08-26"))
    );
    assert_eq!(found[0].announcement, date("2025-08-07"));
    let same_month = Schedule {
        months: vec![2, 5, 8, 11],
        ..with_reweights()
    };
    let coinciding = same_month.reviews(&calendar("XNYS"), date("2026-01-01"), date("2026-12-31"));
    assert!(matches!(coinciding, Err(CalendarError::Coinciding { .. })));
}

/// MSCI: nominally the last business day, the actual dates announced (2024-11-06, 2025-02-11 and 2025-11-05).
#[test]
fn announced_dates_of_2024_and_2025() {
    let given = |instead_of: &str, effective: Option<&str>, announcement: &str| Override {
        instead_of: date(instead_of),
        effective: effective.map(date),
        cutoff: None,
        cutoffs: Cutoffs::default(),
        announcement: Some(date(announcement)),
        because: "announced so".into(),
    };
    let schedule = Schedule {
        overrides: vec![
            given("2024-11-29", Some("2024-11-25"), "2024-11-06"),
            given("2025-02-28", None, "2025-02-11"),
            given("2025-11-28", Some("2025-11-24"), "2025-11-05"),
        ],
        ..quarterly(DateRule::at(LAST), [2, 5, 8, 11])
    };
    for name in ["XNYS", "weekdays"] {
        let found = reviews(&schedule, &calendar(name), "2024-11-01", "2025-11-30");
        let told: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one.announcement, one.effective))
            .collect();
        assert_eq!(told[0], "2024-11-06 2024-11-25", "{name}");
        assert_eq!(told[1], "2025-02-11 2025-02-28", "{name}");
        assert_eq!(told[4], "2025-11-05 2025-11-24", "{name}");
        assert_eq!(found[1].moved, ["announcement: 2025-02-11: announced so"]);
        assert!(found[2].moved.is_empty(), "May 2025 is where the rule puts it");
    }
}

/// Prices of the Wednesday before the first Friday, shares of the month before, publications of the quarter before.
#[test]
fn each_kind_of_data_has_its_day() {
    let schedule = Schedule {
        cutoffs: Cutoffs {
            prices: Some(DateRule::at(friday(divisor_calendar::Nth::First, Roll::Previous)).sessions(-2)),
            shares: None,
            fundamentals: Some(DateRule::at(LAST).months(-3)),
            risk: Some(DateRule::at(Anchor::Effective).sessions(-7)),
        },
        announcement: DateRule::at(Anchor::Effective).sessions(-5),
        ..quarterly(DateRule::at(THIRD_FRIDAY), [3, 6, 9, 12])
    };
    let found = reviews(&schedule, &calendar("XNYS"), "2026-06-01", "2026-06-30");
    let review = &found[0];
    assert_eq!(review.cutoff, date("2026-05-29"));
    assert_eq!(review.cutoffs.prices, date("2026-06-03"));
    assert_eq!(review.cutoffs.shares, date("2026-05-29"), "the general one");
    assert_eq!(review.cutoffs.fundamentals, date("2026-03-31"));
    // Seven sessions before Thursday June 18: 17 16 15 12 11 10 9.
    assert_eq!(review.cutoffs.risk, date("2026-06-09"));
    assert_eq!(
        (review.last_cutoff(), review.snapshot_cutoff()),
        (date("2026-06-09"), date("2026-05-29"))
    );
    // A cut-off after the announcement is as wrong as any.
    let late = Schedule {
        cutoffs: Cutoffs {
            prices: Some(DateRule::at(Anchor::Effective)),
            ..Cutoffs::default()
        },
        ..semi_annual()
    };
    let error = late.reviews(&calendar("XNYS"), date("2026-11-01"), date("2026-11-30"));
    assert!(matches!(error, Err(CalendarError::Disordered { .. })));
}

#[test]
fn a_date_may_count_in_another_calendar() {
    let on = |name: &str, sessions: i32| Schedule {
        announcement: DateRule::at(Anchor::Effective).sessions(sessions).on(name),
        ..semi_annual()
    };
    let calendars = calendar("XNYS").with(Calendar::named("weekdays", None).expect("compiled in"));
    let announced = |schedule: &Schedule| reviews(schedule, &calendars, "2026-11-01", "2026-11-30")[0].announcement;
    assert_eq!(
        announced(&on("weekdays", -9)),
        date("2026-11-17"),
        "Thanksgiving Day counts"
    );
    assert_eq!(announced(&semi_annual()), date("2026-11-16"));
    // London is closed on August 31, 2026: the session before it is Friday 28, that day's own too.
    let august = |sessions: i32| Schedule {
        months: vec![8],
        ..on("XLON", sessions)
    };
    let calendars = calendar("XNYS").with(Calendar::named("XLON", None).expect("compiled in"));
    let announced = |sessions: i32| {
        let found = reviews(&august(sessions), &calendars, "2026-08-01", "2026-08-31");
        (found[0].effective, found[0].announcement)
    };
    assert_eq!(announced(-1), (date("2026-08-31"), date("2026-08-28")));
    assert_eq!(announced(0), (date("2026-08-31"), date("2026-08-28")));
    let unknown = on("XXXX", -9).reviews(&calendars, date("2026-11-01"), date("2026-11-30"));
    assert!(matches!(unknown, Err(CalendarError::UnknownCalendar { .. })));
    let effective = Schedule {
        effective: DateRule::at(LAST).on("XLON"),
        ..semi_annual()
    };
    let wrong = effective.reviews(&calendars, date("2026-11-01"), date("2026-11-30"));
    assert!(matches!(wrong, Err(CalendarError::BadSchedule { .. })));
}

#[test]
fn reviews_beyond_the_published_calendar_say_so() {
    let found = reviews(&semi_annual(), &calendar("XNYS"), "2028-11-01", "2029-05-31");
    let told: Vec<bool> = found.iter().map(|one| one.provisional).collect();
    assert_eq!(told, [false, true]);
}
