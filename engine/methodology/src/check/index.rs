//! `[index]` and `[review]`.

use divisor_model::Date;

use super::Check;
use crate::draft::{CountedFrom, DateRuleDraft, FirstOrLast, IndexDraft, ReviewDraft, Roll};
use crate::family::Editions;
use crate::located::Located;
use crate::methodology::{DateOverride, DayAnchor, DayRule, InForce, Index, Parent, ReviewRules};
use crate::names::suggestion;
use crate::one_or_table::ParentDraft;

const NOTIONAL_DEFAULT: f64 = 1e9;

/// Longer shifts of a day than this many months or sessions are a mistake.
const SHIFT_MAX: i32 = 1000;

impl Check<'_> {
    pub(super) fn index(&mut self, draft: &Located<IndexDraft>) -> Index {
        let level = &draft.base.level;
        if !(level.value > 0.0 && level.value.is_finite()) {
            self.error(
                "M0402",
                &level.span,
                format!("the base level must be above zero, not {}", level.value),
                "1000 is usual",
            );
        }
        if let Some(notional) = draft
            .notional
            .as_ref()
            .filter(|n| !(n.value > 0.0 && n.value.is_finite()))
        {
            let message = format!("the notional must be above zero, not {}", notional.value);
            self.error("M0402", &notional.span, message, "leave it out for 1,000,000,000");
        }
        let help_name = "write the name people know the index by";
        let help_edition = "write which edition of the rules this is: \"2026-11\"";
        for (text, key, help) in [
            (&draft.name, "name", help_name),
            (&draft.edition, "edition", help_edition),
        ] {
            if text.trim().is_empty() {
                self.error("M0402", &text.span, format!("`{key}` is empty"), help);
            }
        }
        let parent = match &draft.parent.value {
            ParentDraft::Universe(name) => {
                self.universe(name, draft);
                Parent::Universe(name.clone())
            }
            ParentDraft::Index(id) => {
                if *id == draft.id.value {
                    let help = "name another index, or a universe of the dataset: parent = \"world\"";
                    self.error("M0403", &draft.parent.span, "an index cannot be its own parent", help);
                }
                Parent::Index(id.clone())
            }
            ParentDraft::Indexes(ids) => {
                if ids.contains(&draft.id.value) {
                    let help = "name other indexes only";
                    self.error("M0403", &draft.parent.span, "an index cannot be its own parent", help);
                }
                if let Some(twice) = (1..ids.len()).find(|at| ids[..*at].contains(&ids[*at])) {
                    let message = format!("`{}` stands twice among the parent indexes", ids[twice]);
                    let help = "name each once: all count alike";
                    self.error("M0403", &draft.parent.span, message, help);
                }
                Parent::Indexes(ids.clone())
            }
        };
        Index {
            id: draft.id.value.clone(),
            name: draft.name.value.clone(),
            parent,
            edition: draft.edition.value.clone(),
            base_line: self.line(&draft.base.span),
            base_date: draft.base.date.value.0,
            base_level: level.value,
            notional: self.setting(draft.notional.as_ref(), NOTIONAL_DEFAULT, |value| *value),
            description: draft.description.as_ref().map(|text| text.value.clone()),
            editions: Vec::new(),
            in_force: InForce::default(),
            line: self.line(&draft.span),
            parent_line: self.line(&draft.parent.span),
        }
    }

    /// The editions of an index, and the dates for which its rules are in force.
    pub(super) fn editions(&mut self, index: &mut Index, editions: Editions) {
        let Editions { later, at } = editions;
        if later.is_empty() {
            return;
        }
        if let Some((first, date)) = later
            .first()
            .filter(|(first, _)| first.valid_from <= Some(index.base_date))
        {
            let message = format!("`{}` would be in force before the index begins", first.id);
            let help = format!(
                "the base date is {}: state these rules as those of [index]",
                index.base_date
            );
            self.error("M0128", date, message, help);
        }
        let dates: Vec<Option<Date>> = later.iter().map(|(edition, _)| edition.valid_from).collect();
        if !self.source.selection.is_forced {
            index.in_force = InForce {
                from: at.checked_sub(1).and_then(|before| dates[before]),
                until: dates.get(at).copied().flatten(),
            };
        }
        index.editions = later.into_iter().map(|(edition, _)| edition).collect();
    }

    fn universe(&mut self, name: &str, draft: &Located<IndexDraft>) {
        let Some(catalogue) = self.catalogue else { return };
        if !catalogue.universes.iter().any(|known| known == name) {
            let help = suggestion(name, catalogue.universes.iter().map(String::as_str));
            let message = format!("the dataset `{}` has no universe `{name}`", catalogue.dataset);
            self.error("M0312", &draft.parent.span, message, help);
        }
    }

    pub(super) fn review(&mut self, draft: &Located<ReviewDraft>) -> ReviewRules {
        let months = self.months(&draft.months);
        let effective = self.effective(&draft.effective);
        let overrides = draft.overrides.iter().map(|one| {
            let dates = [&one.effective, &one.cutoff, &one.announcement];
            if dates.iter().all(|date| date.is_none()) && one.cutoffs.is_none() {
                let help = "give `effective`, `cutoff`, `cutoffs` or `announcement`";
                self.error("M0406", &one.span, "the override changes no date", help);
            }
            DateOverride {
                instead_of: one.instead_of.value.0,
                effective: one.effective.as_ref().map(|date| date.value.0),
                cutoff: one.cutoff.as_ref().map(|date| date.value.0),
                cutoffs: self.cutoff_dates(one.cutoffs.as_ref()),
                announcement: one.announcement.as_ref().map(|date| date.value.0),
                because: one.because.value.clone(),
                line: self.line(&one.span),
            }
        });
        let overrides = overrides.collect();
        ReviewRules {
            calendar: self.calendar(&draft.calendar),
            months,
            effective,
            cutoff: self.day_rule(&draft.cutoff),
            cutoffs: self.cutoffs(draft.cutoffs.as_ref()),
            reweights: self.reweights(draft),
            announcement: self.day_rule(&draft.announcement),
            max_age_days: self.stated(draft.max_age.as_ref(), |age| age.0),
            overrides,
            line: self.line(&draft.span),
        }
    }

    pub(super) fn day_rule(&mut self, draft: &Located<DateRuleDraft>) -> DayRule {
        if draft.session.is_some() && draft.weekday.is_some() {
            self.error(
                "M0407",
                &draft.span,
                "a day is found by `session` or by `weekday`, not by both",
                "keep one: { session = \"last\" } or { weekday = \"third Friday\" }",
            );
        }
        let anchor = match (&draft.session, &draft.weekday) {
            (Some(session), _) if session.value == FirstOrLast::First => DayAnchor::FirstSession,
            (Some(_), _) => DayAnchor::LastSession,
            (None, Some(weekday)) => DayAnchor::Weekday {
                nth: weekday.value.0.0,
                weekday: weekday.value.0.1.num_days_from_monday() as u8,
                next_if_closed: draft.if_closed.as_ref().is_some_and(|roll| roll.value == Roll::Next),
            },
            (None, None) => DayAnchor::Effective,
        };
        if draft.weekday.is_none() {
            self.idle(draft.if_closed.as_ref(), "if_closed", "a session is never closed");
        }
        if anchor == DayAnchor::Effective {
            self.idle(
                draft.months.as_ref(),
                "months",
                "it shifts the month of `session` or `weekday`",
            );
            if draft.sessions.is_none() {
                let help =
                    "write { session = \"last\", months = -1 }, { weekday = \"third Friday\" } or { sessions = -9 }";
                self.error("M0405", &draft.span, "nothing says which day this is", help);
            }
        } else {
            self.idle(
                draft.counted_from.as_ref(),
                "counted_from",
                "this day is counted from a month",
            );
        }
        for (shift, unit) in [(&draft.months, "months"), (&draft.sessions, "sessions")] {
            if let Some(shift) = shift
                .as_ref()
                .filter(|shift| !(-SHIFT_MAX..=SHIFT_MAX).contains(&shift.value))
            {
                let message = format!("a shift of {} {unit} is absurd", shift.value);
                let help = format!("write a number from -{SHIFT_MAX} to {SHIFT_MAX}");
                self.error("M0402", &shift.span, message, help);
            }
        }
        DayRule {
            anchor,
            months: draft.months.as_ref().map_or(0, |shift| shift.value),
            sessions: draft.sessions.as_ref().map_or(0, |shift| shift.value),
            from_next_open: draft
                .counted_from
                .as_ref()
                .is_some_and(|from| from.value == CountedFrom::NextOpen),
            calendar: draft.calendar.as_ref().map(|calendar| self.calendar(calendar)),
            if_closed_line: draft.if_closed.as_ref().map(|written| self.line(&written.span)),
            counted_from_line: draft.counted_from.as_ref().map(|written| self.line(&written.span)),
            line: self.line(&draft.span),
        }
    }
}
