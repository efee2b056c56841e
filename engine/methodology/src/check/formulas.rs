//! `[variables]`, and formulas wherever they stand.

use std::collections::BTreeMap;
use std::ops::Range;

use divisor_model::{FieldKind, FieldUnit, standard_field};

use super::Check;
use super::circle::{Graph, around, circles};
use super::scope::{Place, Scope};
use crate::catalogue::{CANDIDATE_COLUMNS, TEXT_COLUMNS};
use crate::draft::Draft;
use crate::formula::{Expr, ExprKind, FormulaError, Function, FunctionKind, Type, check_type, parse};
use crate::located::Located;
use crate::methodology::Variable;
use crate::names::suggestion;

/// Words formulas have a meaning for.
const RESERVED_WORDS: [&str; 5] = ["and", "or", "not", "true", "false"];

/// Fields that parent weights, drift and index shares are made of: a variable of that name would mislead. Any other
/// field may be redefined, `sales = "ttm(sales)"`; the variable then stands where the name is used.
const STRUCTURAL_FIELDS: [&str; 6] = ["free_float", "fx", "market_cap", "parent_weight", "price", "shares"];

/// Fields that only a snapshot has, whatever the dataset.
const SNAPSHOT_ONLY: [&str; 5] = ["free_float", "fx", "market_cap", "parent_weight", "price"];

