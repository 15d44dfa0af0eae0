//! Matches the paths in a report to the files that git tracks.
//!
//! Evidence is tried in a fixed order, the strongest first, with one file for each kind:
//! 1. `rules`: what the user says, in `[paths]` or with a root for the report. It beats everything
//!    else.
//! 2. `identity`: what the repository declares about itself: Go modules, package names, symlinks.
//!    Java's and Kotlin's packages are in `packages`.
//! 3. `roots`: the work tree, and the roots that the report names.
//! 4. `location`: the nearest folder that explains all relative paths, going up from the report's
//!    folder, then from that of the command. The repository's root is the last of these.
//! 5. `change`: one change of root that explains all paths that share the root.
//! 6. `ending`: an ending that only one tracked file has, used only if no root is known.
//!
//! A tie or a doubt leaves a path unmatched. So does a path below a known root that git does not
//! track, or a path of a dependency (`dependencies`): no coverage is better than the coverage of
//! another file. Two paths of one report never merge into one file silently (`merges`). The result
//! says how each file was found, and what was left out.

mod answer;
mod change;
mod dependencies;
mod ending;
mod identity;
mod location;
mod merges;
mod nearest;
mod packages;
mod roots;
mod rules;
mod search;
mod spelling;
mod suffixes;
mod tracked;

use std::collections::BTreeMap;

pub use answer::{Found, How, Match, Matching, Why, is_foreign};
use search::Search;
pub use tracked::Tracked;

/// Everything known about the files that a report's paths may refer to.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The user's rules: a prefix of a report's path, in whole segments, and its replacement in the
    /// repository.
    pub rules: &'a [(String, String)],
    /// The folder of the repository that the user gave as the start of the report's relative paths.
    pub root: Option<&'a str>,
    /// The absolute paths of the work tree's folder, as git and as the shell spell it.
    pub work_trees: &'a [String],
    /// The folder of the report and the one where the command ran, relative to the repository's
    /// root. Folders outside of it are left out.
    pub folders: &'a [String],
    /// The roots that the report names ([`super::Report::roots`]).
    pub roots: &'a [String],
    /// The groups of paths: the modules in JaCoCo's aggregate reports ([`super::Report::groups`]).
    pub groups: &'a BTreeMap<String, String>,
    /// What the report's relative paths name.
    pub naming: Naming,
    /// What the commit's own files declare.
    pub repository: &'a dyn Repository,
}

impl Default for Evidence<'_> {
    fn default() -> Self {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        Self {
            rules: &[],
            root: None,
            work_trees: &[],
            folders: &[],
            roots: &[],
            groups: &NONE,
            naming: Naming::Files,
            repository: &Silent,
        }
    }
}

/// What the relative paths of a report name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// Files, below some folder.
    #[default]
    Files,
    /// Go's packages: an import path and a file name.
    Imports,
    /// Packages of the JVM, for languages that have them: the folders are the package, below a
    /// source root.
    Packages,
}

/// An ecosystem whose manifests declare names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Modules, in `go.mod`.
    Go,
    /// Packages, in `package.json`.
    Npm,
    /// Packages, in `composer.json`.
    Composer,
    /// Packages, in `pubspec.yaml`.
    Dart,
    /// Artifacts, in `pom.xml`.
    Maven,
}

/// A package in the repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// The name: a Go module's import path, `@acme/ui`, an artifact id.
    pub name: String,
    /// The folder, or empty for the repository's root.
    pub folder: String,
}

/// What files of the tested commit declare. They are read only when a path needs them.
pub trait Repository {
    /// The packages of an ecosystem, ordered by folder.
    fn packages(&self, ecosystem: Ecosystem) -> Vec<Package>;

    /// The first few thousand bytes of each of these tracked files, or empty if a file cannot be
    /// read.
    fn texts(&self, paths: &[&str]) -> Vec<String>;
}

/// A repository that declares nothing.
struct Silent;

impl Repository for Silent {
    fn packages(&self, _: Ecosystem) -> Vec<Package> {
        Vec::new()
    }

    fn texts(&self, paths: &[&str]) -> Vec<String> {
        vec![String::new(); paths.len()]
    }
}

impl Tracked {
    /// Finds the tracked file of each of a report's paths.
    pub fn find<'p>(
        &self,
        reported: impl IntoIterator<Item = &'p str>,
        evidence: &Evidence<'_>,
    ) -> Matching {
        let mut search = Search::new(self, reported, evidence);
        search.by_rule();
        search.leave_what_is_no_file();
        search.by_identity();
        search.below_the_work_tree();
        search.by_named_roots();
        search.by_location();
        search.by_package();
        search.by_change_of_root();
        search.by_installed_package();
        search.by_ending();
        search.refuse_merges();
        search.finish()
    }
}
