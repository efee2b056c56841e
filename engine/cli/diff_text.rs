//! Differences of reviews for people and for programs.

use std::collections::BTreeMap;

use divisor_model::{Date, Table, Values, day_of};
use divisor_numeric::mean;
use divisor_report::{Format, TextOptions, to_text};
use divisor_review::{Attribution, Cause, Effects, NameDifference, ReviewDifference};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde_json::{Map, Value, json};

/// Names shown of each sort.
const NAMED: usize = 6;

/// A comparison of all reviews of one index, or of two.
pub(crate) struct Shown {
    pub(crate) index: [String; 2],
    pub(crate) data: [String; 2],
    /// What names of the last review are called, by id.
    pub(crate) described: BTreeMap<String, String>,
    /// Effective dates that one side has alone.
    pub(crate) alone: [Vec<Date>; 2],
    pub(crate) reviews: Vec<ReviewDifference>,
    /// What went in and differs, with how many reviews it concerns, where manifests say so.
    pub(crate) ingredients: Vec<(String, usize)>,
}

/// One row a review.
pub(crate) fn reviews_table(shown: &Shown) -> Table {
    let reviews = &shown.reviews;
    let integer = |read: &dyn Fn(&ReviewDifference) -> usize| {
        Values::Integer(reviews.iter().map(|review| Some(read(review) as i64)).collect())
    };
    let number = |read: &dyn Fn(&ReviewDifference) -> f64| Values::Number(reviews.iter().map(read).collect());
    let part = |of: fn(&Attribution) -> Option<Effects>, cause: usize| {
        number(&|review| {
            let found = review.attribution.as_ref().ok().and_then(of);
            found.map_or(f64::NAN, |effects| effects[cause])
        })
    };
    let days = reviews.iter().map(|review| day_of(review.effective)).collect();
    let mut table = Table::new("difference")
        .with("effective_date", Values::Day(days))
        .with("names_a", integer(&|review| review.sides[0].names))
        .with("names_b", integer(&|review| review.sides[1].names))
        .with("only_a", integer(&|review| review.out().count()))
        .with("only_b", integer(&|review| review.added().count()))
        .with("distance", number(&|review| review.distance));
    for (at, cause) in Cause::ALL.into_iter().enumerate() {
        table.push(
            format!("distance_{}", cause.word()),
            part(|found| Some(found.distance), at),
        );
    }
    for (at, name) in ["turnover_a", "turnover_b"].into_iter().enumerate() {
        table.push(name, number(&|review| review.sides[at].one_way.unwrap_or(f64::NAN)));
    }
    for (at, cause) in Cause::ALL.into_iter().enumerate() {
        table.push(format!("turnover_{}", cause.word()), part(|found| found.turnover, at));
    }
    for (at, side) in ["a", "b"].into_iter().enumerate() {
        table.push(
            format!("effective_names_{side}"),
            number(&|review| review.sides[at].effective_names),
        );
        table.push(
            format!("largest_weight_{side}"),
            number(&|review| review.sides[at].largest_weight),
        );
    }
    table
}

pub(crate) fn reviews_text(shown: &Shown) -> String {
    let mut text = heading(shown);
    let (Some(first), Some(last)) = (shown.reviews.first(), shown.reviews.last()) else {
        return text + "  no review that both sides have\n";
    };
    text.push_str(&table_text(shown));
    text.push_str(&averages(shown));
    for (what, reviews) in &shown.ingredients {
        text.push_str(&format!(
            "  differs going in: {what} ({})\n",
            count(*reviews, "review", "reviews")
        ));
    }
    if let Err(why) = &first.attribution {
        text.push_str(&format!("  not told apart: {why}\n"));
    } else if let Some((review, Err(why))) = shown
        .reviews
        .iter()
        .map(|review| (review, &review.attribution))
        .find(|(_, attribution)| attribution.is_err())
    {
        text.push_str(&format!("  not told apart from {} on: {why}\n", review.effective));
    }
    text.push_str(&names_text(shown, last));
    text
}

