//! Minimum volatility with all published limits, beside what a Python user would install.
//!
//! `cargo bench -p divisor-optimizer --bench minvol -- --peers DIR --python PYTHON [--rounds N] [--n N] [--reviews N]`
//!
//! DIR holds `minvol.py` and `minvol_gen.py`. Both sides solve the same instances, of 500, 2,500 and 10,000 names (or only
//! `--n`), relaxed and with the minimum holding; objectives are compared before anything is timed; then they run in turn, on
//! one thread. Without `--peers` only the consecutive reviews are timed. Importing and reading are left out on both sides.

#![expect(
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use divisor_optimizer::{
    Bounds, Coefficients, MinimumHolding, Objective, Options, Outcome, Problem, Risk, Row, Solution, Start, Turnover,
    solve,
};
use serde_json::Value;

const SIZES: [(usize, usize); 3] = [(500, 40), (2_500, 50), (10_000, 60)];
/// What a child is called with that only measures its memory.
const MEMORY: &str = "--memory-of";
const LEAST: MinimumHolding = MinimumHolding {
    rule: 5,
    weight: 0.0005,
};

struct Arguments {
    peers: Option<PathBuf>,
    python: String,
    rounds: usize,
    reviews: usize,
    only: Option<usize>,
    folder: PathBuf,
}

fn main() {
    let mut given = std::env::args().skip(1);
    if given.next().is_some_and(|flag| flag == MEMORY) {
        return print_memory(Path::new(&given.next().expect("an instance")));
    }
    let arguments = arguments();
    if arguments.peers.is_some() {
        for (n, k) in SIZES {
            for model in ["fund", "stat"] {
                if arguments.only.is_none_or(|only| only == n) {
                    beside(&arguments, n, k, model);
                }
            }
        }
    }
    if arguments.reviews > 0 {
        consecutive(2_500, arguments.reviews);
    }
}

fn arguments() -> Arguments {
    let mut arguments = Arguments {
        peers: None,
        python: "python3".to_owned(),
        rounds: 3,
        reviews: 60,
        only: None,
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
            "--peers" => arguments.peers = Some(value.into()),
            "--python" => arguments.python = value,
            "--rounds" => arguments.rounds = value.parse().expect("a number of rounds"),
            "--reviews" => arguments.reviews = value.parse().expect("a number of reviews"),
            "--n" => arguments.only = Some(value.parse().expect("a number of names")),
            _ => panic!("unknown flag {flag}"),
        }
    }
    std::fs::create_dir_all(&arguments.folder).expect("a folder for the bench");
    arguments
}

/// One instance, in the layout of the peers' generator.
struct Instance {
    n: usize,
    k: usize,
    loadings: Vec<f64>,
    covariance: Vec<f64>,
    specific: Vec<f64>,
    parent: Vec<f64>,
    previous: Vec<f64>,
    sector: Vec<f64>,
    country: Vec<f64>,
    styles: Vec<f64>,
}

const STYLES: usize = 5;

impl Instance {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("an instance");
        let mut words = bytes.chunks_exact(8).map(|word| word.try_into().expect("eight bytes"));
        let head: Vec<usize> = words
            .by_ref()
            .take(5)
            .map(|word| u64::from_le_bytes(word) as usize)
            .collect();
        let (n, k) = (head[0], head[1]);
        assert_eq!(head[4], STYLES);
        let mut take = |count: usize| -> Vec<f64> { words.by_ref().take(count).map(f64::from_le_bytes).collect() };
        Self {
            n,
            k,
            loadings: take(n * k),
            covariance: take(k * k),
            specific: take(n),
            parent: take(n),
            previous: take(n),
            sector: take(n),
            country: take(n),
            styles: take(n * STYLES),
        }
    }

    fn problem(&self, minimum_holding: Option<MinimumHolding>) -> Problem<'_> {
        let mut rows = Vec::new();
        for axis in [&self.sector, &self.country] {
            let groups = axis.iter().fold(0.0_f64, |most, group| most.max(*group)) as usize + 1;
            let mut members = vec![Vec::new(); groups];
            for (name, group) in axis.iter().enumerate() {
                members[*group as usize].push(name as u32);
            }
            for members in members {
                let parent: f64 = members.iter().map(|name| self.parent[*name as usize]).sum();
                rows.push(Row {
                    rule: 10,
                    coefficients: Coefficients::Members(members),
                    lower: (parent - 0.05).max(0.0),
                    upper: parent + 0.05,
                });
            }
        }
        for style in 0..STYLES {
            let exposure: Vec<f64> = self.styles.chunks_exact(STYLES).map(|row| row[style]).collect();
            let parent: f64 = exposure.iter().zip(&self.parent).map(|(z, w)| z * w).sum();
            rows.push(Row {
                rule: 11,
                coefficients: Coefficients::Each(exposure),
                lower: parent - 0.25,
                upper: parent + 0.25,
            });
        }
        Problem {
            risk: Some(Risk {
                factors: self.k,
                loadings: &self.loadings,
                covariance: &self.covariance,
                specific: &self.specific,
            }),
            objective: Objective::MinimumVariance {
                factor_aversion: 1.0,
                specific_aversion: 1.0,
            },
            bounds: Bounds {
                lower: vec![0.0; self.n],
                upper: self.parent.iter().map(|weight| (20.0 * weight).min(0.015)).collect(),
                lower_rule: vec![1; self.n],
                upper_rule: vec![2; self.n],
            },
            rows,
            // The first review of an index has nothing to turn over.
            turnover: self.previous.iter().any(|weight| *weight > 0.0).then(|| Turnover {
                rule: 3,
                previous: self.previous.clone(),
                limit: 0.1,
            }),
            minimum_holding,
            at_most: None,
            at_least: None,
            risk_limit: None,
            total_rule: 4,
        }
    }
}

