//! Quality index construction, 10,000 securities × 80 reviews × 3 variables, beside what a good Python user would write.
//!
//! `cargo bench --bench quality -- --peers DIR --python PYTHON [--rounds N] [--n N] [--t N]`
//!
//! DIR holds `quality.py` and `quality_gen.py`. Both sides import the same Parquet file; their results are compared
//! before anything is timed; then they run in turn. Timed is what lies between opened files and weights in memory,
//! contract check and decision trace included; the whole command, writing included, is reported beside it. Without
//! `--peers` only this engine is timed, on a panel of the same shape.

#![expect(
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use divisor_calendar::Calendar;
use divisor_market::quality::Checks;
use divisor_market::{Dataset, read_table, write_table};
use divisor_methodology::{Source, compile};
use divisor_model::{Date, Table, TextBuilder, Values, date_of};
use divisor_review::{IndexRun, Pipeline, Shared, bind, catalogue, needs, run};
use serde_json::Value;

/// The rules of the peer program: winsorise 5/95, sample z-scores, mean of what is there, top 30% with a 20% buffer,
/// score × market cap, 5% cap.
const RULEBOOK: &str = r#"
[index]
id      = "bench-quality"
name    = "Quality, as the peer program builds it"
parent  = "bench"
edition = "1"
base    = { date = 1985-05-31, level = 1000 }

[review]
calendar     = "weekdays"
months       = ["May", "November"]
effective    = { session = "last" }
cutoff       = { session = "last" }
announcement = { sessions = 0 }

[score.quality]
combine   = "mean"
deviation = "sample"
winsorize = { percentiles = ["5%", "95%"], method = "linear" }
of = [
    { variable = "roe", prefer = "high", missing = "average-others" },
    { variable = "de", prefer = "low", missing = "average-others" },
    { variable = "evar", prefer = "low", missing = "average-others" },
]

[select.top]
fraction        = "30%"
rounding        = "nearest"
by              = "quality"
buffer          = "20%"
buffer_rounding = "up"

[weight.tilted]
base = "parent"
by   = [{ score = "quality", map = "one-plus-z" }]

[[limit]]
id  = "cap"
on  = "security"
max = "5%"
"#;

struct Options {
    peers: Option<PathBuf>,
    python: String,
    rounds: usize,
    names: usize,
    dates: usize,
    folder: PathBuf,
}

fn main() {
    let options = options();
    let parquet = panel(&options);
    let dataset = import(&parquet, &options);
    let (pipelines, dataset) = prepare(&dataset);
    let results = weights(&dataset, &pipelines);
    let own = checksum(&results.0, &results.1);
    println!("names × reviews   {} × {}", options.names, options.dates);
    println!("checksum          {own:?}");
    let tools = ["polars", "duckdb", "pandas"];
    if options.peers.is_some() {
        for tool in tools {
            let mut child = start_peer(&options, tool, 1);
            let peak = peak_memory_kib(&mut child);
            compare(&own, &finish_peer(child));
            println!("{tool:<10} peak memory {} MB", peak / 1024);
        }
        println!(
            "results agree with {} to 1e-9; timing in turn, 2 threads",
            tools.join(", ")
        );
    }
    drop(results);
    let started = Instant::now();
    let landed = dataset.read(&needs(&pipelines));
    let read = started.elapsed().as_secs_f64();
    let shared = Shared::new(landed, &pipelines);
    let checks = Checks::load(None).expect("the checks compiled in");
    let results = run(&pipelines, &shared, &checks);
    println!(
        "of which reading {read:.4} s, reviews {:.4} s",
        started.elapsed().as_secs_f64() - read
    );
    drop(results);
    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..options.rounds {
        times.entry("divisor").or_default().push(time(&dataset, &pipelines));
        if options.peers.is_some() {
            for tool in tools {
                times
                    .entry(tool)
                    .or_default()
                    .push(number(&finish_peer(start_peer(&options, tool, 3))["wall"]));
            }
        }
    }
    let own = median(&times["divisor"]);
    for (tool, seconds) in &times {
        let (low, high) = seconds
            .iter()
            .fold((f64::MAX, 0.0f64), |(low, high), s| (low.min(*s), high.max(*s)));
        println!(
            "{tool:<10} median {:.4} s ({low:.4} … {high:.4})   {:.2} × divisor",
            median(seconds),
            median(seconds) / own
        );
    }
    whole_command(&options);
}

