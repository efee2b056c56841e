//! The rows of selection: rank, zone and fate.

use divisor_methodology::Quantity;
use divisor_model::DAY_MISSING;
use divisor_numeric::Verdict;

use super::weights::scheme;
use super::{Decision, Trace};
use crate::select::Fate;

impl<'a> Trace<'a> {
    /// A name that could be selected but not weighted is out by the weighting.
    pub(super) fn unweightable(&mut self) {
        self.rows.push(Decision {
            stage: "weight",
            rule_id: "weight".into(),
            line: self.pipeline.methodology.weight.line,
            input: scheme(&self.pipeline.methodology.weight.scheme).into(),
            value: self.review.scored.raw_weight[self.at],
            known_on: DAY_MISSING,
            threshold: 0.0,
            outcome: "out",
            code: "no-weight",
        });
    }

    pub(super) fn select(&mut self) {
        let fate = self.review.selection.fate[self.at];
        if fate == Fate::Unweightable {
            self.unweightable();
            return;
        }
        let zone = self.review.selection.zone(self.at);
        let rank = f64::from(self.review.selection.rank[self.at]);
        let line = self.pipeline.methodology.select.line();
        let (input, value, threshold, code) = match fate {
            Fate::Screened | Fate::Unweightable => return,
            Fate::Taken => ("eligible", f64::NAN, f64::NAN, "all"),
            Fate::Stays => ("member", 1.0, f64::NAN, "stays"),
            Fate::NoMember => ("member", 0.0, f64::NAN, "no-member"),
            Fate::Unranked => (self.ranked_by(), f64::NAN, f64::NAN, "nothing-to-rank-by"),
            Fate::Ranked(verdict) => {
                let (threshold, code) = match verdict {
                    Verdict::InnerIn if zone.inner < zone.count => (zone.inner, "within-inner"),
                    Verdict::InnerIn => (zone.count, "within-count"),
                    Verdict::BufferKept => (zone.outer, "buffer-kept"),
                    Verdict::FilledIn => (zone.count, "filled"),
                    Verdict::BufferCut => (zone.inner, "buffer-cut"),
                    Verdict::BeyondOuter if zone.outer > zone.count => (zone.outer, "beyond-buffer"),
                    Verdict::GroupFull => (zone.quota, "group-full"),
                    _ if self.review.selection.narrowed.is_some() => (zone.count, "narrowed"),
                    Verdict::BeyondOuter | Verdict::NotReached => (zone.count, "beyond-count"),
                };
                ("rank", rank, f64::from(threshold), code)
            }
        };
        self.rows.push(Decision {
            stage: "select",
            rule_id: "select".into(),
            line,
            input: input.into(),
            value,
            known_on: DAY_MISSING,
            threshold,
            outcome: if fate.is_in() { "in" } else { "out" },
            code,
        });
        self.narrowed();
    }

    pub(super) fn ranked_by(&self) -> &'a str {
        self.pipeline.methodology.select.by().map_or("eligible", Quantity::name)
    }

    /// The least weight, for who was held against it and went.
    pub(super) fn light(&mut self) {
        let rule = self.pipeline.methodology.weight.drop.as_ref();
        let (Some(rule), Some(weight)) = (rule, self.review.selection.light(self.at)) else {
            return;
        };
        self.rows.push(Decision {
            stage: "weight",
            rule_id: "weight".into(),
            line: rule.line,
            input: "weight after limits".into(),
            value: weight,
            known_on: DAY_MISSING,
            threshold: rule.below.value(),
            outcome: "out",
            code: "too-light",
        });
    }
}
