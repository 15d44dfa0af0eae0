//! How the paths in a report find the files that git tracks: `[paths]` rules, the root that most of them share, and the
//! longest unique suffix.
//!
//! In: the report's paths, the tracked ones, and what is known of the [`Places`] they stand for. Out: a [`Match`] a
//! path. A path is tried, in this order,
//! 1. by the longest of the user's rules that fits it; then
//! 2. literally, joined to each root that the report names (two that fit are ambiguous), below the work tree, below a
//!    Go module;
//! 3. by the change of root (a prefix taken off, another put on) that lets most of the remaining paths find a file,
//!    again and again;
//! 4. by the longest ending that only one tracked path has;
//! 5. as 4, upper and lower case being the same.
//!
//! In steps 3 to 5 either path must end with the whole of the other, or both share two segments:
//! `/usr/include/list.h` is not `src/list.h`. And where some paths have found their root, an absolute path outside of
//! it needs two segments in any case. A file that fits no better than another is left unmatched: no coverage is
//! better than that of another file.

mod nearest;
mod suffixes;

use std::collections::BTreeMap;

use super::{FileCoverage, path};
use suffixes::{Suffixes, shared_segments};

/// What is known of the places that a report's paths stand for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places<'a> {
    /// The user's rules: a prefix of a report's path, in whole segments, and what stands for it in the repository.
    pub rules: &'a [(String, String)],
    /// The folder of the work tree, absolute.
    pub work_tree: Option<&'a str>,
    /// The Go modules: import path and folder in the repository (empty for its root).
    pub modules: &'a [(String, String)],
    /// The submodules: folders whose files are another repository's, and none of this one's.
    pub submodules: &'a [String],
    /// The roots that the report names ([`super::Report::roots`]).
    pub roots: &'a [String],
}

/// Where a report's path leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// To this tracked path.
    Tracked(String),
    /// Nowhere, or to no single file.
    Unmatched {
        /// The tracked path that is most like it.
        nearest: Option<String>,
    },
}

/// Where all of a report's paths lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// By the path as the report writes it.
    pub files: BTreeMap<String, Match>,
    /// The root that was taken off most of them; none if they needed none.
    pub root: Option<String>,
}

impl Matching {
    /// The coverage of the tracked files; what several of the report's paths say of one file is merged.
    pub fn apply(&self, files: BTreeMap<String, FileCoverage>) -> BTreeMap<String, FileCoverage> {
        let mut tracked: BTreeMap<String, FileCoverage> = BTreeMap::new();
        for (path, coverage) in files {
            if let Some(Match::Tracked(own)) = self.files.get(&path) {
                tracked.entry(own.clone()).or_default().merge(coverage);
            }
        }
        tracked
    }

    /// The paths that lead nowhere, each with the nearest tracked one.
    pub fn unmatched(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.files.iter().filter_map(|(path, found)| match found {
            Match::Tracked(_) => None,
            Match::Unmatched { nearest } => Some((path.as_str(), nearest.as_deref())),
        })
    }
}

/// The files that git tracks, ready to be found by their endings. Built once, used for every report.
pub struct Tracked {
    paths: Vec<String>,
    suffixes: Suffixes,
}

impl Tracked {
    /// An index of tracked paths ([`super::path`]).
    pub fn new(paths: impl IntoIterator<Item = String>) -> Self {
        let mut paths: Vec<String> = paths.into_iter().collect();
        paths.sort_unstable();
        paths.dedup();
        Self { suffixes: Suffixes::new(paths.iter().map(String::as_str)), paths }
    }

    /// Finds the tracked file of each of a report's paths.
    pub fn find<'p>(&self, reported: impl IntoIterator<Item = &'p str>, places: Places<'_>) -> Matching {
        let mut search =
            Search { tracked: self, paths: reported.into_iter().map(|path| Path::new(path, places)).collect() };
        search.literally(places);
        search.leave_submodules(places);
        search.by_change_of_root();
        search.by_suffix(&self.suffixes, Clone::clone);
        if search.paths.iter().any(|path| path.found.is_none() && !path.closed) {
            let folded = Suffixes::new(
                self.paths.iter().map(|path| path.to_lowercase()).collect::<Vec<_>>().iter().map(String::as_str),
            );
            search.by_suffix(&folded, |form| form.to_lowercase());
        }
        search.finish()
    }

    fn index(&self, path: &str) -> Option<usize> {
        self.paths.binary_search_by(|other| other.as_str().cmp(path)).ok()
    }
}

/// A report's path on its way to a file.
struct Path<'p> {
    reported: &'p str,
    /// What it may mean, the likeliest first: rewritten by a rule; joined to the report's roots; itself. Normalised.
    forms: Vec<String>,
    /// No longer looked for: two files fit, or it is in a submodule.
    closed: bool,
    found: Option<usize>,
}

