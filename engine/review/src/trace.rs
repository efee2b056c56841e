//! The decision trace: one row for every rule that judged a name, passes included. Nothing is computed here: rows are
//! read off the columns the stages kept.

mod narrowed;
mod optimised;

use std::borrow::Cow;

use divisor_calendar::ReviewKind;
use divisor_methodology::{Limit, LimitOn, Line, Missing, Part, Quantity, Score, WeightScheme};
use divisor_model::{DAY_MISSING, Day, Snapshot, Table, TextBuilder, Values, day_of};
use divisor_numeric::Verdict;
use divisor_numeric::limits::Side;

use crate::bind::Pipeline;
use crate::discretion::Action;
use crate::fold::Review;
use crate::limit::{LimitColumn, LimitGroup};
use crate::scored::PartColumn;
use crate::select::Fate;
use crate::shared::Shared;

/// One rule's judgement of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<'a> {
    /// `universe`, `decision`, `screen`, `score`, `select`, `weight`, `limit`, `turnover` or `tranches`.
    pub stage: &'static str,
    /// Id of the rule; a score's is `score.<name>`.
    pub rule_id: Cow<'a, str>,
    /// Its line; the table has the line of the manifest's text.
    pub line: Line,
    /// What went in.
    pub input: Cow<'a, str>,
    /// Its value, NaN where missing.
    pub value: f64,
    /// When it became known; [`DAY_MISSING`] where that has no meaning.
    pub known_on: Day,
    /// What it was held against, NaN where nothing.
    pub threshold: f64,
    /// What followed.
    pub outcome: &'static str,
    /// Why, as a stable word.
    pub code: &'static str,
}

/// All decisions of a review as a table.
pub fn decisions(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Table {
    let names = review.scored.security.len();
    let rows = names * (4 + 3 * pipeline.methodology.screens.len().max(4));
    let mut columns = Columns::with_capacity(rows);
    for at in 0..names {
        let id = shared.landed.panel.securities().id(review.scored.security[at]);
        let code = columns.security.intern(id);
        for (step, decision) in decisions_of(pipeline, shared, review, at).iter().enumerate() {
            columns.push(code, step, decision);
        }
    }
    columns.finish()
}

/// The decisions on one name, in the order the rules ran. `at` is its position in the parent.
pub fn decisions_of<'a>(
    pipeline: &'a Pipeline,
    shared: &'a Shared,
    review: &'a Review,
    at: usize,
) -> Vec<Decision<'a>> {
    let mut trace = Trace {
        pipeline,
        snapshot: shared.landed.panel.snapshot(review.scored.snapshot),
        review,
        at,
        rows: Vec::with_capacity(16),
    };
    trace.universe();
    // Where members stay no screen judges.
    let judges = review.dates.kind == ReviewKind::Reconstitution;
    if trace.discretion() && (!judges || trace.screens(false)) {
        trace.scores();
        if !judges || trace.screens(true) {
            trace.select();
            trace.weights();
        }
    }
    // Weights that were kept are those of names that are screened out now, too.
    if review.member(at).is_some() && trace.rows.iter().all(|row| row.stage != "weight") {
        trace.weights();
    }
    trace.rows
}

struct Trace<'a> {
    pipeline: &'a Pipeline,
    snapshot: Option<Snapshot<'a>>,
    review: &'a Review,
    at: usize,
    rows: Vec<Decision<'a>>,
}

impl<'a> Trace<'a> {
    fn snapshot_day(&self) -> Day {
        day_of(self.review.scored.snapshot)
    }

    fn universe(&mut self) {
        self.rows.push(Decision {
            stage: "universe",
            rule_id: "universe".into(),
            line: self.pipeline.methodology.index.parent_line,
            input: "parent_weight".into(),
            value: self.review.scored.parent_weight[self.at],
            known_on: self.snapshot_day(),
            threshold: f64::NAN,
            outcome: "in",
            code: "parent",
        });
    }

    /// What was decided about the name; whether it goes on.
    fn discretion(&mut self) -> bool {
        let mut goes_on = true;
        for decision in self.review.scored.discretion.of(self.at) {
            let (rule_id, input, value, outcome) = match &decision.action {
                Action::Exclude(_) => ("exclude", decision.words(), f64::NAN, "out"),
                Action::Override { variable, value } => {
                    ("override", format!("{variable}: {}", decision.words()), *value, "set")
                }
            };
            goes_on &= outcome != "out";
            self.rows.push(Decision {
                stage: "decision",
                rule_id: rule_id.into(),
                line: Line::of_rulebook(decision.line),
                input: input.into(),
                value,
                known_on: day_of(decision.decided_on),
                threshold: f64::NAN,
                outcome,
                code: rule_id,
            });
        }
        goes_on
    }

    /// Judgements of the screens that use scores, or of those that do not; whether the name passed them.
    fn screens(&mut self, with_scores: bool) -> bool {
        let rules = self
            .pipeline
            .methodology
            .screens
            .iter()
            .zip(&self.review.scored.screens);
        for (rule, column) in rules.filter(|(rule, _)| rule.scores.is_empty() != with_scores) {
            let passes = column.passes[self.at];
            let own = column.for_members.as_deref();
            let own = own.filter(|_| self.review.scored.judged_as_member(self.at));
            let line = own.and(rule.members_line()).unwrap_or(rule.line);
            for condition in &own.unwrap_or(column).conditions {
                let holds = condition.holds[self.at];
                self.rows.push(Decision {
                    stage: "screen",
                    rule_id: rule.id.as_str().into(),
                    line,
                    input: condition.input.as_str().into(),
                    value: condition.value[self.at],
                    known_on: condition.known_on[self.at],
                    threshold: condition.threshold[self.at],
                    outcome: if passes { "kept" } else { "out" },
                    code: match holds {
                        _ if holds.is_nan() => "missing",
                        _ if holds > 0.5 => "holds",
                        _ => "fails",
                    },
                });
            }
            if !passes {
                return false;
            }
        }
        true
    }

