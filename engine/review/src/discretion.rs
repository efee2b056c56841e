//! Decisions of those who answer for an index: names left out and values set, dated, with a reason and who approved it.
//! They are an input of the reviews they are in force at, and of no other.

use divisor_calendar::ReviewDates;
use divisor_model::{Date, Day, Diagnostic, SecurityIndex, day_of};
use serde::{Deserialize, Serialize};

use crate::shared::Shared;

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discretion {
    /// Whom it is about.
    pub security_id: String,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
    /// When it was taken: reviews announced before do not know it.
    pub decided_on: Date,
    /// First effective date it is in force at.
    pub from: Date,
    /// Last one; none where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Why.
    pub because: String,
    /// Who approved it.
    pub approved_by: String,
    /// Its line in the file of decisions.
    pub line: usize,
}

/// What a decision does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The name is not eligible.
    Exclude(bool),
    /// A variable of the name has another value than the data give it.
    Override {
        /// The variable.
        variable: String,
        /// Its value.
        value: f64,
    },
}

impl Discretion {
    /// Whether it is in force at a review: its dates include the effective one, and it was taken by the announcement.
    pub fn is_in_force(&self, dates: &ReviewDates) -> bool {
        let effective = dates.effective;
        self.from <= effective
            && self.until.is_none_or(|until| effective <= until)
            && self.decided_on <= dates.announcement
    }

    /// Reason and approver on one line.
    pub(crate) fn words(&self) -> String {
        format!("{} (approved by {})", self.because, self.approved_by)
    }
}

/// The decisions in force at one review, with the positions of their names in the parent.
#[derive(Debug, Clone, Default)]
pub(crate) struct InForce {
    /// Ascending by position, then in the order of the file.
    decisions: Vec<(usize, Discretion)>,
    /// Decisions about names that are not in the parent.
    idle: Vec<Discretion>,
}

impl InForce {
    /// `security` are the names of the parent, ascending.
    pub(crate) fn new(decisions: &[Discretion], shared: &Shared, security: &[SecurityIndex]) -> Self {
        let mut found = Self::default();
        for decision in decisions {
            let index = shared.landed.panel.securities().index(&decision.security_id);
            match index.and_then(|index| security.binary_search(&index).ok()) {
                Some(at) => found.decisions.push((at, decision.clone())),
                None => found.idle.push(decision.clone()),
            }
        }
        found.decisions.sort_by_key(|(at, _)| *at);
        found
    }

    /// The decisions on one name.
    pub(crate) fn of(&self, at: usize) -> impl Iterator<Item = &Discretion> {
        let own = self.decisions.iter().filter(move |(name, _)| *name == at);
        own.map(|(_, decision)| decision)
    }

    pub(crate) fn excludes(&self, at: usize) -> bool {
        self.of(at)
            .any(|decision| matches!(decision.action, Action::Exclude(_)))
    }

    /// Positions of excluded names.
    pub(crate) fn excluded(&self) -> impl Iterator<Item = usize> {
        let own = self
            .decisions
            .iter()
            .filter(|(_, decision)| matches!(decision.action, Action::Exclude(_)));
        own.map(|(at, _)| *at)
    }

    /// The values set of a variable: position, value, and the day that was decided.
    pub(crate) fn values_of(&self, name: &str) -> impl Iterator<Item = (usize, f64, Day)> {
        self.decisions
            .iter()
            .filter_map(move |(at, decision)| match &decision.action {
                Action::Override { variable, value } if variable == name => {
                    Some((*at, *value, day_of(decision.decided_on)))
                }
                _ => None,
            })
    }

    /// Warnings about decisions that change nothing.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Diagnostic> {
        self.idle.iter().map(|decision| {
            let message = format!(
                "the decision about `{}` (line {} of the decisions) has no effect: it is not in the parent",
                decision.security_id, decision.line
            );
            Diagnostic::warning("W0111", message)
        })
    }
}
