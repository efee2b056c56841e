//! `[[screen]]`.

use divisor_model::Fraction;

use super::Check;
use super::scope::{Place, Scope};
use super::select::rounding;
use crate::draft::{Draft, DropDraft, DropOverName, ScreenDraft, ScreenMissing};
use crate::formula::{Expr, Type};
use crate::located::Located;
use crate::methodology::{Drop, Prefer, Quantity, Rounding, Screen, ScreenTest, Setting};

impl Check<'_> {
    pub(super) fn screens(&mut self, draft: &Draft, scope: &Scope) -> Vec<Screen> {
        let mut screens: Vec<Screen> = Vec::new();
        for written in &draft.screen {
            if let Some(screen) = self.screen(written, &screens, scope) {
                screens.push(screen);
            }
        }
        screens
    }

    fn screen(&mut self, draft: &Located<ScreenDraft>, before: &[Screen], scope: &Scope) -> Option<Screen> {
        let (test, span, mut scores) = match (&draft.keep, &draft.drop) {
            (Some(text), _) => {
                let keep = self.condition(text, scope);
                let members = draft.keep_members.as_ref();
                let members = members.map(|text| (self.condition(text, scope), self.line(&text.span)));
                let (keep, members) = (keep?, members);
                let members = match members {
                    Some((formula, line)) => Some(Setting {
                        value: formula?,
                        line: Some(line),
                    }),
                    None => None,
                };
                let mut scores = scores_of(&keep, scope);
                scores.extend(members.iter().flat_map(|members| scores_of(&members.value, scope)));
                (ScreenTest::Keep { keep, members }, &text.span, scores)
            }
            (None, Some(written)) => {
                let why = "only `keep` has another rule for members";
                self.idle(draft.keep_members.as_ref(), "keep_members", why);
                let dropped = self.dropped(written, scope);
                let mut scores: Vec<String> = match &dropped.by {
                    Quantity::Score(name) => vec![name.clone()],
                    _ => Vec::new(),
                };
                if !dropped.over_parent.value {
                    // It counts the names that pass those before, and waits for what they wait for.
                    scores.extend(before.iter().flat_map(|screen| screen.scores.iter().cloned()));
                }
                (ScreenTest::Drop(dropped), &written.span, scores)
            }
            (None, None) => return None,
        };
        scores.sort_unstable();
        scores.dedup();
        Some(Screen {
            id: draft.id.value.clone(),
            keep_missing: self.setting(draft.missing.as_ref(), false, |word| *word == ScreenMissing::Keep),
            because: draft.because.as_ref().map(|text| text.value.clone()),
            scores,
            line: self.line(span),
            test,
        })
    }

    /// A formula that must be true or false.
    fn condition(&mut self, text: &Located<String>, scope: &Scope) -> Option<Expr> {
        let keep = self.parse(text)?;
        let mistakes = self.diagnostics.len();
        let found = self.formula_type(&keep, text, Place::Screen, scope);
        if !matches!(found, Type::Flag | Type::Unknown) {
            let help = match found {
                Type::Text => format!("write a condition that is true for what stays: {keep} == 'Energy'"),
                _ => format!("write a condition that is true for what stays: {keep} > 0"),
            };
            let message = format!("a screen must be true or false, not {}", found.words());
            self.error("M0305", &text.span, message, help);
        }
        if self.diagnostics[mistakes..].iter().all(|found| !found.is_error()) {
            self.formula_unit(&keep, text, scope);
        }
        Some(keep)
    }

    fn dropped(&mut self, draft: &Located<DropDraft>, scope: &Scope) -> Drop {
        let (share, keep) = match (&draft.bottom, &draft.top) {
            (Some(share), _) => (Some(share), Prefer::High),
            (None, share) => (share.as_ref(), Prefer::Low),
        };
        for written in [share, draft.members.as_ref()].into_iter().flatten() {
            if written.value.0.numerator != 0 && written.value.0.numerator < written.value.0.denominator {
                continue;
            }
            let help = "write a share such as \"5%\"";
            self.error(
                "M0410",
                &written.span,
                "the share that leaves must lie between 0% and 100%",
                help,
            );
        }
        Drop {
            share: share.map_or(Fraction::ZERO, |share| share.value.0),
            members: self.stated(draft.members.as_ref(), |share| share.0),
            keep,
            by: self.quantity(&draft.by, &draft.by.span, scope),
            within: self.group_columns(draft.within.as_ref(), scope),
            over_parent: self.setting(draft.over.as_ref(), false, |word| *word == DropOverName::Parent),
            rounding: self.setting(draft.rounding.as_ref(), Rounding::Down, |word| rounding(*word)),
        }
    }
}

fn scores_of(formula: &Expr, scope: &Scope) -> Vec<String> {
    let names = formula.names();
    let scores = names.iter().filter(|(name, _)| scope.scores.contains(*name));
    scores.map(|(name, _)| (*name).to_owned()).collect()
}
