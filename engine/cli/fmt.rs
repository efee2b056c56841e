//! `divisor fmt`: rulebooks laid out the one way.

use std::path::Path;

use divisor_methodology::format;

use crate::args::{Common, FmtArgs};
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
    laid_out.retain(|(source, text)| source.text != *text);
    for (source, text) in &laid_out {
        if args.check {
            out::print(&format!("{} is not laid out\n", source.file))?;
        } else {
            replace(Path::new(&source.file), text)?;
            out::print(&format!("{} laid out\n", source.file))?;
        }
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
    Ok(if args.check && !laid_out.is_empty() {
        Exit::Findings
    } else {
        Exit::Done
    })
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
