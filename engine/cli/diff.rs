//! `divisor diff`: which rules of two rulebooks differ, and what that does to every review; or two published runs.

use std::path::{Path, PathBuf};

use clap::Args;
use divisor_methodology::{Difference, Methodology, ProseRule, Source, diff as compare};
use serde_json::{Map, Value, json};

use crate::args::{Common, Format};
use crate::diff_folders::diff_folders;
use crate::diff_reviews::{Sides, compare_reviews};
use crate::diff_text::{Shown, reviews_json, reviews_table, reviews_text};
use crate::exit::{Exit, Failure};
use crate::load::{Rulebook, rulebooks};
use crate::out;
use crate::session::{Compiled, compile_all};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor diff old.toml new.toml                                     the rules, in words
  divisor diff old.toml new.toml --data demo                         and members, weights, turnover of every review
  divisor diff methodologies/quality/world.toml --set select.top.count=150 --data demo      what if? writes nothing
  divisor diff quality.toml --data demo --data-b revised             the same rules on other data
  divisor diff out archive/out                                       two published runs, index by index
  divisor diff out/world-quality archive/world-quality --data demo --data-b revised
  divisor diff family.toml#asia-quality family.toml#europe-quality --format json

Of rulebooks it says which rules only one has, with the lines of both, and whether the change is cosmetic, affects the
future, or restates history, or the two are indexes of their own. An edition added with a later `valid_from` affects the future only.

With data it compares all reviews that both sides have. The distance of a review is half the sum of the absolute
differences of weights: the share that is held otherwise. It is what rules, data and drift contribute: the review is made
again with A's rules on B's data, and so on, and each counts for the mean of what it changes over all orders of putting
B's in place of A's. Drift is what a review begins with: members and weights as the reviews before it left them and
prices moved them; buffers and limits on turnover look at it. What contributes less than nothing kept the two together. The three sum to the distance, and those of turnover to its
difference. The exit code is 0 whatever differs.")]
pub(crate) struct DiffArgs {
    /// A rulebook, or a folder with published reviews
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The one it is compared with [default: A with what --set or --data-b changes]
    #[arg(value_name = "B")]
    b: Option<PathBuf>,
    /// Dataset of B [default: that of A]
    #[arg(long, value_name = "NAME|DIR")]
    data_b: Option<String>,
    /// Rulebooks of the parent indexes, or folders of them
    #[arg(long, value_name = "RULEBOOK|DIR")]
    parents: Vec<PathBuf>,
}

impl DiffArgs {
    /// Whether reviews are compared, of which there is a table, and not only rules.
    pub(crate) fn compares_reviews(&self, common: &Common) -> bool {
        common.data.is_some() || self.a.is_dir()
    }
}

pub(crate) fn diff(args: &DiffArgs, common: &Common) -> Result<Exit, Failure> {
    let data = [common.data.clone(), args.data_b.clone().or_else(|| common.data.clone())];
    if args.data_b.is_some() && common.data.is_none() {
        return Err(Failure::usage("--data-b is the dataset of B", "--data is that of A"));
    }
    if args.a.is_dir() {
        let Some(b) = &args.b else {
            let message = format!("{} is a folder: with which other is it compared?", args.a.display());
            return Err(Failure::usage(message, "divisor diff out archive/out"));
        };
        if !b.is_dir() {
            let message = format!("{} is a folder, and {} is none", args.a.display(), b.display());
            return Err(Failure::usage(message, "name two rulebooks, or two folders of runs"));
        }
        return diff_folders([&args.a, b], &data, common);
    }
    let is_what_if = args.b.is_none();
    if is_what_if && common.set.is_empty() && common.edition.is_none() && args.data_b.is_none() {
        let help = "name a second rulebook, change a key with --set KEY=VALUE, or name other data with --data-b";
        return Err(Failure::usage(
            format!("with what is {} compared?", args.a.display()),
            help,
        ));
    }
    let as_written = Common {
        set: Vec::new(),
        edition: None,
        ..common.clone()
    };
    let first = if is_what_if { &as_written } else { common };
    let second = args.b.as_ref().unwrap_or(&args.a);
    let (a, b) = (editions(&args.a, first)?, editions(second, common)?);
    let found = compare(&pairs(&a), &pairs(&b));
    let reviews = if data[0].is_some() {
        let sides = Sides {
            rulebooks: [with_parents(&a, args, first)?, with_parents(&b, args, common)?],
            index: [id(&a), id(&b)],
            data,
        };
        Some(compare_reviews(&sides, common)?)
    } else {
        None
    };
    show(&a, &b, &found, reviews.as_ref(), common)?;
    Ok(Exit::Done)
}

