//! From the paths that reports write to the files of the commit, each report by its own roots.

use std::collections::BTreeMap;

use super::inputs::Input;
use super::runs::{Counted, Runs};
use super::tested::{self, Gathered};
use crate::Result;
use crate::config::Config;
use crate::git::{Id, Repo};
use crate::report::paths::{Places, Tracked};
use crate::store::Unmatched;

/// What reports say of the files of a commit.
pub(super) struct Placed {
    /// What the reports that count say, by path in the repository.
    pub(super) counted: Counted,
    /// The paths that match nothing, sorted.
    pub(super) unmatched: Vec<Unmatched>,
    /// What was taken off the paths of the first report that needed it.
    pub(super) root: Option<String>,
    /// The tests.
    pub(super) tests: Gathered,
}

/// Finds the files that the reports are about, and merges what they say.
pub(super) fn place(
    repo: &Repo,
    config: &Config,
    commit: Id,
    tracked: &BTreeMap<String, Id>,
    inputs: Vec<Input>,
) -> Result<Placed> {
    let index = Tracked::new(tracked.keys().cloned());
    let rules: Vec<(String, String)> = config.paths.clone().into_iter().collect();
    let work_tree = repo.work_tree().map(|folder| folder.to_string_lossy().into_owned());
    let modules = modules(repo, tracked)?;
    let submodules = repo.submodules(commit)?;
    let (mut runs, mut strangers, mut root) = (Runs::default(), Vec::new(), None);
    let mut gathered = Gathered::default();
    for mut input in inputs {
        let roots = std::mem::take(&mut input.report.roots);
        let known = Places {
            rules: &rules,
            work_tree: work_tree.as_deref(),
            modules: &modules,
            submodules: &submodules,
            roots: &roots,
        };
        let of_tests = index.find(tested::files(&input), known);
        gathered.add(&mut input, &of_tests, known.work_tree);
        let files = std::mem::take(&mut input.report.files);
        let matching = index.find(files.keys().map(String::as_str), known);
        strangers.extend(matching.unmatched().map(unmatched));
        runs.add(&input, matching.apply(files));
        root = root.or(matching.root);
    }
    strangers.sort();
    strangers.dedup();
    Ok(Placed { counted: runs.finish(), unmatched: strangers, root, tests: gathered.finish() })
}

fn unmatched((path, nearest): (&str, Option<&str>)) -> Unmatched {
    Unmatched { path: path.to_owned(), nearest: nearest.map(str::to_owned) }
}

/// The Go modules of a commit: import path and folder (<https://go.dev/ref/mod#go-mod-file-module>).
fn modules(repo: &Repo, tracked: &BTreeMap<String, Id>) -> Result<Vec<(String, String)>> {
    let files = tracked.iter().filter_map(|(path, blob)| Some((path.strip_suffix("go.mod")?, *blob)));
    let files: Vec<(&str, Id)> = files.filter(|(folder, _)| folder.is_empty() || folder.ends_with('/')).collect();
    repo.fetch_missing(&files.iter().map(|(_, blob)| *blob).collect::<Vec<Id>>())?;
    let mut modules = Vec::new();
    for (folder, blob) in files {
        if let Some(name) = module_name(&String::from_utf8_lossy(&repo.blob(blob)?)) {
            modules.push((name, folder.trim_end_matches('/').to_owned()));
        }
    }
    Ok(modules)
}

fn module_name(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("module")?.strip_prefix([' ', '\t']))?;
    let name = line.split("//").next()?.trim().trim_matches(['"', '`']);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::module_name;

    #[test]
    fn a_module_is_named_with_or_without_quotes() {
        assert_eq!(module_name("// a\nmodule example.com/a // b\n\ngo 1.21\n").as_deref(), Some("example.com/a"));
        assert_eq!(module_name("module \"example.com/a\"\n").as_deref(), Some("example.com/a"));
        assert_eq!(module_name("modules x\n"), None);
    }
}
