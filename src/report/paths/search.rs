//! The state of matching one report's paths, and the lookups that all evidence shares.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::paths::answer::{How, Match, Matching, Why};
use crate::report::paths::dependencies::{Origin, origin};
use crate::report::paths::spelling::{
    Spelling, Start, as_drive, below, ending, folder, has_drive, is_absolute, join,
};
use crate::report::paths::suffixes::{Suffixes, shared_segments};
use crate::report::paths::tracked::{Located, Tracked};
use crate::report::paths::{Evidence, Naming, nearest};

/// The extensions of languages whose folders are packages.
const OF_PACKAGES: [&str; 6] = ["java", "kt", "kts", "scala", "groovy", "clj"];

/// The kind of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file, below some folder.
    File,
    /// A file of a Go package.
    Import,
    /// A file of a package of the JVM, below some source root.
    Package,
}

/// The result for a path.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// The index of a tracked file, and the evidence.
    Found(usize, How),
    /// No file.
    Left(Why),
}

/// A path of the report that is being matched.
pub(super) struct Path<'p> {
    pub(super) reported: &'p str,
    pub(super) spelling: Spelling,
    pub(super) kind: Kind,
    /// The path below each root that the report names, for roots outside of this work tree.
    pub(super) joined: Vec<String>,
    /// The origin of the path by its folders, if it is not ours.
    pub(super) origin: Option<Origin>,
    pub(super) answer: Option<Answer>,
}

impl Path<'_> {
    pub(super) fn is_open(&self) -> bool {
        self.answer.is_none()
    }

    pub(super) fn is_relative(&self) -> bool {
        self.spelling.start == Start::Relative
    }

    /// Whether the path is evidence of where the sources are.
    pub(super) fn is_evidence(&self) -> bool {
        self.is_open() && self.origin.is_none()
    }

    /// The canonical spellings to find a change of root for.
    pub(super) fn canonical(&self) -> &[String] {
        let canonical = std::slice::from_ref(
            self.spelling.forms.last().expect("a path has a canonical spelling"),
        );
        if self.joined.is_empty() { canonical } else { &self.joined }
    }

    /// Leaves the path out, with its origin as the reason if it has one.
    pub(super) fn leave(&mut self, why: Why) {
        let own = self.origin.as_ref().map(Origin::why);
        self.answer = Some(Answer::Left(own.unwrap_or(why)));
    }
}

/// A root of the report whose folder in the repository is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// The beginning of the reported paths.
    pub(super) from: String,
    /// The text that replaces it.
    pub(super) to: String,
}

/// The search for the files of one report.
pub(super) struct Search<'a, 'p> {
    pub(super) tracked: &'a Tracked,
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) paths: Vec<Path<'p>>,
    /// Whether letter case is ignored, because the report is from Windows.
    pub(super) fold: bool,
    /// The known roots of absolute paths.
    pub(super) absolute_roots: Vec<Known>,
    /// Whether the start of the relative paths is known.
    pub(super) relative_known: bool,
}

impl<'a, 'p> Search<'a, 'p> {
    pub(super) fn new(
        tracked: &'a Tracked,
        reported: impl IntoIterator<Item = &'p str>,
        evidence: &'a Evidence<'a>,
    ) -> Self {
        let mut spelled: Vec<(&str, Spelling)> =
            reported.into_iter().map(|path| (path, Spelling::of(path))).collect();
        name_drives_alike(&mut spelled, evidence);
        let drives = spelled.iter().any(|(reported, spelling)| {
            has_drive(spelling.canonical())
                || spelling.start == Start::Relative && reported.contains('\\')
        });
        let fold = drives || evidence.roots.iter().any(|root| has_drive(&folder(root)));
        let shared = shared_folder(&spelled).to_owned();
        let path = |(reported, spelling): (&'p str, Spelling)| {
            let kind = kind(reported, &spelling, evidence.naming);
            let origin =
                (kind == Kind::File).then(|| origin(spelling.canonical(), &shared)).flatten();
            Path { reported, spelling, kind, joined: Vec::new(), origin, answer: None }
        };
        let paths = spelled.into_iter().map(path).collect();
        Self { tracked, evidence, paths, fold, absolute_roots: Vec::new(), relative_known: false }
    }

    /// Whether any root is known. Then an ending alone proves nothing.
    pub(super) fn root_is_known(&self) -> bool {
        self.relative_known || !self.absolute_roots.is_empty()
    }

