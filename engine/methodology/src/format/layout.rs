//! Tables in their order, keys in the language's.

use super::scan::Item;
use super::value;

/// The order of keys by table; other keys come after these as written, but before `because`. Tables without an entry
/// keep their order.
const KEYS: [(&str, &[&str]); 27] = [
    (
        "index",
        &["id", "name", "parent", "edition", "base", "notional", "description"],
    ),
    (
        "review",
        &[
            "calendar",
            "months",
            "effective",
            "cutoff",
            "cutoffs",
            "announcement",
            "max_age",
            "overrides",
            "reweight",
        ],
    ),
    ("review.cutoffs", &["prices", "shares", "fundamentals", "risk"]),
    (
        "review.reweight",
        &["months", "effective", "cutoff", "cutoffs", "announcement", "because"],
    ),
    (
        "variant",
        &["id", "name", "parent", "edition", "base", "notional", "description"],
    ),
    (
        "edition",
        &["id", "valid_from", "name", "parent", "notional", "description"],
    ),
    ("screen", &["id", "keep", "missing", "because"]),
    (
        "score.*",
        &[
            "combine",
            "deviation",
            "winsorize",
            "clip",
            "over",
            "within",
            "of",
            "because",
        ],
    ),
    ("score.*.of", &["id", "variable", "score", "prefer", "missing"]),
    (
        "select.top",
        &[
            "count",
            "every",
            "fraction",
            "coverage",
            "rounding",
            "by",
            "prefer",
            "within",
            "buffer",
            "buffer_rounding",
            "ties",
        ],
    ),
    (
        "select.narrow",
        &["by", "order", "drop", "crossing", "least", "unfinished", "ties", "stop"],
    ),
    ("select.narrow.stop", &["id", "on", "of", "max", "min", "because"]),
    ("weight.inverse", &["variable"]),
    ("weight.tilted", &["base", "by"]),
    ("weight.tilted.by", &["score", "variable", "map"]),
    ("weight.neutral", &["within", "band", "empty"]),
    ("weight.measures", &["of", "missing", "zero", "negative", "float"]),
    (
        "limit",
        &[
            "id", "on", "of", "fallback", "least", "most", "max", "min", "within", "small", "empty", "because",
        ],
    ),
    ("weight.minimum-variance", OPTIMISED),
    ("weight.minimum-tracking-error", OPTIMISED),
    ("weight.maximum-exposure", OPTIMISED),
    ("weight.minimum-distance", OPTIMISED),
    ("risk.*", ESTIMATED),
    ("relax", &["id", "rule", "step", "to", "alternate", "last", "because"]),
    ("weight.minimum-distance.by", &["score", "variable", "map"]),
    (
        "test",
        &[
            "id",
            "because",
            "cutoff",
            "set",
            "previous",
            "universe",
            "fundamentals",
            "tolerance",
            "expect",
        ],
    ),
    (
        "test.expect",
        &[
            "members",
            "variables",
            "scores",
            "missing",
            "ranks",
            "weights",
            "reasons",
            "fails",
        ],
    ),
];

const OPTIMISED: &[&str] = &[
    "to",
    "by",
    "measure",
    "risk",
    "factor_aversion",
    "specific_aversion",
    "minimum_holding",
];

const ESTIMATED: &[&str] = &[
    "frequency",
    "window",
    "target",
    "groups",
    "styles",
    "factors",
    "half_life",
    "least_returns",
    "short_history",
    "max_age",
    "missing",
    "peers",
];

/// A table: comments above its header, the header, what is in it.
#[derive(Default)]
struct Table<'a> {
    above: Vec<&'a str>,
    header: Option<(&'a str, Option<&'a str>)>,
    blocks: Vec<Block<'a>>,
}

/// Lines without a blank line between them.
#[derive(Default)]
struct Block<'a> {
    pairs: Vec<Pair<'a>>,
    /// Comments below the last pair.
    below: Vec<&'a str>,
}

struct Pair<'a> {
    above: Vec<&'a str>,
    key: &'a str,
    value: &'a str,
    comment: Option<&'a str>,
}

