//! Dates that were announced otherwise than the rules say.

use divisor_calendar::{Anchor, CalendarError, Cutoffs, DateRule, Override, ReviewDates, ReviewKind, Schedule};

use crate::{THIRD_FRIDAY, calendar, date, effective, quarterly, reviews, semi_annual};

fn override_of(instead_of: &str) -> Override {
    Override {
        instead_of: date(instead_of),
        effective: None,
        cutoff: None,
        cutoffs: Cutoffs::default(),
        announcement: None,
        because: "announced so".into(),
    }
}

/// MSCI announced its November review of 2024 for the close of November 25, on November 6.
#[test]
fn overrides_move_a_review() {
    let xnys = calendar("XNYS");
    let moved = Override {
        effective: Some(date("2024-11-25")),
        ..override_of("2024-11-29")
    };
    let schedule = Schedule {
        overrides: vec![moved.clone()],
        ..semi_annual()
    };
    let found = reviews(&schedule, &xnys, "2024-11-01", "2024-11-30");
    // Nine sessions before November 25: 22 21 20 19 18 15 14 13 12.
    let expected = ReviewDates {
        kind: ReviewKind::Reconstitution,
        effective: date("2024-11-25"),
        cutoff: date("2024-10-31"),
        cutoffs: Cutoffs {
            prices: date("2024-10-31"),
            shares: date("2024-10-31"),
            fundamentals: date("2024-10-31"),
            risk: date("2024-10-31"),
        },
        announcement: date("2024-11-12"),
        year: 2024,
        month: 11,
        moved: vec!["effective: 2024-11-25 instead of 2024-11-29: announced so".into()],
        provisional: false,
    };
    assert_eq!(found, [expected]);
    let given = Override {
        announcement: Some(date("2024-11-06")),
        ..moved
    };
    let schedule = Schedule {
        overrides: vec![given],
        ..semi_annual()
    };
    let found = reviews(&schedule, &xnys, "2024-11-25", "2024-11-25");
    assert_eq!(found[0].announcement, date("2024-11-06"));
    assert_eq!(found[0].moved[1], "announcement: 2024-11-06: announced so");
    // Where it went it counts, where it was it does not.
    assert_eq!(effective(&schedule, &xnys, "2024-11-26", "2024-12-31"), "");
}

#[test]
fn an_override_may_leave_its_month_or_only_set_the_cutoff() {
    let xnys = calendar("XNYS");
    let far = Override {
        effective: Some(date("2025-01-10")),
        ..override_of("2024-11-29")
    };
    let schedule = Schedule {
        overrides: vec![far],
        ..semi_annual()
    };
    let found = reviews(&schedule, &xnys, "2025-01-01", "2025-01-31");
    assert_eq!(
        (found[0].effective, found[0].year, found[0].month),
        (date("2025-01-10"), 2024, 11)
    );
    // Nine sessions back over January 9 (Carter), New Year and the weekends: 8 7 6 3 2, 31 30 27 26.
    assert_eq!(found[0].announcement, date("2024-12-26"));
    let rolled = Override {
        cutoff: Some(date("2026-05-28")),
        ..override_of("2026-06-18")
    };
    let quarters = quarterly(DateRule::at(THIRD_FRIDAY), [3, 6, 9, 12]);
    let schedule = Schedule {
        overrides: vec![rolled],
        ..quarters
    };
    let found = reviews(&schedule, &xnys, "2026-06-01", "2026-06-30");
    assert_eq!(
        (found[0].cutoff, found[0].effective),
        (date("2026-05-28"), date("2026-06-18"))
    );
    assert_eq!(
        found[0].moved.len(),
        2,
        "rolled for Juneteenth, and the cut-off set: {:?}",
        found[0].moved
    );
}