    /// The endings of the tracked files, in lower case if letter case is ignored.
    pub(super) fn suffixes(&self) -> &'a Suffixes {
        if self.fold { &self.tracked.folded().suffixes } else { &self.tracked.suffixes }
    }

    /// A path in the letter case of [`Self::suffixes`].
    pub(super) fn folded<'s>(&self, path: &'s str) -> Cow<'s, str> {
        if self.fold { Cow::Owned(path.to_lowercase()) } else { Cow::Borrowed(path) }
    }

    /// Whether a tracked file is below the root that the user gave, if there is one.
    pub(super) fn is_below_given_root(&self, file: usize) -> bool {
        let own = &self.tracked.paths[file];
        self.evidence.root.is_none_or(|root| below(own, root.trim_end_matches('/')).is_some())
    }

    /// Leaves out paths that cannot be files of a repository.
    pub(super) fn leave_what_is_no_file(&mut self) {
        for path in &mut self.paths {
            if let (Start::Elsewhere(where_), None) = (path.spelling.start, &path.answer) {
                path.answer = Some(Answer::Left(Why::Dependency(where_)));
            }
        }
    }

    /// Looks a path up below a folder of the repository, trying its most literal spelling first.
    pub(super) fn locate_below(&self, folder: &str, path: &Path<'_>) -> Located {
        let forms = path.spelling.forms.iter().filter(|form| !is_absolute(form));
        best(forms.map(|form| self.tracked.locate(&join(folder, form), self.fold)))
    }

    /// Takes the result of a lookup below a known root. A path that may be the project's own
    /// package under another name stays open if git does not track it there.
    pub(super) fn settle(path: &mut Path<'_>, located: Located, how: How) {
        match located {
            Located::File(index) => path.answer = Some(Answer::Found(index, how)),
            Located::Linked(index) => path.answer = Some(Answer::Found(index, How::Name)),
            Located::Out => path.answer = Some(Answer::Left(Why::Link)),
            Located::Submodule => path.answer = Some(Answer::Left(Why::Submodule)),
            Located::Nothing if path.origin.as_ref().is_some_and(Origin::may_be_own) => {}
            Located::Nothing => path.leave(Why::Untracked),
        }
    }

    /// The folders at and above that of the report, then those of the command, from the nearest to
    /// the repository's root.
    pub(super) fn folders_upwards(&self) -> Vec<&'a str> {
        let mut folders: Vec<&str> = Vec::new();
        let given = self.evidence.folders.iter().map(String::as_str);
        for start in given.chain([""]) {
            let ends = start.rmatch_indices('/').map(|(at, _)| &start[..at]);
            for folder in [start].into_iter().chain(ends).chain([""]) {
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
        }
        folders
    }

    /// The tracked paths with these indices, sorted.
    pub(super) fn named(&self, indices: &BTreeSet<usize>) -> Vec<String> {
        indices.iter().map(|index| self.tracked.paths[*index].clone()).collect()
    }

    pub(super) fn finish(self) -> Matching {
        let mut names = nearest::Names::new(&self.tracked.paths);
        let found = self.found();
        let mut files = BTreeMap::new();
        for path in &self.paths {
            let why = match &path.answer {
                Some(Answer::Found(index, how)) => {
                    files.insert(path.reported.to_owned(), self.described(path, *index, *how));
                    continue;
                }
                Some(Answer::Left(why)) => why.clone(),
                None => path.origin.as_ref().map_or(Why::Unknown, Origin::why),
            };
            // A file that another path matches was not meant.
            let nearest =
                self.nearest(path, &why, &mut names).filter(|index| !found.contains(index));
            let nearest = nearest.map(|index| self.tracked.paths[index].clone());
            files.insert(path.reported.to_owned(), Match::Unmatched { why, nearest });
        }
        Matching { files }
    }

    /// The match for a path, with the beginning that was replaced: everything before the common
    /// ending.
    fn described(&self, path: &Path<'_>, index: usize, how: How) -> Match {
        let own = &self.tracked.paths[index];
        let forms = path.spelling.forms.iter().chain(&path.joined);
        let (form, shared) = forms
            .map(|form| (form, shared_segments(form, own, self.fold)))
            .max_by_key(|(form, shared)| (*shared, std::cmp::Reverse(form.len())))
            .expect("a path has a spelling");
        let (from, to) = ends_cut(form, own, shared);
        let literal = how == How::Folder && from.is_empty() && to.is_empty();
        let how = if literal { How::Repository } else { how };
        // The work tree's location differs between recordings, so it is not reported.
        let (from, to) = if how == How::WorkTree { ("", "") } else { (from, to) };
        Match::Tracked { path: own.clone(), how, from: from.to_owned(), to: to.to_owned() }
    }

    /// The tracked files that paths of the report lead to.
    fn found(&self) -> BTreeSet<usize> {
        let found = self.paths.iter().filter_map(|path| match path.answer {
            Some(Answer::Found(file, _)) => Some(file),
            _ => None,
        });
        found.collect()
    }

    /// The tracked path that an unmatched path may have meant, if a rule could map it there.
    fn nearest(&self, path: &Path<'_>, why: &Why, names: &mut nearest::Names<'_>) -> Option<usize> {
        if why.is_foreign() || matches!(why, Why::SameFile(_) | Why::Rule) {
            return None;
        }
        if let Why::Ambiguous(candidates) = why {
            return self.tracked.paths.binary_search(candidates.first()?).ok();
        }
        let form = path.spelling.canonical();
        let longest =
            self.tracked.suffixes.longest(form).filter(|longest| longest.indices().len() == 1);
        let index = longest.and_then(|longest| {
            let index = longest.indices().next()?;
            convincing(form, &self.tracked.paths[index], longest.segments).then_some(index)
        });
        index.or_else(|| names.nearest(form))
    }
}

