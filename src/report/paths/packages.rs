//! Matches packages of the JVM. A report names a package and a file, but neither the module nor the
//! source root.
//!
//! A file is found by its whole package and its name, in the module named by the report's group or
//! folder. Kotlin's conventions omit the folders of the common package; then the `package` line of
//! the source decides (<https://kotlinlang.org/docs/coding-conventions.html#directory-structure>).

use std::collections::{BTreeMap, BTreeSet};

use crate::report::paths::answer::{How, Why};
use crate::report::paths::search::{Answer, Kind, Search, start};
use crate::report::paths::spelling::{below, join};
use crate::report::paths::{Ecosystem, Package};

/// The largest number of sources with the same name whose `package` lines are read.
const READ: usize = 64;

/// A package path that is being matched.
struct Wanted {
    at: usize,
    /// The package's folders and the file name, without the group.
    path: String,
    group: Option<String>,
}

impl Wanted {
    fn segments(&self) -> usize {
        self.path.split('/').count()
    }
}

impl Search<'_, '_> {
    /// Finds the files of packages.
    pub(super) fn by_package(&mut self) {
        let wanted = self.wanted();
        if wanted.is_empty() {
            return;
        }
        let artifacts = if wanted.iter().any(|wanted| wanted.group.is_some()) {
            self.evidence.repository.packages(Ecosystem::Maven)
        } else {
            Vec::new()
        };
        let all: Vec<BTreeSet<usize>> =
            wanted.iter().map(|wanted| self.in_group(wanted, &artifacts)).collect();
        let module = self.module(&all);
        let own = |files: &BTreeSet<usize>| -> BTreeSet<usize> {
            files
                .iter()
                .copied()
                .filter(|&file| below(&self.tracked.paths[file], &module).is_some())
                .collect()
        };
        let found: Vec<BTreeSet<usize>> = if self.relative_known {
            vec![BTreeSet::new(); all.len()]
        } else {
            all.iter().map(own).collect()
        };
        let roots = self.source_roots(&wanted, &found);
        let stated = self.stated(&wanted, &found, &module);
        for ((wanted, files), stated) in wanted.iter().zip(found).zip(stated) {
            let files = if files.is_empty() {
                stated
            } else {
                self.below_source_roots(wanted, files, &roots)
            };
            let how =
                if wanted.group.is_some() || self.relative_known { How::Name } else { How::Folder };
            self.paths[wanted.at].answer = Some(match files.len() {
                0 => Answer::Left(Why::Untracked),
                1 => Answer::Found(*files.first().expect("there is one"), how),
                _ => Answer::Left(Why::Ambiguous(self.named(&files))),
            });
        }
    }

    fn wanted(&self) -> Vec<Wanted> {
        let open = self
            .paths
            .iter()
            .enumerate()
            .filter(|(_, path)| path.is_open() && path.kind == Kind::Package);
        let wanted = open.map(|(at, path)| {
            let group =
                self.evidence.groups.get(path.reported).filter(|group| !group.is_empty()).cloned();
            let whole = path.spelling.canonical();
            let without = group.as_deref().and_then(|group| below(whole, group));
            Wanted { at, path: without.unwrap_or(whole).to_owned(), group }
        });
        wanted.collect()
    }

    /// The tracked files that end with a whole package and file name, in the folder of the path's
    /// group if it has one.
    fn in_group(&self, wanted: &Wanted, artifacts: &[Package]) -> BTreeSet<usize> {
        let all: BTreeSet<usize> = self.tracked.suffixes.ending_with(&wanted.path).collect();
        let Some(group) = &wanted.group else { return all };
        // Nested groups are named one after another, and the last one is the module.
        let name = group.rsplit('/').next().unwrap_or(group);
        let folders: Vec<&str> = artifacts
            .iter()
            .filter(|artifact| artifact.name == name)
            .map(|artifact| artifact.folder.as_str())
            .collect();
        let in_module = |file: &usize| {
            let own = &self.tracked.paths[*file];
            let named = own.split('/').any(|folder| folder == name);
            folders.iter().any(|folder| below(own, folder).is_some()) || folders.is_empty() && named
        };
        let own: BTreeSet<usize> = all.iter().copied().filter(in_module).collect();
        if own.is_empty() { all } else { own }
    }

    /// The folder of the measured module: the root that the user gave, or the nearest folder at or
    /// above the report that contains at least half of the files found in the whole repository.
    fn module(&self, found: &[BTreeSet<usize>]) -> String {
        if let Some(root) = self.evidence.root {
            return join("", root);
        }
        let some = found.iter().filter(|files| !files.is_empty()).count();
        let has = |folder: &str| {
            let own = |file: &usize| below(&self.tracked.paths[*file], folder).is_some();
            found.iter().filter(|files| files.iter().any(own)).count()
        };
        let grouped =
            self.paths.iter().any(|path| self.evidence.groups.contains_key(path.reported));
        let folders = self.folders_upwards();
        let nearest = folders
            .into_iter()
            .find(|folder| !folder.is_empty() && has(folder) * 2 >= some && some > 0);
        nearest.filter(|_| !grouped).unwrap_or_default().to_owned()
    }

