//! Plans are applied exactly or not at all; what was applied is never replaced, only corrected beside it.

use std::path::Path;

use serde_json::Value;

use crate::support::{Divisor, Folder, Outcome, Review, TextData, contents, read, tests};

const DATE: &str = "2020-11-30";

/// A folder with the tiny dataset, its rulebook, and the plan of its second review.
fn planned() -> Folder {
    let folder = Folder::new();
    data(&folder, |_| ());
    folder.write("tiny.toml", &read(&tests("wrong/datasets/rulebook.toml")));
    plan(&folder, "nov.plan");
    folder
}

/// Writes the dataset, changed.
fn data(folder: &Folder, change: impl FnOnce(&mut TextData)) {
    let mut data = TextData::load(&tests("wrong/datasets/base.txt"));
    change(&mut data);
    let _ = std::fs::remove_dir_all(folder.join("data"));
    data.write(&folder.join("data"));
}

fn plan(folder: &Folder, file: &str) -> Outcome {
    let plan = Divisor::new(folder.path())
        .args("plan tiny.toml --data ./data --by Ann --date")
        .arg(DATE);
    plan.args("--save").arg(file).succeed()
}

fn apply(folder: &Path, more: &str) -> Outcome {
    let apply = Divisor::new(folder).args("apply nov.plan --by Ann --approved-by Committee");
    apply.args(more).run()
}

fn run(folder: &Path) -> Outcome {
    Divisor::new(folder)
        .args("run tiny.toml --data ./data --to")
        .arg(DATE)
        .run()
}

/// A refusal publishes nothing and names what changed.
fn refused(folder: &Folder, more: &str, named: &[&str]) {
    let outcome = apply(folder.path(), more);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&["nothing was published"]);
    outcome.says(named);
    assert!(contents(&folder.join("out")).is_empty());
}

fn journal(folder: &Folder) -> Vec<Value> {
    read(&folder.join("out/journal.jsonl"))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_plan_is_published_as_a_run_would() {
    let folder = planned();
    assert!(!folder.join("out").exists(), "a plan writes nothing else");
    assert_eq!(apply(folder.path(), "").code, 0);
    let other = Folder::new();
    std::fs::rename(folder.join("out"), other.join("applied")).unwrap();
    assert_eq!(run(folder.path()).code, 0);
    let applied = contents(&other.join("applied"));
    let of_run = contents(&folder.join("out"));
    let mut reviews = applied.keys().filter(|name| *name != "journal.jsonl");
    assert!(reviews.clone().count() == 6 && reviews.all(|name| applied[name] == of_run[name]));
}

#[test]
fn the_journal_says_who_and_when_once() {
    let folder = planned();
    assert_eq!(apply(folder.path(), "").code, 0);
    let entries = journal(&folder);
    let did: Vec<_> = entries
        .iter()
        .map(|entry| (entry["did"].as_str().unwrap(), entry["by"].as_str().unwrap()))
        .collect();
    assert_eq!(did, [("planned", "Ann"), ("approved", "Committee"), ("applied", "Ann")]);
    assert!(
        entries
            .iter()
            .all(|entry| entry["effective"] == DATE && entry["at"].as_str().unwrap().ends_with('Z'))
    );
    let again = apply(folder.path(), "");
    assert_eq!(again.code, 0, "{}", again.stderr);
    again.says(&["0 reviews published in out/, 1 stood there already"]);
    assert_eq!(journal(&folder).len(), 3, "applying again is no deed");
}

#[test]
fn a_changed_rulebook_is_refused_and_a_reformatted_one_is_not() {
    let folder = planned();
    let text = read(&folder.join("tiny.toml"));
    folder.write("tiny.toml", &text.replace("count = 5", "count = 4"));
    refused(&folder, "", &["the rulebook:"]);
    folder.write(
        "tiny.toml",
        &format!(
            "# A comment moves no rule.\n{}",
            text.replace("count = 5", "count   = 5")
        ),
    );
    assert_eq!(apply(folder.path(), "").code, 0);
    let manifest = Review::of(&folder.join("out"), "tiny", DATE).manifest();
    assert_eq!(manifest["rulebook"], text.as_str(), "published as planned");
}

#[test]
fn a_changed_row_of_any_table_is_refused() {
    // Of prices a day inside the window of this review alone.
    let changes = [
        ("snapshots/date=2020-10-30", "A", "", "price", "12"),
        ("fundamentals", "B", "", "eps", "2.5"),
        ("prices/year=2020", "C", "2020-09-28", "close", "28"),
        ("actions", "A", "", "ratio", "4"),
    ];
    for (table, id, day, column, value) in changes {
        let folder = planned();
        data(&folder, |data| {
            let own = data.table(table);
            let at = own.header.iter().position(|name| name == column).unwrap();
            let row = own
                .rows
                .iter_mut()
                .find(|row| row[0] == id && (day.is_empty() || row[1] == day));
            row.unwrap()[at] = value.to_owned();
        });
        let name = table.split('/').next().unwrap();
        refused(&folder, "", &[&format!("the table `{name}`")]);
    }
}

#[test]
fn rows_known_later_do_not_count() {
    let folder = planned();
    data(&folder, |data| {
        for (table, date) in [
            ("fundamentals", "known_on"),
            ("prices/year=2020", "date"),
            ("actions", "known_on"),
        ] {
            let table = data.table(table);
            let mut row = table.rows[0].clone();
            let at = table.header.iter().position(|name| name == date).unwrap();
            row[at] = "2020-11-02".to_owned();
            table.rows.push(row);
        }
    });
    let outcome = apply(folder.path(), "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn a_changed_calendar_or_configuration_is_refused() {
    let folder = planned();
    let calendar = read(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/config/calendars/XNYS.toml"
    )));
    folder.write(
        "mine/calendars/XNYS.toml",
        &calendar.replace("last_year    = 2030", "last_year    = 2029"),
    );
    refused(&folder, "--config mine", &["the calendar:"]);
    std::fs::remove_dir_all(folder.join("mine")).unwrap();
    folder.write("mine/checks.toml", "[own-jump]\nseverity = \"off\"\n");
    refused(&folder, "--config mine", &["the configuration"]);
}

