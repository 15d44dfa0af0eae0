//! Reads the store: its parts and their files.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::cases::{self, Shard, Shards};
use super::{
    Damage, FORMAT, FileRecord, Key, LARGEST, PARTS, Provenance, Run, Store, Stored, Survey, codec,
    format_text, layout,
};
use crate::error::Context;
use crate::git::{Change, Id, Renames, Repo, TreeFile, Trees};
use crate::report::Test;
use crate::{Error, Result};

impl<'repo> Store<'repo> {
    /// Opens the store on a branch of a repository (`covatlas` by default). The branch need not
    /// exist yet. A newer FORMAT is refused.
    ///
    /// A fresh clone has the branch only as a remote-tracking one (`origin/covatlas`), which is
    /// read too.
    pub fn open(repo: &'repo Repo, branch: &str) -> Result<Self> {
        check_branch(branch)?;
        let store =
            Self { repo, branch: branch.to_owned(), reference: format!("refs/heads/{branch}") };
        for tip in store.tips()? {
            store.check_format(tip)?;
        }
        Ok(store)
    }

    /// Whether nothing was ever recorded here.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.tips()?.is_empty())
    }

    /// The name of the store's branch.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The commit of the store: that of the local branch, or of the remote-tracking one if that is
    /// ahead.
    pub fn tip(&self) -> Result<Option<Id>> {
        Ok(self.tips()?.first().copied())
    }

    /// Every part in the store that can be read, sorted by key.
    pub fn list(&self) -> Result<Vec<Stored>> {
        Ok(self.survey()?.parts)
    }

    /// Every part in the store, sorted by key, and what could not be read. Damage to one part costs
    /// only that part.
    pub fn survey(&self) -> Result<Survey> {
        let mut survey = Survey::default();
        let mut parts = BTreeMap::new();
        for tip in self.tips()?.into_iter().rev() {
            parts.extend(
                self.parts_or(tip, &mut |what, error| survey.damage.leave_out(what, &error))?,
            );
        }

        for (key, tree) in parts {
            match self.stored(key.clone(), tree) {
                Ok(stored) => survey.parts.push(stored),
                Err(error) => survey.damage.leave_out(key, &error),
            }
        }
        Ok(survey)
    }

    /// The part with a key in the current store.
    pub fn find(&self, key: &Key) -> Result<Option<Stored>> {
        let tree = self.tree_of_part(self.tip()?, key)?;
        tree.map(|tree| self.stored(key.clone(), tree)).transpose()
    }

    pub(super) fn tree_of_part(&self, tip: Option<Id>, key: &Key) -> Result<Option<Id>> {
        let Some(tip) = tip else { return Ok(None) };
        // The names of a key have been checked, and none of them is escaped by `path`.
        let path = key.folder().map(|name| String::from_utf8_lossy(&name).into_owned()).join("/");
        self.repo.at(tip, &format!("{}/{path}", layout::SNAPSHOTS))
    }

    fn stored(&self, key: Key, tree: Id) -> Result<Stored> {
        let files = self.repo.at(tree, layout::FILES)?;
        Ok(Stored { key, tree, files })
    }

    /// In a partial clone (`git clone --filter=blob:none`), fetches the missing objects of the
    /// store in one batch, except for sources stored with snapshots. Returns their number. Does
    /// nothing in other clones.
    pub fn fetch_missing(&self) -> Result<usize> {
        if !self.repo.is_partial() {
            return Ok(0);
        }
        let mut blobs = BTreeSet::new();
        for part in self.list()? {
            let files =
                part.files.map(|tree| self.repo.files(tree)).transpose()?.unwrap_or_default();
            blobs.extend(files.into_iter().map(|file| file.blob));
            let own =
                self.repo.entries(part.tree)?.into_iter().filter(|(_, _, is_folder)| !is_folder);
            blobs.extend(own.map(|(_, blob, _)| blob));
        }
        self.repo.fetch_missing(&blobs.into_iter().collect::<Vec<Id>>())
    }

    /// Reads a part's `run.json`.
    pub fn run(&self, stored: &Stored) -> Result<Run> {
        self.json(stored, layout::RUN)
    }

    /// Reads the `run.json` of parts. Those that cannot be read are left out.
    pub fn runs(&self, parts: &[Stored], damage: &mut Damage) -> Vec<Run> {
        let read = |part: &Stored| {
            damage.readable(format_args!("run.json of {}", part.key), self.run(part))
        };
        parts.iter().filter_map(read).collect()
    }

    /// Reads a part's `provenance.json`.
    pub fn provenance(&self, stored: &Stored) -> Result<Provenance> {
        self.json(stored, layout::PROVENANCE)
    }

    fn json<T: DeserializeOwned>(&self, stored: &Stored, name: &str) -> Result<T> {
        let attempt =
            || format!("could not read {name} of {} in branch {}", stored.key, self.branch);
        let blob = self
            .repo
            .at(stored.tree, name)?
            .ok_or_else(|| Error::new("it is missing"))
            .during(attempt)?;
        serde_json::from_slice(&self.text(blob)?).during(attempt)
    }

    /// Reads a file's record from its blob.
    pub fn record(&self, blob: Id) -> Result<FileRecord> {
        codec::decode(&self.text(blob)?).during(|| self.reading(blob))
    }

    /// Reads a record that [`Self::record`] has accepted before, in this build or an earlier one.
    /// Also returns the size of its text. Most of a build is reading records again.
    pub fn record_again(&self, blob: Id) -> Result<(FileRecord, usize)> {
        let text = self.text(blob)?;
        Ok((codec::decode_again(&text).during(|| self.reading(blob))?, text.len()))
    }

    /// Reads the bytes of a file of the store.
    fn text(&self, blob: Id) -> Result<Vec<u8>> {
        self.repo.blob_up_to(LARGEST, blob)
    }

    fn reading(&self, blob: Id) -> String {
        format!("could not read the record {blob} in branch {}", self.branch)
    }

    /// The tests of a part, in the order of [`cases::shards`]. Empty if it has none.
    pub fn tests(&self, stored: &Stored) -> Result<Vec<Test>> {
        let attempt =
            || format!("could not read the tests of {} in branch {}", stored.key, self.branch);
        let Some(folder) = self.repo.at(stored.tree, layout::TESTS)? else { return Ok(Vec::new()) };
        let texts = self
            .repo
            .at(folder, layout::CASES)?
            .map(|texts| self.repo.entries(texts))
            .transpose()?;
        let durations = self.repo.at(folder, layout::DURATIONS)?;
        let texts: Vec<(Shard, Id)> = texts
            .into_iter()
            .flatten()
            .filter_map(|(name, blob, _)| Some((Shard::named(&name)?, blob)))
            .collect();
        let blobs = texts.iter().map(|(_, blob)| *blob).chain(durations);
        self.repo.fetch_missing(&blobs.collect::<Vec<Id>>())?;
        let read =
            |(shard, blob): (Shard, Id)| Ok((shard, cases::decode(shard, &self.text(blob)?)?));
        let mut shards = texts.into_iter().map(read).collect::<Result<Shards>>().during(attempt)?;
        if let Some(durations) = durations {
            cases::decode_durations(&self.text(durations)?, &mut shards).during(attempt)?;
        }
        Ok(shards.into_values().flatten().collect())
    }

    /// The files of a part by source path, with the blobs of their records.
    pub fn files(&self, stored: &Stored) -> Result<BTreeMap<String, Id>> {
        let files = stored.files.map(|tree| self.repo.files(tree)).transpose()?.unwrap_or_default();
        let files = files.into_iter().filter_map(|file| source_file(&file));
        Ok(files.map(|file| (file.path, file.blob)).collect())
    }

    /// The source texts stored with a part, by path, with their blobs in the store's repository.
    pub fn sources(&self, stored: &Stored) -> Result<BTreeMap<String, Id>> {
        let Some(tree) = self.repo.at(stored.tree, layout::SOURCE)? else {
            return Ok(BTreeMap::new());
        };
        let files = self.repo.files(tree)?.into_iter().filter_map(|file| source_file(&file));
        Ok(files.map(|file| (file.path, file.blob)).collect())
    }

    /// The commits to read: the newest one, or both the local and the remote-tracking one if each
    /// has something that the other lacks.
    fn tips(&self) -> Result<Vec<Id>> {
        let Some((_, tracking)) = self.tracked()? else {
            return Ok(self.local()?.into_iter().collect());
        };
        Ok(match self.local()? {
            None => vec![tracking],
            Some(local) if self.repo.is_ancestor(tracking, local)? => vec![local],
            Some(local) if self.repo.is_ancestor(local, tracking)? => vec![tracking],
            Some(local) => vec![local, tracking],
        })
    }

    /// The tip of the local branch.
    pub(super) fn local(&self) -> Result<Option<Id>> {
        self.repo.tip(&self.reference)
    }

    /// The first remote with a remote-tracking branch here, and its tip.
    pub(super) fn tracked(&self) -> Result<Option<(String, Id)>> {
        for remote in self.repo.remotes()? {
            if let Some(tip) = self.repo.tip(&tracking(&remote.name, &self.branch))? {
                return Ok(Some((remote.name, tip)));
            }
        }
        Ok(None)
    }

    /// The parts of a commit of the store, with the trees of their folders. New commits are based
    /// on this, so nothing may be missing.
    pub(super) fn parts(&self, tip: Id) -> Result<BTreeMap<Key, Id>> {
        let mut failed = None;
        let parts = self.parts_or(tip, &mut |_, error| failed = failed.take().or(Some(error)))?;
        failed.map_or(Ok(parts), Err)
    }

    /// The parts of a commit of the store. Whatever cannot be read is left out and passed to
    /// `damaged`.
    fn parts_or(
        &self,
        tip: Id,
        damaged: &mut dyn FnMut(String, Error),
    ) -> Result<BTreeMap<Key, Id>> {
        let mut parts = BTreeMap::new();
        let Some(snapshots) = self.repo.at(tip, layout::SNAPSHOTS)? else { return Ok(parts) };
        let mut seen = 0;
        for (head, tree) in self.folders(snapshots)? {
            let commits = self.folders(tree).unwrap_or_else(|error| {
                damaged(format!("the snapshots of commits {head}…"), error);
                Vec::new()
            });
            seen += commits.len();
            for (rest, tree) in commits {
                if format!("{head}{rest}").parse::<Id>().is_err() {
                    continue;
                }
                let names = self.folders(tree).unwrap_or_else(|error| {
                    damaged(format!("the snapshots of commit {head}{rest}"), error);
                    Vec::new()
                });
                seen += names.len();
                if seen > PARTS {
                    let error = Error::new(format!(
                        "there are more than {PARTS} folders, and no more are read"
                    ));
                    damaged(format!("the snapshots from commit {head}{rest} on"), error);
                    return Ok(parts);
                }
                let known = names
                    .into_iter()
                    .filter_map(|(name, tree)| Some((Key::of_folder(&head, &rest, &name)?, tree)));
                parts.extend(known);
            }
        }
        Ok(parts)
    }

    fn folders(&self, tree: Id) -> Result<Vec<(String, Id)>> {
        let folders = self.repo.entries(tree)?.into_iter().filter(|(_, _, is_folder)| *is_folder);
        Ok(folders.map(|(name, tree, _)| (name, tree)).collect())
    }

    /// Whether a commit is one of the store itself, so that a report cannot be about its files.
    pub fn is_own(&self, commit: Id) -> Result<bool> {
        Ok(self.repo.at(commit, layout::SNAPSHOTS)?.is_some()
            && self.format(commit)?.starts_with("covatlas "))
    }

    /// The text of the file that gives the format, or empty if there is none.
    fn format(&self, tip: Id) -> Result<String> {
        let Some(blob) = self.repo.at(tip, layout::FORMAT)? else { return Ok(String::new()) };
        // The id identifies the content, even if it is damaged or missing from a partial clone.
        let current = format_text(FORMAT);
        if blob == self.repo.id_of_blob(current.as_bytes())? {
            return Ok(current);
        }
        self.repo.fetch_missing(&[blob])?;
        let text = self
            .text(blob)
            .during(|| format!("could not read {} of branch {}", layout::FORMAT, self.branch));
        Ok(String::from_utf8_lossy(&text?).into_owned())
    }

    /// Fails if a commit is not of a store, or of a store that a newer version wrote.
    pub(super) fn check_format(&self, tip: Id) -> Result<()> {
        let branch = &self.branch;
        let text = self.format(tip)?;
        let version: Option<u32> =
            text.trim_end().strip_prefix("covatlas ").and_then(|version| version.parse().ok());
        match version {
            Some(1..=FORMAT) => Ok(()),
            Some(newer) => Err(Error::new(format!(
                "branch {branch} has format {newer}, written by a newer covatlas; this one reads \
                 and writes up to {FORMAT}"
            ))
            .hint("install the newest covatlas: `cargo install covatlas`")),
            None if self.repo.at(tip, layout::SNAPSHOTS)?.is_some() => Err(Error::new(format!(
                "branch {branch} has snapshots, but its file FORMAT is missing or has been changed"
            ))
            .hint(format!(
                "`git log {branch} -- FORMAT` shows the commit that did it; `git revert` it on \
                 that branch (the file reads `covatlas {FORMAT}`). The snapshots are intact, but \
                 without it nothing says how to read them, so that they are left alone"
            ))),
            None => Err(Error::new(format!(
                "branch {branch} exists, but has no snapshots of covatlas"
            ))
            .hint("name another branch: `[store] branch = \"coverage-data\"` in covatlas.toml")),
        }
    }
}

