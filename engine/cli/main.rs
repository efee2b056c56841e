//! The `divisor` command: one file a verb. Each reads its arguments, calls the engine and prints. Only here are the
//! terminal, the clock and exit codes.

mod apply;
mod args;
mod calendar;
mod chain;
mod changes;
mod check;
mod clock;
mod data;
mod data_check;
mod decisions;
mod diff;
mod diff_folders;
mod diff_reviews;
mod diff_text;
mod due;
mod due_report;
mod effective;
mod exit;
mod explain;
mod extracts;
mod fmt;
mod folders;
mod forms;
mod freeze;
mod import;
mod journal;
mod library;
mod load;
mod lock;
mod log;
mod new;
mod out;
mod overview;
mod pin;
mod plan;
mod plan_file;
mod plan_limits;
mod plan_text;
mod publish;
mod render;
mod replay;
mod reviews;
mod run;
mod run_risk;
mod session;
mod settings;
mod test;
mod verify;
mod watch;
mod why;
mod why_find;
mod why_story;
mod why_timeline;

use std::process::ExitCode;

use args::{Cli, Verb};
use clap::Parser;
use exit::{Exit, Failure};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no failure; anything else is bad input.
            let _ = error.print();
            let code = if error.use_stderr() { Exit::BadInput } else { Exit::Done };
            return code.into();
        }
    };
    watch::start(&cli.common);
    let result = forms::check(&cli.verb, &cli.common).and_then(|()| call(cli));
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            render::failure(&failure);
            failure.exit().into()
        }
    }
}

fn call(cli: Cli) -> Result<Exit, Failure> {
    match cli.verb {
        Verb::Run(args) => run::run(&args, &cli.common),
        Verb::New(args) => new::new(&args),
        Verb::Check(args) => check::check(&args, &cli.common),
        Verb::Explain(args) => explain::explain(&args, &cli.common),
        Verb::Fmt(args) => fmt::fmt(&args, &cli.common),
        Verb::Diff(args) => diff::diff(&args, &cli.common),
        Verb::Test(args) => test::test(&args, &cli.common),
        Verb::Plan(args) => plan::plan(&args, &cli.common),
        Verb::Apply(args) => apply::apply(&args, &cli.common),
        Verb::Verify(args) => verify::verify(&args, &cli.common),
        Verb::Lock(args) => pin::lock(&args, &cli.common),
        Verb::Why(args) => why::why(&args, &cli.common),
        Verb::Reviews(args) => reviews::reviews(&args, &cli.common),
        Verb::Calendar(args) => calendar::calendar(&args, &cli.common),
        Verb::Data(args) => data::data(&args, &cli.common),
        Verb::Schema => explain::schema(),
    }
}
