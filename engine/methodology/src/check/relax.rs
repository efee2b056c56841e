//! `[[relax]]`: what gives way, in order.

use super::Check;
use crate::draft::optimised::{LastName, RelaxDraft};
use crate::literal::{BandLiteral, Relaxed, RelaxedLiteral, Widening};
use crate::located::Located;
use crate::methodology::TurnoverLimit;
use crate::methodology::{Amount, Bound, Constraint, ConstraintOn, LastResort, Limit, RelaxedRule, Rung, Setting};
use crate::names::suggestion;
use crate::numbers::{percent, points};
use crate::stand_in::is_nowhere;

/// A rule as it stands at a rung.
struct Standing {
    id: String,
    /// What it allows; none where it cannot be loosened as it is written.
    amount: Option<Amount>,
    /// Whether an earlier rung does without it.
    gone: bool,
}

/// A mistake was found and told.
struct Reported;

impl Check<'_> {
    /// The rungs, and what happens after the last.
    pub(super) fn ladder_of(
        &mut self,
        drafts: &[Located<RelaxDraft>],
        limits: &[Limit],
        constraints: &[Constraint],
        turnover: Option<&TurnoverLimit>,
    ) -> (Vec<Rung>, Setting<LastResort>) {
        let mut standing = standing(limits, constraints, turnover);
        let mut rungs: Vec<Rung> = Vec::new();
        let mut last = None;
        for (at, draft) in drafts.iter().enumerate() {
            if let Some(written) = &draft.last {
                if at + 1 < drafts.len() {
                    let help = "move this [[relax]] to the end, behind the rungs";
                    self.error("M0458", &written.span, "the last resort must come last", help);
                }
                self.idle_at_last(draft);
                last = last.or(Some(written));
            } else if let Some(rung) = self.rung(draft, &mut standing) {
                if let Some(first) = rungs.iter().find(|known| known.id == rung.id) {
                    let message = format!("line {} has a rung `{}` already", first.line, rung.id);
                    let span = draft
                        .id
                        .as_ref()
                        .or(draft.rule.as_ref())
                        .map_or(&draft.span, |id| &id.span);
                    self.error("M0110", span, message, "give one of the two another `id`");
                }
                rungs.push(rung);
            }
        }
        let last = self.setting(last, LastResort::Fail, |word| match word {
            LastName::Fail => LastResort::Fail,
            LastName::Skip => LastResort::Skip,
            LastName::KeepPrevious => LastResort::KeepPrevious,
        });
        (rungs, last)
    }

    /// A rung that does without the limit on tracking error, where that alone keeps an exposure from growing for ever.
    pub(super) fn boundless(&mut self, drafts: &[Located<RelaxDraft>], constraints: &[Constraint]) {
        let is_tracking = |id: &str| {
            let found = constraints.iter().find(|constraint| constraint.id == id);
            found.is_some_and(|found| matches!(found.on, ConstraintOn::TrackingError { .. }))
        };
        for draft in drafts {
            let own = draft.rule.as_ref().zip(draft.to.as_ref());
            let other = draft.alternate.as_ref().map(|other| (&other.rule, &other.to));
            for (rule, to) in own.into_iter().chain(other) {
                if is_tracking(&rule.value) && matches!(to.value.0, RelaxedLiteral::WithoutRule) {
                    let message = format!(
                        "without `{}` nothing limits the risk of [weight.maximum-exposure]",
                        rule.value
                    );
                    self.error(
                        "M0457",
                        &to.span,
                        message,
                        "write how far it is loosened instead, such as \"10%\"",
                    );
                }
            }
        }
    }

    fn idle_at_last(&mut self, draft: &RelaxDraft) {
        let why = "the last resort loosens no rule";
        self.idle(draft.step.as_ref(), "step", why);
        self.idle(draft.to.as_ref(), "to", why);
        self.idle(draft.alternate.as_ref(), "alternate", why);
        self.idle(draft.id.as_ref(), "id", why);
        self.idle(draft.because.as_ref(), "because", why);
    }

    fn rung(&mut self, draft: &Located<RelaxDraft>, standing: &mut [Standing]) -> Option<Rung> {
        let rule = draft.rule.as_ref()?;
        let Some(to) = &draft.to else {
            let message = format!("the rung does not say how far `{}` is loosened", rule.value);
            self.error(
                "M0457",
                &draft.span,
                message,
                "add to = \"30%\", \"10pp\" or \"0.5 sd\", or \"none\" to do without it",
            );
            return None;
        };
        let mut rules = vec![self.relaxed(rule, draft.step.as_ref(), to, standing)?];
        if let Some(other) = &draft.alternate {
            if other.rule.value == rule.value {
                let help = "name the rule that is loosened in turn with it";
                self.error("M0456", &other.rule.span, "a rule cannot alternate with itself", help);
            }
            if draft.step.is_none() {
                let help = "add step = \"1pp\": they are loosened a step at a time, in turn";
                self.error("M0457", &draft.span, "rules that alternate need a step each", help);
            }
            rules.extend(self.relaxed(&other.rule, Some(&other.step), &other.to, standing));
        }
        Some(Rung {
            id: draft.id.as_ref().unwrap_or(rule).value.clone(),
            rules,
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        })
    }

    fn relaxed(
        &mut self,
        rule: &Located<String>,
        step: Option<&Located<Widening>>,
        to: &Located<Relaxed>,
        standing: &mut [Standing],
    ) -> Option<RelaxedRule> {
        let Some(at) = standing.iter().position(|known| known.id == rule.value) else {
            let message = format!("no rule that can be loosened is called `{}`", rule.value);
            let help = if rule.value == "turnover" {
                "write [turnover] max = \"10%\" first: there is no limit on turnover".to_owned()
            } else {
                suggestion(&rule.value, standing.iter().map(|known| known.id.as_str()))
            };
            self.error("M0456", &rule.span, message, help);
            return None;
        };
        let Some(from) = standing[at].amount.filter(|_| !standing[at].gone) else {
            let (message, help) = if standing[at].gone {
                (
                    format!("an earlier rung does without `{}` already", rule.value),
                    "take this rung out",
                )
            } else {
                (
                    format!("`{}` is no single number that could be loosened", rule.value),
                    "write the part that may give way as a limit of its own, with one `max` of the index or one `within`",
                )
            };
            self.error("M0456", &rule.span, message, help);
            return None;
        };
        let target = self.target(rule, from, to).ok()?;
        let step = step.filter(|step| !is_nowhere(&step.span));
        if target.is_none() {
            self.idle(step, "step", "a rule is done without at once");
        }
        let step = step
            .filter(|_| target.is_some())
            .and_then(|step| self.widening(rule, from, step));
        match target {
            Some(target) => standing[at].amount = Some(target),
            None => standing[at].gone = true,
        }
        Some(RelaxedRule {
            rule: rule.value.clone(),
            from,
            step,
            to: target,
        })
    }

    /// How far: in the rule's own unit and beyond where it stands. None: the rule is done without.
    fn target(
        &mut self,
        rule: &Located<String>,
        from: Amount,
        to: &Located<Relaxed>,
    ) -> Result<Option<Amount>, Reported> {
        let target = match (from, to.value.0) {
            (_, RelaxedLiteral::WithoutRule) => return Ok(None),
            (Amount::Share(_), RelaxedLiteral::Share(share)) => Amount::Share(share),
            (Amount::Points(_), RelaxedLiteral::Band(BandLiteral::Points(distance))) => Amount::Points(distance),
            (Amount::Deviations(_), RelaxedLiteral::Band(BandLiteral::Deviations(number))) => {
                Amount::Deviations(number)
            }
            _ => {
                let message = format!(
                    "`{}` is {}: how far it is loosened must be said likewise",
                    rule.value,
                    amount(from)
                );
                let help = match from {
                    Amount::Share(_) => "write a percentage, such as \"30%\"",
                    Amount::Points(_) => "write percentage points, such as \"10pp\"",
                    Amount::Deviations(_) => "write standard deviations, such as \"0.5 sd\"",
                };
                self.error("M0457", &to.span, message, help);
                return Err(Reported);
            }
        };
        if target.value() <= from.value() {
            let message = format!(
                "{} is no looser than `{}`, which allows {}",
                amount(target),
                rule.value,
                amount(from)
            );
            self.error("M0457", &to.span, message, "write a larger value");
            return Err(Reported);
        }
        Ok(Some(target))
    }

    fn widening(&mut self, rule: &Located<String>, from: Amount, step: &Located<Widening>) -> Option<Amount> {
        let read = match (from, step.value.0) {
            (Amount::Share(_) | Amount::Points(_), BandLiteral::Points(distance)) => Amount::Points(distance),
            (Amount::Deviations(_), BandLiteral::Deviations(number)) => Amount::Deviations(number),
            _ => {
                let message = format!(
                    "`{}` is {}, and no step of it is said like this",
                    rule.value,
                    amount(from)
                );
                let help = match from {
                    Amount::Deviations(_) => "write standard deviations, such as \"0.25 sd\"",
                    Amount::Share(_) | Amount::Points(_) => "write percentage points, such as \"5pp\"",
                };
                self.error("M0457", &step.span, message, help);
                return None;
            }
        };
        if read.value() <= 0.0 {
            self.error(
                "M0457",
                &step.span,
                "a step of nothing never ends",
                "write a step above zero",
            );
            return None;
        }
        Some(read)
    }
}

