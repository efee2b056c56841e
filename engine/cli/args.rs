//! Arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use divisor_model::Date;

use crate::apply::ApplyArgs;
use crate::diff::DiffArgs;
use crate::library::families;
use crate::pin::LockArgs;
use crate::plan::PlanArgs;
use crate::verify::VerifyArgs;
use crate::why::WhyArgs;

#[derive(Debug, Parser)]
#[command(
    name = "divisor",
    version,
    about = "Builds and rebalances equity indexes from rulebooks",
    after_help = "\
Examples:
  divisor run methodologies --data demo                  all shipped rulebooks on the generated demo world
  divisor check methodologies/quality/world.toml         every mistake of a rulebook at once
  divisor explain methodologies/quality/world.toml       the rulebook in prose, defaults included
  divisor new calm.toml --family low-volatility          a rulebook to begin with
  divisor test methodologies                             the tests that rulebooks carry
  divisor why AU67557 --index world-quality --data demo  why a name is in, out, or at its weight
  divisor plan methodologies/quality/world.toml --data demo      what the next review would change
  divisor reviews methodologies/quality/world.toml --to 2027-12-31
  divisor data describe --data demo                      what a dataset holds
  divisor data check --data demo                         what is or looks wrong with it
  divisor data import companyfacts companyfacts.zip --out data/us
  divisor data import table data/mappings/example-snapshots.toml --out data/vendor

Exit codes: 0 done, 1 a check found something, 2 bad input, 3 rules that cannot all hold, 4 failed."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Flags of all verbs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Dataset: a name looked up in the data folder, or a folder
    #[arg(long, global = true, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
    /// Folder results go to [default: out]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// First effective date to show or write; reviews always run from the base date
    #[arg(long, global = true, value_name = "DATE")]
    pub(crate) from: Option<Date>,
    /// Last effective date [default: the dataset's last snapshot]
    #[arg(long, global = true, value_name = "DATE")]
    pub(crate) to: Option<Date>,
    /// Threads, at most 1024; results do not depend on it [default: one a core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Change one key of the rulebooks for this call, e.g. select.top.count=150 or limit.issuer-cap.max=4%
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Take one edition of the rules for all dates, whatever edition is in force: a what-if, as with --set
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) edition: Option<String>,
    /// Folder with a divisor.toml, checks.toml or calendars of your own
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) config: Option<PathBuf>,
    /// Refuse any engine, calendar or file of the dataset but those that divisor.lock pins
    #[arg(long, global = true)]
    pub(crate) locked: bool,
    /// Form of what is printed; a verb that lacks one says which it has
    #[arg(long, global = true, value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Say what happens, stage by stage; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Form of the log on standard error; json has one object a line, of every stage with counts and seconds
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,
}

impl Common {
    /// The flag that makes of the call a what-if, whose results nobody publishes.
    pub(crate) fn what_if(&self) -> Option<&'static str> {
        let edition = self.edition.as_ref().map(|_| "--edition");
        if self.set.is_empty() { edition } else { Some("--set") }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Csv,
    Parquet,
}

