//! Every wrong rulebook is refused by the command; the words are compared where the language is tested.

use crate::support::{Divisor, Folder, names_in, tests};

#[test]
fn every_wrong_rulebook_is_refused() {
    let folder = tests("wrong/rulebooks");
    let here = Folder::new();
    let mut wrong = Vec::new();
    for name in names_in(&folder, ".toml") {
        let path = folder.join(format!("{name}.toml"));
        let outcome = Divisor::new(here.path())
            .arg("check")
            .arg(&path)
            .args("--format json")
            .run();
        let document = outcome.json();
        let diagnostics = document["diagnostics"].as_array().unwrap();
        let errors = diagnostics.iter().filter(|found| found["severity"] == "error").count();
        // A rulebook that only a dataset can judge may pass alone.
        let expected = if errors > 0 { 2 } else { 0 };
        if outcome.code != expected || diagnostics.is_empty() {
            wrong.push(format!("{name}: exit code {} with {errors} errors", outcome.code));
        }
        for found in diagnostics {
            let whole = ["code", "severity", "message", "help"]
                .iter()
                .all(|key| found[key].is_string());
            if !whole || !found["line"].is_u64() || !found["column"].is_u64() || !found["file"].is_string() {
                wrong.push(format!("{name}: {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
