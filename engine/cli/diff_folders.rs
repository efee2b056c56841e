//! Two published runs compared: their own weights, and with the data they were made of where the differences come from.

use std::collections::BTreeMap;
use std::path::Path;

use divisor_market::read_columns;
use divisor_model::{Date, Values};
use divisor_review::{Comparison, Figures, NameDifference, ReviewDifference};
use serde_json::{Value, json};

use crate::apply::of_text;
use crate::args::{Common, Format};
use crate::changes::changes;
use crate::diff_reviews::{Sides, described, is_in_range, with_comparison};
use crate::diff_text::{Shown, reviews_json, reviews_table, reviews_text};
use crate::exit::{Exit, Failure};
use crate::folders::{IndexFolder, Standing, names};
use crate::load::Rulebook;
use crate::out;

/// Weights that are made again may differ by so much between versions of the engine.
const SAME: f64 = 1e-12;

/// The reviews in force of one index of a run.
struct Published {
    id: String,
    reviews: BTreeMap<Date, Standing>,
}

/// The result of one review as it was published.
struct Weighted {
    weights: BTreeMap<String, f64>,
    names: BTreeMap<String, String>,
    figures: Figures,
}

pub(crate) fn diff_folders(folders: [&Path; 2], data: &[Option<String>; 2], common: &Common) -> Result<Exit, Failure> {
    if !common.set.is_empty() || common.edition.is_some() {
        let help = "--set and --edition change rulebooks: divisor diff RULEBOOK --set KEY=VALUE";
        return Err(Failure::usage("published runs are compared as they are", help));
    }
    let runs = [indexes(folders[0])?, indexes(folders[1])?];
    let pairs: Vec<(&Published, &Published)> = if let ([a], [b]) = (runs[0].as_slice(), runs[1].as_slice()) {
        vec![(a, b)]
    } else {
        let of = |id: &str| runs[1].iter().find(|index| index.id == id);
        runs[0].iter().filter_map(|a| Some((a, of(&a.id)?))).collect()
    };
    if pairs.is_empty() {
        let message = format!(
            "{} and {} have no index in common",
            folders[0].display(),
            folders[1].display()
        );
        return Err(Failure::usage(message, ids_of(&runs)));
    }
    let is_paired = |id: &str| pairs.iter().any(|(a, b)| a.id == id || b.id == id);
    let alone = [0, 1].map(|side: usize| -> Vec<&str> {
        let ids = runs[side].iter().map(|index| index.id.as_str());
        ids.filter(|id| !is_paired(id)).collect()
    });
    let compared: Vec<Shown> = pairs
        .iter()
        .map(|(a, b)| compare(a, b, &runs, data, common))
        .collect::<Result<_, Failure>>()?;
    show(folders, &alone, &compared, common)?;
    Ok(Exit::Done)
}

fn show(folders: [&Path; 2], alone: &[Vec<&str>; 2], compared: &[Shown], common: &Common) -> Result<(), Failure> {
    match common.format {
        Format::Json => {
            let document = json!({
                "a": folders[0].display().to_string(),
                "b": folders[1].display().to_string(),
                "indexes_of_a_alone": alone[0],
                "indexes_of_b_alone": alone[1],
                "indexes": compared.iter().map(reviews_json).collect::<Vec<Value>>(),
            });
            let text = serde_json::to_string_pretty(&document).unwrap_or_default();
            out::print(&format!("{text}\n"))
        }
        Format::Table => {
            let mut text = format!("A  {}\nB  {}\n", folders[0].display(), folders[1].display());
            for (letter, alone) in ['A', 'B'].into_iter().zip(alone) {
                if !alone.is_empty() {
                    text.push_str(&format!("indexes of {letter} alone: {}\n", alone.join(", ")));
                }
            }
            text.extend(compared.iter().map(reviews_text));
            out::print(&text)
        }
        format => {
            let [one] = compared else {
                let help = "name the folder of one index, or take --format json";
                return Err(Failure::usage("a table holds the comparison of one index", help));
            };
            out::table(&reviews_table(one), format, &divisor_report::TextOptions::new())
        }
    }
}

