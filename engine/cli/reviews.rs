//! `divisor reviews`: the review dates of rulebooks.

use std::collections::BTreeMap;

use divisor_calendar::ReviewDates;
use divisor_model::{Date, Table, TextBuilder, Values, day_of};
use divisor_report::TextOptions;
use divisor_review::review_dates;
use serde_json::{Value, json};

use crate::args::{Common, Format, ReviewsArgs};
use crate::exit::{Exit, Failure, of_review};
use crate::load::{dataset, rulebooks};
use crate::out;
use crate::session::{calendars, compile_all};
use crate::settings::Settings;

/// One date of a review.
type ReadDate = fn(&ReviewDates) -> Date;

pub(crate) fn reviews(args: &ReviewsArgs, common: &Common) -> Result<Exit, Failure> {
    let settings = Settings::load(common.config.as_deref())?;
    let compiled = compile_all(rulebooks(&args.rulebooks, common)?, None)?;
    let to = match (common.to, &common.data) {
        (Some(to), _) => to,
        (None, Some(_)) => dataset(common, &settings)?.info.last,
        (None, None) => {
            return Err(Failure::usage(
                "up to which date?",
                "give --to DATE, or --data: then to its last snapshot",
            ));
        }
    };
    let mut rows = Vec::new();
    for (rulebook, methodology, _) in &compiled {
        let calendars = calendars(&settings, &rulebook.source, methodology)?;
        let found = review_dates(&rulebook.source, methodology, &calendars, to);
        let found = found.map_err(|error| Failure::Diagnostics {
            exit: of_review(&error),
            diagnostics: error.diagnostics,
            sources: vec![rulebook.source.clone()],
        })?;
        for dates in found {
            let index = &methodology.index;
            if common.from.is_none_or(|from| dates.effective >= from) {
                rows.push((index.id.clone(), index.edition.clone(), dates));
            }
        }
    }
    let provisional = rows.iter().filter(|(.., dates)| dates.provisional).count();
    if provisional > 0 {
        out::say(&format!(
            "warning[W0110]: {provisional} of {} reviews rest on sessions that their exchange has not published yet: they may \
             move",
            rows.len()
        ));
    }
    if common.format == Format::Json {
        let all: Vec<Value> = rows
            .iter()
            .map(|(id, edition, dates)| {
                json!({
                    "index_id": id,
                    "kind": dates.kind.word(),
                    "edition": edition,
                    "effective": dates.effective,
                    "cutoff": dates.cutoff,
                    "cutoffs": by_kind(dates),
                    "announcement": dates.announcement,
                    "moved": dates.moved,
                    "provisional": dates.provisional,
                })
            })
            .collect();
        out::print(&format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()))?;
        return Ok(Exit::Done);
    }
    let text = |read: fn(&(String, String, ReviewDates)) -> String| {
        let mut texts = TextBuilder::default();
        for row in &rows {
            texts.push(Some(&read(row)));
        }
        Values::Text(texts.finish())
    };
    let day =
        |read: fn(&ReviewDates) -> Date| Values::Day(rows.iter().map(|(_, _, dates)| day_of(read(dates))).collect());
    let mut table = Table::new("reviews")
        .with("index_id", text(|(id, ..)| id.clone()))
        .with("edition", text(|(_, edition, _)| edition.clone()))
        .with("kind", text(|(_, _, dates)| dates.kind.word().to_owned()))
        .with("cutoff", day(|dates| dates.cutoff));
    // A column only where a rulebook tells it from the general cut-off.
    let own: [(&str, ReadDate); 4] = [
        ("prices", |dates| dates.cutoffs.prices),
        ("shares", |dates| dates.cutoffs.shares),
        ("fundamentals", |dates| dates.cutoffs.fundamentals),
        ("risk", |dates| dates.cutoffs.risk),
    ];
    for (what, read) in own {
        if rows.iter().any(|(_, _, dates)| read(dates) != dates.cutoff) {
            table.push(what, day(read));
        }
    }
    let table = table
        .with("announcement", day(|dates| dates.announcement))
        .with("effective", day(|dates| dates.effective))
        .with("moved because", text(|(_, _, dates)| why(dates)));
    out::table(&table, common.format, &TextOptions::new())?;
    Ok(Exit::Done)
}

fn by_kind(dates: &ReviewDates) -> BTreeMap<&'static str, Date> {
    dates.cutoffs.entries().map(|(what, date)| (what, *date)).into()
}

/// What moved its dates, and whether they may move yet.
fn why(dates: &ReviewDates) -> String {
    let provisional = dates.provisional.then(|| "provisional".to_owned());
    let all: Vec<String> = dates.moved.iter().cloned().chain(provisional).collect();
    all.join("; ")
}
