//! Functions for the commands and the tests that go beyond the library's own: the repository, the
//! store and the timeline, one step at a time. They are not part of the public API.

use std::slice;

use jiff::Timestamp;

use super::Monitor;
use crate::analysis::BLAME;
use crate::config::{Config, SuiteConfig};
use crate::error::Kind;
use crate::forge::CiRun;
use crate::git::{Blame, BlameOptions, Id, IgnoredRevisions, Remote, RepoWriter};
use crate::history::retention::{self, Dated};
use crate::history::{self, Answer, DefaultBranch, History, Recorded, Selected, Selection};
use crate::recording::context::{Request, Surroundings};
use crate::recording::import::{self, Import};
use crate::recording::inputs::Input;
use crate::recording::{self, RunContext};
use crate::report::histories;
use crate::store::{Provenance, Put, Snapshot, Store, StoreWriter};
use crate::{Error, Result};

/// The walk along the timeline, in the repository's cache.
const WALK: &str = "timeline";

#[doc(hidden)]
impl Monitor {
    /// Opens the repository of the current folder as git would, following `GIT_DIR` and the like,
    /// and reads its configuration.
    pub fn here() -> Result<Self> {
        Self::of(RepoWriter::here()?)
    }

    /// Sets the CI run, with what the service says about it.
    #[must_use]
    pub fn in_ci(mut self, ci: Option<CiRun>) -> Self {
        self.ci = ci;
        self
    }

    /// The CI run, if there is one.
    pub fn ci(&self) -> Option<&CiRun> {
        self.ci.as_ref()
    }

    /// The repository.
    pub fn repo(&self) -> &RepoWriter {
        &self.repo
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store of the snapshots, for reading.
    pub fn store(&self) -> Result<Store<'_>> {
        Store::open(&self.repo, &self.config.store.branch)
    }

