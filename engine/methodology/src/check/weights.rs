//! `[weight.*]` and `[turnover]`.

use super::Check;
use super::limits::empty_group;
use super::optimised::objective_span;
use super::scope::Scope;
use crate::draft::weighting::{
    DropLightDraft, MeasureName, TrancheSizeName, TranchesDraft, TurnoverDraft, UnreachableName,
};
use crate::draft::{BaseWeight, EmptyGroup as EmptyName, MeasureMissing as MissingName, MeasuresDraft};
use crate::draft::{Draft, TiltDraft, TiltMap as MapName, TiltedDraft, WeightDraft};
use crate::literal::Points;
use crate::located::Located;
use crate::methodology::{
    DropLight, EmptyGroup, Groups, Measure, MeasureMissing, Measures, Quantity, Setting, SignMeans, Tilt,
};
use crate::methodology::{
    TiltBase, TiltMap, TrancheSize, Tranches, TurnoverLimit, TurnoverMeasure, Unreachable, Weight, WeightScheme,
};
use crate::names::suggestion;
use crate::one_or_table::SignDraft;
use crate::stand_in::is_nowhere;

impl Check<'_> {
    pub(super) fn weight(&mut self, draft: &Located<WeightDraft>, scope: &Scope) -> Weight {
        let (scheme, span) = if let Some(inverse) = &draft.inverse {
            let of = self.weighed_by(&inverse.variable, scope);
            let power = self.scheme_power(inverse.power.as_ref());
            (WeightScheme::Inverse { of, power }, &inverse.span)
        } else if let Some(proportional) = &draft.proportional {
            let of = self.weighed_by(&proportional.variable, scope);
            let power = self.scheme_power(proportional.power.as_ref());
            (WeightScheme::Proportional { of, power }, &proportional.span)
        } else if let Some(excess) = &draft.equal_excess {
            if excess.within.is_none() {
                self.idle(excess.empty.as_ref(), "empty", "without `within` there are no groups");
            }
            let groups = excess.within.as_ref();
            let groups = groups.map(|within| self.groups(within, None, excess.empty.as_ref(), scope));
            (WeightScheme::EqualExcess(groups), &excess.span)
        } else if let Some(tilted) = &draft.tilted {
            (self.tilted(tilted, scope), &tilted.span)
        } else if let Some(measures) = &draft.measures {
            (WeightScheme::Measures(self.measures(measures, scope)), &measures.span)
        } else if let Some((_, span)) = objective_span(draft) {
            (WeightScheme::Optimised, span)
        } else if let Some(equal) = &draft.equal {
            (WeightScheme::Equal, &equal.span)
        } else {
            (
                WeightScheme::Parent,
                draft.parent.as_ref().map_or(&draft.span, |parent| &parent.span),
            )
        };
        let neutral = draft.neutral.as_ref();
        Weight {
            scheme,
            neutral: neutral.map(|all| self.groups(&all.within, all.band.as_ref(), all.empty.as_ref(), scope)),
            drop: draft.drop.as_ref().map(|drop| self.drop_light(drop)),
            line: self.line(span),
        }
    }

    fn drop_light(&mut self, draft: &Located<DropLightDraft>) -> DropLight {
        let below = draft.below.value.0;
        if !(below.value() > 0.0 && below.value() <= 0.5) {
            let message = format!(
                "a least weight of {}% drops nobody, or all but one",
                below.value() * 100.0
            );
            let help = "write a weight above 0% and at most 50%, such as \"0.05%\"";
            self.error("M0422", &draft.below.span, message, help);
        }
        DropLight {
            below,
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        }
    }

    fn weighed_by(&mut self, name: &Located<String>, scope: &Scope) -> Quantity {
        self.variable_quantity(name, &name.span, scope, "weight by a score with [weight.tilted]")
    }

    fn scheme_power(&mut self, written: Option<&Located<f64>>) -> Setting<f64> {
        if let Some(power) = written
            && !(power.value > 0.0 && power.value <= 10.0)
        {
            let message = format!("a power of {} makes no weights", power.value);
            let help = "write a power above 0 and at most 10; [weight.equal] is the power 0, [weight.inverse] the negative ones";
            self.error("M0415", &power.span, message, help);
        }
        self.setting(written, 1.0, |power| *power)
    }

    fn groups(
        &mut self,
        within: &Located<String>,
        band: Option<&Located<Points>>,
        empty: Option<&Located<EmptyName>>,
        scope: &Scope,
    ) -> Groups {
        self.group_column(within, &within.span, Some(scope));
        Groups {
            within: within.value.clone(),
            band: self.stated(band, |points| points.0),
            empty: self.setting(empty, EmptyGroup::Error, empty_group),
            line: self.line(&within.span),
        }
    }

    pub(super) fn turnover(&mut self, draft: &Located<TurnoverDraft>) -> TurnoverLimit {
        let limit = TurnoverLimit {
            max: draft.max.value.0,
            measure: self.setting(draft.measure.as_ref(), TurnoverMeasure::OneWay, |word| match word {
                MeasureName::OneWay => TurnoverMeasure::OneWay,
                MeasureName::TwoWay => TurnoverMeasure::TwoWay,
            }),
            unreachable: self.setting(draft.unreachable.as_ref(), Unreachable::Least, |word| match word {
                UnreachableName::Least => Unreachable::Least,
                UnreachableName::Error => Unreachable::Error,
            }),
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        };
        let whole = if limit.measure.value == TurnoverMeasure::OneWay {
            1.0
        } else {
            2.0
        };
        if limit.max.value() >= whole {
            let message = format!("turnover is never more than {}%", whole * 100.0);
            self.error("M0416", &draft.max.span, message, "lower `max`, or take the table out");
        }
        limit
    }

    pub(super) fn tranches(&mut self, table: &Located<TranchesDraft>, draft: &Draft) -> Tranches {
        let mut alone = |span: &std::ops::Range<usize>, what: &str, why: &str| {
            let message = format!("{what} and [tranches] contradict each other");
            self.error("M0421", span, message, format!("take one of them out: {why}"));
        };
        if let Some(turnover) = &draft.turnover {
            let why = "a blend of the whole index would trade in tranches that wait";
            alone(&turnover.span, "[turnover]", why);
        }
        if let Some(reweight) = draft.review.reweight.first() {
            alone(
                &reweight.span,
                "[[review.reweight]]",
                "every review resets one tranche, members and weights",
            );
        }
        if let Some((_, span)) = objective_span(&draft.weight) {
            alone(
                span,
                "an optimised weighting",
                "it weighs the whole index at every review",
            );
        }
        Tranches {
            count: usize::try_from(table.count.value).unwrap_or(1),
            size: self.setting(table.size.as_ref(), TrancheSize::Drifted, |word| match word {
                TrancheSizeName::Drifted => TrancheSize::Drifted,
                TrancheSizeName::Equal => TrancheSize::Equal,
            }),
            because: table.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&table.span),
        }
    }

    fn tilted(&mut self, draft: &Located<TiltedDraft>, scope: &Scope) -> WeightScheme {
        let base = match draft.base.value {
            BaseWeight::Parent => TiltBase::Parent,
            BaseWeight::Equal => TiltBase::Equal,
        };
        let by = self.tilts(&draft.by.value, scope);
        WeightScheme::Tilted { base, by }
    }

    /// Factors that multiply.
    pub(super) fn tilts(&mut self, drafts: &[Located<TiltDraft>], scope: &Scope) -> Vec<Tilt> {
        let mut by = Vec::new();
        for tilt in drafts {
            let map = match tilt.map.value {
                MapName::OnePlusZ => TiltMap::OnePlusZ,
                MapName::NormalCdf => TiltMap::NormalCdf,
                MapName::Exponential => TiltMap::Exponential,
                MapName::Rank => TiltMap::Rank,
                MapName::Percentile => TiltMap::Percentile,
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
                    if matches!(map, TiltMap::OnePlusZ | TiltMap::NormalCdf | TiltMap::Exponential) {
                        let help = "name a score, or write map = \"value\"";
                        self.error("M0411", &tilt.map.span, format!("`{}` is for scores", map.word()), help);
                    }
                    self.variable_quantity(name, &name.span, scope, &format!("write score = \"{}\"", name.value))
                }
                (None, None) => Quantity::ParentWeight,
            };
            by.push(Tilt {
                of: quantity,
                map,
                power: self.power(tilt.power.as_ref()),
            });
        }
        by
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
}