/// A plan as another version of the engine would have saved it.
#[test]
fn a_plan_of_another_engine_is_refused() {
    let folder = planned();
    let mut plan: Value = serde_json::from_str(&read(&folder.join("nov.plan"))).unwrap();
    plan["engine_version"] = "0.0.9".into();
    plan["reviews"][0]["manifest"]["engine_version"] = "0.0.9".into();
    plan["reviews"][0]["manifest_hash"] = "0".repeat(64).into();
    folder.write("nov.plan", &plan.to_string());
    refused(&folder, "", &["was changed after it was saved"]);
    plan.as_object_mut().unwrap().remove("plan_hash");
    plan["plan_hash"] = divisor_review::hash_text(&plan.to_string()).into();
    folder.write("nov.plan", &plan.to_string());
    refused(&folder, "", &["the engine's version: 0.0.9 then"]);
}

#[test]
fn what_was_applied_is_corrected_and_not_replaced() {
    let folder = planned();
    assert_eq!(apply(folder.path(), "").code, 0);
    let first = contents(&folder.join("out"));
    data(&folder, |data| data.table("fundamentals").set("B", "eps", "2.5"));
    let outcome = run(folder.path());
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&[
        "was approved and published by `apply`",
        "the table `fundamentals`",
        "divisor plan",
    ]);
    let after = contents(&folder.join("out"));
    assert!(
        first.iter().all(|(name, bytes)| after[name] == *bytes),
        "nothing was replaced"
    );
    let outcome = plan(&folder, "nov.plan");
    assert!(outcome.stdout.contains("correction rev-2"), "{}", outcome.stdout);
    assert_eq!(apply(folder.path(), "").code, 0);
    let reviews = folder.join("out/tiny/reviews").join(DATE);
    let manifest: Value = serde_json::from_str(&read(&reviews.join("rev-2/manifest.json"))).unwrap();
    let superseded = divisor_review::hash_bytes(&std::fs::read(reviews.join("manifest.json")).unwrap());
    assert_eq!(manifest["supersedes"], superseded.as_str());
    assert!(
        first
            .iter()
            .all(|(name, bytes)| name == "journal.jsonl" || contents(&folder.join("out"))[name] == *bytes)
    );
    let outcome = run(folder.path());
    assert_eq!(outcome.code, 0, "the correction stands: {}", outcome.stderr);
}

#[test]
fn a_pro_forma_lies_apart() {
    let folder = planned();
    let run =
        Divisor::new(folder.path()).args("run tiny.toml --data ./data --pro-forma --to 2020-11-30 --from 2020-11-01");
    run.succeed();
    assert_eq!(apply(folder.path(), "").code, 0);
    let out = contents(&folder.join("out"));
    let (pro_forma, of_plan): (Vec<_>, Vec<_>) = ["constituents.parquet", "turnover.parquet"]
        .iter()
        .map(|file| {
            (
                &out[&format!("tiny/pro-forma/{DATE}/{file}")],
                &out[&format!("tiny/reviews/{DATE}/{file}")],
            )
        })
        .unzip();
    assert_eq!(pro_forma, of_plan);
}

