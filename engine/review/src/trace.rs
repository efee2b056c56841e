//! The decision trace: one row for every rule that judged a name, passes included. Nothing is computed here: rows are
//! read off the columns the stages kept.

mod columns;
mod narrowed;
mod optimised;
mod scores;
mod selection;
mod weights;

use std::borrow::Cow;

use divisor_calendar::ReviewKind;
use divisor_methodology::{Line, Quantity};
use divisor_model::{DAY_MISSING, Day, Snapshot, Table, day_of};

use crate::bind::Pipeline;
use crate::discretion::Action;
use crate::fold::Review;
use crate::shared::Shared;
use columns::Columns;

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

impl Trace<'_> {
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
}
