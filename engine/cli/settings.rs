//! Settings: the defaults compiled in, overridden by a folder of the user's.

use std::path::{Path, PathBuf};

use divisor_calendar::{Calendar, Calendars};
use divisor_market::quality::{Checks, ChecksMistake};
use divisor_methodology::{ReviewRules, Source, closest};
use divisor_model::{Diagnostic, Location};
use serde::{Deserialize, Serialize};

use crate::exit::{Exit, Failure};

const DEFAULTS: &str = include_str!("../../config/divisor.toml");

/// Settings in force.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) worlds: PathBuf,
    pub(crate) out: PathBuf,
    pub(crate) decisions: PathBuf,
    #[serde(skip)]
    folder: Option<PathBuf>,
}

/// What a user's file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Overrides {
    data: Option<PathBuf>,
    worlds: Option<PathBuf>,
    out: Option<PathBuf>,
    decisions: Option<PathBuf>,
}

impl Settings {
    /// The defaults, then what the folder says.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, Failure> {
        let mut settings: Self =
            toml::from_str(DEFAULTS).map_err(|error| Failure::failed(format!("the compiled-in settings: {error}")))?;
        let Some(folder) = folder else {
            return Ok(settings);
        };
        if !folder.is_dir() {
            return Err(Failure::usage(
                format!("--config: {} is no folder", folder.display()),
                "",
            ));
        }
        let path = folder.join("divisor.toml");
        if path.is_file() {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display()), ""))?;
            let own: Overrides = toml::from_str(&text).map_err(|error| {
                Failure::usage(
                    format!("{}: {}", path.display(), error.message()),
                    "keys: data, worlds, out, decisions",
                )
            })?;
            settings.data = own.data.unwrap_or(settings.data);
            settings.worlds = own.worlds.unwrap_or(settings.worlds);
            settings.out = own.out.unwrap_or(settings.out);
            settings.decisions = own.decisions.unwrap_or(settings.decisions);
        }
        settings.folder = Some(folder.to_owned());
        Ok(settings)
    }

    /// Severity and limits of the quality checks: those compiled in, changed by the user's checks.toml if there is one.
    pub(crate) fn checks(&self) -> Result<Checks, Failure> {
        let path = self.folder.as_ref().map(|folder| folder.join("checks.toml"));
        let Some(path) = path.filter(|path| path.is_file()) else {
            return Checks::load(None).map_err(|_| Failure::failed("the compiled-in checks.toml cannot be read"));
        };
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::usage(format!("cannot read {file}: {error}"), ""))?;
        Checks::load(Some(&text)).map_err(|mistakes| Failure::Diagnostics {
            exit: Exit::BadInput,
            diagnostics: mistakes
                .into_iter()
                .map(|mistake| diagnostic(&file, &text, mistake))
                .collect(),
            sources: vec![Source::new(file.clone(), text.clone())],
        })
    }

    /// A calendar by name: the user's file if there is one, else the one compiled in. Of several names joined by `+`,
    /// the days that are sessions in all.
    pub(crate) fn calendar(&self, name: &str) -> Result<Calendar, Failure> {
        let mut all = Vec::new();
        for one in name.split('+') {
            let own = self.own(&format!("calendars/{one}.toml"))?;
            all.push(Calendar::named(one, own.as_deref())?);
        }
        Calendar::common(&all)?.ok_or_else(|| Failure::usage("which calendar?", "give its name"))
    }

    /// The calendars a rulebook's dates need, or the name of the one that cannot be used and why.
    pub(crate) fn calendars(&self, review: &ReviewRules) -> Result<Calendars, (String, Failure)> {
        let read = |name: &str| self.calendar(name).map_err(|failure| (name.to_owned(), failure));
        let mut calendars = Calendars::from(read(&review.calendar)?);
        for name in review.named_calendars() {
            calendars = calendars.with(read(name)?);
        }
        Ok(calendars)
    }

    /// The text of a file of the user's folder, where it is there.
    pub(crate) fn own(&self, name: &str) -> Result<Option<String>, Failure> {
        let path = self.folder.as_ref().map(|folder| folder.join(name));
        let Some(path) = path.filter(|path| path.is_file()) else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(&path);
        text.map(Some)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display()), ""))
    }
}

/// A mistake with the known name that is most likely meant.
fn diagnostic(file: &str, text: &str, mistake: ChecksMistake) -> Diagnostic {
    let place = Location::of(file, text, mistake.span);
    let help = mistake.unknown.map_or_else(String::new, |(name, known)| {
        match closest(&name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        }
    });
    Diagnostic::error("Q0001", mistake.message).at(place).help(help)
}

/// The hash of what a configuration can change in a result: the checks. The other keys are places, and calendars are
/// hashed on their own.
pub(crate) fn configuration_hash(checks: &Checks) -> String {
    divisor_review::hash_text(checks.canonical())
}
