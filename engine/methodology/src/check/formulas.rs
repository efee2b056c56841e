//! `[variables]` and `[[screen]]`: everything with a formula in it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Check;
use super::scope::{Place, Scope};
use crate::draft::{Draft, ScreenMissing};
use crate::formula::{Expr, ExprKind, FormulaError, FunctionKind, Type, check_type, parse};
use crate::located::Located;
use crate::methodology::{Screen, Variable};
use crate::names::suggestion;

impl Check<'_> {
    pub(super) fn variables(&mut self, draft: &Draft, scope: &mut Scope) -> Vec<Variable> {
        let mut parsed: BTreeMap<&str, Expr> = BTreeMap::new();
        for (name, text) in &draft.variables {
            if scope.scores.contains(name) {
                let message = format!("`{name}` is both a variable and a score");
                self.error("M0306", &text.span, message, "rename one of them");
            }
            let standard = divisor_model::standard_field(name).is_some();
            if standard || crate::catalogue::TEXT_COLUMNS.contains(&name.as_str()) {
                let message = format!("`{name}` is a standard field of every dataset");
                self.error("M0306", &text.span, message, "give the variable a name of its own");
            }
            if let Some(formula) = self.parse(text) {
                parsed.insert(name, formula);
            }
        }
        let order = self.order(&parsed, draft);
        let mut variables = Vec::new();
        for name in order {
            let text = &draft.variables[name];
            let formula = parsed[name].clone();
            let found = self.formula_type(&formula, text, Place::Variable, scope);
            if !matches!(found, Type::Number | Type::Unknown) {
                let help = if found == Type::Flag {
                    "put conditions into a [[screen]]"
                } else {
                    ""
                };
                self.error(
                    "M0305",
                    &text.span,
                    format!("the variable `{name}` is not a number"),
                    help,
                );
            }
            scope.types.insert(name.to_owned(), Type::Number);
            variables.push(Variable {
                name: name.to_owned(),
                formula,
                line: self.line(&text.span),
            });
        }
        variables
    }

    /// Names so that each comes after those its formula uses, alphabetical otherwise; circles are reported.
    fn order<'d>(&mut self, parsed: &BTreeMap<&'d str, Expr>, draft: &Draft) -> Vec<&'d str> {
        let mut order: Vec<&str> = Vec::new();
        let mut waiting: Vec<&str> = parsed.keys().copied().collect();
        loop {
            let ready = |name: &&str| {
                let uses = parsed[*name].names();
                uses.iter()
                    .all(|(used, _)| order.contains(used) || !parsed.contains_key(*used))
            };
            let Some(at) = waiting.iter().position(ready) else {
                break;
            };
            order.push(waiting.remove(at));
        }
        // Of what is left, only names on a circle: those reached from themselves.
        for name in waiting.iter().filter(|name| reaches(parsed, name, name)) {
            let text = &draft.variables[*name];
            let message = format!("the variable `{name}` depends on itself");
            let others: Vec<&str> = waiting
                .iter()
                .copied()
                .filter(|other| reaches(parsed, name, other))
                .collect();
            self.error(
                "M0313",
                &text.span,
                message,
                format!("the circle: {}", others.join(", ")),
            );
        }
        order
    }

    pub(super) fn screens(&mut self, draft: &Draft, scope: &Scope) -> Vec<Screen> {
        let mut screens = Vec::new();
        for screen in &draft.screen {
            let Some(keep) = self.parse(&screen.keep) else { continue };
            let found = self.formula_type(&keep, &screen.keep, Place::Screen, scope);
            if !matches!(found, Type::Flag | Type::Unknown) {
                let help = "write a condition that is true for what stays: book_value > 0";
                self.error("M0305", &screen.keep.span, "a screen must be true or false", help);
            }
            let names = keep.names();
            let scores = names.iter().filter(|(name, _)| scope.scores.contains(*name));
            let scores = scores.map(|(name, _)| (*name).to_owned()).collect();
            screens.push(Screen {
                id: screen.id.value.clone(),
                keep_missing: self.setting(screen.missing.as_ref(), false, |word| *word == ScreenMissing::Keep),
                because: screen.because.as_ref().map(|text| text.value.clone()),
                scores,
                line: self.line(&screen.keep.span),
                keep,
            });
        }
        screens
    }

    fn parse(&mut self, text: &Located<String>) -> Option<Expr> {
        match parse(&text.value) {
            Ok(formula) => Some(formula),
            Err(error) => {
                self.formula_error(error, text);
                None
            }
        }
    }

    fn formula_error(&mut self, error: FormulaError, text: &Located<String>) {
        let span = self.inside(text, &error.span);
        self.error(error.code, &span, error.message, error.help);
    }

    /// A place inside a formula as a place in the file. Where escapes make that inexact, the whole text.
    fn inside(&self, text: &Located<String>, span: &Range<usize>) -> Range<usize> {
        let raw = self.source.text.get(text.span.clone()).unwrap_or_default();
        match raw.find(text.value.as_str()) {
            Some(quote) => {
                let start = text.span.start + quote;
                start + span.start..start + span.end.max(span.start + 1)
            }
            None => text.span.clone(),
        }
    }

    /// The type of a formula, all its mistakes reported.
    fn formula_type(&mut self, formula: &Expr, text: &Located<String>, place: Place, scope: &Scope) -> Type {
        let mut types: BTreeMap<String, Type> = BTreeMap::new();
        for (name, span) in formula.names() {
            let span = self.inside(text, &span);
            let found = self.name_type(name, &span, place, scope);
            types.insert(name.to_owned(), found);
        }
        self.history_names(formula, text);
        let mut errors = Vec::new();
        let lookup = |name: &str| types.get(name).copied().unwrap_or(Type::Unknown);
        let found = check_type(formula, &lookup, &mut errors);
        for error in errors {
            self.formula_error(error, text);
        }
        found
    }

    /// Fields of history functions, and the tables they need.
    fn history_names(&mut self, formula: &Expr, text: &Located<String>) {
        let Some(catalogue) = self.catalogue else { return };
        for (field, span) in formula.history_fields() {
            if catalogue.fundamentals.contains(field) {
                continue;
            }
            let span = self.inside(text, &span);
            let help = suggestion(field, catalogue.fundamentals.iter().map(String::as_str));
            let message = format!(
                "`fundamentals` of dataset `{}` has no field `{field}`",
                catalogue.dataset
            );
            self.error("M0314", &span, message, help);
        }
        let mut calls = Vec::new();
        formula.visit(&mut |expr| match &expr.kind {
            ExprKind::Call { function, .. } if function.kind() == FunctionKind::Prices && !catalogue.has_prices => {
                let message = format!("`{}` needs the table `prices`", function.name());
                calls.push((expr.span.clone(), message, "this dataset has none".to_owned()));
            }
            ExprKind::Money { currency, .. } if *currency != catalogue.currency => {
                let message = format!("the amount is in {currency}, the dataset in {}", catalogue.currency);
                calls.push((
                    expr.span.clone(),
                    message,
                    "write the amount in the dataset's currency".to_owned(),
                ));
            }
            _ => {}
        });
        for (span, message, help) in calls {
            let span = self.inside(text, &span);
            self.error("M0315", &span, message, help);
        }
    }
}

/// Whether following the names of `from`'s formula leads to `to`.
fn reaches(parsed: &BTreeMap<&str, Expr>, from: &str, to: &str) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut next: Vec<&str> = vec![from];
    while let Some(name) = next.pop() {
        let Some(formula) = parsed.get(name) else { continue };
        for (used, _) in formula.names() {
            if used == to {
                return true;
            }
            if let Some((known, _)) = parsed.get_key_value(used)
                && !seen.contains(known)
            {
                seen.push(known);
                next.push(known);
            }
        }
    }
    false
}
