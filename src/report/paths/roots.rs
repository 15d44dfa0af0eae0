//! Matches paths below named roots: the work tree's own folder, and the roots that the report
//! names.

use std::collections::BTreeSet;

use crate::report::paths::answer::{How, Why};
use crate::report::paths::search::{Answer, Known, Search, best};
use crate::report::paths::spelling::{below, folder, is_absolute, join};

/// The repository's root in a deterministic .NET build
/// (<https://github.com/dotnet/sourcelink/tree/main/docs#deterministicsourcepaths>).
const DETERMINISTIC: &str = "/_";

impl Search<'_, '_> {
    /// Finds the absolute paths in the work tree. A path there that git does not track is not ours,
    /// whatever its ending.
    pub(super) fn below_the_work_tree(&mut self) {
        let trees = self.evidence.work_trees.iter().map(|tree| folder(tree));
        let trees: Vec<String> = trees.chain([DETERMINISTIC.to_owned()]).collect();
        for at in 0..self.paths.len() {
            let path = &self.paths[at];
            if !path.is_open() || path.is_relative() {
                continue;
            }
            let Some(tree) =
                trees.iter().find(|tree| self.below(path.spelling.canonical(), tree).is_some())
            else {
                continue;
            };
            let forms = path.spelling.forms.iter().filter_map(|form| self.below(form, tree));
            let located = best(forms.map(|rest| self.tracked.locate(rest, self.fold)));
            if tree == DETERMINISTIC {
                Self::settle(&mut self.paths[at], located, How::Name);
                continue;
            }
            Self::settle(&mut self.paths[at], located, How::WorkTree);
            let known =
                Known { from: format!("{}/", tree.trim_end_matches('/')), to: String::new() };
            if !self.absolute_roots.contains(&known) {
                self.absolute_roots.push(known);
            }
        }
    }

    /// Finds the relative paths below the roots that the report names. Roots of another machine are
    /// joined with the paths, and a change of root is searched for later. If no root is a folder of
    /// the repository, the roots are ignored.
    pub(super) fn by_named_roots(&mut self) {
        if self.evidence.roots.is_empty() || self.evidence.root.is_some() {
            return;
        }
        let roots: BTreeSet<String> = self.evidence.roots.iter().map(|root| folder(root)).collect();
        let (absolute, relative): (Vec<String>, Vec<String>) =
            roots.into_iter().partition(|root| is_absolute(root));
        let (here, elsewhere) = self.in_the_work_tree(absolute);

        let placed = !here.is_empty() && self.below_known_folders(&here);
        let relative: Vec<String> =
            relative.into_iter().filter(|root| self.is_folder(root)).collect();
        let found =
            placed || !relative.is_empty() && self.below_a_folder(&relative, How::NamedRoot);
        if found || elsewhere.is_empty() {
            return;
        }
        for path in self.paths.iter_mut().filter(|path| path.is_open() && path.is_relative()) {
            path.joined =
                elsewhere.iter().map(|root| join(root, path.spelling.canonical())).collect();
        }
        self.by_change_of_root();
        for path in &mut self.paths {
            path.joined.clear();
        }
    }

    /// Separates the absolute roots that are folders of the work tree, as paths of the repository,
    /// from the others.
    fn in_the_work_tree(&self, roots: Vec<String>) -> (Vec<String>, Vec<String>) {
        let trees: Vec<String> = self.evidence.work_trees.iter().map(|tree| folder(tree)).collect();
        let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
        for root in roots {
            match trees.iter().find_map(|tree| self.below(&root, tree)) {
                Some(own) => here.push(own.to_owned()),
                None => elsewhere.push(root),
            }
        }
        (here, elsewhere)
    }

    /// Finds relative paths below folders of the repository that the report names. Returns whether
    /// any was found.
    fn below_known_folders(&mut self, folders: &[String]) -> bool {
        let open =
            self.paths.iter().enumerate().filter(|(_, path)| path.is_open() && path.is_relative());
        let open: Vec<usize> = open.map(|(at, _)| at).collect();
        let found = open.iter().any(|&at| !self.files_below(folders, at).is_empty());
        for at in open.into_iter().filter(|_| found) {
            self.settle_below(folders, at, How::NamedRoot);
        }
        self.relative_known |= found;
        found
    }

    /// Whether a relative root is a folder of the repository, starting from any of the folders at
    /// which it may start.
    fn is_folder(&self, root: &str) -> bool {
        self.folders_upwards().iter().any(|start| {
            let place = join(start, root);
            place.is_empty() || self.tracked.has_folder(&place)
        })
    }

    /// The rest of a path below a folder. Letter case is ignored for Windows.
    pub(super) fn below<'s>(&self, path: &'s str, folder: &str) -> Option<&'s str> {
        let same = below(path, folder);
        let start = path.get(..folder.len()).filter(|_| self.fold);
        same.or_else(|| {
            let start = start.filter(|start| start.eq_ignore_ascii_case(folder))?;
            below(path, start)
        })
    }

    /// Matches a path if replacing `from` with `to` leads to exactly one file.
    pub(super) fn settle_moved(&mut self, at: usize, root: &Known, how: How) {
        let files = self.files_moved(at, root);
        if files.len() > 1 {
            self.paths[at].answer = Some(Answer::Left(Why::Ambiguous(self.named(&files))));
            return;
        }
        let moved = self.moved(at, root);
        let located = best(moved.iter().map(|moved| self.tracked.locate(moved, self.fold)));
        Self::settle(&mut self.paths[at], located, how);
    }

    /// The files that a path leads to if `from` is replaced with `to`. The spellings of a path name
    /// one file, the most literal one that is tracked, but each root that it may be below is an
    /// alternative.
    pub(super) fn files_moved(&self, at: usize, root: &Known) -> BTreeSet<usize> {
        let most = if self.paths[at].joined.is_empty() { 1 } else { usize::MAX };
        let moved = self.moved(at, root);
        moved
            .iter()
            .filter_map(|moved| self.tracked.locate(moved, self.fold).file())
            .take(most)
            .collect()
    }

    /// The paths of the repository that a path becomes if `from` is replaced with `to`. Empty if it
    /// does not start with `from`.
    pub(super) fn moved(&self, at: usize, root: &Known) -> Vec<String> {
        let path = &self.paths[at];
        let forms = if path.joined.is_empty() { &path.spelling.forms } else { &path.joined };
        let rest = forms.iter().filter_map(|form| self.without(form, &root.from));
        rest.map(|rest| join(&root.to, rest)).collect()
    }

    /// The path without its beginning.
    fn without<'s>(&self, path: &'s str, start: &str) -> Option<&'s str> {
        let (head, rest) = path.split_at_checked(start.len())?;
        (head == start || self.fold && head.eq_ignore_ascii_case(start)).then_some(rest)
    }
}
