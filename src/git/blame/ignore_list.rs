//! Reads the list of ignored revisions: commits that only moved or reformatted lines, listed in a
//! file of the project.
//!
//! The file is named by `[blame] ignore-revs` and by git's own setting, `blame.ignoreRevsFile`. The
//! format is git's: one full id per line, and `#` starts a comment.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;

use crate::files;
use crate::git::{Id, Repo};

/// Git's setting.
const SETTING: &str = "blame.ignoreRevsFile";

/// The revisions that a blame looks through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoredRevisions {
    /// The commits.
    pub commits: BTreeSet<Id>,
    /// Warnings about lines that could not be used.
    pub warnings: Vec<String>,
}

impl Repo {
    /// Reads the files of ignored revisions that git's own setting names, followed by the one at
    /// `path`, which is relative to the root of the repository.
    pub fn ignored_revisions(&self, path: Option<&str>) -> IgnoredRevisions {
        let mut ignored = IgnoredRevisions::default();
        let of_git = self.ignore_files();
        let of_git = of_git.iter().map(|file| (file.as_str(), self.ignore_file(file)));
        for (file, text) in of_git.chain(path.map(|file| (file, self.configured_ignore_file(file))))
        {
            match text {
                Some(text) => self.read_ignored(file, &text, &mut ignored),
                None => ignored
                    .warnings
                    .push(format!("the file of ignored revisions `{file}` cannot be read")),
            }
        }
        ignored
    }

    /// The text of the file that the repository's own configuration names, from the work tree or
    /// otherwise from `HEAD`.
    fn configured_ignore_file(&self, file: &str) -> Option<String> {
        if self.work_tree().is_none() {
            return self.ignore_file(file);
        }
        files::read(&self.inside(file).ok()?)
            .ok()
            .map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    /// The files that git's setting names, in all levels of its configuration. An empty value
    /// removes those before it.
    fn ignore_files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let Ok(config) = self.inner.config() else { return files };
        let Ok(entries) = config.multivar(SETTING, None) else { return files };
        let _ = entries.for_each(|entry| match entry.value().unwrap_or_default() {
            "" => files.clear(),
            file => files.push(file.to_owned()),
        });
        files
    }

    /// The text of one of these files, from the work tree or otherwise from `HEAD`.
    fn ignore_file(&self, file: &str) -> Option<String> {
        let home = || env::var_os("HOME").map(|home| Path::new(&home).join(&file[2..]));
        let absolute =
            if file.starts_with("~/") { home() } else { Some(Path::new(file).to_owned()) };
        let absolute = absolute
            .filter(|path| path.is_absolute())
            .or_else(|| Some(self.work_tree()?.join(file)));
        if let Some(path) = absolute {
            return files::read(&path).ok().map(|text| String::from_utf8_lossy(&text).into_owned());
        }
        let blob = self.at(self.resolve("HEAD").ok()?, file).ok()??;
        self.fetch_missing(&[blob]).ok()?;
        self.blob(blob).ok().map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    fn read_ignored(&self, file: &str, text: &str, ignored: &mut IgnoredRevisions) {
        for (number, line) in (1..).zip(text.lines()) {
            let word = line.split('#').next().unwrap_or_default().trim();
            match word.parse::<Id>() {
                _ if word.is_empty() => {}
                Ok(id) => drop(ignored.commits.insert(self.commit_of(id))),
                Err(_) => {
                    ignored
                        .warnings
                        .push(format!("line {number} of `{file}` is not a full commit id"));
                }
            }
        }
    }

    /// The commit of a tag. An id that is not in this repository is returned unchanged, since no
    /// blame will reach it.
    fn commit_of(&self, id: Id) -> Id {
        self.peeled(id).ok().flatten().unwrap_or(id)
    }
}
