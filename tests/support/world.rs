//! The small generated world and the results of one plain run over it, shared by the tests that hold it at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{Divisor, Folder, contents, tests};

/// Indexes of `tests/rulebooks`, by file name.
pub(crate) const RULEBOOKS: [&str; 6] = ["calm", "child", "fundamental", "optimised", "quality", "vendor"];

/// Reviews of all rulebooks up to here use every snapshot the world has.
const TO: &str = "2016-12-31";

/// Read-only: tests that change data copy it first.
pub(crate) struct World {
    folder: Folder,
    /// Every published file of the plain run.
    pub(crate) published: BTreeMap<String, Vec<u8>>,
}

/// The world, made by the first test that asks and removed with the last that holds it.
pub(crate) fn small() -> Arc<World> {
    static HELD: Mutex<Weak<World>> = Mutex::new(Weak::new());
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.upgrade().unwrap_or_else(|| {
        let made = Arc::new(World::new());
        *held = Arc::downgrade(&made);
        made
    })
}

impl World {
    fn new() -> Self {
        let folder = Folder::new();
        Divisor::new(folder.path())
            .args("data generate --out small")
            .arg(tests("worlds/small.toml"))
            .succeed();
        let mut world = Self {
            folder,
            published: BTreeMap::new(),
        };
        world.all().succeed();
        world.published = contents(&world.out());
        world
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The dataset.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("small")
    }

    /// The results of the plain run.
    pub(crate) fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// A run of all rulebooks over the whole world, into `out` of the world's folder unless told otherwise.
    fn all(&self) -> Divisor {
        self.run(self.folder.path()).args("--to").arg(TO)
    }

    /// A run of all rulebooks in a folder of the caller's.
    pub(crate) fn run(&self, folder: &std::path::Path) -> Divisor {
        Divisor::new(folder)
            .arg("run")
            .arg(tests("rulebooks"))
            .arg("--data")
            .arg(self.data())
    }

    /// The published files of reviews effective in a range, both ends included.
    pub(crate) fn effective(&self, from: &str, to: &str) -> BTreeMap<String, Vec<u8>> {
        let within = |name: &str| {
            let effective = name.split('/').nth(2).unwrap_or_default();
            (from..=to).contains(&effective)
        };
        let kept = self.published.iter().filter(|(name, _)| within(name));
        kept.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    }
}
