//! Decisions about single names: in force at their dates alone, in every trace, and an input like any other.

use crate::support::{Divisor, Folder, Outcome, Review, contents, texts, tiny};

const EXCLUDE: &str = "\
# Committee of November.
[[exclude]]
security    = \"A\"
decided_on  = 2020-11-10
from        = 2020-11-30
because     = \"under sanctions\"
approved_by = \"Committee\"
";

fn folder(decisions: &str) -> Folder {
    let folder = tiny("tiny.toml");
    if !decisions.is_empty() {
        folder.write("decisions/tiny.toml", decisions);
    }
    folder
}

fn run(folder: &Folder) -> Outcome {
    Divisor::new(folder.path())
        .args("run tiny.toml --data ./data --to 2020-12-31")
        .run()
}

/// The outcome of one rule for one name.
fn decided(review: &Review, id: &str, stage: &str) -> Vec<(String, String)> {
    let table = review.table("decisions");
    let (ids, stages) = (texts(&table, "security_id"), texts(&table, "stage"));
    let (inputs, outcomes) = (texts(&table, "input"), texts(&table, "outcome"));
    let rows = (0..ids.len()).filter(|row| ids[*row] == id && stages[*row] == stage);
    rows.map(|row| (inputs[row].clone(), outcomes[row].clone())).collect()
}

#[test]
fn an_excluded_name_is_out_from_its_date_on() {
    let (plain, with) = (folder(""), folder(EXCLUDE));
    assert_eq!(run(&plain).code, 0);
    let outcome = run(&with);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let first = |folder: &Folder| contents(&folder.join("out/tiny/reviews/2020-05-29"));
    assert!(first(&plain) == first(&with), "a review before it does not know it");
    let review = Review::of(&with.join("out"), "tiny", "2020-11-30");
    let members = texts(&review.table("constituents"), "security_id");
    assert!(members.len() == 5 && !members.contains(&"A".to_owned()), "{members:?}");
    assert_eq!(
        decided(&review, "A", "decision"),
        [("under sanctions (approved by Committee)".to_owned(), "out".to_owned())]
    );
    let candidates = review.table("candidates");
    let at = texts(&candidates, "security_id")
        .iter()
        .position(|id| id == "A")
        .unwrap();
    assert_eq!(texts(&candidates, "first_failing_rule")[at], "decisions");
    let manifest = review.manifest();
    assert_eq!(manifest["discretion"][0]["approved_by"], "Committee");
    assert_eq!(manifest["counts"]["out_by_rule"]["decisions"], 1);
    let why = Divisor::new(with.path())
        .args("why A tiny.toml --data ./data --to 2020-12-31 --date 2020-11-30")
        .succeed();
    assert!(
        why.stdout
            .contains("OUT by decision: under sanctions (approved by Committee)"),
        "{}",
        why.stdout
    );
}

#[test]
fn a_set_value_is_what_rules_see() {
    let with = folder(
        "[[override]]\nsecurity = \"B\"\nvariable = \"momentum\"\nvalue = -0.9\ndecided_on = 2020-11-10\n\
         from = 2020-11-30\nuntil = 2020-11-30\nbecause = \"bad close\"\napproved_by = \"Committee\"\n",
    );
    assert_eq!(run(&with).code, 0);
    let review = Review::of(&with.join("out"), "tiny", "2020-11-30");
    let candidates = review.table("candidates");
    let at = texts(&candidates, "security_id")
        .iter()
        .position(|id| id == "B")
        .unwrap();
    assert_eq!(texts(&candidates, "first_failing_rule")[at], "rising");
    assert!((crate::support::numbers(&candidates, "momentum")[at] + 0.9).abs() < 1e-15);
    assert_eq!(texts(&candidates, "momentum.known_on")[at], "2020-11-10");
    assert_eq!(decided(&review, "B", "decision").len(), 1);
}

#[test]
fn what_was_decided_after_the_announcement_is_not_known() {
    let (plain, late) = (folder(""), folder(&EXCLUDE.replace("2020-11-10", "2020-11-25")));
    assert_eq!((run(&plain).code, run(&late).code), (0, 0));
    assert!(contents(&plain.join("out")) == contents(&late.join("out")));
}

#[test]
fn a_decision_about_nobody_is_warned_of() {
    let with = folder(&EXCLUDE.replace("\"A\"", "\"Z\""));
    let outcome = run(&with);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.contains("W0111"), "{}", outcome.stdout);
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let with = folder(
        "[[exclude]]\nsecurity = \"A\"\ndecided_on = 2020-11-10\nfrom = 2020-11-30\nuntil = 2020-11-01\nbecause = \" \"\n\
         approved_by = \"Committee\"\n\n[[override]]\nsecurity = \"B\"\nvariable = \"momentun\"\nvalue = 1.0\n\
         decided_on = 2020-11-10\nfrom = 2020-11-30\nbecause = \"x\"\napproved_by = \"y\"\n",
    );
    let outcome = run(&with);
    assert_eq!(outcome.code, 2);
    outcome.says(&[
        "M0505",
        "decisions/tiny.toml:5:9",
        "it ends on 2020-11-01, before it begins on 2020-11-30",
        "decisions/tiny.toml:6:11",
        "a decision needs a reason",
        "decisions/tiny.toml:11:12",
        "did you mean `momentum`?",
        "3 errors",
    ]);
    let with = folder(&EXCLUDE.replace("because ", "becuase "));
    let outcome = run(&with);
    assert_eq!(outcome.code, 2);
    outcome.says(&["decisions/tiny.toml:", "unknown field `becuase`"]);
}

#[test]
fn a_changed_decision_refuses_a_plan() {
    let with = folder(EXCLUDE);
    let plan = "plan tiny.toml --data ./data --date 2020-11-30 --save nov.plan --by Ann";
    Divisor::new(with.path()).args(plan).succeed();
    with.write("decisions/tiny.toml", &EXCLUDE.replace("\"A\"", "\"B\""));
    let outcome = Divisor::new(with.path())
        .args("apply nov.plan --by Ann --approved-by Bob")
        .run();
    assert_eq!(outcome.code, 2);
    outcome.says(&["the decisions of the committee"]);
}
