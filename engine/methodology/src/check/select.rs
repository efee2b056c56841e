//! `[select.*]`.

use divisor_model::Fraction;

use super::Check;
use super::scope::Scope;
use super::scores::prefer;
use crate::draft::{RoundingName, SelectDraft, TieDraft, TopDraft};
use crate::located::Located;
use crate::methodology::{Prefer, Quantity, Rounding, Select, Tie, Top, TopSize};

/// No universe has more securities.
const COUNT_MAX: i64 = 1_000_000;

pub(super) fn rounding(name: RoundingName) -> Rounding {
    match name {
        RoundingName::Up => Rounding::Up,
        RoundingName::Down => Rounding::Down,
        RoundingName::Nearest => Rounding::Nearest,
    }
}

impl Check<'_> {
    pub(super) fn select(&mut self, draft: &Located<SelectDraft>, scope: &Scope) -> Select {
        match (&draft.top, &draft.all) {
            (Some(top), _) => Select::Top(self.top(top, scope)),
            (None, all) => Select::All {
                line: self.line(all.as_ref().map_or(&draft.span, |all| &all.span)),
            },
        }
    }

    fn top(&mut self, draft: &Located<TopDraft>, scope: &Scope) -> Top {
        let size = self.size(draft);
        if let Some(within) = &draft.within {
            self.group_column(within, &within.span, Some(scope));
        }
        if let Some(buffer) = draft.buffer.as_ref().filter(|buffer| !buffer.value.0.at_most_one()) {
            self.error(
                "M0409",
                &buffer.span,
                "a buffer is at most 100% of the count",
                "20% is usual: buffer = \"20%\"",
            );
        }
        if draft.buffer.is_none() {
            self.idle(
                draft.buffer_rounding.as_ref(),
                "buffer_rounding",
                "there is no `buffer`",
            );
        }
        let ties = self.ties(&draft.ties, scope);
        Top {
            size,
            by: self.quantity(&draft.by, &draft.by.span, scope),
            prefer: self.setting(draft.prefer.as_ref(), Prefer::High, |word| prefer(*word)),
            within: self.stated(draft.within.as_ref(), Clone::clone),
            buffer: self.stated(draft.buffer.as_ref(), |buffer| buffer.0),
            buffer_rounding: self.setting(draft.buffer_rounding.as_ref(), Rounding::Down, |word| rounding(*word)),
            ties,
            line: self.line(&draft.span),
        }
    }

    /// The tie chain. No two securities have one id, so nothing after it could decide.
    fn ties(&mut self, draft: &[Located<TieDraft>], scope: &Scope) -> Vec<Tie> {
        let mut ties: Vec<Tie> = Vec::new();
        for tie in draft {
            let by = match tie.by.value.as_str() {
                "security_id" => Quantity::SecurityId,
                name => self.quantity(name, &tie.by.span, scope),
            };
            if ties.iter().any(|before| before.by == Quantity::SecurityId) {
                let message = format!("the tie rule by `{}` has no effect here", tie.by.value);
                self.error(
                    "M0401",
                    &tie.span,
                    message,
                    "take it out: `security_id` before it leaves no ties",
                );
            } else if ties.iter().any(|before| before.by == by) {
                let message = format!("the tie rule by `{}` has no effect here", tie.by.value);
                self.error(
                    "M0401",
                    &tie.span,
                    message,
                    "take it out: an earlier one ranks by the same",
                );
            }
            ties.push(Tie {
                by,
                prefer: prefer(tie.prefer.value),
                line: self.line(&tie.span),
            });
        }
        ties
    }

    fn size(&mut self, draft: &Located<TopDraft>) -> TopSize {
        if draft.fraction.is_none() {
            self.idle(
                draft.rounding.as_ref(),
                "rounding",
                "only `fraction` gives a count to round",
            );
        }
        for share in [&draft.fraction, &draft.coverage].into_iter().flatten() {
            if share.value.0.numerator == 0 || !share.value.0.at_most_one() {
                let help = "write a share such as \"50%\"";
                self.error("M0410", &share.span, "the share must lie above 0% and up to 100%", help);
            }
        }
        if let Some(coverage) = &draft.coverage {
            return TopSize::Coverage(coverage.value.0);
        }
        if let Some(fraction) = &draft.fraction {
            let rounding = self.setting(draft.rounding.as_ref(), Rounding::Up, |word| rounding(*word));
            return TopSize::Fraction(fraction.value.0, rounding);
        }
        let count = draft.count.as_ref().map_or(1, |count| count.value);
        if let (Some(located), true) = (&draft.count, count > COUNT_MAX) {
            let help = format!("write a number from 1 to {COUNT_MAX}");
            self.error("M0402", &located.span, format!("a count of {count} is absurd"), help);
        }
        TopSize::Count(usize::try_from(count).unwrap_or(1).max(1))
    }
}

/// Rounds `fraction × n` as a rule says.
pub fn rounded(fraction: Fraction, n: usize, rounding: Rounding) -> usize {
    match rounding {
        Rounding::Up => fraction.ceil_of(n),
        Rounding::Down => fraction.floor_of(n),
        Rounding::Nearest => fraction.round_of(n),
    }
}
