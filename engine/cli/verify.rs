//! `divisor verify`: published reviews held against their manifests; `replay` makes them again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use divisor_model::Date;
use divisor_review::hash_bytes;
use serde_json::{Value, json};

use crate::args::{Common, Format};
use crate::effective::damages;
use crate::exit::{Exit, Failure};
use crate::folders::{IndexFolder, Standing, names, source_field};
use crate::journal::Journal;
use crate::load::dataset;
use crate::out;
use crate::replay::replay;
use crate::settings::Settings;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor verify out/world-quality/reviews/2025-11-28 --data demo
  divisor verify --all --data demo                           every review in out/, and the journal
  divisor verify --all --out archive --data frozen/demo-2025

First every file is held against the hash its manifest has, and every manifest against the one it is linked to. Then the
review in force at each date is made again from the rulebook in its manifest and the dataset, and its bytes compared;
what another version of the engine published is compared by content. Weights at effective
closes are made again too. A corrected review is not made again: the data it was made of has changed. Exit code 1 if
anything differs; what differs is named.")]
pub(crate) struct VerifyArgs {
    /// Folders of published reviews
    #[arg(value_name = "REVIEW", required_unless_present = "all", conflicts_with = "all")]
    reviews: Vec<PathBuf>,
    /// All reviews of all indexes in OUT, and its journal
    #[arg(long)]
    all: bool,
}

/// One index as far as it is verified.
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) folder: IndexFolder,
    /// The results in force, by effective date: all there are, since manifests are linked.
    pub(crate) standing: BTreeMap<Date, Standing>,
    /// The dates asked for.
    pub(crate) wanted: Vec<Date>,
}

/// What is wrong, where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difference {
    pub(crate) place: String,
    pub(crate) what: String,
}