fn ids_of(runs: &[Vec<Published>; 2]) -> String {
    let ids = |run: &[Published]| run.iter().map(|index| index.id.clone()).collect::<Vec<_>>().join(", ");
    format!("A has {}; B has {}", ids(&runs[0]), ids(&runs[1]))
}

/// The indexes of a run, or the one whose folder it is.
fn indexes(folder: &Path) -> Result<Vec<Published>, Failure> {
    let open = |out: &Path, id: &str| -> Result<Published, Failure> {
        let own = IndexFolder::new(out, id);
        let mut reviews = BTreeMap::new();
        for date in own.published()? {
            reviews.extend(own.standing(date)?.map(|found| (date, found)));
        }
        Ok(Published {
            id: id.to_owned(),
            reviews,
        })
    };
    let whole = std::path::absolute(folder)
        .map_err(|error| Failure::usage(format!("cannot find {}: {error}", folder.display()), ""))?;
    let mut found = Vec::new();
    if whole.join("reviews").is_dir() {
        if let (Some(out), Some(id)) = (whole.parent(), whole.file_name().and_then(|name| name.to_str())) {
            found.push(open(out, id)?);
        }
    } else {
        for id in names(&whole)? {
            found.push(open(&whole, &id)?);
        }
    }
    found.retain(|index| !index.reviews.is_empty());
    if found.is_empty() {
        let message = format!("{} holds no published review", folder.display());
        return Err(Failure::usage(message, "name OUT, or OUT/<index>"));
    }
    // The index is what its manifests say, wherever its folder was copied to.
    for index in &mut found {
        let said = index.reviews.values().find_map(|standing| standing.field("index_id"));
        if let Some(id) = said.map(str::to_owned) {
            index.id = id;
        }
    }
    Ok(found)
}

fn compare(
    a: &Published,
    b: &Published,
    runs: &[Vec<Published>; 2],
    data: &[Option<String>; 2],
    common: &Common,
) -> Result<Shown, Failure> {
    let in_range = |date: &&Date| is_in_range(**date, common);
    let alone = |own: &Published, other: &Published| -> Vec<Date> {
        let dates = own.reviews.keys().filter(in_range);
        dates
            .filter(|date| !other.reviews.contains_key(date))
            .copied()
            .collect()
    };
    let mut reviews = Vec::new();
    let mut results = Vec::new();
    let mut ingredients: BTreeMap<String, usize> = BTreeMap::new();
    let mut described_names = BTreeMap::new();
    for (date, standing) in a.reviews.iter().filter(|(date, _)| in_range(date)) {
        let Some(other) = b.reviews.get(date) else { continue };
        let sides = [result(standing)?, result(other)?];
        reviews.push(difference(*date, &sides));
        let found = changes(&standing.manifest, &other.manifest);
        let has_rules = found.iter().any(|what| what.starts_with("the rulebook"));
        for what in found {
            let what = what.split(':').next().unwrap_or_default().to_owned();
            // Which rows are read follows from the rules.
            if !(has_rules && what.starts_with("the table")) {
                *ingredients.entry(what).or_default() += 1;
            }
        }
        described_names = sides.iter().flat_map(|side| side.names.clone()).collect();
        results.push(sides);
    }
    if data[0].is_some() {
        let last = reviews.last().map(|review| review.effective);
        let common = Common {
            from: None,
            to: last,
            ..common.clone()
        };
        let sides = Sides {
            rulebooks: [rulebooks(a, &runs[0]), rulebooks(b, &runs[1])],
            index: [a.id.clone(), b.id.clone()],
            data: data.clone(),
        };
        described_names.extend(with_comparison(&sides, &common, |comparison| {
            for (review, published) in reviews.iter_mut().zip(&results) {
                attribute(review, published, comparison);
            }
            described(comparison, reviews.last())
        })?);
    }
    Ok(Shown {
        index: [a.id.clone(), b.id.clone()],
        data: data.clone().map(Option::unwrap_or_default),
        described: described_names,
        alone: [alone(a, b), alone(b, a)],
        reviews,
        ingredients: ingredients.into_iter().collect(),
    })
}

