//! A rehearsal of running indexes: day by day as a scheduler would, killed again and again while it works, and in the end the
//! bytes of one clean run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Month;
use divisor_model::{Date, date_of, day_of};

use crate::support::{Divisor, Folder, RULEBOOKS, contents, names_in, read, small, tests};

/// A due run in the background.
pub(crate) fn spawn(folder: &Path, data: &Path, rulebooks: &Path, as_of: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_divisor"));
    command
        .current_dir(folder)
        .arg("run")
        .arg(rulebooks)
        .arg("--data")
        .arg(data);
    command
        .args(["--due", "--as-of", as_of])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// What is rehearsed.
struct Rehearsal {
    folder: PathBuf,
    data: PathBuf,
    rulebooks: PathBuf,
    /// The days on which the scheduler calls.
    days: Vec<Date>,
    /// Those of them on which something is due.
    work: BTreeSet<Date>,
    /// How often it is killed.
    kills: usize,
    /// Of the moments at which it is.
    seed: u64,
}

/// What happened.
#[derive(Debug, Default)]
struct Story {
    /// Kills of a call that had something to do and was not over.
    kills: usize,
    /// Kills that left work begun: folders or files under temporary names.
    leftovers: usize,
    /// Calls that were over before they could be killed.
    missed: usize,
    /// Days on which two schedulers called at once.
    doubled: usize,
    idle_days: usize,
    idle: Duration,
    work_days: usize,
    worked: Duration,
}

impl Rehearsal {
    fn play(&self) -> Story {
        let mut moments = Moments(self.seed);
        let mut story = Story::default();
        // About how long a day with work takes: that of the last one.
        let mut takes = Duration::from_millis(100);
        let mut work_left = self.work.len();
        for day in &self.days {
            let as_of = day.to_string();
            let call = || spawn(&self.folder, &self.data, &self.rulebooks, &as_of);
            let is_work = self.work.contains(day);
            if is_work {
                let own = (self.kills - story.kills).div_ceil(work_left);
                work_left -= 1;
                for _ in 0..own {
                    self.kill(call(), moments.next(takes), &mut story);
                }
            }
            let started = Instant::now();
            if is_work && work_left.is_multiple_of(7) {
                let mut other = call();
                let first = call().wait().unwrap().code();
                let codes = [first, other.wait().unwrap().code()];
                assert!(
                    codes.iter().all(|code| [Some(0), Some(4)].contains(code)),
                    "{day}: {codes:?}"
                );
                story.doubled += 1;
            }
            assert_eq!(call().wait().unwrap().code(), Some(0), "{day}");
            if is_work {
                story.work_days += 1;
                story.worked += started.elapsed();
                takes = started.elapsed();
            } else {
                story.idle_days += 1;
                story.idle += started.elapsed();
            }
        }
        story
    }

    fn kill(&self, mut call: Child, after: Duration, story: &mut Story) {
        std::thread::sleep(after);
        if call.try_wait().unwrap().is_some() {
            story.missed += 1;
            return;
        }
        call.kill().unwrap();
        call.wait().unwrap();
        story.kills += 1;
        let is_leftover = |name: &String| {
            let mut parts = name.split('/').rev();
            let hidden = |part: &str| part.starts_with('.') && part != ".lock";
            parts.any(hidden)
        };
        let left = contents(&self.folder.join("out"));
        story.leftovers += usize::from(left.keys().any(is_leftover));
    }
}

/// A sequence of moments that depends on nothing but where it begins.
struct Moments(u64);

impl Moments {
    fn next(&mut self, up_to: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        up_to.mul_f64((self.0 >> 33) as f64 / f64::from(1u32 << 31))
    }
}

/// Every day on which something was due: announcements, and effective closes.
fn work_days(out: &Path) -> BTreeSet<Date> {
    let mut days = BTreeSet::new();
    for index in names_in(out, "") {
        let reviews = out.join(index).join("reviews");
        for review in names_in(&reviews, "") {
            let text = read(&reviews.join(review).join("manifest.json"));
            let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
            for key in ["announcement", "effective"] {
                days.insert(manifest[key].as_str().unwrap().parse().unwrap());
            }
        }
    }
    days
}

/// All days from one to another, weekends left out.
fn weekdays(first: &str, last: &str) -> Vec<Date> {
    let day = |text: &str| day_of(text.parse().unwrap());
    let dates = (day(first)..=day(last)).filter_map(date_of);
    let is_weekday = |date: &Date| date.format("%u").to_string().parse::<u32>().unwrap() < 6;
    dates.filter(is_weekday).collect()
}

fn clean_run(folder: &Path, data: &Path, rulebooks: &Path, as_of: &str) -> BTreeMap<String, Vec<u8>> {
    std::fs::create_dir_all(folder).unwrap();
    let code = spawn(folder, data, rulebooks, as_of).wait().unwrap().code();
    assert_eq!(code, Some(0));
    contents(&folder.join("out"))
}

#[test]
fn killed_runs_end_in_the_bytes_of_a_clean_one() {
    let world = small();
    let folder = Folder::new();
    let (data, rulebooks, last) = (world.data(), tests("rulebooks"), "2013-12-31");
    let clean = clean_run(&folder.join("clean"), &data, &rulebooks, last);
    let work = work_days(&folder.join("clean/out"));
    let days: Vec<Date> = work
        .iter()
        .copied()
        .filter(|day| *day <= last.parse().unwrap())
        .collect();
    let rehearsal = Rehearsal {
        folder: folder.path().to_owned(),
        data,
        rulebooks,
        work: days.iter().copied().collect(),
        days,
        kills: 30,
        seed: 7,
    };
    let story = rehearsal.play();
    assert!(story.kills >= 20, "{story:?}");
    assert!(contents(&folder.join("out")) == clean);
}

/// Thirty indexes, reviewed in five pairs of months: members, weights and parents of every sort the tests know. Limits are
/// loose enough to hold for ten years.
fn thirty_rulebooks(folder: &Folder) -> PathBuf {
    let month = |at: usize| Month::try_from(at as u8 + 1).unwrap().name();
    for name in RULEBOOKS {
        let text = read(&tests(&format!("rulebooks/{name}.toml")));
        for at in 0..30 / RULEBOOKS.len() {
            let months = format!("months       = [\"{}\", \"{}\"]", month(at), month(at + 6));
            let is_months = |line: &&str| line.starts_with("months ");
            let line = text.lines().find(is_months).unwrap();
            let own = text
                .replace(line, &months)
                .replace(&format!("\"small-{name}\""), &format!("\"small-{name}-{at}\""))
                .replace("index = \"small-quality\"", &format!("index = \"small-quality-{at}\""))
                .replace("max = \"8%\"", "max = \"25%\"");
            folder.write(&format!("rules/{name}-{at}.toml"), &own);
        }
    }
    folder.join("rules")
}

/// Ten years of thirty indexes, every weekday a call, killed two hundred times while it works; then everything published is
/// verified. `DIVISOR_SEED` sets other moments.
#[test]
#[ignore = "six minutes on two idle cores: cargo test --release --test divisor -- --ignored --nocapture rehearsal"]
fn ten_years_of_thirty_indexes_killed_two_hundred_times() {
    let folder = Folder::new();
    let world = read(&tests("worlds/small.toml")).replace("\"2016-12\"", "\"2021-12\"");
    folder.write("ten-years.toml", &world);
    let generate = Divisor::new(folder.path()).args("data generate ten-years.toml --out data");
    generate.succeed();
    let (data, rulebooks) = (folder.join("data"), thirty_rulebooks(&folder));
    assert_eq!(names_in(&rulebooks, ".toml").len(), 30);
    let last = "2021-12-31";
    let clean = clean_run(&folder.join("clean"), &data, &rulebooks, last);
    let seed = std::env::var("DIVISOR_SEED").map_or(7, |seed| seed.parse().unwrap());
    let rehearsal = Rehearsal {
        folder: folder.path().to_owned(),
        data,
        rulebooks,
        days: weekdays("2012-05-01", last),
        work: work_days(&folder.join("clean/out")),
        // A call of the last days may be over before its moment comes.
        kills: 220,
        seed,
    };
    let started = Instant::now();
    let story = rehearsal.play();
    let say = |text: String| std::io::stderr().write_all(text.as_bytes()).unwrap();
    say(format!(
        "seed {seed}, {:.0} s: {story:#?}\n",
        started.elapsed().as_secs_f64()
    ));
    say(format!("{} files\n", clean.len()));
    assert!(story.kills >= 200);
    assert!(
        contents(&folder.join("out")) == clean,
        "other bytes than those of a clean run"
    );
    let verify = Divisor::new(folder.path()).args("verify --all --data ./data");
    say(verify.succeed().stdout);
}
