//! Threads, logs and progress bars. All of it goes to standard error.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Common, LogFormat};
use crate::log::JsonLog;

/// Sets the number of threads and starts logging.
pub(crate) fn start(common: &Common) {
    if let Some(threads) = common.threads {
        // Fails only where a pool exists already, which nothing has made yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global();
    }
    let is_json = common.log_format == LogFormat::Json;
    let level = match common.verbose {
        // Who asks for a form of the log wants one.
        0 if !is_json => LevelFilter::WARN,
        0 | 1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    if is_json {
        tracing_subscriber::registry().with(level).with(JsonLog).init();
        return;
    }
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false)
        .init();
}

/// A bar on standard error where a terminal watches, nothing elsewhere.
pub(crate) fn bar(title: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg:<24} {bar:32} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(title);
    bar
}
