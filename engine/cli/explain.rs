//! `divisor explain` and `divisor schema`: rulebooks for people and for editors.

use divisor_methodology::{ProseSection, explain as sections, functions, json_schema, to_markdown, to_text};
use serde_json::{Value, json};

use crate::args::{Common, ExplainArgs, Format};
use crate::exit::{Exit, Failure};
use crate::load::rulebooks;
use crate::out;
use crate::render;
use crate::session::compile_all;

pub(crate) fn explain(args: &ExplainArgs, common: &Common) -> Result<Exit, Failure> {
    let is_json = common.format == Format::Json;
    let Some(rulebook) = &args.rulebook else {
        if is_json {
            return document(&json!({ "sections": functions() }));
        }
        print(&functions(), args.markdown)?;
        return Ok(Exit::Done);
    };
    let compiled = compile_all(rulebooks(std::slice::from_ref(rulebook), common)?, None)?;
    // Of each index the last edition.
    let last = compiled
        .chunk_by(|(a, ..), (b, ..)| a.is_index_of(b))
        .filter_map(<[_]>::last);
    if is_json {
        let indexes = last.map(|(rulebook, methodology, warnings)| {
            json!({
                "file": rulebook.source.file,
                "index_id": methodology.index.id,
                "edition": methodology.index.edition,
                "sections": sections(methodology),
                "diagnostics": warnings,
            })
        });
        return document(&json!({ "indexes": indexes.collect::<Vec<_>>() }));
    }
    for (at, (rulebook, methodology, warnings)) in last.enumerate() {
        if at > 0 {
            out::print("\n")?;
        }
        render::diagnostics_to_stderr(warnings, std::slice::from_ref(&rulebook.source));
        print(&sections(methodology), args.markdown)?;
    }
    Ok(Exit::Done)
}

fn print(prose: &[ProseSection], markdown: bool) -> Result<(), Failure> {
    out::print(&if markdown { to_markdown(prose) } else { to_text(prose) })
}

pub(crate) fn schema() -> Result<Exit, Failure> {
    document(json_schema())
}

fn document(value: &Value) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    out::print(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