pub(crate) fn verify(args: &VerifyArgs, common: &Common) -> Result<Exit, Failure> {
    let out = match &common.out {
        Some(out) => out.clone(),
        None => Settings::load(common.config.as_deref())?.out,
    };
    let held = if args.all { all(&out)? } else { named(&args.reviews)? };
    let mut differences = Vec::new();
    for index in &held {
        differences.extend(index.damages());
    }
    if args.all {
        differences.extend(journal(&out, &held)?);
    }
    let count: usize = held.iter().map(|index| index.wanted.len()).sum();
    replay(&held, common, &mut differences)?;
    effective_weights(&held, common, &mut differences)?;
    differences.sort();
    differences.dedup();
    show(&differences, count, held.len(), common)?;
    Ok(if differences.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn show(differences: &[Difference], reviews: usize, indexes: usize, common: &Common) -> Result<(), Failure> {
    if common.format == Format::Json {
        let list: Vec<Value> = differences
            .iter()
            .map(|found| json!({ "place": found.place, "what": found.what }))
            .collect();
        let text =
            serde_json::to_string_pretty(&json!({ "reviews": reviews, "differences": list })).unwrap_or_default();
        return out::print(&format!("{text}\n"));
    }
    for found in differences {
        out::print(&format!("{}: {}\n", found.place, found.what))?;
    }
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let what = match differences.len() {
        0 => "every byte as published".to_owned(),
        number => count(number, "difference", "differences"),
    };
    let (reviews, indexes) = (count(reviews, "review", "reviews"), count(indexes, "index", "indexes"));
    out::print(&format!("{reviews} of {indexes} verified: {what}\n"))
}

/// All indexes of an output folder.
fn all(out: &Path) -> Result<Vec<Held>, Failure> {
    if out.exists() && !out.is_dir() {
        return Err(Failure::usage(
            format!("{} is no folder", out.display()),
            "--out names the folder of the results",
        ));
    }
    let mut held = Vec::new();
    for id in names(out)? {
        let index = Held::open(out, &id)?;
        if !index.standing.is_empty() {
            held.push(index);
        }
    }
    if held.is_empty() {
        let message = format!("{} holds no published review", out.display());
        return Err(Failure::usage(message, "--out names the folder"));
    }
    for index in &mut held {
        index.wanted = index.standing.keys().copied().collect();
    }
    Ok(held)
}

/// The indexes of folders of reviews; `rev-2` and `manifest.json` may be named too.
fn named(reviews: &[PathBuf]) -> Result<Vec<Held>, Failure> {
    let mut held: BTreeMap<PathBuf, Held> = BTreeMap::new();
    for path in reviews {
        let whole = std::path::absolute(path)
            .map_err(|error| Failure::usage(format!("cannot find {}: {error}", path.display()), ""))?;
        let date = |folder: &Path| folder.file_name()?.to_str()?.parse::<Date>().ok();
        let found = whole.ancestors().take(3).find_map(|folder| {
            let index = folder.parent().filter(|parent| parent.ends_with("reviews"))?.parent()?;
            Some((date(folder)?, index.to_owned()))
        });
        let no_review = || {
            let message = format!("{} is no published review", path.display());
            Failure::usage(message, "name OUT/<index>/reviews/<date>, or verify --all")
        };
        let (date, index) = found.ok_or_else(no_review)?;
        let id = index.file_name().and_then(|name| name.to_str()).ok_or_else(no_review)?;
        let out = index.parent().ok_or_else(no_review)?;
        if !held.contains_key(&index) {
            held.insert(index.clone(), Held::open(out, id)?);
        }
        match held.get_mut(&index) {
            Some(own) if own.standing.contains_key(&date) => own.wanted.push(date),
            _ => return Err(no_review()),
        }
    }
    // Parents are needed to make children again.
    let outs: Vec<PathBuf> = held
        .keys()
        .filter_map(|index| index.parent().map(Path::to_owned))
        .collect();
    for out in outs {
        for id in names(&out)? {
            if let std::collections::btree_map::Entry::Vacant(free) = held.entry(out.join(&id)) {
                free.insert(Held::open(&out, &id)?);
            }
        }
    }
    Ok(held.into_values().filter(|index| !index.standing.is_empty()).collect())
}

impl Held {
    fn open(out: &Path, id: &str) -> Result<Self, Failure> {
        let folder = IndexFolder::new(out, id);
        let mut standing = BTreeMap::new();
        for date in folder.published()? {
            standing.extend(folder.standing(date)?.map(|found| (date, found)));
        }
        Ok(Self {
            id: id.to_owned(),
            folder,
            standing,
            wanted: Vec::new(),
        })
    }

    /// Files and links that are not what manifests say, corrected results included.
    fn damages(&self) -> Vec<Difference> {
        let mut found = Vec::new();
        for date in &self.wanted {
            let first = self.folder.reviews().join(date.to_string());
            let mut superseded: Option<String> = None;
            for revision in 1..=self.standing[date].revision {
                let folder = if revision == 1 {
                    first.clone()
                } else {
                    first.join(format!("rev-{revision}"))
                };
                let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap_or_default();
                let differ = |file: &str, what: &str| Difference {
                    place: folder.join(file).display().to_string(),
                    what: what.to_owned(),
                };
                let hash = hash_bytes(text.as_bytes());
                if source_field(&folder, "manifest_hash").is_some_and(|published| published != hash) {
                    found.push(differ(
                        "manifest.json",
                        "other bytes than were published (sources.json)",
                    ));
                }
                let added = damages(&folder, &hash);
                found.extend(added.into_iter().map(|(file, what)| differ(file, &what)));
                let corrected = superseded.replace(hash);
                let manifest: Value = serde_json::from_str(&text).unwrap_or_default();
                let Some(outputs) = manifest["outputs"].as_object() else {
                    found.push(differ("manifest.json", "is missing or no manifest"));
                    continue;
                };
                for (file, hash) in outputs {
                    match std::fs::read(folder.join(file)) {
                        Ok(bytes) if Some(hash_bytes(&bytes).as_str()) == hash.as_str() => {}
                        Ok(_) => found.push(differ(file, "other bytes than its manifest names")),
                        Err(error) => found.push(differ(file, &format!("cannot be read: {error}"))),
                    }
                }
                if manifest["supersedes"].as_str() != corrected.as_deref() {
                    found.push(differ(
                        "manifest.json",
                        "does not name the result it corrects, or that was changed",
                    ));
                }
            }
            found.extend(self.link(*date));
        }
        found
    }

    /// A manifest in force that is linked to none of those of the review before.
    fn link(&self, date: Date) -> Option<Difference> {
        let own = &self.standing[&date];
        let (_, before) = self.standing.range(..date).next_back()?;
        let link = own.field("previous_manifest_hash")?;
        let known = before.links.iter().any(|hash| hash == link);
        // Reviews in between may not be published here: then the replay tells.
        (!known && own.manifest.is_object()).then(|| Difference {
            place: before.folder.join("manifest.json").display().to_string(),
            what: format!("is not the manifest that the review after it, {date}, is linked to"),
        })
    }

    /// The rulebooks its results in force were made of, the newest first, each with the last date of them.
    pub(crate) fn rulebooks(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = Vec::new();
        for standing in self.standing.values().rev() {
            if let Some(text) = standing.field("rulebook").filter(|text| !texts.contains(text)) {
                texts.push(text);
            }
        }
        texts
    }
}

/// The weights at effective closes that were added to the reviews asked for, made again.
fn effective_weights(held: &[Held], common: &Common, differences: &mut Vec<Difference>) -> Result<(), Failure> {
    let of = |index: &Held| -> Vec<_> {
        let dates = index.wanted.iter();
        dates
            .map(|date| (index.id.clone(), *date, index.standing[date].clone()))
            .collect()
    };
    let standing: Vec<(String, Date, Standing)> = held.iter().flat_map(of).collect();
    let dataset = dataset(common, &Settings::load(common.config.as_deref())?)?;
    let found = crate::effective::differences(&dataset, &standing);
    differences.extend(found.into_iter().map(|(place, what)| Difference {
        place: place.display().to_string(),
        what,
    }));
    Ok(())
}

/// The journal's own chain, and whether what it says was applied is there.
fn journal(out: &Path, held: &[Held]) -> Result<Vec<Difference>, Failure> {
    let journal = Journal::read(out)?;
    let place = out.join("journal.jsonl").display().to_string();
    let mut found: Vec<String> = journal.faults();
    for entry in journal.entries().filter(|entry| entry["did"] == "applied") {
        let index = held.iter().find(|index| entry["index_id"] == index.id.as_str());
        let date = entry["effective"].as_str().and_then(|date| date.parse::<Date>().ok());
        let standing = index.zip(date).and_then(|(index, date)| index.standing.get(&date));
        let is_there =
            standing.is_some_and(|found| found.links.iter().any(|hash| entry["manifest_hash"] == hash.as_str()));
        if !is_there {
            found.push(format!(
                "what entry {} says was applied, {} at {}, is not there or was changed",
                entry["entry"], entry["index_id"], entry["effective"]
            ));
        }
    }
    Ok(found
        .into_iter()
        .map(|what| Difference {
            place: place.clone(),
            what,
        })
        .collect())
}
