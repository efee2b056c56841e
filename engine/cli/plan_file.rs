//! A saved plan: what `apply` needs to publish exactly that, and to say what changed where it cannot.

use std::path::Path;

use divisor_model::Date;
use divisor_review::hash_text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::exit::Failure;

const VERSION: u32 = 1;

/// A plan of some reviews.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    #[serde(rename = "plan_version")]
    pub(crate) version: u32,
    pub(crate) engine_version: String,
    /// Who made it.
    pub(crate) planned_by: String,
    /// When, UTC.
    pub(crate) planned_at: String,
    /// The dataset as it was named.
    pub(crate) data: String,
    /// All rulebooks of the call: parents of planned indexes too.
    pub(crate) rulebooks: Vec<PlannedRulebook>,
    pub(crate) reviews: Vec<PlannedReview>,
    /// BLAKE3 of all of the above as compact JSON with its keys sorted.
    #[serde(rename = "plan_hash", default)]
    pub(crate) hash: String,
}

/// A rulebook as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlannedRulebook {
    pub(crate) index_id: String,
    pub(crate) file: String,
    pub(crate) methodology_hash: String,
    pub(crate) text: String,
}

/// A review as it would be published.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlannedReview {
    pub(crate) index_id: String,
    pub(crate) effective: Date,
    /// 1 for the first result, 2 for its first correction …
    pub(crate) revision: u32,
    /// BLAKE3 of the text of the manifest.
    pub(crate) manifest_hash: String,
    /// The manifest: dates, content hashes of all that goes in, hashes of all that comes out.
    pub(crate) manifest: Value,
}

impl Plan {
    pub(crate) fn new(by: &str, data: &str, rulebooks: Vec<PlannedRulebook>, reviews: Vec<PlannedReview>) -> Self {
        let mut plan = Self {
            version: VERSION,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            planned_by: by.to_owned(),
            planned_at: crate::clock::now(),
            data: data.to_owned(),
            rulebooks,
            reviews,
            hash: String::new(),
        };
        plan.hash = plan.own_hash();
        plan
    }

    fn own_hash(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("plan_hash");
        }
        hash_text(&value.to_string())
    }

    /// Writes it beside where it goes and renames: a plan is whole or not there.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        let fail = |error: std::io::Error| Failure::failed(format!("cannot write {}: {error}", path.display()));
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("plan");
        let temporary = path.with_file_name(format!(".{name}.tmp-{}", std::process::id()));
        let written = std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, path));
        written.map_err(|error| {
            // Nobody to tell.
            let _ = std::fs::remove_file(&temporary);
            fail(error)
        })
    }

    /// Reads a plan; one that was changed after it was saved is refused.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let file = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("cannot read the plan {file}: {error}"), ""))?;
        let plan: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::usage(
                format!("{file} is no plan: {error}"),
                "`divisor plan … --save FILE` makes one",
            )
        })?;
        if plan.version != VERSION {
            let message = format!(
                "{file} is a plan of version {}; this engine reads {VERSION}",
                plan.version
            );
            return Err(Failure::usage(message, "plan again"));
        }
        if plan.own_hash() != plan.hash {
            let message = format!("{file} was changed after it was saved: its hash is not that of its content");
            return Err(Failure::usage(message, "plan again; nothing was published"));
        }
        Ok(plan)
    }
}
