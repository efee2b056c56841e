//! The rows of optimised weights: marginal risk, the limits that bind with their shadow prices, why a name has no weight.

use divisor_methodology::{ConstraintOn, Line};
use divisor_model::DAY_MISSING;
use divisor_risk::Reason;

use super::{Decision, Trace};
use crate::optimised::Optimisation;

impl<'a> Trace<'a> {
    /// What the optimisation made of a selected name.
    pub(super) fn optimised(&mut self, found: &'a Optimisation) {
        if let Some(reason) = found.with_risk_of_peers(self.at) {
            self.lacks_risk(reason, "peers");
        }
        match (self.review.member(self.at), found.without_risk(self.at)) {
            (Some(member), _) => {
                self.weight(
                    member,
                    if found.kept_previous {
                        "kept-previous"
                    } else {
                        "optimised"
                    },
                );
                self.marginal_risk(found, "weighted", "marginal-risk");
                self.limits(member);
                self.exposures(found);
                self.turnover_limit(found);
            }
            (None, Some(reason)) => self.lacks_risk(reason, "out"),
            (None, None) if found.is_below_minimum(self.at) => self.marginal_risk(found, "out", "below-minimum"),
            (None, None) => self.marginal_risk(found, "out", "not-held"),
        }
    }

    /// By how much volatility rises per unit of weight, beside the volatility of the index.
    fn marginal_risk(&mut self, found: &Optimisation, outcome: &'static str, code: &'static str) {
        self.rows.push(Decision {
            stage: "weight",
            rule_id: "weight".into(),
            line: self.pipeline.methodology.weight.line,
            input: "marginal risk".into(),
            value: found.marginal_risk[self.at],
            known_on: DAY_MISSING,
            threshold: found.volatility.unwrap_or(f64::NAN),
            outcome,
            code,
        });
    }

    /// A name that the risk model does not have: it is out, or has the risk of its peers.
    fn lacks_risk(&mut self, reason: Reason, outcome: &'static str) {
        let rules = self
            .pipeline
            .methodology
            .optimised
            .as_ref()
            .and_then(|rules| rules.risk.as_ref());
        let (value, threshold, code) = match reason {
            Reason::Short { observations, least } => (observations as f64, least as f64, "short-history"),
            Reason::Constant => (f64::NAN, f64::NAN, "constant-history"),
            Reason::NoExposure => (f64::NAN, f64::NAN, "no-exposure"),
            Reason::NoVendorExposure => (f64::NAN, f64::NAN, "no-vendor-exposure"),
            Reason::NoVendorSpecific => (f64::NAN, f64::NAN, "no-vendor-specific"),
        };
        self.rows.push(Decision {
            stage: "weight",
            rule_id: "risk".into(),
            line: rules.map_or(self.pipeline.methodology.weight.line, |rules| rules.line),
            input: "returns in the window".into(),
            value,
            known_on: DAY_MISSING,
            threshold,
            outcome,
            code,
        });
    }

    /// The limits on exposures, which are the index's.
    fn exposures(&mut self, found: &Optimisation) {
        let constraints = self
            .pipeline
            .methodology
            .optimised
            .iter()
            .flat_map(|rules| &rules.constraints);
        for (rule, exposure) in constraints.zip(&found.exposures) {
            let (ConstraintOn::Exposure { of, .. }, Some(exposure)) = (&rule.on, exposure) else {
                continue;
            };
            let is_binding = exposure.shadow_price > 0.0;
            let (outcome, code) = match exposure.value > 0.0 {
                _ if !is_binding => ("within", "exposure"),
                true => ("capped", "exposure"),
                false => ("raised", "exposure"),
            };
            self.rows.push(Decision {
                stage: "limit",
                rule_id: rule.id.as_str().into(),
                line: rule.line,
                input: format!("exposure of the index to {}", of.name()).into(),
                value: exposure.value,
                known_on: DAY_MISSING,
                threshold: exposure.within,
                outcome,
                code,
            });
            self.shadow_price(("limit", rule.id.as_str()), rule.line, exposure.shadow_price);
        }
    }

    /// What the index trades, and what less of a limit would bring.
    fn turnover_limit(&mut self, found: &Optimisation) {
        let (Some(rule), Some((limit, price))) = (&self.pipeline.methodology.turnover, found.turnover) else {
            return;
        };
        let is_binding = price > 0.0;
        self.rows.push(Decision {
            stage: "turnover",
            rule_id: "turnover".into(),
            line: rule.line,
            input: "one-way turnover".into(),
            value: self.review.turnover.one_way.unwrap_or(f64::NAN),
            known_on: DAY_MISSING,
            threshold: limit,
            outcome: if is_binding { "capped" } else { "within" },
            code: if is_binding { "maximum" } else { "not-binding" },
        });
        self.shadow_price(("turnover", "turnover"), rule.line, price);
    }

    /// By how much the objective would fall for one unit more room; no row where a limit does not bind.
    pub(super) fn shadow_price(&mut self, (stage, rule_id): (&'static str, &'a str), line: Line, price: f64) {
        if price > 0.0 {
            self.rows.push(Decision {
                stage,
                rule_id: rule_id.into(),
                line,
                input: "shadow price".into(),
                value: price,
                known_on: DAY_MISSING,
                threshold: f64::NAN,
                outcome: "priced",
                code: "shadow-price",
            });
        }
    }
}
