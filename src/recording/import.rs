//! Turns histories that other tools keep into snapshots of the commits that they describe.
//!
//! The documents come from files or from the commits of a data branch. An [`Imported`] has the
//! snapshots, which are not stored yet, where each came from, and what was left out and why.
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
    /// The history's tool; none: the one that each document shows.
    pub history: Option<&'static History>,
    /// The suite that the snapshots are of.
    pub suite: &'a str,
    /// The newest commit of the default branch.
    pub tip: Id,
    /// When and by whom they are recorded.
    pub provenance: Provenance,
}

/// The snapshots that were found.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Snapshots, a commit each, by time.
    pub snapshots: Vec<Snapshot>,
    /// Where each of them comes from.
    pub origins: Vec<Origin>,
    /// Entries that were left out: their place, and the reason.
    pub skipped: Vec<(String, String)>,
}

/// Where a snapshot comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The document: a path, or `<commit>:<path>`.
    pub from: String,
    /// When it was measured, seconds since 1970 UTC, where that is stated.
    pub time: Option<i64>,
    /// Whether the commit is stated, or found by that time.
    pub matched: Matched,
}

/// How the commit of a measurement was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matched {
    /// It is the newest one of the default branch at that time.
    Time,
    /// By its id.
    Id,
}

/// An import on its way through the documents.
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
    /// Begins an import.
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

    /// Takes in what an argument names: a file, a folder, or `<revision>` or `<revision>:<path>` of
    /// a data branch, whose commits are then gone through. `each` is told of every document.
    ///
    /// # Errors
    /// When it names nothing, or a file that no history looks like.
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
        found.sort_by_key(|(_, origin)| origin.time); // stable: the others by commit
        let (snapshots, origins) = found.into_iter().unzip();
        Imported { snapshots, origins, skipped: self.skipped }
    }

    /// Every state of the documents of a branch, oldest first.
    fn branch(&mut self, argument: &str, each: &mut dyn FnMut()) -> Result<()> {
        let (revision, below) = argument.split_once(':').unwrap_or((argument, ""));
        let tip = self
            .repo
            .resolve(revision)
            .map_err(|error| error.hint(format!("`{argument}` is no file or folder either")))?;
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

    /// Reads a document that nobody named, if it looks like the history.
    fn document_if_known(&mut self, name: &str, bytes: &[u8], time: Option<i64>) {
        let shown = histories::text(bytes).ok().and_then(|text| histories::sniff(&text));
        if shown.is_some_and(|shown| {
            self.options.history.is_none_or(|history| history.name == shown.name)
        }) {
            self.document(name, bytes, time);
        }
    }

    /// Reads a document; one that is of no known history is left out.
    fn document(&mut self, name: &str, bytes: &[u8], time: Option<i64>) {
        let history = self.options.history;
        let read = histories::text(bytes).and_then(|text| {
            let shown = || {
                histories::sniff(&text)
                    .ok_or_else(|| Error::new("it is of no history that is known"))
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

    /// Makes a snapshot of what was measured at a commit, unless a later measurement of the commit
    /// is there.
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

    /// The commit by its id, else the newest one of the default branch at the time.
    fn commit(&self, measured: &Measured) -> Result<(Id, Matched)> {
        if let Some(stated) = &measured.commit {
            let is_id = stated.len() >= 7 && stated.bytes().all(|byte| byte.is_ascii_hexdigit());
            let found = is_id.then(|| self.repo.resolve(stated).ok()).flatten();
            return found
                .map(|id| (id, Matched::Id))
                .ok_or_else(|| Error::new(format!("the commit `{stated}` is not in this clone")));
        }
        let time =
            measured.time.ok_or_else(|| Error::new("it states neither a commit nor a time"))?;
        let found = self.chain.iter().find(|(_, committed)| *committed <= time);
        found
            .map(|(id, _)| (*id, Matched::Time))
            .ok_or_else(|| Error::new("it is older than the default branch"))
    }

    /// The snapshot; where no file is of the commit, of its totals alone.
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
        made.run.dirty.clear(); // nothing of the work tree was measured
        if made.files.is_empty() {
            made.run.totals = stated;
        }
        if made.run.totals == Tallies::default() {
            return Err(Error::new("it states no counts"));
        }
        Ok(made)
    }

    fn skip(&mut self, name: &str, error: &Error) {
        self.skipped.push((name.to_owned(), error.chain().join(": ")));
    }
}

/// A document that is being taken in.
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

/// Whether a name is that of XML or JSON, gzipped or not.
fn is_document(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Path::new(name).extension().is_some_and(|extension| extension == "xml" || extension == "json")
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
