//! Decisions of many names as columns.

use divisor_model::{Day, Table, TextBuilder, Values};

use super::Decision;

/// The columns of the published table.
pub(super) struct Columns {
    pub(super) security: TextBuilder,
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
    pub(super) fn with_capacity(rows: usize) -> Self {
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

    pub(super) fn push(&mut self, security: u32, step: usize, decision: &Decision<'_>) {
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

    pub(super) fn finish(self) -> Table {
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
