//! Rules that cannot all hold: exit code 3, and the conflict in the words of the rules. `wrong/unsatisfiable/<name>.txt`
//! holds what `<name>.toml` is told.

use crate::support::{Divisor, Folder, TextData, compare, contents, names_in, read, tests};

fn data() -> TextData {
    TextData::load(&tests("wrong/unsatisfiable/data.txt"))
}

#[test]
fn conflicts_are_named() {
    let names = names_in(&tests("wrong/unsatisfiable"), ".toml");
    assert!(names.len() > 6, "{names:?}");
    let mut wrong = Vec::new();
    for name in names {
        let folder = Folder::new();
        data().write(&folder.join("data"));
        folder.write(
            "rulebook.toml",
            &read(&tests(&format!("wrong/unsatisfiable/{name}.toml"))),
        );
        let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-12-31");
        let outcome = run.args("--format json").run();
        if outcome.code != 3 {
            wrong.push(format!("{name}: exit code {}\n{}", outcome.code, outcome.stderr));
        }
        if !contents(&folder.join("out")).is_empty() {
            wrong.push(format!("{name}: something is written"));
        }
        // What is on standard output is whole even then.
        assert_eq!(outcome.json(), serde_json::json!([]), "{name}");
        let path = tests(&format!("wrong/unsatisfiable/{name}.txt"));
        wrong.extend(compare(&path, &outcome.stderr));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The reviews before the one that cannot be made stay, and none after it is written.
#[test]
fn complete_reviews_before_a_conflict_stay() {
    let folder = Folder::new();
    let mut data = data();
    let mut october = data.table("snapshots/date=2020-10-30").clone();
    october.heading = "snapshots/date=2021-04-30".to_owned();
    data.tables.push(october);
    let narrow = data.table("snapshots/date=2020-10-30");
    narrow.rows.truncate(11);
    data.write(&folder.join("data"));
    let rulebook = read(&tests("wrong/unsatisfiable/cap-too-low.toml"));
    folder.write("rulebook.toml", &rulebook.replace("max = \"5%\"", "max = \"8%\""));
    let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2021-12-31");
    let outcome = run.run();
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    outcome.says(&["tiny at 2020-11-30", "`cap`"]);
    assert_eq!(names_in(&folder.join("out/tiny/reviews"), ""), ["2020-05-29"]);
    // Asked about a name, the index says that it failed and why, whether or not there is a review to tell of.
    for (words, tells) in [
        ("", true),
        ("--date 2020-11-30", false),
        ("--set limit.cap.max=5%", false),
    ] {
        let why = Divisor::new(folder.path()).args("why N01 rulebook.toml --data ./data --to 2021-12-31");
        let told = why.args(words).run();
        assert_eq!(
            (told.code, told.stdout.is_empty()),
            (3, !tells),
            "{words}: {}",
            told.stderr
        );
        told.says(&["R0301", "`cap`"]);
        assert_eq!(
            told.stderr.contains("has no review"),
            words.starts_with("--date"),
            "{}",
            told.stderr
        );
    }
}

/// Members that leave can trade more than the rulebook allows: an error where it says so, and the reviews before stay.
#[test]
fn leavers_beyond_the_turnover_limit_end_the_index_where_it_is_said_so() {
    let folder = Folder::new();
    let case = tests("cases/turnover-leavers");
    TextData::load(&case.join("data.txt")).write(&folder.join("data"));
    let rulebook = read(&case.join("least.toml"));
    folder.write("rulebook.toml", &format!("{rulebook}unreachable = \"error\"\n"));
    let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-12-31");
    let outcome = run.run();
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    outcome.says(&["R0305", "least at 2020-11-30", "unreachable = \"least\""]);
    assert_eq!(names_in(&folder.join("out/least/reviews"), ""), ["2020-05-29"]);
}

/// Over several indexes the largest exit code counts, and the sound ones are published.
#[test]
fn one_index_that_fails_does_not_stop_another() {
    let folder = Folder::new();
    data().write(&folder.join("data"));
    let rulebook = read(&tests("wrong/unsatisfiable/cap-too-low.toml"));
    folder.write("rulebooks/a.toml", &rulebook);
    let loose = rulebook
        .replace("max = \"5%\"", "max = \"7%\"")
        .replace("\"tiny\"", "\"loose\"");
    folder.write("rulebooks/b.toml", &loose);
    let run = Divisor::new(folder.path()).args("run rulebooks --data ./data --to 2020-12-31");
    let outcome = run.run();
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert_eq!(names_in(&folder.join("out/loose/reviews"), "").len(), 2);
    assert!(names_in(&folder.join("out/tiny/reviews"), "").is_empty());
}

/// An index whose parent's review failed has nothing to be made of: it does not go on with what the parent held before.
#[test]
fn a_child_ends_where_its_parent_does() {
    let folder = Folder::new();
    let case = tests("cases/parent-index-same-day");
    let mut data = TextData::load(&case.join("data.txt"));
    let october = data.table("snapshots/date=2020-10-30");
    let sector = 3;
    assert_eq!(october.rows[0][sector], "All");
    for row in &mut october.rows {
        "Other".clone_into(&mut row[sector]);
    }
    data.write(&folder.join("data"));
    let screened = "\n[[screen]]\nid   = \"of-all\"\nkeep = 'sector == \"All\"'\n";
    folder.write("rulebooks/parent.toml", &(read(&case.join("parent.toml")) + screened));
    folder.write("rulebooks/child.toml", &read(&case.join("child.toml")));
    let run = Divisor::new(folder.path()).args("run rulebooks --data ./data --to 2020-12-31");
    let outcome = run.run();
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    outcome.says(&["R0201", "of-all", "D0207", "the review effective 2020-11-30 needs"]);
    for index in ["parent", "child"] {
        let reviews = names_in(&folder.join(format!("out/{index}/reviews")), "");
        assert_eq!(reviews, ["2020-05-29"], "{index}");
    }
}
