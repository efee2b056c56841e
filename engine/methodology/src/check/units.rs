//! The units of formulas, once their types are right.

use divisor_model::standard_field;

use super::Check;
use super::scope::Scope;
use crate::formula::{Expr, RATIO, Unit, Units};
use crate::located::Located;

impl Check<'_> {
    /// The unit of a formula, all mistakes in it reported.
    pub(super) fn formula_unit(&mut self, formula: &Expr, text: &Located<String>, scope: &Scope) -> Unit {
        let catalogue = self.catalogue;
        let field = |name: &str| {
            let known = catalogue.map_or_else(|| standard_field(name), |catalogue| catalogue.field(name));
            known.map_or(Unit::Any, |info| info.unit.into())
        };
        let name = |name: &str| match scope.units.get(name) {
            Some(unit) => *unit,
            None if scope.variables.contains_key(name) => Unit::Any,
            None if scope.scores.contains(name) => RATIO,
            None => field(name),
        };
        let mut units = Units {
            name: &name,
            field: &field,
            errors: Vec::new(),
        };
        let found = units.of(formula);
        let errors = units.errors;
        for error in errors {
            self.formula_error(error, text);
        }
        found
    }
}
