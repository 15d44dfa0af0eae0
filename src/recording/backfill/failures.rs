//! Remembers the commits at which a command failed, so that it is not run there again and again.
//!
//! They are stored in `.git/covatlas/backfill.json`. This is only a cache: a file that cannot be
//! read is started anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::Context as _;
use crate::git::Id;

const FILE: &str = "backfill.json";
/// The extension of the file while it is being written.
const UNFINISHED: &str = "json.new";

/// The failures of a repository.
#[derive(Debug)]
pub struct Failures {
    file: PathBuf,
    known: Known,
}

/// The command that failed, by suite and commit.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    suites: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Failures {
    /// Reads the known failures. `folder` is covatlas's own folder in the repository.
    pub fn load(folder: &Path) -> Self {
        let file = folder.join(FILE);
        let text = fs::read(&file).ok();
        let known = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { file, known }
    }

    /// Whether exactly this command failed at a commit.
    pub fn has(&self, suite: &str, commit: Id, command: &[String]) -> bool {
        let failed =
            self.known.suites.get(suite).and_then(|commits| commits.get(&commit.to_string()));
        failed.is_some_and(|failed| failed == command)
    }

    /// Records that a command failed at a commit.
    pub fn add(&mut self, suite: &str, commit: Id, command: &[String]) -> Result<()> {
        self.known
            .suites
            .entry(suite.to_owned())
            .or_default()
            .insert(commit.to_string(), command.to_vec());
        self.save()
    }

    /// Removes the failure at a commit, if there was one.
    pub fn forget(&mut self, suite: &str, commit: Id) -> Result<()> {
        let commits = self.known.suites.get_mut(suite);
        if commits.and_then(|commits| commits.remove(&commit.to_string())).is_none() {
            return Ok(());
        }
        self.save()
    }

    fn save(&self) -> Result<()> {
        let attempt = || format!("cannot note what failed in {}", self.file.display());
        let text = serde_json::to_vec_pretty(&self.known).during(attempt)?;
        let new = self.file.with_extension(UNFINISHED);
        fs::write(&new, text).during(attempt)?;
        fs::rename(&new, &self.file).during(attempt)
    }

    /// Removes the file that a killed backfill was writing.
    pub(super) fn remove_unfinished(folder: &Path) {
        let _ = fs::remove_file(folder.join(FILE).with_extension(UNFINISHED));
    }
}