impl Check<'_> {
    pub(super) fn variables(&mut self, draft: &Draft, scope: &mut Scope) -> Vec<Variable> {
        let mut parsed: BTreeMap<&str, Expr> = BTreeMap::new();
        for (name, text) in &draft.variables {
            self.variable_name(name, text, scope);
            if let Some(formula) = self.parse(text) {
                parsed.insert(name, formula);
            }
        }
        let mut variables = Vec::new();
        for name in self.order(&parsed, draft) {
            let text = &draft.variables[name];
            let formula = parsed[name].clone();
            let mistakes = self.diagnostics.len();
            let help = match self.formula_type(&formula, text, Place::Variable, scope) {
                Type::Flag => Some(format!(
                    "put the condition into a [[screen]]: keep = {}",
                    self.as_written(text)
                )),
                Type::Text => Some("texts stand in screens: keep = \"sector != 'Energy'\"".to_owned()),
                Type::Number | Type::Unknown => None,
            };
            if let Some(help) = help {
                let message = format!("the variable `{name}` is not a number");
                self.error("M0305", &text.span, message, help);
            }
            if self.diagnostics[mistakes..].iter().all(|found| !found.is_error()) {
                let unit = self.formula_unit(&formula, text, scope);
                scope.units.insert(name.to_owned(), unit);
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

    /// A variable needs a name that formulas can use and that means nothing else.
    fn variable_name(&mut self, name: &str, text: &Located<String>, scope: &Scope) {
        let span = self.key_before(&text.span, name);
        self.own_name("variable", name, &span);
        if scope.scores.contains(name) {
            let message = format!("`{name}` is both a variable and a score");
            self.error("M0306", &span, message, "rename one of them");
        }
        if CANDIDATE_COLUMNS.contains(&name) {
            let message = format!("`{name}` is a column of the published candidates");
            let help = format!("give the variable a name of its own, such as `own_{name}`");
            self.error("M0306", &span, message, help);
        }
    }

    /// The same of variables and scores; the published columns of a score begin with `score.` or its name.
    pub(super) fn own_name(&mut self, what: &str, name: &str, span: &Range<usize>) {
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_word || RESERVED_WORDS.contains(&name) {
            let message = format!("formulas cannot use the name `{name}`");
            let help = format!("a {what}'s name has letters, digits and `_`, begins with a letter and is no operator");
            self.error("M0219", span, message, help);
        }
        if STRUCTURAL_FIELDS.contains(&name) || TEXT_COLUMNS.contains(&name) {
            let message = format!("`{name}` is a field the engine itself reads");
            let help = format!("give the {what} a name of its own, such as `own_{name}`");
            self.error("M0306", span, message, help);
        }
    }

    /// A text with the quotes it was written in.
    fn as_written(&self, text: &Located<String>) -> String {
        let raw = self.source.slice(text.span.clone()).unwrap_or_default();
        let quotes = if text.contains('"') { '\'' } else { '"' };
        if raw.starts_with(['"', '\'']) && !raw.contains('\n') {
            return raw.to_owned();
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        format!("{quotes}{}{quotes}", words.join(" "))
    }

    /// The key that stands before a value on its line.
    fn key_before(&self, value: &Range<usize>, name: &str) -> Range<usize> {
        let before = self.source.line_before(value.start);
        match before.rfind(name) {
            Some(at) => {
                let start = value.start - before.len() + at;
                start..start + name.len()
            }
            None => value.clone(),
        }
    }

    /// Names so that each comes after those its formula uses, alphabetical otherwise; circles are reported, and what is
    /// on or behind one comes last.
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
        let uses = |name: &str| {
            parsed[name]
                .names()
                .into_iter()
                .map(|(used, _)| used.to_owned())
                .collect()
        };
        let graph: Graph = waiting.iter().map(|name| ((*name).to_owned(), uses(name))).collect();
        for circle in circles(&graph) {
            let text = &draft.variables[&circle[0]];
            let message = format!("the variable `{}` depends on itself", circle[0]);
            self.error("M0313", &text.span, message, around(&circle));
        }
        order.append(&mut waiting);
        order
    }

    pub(super) fn parse(&mut self, text: &Located<String>) -> Option<Expr> {
        match parse(&text.value) {
            Ok(formula) => Some(formula),
            Err(error) => {
                self.formula_error(error, text);
                None
            }
        }
    }

    pub(super) fn formula_error(&mut self, error: FormulaError, text: &Located<String>) {
        let span = self.inside(text, &error.span);
        self.error(error.code, &span, error.message, error.help);
    }

    /// A place inside a formula as a place in the file.
    fn inside(&self, text: &Located<String>, span: &Range<usize>) -> Range<usize> {
        let raw = self.source.slice(text.span.clone()).unwrap_or_default();
        if raw.is_empty() {
            return text.span.clone();
        }
        let start = text.span.start + raw_offset(raw, &text.value, span.start);
        let end = text.span.start + raw_offset(raw, &text.value, span.end);
        start..end.max(start + 1)
    }

    /// The type of a formula, all its mistakes reported.
    pub(super) fn formula_type(&mut self, formula: &Expr, text: &Located<String>, place: Place, scope: &Scope) -> Type {
        let mut types: BTreeMap<String, Type> = BTreeMap::new();
        for (name, span) in formula.names() {
            let span = self.inside(text, &span);
            let found = self.name_type(name, &span, place, scope);
            types.insert(name.to_owned(), found);
        }
        self.history_names(formula, text, scope);
        let mut errors = Vec::new();
        let lookup = |name: &str| types.get(name).copied().unwrap_or(Type::Unknown);
        let found = check_type(formula, &lookup, &mut errors);
        for error in errors {
            self.formula_error(error, text);
        }
        found
    }

    /// What history functions read, and amounts: fields that are there and of the right kind, tables, currencies.
    fn history_names(&mut self, formula: &Expr, text: &Located<String>, scope: &Scope) {
        let mut calls: Vec<(&Expr, Function)> = Vec::new();
        let mut amounts: Vec<(&Expr, &str)> = Vec::new();
        formula.visit(&mut |expr| match &expr.kind {
            ExprKind::Call { function, .. } => calls.push((expr, *function)),
            ExprKind::Money { currency, .. } => amounts.push((expr, currency)),
            _ => {}
        });
        for (field, span) in formula.history_fields() {
            let span = self.inside(text, &span);
            self.history_field(field, &span, scope);
        }
        for (call, function) in calls {
            if function == Function::Ttm {
                self.flow(call, text);
            }
            if function.kind() == FunctionKind::Prices {
                self.price_function(call, function, text);
            }
        }
        let Some(catalogue) = self.catalogue else { return };
        for (amount, currency) in amounts
            .into_iter()
            .filter(|(_, currency)| *currency != catalogue.currency)
        {
            let message = format!("the amount is in {currency}, the dataset in {}", catalogue.currency);
            let span = self.inside(text, &amount.span);
            self.error("M0315", &span, message, "write the amount in the dataset's currency");
        }
    }

    /// A field that history functions read: numeric, in `fundamentals`, and comparable over time.
    fn history_field(&mut self, field: &str, span: &Range<usize>, scope: &Scope) {
        let Some(catalogue) = self.catalogue else {
            if TEXT_COLUMNS.contains(&field) {
                let help = "history functions take numeric fields of `fundamentals`, such as sales or eps";
                self.error("M0305", span, format!("`{field}` is a text and has no history"), help);
            }
            if SNAPSHOT_ONLY.contains(&field) {
                let message = format!("`{field}` is a column of the snapshot and has no history");
                let help = "use it without a history function; returns, volatility and others read the table `prices`";
                self.error("M0314", span, message, help);
            }
            return;
        };
        if !catalogue.fundamentals.contains(field) {
            let message = format!(
                "`fundamentals` of dataset `{}` has no field `{field}`",
                catalogue.dataset
            );
            let help = if scope.variables.contains_key(field) {
                format!(
                    "the variable `{field}` is one number a snapshot; history functions take fields and arithmetic over them: \
                     average(eps / book_value_per_share, years = 5)"
                )
            } else {
                match catalogue.snapshot.get(field) {
                    Some(Type::Text) => format!("`{field}` is a text column of the snapshot: compare it with == or !="),
                    Some(_) => format!("`{field}` is a snapshot column: use it without a history function"),
                    None => suggestion(field, catalogue.fundamentals.iter().map(String::as_str)),
                }
            };
            self.error("M0314", span, message, help);
            return;
        }
        let per_share = catalogue
            .field(field)
            .is_some_and(|info| info.unit == FieldUnit::PerShare);
        if per_share && !catalogue.has_actions {
            let message = format!(
                "`{field}` is per share and dataset `{}` has no table `actions`: its history is not restated for splits",
                catalogue.dataset
            );
            let help = match catalogue.total_of(field) {
                Some(total) => format!("use the total `{total}`, which splits leave alone"),
                None => "use a total, which splits leave alone, or add the table `actions`".to_owned(),
            };
            self.warning("M0318", span, message, help);
        }
    }

    /// Twelve months of a level mean nothing.
    fn flow(&mut self, call: &Expr, text: &Located<String>) {
        let ExprKind::Call { args, .. } = &call.kind else {
            return;
        };
        let Some(ExprKind::Name(field)) = args.first().map(|arg| &arg.kind) else {
            return;
        };
        let info = match self.catalogue {
            Some(catalogue) => catalogue.field(field),
            None => standard_field(field),
        };
        if info.is_some_and(|info| info.kind == FieldKind::Stock) {
            let span = self.inside(text, &call.span);
            let message = format!("`ttm` adds up flows; `{field}` is a stock, a level at a date");
            self.error("M0319", &span, message, format!("write latest({field})"));
        }
    }

    /// Price functions need the table, its columns, and `beta` a parent whose weights are known beforehand.
    fn price_function(&mut self, call: &Expr, function: Function, text: &Located<String>) {
        let span = self.inside(text, &call.span);
        if function == Function::Beta && self.parent_is_index {
            let message = "`beta` needs a parent that is a universe; this parent is another index";
            let help = "its weights come from the run itself: give the universe that index chooses from as the parent";
            self.error("M0320", &span, message, help);
        }
        let Some(catalogue) = self.catalogue else { return };
        if !catalogue.has_prices {
            let message = format!("`{}` needs the table `prices`", function.name());
            self.error("M0315", &span, message, "this dataset has none");
            return;
        }
        let needed = ["close", "volume"].into_iter().filter(|_| function.needs_volume());
        let lacking: Vec<&str> = needed.filter(|column| !catalogue.prices.contains(*column)).collect();
        // Files of which not even the columns can be told are reported when they are read.
        if !catalogue.prices.is_empty() && !lacking.is_empty() {
            let message = format!(
                "`{}` needs the column `{}` of `prices`",
                function.name(),
                lacking.join("` and `")
            );
            self.error("M0315", &span, message, "this dataset has none");
        }
    }
}

/// Where the byte at `offset` of a text stands in its written form: behind the opening quotes, each escape as long as
/// it was written. A text from `--set` has no quotes.
fn raw_offset(raw: &str, text: &str, offset: usize) -> usize {
    let quotes = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quotes| raw != text && raw.starts_with(quotes));
    let Some(quotes) = quotes else { return offset };
    let is_plain = quotes.len() == 1 && !raw.contains('\\');
    if is_plain {
        return (quotes.len() + offset).min(raw.len());
    }
    let mut at = quotes.len();
    if quotes.len() == 3 {
        // The line break behind the opening quotes is not part of the text.
        let body = &raw[at..];
        at += ["\n", "\r\n"]
            .iter()
            .find(|newline| body.starts_with(**newline))
            .map_or(0, |newline| newline.len());
    }
    let mut read = 0;
    for letter in text.chars() {
        if read >= offset {
            break;
        }
        let Some(rest) = raw.get(at..) else { break };
        let is_escape = quotes.starts_with('"') && rest.starts_with('\\');
        at += if is_escape {
            escape_length(rest)
        } else {
            letter.len_utf8()
        };
        read += letter.len_utf8();
    }
    at.min(raw.len())
}

/// The length of an escape sequence as written.
fn escape_length(rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        // A backslash at the line's end joins the lines; the letter after the gap is read with it.
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            let gap = 1 + rest[1..].len() - rest[1..].trim_start().len();
            gap + rest[gap..].chars().next().map_or(0, char::len_utf8)
        }
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_inside_a_formula_are_found_through_escapes() {
        for (raw, text) in [
            ("\"a + b\"", "a + b"),
            ("'a + b'", "a + b"),
            ("\"\\u0061 + b\"", "a + b"),
            ("\"\\\"+ b\"", "\"+ b"),
            ("\"\"\"\na + b\"\"\"", "a + b"),
            ("\"\"\"a \\\n  + b\"\"\"", "a + b"),
            ("a + b", "a + b"),
        ] {
            let wanted = raw.rfind('b').expect("there");
            let offset = text.rfind('b').expect("there");
            assert_eq!(raw_offset(raw, text, offset), wanted, "{raw}");
        }
    }
}
