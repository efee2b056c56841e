//! The closest known name to a misspelt one.

/// The candidate that is most likely meant, if any is close. Equally close ones: the first in text order.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = strsim::osa_distance(&name.to_lowercase(), &candidate.to_lowercase());
        let allowed = (name.chars().count().max(candidate.chars().count()) / 3).max(1);
        let better = best.is_none_or(|(least, known)| (distance, candidate) < (least, known));
        if distance <= allowed && better {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        assert_eq!(closest("winsorise", ["combine", "winsorize"]), Some("winsorize"));
        assert_eq!(
            closest("retrun_on_equity", ["return_on_equity"]),
            Some("return_on_equity")
        );
        assert_eq!(closest("weight", ["select", "limit"]), None);
    }
}
