//! `divisor calendar`: sessions of an exchange, its days out of the ordinary, and the exchanges known.

use divisor_calendar::{Calendar, Exception};
use divisor_methodology::closest;
use divisor_model::{Date, Table, TextBuilder, Values, day_of};
use divisor_report::TextOptions;
use serde_json::{Value, json};

use crate::args::{CalendarArgs, CalendarVerb, Common, Format};
use crate::exit::{Exit, Failure};
use crate::out;
use crate::settings::Settings;

pub(crate) fn calendar(args: &CalendarArgs, common: &Common) -> Result<Exit, Failure> {
    let settings = Settings::load(common.config.as_deref())?;
    match &args.verb {
        CalendarVerb::Sessions { name } => sessions(&settings.calendar(name)?, common),
        CalendarVerb::Exceptions { name } => exceptions(&settings.calendar(name)?, common),
        CalendarVerb::List => list(&settings, common),
    }
}

fn range(what: &str, common: &Common) -> Result<(Date, Date), Failure> {
    common
        .from
        .zip(common.to)
        .ok_or_else(|| Failure::usage(format!("which {what}?"), "give --from DATE and --to DATE"))
}

fn sessions(calendar: &Calendar, common: &Common) -> Result<Exit, Failure> {
    let (from, to) = range("sessions", common)?;
    let sessions = calendar.sessions(from, to)?;
    if common.format == Format::Json {
        out::print(&format!("{}\n", serde_json::to_string(sessions).unwrap_or_default()))?;
        return Ok(Exit::Done);
    }
    let days = Values::Day(sessions.iter().map(|date| day_of(*date)).collect());
    let note = |date: &Date| {
        let early = calendar.early_close(*date);
        let early = early.map(|close| format!("closes {}, {}", close.time, close.because));
        let provisional = calendar.is_provisional(*date).then(|| "provisional".to_owned());
        let notes: Vec<String> = early.into_iter().chain(provisional).collect();
        notes.join("; ")
    };
    let table = Table::new("sessions")
        .with("session", days)
        .with("note", texts(sessions.iter().map(note)));
    out::table(&table, common.format, &TextOptions::new())?;
    Ok(Exit::Done)
}

fn exceptions(calendar: &Calendar, common: &Common) -> Result<Exit, Failure> {
    let (from, to) = range("days", common)?;
    let found = calendar.exceptions(from, to)?;
    if common.format == Format::Json {
        let row = |one: &Exception| {
            json!({
                "date": one.date, "kind": one.kind.word(), "close": one.time, "because": one.because,
                "provisional": one.provisional,
            })
        };
        let rows: Vec<Value> = found.iter().map(row).collect();
        out::print(&format!(
            "{}\n",
            serde_json::to_string_pretty(&rows).unwrap_or_default()
        ))?;
        return Ok(Exit::Done);
    }
    let table = Table::new("exceptions")
        .with("date", Values::Day(found.iter().map(|one| day_of(one.date)).collect()))
        .with("day", texts(found.iter().map(|one| one.date.format("%a").to_string())))
        .with("kind", texts(found.iter().map(|one| one.kind.word().to_owned())))
        .with(
            "close",
            texts(found.iter().map(|one| one.time.clone().unwrap_or_default())),
        )
        .with("because", texts(found.iter().map(|one| one.because.clone())))
        .with(
            "provisional",
            Values::Flag(found.iter().map(|one| Some(one.provisional)).collect()),
        );
    out::table(&table, common.format, &TextOptions::new())?;
    Ok(Exit::Done)
}

/// The calendars compiled in, as the user's folder has them where it does.
fn list(settings: &Settings, common: &Common) -> Result<Exit, Failure> {
    let mut all: Vec<Calendar> = Vec::new();
    for name in Calendar::known() {
        all.push(settings.calendar(name)?);
    }
    if common.format == Format::Json {
        let row = |one: &Calendar| {
            json!({
                "name": one.name(), "title": one.title(), "first": one.first(), "last": one.last(),
                "announced_to": one.announced_to(), "note": one.note(),
            })
        };
        let rows: Vec<Value> = all.iter().map(row).collect();
        out::print(&format!(
            "{}\n",
            serde_json::to_string_pretty(&rows).unwrap_or_default()
        ))?;
        return Ok(Exit::Done);
    }
    let day = |read: fn(&Calendar) -> Option<Date>| {
        let days = all
            .iter()
            .map(|one| read(one).map_or(divisor_model::DAY_MISSING, day_of));
        Values::Day(days.collect())
    };
    let table = Table::new("calendars")
        .with("name", texts(all.iter().map(|one| one.name().to_owned())))
        .with("title", texts(all.iter().map(|one| one.title().to_owned())))
        .with("first", day(|one| Some(one.first())))
        .with("last", day(|one| Some(one.last())))
        .with("announced to", day(Calendar::announced_to))
        .with(
            "note",
            texts(all.iter().map(|one| one.note().unwrap_or_default().to_owned())),
        );
    out::table(&table, common.format, &TextOptions::new())?;
    Ok(Exit::Done)
}

/// Help where no calendar has a name: those whose exchange is called so for short, else the name that is nearest.
pub(crate) fn likely(name: &str, known: &[&'static str]) -> String {
    let is_short_for = |known: &&&str| {
        Calendar::named(known, None).is_ok_and(|calendar| {
            let words = calendar.title().split_whitespace();
            let initials: String = words.filter_map(|word| word.chars().next()).collect();
            initials.eq_ignore_ascii_case(name) || calendar.title().eq_ignore_ascii_case(name)
        })
    };
    let mut meant: Vec<&str> = known.iter().filter(is_short_for).copied().collect();
    if meant.is_empty() {
        meant.extend(closest(name, known.iter().copied()));
    }
    if meant.is_empty() {
        return "`divisor calendar list` has them with their exchanges; --config DIR adds calendars of your own"
            .to_owned();
    }
    let meant: Vec<String> = meant.iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}?", meant.join(" or "))
}

fn texts(all: impl Iterator<Item = String>) -> Values {
    let mut texts = TextBuilder::default();
    for text in all {
        texts.push(Some(&text));
    }
    Values::Text(texts.finish())
}
