//! Every wrong rulebook of `tests/wrong/rulebooks` gives exactly the diagnostics written beside it. One defect, one
//! message. `DIVISOR_BLESS=1` rewrites the expected texts; read them before you commit them.

use std::fs;
use std::path::{Path, PathBuf};

use divisor_methodology::{Source, compile};
use divisor_model::{Diagnostic, Severity};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/wrong/rulebooks")
}

/// `error[CODE] FILE:LINE:COL: message` and, below, the help.
fn rendered(found: &Diagnostic) -> String {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = found.location.as_ref();
    let place = place.map_or_else(String::new, |at| format!(" {}:{}:{}", at.file, at.line, at.column));
    let mut text = format!("{severity}[{}]{place}: {}\n", found.code, found.message);
    if !found.help.is_empty() {
        text.extend(["  help: ", &found.help, "\n"]);
    }
    text
}

fn rulebooks() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder of wrong rulebooks");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}

fn diagnostics(path: &Path) -> Vec<Diagnostic> {
    let text = fs::read_to_string(path).expect("a rulebook");
    let name = path.file_name().and_then(|name| name.to_str()).expect("a file name");
    let (methodology, found) = compile(&Source::new(name, text), None);
    let wrong = found.iter().any(Diagnostic::is_error);
    assert_eq!(
        methodology.is_some(),
        !wrong,
        "{name}: a methodology exactly where there is no error"
    );
    found
}

#[test]
fn every_wrong_rulebook_gives_its_messages() {
    let bless = std::env::var_os("DIVISOR_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in rulebooks() {
        let found: Vec<String> = diagnostics(&path).iter().map(rendered).collect();
        let found = found.join("\n");
        let expected = path.with_extension("txt");
        if bless {
            fs::write(&expected, &found).expect("writable");
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        if found != wanted {
            wrong.push(format!("--- {}\nexpected:\n{wanted}\nfound:\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_defect_gives_one_message() {
    let paths = rulebooks();
    assert!(paths.len() >= 45, "only {} wrong rulebooks", paths.len());
    for path in paths {
        let many = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("many-"));
        let found = diagnostics(&path);
        let count = found.len();
        assert_eq!(count > 1, many, "{}: {count} messages\n{found:#?}", path.display());
        assert!(count > 0, "{} has no mistake", path.display());
    }
}

/// Broken in every place: cut short, a line left out, a value replaced. Nothing panics, and the walk over the schema
/// finds all that serde would stumble over.
#[test]
fn whatever_is_broken_is_a_diagnostic() {
    let text = include_str!("../../../methodologies/quality/world.toml");
    let fundamental = include_str!("../../../methodologies/fundamental/world.toml");
    let mut broken: Vec<String> = Vec::new();
    for text in [text, fundamental] {
        let cuts = (0..text.len()).step_by(11).filter(|at| text.is_char_boundary(*at));
        broken.extend(cuts.map(|at| text[..at].to_owned()));
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            let mut without = lines.clone();
            let line = without.remove(at);
            broken.push(without.join("\n"));
            if let Some((key, _)) = line.split_once('=') {
                for value in [
                    "0",
                    "-3",
                    "1.5",
                    "true",
                    "\"\"",
                    "\"é\"",
                    "2020-01-01",
                    "[]",
                    "[[]]",
                    "{}",
                    "{ a = 1 }",
                ] {
                    let mut replaced = lines.clone();
                    let instead = format!("{key}= {value}");
                    replaced[at] = &instead;
                    broken.push(replaced.join("\n"));
                }
            }
        }
    }
    for text in broken {
        let (methodology, found) = compile(&Source::new("broken.toml", text.as_str()), None);
        let wrong = found.iter().any(Diagnostic::is_error);
        assert_eq!(methodology.is_some(), !wrong, "{text}");
        assert!(found.iter().all(|one| one.code != "M0100"), "{found:#?}\n{text}");
        assert!(found.iter().all(|one| one.location.is_some()), "{found:#?}\n{text}");
    }
}