fn options() -> Options {
    let mut options = Options {
        peers: None,
        python: "python3".to_owned(),
        rounds: 5,
        names: 10_000,
        dates: 80,
        folder: std::env::temp_dir().join("divisor-bench"),
    };
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        // Cargo passes --bench to every bench.
        if flag == "--bench" {
            continue;
        }
        let value = args.next().unwrap_or_else(|| panic!("{flag} needs a value"));
        match flag.as_str() {
            "--peers" => options.peers = Some(value.into()),
            "--python" => options.python = value,
            "--rounds" => options.rounds = value.parse().expect("a number of rounds"),
            "--n" => options.names = value.parse().expect("a number of names"),
            "--t" => options.dates = value.parse().expect("a number of dates"),
            _ => panic!("unknown flag {flag}"),
        }
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build_global()
        .expect("the first pool");
    std::fs::create_dir_all(&options.folder).expect("a folder for the bench");
    options
}

fn python(options: &Options, script: &str) -> Command {
    let peers = options.peers.as_ref().expect("a folder of peers");
    let mut command = Command::new(&options.python);
    command
        .arg(peers.join(script))
        .args([
            "--n",
            &options.names.to_string(),
            "--t",
            &options.dates.to_string(),
            "--seed",
            "1",
        ])
        .env("PEERS_DATA", &options.folder)
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The Parquet file both sides import.
fn panel(options: &Options) -> PathBuf {
    let path = options
        .folder
        .join(format!("qual_n{}_t{}_s1.parquet", options.names, options.dates));
    if options.peers.is_some() {
        let status = python(options, "quality_gen.py").stdout(Stdio::null()).status();
        assert!(status.expect("python").success(), "the generator failed");
    } else if !path.is_file() {
        write_table(&own_panel(options), &path).expect("a panel");
    }
    path
}

/// A panel of the same shape, where there is no peer to make one.
fn own_panel(options: &Options) -> Table {
    let rows = options.names * options.dates;
    let noise = |stream: u64| {
        (0..rows as u64).map(move |row| {
            let mut x = (row << 3 | stream).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (x >> 11) as f64 / (1u64 << 53) as f64
        })
    };
    let present = |stream| Values::Number(noise(stream).map(|u| if u < 0.04 { f64::NAN } else { u }).collect());
    Table::new("panel")
        .with(
            "date",
            Values::Day((0..rows).map(|row| 5629 + 182 * (row / options.names) as i32).collect()),
        )
        .with(
            "sec",
            Values::Integer((0..rows).map(|row| Some((row % options.names) as i64)).collect()),
        )
        .with(
            "sector",
            Values::Integer((0..rows).map(|row| Some((row % options.names % 11) as i64)).collect()),
        )
        .with("mcap", Values::Number(noise(1).map(|u| 1.0 / (0.001 + u)).collect()))
        .with("roe", present(2))
        .with("de", present(3))
        .with("evar", present(4))
}

/// The dataset made of the peer's file: same values, this engine's layout.
fn import(parquet: &Path, options: &Options) -> PathBuf {
    let table = read_table("panel", parquet).expect("the panel");
    let root = options
        .folder
        .join(format!("dataset-{}-{}", options.names, options.dates));
    let column = |name: &str| match table.column(name).expect("a column") {
        Values::Number(values) => values.clone(),
        Values::Integer(values) => values
            .iter()
            .map(|value| value.map_or(f64::NAN, |v| v as f64))
            .collect(),
        other => panic!("{name} holds {other:?}"),
    };
    let Some(Values::Day(days)) = table.column("date") else {
        panic!("no dates")
    };
    let (security, sector, cap) = (column("sec"), column("sector"), column("mcap"));
    let values = ["roe", "de", "evar"].map(|name| (name, column(name)));
    let mut start = 0;
    let mut dates: Vec<Date> = Vec::new();
    while start < days.len() {
        let end = start + days[start..].iter().take_while(|day| **day == days[start]).count();
        let date = date_of(days[start]).expect("a date");
        let text = |make: &dyn Fn(usize) -> String| {
            let mut builder = TextBuilder::default();
            (start..end).for_each(|row| builder.push(Some(&make(row))));
            Values::Text(builder.finish())
        };
        let mut part = Table::new("snapshot")
            .with("security_id", text(&|row| format!("S{:05}", security[row])))
            .with("sector", text(&|row| format!("sector {}", sector[row])))
            .with("country", text(&|_| "XX".to_owned()))
            .with("price", Values::Number(vec![10.0; end - start]))
            .with("market_cap", Values::Number(cap[start..end].to_vec()));
        for (name, values) in &values {
            part.push(*name, Values::Number(values[start..end].to_vec()));
        }
        let path = root.join(format!("snapshots/date={date}/part.parquet"));
        write_table(&part, &path).expect("a snapshot");
        dates.push(date);
        start = end;
    }
    let (first, last) = (dates[0], dates[dates.len() - 1]);
    let head = format!(
        "name = \"bench\"\ntitle = \"Bench\"\ncurrency = \"USD\"\ncalendar = \"weekdays\"\nuniverse = \"bench\"\nfirst = {first}\nlast = {last}\n"
    );
    std::fs::write(root.join("dataset.toml"), head).expect("a head");
    std::fs::write(options.folder.join("quality.toml"), RULEBOOK).expect("a rulebook");
    root
}

fn prepare(root: &Path) -> (Vec<Pipeline>, Dataset) {
    let dataset = Dataset::open(root).expect("a dataset");
    let names = Arc::new(catalogue(&dataset, &dataset.columns()));
    let source = Arc::new(Source::new("quality.toml", RULEBOOK));
    let (methodology, diagnostics) = compile(&source, Some(&names));
    let methodology = methodology.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let calendar = Calendar::named("weekdays", None).expect("a calendar");
    let to = last_effective(&dataset);
    let pipeline = bind(source, methodology, &calendar.into(), &dataset, names, to).expect("a pipeline");
    (vec![pipeline], dataset)
}

/// Every snapshot has a review of its own: the last one's is effective up to two months after it.
fn last_effective(dataset: &Dataset) -> Date {
    dataset.info.last + chrono::Days::new(60)
}

/// From opened files to weights in memory.
fn weights(dataset: &Dataset, pipelines: &[Pipeline]) -> (Shared, Vec<IndexRun>) {
    let shared = Shared::new(dataset.read(&needs(pipelines)), pipelines);
    let checks = Checks::load(None).expect("the checks compiled in");
    let results = run(pipelines, &shared, &checks);
    (shared, results)
}

fn time(dataset: &Dataset, pipelines: &[Pipeline]) -> f64 {
    let mut seconds = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        let results = weights(dataset, pipelines);
        seconds.push(started.elapsed().as_secs_f64());
        drop(results);
    }
    median(&seconds)
}

