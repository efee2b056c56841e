//! What differs between two manifests of one review, in words.

use serde_json::Value;

/// Keys that say what a review was made of, with what they are called.
const INGREDIENTS: [(&str, &str); 7] = [
    ("engine_version", "the engine's version"),
    ("methodology_hash", "the rulebook"),
    ("calendar_hash", "the calendar"),
    ("configuration_hash", "the configuration (checks.toml)"),
    ("discretion", "the decisions of the committee"),
    ("dataset", "the dataset's name"),
    ("snapshot", "the snapshot"),
];

/// What differs, causes first: dates, warnings and results are named only where nothing that went in differs. Empty
/// where the two are the same but for their links to other manifests.
pub(crate) fn changes(then: &Value, now: &Value) -> Vec<String> {
    if then.is_null() {
        return vec!["manifest.json: cannot be read".to_owned()];
    }
    let mut found: Vec<String> = INGREDIENTS
        .iter()
        .filter(|(key, _)| then[*key] != now[*key])
        .map(|(key, words)| format!("{words}: {} then, {} now", short(&then[*key]), short(&now[*key])))
        .collect();
    found.extend(tables(&then["inputs"], &now["inputs"]));
    if !found.is_empty() {
        return found;
    }
    if then["rulebook"] != now["rulebook"] {
        found.push("the rulebook's text (its rules are the same)".to_owned());
    }
    for (name, hash) in both(&then["outputs"], &now["outputs"]) {
        if hash.0 != hash.1 {
            found.push(format!("{name}: another result from the same inputs"));
        }
    }
    if found.is_empty() {
        let links = ["previous_manifest_hash", "supersedes", "outputs", "rulebook"];
        let other = both(then, now)
            .into_iter()
            .filter(|(name, (then, now))| then != now && !links.contains(&name.as_str()));
        found.extend(other.map(|(name, (then, now))| format!("{name}: {} then, {} now", short(then), short(now))));
    }
    found
}

/// Tables whose usable rows differ.
fn tables(then: &Value, now: &Value) -> Vec<String> {
    let differ = both(then, now).into_iter().filter(|(_, (then, now))| {
        ["content_hash", "columns", "rows", "unresolved_rows"]
            .iter()
            .any(|key| then[*key] != now[*key])
    });
    differ
        .map(|(table, (then, now))| {
            let rows = |of: &Value| of["rows"].as_u64().map_or("none".to_owned(), |rows| rows.to_string());
            let what = if then["columns"] == now["columns"] {
                "rows"
            } else {
                "columns or rows"
            };
            format!(
                "the table `{table}`: other {what} usable at the cut-off ({} then, {} now)",
                rows(then),
                rows(now)
            )
        })
        .collect()
}

/// The values of all keys of two objects, by key.
fn both<'a>(then: &'a Value, now: &'a Value) -> Vec<(String, (&'a Value, &'a Value))> {
    let keys = |of: &'a Value| of.as_object().into_iter().flat_map(|fields| fields.keys());
    let mut names: Vec<&String> = keys(then).chain(keys(now)).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| (name.clone(), (&then[name.as_str()], &now[name.as_str()])))
        .collect()
}

/// A value on one line; of a hash its beginning.
fn short(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.len() == 64 => format!("{}…", &text[..8]),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("{} entries", list.len()),
        other => {
            let text = other.to_string();
            text.chars().take(60).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn causes_hide_what_follows_from_them() {
        let then = json!({
            "engine_version": "1", "methodology_hash": "a", "inputs": { "prices": { "content_hash": "p", "rows": 3 } },
            "outputs": { "turnover.parquet": "x" }, "warnings": [], "previous_manifest_hash": "m"
        });
        let mut now = then.clone();
        now["previous_manifest_hash"] = json!("n");
        assert!(changes(&then, &now).is_empty());
        now["outputs"]["turnover.parquet"] = json!("y");
        assert_eq!(
            changes(&then, &now),
            ["turnover.parquet: another result from the same inputs"]
        );
        now["inputs"]["prices"]["content_hash"] = json!("q");
        assert_eq!(
            changes(&then, &now),
            ["the table `prices`: other rows usable at the cut-off (3 then, 3 now)"]
        );
        now["methodology_hash"] = json!("b");
        assert_eq!(changes(&then, &now)[0], "the rulebook: a then, b now");
    }
}
