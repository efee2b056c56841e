//! `[select.*]`.

use divisor_model::Fraction;

use super::Check;
use super::scope::Scope;
use super::scores::prefer;
use crate::buffer::{BufferDraft, NumberOrShare};
use crate::draft::{CrossingName, RoundingName, SelectDraft, StepDraft, TieDraft, TopDraft};
use crate::located::Located;
use crate::methodology::{
    Buffer, BufferEnd, Crossing, Prefer, Quantity, Quota, Rounding, Select, Setting, Step, Tie, Top, TopSize,
};

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
        match (&draft.top, &draft.narrow, &draft.all) {
            (Some(top), ..) => Select::Top(self.top(top, scope)),
            (None, Some(narrow), _) => Select::Narrow(self.narrow(narrow, scope)),
            (None, None, all) => Select::All {
                line: self.line(all.as_ref().map_or(&draft.span, |all| &all.span)),
            },
        }
    }

    fn top(&mut self, draft: &Located<TopDraft>, scope: &Scope) -> Top {
        let size = self.size(draft);
        let within = self.group_columns(draft.within.as_ref(), scope);
        let buffer = self.buffer(draft);
        let quota = self.quota(draft, scope);
        let steps = self.steps(draft);
        if within.is_none() {
            let why = "there are no groups: add `within`";
            self.idle(draft.least_per_group.as_ref(), "least_per_group", why);
        }
        if draft.buffer.is_none() {
            self.idle(
                draft.buffer_rounding.as_ref(),
                "buffer_rounding",
                "there is no `buffer`",
            );
        }
        let ties = self.ties(&draft.ties, scope);
        if draft.count.is_none() {
            let why = "only a `count` can be the fewest";
            self.idle(draft.every.as_ref(), "every", why);
        }
        let every = draft
            .every
            .as_ref()
            .map(|name| (self.quantity(name, &name.span, scope), self.line(&name.span)));
        Top {
            size,
            every: every.map(|(value, line)| Setting {
                value,
                line: Some(line),
            }),
            by: self.quantity(&draft.by, &draft.by.span, scope),
            prefer: self.setting(draft.prefer.as_ref(), Prefer::High, |word| prefer(*word)),
            within,
            least_per_group: self.stated(draft.least_per_group.as_ref(), |least| {
                usize::try_from(*least).unwrap_or(usize::MAX)
            }),
            quota,
            steps,
            step_rounding: self.setting(draft.rounding.as_ref(), Rounding::Up, |word| rounding(*word)),
            buffer,
            buffer_rounding: self.setting(draft.buffer_rounding.as_ref(), Rounding::Down, |word| rounding(*word)),
            ties,
            line: self.line(&draft.span),
        }
    }

    /// A share around the count, or both ends of the zone in the unit of the size.
    fn buffer(&mut self, draft: &Located<TopDraft>) -> Option<Setting<Buffer>> {
        let written = draft.buffer.as_ref()?;
        match &written.value {
            BufferDraft::Share(share) => {
                if !share.at_most_one() {
                    self.error(
                        "M0409",
                        &written.span,
                        "a buffer is at most 100% of the count",
                        "20% is usual: buffer = \"20%\"",
                    );
                }
                self.stated(Some(written), |_| Buffer::Share(*share))
            }
            BufferDraft::Zone { enter, stay } => {
                let (Some(enter), Some(stay)) = (enter, stay) else {
                    let help = "write { enter = 80, stay = 120 }, or a share around the count: buffer = \"20%\"";
                    let message = "a buffer zone has two ends, `enter` and `stay`";
                    self.error("M0433", &written.span, message, help);
                    return None;
                };
                let (enter, stay) = (buffer_end(*enter), buffer_end(*stay));
                self.buffer_zone(draft, written, enter, stay);
                if draft.fraction.is_none() {
                    let why = "the ends of this buffer are not rounded";
                    self.idle(draft.buffer_rounding.as_ref(), "buffer_rounding", why);
                }
                self.stated(Some(written), |_| Buffer::Zone { enter, stay })
            }
        }
    }

    fn buffer_zone(&mut self, draft: &TopDraft, written: &Located<BufferDraft>, enter: BufferEnd, stay: BufferEnd) {
        let share = draft.fraction.as_ref().or(draft.coverage.as_ref());
        let around = match (share, &draft.count, enter, stay) {
            (None, Some(count), BufferEnd::Rank(enter), BufferEnd::Rank(stay)) => {
                let count = usize::try_from(count.value).unwrap_or(0);
                enter <= count && count <= stay
            }
            (Some(share), _, BufferEnd::Share(enter), BufferEnd::Share(stay)) => {
                enter.value() <= share.value.0.value() && share.value.0.value() <= stay.value() && stay.at_most_one()
            }
            (Some(_), ..) => {
                let help = "write shares as in `fraction` and `coverage`: { enter = \"40%\", stay = \"60%\" }";
                self.error("M0433", &written.span, "the ends of this buffer must be shares", help);
                return;
            }
            _ => {
                let help = "write ranks as in `count`: { enter = 80, stay = 120 }";
                self.error("M0433", &written.span, "the ends of this buffer must be ranks", help);
                return;
            }
        };
        if !around {
            let message = "the size must lie between the two ends of the buffer";
            let help = "`enter` lies before the number of members, `stay` beyond it";
            self.error("M0433", &written.span, message, help);
        }
    }

    fn quota(&mut self, draft: &Located<TopDraft>, scope: &Scope) -> Option<Quota> {
        if draft.within.is_some() {
            let why = "every group of `within` has its own places";
            self.idle(draft.quota.as_ref(), "quota", why);
        }
        let written = draft.quota.as_ref()?;
        self.group_column(&written.of, &written.of.span, Some(scope));
        let most = written.most.value.0;
        if most.numerator == 0 || most.numerator >= most.denominator {
            let help = "write a share such as \"30%\"";
            let message = "a quota lies between 0% and 100% of the places";
            self.error("M0410", &written.most.span, message, help);
        }
        Some(Quota {
            of: written.of.value.clone(),
            most,
            line: self.line(&written.span),
        })
    }

    /// Steps for ever larger numbers, the last for all others.
    fn steps(&mut self, draft: &Located<TopDraft>) -> Vec<Step> {
        let written = &draft.round_to;
        if let (Some(first), Some(_)) = (written.first(), &draft.count) {
            self.idle(Some(first), "round_to", "a `count` is a whole number already");
        }
        let mut steps: Vec<Step> = Vec::new();
        for (at, one) in written.iter().enumerate() {
            let step = self.step(one);
            let is_last = at + 1 == written.len();
            let rises = match (steps.last().and_then(|before| before.below), step.below) {
                (Some(before), Some(below)) => before < below,
                _ => true,
            };
            if step.below.is_none() != is_last || !rises {
                let help = "write [{ below = 100, step = 10 }, { below = 300, step = 25 }, { step = 50 }]";
                let message = "the steps must be for ever larger numbers, the last for all others";
                self.error("M0434", &one.span, message, help);
                break;
            }
            steps.push(step);
        }
        steps
    }

    fn step(&self, draft: &Located<StepDraft>) -> Step {
        let whole = |number: i64| usize::try_from(number).unwrap_or(1).max(1);
        Step {
            below: draft.below.as_ref().map(|below| whole(below.value)),
            step: whole(draft.step.value),
            line: self.line(&draft.span),
        }
    }

    /// The tie chain. No two securities have one id, so nothing after it could decide.
    pub(super) fn ties(&mut self, draft: &[Located<TieDraft>], scope: &Scope) -> Vec<Tie> {
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
        if draft.fraction.is_none() && draft.round_to.is_empty() {
            self.idle(
                draft.rounding.as_ref(),
                "rounding",
                "only `fraction` gives a count to round",
            );
        }
        if draft.coverage.is_none() {
            self.idle(draft.crossing.as_ref(), "crossing", "only a `coverage` is crossed");
        }
        for share in [&draft.fraction, &draft.coverage].into_iter().flatten() {
            if share.value.0.numerator == 0 || !share.value.0.at_most_one() {
                let help = "write a share such as \"50%\"";
                self.error("M0410", &share.span, "the share must lie above 0% and up to 100%", help);
            }
        }
        if let Some(coverage) = &draft.coverage {
            let crossing = self.setting(draft.crossing.as_ref(), Crossing::Include, |word| match word {
                CrossingName::Include => Crossing::Include,
                CrossingName::Exclude => Crossing::Exclude,
                CrossingName::Nearest => Crossing::Nearest,
            });
            return TopSize::Coverage(coverage.value.0, crossing);
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

fn buffer_end(draft: NumberOrShare) -> BufferEnd {
    match draft {
        NumberOrShare::Number(rank) => BufferEnd::Rank(usize::try_from(rank).unwrap_or(0)),
        NumberOrShare::Share(share) => BufferEnd::Share(share),
    }
}

/// A number of members rounded to the multiple its size asks for; as it is without steps.
pub fn stepped(n: usize, steps: &[Step], rounding: Rounding) -> usize {
    let step = steps.iter().find(|step| step.below.is_none_or(|below| n < below));
    step.map_or(n, |step| {
        step.step * rounded(Fraction::new(1, step.step as u64), n, rounding)
    })
}

/// Rounds `fraction × n` as a rule says.
pub fn rounded(fraction: Fraction, n: usize, rounding: Rounding) -> usize {
    match rounding {
        Rounding::Up => fraction.ceil_of(n),
        Rounding::Down => fraction.floor_of(n),
        Rounding::Nearest => fraction.round_of(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_steps_of_a_number_of_names() {
        let step = |below, step| Step {
            below,
            step,
            line: crate::Line::of_rulebook(1),
        };
        let steps = [step(Some(100), 10), step(Some(300), 25), step(None, 50)];
        let published = [
            (1, 10),
            (93, 100),
            (99, 100),
            (100, 100),
            (101, 125),
            (126, 150),
            (287, 300),
            (299, 300),
            (300, 300),
            (301, 350),
        ];
        for (n, expected) in published {
            assert_eq!(stepped(n, &steps, Rounding::Up), expected, "{n}");
        }
        assert_eq!(stepped(126, &steps, Rounding::Nearest), 125);
        assert_eq!(stepped(126, &[], Rounding::Up), 126);
    }
}