/// The rulebooks a run was last made of: that of the index, and those of the others, which may be its parents.
fn rulebooks(index: &Published, run: &[Published]) -> Vec<Rulebook> {
    let others = run.iter().filter(|other| other.id != index.id);
    let texts = std::iter::once(index).chain(others).filter_map(|index| {
        let newest = index.reviews.values().next_back()?;
        let file = format!("{}: rulebook of its manifests", index.id);
        Some(of_text(&file, newest.field("rulebook")?, &index.id))
    });
    texts.flatten().collect()
}

/// Takes over where the differences come from, if the data given makes what was published.
fn attribute(review: &mut ReviewDifference, published: &[Weighted; 2], comparison: &Comparison<'_>) {
    for (side, (letter, published)) in ['A', 'B'].into_iter().zip(published).enumerate() {
        let made = comparison.weights(side, review.effective);
        let is_same = made.len() == published.weights.len()
            && made.iter().all(|(id, weight)| {
                let there = published.weights.get(*id);
                there.is_some_and(|there| (there - weight).abs() <= SAME)
            });
        if !is_same {
            review.attribution = Err(format!(
                "the newest rulebook of {letter} on the data given does not make what {letter} published at {}",
                review.effective
            ));
            return;
        }
    }
    if let Some(found) = comparison.at(review.effective) {
        *review = found;
    }
}

fn difference(effective: Date, sides: &[Weighted; 2]) -> ReviewDifference {
    let mut names: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for (at, side) in sides.iter().enumerate() {
        for (id, weight) in &side.weights {
            names.entry(id).or_default()[at] = *weight;
        }
    }
    let names = names.into_iter().map(|(id, weights)| NameDifference {
        security_id: id.to_owned(),
        weights,
        effects: None,
    });
    let figures = [sides[0].figures.clone(), sides[1].figures.clone()];
    let why = "give the data they were made of: --data, and --data-b where B's is another".to_owned();
    ReviewDifference::new(effective, figures, names.collect(), Err(why))
}

fn result(standing: &Standing) -> Result<Weighted, Failure> {
    let path = standing.folder.join("constituents.parquet");
    let wanted = |name: &str| ["security_id", "name", "weight"].contains(&name);
    let table = read_columns("constituents", &path, wanted)?;
    let (Some(Values::Text(ids)), Some(Values::Number(weights))) =
        (table.column("security_id"), table.column("weight"))
    else {
        let message = format!("{}: no columns security_id and weight", path.display());
        return Err(Failure::usage(message, "divisor verify says what else was changed"));
    };
    let id = |row: usize| ids.get(row).unwrap_or_default().to_owned();
    let names = match table.column("name") {
        Some(Values::Text(names)) => {
            let named = (0..weights.len()).filter_map(|row| Some((id(row), names.get(row)?.to_owned())));
            named.collect()
        }
        _ => BTreeMap::new(),
    };
    let totals = &standing.manifest["totals"];
    Ok(Weighted {
        weights: weights
            .iter()
            .enumerate()
            .map(|(row, weight)| (id(row), *weight))
            .collect(),
        names,
        figures: Figures {
            names: weights.len(),
            one_way: totals["one_way_turnover"].as_f64(),
            effective_names: totals["effective_names"].as_f64().unwrap_or(f64::NAN),
            largest_weight: totals["largest_weight"].as_f64().unwrap_or(f64::NAN),
        },
    })
}
