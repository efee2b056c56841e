//! How long the language takes: the largest shipped rulebook parsed, checked, explained and laid out.

#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

use std::time::Instant;

use divisor_methodology::{Source, compile, explain, format, json_schema, to_text};

/// The longest of the shipped rulebooks.
const LARGEST: &str = include_str!("../methodologies/quality/world.toml");
const ROUNDS: u32 = 200;

fn main() {
    let begin = Instant::now();
    json_schema();
    println!(
        "schema, once a process   {:>8.3} ms",
        begin.elapsed().as_secs_f64() * 1e3
    );
    let source = Source::new("quality/world.toml", LARGEST);
    let mut length = 0;
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        let (methodology, _) = compile(&source, None);
        length += methodology.map_or(0, |methodology| to_text(&explain(&methodology)).len());
    }
    let each = begin.elapsed().as_secs_f64() * 1e3 / f64::from(ROUNDS);
    println!(
        "parse, check, explain    {each:>8.3} ms   {} bytes of prose",
        length / ROUNDS as usize
    );
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        std::hint::black_box(format(&source).expect("a sound rulebook"));
    }
    let each = begin.elapsed().as_secs_f64() * 1e3 / f64::from(ROUNDS);
    println!(
        "lay out                  {each:>8.3} ms   {} lines",
        LARGEST.lines().count()
    );
}
