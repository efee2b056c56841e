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
