//! The closest known name to a misspelt one, in words.

pub use divisor_model::closest;

/// `did you mean ...?`, or what there is to choose from when nothing is close and the choice is short.
pub(crate) fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(found) = closest(name, candidates.clone()) {
        return format!("did you mean `{found}`?");
    }
    let all: Vec<&str> = candidates.into_iter().collect();
    if all.is_empty() || all.len() > 16 {
        return String::new();
    }
    format!(
        "known here: {}",
        all.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
    )
}

/// `"a", "b" or "c"`.
pub(crate) fn in_quotes(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
