//! One rulebook over 12,000 securities × 40 years: what its reviews read of the disk and hold in memory.
//!
//! `cargo bench --bench large -- [--data DIR] [--world FILE] [--command yes]`
//!
//! DIR holds the large world; it is generated first where it is absent (about 2.5 GB). Each rulebook runs in a process of
//! its own, so that its peak is its own: quality, which reads fundamentals and looks up closes around its valuation
//! days, and low volatility, which reads every close. Bytes are counted where they leave the files; what the columns
//! occupy comes from the files' footers; the peak is the system's high-water mark. The bench fails where a run reads
//! more than 1.5 times what its columns occupy, or holds 2 GiB. With `--command yes` the whole command runs, too,
//! writing included.

#![expect(
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use divisor_calendar::Calendar;
use divisor_market::quality::Checks;
use divisor_market::{Dataset, WorldSpec, bytes_read, generate_world};
use divisor_methodology::{Source, compile};
use divisor_model::Date;
use divisor_review::{IndexRun, Pipeline, Shared, bind, catalogue, needs, run};

/// The rulebooks, as they ship.
const RULEBOOKS: [(&str, &str); 2] = [
    ("quality", include_str!("../methodologies/quality/world.toml")),
    (
        "low-volatility",
        include_str!("../methodologies/low-volatility/world.toml"),
    ),
];

/// What they say of the demo world, and what they must say of the large one.
const CHANGES: [(&str, &str); 2] = [
    ("\"XNYS\"", "\"weekdays\""),
    (
        "base    = { date = 2009-05-29, level = 1000 }",
        "base    = { date = 1986-05-30, level = 1000 }",
    ),
];

const READ_RATIO_MAX: f64 = 1.5;
const PEAK_MIB_MAX: u64 = 2048;
const MIB: f64 = 1024.0 * 1024.0;

struct Options {
    data: PathBuf,
    world: PathBuf,
    only: Option<String>,
    command: bool,
}

fn main() {
    let options = options();
    if let Some(name) = &options.only {
        measure(name, &options.data);
        return;
    }
    if !options.data.join("dataset.toml").is_file() {
        generate(&options);
    }
    let own = std::env::current_exe().expect("this program");
    for (name, _) in RULEBOOKS {
        let mut child = Command::new(&own);
        child.args(["--only", name, "--data"]).arg(&options.data);
        assert!(child.status().expect("this program again").success(), "{name} failed");
        if options.command {
            whole_command(name, &options.data);
        }
    }
}

fn options() -> Options {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut options = Options {
        data: std::env::temp_dir().join("divisor-bench/large"),
        world: repository.join("data/worlds/large.toml"),
        only: None,
        command: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        // Cargo passes --bench to every bench.
        if flag == "--bench" {
            continue;
        }
        let value = args.next().unwrap_or_else(|| panic!("{flag} needs a value"));
        match flag.as_str() {
            "--data" => options.data = value.into(),
            "--world" => options.world = value.into(),
            "--only" => options.only = Some(value),
            "--command" => options.command = value == "yes",
            _ => panic!("unknown flag {flag}"),
        }
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build_global()
        .expect("the first pool");
    options
}

fn generate(options: &Options) {
    let text = std::fs::read_to_string(&options.world).expect("a world");
    let sessions = |spec: &WorldSpec| -> Result<Vec<Date>, String> {
        let words = |error: divisor_calendar::CalendarError| error.to_string();
        let calendar = Calendar::named(&spec.calendar, None).map_err(words)?;
        let last = calendar
            .last_session(spec.last.year(), spec.last.month())
            .map_err(words)?;
        Ok(calendar.sessions(spec.prices_from, last).map_err(words)?.to_vec())
    };
    std::fs::create_dir_all(options.data.parent().expect("a parent")).expect("a folder for the world");
    let started = Instant::now();
    let generated = generate_world(&text, &options.data, sessions, &|_, _| ()).expect("a world");
    println!(
        "generated {} securities, {} snapshots, {} prices, {} publications: {:.1} s, peak {} MiB",
        generated.securities,
        generated.snapshots,
        generated.price_rows,
        generated.fundamentals_rows,
        started.elapsed().as_secs_f64(),
        peak_mib()
    );
}

/// A rulebook's text for the large world.
fn rulebook(name: &str) -> String {
    let found = RULEBOOKS.iter().find(|(known, _)| *known == name);
    let (_, text) = found.unwrap_or_else(|| panic!("there is no rulebook {name}"));
    CHANGES.iter().fold((*text).to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{name} no longer says {from}");
        text.replace(from, to)
    })
}