impl<'p> Path<'p> {
    fn new(reported: &'p str, places: Places<'_>) -> Self {
        let plain = normalised(reported);
        let fitting = places.rules.iter().filter_map(|(prefix, instead)| {
            let prefix = normalised(prefix);
            let rest = below(&plain, &prefix)?;
            Some((prefix.len(), join(&normalised(instead), rest)))
        });
        let forms = match fitting.max_by_key(|(length, _)| *length) {
            Some((_, ruled)) => vec![ruled],
            None if is_absolute(&plain) => vec![plain],
            None => {
                let mut forms: Vec<String> = places.roots.iter().map(|root| join(&normalised(root), &plain)).collect();
                forms.push(plain);
                forms
            }
        };
        Self { reported, forms, closed: false, found: None }
    }
}

struct Search<'t, 'p> {
    tracked: &'t Tracked,
    paths: Vec<Path<'p>>,
}

impl Search<'_, '_> {
    fn literally(&mut self, places: Places<'_>) {
        let work_tree = places.work_tree.map(normalised);
        let modules: Vec<_> =
            places.modules.iter().map(|(name, folder)| (normalised(name), normalised(folder))).collect();
        for path in &mut self.paths {
            let literal = |form: &String| {
                let below_tree = work_tree.as_deref().and_then(|root| below(form, root)).map(str::to_owned);
                let in_module = modules.iter().filter_map(|(name, folder)| Some(join(folder, below(form, name)?)));
                let all = [Some(form.clone()), below_tree].into_iter().flatten().chain(in_module);
                all.into_iter().find_map(|path| self.tracked.index(&path))
            };
            let (plain, rooted) = path.forms.split_last().expect("a path has at least one form");
            let mut found: Vec<usize> = rooted.iter().filter_map(literal).collect();
            found.sort_unstable();
            found.dedup();
            path.closed = found.len() > 1;
            if !path.closed {
                // Git's own path first names a file whose name holds a backslash.
                path.found = found.pop().or_else(|| self.tracked.index(path.reported)).or_else(|| literal(plain));
            }
        }
    }

    /// Closes the paths that lie in a submodule: the endings of its files may be those of files here.
    fn leave_submodules(&mut self, places: Places<'_>) {
        if places.submodules.is_empty() {
            return;
        }
        let work_tree = places.work_tree.map(normalised);
        let strange = |form: &String| {
            let own = work_tree.as_deref().and_then(|root| below(form, root)).unwrap_or(form);
            places.submodules.iter().any(|folder| below(own, folder).is_some())
        };
        for path in self.paths.iter_mut().filter(|path| path.found.is_none()) {
            path.closed |= path.forms.iter().any(strange);
        }
    }

    /// Takes the root off that most of the open paths share, and so on with the rest.
    fn by_change_of_root(&mut self) {
        /// A report of more roots than this is taken path by path.
        const ROUNDS: usize = 8;
        for _ in 0..ROUNDS {
            let Some(change) = self.best_change() else { return };
            for path in self.paths.iter_mut().filter(|path| path.is_open()) {
                let moved = path
                    .forms
                    .iter()
                    .filter_map(|form| Some(format!("{}{}", change.add, form.strip_prefix(&change.strip)?)));
                path.found = moved.into_iter().find_map(|moved| self.tracked.index(&moved));
            }
        }
    }

    /// The change that at least two open paths agree on, and most of them.
    fn best_change(&self) -> Option<Change> {
        /// Names like `__init__.py` stand everywhere and say nothing about the root.
        const COMMON: usize = 8;
        let mut votes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for form in self.paths.iter().filter(|path| path.is_open()).flat_map(|path| &path.forms) {
            let alike = self.tracked.suffixes.of_same_name(form);
            if alike.len() > COMMON {
                continue;
            }
            for index in alike {
                let own = &self.tracked.paths[index];
                let segments = shared_segments(form, own);
                if convincing(form, own, segments) {
                    *votes.entry(ends_cut(form, own, segments)).or_default() += 1;
                }
            }
        }
        let most = votes
            .into_iter()
            .filter(|(_, votes)| *votes > 1)
            .max_by_key(|&((strip, add), votes)| (votes, std::cmp::Reverse((strip.len() + add.len(), strip, add))));
        most.map(|((strip, add), _)| Change { strip: strip.to_owned(), add: add.to_owned() })
    }

