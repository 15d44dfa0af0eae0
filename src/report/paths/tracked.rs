//! An index of a commit's files for lookups as reports spell them: literally, through tracked
//! symlinks, in another Unicode normal form, and on Windows in any letter case.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization as _;

use crate::report::paths::spelling::{below, join};
use crate::report::paths::suffixes::Suffixes;

/// The files that git tracks. Built once and used for every report of the commit.
pub struct Tracked {
    pub(super) paths: Vec<String>,
    pub(super) suffixes: Suffixes,
    /// Symbolic links and their targets, as git stores them.
    links: BTreeMap<String, String>,
    submodules: Vec<String>,
    composed: OnceCell<HashMap<String, Option<usize>>>,
    folded: OnceCell<Folded>,
}

/// The tracked paths in lower case.
pub(super) struct Folded {
    exact: HashMap<String, Option<usize>>,
    pub(super) suffixes: Suffixes,
}

/// The result of looking up a path of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// The tracked file with this index.
    File(usize),
    /// The tracked file with this index, through a symlink.
    Linked(usize),
    /// A tracked symlink leads out of the repository.
    Out,
    /// It is in a submodule.
    Submodule,
    /// Git tracks nothing there.
    Nothing,
}

impl Located {
    /// The index of the file, if one was found.
    pub(super) fn file(self) -> Option<usize> {
        match self {
            Self::File(index) | Self::Linked(index) => Some(index),
            Self::Out | Self::Submodule | Self::Nothing => None,
        }
    }
}

impl Tracked {
    /// Builds an index of tracked paths ([`crate::path`]).
    pub fn new(paths: impl IntoIterator<Item = String>) -> Self {
        let mut paths: Vec<String> = paths.into_iter().collect();
        paths.sort_unstable();
        paths.dedup();
        Self {
            suffixes: Suffixes::new(paths.iter().map(String::as_str)),
            paths,
            links: BTreeMap::new(),
            submodules: Vec::new(),
            composed: OnceCell::new(),
            folded: OnceCell::new(),
        }
    }

    /// Adds the tracked symbolic links, each with its target as git stores it.
    #[must_use]
    pub fn with_links(self, links: BTreeMap<String, String>) -> Self {
        Self { links, ..self }
    }

    /// Adds the folders of submodules, whose files belong to another repository.
    #[must_use]
    pub fn with_submodules(self, submodules: Vec<String>) -> Self {
        Self { submodules, ..self }
    }

    /// Looks up a path relative to the repository's root. If `fold` is set and no file has exactly
    /// this spelling, letter case is ignored.
    pub(super) fn locate(&self, path: &str, fold: bool) -> Located {
        if path.is_empty() || path.starts_with("../") || path == ".." {
            return Located::Nothing;
        }
        if let Some(index) = self.exact(path) {
            return Located::File(index);
        }
        if !self.links.is_empty() {
            match self.through_links(path) {
                Through::File(index) => return Located::Linked(index),
                Through::Out => return Located::Out,
                Through::NoLink => {}
            }
        }
        if self.submodules.iter().any(|folder| below(path, folder).is_some()) {
            return Located::Submodule;
        }
        let found =
            self.in_another_form(path).or_else(|| self.folded().exact_of(path).filter(|_| fold));
        found.map_or(Located::Nothing, Located::File)
    }

    /// Whether a path is a tracked file, in exactly this spelling.
    pub(super) fn has_file(&self, path: &str) -> bool {
        self.exact(path.trim_start_matches('/')).is_some()
    }

    /// Whether a path is a folder of tracked files.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        let start = format!("{path}/");
        let at = self.paths.partition_point(|other| other.as_str() < start.as_str());
        self.paths.get(at).is_some_and(|other| other.starts_with(&start))
    }

    fn exact(&self, path: &str) -> Option<usize> {
        self.paths.binary_search_by(|other| other.as_str().cmp(path)).ok()
    }

    /// The only file with the same name in Unicode normal form C, since macOS decomposes file
    /// names.
    fn in_another_form(&self, path: &str) -> Option<usize> {
        let composed = self.composed.get_or_init(|| {
            let foreign = self.paths.iter().enumerate().filter(|(_, path)| !path.is_ascii());
            unique(foreign.map(|(index, path)| (path.nfc().collect(), index)))
        });
        if path.is_ascii() || composed.is_empty() {
            return None;
        }
        composed.get(&path.nfc().collect::<String>()).copied().flatten()
    }

    /// The tracked paths in lower case.
    pub(super) fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| {
            let paths: Vec<String> = self.paths.iter().map(|path| path.to_lowercase()).collect();
            let suffixes = Suffixes::new(paths.iter().map(String::as_str));
            Folded {
                exact: unique(paths.into_iter().enumerate().map(|(index, path)| (path, index))),
                suffixes,
            }
        })
    }

    /// Follows tracked symlinks, up to the limit that Linux has.
    fn through_links(&self, path: &str) -> Through {
        const STEPS: usize = 40;
        let mut current = path.to_owned();
        for step in 0..STEPS {
            let Some((link, target)) = self.first_link(&current) else {
                return match (step, self.exact(&current)) {
                    (0, _) | (_, None) => Through::NoLink,
                    (_, Some(index)) => Through::File(index),
                };
            };
            let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
            let rest = below(&current, link).unwrap_or_default();
            if target.starts_with('/') {
                return Through::Out;
            }
            current = join(folder, &format!("{target}/{rest}"));
            if current == ".." || current.starts_with("../") {
                return Through::Out;
            }
        }
        Through::Out
    }

    /// The shortest beginning of a path that is a symlink, and its target.
    fn first_link(&self, path: &str) -> Option<(&str, &str)> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.into_iter().find_map(|end| {
            let (link, target) = self.links.get_key_value(&path[..end])?;
            Some((link.as_str(), target.as_str()))
        })
    }
}

impl Folded {
    fn exact_of(&self, path: &str) -> Option<usize> {
        self.exact.get(&path.to_lowercase()).copied().flatten()
    }
}

enum Through {
    File(usize),
    Out,
    NoLink,
}

/// Each key with its index, or `None` if several entries have the key.
fn unique(keys: impl Iterator<Item = (String, usize)>) -> HashMap<String, Option<usize>> {
    let mut map: HashMap<String, Option<usize>> = HashMap::new();
    for (key, index) in keys {
        map.entry(key).and_modify(|found| *found = None).or_insert(Some(index));
    }
    map
}
