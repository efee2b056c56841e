//! Where the rules put the dates of a review.

use chrono::Weekday;
use divisor_calendar::{Anchor, CountedFrom, DateRule, Nth, Roll, Schedule};

use crate::{LAST, THIRD_FRIDAY, calendar, date, effective, friday, quarterly, reviews, semi_annual};

#[test]
fn last_weekdays() {
    let weekdays = calendar("weekdays");
    // February, May, August, November, and April and October beside them.
    let months = vec![2, 4, 5, 8, 10, 11];
    let schedule = Schedule {
        months,
        ..semi_annual()
    };
    assert_eq!(
        effective(&schedule, &weekdays, "2026-01-01", "2026-12-31"),
        "2026-02-27 2026-04-30 2026-05-29 2026-08-31 2026-10-30 2026-11-30"
    );
    assert_eq!(
        effective(&schedule, &weekdays, "2027-01-01", "2027-12-31"),
        "2027-02-26 2027-04-30 2027-05-31 2027-08-31 2027-10-29 2027-11-30"
    );
    // Memorial Day 2027 is May 31: sessions end on Friday 28.
    assert_eq!(
        effective(&schedule, &calendar("XNYS"), "2027-05-01", "2027-05-31"),
        "2027-05-28"
    );
}

#[test]
fn third_fridays_make_way_for_holidays() {
    let xnys = calendar("XNYS");
    let schedule = quarterly(DateRule::at(THIRD_FRIDAY), [12, 9, 6, 3]);
    assert_eq!(
        effective(&schedule, &calendar("weekdays"), "2026-01-01", "2027-12-31"),
        "2026-03-20 2026-06-19 2026-09-18 2026-12-18 2027-03-19 2027-06-18 2027-09-17 2027-12-17"
    );
    let found = reviews(&schedule, &xnys, "2026-01-01", "2027-12-31");
    let dates: Vec<String> = found.iter().map(|review| review.effective.to_string()).collect();
    assert_eq!(
        dates.join(" "),
        "2026-03-20 2026-06-18 2026-09-18 2026-12-18 2027-03-19 2027-06-17 2027-09-17 2027-12-17"
    );
    assert_eq!(
        found[1].moved,
        ["effective: the third Friday, 2026-06-19, is closed (Juneteenth): the session before it"]
    );
    assert!(found[0].moved.is_empty());
    let next = quarterly(DateRule::at(friday(Nth::Third, Roll::Next)), [3, 6, 9, 12]);
    assert_eq!(effective(&next, &xnys, "2026-06-01", "2026-06-30"), "2026-06-22");
    assert_eq!(effective(&next, &xnys, "2027-06-01", "2027-06-30"), "2027-06-21");
}

#[test]
fn announcements_nine_days_ahead() {
    let announced = |schedule: &Schedule, name: &str| {
        reviews(schedule, &calendar(name), "2026-11-01", "2026-11-30")[0]
            .announcement
            .to_string()
    };
    let from_close = semi_annual();
    assert_eq!(announced(&from_close, "weekdays"), "2026-11-17");
    assert_eq!(announced(&from_close, "XNYS"), "2026-11-16");
    let from_open = Schedule {
        announcement: from_close.announcement.counted_from(CountedFrom::NextOpen),
        ..semi_annual()
    };
    assert_eq!(announced(&from_open, "weekdays"), "2026-11-18");
    assert_eq!(announced(&from_open, "XNYS"), "2026-11-17");
}

/// `WisdomTree`, SEC exhibits 0001214659-23-010319 and -25-015115: screening, weighting, reconstitution.
#[test]
fn three_dates_from_two_months() {
    let second_wednesday = Anchor::Weekday {
        nth: Nth::Second,
        weekday: Weekday::Wed,
        if_closed: Roll::Next,
    };
    let schedule = Schedule {
        months: vec![12],
        effective: DateRule::at(second_wednesday),
        cutoff: DateRule::at(LAST).months(-1),
        announcement: DateRule::at(LAST).months(-1).sessions(3),
        ..semi_annual()
    };
    for [cutoff, announcement, effective] in [
        ["2023-11-30", "2023-12-05", "2023-12-13"],
        ["2025-11-28", "2025-12-03", "2025-12-10"],
    ] {
        let found = reviews(&schedule, &calendar("XNYS"), effective, effective);
        assert_eq!(
            (found[0].cutoff, found[0].announcement, found[0].effective),
            (date(cutoff), date(announcement), date(effective))
        );
    }
}

/// FTSE price dates of 2026: the Wednesday before the first Friday of the review month.
#[test]
fn sessions_before_a_weekday() {
    let schedule = Schedule {
        cutoff: DateRule::at(friday(Nth::First, Roll::Previous)).sessions(-2),
        announcement: DateRule::at(Anchor::Effective).sessions(-5),
        ..quarterly(DateRule::at(THIRD_FRIDAY), [3, 6, 9, 12])
    };
    let found = reviews(&schedule, &calendar("XNYS"), "2026-01-01", "2026-12-31");
    let cutoffs: Vec<String> = found.iter().map(|review| review.cutoff.to_string()).collect();
    assert_eq!(cutoffs.join(" "), "2026-03-04 2026-06-03 2026-09-02 2026-12-02");
}

#[test]
fn the_range_is_by_effective_date_and_both_ends_count() {
    let (schedule, xnys) = (semi_annual(), calendar("XNYS"));
    assert_eq!(
        effective(&schedule, &xnys, "2024-05-31", "2024-11-29"),
        "2024-05-31 2024-11-29"
    );
    assert_eq!(effective(&schedule, &xnys, "2024-06-01", "2024-11-28"), "");
    assert_eq!(effective(&schedule, &xnys, "2024-11-29", "2024-05-31"), "");
    // A review of November that becomes effective in December, found from December alone.
    let later = Schedule {
        effective: DateRule::at(LAST).sessions(2),
        ..semi_annual()
    };
    let found = reviews(&later, &xnys, "2024-12-01", "2024-12-31");
    assert_eq!(
        (found[0].effective, found[0].year, found[0].month),
        (date("2024-12-03"), 2024, 11)
    );
    let whole = reviews(&schedule, &xnys, "1991-01-01", "2030-12-31");
    assert_eq!(whole.len(), 80);
    let half = reviews(&schedule, &xnys, "2010-06-01", "2030-12-31");
    assert!(whole.ends_with(&half), "a part of a range is that part of the whole");
}