    fn by_suffix(&mut self, suffixes: &Suffixes, fold: fn(&String) -> String) {
        let roots = self.roots();
        for path in self.paths.iter_mut().filter(|path| path.is_open()) {
            let mut best: Option<(usize, usize)> = None;
            for form in &path.forms {
                let Some(longest) = suffixes.longest(&fold(form)) else { continue };
                let (Some(index), true) = (longest.indices().next(), longest.indices().len() == 1) else { continue };
                let outside =
                    is_absolute(form) && !roots.is_empty() && !roots.iter().any(|root| form.starts_with(root));
                let least = if outside { 2 } else { 1 };
                let own = fold(&self.tracked.paths[index]);
                let sound = longest.segments >= least && convincing(&fold(form), &own, longest.segments);
                if sound && best.is_none_or(|(segments, _)| longest.segments > segments) {
                    best = Some((longest.segments, index));
                }
            }
            path.found = best.map(|(_, index)| index);
        }
    }

    /// The absolute roots below which files were found.
    fn roots(&self) -> Vec<String> {
        let mut roots: Vec<String> = self.taken_off().into_keys().filter(|root| is_absolute(root)).collect();
        roots.sort_unstable();
        roots
    }

    /// What was taken off the paths that were found, and how often.
    fn taken_off(&self) -> BTreeMap<String, usize> {
        let mut roots = BTreeMap::new();
        for path in &self.paths {
            let (Some(index), Some(form)) = (path.found, path.forms.first()) else { continue };
            let own = &self.tracked.paths[index];
            let (strip, _) = ends_cut(form, own, shared_segments(form, own));
            *roots.entry(strip.to_owned()).or_default() += 1;
        }
        roots
    }

    fn finish(self) -> Matching {
        let most = self.taken_off().into_iter().max_by_key(|(root, count)| (*count, std::cmp::Reverse(root.clone())));
        let root = most.map(|(root, _)| root).filter(|root| !root.is_empty());
        let mut names = nearest::Names::new(&self.tracked.paths);
        let files = self.paths.iter().map(|path| {
            let found = match path.found {
                Some(index) => Match::Tracked(self.tracked.paths[index].clone()),
                None => Match::Unmatched { nearest: self.nearest(path, &mut names) },
            };
            (path.reported.to_owned(), found)
        });
        Matching { files: files.collect(), root }
    }

    /// The tracked path with the longest common ending, else the one whose name differs least.
    fn nearest(&self, path: &Path<'_>, names: &mut nearest::Names<'_>) -> Option<String> {
        let longest = path
            .forms
            .iter()
            .filter_map(|form| self.tracked.suffixes.longest(form))
            .max_by_key(|longest| longest.segments);
        let index = longest.and_then(|longest| longest.indices().min());
        let index = index.or_else(|| names.nearest(path.forms.last()?));
        index.map(|index| self.tracked.paths[index].clone())
    }
}

impl Path<'_> {
    fn is_open(&self) -> bool {
        self.found.is_none() && !self.closed
    }
}

/// A prefix of the report's paths and what the repository has in its place; either ends with a slash or is empty.
struct Change {
    strip: String,
    add: String,
}

/// Whether so many common segments make two paths one: all of either, or two.
fn convincing(form: &str, own: &str, segments: usize) -> bool {
    let (strip, add) = ends_cut(form, own, segments);
    segments >= 2 || segments == 1 && (strip.is_empty() || add.is_empty())
}

/// Two paths without so many common last segments.
fn ends_cut<'a>(form: &'a str, own: &'a str, segments: usize) -> (&'a str, &'a str) {
    let start = own.rmatch_indices('/').nth(segments.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
    let shared = own.len() - if segments == 0 { own.len() } else { start };
    (&form[..form.len() - shared], &own[..own.len() - shared])
}

/// What of a path lies below a folder.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if folder.ends_with('/') { Some(rest) } else { rest.strip_prefix('/') }
}

fn join(folder: &str, path: &str) -> String {
    match folder {
        "" => path.to_owned(),
        folder if folder.ends_with('/') => format!("{folder}{path}"),
        folder => format!("{folder}/{path}"),
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1) == Some(&b':')
}

/// The path with slashes, a small drive letter, and without `.`, `..` and empty segments. `..` never leads above the
/// start.
fn normalised(text: &str) -> String {
    let slashed: Vec<u8> = path::to_bytes(text).iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
    let slashed = path::from_bytes(&slashed);
    let rest = slashed.strip_prefix("file://").unwrap_or(&slashed);
    let mut segments: Vec<&str> = Vec::new();
    for segment in rest.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut clean = if rest.starts_with('/') { "/".to_owned() } else { String::new() };
    clean.push_str(&segments.join("/"));
    if clean.as_bytes().get(1) == Some(&b':') {
        clean[..1].make_ascii_lowercase();
    }
    clean
}
