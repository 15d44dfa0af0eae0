//! The front of the library: [`Monitor`]. The commands are written on it.
//!
//! The clock and the user's theme and pages are read here, so that the other stages need not.

mod analyses;

use std::collections::BTreeMap;
use std::path::Path;
use std::slice;

use jiff::Timestamp;
use walkdir::WalkDir;

use crate::analysis::Sources;
use crate::analysis::comparison::{self, Base, Comparison, Side};
use crate::config::Config;
use crate::error::{Context as _, Kind};
use crate::forge::{CiRun, WebPages};
use crate::git::{Blame, BlameOptions, Caching, Id, IgnoredRevisions, Remote, Repo};
use crate::history::retention::{self, Dated};
use crate::history::{
    self, Answer, ChangeBase, DefaultBranch, History, Recorded, Selected, Selection,
};
use crate::publish::{Folder, Published};
use crate::recording::context::{Request, Surroundings};
use crate::recording::import::{self, Import};
use crate::recording::inputs::{self, Input};
use crate::recording::{self, RunContext};
use crate::report::{Tallies, histories};
use crate::site::{self, Atlas, Sink};
use crate::store::{Provenance, Put, Snapshot, Store};
use crate::{Error, Result};

/// The walk along the timeline, in the repository's cache.
const WALK: &str = "timeline";

/// Two snapshots side by side.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The commit that it is compared with: the merge base.
    pub base: Id,
    /// The commit whose snapshot says what was covered there, if any does.
    pub base_snapshot: Option<Id>,
    /// The commit of the head's snapshot.
    pub head: Id,
    /// The differences.
    pub comparison: Comparison,
    /// What the reader has to know: other commits than those that were named, suites that were left
    /// out, and damage.
    pub notes: Vec<String>,
}

/// Tracks coverage in a repository and writes reports of it.
///
/// ```
/// use covatlas::{Monitor, report::Dimension};
/// # let folder = tempfile::tempdir()?;
/// # let git = |args: &[&str]| {
/// #     let mut git = std::process::Command::new("git");
/// #     git.current_dir(&folder).args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]).args(args);
/// #     assert!(git.status().expect("git runs").success());
/// # };
/// # std::fs::write(folder.path().join("add.py"), "def add(a, b):\n    return a + b\n")?;
/// # std::fs::write(folder.path().join("lcov.info"), "SF:add.py\nDA:1,1\nDA:2,0\nend_of_record\n")?;
/// # git(&["init", "--quiet"]);
/// # git(&["add", "add.py"]);
/// # git(&["commit", "--quiet", "--message", "Add"]);
/// let monitor = Monitor::open(&folder)?; // a repository with one commit
/// let report = folder.path().join("lcov.info"); // one of two lines was covered
/// let snapshot = monitor.track(&[report])?;
/// assert_eq!(snapshot.run.totals, monitor.coverage()?);
///
/// let lines = monitor.coverage()?.get(&Dimension::Lines).expect("lines were measured");
/// assert_eq!((lines.covered, lines.total), (1, 2));
///
/// let site = folder.path().join("site");
/// monitor.write_report(&site)?;
/// assert!(site.join("index.html").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Monitor {
    repo: Repo,
    config: Config,
    ci: Option<CiRun>,
}

