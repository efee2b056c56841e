//! `divisor reviews`: the review dates of rulebooks.

use divisor_model::{Date, Table, TextBuilder, Values, day_of};
use divisor_report::TextOptions;
use divisor_review::schedule_of;
use serde_json::{Value, json};

use crate::args::{Common, Format, ReviewsArgs};
use crate::exit::{Exit, Failure};
use crate::load::{dataset, rulebooks};
use crate::out;
use crate::session::compile_all;
use crate::settings::Settings;

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
    for (_, methodology, _) in &compiled {
        let calendar = settings.calendar(&methodology.review.calendar)?;
        let base = methodology.index.base_date;
        if base > to {
            continue;
        }
        for dates in schedule_of(methodology).reviews(&calendar, base, to)? {
            if common.from.is_none_or(|from| dates.effective >= from) {
                rows.push((methodology.index.id.clone(), dates));
            }
        }
    }
    if common.format == Format::Json {
        let all: Vec<Value> = rows
            .iter()
            .map(|(id, dates)| {
                json!({
                    "index_id": id,
                    "effective": dates.effective,
                    "cutoff": dates.cutoff,
                    "announcement": dates.announcement,
                    "moved": dates.moved,
                })
            })
            .collect();
        out::print(&format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()))?;
        return Ok(Exit::Done);
    }
    let mut ids = TextBuilder::default();
    let mut moved = TextBuilder::default();
    for (id, dates) in &rows {
        ids.push(Some(id));
        moved.push(Some(&dates.moved.join("; ")));
    }
    let day = |read: fn(&divisor_calendar::ReviewDates) -> Date| {
        Values::Day(rows.iter().map(|(_, dates)| day_of(read(dates))).collect())
    };
    let table = Table::new("reviews")
        .with("index_id", Values::Text(ids.finish()))
        .with("cutoff", day(|dates| dates.cutoff))
        .with("announcement", day(|dates| dates.announcement))
        .with("effective", day(|dates| dates.effective))
        .with("moved because", Values::Text(moved.finish()));
    out::table(&table, common.format, &TextOptions::new())?;
    Ok(Exit::Done)
}