#[test]
fn overrides_that_fit_nothing_are_errors() {
    let xnys = calendar("XNYS");
    let with = |overrides| Schedule {
        overrides,
        ..semi_annual()
    };
    let ask = |schedule: &Schedule| schedule.reviews(&xnys, date("2010-01-01"), date("2010-12-31"));
    let moved = |instead_of: &str, to: &str| Override {
        effective: Some(date(to)),
        ..override_of(instead_of)
    };

    let wrong_day = ask(&with(vec![moved("2024-11-28", "2024-11-25")])).expect_err("unmatched");
    assert_eq!(
        wrong_day,
        CalendarError::UnmatchedOverride {
            instead_of: date("2024-11-28"),
            given: vec![date("2024-11-29")]
        }
    );
    assert_eq!(
        wrong_day.to_string(),
        "an override replaces 2024-11-28, but the rule gives 2024-11-29"
    );
    let wrong_month = ask(&with(vec![moved("2024-10-31", "2024-10-30")])).expect_err("unmatched");
    assert!(matches!(wrong_month, CalendarError::UnmatchedOverride { given, .. } if given.is_empty()));
    let unknown_year = ask(&with(vec![moved("2035-11-30", "2035-11-29")]));
    assert!(matches!(unknown_year, Err(CalendarError::OutOfRange { .. })));
    let twice = ask(&with(vec![
        moved("2024-11-29", "2024-11-25"),
        moved("2024-11-29", "2024-11-26"),
    ]));
    assert!(matches!(twice, Err(CalendarError::BadSchedule { .. })));
    let empty = ask(&with(vec![override_of("2024-11-29")]));
    assert!(matches!(empty, Err(CalendarError::BadSchedule { .. })));

    let thanksgiving = with(vec![moved("2024-11-29", "2024-11-28")]);
    let closed = thanksgiving
        .reviews(&xnys, date("2024-01-01"), date("2024-12-31"))
        .expect_err("closed");
    assert_eq!(
        closed.to_string(),
        "2024-11-28 is not a session of XNYS: Thanksgiving Day"
    );
    let collision = with(vec![moved("2024-05-31", "2024-11-29")]);
    let error = collision
        .reviews(&xnys, date("2024-01-01"), date("2024-12-31"))
        .expect_err("two on one day");
    assert_eq!(
        error,
        CalendarError::Coinciding {
            effective: date("2024-11-29"),
            reviews: [(2024, 5), (2024, 11)]
        }
    );
}

/// Single kinds of data announced with a cut-off of their own, whether the rules give them one or not.
#[test]
fn overrides_move_cut_offs_of_their_own() {
    let xnys = calendar("XNYS");
    let given = Override {
        cutoffs: Cutoffs {
            prices: Some(date("2024-11-13")),
            shares: None,
            fundamentals: Some(date("2024-09-30")),
            risk: None,
        },
        ..override_of("2024-11-29")
    };
    let schedule = Schedule {
        cutoffs: Cutoffs {
            prices: Some(DateRule::at(Anchor::Effective).sessions(-10)),
            ..Cutoffs::default()
        },
        overrides: vec![given.clone()],
        ..semi_annual()
    };
    let found = reviews(&schedule, &xnys, "2024-11-01", "2024-11-30").remove(0);
    assert_eq!(
        (found.cutoff, found.effective),
        (date("2024-10-31"), date("2024-11-29"))
    );
    let expected = Cutoffs {
        prices: date("2024-11-13"),
        shares: date("2024-10-31"),
        fundamentals: date("2024-09-30"),
        risk: date("2024-10-31"),
    };
    assert_eq!(found.cutoffs, expected);
    let moved = [
        "cut-off of prices: 2024-11-13: announced so",
        "cut-off of fundamentals: 2024-09-30: announced so",
    ];
    assert_eq!(found.moved, moved);
    // No session.
    let sunday = Override {
        cutoffs: Cutoffs {
            prices: Some(date("2024-11-10")),
            ..Cutoffs::default()
        },
        ..given.clone()
    };
    let of = |overriding: Override| Schedule {
        overrides: vec![overriding],
        ..semi_annual()
    };
    let run = |schedule: Schedule| schedule.reviews(&xnys, date("2024-11-01"), date("2024-11-30"));
    assert!(matches!(run(of(sunday)), Err(CalendarError::NotASession { .. })));
    // Later than the announcement.
    let late = Override {
        cutoffs: Cutoffs {
            shares: Some(date("2024-11-27")),
            ..Cutoffs::default()
        },
        ..given
    };
    assert!(matches!(run(of(late)), Err(CalendarError::Disordered { .. })));
}
