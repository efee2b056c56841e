//! Circles among things that depend on each other by name.

use std::collections::{BTreeMap, BTreeSet};

/// What each name depends on.
pub(super) type Graph = BTreeMap<String, Vec<String>>;

/// The circles of a graph, each as the names along it from the first in text order. A name is in at most one of them,
/// so that a circle is reported once; names that only lead to a circle are in none.
pub(super) fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let mut circles: Vec<Vec<String>> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for start in graph.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(circle) = shortest(graph, start) {
            seen.extend(circle.iter().cloned());
            circles.push(circle);
        }
    }
    circles
}

/// The shortest way from a name back to itself, breadth first.
fn shortest(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut ways: Vec<Vec<String>> = vec![vec![start.to_owned()]];
    let mut reached: BTreeSet<String> = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| graph.get(last)).into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if reached.insert(next.clone()) {
                    let mut way = way.clone();
                    way.push(next.clone());
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// `break the circle: a → b → a`.
pub(super) fn around(circle: &[String]) -> String {
    let names: Vec<String> = circle
        .iter()
        .chain(circle.first())
        .map(|name| format!("`{name}`"))
        .collect();
    format!("break the circle {}", names.join(" → "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let edges = edges.iter();
        edges
            .map(|(from, to)| ((*from).to_owned(), to.iter().map(|name| (*name).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn each_circle_is_found_once_and_what_leads_to_it_is_none() {
        let found = circles(&graph(&[
            ("a", &["b"]),
            ("b", &["c", "x"]),
            ("c", &["b"]),
            ("d", &["d"]),
            ("e", &["a", "d"]),
        ]));
        assert_eq!(found, [vec!["b", "c"], vec!["d"]]);
        assert_eq!(around(&found[0]), "break the circle `b` → `c` → `b`");
        assert!(circles(&graph(&[("a", &["b"]), ("b", &[])])).is_empty());
    }
}
