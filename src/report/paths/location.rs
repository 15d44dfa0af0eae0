//! Matches relative paths from the folder of the report, or the folder in which the command ran.

use std::collections::BTreeSet;

use crate::report::paths::answer::{How, Why};
use crate::report::paths::search::{Answer, Kind, Search, best};
use crate::report::paths::spelling::join;
use crate::report::paths::tracked::Located;

impl Search<'_, '_> {
    /// Finds the relative paths below the nearest folder that explains all of them.
    pub(super) fn by_location(&mut self) {
        if !self.relative_known {
            self.below_a_folder(&[String::new()], How::Folder);
        }
    }

    /// Finds the relative paths below some roots, which are themselves relative to the nearest
    /// folder that explains all paths. Returns whether there is one.
    pub(super) fn below_a_folder(&mut self, roots: &[String], how: How) -> bool {
        let relative = |kinds: &[Kind]| -> Vec<usize> {
            let open = self.paths.iter().enumerate();
            let open = open.filter(|(_, path)| {
                path.is_open() && path.is_relative() && kinds.contains(&path.kind)
            });
            open.map(|(index, _)| index).collect()
        };
        let open =
            relative(if how == How::Folder { &[Kind::File] } else { &[Kind::File, Kind::Package] });
        let mut evidence: Vec<usize> =
            open.iter().copied().filter(|&at| self.paths[at].origin.is_none()).collect();
        if evidence.is_empty() {
            evidence.clone_from(&open);
        }

        let folders = self.folders_upwards();
        let places: Vec<Vec<String>> = folders
            .iter()
            .map(|folder| roots.iter().map(|root| join(folder, root)).collect())
            .collect();
        let explained: Vec<BTreeSet<usize>> = places
            .iter()
            .map(|places| {
                evidence
                    .iter()
                    .copied()
                    .filter(|&at| !self.files_below(places, at).is_empty())
                    .collect()
            })
            .collect();
        let all: BTreeSet<usize> = explained.iter().flatten().copied().collect();
        if how == How::Folder && all.len() < evidence.len() && self.one_change_explains(&evidence) {
            return false;
        }
        if all.is_empty() {
            self.leave_what_is_another_repositorys(&open);
            return false;
        }

        let whole = explained.iter().position(|explained| *explained == all);
        let places = whole.map_or_else(|| places.concat(), |at| places[at].clone());
        for &at in &open {
            self.settle_below(&places, at, how);
        }
        self.relative_known = true;
        true
    }

    /// The files that a path names below any of some folders.
    pub(super) fn files_below(&self, folders: &[String], at: usize) -> BTreeSet<usize> {
        let path = &self.paths[at];
        folders.iter().filter_map(|folder| self.locate_below(folder, path).file()).collect()
    }

    /// Matches a path if it names exactly one file below some folders.
    pub(super) fn settle_below(&mut self, folders: &[String], at: usize, how: How) {
        let files = self.files_below(folders, at);
        if files.len() > 1 {
            self.paths[at].answer = Some(Answer::Left(Why::Ambiguous(self.named(&files))));
            return;
        }
        let located = best(folders.iter().map(|folder| self.locate_below(folder, &self.paths[at])));
        let keep = self.paths[at].kind == Kind::Package && located.file().is_none();
        if !keep {
            Self::settle(&mut self.paths[at], located, how);
        }
    }

    /// Marks the paths that a symlink or a submodule leads out of this repository, if no file was
    /// found.
    fn leave_what_is_another_repositorys(&mut self, open: &[usize]) {
        let folders = self.folders_upwards();
        for &at in open {
            let located =
                best(folders.iter().map(|folder| self.locate_below(folder, &self.paths[at])));
            if matches!(located, Located::Out | Located::Submodule) {
                Self::settle(&mut self.paths[at], located, How::Folder);
            }
        }
    }
}