/// `5%`, `5pp`, `0.25 sd`.
fn amount(amount: Amount) -> String {
    match amount {
        Amount::Share(share) => percent(share),
        Amount::Points(distance) => points(distance),
        Amount::Deviations(number) => format!("{number} sd"),
    }
}

/// The rules that could be loosened, as they are written.
fn standing(limits: &[Limit], constraints: &[Constraint], turnover: Option<&TurnoverLimit>) -> Vec<Standing> {
    let rule = |id: &str, amount| Standing {
        id: id.to_owned(),
        amount,
        gone: false,
    };
    let turnover = turnover.map(|turnover| rule("turnover", Some(Amount::Share(turnover.max))));
    let limits = limits.iter().map(|limit| rule(&limit.id, of_limit(limit)));
    let constraints = constraints.iter().map(|constraint| {
        let amount = match constraint.on {
            ConstraintOn::Exposure { within, .. } => Some(Amount::Deviations(within)),
            ConstraintOn::TrackingError { max } => Some(Amount::Share(max)),
            ConstraintOn::Names { .. } => None,
        };
        rule(&constraint.id, amount)
    });
    turnover.into_iter().chain(limits).chain(constraints).collect()
}

/// The one number of a limit on weights: a maximum of the index, or a distance from the parent.
fn of_limit(limit: &Limit) -> Option<Amount> {
    match (&limit.max, &limit.min, limit.within) {
        (Some(max), None, None) => match max.of.as_slice() {
            [Bound::Weight(share)] => Some(Amount::Share(*share)),
            _ => None,
        },
        (None, None, Some(distance)) => Some(Amount::Points(distance)),
        _ => None,
    }
}