    fn scores(&mut self) {
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
    fn score_factor(&mut self, rule_id: &str, part: &Part, values: &PartColumn) {
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

    fn score_step(&mut self, rule_id: Cow<'a, str>, line: Line, input: String, value: f64, code: &'static str) {
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

    fn group_words(&self, on: &LimitOn, group: &LimitGroup) -> Cow<'a, str> {
        let label = self.snapshot.map_or("", |snapshot| group.label(on, snapshot));
        format!("{} {label}", on.name()).into()
    }

    /// The number a rule names, as this name has it.
    fn quantity(&self, of: &Quantity) -> f64 {
        let (rules, scored) = (&self.pipeline.methodology, &self.review.scored);
        let found = match of {
            Quantity::Variable(name) => {
                let at = rules.variables.iter().position(|variable| variable.name == *name);
                at.map(|variable| scored.variables[variable].values[self.at])
            }
            Quantity::Score(name) => {
                let at = rules.scores.iter().position(|score| score.name == *name);
                at.map(|score| scored.scores[score].values[self.at])
            }
            Quantity::Column(name) => {
                let values = self.snapshot.and_then(|snapshot| snapshot.number(name));
                values.map(|values| values[scored.rows[self.at] as usize])
            }
            Quantity::ParentWeight => Some(scored.parent_weight[self.at]),
            Quantity::SecurityId => None,
        };
        found.unwrap_or(f64::NAN)
    }

    fn variable_known_on(&self, name: &str) -> Day {
        let at = self
            .pipeline
            .methodology
            .variables
            .iter()
            .position(|variable| variable.name == name);
        at.map_or(DAY_MISSING, |variable| {
            self.review.scored.variables[variable].known_on[self.at]
        })
    }

    /// A name that could be selected but not weighted is out by the weighting.
    fn unweightable(&mut self) {
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

    fn select(&mut self) {
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

    fn ranked_by(&self) -> &'a str {
        self.pipeline.methodology.select.by().map_or("eligible", Quantity::name)
    }

    /// The least weight, for who was held against it and went.
    fn light(&mut self) {
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

    fn weights(&mut self) {
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

    fn weight(&mut self, member: usize, code: &'static str) {
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
    fn limits(&mut self, member: usize) {
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
    fn neutral(&mut self, member: usize) {
        let rules = self.pipeline.methodology.weight.neutral.as_ref();
        let (Some(rule), Some(column)) = (rules, &self.review.neutral) else {
            return;
        };
        let group = &column.groups[column.group_of[member] as usize];
        let on = LimitOn::Column(rule.within.clone());
        self.rows.push(Decision {
            stage: "weight",
            rule_id: "weight".into(),
            line: rule.line,
            input: self.group_words(&on, group),
            value: group.weight,
            known_on: DAY_MISSING,
            threshold: group.upper,
            outcome: "reset",
            code: "neutral",
        });
    }

    /// What all above a weight hold together, and the power weights were raised to.
    fn concentration(&mut self, rule: &'a Limit, column: &LimitColumn) {
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
    fn turnover(&mut self, member: usize) {
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
    fn tranches(&mut self, member: usize) {
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

fn scheme(scheme: &WeightScheme) -> &'static str {
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

/// The columns of the published table.
struct Columns {
    security: TextBuilder,
    step: Vec<Option<i64>>,
    stage: TextBuilder,
    rule_id: TextBuilder,
    rule_line: Vec<Option<i64>>,
    input: TextBuilder,
    value: Vec<f64>,
    known_on: Vec<Day>,
    threshold: Vec<f64>,
    outcome: TextBuilder,
    code: TextBuilder,
}

impl Columns {
    fn with_capacity(rows: usize) -> Self {
        Self {
            security: TextBuilder::with_capacity(rows),
            step: Vec::with_capacity(rows),
            stage: TextBuilder::with_capacity(rows),
            rule_id: TextBuilder::with_capacity(rows),
            rule_line: Vec::with_capacity(rows),
            input: TextBuilder::with_capacity(rows),
            value: Vec::with_capacity(rows),
            known_on: Vec::with_capacity(rows),
            threshold: Vec::with_capacity(rows),
            outcome: TextBuilder::with_capacity(rows),
            code: TextBuilder::with_capacity(rows),
        }
    }

    fn push(&mut self, security: u32, step: usize, decision: &Decision<'_>) {
        self.security.push_code(security);
        self.step.push(Some(step as i64 + 1));
        self.stage.push(Some(decision.stage));
        self.rule_id.push(Some(&decision.rule_id));
        self.rule_line.push(Some(decision.line.in_manifest() as i64));
        self.input.push(Some(&decision.input));
        self.value.push(decision.value);
        self.known_on.push(decision.known_on);
        self.threshold.push(decision.threshold);
        self.outcome.push(Some(decision.outcome));
        self.code.push(Some(decision.code));
    }

    fn finish(self) -> Table {
        Table::new("decisions")
            .with("security_id", Values::Text(self.security.finish()))
            .with("step", Values::Integer(self.step))
            .with("stage", Values::Text(self.stage.finish()))
            .with("rule_id", Values::Text(self.rule_id.finish()))
            .with("rule_line", Values::Integer(self.rule_line))
            .with("input", Values::Text(self.input.finish()))
            .with("value", Values::Number(self.value))
            .with("known_on", Values::Day(self.known_on))
            .with("threshold", Values::Number(self.threshold))
            .with("outcome", Values::Text(self.outcome.finish()))
            .with("code", Values::Text(self.code.finish()))
    }
}
