//! `divisor.lock`: the engine, the calendars and every file of the dataset that results shall be made of. `divisor lock`
//! writes it, `--locked` refuses anything else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::load::rulebooks;
use crate::out::say;
use crate::session::Session;

const FILE: &str = "divisor.lock";
const HEAD: &str = "# Written by `divisor lock`. With --locked, whatever differs from this is refused.\n";
/// Differences named, before the rest is counted.
const NAMED: usize = 8;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor lock methodologies --data demo                   writes divisor.lock here
  divisor run methodologies --data demo --locked           refuses another engine, calendar or file of the dataset

Every file of the dataset is pinned by its BLAKE3, also those that no review reads.")]
pub(crate) struct LockArgs {
    /// Rulebooks, or folders of them
    #[arg(required = true, value_name = "RULEBOOK|DIR")]
    rulebooks: Vec<PathBuf>,
}

/// What is pinned.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pins {
    engine: String,
    dataset: String,
    /// Hashes by name; by names joined where a rulebook counts on several.
    calendars: BTreeMap<String, String>,
    /// Files of the dataset by their path in it.
    files: BTreeMap<String, String>,
}

pub(crate) fn lock(args: &LockArgs, common: &Common) -> Result<Exit, Failure> {
    let common = Common {
        locked: false,
        ..common.clone()
    };
    let session = Session::open(rulebooks(&args.rulebooks, &common)?, &common)?;
    let pins = Pins::of(&session)?;
    let text = toml::to_string_pretty(&pins).map_err(|error| Failure::failed(error.to_string()))?;
    let temporary = format!(".{FILE}.tmp-{}", std::process::id());
    let written = std::fs::write(&temporary, [HEAD, &text].concat()).and_then(|()| std::fs::rename(&temporary, FILE));
    written.map_err(|error| Failure::failed(format!("cannot write {FILE}: {error}")))?;
    say(&format!(
        "{FILE}: engine {}, {} calendars, {} files of dataset `{}`",
        pins.engine,
        pins.calendars.len(),
        pins.files.len(),
        pins.dataset
    ));
    Ok(Exit::Done)
}

/// Refuses a session that differs from what is pinned.
pub(crate) fn check(session: &Session) -> Result<(), Failure> {
    let text = std::fs::read_to_string(FILE).map_err(|error| {
        Failure::usage(
            format!("--locked: cannot read {FILE}: {error}"),
            "`divisor lock` writes it",
        )
    })?;
    let pinned: Pins =
        toml::from_str(&text).map_err(|error| Failure::usage(format!("--locked: {FILE}: {}", error.message()), ""))?;
    let now = Pins::of(session)?;
    let mut drift = Vec::new();
    for (what, then, now) in [
        ("engine", &pinned.engine, &now.engine),
        ("dataset", &pinned.dataset, &now.dataset),
    ] {
        if then != now {
            drift.push(format!("{what} {now}, {then} is pinned"));
        }
    }
    // A run may use fewer calendars than are pinned.
    for (name, hash) in &now.calendars {
        if pinned.calendars.get(name) != Some(hash) {
            drift.push(format!("calendar {name}"));
        }
    }
    let names = pinned
        .files
        .keys()
        .chain(now.files.keys().filter(|name| !pinned.files.contains_key(*name)));
    let changed = names.filter(|name| pinned.files.get(*name) != now.files.get(*name));
    drift.extend(changed.map(|name| match (pinned.files.get(name), now.files.get(name)) {
        (Some(_), None) => format!("file {name} is gone"),
        (None, _) => format!("file {name} is new"),
        _ => format!("file {name} has other bytes"),
    }));
    if drift.is_empty() {
        return Ok(());
    }
    let more = drift.len().saturating_sub(NAMED);
    drift.truncate(NAMED);
    let more = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    Err(Failure::usage(
        format!("--locked: not what {FILE} pins: {}{more}", drift.join("; ")),
        "`divisor lock` pins what is there now",
    ))
}

impl Pins {
    fn of(session: &Session) -> Result<Self, Failure> {
        let calendars = session.pipelines.iter().map(|pipeline| {
            let rules = &pipeline.methodology.review;
            let names = std::iter::once(rules.calendar.as_str()).chain(rules.named_calendars());
            (names.collect::<Vec<_>>().join("+"), pipeline.calendar_hash.clone())
        });
        Ok(Self {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: session.dataset.info.name.clone(),
            calendars: calendars.collect(),
            files: files(&session.dataset.root)?,
        })
    }
}

/// The hashes of all files of a dataset.
fn files(root: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut paths = Vec::new();
    list(root, &mut paths)?;
    let hashes: Vec<Result<(String, String), Failure>> = paths
        .par_iter()
        .map(|path| {
            let bytes = std::fs::read(path)
                .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display()), ""))?;
            let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
            Ok((name, divisor_review::hash_bytes(&bytes)))
        })
        .collect();
    hashes.into_iter().collect()
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::usage(format!("cannot list {}: {error}", folder.display()), "");
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            list(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
