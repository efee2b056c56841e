//! Calendars, cut-offs by kind of data and `[[review.reweight]]`.

use super::Check;
use crate::columns::ColumnsDraft;
use crate::draft::{CutoffDatesDraft, CutoffsDraft, DateRuleDraft, Month, ReviewDraft, ReweightDraft};
use crate::literal::DateLiteral;
use crate::located::Located;
use crate::methodology::{CutoffDates, CutoffRules, DayAnchor, DayRule, Reweight};

impl Check<'_> {
    /// The name of a calendar; several joined by `+`, a day having to be a session of all.
    pub(super) fn calendar(&mut self, draft: &Located<ColumnsDraft>) -> String {
        let names = &draft.value.0;
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                let message = format!("`{name}` stands twice among the calendars");
                self.error("M0404", &draft.span, message, "take one of them out");
            }
        }
        names.join("+")
    }

    /// Months ascending, 1–12.
    pub(super) fn months(&mut self, draft: &Located<Vec<Located<Month>>>) -> Vec<u32> {
        let mut months: Vec<Month> = Vec::new();
        for month in &draft.value {
            if months.contains(&month.value) {
                let message = format!("`{:?}` stands twice among the months", month.value);
                self.error("M0404", &month.span, message, "take one of them out");
            }
            months.push(month.value);
        }
        months.sort_unstable();
        months.into_iter().map(|month| month as u32 + 1).collect()
    }

    /// The rule of an effective date: from a month, in the calendar of the reviews.
    pub(super) fn effective(&mut self, draft: &Located<DateRuleDraft>) -> DayRule {
        let rule = self.day_rule(draft);
        if rule.anchor == DayAnchor::Effective {
            let help = "write { session = \"last\" } or { weekday = \"third Friday\" }";
            let message = "the effective day must be found from its month";
            self.error("M0405", &draft.span, message, help);
        }
        let why = "the effective day is a session of `review.calendar`, as every day that names no other";
        self.idle(draft.calendar.as_ref(), "calendar", why);
        rule
    }

    pub(super) fn cutoffs(&mut self, draft: Option<&Located<CutoffsDraft>>) -> CutoffRules {
        let Some(draft) = draft else {
            return CutoffRules::default();
        };
        let rules = [&draft.prices, &draft.shares, &draft.fundamentals, &draft.risk];
        if rules.iter().all(|rule| rule.is_none()) {
            let help = "give `prices`, `shares`, `fundamentals` or `risk`, or take the table out";
            self.error("M0401", &draft.span, "`cutoffs` has no effect here", help);
        }
        let [prices, shares, fundamentals, risk] = rules.map(|rule| rule.as_ref().map(|rule| self.day_rule(rule)));
        CutoffRules {
            prices,
            shares,
            fundamentals,
            risk,
        }
    }

    /// Cut-offs that one review was announced with.
    pub(super) fn cutoff_dates(&mut self, draft: Option<&Located<CutoffDatesDraft>>) -> CutoffDates {
        let Some(draft) = draft else {
            return CutoffDates::default();
        };
        let date = |date: &Option<Located<DateLiteral>>| date.as_ref().map(|date| date.value.0);
        let dates = CutoffDates {
            prices: date(&draft.prices),
            shares: date(&draft.shares),
            fundamentals: date(&draft.fundamentals),
            risk: date(&draft.risk),
        };
        if dates.is_empty() {
            let help = "give `prices`, `shares`, `fundamentals` or `risk`, or take the table out";
            self.error("M0401", &draft.span, "`cutoffs` has no effect here", help);
        }
        dates
    }

    /// Months that only reset weights. One that already chooses members cannot, unless its effective date is another.
    pub(super) fn reweights(&mut self, draft: &ReviewDraft) -> Vec<Reweight> {
        let mut taken: Vec<Month> = draft.months.value.iter().map(|month| month.value).collect();
        let mut reweights = Vec::with_capacity(draft.reweight.len());
        for written in &draft.reweight {
            if written.effective.is_none() {
                for month in &written.months.value {
                    if taken.contains(&month.value) {
                        let message = format!("{:?} has a review by the same rule already", month.value);
                        let help =
                            "a review either chooses members or keeps them: take the month out of one of the lists";
                        self.error("M0404", &month.span, message, help);
                    }
                }
                taken.extend(written.months.value.iter().map(|month| month.value));
            }
            reweights.push(self.reweight(written));
        }
        reweights
    }

    fn reweight(&mut self, draft: &Located<ReweightDraft>) -> Reweight {
        Reweight {
            months: self.months(&draft.months),
            effective: draft.effective.as_ref().map(|rule| self.effective(rule)),
            cutoff: draft.cutoff.as_ref().map(|rule| self.day_rule(rule)),
            cutoffs: draft.cutoffs.as_ref().map(|cutoffs| self.cutoffs(Some(cutoffs))),
            announcement: draft.announcement.as_ref().map(|rule| self.day_rule(rule)),
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        }
    }
}
