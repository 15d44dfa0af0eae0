//! Maps the paths in reports to the files of the commit. Each report is matched by its own
//! evidence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::git::{Id, Repo};
use crate::recording::inputs::Input;
use crate::recording::manifests::Manifests;
use crate::recording::runs::{Counted, Runs};
use crate::recording::test_results::{self, GatheredTests};
use crate::report::paths::{Evidence, Found, How, Match, Matching, Naming, Tracked};
use crate::store::{ByEnding, Unmatched};
use crate::{Result, path};

/// The coverage of the files of a commit.
pub(super) struct MatchedFiles {
    /// The coverage from the reports that count, by path in the repository.
    pub(super) counted: Counted,
    /// The paths that match nothing, sorted.
    pub(super) unmatched: Vec<Unmatched>,
    /// How the files were found, for all reports together.
    pub(super) found: Vec<Found>,
    /// The files that were found only by an ending, sorted.
    pub(super) by_ending: Vec<ByEnding>,
    /// The tests.
    pub(super) tests: GatheredTests,
}

/// Finds the files that the reports are about, and merges their coverage.
pub(super) fn match_paths(
    repo: &Repo,
    config: &Config,
    commit: &Commit<'_>,
    inputs: Vec<Input>,
) -> Result<MatchedFiles> {
    let tracked = tracked(repo, commit)?;
    let manifests = Manifests::new(repo, commit.tracked);
    let rules: Vec<(String, String)> = config.paths.clone().into_iter().collect();
    let work_tree = WorkTree::of(repo);
    let mut matched = Matched::default();
    for mut input in inputs {
        let report_folder = work_tree.folder_of(&input.path);
        let roots = std::mem::take(&mut input.report.roots);
        let groups = std::mem::take(&mut input.report.groups);
        let folders: Vec<String> =
            report_folder.iter().chain(&work_tree.command).cloned().collect();
        let of_report = config.root_of(&report_path(&input.path, report_folder.as_deref()));
        let evidence = Evidence {
            rules: &rules,
            root: commit.root.or(of_report).or(commit.suite_root),
            work_trees: &work_tree.names,
            folders: &folders,
            roots: &roots,
            groups: &groups,
            naming: naming(input.report.format),
            repository: &manifests,
        };
        let of_tests = tracked.find(test_results::files(&input), &evidence);
        matched.tests.add(&mut input, &of_tests, work_tree.names.first().map(String::as_str));
        let files = std::mem::take(&mut input.report.files);
        let found = tracked.find(files.keys().map(String::as_str), &evidence);
        matched.account(&found);
        let text = |path: &str| String::from_utf8(repo.blob(*commit.tracked.get(path)?).ok()?).ok();
        matched.runs.add(&input, found.apply(files), text);
    }
    manifests.finish()?;
    Ok(matched.finish())
}

/// The commit whose files are measured.
pub(super) struct Commit<'a> {
    pub(super) id: Id,
    /// The files by path.
    pub(super) tracked: &'a BTreeMap<String, Id>,
    /// The folder at which relative paths start, if the user gave one for the whole call.
    pub(super) root: Option<&'a str>,
    /// The folder at which the suite's relative paths start, if the configuration has one.
    pub(super) suite_root: Option<&'a str>,
}

fn tracked(repo: &Repo, commit: &Commit<'_>) -> Result<Tracked> {
    let links = repo.links(commit.id)?;
    repo.fetch_missing(&links.iter().map(|link| link.blob).collect::<Vec<Id>>())?;
    let mut targets = BTreeMap::new();
    for link in links {
        targets.insert(link.path, path::from_bytes(&repo.blob(link.blob)?));
    }
    let submodules = repo.submodules(commit.id)?;
    Ok(Tracked::new(commit.tracked.keys().cloned()).with_links(targets).with_submodules(submodules))
}

/// What the relative paths in reports of a format name.
fn naming(format: &str) -> Naming {
    match format {
        "gocover" => Naming::Imports,
        "jacoco" | "cobertura" | "scoverage" | "pit" => Naming::Packages,
        _ => Naming::Files,
    }
}

/// The work tree of the sources, if there is one.
struct WorkTree {
    /// The names of its folder.
    names: Vec<String>,
    /// Its folder, with symlinks resolved.
    folder: Option<PathBuf>,
    /// The folder in it where the command runs.
    command: Option<String>,
}

impl WorkTree {
    fn of(repo: &Repo) -> Self {
        let Some(given) = repo.work_tree() else {
            return Self { names: Vec::new(), folder: None, command: None };
        };
        let folder = given.canonicalize().ok();
        let mut names: Vec<String> = [Some(&given), folder.as_ref()]
            .into_iter()
            .flatten()
            .map(|name| name.to_string_lossy().trim_end_matches('/').to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        names.dedup();
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
        let command = here.and_then(|here| relative(&here, folder.as_deref()?));
        Self { names, folder, command }
    }

    /// The folder of a report, as a path of the repository, or `None` outside of the work tree.
    fn folder_of(&self, report: &Path) -> Option<String> {
        let report = report.canonicalize().ok()?;
        relative(report.parent()?, self.folder.as_deref()?)
    }
}

fn relative(folder: &Path, root: &Path) -> Option<String> {
    let inside = folder.strip_prefix(root).ok()?;
    Some(path::from_bytes(inside.as_os_str().as_encoded_bytes()).replace('\\', "/"))
}

/// The path of a report in the repository, for the globs of `[[reports]]`. Outside of the
/// repository, the path as given.
fn report_path(given: &Path, folder: Option<&str>) -> String {
    match (folder, given.file_name()) {
        (Some(folder), Some(name)) => Path::new(folder).join(name).to_string_lossy().into_owned(),
        _ => given.to_string_lossy().into_owned(),
    }
}

/// The files matched so far.
#[derive(Default)]
struct Matched {
    runs: Runs,
    unmatched: Vec<Unmatched>,
    found: BTreeMap<(How, String, String), usize>,
    by_ending: Vec<ByEnding>,
    tests: GatheredTests,
}

impl Matched {
    fn account(&mut self, matching: &Matching) {
        for Found { by, from, to, files } in matching.found() {
            *self.found.entry((by, from, to)).or_default() += files;
        }
        for (reported, found) in &matching.files {
            match found {
                Match::Tracked { path, how, to, .. } if *how == How::Ending && !to.is_empty() => {
                    self.by_ending.push(ByEnding { path: reported.clone(), file: path.clone() });
                }
                Match::Tracked { .. } => {}
                Match::Unmatched { why, nearest } => self.unmatched.push(Unmatched {
                    path: reported.clone(),
                    nearest: nearest.clone(),
                    why: Some(why.name().to_owned()),
                    reason: Some(why.text()),
                }),
            }
        }
    }

    fn finish(mut self) -> MatchedFiles {
        self.unmatched.sort();
        self.unmatched.dedup();
        self.by_ending.sort();
        self.by_ending.dedup();
        let found =
            self.found.into_iter().map(|((by, from, to), files)| Found { by, from, to, files });
        MatchedFiles {
            counted: self.runs.finish(),
            unmatched: self.unmatched,
            found: found.collect(),
            by_ending: self.by_ending,
            tests: self.tests.finish(),
        }
    }
}
