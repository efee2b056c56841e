//! `divisor explain` and `divisor schema`: rulebooks for people and for editors.

use divisor_methodology::{explain as sections, json_schema, to_markdown, to_text};

use crate::args::{Common, ExplainArgs};
use crate::exit::{Exit, Failure};
use crate::load::rulebooks;
use crate::out;
use crate::render;
use crate::session::compile_all;

pub(crate) fn explain(args: &ExplainArgs, common: &Common) -> Result<Exit, Failure> {
    let compiled = compile_all(rulebooks(std::slice::from_ref(&args.rulebook), common)?, None)?;
    for (rulebook, methodology, warnings) in &compiled {
        render::diagnostics_to_stderr(warnings, std::slice::from_ref(&rulebook.source));
        let prose = sections(methodology);
        out::print(&if args.markdown {
            to_markdown(&prose)
        } else {
            to_text(&prose)
        })?;
    }
    Ok(Exit::Done)
}

pub(crate) fn schema() -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(json_schema()).unwrap_or_default();
    out::print(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