/// Refuses names that `git branch` refuses.
fn check_branch(name: &str) -> Result<()> {
    if Repo::is_branch_name(name) {
        return Ok(());
    }
    Err(Error::new(format!("{name:?} cannot be the name of the branch for the snapshots"))
        .hint("correct `branch` under [store] in covatlas.toml; the default is `covatlas`"))
}

/// The remote-tracking ref of a branch.
pub(super) fn tracking(remote: &str, branch: &str) -> String {
    format!("refs/remotes/{remote}/{branch}")
}

/// The records that differ between two parts' `files/` trees (`None` is the empty tree), by source
/// path. Only differences are read.
pub fn changes(trees: &Trees<'_>, old: Option<Id>, new: Option<Id>) -> Result<Vec<Change>> {
    let changes = trees.diff(old, new, Renames::Ignore)?;
    let decoded = |change: Change| Change {
        old: change.old.and_then(|file| source_file(&file)),
        new: change.new.and_then(|file| source_file(&file)),
    };
    let known = changes
        .into_iter()
        .map(decoded)
        .filter(|change| change.old.is_some() || change.new.is_some());
    Ok(known.collect())
}

/// A stored file under its source path, or `None` for a file that the store did not write.
fn source_file(file: &TreeFile) -> Option<TreeFile> {
    Some(TreeFile { path: layout::source_path(&file.path)?, blob: file.blob })
}
