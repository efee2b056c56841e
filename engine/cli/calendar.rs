//! `divisor calendar`: sessions of an exchange.

use divisor_model::{Table, Values, day_of};
use divisor_report::TextOptions;

use crate::args::{CalendarArgs, CalendarVerb, Common, Format};
use crate::exit::{Exit, Failure};
use crate::out;
use crate::settings::Settings;

pub(crate) fn calendar(args: &CalendarArgs, common: &Common) -> Result<Exit, Failure> {
    let CalendarVerb::Sessions { name } = &args.verb;
    let settings = Settings::load(common.config.as_deref())?;
    let calendar = settings.calendar(name)?;
    let (Some(from), Some(to)) = (common.from, common.to) else {
        return Err(Failure::usage("which sessions?", "give --from DATE and --to DATE"));
    };
    let sessions = calendar.sessions(from, to)?;
    if common.format == Format::Json {
        out::print(&format!("{}\n", serde_json::to_string(sessions).unwrap_or_default()))?;
        return Ok(Exit::Done);
    }
    let days = Values::Day(sessions.iter().map(|date| day_of(*date)).collect());
    out::table(
        &Table::new("sessions").with("session", days),
        common.format,
        &TextOptions::new(),
    )?;
    Ok(Exit::Done)
}
