//! Whose file is it? How the paths in a report find the files that git tracks.
//!
//! Evidence is asked in a fixed order, the strongest first, one file per kind of it:
//! 1. `rules`: what the user says, in `[paths]` or with a root for the report. It beats everything
//!    else;
//! 2. `identity`: what the repository states about itself: Go modules, package names, links. Java's
//!    and Kotlin's packages are in `packages`;
//! 3. `roots`: the work tree, and the roots that the report names, joined;
//! 4. `location`: the nearest folder, from that of the report upwards, then from that of the
//!    command, that explains all relative paths; the repository's root is the last of these;
//! 5. `change`: one change of root that explains all paths that share the root;
//! 6. `ending`: an ending that one tracked file alone has, only where no root is known.
//!
//! A tie or a doubt leaves a path unmatched, and so does a path below a known root that git does
//! not track, or one of a dependency (`dependencies`): no coverage is better than that of another
//! file. Two paths of one report never merge into one file silently (`merges`). What was left out,
//! and how each file was found, is part of the answer.

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

/// Everything known about the places that a report's paths may mean.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The user's rules: a prefix of a report's path, in whole segments, and what replaces it in
    /// the repository.
    pub rules: &'a [(String, String)],
    /// The folder of the repository at which the user says that the report's relative paths start.
    pub root: Option<&'a str>,
    /// The names of the work tree's folder, absolute: as git has it, and as the shell does.
    pub work_trees: &'a [String],
    /// The folder of the report and the one where the command ran, relative to the repository's
    /// root; those inside it.
    pub folders: &'a [String],
    /// The roots that the report names ([`super::Report::roots`]).
    pub roots: &'a [String],
    /// The groups of paths: the modules of JaCoCo's aggregate reports ([`super::Report::groups`]).
    pub groups: &'a BTreeMap<String, String>,
    /// The kind of names in the report's relative paths.
    pub naming: Naming,
    /// Identities stated by the commit's own files.
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

/// The kind of names in the relative paths of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// Files, below some folder.
    #[default]
    Files,
    /// Go's packages: an import path and a file's name.
    Imports,
    /// Packages of the JVM, where the file's language has them: the folders are the package, below
    /// a source root.
    Packages,
}

/// The ecosystem whose names a manifest states.
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

/// A package that the repository holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name: a Go module's import path, `@acme/ui`, an artifact's id.
    pub name: String,
    /// Its folder, empty for the repository's root.
    pub folder: String,
}

/// Identities stated by files of the tested commit, read only when a path needs them.
pub trait Repository {
    /// The packages of an ecosystem, in the order of their folders.
    fn packages(&self, ecosystem: Ecosystem) -> Vec<Package>;

    /// The beginnings of tracked files, some thousand bytes each; empty where a file cannot be
    /// read.
    fn texts(&self, paths: &[&str]) -> Vec<String>;
}

/// A repository that states nothing.
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
