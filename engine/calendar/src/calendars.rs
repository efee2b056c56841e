//! The calendars of one rulebook.

use std::collections::BTreeMap;

use crate::rule::DateRule;
use crate::{Calendar, CalendarError};

/// The calendar of an index's reviews, and those that single dates name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendars {
    /// Every date that names no calendar is a session of this one, and so is every effective date.
    pub reviews: Calendar,
    named: BTreeMap<String, Calendar>,
}

impl From<Calendar> for Calendars {
    fn from(reviews: Calendar) -> Self {
        Self {
            reviews,
            named: BTreeMap::new(),
        }
    }
}

impl Calendars {
    /// Adds one that dates may name, by its own name.
    #[must_use]
    pub fn with(mut self, calendar: Calendar) -> Self {
        self.named.insert(calendar.name().to_owned(), calendar);
        self
    }

    /// The calendar a rule counts in.
    pub(crate) fn of(&self, rule: &DateRule) -> Result<&Calendar, CalendarError> {
        let Some(name) = &rule.calendar else {
            return Ok(&self.reviews);
        };
        self.named.get(name).ok_or_else(|| CalendarError::UnknownCalendar {
            name: name.clone(),
            known: Calendar::known().to_vec(),
        })
    }

    /// A canonical text that determines the sessions of all of them; that of the one calendar where there is no other.
    pub fn definition(&self) -> String {
        let named = self.named.values().map(Calendar::definition);
        std::iter::once(self.reviews.definition()).chain(named).collect()
    }
}