fn show(
    a: &Compiled,
    b: &Compiled,
    found: &Difference,
    reviews: Option<&Shown>,
    common: &Common,
) -> Result<(), Failure> {
    match (common.format, reviews) {
        (Format::Json, _) => {
            let mut document = Map::new();
            document.insert("a".to_owned(), side(a));
            document.insert("b".to_owned(), side(b));
            document.insert("effect".to_owned(), json!(found.effect));
            document.insert("from".to_owned(), json!(found.from));
            document.insert("sections".to_owned(), json!(found.sections));
            if let Some(Value::Object(reviews)) = reviews.map(reviews_json) {
                document.extend(reviews);
            }
            let text = serde_json::to_string_pretty(&document).unwrap_or_default();
            out::print(&format!("{text}\n"))
        }
        (Format::Csv | Format::Parquet, Some(reviews)) => out::table(
            &reviews_table(reviews),
            common.format,
            &divisor_report::TextOptions::new(),
        ),
        _ => {
            let mut text = title('A', a, &[]) + &title('B', b, &common.set);
            push_sections(found, &mut text);
            text.push_str(&format!("\nEffect: {}\n", found.words()));
            if let Some(reviews) = reviews {
                text.push_str(&reviews_text(reviews));
            }
            out::print(&text)
        }
    }
}

/// The index of a rulebook in all its editions.
fn editions(path: &Path, common: &Common) -> Result<Compiled, Failure> {
    if path.is_dir() {
        let message = format!("{} is a folder", path.display());
        return Err(Failure::usage(message, "name two rulebooks, or two folders of runs"));
    }
    let compiled = compile_all(rulebooks(&[path.to_owned()], common)?, None)?;
    let several = compiled
        .iter()
        .any(|(rulebook, ..)| !rulebook.is_index_of(&compiled[0].0));
    if several {
        let mut ids: Vec<String> = compiled.iter().map(|(_, rules, _)| rules.index.id.clone()).collect();
        ids.dedup();
        let message = format!("{} has several indexes: {}", path.display(), ids.join(", "));
        return Err(Failure::usage(
            message,
            format!("name one of them: {}#{}", path.display(), ids[0]),
        ));
    }
    Ok(compiled)
}

/// The rulebooks of a side: its own, and those of parents that are given and not the index itself, as written.
fn with_parents(own: &Compiled, args: &DiffArgs, common: &Common) -> Result<Vec<Rulebook>, Failure> {
    let mut all: Vec<Rulebook> = own.iter().map(|(rulebook, ..)| rulebook.clone()).collect();
    if !args.parents.is_empty() {
        let as_written = Common {
            set: Vec::new(),
            edition: None,
            ..common.clone()
        };
        let id = id(own);
        let parents = rulebooks(&args.parents, &as_written)?.into_iter();
        all.extend(parents.filter(|parent| parent.source.index_id().as_deref() != Some(id.as_str())));
    }
    Ok(all)
}

fn id(compiled: &Compiled) -> String {
    compiled
        .last()
        .map_or_else(String::new, |(_, rules, _)| rules.index.id.clone())
}

fn pairs(compiled: &Compiled) -> Vec<(&Source, &Methodology)> {
    let pairs = compiled.iter().map(|(rulebook, rules, _)| (&rulebook.source, rules));
    pairs.collect()
}

/// One rulebook in its last edition.
fn side(compiled: &Compiled) -> Value {
    let last = compiled.last();
    json!({
        "file": last.map(|(rulebook, ..)| &rulebook.source.file),
        "index_id": last.map(|(_, rules, _)| &rules.index.id),
        "edition": last.map(|(_, rules, _)| &rules.index.edition),
        "hash": last.map(|(_, rules, _)| rules.hash()),
    })
}

fn title(letter: char, compiled: &Compiled, set: &[String]) -> String {
    let set = set
        .iter()
        .map(|one| format!(" --set {one}"))
        .collect::<Vec<_>>()
        .concat();
    compiled.last().map_or_else(String::new, |(rulebook, rules, _)| {
        format!(
            "{letter}  {} (edition {}){set}\n",
            rulebook.label(),
            rules.index.edition
        )
    })
}

fn push_sections(found: &Difference, text: &mut String) {
    for section in &found.sections {
        text.push_str(&format!("\n{}\n", section.title));
        for (sign, letter, rules) in [('-', 'A', &section.removed), ('+', 'B', &section.added)] {
            for rule in rules {
                text.push_str(&format!("  {sign} {}{}\n", rule.text, place(letter, rule)));
            }
        }
    }
}

fn place(letter: char, rule: &ProseRule) -> String {
    rule.line
        .map_or_else(String::new, |line| format!(" [{letter}, line {line}]"))
}