pub(super) fn lay_out(items: &[Item<'_>]) -> String {
    let mut text = String::new();
    let mut group = String::new();
    for table in tables(items) {
        let path = table.header.map(|(header, _)| path(header)).unwrap_or_default();
        let belongs = !group.is_empty() && path.starts_with(&format!("{group}.")) && table.above.is_empty();
        if !belongs {
            group.clone_from(&path);
            blank_line(&mut text);
        }
        push_table(&table, &path, &mut text);
    }
    text
}

fn blank_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// Splits items into tables; comments right above a header are the header's.
fn tables<'a>(items: &[Item<'a>]) -> Vec<Table<'a>> {
    let mut tables = vec![Table::default()];
    let mut comments: Vec<&'a str> = Vec::new();
    let mut block = Block::default();
    for item in items {
        match item {
            Item::Comment(comment) => comments.push(comment),
            Item::Pair { key, value, comment } => block.pairs.push(Pair {
                above: std::mem::take(&mut comments),
                key,
                value,
                comment: *comment,
            }),
            Item::Blank => {
                block.below.append(&mut comments);
                end_block(&mut tables, &mut block);
            }
            Item::Header { text, comment } => {
                end_block(&mut tables, &mut block);
                tables.push(Table {
                    above: std::mem::take(&mut comments),
                    header: Some((text, *comment)),
                    blocks: Vec::new(),
                });
            }
        }
    }
    block.below.append(&mut comments);
    end_block(&mut tables, &mut block);
    tables.retain(|table| table.header.is_some() || !table.blocks.is_empty());
    tables
}

fn end_block<'a>(tables: &mut [Table<'a>], block: &mut Block<'a>) {
    let block = std::mem::take(block);
    if let Some(table) = tables
        .last_mut()
        .filter(|_| !block.pairs.is_empty() || !block.below.is_empty())
    {
        table.blocks.push(block);
    }
}

/// `score.quality.of` of `[[score.quality.of]]`.
fn path(header: &str) -> String {
    let inside = header.trim_matches(['[', ']']);
    inside.split('.').map(str::trim).collect::<Vec<_>>().join(".")
}

fn push_table(table: &Table<'_>, path: &str, text: &mut String) {
    for comment in &table.above {
        text.extend([comment, "\n"]);
    }
    if let Some((header, comment)) = table.header {
        let brackets = if header.starts_with("[[") {
            ("[[", "]]")
        } else {
            ("[", "]")
        };
        text.extend([brackets.0, path, brackets.1]);
        text.extend(comment.into_iter().flat_map(|comment| [" ", comment]));
        text.push('\n');
    }
    let keys = keys_of(path);
    for (at, block) in table.blocks.iter().enumerate() {
        if at > 0 || (table.header.is_some() && block.pairs.is_empty()) {
            blank_line(text);
        }
        push_block(block, keys, text);
    }
}

fn keys_of(path: &str) -> &'static [&'static str] {
    // Rules of a variant or edition are laid out as those of a rulebook.
    let rules = ["variant.", "edition."]
        .iter()
        .find_map(|block| path.strip_prefix(block));
    let parts: Vec<&str> = rules.unwrap_or(path).split('.').collect();
    let found = KEYS.iter().find(|(pattern, _)| {
        let pattern: Vec<&str> = pattern.split('.').collect();
        pattern.len() == parts.len()
            && pattern
                .iter()
                .zip(&parts)
                .all(|(known, part)| *known == "*" || known == part)
    });
    found.map_or(&[], |(_, keys)| keys)
}

fn push_block(block: &Block<'_>, keys: &[&str], text: &mut String) {
    let mut pairs: Vec<&Pair<'_>> = block.pairs.iter().collect();
    pairs.sort_by_key(|pair| match keys.iter().position(|key| *key == pair.key) {
        Some(at) if pair.key == "because" && at + 1 == keys.len() => keys.len() + 1,
        Some(at) => at,
        None => keys.len(),
    });
    let width = pairs.iter().map(|pair| pair.key.chars().count()).max().unwrap_or(0);
    for pair in pairs {
        for comment in &pair.above {
            text.extend([comment, "\n"]);
        }
        text.push_str(&format!("{:<width$} = {}", pair.key, value::lay_out(pair.value)));
        text.extend(pair.comment.into_iter().flat_map(|comment| [" ", comment]));
        text.push('\n');
    }
    for comment in &block.below {
        text.extend([comment, "\n"]);
    }
}
