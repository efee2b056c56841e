//! Optimised rulebooks that contradict themselves: exit code 3, the conflict in the words of the rules, and no rule in it
//! that it does not need. `contradictions/<name>.txt` holds what `<name>.toml` is told.

use crate::support::{Divisor, Folder, Outcome, TextData, compare, names_in, read, tests};

/// Those that contradict themselves once more without the rules that are named.
const ALSO_OTHERWISE: [&str; 1] = ["floors-of-two-kinds"];

const WEEKS: divisor_model::Day = 54;

/// The tiny universe with a year of weekly closes: Energy moves most, and no two names move alike.
fn data() -> TextData {
    let mut text = read(&tests("contradictions/data.txt"));
    text.push_str("\n[prices]\nsecurity_id  date  close_total_return\n");
    let first: divisor_model::Date = "2019-04-18".parse().unwrap();
    for name in 0..12_u32 {
        let size = [0.02, 0.03, 0.08][usize::from(name >= 6) + usize::from(name >= 10)];
        let mut close = 100.0;
        for week in 0..WEEKS {
            let date = divisor_model::date_of(divisor_model::day_of(first) + week * 7).unwrap();
            text.push_str(&format!("N{name:02} {date} {close:.6}\n"));
            let drawn = (u64::from(name) * 7919 + (week as u64 + 1) * 104_729) % 9973 * 48_271 % 997;
            close *= 1.0 + size * (drawn as f64 / 498.0 - 1.0);
        }
    }
    TextData::parse(&text)
}

/// Runs up to a day.
fn run(rulebook: &str, to: &str) -> Outcome {
    let folder = Folder::new();
    data().write(&folder.join("data"));
    folder.write("rulebook.toml", rulebook);
    let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --format json --to");
    run.arg(to).run()
}

/// Ids and lines of the rules that a message says cannot all hold.
fn members(message: &str) -> Vec<(String, usize)> {
    let (_, rest) = message.split_once("these rules cannot all hold: ").unwrap_or_default();
    let (named, _) = rest.split_once(" and the weights must sum").unwrap_or_default();
    let rule = |text: &str| {
        let (id, rest) = text.split_once("` (line ")?;
        let (line, _) = rest.split_once(')')?;
        Some((id.to_owned(), line.parse().ok()?))
    };
    named
        .split(", `")
        .map(|text| text.trim_start_matches('`'))
        .filter_map(rule)
        .collect()
}

/// A rulebook without the rule of a line: its table is taken out; a minimum holding is next to nothing, a limit on risk allows
/// any, a selection selects all.
fn without(rulebook: &str, id: &str, line: usize) -> String {
    let lines: Vec<&str> = rulebook.lines().collect();
    let at = line - 1;
    let mut kept: Vec<&str> = lines[..at].to_vec();
    match id {
        "minimum_holding" => {
            kept.push("minimum_holding = \"0.01%\"");
            kept.extend(&lines[at + 1..]);
        }
        "risk" => {
            kept.extend(lines[at..].iter().map(|line| {
                if line.starts_with("risk =") {
                    "risk = \"100%\""
                } else {
                    line
                }
            }));
        }
        _ => {
            let end = lines[at..]
                .iter()
                .position(|line| line.is_empty())
                .map_or(lines.len(), |length| at + length);
            if id == "select" {
                kept.push("[select.all]");
            }
            kept.extend(&lines[end..]);
        }
    }
    kept.join("\n") + "\n"
}

#[test]
fn the_named_conflict_is_right_and_needs_each_of_its_rules() {
    let names = names_in(&tests("contradictions"), ".toml");
    assert_eq!(names.len(), 24);
    let mut wrong = Vec::new();
    for name in names {
        let rulebook = read(&tests(&format!("contradictions/{name}.toml")));
        let outcome = run(&rulebook, "2020-12-31");
        if outcome.code != 3 {
            wrong.push(format!("{name}: exit code {}\n{}", outcome.code, outcome.stderr));
            continue;
        }
        wrong.extend(compare(&tests(&format!("contradictions/{name}.txt")), &outcome.stderr));
        let members = members(&outcome.stderr);
        let failed = if outcome.stderr.contains("2020-05-29") {
            "2020-05-29"
        } else {
            "2020-11-30"
        };
        if members.is_empty() {
            wrong.push(format!("{name}: no rule is named\n{}", outcome.stderr));
        }
        if ALSO_OTHERWISE.contains(&name.as_str()) {
            continue;
        }
        for (id, line) in members {
            let rest = run(&without(&rulebook, &id, line), failed);
            if rest.code != 0 {
                wrong.push(format!(
                    "{name} without `{id}`: exit code {}\n{}",
                    rest.code, rest.stderr
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