/// From numbers in memory to proven weights, the problem's own making included, as for the peers.
fn weights(instance: &Instance, least: Option<MinimumHolding>, start: Start) -> Solution {
    let options = Options {
        start,
        ..Options::default()
    };
    match solve(&instance.problem(least), options) {
        Ok(Outcome::Solved(solution)) => solution,
        other => panic!("{other:?}"),
    }
}

fn beside(arguments: &Arguments, n: usize, k: usize, model: &str) {
    let path = arguments.folder.join(format!("mv_n{n}_k{k}_s1_{model}.bin"));
    if !path.is_file() {
        let status = python(arguments, "minvol_gen.py", n, k, model)
            .args(["--out".as_ref(), arguments.folder.as_os_str()])
            .stdout(std::process::Stdio::null())
            .status();
        assert!(status.expect("python").success(), "the generator failed");
    }
    let instance = Instance::read(&path);
    let child = Command::new(std::env::current_exe().expect("this bench"))
        .arg(MEMORY)
        .arg(&path)
        .output();
    println!(
        "\n{n} {model}: {}",
        String::from_utf8_lossy(&child.expect("a child").stdout).trim()
    );
    for least in [None, Some(LEAST)] {
        let kind = if least.is_some() { "minimum holding" } else { "relaxed" };
        let solution = weights(&instance, least, Start::Previous);
        println!(
            "{n} {model}, {kind}: variance {:.12}, violation {:.1e}, gap {:.1e}, {} solves",
            solution.objective, solution.proof.violation, solution.proof.gap, solution.rounds,
        );
        let mut tools = vec!["cvxpy:PIQP", "cvxpy:CLARABEL"];
        if least.is_none() {
            tools.push("piqp");
        }
        let mut times: Vec<Vec<f64>> = vec![Vec::new(); tools.len() + 1];
        for round in 0..arguments.rounds {
            times[0].push(time(|| weights(&instance, least, Start::Previous)));
            for (nth, tool) in tools.iter().enumerate() {
                let answer = peer(arguments, tool, least.is_some(), &|script| {
                    python(arguments, script, n, k, model)
                });
                if round == 0 {
                    println!(
                        "  {tool:<15} variance {}, violation {}, {} MB",
                        answer["obj"].as_str().unwrap_or_default(),
                        answer["viol"].as_str().unwrap_or_default(),
                        answer["rss_mb"]
                    );
                    let other: f64 = answer["obj"]
                        .as_str()
                        .and_then(|text| text.parse().ok())
                        .expect("a variance");
                    // Theirs may be lower by as much as their tolerances let them miss rows.
                    assert!(solution.objective <= other * (1.0 + 1e-6), "{tool} found less");
                }
                times[nth + 1].push(answer["wall"].as_f64().expect("seconds"));
            }
        }
        let own = median(&times[0]);
        println!("  {:<15} {own:.5} s", "divisor");
        for (tool, times) in tools.iter().zip(&times[1..]) {
            println!(
                "  {tool:<15} {:.4} s   {:.1} × divisor",
                median(times),
                median(times) / own
            );
        }
    }
}

fn python(arguments: &Arguments, script: &str, n: usize, k: usize, model: &str) -> Command {
    let mut command = Command::new(&arguments.python);
    command
        .arg(arguments.peers.as_ref().expect("a folder of peers").join(script))
        .args([
            "--n",
            &n.to_string(),
            "--k",
            &k.to_string(),
            "--seed",
            "1",
            "--model",
            model,
        ])
        .env("PEERS_DATA", &arguments.folder)
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn peer(arguments: &Arguments, tool: &str, holds: bool, command: &dyn Fn(&str) -> Command) -> Value {
    let mut command = command("minvol.py");
    command.args(["--tool", tool, "--reps", "1"]);
    if holds {
        command.arg("--semi");
    }
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", arguments.python));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON line")
}