    /// The source roots below which exactly one file was found.
    fn source_roots(&self, wanted: &[Wanted], found: &[BTreeSet<usize>]) -> BTreeSet<String> {
        let sure = wanted.iter().zip(found).filter(|(_, files)| files.len() == 1);
        let root = |(wanted, files): (&Wanted, &BTreeSet<usize>)| {
            let own = &self.tracked.paths[*files.first()?];
            Some(start(own, wanted.segments()).to_owned())
        };
        sure.filter_map(root).collect()
    }

    /// Prefers a file directly below a source root for a path without a package, even if deeper
    /// files have the same name.
    fn below_source_roots(
        &self,
        wanted: &Wanted,
        files: BTreeSet<usize>,
        roots: &BTreeSet<String>,
    ) -> BTreeSet<usize> {
        if files.len() < 2 || wanted.path.contains('/') {
            return files;
        }
        let directly = |file: &usize| {
            let own = &self.tracked.paths[*file];
            roots.contains(start(own, wanted.segments()))
        };
        let own: BTreeSet<usize> = files.iter().copied().filter(directly).collect();
        if own.is_empty() { files } else { own }
    }

    /// For the paths that no folder explains, the files of the module whose `package` line names
    /// their package.
    fn stated(
        &self,
        wanted: &[Wanted],
        found: &[BTreeSet<usize>],
        module: &str,
    ) -> Vec<BTreeSet<usize>> {
        let candidates: Vec<Vec<usize>> = wanted
            .iter()
            .zip(found)
            .map(|(wanted, found)| {
                if found.is_empty() { self.of_same_name(&wanted.path, module) } else { Vec::new() }
            })
            .collect();
        let files: BTreeSet<usize> = candidates.iter().flatten().copied().collect();
        if files.is_empty() {
            return vec![BTreeSet::new(); wanted.len()];
        }
        let names: Vec<&str> =
            files.iter().map(|&file| self.tracked.paths[file].as_str()).collect();
        let texts = self.evidence.repository.texts(&names);
        let packages: BTreeMap<usize, String> = files
            .into_iter()
            .zip(texts)
            .filter_map(|(file, text)| Some((file, package_of(&text)?)))
            .collect();
        let stated = |(wanted, candidates): (&Wanted, &Vec<usize>)| {
            let folder = wanted.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            candidates
                .iter()
                .copied()
                .filter(|file| packages.get(file).is_some_and(|own| own == folder))
                .collect()
        };
        wanted.iter().zip(&candidates).map(stated).collect()
    }

    fn of_same_name(&self, path: &str, module: &str) -> Vec<usize> {
        let alike: Vec<usize> = self.tracked.suffixes.of_same_name(path).collect();
        let own =
            alike.into_iter().filter(|&file| below(&self.tracked.paths[file], module).is_some());
        let own: Vec<usize> = own.collect();
        if own.len() > READ { Vec::new() } else { own }
    }
}

/// The package that a source declares, as folders. Scala may declare it in several lines, each
/// inside the one before.
fn package_of(text: &str) -> Option<String> {
    let mut package: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        let Some(rest) = line.strip_prefix("package").filter(|rest| rest.starts_with([' ', '\t']))
        else {
            let code = !line.is_empty() && !line.starts_with(['/', '*', '@', '#']);
            if code && !package.is_empty() {
                break;
            }
            continue;
        };
        let name = rest
            .trim()
            .split(|letter: char| letter == ';' || letter == '{' || letter.is_whitespace())
            .next()?;
        let folders = name
            .trim_start_matches("object ")
            .split('.')
            .map(|folder| folder.trim_matches('`').to_owned());
        package.extend(folders.filter(|folder| !folder.is_empty()));
    }
    (!package.is_empty()).then(|| package.join("/"))
}

#[cfg(test)]
mod tests {
    use super::package_of;

    #[test]
    fn packages_are_read_from_their_lines() {
        let package = |text: &str| package_of(text);
        assert_eq!(
            package("/* c */\npackage com.acme.shop;\n\nimport x.y;").as_deref(),
            Some("com/acme/shop")
        );
        assert_eq!(
            package("@file:JvmName(\"A\")\n\npackage com.acme.`in`\n").as_deref(),
            Some("com/acme/in")
        );
        assert_eq!(
            package("package com.acme\npackage shop\n\nclass A").as_deref(),
            Some("com/acme/shop")
        );
        assert_eq!(package("packages = 1\n"), None);
    }
}
