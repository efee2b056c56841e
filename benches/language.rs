//! How long the language takes: every shipped rulebook with all its variants parsed, checked, explained and laid out.

#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use divisor_methodology::{Source, compile, explain, format, json_schema, to_text};

const ROUNDS: u32 = 50;

fn main() {
    let begin = Instant::now();
    json_schema();
    println!("schema, once a process  {:>8.3} ms", milliseconds(begin));
    let mut figures: Vec<(f64, f64, usize, String)> = rulebooks().iter().map(|path| figures(path)).collect();
    figures.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!(
        "parse, check, explain    lay out   prose of the slowest of {}",
        figures.len()
    );
    for (language, layout, prose, name) in figures.iter().take(5) {
        println!("{language:>18.3} ms {layout:>7.3} ms   {prose:>6} bytes of {name}");
    }
}

/// Milliseconds to parse, check and explain all indexes of a file, and to lay it out; the length of its prose; its name.
fn figures(path: &Path) -> (f64, f64, usize, String) {
    let text = std::fs::read_to_string(path).expect("a rulebook");
    let source = || Source::load(path.to_string_lossy(), &text, &|path| std::fs::read_to_string(path));
    let mut length = 0;
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        for index in source().indexes() {
            let (methodology, _) = compile(&index, None);
            length += to_text(&explain(&methodology.expect("a sound rulebook"))).len();
        }
    }
    let language = milliseconds(begin) / f64::from(ROUNDS);
    let alone = Source::new(path.to_string_lossy(), &text);
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        std::hint::black_box(format(&alone).expect("a sound rulebook"));
    }
    let layout = milliseconds(begin) / f64::from(ROUNDS);
    let name = path.iter().rev().take(2).collect::<Vec<_>>();
    let name: PathBuf = name.into_iter().rev().collect();
    (language, layout, length / ROUNDS as usize, name.display().to_string())
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The shipped rulebooks, by name.
fn rulebooks() -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let read = std::fs::read_dir(folder).expect("a folder");
        read.map(|entry| entry.expect("an entry").path()).collect()
    };
    let families = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("methodologies"));
    let mut files: Vec<PathBuf> = families
        .iter()
        .filter(|path| path.is_dir())
        .flat_map(|path| entries(path))
        .collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "toml"));
    files.sort();
    files
}
