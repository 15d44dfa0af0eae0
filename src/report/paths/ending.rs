//! Matches endings: of the project's own package if it is installed, and of any path if no root is
//! known.

use std::collections::BTreeSet;

use crate::report::paths::answer::{How, Why};
use crate::report::paths::dependencies::Origin;
use crate::report::paths::search::{Answer, Kind, Path, Search, convincing, start};

impl Search<'_, '_> {
    /// Finds the files of installed packages that are the project's own: the text after the
    /// environment's folder is the ending of exactly one tracked file, and does not begin inside
    /// one of its packages.
    pub(super) fn by_installed_package(&mut self) {
        for at in 0..self.paths.len() {
            let path = &self.paths[at];
            let (Some(Origin::Installed { rest, .. }), true) = (&path.origin, path.is_open())
            else {
                continue;
            };
            let files: BTreeSet<usize> = self
                .tracked
                .suffixes
                .ending_with(rest)
                .filter(|&file| self.begins_a_package(file, rest))
                .collect();
            self.paths[at].answer = match files.len() {
                0 => None,
                1 => files.first().map(|&file| Answer::Found(file, How::Installed)),
                _ => Some(Answer::Left(Why::Ambiguous(self.named(&files)))),
            };
        }
        for path in self.paths.iter_mut().filter(|path| path.is_open() && path.origin.is_some()) {
            path.leave(Why::Unknown);
        }
    }

    /// Whether an ending of a file begins at a folder from which packages are installed, which is
    /// not a package itself. A module that is a single file must be in a folder where projects keep
    /// their sources.
    fn begins_a_package(&self, file: usize, rest: &str) -> bool {
        let own = &self.tracked.paths[file];
        let folder = start(own, rest.split('/').count()).trim_end_matches('/');
        if rest.contains('/') {
            return folder.is_empty() || !self.tracked.has_file(&format!("{folder}/__init__.py"));
        }
        let name = folder.rsplit('/').next().unwrap_or_default();
        let states = |manifest: &str| self.tracked.has_file(&format!("{folder}/{manifest}"));
        folder.is_empty()
            || ["src", "lib", "python"].contains(&name)
            || states("pyproject.toml")
            || states("setup.py")
    }

    /// If no root is known, finds files by an ending that no other tracked file has: the whole
    /// tracked path, the whole reported path, or two segments.
    pub(super) fn by_ending(&mut self) {
        if self.root_is_known() {
            for path in self.paths.iter_mut().filter(|path| path.is_open()) {
                path.leave(Why::Untracked);
            }
            return;
        }
        for at in 0..self.paths.len() {
            let path = &self.paths[at];
            if path.is_evidence() && path.kind != Kind::Package {
                let answer = self.ending(path);
                self.paths[at].answer = answer;
            }
        }
    }

    fn ending(&self, path: &Path<'_>) -> Option<Answer> {
        let mut answer = None;
        let mut most = 0;
        for form in path.canonical() {
            let form = self.folded(form);
            let Some(longest) =
                self.suffixes().longest(&form).filter(|longest| longest.segments > most)
            else {
                continue;
            };
            let is_sound = |&file: &usize| {
                let own = self.folded(&self.tracked.paths[file]);
                self.is_below_given_root(file) && convincing(&form, &own, longest.segments)
            };
            let sound: BTreeSet<usize> = longest.indices().filter(is_sound).collect();
            let found = match sound.len() {
                0 => continue,
                1 => sound.first().map(|&file| Answer::Found(file, How::Ending)),
                _ => Some(Answer::Left(Why::Ambiguous(self.named(&sound)))),
            };
            (answer, most) = (found, longest.segments);
        }
        answer
    }
}
