//! Settings: the defaults compiled in, overridden by a folder of the user's.

use std::path::{Path, PathBuf};

use divisor_calendar::Calendar;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

const DEFAULTS: &str = include_str!("../../config/divisor.toml");

/// Settings in force.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) worlds: PathBuf,
    pub(crate) out: PathBuf,
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
                    "keys: data, worlds, out",
                )
            })?;
            settings.data = own.data.unwrap_or(settings.data);
            settings.worlds = own.worlds.unwrap_or(settings.worlds);
            settings.out = own.out.unwrap_or(settings.out);
        }
        settings.folder = Some(folder.to_owned());
        Ok(settings)
    }

    /// A calendar by name: the user's file if there is one, else the one compiled in.
    pub(crate) fn calendar(&self, name: &str) -> Result<Calendar, Failure> {
        let own = self.own(&format!("calendars/{name}.toml"))?;
        Ok(Calendar::named(name, own.as_deref())?)
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

/// The hash of what a configuration can change in a result. Nothing yet: its keys are places, and calendars are hashed
/// on their own.
pub(crate) fn configuration_hash() -> String {
    divisor_review::hash_text("")
}
