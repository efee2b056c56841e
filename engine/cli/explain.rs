//! `divisor explain` and `divisor schema`: rulebooks for people and for editors.

use divisor_methodology::{ProseSection, explain as sections, functions, json_schema, to_markdown, to_text};

use crate::args::{Common, ExplainArgs};
use crate::exit::{Exit, Failure};
use crate::load::rulebooks;
use crate::out;
use crate::render;
use crate::session::compile_all;

pub(crate) fn explain(args: &ExplainArgs, common: &Common) -> Result<Exit, Failure> {
    let Some(rulebook) = &args.rulebook else {
        print(&functions(), args.markdown)?;
        return Ok(Exit::Done);
    };
    let compiled = compile_all(rulebooks(std::slice::from_ref(rulebook), common)?, None)?;
    // Of each index the last edition.
    let last = compiled
        .chunk_by(|(a, ..), (b, ..)| a.is_index_of(b))
        .filter_map(<[_]>::last);
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
    let text = serde_json::to_string_pretty(json_schema()).unwrap_or_default();
    out::print(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
