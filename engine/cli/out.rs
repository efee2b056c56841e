//! Standard output, in the form asked for.

use std::io::Write;

use divisor_model::Table;
use divisor_report::{TextOptions, to_csv, to_json_text, to_parquet, to_text};

use crate::args::Format;
use crate::exit::Failure;

/// Prints a text.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(text.as_bytes())
}

/// Prints one table.
pub(crate) fn table(table: &Table, format: Format, options: &TextOptions<'_>) -> Result<(), Failure> {
    match format {
        Format::Table => print(&to_text(table, options)),
        Format::Json => print(&to_json_text(table)),
        Format::Csv => print(&to_csv(table)),
        Format::Parquet => write(&to_parquet(table, &[])?),
    }
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // A reader that stopped reading, such as `head`, is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::failed(format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Says something on standard error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
