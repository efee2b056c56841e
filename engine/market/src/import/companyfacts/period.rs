//! What period a fact is of. Its own dates decide: `fy` and `fp` tell of the filing it stands in.

use divisor_model::{Day, Period};

/// The length of a duration, as far as fiscal calendars go: quarters of 12 to 17 weeks, and sums of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Length {
    Quarter,
    HalfYear,
    NineMonths,
    Year,
}

impl Length {
    /// The length of the days from `start` to `end`, both included; `None` where no fiscal calendar has such a period.
    ///
    /// A quarter has 70 to 125 days (12 weeks are 84, 17 are 119), half a year 150 to 215 (24 weeks are 168, 28 are
    /// 196), nine months 235 to 295 (36 weeks are 252, 41 are 287), a year 340 to 385 (52 weeks are 364, 53 are 371).
    pub(super) fn of(start: Day, end: Day) -> Option<Self> {
        match end - start + 1 {
            70..=125 => Some(Self::Quarter),
            150..=215 => Some(Self::HalfYear),
            235..=295 => Some(Self::NineMonths),
            340..=385 => Some(Self::Year),
            _ => None,
        }
    }

    /// The kind of period, `longest` being the longest duration that the same publication states up to the same day.
    ///
    /// Half a year or nine months run from the fiscal year's beginning, unless a longer duration shows that the
    /// fiscal year began earlier: then half a year is a half, and nine months are no reporting period.
    pub(super) fn kind(self, longest: Self) -> Option<Period> {
        match self {
            Self::Quarter => Some(Period::Quarter),
            Self::Year => Some(Period::FiscalYear),
            Self::HalfYear if longest > self => Some(Period::Half),
            Self::NineMonths if longest > self => None,
            Self::HalfYear | Self::NineMonths => Some(Period::YearToDate),
        }
    }
}

/// The kinds of periods an import makes, in the order of their rows.
pub(super) const KINDS: [Period; 4] = [Period::FiscalYear, Period::Half, Period::Quarter, Period::YearToDate];

#[cfg(test)]
mod tests {
    use divisor_model::{Date, day_of};

    use super::*;

    fn length(start: &str, end: &str) -> Option<Length> {
        let day = |text: &str| day_of(text.parse::<Date>().expect("a date"));
        Length::of(day(start), day(end))
    }

    #[test]
    fn lengths_follow_calendars_of_months_and_of_weeks() {
        // Calendar months, 13 and 14 weeks, 12 and 16 weeks, 24, 36 and 40 weeks, 52 and 53 weeks.
        assert_eq!(length("2019-01-01", "2019-03-31"), Some(Length::Quarter));
        assert_eq!(length("2016-09-25", "2016-12-31"), Some(Length::Quarter));
        assert_eq!(length("2019-12-29", "2020-03-21"), Some(Length::Quarter));
        assert_eq!(length("2019-02-03", "2019-05-25"), Some(Length::Quarter));
        assert_eq!(length("2019-12-29", "2020-06-13"), Some(Length::HalfYear));
        assert_eq!(length("2019-12-29", "2020-09-05"), Some(Length::NineMonths));
        assert_eq!(length("2019-02-03", "2019-11-09"), Some(Length::NineMonths));
        assert_eq!(length("2018-09-30", "2019-09-28"), Some(Length::Year));
        assert_eq!(length("2016-09-25", "2017-09-30"), Some(Length::Year));
        // A month, a transition of five months, two years.
        assert_eq!(length("2019-01-01", "2019-01-31"), None);
        assert_eq!(length("2019-01-01", "2019-05-20"), None);
        assert_eq!(length("2019-01-01", "2020-12-31"), None);
    }

    #[test]
    fn six_months_are_a_half_beside_a_longer_duration() {
        use Length::{HalfYear, NineMonths, Quarter, Year};
        assert_eq!(HalfYear.kind(HalfYear), Some(Period::YearToDate));
        assert_eq!(HalfYear.kind(Year), Some(Period::Half));
        assert_eq!(NineMonths.kind(NineMonths), Some(Period::YearToDate));
        assert_eq!(NineMonths.kind(Year), None);
        assert_eq!(Quarter.kind(Year), Some(Period::Quarter));
        assert_eq!(Year.kind(Year), Some(Period::FiscalYear));
    }
}