impl Monitor {
    /// Opens the repository that holds a folder, and reads its configuration.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Self::of(Repo::discover(folder.as_ref())?)
    }

    /// Opens the repository of the current folder as git would, by `GIT_DIR` and its like too, and
    /// reads its configuration.
    pub fn here() -> Result<Self> {
        Self::of(Repo::here()?)
    }

    fn of(repo: Repo) -> Result<Self> {
        let config = Config::load(&repo)?;
        Ok(Self { repo, config, ci: None })
    }

    /// The same monitor in a CI job, with what the service says about it.
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
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store of the snapshots.
    pub fn store(&self) -> Result<Store<'_>> {
        Store::open(&self.repo, &self.config.store.branch)
    }

    /// The default branch, whose commits are the timeline.
    pub fn default_branch(&self) -> Result<DefaultBranch> {
        history::default_branch(&self.repo, self.config.branch.as_deref(), self.ci.as_ref())
    }

    /// Records report files as a snapshot of `HEAD`, in suite and part `default`.
    pub fn track(&self, reports: &[impl AsRef<Path>]) -> Result<Snapshot> {
        let inputs = reports
            .iter()
            .map(|path| inputs::read(path.as_ref(), None))
            .collect::<Result<Vec<_>>>()?;
        let now = Timestamp::now();
        let provenance = Provenance { recorded_at: now.to_string(), ci: None };
        let part = Some("default".to_owned());
        let request = Request { suite: "default".to_owned(), part, ..Request::default() };
        let (occasion, _) = self.occasion(request, provenance)?;
        let snapshot = self.snapshot(inputs, occasion)?;
        self.put(&snapshot, now)?;
        Ok(snapshot)
    }

    /// Makes a snapshot of reports, without storing it.
    pub fn snapshot(&self, inputs: Vec<Input>, occasion: RunContext) -> Result<Snapshot> {
        recording::snapshot(&self.repo, &self.config, inputs, occasion)
    }

    /// Begins an import of the histories that other tools keep, into a suite.
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

    /// Stores many snapshots, all or none; `when` is the time of the commit that does it.
    pub fn put_all(&self, snapshots: &[Snapshot], when: Timestamp) -> Result<Put> {
        self.store()?.put(snapshots, self.config.store.hits, when.as_second())
    }

    /// Stores a snapshot; `when` is the time of the commit that does it.
    pub fn put(&self, snapshot: &Snapshot, when: Timestamp) -> Result<Put> {
        self.put_all(slice::from_ref(snapshot), when)
    }

    /// What is recorded: which commit, as part of what; with warnings about what could not be found
    /// out.
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

    /// The timeline of the default branch. Where it ends is kept in the repository's cache, to go
    /// on from the next time.
    pub fn history(&self) -> Result<History> {
        let DefaultBranch { name, how, tip, warning } = self.default_branch()?;
        let suite = |config: &crate::config::SuiteConfig| history::SuiteOptions {
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

    /// The commits that have snapshots, for [`retention::outdated`] to say which of them are to be
    /// dropped.
    ///
    /// # Errors
    /// In a shallow clone, in which commits of the default branch look like those beside it.
    pub fn dated(&self) -> Result<Vec<Dated>> {
        if self.repo.is_shallow() {
            return Err(Error::new("cannot tell in a shallow clone which snapshots are of the default branch")
                .hint("`git fetch --unshallow` fetches the whole history (in GitHub Actions: `fetch-depth: 0`)"));
        }
        retention::dated(&self.repo, &self.store()?, self.default_branch()?.tip)
    }

    /// Fetches, in two batches, what a partial clone (`git clone --filter=blob:none`) leaves out
    /// and the timeline needs; yields how many objects that were. In any other clone it does
    /// nothing.
    pub fn fetch_missing(&self) -> Result<usize> {
        if !self.repo.is_partial() {
            return Ok(0);
        }
        history::fetch_missing(&self.repo, &self.store()?, self.default_branch()?.tip)
    }

    /// The timeline, which has a snapshot at least.
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
                    error.hint(format!("those that a remote may have come with `{fetch}`"))
                }
                None => error,
            });
        }
        Ok(history)
    }

    /// The command that brings the snapshots of the first remote, or `None` if there is no remote.
    ///
    /// It fetches into the remote-tracking branch, which is read too, so that it never fails for
    /// what was recorded here.
    pub fn fetch_command(&self) -> Result<Option<String>> {
        let remote = self.repo.remotes()?.into_iter().next();
        let branch = &self.config.store.branch;
        Ok(remote.map(|Remote { name, .. }| {
            format!("git fetch {name} {branch}:refs/remotes/{name}/{branch}")
        }))
    }

    /// Which commit last changed each line of files of a commit, by the ignored revisions of git's
    /// setting and of the configuration.
    pub fn blame(&self, head: Id, paths: &[String], caching: Caching) -> Result<Blame> {
        let ignored = self.ignored_revisions().commits;
        self.repo.blame(head, paths, &BlameOptions { ignored, caching, on_commit: None })
    }

    /// The revisions that a blame looks through.
    pub fn ignored_revisions(&self) -> IgnoredRevisions {
        self.repo.ignored_revisions(self.config.blame.ignore_revs.as_deref())
    }

    /// The newest figures of the default branch, all suites merged.
    pub fn coverage(&self) -> Result<Tallies> {
        let history = self.measured_history()?;
        Ok(history.latest().map(|point| point.totals.clone()).unwrap_or_default())
    }

    /// The merged files of a snapshot, as they can be written in another format
    /// ([`crate::report::export`]).
    pub fn select(&self, which: Selection<'_>) -> Result<Selected> {
        let newest = which.commit.is_none() && which.branch.is_none();
        let history = if newest { self.measured_history()? } else { self.history()? };
        history::select(&self.repo, &self.store()?, &history, which)
    }

    /// The snapshot that answers for a revision.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a revision that names no commit, and if no snapshot answers for it.
    pub fn answer(&self, revision: &str) -> Result<Answer> {
        let store = self.store()?;
        let recorded = Recorded::list(&self.repo, &store)?;
        let answer = recorded.resolve(revision).and_then(|commit| recorded.answer(commit));
        answer.map_err(|error| recorded.damage().explain(error))
    }

    /// What a revision (`HEAD` unless it is named) adds to another one, and what became of
    /// everything else.
    ///
    /// The snapshot that answers for the head is compared with the text of its merge base with the
    /// other revision. The notes name the commits that are meant, where they are not the named
    /// ones, and suites that are not compared.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a revision that names no commit, or if no snapshot answers for the
    /// head; an error if the two have no common history.
    pub fn compare(&self, base: &str, head: Option<&str>) -> Result<Compared> {
        let store = self.store()?;
        let recorded = Recorded::list(&self.repo, &store)?;
        let compared = self.compare_recorded(&recorded, base, head.unwrap_or("HEAD"));
        compared.map_err(|error| recorded.damage().explain(error))
    }

    fn compare_recorded(
        &self,
        recorded: &Recorded<'_>,
        base: &str,
        head: &str,
    ) -> Result<Compared> {
        let (from, to) = (recorded.resolve(base)?, recorded.resolve(head)?);
        let answer = recorded
            .answer(to)
            .or_else(|error| recorded.refuse_unrelated(from, to).and(Err(error)))?;
        let ChangeBase { commit, merged_with, mut notes } = recorded.base_of(from, &answer)?;
        let snapshot = match recorded.answer(commit) {
            Err(error) if error.kind() != Kind::NotFound => return Err(error),
            found => found.ok(),
        };
        notes.extend(
            [snapshot.as_ref(), Some(&answer)].into_iter().flatten().filter_map(Answer::note),
        );
        let side = |commit| Side {
            commit,
            parts: recorded.parts(commit),
            merge_base: recorded.base(commit),
        };
        let base_snapshot = snapshot.map(|found| found.commit);
        let base = Base { commit: side(commit), snapshot: base_snapshot.map(side), merged_with };
        let comparison = comparison::compare(
            &Sources::new(&self.repo, recorded.store()),
            base,
            side(answer.commit),
        )?;
        notes.extend(notes_on_suites(&comparison, commit, base_snapshot));
        let mut damage = recorded.damage();
        damage.extend(&comparison.damage);
        notes.extend(damage.sentences());
        Ok(Compared { base: commit, base_snapshot, head: answer.commit, comparison, notes })
    }

    /// Writes the site into a folder.
    ///
    /// # Errors
    /// When the folder holds something else; a `.html` file, one self-contained page, cannot be
    /// written yet.
    pub fn write_report(&self, path: impl AsRef<Path>) -> Result<Published> {
        let path = path.as_ref();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html")) {
            return Err(Error::new(format!(
                "cannot write {}: a report in one file is not supported yet",
                path.display()
            ))
            .hint("name a folder: the site in it needs no server"));
        }
        let history = self.measured_history()?;
        let mut folder = Folder::open(path)?;
        self.build(&history, &mut folder)?;
        folder.finish()
    }

    /// Makes the pages of a timeline, for any sink.
    pub fn build(&self, history: &History, sink: &mut dyn Sink) -> Result<()> {
        let store = self.store()?;
        let sources = Sources::new(&self.repo, &store);
        let analyses = self.analyses(&sources, history)?;
        let atlas = Atlas {
            project: self.project(),
            web: self.web_pages(),
            config: &self.config,
            history,
            analyses: &analyses,
            objects: sources.objects(),
            overrides: self.folder(&THEME, self.config.site.theme.as_deref())?,
            content: self.content()?,
        };
        site::build(&atlas, sink)
    }

    /// The project's name: as configured, else that of the remote's repository, else of the folder.
    fn project(&self) -> String {
        let remote = || {
            let url = self.repo.remotes().ok()?.into_iter().next()?.url;
            let name = url
                .trim_end_matches('/')
                .rsplit(['/', ':'])
                .next()?
                .trim_end_matches(".git")
                .to_owned();
            Some(name).filter(|name| !name.is_empty())
        };
        let folder = || {
            let folder = self.repo.work_tree().unwrap_or_else(|| self.repo.folder());
            Some(folder.file_name()?.to_string_lossy().trim_end_matches(".git").to_owned())
        };
        self.config
            .name
            .clone()
            .or_else(remote)
            .or_else(folder)
            .unwrap_or_else(|| "coverage".to_owned())
    }

    /// Where the repository is on the web: by the configuration, else by the first remote.
    fn web_pages(&self) -> Option<WebPages> {
        let configured = self.config.site.repository.clone();
        let remote = || Some(self.repo.remotes().ok()?.into_iter().next()?.url);
        WebPages::of_remote(&configured.or_else(remote)?)
    }

    /// The user's pages for the guide.
    fn content(&self) -> Result<BTreeMap<String, String>> {
        let pages = self.folder(&CONTENT, self.config.site.content.as_deref())?.into_iter();
        let text = |(path, bytes)| {
            let text = String::from_utf8(bytes)
                .during(|| format!("cannot read the page `{path}` of `site.content`"))?;
            Ok((path, text))
        };
        pages.map(text).collect()
    }

    /// The files of a folder that is configured from the root of the repository: of the work tree,
    /// else of `HEAD`.
    fn folder(&self, of: &Configured, folder: Option<&str>) -> Result<BTreeMap<String, Vec<u8>>> {
        let Some(folder) = folder.map(|folder| folder.trim_end_matches('/')) else {
            return Ok(BTreeMap::new());
        };
        let attempt = || format!("cannot use `{}` of covatlas.toml", of.setting);
        let found = match self.repo.work_tree() {
            Some(_) => {
                files_below(&self.repo.inside(folder).during(attempt)?, of).during(attempt)?
            }
            None => self.committed_below(folder, of)?,
        };
        if found.is_empty() {
            return Err(Error::new(format!("the folder `{folder}` has no {}", of.what)).hint(
                format!(
                    "correct `{}` in covatlas.toml: a folder from the root of the repository",
                    of.setting
                ),
            ));
        }
        Ok(found)
    }

    fn committed_below(&self, folder: &str, of: &Configured) -> Result<BTreeMap<String, Vec<u8>>> {
        let files = self.repo.files(self.repo.resolve("HEAD")?)?.into_iter();
        let below = files.filter_map(|file| {
            Some((file.path.strip_prefix(folder)?.strip_prefix('/')?.to_owned(), file.blob))
        });
        let below: Vec<(String, Id)> = below.filter(|(path, _)| (of.is_used)(path)).collect();
        self.repo.fetch_missing(&below.iter().map(|(_, blob)| *blob).collect::<Vec<Id>>())?;
        below.into_iter().map(|(path, blob)| Ok((path, self.repo.blob(blob)?))).collect()
    }
}

