//! `divisor fmt`: rulebooks laid out the one way.

use std::path::Path;

use divisor_methodology::format;
use serde_json::{Value, json};

use crate::args::{Common, FmtArgs, Format};
use crate::exit::{Exit, Failure};
use crate::load::texts;
use crate::out;

pub(crate) fn fmt(args: &FmtArgs, common: &Common) -> Result<Exit, Failure> {
    if !common.set.is_empty() || common.edition.is_some() {
        let help = "edit the rulebook, then `divisor fmt` it";
        return Err(Failure::usage(
            "`fmt` lays out what is written and takes neither --set nor --edition",
            help,
        ));
    }
    let texts = texts(&args.rulebooks)?;
    let mut laid_out = Vec::new();
    let mut diagnostics = Vec::new();
    for source in &texts {
        match format(source) {
            Ok(text) => laid_out.push((source, text)),
            Err(found) => diagnostics.extend(found),
        }
    }
    // Nothing is written where anything is wrong.
    if !diagnostics.is_empty() {
        return Err(Failure::Diagnostics {
            exit: Exit::BadInput,
            diagnostics,
            sources: texts.clone(),
        });
    }
    let all: Vec<Value> = laid_out
        .iter()
        .map(|(source, text)| json!({ "file": source.file, "was_laid_out": source.text == *text }))
        .collect();
    laid_out.retain(|(source, text)| source.text != *text);
    let exit = if args.check && !laid_out.is_empty() {
        Exit::Findings
    } else {
        Exit::Done
    };
    let is_json = common.format == Format::Json;
    for (source, text) in &laid_out {
        if !args.check {
            replace(Path::new(&source.file), text)?;
        }
        if !is_json {
            let what = if args.check { "is not laid out" } else { "laid out" };
            out::print(&format!("{} {what}\n", source.file))?;
        }
    }
    if is_json {
        out::print(&format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()))?;
        return Ok(exit);
    }
    let all = if texts.len() == 1 {
        "1 rulebook".to_owned()
    } else {
        format!("{} rulebooks", texts.len())
    };
    let others = texts.len() - laid_out.len();
    out::print(&match (laid_out.len(), args.check) {
        (0, _) => format!("{all}: nothing to do\n"),
        (_, true) => format!("{all}: {} to lay out; `divisor fmt` does it\n", laid_out.len()),
        (_, false) => format!("{all}: {} laid out, {others} as they were\n", laid_out.len()),
    })?;
    Ok(exit)
}

/// Writes beside the file and renames, so that it is never half written.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.fmt"));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        Failure::failed(format!("cannot write {}: {error}", path.display()))
    })
}
