//! Makes sure that two paths of one report never merge into one file silently.

use std::collections::BTreeMap;

use crate::report::paths::answer::{How, Why};
use crate::report::paths::search::{Answer, Search};

impl Search<'_, '_> {
    /// Rejects a path if another path of the report matches the same file with better evidence, and
    /// all of them if the evidence is equally good. Spellings of one path, symlinks and installed
    /// copies are allowed to match one file.
    pub(super) fn refuse_merges(&mut self) {
        let mut by_file: BTreeMap<usize, Vec<(How, usize)>> = BTreeMap::new();
        for (at, path) in self.paths.iter().enumerate() {
            if let Some(Answer::Found(file, how)) = path.answer {
                by_file.entry(file).or_default().push((how, at));
            }
        }
        for (file, mut paths) in by_file {
            paths.retain(|(how, _)| !how.is_alias());
            paths.sort_unstable();
            let Some(&(best, first)) = paths.first() else { continue };
            let same = |at: usize| self.same_place(first, at);
            if paths.iter().all(|(_, at)| same(*at)) {
                continue;
            }
            let tied = paths.iter().any(|(how, at)| *how == best && !same(*at));
            let own = self.tracked.paths[file].clone();
            let left: Vec<usize> =
                paths.iter().filter(|(_, at)| tied || !same(*at)).map(|(_, at)| *at).collect();
            for at in left {
                self.paths[at].answer = Some(Answer::Left(Why::SameFile(own.clone())));
            }
        }
    }

    fn same_place(&self, one: usize, other: usize) -> bool {
        let (one, other) =
            (self.paths[one].spelling.canonical(), self.paths[other].spelling.canonical());
        one == other || self.fold && one.to_lowercase() == other.to_lowercase()
    }
}