/// Every part of what a plan says, on real reviews: the figures are those that a run publishes.
#[test]
fn a_plan_shows_what_a_run_publishes() {
    let world = crate::support::small();
    let folder = Folder::new();
    let plan = Divisor::new(folder.path())
        .args("plan --date 2016-05-31 --format json --data")
        .arg(world.data());
    let shown = plan.arg(tests("rulebooks/quality.toml")).succeed().json();
    let shown = &shown[0];
    let review = Review::of(&world.out(), "small-quality", "2016-05-31");
    let manifest = review.manifest();
    assert_eq!(shown["one_way_turnover"], manifest["totals"]["one_way_turnover"]);
    let by_cause = shown["turnover_by_cause"].as_object().unwrap();
    let one_way: f64 = by_cause.values().map(|cause| cause["one_way"].as_f64().unwrap()).sum();
    assert!((one_way - shown["one_way_turnover"].as_f64().unwrap()).abs() < 1e-12);
    assert_eq!(
        shown["additions"].as_array().unwrap().len() as u64,
        manifest["counts"]["additions"].as_u64().unwrap()
    );
    let prices = divisor_market::read_table("prices", &prices_of(&world.data(), "2016")).unwrap();
    let trade = shown["trades"]
        .as_array()
        .unwrap()
        .iter()
        .find(|trade| trade["days_to_trade"].is_number())
        .unwrap();
    let (days, a_day) = (
        trade["days_to_trade"].as_f64().unwrap(),
        trade["value_traded_a_day"].as_f64().unwrap(),
    );
    let expected = trade["trade"].as_f64().unwrap().abs() * 1e9 / (0.2 * a_day);
    assert!((days - expected).abs() < 1e-9 * expected);
    // The mean over the newest 60 days by hand, in the currency of the name.
    let id = trade["security_id"].as_str().unwrap();
    let ids = crate::support::texts(&prices, "security_id");
    let dates = crate::support::texts(&prices, "date");
    let (close, volume) = (
        crate::support::numbers(&prices, "close"),
        crate::support::numbers(&prices, "volume"),
    );
    let mut traded: Vec<(&str, f64)> = (0..ids.len())
        .filter(|row| ids[*row] == id && dates[*row].as_str() <= "2016-04-29" && !(close[*row] * volume[*row]).is_nan())
        .map(|row| (dates[row].as_str(), close[row] * volume[row]))
        .collect();
    traded.sort_by(|a, b| a.0.cmp(b.0));
    let newest = &traded[traded.len() - 60..];
    let mean: f64 = newest.iter().map(|day| day.1).sum::<f64>() / 60.0;
    let constituents = review.table("constituents");
    let at = crate::support::texts(&constituents, "security_id")
        .iter()
        .position(|own| own == id)
        .unwrap();
    let fx = crate::support::numbers(&constituents, "fx")[at];
    assert!((a_day - mean * fx).abs() < 1e-9 * a_day, "{a_day} {}", mean * fx);
}

/// The file of a year's prices.
fn prices_of(data: &Path, year: &str) -> std::path::PathBuf {
    let files = crate::support::parquet_files(&data.join("prices"));
    files
        .into_iter()
        .find(|file| file.to_str().unwrap().contains(&format!("year={year}")))
        .unwrap()
}

/// The announcement: every member as in `constituents`, and every name that leaves, with why.
#[test]
fn an_announcement_has_members_and_leavers() {
    let world = crate::support::small();
    let mut leavers = 0;
    for date in crate::support::names_in(&world.out().join("small-quality/reviews"), "") {
        let review = Review::of(&world.out(), "small-quality", &date);
        let text = read(
            &world
                .out()
                .join("small-quality/reviews")
                .join(&date)
                .join("announcement.csv"),
        );
        let mut lines = text.lines();
        let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
        let constituents = review.table("constituents");
        let published: Vec<&str> = constituents.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, published);
        let turnover = review.table("turnover");
        let causes = crate::support::texts(&turnover, "cause");
        let left = causes.iter().filter(|cause| *cause == "deletion").count();
        assert_eq!(lines.clone().count(), constituents.rows() + left);
        let gone: Vec<&str> = lines.filter(|line| line.contains(",deleted,")).collect();
        assert!(
            gone.len() == left && gone.iter().all(|line| !line.ends_with(',')),
            "{gone:?}"
        );
        leavers += left;
    }
    assert!(leavers > 10, "{leavers}");
}