/// Median of five.
fn time(work: impl Fn() -> Solution) -> f64 {
    let once = || {
        let started = Instant::now();
        let solution = work();
        let seconds = started.elapsed().as_secs_f64();
        drop(solution);
        seconds
    };
    median(&[once(), once(), once(), once(), once()])
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// What solving, relaxed and with the minimum holding, adds to a process that holds one instance.
fn print_memory(path: &Path) {
    let instance = Instance::read(path);
    let before = memory("VmRSS:", true);
    let names = [None, Some(LEAST)].map(|least| weights(&instance, least, Start::Previous).weights.len());
    let above = memory("VmHWM:", false).saturating_sub(before);
    println!(
        "{} names solved twice in {above} KiB above the {before} KiB before",
        names[0]
    );
}

/// A line of the process's memory in KiB; zero where the system does not tell. `forget` begins the high-water mark anew.
fn memory(line: &str, forget: bool) -> u64 {
    if forget {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = text.lines().find_map(|text| text.strip_prefix(line));
    found
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

/// Reviews one after another, each beginning with the drifted weights of the one before: from those and from nothing.
fn consecutive(n: usize, reviews: usize) {
    let mut instance = made(n);
    let mut times = [0.0, 0.0];
    for review in 0..=reviews {
        let mut found: Vec<Solution> = Vec::new();
        // Whoever comes second finds the caches warm: they take turns.
        let order = if review % 2 == 0 { [0, 1] } else { [1, 0] };
        for way in order {
            let start = [Start::Cold, Start::Previous][way];
            let started = Instant::now();
            found.push(weights(&instance, Some(LEAST), start));
            // The first review only fills the index.
            if review > 0 {
                times[way] += started.elapsed().as_secs_f64();
            }
        }
        let bits = |solution: &Solution| -> Vec<u64> { solution.weights.iter().map(|w| w.to_bits()).collect() };
        assert!(
            bits(&found[0]) == bits(&found[1]),
            "review {review} depends on where it began"
        );
        instance.pass(review, &found[0].weights);
    }
    println!(
        "\n{reviews} reviews of {n} names: cold {:.3} s, warm {:.3} s, {:.2} ×, same bytes",
        times[0],
        times[1],
        times[0] / times[1]
    );
}

fn uniform(stream: usize, index: usize) -> f64 {
    let mut x =
        (stream as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (index as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
    }
    ((x >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Nearly normal: four uniform numbers.
fn noise(stream: usize, index: usize) -> f64 {
    ((0..4).map(|nth| uniform(stream * 4 + nth, index)).sum::<f64>() - 2.0) * 3.0_f64.sqrt()
}

/// A universe without previous weights: market, 23 countries, 11 sectors, 5 styles, 10 further factors.
fn made(n: usize) -> Instance {
    let k = 50;
    let group = |stream, count: f64| -> Vec<f64> {
        (0..n)
            .map(|at| (uniform(stream, at) * uniform(stream + 1, at) * count).floor())
            .collect()
    };
    let (sector, country) = (group(1, 11.0), group(3, 23.0));
    let sizes: Vec<f64> = (0..n).map(|at| (1.25 * noise(5, at)).exp()).collect();
    let total: f64 = sizes.iter().sum();
    let styles: Vec<f64> = (0..n * STYLES).map(|at| noise(6, at)).collect();
    let mut loadings = Vec::with_capacity(n * k);
    for at in 0..n {
        loadings.push((1.0 + 0.33 * noise(7, at)).clamp(0.25, 2.2));
        loadings.extend((0..23).map(|c| f64::from(u8::from(country[at] as usize == c))));
        loadings.extend((0..11).map(|s| f64::from(u8::from(sector[at] as usize == s))));
        loadings.extend_from_slice(&styles[at * STYLES..(at + 1) * STYLES]);
        loadings.extend((0..10).map(|nth| noise(8, at * 10 + nth)));
    }
    let volatility = |at: usize| match at {
        0 => 0.15,
        1..24 => 0.11,
        24..35 => 0.065,
        35..40 => 0.03,
        _ => 0.025,
    };
    let covariance = (0..k * k).map(|at| {
        let correlation = if at / k == at % k { 1.0 } else { 0.1 };
        correlation * volatility(at / k) * volatility(at % k)
    });
    Instance {
        n,
        k,
        covariance: covariance.collect(),
        specific: (0..n).map(|at| (0.25 * (0.35 * noise(9, at)).exp()).powi(2)).collect(),
        parent: sizes.iter().map(|size| size / total).collect(),
        previous: vec![0.0; n],
        sector,
        country,
        styles,
        loadings,
    }
}

impl Instance {
    /// Half a year: weights drift, loadings of market, styles and further factors change.
    fn pass(&mut self, review: usize, weights: &[f64]) {
        let stream = 100 + review;
        let growth: Vec<f64> = (0..self.n).map(|at| (0.15 * noise(stream, at)).exp()).collect();
        let drifted = |values: &[f64]| -> Vec<f64> {
            let raw: Vec<f64> = values.iter().zip(&growth).map(|(w, g)| w * g).collect();
            let total: f64 = raw.iter().sum();
            raw.iter().map(|w| w / total).collect()
        };
        self.parent = drifted(&self.parent);
        self.previous = drifted(weights);
        for at in 0..self.n {
            for factor in 35..self.k {
                let loading = &mut self.loadings[at * self.k + factor];
                *loading = 0.98 * *loading + 0.2 * noise(stream + 500, at * self.k + factor);
            }
        }
        for at in 0..self.n {
            let start = at * self.k + 35;
            self.styles[at * STYLES..(at + 1) * STYLES].copy_from_slice(&self.loadings[start..start + STYLES]);
        }
    }
}
