//! Shipped rulebooks that a new one can begin with: the files themselves, compiled in, and no copies of them.

use clap::builder::{PossibleValue, PossibleValuesParser};

/// A shipped rulebook that stands alone: it extends no file and has no index as its parent.
pub(crate) struct Shipped {
    /// Its folder, with its name where the folder has several and it is not `world`.
    pub(crate) family: &'static str,
    pub(crate) text: &'static str,
}

macro_rules! shipped {
    ($family:literal) => {
        shipped!($family, concat!($family, "/world"))
    };
    ($family:literal, $path:expr) => {
        Shipped {
            family: $family,
            text: include_str!(concat!("../../methodologies/", $path, ".toml")),
        }
    };
}

/// All of them, by family.
pub(crate) const LIBRARY: [Shipped; 24] = [
    shipped!("cap-weighted"),
    shipped!("capped", "capped/switzerland"),
    shipped!("dividend/aristocrats", "dividend/aristocrats"),
    shipped!("dividend/high-yield", "dividend/high-yield"),
    shipped!("dividend/quality-growth", "dividend/quality-growth"),
    shipped!("equal-weight"),
    shipped!("exclusions", "exclusions/us-large"),
    shipped!("fundamental"),
    shipped!("funds", "funds/income-basket"),
    shipped!("growth", "growth/quality-growth"),
    shipped!("low-volatility"),
    shipped!("low-volatility/calmest-100", "low-volatility/calmest-100"),
    shipped!("minimum-volatility"),
    shipped!("momentum"),
    shipped!("multi-factor/bottom-up", "multi-factor/bottom-up"),
    shipped!("multi-factor/narrow", "multi-factor/narrow"),
    shipped!("multi-factor/tilt-tilt", "multi-factor/tilt-tilt"),
    shipped!("quality"),
    shipped!("quality-value", "quality-value/gate-rescore"),
    shipped!("risk-weighted"),
    shipped!("size"),
    shipped!("value/enhanced", "value/enhanced"),
    shipped!("value/fundamentals", "value/fundamentals"),
    shipped!("value/pure", "value/pure"),
];

impl Shipped {
    /// What `--family` names.
    pub(crate) fn of(family: &str) -> Option<&'static Self> {
        LIBRARY.iter().find(|shipped| shipped.family == family)
    }

    /// The first sentence of its comment.
    fn summary(&self) -> String {
        let comment = self.text.lines().filter_map(|line| line.strip_prefix("# "));
        let text = comment.collect::<Vec<_>>().join(" ");
        let end = text.find(". ").or(text.find("; "));
        text[..end.unwrap_or(text.len())].to_owned()
    }
}

/// What `--family` takes, with what each is.
pub(crate) fn families() -> PossibleValuesParser {
    let family = |shipped: &Shipped| PossibleValue::new(shipped.family).help(shipped.summary());
    PossibleValuesParser::new(LIBRARY.iter().map(family))
}
