//! Turns coverage histories of other tools into snapshots of the commits that they describe.
//!
//! The documents come from files or from the commits of a data branch. An [`Imported`] contains the
//! snapshots, which are not stored yet, the origin of each, and what was left out and why.
//! Snapshots that were measured here are never replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Context as _;
use crate::git::{Id, Renames, Repo};
use crate::recording::inputs::Input;
use crate::recording::{RunContext, snapshot};
use crate::report::Tallies;
use crate::report::histories::{self, Document, History, Measured};
use crate::store::{Key, Provenance, Snapshot, Store};
use crate::{Error, Result, files};

/// The options of an import.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The tool that kept the history, or `None` to detect it from each document.
    pub history: Option<&'static History>,
    /// The suite of the snapshots.
    pub suite: &'a str,
    /// The newest commit of the default branch.
    pub tip: Id,
    /// The time and the author of the recording.
    pub provenance: Provenance,
}

/// The snapshots that were found.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The snapshots, one per commit, sorted by time.
    pub snapshots: Vec<Snapshot>,
    /// The origin of each snapshot.
    pub origins: Vec<Origin>,
    /// Entries that were left out: where they are, and the reason.
    pub skipped: Vec<(String, String)>,
}

/// Where a snapshot comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The document: a path, or `<commit>:<path>`.
    pub from: String,
    /// The time of the measurement in seconds since 1970 UTC, if the document gives it.
    pub time: Option<i64>,
    /// How the commit was found.
    pub matched: Matched,
}

/// How the commit of a measurement was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matched {
    /// It is the newest commit of the default branch at that time.
    Time,
    /// By its id.
    Id,
}

/// An import in progress.
pub struct Import<'a> {
    repo: &'a Repo,
    config: &'a Config,
    options: Options<'a>,
    /// The default branch with commit times, newest first.
    chain: Vec<(Id, i64)>,
    /// The commits at which the suite was measured here.
    measured: BTreeSet<Id>,
    found: BTreeMap<Id, (Snapshot, Origin)>,
    skipped: Vec<(String, String)>,
}

impl<'a> Import<'a> {
    /// Starts an import.
    pub fn new(
        repo: &'a Repo,
        config: &'a Config,
        store: &Store<'_>,
        options: Options<'a>,
    ) -> Result<Self> {
        let chain =
            repo.first_parents(options.tip)?.into_iter().map(|id| Ok((id, repo.commit(id)?.time)));
        let chain = chain.collect::<Result<_>>()?;
        let mut measured = BTreeSet::new();
        for part in store.list()?.into_iter().filter(|part| part.key.suite == options.suite) {
            let is_imported = |run: crate::store::Run| {
                run.inputs.iter().all(|input| histories::named(&input.format).is_some())
            };
            if !store.run(&part).is_ok_and(is_imported) {
                measured.insert(part.key.commit);
            }
        }
        Ok(Self {
            repo,
            config,
            options,
            chain,
            measured,
            found: BTreeMap::new(),
            skipped: Vec::new(),
        })
    }

    /// Adds what an argument names: a file, a folder, or a data branch as `<revision>` or
    /// `<revision>:<path>`, all of whose commits are read. `each` is called for every document.
    ///
    /// # Errors
    /// If it names nothing, or a file that does not look like any history.
    pub fn add(&mut self, argument: &str, each: &mut dyn FnMut()) -> Result<()> {
        let path = Path::new(argument);
        if path.is_dir() {
            for file in documents_in(path) {
                each();
                let (name, bytes) = read(&file)?;
                self.document_if_known(&name, &bytes, None);
            }
            return Ok(());
        }
        if path.exists() {
            each();
            let (name, bytes) = read(path)?;
            self.document(&name, &bytes, None);
            return Ok(());
        }
        self.branch(argument, each)
    }

    /// The snapshots that were found.
    pub fn finish(self) -> Imported {
        let mut found: Vec<_> = self.found.into_values().collect();
        // The sort is stable, so equal times stay sorted by commit.
        found.sort_by_key(|(_, origin)| origin.time);
        let (snapshots, origins) = found.into_iter().unzip();
        Imported { snapshots, origins, skipped: self.skipped }
    }

    /// Adds every version of the documents of a branch, oldest first.
    fn branch(&mut self, argument: &str, each: &mut dyn FnMut()) -> Result<()> {
        let (revision, below) = argument.split_once(':').unwrap_or((argument, ""));
        let tip = self
            .repo
            .resolve(revision)
            .map_err(|error| error.hint(format!("`{argument}` is not a file or folder either")))?;
        let below = below.trim_end_matches('/');
        let mut before = None;
        for commit in self.repo.first_parents(tip)?.into_iter().rev() {
            let changes = self.repo.diff_trees(before, Some(commit), Renames::Ignore)?;
            before = Some(commit);
            let files = changes.into_iter().filter_map(|change| change.new);
            for file in files.filter(|file| is_document(&file.path) && is_below(&file.path, below))
            {
                each();
                self.repo.fetch_missing(&[file.blob])?;
                let (bytes, time) = (self.repo.blob(file.blob)?, self.repo.commit(commit)?.time);
                self.document_if_known(
                    &format!("{}:{}", commit.short(), file.path),
                    &bytes,
                    Some(time),
                );
            }
        }
        Ok(())
    }