/// Names over all reviews, Σ security number × weight, largest weight: as the peer program prints.
fn checksum(shared: &Shared, results: &[IndexRun]) -> [f64; 3] {
    let result = &results[0];
    assert!(result.failure.is_none(), "{:?}", result.failure);
    let (mut names, mut total, mut largest) = (0.0, 0.0, 0.0f64);
    for review in &result.reviews {
        for (at, weight) in review.members.iter().zip(&review.weights) {
            let id = shared
                .landed
                .panel
                .securities()
                .id(review.scored.security[*at as usize]);
            let number: f64 = id.trim_start_matches('S').parse().expect("a number");
            names += 1.0;
            total += number * weight;
            largest = largest.max(*weight);
        }
    }
    [names, total, largest]
}

fn start_peer(options: &Options, tool: &str, reps: usize) -> Child {
    python(options, "quality.py")
        .args(["--tool", tool, "--threads", "2", "--reps", &reps.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python")
}

/// What a peer prints.
fn finish_peer(peer: Child) -> Value {
    let output = peer.wait_with_output().expect("python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON line")
}

fn compare(own: &[f64; 3], peer: &Value) {
    for (at, value) in own.iter().enumerate() {
        let other = number(&peer["check"][at]);
        let gap = (value - other).abs() / other.abs().max(1.0);
        assert!(gap < 1e-9, "checksum {at}: {value} against {other} of {}", peer["tool"]);
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The command from its start to published files, where the program is built.
fn whole_command(options: &Options) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_divisor"));
    let dataset = options
        .folder
        .join(format!("dataset-{}-{}", options.names, options.dates));
    let to = last_effective(&Dataset::open(&dataset).expect("a dataset")).to_string();
    let out = options.folder.join("out");
    let _ = std::fs::remove_dir_all(&out);
    let started = Instant::now();
    let mut child = Command::new(&program)
        .arg("run")
        .arg(options.folder.join("quality.toml"))
        .args(["--to", &to, "--threads", "2", "--format", "json", "--data"])
        .arg(&dataset)
        .arg("--out")
        .arg(&out)
        .stdout(Stdio::null())
        .spawn()
        .expect("the command");
    let peak = peak_memory_kib(&mut child);
    println!(
        "whole command with writing: {:.2} s, peak memory {} MB",
        started.elapsed().as_secs_f64(),
        peak / 1024
    );
}

/// Waits for a child, reading its high-water mark until it is gone; 0 where the system does not tell.
fn peak_memory_kib(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    peak
}