impl Format {
    /// As it is written behind --format.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Rebalance rulebooks over a date range and publish the results
    Run(RunArgs),
    /// What a review would change, before anything does
    Plan(PlanArgs),
    /// Publish exactly what was planned
    Apply(ApplyArgs),
    /// Hold published reviews against their manifests, and make them again
    Verify(VerifyArgs),
    /// Pin engine, calendars and data in divisor.lock
    Lock(LockArgs),
    /// Begin a rulebook from one of a family
    New(NewArgs),
    /// Find every mistake of rulebooks
    Check(CheckArgs),
    /// Print a rulebook in prose, defaults included, or the reference of all functions
    Explain(ExplainArgs),
    /// Lay rulebooks out: keys in order, aligned, comments kept
    Fmt(FmtArgs),
    /// What differs between two rulebooks or two runs: rules, members, weights, turnover, and why
    Diff(DiffArgs),
    /// Run the tests that rulebooks carry
    Test(TestArgs),
    /// Why a security is in, out, or at its weight, and since when
    Why(WhyArgs),
    /// Review dates of rulebooks
    Reviews(ReviewsArgs),
    /// Sessions of an exchange
    Calendar(CalendarArgs),
    /// Look at, check, generate, import or freeze data
    Data(DataArgs),
    /// Print the JSON Schema of rulebooks, for editors
    Schema,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor run methodologies --data demo
  divisor run methodologies/quality/us-large.toml --data ../data/us-large --to 2018-05-31
  divisor run methodologies/quality/world.toml --data demo --set select.top.count=150     prints, writes nothing
  divisor run family.toml#asia-quality --data demo                one variant of a rulebook with [[variant]] tables
  divisor run methodologies/quality/world.toml --data demo --edition 2026-11              one edition for all dates
  divisor run methodologies --data demo --due --as-of 2025-11-18       whatever is announced by then and not published

A folder runs the rulebooks whose parent the dataset has and lists the others. Results lie in
OUT/<index>/reviews/<effective date>/. Running again changes nothing unless something changed; a review that `divisor
apply` published is never replaced. With --due the weights at the effective close lie beside a review, in
effective.parquet, once that close is in the data.")]
pub(crate) struct RunArgs {
    /// Rulebooks, or folders of them
    #[arg(required = true, value_name = "RULEBOOK|DIR")]
    pub(crate) rulebooks: Vec<PathBuf>,
    /// Write pro formas, into OUT/<index>/pro-forma/
    #[arg(long)]
    pub(crate) pro_forma: bool,
    /// Do what is due by --as-of and not done, each index on its own
    #[arg(long, requires = "as_of")]
    pub(crate) due: bool,
    /// The day that --due goes by: a review is due from its announcement on
    #[arg(long, value_name = "DATE", requires = "due")]
    pub(crate) as_of: Option<Date>,
    /// With --due: publish anew what is effective from here on and comes out otherwise, saying why
    #[arg(long, value_name = "DATE", requires = "due")]
    pub(crate) changed_since: Option<Date>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor check methodologies
  divisor check methodologies/quality/world.toml --data demo      names are checked against the dataset too
  divisor check methodologies/quality/world.toml --format json
  divisor check --explain M0211                                   Q codes too: data quality")]
pub(crate) struct CheckArgs {
    /// Rulebooks, or folders of them
    #[arg(value_name = "RULEBOOK|DIR", required_unless_present = "explain")]
    pub(crate) rulebooks: Vec<PathBuf>,
    /// Say more about a code
    #[arg(long, value_name = "CODE")]
    pub(crate) explain: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor explain methodologies/quality/world.toml
  divisor explain methodologies/quality/world.toml --markdown > quality.md
  divisor explain family.toml#asia-quality                          one variant, with the lines and files of its rules
  divisor explain methodologies/quality/world.toml --edition 2026-11    [default: the last edition]
  divisor explain --functions                                       what every function of formulas means")]
pub(crate) struct ExplainArgs {
    /// The rulebook
    #[arg(
        value_name = "RULEBOOK",
        required_unless_present = "functions",
        conflicts_with = "functions"
    )]
    pub(crate) rulebook: Option<PathBuf>,
    /// The reference of all functions instead of a rulebook
    #[arg(long)]
    pub(crate) functions: bool,
    /// Markdown instead of plain text
    #[arg(long)]
    pub(crate) markdown: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor new asia-quality.toml --family quality --parent asia
  divisor new calm.toml --family low-volatility --name \"Calm Companies\"
  divisor new --family dividend/aristocrats                  to standard output

A family is a rulebook of the shipped library. The new one has comments, its own [[test]] tables, and passes `divisor check` and `divisor test` as it is.")]
pub(crate) struct NewArgs {
    /// The rulebook to write, else standard output; a file that is there stays as it is
    #[arg(value_name = "FILE.toml")]
    pub(crate) file: Option<PathBuf>,
    /// What it is made of
    #[arg(long, value_name = "FAMILY", value_parser = families())]
    pub(crate) family: String,
    /// Id of the index [default: the file's name, else the family's]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Name of the index [default: made of the id]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Universe it chooses from [default: that of the family]
    #[arg(long, value_name = "UNIVERSE")]
    pub(crate) parent: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor fmt methodologies/quality/world.toml
  divisor fmt methodologies --check                     exit code 1 where something is not laid out

Keys come in the order of the language, `=` is aligned within a block, one blank line stands between tables. Comments
stay above what they are written above; values over several lines keep their lines. No rule and no hash changes.")]
pub(crate) struct FmtArgs {
    /// Rulebooks, or folders of them
    #[arg(required = true, value_name = "RULEBOOK|DIR")]
    pub(crate) rulebooks: Vec<PathBuf>,
    /// Write nothing, say which are not laid out
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor test methodologies
  divisor test methodologies/quality/world.toml --format json
  divisor test methodologies/quality/world.toml --set select.top.count=2

A test is a tiny universe and what the rules must make of it:

  [[test]]
  id       = \"best-two-of-three\"
  universe = [
      { security_id = \"A\", market_cap = 100, dividend_yield = 0.02 },
      { security_id = \"B\", market_cap = 300, dividend_yield = 0.04 },
      { security_id = \"C\", market_cap = 200, dividend_yield = 0.03 },
  ]
  previous = [\"A\"]
  expect   = { members = [\"B\", \"C\"], weights = { B = 0.6, C = 0.4 }, reasons = { A = \"select\" } }

A column with the name of a variable states its value; otherwise `fundamentals` has the publications that history
functions read. `expect` knows members, weights, ranks, reasons, scores, variables, missing and fails.

Exit codes: 0 all pass, 1 a test failed, 2 a rulebook is wrong or needs what its test does not have.")]
pub(crate) struct TestArgs {
    /// Rulebooks, or folders of them
    #[arg(required = true, value_name = "RULEBOOK|DIR")]
    pub(crate) rulebooks: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor reviews methodologies/quality/world.toml --to 2027-12-31
  divisor reviews methodologies --data demo --format json")]
pub(crate) struct ReviewsArgs {
    /// Rulebooks, or folders of them
    #[arg(required = true, value_name = "RULEBOOK|DIR")]
    pub(crate) rulebooks: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CalendarArgs {
    #[command(subcommand)]
    pub(crate) verb: CalendarVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CalendarVerb {
    /// Sessions from --from to --to
    #[command(after_help = "\
Examples:
  divisor calendar sessions XNYS --from 2025-01-01 --to 2025-01-31 --format json
  divisor calendar sessions XNYS+XLON --from 2026-08-24 --to 2026-09-04     sessions of both

The table marks early closes, and what the exchange has not published yet as provisional. Special trading (weekends,
Muhurat) is no session: see `divisor calendar exceptions`.")]
    Sessions {
        /// Name of the calendar: an exchange's MIC, or weekdays; several joined by +
        #[arg(value_name = "MIC")]
        name: String,
    },
    /// Holidays, early closes and special trading from --from to --to, with their reasons
    #[command(after_help = "Example:\n  divisor calendar exceptions XBOM --from 2026-01-01 --to 2026-12-31")]
    Exceptions {
        /// Name of the calendar: an exchange's MIC, or weekdays; several joined by +
        #[arg(value_name = "MIC")]
        name: String,
    },
    /// The calendars there are, their years, and up to when they are published
    List,
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    #[command(subcommand)]
    pub(crate) verb: DataVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataVerb {
    /// Make a dataset from a world
    #[command(
        after_help = "Examples:\n  divisor data generate demo\n  divisor data generate data/worlds/demo.toml --out /tmp/demo"
    )]
    Generate {
        /// Name of a world, or a world file
        #[arg(value_name = "WORLD")]
        world: String,
        /// Replace the dataset if it is there already
        #[arg(long)]
        force: bool,
    },
    /// Write a dataset as it was known at a cut-off, with where each value comes from
    #[command(after_help = "\
Examples:
  divisor data freeze --data demo --cutoff 2025-10-31 --out frozen/demo-2025-10
  divisor run methodologies --data frozen/demo-2025-10 --to 2025-11-28     the same bytes as from the tables

Snapshots, publications, prices, actions, identifiers and classes known later are not in it. provenance.parquet has the
file and the publication of every value; freeze.json the BLAKE3 of every file in and out.")]
    Freeze {
        /// The last day whose knowledge goes in
        #[arg(long, value_name = "DATE")]
        cutoff: Date,
    },
    /// What a dataset holds: tables, dates, columns, units, coverage
    #[command(after_help = "Example:\n  divisor data describe --data demo")]
    Describe,
    /// Find everything that is or looks wrong with a dataset
    Check(DataCheckArgs),
    /// Bring published data into a dataset
    #[command(subcommand)]
    Import(ImportVerb),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportVerb {
    /// The US regulator's companyfacts: every figure of every filing, into `fundamentals`
    #[command(after_help = "\
Examples:
  divisor data import companyfacts companyfacts.zip --tickers company_tickers.json --out data/us
  divisor data import companyfacts CIK0000320193.json --out data/us
  divisor data import companyfacts facts/ --out data/us --config mine     mine/companyfacts.toml maps the concepts

Importing again does only what is not done yet, after an interruption too. What was dropped and why is printed, and
kept in DATASET/imports/companyfacts/ with the concept and filing that each value was made of.")]
    Companyfacts {
        /// A companyfacts file, a folder of them, or a zip
        #[arg(value_name = "SOURCE")]
        source: PathBuf,
        /// Security ids: `company_tickers.json`, or a CSV with the columns cik,ticker [default: CIK and ten digits]
        #[arg(long, value_name = "FILE")]
        tickers: Option<PathBuf>,
    },
    /// Kenneth French's CSV files: returns of factors or portfolios, into `returns`
    #[command(after_help = "\
Examples:
  divisor data import french F-F_Momentum_Factor.csv --set us-mom --vintage 2025-09 --out data/us
  divisor data import french 25_Portfolios_ME_VAR_5x5.csv --set size-variance-ew \\
      --vintage 2026-02 --out data/us --block \"Average Equal Weighted Returns -- Monthly\"

Of the blocks of a file the first with returns is taken; the others are counted as dropped.
Per cent become fractions (times 0.01), months are dated by their last day, -99.99 and -999 are
missing. Each publication is a vintage of its own: one that is there is never changed by another
file, unless --replace says so.")]
    French {
        /// CSV files as published, or one folder or zip of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Name of the set of factors or portfolios
        #[arg(long, value_name = "NAME")]
        set: String,
        /// When the files were published
        #[arg(long, value_name = "YYYY-MM[-DD]")]
        vintage: String,
        /// Another block than the first with returns: its title, or its number in the file
        #[arg(long, value_name = "TITLE|N")]
        block: Option<String>,
        /// Let the files take the place of other rows of the same vintage
        #[arg(long)]
        replace: bool,
    },
    /// Any CSV or Parquet extract by a mapping file, into any table
    #[command(after_help = "\
Examples:
  divisor data import table data/mappings/example-snapshots.toml --out data/vendor
  divisor data import table prices.toml prices-2024.csv prices-2025.csv --out data/vendor
  divisor data import table prices.toml extracts --out data/vendor     all .csv files of a folder

A mapping says how the source is written, which rows to keep and what becomes of which column:

  [csv]
  separator = \";\"
  missing   = [\"\", \"n.a.\"]
  [keep]
  Status = [\"Active\"]
  [prices]
  security_id = \"Ticker\"
  date        = { from = \"Trade Date\", date_format = \"%d/%m/%Y\" }
  close       = { from = \"Px Last (GBp)\", scale = \"0.01\" }

data/mappings/ has commented examples with every key. A cell that cannot be read is an error, and
all of them are told at once; rows that [keep] leaves out are counted. Importing again does only
what is not done yet.")]
    Table {
        /// The mapping
        #[arg(value_name = "MAPPING.toml")]
        mapping: PathBuf,
        /// Extracts, or one folder or zip of them [default: `files` of the mapping]
        #[arg(value_name = "SOURCE")]
        sources: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor data check --data demo                                  a table, and the worst of every check
  divisor data check --data demo --from 2020-01-01                only what became known since
  divisor data check --data demo --format csv > findings.csv      every finding
  divisor data check --data demo --out checked                    checked/findings.parquet too
  divisor data check --explain unadjusted-split                   what a check looks for, and its limits

A broken contract (D codes) is an error. Severity and limits of the other checks (Q codes) are those of checks.toml in
the --config folder, else the program's own. --from and --to are days on which a finding became known. Exit code 1 if
there is an error.")]
pub(crate) struct DataCheckArgs {
    /// Define a check, by code or name
    #[arg(long, value_name = "CHECK")]
    pub(crate) explain: Option<String>,
}
