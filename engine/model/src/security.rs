//! Security ids as small integers.

use std::collections::HashMap;

/// Position of a security in [`Securities`]; ascending index is ascending `security_id`.
pub type SecurityIndex = u32;

/// All securities a run knows, sorted by id, so that an index order is the canonical order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Securities {
    ids: Vec<String>,
}

impl Securities {
    /// From ids in any order, repeats allowed.
    pub fn new(mut ids: Vec<String>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self { ids }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The id of an index handed out by this table.
    pub fn id(&self, index: SecurityIndex) -> &str {
        &self.ids[index as usize]
    }

    /// The index of an id, if it is known.
    pub fn index(&self, id: &str) -> Option<SecurityIndex> {
        self.ids
            .binary_search_by(|known| known.as_str().cmp(id))
            .ok()
            .map(|index| index as SecurityIndex)
    }

    /// All ids in canonical order.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// A hash table over the ids, for looking up many of them.
    pub fn lookup(&self) -> HashMap<&str, SecurityIndex> {
        let numbered = self.ids.iter().enumerate();
        numbered
            .map(|(index, id)| (id.as_str(), index as SecurityIndex))
            .collect()
    }
}
