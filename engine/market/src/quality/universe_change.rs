//! Q0503 `universe-change`.

use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0503",
    name: "universe-change",
    definition: "More than `fraction` of the names of a snapshot's parent were not in the parent of the snapshot before, \
                 or more than `fraction` of that one's names are gone (in a run: of the review before): ids of another \
                 vendor, a truncated file. Parents with fewer than `names` names before are not judged.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) fraction: f64,
    pub(crate) names: usize,
}

/// How a universe changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) before: usize,
    pub(crate) now: usize,
    pub(crate) kept: usize,
}

impl Change {
    /// The larger of the fraction that is new and the fraction that is gone, where it is beyond the limit.
    pub(crate) fn breaks(&self, limits: &Limits) -> Option<f64> {
        if self.before < limits.names {
            return None;
        }
        let new = (self.now - self.kept) as f64 / self.now.max(1) as f64;
        let gone = (self.before - self.kept) as f64 / self.before as f64;
        Some(new.max(gone)).filter(|changed| *changed > limits.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coming_and_going_count_alike() {
        let limits = Limits {
            fraction: 0.3,
            names: 10,
        };
        let change = |before, now, kept| Change { before, now, kept }.breaks(&limits);
        assert_eq!(change(100, 100, 90), None);
        assert_eq!(change(100, 50, 50), Some(0.5));
        assert_eq!(change(50, 100, 50), Some(0.5));
        assert_eq!(change(9, 9, 0), None);
    }
}