fn heading(shown: &Shown) -> String {
    let [a, b] = &shown.index;
    let mut text = format!("\n{a}");
    if a != b {
        text.push_str(&format!(" against {b}"));
    }
    let [data_a, data_b] = &shown.data;
    if data_a != data_b {
        text.push_str(&format!(" · A on {data_a}, B on {data_b}"));
    } else if !data_a.is_empty() {
        text.push_str(&format!(" · on {data_a}"));
    }
    text.push_str(&format!(" · {}", count(shown.reviews.len(), "review", "reviews")));
    if let (Some(first), Some(last)) = (shown.reviews.first(), shown.reviews.last()) {
        text.push_str(&format!(" {} … {}", first.effective, last.effective));
    }
    text.push('\n');
    for (letter, alone) in ['A', 'B'].into_iter().zip(&shown.alone) {
        if let (Some(first), Some(last)) = (alone.first(), alone.last()) {
            let reviews = count(alone.len(), "review", "reviews");
            text.push_str(&format!("  {reviews} of {letter} alone: {first} … {last}\n"));
        }
    }
    text
}

fn table_text(shown: &Shown) -> String {
    const SHORT: [(&str, &str, Option<Format>); 13] = [
        ("effective_date", "effective", None),
        ("names_a", "names A", None),
        ("names_b", "B", None),
        ("only_a", "only A", None),
        ("only_b", "only B", None),
        ("distance", "distance", Some(Format::Percent(2))),
        ("distance_rules", "rules", Some(Format::Percent(2))),
        ("distance_data", "data", Some(Format::Percent(2))),
        ("distance_drift", "drift", Some(Format::Percent(2))),
        ("turnover_a", "turnover A", Some(Format::Percent(1))),
        ("turnover_b", "B ", Some(Format::Percent(1))),
        ("effective_names_a", "eff. names A", Some(Format::Fixed(1))),
        ("effective_names_b", "B  ", Some(Format::Fixed(1))),
    ];
    let all = reviews_table(shown);
    let is_told = shown.reviews.iter().any(|review| review.attribution.is_ok());
    let mut table = Table::new("difference");
    let mut options = TextOptions::new();
    for (name, title, format) in SHORT {
        let is_part = name.starts_with("distance_");
        if let Some(values) = all.column(name).filter(|_| is_told || !is_part) {
            table.push(title, values.clone());
        }
        if let Some(format) = format {
            options = options.format(title, format);
        }
    }
    let mut text = String::new();
    for line in to_text(&table, &options).lines() {
        text.push_str(&format!(
            "  {}
",
            line.trim_end()
        ));
    }
    text
}

/// The mean distance and turnover with their parts.
fn averages(shown: &Shown) -> String {
    let told: Vec<(&ReviewDifference, &Attribution)> = shown
        .reviews
        .iter()
        .filter_map(|review| Some((review, review.attribution.as_ref().ok()?)))
        .collect();
    let means = |rows: &[Effects]| [0, 1, 2].map(|at| mean(&rows.iter().map(|row| row[at]).collect::<Vec<_>>()));
    let distances: Vec<f64> = shown.reviews.iter().map(|review| review.distance).collect();
    let mut text = format!("  average distance {}", percent(mean(&distances)));
    if told.len() == shown.reviews.len() {
        let parts: Vec<Effects> = told.iter().map(|(_, found)| found.distance).collect();
        text.push_str(&parts_words(means(&parts)));
    }
    text.push('\n');
    let turnovers: Vec<(f64, f64)> = shown
        .reviews
        .iter()
        .filter_map(|review| Some((review.sides[0].one_way?, review.sides[1].one_way?)))
        .collect();
    if turnovers.is_empty() {
        return text;
    }
    let (a, b): (Vec<f64>, Vec<f64>) = turnovers.into_iter().unzip();
    text.push_str(&format!(
        "  average one-way turnover {} → {}: {:+.2}pp",
        percent(mean(&a)),
        percent(mean(&b)),
        (mean(&b) - mean(&a)) * 100.0
    ));
    let parts: Vec<Effects> = told.iter().filter_map(|(_, found)| found.turnover).collect();
    if parts.len() == a.len() {
        text.push_str(&parts_words(means(&parts)));
    }
    text + "\n"
}

fn parts_words(parts: Effects) -> String {
    let words: Vec<String> = Cause::ALL
        .iter()
        .zip(parts)
        .map(|(cause, part)| format!("{} {:+.2}pp", cause.word(), clean(part * 100.0)))
        .collect();
    format!(" ({})", words.join(", "))
}