/// Runs all reviews of one rulebook in this process.
fn measure(name: &str, data: &Path) {
    let started = Instant::now();
    let (dataset, pipeline) = prepare(name, data);
    let pipelines = [pipeline];
    let plan = needs(&pipelines);
    let opened = started.elapsed().as_secs_f64();
    let landed = dataset.read(&plan);
    let read = started.elapsed().as_secs_f64();
    assert!(landed.defects.is_empty(), "{:?}", landed.defects.first());
    let prices = landed
        .history
        .prices
        .as_ref()
        .map_or((0, 0), |prices| (prices.len(), prices.packed_bytes()));
    let shared = Shared::new(landed, &pipelines);
    let history = started.elapsed().as_secs_f64();
    let checks = Checks::load(None).expect("the checks compiled in");
    let results = run(&pipelines, &shared, &checks);
    let reviewed = started.elapsed().as_secs_f64();
    let (bytes, peak) = (bytes_read(), peak_mib());
    describe(name, &results[0]);
    println!(
        "  opening {opened:.2} s, reading {:.2} s, history functions {:.2} s, reviews {:.2} s",
        read - opened,
        history - read,
        reviewed - history
    );
    println!(
        "  prices landed {} in {:.0} MiB ({:.1} bytes each)",
        prices.0,
        prices.1 as f64 / MIB,
        prices.1 as f64 / prices.0.max(1) as f64
    );
    let footprint = dataset.footprint(&plan);
    let ratio = bytes as f64 / footprint.total() as f64;
    println!(
        "  read {:.1} MiB; its columns occupy {:.1} MiB (snapshots {:.1}, fundamentals {:.1}, prices {:.1}, actions {:.1}): {ratio:.3} times",
        bytes as f64 / MIB,
        footprint.total() as f64 / MIB,
        footprint.snapshots as f64 / MIB,
        footprint.fundamentals as f64 / MIB,
        footprint.prices as f64 / MIB,
        footprint.actions as f64 / MIB
    );
    println!("  peak memory {peak} MiB");
    assert!(ratio <= READ_RATIO_MAX, "read {ratio} times what its columns occupy");
    assert!(peak < PEAK_MIB_MAX, "a peak of {peak} MiB");
}

fn prepare(name: &str, data: &Path) -> (Dataset, Pipeline) {
    let dataset = Dataset::open(data).expect("a dataset");
    let names = Arc::new(catalogue(&dataset, &dataset.columns()));
    let source = Arc::new(Source::new(format!("{name}.toml"), rulebook(name)));
    let (methodology, diagnostics) = compile(&source, Some(&names));
    let methodology = methodology.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let calendar = Calendar::named(&methodology.review.calendar, None).expect("a calendar");
    let to = dataset.info.last;
    let pipeline = bind(source, methodology, &calendar.into(), &dataset, names, to).expect("a pipeline");
    (dataset, pipeline)
}

fn describe(name: &str, result: &IndexRun) {
    assert!(result.failure.is_none(), "{:?}", result.failure);
    let parents: usize = result.reviews.iter().map(|review| review.scored.security.len()).sum();
    let members: usize = result.reviews.iter().map(|review| review.members.len()).sum();
    let reviews = result.reviews.len();
    println!(
        "{name}: {reviews} reviews, {} names in the parent and {} in the index on average",
        parents / reviews,
        members / reviews
    );
}

/// The command from its start to published files.
fn whole_command(name: &str, data: &Path) {
    let folder = std::env::temp_dir().join(format!("divisor-bench/large-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for results");
    let text = folder.join("rulebook.toml");
    std::fs::write(&text, rulebook(name)).expect("a rulebook");
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_divisor"))
        .arg("run")
        .arg(&text)
        .args(["--threads", "2", "--format", "json", "--data"])
        .arg(data)
        .arg("--out")
        .arg(folder.join("out"))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the command");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_of(&child.id().to_string()));
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    assert!(status.success(), "the command failed");
    println!(
        "  whole command with writing {:.1} s, peak memory {peak} MiB",
        started.elapsed().as_secs_f64()
    );
    std::fs::remove_dir_all(&folder).expect("results that can be removed");
}

fn peak_mib() -> u64 {
    peak_of("self")
}

/// The high-water mark of a process, MiB; 0 where the system does not tell.
fn peak_of(process: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.unwrap_or(0) / 1024
}
