//! `[[limit]]`.

use divisor_model::Fraction;

use super::Check;
use crate::draft::limits::{ConcentrationDraft, CutName, RedistributeName};
use crate::draft::{EmptyGroup as EmptyName, LimitDraft};
use crate::literal::{BandLiteral, BoundLiteral};
use crate::located::Located;
use crate::methodology::{Bound, Bounds, Concentration, Cut, EmptyGroup, Limit, LimitOn, Pick, Redistribute, Small};
use crate::numbers::percent;
use crate::one_or_table::BoundDraft;
use crate::stand_in::is_nowhere;

impl Check<'_> {
    pub(super) fn limit(&mut self, draft: &Located<LimitDraft>) -> Limit {
        let on = match draft.on.value.as_str() {
            "security" => LimitOn::Security,
            "issuer" => LimitOn::Issuer,
            name => {
                if name == "turnover" {
                    let help = "a limit on turnover has a table of its own: [turnover] max = \"10%\"";
                    self.error(
                        "M0311",
                        &draft.on.span,
                        "`turnover` is no text column to group by",
                        help,
                    );
                } else {
                    self.group_column(name, &draft.on.span, None);
                }
                LimitOn::Column(name.to_owned())
            }
        };
        let has_maximum = draft.max.is_some() || draft.ladder.is_some() || draft.concentration.is_some();
        if !has_maximum && draft.min.is_none() && draft.within.is_none() {
            self.error(
                "M0413",
                &draft.span,
                if is_nowhere(&draft.id.span) {
                    "the limit limits nothing".to_owned()
                } else {
                    format!("the limit `{}` limits nothing", draft.id.value)
                },
                "add max = \"5%\", min = \"1%\" or within = \"5pp\"",
            );
        }
        self.issuer(draft, &on);
        let why = "it is for limits on exposure or names";
        self.idle(draft.of.as_ref(), "of", why);
        self.idle(draft.least.as_ref(), "least", why);
        self.idle(draft.most.as_ref(), "most", why);
        if draft.min.is_none() && draft.within.is_none() {
            self.idle(draft.empty.as_ref(), "empty", "nothing forces weight into a group");
        }
        let bounds = |written: Option<&Located<BoundDraft>>| written.map(|bound| bounds(&bound.value));
        let (max, min) = (bounds(draft.max.as_ref()), bounds(draft.min.as_ref()));
        self.contradiction(draft, max.as_ref(), min.as_ref());
        self.ladder(draft);
        if draft.within.is_none() {
            self.idle(
                draft.small.as_ref(),
                "small",
                "it stands in for `within`, which is not written",
            );
        }
        let concentration = draft.concentration.as_ref();
        let concentration = concentration.map(|written| self.concentration(written, max.as_ref()));
        Limit {
            id: draft.id.value.clone(),
            on,
            max,
            min,
            within: self.distance(draft),
            ladder: draft
                .ladder
                .iter()
                .flat_map(|all| all.value.iter().map(|step| step.value.0))
                .collect(),
            small: draft.small.as_ref().map(|small| Small {
                up_to: small.up_to.value.0,
                max: self::bounds(&small.max.value),
                line: self.line(&small.span),
            }),
            concentration,
            redistribute: self.setting(
                draft.redistribute.as_ref(),
                Redistribute::Proportional,
                |word| match word {
                    RedistributeName::Proportional => Redistribute::Proportional,
                    RedistributeName::Equal => Redistribute::Equal,
                    RedistributeName::Power => Redistribute::Power,
                },
            ),
            fallback_to_security: draft.fallback.is_some(),
            empty: self.setting(draft.empty.as_ref(), EmptyGroup::Error, empty_group),
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        }
    }

    /// How close to the parent's weight.
    fn distance(&mut self, draft: &LimitDraft) -> Option<Fraction> {
        let written = draft.within.as_ref()?;
        match written.value.0 {
            BandLiteral::Points(distance) => Some(distance),
            BandLiteral::Deviations(_) => {
                let help = "write percentage points: \"5pp\"; standard deviations are for a limit on exposure";
                self.error(
                    "M0454",
                    &written.span,
                    "a weight is not measured in standard deviations",
                    help,
                );
                Some(Fraction::ZERO)
            }
        }
    }

    /// Bounds that leave nothing between them.
    fn contradiction(&mut self, draft: &LimitDraft, max: Option<&Bounds>, min: Option<&Bounds>) {
        let only = |bounds: Option<&Bounds>| match bounds.map(|bounds| bounds.of.as_slice()) {
            Some(&[Bound::Weight(weight)]) => Some(weight),
            _ => None,
        };
        if let (Some(high), Some(low), Some(written)) = (only(max), only(min), &draft.min)
            && low.value() > high.value()
        {
            let message = format!("the minimum {} is above the maximum {}", percent(low), percent(high));
            self.error("M0414", &written.span, message, "lower `min` or raise `max`");
        }
        if let (Some(high), Some(written)) = (only(max), &draft.max)
            && high.numerator == 0
        {
            let help = "use a [[screen]] to keep names out";
            self.error("M0414", &written.span, "a maximum of 0% leaves nothing", help);
        }
    }

    /// A ladder falls from step to step, and its last step is above nothing.
    fn ladder(&mut self, draft: &LimitDraft) {
        let Some(ladder) = &draft.ladder else { return };
        for pair in ladder.value.windows(2) {
            let (above, below) = (pair[0].value.0, pair[1].value.0);
            if below.value() > above.value() {
                let message = format!(
                    "the step {} is above the one before it, {}",
                    percent(below),
                    percent(above)
                );
                let help = "write the ladder from the heaviest down, each step at most the one before";
                self.error("M0417", &pair[1].span, message, help);
            }
        }
        if let Some(last) = ladder.value.last()
            && last.value.0.numerator == 0
        {
            let help = "use [select.top] to have fewer members";
            self.error(
                "M0414",
                &last.span,
                "a last step of 0% leaves nothing for all after it",
                help,
            );
        }
        self.idle(draft.max.as_ref(), "max", "the first step of the ladder is the maximum");
    }

    fn concentration(&mut self, draft: &Located<ConcentrationDraft>, max: Option<&Bounds>) -> Concentration {
        let (above, together) = (draft.above.value.0, draft.max.value.0);
        let tightest = max
            .filter(|max| max.pick == Pick::Lower)
            .into_iter()
            .flat_map(|max| &max.of);
        let mut tightest = tightest.filter_map(|bound| match bound {
            Bound::Weight(weight) if weight.value() <= above.value() => Some(*weight),
            _ => None,
        });
        if let Some(max) = tightest.next_back() {
            let message = format!(
                "nothing weighs more than {}: the maximum is {}",
                percent(above),
                percent(max)
            );
            let help = "raise `max` above it, or take the concentration out";
            self.error("M0418", &draft.above.span, message, help);
        } else if together.value() < above.value() || above.numerator == 0 || together.value() >= 1.0 {
            let message = format!(
                "at most {} in everything above {} is no concentration limit",
                percent(together),
                percent(above)
            );
            let help = "write { above = \"5%\", max = \"40%\" }: above 0%, and a maximum from there up to below 100%";
            self.error("M0418", &draft.span, message, help);
        }
        Concentration {
            above,
            max: together,
            cut: self.setting(draft.cut.as_ref(), Cut::Nearest, |word| match word {
                CutName::Nearest => Cut::Nearest,
                CutName::Breach => Cut::Breach,
                CutName::Smallest => Cut::Smallest,
            }),
            line: self.line(&draft.span),
        }
    }

    /// What a procedure cannot be together with: other limits, and other keys of its own.
    pub(super) fn procedures(&mut self, drafts: &[&Located<LimitDraft>], limits: &[Limit]) {
        for (draft, limit) in drafts.iter().zip(limits) {
            let mut with_concentration = drafts.iter().filter(|draft| draft.concentration.is_some());
            let first = with_concentration.next();
            if let (Some(written), Some(first)) = (&draft.concentration, first)
                && first.id.value != draft.id.value
            {
                let message = format!("`{}` limits concentration already", first.id.value);
                let help = "one rulebook has one concentration limit: keep the tighter one";
                self.error("M0419", &written.span, message, help);
            }
            if !limit.is_procedure() {
                continue;
            }
            let stated = draft.concentration.as_ref().and_then(|all| all.cut.as_ref());
            let cut = stated.filter(|cut| cut.value != CutName::Nearest);
            let written = draft.redistribute.as_ref();
            let written = written.filter(|written| written.value != RedistributeName::Proportional);
            let Some(span) = written.map(|at| at.span.clone()).or(cut.map(|at| at.span.clone())) else {
                continue;
            };
            if let (Some(written), Some(_)) = (written, stated) {
                self.idle(Some(written), "redistribute", "`cut` says who takes what is too much");
            }
            let alone = "a step-by-step rule is no bound that others could hold together with";
            if let Some(other) = limits.iter().find(|other| other.id != limit.id) {
                let message = format!("`{}` must be the only limit, and there is `{}`", limit.id, other.id);
                let help = format!("take one of the two out: {alone}");
                self.error("M0420", &span, message, help);
            } else if draft.min.is_some() || draft.within.is_some() {
                let help = format!("take `min` and `within` out: {alone}");
                self.error("M0420", &span, format!("`{}` can only have maxima", limit.id), help);
            } else if limit.redistribute.value == Redistribute::Equal && draft.concentration.is_some() {
                let help = "write redistribute = \"power\" or take it out";
                self.error("M0420", &span, "a concentration has no equal redistribution", help);
            } else if cut.is_some()
                && limit
                    .max
                    .as_ref()
                    .is_some_and(|max| !matches!(max.of.as_slice(), [Bound::Weight(_)]))
                || cut.is_some() && draft.ladder.is_some()
            {
                let help = "write max = \"22.5%\"";
                self.error("M0420", &span, "cutting step by step needs one maximum for all", help);
            }
        }
    }

    /// A limit on issuers needs to know them.
    fn issuer(&mut self, draft: &Located<LimitDraft>, on: &LimitOn) {
        if *on != LimitOn::Issuer {
            self.idle(
                draft.fallback.as_ref(),
                "fallback",
                "only a limit on issuers can fall back to securities",
            );
            return;
        }
        let Some(catalogue) = self.catalogue else { return };
        if draft.fallback.is_none() && !catalogue.snapshot.contains_key("issuer_id") {
            let message = format!("the dataset `{}` has no `issuer_id`", catalogue.dataset);
            let help = "add fallback = \"security\" to treat each security as its own issuer";
            self.error("M0317", &draft.on.span, message, help);
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "settings are read by reference")]
pub(super) fn empty_group(word: &EmptyName) -> EmptyGroup {
    match word {
        EmptyName::Error => EmptyGroup::Error,
        EmptyName::Spread => EmptyGroup::Spread,
    }
}

pub(super) fn bounds(draft: &BoundDraft) -> Bounds {
    let (pick, of) = match draft {
        BoundDraft::One(one) => (Pick::Lower, std::slice::from_ref(one)),
        BoundDraft::LowerOf(all) => (Pick::Lower, all.as_slice()),
        BoundDraft::HigherOf(all) => (Pick::Higher, all.as_slice()),
    };
    Bounds {
        pick,
        of: of.iter().map(|one| bound(*one)).collect(),
    }
}

pub(super) fn bound(literal: BoundLiteral) -> Bound {
    match literal {
        BoundLiteral::Weight(weight) => Bound::Weight(weight),
        BoundLiteral::TimesParent(times) => Bound::TimesParent(times),
        BoundLiteral::ParentPlus(points) => Bound::ParentPlus(points),
        BoundLiteral::ParentMinus(points) => Bound::ParentMinus(points),
        BoundLiteral::LargestInParent => Bound::LargestInParent,
    }
}
