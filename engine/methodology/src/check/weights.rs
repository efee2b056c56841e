//! `[weight.*]` and `[[limit]]`.

use super::Check;
use super::scope::Scope;
use crate::draft::{BaseWeight, EmptyGroup as EmptyName, LimitDraft, MeasureMissing as MissingName, MeasuresDraft};
use crate::draft::{TiltMap as MapName, TiltedDraft, WeightDraft};
use crate::literal::BoundLiteral;
use crate::located::Located;
use crate::methodology::{Bound, EmptyGroup, Limit, LimitOn, Measure, MeasureMissing, Measures, Quantity, SignMeans};
use crate::methodology::{TiltBase, TiltMap, Weight, WeightScheme};
use crate::names::suggestion;
use crate::numbers::percent;
use crate::one_or_table::{BoundDraft, SignDraft};
use crate::stand_in::is_nowhere;

impl Check<'_> {
    pub(super) fn weight(&mut self, draft: &Located<WeightDraft>, scope: &Scope) -> Weight {
        let (scheme, span) = if let Some(inverse) = &draft.inverse {
            let name = &inverse.variable;
            let help = "weight by a score with [weight.tilted]";
            let quantity = self.variable_quantity(name, &name.span, scope, help);
            (WeightScheme::Inverse(quantity), &inverse.span)
        } else if let Some(tilted) = &draft.tilted {
            (self.tilted(tilted, scope), &tilted.span)
        } else if let Some(measures) = &draft.measures {
            (WeightScheme::Measures(self.measures(measures, scope)), &measures.span)
        } else if let Some(equal) = &draft.equal {
            (WeightScheme::Equal, &equal.span)
        } else {
            (
                WeightScheme::Parent,
                draft.parent.as_ref().map_or(&draft.span, |parent| &parent.span),
            )
        };
        Weight {
            scheme,
            line: self.line(span),
        }
    }

    fn tilted(&mut self, draft: &Located<TiltedDraft>, scope: &Scope) -> WeightScheme {
        let mut by = Vec::new();
        for tilt in &draft.by.value {
            let map = match tilt.map.value {
                MapName::OnePlusZ => TiltMap::OnePlusZ,
                MapName::Value => TiltMap::Value,
            };
            let quantity = match (&tilt.score, &tilt.variable) {
                (Some(name), _) => {
                    if !scope.scores.contains(&name.value) {
                        let help = suggestion(name, scope.scores.iter().map(String::as_str));
                        self.error(
                            "M0307",
                            &name.span,
                            format!("no score is called `{}`", name.value),
                            help,
                        );
                    }
                    Quantity::Score(name.value.clone())
                }
                (None, Some(name)) => {
                    if map == TiltMap::OnePlusZ {
                        let help = "name a score, or write map = \"value\"";
                        self.error("M0411", &tilt.map.span, "`one-plus-z` is for scores", help);
                    }
                    self.variable_quantity(name, &name.span, scope, &format!("write score = \"{}\"", name.value))
                }
                (None, None) => Quantity::ParentWeight,
            };
            by.push((quantity, map));
        }
        let base = match draft.base.value {
            BaseWeight::Parent => TiltBase::Parent,
            BaseWeight::Equal => TiltBase::Equal,
        };
        WeightScheme::Tilted { base, by }
    }

    fn measures(&mut self, draft: &Located<MeasuresDraft>, scope: &Scope) -> Measures {
        let names: Vec<&str> = draft.of.value.iter().map(|name| name.value.as_str()).collect();
        let mut keys: Vec<(&String, std::ops::Range<usize>)> = draft
            .zero
            .iter()
            .map(|(name, word)| (name, word.span.clone()))
            .collect();
        if let Some(negative) = &draft.negative
            && let SignDraft::Each(each) = &negative.value
        {
            keys.extend(each.keys().map(|name| (name, negative.span.clone())));
        }
        // Where the list itself is wrong, what should be in it is not known.
        let is_known = !draft.of.iter().any(|of| is_nowhere(&of.span));
        for (name, span) in keys.into_iter().filter(|_| is_known) {
            if !names.contains(&name.as_str()) {
                let help = suggestion(name, names.iter().copied());
                self.error("M0412", &span, format!("`{name}` is not among the measures"), help);
            }
        }
        let means = |word: &str| {
            if word == "zero" {
                SignMeans::Zero
            } else {
                SignMeans::Missing
            }
        };
        let mut of: Vec<Measure> = Vec::new();
        for name in &draft.of.value {
            if of.iter().any(|known| known.of.name() == name.value) {
                self.error(
                    "M0110",
                    &name.span,
                    format!("`{}` stands twice among the measures", name.value),
                    "take one of them out",
                );
            }
            let negative = match draft.negative.as_ref().map(|negative| &negative.value) {
                Some(SignDraft::All(word)) => means(word),
                Some(SignDraft::Each(each)) => each.get(&name.value).map_or(SignMeans::Error, |word| means(word)),
                None => SignMeans::Error,
            };
            let zero = if draft.zero.contains_key(&name.value) {
                SignMeans::Missing
            } else {
                SignMeans::Zero
            };
            of.push(Measure {
                of: self.variable_quantity(
                    name,
                    &name.span,
                    scope,
                    "measures are variables or columns such as `sales`",
                ),
                zero,
                negative,
                zero_line: draft.zero.get(&name.value).map(|word| self.line(&word.span)),
                negative_line: draft
                    .negative
                    .as_ref()
                    .filter(|_| negative != SignMeans::Error)
                    .map(|word| self.line(&word.span)),
            });
        }
        Measures {
            of,
            missing: self.setting(
                draft.missing.as_ref(),
                MeasureMissing::AverageOthers,
                |word| match word {
                    MissingName::AverageOthers => MeasureMissing::AverageOthers,
                    MissingName::Zero => MeasureMissing::Zero,
                    MissingName::ExcludeSecurity => MeasureMissing::ExcludeSecurity,
                },
            ),
            float: self.setting(draft.float.as_ref(), false, |float| *float),
        }
    }

    pub(super) fn limit(&mut self, draft: &Located<LimitDraft>) -> Limit {
        let on = match draft.on.value.as_str() {
            "security" => LimitOn::Security,
            "issuer" => LimitOn::Issuer,
            name => {
                self.group_column(name, &draft.on.span, None);
                LimitOn::Column(name.to_owned())
            }
        };
        if draft.max.is_none() && draft.min.is_none() && draft.within.is_none() {
            self.error(
                "M0413",
                &draft.span,
                format!("the limit `{}` limits nothing", draft.id.value),
                "add max = \"5%\", min = \"1%\" or within = \"5pp\"",
            );
        }
        self.issuer(draft, &on);
        if draft.min.is_none() && draft.within.is_none() {
            self.idle(draft.empty.as_ref(), "empty", "nothing forces weight into a group");
        }
        let bounds = |written: Option<&Located<BoundDraft>>| match written.map(|bound| &bound.value) {
            Some(BoundDraft::One(one)) => vec![bound(*one)],
            Some(BoundDraft::LowerOf(all)) => all.iter().map(|one| bound(*one)).collect(),
            None => Vec::new(),
        };
        let (max, min) = (bounds(draft.max.as_ref()), bounds(draft.min.as_ref()));
        if let ([Bound::Weight(high)], [Bound::Weight(low)]) = (max.as_slice(), min.as_slice())
            && low.value() > high.value()
            && let Some(written) = &draft.min
        {
            let message = format!("the minimum {} is above the maximum {}", percent(*low), percent(*high));
            self.error("M0414", &written.span, message, "lower `min` or raise `max`");
        }
        if let (Some(located), [Bound::Weight(high)]) = (&draft.max, max.as_slice())
            && high.numerator == 0
        {
            self.error(
                "M0414",
                &located.span,
                "a maximum of 0% leaves nothing",
                "use a [[screen]] to keep names out",
            );
        }
        Limit {
            id: draft.id.value.clone(),
            on,
            max,
            min,
            within: draft.within.as_ref().map(|points| points.value.0),
            fallback_to_security: draft.fallback.is_some(),
            empty: self.setting(draft.empty.as_ref(), EmptyGroup::Error, |word| match word {
                EmptyName::Error => EmptyGroup::Error,
                EmptyName::Spread => EmptyGroup::Spread,
            }),
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
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

fn bound(literal: BoundLiteral) -> Bound {
    match literal {
        BoundLiteral::Weight(weight) => Bound::Weight(weight),
        BoundLiteral::TimesParent(times) => Bound::TimesParent(times),
    }
}
