//! The rows of weights: how a member came to its own, and what limits, turnover and tranches made of it.

use std::borrow::Cow;

use divisor_methodology::{Limit, LimitOn, WeightScheme};
use divisor_model::DAY_MISSING;
use divisor_numeric::limits::Side;

use super::{Decision, Trace};
use crate::limit::{LimitColumn, LimitGroup};

impl<'a> Trace<'a> {
    pub(super) fn weights(&mut self) {
        self.light();
        if let Some(found) = &self.review.optimised {
            let is_in = self.review.selection.fate[self.at].is_in() || self.review.member(self.at).is_some();
            if is_in {
                self.optimised(found);
            }
            return;
        }
        let Some(member) = self.review.member(self.at) else {
            return;
        };
        self.weight(member, scheme(&self.pipeline.methodology.weight.scheme));
        if let Some(target) = self.review.target(member) {
            self.neutral(target);
            self.limits(target);
        }
        self.turnover(member);
        self.tranches(member);
    }

    pub(super) fn weight(&mut self, member: usize, code: &'static str) {
        self.rows.push(Decision {
            stage: "weight",
            rule_id: "weight".into(),
            line: self.pipeline.methodology.weight.line,
            input: "uncapped_weight".into(),
            value: self.review.uncapped[member],
            known_on: DAY_MISSING,
            threshold: f64::NAN,
            outcome: "weighted",
            code,
        });
    }

    /// The limits on weights, and what they cost where that is known.
    pub(super) fn limits(&mut self, member: usize) {
        for (rule, column) in self.pipeline.methodology.limits.iter().zip(&self.review.limits) {
            self.concentration(rule, column);
            let group = &column.groups[column.group_of[member] as usize];
            let (threshold, outcome, code) = match group.binding {
                Some(Side::Upper) => (group.upper, "capped", "maximum"),
                Some(Side::Lower) => (group.lower, "raised", "minimum"),
                None if group.upper.is_finite() => (group.upper, "within", "not-binding"),
                None => (group.lower, "within", "not-binding"),
            };
            self.rows.push(Decision {
                stage: "limit",
                rule_id: rule.id.as_str().into(),
                line: rule.line,
                input: self.group_words(&rule.on, group),
                value: group.weight,
                known_on: DAY_MISSING,
                threshold,
                outcome,
                code,
            });
            self.shadow_price(("limit", &rule.id), rule.line, group.shadow_price);
        }
    }

    /// The reset of a member's group to its weight in the parent.
    pub(super) fn neutral(&mut self, member: usize) {
        let rules = self.pipeline.methodology.weight.neutral.as_ref();
        let (Some(rule), Some(column)) = (rules, &self.review.neutral) else {
            return;
        };
        let group = &column.groups[column.group_of[member] as usize];
        let on = LimitOn::Column(rule.within.clone());
        let (threshold, code) = match (rule.band.is_some(), group.binding) {
            (false, _) => (group.upper, "neutral"),
            (true, Some(Side::Lower)) => (group.lower, "band-minimum"),
            (true, Some(Side::Upper)) => (group.upper, "band-maximum"),
            (true, None) => (f64::NAN, "within-band"),
        };
        self.rows.push(Decision {
            stage: "weight",
            rule_id: "weight".into(),
            line: rule.line,
            input: self.group_words(&on, group),
            value: group.weight,
            known_on: DAY_MISSING,
            threshold,
            outcome: if code == "within-band" { "scaled" } else { "reset" },
            code,
        });
    }

    /// What all above a weight hold together, and the power weights were raised to.
    pub(super) fn concentration(&mut self, rule: &'a Limit, column: &LimitColumn) {
        let row = |input: Cow<'a, str>, value, threshold, is_binding, code| Decision {
            stage: "limit",
            rule_id: rule.id.as_str().into(),
            line: rule.line,
            input,
            value,
            known_on: DAY_MISSING,
            threshold,
            outcome: if is_binding { "capped" } else { "within" },
            code,
        };
        if let (Some(all), Some(found)) = (&rule.concentration, column.concentration) {
            let input = format!("weight in all above {}%", (all.above.value() * 1e6).round() / 1e4).into();
            let code = if found.is_binding {
                "concentration"
            } else {
                "not-binding"
            };
            self.rows
                .push(row(input, found.weight, all.max.value(), found.is_binding, code));
        }
        if let Some(power) = column.power {
            self.rows
                .push(row("power".into(), power, f64::NAN, power < 1.0, "power"));
        }
    }

    /// What the turnover limit did to a member's weight.
    pub(super) fn turnover(&mut self, member: usize) {
        let (Some(rule), Some(blended)) = (&self.pipeline.methodology.turnover, &self.review.blended) else {
            return;
        };
        let is_blended = blended.share < 1.0;
        let mut push = |input: &'static str, value, threshold, code| {
            self.rows.push(Decision {
                stage: "turnover",
                rule_id: "turnover".into(),
                line: rule.line,
                input: input.into(),
                value,
                known_on: DAY_MISSING,
                threshold,
                outcome: if is_blended { "blended" } else { "within" },
                code,
            });
        };
        let code = if is_blended { "maximum" } else { "not-binding" };
        push("one-way turnover", blended.one_way, rule.one_way(), code);
        push("share of new weights", blended.share, f64::NAN, code);
        push("weight before blend", blended.limited[member], f64::NAN, code);
    }

    /// What of a member's weight is of the tranche that was reset, and what of those that wait.
    pub(super) fn tranches(&mut self, member: usize) {
        let (Some(rule), Some(tranched)) = (&self.pipeline.methodology.tranches, &self.review.tranched) else {
            return;
        };
        let is_reset = tranched.target[member].is_some();
        let mut push = |input: String, value| {
            self.rows.push(Decision {
                stage: "tranches",
                rule_id: "tranches".into(),
                line: rule.line,
                input: input.into(),
                value,
                known_on: DAY_MISSING,
                threshold: f64::NAN,
                outcome: if is_reset { "reset" } else { "carried" },
                code: rule.size.value.word(),
            });
        };
        let (carried, weight) = (tranched.carried[member], self.review.weights[member]);
        push(
            format!("tranche {} of {}", tranched.reset, tranched.count),
            weight - carried,
        );
        push("tranches that wait".to_owned(), carried);
    }

    pub(super) fn group_words(&self, on: &LimitOn, group: &LimitGroup) -> Cow<'a, str> {
        let label = self.snapshot.map_or("", |snapshot| group.label(on, snapshot));
        format!("{} {label}", on.name()).into()
    }
}

pub(super) fn scheme(scheme: &WeightScheme) -> &'static str {
    match scheme {
        WeightScheme::Parent => "parent",
        WeightScheme::Equal => "equal",
        WeightScheme::Inverse { .. } => "inverse",
        WeightScheme::Proportional { .. } => "proportional",
        WeightScheme::EqualExcess(_) => "equal-excess",
        WeightScheme::Tilted { .. } => "tilted",
        WeightScheme::Measures(_) => "measures",
        WeightScheme::Optimised => "optimised",
    }
}
