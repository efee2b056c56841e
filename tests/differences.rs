//! `diff` over all reviews: members, weights, turnover, and what of the difference comes from rules, data and drift.

use serde_json::Value;

use crate::support::{Divisor, Folder, Review, TextData, numbers, read, small, tests, texts};

/// The tiny index of `why` with its data.
fn tiny() -> Folder {
    let folder = Folder::new();
    TextData::load(&tests("why/data.txt")).write(&folder.join("data"));
    folder.write("rulebook.toml", &read(&tests("why/rulebook.toml")));
    folder
}

fn diff(folder: &Folder, words: &str) -> Value {
    let call = Divisor::new(folder.path()).args("diff").args(words);
    call.args("--to 2020-12-31 --format json").succeed().json()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn parts(value: &Value) -> [f64; 3] {
    ["rules", "data", "drift"].map(|cause| number(&value[cause]))
}

/// Effects of every review and every name sum to what they explain.
fn adds_up(found: &Value) {
    for review in found["reviews"].as_array().unwrap() {
        let sum: f64 = parts(&review["distance_by_cause"]).iter().sum();
        assert!((sum - number(&review["distance"])).abs() < 1e-12, "{review}");
        if !review["turnover_difference"].is_null() {
            let sum: f64 = parts(&review["turnover_by_cause"]).iter().sum();
            assert!((sum - number(&review["turnover_difference"])).abs() < 1e-12, "{review}");
        }
        let mut distance = 0.0;
        for name in review["names"].as_array().unwrap() {
            let step = number(&name["weight_b"]) - number(&name["weight_a"]);
            let sum: f64 = parts(&name["effects"]).iter().sum();
            assert!((sum - step).abs() < 1e-12, "{name}");
            distance += step.abs() / 2.0;
        }
        assert!((distance - number(&review["distance"])).abs() < 1e-12);
    }
}

#[test]
fn a_what_if_says_what_the_same_rulebook_as_published_would() {
    let folder = tiny();
    let found = diff(&folder, "rulebook.toml --set select.top.count=6 --data ./data");
    adds_up(&found);
    for (out, set) in [("a", ""), ("b", "--set select.top.count=6")] {
        let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-12-31 --out");
        run.arg(out).args(set).succeed();
    }
    for review in found["reviews"].as_array().unwrap() {
        let date = review["effective_date"].as_str().unwrap();
        let members = |out: &str| {
            let table = Review::of(&folder.join(out), "tiny", date).table("constituents");
            let weights = numbers(&table, "weight");
            texts(&table, "security_id")
                .into_iter()
                .zip(weights)
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let (a, b) = (members("a"), members("b"));
        let only = |own: &std::collections::BTreeMap<String, f64>, other: &std::collections::BTreeMap<String, f64>| {
            own.keys()
                .filter(|id| !other.contains_key(*id))
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(review["only_a"], serde_json::json!(only(&a, &b)), "{date}");
        assert_eq!(review["only_b"], serde_json::json!(only(&b, &a)), "{date}");
        for name in review["names"].as_array().unwrap() {
            let id = name["security_id"].as_str().unwrap();
            assert!((number(&name["weight_a"]) - a.get(id).copied().unwrap_or(0.0)).abs() < 1e-15);
            assert!((number(&name["weight_b"]) - b.get(id).copied().unwrap_or(0.0)).abs() < 1e-15);
        }
        let turnover =
            |out: &str| Review::of(&folder.join(out), "tiny", date).manifest()["totals"]["one_way_turnover"].clone();
        assert_eq!(review["a"]["one_way_turnover"], turnover("a"));
        assert_eq!(review["b"]["one_way_turnover"], turnover("b"));
    }
    // Nothing came before the first review, and the data are the same: it is the rules alone.
    let first = &found["reviews"][0];
    assert!(number(&first["distance"]) > 0.0);
    let [rules, data, drift] = parts(&first["distance_by_cause"]);
    assert!((rules - number(&first["distance"])).abs() < 1e-15);
    assert_eq!((data, drift), (0.0, 0.0));
    assert!(first["turnover_by_cause"].is_null());
}

#[test]
fn the_same_rules_on_the_same_data_do_not_differ() {
    let folder = tiny();
    folder.write("copy.toml", &read(&tests("why/rulebook.toml")));
    let found = diff(&folder, "rulebook.toml copy.toml --data ./data");
    assert_eq!(found["reviews"].as_array().map(Vec::len), Some(2));
    for review in found["reviews"].as_array().unwrap() {
        assert_eq!(review["distance"], 0.0);
        assert_eq!(review["names"], serde_json::json!([]));
        assert!(
            parts(&review["distance_by_cause"])
                .iter()
                .all(|part| part.abs() < 1e-15)
        );
    }
}

#[test]
fn published_runs_are_compared_with_and_without_their_data() {
    let folder = tiny();
    for (out, set) in [("a", ""), ("b", "--set select.top.count=6")] {
        let run = Divisor::new(folder.path()).args("run rulebook.toml --data ./data --to 2020-12-31 --out");
        run.arg(out).args(set).succeed();
    }
    let found = diff(&folder, "a b");
    let index = &found["indexes"][0];
    assert_eq!(index["inputs_that_differ"][0]["what"], "the rulebook");
    assert!(
        index["reviews"][0]["not_attributed"]
            .as_str()
            .unwrap()
            .contains("--data")
    );
    let told = diff(&folder, "a/tiny b/tiny --data ./data");
    adds_up(&told["indexes"][0]);
    let live = diff(&folder, "rulebook.toml --set select.top.count=6 --data ./data");
    assert_eq!(told["indexes"][0]["reviews"], live["reviews"]);
    for (at, review) in index["reviews"].as_array().unwrap().iter().enumerate() {
        assert!((number(&review["distance"]) - number(&live["reviews"][at]["distance"])).abs() < 1e-12);
        assert_eq!(review["only_a"], live["reviews"][at]["only_a"]);
    }
    let text = Divisor::new(folder.path())
        .args("diff a b --data ./data")
        .succeed()
        .stdout;
    for part in [
        "tiny · on ./data · 2 reviews 2020-05-29 … 2020-11-30",
        "average distance",
        "only B",
    ] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

#[test]
fn other_data_under_the_same_rules_and_other_data_under_others() {
    let folder = tiny();
    // H has a positive book in the second dataset, so that the screen keeps it.
    let text = read(&tests("why/data.txt"));
    let revised = text.replace("-5", "100");
    assert_ne!(text, revised);
    folder.write("revised.txt", &revised);
    TextData::load(&folder.join("revised.txt")).write(&folder.join("revised"));
    let found = diff(&folder, "rulebook.toml --data ./data --data-b ./revised");
    adds_up(&found);
    let reviews = found["reviews"].as_array().unwrap();
    assert!(
        reviews.iter().any(|review| number(&review["distance"]) > 0.0),
        "{found}"
    );
    for review in reviews {
        assert!(
            parts(&review["distance_by_cause"])[0].abs() < 1e-15,
            "the rules are the same"
        );
    }
    let both = diff(
        &folder,
        "rulebook.toml --set limit.cap.max=30% --data ./data --data-b ./revised",
    );
    adds_up(&both);
    let causes = both["reviews"]
        .as_array()
        .unwrap()
        .iter()
        .map(|review| parts(&review["distance_by_cause"]));
    let sizes = causes.fold([0.0f64; 2], |sum, [rules, data, _]| {
        [sum[0] + rules.abs(), sum[1] + data.abs()]
    });
    assert!(sizes.iter().all(|size| *size > 0.0), "{sizes:?}");
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_way_out() {
    let folder = tiny();
    for (words, said) in [
        ("diff rulebook.toml", "with what is rulebook.toml compared?"),
        (
            "diff rulebook.toml --data-b ./data --set select.top.count=3",
            "--data is that of A",
        ),
        ("diff data data", "holds no published review"),
        ("diff data", "with which other is it compared?"),
        ("diff data rulebook.toml", "data is a folder, and rulebook.toml is none"),
        ("diff rulebook.toml data", "data is a folder"),
        ("verify --all --out rulebook.toml", "rulebook.toml is no folder"),
    ] {
        let outcome = Divisor::new(folder.path()).args(words).run();
        assert_eq!(outcome.code, 2, "{words}");
        outcome.says(&[said]);
    }
}

/// What an index publishes at a review: weights by id.
fn published(folder: &Folder, out: &str, index: &str, date: &str) -> std::collections::BTreeMap<String, f64> {
    let table = Review::of(&folder.join(out), index, date).table("constituents");
    let weights = numbers(&table, "weight");
    texts(&table, "security_id").into_iter().zip(weights).collect()
}

/// The rules of B begun with what A left are what an index publishes that changes from A to B at that review, and the other
/// way round. With v for the four mixes of rules and drift, the effect of rules less that of drift is the weight of the
/// first less that of the second.
fn agrees_with_changes_of_edition(rulebook: &str, (key, a, b): (&str, &str, &str)) {
    const REVIEW: &str = "2014-05-30";
    let world = small();
    let folder = Folder::new();
    let index = rulebook
        .lines()
        .find_map(|line| line.strip_prefix("id      = "))
        .unwrap();
    let index = index.trim_matches('"');
    let (table, name) = key.rsplit_once('.').unwrap();
    let line = |value: &str| {
        rulebook
            .lines()
            .find(|line| line.starts_with(name) && line.contains(value))
            .unwrap()
    };
    let other = rulebook.replace(line(a), &line(a).replace(a, b));
    let edition = |value: &str| {
        format!("\n[[edition]]\nid = \"2\"\nvalid_from = 2014-05-01\n[edition.{table}]\n{name} = {value}\n")
    };
    folder.write("a.toml", rulebook);
    folder.write("b.toml", &other);
    folder.write("ab.toml", &format!("{rulebook}{}", edition(b)));
    folder.write("ba.toml", &format!("{other}{}", edition(a)));
    let diff = Divisor::new(folder.path()).args("diff a.toml b.toml --to 2014-05-31 --format json --data");
    let found = diff.arg(world.data()).succeed().json();
    adds_up(&found);
    let [ab, ba] = ["ab", "ba"].map(|name| {
        let run = Divisor::new(folder.path()).arg("run").arg(format!("{name}.toml"));
        run.args("--to 2014-05-31 --out")
            .arg(name)
            .arg("--data")
            .arg(world.data())
            .succeed();
        published(&folder, name, index, REVIEW)
    });
    let reviews = found["reviews"].as_array().unwrap();
    let review = reviews
        .iter()
        .find(|review| review["effective_date"] == REVIEW)
        .unwrap();
    let weight = |of: &std::collections::BTreeMap<String, f64>, id: &str| of.get(id).copied().unwrap_or(0.0);
    let mut largest = [0.0f64; 2];
    for name in review["names"].as_array().unwrap() {
        let id = name["security_id"].as_str().unwrap();
        let [rules, _, drift] = parts(&name["effects"]);
        let between = weight(&ab, id) - weight(&ba, id);
        assert!(
            (rules - drift - between).abs() < 1e-9,
            "{id}: {rules} − {drift} is not {between}"
        );
        largest = [largest[0].max(rules.abs()), largest[1].max(drift.abs())];
    }
    assert!(
        largest.iter().all(|effect| *effect > 1e-5),
        "nothing to tell apart: {largest:?}"
    );
}

#[test]
fn optimised_weights_are_attributed_by_solving_each_mix() {
    let optimised = read(&tests("rulebooks/optimised.toml"));
    agrees_with_changes_of_edition(&optimised, ("turnover.max", "\"4%\"", "\"8%\""));
}

#[test]
fn tranches_are_attributed_with_what_each_holds() {
    let calm = read(&tests("rulebooks/calm.toml")) + "\n[tranches]\ncount = 3\n";
    agrees_with_changes_of_edition(&calm, ("select.top.fraction", "\"50%\"", "\"35%\""));
}

/// Where one side has tranches and the other none, each is taken to hold what the index does.
#[test]
fn tranches_are_compared_with_none() {
    let world = small();
    let folder = Folder::new();
    let calm = read(&tests("rulebooks/calm.toml"));
    folder.write("a.toml", &calm);
    folder.write("b.toml", &format!("{calm}\n[tranches]\ncount = 2\n"));
    let diff = Divisor::new(folder.path()).args("diff a.toml b.toml --to 2014-05-31 --format json --data");
    let found = diff.arg(world.data()).succeed().json();
    adds_up(&found);
    let last = found["reviews"].as_array().unwrap().last().unwrap();
    let [rules, data, drift] = parts(&last["distance_by_cause"]);
    assert!(rules > 0.0 && data == 0.0 && drift != 0.0, "{last}");
}
