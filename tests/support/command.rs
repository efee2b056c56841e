//! The built command, run in a folder of its own.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// A call of the command.
pub(crate) struct Divisor(Command);

/// How it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Divisor {
    /// A call in `folder`: relative paths and default places lie there.
    pub(crate) fn new(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_divisor"));
        command.current_dir(folder).stdin(Stdio::null());
        // Nothing of the machine's terminal may show in what is compared.
        command
            .env_remove("CLICOLOR_FORCE")
            .env_remove("COLUMNS")
            .env("NO_COLOR", "1");
        Self(command)
    }

    /// Arguments separated by blanks.
    pub(crate) fn args(mut self, words: &str) -> Self {
        self.0.args(words.split_whitespace());
        self
    }

    /// One argument as it stands.
    pub(crate) fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.0.arg(word);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        let output = self.0.output().unwrap();
        Outcome {
            // Killed by a signal is no exit code of ours.
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs and must end well.
    pub(crate) fn succeed(self) -> Outcome {
        let outcome = self.run();
        assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
        outcome
    }
}

impl Outcome {
    /// Standard output as the one JSON document it must be.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }

    /// Fails unless standard error has all these parts.
    pub(crate) fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in:\n{}", self.stderr);
        }
    }
}