/// A folder that the configuration names: which of its files are used, and how large they may be.
struct Configured {
    setting: &'static str,
    what: &'static str,
    is_used: fn(&str) -> bool,
    /// The most bytes of a file.
    largest: u64,
}

const CONTENT: Configured = Configured {
    setting: "site.content",
    what: "page (*.md)",
    is_used: |path| Path::new(path).extension().is_some_and(|extension| extension == "md"),
    largest: 4 << 20,
};

const THEME: Configured = Configured {
    setting: "site.theme",
    what: "file in templates/ or static/",
    is_used: |path| path.starts_with("templates/") || path.starts_with("static/"),
    largest: 16 << 20,
};

/// Code that was there before, and whose coverage is unknown.
fn notes_on_suites(comparison: &Comparison, base: Id, snapshot: Option<Id>) -> Vec<String> {
    let base = base.short();
    if snapshot.is_none() {
        let message = "has a snapshot: what became of code that was there before is not known";
        return vec![format!("neither {base} nor any commit before it {message}")];
    }
    let new = comparison.patch_suites.difference(&comparison.suites);
    let new = new.map(|suite| {
        format!("suite `{suite}` was not measured at the base: only the added code counts of it")
    });
    let gone = comparison
        .base_only
        .iter()
        .map(|suite| format!("suite `{suite}` was measured at the base alone: left out"));
    new.chain(gone).collect()
}

/// The files below a folder that are used, with their contents, by path with `/`. No symlink is
/// followed, and git's own folders are not entered.
fn files_below(root: &Path, of: &Configured) -> Result<BTreeMap<String, Vec<u8>>> {
    let is_own = |entry: &walkdir::DirEntry| entry.depth() == 0 || entry.file_name() != ".git";
    let walk =
        WalkDir::new(root).into_iter().filter_entry(is_own).filter_map(std::result::Result::ok);
    let inside =
        |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let mut files = BTreeMap::new();
    for entry in walk.filter(|entry| entry.file_type().is_file()) {
        let name = inside(entry.path());
        if !(of.is_used)(&name) {
            continue;
        }
        let size = entry.metadata().map_or(0, |about| about.len());
        if size > of.largest {
            let message = format!(
                "`{name}` has {size} bytes, and a file there may have at most {}",
                of.largest
            );
            return Err(Error::new(message).hint("is this the folder that was meant?"));
        }
        let bytes = crate::files::read(entry.path())
            .during(|| format!("cannot read {}", entry.path().display()))?;
        files.insert(name, bytes);
    }
    Ok(files)
}