    /// Reads a document that the user did not name, if it looks like a history.
    fn document_if_known(&mut self, name: &str, bytes: &[u8], time: Option<i64>) {
        let shown = histories::text(bytes).ok().and_then(|text| histories::sniff(&text));
        if shown.is_some_and(|shown| {
            self.options.history.is_none_or(|history| history.name == shown.name)
        }) {
            self.document(name, bytes, time);
        }
    }

    /// Reads a document. One of an unknown history is left out.
    fn document(&mut self, name: &str, bytes: &[u8], time: Option<i64>) {
        let history = self.options.history;
        let read = histories::text(bytes).and_then(|text| {
            let shown = || {
                histories::sniff(&text)
                    .ok_or_else(|| Error::new("it is not a known kind of history"))
            };
            let history = history.map_or_else(shown, Ok)?;
            Ok((history, (history.read)(&Document { text: &text, time })?))
        });
        match read {
            Err(error) => self.skip(name, &error),
            Ok((history, all)) => {
                let digest = blake3::hash(bytes).to_hex().to_string();
                for measured in all {
                    let input = Source { history, name, digest: &digest };
                    if let Err(error) = self.measured(input, measured) {
                        self.skip(name, &error);
                    }
                }
            }
        }
    }

    /// Makes a snapshot of a measurement, unless there is a later one of the same commit.
    fn measured(&mut self, source: Source<'_>, measured: Measured) -> Result<()> {
        let (commit, matched) = self.commit(&measured)?;
        if self.measured.contains(&commit) {
            return Err(Error::new(format!(
                "suite `{}` was measured at {} itself",
                self.options.suite,
                commit.short()
            )));
        }
        let origin = Origin { from: source.name.to_owned(), time: measured.time, matched };
        let other = self.found.get(&commit).map(|(_, other)| (other.matched, other.time));
        if other.is_some_and(|other| other > (origin.matched, origin.time)) {
            return Err(Error::new(format!("a later one of the commit {} counts", commit.short())));
        }
        let snapshot = self.snapshot(source, commit, measured)?;
        if let Some((_, earlier)) = self.found.insert(commit, (snapshot, origin)) {
            self.skip(
                &earlier.from,
                &Error::new(format!("a later one of the commit {} counts", commit.short())),
            );
        }
        Ok(())
    }

    /// The commit with the id in the document, or else the newest one of the default branch at the
    /// time.
    fn commit(&self, measured: &Measured) -> Result<(Id, Matched)> {
        if let Some(stated) = &measured.commit {
            let is_id = stated.len() >= 7 && stated.bytes().all(|byte| byte.is_ascii_hexdigit());
            let found = is_id.then(|| self.repo.resolve(stated).ok()).flatten();
            return found
                .map(|id| (id, Matched::Id))
                .ok_or_else(|| Error::new(format!("the commit `{stated}` is not in this clone")));
        }
        let time = measured.time.ok_or_else(|| Error::new("it has neither a commit nor a time"))?;
        let found = self.chain.iter().find(|(_, committed)| *committed <= time);
        found
            .map(|(id, _)| (*id, Matched::Time))
            .ok_or_else(|| Error::new("it is older than the default branch"))
    }

    /// Makes the snapshot. If no file is part of the commit, it has only totals.
    fn snapshot(&self, source: Source<'_>, commit: Id, measured: Measured) -> Result<Snapshot> {
        let key = Key::new(commit, self.options.suite, source.history.name)?;
        let on = self.chain.iter().any(|(id, _)| *id == commit);
        let merge_base = if on { None } else { self.repo.merge_base(commit, self.options.tip)? };
        let provenance = self.options.provenance.clone();
        let occasion = RunContext {
            key,
            head: None,
            merge_base,
            branch: measured.branch,
            change: None,
            root: None,
            provenance,
        };
        let mut report = measured.report;
        report.format = source.history.name;
        let stated = report.stated.dimensions.clone();
        let input = Input { path: source.name.into(), digest: source.digest.to_owned(), report };
        let made = snapshot(self.repo, self.config, vec![input.clone()], occasion.clone());
        let mut made = made.or_else(|error| {
            let mut input = input;
            input.report.files.clear();
            if stated.is_empty() {
                Err(error)
            } else {
                snapshot(self.repo, self.config, vec![input], occasion)
            }
        })?;
        made.run.dirty.clear(); // the work tree was not measured
        if made.files.is_empty() {
            made.run.totals = stated;
        }
        if made.run.totals == Tallies::default() {
            return Err(Error::new("it has no counts"));
        }
        Ok(made)
    }

    fn skip(&mut self, name: &str, error: &Error) {
        self.skipped.push((name.to_owned(), error.chain().join(": ")));
    }
}

/// A document that is being read.
#[derive(Clone, Copy)]
struct Source<'a> {
    history: &'static History,
    name: &'a str,
    digest: &'a str,
}

fn read(path: &Path) -> Result<(String, Vec<u8>)> {
    let name = path.display().to_string();
    let bytes = files::read(path).during(|| format!("cannot read {name}"))?;
    Ok((name, bytes))
}

/// The files of a folder that may be documents, sorted.
fn documents_in(folder: &Path) -> Vec<PathBuf> {
    files::below(folder).filter(|path| is_document(&path.to_string_lossy())).collect()
}

/// Whether a name is that of XML or JSON, with or without gzip.
fn is_document(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Path::new(name).extension().is_some_and(|extension| extension == "xml" || extension == "json")
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
