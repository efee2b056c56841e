//! The rows of scores: what went in, its z, and what became of it.

use std::borrow::Cow;

use divisor_methodology::{Line, Missing, Part, Quantity, Score};
use divisor_model::DAY_MISSING;

use super::{Decision, Trace};
use crate::scored::PartColumn;

impl<'a> Trace<'a> {
    pub(super) fn scores(&mut self) {
        let rules = self.pipeline.methodology.scores.iter().zip(&self.review.scored.scores);
        let at = self.at;
        for (rule, column) in rules.filter(|(_, column)| column.over[at]) {
            let rule_id: Cow<'a, str> = format!("score.{}", rule.name).into();
            for (part, values) in rule.parts.iter().zip(&column.parts) {
                let own = self.quantity(&part.of);
                let raw = values.substituted.as_ref().map_or(own, |filled| filled[self.at]);
                let (winsorised, z) = (values.winsorised[self.at], values.z[self.at]);
                let missing = own.is_nan();
                let known_on = match &part.of {
                    Quantity::Variable(name) => self.variable_known_on(name),
                    _ => self.snapshot_day(),
                };
                let moved = raw.to_bits() != winsorised.to_bits();
                self.rows.push(Decision {
                    stage: "score",
                    rule_id: rule_id.clone(),
                    line: part.line,
                    input: part.id.as_str().into(),
                    value: raw,
                    known_on,
                    threshold: winsorised,
                    outcome: if z.is_nan() { "unscored" } else { "scored" },
                    code: if missing {
                        policy(&part.missing.value)
                    } else if moved {
                        "winsorised"
                    } else {
                        "as-is"
                    },
                });
                self.rows.push(Decision {
                    stage: "score",
                    rule_id: rule_id.clone(),
                    line: part.line,
                    input: format!("{}.z", part.id).into(),
                    value: z,
                    known_on,
                    threshold: f64::NAN,
                    outcome: if z.is_nan() { "unscored" } else { "scored" },
                    code: if part.prefer.value == divisor_methodology::Prefer::Low {
                        "low-is-good"
                    } else {
                        "high-is-good"
                    },
                });
                self.score_factor(rule_id.as_ref(), part, values);
            }
            let value = column.values[self.at];
            if let Some(combined) = &column.combined {
                let code = rule.combine.word();
                let input = format!("{}.combined", rule.name);
                self.score_step(rule_id.clone(), rule.line, input, combined[self.at], code);
            }
            self.rows.push(Decision {
                stage: "score",
                rule_id,
                line: rule.line,
                input: rule.name.as_str().into(),
                value,
                known_on: DAY_MISSING,
                threshold: f64::NAN,
                outcome: if value.is_nan() { "unscored" } else { "scored" },
                code: last_step(rule),
            });
        }
    }

    /// What truncating did to a z, and what went in instead of it.
    pub(super) fn score_factor(&mut self, rule_id: &str, part: &Part, values: &PartColumn) {
        if let Some(passes) = values.passes {
            let code = if values.unfinished {
                "truncating-unfinished"
            } else {
                "truncated"
            };
            let input = format!("{}.passes", part.id);
            self.score_step(rule_id.to_owned().into(), part.line, input, f64::from(passes), code);
        }
        if let Some(mapped) = &values.mapped {
            let code = part.map.as_ref().map_or("power", |map| map.value.word());
            let input = format!("{}.factor", part.id);
            self.score_step(rule_id.to_owned().into(), part.line, input, mapped[self.at], code);
        }
    }

    pub(super) fn score_step(
        &mut self,
        rule_id: Cow<'a, str>,
        line: Line,
        input: String,
        value: f64,
        code: &'static str,
    ) {
        self.rows.push(Decision {
            stage: "score",
            rule_id,
            line,
            input: input.into(),
            value,
            known_on: DAY_MISSING,
            threshold: f64::NAN,
            outcome: if value.is_nan() { "unscored" } else { "scored" },
            code,
        });
    }
}

/// The step a score's value comes from.
fn last_step(rule: &Score) -> &'static str {
    match (&rule.clip_score, &rule.restandardize) {
        (Some(_), _) => "clipped",
        (None, Some(_)) => "standardised",
        (None, None) => rule.combine.word(),
    }
}

fn policy(missing: &Missing) -> &'static str {
    match missing {
        Missing::ExcludeSecurity => "missing-exclude-security",
        Missing::AverageOthers => "missing-average-others",
        Missing::Zero => "missing-zero",
        Missing::Worst => "missing-worst",
        Missing::NeutralRank => "missing-neutral-rank",
        Missing::Substitute(_) => "missing-substitute",
    }
}
