//! `[weight.minimum-…]`, `[weight.maximum-exposure]` and limits that only an optimisation can keep.

use super::Check;
use super::limits::bound;
use super::scope::Scope;
use crate::draft::optimised::{DistanceName, MaximumExposureDraft, MinimumDistanceDraft, MinimumVarianceDraft};
use crate::draft::{BaseWeight, Draft, LimitDraft, WeightDraft};
use crate::literal::{BandLiteral, Percentage};
use crate::located::Located;
use crate::methodology::{Bound, Bounds, Constraint, ConstraintOn, Distance, Limit, Objective, Optimised, Setting};
use crate::methodology::{TiltBase, TurnoverLimit};
use crate::names::in_quotes;

/// What a limit may be on besides weights.
const OTHER_LIMITS: [&str; 3] = ["exposure", "names", "tracking-error"];

/// Whether a limit bounds something else than weights.
pub(super) fn is_other(draft: &LimitDraft) -> bool {
    OTHER_LIMITS.contains(&draft.on.value.as_str())
}

/// The objective an analyst wrote, its table's name and place.
pub(super) fn objective_span(weight: &WeightDraft) -> Option<(&'static str, &std::ops::Range<usize>)> {
    let all = [
        ("minimum-variance", weight.minimum_variance.as_ref().map(|at| &at.span)),
        (
            "minimum-tracking-error",
            weight.minimum_tracking_error.as_ref().map(|at| &at.span),
        ),
        ("maximum-exposure", weight.maximum_exposure.as_ref().map(|at| &at.span)),
        ("minimum-distance", weight.minimum_distance.as_ref().map(|at| &at.span)),
    ];
    all.into_iter().find_map(|(name, span)| Some((name, span?)))
}

