//! What names mean in one rulebook.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use divisor_model::STANDARD_FIELDS;

use super::Check;
use crate::catalogue::{CANDIDATE_COLUMNS, TEXT_COLUMNS};
use crate::draft::Draft;
use crate::formula::{Type, Unit};
use crate::methodology::Quantity;
use crate::names::closest;

/// The names a rulebook defines.
pub(super) struct Scope {
    /// Variables and the lines they stand on; their types are filled in as they are checked.
    pub(super) variables: BTreeMap<String, Range<usize>>,
    pub(super) types: BTreeMap<String, Type>,
    /// What variables are measured in, filled in likewise.
    pub(super) units: BTreeMap<String, Unit>,
    pub(super) scores: BTreeSet<String>,
}

impl Scope {
    pub(super) fn of(draft: &Draft) -> Self {
        let variables = draft.variables.iter();
        Self {
            variables: variables
                .map(|(name, formula)| (name.clone(), formula.span.clone()))
                .collect(),
            types: BTreeMap::new(),
            units: BTreeMap::new(),
            scores: draft.score.keys().cloned().collect(),
        }
    }
}

/// Where a name stands decides what it may mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A formula of `[variables]`: columns and variables.
    Variable,
    /// A screen: scores too.
    Screen,
}

impl Check<'_> {
    /// The type of a name in a formula; an unknown one is reported.
    pub(super) fn name_type(&mut self, name: &str, span: &Range<usize>, place: Place, scope: &Scope) -> Type {
        if scope.variables.contains_key(name) {
            return scope.types.get(name).copied().unwrap_or(Type::Number);
        }
        if scope.scores.contains(name) {
            if place == Place::Variable {
                let help = "screens, selection and weights can use scores";
                self.error("M0308", span, format!("a variable cannot use the score `{name}`"), help);
            }
            return Type::Number;
        }
        self.column_type(name, span, scope)
    }

    /// The type of a snapshot column; an unknown one is reported.
    pub(super) fn column_type(&mut self, name: &str, span: &Range<usize>, scope: &Scope) -> Type {
        if name == "parent_weight" {
            return Type::Number;
        }
        if let Some(catalogue) = self.catalogue {
            if let Some(found) = catalogue.snapshot.get(name) {
                return *found;
            }
            self.unknown_name(name, span, scope);
            return Type::Unknown;
        }
        if TEXT_COLUMNS.contains(&name) {
            return Type::Text;
        }
        if STANDARD_FIELDS.iter().any(|(known, ..)| *known == name) {
            return Type::Number;
        }
        let known: Vec<&str> = standard_names(scope).collect();
        if let Some(near) = closest(name, known.iter().copied()) {
            let message = format!("`{name}` is no variable, no score and no standard field");
            let help = format!("did you mean `{near}`? If a dataset has `{name}`, `--data` checks against it");
            self.warning("M0310", span, message, help);
        }
        Type::Unknown
    }

    fn unknown_name(&mut self, name: &str, span: &Range<usize>, scope: &Scope) {
        let Some(catalogue) = self.catalogue else { return };
        let columns = catalogue.snapshot.keys().map(String::as_str);
        let help = match closest(
            name,
            standard_names(scope)
                .filter(|name| in_scope(scope, name))
                .chain(columns),
        ) {
            Some(near) => match scope.variables.get(near) {
                Some(at) => format!("closest: `{near}` (line {})", self.source.line(at.start)),
                None => format!("closest: `{near}`"),
            },
            None if catalogue.fundamentals.contains(name) => {
                format!("it is a field of `fundamentals`: write latest({name}) or another history function")
            }
            None => "`divisor data describe` lists the columns".to_owned(),
        };
        let message = format!(
            "no variable, snapshot column or score is called `{name}` (dataset `{}`)",
            catalogue.dataset
        );
        self.error("M0307", span, message, help);
    }

    /// What a key that names a number means.
    pub(super) fn quantity(&mut self, name: &str, span: &Range<usize>, scope: &Scope) -> Quantity {
        if scope.scores.contains(name) {
            return Quantity::Score(name.to_owned());
        }
        if scope.variables.contains_key(name) {
            return Quantity::Variable(name.to_owned());
        }
        if name == "parent_weight" {
            return Quantity::ParentWeight;
        }
        let found = self.column_type(name, span, scope);
        if CANDIDATE_COLUMNS.contains(&name) {
            let message = format!("`{name}` is a column of the published candidates");
            self.error(
                "M0306",
                span,
                message,
                "name a score, a variable or another column of the dataset",
            );
        }
        if matches!(found, Type::Text | Type::Flag) {
            let message = format!("`{name}` is {}, not a number", found.words());
            self.error("M0309", span, message, "name a score, a variable or a numeric column");
        }
        Quantity::Column(name.to_owned())
    }

    /// The same where a score makes no sense; `help` says what to do instead.
    pub(super) fn variable_quantity(&mut self, name: &str, span: &Range<usize>, scope: &Scope, help: &str) -> Quantity {
        let found = self.quantity(name, span, scope);
        if let Quantity::Score(name) = &found {
            let message = format!("`{name}` is a score; a variable or snapshot column is needed here");
            self.error("M0308", span, message, help);
            return Quantity::Column(name.clone());
        }
        found
    }

    /// A key that names a text column to group by.
    pub(super) fn group_column(&mut self, name: &str, span: &Range<usize>, scope: Option<&Scope>) {
        let known: Vec<&str> = match self.catalogue {
            Some(catalogue) => {
                let texts = catalogue.snapshot.iter().filter(|(_, kind)| **kind == Type::Text);
                texts.map(|(name, _)| name.as_str()).collect()
            }
            None => TEXT_COLUMNS.to_vec(),
        };
        if known.contains(&name) {
            return;
        }
        let near = closest(name, known.iter().copied());
        let is_number = scope.is_some_and(|scope| scope.variables.contains_key(name))
            || STANDARD_FIELDS.iter().any(|(field, ..)| *field == name);
        if self.catalogue.is_some() || is_number || near.is_some() {
            let help = near.map_or_else(
                || "groups come from a text column such as `sector` or `country`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error("M0311", span, format!("`{name}` is no text column to group by"), help);
        }
    }
}

fn standard_names(scope: &Scope) -> impl Iterator<Item = &str> {
    let own = scope.variables.keys().chain(&scope.scores).map(String::as_str);
    own.chain(STANDARD_FIELDS.iter().map(|(name, ..)| *name))
        .chain(TEXT_COLUMNS)
}

fn in_scope(scope: &Scope, name: &str) -> bool {
    scope.variables.contains_key(name) || scope.scores.contains(name)
}
