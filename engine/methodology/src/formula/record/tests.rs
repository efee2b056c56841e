use super::table::GAPS;
use super::table::NO_WINDOW;
use super::*;
use crate::formula::{FunctionKind, parse};

#[test]
fn every_function_has_every_part_of_its_record() {
    for (at, record) in RECORDS.iter().enumerate() {
        assert_eq!(record.function as usize, at, "{} stands in another place", record.name);
        for part in [
            record.usage,
            record.formula,
            record.window,
            record.least,
            record.missing,
            record.source,
            record.takes.words(),
            record.result.words(),
        ] {
            assert!(part.chars().count() > 2, "{}: {part:?}", record.name);
        }
        assert!(record.usage.starts_with(record.name));
        for named in record.named {
            assert!(!named.takes.is_empty());
            assert!(record.usage.contains(named.name) || !named.default.is_empty() || record.named.len() > 1);
        }
    }
}

#[test]
fn every_example_and_usage_compiles_and_calls_its_function() {
    for record in &RECORDS {
        let usages = record.usage.split(" or ").map(|usage| usage.replace(", …", ""));
        for text in usages.chain([record.example.to_owned()]) {
            let formula = parse(&text).unwrap_or_else(|error| panic!("{text}: {}", error.message));
            let mut errors = Vec::new();
            crate::formula::check_type(&formula, &|_| crate::formula::Type::Unknown, &mut errors);
            assert_eq!(errors, [], "{text}");
            assert!(formula.to_string().contains(record.name), "{text}");
        }
    }
}

#[test]
fn history_functions_say_what_they_need() {
    let history = RECORDS
        .iter()
        .filter(|record| record.function.kind() != FunctionKind::Elementwise);
    for record in history {
        assert!(record.window != NO_WINDOW, "{}", record.name);
        assert!(
            record.missing.starts_with("where") || record.missing == GAPS,
            "{}",
            record.name
        );
    }
}
