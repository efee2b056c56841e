//! Review dates, against dates that index providers published or a hand counted.

use chrono::Weekday;
use divisor_calendar::{Anchor, Calendar, Calendars, Cutoffs, DateRule, FirstOrLast, Nth, ReviewDates, Roll, Schedule};
use divisor_model::Date;

mod cycles;
mod overrides;
mod refusals;
mod rules;

const LAST: Anchor = Anchor::Session(FirstOrLast::Last);
const THIRD_FRIDAY: Anchor = friday(Nth::Third, Roll::Previous);

const fn friday(nth: Nth, if_closed: Roll) -> Anchor {
    Anchor::Weekday {
        nth,
        weekday: Weekday::Fri,
        if_closed,
    }
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn calendar(name: &str) -> Calendars {
    Calendar::named(name, None).expect("compiled in").into()
}

/// Last session of May and November, data of the month before, announced nine sessions ahead.
fn semi_annual() -> Schedule {
    Schedule {
        months: vec![5, 11],
        effective: DateRule::at(LAST),
        cutoff: DateRule::at(LAST).months(-1),
        announcement: DateRule::at(Anchor::Effective).sessions(-9),
        cutoffs: Cutoffs::default(),
        reweights: vec![],
        overrides: vec![],
    }
}

fn quarterly(effective: DateRule, months: [u32; 4]) -> Schedule {
    Schedule {
        months: months.to_vec(),
        effective,
        ..semi_annual()
    }
}

fn reviews(schedule: &Schedule, calendar: &Calendars, from: &str, to: &str) -> Vec<ReviewDates> {
    schedule.reviews(calendar, date(from), date(to)).expect("reviews")
}

fn effective(schedule: &Schedule, calendar: &Calendars, from: &str, to: &str) -> String {
    let dates: Vec<String> = reviews(schedule, calendar, from, to)
        .iter()
        .map(|review| review.effective.to_string())
        .collect();
    dates.join(" ")
}