/// The names of the last review that differ most.
fn names_text(shown: &Shown, last: &ReviewDifference) -> String {
    let mut text = String::new();
    let both = last
        .names
        .iter()
        .filter(|name| name.weights.iter().all(|weight| *weight > 0.0));
    let sorts: [(&str, Vec<&NameDifference>); 3] = [
        ("only A", last.out().collect()),
        ("only B", last.added().collect()),
        ("other weight", both.collect()),
    ];
    for (title, mut names) in sorts {
        if names.is_empty() {
            continue;
        }
        if text.is_empty() {
            text.push_str(&format!("  at {}:\n", last.effective));
        }
        names.sort_by(|a, b| {
            let size = b.step().abs().total_cmp(&a.step().abs());
            size.then_with(|| a.security_id.cmp(&b.security_id))
        });
        let words: Vec<String> = names.iter().take(NAMED).map(|name| words(shown, name)).collect();
        let more = names.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!("; {more} more")
        } else {
            String::new()
        };
        text.push_str(&format!("    {title:<13} {}{more}\n", words.join("; ")));
    }
    text
}

fn words(shown: &Shown, name: &NameDifference) -> String {
    let mut text = name.security_id.clone();
    if let Some(described) = shown.described.get(&name.security_id) {
        text.push_str(&format!(" {described}"));
    }
    let weights = match name.weights {
        [a, 0.0] => percent(a),
        [0.0, b] => percent(b),
        [a, b] => format!("{} → {}", percent(a), percent(b)),
    };
    let cause = name
        .main_cause()
        .map_or_else(String::new, |cause| format!(", {}", cause.word()));
    format!("{text} {weights}{cause}")
}

pub(crate) fn reviews_json(shown: &Shown) -> Value {
    let mut document = json!({
        "index_a": shown.index[0],
        "index_b": shown.index[1],
        "data_a": shown.data[0],
        "data_b": shown.data[1],
        "reviews_of_a_alone": shown.alone[0],
        "reviews_of_b_alone": shown.alone[1],
        "inputs_that_differ": shown.ingredients.iter().map(|(what, reviews)| json!({ "what": what, "reviews": reviews })).collect::<Vec<_>>(),
    });
    // The macro would copy what is put into it.
    document["reviews"] = Value::Array(shown.reviews.par_iter().map(review_json).collect());
    document
}

fn review_json(review: &ReviewDifference) -> Value {
    let figures = |side: usize| {
        let figures = &review.sides[side];
        json!({
            "names": figures.names,
            "one_way_turnover": figures.one_way,
            "effective_names": figures.effective_names,
            "largest_weight": figures.largest_weight,
        })
    };
    let names = review.names.iter().map(|name| {
        json!({
            "security_id": name.security_id,
            "weight_a": name.weights[0],
            "weight_b": name.weights[1],
            "effects": name.effects.map(by_cause),
        })
    });
    let told = review.attribution.as_ref();
    let mut document = json!({
        "effective_date": review.effective,
        "a": figures(0),
        "b": figures(1),
        "only_a": review.out().map(|name| &name.security_id).collect::<Vec<_>>(),
        "only_b": review.added().map(|name| &name.security_id).collect::<Vec<_>>(),
        "distance": review.distance,
        "distance_by_cause": told.ok().map(|found| by_cause(found.distance)),
        "turnover_difference": review.turnover(),
        "turnover_by_cause": told.ok().and_then(|found| found.turnover).map(by_cause),
        "not_attributed": told.err(),
    });
    document["names"] = names.collect();
    document
}

fn by_cause(effects: Effects) -> Value {
    let parts = Cause::ALL
        .iter()
        .zip(effects)
        .map(|(cause, part)| (cause.word().to_owned(), json!(part)));
    Value::Object(parts.collect::<Map<String, Value>>())
}

fn percent(weight: f64) -> String {
    format!("{:.2}%", clean(weight * 100.0))
}

/// Without the sign of a zero, and of what rounds to it.
fn clean(value: f64) -> f64 {
    if value.abs() < 0.005 { 0.0 } else { value }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
