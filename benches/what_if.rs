//! A what-if on the demo world, 30 reviews of 1,200 names, as a user asks: the whole command from start to exit, both
//! sides run, compared and attributed.
//!
//! `cargo bench --bench what_if -- [--rounds N]`
//!
//! Prints the median and the range of each command, and the seconds of its stages in the last round.

#![expect(
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use serde_json::Value;

/// What the answer may take, in seconds.
const GOAL: f64 = 0.3;
/// The reviews up to here are 30.
const TO: &str = "2023-12-31";
const CHANGE: &str = "select.top.count=150";

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--rounds").skip(1);
    let rounds: usize = words.next().and_then(|text| text.parse().ok()).unwrap_or(11);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("what-if");
    std::fs::create_dir_all(&folder).expect("a folder for the demo world");
    let first = call(&folder, "diff");
    let document: Value = serde_json::from_slice(&first.stdout).expect("one JSON document");
    let reviews = document["reviews"].as_array().expect("reviews").len();
    assert_eq!(reviews, 30, "the demo world has other reviews than this bench is about");
    for verb in ["run", "diff"] {
        let mut seconds: Vec<f64> = Vec::with_capacity(rounds);
        let mut stages = String::new();
        for _ in 0..rounds {
            let started = Instant::now();
            let output = call(&folder, verb);
            seconds.push(started.elapsed().as_secs_f64());
            stages = stages_of(&output);
        }
        seconds.sort_by(f64::total_cmp);
        let median = seconds[seconds.len() / 2];
        let verdict = if median < GOAL { "within" } else { "ABOVE" };
        println!(
            "{verb:<5} --set {CHANGE}: median {median:.3} s ({:.3} … {:.3}), {verdict} {GOAL} s · {stages}",
            seconds[0],
            seconds[seconds.len() - 1]
        );
    }
}

/// One call; the first makes the demo world.
fn call(folder: &Path, verb: &str) -> Output {
    let rulebook = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodologies/quality/world.toml");
    let output = Command::new(env!("CARGO_BIN_EXE_divisor"))
        .current_dir(folder)
        .arg(verb)
        .arg(rulebook)
        .args(["--data", "demo", "--format", "json", "--log-format", "json"])
        .args(["--set", CHANGE, "--to", TO])
        .output()
        .expect("the command starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    output
}

/// The stages that the log names, with their seconds.
fn stages_of(output: &Output) -> String {
    let log = String::from_utf8_lossy(&output.stderr);
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let stages = lines.filter_map(|line| {
        let (stage, seconds) = (line["stage"].as_str()?.to_owned(), line["seconds"].as_f64()?);
        Some(format!("{stage} {seconds:.3}"))
    });
    stages.collect::<Vec<_>>().join(", ")
}
