//! Optimised rulebooks at the command line: all that is said of rules works, and a run refuses with a message.

use crate::support::{Divisor, Folder, Review, names_in, numbers, read, small, texts};

/// The optimised rulebook of the language's own tests, for the small world.
fn rulebook() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    read(&root.join("engine/methodology/tests/optimised/minimum-volatility.toml"))
}

#[test]
fn what_is_said_of_rules_works() {
    let folder = Folder::new();
    folder.write("a.toml", &rulebook());
    folder.write("b.toml", &rulebook().replace("to      = \"30%\"", "to      = \"20%\""));
    let divisor = |arguments: &str| Divisor::new(folder.path()).args(arguments);
    divisor("check a.toml").succeed();
    divisor("fmt --check a.toml").succeed();
    let told = divisor("explain a.toml").succeed().stdout;
    assert!(
        told.contains("\nRelaxation\n") && told.contains("\nRisk model\n"),
        "{told}"
    );
    let differences = divisor("diff a.toml b.toml").succeed().stdout;
    assert!(differences.contains("from 10% to 15% and 20%"), "{differences}");
}

/// A rulebook over the small world, from the shared one with changes.
fn small_rulebook(changes: &[(&str, &str)]) -> String {
    let mut text = read(&crate::support::tests("rulebooks/optimised.toml"));
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

fn run(folder: &Folder, rulebook: &str) -> crate::support::Outcome {
    folder.write("a.toml", rulebook);
    let run = Divisor::new(folder.path()).args("run a.toml --format json --to 2014-12-31 --data");
    run.arg(small().data()).run()
}

#[test]
fn a_run_shows_predicted_risk_and_what_gave_way() {
    let folder = Folder::new();
    let outcome = run(&folder, &small_rulebook(&[]));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let reviews = outcome.json();
    let reviews = reviews.as_array().unwrap();
    assert_eq!(reviews.len(), 6);
    let mut relaxed = 0;
    for review in reviews {
        let number = |key: &str| review[key].as_f64().unwrap();
        assert!(
            number("predicted_volatility") < number("parent_predicted_volatility"),
            "{review}"
        );
        assert!(number("largest_weight") <= 0.08 + 1e-12);
        let moved = review["relaxations"].as_array().unwrap();
        relaxed += moved.len();
        let allowed = moved.first().map_or(0.04, |moved| moved["to"].as_f64().unwrap());
        if let Some(traded) = review["one_way_turnover"].as_f64() {
            assert!(traded <= allowed + 1e-12, "{review}");
        }
    }
    assert!(relaxed > 0, "4% is too little for the names that leave at some review");
}

/// Names that left weigh more than may be traded: no weights, and the rules are named with what would do.
#[test]
fn a_contradiction_names_its_rules_and_the_least_change() {
    let folder = Folder::new();
    let text = small_rulebook(&[("max = { lower_of = [\"8%\", \"20 x parent\"] }", "max = \"1%\"")]);
    let outcome = run(&folder, &text);
    assert_eq!(outcome.code, 3, "{}{}", outcome.stdout, outcome.stderr);
    outcome.says(&["R0301", "`security-cap`", "100%", "looser by"]);
}

/// A ladder of nothing but its last resort.
#[test]
fn last_resorts() {
    let tight = [
        ("max = \"4%\"", "max = \"0.01%\""),
        ("rule = \"turnover\"\nstep = \"4pp\"\nto   = \"20%\"\n\n[[relax]]\n", ""),
    ];
    let folder = Folder::new();
    let kept = run(&folder, &small_rulebook(&tight));
    assert_eq!(kept.code, 0, "{}", kept.stderr);
    let kept = kept.json();
    let kept = kept.as_array().unwrap();
    assert_eq!(kept.len(), 6);
    assert!(kept.iter().any(|review| review["kept_previous"] == true), "{kept:?}");
    let dates = names_in(&folder.join("out/small-optimised/reviews"), "");
    for (review, date) in kept.iter().zip(&dates) {
        let manifest = Review::of(&folder.join("out"), "small-optimised", date).manifest();
        // Nothing was optimised where weights were kept: there is no objective, and no proof of one.
        for figure in ["objective", "largest_violation", "optimality_gap", "rounds"] {
            let is_none = manifest["optimisation"][figure].is_null();
            assert_eq!(is_none, review["kept_previous"] == true, "{date} {figure}: {manifest}");
        }
    }
    let skip = [tight[0], tight[1], ("keep-previous", "skip")];
    let skipped = run(&Folder::new(), &small_rulebook(&skip));
    assert_eq!(skipped.code, 0, "{}", skipped.stderr);
    skipped.says(&["W0114"]);
    assert!(skipped.json().as_array().unwrap().len() < 6);
    let fail = [tight[0], tight[1], ("keep-previous", "fail")];
    let failed = run(&Folder::new(), &small_rulebook(&fail));
    assert_eq!(failed.code, 3, "{}", failed.stderr);
    failed.says(&["R0301", "`turnover`"]);
}

/// A plan says which limits bind at what price, and what gave way: as the trace and the manifest of the same review do.
#[test]
fn a_plan_shows_shadow_prices_and_relaxations() {
    let world = small();
    let folder = Folder::new();
    let reviews = run(&folder, &small_rulebook(&[])).json();
    let is_relaxed = |review: &&serde_json::Value| !review["relaxations"].as_array().unwrap().is_empty();
    let relaxed = reviews.as_array().unwrap().iter().find(is_relaxed).unwrap();
    let date = relaxed["effective_date"].as_str().unwrap();
    let plan = |format: &str| {
        let plan = Divisor::new(folder.path()).args("plan a.toml --data").arg(world.data());
        plan.args("--date").args(date).args(format).succeed()
    };
    let found = plan("--format json").json()[0].clone();
    let (planned, ran) = (&found["relaxations"]["rules"][0], &relaxed["relaxations"][0]);
    assert_eq!((&planned["from"], &planned["to"]), (&ran["from"], &ran["to"]));
    assert_eq!(
        (planned["rule_id"].as_str(), planned["from"].as_f64()),
        (Some("turnover"), Some(0.04))
    );
    assert_eq!(found["relaxations"]["refused"][0]["rung"], 0);
    let table = Review::of(&folder.join("out"), "small-optimised", date).table("decisions");
    let (rules, codes, values) = (
        texts(&table, "rule_id"),
        texts(&table, "code"),
        numbers(&table, "value"),
    );
    let rows = || {
        rules
            .iter()
            .zip(&codes)
            .zip(&values)
            .filter(|((_, code), _)| *code == "shadow-price")
    };
    let mut prices = 0;
    for bound in found["binding"].as_array().unwrap() {
        let rule = bound["rule_id"].as_str().unwrap();
        for price in bound["shadow_prices"].as_array().unwrap() {
            let price = price.as_f64().unwrap();
            prices += usize::from(price > 0.0);
            let traced = rows().any(|((own, _), value)| own == rule && value.to_bits() == price.to_bits());
            assert!(price == 0.0 || traced, "{rule}: {price} is not in the trace");
        }
    }
    assert!(prices > 0, "{found}");
    let text = plan("").stdout;
    for part in [
        "shadow price, by which the annual variance",
        "relaxed         as written: ",
        "`turnover` loosened from 0.04 to",
    ] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

/// A limit on tracking error that never binds brings names along that may not be held, and changes nothing.
#[test]
fn what_is_approached_does_not_depend_on_a_limit_that_is_in_nobodys_way() {
    let text = read(&crate::support::tests("rulebooks/optimised.toml"));
    let between = |from: &str, to: &str| {
        let (_, rest) = text.split_once(from).unwrap();
        let (part, _) = rest.split_once(to).unwrap();
        format!("{from}{part}")
    };
    let head = between("[index]", "[select.all]");
    let rules = "[[screen]]\nid   = \"cheap\"\nkeep = \"value > 0.1\"\n\n[select.all]\n\n[weight.minimum-distance]\n\
                 to      = \"parent\"\nmeasure = \"absolute\"\n\n[[limit]]\nid  = \"cap\"\non  = \"security\"\nmax = \"8%\"\n\n";
    let loose = "[[limit]]\nid  = \"loose\"\non  = \"tracking-error\"\nmax = \"99%\"\n";
    let model = between("[risk.fundamental]", "[[limit]]");
    let weights = |text: String| {
        let folder = Folder::new();
        let outcome = run(&folder, &text);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let review = Review::of(&folder.join("out"), "small-optimised", "2014-11-28").table("constituents");
        let (ids, weights) = (texts(&review, "security_id"), numbers(&review, "weight"));
        ids.into_iter()
            .zip(weights)
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let free = weights(format!("{head}{rules}"));
    let limited = weights(format!("{head}{rules}{model}{loose}"));
    assert!(
        free.len() > 20 && free.keys().eq(limited.keys()),
        "{free:?} {limited:?}"
    );
    for (id, weight) in &free {
        assert!((weight - limited[id]).abs() < 1e-9, "{id}: {weight} {}", limited[id]);
    }
}
