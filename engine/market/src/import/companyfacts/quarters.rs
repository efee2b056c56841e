//! Quarters from amounts for the year to date: the second is six months less the first quarter, the fourth the year
//! less nine months.

use std::collections::BTreeMap;

use divisor_model::Day;

use super::figures::{Figure, Series};
use super::period::Length;

/// Amounts published further apart than these days are not subtracted. Original filings of consecutive quarters, and
/// the comparatives of a later year, come about 90 to 140 days after one another; an amount of one year's filings and
/// one of the next year's come 225 and more, and may stand on two bases: a year restated for a spin-off less nine
/// months that were not is no quarter.
const DAYS_APART: Day = 180;

/// A quarter that no filing states.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Derived {
    /// Its value, span and the facts of both amounts; `filed` is the later publication of the two.
    pub(super) figure: Figure,
    /// Publication of the longer amount.
    pub(super) longer: Day,
    /// Publication of the shorter one.
    pub(super) shorter: Day,
}

/// The quarters that the amounts of one source give, by end and day of publication.
///
/// Both amounts begin on the same day and are as known on that day, so a quarter is published anew when one of its
/// amounts is, unless the other is of another year's filings. Both come from the same source: the difference of two
/// concepts is no quarter.
pub(super) fn derive(series: &Series) -> BTreeMap<(Day, Day), Derived> {
    let mut amounts: BTreeMap<(Day, Day), Vec<&Figure>> = BTreeMap::new();
    for (((start, end), _), figure) in series {
        if let Some(start) = start {
            amounts.entry((*start, *end)).or_default().push(figure);
        }
    }
    let mut derived = BTreeMap::new();
    for ((start, end), shorter) in &amounts {
        // Longer amounts from the same day, nearest first.
        for ((_, longer_end), longer) in amounts.range((*start, *end + 1)..(*start, Day::MAX)) {
            let is_quarter = Length::of(*end + 1, *longer_end) == Some(Length::Quarter);
            let is_next = Length::of(*start, *end) < Length::of(*start, *longer_end);
            if is_quarter && is_next {
                for found in differences(shorter, longer) {
                    derived.entry((*longer_end, found.figure.filed)).or_insert(found);
                }
            }
        }
    }
    derived
}

/// The difference on every day on which one of the two was published and both were known.
fn differences(shorter: &[&Figure], longer: &[&Figure]) -> Vec<Derived> {
    let mut days: Vec<Day> = shorter.iter().chain(longer).map(|figure| figure.filed).collect();
    days.sort_unstable();
    days.dedup();
    let known = |figures: &[&Figure], day: Day| {
        let before = figures.partition_point(|figure| figure.filed <= day);
        before.checked_sub(1).map(|at| figures[at].clone())
    };
    let difference = |day: Day| {
        let (less, whole) = (known(shorter, day)?, known(longer, day)?);
        if (whole.filed - less.filed).abs() > DAYS_APART {
            return None;
        }
        let mut facts = whole.facts.clone();
        facts.extend(&less.facts);
        let figure = Figure {
            facts,
            span: (Some(less.span.1 + 1), whole.span.1),
            filed: day,
            value: whole.value - less.value,
            ..whole
        };
        Some(Derived {
            figure,
            longer: whole.filed,
            shorter: less.filed,
        })
    };
    days.into_iter().filter_map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ninety-day quarters from day 0; each amount is `(end, filed, value)`.
    fn quarters(amounts: &[(Day, Day, f64)]) -> Vec<(Day, Day, f64)> {
        let mut series = Series::new();
        for (end, filed, value) in amounts {
            let span = (Some(0), *end);
            let figure = Figure {
                field: 0,
                source: 0,
                facts: Vec::new(),
                span,
                filed: *filed,
                value: *value,
            };
            series.insert((span, *filed), figure);
        }
        let found = derive(&series).into_values();
        found
            .map(|quarter| (quarter.figure.span.1, quarter.figure.filed, quarter.figure.value))
            .collect()
    }

    #[test]
    fn each_quarter_is_known_with_the_later_of_its_amounts() {
        let found = quarters(&[(89, 100, 10.0), (179, 190, 25.0), (269, 280, 45.0), (359, 400, 70.0)]);
        assert_eq!(found, [(179, 190, 15.0), (269, 280, 20.0), (359, 400, 25.0)]);
    }

    #[test]
    fn a_restated_amount_publishes_the_quarter_anew() {
        let found = quarters(&[(89, 100, 10.0), (179, 190, 25.0), (179, 195, 26.0)]);
        assert_eq!(found, [(179, 190, 15.0), (179, 195, 16.0)]);
    }

    /// The comparatives of the next year: 12 with the filing of day 460 alone is no basis for the 25 of day 190.
    #[test]
    fn amounts_of_two_years_filings_are_not_mixed() {
        let found = quarters(&[(89, 100, 10.0), (179, 190, 25.0), (89, 460, 12.0), (179, 550, 26.0)]);
        assert_eq!(found, [(179, 190, 15.0), (179, 550, 14.0)]);
    }

    #[test]
    fn a_missing_amount_leaves_a_gap() {
        // Without nine months there is neither a third nor a fourth quarter, and half a year is no quarter.
        assert_eq!(
            quarters(&[(89, 100, 10.0), (179, 190, 25.0), (359, 400, 70.0)]),
            [(179, 190, 15.0)]
        );
    }
}