/// The first file that was found, or the first reason why there is none.
pub(super) fn best(located: impl Iterator<Item = Located>) -> Located {
    let mut answer = Located::Nothing;
    for found in located {
        if found.file().is_some() {
            return found;
        }
        if answer == Located::Nothing {
            answer = found;
        }
    }
    answer
}

/// Whether this number of common segments proves that two paths are the same: all segments of
/// either, or two.
pub(super) fn convincing(form: &str, own: &str, segments: usize) -> bool {
    let (from, to) = ends_cut(form, own, segments);
    segments >= 2 || segments == 1 && (from.is_empty() || to.is_empty())
}

/// Two paths, each without this number of segments at its end.
pub(super) fn ends_cut<'s>(form: &'s str, own: &'s str, segments: usize) -> (&'s str, &'s str) {
    (start(form, segments), start(own, segments))
}

/// A path without its last segments. The result ends with a slash, or is empty.
pub(super) fn start(path: &str, segments: usize) -> &str {
    if segments == 0 {
        return path;
    }
    path.rmatch_indices('/').nth(segments - 1).map_or("", |(at, _)| &path[..=at])
}

fn kind(reported: &str, spelling: &Spelling, naming: Naming) -> Kind {
    let path = spelling.canonical();
    match naming {
        _ if spelling.start != Start::Relative => Kind::File,
        Naming::Imports if !reported.starts_with('.') && !reported.contains('\\') => Kind::Import,
        Naming::Packages if OF_PACKAGES.contains(&ending(path)) => Kind::Package,
        _ => Kind::File,
    }
}

/// Converts paths of WSL and MSYS to the Windows spelling if a path or a root of the report names
/// the same drive.
fn name_drives_alike(spelled: &mut [(&str, Spelling)], evidence: &Evidence<'_>) {
    let roots: Vec<String> =
        evidence.roots.iter().chain(evidence.work_trees).map(|root| folder(root)).collect();
    let canonical = spelled.iter().map(|(_, spelling)| spelling.canonical());
    let drives: BTreeSet<u8> = canonical
        .chain(roots.iter().map(String::as_str))
        .filter(|path| has_drive(path))
        .map(|path| path.as_bytes()[0].to_ascii_lowercase())
        .collect();
    if drives.is_empty() {
        return;
    }
    for (_, spelling) in spelled {
        let drive =
            as_drive(spelling.canonical()).filter(|path| drives.contains(&path.as_bytes()[0]));
        spelling.forms.extend(drive);
    }
}

/// The folder that contains all absolute paths of a report, or empty if there are fewer than two.
fn shared_folder<'s>(spelled: &'s [(&str, Spelling)]) -> &'s str {
    let mut paths =
        spelled.iter().map(|(_, spelling)| spelling.canonical()).filter(|path| is_absolute(path));
    let Some(first) = paths.next() else { return "" };
    let mut shared = first.rfind('/').map_or("", |at| &first[..=at]);
    let mut several = false;
    for path in paths {
        several = true;
        while !path.starts_with(shared) {
            shared = shared[..shared.len() - 1].rfind('/').map_or("", |at| &shared[..=at]);
        }
    }
    if several { shared } else { "" }
}