    /// The store of the snapshots, for writing.
    pub fn store_writer(&self) -> Result<StoreWriter<'_>> {
        StoreWriter::open(&self.repo, &self.config.store.branch)
    }

    /// The default branch, whose commits are the timeline.
    pub fn default_branch(&self) -> Result<DefaultBranch> {
        history::default_branch(&self.repo, self.config.branch.as_deref(), self.ci.as_ref())
    }

    /// Makes a snapshot of reports, without storing it.
    pub fn snapshot(&self, inputs: Vec<Input>, occasion: RunContext) -> Result<Snapshot> {
        recording::snapshot(&self.repo, &self.config, inputs, occasion)
    }

    /// Starts an import of other tools' histories into a suite.
    pub fn import<'a>(
        &'a self,
        history: Option<&'static histories::History>,
        suite: &'a str,
        now: Timestamp,
    ) -> Result<Import<'a>> {
        let provenance = Provenance { recorded_at: now.to_string(), ci: None };
        let options =
            import::Options { history, suite, tip: self.default_branch()?.tip, provenance };
        Import::new(&self.repo, &self.config, &self.store()?, options)
    }

    /// Stores several snapshots, all or none. `when` is the time of the store's new commit.
    pub fn put_all(&self, snapshots: &[Snapshot], when: Timestamp) -> Result<Put> {
        self.store_writer()?.put(snapshots, self.config.store.hits, when.as_second())
    }

    /// Stores a snapshot. `when` is the time of the store's new commit.
    pub fn put(&self, snapshot: &Snapshot, when: Timestamp) -> Result<Put> {
        self.put_all(slice::from_ref(snapshot), when)
    }

    /// The commit to record and its context, with warnings about what could not be found out.
    pub fn occasion(
        &self,
        request: Request,
        provenance: Provenance,
    ) -> Result<(RunContext, Vec<String>)> {
        let default = match self.default_branch() {
            Err(error) if error.kind() != Kind::NotFound => return Err(error),
            found => found.ok(),
        };
        let surroundings =
            Surroundings { repo: &self.repo, ci: self.ci.as_ref(), default: default.as_ref() };
        surroundings.occasion(request, provenance)
    }

    /// The timeline of the default branch. Its end is kept in the repository's cache, so that the
    /// next walk continues from there.
    pub fn history(&self) -> Result<History> {
        let DefaultBranch { name, how, tip, warning } = self.default_branch()?;
        let suite = |config: &SuiteConfig| history::SuiteOptions {
            parts: config.parts,
            carry: config.carry.unwrap_or(history::CARRY),
        };
        let suites =
            self.config.suites.iter().map(|(name, config)| (name.clone(), suite(config))).collect();
        let options = history::Options { branch: name, branch_from: how.to_owned(), tip, suites };
        let (mut history, new) = history::resume(
            &self.repo,
            &self.store()?,
            &options,
            self.repo.cached(WALK).as_deref(),
        )?;
        if let Some(new) = new {
            self.repo.cache(WALK, &new);
        }
        history.warnings.extend(warning);
        Ok(history)
    }

    /// The commits that have snapshots, from which [`retention::outdated`] selects those to drop.
    ///
    /// # Errors
    /// In a shallow clone, where commits of the default branch cannot be distinguished from others.
    pub fn dated(&self) -> Result<Vec<Dated>> {
        if self.repo.is_shallow() {
            return Err(Error::new(
                "cannot tell in a shallow clone which snapshots are of the default branch",
            )
            .hint(
                "`git fetch --unshallow` fetches the whole history (in GitHub Actions: \
                 `fetch-depth: 0`)",
            ));
        }
        retention::dated(&self.repo, &self.store()?, self.default_branch()?.tip)
    }

    /// Fetches, in two batches, the objects that the timeline needs and a partial clone (`git clone
    /// --filter=blob:none`) lacks. Returns their number. Does nothing in other clones.
    pub fn fetch_missing(&self) -> Result<usize> {
        if !self.repo.is_partial() {
            return Ok(0);
        }
        history::fetch_missing(&self.repo, &self.store()?, self.default_branch()?.tip)
    }

    /// The timeline, which must have at least one snapshot.
    pub fn measured_history(&self) -> Result<History> {
        let history = self.history()?;
        if history.points.is_empty() {
            let error = Error::new(format!(
                "no snapshot of the branch `{}` was recorded yet",
                history.branch
            ))
            .hint("`covatlas record` records the coverage reports of the current commit");
            return Err(match self.fetch_command()? {
                Some(fetch) => {
                    error.hint(format!("`{fetch}` fetches those that a remote may have"))
                }
                None => error,
            });
        }
        Ok(history)
    }

    /// The command that fetches the snapshots of the first remote, or `None` if there is no remote.
    ///
    /// It fetches into the remote-tracking branch, which is read too. So it never conflicts with
    /// what was recorded here.
    pub fn fetch_command(&self) -> Result<Option<String>> {
        let remote = self.repo.remotes()?.into_iter().next();
        let branch = &self.config.store.branch;
        Ok(remote.map(|Remote { name, .. }| {
            format!("git fetch {name} {branch}:refs/remotes/{name}/{branch}")
        }))
    }

    /// The commit that last changed each line of some files of a commit. The result is kept in the
    /// repository's cache for the next blame.
    pub fn blame(&self, head: Id, paths: &[String], options: &BlameOptions<'_>) -> Result<Blame> {
        let known = self.repo.cached(BLAME);
        let options = BlameOptions { known: known.as_deref(), ..options.clone() };
        let blame = self.repo.blame(head, paths, &options)?;
        if let Some(new) = &blame.cache {
            self.repo.cache(BLAME, new);
        }
        Ok(blame)
    }

    /// The revisions that a blame looks through.
    pub fn ignored_revisions(&self) -> IgnoredRevisions {
        self.repo.ignored_revisions(self.config.blame.ignore_revs.as_deref())
    }

    /// The merged files of a snapshot, in the form that [`crate::report::export`] can write.
    pub fn select(&self, which: Selection<'_>) -> Result<Selected> {
        let newest = which.commit.is_none() && which.branch.is_none();
        let history = if newest { self.measured_history()? } else { self.history()? };
        history::select(&self.repo, &self.store()?, &history, which)
    }

    /// The snapshot that is used for a revision.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if the revision does not name a commit, or if there is no snapshot for
    /// it.
    pub fn answer(&self, revision: &str) -> Result<Answer> {
        let store = self.store()?;
        let recorded = Recorded::list(&self.repo, &store)?;
        let answer = recorded.resolve(revision).and_then(|commit| recorded.answer(commit));
        answer.map_err(|error| recorded.damage().explain(error))
    }
}