impl Check<'_> {
    /// What an optimised weighting has and others do not; none for those, which must not have it.
    pub(super) fn optimised(
        &mut self,
        draft: &Draft,
        limits: &[Limit],
        turnover: Option<&TurnoverLimit>,
        scope: &Scope,
    ) -> Option<Optimised> {
        let Some((name, span)) = objective_span(&draft.weight) else {
            let why = "only optimised weights, such as [weight.minimum-variance], need it";
            self.idle(draft.risk.as_ref(), "risk", why);
            for rung in &draft.relax {
                self.idle(Some(rung), "relax", why);
            }
            return None;
        };
        self.idle(
            draft.weight.neutral.as_ref(),
            "neutral",
            "write a [[limit]] with within = \"0pp\"",
        );
        self.idle(
            draft.weight.drop.as_ref(),
            "drop",
            "write `minimum_holding` in the weighting itself",
        );
        for limit in draft.limit.iter().filter(|limit| !is_other(limit)) {
            self.not_a_constraint(limit);
        }
        let unreachable = draft
            .turnover
            .as_ref()
            .and_then(|turnover| turnover.unreachable.as_ref());
        self.idle(unreachable, "unreachable", "what gives way is said by [[relax]]");
        let minimum_holding = self.minimum_holding(&draft.weight);
        let constraints = self.constraints(&draft.limit, minimum_holding.is_some(), scope);
        let tracking = constraints
            .iter()
            .any(|all| matches!(all.on, ConstraintOn::TrackingError { .. }));
        let objective = self.objective(&draft.weight, tracking, scope);
        let needs_risk = tracking || !matches!(objective, Objective::MinimumDistance { .. });
        if needs_risk && draft.risk.is_none() {
            let what = if tracking {
                "a limit on tracking error".to_owned()
            } else {
                format!("[weight.{name}]")
            };
            let help = "add [risk.vendor], or [risk.shrinkage], [risk.statistical] or [risk.fundamental] from returns";
            self.error("M0451", span, format!("{what} needs a risk model"), help);
        }
        if !needs_risk {
            self.idle(draft.risk.as_ref(), "risk", "neither objective nor limits look at risk");
        }
        let (ladder, last_resort) = self.ladder_of(&draft.relax, limits, &constraints, turnover);
        if let Objective::MaximumExposure { risk: None, .. } = objective {
            self.boundless(&draft.relax, &constraints);
        }
        Some(Optimised {
            objective,
            minimum_holding,
            risk: draft.risk.as_ref().map(|risk| self.risk(risk, scope)),
            constraints,
            ladder,
            last_resort,
        })
    }

    fn objective(&mut self, weight: &WeightDraft, tracking: bool, scope: &Scope) -> Objective {
        if let Some(written) = &weight.minimum_variance {
            self.minimum_variance(written)
        } else if let Some(written) = &weight.maximum_exposure {
            self.maximum_exposure(written, tracking, scope)
        } else if let Some(written) = &weight.minimum_distance {
            self.minimum_distance(written, scope)
        } else {
            Objective::MinimumTrackingError
        }
    }

    fn minimum_variance(&mut self, draft: &MinimumVarianceDraft) -> Objective {
        for aversion in [&draft.factor_aversion, &draft.specific_aversion].into_iter().flatten() {
            if !(aversion.value > 0.0 && aversion.value.is_finite()) {
                let message = format!("an aversion of {} minimises nothing", aversion.value);
                self.error(
                    "M0459",
                    &aversion.span,
                    message,
                    "write a number above zero; 1 is the variance itself",
                );
            }
        }
        Objective::MinimumVariance {
            factor_aversion: self.setting(draft.factor_aversion.as_ref(), 1.0, |value| *value),
            specific_aversion: self.setting(draft.specific_aversion.as_ref(), 1.0, |value| *value),
        }
    }

    fn maximum_exposure(&mut self, draft: &MaximumExposureDraft, tracking: bool, scope: &Scope) -> Objective {
        if tracking {
            self.idle(
                draft.risk.as_ref(),
                "risk",
                "a limit on tracking error says how much risk there may be",
            );
        }
        let risk = self.setting(
            draft.risk.as_ref(),
            Bound::TimesParent(divisor_model::Fraction::new(1, 1)),
            |literal| bound(literal.0),
        );
        let is_nothing = match risk.value {
            Bound::Weight(share) | Bound::TimesParent(share) => share.numerator == 0,
            Bound::LargestInParent => true,
            Bound::ParentPlus(_) | Bound::ParentMinus(_) => false,
        };
        if let (true, Some(written)) = (is_nothing, &draft.risk) {
            self.error(
                "M0459",
                &written.span,
                if risk.value == Bound::LargestInParent {
                    "a volatility is no weight in the parent"
                } else {
                    "no risk at all leaves nothing to hold"
                },
                "write \"1 x parent\" or \"12%\"",
            );
        }
        Objective::MaximumExposure {
            to: self.quantity(&draft.to, &draft.to.span, scope),
            risk: (!tracking).then_some(risk),
        }
    }

    fn minimum_distance(&mut self, draft: &MinimumDistanceDraft, scope: &Scope) -> Objective {
        let by = draft.by.as_ref();
        Objective::MinimumDistance {
            base: match draft.to.value {
                BaseWeight::Parent => TiltBase::Parent,
                BaseWeight::Equal => TiltBase::Equal,
            },
            by: by.map(|by| self.tilts(&by.value, scope)).unwrap_or_default(),
            measure: self.setting(draft.measure.as_ref(), Distance::ChiSquare, |word| match word {
                DistanceName::ChiSquare => Distance::ChiSquare,
                DistanceName::Absolute => Distance::Absolute,
            }),
        }
    }

    fn minimum_holding(&mut self, weight: &WeightDraft) -> Option<Setting<divisor_model::Fraction>> {
        let written: [Option<&Located<Percentage>>; 4] = [
            weight
                .minimum_variance
                .as_ref()
                .and_then(|all| all.minimum_holding.as_ref()),
            weight
                .minimum_tracking_error
                .as_ref()
                .and_then(|all| all.minimum_holding.as_ref()),
            weight
                .maximum_exposure
                .as_ref()
                .and_then(|all| all.minimum_holding.as_ref()),
            weight
                .minimum_distance
                .as_ref()
                .and_then(|all| all.minimum_holding.as_ref()),
        ];
        let written = written.into_iter().flatten().next()?;
        if written.value.0.numerator == 0 || !written.value.0.at_most_one() {
            let help = "write a small weight such as \"0.05%\", or take it out";
            self.error("M0459", &written.span, "no holding can be at least this", help);
        }
        self.stated(Some(written), |share| share.0)
    }

    /// Keys that say how capped weights are found, where none are capped.
    fn not_a_constraint(&mut self, limit: &LimitDraft) {
        self.idle(
            limit.redistribute.as_ref(),
            "redistribute",
            "limits of optimised weights are constraints; nothing is capped and shared out",
        );
        self.idle(
            limit.empty.as_ref(),
            "empty",
            "a limit that cannot be kept is a matter of [[relax]]",
        );
        if let Some(ladder) = &limit.ladder {
            let help = "optimised weights have no ranks before limits: write `max`";
            self.error(
                "M0453",
                &ladder.span,
                "a ladder by rank is no constraint of an optimisation",
                help,
            );
        }
        if let Some(written) = &limit.concentration {
            let help = "who counts as large is not known before the weights are: write a lower `max`";
            self.error(
                "M0453",
                &written.span,
                "a concentration is no constraint of an optimisation",
                help,
            );
        }
    }

    /// Limits on exposures, names and tracking error, where weights are not optimised.
    pub(super) fn needs_optimisation(&mut self, draft: &Located<LimitDraft>) {
        let message = format!("a limit on {} needs optimised weights", in_words(&draft.on));
        let help = "weight by [weight.minimum-distance] to = \"parent\" or another objective, or bound weights instead";
        self.error("M0452", &draft.on.span, message, help);
    }

    fn constraints(&mut self, drafts: &[Located<LimitDraft>], has_minimum: bool, scope: &Scope) -> Vec<Constraint> {
        let mut constraints: Vec<Constraint> = Vec::new();
        for draft in drafts.iter().filter(|draft| is_other(draft)) {
            self.idle_in_others(draft);
            let on = match draft.on.value.as_str() {
                "exposure" => self.exposure(draft, scope),
                "names" => self.names(draft, has_minimum),
                _ => self.tracking_error(draft),
            };
            let Some(on) = on else { continue };
            let same = |other: &Constraint| match (&other.on, &on) {
                (ConstraintOn::Exposure { of: a, .. }, ConstraintOn::Exposure { of: b, .. }) => a == b,
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            };
            if let Some(first) = constraints.iter().find(|other| same(other)) {
                let message = format!("`{}` bounds the same already", first.id);
                self.error("M0455", &draft.span, message, "keep the tighter one");
            }
            constraints.push(Constraint {
                id: draft.id.value.clone(),
                on,
                because: draft.because.as_ref().map(|text| text.value.clone()),
                line: self.line(&draft.span),
            });
        }
        constraints
    }

    /// Keys of limits on weights, and those of the other kinds.
    fn idle_in_others(&mut self, draft: &LimitDraft) {
        let what = in_words(&draft.on);
        let why = format!("it is for weights, not for {what}");
        self.idle(draft.min.as_ref(), "min", &why);
        self.idle(draft.ladder.as_ref(), "ladder", &why);
        self.idle(draft.small.as_ref(), "small", &why);
        self.idle(draft.concentration.as_ref(), "concentration", &why);
        self.idle(draft.redistribute.as_ref(), "redistribute", &why);
        self.idle(draft.fallback.as_ref(), "fallback", &why);
        self.idle(draft.empty.as_ref(), "empty", &why);
        let on = draft.on.value.as_str();
        let other = format!("a limit on {what} has no such bound");
        if on != "exposure" {
            self.idle(draft.within.as_ref(), "within", &other);
            self.idle(draft.of.as_ref(), "of", &other);
        }
        if on != "names" {
            self.idle(draft.least.as_ref(), "least", &other);
            self.idle(draft.most.as_ref(), "most", &other);
        }
        if on != "tracking-error" {
            self.idle(draft.max.as_ref(), "max", &other);
        }
    }

    fn exposure(&mut self, draft: &Located<LimitDraft>, scope: &Scope) -> Option<ConstraintOn> {
        let (Some(of), Some(within)) = (&draft.of, &draft.within) else {
            let message = format!(
                "the limit `{}` does not say which exposure is bounded, and how",
                draft.id.value
            );
            self.error(
                "M0455",
                &draft.span,
                message,
                "write of = \"quality\" and within = \"0.25 sd\"",
            );
            return None;
        };
        let of = self.quantity(of, &of.span, scope);
        match within.value.0 {
            BandLiteral::Deviations(within) => Some(ConstraintOn::Exposure { of, within }),
            BandLiteral::Points(_) => {
                let help = "write a number of standard deviations: \"0.25 sd\"";
                self.error(
                    "M0454",
                    &within.span,
                    "an exposure is not measured in percentage points",
                    help,
                );
                None
            }
        }
    }

    fn names(&mut self, draft: &Located<LimitDraft>, has_minimum: bool) -> Option<ConstraintOn> {
        let count =
            |written: &Option<Located<i64>>| written.as_ref().and_then(|count| usize::try_from(count.value).ok());
        let (least, most) = (count(&draft.least), count(&draft.most));
        match (least, most, &draft.least) {
            (None, None, _) => {
                let message = format!("the limit `{}` limits nothing", draft.id.value);
                self.error("M0455", &draft.span, message, "add least = 100 or most = 300");
                return None;
            }
            (Some(low), Some(high), Some(written)) if low > high => {
                let message = format!("at least {low} names are more than the most, {high}");
                self.error("M0455", &written.span, message, "lower `least` or raise `most`");
            }
            (Some(_), _, Some(written)) if !has_minimum => {
                let help = "add minimum_holding = \"0.05%\" to the table of the weighting";
                self.error(
                    "M0455",
                    &written.span,
                    "a least number of names needs a least weight of each",
                    help,
                );
            }
            _ => {}
        }
        Some(ConstraintOn::Names { least, most })
    }

    fn tracking_error(&mut self, draft: &Located<LimitDraft>) -> Option<ConstraintOn> {
        let max = draft.max.as_ref().map(|max| super::limits::bounds(&max.value));
        match max.as_ref().map(|max: &Bounds| max.of.as_slice()) {
            Some(&[Bound::Weight(max)]) if max.numerator > 0 => Some(ConstraintOn::TrackingError { max }),
            _ => {
                let span = draft.max.as_ref().map_or(&draft.span, |max| &max.span);
                let message = format!(
                    "the limit `{}` does not say how much tracking error there may be",
                    draft.id.value
                );
                self.error("M0455", span, message, "write an annual volatility: max = \"3%\"");
                None
            }
        }
    }
}

/// `exposure`, `names` or `tracking error`.
fn in_words(on: &Located<String>) -> String {
    debug_assert!(
        OTHER_LIMITS.contains(&on.value.as_str()),
        "{}",
        in_quotes(&OTHER_LIMITS)
    );
    on.value.replace('-', " ")
}
