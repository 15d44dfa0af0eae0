//! Two snapshots of any commits side by side: what a change added, and what became of everything else.
//!
//! In: the recorded parts of a base and of a head. Out: a [`Comparison`] in the categories of differential coverage. Files are
//! followed through renames; what was carried is not looked at, since only what was measured can be compared.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Sources,
    categories::{Difference, Differential, difference},
};
use crate::{
    Result,
    error::Context as _,
    git::{Change, Id, Renames, Repo},
    report::FileCoverage,
    store::Stored,
};

/// What differs between two snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Lines, branches and functions of all files.
    pub counts: Differential,
    /// The files in which anything is otherwise than it was, by path.
    pub files: Vec<FileComparison>,
    /// The suites that were measured at both and are compared.
    pub suites: BTreeSet<String>,
    /// Those that were measured at one of the two alone.
    pub left_out: BTreeSet<String>,
}

/// What differs in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileComparison {
    /// Its path at the head; at the base, where it is gone.
    pub path: String,
    /// Its path at the base, where that was another one.
    pub renamed_from: Option<String>,
    /// Its counts.
    pub counts: Differential,
    /// Added lines that did not run, as runs from line to line of the head.
    pub uncovered: Vec<(u32, u32)>,
    /// Lines that lost their coverage while their text stayed.
    pub lost: Vec<(u32, u32)>,
}

/// A snapshot to compare: a commit and the parts that were recorded of it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'s> {
    /// The commit.
    pub commit: Id,
    /// Its parts.
    pub parts: &'s [Stored],
}

/// Compares two snapshots, in the suites that were measured at both.
pub fn compare(sources: &Sources<'_>, base: Side<'_>, head: Side<'_>) -> Result<Comparison> {
    let (old, new) = (base.suites(), head.suites());
    let suites: BTreeSet<String> = old.intersection(&new).cloned().collect();
    let left_out = old.symmetric_difference(&new).cloned().collect();
    let before = Snapshot::read(sources, base, &suites)?;
    let after = Snapshot::read(sources, head, &suites)?;
    let origins = origins(sources.repo, base.commit, head.commit);
    let mut comparison = Comparison { suites, left_out, ..Comparison::default() };
    let mut met = BTreeSet::new();
    for path in after.files.keys() {
        let origin = origins.get(path.as_str()).map_or(path.as_str(), String::as_str);
        met.insert(origin);
        comparison.add(sources, (&before, origin), (&after, path))?;
    }
    for path in before.files.keys().filter(|path| !met.contains(path.as_str())) {
        comparison.add(sources, (&before, path), (&after, path))?;
    }
    comparison.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(comparison)
}

impl Side<'_> {
    fn suites(&self) -> BTreeSet<String> {
        let measured = self.parts.iter().filter(|part| part.files.is_some());
        measured.map(|part| part.key.suite.clone()).collect()
    }
}

/// The paths of the base by those of the head, where they differ. Without either commit no rename is known.
fn origins(repo: &Repo, base: Id, head: Id) -> BTreeMap<String, String> {
    let changes = repo.diff_trees(Some(base), Some(head), Renames::Follow).unwrap_or_default();
    let pairs = changes.into_iter().filter_map(|Change { old, new }| Some((new?.path, old?.path)));
    pairs.filter(|(new, old)| new != old).collect()
}

/// What was recorded of a commit.
struct Snapshot {
    /// The blobs of its records, by path.
    files: BTreeMap<String, Vec<Id>>,
    /// The blobs of the commit's files; none where the commit is not here.
    texts: Option<BTreeMap<String, Id>>,
}

impl Snapshot {
    fn read(sources: &Sources<'_>, side: Side<'_>, suites: &BTreeSet<String>) -> Result<Self> {
        let mut files: BTreeMap<String, Vec<Id>> = BTreeMap::new();
        for part in side.parts.iter().filter(|part| suites.contains(&part.key.suite)) {
            for (path, blob) in sources.store.files(part)? {
                files.entry(path).or_default().push(blob);
            }
        }
        let texts = sources.repo.files(side.commit).ok();
        let texts = texts.map(|files| files.into_iter().map(|file| (file.path, file.blob)).collect());
        Ok(Self { files, texts })
    }

    /// The coverage of a file, merged, which is empty where it was not measured; and its text, where the commit has it.
    fn file(&self, sources: &Sources<'_>, path: &str) -> Result<(FileCoverage, Option<Id>)> {
        let (mut coverage, mut source) = (FileCoverage::default(), None);
        for &blob in self.files.get(path).into_iter().flatten() {
            let record = sources.store.record(blob)?;
            source = source.or(record.source);
            coverage.merge(record.coverage);
        }
        let text = self.texts.as_ref().map(|texts| texts.get(path).copied());
        Ok((coverage, text.unwrap_or(source)))
    }
}

impl Comparison {
    /// Adds a file, or the two that became one.
    fn add(
        &mut self,
        sources: &Sources<'_>,
        (before, old): (&Snapshot, &str),
        (after, path): (&Snapshot, &str),
    ) -> Result<()> {
        let attempt = || format!("comparing {path}");
        let ((one, source), (other, now)) = (before.file(sources, old)?, after.file(sources, path)?);
        let mapping = sources.mapping(source, now).during(attempt)?;
        let Difference { counts, uncovered, lost, .. } = difference(&one, &other, &mapping);
        self.counts.add(&counts);
        if counts.any_change() {
            self.files.push(FileComparison {
                path: path.to_owned(),
                renamed_from: (old != path && before.files.contains_key(old)).then(|| old.to_owned()),
                counts,
                uncovered: runs(&uncovered),
                lost: runs(&lost),
            });
        }
        Ok(())
    }
}

/// Line numbers in order as runs of those that follow one another.
fn runs(lines: &[u32]) -> Vec<(u32, u32)> {
    let runs = lines.chunk_by(|line, next| line + 1 == *next);
    runs.map(|run| (run[0], run[run.len() - 1])).collect()
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn lines_that_follow_one_another_are_a_run() {
        assert_eq!(runs(&[1, 2, 3, 7, 9, 10]), [(1, 3), (7, 7), (9, 10)]);
        assert_eq!(runs(&[]), []);
    }
}
